"""The heading block of a table: what each column is called, over as many rows and merged cells as the publisher needed.

A merged cell leaves its text in its first cell only, so in every row but the last a blank is filled from the left, as long as the
cell above is the same; nothing is filled downward. A column then has a path of headings, from the top down.
"""

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from dagster_project.lib.numbers import parse
from dagster_project.lib.periods import half_width
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.spelling import simplified

#: Rows in which the heading block must begin.
SEARCHED = 60
_BRACKETS = re.compile(r"\(([^()]*)\)")
_UNIT_WORD = re.compile(r"^(?:计量)?单位:")
#: What is plainly a unit, registered or not; (法人) and (个人) are none.
LIKE_A_UNIT = re.compile(r"(?:元|吨|箱|TEU|%)$|(?:^|[十百千万亿])人次?$|^[十百千万亿]+(?:元|美元|吨|人|标|TEU|架|辆|件)|^%")
_TABLE_NUMBER = re.compile(r"^\d+[-—–]\d+")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_HAN_WORD = re.compile(f"[{_HAN}]")
#: After the last Chinese character a word with a small letter: the English heading. 人均GDP has none.
_ENGLISH = re.compile(rf"(?<=[{_HAN}])([^A-Za-z{_HAN}]*)[A-Za-z][^{_HAN}]*$")
_DECLARATION = "Correct `options` in source.yml; if the publisher changed the layout, the declaration must follow."


@dataclass(frozen=True)
class Element:
    """One heading: its name without spaces, brackets and English, and what its brackets hold (of 增长%: %)."""

    name: str
    brackets: tuple[str, ...]

    def fits(self, wanted: "Element") -> bool:
        """Whether this is the heading that a declaration names."""
        return self.name == wanted.name and set(wanted.brackets) <= set(self.brackets)

    def fits_group(self, wanted: "Element") -> bool:
        """The same, past a table number: 2-13 对外经济贸易 moves to 2-12 in another edition."""
        return self.fits(wanted) or Element(_TABLE_NUMBER.sub("", self.name), self.brackets).fits(wanted)


@lru_cache(maxsize=10_000)
def element(text: str) -> Element:
    """The heading that a cell prints."""
    plain = half_width(text)
    outside = _BRACKETS.sub(lambda match: " " * len(match[0]), plain)
    english = _ENGLISH.search(outside)
    if english and re.search("[a-z]", english[0]):
        plain = plain[: english.end(1)]
    name = plainly(_BRACKETS.sub("", plain))
    brackets = [_UNIT_WORD.sub("", plainly(content)) for content in _BRACKETS.findall(plain)]
    if name.endswith("%"):
        name, brackets = name[:-1], [*brackets, "%"]
    return Element(name, tuple(content for content in brackets if content))


def plainly(text: str) -> str:
    """A text half-width, simplified and without spaces; a footnote mark in it stays one."""
    return simplified("".join(half_width(text).split()))


def folded(text: str) -> str:
    """A text as regular expressions of a declaration see it: half-width, simplified, single spaces."""
    return " ".join(plainly(word) for word in text.split())


def expression(declared: str) -> re.Pattern:
    """A declared regular expression, folded likewise: a full-width bracket in it stands for itself."""
    return re.compile("".join(c if plainly(c) in (c, "") else re.escape(plainly(c)) for c in declared))


def begins(sheet, declared: str) -> tuple[int, int] | None:
    """(row, column) of the first cell that reads the declared heading, or null."""
    wanted = element(declared)
    for row, cells in enumerate(sheet.rows[:SEARCHED]):
        for column, text in enumerate(cells):
            if text and element(text).fits(wanted):
                return row, column
    return None


class Headings:
    """The heading block of a sheet. `body`: the row after it.

    `paths`: the headings of each column, from the top down; `origins`: the cells (row, column) that they are printed in.
    """

    def __init__(self, sheet, declared: dict, file: str) -> None:
        self.sheet, self.file = sheet, file
        self.first = element(declared["first"])
        self.start, self.column = self._begin(declared["first"])
        self.body = self._end(declared)
        filled = [row for row in range(self.start) if any(sheet.rows[row])]
        above = filled[len(filled) - declared["above"] :] if declared["above"] else []
        self.rows = above + [row for row in range(self.start, self.body) if any(sheet.rows[row])]
        width = len(sheet.rows[self.start])
        self.paths: list[list[Element]] = [[] for _ in range(width)]
        self.origins: list[list[tuple[int, int]]] = [[] for _ in range(width)]
        self._read_paths()

    def _begin(self, declared: str) -> tuple[int, int]:
        if found := begins(self.sheet, declared):
            return found
        raise FileProblem(
            self.file,
            f"sheet {self.sheet.name!r}: no cell of the first {SEARCHED} rows reads {declared!r} (heading.first)",
            _DECLARATION,
        )

    def _end(self, declared: dict) -> int:
        """The first row below the block."""
        if declared["rows"]:
            return min(self.start + declared["rows"], len(self.sheet.rows))
        for row in range(self.start + 1, len(self.sheet.rows)):
            text = self.sheet.rows[row][self.column]
            if text and not element(text).fits(self.first):
                return row
        return len(self.sheet.rows)

    def _read_paths(self) -> None:
        parents: list[int | None] = [None] * len(self.paths)
        for row in self.rows:
            parents = self._merged(row, parents)
            for column, origin in enumerate(parents):
                found = None if origin is None else element(self.sheet.rows[row][origin])
                if found and found not in self.paths[column][-1:]:
                    self.paths[column].append(found)
                    self.origins[column].append((row, origin))

    def _merged(self, row: int, parents: list[int | None]) -> list[int | None]:
        """For each column the column whose text of this row holds for it: its own, or that of a merged cell to its left.

        Exports repeat the text of a merged cell instead of leaving blanks: that is one cell too.
        """
        texts, origins = self.sheet.rows[row], []
        for column, text in enumerate(texts):
            may_be = column and row != self.rows[-1] and parents[column] == parents[column - 1]
            same = may_be and (not text or (origins[-1] is not None and text == texts[origins[-1]]))
            origins.append(origins[-1] if same else column if text else None)
        return origins

    def is_repeated(self, row: int) -> bool:
        """Whether a row of the body prints the heading again, as on a new page. Other headings begin another table."""
        text = self.sheet.rows[row][self.column]
        if not text or not element(text).fits(self.first):
            return False
        if self.sheet.rows[row] == self.sheet.rows[self.start]:
            return True
        where = self.sheet.locator(row, self.column, text)
        raise FileProblem(
            self.file, f"{where}: a second heading, so the sheet holds several tables", "Give each table a file of its own."
        )

    def find(self, heading: str, within: str | None = None) -> int:
        """The one column that a declaration names. Raises FileProblem for none and for several."""
        wanted, group = element(heading), element(within) if within else None
        under = [column for column in range(len(self.paths)) if self._under(column, wanted, group)]
        found = [column for column in under if self._is_named(column, wanted, group)]
        if len(found) == 1:
            return found[0]
        told = f"{heading!r}" + (f" within {within!r}" if within else "")
        if under:
            cells = "; ".join(self.cell(column) for column in (found or under)[:8])
            what = f"{len(found)} columns are headed {told}" if found else f"what is headed {told} is divided further"
            raise FileProblem(
                self.file, f"{what}: {cells}", "Name the lowest heading of the column, and tell it apart by `within`."
            )
        cells = "; ".join(self._nearest(wanted)) or "none is like it"
        raise FileProblem(self.file, f"no column is headed {told}; nearest: {cells}", _DECLARATION)

    def _under(self, column: int, wanted: Element, group: Element | None) -> list[int]:
        """Where in the path of a column the declared heading stands, with the declared group in another place of it."""
        path = self.paths[column]
        return [
            at
            for at, part in enumerate(path)
            if part.fits(wanted) and (group is None or any(other.fits_group(group) for other in path[:at] + path[at + 1 :]))
        ]

    def _is_named(self, column: int, wanted: Element, group: Element | None) -> bool:
        """Whether the column is all that its declared heading covers, or what is below that heading is declared too.

        常住人口 stands over 全市, and over 城镇常住人口 over 全市: a part of what is divided has to be named itself.
        """
        for at in self._under(column, wanted, group):
            below = [part for part in self.paths[column][at + 1 :] if not (group and part.fits_group(group))]
            is_divided = sum(self.origins[column][at] in origins for origins in self.origins) > 1
            if not is_divided or not any(_HAN_WORD.search(part.name) for part in below):
                return True
        return False

    def cell(self, column: int) -> str:
        """A column as a person finds it: its headings, and the address of the lowest."""
        row = next((row for row in reversed(self.rows) if self.sheet.rows[row][column]), self.start)
        names = [part.name or "、".join(part.brackets) for part in self.paths[column]]
        named = "/".join([name for name in names if _HAN_WORD.search(name)] or names)
        return f"{named} ({self.sheet.locator(row, column, named)})"

    def _nearest(self, wanted: Element) -> list[str]:
        """The columns, at most five, with a heading most like a declared one."""
        likeness = {
            column: max((difflib.SequenceMatcher(None, wanted.name, part.name).ratio() for part in path), default=0)
            for column, path in enumerate(self.paths)
        }
        near = sorted(column for column, share in likeness.items() if share >= 0.4)
        return [self.cell(column) for column in sorted(near, key=likeness.__getitem__, reverse=True)[:5]]

    def unit(self, column: int, known: frozenset[str]) -> str | None:
        """The unit printed in the headings of a column: the nearest bracket that holds one, going up; none may be unknown."""
        for part, printed in zip(reversed(self.paths[column]), reversed(self.printed(column)), strict=True):
            for bracket in sorted(set(part.brackets) - known):
                if LIKE_A_UNIT.search(bracket) or f"单位:{bracket}" in plainly(printed):
                    raise FileProblem(
                        self.file,
                        f"{self.cell(column)} is headed ({bracket}), a unit that seeds/units.csv does not know",
                        "Register it there, as printed.",
                    )
            units = sorted(set(part.brackets) & known)
            if len(units) > 1:
                raise FileProblem(
                    self.file, f"the heading of {self.cell(column)} gives several units: {'、'.join(units)}", _DECLARATION
                )
            if units:
                return units[0]
        return None

    def printed(self, column: int) -> list[str]:
        """The texts of the headings of a column as printed, from the top down."""
        return [self.sheet.rows[row][origin] for row, origin in self.origins[column]]

    def above(self, declared: str) -> str:
        """What a declared expression finds in the cells above the heading block, or else in the block; one text only."""
        pattern = expression(declared)
        for rows in (range(self.start), self.rows):
            texts = [folded(text) for row in rows for text in self.sheet.rows[row] if text]
            found = sorted({match[1].strip() for text in texts if (match := pattern.search(text))})
            if len(found) > 1:
                raise FileProblem(self.file, f"above: {declared!r} finds several texts: {'、'.join(found)}", _DECLARATION)
            if found and found[0]:
                return found[0]
        raise FileProblem(self.file, f"above: no cell above the figures fits {declared!r}", _DECLARATION)

    def no_figures(self, columns: list[int]) -> None:
        """A line of figures whose first cell was left blank must not pass for a heading."""
        for row in self.rows:
            figures = [column for column in columns if row > self.start and parse(self.sheet.rows[row][column])[0] is not None]
            if figures:
                where = self.sheet.locator(row, figures[0], self.cell(figures[0]))
                raise FileProblem(
                    self.file,
                    f"{where}: a figure between the headings, with nothing under {self.sheet.rows[self.start][self.column]!r}",
                    "Give the number of heading rows (heading.rows), or correct the file.",
                )
