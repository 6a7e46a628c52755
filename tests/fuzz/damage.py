"""What happens to files on their way: a cell overwritten, a line torn, a bit flipped, another file under the same name."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.fuzz.page import Page
from tests.fuzz.truth import Figure, says

#: What people and programs leave where a figure should stand.
NO_FIGURES = (
    *("1377①", "1377②", "1377*", "12.5(初步)", "1.2.3", "564,312,300486,063,435", "1179.3130.1", "=A1+1", "12%", "#REF!"),
    *(
        "１２Ｏ",
        "-5",
        "12-",
        "1e400",
        "1_000",
        "٣",
        "二",
        "12亿",
        "无",
        "7",
        "…",
        "１，２３４．５",
        "NaN",
        "inf",
        "1,23",
        "12 34",
    ),
    *('"', "NaN", "<b>1</b>", "12;34", "1\t2", "+8", "∞", "½", "12．", "0x1F", "9" * 400),
)
#: What may stand wrongly where a name, heading, period or unit should.
NO_NAMES = (
    *(
        "万美元",
        "(万美元)",
        "地区生产总值(万元)",
        "亿元",
        "万 亿元",
        "武汉",
        "鄂州市",
        "武汗市",
        "湖北省",
        "全国",
        "4201",
        "420100.0",
    ),
    *(
        "2031年",
        "2019",
        "2019-03",
        "3月",
        "1-3月",
        "3-6月",
        "进口",
        "出口",
        "Total",
        "",
        "全市",
        "市辖区",
        "指标",
        "地区",
        "12.5",
    ),
)
OTHER_FILES = (
    b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n",
    b"",
    b"\r\n",
    b"\0" * 64,
    b"%PDF-1.7\n",
    b"PK\x03\x04\x14\x00\x06\x00",
    b'{"error": 403}',
)


@dataclass(frozen=True)
class Damaged:
    """The bytes that arrive. `rows`: what stands in them; null where that is the page or nothing.

    `gone`: how many figures no longer do. `column`: the one that was taken away.
    """

    note: str
    content: bytes
    rows: list[list[str]] | None = None
    gone: int = 0
    column: int | None = None
    is_another_file: bool = False


def intact(page: Page) -> Damaged:
    """The page as it was written."""
    return Damaged("intact", page.content(), page.rows)


@st.composite
def damaged(draw, page: Page) -> Damaged:
    """The page after one accident."""
    ways = [_figure, _figure, _figure, _bit, _cut, _inserted, _deleted, _other_file]
    if page.container != "form":
        ways += [_name, _row_twice]
    if page.container in ("csv", "html", "xlsx"):
        ways += [_column_twice, _column_gone, _torn, _torn]
    return draw(st.sampled_from(ways))(draw, page)


# Cells


def _overwritten(page: Page, row: int, column: int, text: str) -> Damaged:
    rows = [list(cells) for cells in page.rows]
    note, rows[row][column] = f"cell {row},{column}: {rows[row][column]!r} became {text!r}", text
    return Damaged(note, page.content(rows), rows, _unheaded(page, rows) + _in_the_heading(page, rows, row))


def _in_the_heading(page: Page, rows: list[list[str]], row: int) -> int:
    """Missing figures of a first row without a name: as nothing but marks stands in it, it passes for a row of headings."""
    if page.layout != "table" or row != page.first or rows[row].count("") == page.rows[row].count(""):
        return 0
    return len([1 for (at, _), (_, text) in page.readings(page.rows).items() if at == row and not says(text)])


def _unheaded(page: Page, rows: list[list[str]]) -> int:
    """Figures of columns whose heading no longer reads as a period: where `periods` are declared, nobody asked for them."""
    if page.options.get("columns") != "periods":
        return 0
    before, after = page.rows[page.first - 1], rows[page.first - 1] if len(rows) >= page.first else []
    return sum(1 for _, column in page.readings(page.rows) if before[column : column + 1] != after[column : column + 1])


def _figure(draw, page: Page) -> Damaged:
    places = sorted(page.readings(page.rows))
    if not places:
        return intact(page)
    return _overwritten(page, *draw(st.sampled_from(places)), draw(st.sampled_from(NO_FIGURES)))


def _name(draw, page: Page) -> Damaged:
    figures = page.readings(page.rows)
    places = [(r, c) for r, cells in enumerate(page.rows) for c in range(len(cells)) if (r, c) not in figures]
    return _overwritten(page, *draw(st.sampled_from(places)), draw(st.sampled_from(NO_NAMES)))


# Rows and columns: what then stands in the file is the page, or less


def _row_twice(draw, page: Page) -> Damaged:
    row = draw(st.integers(page.first, len(page.rows) - 1))
    return Damaged(f"row {row} twice", page.content([*page.rows[: row + 1], *page.rows[row:]]))


def _moved(page: Page) -> Page:
    return replace(page, merges=[])


def _column_twice(draw, page: Page) -> Damaged:
    column = draw(st.integers(0, max(map(len, page.rows)) - 1))
    rows = [[*row[: column + 1], *row[column:]] for row in page.rows]
    return Damaged(f"column {column} twice", _moved(page).content(rows))


def _column_gone(draw, page: Page) -> Damaged:
    column = draw(st.integers(0, max(map(len, page.rows)) - 1))
    rows = [row[:column] + row[column + 1 :] for row in page.rows]
    gone = len([at for at in page.readings(page.rows) if at[1] == column])
    return Damaged(f"column {column} gone", _moved(page).content(rows), gone=gone, column=column)


def _torn(draw, page: Page) -> Damaged:
    row = draw(st.integers(0, len(page.rows) - 1))
    column = draw(st.integers(0, len(page.rows[row]) - 1))
    rows = [list(cells) for cells in page.rows]
    del rows[row][column]
    if page.container == "xlsx":  # the cells after it move up, and a blank one is left at the end
        rows[row].append("")
    gone = sum(at[0] == row for at in page.readings(page.rows))
    return Damaged(f"row {row} lost its cell {column}", _moved(page).content(rows), rows, gone if page.container != "csv" else 0)


# Bytes


def _bytes(page: Page, note: str, content: bytes) -> Damaged:
    rows = page.parsed(content)
    # A line that was cut off before its figure has none.
    standing = len(page.truth) if rows is None else sum(bool(figure or text) for figure, text in page.readings(rows).values())
    gone = len(page.truth) - standing + (_unheaded(page, rows) if rows is not None else 0)
    return Damaged(note, content, rows, max(0, gone))


def _place(draw, content: bytes) -> int:
    """A byte of a file; half the time one that holds the table together."""
    marks = [at for at, byte in enumerate(content) if byte in b',"\t\r\n<>/{}[]:'] or [0]
    return draw(st.sampled_from(marks) if draw(st.booleans()) else st.integers(0, len(content) - 1))


def _bit(draw, page: Page) -> Damaged:
    content = page.content()
    at, bit = _place(draw, content), draw(st.integers(0, 7))
    return _bytes(page, f"bit {bit} of byte {at}", content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :])


def _cut(draw, page: Page) -> Damaged:
    content = page.content()
    at = _place(draw, content)
    return _bytes(page, f"cut at byte {at} of {len(content)}", content[:at])


def _inserted(draw, page: Page) -> Damaged:
    content = page.content()
    at, what = _place(draw, content), draw(st.sampled_from(['"', "\n", ",", "\t", "1", "<", "\r", " ", "0", "\ufeff"]))
    encoding = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(page.encoding, page.encoding)
    return _bytes(page, f"{what!r} put in at byte {at}", content[:at] + what.encode(encoding) + content[at:])


def _deleted(draw, page: Page) -> Damaged:
    content = page.content()
    at, count = _place(draw, content), draw(st.integers(1, 4))
    return _bytes(page, f"{count} bytes lost at {at}", content[:at] + content[at + count :])


def _other_file(draw, page: Page) -> Damaged:
    other = draw(st.sampled_from(OTHER_FILES))
    return Damaged(f"another file: {other[:20]!r}", other, is_another_file=True)


def untouched(page: Page, damage: Damaged) -> dict[Figure, str]:
    """The figures whose line and headings still stand as they were, each with its text."""
    rows = page.rows if damage.rows is None else damage.rows
    if moved_headings(page, rows):
        return {}
    after = page.readings(rows)
    standing = {(tuple(rows[row]), column) for (row, column), _ in after.items()}
    meant = {figure for figure, _ in after.values()}
    before = page.readings(page.rows)
    return {
        figure: text
        for (row, column), (figure, text) in before.items()
        if figure and column != damage.column and (tuple(page.rows[row]), column) in standing and figure in meant
    }


def moved_headings(page: Page, rows: list[list[str]]) -> bool:
    """Whether a heading cell was lost, so that each after it now stands over its neighbour's figures."""
    return any(_is_torn(before, after) for before, after in zip(page.rows[: page.first], rows, strict=False))


def _is_torn(before: list[str], after: list[str]) -> bool:
    if len(before) != len(after):
        # Nothing moved where what stood behind the lost cell is blank.
        return any(text and text != own for own, text in zip(before, after, strict=False))
    return sum(a != b for a, b in zip(before, after, strict=True)) > 1
