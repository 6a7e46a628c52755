"""Silent revisions of the customs table: the mart against a count made from the raw files with csv and integers alone."""

import csv
from collections.abc import Iterator
from itertools import pairwise

import duckdb
import pytest

from dagster_project.lib.house import ROOT
from tests.conftest import Built

FILES = ROOT / "raw" / "customs_gacc" / "files"
PERIODS = [f"{year}-{month:02}" for year, months in ((2024, 12), (2025, 7)) for month in range(1, months + 1)]
FLOWS = {"进出口": "trade_total", "出口": "trade_export", "进口": "trade_import"}

#: Six areas, and the twelve others of Hubei in the table, as printed.
SIX = {
    "湖北省": "420000",
    "武汉市": "420100",
    "武汉经济技术开发区": "420100-wedz",
    "黄石市": "420200",
    "鄂州市": "420700",
    "孝感市": "420900",
}
HUBEI = SIX | {
    "武汉东湖新技术开发区": "420100-donghu",
    "黄石经济技术开发区": "420200-hedz",
    "十堰市": "420300",
    "十堰经济技术开发区": "420300-etdz",
    "襄阳市": "420600",
    "襄阳经济技术开发区": "420600-etdz",
    "襄阳高新技术产业开发区": "420600-hitech",
    "枣阳经济技术开发区": "420600-zaoyang-etdz",
    "鄂州葛店经济技术开发区": "420700-gedian",
    "汉川经济技术开发区": "420900-hanchuan",
    "荆州市": "421000",
    "荆州经济技术开发区": "421000-etdz",
}

#: (area, series, period of the earlier cumulative) -> (as printed, as the next file implies), in 万元.
Checks = dict[tuple[str, str, str], tuple[int, int]]


def printed(period: str) -> dict[tuple[str, str, bool], int]:
    """(place, flow, cumulative?) -> 万元 of one file, by its headings; nothing of the project's readers is used."""
    with (FILES / f"{period}.csv").open(encoding="utf-8-sig", newline="") as file:
        _, flows, spans, *body = csv.reader(file)
    return {
        (row[0], flows[column], spans[column].startswith("1至")): int(row[column])
        for row in body
        if row[0] in HUBEI
        for column in range(1, 7)
        if row[column] != "-"
    }


@pytest.fixture(scope="module")
def checks() -> Checks:
    found = {}
    for earlier, later in pairwise(PERIODS):
        if later.endswith("-01"):
            continue
        before, after = printed(earlier), printed(later)
        for place, area in HUBEI.items():
            for flow, series in FLOWS.items():
                implied = after[place, flow, True] - after[place, flow, False]
                found[area, series, earlier] = before[place, flow, True], implied
    return found


@pytest.fixture(scope="module")
def database(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(built.database, read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def listed(database: duckdb.DuckDBPyConnection) -> Checks:
    rows = database.execute(
        "select ref_area, series, time_period, old_value / 1e4, new_value / 1e4 from marts.revisions"
        " where source_id = 'customs_gacc' and vintage = 'derived' and time_period <= '2025-06'"
    ).fetchall()
    return {(area, series, period): (old, new) for area, series, period, old, new in rows if area in HUBEI.values()}


def beyond_rounding(checks: Checks, areas: set[str]) -> tuple[int, int]:
    """How many of the checks of these areas differ by more than 1 万元, of how many."""
    own = [abs(new - old) for (area, _, _), (old, new) in checks.items() if area in areas]
    return sum(difference > 1 for difference in own), len(own)


def test_counts_from_the_raw_files(checks: Checks):
    assert beyond_rounding(checks, set(SIX.values())) == (211, 306)
    assert beyond_rounding(checks, set(HUBEI.values())) == (396, 918)
    # A count of 17 areas, of which 382 of 867 is known, left out one zone with 14 of 51.
    zone = {"421000-etdz"}
    assert beyond_rounding(checks, zone) == (14, 51)
    assert beyond_rounding(checks, set(HUBEI.values()) - zone) == (382, 867)


def test_mart_lists_these_and_no_others(checks: Checks, listed: Checks):
    assert listed == {key: pair for key, pair in checks.items() if abs(pair[1] - pair[0]) > 1}
    assert sum(area in SIX.values() for area, _, _ in listed) == 211
    assert len(listed) == 396
    assert sum(area != "421000-etdz" for area, _, _ in listed) == 382


def test_revision_leads_to_both_cells(database: duckdb.DuckDBPyConnection):
    # 2024-06.csv line 209: 704214 to June less 112079 in June is 592135 to May; 2024-05.csv line 209 printed 640487.
    columns = (
        "old_value, new_value, difference, round(relative, 4), rounding, is_unusual, usual_revision,"
        " old_source_file, old_source_locator, new_source_file, new_source_locator"
    )
    key = "source_id = 'customs_gacc' and ref_area = '420900' and series = 'trade_export' and time_period = '2024-05'"
    assert database.execute(f"select {columns} from marts.revisions where {key}").fetchall() == [
        (
            *(6404870000.0, 5921350000.0, -483520000.0, -0.0755, 10000.0, True, 2.0),
            *("files/2024-05.csv", "line 209, col 出口 1至5月"),
            *("files/2024-06.csv", "line 209, col 出口 1至6月; line 209, col 出口 6月"),
        )
    ]


def test_released_and_derived_stand_together_and_only_the_release_is_latest(database: duckdb.DuckDBPyConnection):
    # 2024-11 has only the day its copy was obtained, 2024-12 that of the calendar: November was out before December.
    columns = "vintage, obs_value, cast(valid_from as varchar), valid_to, is_latest, is_best_known, source_file"
    key = "ref_area = '420000' and series = 'trade_total' and time_period = '2024-11' and period_basis = 'ytd'"
    known = printed("2024-12")
    implied = known["湖北省", "进出口", True] - known["湖北省", "进出口", False]
    assert implied == 62931619
    found = database.execute(
        f"select {columns} from marts.observation_vintages where source_id = 'customs_gacc' and {key} order by vintage desc"
    ).fetchall()
    assert found == [
        ("released", float(printed("2024-11")["湖北省", "进出口", True]), "2025-09-18", None, True, False, "files/2024-11.csv"),
        ("derived", 62931619.0, "2025-01-18", None, False, True, "files/2024-12.csv"),
    ]


@pytest.mark.parametrize(
    ("period", "growth", "on_first_base", "printed_growth", "base_vintage"),
    [
        # 166794 of 139463, which the file of February 2024 bears out and no later one prints again, so the base stays.
        ("2025-01", 19.597, 19.597, 38.2, "released"),
        # 1019219 of 700260 (839994 to June less 139734 in June); 748626 was printed to May.
        ("2025-05", 45.549, 36.145, 46.7, "derived"),
    ],
)
def test_growth_of_xiaogan(database: duckdb.DuckDBPyConnection, period, growth, on_first_base, printed_growth, base_vintage):
    found = database.execute(
        "select round(growth, 3), round(growth_on_first_base, 3), published_growth, round(gap_pp, 3), base_vintage"
        " from marts.growth where ref_area = '420900' and series = 'trade_total' and period_basis = 'ytd' and time_period = ?",
        [period],
    ).fetchall()
    assert found == [(growth, on_first_base, printed_growth, pytest.approx(printed_growth - growth, abs=1e-3), base_vintage)]


def test_best_known_differs_from_the_release_beyond_rounding(checks: Checks, database: duckdb.DuckDBPyConnection):
    rows = database.execute(
        "select ref_area, series, time_period, obs_value from marts.observation_vintages where source_id = 'customs_gacc'"
        " and vintage = 'derived' and is_best_known and counterpart is null and time_period <= '2025-06'"
    ).fetchall()
    known = {(area, series, period): value for area, series, period, value in rows if area in HUBEI.values()}
    assert known == {key: new for key, (old, new) in checks.items() if abs(new - old) > 1}


def test_trailing_twelve_months_of_xiaogan(database: duckdb.DuckDBPyConnection):
    # To May 2025: 1019219 + 2337251 of 2024 - 700260 to May 2024 as the file of June 2024 implies, in 万元.
    found = database.execute(
        "select trailing_twelve / 1e4 from marts.growth where ref_area = '420900' and series = 'trade_total'"
        " and time_period = '2025-05' and period_basis = 'ytd'"
    ).fetchone()
    assert found == (2656210.0,)


def test_unusual_revisions_are_findings_of_the_areas_of_the_release(database: duckdb.DuckDBPyConnection):
    found = database.execute(
        "select ref_area, series, time_period from intermediate.int_findings__revisions where source_id = 'customs_gacc'"
        " and ref_area in ('420000', '420100', '420200', '420700', '420900') and time_period <= '2025-06' order by all"
    ).fetchall()
    assert found == [
        ("420000", "trade_export", "2024-05"),
        ("420200", "trade_export", "2024-06"),
        ("420700", "trade_export", "2025-05"),
        ("420700", "trade_total", "2025-05"),
        ("420900", "trade_export", "2024-05"),
        ("420900", "trade_total", "2024-05"),
    ]
