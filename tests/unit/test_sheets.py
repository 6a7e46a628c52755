"""From the bytes of a table file to sheets of text, cell by cell: workbooks, web pages, and text in every encoding."""

import io
import re
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import biff, text
from dagster_project.lib.readers.sheets import Sheet, open_sheets
from dagster_project.lib.readers.xlsx import shown

FILE = "raw/panel/files/2025.xlsx"
SPECIMENS = Path(__file__).parents[1] / "specimens" / "nbs_xls"
GDP = (SPECIMENS / "20_Major_GDP.xls").read_bytes()
GUANGZHOU = (SPECIMENS / "20_Guangzhou_All.xls").read_bytes()
#: The record of the cell C5 of GDP: 28014.94, a float in row 4, column 2, style 21.
C5 = bytes.fromhex("03020e000400020015008fc2f528bc5bdb40")

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def one(content: bytes, encoding: str | None = None) -> Sheet:
    (sheet,) = open_sheets(content, FILE, encoding)
    return sheet


def saved(fill) -> bytes:
    """A workbook of one sheet, Sheet1, that fill(sheet, workbook) has written."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    fill(book.add_worksheet("Sheet1"), book)
    book.close()
    return target.getvalue()


def packed(sheet_data: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A workbook made by hand: the XML between <sheetData> and </sheetData>, and other parts by name."""
    files = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        '<sheets><sheet name="Sheet1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet_data}</sheetData></worksheet>',
        "xl/sharedStrings.xml": "<sst><si><t>武汉</t></si></sst>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files | (parts or {})).items():
            archive.writestr(name, content)
    return target.getvalue()


# .xlsx


def test_stored_values_come_as_a_person_would_write_them():
    def fill(sheet, book):
        sheet.write_row(0, 0, ["地区", 2018, 13410.34, 0.1 + 0.2, -5, 0, 40335297, 1e21, 2.5e-7, True, False])
        sheet.write(1, 0, " \u00a0武 汉　")
        sheet.write(1, 1, "1266.03")
        sheet.write(1, 2, "第一行\n第二行")

    sheet = one(saved(fill))
    assert sheet.rows == [
        ["地区", "2018", "13410.34", "0.3", "-5", "0", "40335297", "1e+21", "2.5e-07", "TRUE", "FALSE"],
        ["武 汉", "1266.03", "第一行\n第二行", "", "", "", "", "", "", "", ""],
    ]
    assert (sheet.name, sheet.kind, sheet.lines, sheet.widths) == ("Sheet1", "xlsx", [1, 2], [11, 11])


def test_noise_of_a_float_is_kept():
    cells = "".join(
        f"<c><v>{value}</v></c>"
        for value in ["2044.699951171875", "0.30000000000000004", "1.6000000000000001E-2", "868.4708411714048"]
    )
    assert one(packed(f"<row>{cells}</row>")).rows == [["2044.699951171875", "0.30000000000000004", "0.016", "868.4708411714048"]]


@pytest.mark.parametrize("value", ["inf", "nan", "1_000", "12,3", "一"])
def test_a_stored_number_that_is_none_stays_as_it_is(value):
    assert one(packed(f"<row><c><v>{value}</v></c></row>")).rows == [[value]]


def test_a_cell_keeps_its_address_below_and_right_of_empty_ones():
    sheet = one(saved(lambda sheet, _: sheet.write(16, 2, 114.57)))
    assert len(sheet.rows) == 17
    assert sheet.rows[16] == ["", "", "114.57"]
    assert sheet.rows[15] == ["", "", ""]
    assert sheet.locator(16, 2, "出口") == "Sheet1!C17"
    assert sheet.locator(16, 27, "") == "Sheet1!AB17"
    assert sheet.locator(0, 702, "") == "Sheet1!AAA1"


def test_formatted_but_empty_cells_do_not_make_a_sheet_larger():
    def fill(sheet, book):
        sheet.write(0, 0, "武汉")
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert one(saved(fill)).rows == [["武汉"]]


def test_cells_without_an_address_follow_one_another():
    first = "<row><c><v>1</v></c><c t='s'><v>0</v></c></row>"
    later = "<row r='4'><c r='C4'><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row>"
    blank = [""] * 4
    assert one(packed(first + later)).rows == [["1", "武汉", "", ""], blank, blank, ["", "", "2", "3"], ["4", "", "", ""]]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!"])
def test_an_error_value_is_its_text_and_not_a_missing_figure(error):
    book = openpyxl.Workbook()
    book.active["B2"] = error
    book.active["B2"].data_type = "e"
    target = io.BytesIO()
    book.save(target)
    assert one(target.getvalue()).rows == [["", ""], ["", error]]


def test_a_formula_is_its_text_and_not_its_last_result():
    def fill(sheet, _):
        sheet.write_row(0, 0, [1, 2])
        sheet.write_formula("C1", "=A1+B1", None, 3)
        sheet.write_array_formula("A2:A3", "{=A1*2}", None, 2)
        sheet.write(2, 0, 4)
        sheet.write(2, 1, 5)

    assert one(saved(fill)).rows == [["1", "2", "=A1+B1"], ["=A1*2", "", ""], ["=A1*2", "5", ""]]


def test_a_shared_formula_is_one_in_every_cell():
    first = '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>6</v></c></row>'
    second = '<row r="2"><c r="A2"><f t="shared" si="0"/><v>8</v></c><c r="B2"><f/><v>9</v></c></row>'
    assert one(packed(first + second)).rows == [["=B1*2", ""], ["=B1*2", "="]]


def test_dates_are_iso_as_far_as_their_format_shows_them():
    def fill(sheet, book):
        def write(column, moment, shown_as):
            sheet.write_datetime(0, column, moment, book.add_format({"num_format": shown_as}))

        write(0, date(2024, 3, 18), "yyyy/m/d")
        write(1, date(2024, 3, 1), 'yyyy"年"m"月"')
        write(2, date(2024, 1, 1), 'yyyy"年"')
        write(3, datetime(2024, 3, 18, 12, 30), "yyyy-mm-dd hh:mm")
        write(4, date(1900, 2, 28), "yyyy-mm-dd")
        write(5, date(1900, 3, 1), "yyyy-mm-dd")
        write(6, date(2024, 3, 18), 'm"月"d"日"')

    assert one(saved(fill)).rows == [
        ["2024-03-18", "2024-03", "2024", "2024-03-18 12:30:00", "1900-02-28", "1900-03-01", "2024-03-18"]
    ]


def test_a_workbook_that_counts_its_days_from_1904():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"date_1904": True})
    book.add_worksheet().write_datetime(0, 0, date(2024, 3, 18), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    assert one(target.getvalue()).rows == [["2024-03-18"]]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        pytest.param(0.15, "0%", "15%", id="percent"),
        pytest.param(-0.071, "0.0%", "-7.1%", id="percent-below-zero"),
        pytest.param(96.194, "0.00%;[Red]-0.00%", "9619.4%", id="percent-in-two-sections"),
        pytest.param(1.0, "0%", "100%", id="whole-percent"),
        pytest.param(1234.5, "#,##0.00", "1234.5", id="thousands"),
        pytest.param(1234.5, '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ', "1234.5", id="currency"),
        pytest.param(2018.0, 'General"年"', "2018", id="year-with-its-sign"),
        pytest.param(2018.0, "[$-804]G/通用格式", "2018", id="general-of-a-chinese-excel"),
        pytest.param(123456.0, "0!.0,", "123456〔格式 0!.0,〕", id="shown-in-ten-thousands"),
        pytest.param(123456.0, "#,##0,", "123456〔格式 #,##0,〕", id="shown-in-thousands"),
        pytest.param(12.3, '0.0"万"', '12.3〔格式 0.0"万"〕', id="a-size-after-the-figure"),
        pytest.param(0.5, "h:mm", "12:00:00", id="time"),
        pytest.param(45.25, "h:mm", "45.25", id="hours-beyond-a-day"),
        pytest.param(-3.0, "yyyy-mm-dd", "-3", id="no-day"),
        pytest.param(9e9, "yyyy-mm-dd", "9000000000", id="day-after-9999"),
    ],
)
def test_a_number_by_its_format(value, code, text):
    assert shown(value, code) == text


def test_a_percentage_in_a_workbook():
    assert one(saved(lambda sheet, book: sheet.write(0, 0, 0.15, book.add_format({"num_format": "0%"})))).rows == [["15%"]]
    assert one(saved(lambda sheet, book: sheet.write(0, 0, 0.15, book.add_format({"num_format": 10})))).rows == [["15%"]]


def test_a_merged_cell_stands_in_its_first_corner():
    sheet = one(saved(lambda sheet, book: (sheet.merge_range("A1:B2", "进出口"), sheet.write("C2", "出口"))))
    assert sheet.rows == [["进出口", "", ""], ["", "", "出口"]]


def test_rich_text_is_joined_and_its_pronunciation_left_out():
    rich = "<sst><si><r><t>武</t></r><r><t xml:space='preserve'>汉 </t></r><rPh><t>wuhan</t></rPh></si></sst>"
    inline = "<c t='inlineStr'><is><r><t>鄂</t></r><r><t>州</t></r></is></c>"
    cells = f"<row><c t='s'><v>0</v></c>{inline}<c t='str'><v>咸宁_x000D_</v></c></row>"
    assert one(packed(cells, {"xl/sharedStrings.xml": rich})).rows == [["武汉", "鄂州", "咸宁"]]


@pytest.mark.parametrize(
    ("stored", "text"), [("武汉_xD83D_", "武汉_xD83D_"), ("_xdc00_1", "_xdc00_1"), ("咸_x5B81_", "咸宁"), ("_xE000_", "\ue000")]
)
def test_an_escape_that_is_no_character_stays_as_it_is_stored(stored, text):
    [[found]] = one(packed(f"<row><c t='str'><v>{stored}</v></c></row>")).rows
    assert found == text and found.encode()


def test_hidden_sheets_come_after_the_visible_ones_and_empty_or_chart_sheets_not_at_all():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    for name, value in [("旧", 1), ("新", 2), ("空", None)]:
        sheet = book.add_worksheet(name)
        if value:
            sheet.write(0, 0, value)
    book.get_worksheet_by_name("旧").hide()
    book.get_worksheet_by_name("新").activate()
    book.add_chartsheet("图").set_chart(chart := book.add_chart({"type": "line"}))
    chart.add_series({"values": "=新!$A$1"})
    book.close()
    assert [(sheet.name, sheet.rows) for sheet in open_sheets(target.getvalue(), FILE)] == [("新", [["2"]]), ("旧", [["1"]])]


def test_a_workbook_without_any_value_is_empty():
    with pytest.raises(FileProblem, match="the file is empty"):
        open_sheets(saved(lambda sheet, book: None), FILE)


# .xls


def test_a_download_of_the_statistics_bureau():
    sheet = one(GDP)
    assert (sheet.name, sheet.kind, len(sheet.rows), len(sheet.rows[0])) == ("主要城市年度数据", "xls", 41, 21)
    assert [row[0] for row in sheet.rows[:4]] == [
        "数据库：主要城市年度数据",
        "指标：国内生产总值(亿元)",
        "时间：最近20年",
        "地区",
    ]
    assert sheet.rows[3][1:4] == ["2018年", "2017年", "2016年"]
    assert sheet.rows[3][20] == "1999年"
    assert sheet.rows[4][:5] == ["北京", "", "28014.94", "25669.13", "23014.59"]
    assert sheet.rows[22][10:12] == ["4854", "4436.18"]
    assert sheet.rows[39][-3:] == ["315", "", ""]
    assert sheet.rows[40] == ["数据来源：国家统计局"] + [""] * 20
    assert sheet.locator(4, 2, "2017年") == "主要城市年度数据!C5"
    wuhan = next(row for row in sheet.rows if row[0] == "武汉")
    assert wuhan[1:5] == ["", "13410.34", "11912.61", "10905.6"]


def test_a_small_download_kept_in_small_sectors():
    sheet = one(GUANGZHOU)
    assert len(sheet.rows) == 9
    assert sheet.rows[1][0] == "地区：广州"
    assert sheet.rows[4][:3] == ["国内生产总值(亿元)", "", "21503.15"]
    assert sheet.rows[7][:6] == ["第三产业增加值(亿元)", "", "15254.37", "13556.57", "12147.49", "10897.2"]


def patched(record: bytes) -> bytes:
    """GDP with another record of the same length in place of the cell C5."""
    assert GDP.count(C5) == 1
    assert len(record) == len(C5)
    return GDP.replace(C5, record)


def test_an_error_value_of_an_xls_is_its_text():
    unknown = bytes.fromhex("ffff0200") + b"\0\0"
    assert one(patched(bytes.fromhex("050208000400020015002a01") + unknown)).rows[4][2] == "#N/A"


def test_a_formula_of_an_xls_is_none_of_our_numbers():
    # In place of the floats C5 and D5: a formula in C5 with the result 28014.94, and a record of no meaning.
    formula = bytes.fromhex("060016000400020015008fc2f528bc5bdb400000000000000000") + bytes.fromhex("ffff0600000000000000")
    d5 = bytes.fromhex("03020e00040003001500") + struct.pack("<d", 25669.13)
    assert GDP.count(C5 + d5) == 1
    assert one(GDP.replace(C5 + d5, formula)).rows[4][:5] == ["北京", "", "=28014.94", "", "23014.59"]


def test_a_percent_style_of_an_xls():
    assert one(patched(C5[:8] + bytes.fromhex("1400") + C5[10:])).rows[4][2] == "2801494%"


@pytest.mark.parametrize(("first_year", "day"), [(b"\0", "1976-09-11 22:33:36"), (b"\1", "1980-09-12 22:33:36")])
def test_a_date_of_an_xls(first_year, day):
    style = [found.start() for found in re.finditer(re.escape(bytes.fromhex("e0001400")), GDP)][20]
    content = bytearray(patched(C5[:8] + bytes.fromhex("1400") + C5[10:]))
    content[style + 6 : style + 8] = bytes.fromhex("0e00")  # the style 20, of percentages, becomes one of dates
    mode = GDP.index(bytes.fromhex("22000200"))
    content[mode + 4 : mode + 5] = first_year
    assert one(bytes(content)).rows[4][2] == day


def test_the_program_that_reads_an_xls_tells_each_row():
    told = list(biff.rows(GDP))
    assert len(told) == 41
    assert told[0] == [0, "主要城市年度数据", False, 0, 1, [[1, "数据库：主要城市年度数据", "", False]]]
    assert told[4][4:] == [5, [[1, "北京", "", False], [2, "", "", False], [3, 28014.94, "General", False], *told[4][5][3:]]]


def test_hidden_sheets_of_an_xls_are_read():
    place = GDP.index(bytes.fromhex("85001800")) + 8
    assert one(GDP[:place] + b"\1" + GDP[place + 1 :]).rows == one(GDP).rows


# Content decides, not the name


@pytest.mark.parametrize(
    ("content", "kind"), [(GDP, "xls"), (packed("<row><c><v>1</v></c></row>"), "xlsx"), (b"<table><tr><td>1</table>", "html")]
)
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv"])
def test_a_wrong_extension_does_no_harm(content, kind, name):
    assert open_sheets(content, name)[0].kind == kind


# Text


def test_a_text_file_line_by_line():
    sheet = one('地区,出口,备注\n\n武汉,1,"两\n行"\n鄂州,2\n'.encode())
    assert sheet == Sheet(
        None,
        "csv",
        [["地区", "出口", "备注"], ["", "", ""], ["武汉", "1", "两\n行"], ["鄂州", "2", ""]],
        [1, 2, 3, 5],
        [3, 0, 3, 2],
    )
    assert sheet.locator(3, 1, "出口") == "line 5, col 出口"
    assert sheet.locator(3, 1, "") == "line 5, col 2"


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param("地区,出口\n武汉,1\n", [["地区", "出口"], ["武汉", "1"]], id="comma"),
        pytest.param(
            "地区\t出口\n武汉\t1,234\n鄂州\t5,678\n", [["地区", "出口"], ["武汉", "1,234"], ["鄂州", "5,678"]], id="tab"
        ),
        pytest.param("地区;出口;进口\n武汉;1,5;2,5\n", [["地区", "出口", "进口"], ["武汉", "1,5", "2,5"]], id="semicolon"),
        pytest.param(
            "表;一\n地区,出口,进口\n武汉,1,2\n",
            [["表;一", "", ""], ["地区", "出口", "进口"], ["武汉", "1", "2"]],
            id="comma-below-a-title",
        ),
        pytest.param('地区,注\n武汉,"a;b;c"\n', [["地区", "注"], ["武汉", "a;b;c"]], id="semicolons-in-quotes"),
        pytest.param("武汉\n鄂州\n", [["武汉"], ["鄂州"]], id="one-column"),
        pytest.param(" 地区 ,\u00a0出口　\n", [["地区", "出口"]], id="blanks"),
    ],
)
def test_the_delimiter_is_found_in_the_first_lines(content, rows):
    assert one(content.encode()).rows == rows


def test_a_delimiter_that_cannot_be_told_is_refused():
    with pytest.raises(FileProblem, match=r"can be cut by (comma|semicolon) and by (comma|semicolon) alike"):
        open_sheets(b"a,b;c\n1,2;3\n", FILE)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param('a,b\n1,"2\n3,4\n', "line 3", id="quotation-mark-never-closed"),
        pytest.param('a,b\n1,"2"3\n', "line 2", id="text-after-a-quotation-mark"),
    ],
)
def test_text_that_is_no_csv_is_refused(content, line):
    with pytest.raises(FileProblem, match=f"{line} is not readable as CSV"):
        open_sheets(content.encode(), FILE)


TABLE = "地区,年末总人口,在岗职工平均工资\n武汉,853.65,79684\n鄂州,107.77,—\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16"])
def test_every_encoding_gives_the_same_table(encoding):
    expected = [["地区", "年末总人口", "在岗职工平均工资"], ["武汉", "853.65", "79684"], ["鄂州", "107.77", "—"]]
    printed = TABLE.replace("—", "-") if encoding == "gb2312" else TABLE
    assert one(printed.encode(encoding)).rows == [
        [cell if printed == TABLE else cell.replace("—", "-") for cell in row] for row in expected
    ]
    assert text.decode(printed.encode(encoding), FILE) == printed


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("地區,年末總人口\n武漢,853.65\n".encode("big5"), id="big5"),
        pytest.param("都市,人口\n東京,一三九六万人のうち都市人口\n".encode("euc-jp"), id="euc-jp"),
        pytest.param("都市,人口\n東京,1396\n".encode("shift-jis"), id="shift-jis"),
        pytest.param("ville,année\nOrléans,1\n".encode("latin-1"), id="latin-1"),
        pytest.param("ville,année\nOrléans,1\n".encode("cp1252") + b"\x80", id="windows-1252"),
        pytest.param("Город,Год\nМосква,1\n".encode("cp1251"), id="windows-1251"),
        pytest.param(TABLE.encode().replace("武".encode(), "武".encode()[:2]), id="utf-8-that-lost-a-byte"),
        pytest.param(TABLE.encode("gb18030").replace(b"\xce\xe4", b"\xce", 1) + b"\xff", id="gb18030-that-lost-a-byte"),
        pytest.param(TABLE.encode("gb18030") + "\ue000".encode("gb18030"), id="private-use"),
        pytest.param(TABLE.encode("utf-16-le"), id="utf-16-without-its-mark"),
        pytest.param(TABLE.encode("utf-16")[:-1], id="utf-16-cut-off"),
    ],
)
def test_bytes_of_no_certain_encoding_are_refused(content):
    with pytest.raises(FileProblem, match=r"expected (UTF-8|UTF-16|text), found"):
        open_sheets(content, FILE)


def test_the_declared_encoding_wins():
    assert one("地區,人口\n武漢,853.65\n".encode("big5"), "big5").rows[1] == ["武漢", "853.65"]
    assert one("亳州,漯河\n".encode("gb18030"), "gb2312").rows == [["亳州", "漯河"]]
    assert one("\ufeff亳州,漯河\n".encode("gb18030"), "gb18030").rows == [["亳州", "漯河"]]
    assert one(TABLE.encode("utf-8-sig"), "utf-8").rows[0][0] == "地区"


@pytest.mark.parametrize(
    ("content", "encoding", "found"),
    [
        pytest.param(TABLE.encode("gb18030"), "utf-8", "expected UTF-8, found other bytes at position 0", id="not-as-declared"),
        pytest.param(TABLE.encode("utf-8-sig"), "gb18030", "it begins with the mark of UTF-8", id="mark-of-another"),
        pytest.param(TABLE.encode(), "klingon", "its declared encoding 'klingon' is unknown", id="unknown"),
        pytest.param(b"6162", "hex", "its declared encoding 'hex' is unknown", id="no-encoding-of-text"),
    ],
)
def test_a_declared_encoding_that_does_not_fit_is_told(content, encoding, found):
    with pytest.raises(FileProblem, match=found):
        open_sheets(content, FILE, encoding)


# Web pages


def page(table: str) -> bytes:
    return f"<html><head><meta charset=gb2312><style>td {{}}</style></head><body><p>题</p>{table}</body></html>".encode("gb18030")


def test_a_web_page_saved_as_xls():
    sheet = one(page("<table><tr><th>地区<th>出口&nbsp;\n (万元)</tr><tr><td>武汉<td> 1,234 </tr></table>"))
    assert sheet == Sheet("table 1", "html", [["地区", "出口 (万元)"], ["武汉", "1,234"]], [1, 2], [2, 2])
    assert sheet.locator(1, 1, "出口") == "table 1, row 2, cell 2"


def test_a_cell_that_spans_gives_its_text_to_each():
    rows = [
        "<tr><td rowspan=2>收发货人所在地<td colspan=2>进出口<td rowspan=9>注</tr>",
        "<tr><td>12月<td>1至12月</tr>",
        "<tr><td>湖北省<td colspan=x>1<td rowspan=0>2</tr>",
    ]
    assert one(page(f"<table>{''.join(rows)}</table>")).rows == [
        ["收发货人所在地", "进出口", "进出口", "注"],
        ["收发货人所在地", "12月", "1至12月", "注"],
        ["湖北省", "1", "2", "注"],
    ]


def test_a_short_row_below_a_spanning_cell():
    assert one(page("<table><tr><td>a<td>b<td rowspan=2>c</tr><tr><td>d</tr></table>")).rows == [["a", "b", "c"], ["d", "", "c"]]


def test_every_table_is_a_sheet_also_one_inside_another():
    inner = "<table><tr><td>内</td></tr></table>"
    sheets = open_sheets(page(f"<table></table><table><tr><td>外{inner}面</td><td>1<br>2</td></tr></table>"), FILE)
    assert [(sheet.name, sheet.rows) for sheet in sheets] == [("table 2", [["外面", "1 2"]]), ("table 3", [["内"]])]


def test_cells_without_a_row_are_one_row():
    assert one(page("<table><td>1<td>2</table>")).rows == [["1", "2"]]


def test_a_script_is_no_text():
    assert one(page("<table><tr><td>1<script>2</script><style>3</style></td></tr></table>")).rows == [["1"]]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        pytest.param("<h1>502 Bad Gateway</h1>", "a web page without one", id="error-page"),
        pytest.param("<table><tr><td>1</td></tr><tr><td>2", "cut off within a table", id="cut-off"),
        pytest.param(
            "<table><tr><td>a<td rowspan=2>b</tr><tr><td colspan=2>c</tr></table>",
            "table 1, row 2, cell 2 is covered by two",
            id="overlap",
        ),
        pytest.param("<table><tr><td> </td></tr></table>", "the file is empty", id="blank-table"),
    ],
)
def test_a_web_page_that_is_no_certain_table_is_refused(table, found):
    with pytest.raises(FileProblem, match=found):
        open_sheets(page(table), FILE)
