"""A sheet that the office gave out and a city returns: found by its mark, which what it prints for people must agree with.

The mark holds the kind of form, area, period and a digest of what must not be changed. readers/form.py (figures) and
readers/project_form.py (projects) read what stands in it.
"""

import calendar
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from dagster_project.lib import chinese
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.sheets import Sheet, open_sheets

AREA_LINE, PERIOD_LINE = "填报地区", "报告期"
FILLED_BY, CHECKED_BY, FILLED_ON = "填报人", "审核人", "填报日期"

_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00:00)?$", re.ASCII)
_AGAIN = "Have the city put it right, or fill in a fresh form (openecon form)."


def mark(form: str, area: str, period: str, parts: Iterable[str]) -> str:
    """What a form says of itself to its reader; a changed area, period or part no longer fits it."""
    whole = "\n".join([form, area, period, *sorted(parts)])
    return f"{form} {area} {period} {hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def last_day(period: str) -> date:
    """The last day of a year or month: 2025-08 ends on 2025-08-31."""
    year, _, month = period.partition("-")
    return date(int(year), int(month or 12), calendar.monthrange(int(year), int(month or 12))[1])


def plain(text: str) -> str:
    """A text without spaces, line breaks and full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def day(text: str) -> date | None:
    """The day that a cell holds as a date or as text (2025-09-10, 2025年9月10日), or null."""
    match = _DAY.match(plain(text))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


class MarkedSheet:
    """The one sheet of a file that bears the mark of a kind of form, with the area and period it is of."""

    def __init__(self, content: bytes, file: str, form: str) -> None:
        self.file, self.form = file, form
        self.sheet, self.area, self.period, self.digest = self._find(open_sheets(content, file))
        self.place, _ = self._printed(AREA_LINE, self.area, within=True)
        self._printed(PERIOD_LINE, chinese.period(self.period, "period"))

    def check_mark(self, parts: Iterable[str]) -> None:
        """Raise FileProblem where the parts are not those that the mark was made of."""
        if mark(self.form, self.area, self.period, parts) != f"{self.form} {self.area} {self.period} {self.digest}":
            raise self.problem("the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed")

    def filled_on(self) -> date:
        """The day the form was filled in, with both names beside it."""
        for who in (FILLED_BY, CHECKED_BY):
            self._beside(who)
        printed, where = self._beside(FILLED_ON)
        found = day(printed)
        if found is None:
            raise self.problem(f"{where}: {FILLED_ON} {printed!r} is not a day such as 2025-09-10")
        if found < last_day(self.period):
            raise self.problem(f"{where}: {FILLED_ON} {found} lies before the end of the period {self.period} it reports")
        return found

    def heading(self, first: str, needed: Iterable[str]) -> tuple[int, dict[str, int]]:
        """The row of the headings, which `first` is one of, and the column of each heading needed."""
        for row, texts in enumerate(self.sheet.rows):
            headings = [plain(text.split("\n")[0]) for text in texts]
            if plain(first) in headings:
                wrong = sorted(name for name in needed if headings.count(plain(name)) != 1)
                if wrong:
                    raise self.problem(f"the heading row lacks or repeats {'、'.join(wrong)}")
                return row, {name: headings.index(plain(name)) for name in needed}
        raise self.problem(f"no heading row with {first}")

    def text(self, row: int, column: int) -> str:
        texts = self.sheet.rows[row]
        return texts[column].strip() if column < len(texts) else ""

    def where(self, row: int, column: int, heading: str) -> str:
        return self.sheet.locator(row, column, heading)

    def problem(self, found: str) -> FileProblem:
        return FileProblem(self.file, found, _AGAIN)

    def _find(self, sheets: list[Sheet]) -> tuple[Sheet, str, str, str]:
        pattern = re.compile(rf"{re.escape(self.form)} (\S+) (\d{{4}}(?:-(?:0[1-9]|1[0-2]))?) ([0-9a-f]{{16}})")
        found = [
            (sheet, *match.groups())
            for sheet in sheets
            for row in sheet.rows
            for text in row
            if (match := pattern.search(unicodedata.normalize("NFKC", text)))
        ]
        if len(found) != 1:
            raise self.problem(
                "the mark of a form made by `openecon form` is not in it" if not found else "it holds more than one form"
            )
        return found[0]

    def _printed(self, label: str, expected: str, within: bool = False) -> tuple[str, str]:
        """The text of a cell 「label：text（more）」 in its two parts; the first (or what is in brackets) must be as expected."""
        for row, texts in enumerate(self.sheet.rows):
            for column, text in enumerate(texts):
                if plain(text).startswith(f"{label}:"):
                    said, _, more = plain(text).removeprefix(f"{label}:").partition("(")
                    if (more.rstrip(")") if within else said) != expected:
                        where = self.where(row, column, label)
                        raise self.problem(f"{where}: it prints {text!r}, but the mark of the form says {expected}")
                    return said, more
        raise self.problem(f"no cell begins with {label}：")

    def _beside(self, label: str) -> tuple[str, str]:
        """(text, cell) to the right of a label; an empty one makes a form nobody answers for."""
        for row, texts in enumerate(self.sheet.rows):
            for column, text in enumerate(texts):
                if plain(text).rstrip(":") == label:
                    said, where = self.text(row, column + 1), self.where(row, column + 1, label)
                    if not said:
                        raise self.problem(f"{where}: {label} is empty")
                    return said, where
        raise self.problem(f"no cell {label}")
