"""The tidy layouts, and what comes before any layout: bytes that are no table are refused with file and remedy."""

import pytest

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL, READERS, text, tidy_long
from schemas.source import OPTIONS
from tests.unit.mini_house import TIDY

FILE = "raw/bulletin/files/2025.csv"

# Bytes to text


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "the file is empty (0 bytes", id="zero-bytes"),
        pytest.param(b" \n\t\r\n  ", "the file is empty", id="whitespace-only"),
        pytest.param(b"<!DOCTYPE html><html>502</html>", "found a web page", id="html-with-doctype"),
        pytest.param(b"\n  <html lang='zh'>", "found a web page", id="html-after-blank-line"),
        pytest.param(b"\xef\xbb\xbf<HTML>", "found a web page", id="html-in-capitals-after-a-byte-order-mark"),
        pytest.param(b"<?xml version='1.0'?>", "found a web page", id="xhtml"),
        pytest.param(b"<head><title>404</title>", "found a web page", id="head-without-html"),
        pytest.param(b"<script>location='/login'</script>", "found a web page", id="redirect-script"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
            "found a Git LFS pointer",
            id="lfs-pointer",
        ),
        pytest.param(b"PK\x03\x04\x14\x00\x06\x00", "found an Excel workbook under a .csv name", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "found an Excel workbook under a .csv name", id="xls"),
        pytest.param("city,武汉".encode()[:-1], "expected UTF-8, found other bytes at position 8", id="cut-inside-a-character"),
    ],
)
def test_what_is_no_table_is_refused_with_name_and_remedy(content, found):
    with pytest.raises(FileProblem) as told:
        text.decode(content, FILE)
    assert str(told.value).startswith(f"{FILE}: ")
    assert found in told.value.found
    assert told.value.remedy.startswith(("Download it again", "Save it as UTF-8"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf", id="byte-order-mark-alone"),
        pytest.param(b",,,\r\n,,\r\n", id="commas-only"),
        pytest.param(b'"",""\n', id="empty-quotes"),
    ],
)
@pytest.mark.parametrize("layout", ["customs_by_location", "tidy_long"])
def test_a_file_without_any_content_is_refused_by_every_reader(layout, content):
    options = {"unit": "万人民币", "encoding": None}
    with pytest.raises(FileProblem, match=f"^{FILE}: the file is empty"):
        list(READERS[layout](content, FILE, "2024-03", options))


def test_a_byte_order_mark_is_not_part_of_the_first_heading():
    assert text.decode(b"\xef\xbb\xbfcity_zh,adcode", FILE) == "city_zh,adcode"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
def test_rows_count_lines_as_an_editor_does(end):
    printed = end.join(["a,b", "", " , ", '1,"two', 'lines"', "3, 4 ", ""])
    assert text.rows(printed, FILE) == [(1, ["a", "b"]), (4, ["1", f"two{end}lines"]), (6, ["3", "4"])]


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        pytest.param('a,b\n1,"2\n3,4\n5,6\n', "line 4", id="quotation-mark-never-closed"),
        pytest.param('a,b\n1,"2"3\n', "line 2", id="text-after-a-closing-quotation-mark"),
        pytest.param("a,b\n" + "1" * 200_000 + ",2\n", "line 2", id="endless-field"),
    ],
)
def test_lines_that_are_no_csv_are_refused_and_swallow_nothing(printed, line):
    with pytest.raises(FileProblem, match=f"^{FILE}: {line} is not readable as CSV"):
        text.rows(printed, FILE)


def test_every_layout_that_can_be_declared_has_a_reader():
    assert set(READERS) == set(OPTIONS)


# tidy_long


def long(content: str) -> list[dict]:
    return [cell for cells in tidy_long.read(content.encode(), FILE, None, {}) for cell in cells.to_dicts()]


def test_a_tidy_file_cell_by_cell():
    cells = long(TIDY)
    assert cells[0] == {
        "line": 2,
        "locator": "line 2, col value",
        "place": "420700",
        "label": "花湖机场航空货邮吞吐量",
        "series": None,
        "freq": "A",
        "time_period": "2025",
        "period_basis": "period",
        "unit": "万吨",
        "raw_value": "114.57",
        "obs_status": None,
        "problem": None,
    }
    assert [(c["line"], c["freq"], c["time_period"], c["period_basis"], c["raw_value"], c["obs_status"]) for c in cells[1:]] == [
        (3, "A", "2025", "period", "147.81", "E"),
        (4, "M", "2025-06", "ytd", "2142.7", None),
        (5, "A", "2025", "period", "…", None),
    ]
    assert all(list(cell) == list(CELL) for cell in cells)


def test_columns_of_a_tidy_file_may_stand_in_any_order():
    lines = [line.split(",") for line in TIDY.splitlines()]
    assert long("\n".join(",".join(reversed(fields)) for fields in lines)) == long(TIDY)


def test_a_quotation_over_two_lines_does_not_shift_the_line_numbers():
    cells = long(TIDY.replace("航空货邮吞吐量114.57万吨\n", '"航空货邮\n吞吐量114.57万吨"\n'))
    assert [cell["line"] for cell in cells] == [2, 4, 5, 6]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param("city_zh,adcode", "city_zh", "the heading line lacks adcode", id="column-missing"),
        pytest.param("quote\n", "quote,page\n", "the heading line has unknown page", id="column-unknown"),
        pytest.param("value,unit", "amount,unit", "the heading line lacks value; has unknown amount", id="column-renamed"),
        pytest.param("quote\n", "quote,value\n", "the heading line repeats value", id="column-twice"),
        pytest.param("city_zh", "", "the heading line lacks city_zh; has unknown ", id="heading-empty"),
    ],
)
def test_a_tidy_file_with_other_headings_is_refused(before, after, found):
    with pytest.raises(FileProblem) as told:
        long(TIDY.replace(before, after, 1))
    assert told.value.found == found
    assert "city_zh,adcode,period,frequency,indicator,value,unit,obs_status,quote" in told.value.remedy


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        pytest.param("亿元,,上半年进出口", "亿元,", "该行有 8 列，应为 9 列", id="a-cell-short"),
        pytest.param("2142.7", "2,142.7", "该行有 10 列，应为 9 列", id="unquoted-thousands-separator"),
        pytest.param("2025-01/2025-06", "2025-04/2025-06", "累计时期“2025-04/2025-06”不是从当年1月起", id="not-from-January"),
        pytest.param(",ytd,", ",halfyear,", "频率“halfyear”应为", id="unknown-frequency"),
        pytest.param("2025-01/2025-06", "", "累计时期“”没有止于月末", id="no-period"),
    ],
)
def test_a_line_of_a_tidy_file_that_cannot_be_read_is_told_alone(before, after, problem):
    cells = long(TIDY.replace(before, after, 1))
    assert [cell["problem"] for cell in (cells[0], cells[1], cells[3])] == [None] * 3
    assert cells[2]["problem"].startswith(problem)
    assert (cells[2]["line"], cells[2]["freq"], cells[2]["period_basis"]) == (4, None, None)
