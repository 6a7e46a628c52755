"""Reading in bulk gives what reading line by line gives, for any CSV and any size of block."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import blocks

FILE = "raw/x/files/y.csv"


def read(content: bytes) -> list[tuple]:
    """(line, width, fields) of every line after the heading."""
    content = blocks.utf8(content, FILE)
    first, header = blocks.heading(content, FILE)
    tables = list(blocks.tables(content, FILE, first, header, header))
    return [(row["line"], row["width"], [row[name].strip() for name in header]) for table in tables for row in table.to_dicts()]


def by_csv(text: str) -> list[tuple]:
    """The same by the csv module alone."""
    reader, found, start = csv.reader(io.StringIO(text, newline=""), strict=True), [], 1
    for fields in reader:
        stripped = [field.strip() for field in fields]
        if any(stripped):
            found.append((start, len(fields), (stripped + [""] * 3)[:3]))
        start = reader.line_num + 1
    return found[1:]


FIELD = st.text(alphabet='ab1 ,"\n#市\u3000', max_size=4)
LINE = st.lists(FIELD, min_size=2, max_size=4)


@settings(max_examples=300)
@given(st.lists(LINE, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(8, 200), st.booleans())
def test_any_csv_in_blocks_of_any_size(lines, end, last, size, mark):
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=end).writerows([["a", "b", "c"], *lines])
    text = stream.getvalue() if last else stream.getvalue().removesuffix(end)
    whole, blocks.BLOCK = blocks.BLOCK, size
    try:
        found = read((b"\xef\xbb\xbf" if mark else b"") + text.encode())
    finally:
        blocks.BLOCK = whole
    assert found == by_csv(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a,b,c\n1,2\n3,4,5\n", [(2, 2, ["1", "2", ""]), (3, 3, ["3", "4", "5"])], id="a-field-short"),
        pytest.param("a,b,c\n1,2,3,4\n", [(2, 4, ["1", "2", "3"])], id="a-field-long"),
        pytest.param("a,b,c\n\n1,2,3\n\n", [(3, 3, ["1", "2", "3"])], id="blank-lines"),
        pytest.param("\n\na,b,c\n1,2,3\n", [(4, 3, ["1", "2", "3"])], id="blank-lines-before-the-heading"),
        pytest.param("a,b,c\r1,2,3\r", [(2, 3, ["1", "2", "3"])], id="old-mac-lines"),
        pytest.param('a,b,c\n1,"x\ny",3\n4,5,6\n', [(2, 3, ["1", "x\ny", "3"]), (4, 3, ["4", "5", "6"])], id="line-in-quotes"),
        pytest.param("a,b,c\n#,#,#\n", [(2, 3, ["#", "#", "#"])], id="the-mark-itself"),
        pytest.param("a,b,c\n1,2,3,#,4\n5,6,7,#\n", [(2, 5, ["1", "2", "3"]), (3, 4, ["5", "6", "7"])], id="the-mark-too-early"),
        pytest.param("a,b,c\n1,2,#\n1,#\n", [(2, 3, ["1", "2", "#"]), (3, 2, ["1", "#", ""])], id="the-mark-on-a-short-line"),
    ],
)
def test_lines_that_are_not_plain(text, found):
    assert read(text.encode()) == found


def test_gb18030_and_its_limit(monkeypatch):
    text = "城市,值,单位\n" + "武汉市,1,亿元\n" * 50
    assert read(text.encode("gb18030"))[-1] == (51, 3, ["武汉市", "1", "亿元"])
    monkeypatch.setattr(blocks, "SMALL", 100)
    assert read(text.encode("gb18030"))[-1] == (51, 3, ["武汉市", "1", "亿元"])
    monkeypatch.setattr(blocks, "LARGEST_RECODED", 200)
    with pytest.raises(FileProblem, match="large and not in UTF-8"):
        read(text.encode("gb18030"))


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1000)
    monkeypatch.setattr(blocks, "LONGEST_LINE", 5000)
    monkeypatch.setattr(blocks, "SMALL", 100)
    with pytest.raises(FileProblem, match="a line is longer than 5,000 bytes"):
        read(b"a,b,c\n" + b"1,2,3\n" * 100 + b"9" * 20_000)
