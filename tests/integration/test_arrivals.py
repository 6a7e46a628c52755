"""What arrives on one day, in one build: a new month, a broken file, new sources by source.yml alone, forms of two cities."""

import csv
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

from dagster_project.lib.house import ROOT, sha256
from tests.conftest import Built, Run, openecon

SPECIMENS = ROOT / "tests" / "specimens"

#: 货物进出口总额, 货物出口额, 货物进口额 of December 2024 and of the year, in 亿元; then 实际使用外资 in 万美元.
FILLED = {"D5": 9.1, "E5": 98.76, "D6": 8, "E6": 90.16, "D7": 1.1, "E7": 8.6, "D8": "未统计", "E8": 5123}
SIGNED = {"B12": "王芳", "D12": "刘强", "G12": datetime(2025, 1, 15)}


@dataclass(frozen=True)
class Arrived:
    """The folders of the build, and how it ended."""

    raw: Path
    warehouse: Path
    run: Run

    def ask(self, query: str, *values: object) -> list[tuple]:
        with duckdb.connect(str(self.warehouse / "openecon.duckdb"), read_only=True) as database:
            return database.execute(query, list(values)).fetchall()

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((self.warehouse / "latest" / name).read_text(encoding="utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def arrived(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Arrived:
    folder = tmp_path_factory.mktemp("arrived")
    raw, seeds, warehouse = (folder / name for name in ("raw", "seeds", "warehouse"))
    shutil.copytree(ROOT / "raw", raw)
    shutil.copytree(ROOT / "seeds", seeds)
    customs = raw / "customs_gacc" / "files"
    next_month(customs / "2025-07.csv", customs / "2025-08.csv")
    (customs / "2025-09.csv").write_bytes(b"<!DOCTYPE html><html><body>404 Not Found</body></html>")
    new_sources(raw)
    for area in ("429004", "429006"):
        form = raw / f"reported/files/{area}-2024-12.xlsx"
        run = openecon("form", "--area", area, "--period", "2024-12", "--out", form, "--warehouse", built.warehouse)
        assert (run.status, run.out.strip()) == (0, str(form)), run.err
        fill(form)
    publish_for_tianmen(raw, seeds)
    run = openecon("build", "--raw", raw, "--seeds", seeds, "--warehouse", warehouse)
    assert run.status == 0, run.out + run.err
    return Arrived(raw, warehouse, run)


# The customs table


def next_month(july: Path, august: Path) -> None:
    """August as July with the months moved on and one figure changed: 武汉 5,222,574 万元 in the month."""
    text = july.read_text(encoding="utf-8-sig").replace("1至7月", "1至8月").replace(",7月", ",8月")
    assert text.count("武汉市,4111463,") == 1
    august.write_text("\ufeff" + text.replace("武汉市,4111463,", "武汉市,5222574,"), encoding="utf-8")


def test_a_new_month_is_picked_up_with_no_change_elsewhere(arrived: Arrived):
    found = [
        row
        for row in arrived.table("cities/420200-huangshi/指标.csv")
        if (row["地区代码"], row["指标代码"], row["时期"]) == ("420200", "trade_import", "2025年8月")
    ]
    assert [(row["发布日期"], row["发布日期依据"], row["来源文件"]) for row in found] == [
        ("2025-09-18", "发布日历", "raw/customs_gacc/files/2025-08.csv")
    ]
    asked = ["--area", "420900", "--indicator", "trade_total", "--period", "2025年1—8月"]
    explained = openecon("explain", *asked, "--raw", arrived.raw, "--warehouse", arrived.warehouse)
    # 孝感市 1至7月: the same cell of the same line in the copied month.
    assert explained.status == 0 and "line 212, col 进出口 1至8月" in explained.out, explained.out


def test_a_total_unlike_its_parts_is_held_with_its_line(arrived: Arrived):
    """The changed figure of 武汉 no longer fits exports and imports: none of the three is used, and the office is told."""
    asked = "select reason from marts.indicator_values where ref_area = '420100' and time_period = '2025-08' and indicator = ?"
    assert arrived.ask(asked, "trade_total") == [("unit_doubt",)]
    told = "select series, severity from marts.findings where check_name = 'total_is_not_sum' and ref_area = ? order by series"
    assert arrived.ask(told, "420100") == [(f"trade_{flow}", "hold") for flow in ("export", "import", "total")]


def test_a_new_file_that_cannot_be_read_does_not_stop_nine_cities(arrived: Arrived):
    assert "file_set_aside: raw/customs_gacc/files/2025-09.csv" in arrived.run.out
    (held,) = [row for row in arrived.table("all/quarantine.csv") if row["level"] == "file"]
    assert (held["source_id"], held["source_file"], held["reason"]) == ("customs_gacc", "files/2025-09.csv", "unreadable_file")
    assert "实为网页" in held["message_zh"] and "处理：请从 source.yml 所列网址重新下载并替换。" in held["message_zh"]
    (told,) = [row for row in arrived.table("all/findings.csv") if row["check_name"] == "file_set_aside"]
    assert (told["severity"], told["source_file"]) == ("hold", "files/2025-09.csv")
    (total,) = [
        row
        for row in arrived.table("cities/420100-wuhan/指标.csv")
        if (row["地区代码"], row["指标代码"], row["时期"]) == ("420100", "trade_total", "2024年")
    ]
    assert total["数值"] == "4033.53" and "该来源另有文件未能读取、已搁置，数据可能不全" in total["说明"]
    doctor = openecon("doctor", "--raw", arrived.raw, "--warehouse", arrived.warehouse)
    assert doctor.status == 1 and "raw/customs_gacc/files/2025-09.csv: 文件未能" in doctor.out


# New sources


def add(raw: Path, source_id: str, layout: str, options: dict, files: dict[str, Path], **own: dict) -> None:
    """raw/<source_id>/ with a source.yml and copies of the files; `own` are options of single files, by their stem."""
    folder = raw / source_id / "files"
    folder.mkdir(parents=True)
    listed = []
    for name, path in files.items():
        shutil.copy(path, folder / name)
        entry = {"file": f"files/{name}", "title_zh": name, "address": None, "published_on": "2026-01-31"}
        entry |= {"published_basis": "obtained", "options": own.get(Path(name).stem, {})}
        listed.append(entry)
    declared = {"source_id": source_id, "publisher_zh": "某机构", "publisher_en": "A publisher", "domain": "yearbook"}
    declared |= {"title_zh": "某表", "title_en": "A table", "address": None, "licence": "facts-with-citation", "layout": layout}
    declared |= {"frequency": "A", "obs_status": "A", "options": options, "files": listed}
    (folder.parent / "source.yml").write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")


def new_sources(raw: Path) -> None:
    """A tidy file, two editions of a yearbook workbook, and communiqués in prose, each declared by its source.yml alone."""
    add(raw, "tidy_again", "tidy_long", {}, {"2016.csv": next((ROOT / "raw" / "hktdc" / "files").glob("*.csv"))})
    editions = {name: SPECIMENS / "city_yearbook" / name for name in ("edition_2019.xlsx", "edition_2021.xlsx")}
    yearbook = yaml.safe_load((SPECIMENS / "city_yearbook" / "options.yml").read_text(encoding="utf-8"))["options"]
    add(raw, "yearbook_workbook", "table", yearbook, editions)
    phrases = [
        {"phrase": "货物进出口总额", "series": "trade_total", "growth": "trade_total_yoy"},
        {"phrase": "出口", "of": ["货物进出口总额"], "series": "trade_export", "growth": "trade_export_yoy"},
        {"phrase": "进口", "of": ["货物进出口总额"], "series": "trade_import", "growth": "trade_import_yoy"},
    ]
    prose = {"area": "421200", "freq": "A", "basis": "period", "patterns": phrases}
    texts = {f"{year}.txt": SPECIMENS / "bulletin" / f"xianning-{year}.txt" for year in ("2024", "2025")}
    add(raw, "bulletin_xianning", "bulletin", prose, texts, **{year: {"period": year} for year in ("2024", "2025")})


def test_new_sources_land_with_source_yml_alone(arrived: Arrived):
    asked = """
        select source_id, ref_area, series, time_period, obs_value, unit_measure, unit_mult, source_file, source_locator
        from marts.observations where source_id = ? order by source_file, series, ref_area, time_period
    """
    found = {name: arrived.ask(asked, name) for name in ("tidy_again", "hktdc", "yearbook_workbook", "bulletin_xianning")}
    held = {source for (source,) in arrived.ask("select distinct source_id from marts.quarantine")}
    assert not held & set(found)
    prose = found["bulletin_xianning"]
    assert len(found["tidy_again"]) == 6 and [row[1:7] for row in found["tidy_again"]] == [row[1:7] for row in found["hktdc"]]
    # Edition 2019 holds 2018 and prints gross product in 万元; edition 2021 holds 2020 and prints it in 亿元.
    yearbook = [row[1:] for row in found["yearbook_workbook"]]
    assert ("420100", "gdp", "2018", 148472900.0, "CNY", 4, "files/edition_2019.xlsx", "Sheet1!E8") in yearbook
    assert [row[:6] for row in yearbook if row[0] == "420100" and row[1] == "gdp"] == [
        ("420100", "gdp", "2018", 148472900.0, "CNY", 4),
        ("420100", "gdp", "2020", 15616.0, "CNY", 8),
    ]
    assert [(row[2], row[3], row[4]) for row in prose] == [
        ("trade_export", "2024", 135.6),
        ("trade_export_yoy", "2024", 17.4),
        ("trade_import", "2024", 7.9),
        ("trade_import_yoy", "2024", -4.8),
        ("trade_total", "2024", 143.5),
        ("trade_total_yoy", "2024", 15.9),
        ("trade_export", "2025", 162.0),
        ("trade_export_yoy", "2025", 19.5),
        ("trade_import", "2025", 5.8),
        ("trade_import_yoy", "2025", -26.7),
        ("trade_total", "2025", 167.8),
        ("trade_total_yoy", "2025", 16.9),
    ]
    assert prose[0][8].endswith("出口135.6亿元，增长17.4%」")


# Forms


def fill(form: Path) -> None:
    """What a person does with it in a spreadsheet program."""
    book = openpyxl.load_workbook(form)
    for cell, value in (FILLED | SIGNED).items():
        book.active[cell] = value
    book.save(form)


def publish_for_tianmen(raw: Path, seeds: Path) -> None:
    """The city's bureau of statistics prints the same year in its bulletin, and the office admits it."""
    folder = raw / "stats_tianmen"
    declared = yaml.safe_load((folder / "source.yml").read_text(encoding="utf-8"))
    bulletin = {"file": "files/2024.csv", "title_zh": "2024年公报", "address": None, "published_on": "2025-04-01"}
    declared["files"].append(bulletin | {"published_basis": "publisher"})
    (folder / "source.yml").write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    with (folder / "files/2024.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [
                ["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status", "quote"],
                ["天门市", "429006", "2024", "annual", "货物进出口总额", "99.5", "亿元", "A", "货物进出口总额99.5亿元"],
            ]
        )
    with (seeds / "preference.csv").open("a", encoding="utf-8") as stream:
        stream.write("trade_total,*,,,60,stats_tianmen,市统计局公报\n")


def chosen(arrived: Arrived, area: str) -> list[tuple]:
    asked = """
        select value, obs_status, source_id, derivation from marts.indicator_values
        where indicator = 'trade_total' and ref_area = ? and time_period = '2024'
    """
    return arrived.ask(asked, area)


def test_a_filled_form_lands_where_nobody_publishes(arrived: Arrived):
    asked = """
        select series, period_basis, value, obs_status, cast(published_on as varchar), source_locator from marts.observations
        where source_id = 'reported' and ref_area = '429004' and series in ('trade_total', 'fdi_used') order by source_locator
    """
    assert arrived.ask(asked) == [
        ("trade_total", "period", 9.1e8, "P", "2025-01-15", "填报表!D5"),
        ("fdi_used", "period", None, "L", "2025-01-15", "填报表!D8"),
        ("trade_total", "ytd", 98.76e8, "P", "2025-01-15", "填报表!E5"),
        ("fdi_used", "ytd", 5123e4, "P", "2025-01-15", "填报表!E8"),
    ]
    assert chosen(arrived, "429004") == [(98.76e8, "P", "reported", "december_cumulative")]
    lineage = """
        select source_id, source_file, source_sha256, source_locator from marts.lineage
        where table_name = 'indicator_values' and code = 'trade_total' and ref_area = '429004' and time_period = '2024'
    """
    returned = arrived.raw / "reported/files/429004-2024-12.xlsx"
    assert arrived.ask(lineage) == [("reported", "files/429004-2024-12.xlsx", sha256(returned), "填报表!E5")]
    (total,) = [
        row
        for row in arrived.table("cities/429004-xiantao/指标.csv")
        if (row["地区代码"], row["指标代码"], row["时期"]) == ("429004", "trade_total", "2024年")
    ]
    assert total["数值"] == "98.76" and "市级填报，尚未公布" in total["说明"]


def test_a_published_figure_supersedes_the_reported_one(arrived: Arrived):
    assert chosen(arrived, "429006") == [(99.5e8, "A", "stats_tianmen", "published")]
    kept = """
        select value from marts.observations
        where source_id = 'reported' and ref_area = '429006' and series = 'trade_total' and period_basis = 'ytd'
    """
    assert arrived.ask(kept) == [(98.76e8,)]
