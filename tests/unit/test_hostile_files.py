"""Corrupt and hostile files: each is told as a problem of that file, in bounded time and memory; nothing else ever comes out."""

import io
import struct
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import sheets, text, xls, xlsx
from dagster_project.lib.readers.sheets import open_sheets
from tests.unit.test_sheets import C5, GDP, GUANGZHOU, RELATIONS, packed, saved

FILE = "raw/panel/files/2025.xlsx"
ROW = "<row><c><v>1</v></c></row>"
BOMB = "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;'>]>"
MEGABYTE = 1_000_000


def refused(content: bytes, seconds: float = 5, encoding: str | None = None) -> FileProblem:
    """The problem that open_sheets tells of these bytes, within a time that only a hang or an explosion exceeds."""
    start = time.monotonic()
    with pytest.raises(FileProblem) as told:
        open_sheets(content, FILE, encoding)
    assert time.monotonic() - start < seconds
    assert str(told.value).startswith(f"{FILE}: ")
    assert told.value.remedy.endswith(".")
    return told.value


# What is no table


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "the file is empty", id="zero-bytes"),
        pytest.param(b"\xef\xbb\xbf \r\n", "the file is empty", id="mark-alone"),
        pytest.param(b",,\n,,\n", "the file is empty", id="commas-only"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "expected a table, found a Git LFS pointer", id="lfs"
        ),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "expected a table, found a PDF", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "expected a table, found an image", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", "expected a table, found an image", id="jpeg"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "expected a table, found a .rar archive", id="rar"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", "expected a table, found a .7z archive", id="7z"),
        pytest.param(b"\x1f\x8b\x08\x00", "expected a table, found a .gz archive", id="gz"),
        pytest.param(b"MIME-Version: 1.0\nContent-Type: multipart/related", "expected a table, found a web archive", id="mht"),
        pytest.param(b"{\\rtf1\\ansi", "expected a table, found a text document", id="rtf"),
        pytest.param(b'{"returncode":200,"data":[]}', "expected a table, found JSON", id="json"),
        pytest.param(b"<!DOCTYPE html><html><h1>502</h1></html>", "found a web page without one", id="error-page"),
        pytest.param(
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "found an XML spreadsheet",
            id="xml",
        ),
        pytest.param(b"BM\x00\x00\x00\x00", "expected text, found a NUL byte in line 1", id="bmp"),
        pytest.param("地区,出口\n武汉,\0001\n".encode(), "expected text, found a NUL byte in line 2", id="nul-in-text"),
        pytest.param(b"\x80\x81\x82,\xff", "expected UTF-8, found other bytes at position 0", id="noise"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "found one that is cut off or damaged", id="head-of-an-xls"),
        pytest.param(GDP + "WordDocument".encode("utf-16-le"), "expected a table, found a text document (.doc)", id="doc"),
        pytest.param(b"PK\x03\x04\x14\x00\x06\x00", "found one that is cut off or damaged", id="head-of-an-xlsx"),
    ],
)
def test_what_is_no_table_is_named(content, found):
    assert found in refused(content).found


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(zipped(), "a zip archive with other files", id="empty-zip"),
        pytest.param(zipped(**{"2024.csv": b"1"}), "a zip archive with other files", id="zip-of-a-csv"),
        pytest.param(
            zipped(**{"[Content_Types].xml": b"", "word/document.xml": b""}), "a document of another program", id="docx"
        ),
        pytest.param(zipped(**{"content.xml": b"", "mimetype": b""}), "an OpenDocument file", id="ods"),
        pytest.param(zipped(**{"xl/workbook.bin": b""}), "a binary workbook (.xlsb)", id="xlsb"),
    ],
)
def test_a_package_of_another_kind_is_named(content, found):
    assert refused(content).found == f"expected a workbook, found {found}"


def test_a_workbook_without_its_relations_is_refused():
    assert "lacks its part xl/_rels/workbook.xml.rels" in refused(zipped(**{"xl/workbook.xml": b"<workbook/>"})).found


# Encrypted, cut off, damaged


def test_encrypted_workbooks_are_named():
    ole = GDP[:512] + "EncryptedPackage".encode("utf-16-le") + GDP[512:]
    protected = saved(lambda sheet, _: sheet.write(0, 0, 1))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = protected.index(mark) + flags
        protected = protected[:place] + b"\x01" + protected[place + 1 :]
    # A record of the real .xls that says who wrote it becomes one that says that the rest is encrypted.
    biff = GDP.replace(bytes.fromhex("42000200b004"), bytes.fromhex("2f000200b004"))
    assert biff != GDP
    for content in (ole, protected, biff):
        assert refused(content).found == "expected a workbook, found one that is encrypted"
        assert refused(content).remedy == "Save it without a password."


@pytest.mark.parametrize("whole", [GDP, GUANGZHOU, packed(ROW * 50)], ids=["xls", "small-xls", "xlsx"])
def test_a_workbook_cut_off_anywhere_is_refused(whole):
    for end in range(4, len(whole), len(whole) // (30 if whole.startswith(b"PK") else 5)):
        refused(whole[:end])


def test_a_part_with_a_wrong_checksum_is_refused():
    content = packed(ROW, {"xl/media/image1.png": b"0123456789" * 3})
    place = content.index(b"xl/media/image1.png") + len("xl/media/image1.png") + 2
    damaged = content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
    assert "the part xl/media/image1.png of the workbook is damaged" in refused(damaged).found


@pytest.mark.parametrize(
    ("rows", "parts", "found"),
    [
        pytest.param("<row><c>", {}, "is not well-formed XML", id="tags-that-do-not-match"),
        pytest.param("", {"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}, "is cut off", id="sheet-without-end"),
        pytest.param("", {"xl/worksheets/sheet1.xml": ""}, "is cut off", id="sheet-without-content"),
        pytest.param("<row><c t='s'><v>1</v></c></row>", {}, "Sheet1!A1: the text number '1'", id="text-that-is-not-there"),
        pytest.param("<row><c t='s'><v>-1</v></c></row>", {}, "Sheet1!A1: the text number '-1'", id="text-below-zero"),
        pytest.param(
            "<row><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>", {}, "Sheet1!A1: the cell stands twice", id="cell-twice"
        ),
        pytest.param(
            "<row r='1'><c r='A2'><v>1</v></c></row>", {}, "a cell of row 2 stands inside row 1", id="cell-of-another-row"
        ),
        pytest.param("<row r='2'/><row r='0'/>", {}, "has a row of the number 0", id="row-0"),
        pytest.param("<row r='1048577'/>", {}, "has a row of the number 1048577", id="row-after-the-last"),
        pytest.param("<row r='x'/>", {}, "has a row of the number x", id="row-without-number"),
        pytest.param("<row><c r='XFE1'/></row>", {}, "has a cell in column 16,385 of row 1", id="column-after-the-last"),
        pytest.param("<row><c r='武1'/></row>", {}, "has a cell with the address '武1'", id="no-address"),
        pytest.param(
            "<row><c><f t='array' ref='A1:B'>1</f></c></row>", {}, "has a cell with the address 'B'", id="array-without-an-end"
        ),
        pytest.param(
            ROW, {"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "'Sheet1' is listed, but the workbook", id="no-relation"
        ),
        pytest.param(
            ROW,
            {"xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Type="x/worksheet" Target="../../etc/passwd"/></R>'},
            "the workbook lacks its part etc/passwd",
            id="target-outside",
        ),
        pytest.param(
            ROW,
            {
                "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Type="x/worksheet" '
                'Target="http://example.org/sheet1.xml" TargetMode="External"/></R>'
            },
            "'Sheet1' is listed, but the workbook does not hold it",
            id="target-on-the-web",
        ),
    ],
)
def test_a_workbook_that_contradicts_itself_is_refused(rows, parts, found):
    assert found in refused(packed(rows, parts)).found


# Bombs


def test_a_part_packed_a_thousand_times_is_not_unpacked():
    tracemalloc.start()
    content = packed(ROW, {"xl/media/bomb.bin": b"\0" * (50 * MEGABYTE)})
    tracemalloc.reset_peak()
    assert "packed more than 300 times" in refused(content, seconds=1).found
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * MEGABYTE  # what the test itself holds


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(xlsx, "UNPACKED", MEGABYTE)
    assert (
        "would unpack to more than 1,000,000 bytes"
        in refused(packed(ROW, {f"xl/{n}.bin": b"\0" * 300_000 for n in range(4)})).found
    )


def test_a_declared_size_that_is_too_small_is_no_way_around():
    content = packed(ROW, {"xl/zz.xml": "<a>" + " " * MEGABYTE + "</a>"})
    place = content.rindex(b"PK\x01\x02") + 24
    assert struct.unpack_from("<L", content, place) == (MEGABYTE + 7,)
    assert (
        "the part xl/zz.xml of the workbook is damaged"
        in refused(content[:place] + struct.pack("<L", 7) + content[place + 4 :]).found
    )


def test_too_many_parts_are_refused():
    assert "the workbook has 10,006 parts; 10,000 is the limit" in refused(packed(ROW, {f"{n}": "" for n in range(10_001)})).found


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "ELEMENTS", 1_000)
    assert "the workbook has more than 1,000 cells, rows" in refused(packed(ROW * 400)).found


def test_too_deep_too_long_and_too_wide_xml_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "LONGEST_TAG", 200_000)
    noise = "".join(f"{number:x}" for number in range(100_000))
    assert "nests more than 64 elements" in refused(packed("<a>" * 100 + "</a>" * 100)).found
    assert "a tag longer than 200,000 bytes" in refused(packed(f"<row a='{noise}'/>")).found
    assert "a cell of more than 131,072 characters" in refused(packed(f"<row><c><v>{noise}</v></c></row>")).found


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"xl/sharedStrings.xml": f"{BOMB}<sst><si><t>&lol2;</t></si></sst>"}, id="texts"),
        pytest.param({"xl/worksheets/sheet1.xml": f"{BOMB}<worksheet><sheetData/></worksheet>"}, id="sheet"),
        pytest.param({"docProps/core.xml": f"{BOMB}<a/>"}, id="a-part-nobody-reads"),
        pytest.param({"docProps/core.xml": f"<?xml version='1.0' encoding='utf-16'?>{BOMB}<a/>".encode("utf-16")}, id="utf-16"),
        pytest.param({"docProps/core.xml": f"{BOMB}<a/>".encode("utf-32")}, id="utf-32"),
        pytest.param({"docProps/core.xml": " " * (65_536 - 4) + f"{BOMB}<a/>"}, id="between-two-chunks"),
        pytest.param({"xl/sharedStrings.xml": "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><sst/>"}, id="external-file"),
    ],
)
def test_xml_with_entities_is_refused(parts):
    assert "declares a document type or entities" in refused(packed(ROW, parts)).found


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(b"<?xml version='1.0' encoding='utf-7'?>+ADw-!DOCTYPE a [+ADw-!ENTITY b 'c'>]><sst/>", id="utf-7"),
        pytest.param(b"<?xml version='1.0' encoding='cp037'?>" + f"{BOMB}<sst/>".encode("cp037"), id="ebcdic"),
    ],
)
def test_an_encoding_in_which_entities_could_hide_is_refused(hidden):
    assert "is not well-formed XML" in refused(packed(ROW, {"xl/sharedStrings.xml": hidden})).found


@pytest.mark.parametrize("name", ["../evil.xml", "xl/../../evil.xml", "/etc/passwd", "C:/evil.xml", "..\\evil.xml"])
def test_a_part_named_as_a_path_outside_is_refused(name):
    assert "a path outside of it" in refused(packed(ROW, {name: ""})).found


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused():
    target = io.BytesIO(packed(ROW))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    assert refused(target.getvalue()).found == "the workbook holds two parts of the same name"


def test_one_cell_in_the_last_corner_does_not_allocate_the_sheet():
    content = saved(lambda sheet, _: sheet.write("XFD1048576", 1))
    tracemalloc.start()
    assert refused(content).found == "the sheet 'Sheet1' reaches over 17,179,869,184 cells; 20,000,000 is the limit"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * MEGABYTE


def test_sheets_that_are_too_large_together_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "CELLS", 30)
    assert len(open_sheets(packed("<row r='30'><c><v>1</v></c></row>"), FILE)[0].rows) == 30
    assert "the sheet 'Sheet1' reaches over 31 cells" in refused(packed("<row r='31'><c><v>1</v></c></row>")).found
    twice = '<w xmlns:r="r"><sheet name="a" r:id="r1"/><sheet name="b" r:id="r1"/></w>'
    assert (
        "the workbook reaches over 32 cells"
        in refused(packed("<row r='16'><c><v>1</v></c></row>", {"xl/workbook.xml": twice})).found
    )


def with_records(first: bytes) -> bytes:
    """GDP with other records of the same length in place of its floats C5 and D5."""
    place = GDP.index(C5)
    assert len(first) == 36
    return GDP[:place] + first + GDP[place + 36 :]


def test_a_record_that_fills_the_memory_is_stopped(monkeypatch):
    monkeypatch.setattr(xls, "LIMITS", (200_000_000, 20, MEGABYTE))
    link = struct.pack("<HHHHHH", 0x01B8, 32, 0, 65_535, 0, 65_535) + bytes.fromhex(
        "d0c9ea79f9bace118c8200aa004ba90b0200000000000000"
    )
    assert "cut off or damaged (MemoryError" in refused(with_records(link), seconds=20).found


def test_a_record_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(xls, "LIMITS", (1_500_000_000, 1, MEGABYTE))
    place = GDP.index(struct.pack("<H", 0x00FC), 1_536) + 4
    # 2,147,483,647 texts, of which the first says that it is followed by -7 bytes: it is met again and again.
    texts = struct.pack("<LLHBi", 1, 2**31 - 1, 0, 4, -7)
    content = GDP[:place] + texts + GDP[place + len(texts) :]
    assert "cut off or damaged (reading it does not come to an end)" in refused(content, seconds=20).found


def test_a_workbook_that_prints_too_much_is_stopped(monkeypatch):
    monkeypatch.setattr(xls, "LIMITS", (1_500_000_000, 20, 1_000))
    assert "too many characters in its cells" in refused(GDP).found


def test_a_workbook_too_slow_or_too_large_is_given_up(monkeypatch):
    monkeypatch.setattr(xls, "PATIENCE", 0.001)
    assert refused(GDP).found == "the workbook could not be read in 0.001 seconds"
    monkeypatch.setattr(xls, "LARGEST", 10_000)
    assert refused(GDP).found == "the .xls workbook is larger than 10,000 bytes"


# Text


def test_a_million_columns_are_refused():
    assert refused(b"a," * MEGABYTE + b"\n1,2\n").found == "line 1 has 1,000,001 columns; 20,000 is the limit"


def test_a_wide_line_below_many_short_ones_does_not_allocate_the_rectangle():
    assert "line 2001 reaches over 20,010,000 cells" in refused(b"1\n" * 2_000 + b"," * 9_999 + b"\n").found


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old-mac"])
def test_an_endless_line_is_found_without_being_read_as_one(end):
    content = end.join([b"a,b", b"1,2", b"3," + b"9" * (30 * MEGABYTE), b"4,5"])
    tracemalloc.start()
    assert refused(content).found == "line 3 is longer than 10,000,000 bytes"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEGABYTE


def test_many_lines_are_not_one():
    content = b"a,b\n" + b"1,2\n" * 3 * MEGABYTE
    assert text.decode(content, FILE) == content.decode()


def test_an_endless_field_is_refused():
    assert "line 2 is not readable as CSV" in refused(b"a,b\n" + b"1" * 200_000 + b",2\n").found
    assert "is not readable as CSV" in refused(b'a,b\n"' + b"1,2\n" * 200_000).found


# Web pages


def page(table: str) -> bytes:
    return f"<html><body>{table}</body></html>".encode()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(
            "<table><tr><td colspan=1000000000>1</table>", "table 1, row 1: a cell spans 1,000,000,000 columns", id="colspan"
        ),
        pytest.param(
            "<table><tr><td rowspan=1000000000>1</table>",
            "table 1, row 1: a cell spans 1 columns and 1,000,000,000 rows",
            id="rowspan",
        ),
        pytest.param(
            "<table><tr>" + "<td colspan=999>" * 30 + "</table>", "table 1, row 1 has 20,979 columns", id="many-colspans"
        ),
        pytest.param("<div>" * 100_000 + "</p>" * 100_000, "the web page nests more than 1,000 elements", id="deep"),
        pytest.param("<table><tr><td>" * 5_000, "the web page nests more than 1,000 elements", id="deep-tables"),
        pytest.param("<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">", "a web page without one", id="many-attributes"),
        pytest.param("<a " * 300_000, "a web page without one", id="tags-never-closed"),
        pytest.param("<!--" * 300_000, "a web page without one", id="comments-never-closed"),
    ],
)
def test_a_hostile_web_page_is_refused(content, found):
    assert found in refused(page(content)).found


def test_a_table_below_many_elements_is_read_whole():
    content = page("<div>" * 900 + "<table><tr><td>武汉</td></tr></table>" + "</div>" * 900)
    assert open_sheets(content, FILE)[0].rows == [["武汉"]]


def test_rows_made_of_spanning_cells_alone_are_counted(monkeypatch):
    monkeypatch.setattr(sheets, "CELLS", 100_000)
    table = "<table><tr>" + "<td colspan=1000 rowspan=60000>" * 5 + "</tr>" + "<tr></tr>" * 1_000 + "</table>"
    assert "table 1 reaches over 105,000 cells" in refused(page(table)).found
    small = "<table><tr><td colspan=1000 rowspan=30>1</tr>" + "<tr></tr>" * 29 + "</table>"
    assert "table 4 reaches over 101,000 cells" in refused(page(small * 5)).found


def test_a_table_with_one_wide_row_does_not_allocate_the_rectangle():
    table = "<table>" + "<tr><td>1</tr>" * 2_000 + "<tr>" + "<td>2" * 10_500 + "</tr></table>"
    assert refused(page(table)).found == "the web page reaches over 21,010,500 cells; 20,000,000 is the limit"


def test_a_page_that_the_parser_gives_up_is_refused(monkeypatch):
    class Parser:
        def __init__(self, **_):
            pass

        def feed(self, _):
            raise etree.ParserError("no document")

    monkeypatch.setattr(sheets.etree, "HTMLParser", Parser)
    assert refused(page("")).found == "the web page cannot be read (no document)"


def test_a_page_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "PAGE", 1_000)
    assert "the web page is longer than 1,000 characters" in refused(page("<table><tr><td>1</table>" * 100)).found


# Anything at all

XLSX = packed(ROW * 3, {"xl/styles.xml": "<styleSheet/>"})
HTML = "<table><tr><td rowspan=2>武汉<td>1</tr><tr><td>2</tr></table>".encode()
CSV = "地区,出口\n武汉,13410.34\n".encode("gb18030")


SHEET = b"""<worksheet><sheetData><row r='1'><c r='A1' s='1'><v>45000</v></c><c><f t='array' ref='B1:B2'>1</f><v>2</v></c></row>
<row><c t='e'><v>#N/A</v></c><c t='inlineStr'><is><t>1</t></is></c></row></sheetData></worksheet>"""
RELATED = f"""<R><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="r2" Type="{RELATIONS}/styles" Target="styles.xml"/></R>""".encode()
STYLES = b"<s><numFmts><numFmt numFmtId='164' formatCode='yyyy'/></numFmts><cellXfs><xf/><xf numFmtId='164'/></cellXfs></s>"


@st.composite
def mutated(draw, files: list[bytes]) -> bytes:
    """One of the files with some bytes changed, cut out or put in."""
    content = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 4))):
        place, dropped = draw(st.integers(0, len(content))), draw(st.integers(0, 8))
        content = content[:place] + draw(st.binary(max_size=8)) + content[place + dropped :]
    return content


@st.composite
def mutated_inside(draw) -> bytes:
    """A workbook whose archive is whole and one of whose parts is damaged."""
    parts = {"xl/worksheets/sheet1.xml": SHEET, "xl/_rels/workbook.xml.rels": RELATED, "xl/styles.xml": STYLES}
    name = draw(st.sampled_from(sorted(parts)))
    return packed("", parts | {name: draw(mutated([parts[name]]))})


@settings(max_examples=100, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(mutated([GUANGZHOU, XLSX, HTML, CSV, b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b""]) | mutated_inside())
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf<")
@example(b"PK\x05\x06" + b"\0" * 18)
def test_any_bytes_are_sheets_or_a_problem_of_the_file(content):
    try:
        found = open_sheets(content, FILE)
    except FileProblem as problem:
        assert problem.file == FILE
        return
    for sheet in found:
        width = len(sheet.rows[0])
        assert all(len(row) == width and all(isinstance(cell, str) for cell in row) for row in sheet.rows)
        assert len(sheet.lines) == len(sheet.widths) == len(sheet.rows)
        assert any(any(row) for row in sheet.rows)
