"""The customs table: columns are found by their headings, and a table that is not what it should be is refused by name.

The nineteen real files are read a second time here, with nothing but the csv module and the positions a person sees.
"""

import csv
from pathlib import Path

import pytest

from dagster_project.lib import numbers
from dagster_project.lib.house import ROOT
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL
from dagster_project.lib.readers.customs_by_location import read
from tests.unit.mini_house import CUSTOMS, NOTE

FILE = "raw/customs/files/2024-03.csv"
OPTIONS = {"unit": "万人民币", "expected_areas": []}
REAL = sorted((ROOT / "raw" / "customs_gacc" / "files").glob("*.csv"))


def cells_of(text: str, time_period: str | None = "2024-03") -> list[dict]:
    return read(text.encode(), FILE, time_period, OPTIONS)


def by_place(text: str, time_period: str = "2024-03") -> dict:
    """{(place, series, basis): raw value}"""
    return {(c["place"], c["series"], c["period_basis"]): c["raw_value"] for c in cells_of(text, time_period)}


def table(heading_2: str, heading_3: str, *body: str, heading_1: str | None = None) -> str:
    """A customs table from its second and third heading line and its body, with the usual unit line and note."""
    width = heading_3.count(",") + 1
    heading_1 = heading_1 or ",".join(["Unnamed"] * (width - 1) + ["单位：万人民币"])
    return "\n".join([heading_1, heading_2, heading_3, *body, ",".join([NOTE] * width)]) + "\n"


FLOWS = "收发货人所在地,进出口,进出口,出口,出口,进口,进口,累计比去年同期±％,累计比去年同期±％.1,累计比去年同期±％.2"
MONTHS = "收发货人所在地,3月,1至3月,3月,1至3月,3月,1至3月,进出口,出口,进口"
WUHAN = "武汉市,70,210,40,120,30,90,-,9630.2,-2.1"
EXPECTED = {
    ("武汉市", "trade_total", "period"): "70",
    ("武汉市", "trade_total", "ytd"): "210",
    ("武汉市", "trade_export", "period"): "40",
    ("武汉市", "trade_export", "ytd"): "120",
    ("武汉市", "trade_import", "period"): "30",
    ("武汉市", "trade_import", "ytd"): "90",
    ("武汉市", "trade_total_yoy", "ytd"): "-",
    ("武汉市", "trade_export_yoy", "ytd"): "9630.2",
    ("武汉市", "trade_import_yoy", "ytd"): "-2.1",
}

# Small tables


def test_every_cell_of_a_small_table():
    assert by_place(table(FLOWS, MONTHS, WUHAN)) == EXPECTED


@pytest.mark.parametrize(
    ("flows", "months", "line"),
    [
        pytest.param(
            "收发货人所在地,进出口,进出口,进口,进口,出口,出口,累计比去年同期±％,累计比去年同期±％.1,累计比去年同期±％.2",
            "收发货人所在地,3月,1至3月,3月,1至3月,3月,1至3月,进出口,进口,出口",
            "武汉市,70,210,30,90,40,120,-,-2.1,9630.2",
            id="imports-before-exports",
        ),
        pytest.param(
            "收发货人所在地,进出口,进出口,进口,进口,出口,出口,累计比去年同期±％,累计比去年同期±％.1,累计比去年同期±％.2",
            "收发货人所在地,3月,1至3月,3月,1至3月,3月,1至3月,进出口,出口,进口",
            "武汉市,70,210,30,90,40,120,-,9630.2,-2.1",
            id="imports-before-exports-but-growth-not",
        ),
        pytest.param(
            "收发货人所在地,进出口,进出口,出口,出口,进口,进口,累计比去年同期±％,累计比去年同期±％.1,累计比去年同期±％.2",
            "收发货人所在地,1至3月,3月,1至3月,3月,1至3月,3月,进口,出口,进出口",
            "武汉市,210,70,120,40,90,30,-2.1,9630.2,-",
            id="cumulative-before-month",
        ),
    ],
)
def test_columns_are_found_by_their_headings_whatever_their_order(flows, months, line):
    assert by_place(table(flows, months, line)) == EXPECTED


def test_a_cell_carries_its_place_in_the_file_and_nothing_resolved():
    first = cells_of(CUSTOMS)[0]
    assert first == {
        "line": 4,
        "locator": "line 4, col 进出口 3月",
        "place": "总值",
        "label": "进出口 3月",
        "series": "trade_total",
        "freq": "M",
        "time_period": "2024-03",
        "period_basis": "period",
        "unit": "万人民币",
        "raw_value": "1000",
        "obs_status": None,
        "problem": None,
    }
    assert list(first) == list(CELL)


def test_percent_columns_are_cumulative_growth_in_percent_and_keep_their_sign():
    growth = [cell for cell in cells_of(CUSTOMS) if cell["unit"] == "%"]
    assert {cell["period_basis"] for cell in growth} == {"ytd"}
    assert {cell["series"] for cell in growth} == {"trade_total_yoy", "trade_export_yoy", "trade_import_yoy"}
    assert [cell["raw_value"] for cell in growth if cell["place"] == "湖北省"] == ["9.6", "12.4", "-3.7"]
    assert growth[1]["locator"] == "line 4, col 累计比去年同期±％ 出口"


def test_only_growth_is_in_percent():
    assert {cell["unit"] for cell in cells_of(CUSTOMS) if not cell["series"].endswith("_yoy")} == {"万人民币"}


def test_january_has_month_and_cumulative():
    text = CUSTOMS.replace(",3月", ",1月").replace("1至3月", "1至1月")
    assert by_place(text, "2024-01")["武汉市", "trade_total", "ytd"] == "210"
    assert len(cells_of(text, "2024-01")) == 36


def test_december_is_read_with_two_digits():
    text = CUSTOMS.replace(",3月", ",12月").replace("1至3月", "1至12月")
    assert by_place(text, "2024-12")["武汉市", "trade_total", "period"] == "70"


def test_the_note_in_all_ten_columns_is_no_place():
    assert {cell["place"] for cell in cells_of(CUSTOMS)} == {"总值", "湖北省", "武汉市", "鄂州市"}


def test_blank_lines_are_passed_over_and_line_numbers_stay_those_of_the_file():
    text = CUSTOMS.replace("武汉市,", "\n,,,\n武汉市,")
    assert {cell["line"] for cell in cells_of(text) if cell["place"] == "武汉市"} == {8}


def test_windows_line_ends_and_byte_order_mark():
    content = b"\xef\xbb\xbf" + CUSTOMS.replace("\n", "\r\n").encode()
    assert read(content, FILE, "2024-03", OPTIONS) == cells_of(CUSTOMS)


def test_spaces_around_cells_are_not_part_of_them():
    assert by_place(CUSTOMS.replace("武汉市,70,", " 武汉市 , 70 ,")) == by_place(CUSTOMS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("武汉市,70,210,40,120,30,90,-,9630.2", "该行有 9 列，应为 10 列", id="one-cell-short"),
        pytest.param("武汉市,7,0,210,40,120,30,90,-,9630.2,-2.1", "该行有 11 列，应为 10 列", id="comma-inside-a-figure"),
        pytest.param("武汉市", "该行有 1 列，应为 10 列", id="place-alone"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["as-first-line", "as-last-line"])
def test_a_ragged_line_is_told_in_each_of_its_nine_cells_and_the_others_stay(line, told, first):
    good = WUHAN.replace("武汉市", "湖北省")
    cells = cells_of(table(FLOWS, MONTHS, *((line, good) if first else (good, line))))
    assert [cell["problem"] for cell in cells if cell["place"] == "武汉市"] == [told] * 9
    assert [cell["problem"] for cell in cells if cell["place"] == "湖北省"] == [None] * 9


# Refusals


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param("万人民币", "万美元", "line 1 should give the unit 万人民币, found 万美元", id="unit-in-dollars"),
        pytest.param("万人民币", "亿人民币", "found 亿人民币", id="unit-ten-thousand-times-larger"),
        pytest.param(
            "单位：万人民币\n",
            "单位：千美元\n",
            "should give the unit 万人民币, found 万人民币、千美元",
            id="two-units-in-one-line",
        ),
        pytest.param("单位：万人民币", "Unnamed", "should give the unit 万人民币, found none", id="no-unit"),
        pytest.param(
            ",3月,",
            ",4月,",
            "column 2 is headed '进出口' / '4月', not a flow of month 3",
            id="month-label-of-another-month",
        ),
        pytest.param("1至3月", "1至4月", "column 3 is headed '进出口' / '1至4月'", id="cumulative-of-another-month"),
        pytest.param("1至3月", "2至3月", "column 3 is headed '进出口' / '2至3月'", id="cumulative-not-from-January"),
        pytest.param("所在地,进出口,", "所在地,加工贸易,", "column 2 is headed '加工贸易' / '3月'", id="unknown-flow"),
        pytest.param(
            "累计比去年同期",
            "当月比去年同期",
            "column 8 is headed '当月比去年同期±％' / '进出口'",
            id="growth-of-the-month",
        ),
        pytest.param(
            ",出口,出口,进口,进口,",
            ",出口,出口,出口,出口,",
            "the columns are not three flows with month, cumulative and growth each",
            id="exports-twice-imports-never",
        ),
        pytest.param(
            "收发货人所在地,3月",
            "地区,3月",
            "lines 2 and 3 do not begin with 收发货人所在地",
            id="third-line-headed-otherwise",
        ),
        pytest.param(
            "收发货人所在地,进出口", "地区,进出口", "lines 2 and 3 do not begin with", id="second-line-headed-otherwise"
        ),
        pytest.param(NOTE, "合计", "the closing note 注：… is missing, so the table may be cut off", id="note-missing"),
    ],
)
def test_a_changed_heading_stops_the_file_and_names_it(before, after, found):
    assert before in CUSTOMS
    with pytest.raises(FileProblem) as told:
        cells_of(CUSTOMS.replace(before, after))
    assert told.value.file == FILE
    assert found in str(told.value)
    assert str(told.value).startswith(f"{FILE}: ")
    assert len(told.value.remedy) > 20


def test_a_table_of_another_month_than_its_name_says():
    with pytest.raises(FileProblem, match="not a flow of month 5"):
        cells_of(CUSTOMS, "2024-05")


@pytest.mark.parametrize("column", range(1, 10))
def test_a_missing_column_is_refused_whichever_it_is(column):
    lines = [line.split(",") for line in CUSTOMS.splitlines()]
    text = "\n".join(",".join(fields[:column] + fields[column + 1 :]) for fields in lines)
    with pytest.raises(FileProblem, match="the columns are not three flows"):
        cells_of(text)


def test_an_extra_column_is_refused():
    lines = [line + ",x" for line in CUSTOMS.splitlines()]
    with pytest.raises(FileProblem, match="column 11 is headed 'x' / 'x'"):
        cells_of("\n".join(lines))


@pytest.mark.parametrize("kept", [1, 2, 3, 4, 6, 7], ids=lambda kept: f"first-{kept}-lines")
def test_a_table_cut_off_anywhere_before_its_note_is_refused(kept):
    with pytest.raises(FileProblem) as told:
        cells_of("\n".join(CUSTOMS.splitlines()[:kept]))
    assert ("cut off" in told.value.found) == (kept > 3)
    assert ("do not begin with" in told.value.found) == (kept <= 3)


def test_a_table_cut_off_inside_a_quoted_cell_is_refused():
    with pytest.raises(FileProblem, match="not readable as CSV"):
        cells_of(CUSTOMS.replace("武汉市,70", '"武汉市,70'))


def test_a_file_without_a_month_in_its_name_is_refused():
    with pytest.raises(FileProblem, match="the month is not in the file's name"):
        cells_of(CUSTOMS, None)


# The nineteen real files against an independent reading

POSITIONS = {
    1: ("trade_total", "period"),
    2: ("trade_total", "ytd"),
    3: ("trade_export", "period"),
    4: ("trade_export", "ytd"),
    5: ("trade_import", "period"),
    6: ("trade_import", "ytd"),
    7: ("trade_total_yoy", "ytd"),
    8: ("trade_export_yoy", "ytd"),
    9: ("trade_import_yoy", "ytd"),
}

#: Lines of the whole file as `wc -l` counts them, and its cells that print "-".
LINES_AND_GAPS = {
    "2024-01": (342, 49),
    "2024-02": (342, 44),
    "2024-03": (342, 33),
    "2024-04": (342, 29),
    "2024-05": (342, 25),
    "2024-06": (342, 20),
    "2024-07": (342, 17),
    "2024-08": (342, 18),
    "2024-09": (342, 19),
    "2024-10": (342, 19),
    "2024-11": (342, 19),
    "2024-12": (355, 57),
    "2025-01": (354, 65),
    "2025-02": (354, 66),
    "2025-03": (354, 48),
    "2025-04": (354, 49),
    "2025-05": (354, 43),
    "2025-06": (354, 41),
    "2025-07": (354, 38),
}


def plainly(path: Path) -> list[list[str]]:
    """Every line of the file, as the csv module gives it."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture(scope="module")
def real() -> dict[str, list[dict]]:
    return {path.stem: read(path.read_bytes(), f"files/{path.name}", path.stem, OPTIONS) for path in REAL}


def test_all_nineteen_are_here():
    assert {path.stem for path in REAL} >= set(LINES_AND_GAPS)


@pytest.mark.parametrize("month", LINES_AND_GAPS)
def test_a_real_file_against_a_plain_reading(real, month):
    lines, gaps = LINES_AND_GAPS[month]
    printed = plainly(next(path for path in REAL if path.stem == month))
    cells = real[month]
    assert len(printed) == lines
    assert printed[-1][0].startswith("注：")
    # Three heading lines and the note are no figures; each line has nine.
    assert len(cells) == (lines - 4) * 9
    assert {cell["problem"] for cell in cells} == {None}
    assert {cell["time_period"] for cell in cells} == {month}
    assert sum(cell["raw_value"] == "-" for cell in cells) == gaps
    read_here = {
        (number, place, *POSITIONS[column]): text
        for number, (place, *texts) in enumerate(printed[3:-1], start=4)
        for column, text in enumerate(texts, start=1)
    }
    assert {(c["line"], c["place"], c["series"], c["period_basis"]): c["raw_value"] for c in cells} == read_here


@pytest.mark.parametrize("month", LINES_AND_GAPS)
def test_sums_of_the_value_columns_of_a_real_file_are_exact(real, month):
    printed = plainly(next(path for path in REAL if path.stem == month))[3:-1]
    for column in range(1, 7):
        series, basis = POSITIONS[column]
        values = [
            numbers.parse(cell["raw_value"]) for cell in real[month] if (cell["series"], cell["period_basis"]) == (series, basis)
        ]
        total = sum(int(fields[column]) for fields in printed if fields[column] != "-")
        assert sum(value for value, _ in values if value is not None) == total
        assert all(missing == (value is None) for value, missing in values)


@pytest.mark.parametrize("month", LINES_AND_GAPS)
def test_no_growth_figure_of_a_real_file_is_lost(real, month):
    printed = plainly(next(path for path in REAL if path.stem == month))[3:-1]
    for column in range(7, 10):
        values = [numbers.parse(c["raw_value"])[0] for c in real[month] if c["series"] == POSITIONS[column][0]]
        assert values == [None if fields[column] == "-" else float(fields[column]) for fields in printed]


#: Typed by hand from the files.
HAND = [
    ("2024-01", 4, "总值", "trade_total", "period", 376356483.0, "first cell of the first file"),
    ("2024-01", 341, "石河子经济技术开发区", "trade_import_yoy", "ytd", 25.9, "last cell of the first file"),
    ("2025-07", 4, "总值", "trade_total", "period", 391024806.0, "first cell of the last file"),
    ("2025-07", 353, "石河子经济技术开发区", "trade_import_yoy", "ytd", 797.1, "last cell of the last file"),
    ("2024-12", 4, "总值", "trade_total", "ytd", 4384679258.0, "the widest figure"),
    ("2024-12", 205, "十堰经济技术开发区", "trade_import_yoy", "ytd", 18685835.0, "the largest growth"),
    ("2024-01", 208, "鄂州葛店经济技术开发区", "trade_total_yoy", "ytd", 9630.2, "growth from next to nothing"),
    ("2024-01", 208, "鄂州葛店经济技术开发区", "trade_export_yoy", "ytd", 9619.4, "its neighbour"),
    ("2024-01", 208, "鄂州葛店经济技术开发区", "trade_import_yoy", "ytd", None, "not computable"),
    ("2024-01", 208, "鄂州葛店经济技术开发区", "trade_import", "period", 29.0, "the smallest flow beside it"),
    ("2024-01", 104, "台州湾经济技术开发区", "trade_export", "period", None, "no trade"),
    ("2024-01", 104, "台州湾经济技术开发区", "trade_import", "ytd", 106.0, "trade in one direction only"),
    ("2024-01", 116, "淮南高新技术产业开发区", "trade_total", "ytd", None, "a line of nothing but gaps"),
    (
        "2024-11",
        116,
        "淮南高新技术产业开发区",
        "trade_total_yoy",
        "ytd",
        1160117.5,
        "the same line, a million per cent",
    ),
    ("2025-03", 117, "淮南高新技术产业开发区", "trade_import", "period", None, "a gap in the month"),
    ("2025-03", 117, "淮南高新技术产业开发区", "trade_import", "ytd", 180.0, "and a figure in its cumulative"),
    ("2024-01", 161, "瑞金经济技术开发区", "trade_import", "period", 0.0, "a printed zero is no gap"),
    ("2024-01", 161, "瑞金经济技术开发区", "trade_import_yoy", "ytd", -100.0, "nothing left of it"),
    ("2024-12", 199, "武汉市", "trade_total", "period", 4105501.0, "Wuhan, December"),
    ("2024-12", 199, "武汉市", "trade_export", "ytd", 26226518.0, "Wuhan, exports of the year"),
    ("2024-12", 199, "武汉市", "trade_import_yoy", "ytd", -2.1, "Wuhan, imports fell"),
    ("2024-06", 195, "湖北省", "trade_import", "period", 1796298.0, "Hubei, imports of June"),
    ("2024-06", 209, "孝感市", "trade_export", "period", 112079.0, "Xiaogan before its revision"),
    ("2025-01", 212, "孝感市", "trade_total_yoy", "ytd", 38.2, "growth over a revised base"),
    ("2024-12", 210, "鄂州市", "trade_import", "ytd", 299298.0, "Ezhou"),
    ("2025-05", 94, "宁波及宁波大榭经济技术开发区", "trade_import_yoy", "ytd", -24.1, "a zone that was renamed"),
]


@pytest.mark.parametrize(
    ("month", "line", "place", "series", "basis", "value"),
    [pytest.param(*cell[:6], id=f"{cell[0]}-line-{cell[1]}-{cell[6].replace(' ', '-')}") for cell in HAND],
)
def test_a_cell_typed_by_hand(real, month, line, place, series, basis, value):
    found = [cell for cell in real[month] if (cell["line"], cell["series"], cell["period_basis"]) == (line, series, basis)]
    assert [cell["place"] for cell in found] == [place]
    assert numbers.parse(found[0]["raw_value"]) == (value, value is None)
