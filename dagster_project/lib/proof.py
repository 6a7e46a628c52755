"""A publication as it lies on disk beside what was read from it: is it the same file, and what stands in the cell?

Reads by itself, without the readers that made the figure: a proof by the same code would repeat its mistakes.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dagster_project.lib.house import sha256

_LINE = re.compile(r"^line (\d+)(?:, col (.+))?$")
#: What a scraped table adds to a heading that stands over several columns.
_REPEATED = re.compile(r"\.\d+$")
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
#: Lines in which the headings of a table may stand.
HEADING_LINES = 12


@dataclass(frozen=True)
class Proof:
    """`same`: whether the file has the SHA-256 it was read with, null where there is no such file; the fields of the line; which
    of them is the cell (from 0), null where the headings do not tell."""

    same: bool | None
    fields: list[str]
    cell: int | None = None


def look_up(path: Path, expected_sha256: str, locator: str) -> Proof:
    """The line that a locator such as `line 42, col 出口 3月` names, read again from the file. Workbooks are only compared."""
    if not path.is_file():
        return Proof(None, [])
    if sha256(path) != expected_sha256:
        return Proof(False, [])
    match = _LINE.match(locator)
    if not match or path.suffix.lower() != ".csv":
        return Proof(True, [])
    try:
        return _found(path, int(match[1]), match[2])
    except (UnicodeDecodeError, csv.Error):
        # In another encoding, or no comma-separated text: the checksum is all that can be said.
        return Proof(True, [])


def _found(path: Path, wanted: int, heading: str | None) -> Proof:
    headings: list[list[str]] = []
    for line, fields in _records(path):
        if line == wanted:
            return Proof(True, fields, _column(headings, heading) if heading else None)
        if line > wanted:
            break
        if len(headings) < HEADING_LINES:
            headings.append(fields)
    return Proof(True, [])


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number it begins at, fields) of each record."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    reader, end = csv.reader(io.StringIO(text, newline="")), 0
    for fields in reader:
        start, end = end + 1, reader.line_num
        yield start, [field.strip() for field in fields]


def _column(headings: list[list[str]], wanted: str) -> int | None:
    """The one column under this heading, which may stand in one line or in two lines one below the other; where columns have no
    heading, `col 3` is the third."""
    for clean in (_as_it_is, _bare):
        one_line = {index for fields in headings for index, field in enumerate(fields) if clean(field) == clean(wanted)}
        two_lines = {
            index
            for upper, lower in pairwise(headings)
            for index, pair in enumerate(zip(upper, lower, strict=False))
            if clean(" ".join(_REPEATED.sub("", part) for part in pair)) == clean(wanted)
        }
        for found in (one_line, two_lines):
            if len(found) == 1:
                return found.pop()
            if found:
                return None
    return int(wanted) - 1 if wanted.isdecimal() else None


def _as_it_is(heading: str) -> str:
    return heading


def _bare(heading: str) -> str:
    """A heading without spaces and without what it has in brackets, mostly the unit: a declaration may leave both out."""
    return "".join(_BRACKETS.sub("", unicodedata.normalize("NFKC", heading)).split())
