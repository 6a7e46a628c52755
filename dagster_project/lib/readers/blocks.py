"""A CSV of any size in blocks of whole lines: read in bulk where that is exact, line by line where it might not be."""

from codecs import BOM_UTF8
from collections.abc import Iterator

import polars as pl

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import LONGEST_LINE, characters, decode, records, rows

#: Bytes of one block: about a million lines.
BLOCK = 16 * 2**20
#: A larger file is taken as UTF-8 if it begins as such, without looking at all of it first.
SMALL = 4 * 2**20
#: A file in another encoding is taken into memory as a whole; beyond this it has to be converted first.
LARGEST_RECODED = 256 * 2**20

_MARK = "end of line"


def utf8(content, file: str):
    """The content in UTF-8: itself where it is too large to be anything else, or a copy that is sure to be.

    `content` is bytes, or anything that is sliced and searched like bytes.
    """
    head = content[:SMALL]
    if len(content) > SMALL:
        whole_lines = head[: head.rfind(b"\n") + 1] or head
        try:
            whole_lines.decode()
        except UnicodeDecodeError:
            if len(content) > LARGEST_RECODED:
                raise FileProblem(file, "it is large and not in UTF-8", "Convert it to UTF-8 and declare it as such.") from None
        else:
            decode(whole_lines, file)
            return content
    return decode(content[:], file).encode()


def heading(content, file: str) -> tuple[int, list[str]]:
    """(line number, fields) of the first line that is not blank."""
    start = line = 0
    while start < len(content):
        end, line = _end_of_line(content, start, file), line + 1
        printed = content[start:end].lstrip(BOM_UTF8).strip()
        if printed.strip(b', "'):
            return line, rows(decode(printed, file), file)[0][1]
        start = end
    raise FileProblem(file, "the file is empty (no line with content)", "Download it again from the address in source.yml.")


def tables(content, file: str, first: int, header: list[str], wanted: list[str]) -> Iterator[pl.DataFrame]:
    """Frames of text: `line` (number in the file), the wanted columns of the heading in line `first`, `width` (fields of a line).

    Fields may carry blanks around them; blank lines are left out. Raises FileProblem where the file is no CSV.
    """
    line = 1
    for block in _blocks(content, file):
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        frame = _in_bulk(block, header, wanted, count, line - 1)
        if frame is None:
            frame = _line_by_line(block, file, header, line - 1).select(*wanted, "line", "width")
        frame = frame.filter(pl.col("line") > first)
        if frame.height:
            yield frame
        line += count


def _blocks(content, file: str) -> Iterator[bytes]:
    """The content in blocks that end at the end of a line, outside quotation marks."""
    start = 0
    while start < len(content):
        end = start + BLOCK
        while True:
            end = _end_of_line(content, end, file) if end < len(content) else len(content)
            block = content[start:end]
            if block.count(b'"') % 2 == 0 or end == len(content):
                break
            end += 1
        yield block
        start = end


def _end_of_line(content, start: int, file: str) -> int:
    """Where the line that `start` lies in ends, its line feed included."""
    end = content.find(b"\n", start, start + LONGEST_LINE)
    if end < 0 and start + LONGEST_LINE < len(content):
        raise FileProblem(file, f"a line is longer than {LONGEST_LINE:,} bytes", "Compare it with the publisher's file.")
    return len(content) if end < 0 else end + 1


def _in_bulk(block: bytes, header: list[str], wanted: list[str], lines: int, before: int) -> pl.DataFrame | None:
    """The block by polars, or null where a line may not be what polars takes it for.

    A line of too few fields is filled up without a word, and a line break inside quotation marks shifts all numbers after it. So
    a mark is put at the end of every line: only if each of the `lines` lines has it in a last column of its own is all well.
    """
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
        if b"\r" in block:
            return None
    schema = dict.fromkeys([*header, _MARK], pl.String)
    marked = (block if block.endswith(b"\n") else block + b"\n").replace(b"\n", b",#\n")
    try:
        text = pl.scan_csv(marked, has_header=False, schema=schema, empty_string_is_null=False, extra_columns="raise")
        frame = text.select(*wanted, _MARK).collect()
    except pl.exceptions.PolarsError:
        return None
    if frame.height != lines or not (frame[_MARK] == "#").all():
        return None
    # It may be a blank line, which is no line of the table.
    if frame.select(pl.all_horizontal(pl.col(wanted[:2]).str.strip_chars() == "").any()).item():
        return None
    number = pl.int_range(before + 1, before + lines + 1, dtype=pl.Int64)
    return frame.drop(_MARK).with_columns(line=number, width=pl.lit(len(header), dtype=pl.Int64))


def _line_by_line(block: bytes, file: str, header: list[str], before: int) -> pl.DataFrame:
    """The block by the csv module, with the number of fields that each line really has."""
    found = [(line, fields) for line, fields in records(characters(block, file), file, before=before) if any(fields)]
    columns = {name: [fields[place] if place < len(fields) else "" for _, fields in found] for place, name in enumerate(header)}
    numbers = {"line": [line for line, _ in found], "width": [len(fields) for _, fields in found]}
    schema = dict.fromkeys(header, pl.String) | {"line": pl.Int64, "width": pl.Int64}
    return pl.DataFrame(columns | numbers, schema=schema)
