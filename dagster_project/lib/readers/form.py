"""填报表: the form that lib/forms.py writes, as a city returns it.

A row is found by its code, with which its label and unit must agree, so that nothing depends on where a row or column stands. The
mark (FORM, area, period and a digest of the rows asked) says what the form is of; what it prints for people must say the same.
Each figure asked becomes a cell. A blank one was asked for and not reported: it lands as missing (O), so that a later form, which
replaces an earlier one as a whole, can also take a figure back.
"""

from dataclasses import dataclass
from datetime import date

from dagster_project.lib import chinese
from dagster_project.lib.readers import marked
from dagster_project.lib.readers.marked import MarkedSheet, plain

FORM = "openecon-form/1"
TITLE = "武汉都市圈开放型经济数据填报表"
LABEL, UNIT, CODE = "指标", "计量单位", "代码"
PERIOD, YEAR, YTD = "本月数", "全年数", "本年累计"
#: What may be written in place of a figure, and the status it stands for.
WORDS = {"未统计": "L", "不适用": "M"}
NOT_ASKED = "—"


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
    return marked.mark(FORM, area, period, (row.key for row in asked))


def publication(content: bytes, file: str) -> tuple[date, str]:
    """(day it was filled in, title) as printed on a form. Raises FileProblem where it is not whole."""
    form = _Form(content, file)
    return form.filled_on(), f"{TITLE}：{form.place}{chinese.period(form.period, 'period')}"


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one form, in the units printed in its rows. Raises FileProblem naming the cell that makes it unreadable."""
    form = _Form(content, file)
    form.filled_on()
    return form.cells()


class _Form(MarkedSheet):
    """A form that has been found to be whole: its mark fits its rows, and what it prints says the same as its mark."""

    def __init__(self, content: bytes, file: str) -> None:
        super().__init__(content, file, FORM)
        self.head, self.columns = self.heading(LABEL, [LABEL, UNIT, CODE, *((PERIOD, YTD) if "-" in self.period else (YEAR,))])
        self.rows = self._rows()
        self.check_mark(row.key for row in self.rows.values())

    def cells(self) -> list[dict]:
        """One cell for each figure asked, reported or not."""
        found = []
        for row, asked in self.rows.items():
            for heading, basis in ((PERIOD, "period"), (YEAR, "period"), (YTD, "ytd")):
                if heading in self.columns:
                    found += self._cell(row, asked, heading, basis)
        return found

    def _cell(self, row: int, asked: Asked, heading: str, basis: str) -> list[dict]:
        raw, where = self.text(row, self.columns[heading]), self.where(row, self.columns[heading], heading)
        if heading == YTD and asked.kind != "flow":
            if raw not in ("", NOT_ASKED):
                raise self.problem(f"{where}: {raw!r} stands where nothing is asked ({asked.label} has no cumulative)")
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

    def _rows(self) -> dict[int, Asked]:
        """The rows asked, by their place in the sheet."""
        found: dict[int, Asked] = {}
        signed = (marked.FILLED_BY, marked.CHECKED_BY, marked.FILLED_ON)
        for row in range(self.head + 1, len(self.sheet.rows)):
            if any(plain(text).startswith(signed) for text in self.sheet.rows[row]):
                break
            parts = self.text(row, self.columns[CODE]).split("|")
            if len(parts) != 4:
                if any(self.text(row, column) for column in self.columns.values()):
                    where = self.where(row, self.columns[CODE], CODE)
                    raise self.problem(f"{where}: the row has no code that the form gave it; rows cannot be added")
                continue
            asked = Asked(*parts)
            for heading, printed in ((LABEL, asked.label), (UNIT, asked.unit)):
                said, where = self.text(row, self.columns[heading]), self.where(row, self.columns[heading], heading)
                if plain(said) != plain(printed):
                    raise self.problem(f"{where}: it prints {said!r}, but the row asks for {printed!r} ({asked.series})")
            if asked.series in {other.series for other in found.values()}:
                raise self.problem(f"{self.where(row, self.columns[CODE], CODE)}: {asked.series} stands in two rows")
            found[row] = asked
        return found
