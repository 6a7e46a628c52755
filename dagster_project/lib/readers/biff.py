"""A program of its own: an .xls workbook on standard input, one line of JSON for each row of its sheets on standard output.

The library xlrd reads every .xls that publishers make, but trusts it: one record can send it round for ever or make it fill the
memory. So xls.py runs it here, within limits that the system keeps (arguments: bytes of memory, seconds of computing, characters
of output: a long text is stored once, however many cells show it), and without the rest of the project, which would cost time.

A line is [number of the sheet, name, is hidden, days from 1900 to the first that it counts, row, cells]; a cell is [column, text
or number, number format, is a formula]. A last line `null` says that nothing is missing. Damage ends the program with what was
found on standard error and status 1.
"""

import io
import json
import resource
import struct
import sys
from collections.abc import Iterator

import xlrd

_FORMULA, _BEGIN, _END = (0x0006, 0x0206, 0x0406), (0x0809, 0x0409), 0x000A


def rows(content: bytes) -> Iterator[list]:
    """The lines of one workbook, see above."""
    book = xlrd.open_workbook(
        file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True, on_demand=True
    )
    for number in range(book.nsheets):
        sheet, formulas = book.sheet_by_index(number), _formulas(book, number)
        for row in range(sheet.nrows):
            cells = [
                [column + 1, *_content(book, cell), column in formulas.get(row, ())]
                for column, cell in enumerate(sheet.row(row))
                if cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
            ]
            if cells:
                yield [number, sheet.name, sheet.visibility != 0, 1462 if book.datemode else 0, row + 1, cells]
        book.unload_sheet(number)


def _content(book: xlrd.Book, cell: xlrd.sheet.Cell) -> tuple[str | float, str]:
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return cell.value, book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return ("TRUE" if cell.value else "FALSE"), ""
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#ERROR!"), ""
    return cell.value, ""


def _formulas(book: xlrd.Book, number: int) -> dict[int, set[int]]:
    """{row: columns}, from 0, of the cells that hold a formula, which xlrd shows as its last result."""
    found: dict[int, set[int]] = {}
    position, depth = book._sh_abs_posn[number], 0
    while position + 4 <= len(book.mem):
        record, length = struct.unpack_from("<HH", book.mem, position)
        depth += (record in _BEGIN) - (record == _END)
        if depth <= 0:
            break
        if record in _FORMULA and depth == 1:
            row, column = struct.unpack_from("<HH", book.mem, position + 4)
            found.setdefault(row, set()).add(column)
        position += 4 + length
    return found


def main(memory: int, seconds: int, characters: int) -> None:
    """Reads standard input within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        for line in map(json.dumps, rows(sys.stdin.buffer.read())):
            characters -= len(line)
            if characters < 0:
                raise ValueError("too many characters in its cells")
            print(line)
        print("null")
    except Exception as problem:  # xlrd meets damage with whatever error its next step gives
        sys.exit(f"{type(problem).__name__}: {problem}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
