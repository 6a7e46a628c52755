"""What the office sees of a doubtful figure: real files, with the slips that publishers make put back in or added."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.house import ROOT
from tests.conftest import Built, openecon

#: Corrections of a mistaken unit: without them the figures stand as they are printed.
UNIT_CORRECTIONS = [
    "huangshi-2019-export", "huangshi-2019-import", "ezhou-2019-export", "ezhou-2019-import", "huanggang-2018-export",
    "huanggang-2018-import", "wuhan-2023-contracting",
]  # fmt: skip

YUAN_PER_DOLLAR = 7.17


def without_unit_corrections(seeds: Path) -> None:
    lines = (seeds / "corrections.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(tuple(UNIT_CORRECTIONS))]
    assert len(lines) - len(kept) == len(UNIT_CORRECTIONS)
    (seeds / "corrections.csv").write_text("".join(kept), encoding="utf-8")


def edit(table: Path, change) -> None:
    """Rewrite the lines of a customs table after its three heading lines: change(place, six figures) -> six figures."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[3:]:
        if not row[0].startswith("注"):
            row[1:7] = change(row[0], row[1:7])
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def in_dollars(place: str, figures: list[str]) -> list[str]:
    return [figure if figure == "-" else f"{float(figure) / YUAN_PER_DOLLAR:.0f}" for figure in figures]


def total_misprinted(place: str, figures: list[str]) -> list[str]:
    # The second figure is the cumulative total; three more of its unit cannot come from rounding.
    return [figures[0], str(int(figures[1]) + 3), *figures[2:]] if place == "孝感市" else figures


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build without the corrections of units, of a customs table in dollars and of one with a total that does not add up."""
    folder = tmp_path_factory.mktemp("findings")
    shutil.copytree(ROOT / "raw", folder / "raw")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    without_unit_corrections(folder / "seeds")
    tables = folder / "raw" / "customs_gacc" / "files"
    edit(tables / "2025-07.csv", in_dollars)
    edit(tables / "2025-05.csv", total_misprinted)
    run = openecon("build", "--raw", folder / "raw", "--seeds", folder / "seeds", "--warehouse", folder / "warehouse")
    assert run.status == 0, run.out + run.err
    with duckdb.connect(folder / "warehouse" / "openecon.duckdb", read_only=True) as connection:
        yield connection


def ten_thousandfold(columns: set[int]):
    """A change of 武汉's line: these of its six figures in another unit."""

    def change(place: str, figures: list[str]) -> list[str]:
        if place != "武汉市":
            return figures
        changed = [int(figure) * 10_000 if column in columns else int(figure) for column, figure in enumerate(figures)]
        # In the smaller unit the total is the sum to the last digit.
        return [str(figure) for figure in (changed[2] + changed[4], changed[3] + changed[5], *changed[2:])]

    return change


@pytest.fixture(scope="module")
def other_unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build in which the customs house changed 武汉's unit in the last two files, and in a third for the single month."""
    folder = tmp_path_factory.mktemp("other_unit")
    shutil.copytree(ROOT / "raw", folder / "raw")
    tables = folder / "raw" / "customs_gacc" / "files"
    edit(tables / "2025-06.csv", ten_thousandfold({0, 1, 2, 3, 4, 5}))
    edit(tables / "2025-07.csv", ten_thousandfold({0, 1, 2, 3, 4, 5}))
    edit(tables / "2025-04.csv", ten_thousandfold({0, 2, 4}))
    run = openecon("build", "--raw", folder / "raw", "--warehouse", folder / "warehouse")
    assert run.status == 0, run.out + run.err
    with duckdb.connect(folder / "warehouse" / "openecon.duckdb", read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def sound(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(built.database, read_only=True) as connection:
        yield connection


def held(connection: duckdb.DuckDBPyConnection, where: str = "true") -> list[tuple]:
    return connection.execute(
        "select check_name, source_id, series, ref_area, time_period, value, round(expected), unit from marts.findings"
        f" where severity = 'hold' and observation_id is not null and {where} order by all"
    ).fetchall()


def test_every_figure_whose_unit_was_put_right_by_hand_is_found_without_that_and_no_other(spoilt):
    yearbook = ("unit_in_doubt", "nbs_city_yearbook")
    assert held(spoilt, "source_id <> 'customs_gacc'") == [
        (*yearbook, "trade_export", "420200", "2019", 2043730000.0, 13091240000.0, "CNY"),
        (*yearbook, "trade_export", "420700", "2019", 272850000.0, 1620000000.0, "CNY"),
        (*yearbook, "trade_export", "421100", "2018", 812950000.0, 6560000000.0, "CNY"),
        (*yearbook, "trade_import", "420200", "2019", 2006590000.0, 13767950000.0, "CNY"),
        (*yearbook, "trade_import", "420700", "2019", 406830000.0, 2700000000.0, "CNY"),
        (*yearbook, "trade_import", "421100", "2018", 128760000.0, 510000000.0, "CNY"),
        # 61.39 hundred million dollars of the year after, at 7.0467 yuan, the rate of 2023.
        ("unit_in_doubt", "stats_wuhan", "contracting_turnover", "420100", "2023", 6308000000.0, 43259691300.0, "CNY"),
    ]


@pytest.mark.parametrize(
    ("indicator", "area", "period"),
    [
        ("trade_export", "420200", "2019"),
        ("trade_import", "420200", "2019"),
        ("trade_total", "420700", "2019"),
        ("trade_export", "421100", "2018"),
        ("contracting_turnover", "420100", "2023"),
        ("trade_export", "420100", "2025-07"),
    ],
)
def test_held_figure_is_not_published_and_the_reason_is_said(spoilt, indicator, area, period):
    values = "select value, reason from marts.indicator_values where indicator = ? and ref_area = ? and time_period = ?"
    found = spoilt.execute(values + " and value is null", [indicator, area, period]).fetchall()
    assert found and set(found) == {(None, "unit_doubt")}


def test_next_source_serves_where_a_figure_is_held(spoilt):
    # 黄石 2019: the customs house's total of 27.84 billion yuan, where the yearbook's two flows are held.
    found = "select round(value), source_id from marts.indicator_values where indicator = 'trade_total' and ref_area = '420200'"
    assert spoilt.execute(found + " and time_period = '2019'").fetchall() == [(27840000000.0, "customs_wuhan")]


def test_held_figure_is_still_shown_as_it_is_printed(spoilt):
    printed = "select obs_value, unit_measure, unit_mult, value, obs_status, is_held from marts.observations where"
    where = "source_id = 'nbs_city_yearbook' and series = 'trade_export' and ref_area = '420700' and time_period = '2019'"
    assert spoilt.execute(f"{printed} {where}").fetchall() == [(27285.0, "CNY", 4, None, "O", True)]


def test_message_to_the_office_says_what_is_odd_what_agrees_and_what_to_do(spoilt):
    (told,) = spoilt.execute(
        "select message_zh from marts.findings where series = 'contracting_turnover' and severity = 'hold'"
    ).fetchone()
    assert told == (
        "武汉市2023年对外承包工程完成营业额印63.08亿元，与武汉市2024年对外承包工程完成营业额61.39亿美元；"
        "武汉市2025年对外承包工程完成营业额76.11亿美元相比，约差一个美元汇率，疑为单位误印；公布的增速也差同一倍数；"
        "暂不采用。请向发布单位核实；如属误印，登记于 seeds/corrections.csv。"
    )


def test_exports_of_ezhou_that_grew_sevenfold_pass_because_the_bulletin_prints_that_growth(spoilt, sound):
    for connection in (spoilt, sound):
        found = "select * from marts.findings where source_id = 'stats_ezhou'"
        assert connection.execute(found).fetchall() == []
        value = "select value from marts.indicator_values where indicator = 'trade_export' and ref_area = '420700'"
        assert connection.execute(value + " and time_period = '2025'").fetchall() == [(36300000000.0,)]


def test_whole_table_in_another_currency_is_held_month_and_cumulative(spoilt):
    # 鄂州's exports had grown fivefold: in dollars they look like those of the year before, but for the printed growth.
    figures = "select count(*), count(*) filter (is_held) from marts.observations where source_id = 'customs_gacc'"
    where = " and time_period = '2025-07' and unit = 'CNY' and ref_area in ('100000', '420000', '420100', '420200', '420700')"
    assert spoilt.execute(figures + where).fetchone() == (30, 30)


def test_total_that_does_not_add_up_is_held_with_both_flows_and_the_build_goes_on(spoilt):
    assert held(spoilt, "time_period = '2025-05'") == [
        ("total_is_not_sum", "customs_gacc", series, "420900", "2025-05", value, expected, "CNY")
        for series, value, expected in expected_of_xiaogan(spoilt)
    ]


def expected_of_xiaogan(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, float, float]]:
    """Exports and imports as printed, and 30,000 yuan more than the month's file has for their sum."""
    with (ROOT / "raw/customs_gacc/files/2025-05.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = [row for row in csv.reader(file) if row[0] == "孝感市"]
    total, exports, imports = (float(row[column]) * 10_000 for column in (2, 4, 6))
    misprinted = total + 30_000
    return [
        ("trade_export", exports, misprinted - imports),
        ("trade_import", imports, misprinted - exports),
        ("trade_total", misprinted, exports + imports),
    ]


def test_unit_that_a_publisher_changes_and_keeps_is_held_in_every_file_and_nothing_else_is_told(other_unit):
    found = "select check_name, time_period, period_basis, count(distinct series) from marts.findings where severity = 'hold'"
    assert other_unit.execute(found + " and ref_area = '420100' group by all order by all").fetchall() == [
        ("month_exceeds_cumulative", "2025-04", "period", 3),
        ("unit_in_doubt", "2025-06", "period", 3),
        ("unit_in_doubt", "2025-06", "ytd", 3),
        ("unit_in_doubt", "2025-07", "period", 3),
        ("unit_in_doubt", "2025-07", "ytd", 3),
    ]
    others = "select * from marts.findings where ref_area like '420%' and time_period > '2025' and check_name in"
    others += " ('cumulative_shrinks', 'part_exceeds_whole', 'growth_contradicts_unit')"
    assert other_unit.execute(others).fetchall() == []
    assert held(other_unit, "ref_area <> '420100'") == []


def test_single_month_in_another_unit_is_not_published_and_its_cumulative_is(other_unit):
    month = "select count(value) from marts.observations where source_id = 'customs_gacc' and ref_area = '420100'"
    month += " and series = 'trade_total' and time_period = '2025-04' and period_basis = ?"
    assert other_unit.execute(month, ["period"]).fetchone() == (0,)
    assert other_unit.execute(month, ["ytd"]).fetchone() == (1,)


def test_nothing_is_held_in_the_real_files_and_nothing_told_of_the_nine_cities(sound):
    assert held(sound) == []
    told = "select distinct check_name from marts.findings join marts.dim_area using (ref_area) where city is not null"
    assert sound.execute(told + " and check_name <> 'unusual_revision'").fetchall() == []


def test_cumulative_that_fell_from_306_to_13_hundred_million_is_told(sound):
    # 大庆高新区: imports of January to June 2025 were printed 30.28 billion yuan, those of January to July 0.83 billion.
    told = "select value, expected from marts.findings where check_name = 'cumulative_shrinks' and ref_area = '230600-hitech'"
    assert sound.execute(told + " and series = 'trade_import'").fetchall() == [(827390000.0, 30279880000.0)]
