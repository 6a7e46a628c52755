"""The published build: intervals beside ranks, what may be said of a move, and the circle, recomputed from other tables."""

import json
import math
from collections import defaultdict

import duckdb
import polars as pl
import pytest

from dagster_project.lib import transform
from dagster_project.lib.house import House
from tests.conftest import Built


@pytest.fixture(scope="module")
def tables(built: Built) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in (built.release / "all").glob("*.parquet")}


def office(built: Built, file: str) -> list[dict]:
    return pl.read_csv(built.release / file, infer_schema=False).to_dicts()


def test_both_halves_of_the_build_are_the_whole(built: Built):
    """Each model and data test ran once, in one half or the other."""
    house = House(warehouse=built.warehouse)
    manifest = json.loads((transform.target_path(house) / "manifest.json").read_text(encoding="utf-8"))
    expected = {key for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "test")}
    ran = [result["unique_id"] for result in transform.raw_results(built.warehouse / "current")]
    models_and_tests = [name for name in ran if not name.startswith("operation.")]
    assert sorted(models_and_tests) == sorted(expected)


def test_the_draws_are_those_that_are_declared(tables: dict[str, pl.DataFrame], built: Built):
    declared = pl.read_parquet(built.warehouse / "current" / "landing" / "declared" / "thresholds.parquet")
    values = dict(declared.select("threshold", "value").iter_rows())
    intervals = tables["rank_intervals"]
    assert set(intervals["seed"]) == {values["rank_seed"]} and intervals["draws"].max() == values["rank_draws"] == 10_000
    assert set(tables["uncertainty_settings"]["factor"]) == {"weights", "aggregation", "left_out"}


def test_intervals_stand_beside_every_published_rank(tables: dict[str, pl.DataFrame]):
    scores = tables["index_scores"]
    ranked = scores.filter(pl.col("rank").is_not_null())
    assert ranked.height and ranked["rank_q05"].null_count() == 0 == ranked["rank_q95"].null_count()
    assert scores.filter(pl.col("rank").is_null())["rank_q05"].null_count() == scores["rank"].null_count()


def test_a_move_is_called_significant_where_neither_interval_holds_the_other_rank(tables: dict[str, pl.DataFrame]):
    at = {
        (row["framework"], row["ref_area"], row["time_period"], row["code"]): row
        for row in tables["rank_intervals"].iter_rows(named=True)
    }
    judged = 0
    for row in tables["rank_moves"].filter(pl.col("previous_rank").is_not_null()).iter_rows(named=True):
        own = at[row["framework"], row["ref_area"], row["time_period"], row["code"]]
        before = at[row["framework"], row["ref_area"], str(int(row["time_period"]) - 1), row["code"]]
        assert (own["nominal"], before["nominal"]) == (row["rank"], row["previous_rank"])
        if row["rank"] == row["previous_rank"]:
            assert row["is_significant"] is None
            continue
        judged += 1
        outside = not before["q05"] <= row["rank"] <= before["q95"] and not own["q05"] <= row["previous_rank"] <= own["q95"]
        assert row["is_significant"] == outside
    assert judged


def test_no_text_of_the_office_calls_an_insignificant_move_a_rise(built: Built):
    rows = [
        row
        for path in sorted((built.release / "cities").glob("*/得分.csv"))
        for row in pl.read_csv(path, infer_schema=False).to_dicts()
    ]
    rows += office(built, "circle/位次.csv")
    moved = [row for row in rows if row["位次较上年"] not in (None, "0")]
    assert moved and {row["位次变动是否显著"] for row in moved} <= {"显著", "不显著"}
    for row in rows:
        said = " ".join(value for value in row.values() if value)
        assert not any(word in said for word in ("上升", "下降", "提升", "进步", "退步"))


def test_the_circle_is_the_sum_of_its_cities_or_empty_with_those_missing_named(tables: dict[str, pl.DataFrame]):
    cities = tables["dim_area"].filter(pl.col("city") == pl.col("ref_area"))["ref_area"].to_list()
    values = tables["indicator_values"].filter(pl.col("ref_area").is_in(cities))
    found = defaultdict(dict)
    for row in values.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        found[row["indicator"], row["freq"], row["time_period"], row["period_basis"]][row["ref_area"]] = row
    ratios = set(tables["dim_indicator"].filter(pl.col("denominator").is_not_null())["indicator"])
    whole = 0
    for row in tables["circle_values"].iter_rows(named=True):
        own = found[row["indicator"], row["freq"], row["time_period"], row["period_basis"]]
        missing = sorted(set(cities) - set(own))
        assert row["ref_area"] == "WHMA" and row["n_cities"] == len(own)
        assert (row["missing_cities"] or "") == "；".join(missing)
        if missing:
            assert row["value"] is None and row["reason"] == "missing"
        elif row["indicator"] not in ratios:
            whole += 1
            assert row["value"] == pytest.approx(math.fsum(one["value"] for one in own.values()), rel=1e-11)
    assert whole


def test_between_and_within_are_all_of_the_inequality(built: Built):
    with duckdb.connect(built.warehouse / "openecon.duckdb", read_only=True) as connection:
        gaps = connection.execute(
            """
            select max(abs(theil - theil_between - theil_within)), count(*)
            from (pivot marts.circle_inequality on measure using max(value) group by indicator, time_period)
            """
        ).fetchone()
    assert gaps[0] <= 1e-12 and gaps[1] > 50


def test_without_the_core_or_enough_cities_nothing_is_compared(tables: dict[str, pl.DataFrame]):
    core = set(tables["dim_area"].filter(circle_part="core")["ref_area"])
    assert core == {"420100", "420200", "420700", "421100"}
    for row in tables["circle_inequality"].iter_rows(named=True):
        assert not core & set((row["missing_cities"] or "").split("；"))
        assert row["n_cities"] >= 5
        if row["missing_cities"]:
            assert row["measure"] not in ("primacy", "primacy_share", "hhi", "hhi_normalised")


def test_no_convergence_is_estimated_across_a_break(tables: dict[str, pl.DataFrame]):
    estimated = tables["convergence"].filter(pl.col("estimate").is_not_null())
    assert estimated.height
    breaks = tables["inequality"].filter("is_break").select("framework", "code", pl.col("time_period").alias("begins")).unique()
    across = estimated.join(breaks, on=["framework", "code"]).filter(
        (pl.col("period_from") < pl.col("begins")) & (pl.col("begins") <= pl.col("period_to"))
    )
    assert breaks.height and across.is_empty()
    assert estimated["se"].null_count() == estimated["p"].null_count() == 0 and estimated["n_points"].min() >= 3
