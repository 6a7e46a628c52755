"""From the bytes of any table file to sheets of text: CSV, .xlsx, .xls and HTML, told apart by content, never by name."""

import re
from dataclasses import dataclass

from lxml import etree

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import xls, xlsx
from dagster_project.lib.readers.text import LONGEST_LINE, characters, records

#: Cells of all sheets of a file together, counted as the rectangle up to the last cell that is not blank. 10 million rows of a
#: tidy table are read by tidy_long, line by line; what comes as sheets is at most a panel (300 cities, 30 years, 200 columns).
CELLS = 20_000_000
#: Columns of one sheet; Excel has 16,384, a yearbook about 230.
COLUMNS = 20_000
#: Columns and rows that one cell of a web page may span, as browsers have it.
COLUMN_SPAN, ROW_SPAN = 1_000, 65_534
#: Characters of a web page.
PAGE = 50_000_000
PIECE = 65_536
#: Nested elements of a web page: the parser looks through all of them for an end tag that has no beginning.
DEPTH = 1_000
#: Records in which the delimiter is looked for.
HEADING = 20

_AGAIN = "Download it again from the address in source.yml and replace it."
_SAVE = "Open it in Excel or WPS, save the table as .xlsx, and note that in source.yml."


@dataclass(frozen=True)
class Sheet:
    """One sheet of cells as text; rows are padded to one width, a blank cell is "".

    name    of a workbook's sheet; `table 1` of a web page's first table; null for a text file
    kind    csv, xlsx, xls or html
    rows    every row from the first of the file on, blank ones too: of a workbook, rows[16][2] is C17
    lines   for each row its line (csv) or row number in the file, from 1; a CSV record may span lines
    widths  for each row the number of cells it had before padding: a CSV record that lost a comma is short
    """

    name: str | None
    kind: str
    rows: list[list[str]]
    lines: list[int]
    widths: list[int]

    def locator(self, row: int, column: int, heading: str) -> str:
        """Where a person finds rows[row][column]: `Sheet1!C17`, `line 42, col 出口` or `table 1, row 5, cell 3`."""
        if self.kind == "csv":
            return f"line {self.lines[row]}, col {heading or column + 1}"
        if self.kind == "html":
            return f"{self.name}, row {self.lines[row]}, cell {column + 1}"
        return f"{self.name}!{xlsx.letters(column + 1)}{self.lines[row]}"


def open_sheets(content: bytes, file: str, encoding: str | None = None) -> list[Sheet]:
    """Every sheet with content, at least one. `encoding` is the declared one of a text file.

    Raises FileProblem: no table, one that is damaged or encrypted, or one beyond the limits above.
    """
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileProblem(file, "the file is empty (0 bytes of content)", _AGAIN)
    for marks, found in _NO_TABLES:
        if content.startswith(marks):
            raise FileProblem(file, f"expected a table, found {found}", _AGAIN if "pointer" in found else _SAVE)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        sheets = _workbook("xlsx", xlsx.read(content, file), file)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        _is_xls(content, file)
        sheets = _workbook("xls", xls.read(content, file), file)
    else:
        sheets = _text(characters(content, file, encoding), file)
    if not sheets:
        raise FileProblem(file, "the file is empty (no cell with content)", _AGAIN)
    return sheets


_NO_TABLES = [
    ((b"version https://git-lfs",), "a Git LFS pointer instead of the file itself"),
    ((b"%PDF-",), "a PDF"),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"), "an image"),
    ((b"Rar!",), "a .rar archive"),
    ((b"7z\xbc\xaf",), "a .7z archive"),
    ((b"\x1f\x8b",), "a .gz archive"),
    ((b"MIME-Version:",), "a web archive (.mht)"),
    ((b"{\\rtf",), "a text document (.rtf)"),
]


# Workbooks


def _is_xls(content: bytes, file: str) -> None:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileProblem(file, "expected a workbook, found one that is encrypted", "Save it without a password.")
    if "WordDocument".encode("utf-16-le") in content:
        raise FileProblem(file, "expected a table, found a text document (.doc)", _SAVE)


def _workbook(kind: str, grids: list[tuple[str, xlsx.Grid]], file: str) -> list[Sheet]:
    used = [(name, grid, max(grid), max(max(row) for row in grid.values())) for name, grid in grids if grid]
    for name, _, height, width in used:
        _bounded(height * width, width, f"the sheet {name!r}", file)
    _bounded(sum(height * width for _, _, height, width in used), 0, "the workbook", file)
    return [_filled(name, kind, grid, height, width) for name, grid, height, width in used]


def _bounded(cells: int, columns: int, what: str, file: str) -> None:
    if columns > COLUMNS:
        raise FileProblem(file, f"{what} has {columns:,} columns; {COLUMNS:,} is the limit", _AGAIN)
    if cells > CELLS:
        found = f"{what} reaches over {cells:,} cells; {CELLS:,} is the limit"
        raise FileProblem(file, found, "Delete what stands far from the table.")


def _filled(name: str, kind: str, grid: xlsx.Grid, height: int, width: int) -> Sheet:
    rows = [[""] * width for _ in range(height)]
    for row, cells in grid.items():
        for column, text in cells.items():
            rows[row - 1][column - 1] = text
    return Sheet(name, kind, rows, list(range(1, height + 1)), [width] * height)


# Text


def _text(text: str, file: str) -> list[Sheet]:
    head = text[:LONGEST_LINE].lstrip()
    if head.startswith("<"):
        return _page(text, file)
    if head.startswith(("{", "[{")):
        raise FileProblem(file, "expected a table, found JSON", "Declare the layout that reads it.")
    return [_csv(text, file)]


def _csv(text: str, file: str) -> Sheet:
    delimiter = _delimiter(text, file)
    rows, lines, width = [], [], 0
    for line, fields in records(text, file, delimiter):
        width = max(width, len(fields))
        _bounded((len(rows) + 1) * width, width, f"line {line}", file)
        rows.append(fields)
        lines.append(line)
    if not any(any(row) for row in rows):
        raise FileProblem(file, "the file is empty (no line with content)", _AGAIN)
    widths = [len(row) for row in rows]
    return Sheet(None, "csv", [row + [""] * (width - len(row)) for row in rows], lines, widths)


def _delimiter(text: str, file: str) -> str:
    """Comma, tab or semicolon: the one that cuts most of the first lines into the same number of fields, more than one."""
    scores = sorted((_score(text, file, delimiter), delimiter) for delimiter in ",\t;")
    if scores[-1][0] == scores[-2][0] != (0, 0):
        names = {",": "comma", "\t": "tab", ";": "semicolon"}
        found = f"its first lines can be cut by {names[scores[-1][1]]} and by {names[scores[-2][1]]} alike"
        raise FileProblem(file, found, "Save it with one delimiter, and put quotation marks around texts that hold the other.")
    return scores[-1][1] if scores[-1][0] != (0, 0) else ","


def _score(text: str, file: str, delimiter: str) -> tuple[int, int]:
    """(lines of the most usual width, that width), of the first lines; (0, 0) where nothing is cut."""
    widths: list[int] = []
    try:
        for _, fields in records(text[:LONGEST_LINE], file, delimiter):
            if any(fields):
                widths.append(len(fields))
            if len(widths) == HEADING:
                break
    except FileProblem:
        pass  # a quotation mark that is none with this delimiter, or the end of the sample: _csv() tells it
    return max(((widths.count(width), width) for width in set(widths) if width > 1), default=(0, 0))


# Web pages


def _page(text: str, file: str) -> list[Sheet]:
    """The tables of a web page, also one that was saved as .xls. Nothing that it links to is fetched."""
    if len(text) > PAGE:
        raise FileProblem(file, f"the web page is longer than {PAGE:,} characters", _AGAIN)
    if "urn:schemas-microsoft-com:office:spreadsheet" in text[:2_000]:
        raise FileProblem(file, "expected a table, found an XML spreadsheet of 2003", _SAVE)
    tables = _Tables(file)
    # Events instead of a tree: a tree takes quadratic time for an element of many attributes.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, target=tables)
    try:
        # In pieces: a refusal by _Tables is heard only at the end of one.
        for start in range(0, len(text), PIECE):
            parser.feed(text[start : start + PIECE].encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError as problem:
        raise FileProblem(file, f"the web page cannot be read ({problem})", _AGAIN) from problem
    if not tables.found:
        raise FileProblem(file, "expected a table, found a web page without one (an error page?)", _AGAIN)
    opened, closed = (len(re.findall(tag, text, re.IGNORECASE)) for tag in (r"<table\b", r"</table\b"))
    if opened > closed:
        raise FileProblem(file, "the web page is cut off within a table", _AGAIN)
    _bounded(sum(len(table.rows) * table.width() for table in tables.found), 0, "the web page", file)
    sheets = [table.sheet(f"table {number}") for number, table in enumerate(tables.found, 1)]
    return [sheet for sheet in sheets if any(map(any, sheet.rows))]


class _Tables:
    """Receives the elements of a web page and puts the cells into their tables; text of an inner table is not the outer one's."""

    def __init__(self, file: str) -> None:
        self.file, self.depth, self.silent, self.cells = file, 0, 0, 0
        self.found: list[_Table] = []
        self.open: list[_Table] = []

    def start(self, tag: str, attributes: dict) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise FileProblem(self.file, f"the web page nests more than {DEPTH:,} elements", _AGAIN)
        self.silent += tag in ("script", "style")
        if tag == "table":
            self.open.append(_Table(self, len(self.found) + 1))
            self.found.append(self.open[-1])
        elif self.open and tag == "tr":
            self.open[-1].begin_row()
        elif self.open and tag in ("td", "th"):
            self.open[-1].begin_cell(_span(attributes, "colspan"), _span(attributes, "rowspan"))
        elif tag in ("br", "p", "div"):
            self.data(" ")

    def data(self, text: str) -> None:
        if self.open and not self.silent:
            self.open[-1].pieces.append(text)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.silent -= tag in ("script", "style")
        if self.open and tag in ("td", "th"):
            self.open[-1].end_cell()
        elif self.open and tag == "table":
            self.open.pop().end_row()

    def close(self) -> None:
        """Called by the parser at the end of the page."""


def _span(attributes: dict, name: str) -> int:
    digits = re.match(r"\s*(\d{1,12})", attributes.get(name) or "", re.ASCII)
    return max(int(digits[1]), 1) if digits else 1


class _Table:
    """One table in the making: a cell that spans columns or rows gives its text to each."""

    def __init__(self, page: _Tables, number: int) -> None:
        self.page, self.file, self.number = page, page.file, number
        self.rows: list[list[str]] = []
        self.pieces: list[str] = []
        self.cell: tuple[int, int] | None = None
        self.below: dict[int, tuple[str, int]] = {}

    def begin_row(self) -> None:
        self.end_row()
        self.rows.append([])

    def begin_cell(self, columns: int, rows: int) -> None:
        self.end_cell()
        if not self.rows:
            self.rows.append([])
        where = f"table {self.number}, row {len(self.rows)}"
        if columns > COLUMN_SPAN or rows > ROW_SPAN:
            found = f"{where}: a cell spans {columns:,} columns and {rows:,} rows; {COLUMN_SPAN:,} and {ROW_SPAN:,} are the limit"
            raise FileProblem(self.file, found, _AGAIN)
        self._from_above()
        self.cell, self.pieces = (columns, rows), []
        _bounded(self.page.cells + columns, len(self.rows[-1]) + columns, where, self.file)

    def end_cell(self) -> None:
        if self.cell is None:
            return
        (columns, rows), self.cell = self.cell, None
        text = re.sub(r"[ \t\r\n\f\xa0]+", " ", "".join(self.pieces)).strip()
        row = self.rows[-1]
        for _ in range(columns):
            if len(row) in self.below:
                found = f"table {self.number}, row {len(self.rows)}, cell {len(row) + 1} is covered by two cells"
                raise FileProblem(self.file, found, _AGAIN)
            if rows > 1:
                self.below[len(row)] = text, rows
            self._add(text)

    def end_row(self) -> None:
        self.end_cell()
        if not self.rows:
            return
        row = self.rows[-1]
        for column in range(len(row), max(self.below, default=-1) + 1):
            self._add(self.below[column][0] if column in self.below else "")
        _bounded(self.page.cells, len(row), f"table {self.number}", self.file)
        self.below = {column: (text, left - 1) for column, (text, left) in self.below.items() if left > 1}

    def _from_above(self) -> None:
        row = self.rows[-1]
        while len(row) in self.below:
            self._add(self.below[len(row)][0])

    def _add(self, text: str) -> None:
        self.rows[-1].append(text)
        self.page.cells += 1

    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    def sheet(self, name: str) -> Sheet:
        width = self.width()
        rows = [row + [""] * (width - len(row)) for row in self.rows]
        return Sheet(name, "html", rows, list(range(1, len(rows) + 1)), [len(row) for row in self.rows])
