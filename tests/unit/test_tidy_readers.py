"""The tidy layouts, and what comes before any layout: bytes that are no table are refused with file and remedy."""

import pytest

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL, READERS, text, tidy_long, tidy_wide
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
        pytest.param(
            "地区,年末总人口\n武汉,853.65\n".encode("gb18030"),
            "expected UTF-8, found other bytes at position 0",
            id="gb18030",
        ),
        pytest.param("a,b\n1,2\n".encode("utf-16"), "expected UTF-8", id="utf-16"),
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
@pytest.mark.parametrize("layout", READERS)
def test_a_file_without_any_content_is_refused_by_every_reader(layout, content):
    options = {"unit": "万人民币", "period_column": "date", "columns": {}}
    with pytest.raises(FileProblem, match=f"^{FILE}: the file is empty"):
        READERS[layout](content, FILE, "2024-03", options)


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
    return tidy_long.read(content.encode(), FILE, None, {})


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


# tidy_wide

WIDE = "Date,Exchange rate,Other\n2024-01-01,7.1824,x\n2024-02-01,,x\n2024-03-01,7.2013,x\n"
WIDE_OPTIONS = {
    "period_column": "Date",
    "period_format": "%Y-%m-%d",
    "freq": "M",
    "ref_area": "100000",
    "columns": {"Exchange rate": {"series": "fx_usd_cny", "unit": "人民币/美元"}},
}


def wide(content: str, **changes) -> list[dict]:
    return tidy_wide.read(content.encode(), FILE, None, WIDE_OPTIONS | changes)


def test_a_wide_file_cell_by_cell():
    cells = wide(WIDE)
    assert cells[0] == {
        "line": 2,
        "locator": "line 2, col Exchange rate",
        "place": "100000",
        "label": "Exchange rate",
        "series": "fx_usd_cny",
        "freq": "M",
        "time_period": "2024-01",
        "period_basis": "period",
        "unit": "人民币/美元",
        "raw_value": "7.1824",
        "obs_status": None,
        "problem": None,
    }
    assert [(c["line"], c["time_period"], c["raw_value"]) for c in cells] == [
        (2, "2024-01", "7.1824"),
        (3, "2024-02", ""),
        (4, "2024-03", "7.2013"),
    ]
    assert all(list(cell) == list(CELL) for cell in cells)


def test_a_wide_file_of_years_with_two_series():
    columns = {"avg": {"series": "fx_avg", "unit": "a"}, "end": {"series": "fx_end", "unit": "b"}}
    cells = wide("year,end,avg\n2023,7.08,7.05\n", period_column="year", period_format="%Y", freq="A", columns=columns)
    assert [(c["series"], c["unit"], c["time_period"], c["raw_value"]) for c in cells] == [
        ("fx_avg", "a", "2023", "7.05"),
        ("fx_end", "b", "2023", "7.08"),
    ]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        pytest.param("Day,Exchange rate,Other", "the heading line lacks Date", id="period-column-missing"),
        pytest.param("Date,Rate,Other", "the heading line lacks Exchange rate", id="series-column-missing"),
        pytest.param("Day,Rate,Other", "the heading line lacks Date, Exchange rate", id="both-missing"),
        pytest.param("Date,Exchange rate,Exchange rate", "the heading line repeats Exchange rate", id="series-column-twice"),
        pytest.param("Date,Exchange rate,Date", "the heading line repeats Date", id="period-column-twice"),
    ],
)
def test_a_wide_file_with_other_headings_is_refused(header, found):
    with pytest.raises(FileProblem) as told:
        wide(WIDE.replace("Date,Exchange rate,Other", header))
    assert told.value.found == found
    assert "source.yml" in told.value.remedy


def test_columns_that_are_not_declared_are_left_alone():
    assert wide(WIDE.replace(",x", ",y")) == wide(WIDE)


@pytest.mark.parametrize(
    ("line", "period", "problem"),
    [
        pytest.param("Feb 2024,7.1,x", "Feb 2024", "时期“Feb 2024”不是 %Y-%m-%d 的写法", id="another-date-form"),
        pytest.param(",7.1,x", "", "时期“”不是 %Y-%m-%d 的写法", id="no-date"),
        pytest.param("2024-02-01,7.1", "2024-02", "该行有 2 列，应为 3 列", id="a-cell-short"),
        pytest.param("2024-02-01,7,1,x", "2024-02", "该行有 4 列，应为 3 列", id="decimal-comma"),
    ],
)
def test_a_line_of_a_wide_file_that_cannot_be_read_is_told_alone(line, period, problem):
    cells = wide(WIDE.replace("2024-02-01,,x", line))
    assert [cell["problem"] for cell in cells] == [None, problem, None]
    assert cells[1]["time_period"] == period
