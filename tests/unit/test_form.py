"""填报表: what a form asks and prints, and what is read of it, or told of it by cell, when it comes back."""

import dataclasses
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from openpyxl.cell.cell import MergedCell

from dagster_project.lib import declarations, forms, landing
from dagster_project.lib.house import read_inputs
from dagster_project.lib.problems import BuildStopped, FileProblem
from dagster_project.lib.readers import form
from schemas.source import DeclarationProblem, load_source
from tests.unit.mini_house import small_declarations, source, write_house, write_source

FILE = "raw/reported/files/420100-2025-08.xlsx"
REMEDY = "Have the city put it right, or fill in a fresh form (openecon form)."


def blank(period: str = "2025-08", database=None) -> bytes:
    return forms.write(small_declarations(), "420100", period, database)


def sheet_of(content: bytes):
    return openpyxl.load_workbook(BytesIO(content)).active


def filled(changes: dict[str, object], period: str = "2025-08") -> bytes:
    """A form as a person returns it: signed in the row below the figures, then changed cell by cell."""
    book = openpyxl.load_workbook(BytesIO(blank(period)))
    for cell, value in ((SIGNED if "-" in period else SIGNED_YEAR) | changes).items():
        book.active[cell] = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


#: Rows 5 to 8: trade_total, trade_export, trade_import, hub_cargo. D is the month, E the cumulative. A year has one row less.
SIGNED = {"B10": "张三", "D10": "李四", "G10": datetime(2025, 9, 10)}
SIGNED_YEAR = {"B9": "张三", "D9": "李四", "G9": datetime(2026, 1, 20)}
FIGURES = {"D5": 12.5, "E5": 99.25, "D6": 10, "E6": 80, "D7": 2.5, "E7": "未统计", "D8": "不适用"}


def told(content: bytes) -> str:
    with pytest.raises(FileProblem) as problem:
        form.read(content, FILE, None, {})
    assert (problem.value.file, problem.value.remedy) == (FILE, REMEDY)
    return problem.value.found


# What a form looks like


def test_a_month_asks_its_flows_twice_and_a_stock_once():
    rows = [row[:9] for row in sheet_of(blank()).iter_rows(values_only=True)]
    assert rows[0][0] == "武汉都市圈开放型经济数据填报表"
    assert (rows[1][0], rows[1][2]) == ("填报地区：武汉市（420100）", "报告期：2025年8月（累计：2025年1—8月）")
    assert rows[3] == (
        *("指标", "含义", "计量单位", "本月数\n2025年8月", "本年累计\n2025年1—8月"),
        *("上次数值", "上次时期", "上次来源", "备注（来源说明）"),
    )
    assert rows[4:8] == [
        ("进出口", "总值", "亿元", None, None, "无", "无", "无", None),
        ("出口", "出口", "亿元", None, None, "无", "无", "无", None),
        ("进口", "进口", "亿元", None, None, "无", "无", "无", None),
        ("枢纽货量", "货量", "万吨", None, "—", "无", "无", "无", None),
    ]
    assert rows[9] == ("填报人", None, "审核人", None, None, "填报日期", None, None, None)


def test_a_year_asks_what_is_asked_by_year():
    rows = [row[:8] for row in sheet_of(blank("2025")).iter_rows(values_only=True)]
    assert rows[1][2] == "报告期：2025年"
    assert rows[3][3] == "全年数\n2025年"
    assert [row[0] for row in rows[4:7]] == ["进出口", "出口", "枢纽货量"]


def test_only_the_cells_to_be_filled_can_be_written_in():
    sheet = sheet_of(blank())
    assert sheet.protection.sheet
    cells = [cell for row in sheet.iter_rows() for cell in row if not isinstance(cell, MergedCell)]
    open_cells = {cell.coordinate for cell in cells if not cell.protection.locked}
    figures = {"D5", "E5", "D6", "E6", "D7", "E7", "D8"}
    assert open_cells == figures | {"I5", "I6", "I7", "I8"} | {"B10", "D10", "G10"}
    # Each of them is yellow, and no other cell is.
    yellow = {cell.coordinate for cell in cells if cell.fill.fgColor.rgb == "FFFFF9DB"}
    assert yellow == open_cells


def test_cells_refuse_what_is_no_figure():
    rules = {str(rule.sqref): rule for rule in sheet_of(blank()).data_validations.dataValidation}
    assert set(rules) == {"D5", "E5", "D6", "E6", "D7", "E7", "D8", "G10"}
    assert rules["D5"].formula1 == 'OR(D5="未统计",D5="不适用",IF(ISNUMBER(D5),AND(D5>=0),FALSE))'
    assert rules["D5"].error == "这里只能填大于或等于零的数字，单位亿元，不写“万”“亿”；或填“未统计”“不适用”。"
    assert rules["D5"].allow_blank
    # 31 August 2025 is day 45900 of Excel's count.
    assert (rules["G10"].type, rules["G10"].formula1, rules["G10"].formula2) == ("date", "45900", "TODAY()")


def test_the_page_prints_on_a4_and_the_codes_are_hidden():
    sheet = sheet_of(blank())
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    # One page wide (what the format takes where nothing is said), as many as needed high.
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B5", "$4:$4")
    assert sheet.column_dimensions["J"].hidden and sheet["J5"].value == "trade_total|flow|亿元|进出口"


def test_a_total_unlike_its_flows_and_a_month_beyond_its_cumulative_turn_red():
    rules = {
        str(place.sqref): [rule.formula for rule in rules]
        for place, rules in sheet_of(blank()).conditional_formatting._cf_rules.items()
    }
    assert rules["D5"] == [["AND(COUNT(D5,D6,D7)=3,ABS(D5-D6-D7)>0.02)"]]
    assert ["AND(COUNT(D6,E6)=2,D6>E6)"] in rules["E6"]
    assert "E8" not in rules


def test_the_same_form_has_the_same_bytes():
    assert blank() == blank()


def test_the_last_value_known_is_the_newest_of_the_preferred_source_up_to_the_period(tmp_path):
    database = tmp_path / "openecon.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_source as select 'customs' as source_id, '海关' as publisher_zh")
        connection.execute("insert into marts.dim_source values ('press', '报刊')")
        connection.execute(
            """
            create table marts.observations as
            select 'customs' as source_id, 'trade_total' as series, '420100' as ref_area,
                cast(null as varchar) as counterpart, cast(0 as double) as value,
                '' as time_period, '' as period_basis, date '2025-01-01' as period_end, false as is_held limit 0
            """
        )
        rows = [
            ("customs", "trade_total", "420100", None, 1.0e8, "2025-07", "period", date(2025, 7, 31), False),
            ("customs", "trade_total", "420100", None, 7.456e8, "2025-07", "ytd", date(2025, 7, 31), False),
            ("press", "trade_total", "420100", None, 9.9e8, "2025-08", "ytd", date(2025, 8, 31), False),  # not admitted
            ("customs", "trade_total", "420100", None, 8.8e8, "2025-08", "ytd", date(2025, 8, 31), True),  # held
            ("customs", "trade_total", "420100", None, 9.0e8, "2025-09", "ytd", date(2025, 9, 30), False),  # later
            ("customs", "trade_total", "420700", None, 5.0e8, "2025-08", "ytd", date(2025, 8, 31), False),  # another city
            ("customs", "trade_total", "420100", "hs:85", 4.0e8, "2025-08", "ytd", date(2025, 8, 31), False),  # a part
            ("customs", "trade_total", "420100", None, None, "2025-08", "ytd", date(2025, 8, 31), False),  # missing
        ]
        connection.executemany("insert into marts.observations values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    sheet = sheet_of(blank(database=database))
    assert [sheet[f"{column}5"].value for column in "FGH"] == ["7.46", "2025年1—7月", "海关"]
    assert [sheet[f"{column}6"].value for column in "FGH"] == ["无", "无", "无"]


def test_a_form_needs_a_city_a_known_unit_and_something_to_ask():
    with pytest.raises(BuildStopped, match="'420000' is not a city in scope; there are 420100, 420700"):
        forms.write(small_declarations(), "420000", "2025-08", None)
    small = small_declarations()
    odd = small["series"].with_columns(display_unit_zh=pl.lit("万元"))
    with pytest.raises(DeclarationProblem, match=r"trade_total: seeds/units\.csv has no unit 万元 that is CNY times 10 to the 8"):
        forms.write(dataclasses.replace(small, seeds=small.seeds | {"series": odd}), "420100", "2025-08", None)
    silent = small["series"].with_columns(asked=pl.lit("A"))
    with pytest.raises(BuildStopped, match="asks for no series in a form of frequency M"):
        forms.write(dataclasses.replace(small, seeds=small.seeds | {"series": silent}), "420100", "2025-08", None)


# What is read of it


def test_every_cell_of_a_filled_form():
    cells = form.read(filled(FIGURES), FILE, None, {})
    assert [
        (cell["series"], cell["period_basis"], cell["unit"], cell["raw_value"], cell["obs_status"], cell["locator"])
        for cell in cells
    ] == [
        ("trade_total", "period", "亿元", "12.5", None, "填报表!D5"),
        ("trade_total", "ytd", "亿元", "99.25", None, "填报表!E5"),
        ("trade_export", "period", "亿元", "10", None, "填报表!D6"),
        ("trade_export", "ytd", "亿元", "80", None, "填报表!E6"),
        ("trade_import", "period", "亿元", "2.5", None, "填报表!D7"),
        ("trade_import", "ytd", "亿元", "未统计", "L", "填报表!E7"),
        ("hub_cargo", "period", "万吨", "不适用", "M", "填报表!D8"),
    ]
    assert {(cell["place"], cell["freq"], cell["time_period"], cell["problem"]) for cell in cells} == {
        ("420100", "M", "2025-08", None)
    }


def test_a_form_of_a_year():
    first = form.read(filled({"D5": 150}, "2025"), FILE, None, {})[0]
    assert (first["freq"], first["time_period"], first["period_basis"], first["raw_value"]) == ("A", "2025", "period", "150")


def test_the_day_and_title_are_those_printed():
    assert form.publication(filled(FIGURES), FILE) == (date(2025, 9, 10), "武汉都市圈开放型经济数据填报表：武汉市2025年8月")


@pytest.mark.parametrize("day", ["2025-09-10", "2025年9月10日", "2025/9/10", "２０２５-09-10", datetime(2025, 9, 10, 0, 0)])
def test_a_day_may_be_written_as_text(day):
    assert form.publication(filled({"G10": day}), FILE)[0] == date(2025, 9, 10)


def test_rows_may_have_been_moved():
    book = openpyxl.load_workbook(BytesIO(filled(FIGURES)))
    sheet = book.active
    for column in range(1, 11):
        above, below = sheet.cell(5, column), sheet.cell(7, column)
        above.value, below.value = below.value, above.value
    sheet.move_range("A4:J12", rows=3)
    out = BytesIO()
    book.save(out)
    cells = form.read(out.getvalue(), FILE, None, {})
    assert [(cell["series"], cell["raw_value"], cell["locator"]) for cell in cells[:2]] == [
        ("trade_import", "2.5", "填报表!D8"),
        ("trade_import", "未统计", "填报表!E8"),
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"B10": None}, "填报表!B10: 填报人 is empty"),
        ({"D10": " "}, "填报表!D10: 审核人 is empty"),
        ({"G10": None}, "填报表!G10: 填报日期 is empty"),
        ({"G10": "九月十日"}, "填报表!G10: 填报日期 '九月十日' is not a day such as 2025-09-10"),
        ({"G10": "2025-02-30"}, "填报表!G10: 填报日期 '2025-02-30' is not a day such as 2025-09-10"),
        ({"G10": datetime(2025, 8, 30)}, "填报表!G10: 填报日期 2025-08-30 lies before the end of the period 2025-08 it reports"),
        ({"C6": "万元"}, "填报表!C6: it prints '万元', but the row asks for '亿元' (trade_export)"),
        ({"A6": "进口"}, "填报表!A6: it prints '进口', but the row asks for '出口' (trade_export)"),
        (
            {"J6": "trade_import|flow|亿元|出口"},
            "填报表!J7: trade_import stands in two rows",
        ),
        (
            {"J6": "trade_total_yoy|flow|亿元|出口"},
            "the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed",
        ),
        (
            {"C6": "万元", "J6": "trade_export|flow|万元|出口"},
            "the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed",
        ),
        ({"J6": None}, "填报表!J6: the row has no code that the form gave it; rows cannot be added"),
        ({"A9": "服务贸易", "D9": 3}, "填报表!J9: the row has no code that the form gave it; rows cannot be added"),
        (
            {f"{column}6": None for column in "ABCDEFGHIJ"},
            "the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed",
        ),
        (
            {"A2": "填报地区：鄂州市（420700）"},
            "填报表!A2: it prints '填报地区：鄂州市（420700）', but the mark of the form says 420100",
        ),
        ({"C2": "报告期：2025年9月"}, "填报表!C2: it prints '报告期：2025年9月', but the mark of the form says 2025年8月"),
        ({"A2": None}, "no cell begins with 填报地区："),
        ({"D4": "数"}, "the heading row lacks or repeats 本月数"),
        ({"E4": "本月数"}, "the heading row lacks or repeats 本年累计、本月数"),
        ({"A4": "项目"}, "no heading row with 指标"),
        ({"A11": None}, "the mark of a form made by `openecon form` is not in it"),
        ({"E8": 5}, "填报表!E8: '5' stands where nothing is asked (枢纽货量 has no cumulative)"),
        ({"A10": "填表人"}, "no cell 填报人"),
    ],
)
def test_a_form_that_is_not_whole_is_told_by_cell(changes, found):
    assert told(filled(FIGURES | changes)) == found


def test_a_mark_moved_to_another_month_no_longer_fits():
    mark = sheet_of(blank())["A11"].value
    changes = {"A11": mark.replace("2025-08", "2025-09"), "C2": "报告期：2025年9月", "G10": datetime(2025, 10, 9)}
    assert told(filled(changes)).startswith("the rows do not fit the mark of the form")


def test_two_forms_in_one_workbook_are_refused():
    book = openpyxl.load_workbook(BytesIO(filled(FIGURES)))
    book.copy_worksheet(book.active)
    out = BytesIO()
    book.save(out)
    assert told(out.getvalue()) == "it holds more than one form"


def test_another_workbook_is_no_form():
    book = openpyxl.Workbook()
    book.active["A1"] = "地区"
    out = BytesIO()
    book.save(out)
    assert told(out.getvalue()) == "the mark of a form made by `openecon form` is not in it"


# What lands


def reported(**more) -> dict:
    """The source.yml of returned forms."""
    pattern = {"published": "printed", "file": "files/*.xlsx", "address": None}
    return source({"source_id": "reported", "layout": "form", "kind": "reported", "pattern": pattern}, more)


def landed(tmp_path: Path, files: dict[str, bytes]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(observations, quarantine) of returned forms in the small house."""
    house = write_house(tmp_path)
    write_source(house.raw, reported(), files)
    batches = list(landing.land(house, declarations.load(house), ["reported"], read_inputs(house).raw))
    return tuple(pl.concat([getattr(batch, table) for batch in batches]) for table in ("observations", "quarantine"))


def test_reported_figures_land_with_their_cell_and_the_day_of_the_form(tmp_path):
    observations, quarantine = landed(tmp_path, {"a.xlsx": filled(FIGURES | {"D6": None})})
    assert quarantine.is_empty()
    columns = ["series", "period_basis", "obs_value", "unit_measure", "unit_mult", "obs_status", "source_locator"]
    assert observations.sort("source_locator").select(columns).rows() == [
        ("trade_total", "period", 12.5, "CNY", 8, "P", "填报表!D5"),
        ("trade_export", "period", None, "CNY", 8, "O", "填报表!D6"),
        ("trade_import", "period", 2.5, "CNY", 8, "P", "填报表!D7"),
        ("hub_cargo", "period", None, "TNE", 4, "M", "填报表!D8"),
        ("trade_total", "ytd", 99.25, "CNY", 8, "P", "填报表!E5"),
        ("trade_export", "ytd", 80.0, "CNY", 8, "P", "填报表!E6"),
        ("trade_import", "ytd", None, "CNY", 8, "L", "填报表!E7"),
    ]
    assert set(observations["ref_area"]) == {"420100"} and set(observations["time_period"]) == {"2025-08"}
    assert set(observations["published_on"]) == {date(2025, 9, 10)} and set(observations["published_basis"]) == {"publisher"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("12.5亿元", "not_a_number"),
        ("1.2万", "not_a_number"),
        ("约12", "not_a_number"),
        ("=D6+D7", "not_a_number"),
        ("12.5%", "not_a_number"),
        (-3, "negative"),
    ],
)
def test_what_is_no_figure_is_held_alone_with_its_cell(tmp_path, value, reason):
    observations, quarantine = landed(tmp_path, {"a.xlsx": filled(FIGURES | {"D5": value})})
    assert quarantine.select("source_locator", "reason", "raw_value").rows() == [("填报表!D5", reason, str(value))]
    assert observations.height == 6


def arrived(tmp_path: Path, files: dict[str, bytes]) -> declarations.Arrived:
    house = write_house(tmp_path)
    write_source(house.raw, reported(), files)
    declared = declarations.load(house)
    return declarations.publications(house, declared.sources["reported"], declared["calendar"])


def test_a_correction_is_a_later_vintage_by_the_day_it_prints(tmp_path):
    corrected = filled(FIGURES | {"G10": datetime(2025, 9, 20)})
    found = arrived(tmp_path, {"420100-2025-08.xlsx": filled(FIGURES), "420100-2025-08-更正.xlsx": corrected})
    assert [
        (publication.file, publication.published_on, publication.published_basis) for publication, _ in found.publications
    ] == [
        ("files/420100-2025-08-更正.xlsx", date(2025, 9, 20), "publisher"),
        ("files/420100-2025-08.xlsx", date(2025, 9, 10), "publisher"),
    ]


def test_two_forms_of_the_same_day_are_both_set_aside(tmp_path):
    found = arrived(tmp_path, {"a.xlsx": filled(FIGURES), "b.xlsx": filled({}), "year.xlsx": filled({}, "2025")})
    assert [publication.file for publication, _ in found.publications] == ["files/year.xlsx"]
    assert [str(problem) for problem in found.problems] == [
        "raw/reported/files/a.xlsx: it is of the same period and day as files/b.xlsx: which of them holds cannot be known."
        " Take the superseded one away, or have the later one filled in with its own day.",
        "raw/reported/files/b.xlsx: it is of the same period and day as files/a.xlsx: which of them holds cannot be known."
        " Take the superseded one away, or have the later one filled in with its own day.",
    ]


def test_a_form_that_cannot_be_read_does_not_hide_the_others(tmp_path):
    found = arrived(tmp_path, {"a.xlsx": filled({"B10": None}), "b.xlsx": filled(FIGURES), "c.csv": b"a,b"})
    assert [publication.file for publication, _ in found.publications] == ["files/b.xlsx"]
    assert [problem.file for problem in found.problems] == ["raw/reported/files/a.xlsx", "raw/reported/files/c.csv"]


def test_a_source_of_forms_needs_no_file_yet(tmp_path):
    found = arrived(tmp_path, {".gitkeep": b""})
    assert (found.publications, found.missing, found.problems) == ([], [], [])


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"pattern": {"published": "printed", "file": "files/{yyyy}-{mm}.xlsx", "address": None}}, "pattern.file: Value error, "),
        ({"pattern": {"published": "printed", "file": "*.xlsx", "address": None}}, "pattern.file: Value error, "),
        (
            {"pattern": {"published": "printed", "file": "files/*.xlsx", "address": None, "title_zh": "表"}},
            "pattern.title_zh: Value error, leave it out: it is printed in the file",
        ),
        (
            {"pattern": {"published": "printed", "file": "files/*.xlsx", "address": None, "calendar": "monthly_table"}},
            "pattern.calendar: Value error, leave it out: it is printed in the file",
        ),
        ({"layout": "tidy_long"}, "file: Value error, files of layout tidy_long do not print their title and day"),
        ({"kind": "guessed"}, "kind: Input should be 'published' or 'reported'"),
    ],
)
def test_a_wrong_declaration_of_forms_is_named(tmp_path, changes, found):
    folder = write_source(tmp_path, reported(**changes), {})
    with pytest.raises(DeclarationProblem) as problem:
        load_source(folder / "source.yml")
    assert str(problem.value).removeprefix(f"{folder / 'source.yml'}: ").startswith(found)
