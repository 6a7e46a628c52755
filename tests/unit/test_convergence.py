"""Convergence on figures made from a known slope, by hand, and where there is nothing to estimate."""

import math

import numpy as np
import polars as pl
import pytest

from dagster_project.lib.index import convergence


def measured(
    figures: dict[str, list[float | None]], periods: list[str], positions: list[int], breaks: set[str] | None = None
) -> dict[str, dict]:
    """measure → its row, for areas (name → value in each period) of one node."""
    rows = [("x", area, period, v) for area, values in figures.items() for period, v in zip(periods, values, strict=True)]
    cells = pl.DataFrame(rows, schema=["code", "ref_area", "time_period", "value"], orient="row")
    found = convergence.measures(cells, pl.DataFrame({"time_period": periods, "position": positions}), {"x": breaks or set()})
    return {row["measure"]: row for row in found.iter_rows(named=True)}


def test_beta_by_hand():
    # ln y goes from 0, 1, 3 to 4, 4, 4 in four years: growth in a year (4, 3, 1) / 4 = 1, 0.75, 0.25.
    # Means of x: 4/3, of growth: 2/3. Sxx = 16/9 + 1/9 + 25/9 = 42/9; Sxy = -4/9 - 1/36 - 25/36 = -42/36;
    # b = -42/36 / (42/9) = -1/4.
    start = {"A": 0, "B": 1, "C": 3}
    found = measured({area: [math.exp(x), math.exp(4)] for area, x in start.items()}, ["2018", "2022"], [2018, 2022])["beta"]
    assert found["estimate"] == pytest.approx(-0.25) and found["n"] == 3
    assert found["se"] == pytest.approx(0, abs=1e-9) and found["p"] < 1e-6
    # 1 + b τ = 0: all gaps are closed at the end, and no speed is fast enough.
    assert found["speed"] is None or found["speed"] > 5
    assert (found["period_from"], found["period_to"]) == ("2018", "2022")


def test_speed_and_half_life_by_hand():
    # Each gap shrinks to e^-0.5 of it in 5 years: λ = 0.1, and half of it is gone after ln 2 / 0.1 years.
    shrink = math.exp(-0.5)
    found = measured(
        {a: [math.exp(x), math.exp(x * shrink)] for a, x in zip("ABCD", (0, 1, 2, 5), strict=True)},
        ["2015", "2020"],
        [2015, 2020],
    )
    assert found["beta"]["estimate"] == pytest.approx((shrink - 1) / 5)
    assert found["beta"]["speed"] == pytest.approx(0.1)
    assert found["beta"]["half_life"] == pytest.approx(math.log(2) / 0.1)


def test_standard_error_and_p_are_those_of_the_formulas():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=9), rng.normal(size=9)
    found = measured({f"a{i}": [math.exp(x[i]), math.exp(x[i] + noise[i])] for i in range(9)}, ["2020", "2021"], [2020, 2021])[
        "beta"
    ]
    sxx = ((x - x.mean()) ** 2).sum()
    b = ((x - x.mean()) * (noise - noise.mean())).sum() / sxx
    rest = noise - noise.mean() - b * (x - x.mean())
    assert found["estimate"] == pytest.approx(b)
    assert found["se"] == pytest.approx(math.sqrt((rest**2).sum() / 7 / sxx))
    assert 0 < found["p"] < 1 and found["n"] == 9


def test_sigma_trend_by_hand_and_time_in_years():
    # sd(ln y) of two equal gaps g around the middle is g: 1, 0.8, 0.6 over three quarters: -0.8 in a year.
    gaps = (1, 0.8, 0.6)
    figures = {"A": [1.0] * 3, "B": [math.exp(g) for g in gaps], "C": [math.exp(-g) for g in gaps]}
    found = measured(figures, ["2020-Q4", "2021-Q1", "2021-Q2"], [8083, 8084, 8085])["sigma_trend"]
    assert found["estimate"] == pytest.approx(-0.8) and found["n"] == 3
    assert found["speed"] is None and found["half_life"] is None


@pytest.mark.parametrize(
    ("figures", "reasons"),
    [
        ({"A": [1, 2, 3], "B": [2, 3, 4], "C": [0, 1, 2]}, {"beta": "domain", "sigma_trend": "domain"}),
        ({"A": [1, 2, 3], "B": [2, 3, 4], "C": [-1, 1, 2]}, {"beta": "domain", "sigma_trend": "domain"}),
        ({"A": [2, 2, 3], "B": [2, 3, 4], "C": [2, 1, 2]}, {"beta": "constant", "sigma_trend": None}),
        ({"A": [1, 2, None], "B": [2, 3, None], "C": [3, 1, None]}, {"beta": None, "sigma_trend": "too_few"}),
        ({"A": [1, 2, 3], "B": [2, 3, None], "C": [3, 1, 4], "D": [5, None, 4]}, {"beta": None, "sigma_trend": "too_few"}),
        (
            {"A": [1, 2, 3], "B": [2, None, None], "C": [None, 1, 4], "D": [5, 3, 4], "E": [None, 3, 4]},
            {"beta": "too_few", "sigma_trend": "too_few"},
        ),
        ({"A": [1, 2, 3], "B": [2, 3, 4]}, {}),
    ],
    ids=["zero", "negative", "same start", "two periods", "a gap between", "two areas at both ends", "two areas"],
)
def test_no_estimate_without_its_ground(figures, reasons):
    found = measured(figures, ["2019", "2020", "2021"], [2019, 2020, 2021])
    assert {measure: row["reason"] for measure, row in found.items()} == reasons
    for row in found.values():
        assert (row["estimate"] is None) == (row["reason"] is not None)
        assert all(v is None or not isinstance(v, float) or math.isfinite(v) for v in row.values())


FIVE = [str(year) for year in range(2018, 2023)]


@pytest.mark.parametrize(
    ("breaks", "span"),
    [
        (set(), ("2018", "2022")),
        ({"2018"}, ("2018", "2022")),
        ({"2022"}, ("2018", "2021")),
        ({"2020"}, ("2020", "2022")),
        ({"2021"}, ("2018", "2020")),
        ({"2019", "2021"}, ("2021", "2022")),
    ],
)
def test_the_longest_span_without_a_break_is_taken(breaks: set[str], span: tuple[str, str]):
    figures = {
        area: [start * (1 + 0.1 * k) ** t for t in range(5)] for k, (area, start) in enumerate({"A": 3, "B": 2, "C": 1}.items())
    }
    found = measured(figures, FIVE, list(range(2018, 2023)), breaks)["beta"]
    assert (found["period_from"], found["period_to"]) == span and found["estimate"] is not None
    years = [FIVE.index(end) for end in span]
    alone = measured({a: [v[i] for i in years] for a, v in figures.items()}, list(span), [int(end) for end in span])["beta"]
    assert found["estimate"] == pytest.approx(alone["estimate"], rel=1e-12)


def test_nothing_is_estimated_where_every_period_begins_anew():
    found = measured({area: [1.0, 2.0] for area in "ABC"}, ["2018", "2019"], [2018, 2019], {"2019"})
    assert {row["reason"] for row in found.values()} == {"break"} and all(row["estimate"] is None for row in found.values())
