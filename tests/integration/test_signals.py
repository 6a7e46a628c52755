"""Signals and early warnings in a real release, and every monthly signal worked out again from the raw customs tables alone."""

import csv
import statistics

import duckdb
import pytest

from dagster_project.lib.house import ROOT
from tests.conftest import Built

CITIES = {"420100": "武汉市", "420200": "黄石市", "420700": "鄂州市", "420900": "孝感市"}
OTHERS = {
    **{"420000": "湖北省", "410100": "郑州市", "340100": "合肥市", "430100": "长沙市", "360100": "南昌市"},
    **{"420600": "襄阳市", "421000": "荆州市", "420300": "十堰市"},
}
PEERS = {
    "420100": ["410100", "340100", "430100", "360100"],
    "420200": ["420600", "421000"],
    "420700": ["420300", "420900"],
    "420900": ["420300", "421000", "420600"],
}
#: Columns of a month, of the cumulative and of its printed growth; amounts in 10,000 yuan.
COLUMNS = {"trade_total": (1, 2, 7), "trade_export": (3, 4, 8), "trade_import": (5, 6, 9)}
#: 1 亿元, below which a growth is no news.
FLOOR = 10_000
MONTHS = [f"{year}-{month:02d}" for year, last in ((2024, 12), (2025, 7)) for month in range(1, last + 1)]


class CustomsTables:
    """The nineteen tables as printed, read by position; nothing of the project's readers."""

    def __init__(self):
        self.cells = {}
        for period in MONTHS:
            path = ROOT / "raw" / "customs_gacc" / "files" / f"{period}.csv"
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = {row[0].strip(): row for row in csv.reader(file)}
            for area, name in (CITIES | OTHERS).items():
                # 武汉市, or 武汉 in some tables.
                row = rows.get(name) or rows.get(name[:-1])
                for series, places in COLUMNS.items():
                    self.cells[period, area, series] = [self._number(row[place]) for place in places] if row else [None] * 3

    @staticmethod
    def _number(printed: str) -> float | None:
        try:
            return float(printed.replace(",", ""))
        except ValueError:
            return None

    def month(self, period: str, area: str, series: str) -> float | None:
        return self.cells.get((period, area, series), [None] * 3)[0]

    def cumulative(self, period: str, area: str, series: str) -> float | None:
        return self.cells.get((period, area, series), [None] * 3)[1]

    def printed_growth(self, period: str, area: str, series: str) -> float | None:
        """Of an amount worth telling of."""
        value = self.cumulative(period, area, series)
        return self.cells[period, area, series][2] if value is not None and value >= FLOOR else None

    def base(self, period: str, area: str, series: str) -> float | None:
        """The cumulative of the year before as best known: what the next table implies, where that is another figure."""
        before = f"{int(period[:4]) - 1}{period[4:]}"
        printed, after = self.cumulative(before, area, series), f"{before[:5]}{int(before[5:]) + 1:02d}"
        month, cumulative = self.month(after, area, series), self.cumulative(after, area, series)
        if month is None or cumulative is None:
            return printed
        implied = cumulative - month
        return implied if printed is None or abs(implied - printed) > 1 else printed

    def growth(self, period: str, area: str, series: str) -> float | None:
        value, base = self.cumulative(period, area, series), self.base(period, area, series)
        return 100 * (value / base - 1) if value is not None and value >= FLOOR and base else None


def apart(whom: str, mine: float | None, other: float | None) -> list[str]:
    if mine is None or other is None:
        return []
    above, below = round(mine - other, 9) >= 10, round(other - mine, 9) >= 10
    return [f"growth_above_{whom}"] * above + [f"growth_below_{whom}"] * below


def of_growth(tables: CustomsTables, period: str, series: str) -> set[tuple]:
    known = [city for city in CITIES if tables.growth(period, city, series) is not None]
    circle = None
    if len(known) >= 4:
        now = sum(tables.cumulative(period, city, series) for city in known)
        circle = 100 * (now / sum(tables.base(period, city, series) for city in known) - 1)
    fired = set()
    for city in CITIES:
        mine = tables.printed_growth(period, city, series)
        peers = [rate for peer in PEERS[city] if (rate := tables.printed_growth(period, peer, series)) is not None]
        rules = apart("hubei", mine, tables.printed_growth(period, "420000", series))
        rules += apart("peers", mine, statistics.median(peers) if len(peers) >= 2 else None)
        rules += apart("circle", tables.growth(period, city, series), circle)
        fired |= {(rule, city, series, period) for rule in rules}
    return fired


def of_declines(tables: CustomsTables, city: str, series: str) -> set[tuple]:
    fired, known, falls = set(), 0, 0
    for month in range(2, 8):
        now, before = f"2025-{month:02d}", f"2024-{month:02d}"
        value = tables.cumulative(now, city, series) if month == 2 else tables.month(now, city, series)
        base = tables.base(now, city, series) if month == 2 else tables.month(before, city, series)
        if value is None or base is None or base < FLOOR:
            known = falls = 0
            continue
        known, falls = known + 1, falls + 1 if value < base else 0
        if known >= 3 and falls >= 3:
            fired.add(("decline_run", city, series, now))
    return fired


def of_sides(tables: CustomsTables, city: str, period: str) -> set[tuple]:
    exports, imports = (tables.cumulative(period, city, f"trade_{flow}") for flow in ("export", "import"))
    if exports is None or imports is None or exports < FLOOR or max(exports, imports) < 0.85 * (exports + imports):
        return set()
    return {("one_sided", city, "trade_total", period)}


@pytest.fixture(scope="module")
def database(built: Built):
    with duckdb.connect(built.release.parent / "openecon.duckdb", read_only=True) as connection:
        yield connection


def test_monthly_signals_are_those_worked_out_from_the_raw_tables(database):
    tables = CustomsTables()
    expected = set()
    # From February on: January alone says nothing of a year.
    for period in (month for month in MONTHS if not month.endswith("-01")):
        for series in COLUMNS:
            expected |= of_growth(tables, period, series)
        for city in CITIES:
            expected |= of_sides(tables, city, period)
    for city in CITIES:
        for series in COLUMNS:
            expected |= of_declines(tables, city, series)
    rules = "(rule like 'growth_%' or rule in ('one_sided', 'decline_run'))"
    found = database.execute(
        f"select rule, ref_area, indicator, time_period from marts.signals where {rules}"
        " and source_ids = 'customs_gacc' and length(time_period) = 7 and time_period >= '2024-01'"
    ).fetchall()
    assert len(found) == len(set(found)) == 320
    assert set(found) == expected


def test_every_signal_has_a_sentence_with_its_evidence(database):
    assert database.execute("select count(*) from marts.signals").fetchone()[0] > 320
    # Only of what is not there is there no figure.
    lacking = "message_zh is null or evidence_zh is null or (value is null and rule <> 'data_missing')"
    assert not database.execute(f"select signal_id from marts.signals where {lacking}").fetchall()


def test_what_could_not_be_judged_says_so(database):
    rows = database.execute(
        "select ref_area, n_judged, n_fired, reason_zh from marts.signal_coverage where rule = 'turn_up'"
    ).fetchall()
    assert len(rows) == 9
    assert {(judged, fired) for _, judged, fired, _ in rows} == {(0, 0)}
    assert dict((area, reason) for area, _, _, reason in rows)["420100"] == "判断至少要有36个相连的月份，只有19个"


def read(path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_city_receives_its_signals_and_levels(built: Built):
    signals = read(built.release / "cities/420200-huangshi/信号.csv")
    trade = next(row for row in signals if row["规则代码"] == "growth_above_peers" and row["时期"] == "2025年1—7月")
    assert (trade["性质"], trade["程度"], trade["是否最新"]) == ("亮点", "中", "是")
    assert {row["地区代码"] for row in signals} <= {"420200", "420200-hedz", "CNHSI"}
    levels = read(built.release / "cities/420900-xiaogan/预警.csv")
    imports = {row["时期"]: row["级别"] for row in levels if row["预警"] == "进口额累计增速"}
    # -25.3, -33.0, -25.8, -21.2, -15.4: red until two periods are better.
    months = [imports[f"2024年1—{month}月"] for month in range(2, 7)]
    assert months == ["红", "红", "红", "红", "橙"]
    circle = read(built.release / "circle/预警.csv")
    assert {row["是否最新"] for row in circle} == {"是"}
    stale = next(row for row in circle if row["地区"] == "鄂州市" and row["预警"] == "实际使用外资年度增速")
    assert stale["提示"] == "数据过旧，不代表现状"
    assert len(read(built.release / "circle/信号覆盖.csv")) == 230


def test_the_build_ends_with_how_many_signals_hold(built: Built):
    assert "信号：" in built.run.out and "见 circle/信号.csv、预警.csv" in built.run.out
