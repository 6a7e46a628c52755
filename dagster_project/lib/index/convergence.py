"""Are the areas coming together: β-convergence (do those behind grow faster) and the trend of σ (does their spread shrink).

Each with the number of its points, standard error and p, because with nine areas hardly anything is certain.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy.stats import linregress

#: One row for each node and measure. beta: slope of the yearly growth on the logarithm of the start, n areas; speed and half_life
#: (years) where it converges. sigma_trend: change of sd(ln y) in a year, n periods. reason: why there is no estimate.
SCHEMA = {
    **dict.fromkeys(("code", "measure", "period_from", "period_to"), pl.String),
    "n": pl.Int32,
    **dict.fromkeys(("estimate", "se", "p", "speed", "half_life"), pl.Float64),
    "reason": pl.String,
}
#: A line through two points has no error.
FEWEST = 3


def measures(cells: pl.DataFrame, periods: pl.DataFrame, breaks: dict[str, set[str]] | None = None) -> pl.DataFrame:
    """Both measures of every node. cells: code, ref_area, time_period, value (null allowed); periods: time_period, position.

    breaks: code → the periods that begin on a new basis. Nothing is compared across them: the longest span without one is
    taken, of equal ones the latest.
    """
    order = periods.sort("position")
    names = order["time_period"].to_list()
    years = order["position"].to_numpy() / _in_a_year(names[0])
    areas = cells["ref_area"].unique().sort()
    found: list[tuple] = []
    for (code,), frame in sorted(cells.partition_by("code", as_dict=True).items()):
        y = np.full((len(areas), len(names)), np.nan)
        places = np.searchsorted(areas.to_numpy(), frame["ref_area"].to_numpy())
        at = {name: place for place, name in enumerate(names)}
        y[places, [at[name] for name in frame["time_period"]]] = frame["value"].fill_null(np.nan).to_numpy()
        starts = [at[name] for name in (breaks or {}).get(code, ()) if name in at]
        found += [(code, *row) for row in _of_node(y, names, years, starts)]
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort("code", "measure")


def _in_a_year(period: str) -> int:
    if len(period) == 7:
        return 4 if "Q" in period else 12
    return 1


def _of_node(y: np.ndarray, names: list[str], years: np.ndarray, starts: list[int]) -> Iterator[tuple]:
    """(measure, period_from, period_to, n, estimate, se, p, speed, half_life, reason) of areas × periods."""
    filled = np.flatnonzero(np.isfinite(y).sum(axis=0) >= FEWEST)
    if len(filled) < 2:
        return
    first, last = _unbroken(filled, starts)
    if first == last:
        # Every two periods lie on different bases.
        yield from (
            (measure, names[filled[0]], names[filled[-1]], 0, *(None,) * 5, "break") for measure in ("beta", "sigma_trend")
        )
        return
    y = y[np.isfinite(y[:, first]) & np.isfinite(y[:, last])]
    used = [p for p in range(first, last + 1) if np.isfinite(y[:, p]).all()]
    ends = (names[first], names[last])
    for measure, n in (("beta", len(y)), ("sigma_trend", len(used))):
        reason = "too_few" if len(y) < FEWEST or n < FEWEST else "domain" if (y[:, used] <= 0).any() else None
        if reason is None:
            start, end = np.log(y[:, first]), np.log(y[:, last])
            spread = np.log(y[:, used]).std(axis=0, ddof=1)
            if measure == "beta":
                span = float(years[last] - years[first])
                estimate = _line(start, (end - start) / span)
                rate = _rate(estimate, span)
            else:
                estimate, rate = _line(years[used], spread), (None, None)
            if estimate is None:
                reason = "constant"
        yield (measure, *ends, n, *((estimate + rate) if reason is None else (None,) * 5), reason)


def _unbroken(filled: np.ndarray, starts: list[int]) -> tuple[int, int]:
    """The first and the last of the filled periods of the longest span in which none is a start but its first."""
    spans = np.split(filled, np.unique(np.searchsorted(filled, sorted(starts))))
    longest = max((span for span in spans if len(span)), key=lambda span: (span[-1] - span[0], span[-1]))
    return int(longest[0]), int(longest[-1])


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float] | None:
    """Slope, standard error and p of a straight line; None where x does not vary."""
    if np.ptp(x) <= 1e-12 * max(1.0, np.abs(x).max()):
        return None
    fit = linregress(x, y)
    return float(fit.slope), float(fit.stderr), float(fit.pvalue)


def _rate(estimate: tuple[float, float, float] | None, span: float) -> tuple[float | None, float | None]:
    """Speed λ = -ln(1 + bτ) ÷ τ where it is defined, and the half-life ln 2 ÷ λ where areas converge."""
    if estimate is None or 1 + estimate[0] * span <= 0:
        return None, None
    speed = -float(np.log1p(estimate[0] * span)) / span
    return speed, float(np.log(2)) / speed if speed > 0 else None
