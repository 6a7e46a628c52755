"""Any table whose headings say what its columns are, as `options` of source.yml point at them (TableOptions).

Headings, units and periods are found by their text, never by position. What is printed and what is declared must agree; what is
neither printed nor declared is asked for. A row that has figures but lacks its place, indicator or period is a problem told.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from mmap import mmap

from dagster_project.lib.numbers import parse
from dagster_project.lib.periods import Period, PeriodProblem, printed
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.headings import LIKE_A_UNIT, Headings, begins, element, expression, folded, plainly
from dagster_project.lib.readers.sheets import Sheet, open_sheets
from dagster_project.lib.spelling import normal

_DECLARE = "Correct `options` in source.yml."
_LEAVE = "Correct `options` in source.yml; a column that is none of a period is named under `leave`."
_LIKE_A_PERIOD = re.compile(r"^\d[\d年月份季度第一二三四—–―−~〜至到-]*$|^(?=.*\d).{1,6}[年月]$|\d月|(?<!\d)(?:19|20)\d\d(?!\d)")
_UNIT_ABOVE = re.compile(r"(?:^|[^一-鿿]|计量|金额|货币|数量|价值)单 ?位 ?: ?([^\s()]+)")  # 填报单位：武汉海关 is none
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
    sheet = _sheet(open_sheets(content[:], file, options["encoding"]), file, options["sheet"], options["heading"]["first"])
    return _Table(sheet, file, time_period, options).cells()


def _sheet(sheets: list[Sheet], file: str, declared: str | None, first: str) -> Sheet:
    """The declared sheet, or the only one with the heading."""
    named = [sheet for sheet in sheets if declared is None or normal(sheet.name or "") == normal(declared)]
    if not named:
        names = "、".join(sheet.name or "(no name)" for sheet in sheets)
        raise FileProblem(file, f"there is no sheet {declared!r}, only {names}", _DECLARE)
    headed = [sheet for sheet in named if begins(sheet, first)] or named[:1]
    if len(headed) > 1:
        names = "、".join(sheet.name or "(no name)" for sheet in headed)
        raise FileProblem(file, f"several sheets have the heading {first!r}: {names}", "Declare `sheet` in source.yml.")
    return replace(headed[0], rows=[[text.strip() for text in row] for row in headed[0].rows])


def _thing(unit: str) -> str:
    """The last character of a unit, which tells money from enterprises, whatever the multiplier."""
    return normal(unit).replace("人民币", "元")[-1:]


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
        self.unit_above = self._unit_above()
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
            period = self._heading_period([part.name for part in self.headings.paths[index]])
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
        leave = [expression(declared) for declared in self.options["leave"]]
        read = {}
        for index in range(len(self.headings.paths)):
            heads = self.headings.printed(index)
            if index in self.indexes.values() or any(pattern.search(folded(text)) for pattern in leave for text in heads):
                continue
            texts = [self._without_units(text) for text in heads]
            self._refuse_like_periods(index, texts)
            read[index] = self._heading_period(texts)
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

    def _without_units(self, heading: str) -> str:
        """A heading without its brackets that hold a unit: 2024年(万元) is 2024年, but 2024年(预计) and 2024年p are not."""
        plain = plainly(heading).removesuffix("%")
        return _IN_BRACKETS.sub(lambda match: "" if set(element(match[0]).brackets) & self.known else match[0], plain)

    def _refuse_like_periods(self, index: int, texts: list[str]) -> None:
        """Only a year that stands above months may be of another frequency."""
        for at, text in enumerate(texts):
            is_group = self.options["freq"] == "M" and at < len(texts) - 1 and self._readable(text, "A")
            if _LIKE_A_PERIOD.search(text) and not is_group and not self._period_of(texts, at):
                found = f"{self.headings.cell(index)} is headed like a period, but is none of freq {self.options['freq']}: {text}"
                raise FileProblem(self.file, found, _LEAVE)

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

    def _heading_period(self, texts: list[str]) -> str | None:
        """The nearest heading that reads as a period, going up."""
        return next(filter(None, (self._period_of(texts, at) for at in reversed(range(len(texts))))), None)

    def _period_of(self, texts: list[str], at: int) -> str | None:
        """One heading of a column where it reads as a period; a year above a month completes it."""
        freq = self.options["freq"]
        years = [f"{year.time_period}年" for text in texts if freq == "M" and (year := self._readable(text, "A"))]
        return next((year + texts[at] for year in ("", *years) if self._readable(year + texts[at], freq)), None)

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
        above = None if found or by_row else self.unit_above
        # A column may be declared to count another thing than the table: 家 or % in a table of 万元, but not 亿元.
        if above and told and normal(told) != above and (not declared or _thing(told) == _thing(above)):
            raise FileProblem(
                self.file,
                f"{self.headings.cell(index)}: the table prints 单位：{above}, but {told!r} is {told_by}",
                "Compare the file with source.yml: a wrong unit is a wrong figure.",
            )
        found = found or (above if above in self.known else None)
        if not (found or told or by_row):
            raise FileProblem(
                self.file, f"no unit that seeds/units.csv knows in the heading of {self.headings.cell(index)}", "Declare `unit`."
            )
        return told or found

    def _unit_above(self) -> str | None:
        """What the table prints as its one unit (单位：亿元) above the figures, but not in the heading of a column of them."""
        found = set()
        for row in range(self.headings.body):
            for column, text in enumerate(map(folded, self.sheet.rows[row])):
                if row not in self.headings.rows or column in self.indexes.values() or re.match("(?:计量)?单 ?位", text):
                    found |= {unit for units in _UNIT_ABOVE.findall(text) for unit in re.split("[、,;/和]", units) if unit}
        unit = found.pop() if len(found) == 1 else ""
        return unit if unit in self.known or LIKE_A_UNIT.search(unit) else None

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
        raw, where = self.sheet.rows[row][value.index], self.sheet.locator(row, value.index, value.heading)
        missing = raw in self.options["missing_marks"]
        if missing and parse(raw)[0] is not None:  # a 0 that stands for no figure must not land as one
            raw, where = "", f"{where} ({raw})"
        text = value.period or facts["period"] or ""
        try:
            year = _printed(facts["year"], "A").time_period if facts.get("year") else None
            period = self._period(text, year, value.basis, value.offset)
        except PeriodProblem as told:
            period, problem = Period(self.options["freq"], text, None), problem or str(told)
        return {
            "line": self.sheet.lines[row],
            "locator": where,
            "place": facts["area"],
            "label": facts.get("label", value.heading),
            "series": value.series,
            "freq": period.freq,
            "time_period": period.time_period,
            "period_basis": period.basis,
            "unit": value.unit if value.unit is not None else facts.get("unit"),
            "raw_value": raw,
            "obs_status": "O" if missing else None,
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
