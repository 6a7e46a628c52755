"""填报表: the form that lib/forms.py writes, as a city returns it.

A row is found by its code, with which its label and unit must agree, so that nothing depends on where a row or column stands. The
mark (FORM, area, period and a digest of the rows asked) says what the form is of; what it prints for people must say the same.
Each figure asked becomes a cell. A blank one was asked for and not reported: it lands as missing (O), so that a later form, which
replaces an earlier one as a whole, can also take a figure back.
"""

import calendar
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from dagster_project.lib import chinese
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.sheets import Sheet, open_sheets

FORM = "openecon-form/1"
TITLE = "武汉都市圈开放型经济数据填报表"
LABEL, UNIT, CODE = "指标", "计量单位", "代码"
PERIOD, YEAR, YTD = "本月数", "全年数", "本年累计"
AREA_LINE, PERIOD_LINE = "填报地区", "报告期"
FILLED_BY, CHECKED_BY, FILLED_ON = "填报人", "审核人", "填报日期"
#: What may be written in place of a figure, and the status it stands for.
WORDS = {"未统计": "L", "不适用": "M"}
NOT_ASKED = "—"

_MARK = re.compile(rf"{re.escape(FORM)} (\S+) (\d{{4}}(?:-(?:0[1-9]|1[0-2]))?) ([0-9a-f]{{16}})")
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00:00)?$", re.ASCII)
_AGAIN = "Have the city put it right, or fill in a fresh form (openecon form)."


@dataclass(frozen=True)
class Asked:
    """One row of a form: the series, what kind of figure it is, and how its name and unit are printed."""

    series: str
    kind: str
    unit: str
    label: str

    @property
    def key(self) -> str:
        return f"{self.series}|{self.kind}|{self.unit}|{self.label}"


def mark(area: str, period: str, asked: list[Asked]) -> str:
    """What a form says of itself to the reader; a changed area, period, code, label or unit no longer fits it."""
    whole = "\n".join([FORM, area, period, *sorted(row.key for row in asked)])
    return f"{FORM} {area} {period} {hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def last_day(period: str) -> date:
    """The last day of a year or month: 2025-08 ends on 2025-08-31."""
    year, _, month = period.partition("-")
    return date(int(year), int(month or 12), calendar.monthrange(int(year), int(month or 12))[1])


def publication(content: bytes, file: str) -> tuple[date, str]:
    """(day it was filled in, title) as printed on a form. Raises FileProblem where it is not whole."""
    form = _Form(content, file)
    return form.filled_on(), f"{TITLE}：{form.place}{chinese.period(form.period, 'period')}"


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one form, in the units printed in its rows. Raises FileProblem naming the cell that makes it unreadable."""
    form = _Form(content, file)
    form.filled_on()
    return form.cells()


def plain(text: str) -> str:
    """A text without spaces, line breaks and full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class _Form:
    """A form that has been found to be whole: its mark fits its rows, and what it prints says the same as its mark."""

    def __init__(self, content: bytes, file: str) -> None:
        self.file = file
        self.sheet, self.area, self.period, digest = self._find(open_sheets(content, file))
        self.place, _ = self._printed(AREA_LINE, self.area, within=True)
        self._printed(PERIOD_LINE, chinese.period(self.period, "period"))
        self.head, self.columns = self._heading()
        self.rows = self._rows()
        if mark(self.area, self.period, list(self.rows.values())) != f"{FORM} {self.area} {self.period} {digest}":
            raise self._problem("the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed")

    def filled_on(self) -> date:
        """The day the form was filled in, with both names beside it."""
        for who in (FILLED_BY, CHECKED_BY):
            self._beside(who)
        printed, where = self._beside(FILLED_ON)
        match = _DAY.match(plain(printed))
        try:
            day = date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if day is None:
            raise self._problem(f"{where}: {FILLED_ON} {printed!r} is not a day such as 2025-09-10")
        if day < last_day(self.period):
            raise self._problem(f"{where}: {FILLED_ON} {day} lies before the end of the period {self.period} it reports")
        return day

    def cells(self) -> list[dict]:
        """One cell for each figure asked, reported or not."""
        found = []
        for row, asked in self.rows.items():
            for heading, basis in ((PERIOD, "period"), (YEAR, "period"), (YTD, "ytd")):
                if heading in self.columns:
                    found += self._cell(row, asked, heading, basis)
        return found

    def _cell(self, row: int, asked: Asked, heading: str, basis: str) -> list[dict]:
        raw, where = self._text(row, self.columns[heading]), self._where(row, self.columns[heading], heading)
        if heading == YTD and asked.kind != "flow":
            if raw not in ("", NOT_ASKED):
                raise self._problem(f"{where}: {raw!r} stands where nothing is asked ({asked.label} has no cumulative)")
            return []
        return [
            {
                "line": self.sheet.lines[row],
                "locator": where,
                "place": self.area,
                "label": asked.label,
                "series": asked.series,
                "freq": "M" if "-" in self.period else "A",
                "time_period": self.period,
                "period_basis": basis,
                "unit": asked.unit,
                "raw_value": raw,
                "obs_status": WORDS.get(raw),
                "problem": None,
            }
        ]

    def _find(self, sheets: list[Sheet]) -> tuple[Sheet, str, str, str]:
        found = [
            (sheet, *match.groups())
            for sheet in sheets
            for row in sheet.rows
            for text in row
            if (match := _MARK.search(unicodedata.normalize("NFKC", text)))
        ]
        if len(found) != 1:
            raise self._problem(
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
                        where = self._where(row, column, label)
                        raise self._problem(f"{where}: it prints {text!r}, but the mark of the form says {expected}")
                    return said, more
        raise self._problem(f"no cell begins with {label}：")

    def _heading(self) -> tuple[int, dict[str, int]]:
        """The row of the headings, and the column of each."""
        needed = {LABEL, UNIT, CODE} | ({PERIOD, YTD} if "-" in self.period else {YEAR})
        for row, texts in enumerate(self.sheet.rows):
            headings = [plain(text.split("\n")[0]) for text in texts]
            if LABEL in headings:
                wrong = sorted(name for name in needed if headings.count(name) != 1)
                if wrong:
                    raise self._problem(f"the heading row lacks or repeats {'、'.join(wrong)}")
                return row, {name: headings.index(name) for name in needed}
        raise self._problem(f"no heading row with {LABEL}")

    def _rows(self) -> dict[int, Asked]:
        """The rows asked, by their place in the sheet."""
        found: dict[int, Asked] = {}
        for row in range(self.head + 1, len(self.sheet.rows)):
            if any(plain(text).startswith((FILLED_BY, CHECKED_BY, FILLED_ON)) for text in self.sheet.rows[row]):
                break
            parts = self._text(row, self.columns[CODE]).split("|")
            if len(parts) != 4:
                if any(self._text(row, column) for column in self.columns.values()):
                    where = self._where(row, self.columns[CODE], CODE)
                    raise self._problem(f"{where}: the row has no code that the form gave it; rows cannot be added")
                continue
            asked = Asked(*parts)
            for heading, printed in ((LABEL, asked.label), (UNIT, asked.unit)):
                said, where = self._text(row, self.columns[heading]), self._where(row, self.columns[heading], heading)
                if plain(said) != plain(printed):
                    raise self._problem(f"{where}: it prints {said!r}, but the row asks for {printed!r} ({asked.series})")
            if asked.series in {other.series for other in found.values()}:
                raise self._problem(f"{self._where(row, self.columns[CODE], CODE)}: {asked.series} stands in two rows")
            found[row] = asked
        return found

    def _beside(self, label: str) -> tuple[str, str]:
        """(text, cell) to the right of a label; an empty one makes a form nobody answers for."""
        for row, texts in enumerate(self.sheet.rows):
            for column, text in enumerate(texts):
                if plain(text).rstrip(":") == label:
                    said, where = self._text(row, column + 1), self._where(row, column + 1, label)
                    if not said:
                        raise self._problem(f"{where}: {label} is empty")
                    return said, where
        raise self._problem(f"no cell {label}")

    def _text(self, row: int, column: int) -> str:
        texts = self.sheet.rows[row]
        return texts[column].strip() if column < len(texts) else ""

    def _where(self, row: int, column: int, heading: str) -> str:
        return self.sheet.locator(row, column, heading)

    def _problem(self, found: str) -> FileProblem:
        return FileProblem(self.file, found, _AGAIN)
