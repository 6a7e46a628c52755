"""What arrives on one day, in one build: a new month, a broken file, new sources by source.yml alone, forms of two cities, and
registers of projects of nine, made up and marked as such.
"""

import csv
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import docx
import duckdb
import openpyxl
import pytest
import yaml

from dagster_project.lib import declarations, project_forms
from dagster_project.lib.house import ROOT, House, sha256
from schemas.project import FIELDS
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
    registers(raw, folder)
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


# Projects of investment promotion. There are no public data: these are made up, in a source whose name says so.

ROW = ("project", "name_zh", "economy", "industry", "pitched_on", "negotiated_on", "signed_on", "started_on", "operating_on")
MONEY = ("ended_on", "contracted", "arrived")
PITCHED, BEGUN, WORKS = datetime(2024, 1, 5), datetime(2025, 6, 1), datetime(2025, 8, 1)
WUHAN = [
    ("W1", "甲", "中国香港", "汽车制造业", PITCHED, None, datetime(2024, 5, 6), BEGUN, WORKS, None, 10000, 10000),
    ("W2", "乙", "德国", "汽车制造业", PITCHED, None, datetime(2025, 3, 6), BEGUN, None, None, 20000, 5000),
    ("W3", "丙", "中国内地", "金融业", PITCHED, None, datetime(2025, 6, 6), None, None, None, 8000, None),
    ("W4", "丁", "德国", "金融业", PITCHED, datetime(2025, 2, 1), None, None, None, None, None, None),
    ("W5", "戊", None, None, PITCHED, None, None, None, None, None, None, None),
    ("W6", "己", "中国香港", "汽车制造业", PITCHED, None, datetime(2024, 6, 6), None, None, datetime(2025, 1, 9), 2000, 0),
    (None, "没有编号", "德国", "金融业", PITCHED, None, None, None, None, None, None, None),
]  # fmt: skip
OTHERS = [
    ("X1", "庚", "中国内地", "制造业", PITCHED, None, datetime(2025, 1, 6), None, None, None, 1000, 500),
    ("X2", "辛", "中国内地", "制造业", PITCHED, None, None, None, None, None, None, None),
]
CITIES = ["420100", "420200", "420700", "420900", "421100", "421200", "429004", "429005", "429006"]


def registers(raw: Path, folder: Path) -> None:
    """raw/synthetic_projects: registers of August from nine cities, and one of July from Wuhan."""
    files = raw / "synthetic_projects" / "files"
    files.mkdir(parents=True)
    declared = (raw / "reported_projects" / "source.yml").read_text(encoding="utf-8")
    made_up = declared.replace("source_id: reported_projects", "source_id: synthetic_projects")
    (files.parent / "source.yml").write_text(made_up, encoding="utf-8")
    declared = declarations.load(House(seeds=raw.parent / "seeds", raw=raw, warehouse=folder))
    for area, period, rows in [("420100", "2025-07", OTHERS), *((area, "2025-08", OTHERS) for area in CITIES[1:])]:
        path = files / f"{area}-{period}.xlsx"
        path.write_bytes(project_forms.write(declared, area, period, None))
        report(path, rows)
    path = files / "420100-2025-08.xlsx"
    run = openecon("form", "--projects", "--area", "420100", "--period", "2025-08", "--out", path, "--warehouse", folder)
    assert (run.status, run.out.strip()) == (0, str(path)), run.err
    report(path, WUHAN)


def report(register: Path, rows: list[tuple]) -> None:
    """What a person does with it in a spreadsheet program."""
    book = openpyxl.load_workbook(register)
    sheet = book["项目台账"]
    places = {field: column for column, field in enumerate(FIELDS, start=1)}
    for line, row in enumerate(rows, start=6):
        for field, value in zip((*ROW, *MONEY), row, strict=True):
            sheet.cell(line, places[field]).value = value
    for cell, value in {"B3": "王芳", "D3": "刘强", "F3": datetime(2025, 9, 8)}.items():
        sheet[cell] = value
    book.save(register)


def test_a_funnel_of_projects_is_that_worked_out_by_hand(arrived: Arrived):
    asked = """
        select stage, n_reached, n_here, n_ended, round(conversion, 6), contracted, arrived, round(arrival_rate, 6), n_held
        from marts.investment_funnel where ref_area = ? and time_period = '2025-08' order by stage_order
    """
    assert arrived.ask(asked, "420100") == [
        ("pitched", 6, 1, 0, None, None, None, None, 1),
        ("negotiated", 5, 1, 0, 83.333333, None, None, None, 1),
        # 10,000 + 20,000 + 8,000 + 2,000 万元 signed; 15,000 of the 32,000 whose arrivals are known.
        ("signed", 4, 1, 1, 80.0, 4.0e8, 1.5e8, 46.875, 1),
        ("started", 2, 1, 0, 50.0, 3.0e8, 1.5e8, 50.0, 1),
        ("operating", 1, 1, 0, 50.0, 1.0e8, 1.0e8, 100.0, 1),
    ]
    # The circle: Wuhan's and eight times one signed and one pitched. Of July only Wuhan has reported, so there is no circle.
    circle = arrived.ask(asked, "WHMA")
    assert [row[:2] for row in circle] == [("pitched", 22), ("negotiated", 13), ("signed", 12), ("started", 2), ("operating", 1)]
    assert circle[2][5:8] == (4.8e8, 1.9e8, 47.5)
    periods = (
        "select distinct ref_area, time_period from marts.investment_funnel where ref_area in ('420100', 'WHMA') order by all"
    )
    assert arrived.ask(periods) == [("420100", "2025-07"), ("420100", "2025-08"), ("WHMA", "2025-08")]


def test_signed_projects_by_where_they_come_from(arrived: Arrived):
    asked = """
        select member_zh, n_signed, n_started, n_ended, contracted, arrived, round(contracted_share, 6)
        from marts.investment_structure
        where ref_area = '420100' and time_period = '2025-08' and breakdown = 'economy' order by member
    """
    assert arrived.ask(asked) == [
        ("中国内地", 1, 0, 0, 0.8e8, None, 20.0),
        ("德国", 1, 1, 0, 2.0e8, 0.5e8, 50.0),
        ("中国香港", 2, 1, 1, 1.2e8, 1.0e8, 30.0),
    ]


def test_a_project_leads_to_its_register_and_a_bad_row_is_held_by_cell(arrived: Arrived):
    columns = (
        "stage_zh, economy, industry, signed_on, contracted, obs_status, source_id, source_file, source_sha256, source_locator"
    )
    asked = f"select {columns} from marts.investment_projects where ref_area = '420100' and project = 'W2'"
    register = arrived.raw / "synthetic_projects/files/420100-2025-08.xlsx"
    came = ("synthetic_projects", "files/420100-2025-08.xlsx", sha256(register), "项目台账!A7")
    assert arrived.ask(asked) == [("开工", "DEU", "C36", date(2025, 3, 6), 2.0e8, "P", *came)]
    held = [row for row in arrived.table("all/quarantine.csv") if row["source_id"] == "synthetic_projects"]
    assert [(row["reason"], row["source_locator"], row["label"]) for row in held] == [
        ("no_project_number", "项目台账!A12", "没有编号")
    ]


def test_the_office_is_told_of_projects_and_that_they_are_made_up(arrived: Arrived):
    signed = next(row for row in arrived.table("cities/420100-wuhan/招商.csv") if row["阶段"] == "签约")
    assert (signed["时期"], signed["到达项目数"], signed["转化率%"], signed["合同资金"], signed["单位"], signed["到位率%"]) == (
        *("2025年8月", "4", "80.0", "4.0000", "亿元"),
        "46.9",
    )
    assert "台账有1行未能采用（见隔离数据），项目数偏少" in signed["说明"]
    total = next(row for row in arrived.table("circle/招商结构.csv") if row["分组"] == "合计")
    assert (total["地区"], total["签约项目数"], total["合同资金"], total["到位率%"]) == ("武汉都市圈", "12", "4.8000", "47.5")
    lines = [p.text for p in docx.Document(arrived.warehouse / "latest/cities/420100-wuhan/监测简报.docx").paragraphs]
    (told,) = [line for line in lines if "项目台账" in line]
    assert (
        "至2025年8月末，项目台账共6个项目，其中签约4个、开工2个、投产1个；签约项目合同资金4.00亿元，到位1.50亿元，到位率46.9％"
        in told
    )
    for path in (arrived.warehouse / "latest").rglob("*.docx"):
        text = "".join(docx.Document(path).element.body.itertext())
        assert "含合成数据，仅供测试，不得使用" in text, path


def test_the_next_register_holds_the_projects_already_reported(arrived: Arrived, tmp_path: Path):
    path = tmp_path / "next.xlsx"
    asked = ["form", "--projects", "--area", "420100", "--period", "2025-09", "--out", path]
    run = openecon(*asked, "--warehouse", arrived.warehouse)
    assert run.status == 0, run.err
    sheet = openpyxl.load_workbook(path)["项目台账"]
    assert [sheet[f"A{row}"].value for row in range(6, 13)] == ["W1", "W2", "W3", "W4", "W5", "W6", None]
    assert [sheet[f"{column}7"].value for column in "DEIM"] == ["德国", "汽车制造业", datetime(2025, 3, 6), 20000]
