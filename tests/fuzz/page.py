"""A page: rows of cells, where each figure stands in them, and how they become the bytes of a file and are read back naively."""

import csv
import html
import io
import json
import re
from dataclasses import dataclass, field
from functools import cached_property

import xlsxwriter

from tests.fuzz.truth import Figure, period_of, place_of, says, series_of, unit_of

_SENTENCE = re.compile(r"(全年全市|全年|\d{4}年|)(\D*?)([\d０-９,，.．]+)([^\d，]+)(，比上年)(增长|下降)([\d.]+)(%。)")
_LINE_END = re.compile("\r\n|\n|\r")
_LOCATORS = (
    r"line (?P<row>\d+), col",
    r"Sheet1!(?P<letter>[A-Z])(?P<row>\d+)$",
    r"table 1, row (?P<row>\d+), cell (?P<cell>\d+)$",
)
#: Where a part of a figure's key is printed: ("fixed", text), ("row", column) or ("cell", row, column).
Where = tuple


@dataclass(frozen=True)
class Column:
    """A column of figures; `sign` is where a word says that the figure is negative (下降)."""

    index: int
    place: Where
    series: Where
    period: Where
    unit: Where
    basis: Where | None = None
    sign: Where | None = None
    is_growth: bool = False


@dataclass(frozen=True)
class Page:
    """One file to be. `first`: the first row of figures; `last`: rows at the end that hold none."""

    layout: str
    container: str
    rows: list[list[str]]
    columns: list[Column]
    first: int
    name: str
    options: dict
    pattern: str | None = None
    encoding: str = "utf-8"
    newline: str = "\n"
    final_newline: bool = True
    quoted: bool = False
    typed: bool = False
    merges: list[tuple[int, int, int]] = field(default_factory=list)
    blank: bytes = b""
    addresses: dict[tuple[int, int], str] = field(default_factory=dict)
    absent: frozenset[Figure] = frozenset()

    @cached_property
    def truth(self) -> set[Figure]:
        """The figures that stand on the page, and those that it leaves out and its declaration expects."""
        return {figure for figure, _ in self.readings(self.rows).values() if figure} | self.absent

    def readings(self, rows: list[list[str]]) -> dict[tuple[int, int], tuple[Figure | None, str]]:
        """{(row, column): (the figure that a careful person reads there or null, its text)} of rows, damaged or not."""
        found = {}
        for row in range(self.first, len(rows)):
            torn = self.container in ("csv", "html") and self._widths(rows, row) != self._widths(self.rows, self.first)
            for column in self.columns:
                if column.index < len(rows[row]) and not self._is_note(rows[row]):
                    figure = None if torn else self._figure(rows, row, column)
                    found[row, column.index] = figure, rows[row][column.index]
        return found

    def _widths(self, rows: list[list[str]], row: int) -> list[int]:
        return self.widths([*rows[: self.first], rows[row]])

    def widths(self, rows: list[list[str]]) -> list[int]:
        """The number of cells in each row."""
        return [len(cells) for cells in rows]

    @staticmethod
    def _is_note(row: list[str]) -> bool:
        return not any(row) or row[0].startswith(("注", "数据来源", "湖南省"))

    def _figure(self, rows: list[list[str]], row: int, column: Column) -> Figure | None:
        def text(where: Where) -> str:
            if where[0] == "fixed":
                return where[1]
            at = (row, where[1]) if where[0] == "row" else where[1:]
            return rows[at[0]][at[1]] if at[0] < len(rows) and at[1] < len(rows[at[0]]) else ""

        printed = rows[row][column.index].strip()
        value, word = says(printed), {"未统计": "L", "不适用": "M"}.get(printed) if self.layout == "form" else None
        period, place, series = period_of(text(column.period)), place_of(text(column.place)), series_of(text(column.series))
        series = f"{series}_yoy" if column.is_growth else series
        unit = unit_of(text(column.unit))
        if (value is None and not word) or None in (period, place, series, unit):
            return None
        basis = text(column.basis) if column.basis and "-" in period[0] else period[1]
        if value and float(value) and column.sign and text(column.sign) == "下降":
            if value.startswith("-"):
                return None  # a fall by less than nothing is no figure that anybody means
            value = f"-{value}"
        return Figure(place, series, period[0], basis, unit, value or "", word or ("A" if value else "O"))

    def standing_at(self, locator: str, rows: list[list[str]]) -> list[str] | None:
        """The cells that a locator points at: one, or a line; null for layouts that have other locators."""
        found = next((match for pattern in _LOCATORS if (match := re.match(pattern, locator))), None)
        if found is None or self.container not in ("csv", "html", "xlsx"):
            return None
        row, parts = rows[int(found["row"]) - 1], found.groupdict()
        if not (parts.get("letter") or parts.get("cell")):
            return row
        column = ord(parts["letter"]) - 64 if parts.get("letter") else int(parts["cell"])
        return row[column - 1 : column]

    # Bytes

    def content(self, rows: list[list[str]] | None = None) -> bytes:
        """The file with these rows, or with its own."""
        return getattr(self, f"_{self.container}")(self.rows if rows is None else rows)

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.encoding)

    @property
    def delimiter(self) -> str:
        return "\t" if self.name.endswith(".tsv") else ","

    def _csv(self, rows: list[list[str]]) -> bytes:
        out = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline, quoting=quoting).writerows(rows)
        text = out.getvalue()
        return self._encoded(text if self.final_newline else text.removesuffix(self.newline))

    def _html(self, rows: list[list[str]]) -> bytes:
        lines = []
        for number, row in enumerate(rows):
            spans = {first: last for at, first, last in self.merges if at == number}
            covered = {column for first, last in spans.items() for column in range(first + 1, last + 1)}
            cells = [
                f'<td colspan="{spans.get(c, c) - c + 1}">{html.escape(text)}</td>'
                for c, text in enumerate(row)
                if c not in covered
            ]
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return self._encoded(f"<html><body><table>{self.newline.join(lines)}</table></body></html>")

    def _xlsx(self, rows: list[list[str]]) -> bytes:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            sheet, percent = book.add_worksheet(), book.add_format({"num_format": "0.0%"})
            for r, row in enumerate(rows):
                for c, text in enumerate(row):
                    if text.startswith("="):
                        sheet.write_formula(r, c, text, None, 5)
                    elif re.fullmatch(r"\d+%", text):
                        sheet.write_number(r, c, int(text[:-1]) / 100, percent)
                    elif self.typed and re.fullmatch(r"(0|[1-9]\d{0,14})(\.\d{1,4}[1-9])?", text):
                        sheet.write_number(r, c, float(text))
                    elif text:
                        sheet.write_string(r, c, text)
            for row, first, last in self.merges:
                if not any(rows[row][first + 1 : last + 1]):
                    sheet.merge_range(row, first, row, last, rows[row][first])
        return out.getvalue()

    def _json(self, rows: list[list[str]]) -> bytes:
        data: list[dict] = []
        for code, name, shown, value, unit, region, region_name in rows:
            if not data or (data[-1]["code"], data[-1]["name"]) != (code, name):
                data.append({"code": code, "name": name, "values": []})
            parts = {"_id": "x", "i_showname": shown, "value": value, "du_name": unit, "da": region, "da_name": region_name}
            data[-1]["values"].append(parts)
        return self._encoded(json.dumps({"returncode": 200, "data": data}, ensure_ascii=False))

    def _prose(self, rows: list[list[str]]) -> bytes:
        return self._encoded(self.newline.join("".join(row) for row in rows))

    def _form(self, rows: list[list[str]]) -> bytes:
        from tests.fuzz.forms import filled

        return filled(self.blank, {address: rows[row][column] for (row, column), address in self.addresses.items()})

    # And back, naively

    def parsed(self, content: bytes) -> list[list[str]] | None:
        """The rows that stand in changed bytes; null where only the rows as written can be in them."""
        text = content.decode(self.encoding, "replace")
        if self.container == "csv":
            return [self._cut(line) for line in _LINE_END.split(text)]
        if self.container == "html":
            rows = re.findall("<tr>(.*?)</tr>", text, re.DOTALL)
            return [
                [
                    cell
                    for found in re.findall(r'<td((?: colspan="\d{1,2}")?)>(.*?)</td>', row, re.DOTALL)
                    for cell in _spread(*found)
                ]
                for row in rows
            ]
        if self.container == "json":
            return _json_rows(text)
        if self.container == "prose":
            return [list(match.groups("")) if (match := _SENTENCE.fullmatch(line)) else [] for line in _LINE_END.split(text)]
        return None

    def _cut(self, line: str) -> list[str]:
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=self.delimiter), [])]
        except csv.Error:
            return []


def _spread(attributes: str, text: str) -> list[str]:
    span = re.search(r'colspan="(\d{1,2})"', attributes)
    return [html.unescape(text).strip()] * (int(span[1]) if span else 1)


def _json_rows(text: str) -> list[list[str]]:
    try:
        members = json.loads(text)["data"]
        names = ("i_showname", "value", "du_name", "da", "da_name")
        return [[m["code"], m["name"], *(value[name] for name in names)] for m in members for value in m["values"]]
    except (ValueError, KeyError, TypeError):
        return []
