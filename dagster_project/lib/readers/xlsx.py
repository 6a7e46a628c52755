"""Cells of an .xlsx workbook, read from its XML as they are stored.

Libraries that give a table of values lose what decides whether a figure can be trusted: they leave out empty first rows and
columns (the address of a cell is gone), show an error value as an empty cell and a formula as its last result, and allocate the
whole rectangle up to the last cell. Here each cell is met once, in a stream, with its address, type, formula and number format.
"""

import io
import math
import posixpath
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from xml.parsers import expat

from dagster_project.lib.problems import FileProblem

#: Bytes a workbook may have when unpacked. A million numbers take about 30 MB.
UNPACKED = 512_000_000
#: How far one part may be packed, and from what size on this is looked at: sheets of figures reach about 10, a bomb 1,000.
RATIO, RATIO_FROM = 300, 1_000_000
#: Parts of one workbook; real ones have tens.
PARTS = 10_000
#: Characters of one cell; Excel allows 32,767.
LONGEST_CELL = 131_072
#: Elements of all parts together, two for each cell: what is read in about half a minute. A panel of 300 cities, 30 years and 200
#: columns has 4 million.
ELEMENTS = 10_000_000
#: Nested elements; a sheet has six.
DEPTH = 64
#: Bytes of one tag: without a limit its parts are scanned again with every chunk.
LONGEST_TAG = 10_000_000
CHUNK = 65_536
#: What Excel can hold.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_AGAIN = "Download it again from the address in source.yml and replace it."
_SAVE = "Open it, save it as .xlsx under its name, and note that in source.yml."
_ADDRESS = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
#: Half of a surrogate pair is no character: it stays as printed.
_ESCAPED = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")

Grid = dict[int, dict[int, str]]
"""Text of the cells that are not blank: {row: {column: text}}, both from 1."""


def read(content: bytes, file: str) -> list[tuple[str, Grid]]:
    """(name, cells) of every sheet, the visible ones first."""
    with _archive(content, file) as archive:
        return _workbook(_Parts(archive, file), file)


# The archive


def _archive(content: bytes, file: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except Exception as problem:  # zipfile meets damage with whatever error its next step gives
        raise FileProblem(file, f"expected a workbook, found one that is cut off or damaged ({problem})", _AGAIN) from problem


class _Parts:
    """The parts of a package, checked before any of them is read."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self.archive, self.file, self.left = archive, file, ELEMENTS
        infos = archive.infolist()
        self.names = [info.filename for info in infos]
        self._check_names(infos)
        self._check_sizes(infos)
        self._check_content(infos)

    def refuse(self, found: str, remedy: str = _AGAIN) -> FileProblem:
        return FileProblem(self.file, found, remedy)

    def _check_names(self, infos: list[zipfile.ZipInfo]) -> None:
        for info in infos:
            name = info.orig_filename
            if name.startswith(("/", "\\")) or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/"):
                raise self.refuse(f"a part of the workbook is named {name!r}: a path outside of it")
            if info.flag_bits & 0x1:
                raise self.refuse("expected a workbook, found one that is encrypted", "Save it without a password.")
        if len(set(self.names)) < len(self.names):
            raise self.refuse("the workbook holds two parts of the same name")
        if "xl/workbook.xml" not in self.names:
            raise self.refuse(f"expected a workbook, found {_other_package(self.names)}", _SAVE)

    def _check_sizes(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > PARTS:
            raise self.refuse(f"the workbook has {len(infos):,} parts; {PARTS:,} is the limit")
        if sum(info.file_size for info in infos) > UNPACKED:
            raise self.refuse(f"the workbook would unpack to more than {UNPACKED:,} bytes (a zip bomb?)")
        for info in infos:
            if info.file_size > max(RATIO_FROM, RATIO * info.compress_size):
                raise self.refuse(f"the part {info.filename} is packed more than {RATIO} times (a zip bomb?)")

    def _check_content(self, infos: list[zipfile.ZipInfo]) -> None:
        """Every part is unpacked once, so that its checksum is checked; no XML may declare a document type or an entity."""
        for info in infos:
            is_xml, before = info.filename.lower().endswith((".xml", ".rels", ".vml")), b""
            for chunk in self.chunks(info.filename):
                # UTF-16 has a NUL in every such letter; in any other encoding that the parser knows these letters are ASCII.
                seen = before + chunk.replace(b"\0", b"")
                if is_xml and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):
                    raise self.refuse(f"the part {info.filename} declares a document type or entities, which no workbook does")
                before = seen[-10:]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The part's bytes, never more than its declared size."""
        try:
            with self.archive.open(name) as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
        except Exception as problem:  # as above: of the archive, the packing or the part's own head
            raise self.refuse(f"the part {name} of the workbook is damaged ({problem})") from problem

    def elements(self, name: str) -> Iterator[tuple[str, str, str, dict | str]]:
        """("start", tag, parent, attributes) and ("end", tag, parent, own text), tags without namespace, in document order."""
        events: list = []
        parser = _parser(events, self, name)
        fed = 0
        for chunk in self.chunks(name):
            try:
                parser.Parse(chunk, False)
            except (expat.ExpatError, ValueError, LookupError) as problem:
                raise self.refuse(f"the part {name} of the workbook is not well-formed XML ({problem})") from problem
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LONGEST_TAG:
                raise self.refuse(f"the part {name} of the workbook has a tag longer than {LONGEST_TAG:,} bytes")
            yield from events
            events.clear()
        try:
            parser.Parse(b"", True)
        except expat.ExpatError as problem:
            raise self.refuse(f"the part {name} of the workbook is cut off ({problem})") from problem
        yield from events


def _other_package(names: list[str]) -> str:
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)"
    if "content.xml" in names:
        return "an OpenDocument file"
    return "a document of another program" if "[Content_Types].xml" in names else "a zip archive with other files"


def _parser(events: list, parts: _Parts, name: str) -> expat.XMLParserType:
    stack: list[tuple[str, list[str]]] = []

    def start(qualified: str, attributes: dict) -> None:
        tag = qualified.rpartition(" ")[2]
        parts.left -= 1
        if parts.left < 0:
            raise parts.refuse(
                f"the workbook has more than {ELEMENTS:,} cells, rows and other elements", "Save its table as CSV."
            )
        if len(stack) >= DEPTH:
            raise parts.refuse(f"the part {name} of the workbook nests more than {DEPTH} elements")
        parent = stack[-1][0] if stack else ""
        stack.append((tag, []))
        events.append(("start", tag, parent, attributes))

    def data(text: str) -> None:
        tag, pieces = stack[-1]
        if tag not in ("t", "v", "f"):
            return
        pieces.append(text)
        if sum(map(len, pieces)) > LONGEST_CELL:
            raise parts.refuse(f"the part {name} of the workbook has a cell of more than {LONGEST_CELL:,} characters")

    def end(_qualified: str) -> None:
        tag, pieces = stack.pop()
        events.append(("end", tag, stack[-1][0] if stack else "", "".join(pieces)))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, data, end
    return parser


# The workbook


def _workbook(parts: _Parts, file: str) -> list[tuple[str, Grid]]:
    listed, epoch = [], 0
    for event, tag, _, attributes in parts.elements("xl/workbook.xml"):
        if event == "start" and tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            listed.append((attributes.get("state", "visible") != "visible", attributes.get("name", ""), relation))
        elif event == "start" and tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epoch = 1462  # days between 1900 and 1904, from which such a workbook counts
    related = _relations(parts)
    strings = [text for kind, target in related.values() if kind == "sharedStrings" for text in _strings(parts, target)]
    formats = [code for kind, target in related.values() if kind == "styles" for code in _formats(parts, target)]
    sheets = []
    for _, name, relation in sorted(listed, key=lambda sheet: sheet[0]):
        kind, target = related.get(relation, ("", ""))
        if kind == "worksheet":
            sheets.append((name, _Reading(parts, name, strings, formats, epoch).grid(target)))
        elif not kind.endswith("sheet"):  # chartsheet and dialogsheet hold no cells
            raise parts.refuse(f"the sheet {name!r} is listed, but the workbook does not hold it")
    return sheets


def _relations(parts: _Parts) -> dict[str, tuple[str, str]]:
    """{id: (kind, part)} of the workbook; a target outside of the workbook is never followed."""
    part = "xl/_rels/workbook.xml.rels"
    if part not in parts.names:
        raise parts.refuse(f"the workbook lacks its part {part}")
    related = {}
    for event, tag, _, attributes in parts.elements(part):
        if event == "start" and tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))[1:]
            if kind in ("worksheet", "sharedStrings", "styles") and target not in parts.names:
                raise parts.refuse(f"the workbook lacks its part {target}")
            related[attributes.get("Id", "")] = (kind, target)
    return related


def _strings(parts: _Parts, part: str) -> Iterator[str]:
    pieces: list[str] = []
    for event, tag, parent, value in parts.elements(part):
        if event == "end" and tag == "t" and parent in ("si", "r"):  # a t below rPh is the pronunciation
            pieces.append(value)
        elif event == "end" and tag == "si":
            yield _plain("".join(pieces))
            pieces.clear()


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).strip()


# Number formats

_BUILT_IN = {9: "0%", 10: "0.00%", 17: "yyyy-mm", 22: "yyyy-mm-dd h:mm"}
_BUILT_IN |= dict.fromkeys([14, 15, 16, 28, 29, 30, 31, 51, 53, 54, 58], "yyyy-mm-dd")
_BUILT_IN |= dict.fromkeys([27, 36, 50, 52, 57], "yyyy-mm")
_BUILT_IN |= dict.fromkeys([18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56], "h:mm")
_LITERAL = re.compile(r'"[^"]*"|[\\!_*].|\[[^\]]*\]')


def _formats(parts: _Parts, part: str) -> Iterator[str]:
    """The number format of every cell style, in their order."""
    codes = dict(_BUILT_IN)
    for event, tag, parent, attributes in parts.elements(part):
        if event == "start" and tag == "numFmt" and parent == "numFmts":
            codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif event == "start" and tag == "xf" and parent == "cellXfs":
            yield codes.get(_whole(attributes.get("numFmtId")), "")


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def shown(value: float, code: str, epoch: int = 0) -> str:
    """A stored number as text: a date as ISO, as far as its format shows it, a percentage with its sign.

    A format that shows another size than the one stored (万 after the figure, a scaling comma) is kept beside the number,
    which then is no number for any reader: whether the unit in the heading counts it cannot be known.
    """
    number, kind = plain_number(value), _kind(code)
    if kind == "number":
        return number
    if kind == "percent":
        return f"{(Decimal(number) * 100).normalize():f}%"
    if kind == "other size":
        return f"{number}〔格式 {code}〕"
    return _date(value + epoch, kind) or number


@lru_cache(maxsize=1_000)
def _kind(code: str) -> str:
    """What a number format shows: number, percent, other size, or the parts of a moment (year, month, day, time)."""
    bare = _LITERAL.sub("", code.partition(";")[0]).lower()
    if "%" in bare:
        return "percent"
    if re.search("[ymdhs]", bare) and "general" not in bare:
        has_time = "h" in bare or "s" in bare
        if "y" not in bare and "d" not in bare and has_time:
            return "time"
        return "day" if "d" in bare or has_time or "y" not in bare else "month" if "m" in bare else "year"
    if re.search(r"[0#?],+(?![0#?,])", bare) or re.search(r'["!\\]\.', code) or re.search("[万亿千百萬億‰]", code):
        return "other size"
    return "number"


def plain_number(value: float) -> str:
    """2018.0 as 2018; anything else in the shortest form that gives the same number again."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _date(days: float, kind: str) -> str | None:
    if not 0 <= days < (1 if kind == "time" else 2_958_466):  # the last day of 9999
        return None
    # Excel counts a 29 February 1900 that was none.
    moment = datetime(1899, 12, 30 if days >= 60 else 31) + timedelta(seconds=round(days * 86_400))
    if kind == "day" and moment.time() != time():
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return moment.strftime({"time": "%H:%M:%S", "year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[kind])


# One sheet


class _Reading:
    """The cells of one sheet, met one after the other."""

    def __init__(self, parts: _Parts, sheet: str, strings: list[str], formats: list[str], epoch: int) -> None:
        self.parts, self.sheet, self.strings, self.formats, self.epoch = parts, sheet, strings, formats, epoch
        self.cells: Grid = {}
        self.row = self.column = 0
        self.shared: dict[str, str] = {}
        self.arrays: list[tuple[int, int, int, int, str]] = []

    def grid(self, part: str) -> Grid:
        cell: dict = {}
        value, formula, pieces = "", None, []
        for event, tag, parent, data in self.parts.elements(part):
            if event == "start" and tag == "row" and parent == "sheetData":
                self._next_row(data)
            elif event == "start" and tag == "c" and parent == "row":
                cell, value, formula, pieces = data, "", None, []
                self._next_cell(data)
            elif event == "start" and tag == "f" and parent == "c":
                formula = data
            elif event == "end" and tag == "f" and parent == "c":
                formula = self._formula(formula, data)
            elif event == "end" and tag == "v" and parent == "c":
                value = data
            elif event == "end" and tag == "t" and parent in ("is", "r"):
                pieces.append(data)
            elif event == "end" and tag == "c" and parent == "row":
                self._keep(formula if formula is not None else self._text(cell, value, pieces))
        self._spill()
        return self.cells

    def _refuse(self, found: str) -> FileProblem:
        return self.parts.refuse(f"{self.sheet}!{letters(self.column)}{self.row}: {found}")

    def _next_row(self, attributes: dict) -> None:
        self.row = _whole(attributes["r"]) if "r" in attributes else self.row + 1
        self.column = 0
        if not 1 <= self.row <= LAST_ROW:
            raise self.parts.refuse(f"the sheet {self.sheet!r} has a row of the number {attributes.get('r', self.row)}")

    def _next_cell(self, attributes: dict) -> None:
        if "r" in attributes:
            row, self.column = self._address(attributes["r"])
            if row != self.row:
                raise self._refuse(f"a cell of row {row} stands inside row {self.row}")
        else:
            self.column += 1
        if not 1 <= self.column <= LAST_COLUMN:
            raise self.parts.refuse(f"the sheet {self.sheet!r} has a cell in column {self.column:,} of row {self.row}")

    def _address(self, reference: str) -> tuple[int, int]:
        found = _ADDRESS.match(reference)
        if found is None:
            raise self.parts.refuse(f"the sheet {self.sheet!r} has a cell with the address {reference[:40]!r}")
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        return int(found[2]), column

    def _formula(self, attributes: dict, text: str) -> str:
        shared = attributes.get("si", "") if attributes.get("t") == "shared" else None
        if shared is not None:
            text = self.shared.setdefault(shared, text)
        elif "ref" in attributes:
            first, _, last = attributes["ref"].partition(":")
            self.arrays.append((*self._address(first), *self._address(last or first), f"={text.strip()}"))
        return f"={text.strip()}"

    def _text(self, attributes: dict, value: str, pieces: list[str]) -> str:
        kind = attributes.get("t", "n")
        if kind == "s":
            index = _whole(value.strip())
            if not 0 <= index < len(self.strings):
                raise self._refuse(f"the text number {value[:20]!r} of the workbook does not exist")
            return self.strings[index]
        if kind == "inlineStr":
            return _plain("".join(pieces))
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value.strip(), value.strip())
        return self._number(attributes, value.strip()) if kind == "n" else _plain(value)

    def _number(self, attributes: dict, value: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        if not math.isfinite(number) or "_" in value:
            return value
        style = _whole(attributes.get("s", "0"))
        return shown(number, self.formats[style] if 0 <= style < len(self.formats) else "", self.epoch)

    def _keep(self, text: str) -> None:
        if self.column in self.cells.get(self.row, {}):
            raise self._refuse("the cell stands twice in the sheet")
        if text:
            self.cells.setdefault(self.row, {})[self.column] = text

    def _spill(self) -> None:
        """Cells filled by a formula that stands in the first of them carry only its results."""
        for top, left, bottom, right, formula in self.arrays:
            for row in self.cells.keys() & range(top, bottom + 1):
                for column in self.cells[row].keys() & range(left, right + 1):
                    self.cells[row][column] = formula


def letters(column: int) -> str:
    """3 as C."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
