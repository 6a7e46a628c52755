"""Targets of the real documents against the real figures, in the release of a build."""

import csv
from datetime import date

import polars as pl
import pytest

from dagster_project.lib import chinese
from tests.conftest import Built


@pytest.fixture(scope="module")
def targets(built: Built) -> dict[str, dict]:
    return {row["target_id"]: row for row in pl.read_parquet(built.release / "all/target_progress.parquet").iter_rows(named=True)}


def read(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_trade_of_wuhan_in_2020_was_more_than_promised(targets: dict[str, dict]):
    row = targets["wuhan_trade_2020"]
    # 2704.3亿元: city yearbook 2021 (exports and imports), and Xinhua of 22 January 2021.
    assert (row["verdict"], row["actual"], row["target_value"]) == ("已完成", 270_430_000_000, 220_000_000_000)
    assert row["completion"] == pytest.approx(100 * 2704.3 / 2200)
    assert (row["first_verdict"], row["first_actual"], row["first_known_on"]) == ("已完成", 270_430_000_000, date(2021, 1, 22))
    assert row["lead_units"] == "武汉市发展改革委；武汉市商务局"


def test_foreign_investment_of_wuhan_in_2020_was_not(targets: dict[str, dict]):
    row = targets["wuhan_fdi_2020"]
    assert (row["verdict"], row["actual"]) == ("严重滞后", 11_164_860_000)
    assert row["completion"] == pytest.approx(100 * 111.6486 / 125)


def test_trains_of_2025_by_the_count_of_the_bulletin(targets: dict[str, dict]):
    row = targets["cre_trains_2025"]
    assert (row["verdict"], row["actual"], row["source_id"]) == ("严重滞后", 1168, "stats_wuhan")
    assert row["completion"] == pytest.approx(58.4)


def test_routes_of_the_two_airports_are_not_judged(targets: dict[str, dict]):
    row = targets["double_hub_routes_2025"]
    assert (row["verdict"], row["reason"], row["actual"], row["completion"]) == ("无数据", "no_series", None, None)


def test_a_target_without_figures_is_never_at_zero_per_cent(targets: dict[str, dict]):
    assert len(targets) == 45
    without = [row for row in targets.values() if row["actual"] is None]
    assert len(without) > 30
    assert all((row["verdict"], row["completion"]) == ("无数据", None) for row in without)


def test_tables_of_the_office(built: Built, targets: dict[str, dict]):
    circle = read(built.release / "circle/目标.csv")
    assert {row["目标编号"] for row in circle} == set(targets)
    order = [chinese.TARGET_VERDICT.index(row["判断"]) for row in circle]
    assert order == sorted(order)
    trade = next(row for row in circle if row["目标编号"] == "wuhan_trade_2020")
    assert {key: trade[key] for key in ("目标值", "实绩", "单位", "完成进度%", "判断", "首次公布日期")} == {
        **{"目标值": "2200", "实绩": "2704.3", "单位": "亿元", "完成进度%": "122.9", "判断": "已完成"},
        "首次公布日期": "2021-01-22",
    }
    # Subjects without a code belong to the city whose document names them; airports and zones to their city.
    wuhan = {row["目标编号"] for row in read(built.release / "cities/420100-wuhan/目标.csv")}
    assert {"donghu_bonded_trade_2025", "wuhan_airport_passengers_intl_2020", "cre_trains_2025"} <= wuhan
    assert {row["目标编号"] for row in read(built.release / "cities/420700-ezhou/目标.csv")} == {
        *("gedian_fdi_2024", "gedian_fdi_growth_2024", "gedian_trade_2024", "gedian_trade_growth_2024")
    }


def test_tasks_of_the_office(built: Built):
    tasks = read(built.release / "circle/任务.csv")
    assert len(tasks) == 138
    trains = next(row for row in tasks if row["任务编号"] == "wuhan2024-2-4-11")
    assert trains["责任单位"].startswith("武汉市交通运输局；武汉市发展改革委；武汉市财政局；武汉市商务局；武汉海关")
    assert (trains["期限"], trains["期限原文"], trains["进展"]) == ("2025-12-31", "到2025年", "")
    assert "年开行列数（2025年）" in trains["相关目标"]


def test_the_end_of_a_build_counts_the_verdicts(built: Built):
    assert "目标：45 项（严重滞后 2、无数据 42、已完成 1），见 circle/目标.csv" in built.run.out
