"""What `openecon index` writes: one CSV for each result, keys first and sorted by them, figures with 12 significant digits."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from dagster_project.lib.index import engine, simulation

#: Neither row order nor threads can show in so many digits.
DIGITS = 12


@dataclass(frozen=True)
class Result:
    """One file: its name, the columns that sort it, and the query that makes it from the engine's tables."""

    file: str
    key: list[str]
    sql: str


_CELLS = """
    select areas.ref_area, periods.time_period, nodes.code, cells.{value} as value, cells.{reason} as reason
    from intermediate.int_index__{table} as cells
    inner join intermediate.int_index__nodes as nodes on cells.node_id = nodes.node_id
    inner join intermediate.int_index__areas as areas on cells.area_id = areas.area_id
    inner join intermediate.int_index__periods as periods on cells.period_id = periods.period_id
"""
_CELL_KEY = ["ref_area", "time_period", "code"]


def _cells(file: str, table: str, value: str, reason: str) -> Result:
    return Result(file, _CELL_KEY, _CELLS.format(table=table, value=value, reason=reason))


AUDIT = Result(
    "audit.csv",
    ["check", "subject"],
    """
    select check_name as "check", concat_ws(' × ', code, of_what) as subject, value, threshold, verdict
    from intermediate.int_index__audit
    """,
)

RESULTS = [
    _cells("denominated.csv", "denominated", "value", "reason"),
    _cells("imputed.csv", "imputed", "value", "reason"),
    _cells("treated.csv", "treated", "treated", "treated_reason"),
    _cells("normalised.csv", "normalised", "value", "reason"),
    Result(
        "weights.csv",
        ["time_period", "code"],
        """
        select distinct
            case when weights.by_period then periods.time_period end as time_period,
            nodes.code,
            nodes.parent,
            weights.weight,
            weights.effective_weight
        from intermediate.int_index__weights as weights
        inner join intermediate.int_index__nodes as nodes on weights.node_id = nodes.node_id
        left join intermediate.int_index__periods as periods on weights.reference_id = periods.period_id
        """,
    ),
    Result(
        "scores.csv",
        _CELL_KEY,
        """
        select
            areas.ref_area,
            periods.time_period,
            nodes.code,
            scores.value,
            scores.rank,
            scores.n_ranked,
            scores.coverage,
            scores.imputed_share,
            scores.comparable_over_time,
            scores.reason
        from intermediate.int_index__scores as scores
        inner join intermediate.int_index__nodes as nodes on scores.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on scores.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on scores.period_id = periods.period_id
        """,
    ),
    Result(
        "contributions.csv",
        ["ref_area", "time_period", "node", "code"],
        """
        select areas.ref_area, periods.time_period, nodes.code as node, items.code, amounts.amount
        from intermediate.int_index__amounts as amounts
        inner join intermediate.int_index__nodes as nodes on amounts.node_id = nodes.node_id
        inner join intermediate.int_index__nodes as items on amounts.item_id = items.node_id
        inner join intermediate.int_index__areas as areas on amounts.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on amounts.period_id = periods.period_id
        where amounts.is_additive
        """,
    ),
    Result(
        "changes.csv",
        ["ref_area", "period_from", "period_to", "node", "code"],
        """
        select
            areas.ref_area,
            earlier.time_period as period_from,
            later.time_period as period_to,
            nodes.code as node,
            items.code,
            changes.performance,
            changes.structure
        from intermediate.int_index__changes as changes
        inner join intermediate.int_index__nodes as nodes on changes.node_id = nodes.node_id
        inner join intermediate.int_index__nodes as items on changes.item_id = items.node_id
        inner join intermediate.int_index__areas as areas on changes.area_id = areas.area_id
        inner join intermediate.int_index__periods as earlier on changes.from_id = earlier.period_id
        inner join intermediate.int_index__periods as later on changes.to_id = later.period_id
        """,
    ),
    Result(
        "obstacles.csv",
        _CELL_KEY,
        """
        select areas.ref_area, periods.time_period, nodes.code, obstacles.degree, obstacles.place as "order"
        from intermediate.int_index__obstacles as obstacles
        inner join intermediate.int_index__nodes as nodes on obstacles.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on obstacles.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on obstacles.period_id = periods.period_id
        """,
    ),
    AUDIT,
]


def rows(connection: duckdb.DuckDBPyConnection, result: Result) -> pl.DataFrame:
    """The rows of a result as they are written."""
    frame = engine.fetch(connection, result.sql)
    return _all_rounded(frame).sort(result.key, nulls_last=True)


def _doubles(frame: pl.DataFrame) -> list[str]:
    return [name for name, dtype in frame.schema.items() if dtype == pl.Float64]


def _rounded(figures: pl.Series) -> pl.Series:
    """With 12 significant digits. Polars keeps to that only for figures of moderate size; few are others."""
    moderate = figures.abs().is_between(1e-9, 1e14) | (figures == 0) | figures.is_null()
    rounded = figures.round_sig_figs(DIGITS)
    if not moderate.all():
        rounded = rounded.zip_with(moderate, figures.map_elements(lambda x: float(f"{x:.{DIGITS}g}"), return_dtype=pl.Float64))
    # -0.0 and 0.0 are equal but do not print alike.
    return rounded + 0.0


def write(connection: duckdb.DuckDBPyConnection, unused: list[str], folder: Path) -> None:
    """Write every result to a folder that exists. `unused`: indicators of the data that the framework does not name."""
    for result in RESULTS:
        frame = rows(connection, result)
        if result is AUDIT and unused:
            left_out = pl.DataFrame({"check": "unused", "subject": unused, "verdict": "unused"})
            frame = pl.concat([frame, left_out], how="diagonal").sort(AUDIT.key)
        write_csv(frame, folder / result.file)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """One result as CSV: UTF-8, comma, line feed, empty for missing."""
    path.write_text(frame.write_csv(quote_style="necessary", float_scientific=False), encoding="utf-8", newline="\n")


def of_draws(
    scheme: simulation.Scheme,
    ranks: dict[str, simulation.Ranks],
    areas: list[str],
    periods: list[str],
    draws: int,
    seed: int,
    varied: list[dict],
) -> dict[str, pl.DataFrame]:
    """The files of the draws. One row: rank_intervals a node, area and period; rank_shares that and a rank; rank_ahead a pair."""
    nominal = {code: simulation.ranks(z, scheme.digits)[0] for code, z in simulation.nominal(scheme).items()}
    intervals, shares, ahead = [], [], []
    for code, found in ranks.items():
        for (a, area), (p, period) in itertools.product(enumerate(areas), enumerate(periods)):
            counts = found.counts[a, p]
            n = int(counts.sum())
            if not n:
                continue
            quantiles = (simulation.quantile(counts, q) for q in (0.5, 0.05, 0.95))
            key = (area, period, code)
            mean = float(counts @ np.arange(1, len(counts) + 1)) / n
            own = int(nominal[code][a, p]) or None
            intervals.append((*key, own, mean, *quantiles, float(counts[:3].sum()) / n, n, seed))
            shares += [(*key, rank, count / n) for rank, count in enumerate(counts.tolist(), 1) if count]
            others = [(b, other) for b, other in enumerate(areas) if a != b]
            ahead += [(period, code, area, other, int(found.ahead[a, b, p]) / draws) for b, other in others]
    figures = dict.fromkeys(("mean", "median", "q05", "q95", "p_top3"), pl.Float64)
    key = dict.fromkeys(_CELL_KEY, pl.String)
    columns = {
        "rank_intervals.csv": key | {"nominal": pl.Int64} | figures | {"draws": pl.Int64, "seed": pl.Int64},
        "rank_shares.csv": key | {"rank": pl.Int64, "share": pl.Float64},
        "rank_ahead.csv": dict.fromkeys(("time_period", "code", "ref_area", "other"), pl.String) | {"p_ahead": pl.Float64},
        "varied.csv": {"factor": pl.String, "setting": pl.String, "probability": pl.Float64},
    }
    rows = {"rank_intervals.csv": intervals, "rank_shares.csv": shares, "rank_ahead.csv": ahead}
    rows["varied.csv"] = [(one["factor"], one["setting"], one["probability"]) for one in varied]
    found = {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in columns.items()}
    return {name: _all_rounded(frame).sort(pl.col(pl.String)) for name, frame in found.items()}


def of_sensitivity(rows: list[dict]) -> pl.DataFrame:
    """sensitivity.csv; an output that does not vary has no indices."""
    figures = dict.fromkeys(("s", "st", "s_low", "s_high", "st_low", "st_high"), pl.Float64)
    schema = {"output": pl.String, "factor": pl.String} | figures | {"runs": pl.Int64, "seed": pl.Int64}
    return _all_rounded(pl.DataFrame(rows, schema=schema).with_columns(pl.col(pl.Float64).fill_nan(None))).sort(
        "output", "factor"
    )


def _all_rounded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(_rounded(frame[name]) for name in _doubles(frame))
