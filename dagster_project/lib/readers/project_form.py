"""招商引资项目台账: the register of projects that lib/project_forms.py writes, as a city returns it.

One file is one city's register at the end of one month: all its projects, not only the new ones. Each row that is not blank
becomes a row of texts; what they mean is decided in lib/projects.py.
"""

from datetime import date

import polars as pl

from dagster_project.lib import chinese
from dagster_project.lib.readers import marked
from dagster_project.lib.readers.marked import MarkedSheet, plain
from schemas.project import AMOUNTS, FIELDS

FORM = "openecon-projects/1"
TITLE = "武汉都市圈招商引资项目台账"
#: The unit of all amounts, as seeds/units.csv writes it and as the headings print it.
UNIT = "万元"
HEADINGS = {field: f"{name}（{UNIT}）" if field in AMOUNTS else name for field, name in FIELDS.items()}

#: What a register gives for each project: where it stands, and the text of each cell.
ROW = {
    "line": pl.Int64,
    "locator": pl.String,
    "place": pl.String,
    "time_period": pl.String,
    "unit": pl.String,
    **dict.fromkeys(FIELDS, pl.String),
    **{f"where_{field}": pl.String for field in FIELDS},
}


def mark(area: str, period: str) -> str:
    """What a register says of itself to the reader; with another area, period, heading or unit it no longer fits."""
    return marked.mark(FORM, area, period, (f"{field}|{heading}" for field, heading in HEADINGS.items()))


def publication(content: bytes, file: str) -> tuple[date, str]:
    """(day it was filled in, title) as printed on a register. Raises FileProblem where it is not whole."""
    form = _Register(content, file)
    return form.filled_on(), f"{TITLE}：{form.place}{chinese.period(form.period, 'period')}"


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Rows of one register (ROW). Raises FileProblem naming the cell that makes it unreadable, also where it holds no project."""
    form = _Register(content, file)
    form.filled_on()
    found = form.projects()
    if not found:
        raise form.problem("no project stands in it: an empty register cannot be told from one that was not filled in")
    return found


class _Register(MarkedSheet):
    """A register that has been found to be whole: its mark fits its headings, and what it prints says the same as its mark."""

    def __init__(self, content: bytes, file: str) -> None:
        super().__init__(content, file, FORM)
        self.head, self.columns = self.heading(HEADINGS["project"], HEADINGS.values())
        self.check_mark(f"{field}|{heading}" for field, heading in HEADINGS.items())

    def projects(self) -> list[dict]:
        """One row for each line with text in it."""
        found = []
        for row in range(self.head + 1, len(self.sheet.rows)):
            texts = {field: self.text(row, self.columns[heading]) for field, heading in HEADINGS.items()}
            if any(map(plain, texts.values())):
                where = {f"where_{field}": self.where(row, self.columns[heading], heading) for field, heading in HEADINGS.items()}
                place = {"place": self.area, "time_period": self.period, "unit": UNIT}
                found.append({"line": self.sheet.lines[row], "locator": where["where_project"], **place, **texts, **where})
        return found
