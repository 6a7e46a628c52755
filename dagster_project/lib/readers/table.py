"""Any table whose headings say what its columns are, as `options` of source.yml point at them (TableOptions).

Headings, units and periods are found by their text, never by position. What is printed and what is declared must agree; what is
neither printed nor declared is asked for. A row that has figures but lacks its place, indicator or period is a problem told.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from mmap import mmap

from dagster_project.lib.periods import Period, PeriodProblem, printed
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.headings import Element, Headings, element, expression, folded
from dagster_project.lib.readers.sheets import Sheet, open_sheets
from dagster_project.lib.spelling import normal

_DECLARE = "Correct `options` in source.yml."
_LIKE_A_PERIOD = re.compile(r"^\d[\d年月份季度第一二三四—–―−~〜至到-]*$|^(?=.*\d).{1,6}[年月]$")
_IN_BRACKETS = re.compile(r"\s*[(（]([^()（）]*)[)）]")
#: Stands for the year that each row gives, while only the form of a heading is looked at.
_SOME_YEAR = "2000"
_NAMES = {"area": "地区", "label": "指标", "period": "时期", "year": "年份"}

_printed = lru_cache(maxsize=10_000)(printed)


@dataclass(frozen=True)
class Value:
    """One value column. `unit`: null where each row prints its own; `period`: as its heading prints it, if it does."""

    index: int
    heading: str
    series: str | None
    unit: str | None
    period: str | None
    basis: str | None
    offset: int


def read(content: bytes | mmap, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one table. Raises FileProblem where the file is not what `options` say, naming heading and cell."""
    sheet = _sheet(open_sheets(content[:], file, options["encoding"]), file, options["sheet"])
    return _Table(sheet, file, time_period, options).cells()


def _sheet(sheets: list[Sheet], file: str, declared: str | None) -> Sheet:
    named = [sheet for sheet in sheets if declared is None or normal(sheet.name or "") == normal(declared)]
    if not named:
        names = "、".join(sheet.name or "(no name)" for sheet in sheets)
        raise FileProblem(file, f"there is no sheet {declared!r}, only {names}", _DECLARE)
    return replace(named[0], rows=[[text.strip() for text in row] for row in named[0].rows])


class _Table:
    """One sheet under one declaration."""

    def __init__(self, sheet: Sheet, file: str, time_period: str | None, options: dict) -> None:
        self.sheet, self.file, self.time_period, self.options = sheet, file, time_period, options
        self.known = frozenset(normal(unit) for unit in options["known_units"])
        self.where = {
            key: next((kind, value) for kind, value in options[key].items() if value is not None)
            for key in ("area", "period", "year", "label", "unit")
            if options[key]
        }
        self.unit_kind = self.where["unit"][0] if "unit" in self.where else "heading"
        self.headings = Headings(sheet, options["heading"], file)
        self.indexes = {key: self.headings.find(value) for key, (kind, value) in self.where.items() if kind == "column"}
        self.fixed = {key: self._once(key, kind, value) for key, (kind, value) in self.where.items()}
        self._split_fixed_label()
        self._check_fixed_periods()
        self.values = self._periods() if options["columns"] == "periods" else [self._value(c) for c in options["columns"]]
        if options["heading"]["rows"] is None:
            self.headings.no_figures([value.index for value in self.values])
        self.drop = [expression(declared) for declared in options["drop"]]
        self._refuse_joined_heading()

    def _refuse_joined_heading(self) -> None:
        """A damaged tag joins a row of a web page to the one before it: to the headings, it would be gone without a word."""
        widths = Counter(
            self.sheet.widths[row] for row in range(self.headings.body, len(self.sheet.rows)) if any(self.sheet.rows[row])
        )
        width = self.sheet.widths[self.headings.start]
        if self.sheet.kind == "html" and widths and widths.most_common(1)[0][0] < width:
            found = f"the heading row has {width} cells, most rows below it {widths.most_common(1)[0][0]}"
            raise FileProblem(self.file, found, "Download it again and compare it with the page.")

    # What holds for the whole table

    def _once(self, key: str, kind: str, value) -> str | None:
        """The text that stands for all figures, or null where it differs by row or column."""
        if kind == "above":
            return self.headings.above(value)
        if kind == "constant":
            return value
        if kind == "file_name":
            if self.time_period is None:
                raise FileProblem(
                    self.file,
                    f"{key}: the period is not in the file's name",
                    "Name the file as `pattern` in source.yml says, or declare where the period is printed.",
                )
            return self.time_period[:4] if key == "year" else self.time_period
        return None

    def _split_fixed_label(self) -> None:
        if self.unit_kind == "label" and self.fixed["label"]:
            self.fixed["label"], self.fixed["unit"] = self._without_unit(self.fixed["label"])
            if self.fixed["unit"] is None:
                raise FileProblem(self.file, f"no known unit in brackets behind {self.fixed['label']!r}", _DECLARE)

    def _check_fixed_periods(self) -> None:
        try:
            if self.fixed.get("year"):
                self.fixed["year"] = _printed(self.fixed["year"], "A").time_period
            if self.fixed["period"] and "year" not in self.indexes:
                self._period(self.fixed["period"], self.fixed.get("year"), self.options["basis"], 0)
        except PeriodProblem as problem:
            raise FileProblem(self.file, f"period: {problem}", _DECLARE) from problem

    # Value columns

    def _value(self, declared: dict) -> Value:
        index = self.headings.find(declared["heading"], declared["within"])
        period = None
        if self.where["period"][0] == "heading":
            period = self._heading_period(self.headings.paths[index])
            if period is None:
                raise FileProblem(self.file, f"no period in the heading of {self.headings.cell(index)}", _DECLARE)
        return Value(
            index=index,
            heading=" ".join(filter(None, (declared["within"], declared["heading"]))),
            series=declared["series"],
            unit=self._unit(index, declared["unit"]),
            period=period,
            basis=declared["basis"] or self.options["basis"],
            offset=declared["period_offset"],
        )

    def _periods(self) -> list[Value]:
        """Every column whose heading reads as a period. One that nearly does is refused: it must not be left out in silence."""
        read = {}
        for index, path in enumerate(self.headings.paths):
            if index in self.indexes.values():
                continue
            read[index] = self._heading_period(path)
            if read[index] is None and path and _LIKE_A_PERIOD.match(path[-1].name) and not self._readable(path[-1].name, "A"):
                found = f"{self.headings.cell(index)} is headed like a period, but is none of freq {self.options['freq']}"
                raise FileProblem(self.file, found, _DECLARE)
        read = {index: period for index, period in read.items() if period}
        if not read:
            raise FileProblem(
                self.file,
                f"no heading reads as a period of freq {self.options['freq']}: {self.headings.cell(self.headings.column)} …",
                _DECLARE,
            )
        basis = self.options["basis"]
        values = [Value(index, period, None, self._unit(index, None), period, basis, 0) for index, period in read.items()]
        self._refuse_doubles(values)
        return values

    def _refuse_doubles(self, values: list[Value]) -> None:
        year = self.fixed.get("year") or (_SOME_YEAR if "year" in self.indexes else None)
        try:
            periods = [self._period(value.period, year, value.basis, 0) for value in values]
        except PeriodProblem as problem:
            raise FileProblem(self.file, f"a heading cannot be read: {problem}", _DECLARE) from problem
        double = [period for period, count in Counter(periods).items() if count > 1]
        if double:
            cells = "; ".join(
                self.headings.cell(value.index) for value, period in zip(values, periods, strict=True) if period == double[0]
            )
            raise FileProblem(self.file, f"several columns are headed with one period: {cells}", _DECLARE)

    def _heading_period(self, path: list[Element]) -> str | None:
        """The nearest heading that reads as a period, going up; a year above a month completes it."""
        years = [f"{year.time_period}年" for part in path if (year := self._readable(part.name, "A"))]
        for part in reversed(path):
            for text in (part.name, *(year + part.name for year in years if self.options["freq"] == "M")):
                if self._readable(text, self.options["freq"]):
                    return text
        return None

    def _readable(self, text: str, freq: str) -> Period | None:
        for year in (None, self.fixed.get("year"), _SOME_YEAR if "year" in self.indexes else None):
            try:
                return _printed(text, freq, year)
            except PeriodProblem:
                continue
        return None

    def _unit(self, index: int, declared: str | None) -> str | None:
        """The unit of a column, or null where each row prints it. What is printed in its headings must agree."""
        found = self.headings.unit(index, self.known)
        told = declared or self.fixed.get("unit")
        told_by = "declared" if declared or self.unit_kind == "constant" else f"printed elsewhere (`unit`: {self.unit_kind})"
        by_row = self.unit_kind in ("column", "label") and told is None
        if found and by_row:
            raise FileProblem(
                self.file,
                f"{self.headings.cell(index)} is headed {found!r}, but `unit` is printed in each row",
                "Declare `unit` for this column.",
            )
        if found and told and normal(told) != found:
            raise FileProblem(
                self.file,
                f"{self.headings.cell(index)} is headed {found!r}, but {told!r} is {told_by}",
                "Compare the file with source.yml: a wrong unit is a wrong figure.",
            )
        if not (found or told or by_row):
            raise FileProblem(
                self.file, f"no unit that seeds/units.csv knows in the heading of {self.headings.cell(index)}", "Declare `unit`."
            )
        return told or found

    # Rows

    def cells(self) -> list[dict]:
        """Every declared cell of every row of figures."""
        found = []
        for row in range(self.headings.body, len(self.sheet.rows)):
            first = next(filter(None, self.sheet.rows[row]), None)
            if first is None or self.headings.is_repeated(row) or any(pattern.search(folded(first)) for pattern in self.drop):
                continue
            found += self._row(row)
        return found

    def _row(self, row: int) -> list[dict]:
        texts = self.sheet.rows[row]
        own = {key: texts[index] for key, index in self.indexes.items()}
        blank = not any(texts[value.index] for value in self.values)
        torn = self._torn(row)
        if torn and blank and sum(map(bool, texts)) == 1:
            return []  # a note below the table
        lacking = [name for key, name in _NAMES.items() if own.get(key) == ""]
        if blank and not torn and (lacking or self.options["blank_rows"] == "drop"):
            return []
        problem = torn or (f"该行有数值，却没有{'、'.join(lacking)}" if lacking else None)
        facts = self.fixed | own
        if self.unit_kind == "label" and own.get("label"):
            facts["label"], facts["unit"] = self._without_unit(own["label"])
        if not facts.get("unit") and any(value.unit is None for value in self.values):
            problem = problem or "该行没有写明计量单位"
        return [self._cell(row, value, facts, problem) for value in self.values]

    def _torn(self, row: int) -> str | None:
        """A line of text or of a web page with a cell too many or too few has its figures under other headings."""
        width = self.sheet.widths[self.headings.start]
        if self.sheet.kind not in ("csv", "html") or self.sheet.widths[row] == width:
            return None
        return f"该行有 {self.sheet.widths[row]} 列，应为 {width} 列"

    def _cell(self, row: int, value: Value, facts: dict, problem: str | None) -> dict:
        raw = self.sheet.rows[row][value.index]
        text = value.period or facts["period"] or ""
        try:
            year = _printed(facts["year"], "A").time_period if facts.get("year") else None
            period = self._period(text, year, value.basis, value.offset)
        except PeriodProblem as told:
            period, problem = Period(self.options["freq"], text, None), problem or str(told)
        return {
            "line": self.sheet.lines[row],
            "locator": self.sheet.locator(row, value.index, value.heading),
            "place": facts["area"],
            "label": facts.get("label", value.heading),
            "series": value.series,
            "freq": period.freq,
            "time_period": period.time_period,
            "period_basis": period.basis,
            "unit": value.unit if value.unit is not None else facts.get("unit"),
            "raw_value": raw,
            "obs_status": "O" if raw in self.options["missing_marks"] else None,
            "problem": problem,
        }

    def _period(self, text: str, year: str | None, basis: str | None, offset: int) -> Period:
        """The period of a figure; its basis as declared, which a printed 1—3月 may not contradict."""
        found = _printed(text, self.options["freq"], year)
        if found.basis == "ytd" and basis == "period":
            raise PeriodProblem(f"时期“{text}”是累计，而申报为当期（basis: period）")
        shifted = f"{int(found.time_period[:4]) + offset}{found.time_period[4:]}"
        return Period(found.freq, shifted, basis if basis in ("period", "ytd") else found.basis)

    def _without_unit(self, label: str) -> tuple[str, str | None]:
        """(label, unit) of 国内生产总值(亿元); other brackets stay in the label."""
        for match in reversed(list(_IN_BRACKETS.finditer(label))):
            if set(element(f"({match[1]})").brackets) & self.known:
                return label[: match.start()] + label[match.end() :], match[1].strip()
        return label, None
