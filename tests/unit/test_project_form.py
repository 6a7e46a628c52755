"""招商引资项目台账: what the register asks and prints, what is read of it, and every rule seen holding a bad row or cell.

All projects here are made up.
"""

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from dagster_project.lib import declarations, landing, project_forms
from dagster_project.lib.house import read_inputs
from dagster_project.lib.problems import BuildStopped, FileProblem
from dagster_project.lib.readers import project_form
from schemas.project import AMOUNTS, COLUMNS, CONTRACT, FIELDS, REASONS, WORKING
from tests.unit.mini_house import small_declarations, source, write_house, write_source

FILE = "raw/synthetic_projects/files/420100-2025-08.xlsx"
COLUMN = {field: letter for field, letter in zip(FIELDS, "ABCDEFGHIJKLMN", strict=True)}
SIGNED = {"B3": "张三", "D3": "李四", "F3": datetime(2025, 9, 10)}
#: A project that breaks no rule, in the first row below the headings.
GOOD = {
    "project": "WH-001",
    "name_zh": "芯片封装",
    "investor_zh": "某公司",
    "economy": "中国香港",
    "industry": "计算机、通信和其他电子设备制造业",
    "site_zh": "东湖高新区",
    "pitched_on": datetime(2025, 1, 5),
    "negotiated_on": datetime(2025, 2, 5),
    "signed_on": datetime(2025, 3, 5),
    "started_on": datetime(2025, 4, 5),
    "operating_on": None,
    "ended_on": None,
    "contracted": 12000,
    "arrived": 3000.5,
}


def blank(period: str = "2025-08", database: Path | None = None, area: str = "420100") -> bytes:
    return project_forms.write(small_declarations(), area, period, database)


def filled(*rows: dict, cells: dict[str, object] | None = None, area: str = "420100") -> bytes:
    """A register as a city returns it: signed, one row for each project, then changed cell by cell."""
    book = openpyxl.load_workbook(BytesIO(blank(area=area)))
    sheet = book["项目台账"]
    for place, row in enumerate(rows, start=6):
        for field, value in row.items():
            sheet[f"{COLUMN[field]}{place}"] = value
    for cell, value in (SIGNED | (cells or {})).items():
        sheet[cell] = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


# What a register looks like


def test_a_register_asks_for_every_field_of_a_project():
    sheet = openpyxl.load_workbook(BytesIO(blank()))["项目台账"]
    rows = [row[:14] for row in sheet.iter_rows(values_only=True)]
    assert rows[0][0] == "武汉都市圈招商引资项目台账"
    assert (rows[1][0], rows[1][3]) == ("填报地区：武汉市（420100）", "报告期：2025年8月")
    assert (rows[2][0], rows[2][2], rows[2][4]) == ("填报人", "审核人", "填报日期")
    assert rows[4] == (
        *("项目编号", "项目名称", "投资方", "来源地", "行业", "落户区（园区）"),
        *("推介日期", "在谈日期", "签约日期", "开工日期", "投产日期", "终止日期", "合同资金（万元）", "累计到位资金（万元）"),
    )
    assert not any(any(row) for row in rows[5:])
    assert len(rows) == 5 + project_forms.BLANK_ROWS


def test_only_yellow_cells_can_be_written_in_and_choices_come_from_the_registered_lists():
    book = openpyxl.load_workbook(BytesIO(blank()))
    sheet = book["项目台账"]
    assert sheet.protection.sheet and book["选项"].protection.sheet
    cells = [cell for row in sheet.iter_rows() for cell in row]
    open_cells = {cell.coordinate for cell in cells if not cell.protection.locked}
    body = {f"{letter}{row}" for letter in COLUMN.values() for row in range(6, 6 + project_forms.BLANK_ROWS)}
    assert open_cells == body | {"B3", "D3", "F3"}
    assert {cell.coordinate for cell in cells if cell.fill.fgColor.rgb == "FFFFF9DB"} == open_cells
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    end = 5 + project_forms.BLANK_ROWS
    assert rules[f"D6:D{end}"].formula1 == "选项!$A$2:$A$4"
    assert [cell.value for cell in book["选项"]["A"]] == ["来源地", "中国香港", "中国内地", "德国"]
    # 31 August 2025 is day 45900 of Excel's count.
    assert (rules[f"I6:I{end}"].type, rules[f"I6:I{end}"].formula2) == ("date", "45900")
    assert (rules[f"M6:M{end}"].type, rules[f"M6:M{end}"].operator, rules[f"M6:M{end}"].formula1) == (
        *("decimal", "greaterThanOrEqual"),
        "0",
    )


def test_a_row_that_will_be_held_turns_red():
    sheet = openpyxl.load_workbook(BytesIO(blank()))["项目台账"]
    rules = {
        str(place.sqref).split(":")[0]: [rule.formula for rule in rules]
        for place, rules in sheet.conditional_formatting._cf_rules.items()
    }
    assert set(rules) == {"A6", "N6", "H6", "I6", "J6", "K6", "L6"}
    assert rules["N6"] == [["AND(COUNT($M6,$N6)=2,$N6>$M6)"]]
    assert rules["J6"] == [['AND($J6<>"",COUNT($G6:$I6)>0,$J6<MAX($G6:$I6))']]


def test_the_same_register_has_the_same_bytes():
    assert blank() == blank()


def test_the_projects_last_reported_stand_in_it_already(tmp_path):
    database = tmp_path / "openecon.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.investment_projects as select
                '420100' as ref_area, '2025-07' as time_period, 'WH-001' as project, '芯片封装' as project_zh,
                '某公司' as investor_zh,
                '中国香港' as economy_zh, cast(null as varchar) as industry_zh, '东湖高新区' as site_zh,
                date '2025-01-05' as pitched_on, cast(null as date) as negotiated_on, date '2025-03-05' as signed_on,
                cast(null as date) as started_on, cast(null as date) as operating_on, cast(null as date) as ended_on,
                120000000.0::double as contracted, cast(null as double) as arrived
            """
        )
    sheet = openpyxl.load_workbook(BytesIO(blank(database=database)))["项目台账"]
    assert [cell.value for cell in sheet[6]] == [
        *("WH-001", "芯片封装", "某公司", "中国香港", None, "东湖高新区"),
        *(datetime(2025, 1, 5), None, datetime(2025, 3, 5), None, None, None, 12000, None),
    ]
    earlier = openpyxl.load_workbook(BytesIO(blank("2025-06", database)))["项目台账"]
    assert earlier["A6"].value is None
    other = openpyxl.load_workbook(BytesIO(blank(database=database, area="420700")))["项目台账"]
    assert other["A6"].value is None


def test_a_register_is_of_a_city_and_a_month():
    with pytest.raises(BuildStopped, match="'420000' is not a city in scope"):
        blank(area="420000")
    with pytest.raises(BuildStopped, match="a register of projects is of a month such as 2025-08, not of '2025'"):
        blank("2025")


# What is read of it


def read(content: bytes) -> list[dict]:
    return project_form.read(content, FILE, None, {})


def test_every_row_with_text_is_a_project_with_its_cells():
    found = read(filled(GOOD, {}, {"project": "WH-002"}))
    assert [(row["project"], row["locator"], row["line"], row["place"], row["time_period"]) for row in found] == [
        ("WH-001", "项目台账!A6", 6, "420100", "2025-08"),
        ("WH-002", "项目台账!A8", 8, "420100", "2025-08"),
    ]
    assert (found[0]["contracted"], found[0]["where_contracted"]) == ("12000", "项目台账!M6")
    assert set(found[0]) == set(project_form.ROW)


def test_the_day_and_title_are_those_printed():
    told = project_form.publication(filled(GOOD), FILE)
    assert told == (date(2025, 9, 10), "武汉都市圈招商引资项目台账：武汉市2025年8月")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"B3": None}, "项目台账!B3: 填报人 is empty"),
        ({"F3": datetime(2025, 8, 30)}, "项目台账!F3: 填报日期 2025-08-30 lies before the end of the period 2025-08 it reports"),
        ({"M5": "合同资金（亿元）"}, "the heading row lacks or repeats 合同资金（万元）"),
        ({"A5": "编号"}, "no heading row with 项目编号"),
        (
            {"A2": "填报地区：鄂州市（420700）"},
            "项目台账!A2: it prints '填报地区：鄂州市（420700）', but the mark of the form says 420100",
        ),
        ({"G2": None}, "the mark of a form made by `openecon form` is not in it"),
        (
            {"A6": None, "B6": None},
            "no project stands in it: an empty register cannot be told from one that was not filled in",
        ),
    ],
)
def test_a_register_that_is_not_whole_is_told_by_cell(cells, found):
    row = {"project": "WH-001", "name_zh": "芯片封装"}
    with pytest.raises(FileProblem) as problem:
        read(filled(row, cells=cells))
    assert (problem.value.file, problem.value.found) == (FILE, found)


def test_a_mark_moved_to_another_month_no_longer_fits():
    content = filled(GOOD)
    mark = openpyxl.load_workbook(BytesIO(content))["项目台账"]["G2"].value
    cells = {"G2": mark.replace("2025-08", "2025-09"), "D2": "报告期：2025年9月", "F3": datetime(2025, 10, 9)}
    with pytest.raises(FileProblem, match="the rows do not fit the mark of the form"):
        read(filled(GOOD, cells=cells))


# What lands


def registers(**more) -> dict:
    """The source.yml of returned registers."""
    pattern = {"published": "printed", "file": "files/*.xlsx", "address": None}
    named = {"source_id": "synthetic_projects", "layout": "project_form", "kind": "reported", "pattern": pattern}
    return source(named, more)


def landed(tmp_path: Path, *rows: dict, files: dict[str, bytes] | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(projects, quarantine) of returned registers in the small house, where 万元 is a registered unit."""
    house = write_house(tmp_path)
    with (house.seeds / "units.csv").open("a", encoding="utf-8") as units:
        units.write("万元,CNY,4,10 thousand yuan,\n")
    write_source(house.raw, registers(), files or {"a.xlsx": filled(*rows)})
    batches = list(landing.land(house, declarations.load(house), ["synthetic_projects"], read_inputs(house).raw))
    written = landing.write(iter(batches), tmp_path / "landing", "all")
    projects, quarantine = (pl.concat([getattr(batch, table) for batch in batches]) for table in ("projects", "quarantine"))
    assert pl.read_parquet(tmp_path / "landing" / "projects" / "all*.parquet").equals(projects)
    assert written.figures == projects.height and written.held == quarantine.height
    return projects, quarantine


def test_a_project_lands_with_its_days_money_and_cell(tmp_path):
    projects, quarantine = landed(tmp_path, GOOD)
    assert quarantine.is_empty() and list(projects.columns) == list(COLUMNS)
    (row,) = projects.drop("source_sha256").rows(named=True)
    assert row == {
        "source_id": "synthetic_projects",
        "ref_area": "420100",
        "time_period": "2025-08",
        "project": "WH-001",
        "name_zh": "芯片封装",
        "investor_zh": "某公司",
        "economy": "HKG",
        "industry": "C39",
        "site_zh": "东湖高新区",
        "pitched_on": date(2025, 1, 5),
        "negotiated_on": date(2025, 2, 5),
        "signed_on": date(2025, 3, 5),
        "started_on": date(2025, 4, 5),
        "operating_on": None,
        "ended_on": None,
        "contracted": 12000.0,
        "arrived": 3000.5,
        "unit_measure": "CNY",
        "unit_mult": 4,
        "obs_status": "P",
        "published_on": date(2025, 9, 10),
        "published_basis": "publisher",
        "source_file": "files/a.xlsx",
        "source_locator": "项目台账!A6",
    }


@pytest.mark.parametrize(
    ("field", "printed", "understood"),
    [
        ("economy", "香港", "HKG"),
        ("economy", " 内资 ", "CHN"),
        ("economy", "DEU", "DEU"),
        ("economy", None, None),
        ("economy", "—", None),
        ("industry", "計算機、通信和其他電子設備製造業", "C39"),
        ("industry", "G", "G"),
        ("industry", None, None),
        ("operating_on", "2025年8月31日", date(2025, 8, 31)),
        ("operating_on", "2025/6/1", date(2025, 6, 1)),
        ("operating_on", "-", None),
        ("contracted", "1.2万", "held"),
        ("contracted", "12,000", 12000.0),
        ("contracted", "１２０００", 12000.0),
        ("arrived", None, None),
        ("arrived", "—", None),
        ("arrived", 0, 0.0),
        ("arrived", 12000, 12000.0),
    ],
)
def test_a_cell_is_understood_as_people_write_it_and_a_blank_one_is_no_zero(tmp_path, field, printed, understood):
    projects, quarantine = landed(tmp_path, GOOD | {field: printed})
    assert projects[field].to_list() == [None if understood == "held" else understood]
    assert quarantine.height == (understood == "held")


DAYS = ("pitched_on", "negotiated_on", "signed_on", "started_on", "operating_on", "ended_on")
NOT_SIGNED = {"signed_on": None, "started_on": None, "contracted": None, "arrived": None}
#: For each rule: what of GOOD is changed, the reason, and the cell named.
BAD = {
    "has_number": ({"project": None}, "no_project_number", "A6"),
    "has_name": ({"name_zh": " "}, "no_project_name", "A6"),
    **{f"{day}_is_a_day": ({day: "2025-02-30"}, "not_a_day", "A6") for day in DAYS},
    "days_are_past": ({"operating_on": datetime(2025, 9, 1)}, "day_after_period", "A6"),
    "days_in_order": ({"started_on": datetime(2025, 3, 4)}, "days_out_of_order", "A6"),
    "has_a_stage": (
        NOT_SIGNED | {"pitched_on": None, "negotiated_on": None, "ended_on": datetime(2025, 5, 1)},
        "no_stage",
        "A6",
    ),
    "signed_before_start": ({"signed_on": None, "contracted": None, "arrived": None}, "not_signed", "A6"),
    "economy_is_known": ({"economy": "中国香巷"}, "unknown_economy", "D6"),
    "industry_is_known": ({"industry": "芯片"}, "unknown_industry", "E6"),
    "contracted_is_number": ({"contracted": "1.2亿"}, "not_a_number", "M6"),
    "arrived_is_number": ({"arrived": "全部到位"}, "not_a_number", "N6"),
    "contracted_not_negative": ({"contracted": -1}, "negative", "M6"),
    "arrived_not_negative": ({"arrived": -1}, "negative", "N6"),
    "contracted_after_signing": (NOT_SIGNED | {"contracted": 5}, "not_signed", "M6"),
    "arrived_after_signing": (NOT_SIGNED | {"arrived": 5}, "not_signed", "N6"),
    "arrived_within_contract": ({"arrived": 12000.01}, "exceeds_contract", "N6"),
}


def test_every_rule_has_a_bad_row():
    assert {check.name for check in CONTRACT.checks} == set(REASONS) == {*BAD, "first_of_its_number"}


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_row_is_held_and_a_bad_cell_alone_and_the_good_row_beside_it_goes_on(tmp_path, rule):
    changes, code, cell = BAD[rule]
    projects, quarantine = landed(tmp_path, GOOD | changes, GOOD | {"project": "WH-002"})
    (held,) = quarantine.rows(named=True)
    assert (held["reason"], held["source_locator"], held["place"]) == (code, f"项目台账!{cell}", "420100")
    field = REASONS[rule].field
    assert held["level"] == ("cell" if field else "line")
    assert projects["project"].to_list() == (["WH-001", "WH-002"] if field else ["WH-002"])
    if field:
        assert projects[field][0] is None and projects[field][1] is not None
        assert held["raw_value"] == str(changes[field])
    # It says what is wrong and what to do, and leaves no blank of its text unfilled.
    assert "请" in held["message_zh"]
    assert not re.search(r"[{}]|None", held["message_zh"])


def test_a_number_that_stands_twice_is_held_the_second_time(tmp_path):
    projects, quarantine = landed(tmp_path, GOOD, GOOD | {"name_zh": "另一个"})
    assert projects["name_zh"].to_list() == ["芯片封装"]
    assert quarantine.select("reason", "level", "label", "source_locator").rows() == [
        ("duplicate", "line", "另一个", "项目台账!A7")
    ]


def test_each_bad_cell_of_a_row_is_told_and_the_project_goes_on_without_them(tmp_path):
    projects, quarantine = landed(tmp_path, GOOD | {"economy": "火星", "contracted": "很多", "arrived": -1})
    assert projects.select("economy", "contracted", "arrived").rows() == [(None, None, None)]
    assert quarantine["source_locator"].to_list() == ["项目台账!D6", "项目台账!M6", "项目台账!N6"]


def test_a_bad_row_is_told_once_by_its_first_fault(tmp_path):
    projects, quarantine = landed(tmp_path, GOOD | {"name_zh": None, "pitched_on": "春天", "economy": "火星"})
    assert projects.is_empty()
    assert quarantine["reason"].to_list() == ["no_project_name"]


def test_the_nearest_registered_name_is_told(tmp_path):
    _, quarantine = landed(tmp_path, GOOD | {"economy": "中国香巷"})
    assert "最相近的登记名称：中国香港" in quarantine["message_zh"][0]


def test_a_later_register_lands_beside_the_earlier_one(tmp_path):
    later = filled(GOOD | {"arrived": 4000}, cells={"F3": datetime(2025, 9, 20)})
    projects, _ = landed(tmp_path, files={"a.xlsx": filled(GOOD), "b.xlsx": later})
    assert projects.select("source_file", "published_on", "arrived").rows() == [
        ("files/a.xlsx", date(2025, 9, 10), 3000.5),
        ("files/b.xlsx", date(2025, 9, 20), 4000.0),
    ]


def test_what_lies_on_disk_fits_the_contract_without_its_texts(tmp_path):
    projects, _ = landed(tmp_path, GOOD, GOOD | {"project": "WH-002", "economy": "火星"})
    CONTRACT.validate(projects.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in WORKING.items()), lazy=True)


def test_amounts_are_asked_in_a_unit_that_the_project_registers():
    units = declarations.load(declarations.House())["units"]
    assert units.filter(pl.col("unit") == project_form.UNIT).select("unit_measure", "unit_mult").rows() == [("CNY", 4)]
    assert all(project_form.UNIT in project_form.HEADINGS[field] for field in AMOUNTS)


def test_no_registered_name_stands_for_two_economies_or_industries():
    declared = declarations.load(declarations.House())
    for table in ("economies", "industries"):
        frame = declared[table]
        others = frame["also_zh"].drop_nulls().str.split("、").explode() if "also_zh" in frame.columns else []
        names = [*frame["name_zh"], *others, *frame[frame.columns[0]]]
        assert len(names) == len(set(names))
