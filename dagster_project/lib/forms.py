"""填报表: an .xlsx that asks a city for what no publisher gives. readers/form.py reads it when it comes back.

The same seeds and the same build give the same bytes. Only the yellow cells can be written in.
"""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from dagster_project.lib import chinese
from dagster_project.lib.declarations import Declared
from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.readers import form, marked
from dagster_project.lib.readers.form import Asked
from schemas.source import DeclarationProblem

#: A workbook carries the time it was made; a fixed one keeps its bytes the same.
CREATED = datetime(2000, 1, 1)
NOTES = (
    "填写说明：1. 只填黄色单元格，只填数字，单位以“计量单位”栏为准，不要再写“万”“亿”。"
    "2. 未开展统计填“未统计”，本地不存在该事项填“不适用”，暂时没有数的留空（按未报处理，不按零计）；确实为零填 0。"
    "3. 更正已报数据时请重填整张表：同一报告期以填报日期较晚的一张为准，整表取代前一张。"
    "4. 填报人、审核人、填报日期必填。5. 请勿增删行列；填好后原样发回监测办。有关部门公布的数据一经发布，即取代本表数据。"
)
#: Heading, width in characters, of each column before and after those for the figures.
LEFT = ((form.LABEL, 21), ("含义", 30), (form.UNIT, 9))
RIGHT = (("上次数值", 12), ("上次时期", 14), ("上次来源", 16), ("备注（来源说明）", 24))
FIGURE_WIDTH = 14
#: Excel's own limits for the hint beside a cell.
LONGEST_HINT = 255
BLUE, YELLOW, GREY, LINE = "#1F4E79", "#FFF9DB", "#F2F2F2", "#A6A6A6"


def write(declared: Declared, area: str, period: str, database: Path | None) -> bytes:
    """The form of one city for one month (2025-08) or year (2025), as the bytes of an .xlsx.

    `database` is the published openecon.duckdb, for the last values known, or null. Raises BuildStopped where nobody can be asked
    (area, period, series), DeclarationProblem where a unit is not in seeds/units.csv.
    """
    place = city_name(declared, area)
    rows = _asked(declared, "M" if "-" in period else "A")
    known = _last_values(declared, area, period, database)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": f"{form.TITLE} {place} {period}", "created": CREATED})
        _Sheet(book, area, place, period, rows, known).write()
    return buffer.getvalue()


def city_name(declared: Declared, area: str) -> str:
    """The name of a city that can be asked. Raises BuildStopped for any other area."""
    cities = declared["areas"].filter((pl.col("use") == "scope") & pl.col("area_type").is_in(["city", "county_city"]))
    place = dict(cities.select("ref_area", "name_zh").iter_rows()).get(area)
    if place is None:
        raise BuildStopped(f"{area!r} is not a city in scope; there are {', '.join(cities['ref_area'].sort())}")
    return place


def _asked(declared: Declared, freq: str) -> list[dict]:
    """The series that a form of this frequency asks for, in the order of seeds/series.csv."""
    series = declared["series"].filter(pl.col("asked").str.contains(freq, literal=True))
    units = {row["unit"]: (row["unit_measure"], row["unit_mult"]) for row in declared["units"].rows(named=True)}
    rows = series.rows(named=True)
    for row in rows:
        if units.get(row["display_unit_zh"]) != (row["unit_measure"], row["display_mult"]):
            raise DeclarationProblem(
                f"seeds/series.csv: {row['series']}: seeds/units.csv has no unit {row['display_unit_zh']} that is"
                f" {row['unit_measure']} times 10 to the {row['display_mult']}, so a form cannot ask for it"
            )
    if not rows:
        raise BuildStopped(f"seeds/series.csv asks for no series in a form of frequency {freq} (column asked)")
    return rows


def _last_values(declared: Declared, area: str, period: str, database: Path | None) -> dict[str, dict]:
    """By series: value, time_period, period_basis and publisher of the newest figure of the area up to the period asked."""
    if database is None or not database.is_file():
        return {}
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            """
            select series, value, time_period, period_basis, period_end,
                observations.source_id, publisher_zh
            from marts.observations as observations
            inner join marts.dim_source as sources on observations.source_id = sources.source_id
            where ref_area = ? and period_end <= ? and counterpart is null and value is not null and not is_held
            """,
            [area, marked.last_day(period)],
        ).fetchall()
    columns = ["series", "value", "time_period", "period_basis", "period_end", "source_id", "publisher_zh"]
    found = pl.DataFrame(rows, schema=columns, orient="row")
    admitted = declared["preference"].filter(pl.col("ref_area").is_in(["*", area]))
    ranks = admitted.group_by("series", "source_id").agg(pl.min("rank"))
    # The newest period; of one period the cumulative before the month, and the preferred source before the others.
    newest = (
        found.join(ranks, on=["series", "source_id"])
        .sort("series", "period_end", "period_basis", "rank", "source_id", descending=[False, True, True, False, False])
        .unique("series", keep="first")
    )
    return {row["series"]: row for row in newest.iter_rows(named=True)}


class _Sheet:
    """The one sheet of a form, written from top to bottom."""

    def __init__(
        self, book: xlsxwriter.Workbook, area: str, place: str, period: str, rows: list[dict], known: dict[str, dict]
    ) -> None:
        self.book, self.sheet = book, book.add_worksheet("填报表")
        self.area, self.place, self.period, self.rows, self.known = area, place, period, rows, known
        self.figures = (form.PERIOD, form.YTD) if "-" in period else (form.YEAR,)
        self.columns = (*LEFT, *((name, FIGURE_WIDTH) for name in self.figures), *RIGHT)
        self.first_figure, self.code = len(LEFT), len(self.columns)
        self.asked = [Asked(row["series"], row["kind"], row["display_unit_zh"], row["name_zh"]) for row in rows]

    def write(self) -> None:
        """All of it."""
        self._page()
        self._head()
        for row, (asked, series) in enumerate(zip(self.asked, self.rows, strict=True), start=4):
            self._row(row, asked, series)
        self._warn()
        self._foot(4 + len(self.asked) + 1)

    def _format(self, **more) -> xlsxwriter.format.Format:
        return self.book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True} | more)

    def _bordered(self, **more) -> xlsxwriter.format.Format:
        return self._format(border=1, border_color=LINE, **more)

    def _page(self) -> None:
        self.sheet.protect("", {"select_locked_cells": True, "format_columns": True, "format_rows": True})
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.center_horizontally()
        self.sheet.repeat_rows(3)
        self.sheet.set_footer(f"&L&9{self.place} {chinese.period(self.period, 'period')}&R&9第 &P 页，共 &N 页")
        self.sheet.hide_gridlines(2)
        self.sheet.freeze_panes(4, 1)
        for column, (_, width) in enumerate(self.columns):
            self.sheet.set_column(column, column, width)
        self.sheet.set_column(self.code, self.code, None, None, {"hidden": True})

    def _head(self) -> None:
        last = self.code - 1
        self.sheet.set_row(0, 34)
        self.sheet.merge_range(0, 0, 0, last, form.TITLE, self._format(bold=True, font_size=16, align="center", font_color=BLUE))
        period = chinese.period(self.period, "period")
        cumulative = f"（累计：{chinese.period(self.period, 'ytd')}）" if "-" in self.period else ""
        line = self._format(bold=True, font_size=11)
        self.sheet.set_row(1, 22)
        self.sheet.merge_range(1, 0, 1, 1, f"{marked.AREA_LINE}：{self.place}（{self.area}）", line)
        self.sheet.merge_range(1, 2, 1, last, f"{marked.PERIOD_LINE}：{period}{cumulative}", line)
        self.sheet.set_row(2, 48)
        self.sheet.merge_range(2, 0, 2, last, NOTES, self._format(font_size=9, bg_color=GREY, border=1, border_color=LINE))
        printed = {form.PERIOD: period, form.YEAR: period, form.YTD: chinese.period(self.period, "ytd")}
        heading = self._bordered(bold=True, align="center", font_color="#FFFFFF", bg_color=BLUE)
        self.sheet.set_row(3, 32)
        for column, (name, _) in enumerate((*self.columns, (form.CODE, 0))):
            self.sheet.write_string(3, column, f"{name}\n{printed[name]}" if name in printed else name, heading)

    def _row(self, row: int, asked: Asked, series: dict) -> None:
        meaning = series["meaning_zh"]
        fixed, small = self._bordered(), self._bordered(font_size=8, font_color="#595959")
        self.sheet.set_row(row, 15 * max(2, -(-len(meaning) // 22)))
        self.sheet.write_string(row, 0, asked.label, self._bordered(bold=True))
        self.sheet.write_string(row, 1, meaning, small)
        self.sheet.write_string(row, 2, asked.unit, self._bordered(align="center"))
        for column, name in enumerate(self.figures, start=self.first_figure):
            if name == form.YTD and asked.kind != "flow":
                self.sheet.write_string(row, column, form.NOT_ASKED, self._bordered(align="center", bg_color=GREY))
            else:
                self._input(row, column, series, name)
        for column, text in enumerate(self._last(series), start=self.first_figure + len(self.figures)):
            self.sheet.write_string(row, column, text, fixed if text != "无" else self._bordered(font_color=LINE))
        self.sheet.write_blank(row, self.code - 1, None, self._bordered(bg_color=YELLOW, locked=False))
        self.sheet.write_string(row, self.code, asked.key, small)

    def _input(self, row: int, column: int, series: dict, heading: str) -> None:
        whole = series["decimals"] == 0
        number = "#,##0" if whole else "#,##0." + "0" * series["decimals"] + "##"
        self.sheet.write_blank(
            row, column, None, self._bordered(align="right", bg_color=YELLOW, locked=False, num_format=number, font_size=11)
        )
        cell = xl_rowcol_to_cell(row, column)
        words = ",".join(f'{cell}="{word}"' for word in form.WORDS)
        kind = f",{cell}=INT({cell})" if whole else ""
        figure = "大于或等于零的整数" if whole else "大于或等于零的数字"
        hint = f"{series['name_zh']}，{series['display_unit_zh']}。{figure}；或填“未统计”“不适用”；留空为未报。"
        self.sheet.data_validation(
            row,
            column,
            row,
            column,
            {
                "validate": "custom",
                "value": f"=OR({words},IF(ISNUMBER({cell}),AND({cell}>=0{kind}),FALSE))",
                "input_title": heading,
                "input_message": hint[:LONGEST_HINT],
                "error_title": "不能这样填",
                "error_message": f"这里只能填{figure}，单位{series['display_unit_zh']}，不写“万”“亿”；或填“未统计”“不适用”。",
            },
        )

    def _last(self, series: dict) -> tuple[str, str, str]:
        """Last value, its period and its source, as printed; 无 three times where there is none."""
        last = self.known.get(series["series"])
        if last is None:
            return "无", "无", "无"
        figure = chinese.figure(last["value"], series["display_mult"], series["decimals"])
        return figure, chinese.period(last["time_period"], last["period_basis"]), last["publisher_zh"]

    def _warn(self) -> None:
        """Red where a total is not the sum of its flows, or a month exceeds its cumulative: to be looked at, not forbidden."""
        red = self.book.add_format({"bg_color": "#F8CBAD", "font_color": "#9C0006", "bold": True})
        at = {asked.series: row for row, asked in enumerate(self.asked, start=4)}
        cell = xl_rowcol_to_cell
        for series in self.rows:
            parts = [at[part] for part in (series["sum_of"] or "").split("+") if part in at]
            for column in range(self.first_figure, self.first_figure + len(self.figures)) if len(parts) == 2 else ():
                cells = [cell(row, column) for row in (at[series["series"]], *parts)]
                rule = f"=AND(COUNT({','.join(cells)})=3,ABS({cells[0]}-{cells[1]}-{cells[2]})>0.02)"
                self.sheet.conditional_format(cells[0], {"type": "formula", "criteria": rule, "format": red})
        if form.YTD in self.figures:
            for asked, row in zip(self.asked, at.values(), strict=True):
                month, total = cell(row, self.first_figure), cell(row, self.first_figure + 1)
                if asked.kind == "flow":
                    rule = f"=AND(COUNT({month},{total})=2,{month}>{total})"
                    self.sheet.conditional_format(total, {"type": "formula", "criteria": rule, "format": red})

    def _foot(self, row: int) -> None:
        label = self._bordered(bold=True, align="center", bg_color=GREY)
        field = {"bg_color": YELLOW, "locked": False, "align": "center"}
        self.sheet.set_row(row, 26)
        places = ((marked.FILLED_BY, 0, 1, 1), (marked.CHECKED_BY, 2, 3, 4), (marked.FILLED_ON, 5, 6, 7))
        for name, column, first, last in places:
            day = {"num_format": 'yyyy"年"m"月"d"日"'} if name == marked.FILLED_ON else {}
            self.sheet.write_string(row, column, name, label)
            if first == last:
                self.sheet.write_blank(row, first, None, self._bordered(**field, **day))
            else:
                self.sheet.merge_range(row, first, row, last, None, self._bordered(**field, **day))
        self.sheet.data_validation(
            row,
            6,
            row,
            6,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": marked.last_day(self.period),
                "maximum": "=TODAY()",
                "ignore_blank": False,
                "input_title": marked.FILLED_ON,
                "input_message": "填写日期，如 2025-09-10；不早于报告期末，不晚于今天。",
                "error_title": "日期不对",
                "error_message": "请填写日期，如 2025-09-10；不早于报告期末，不晚于今天。",
            },
        )
        mark = f"表式标识（请勿改动）：{form.mark(self.area, self.period, self.asked)}"
        self.sheet.merge_range(row + 1, 0, row + 1, self.code - 1, mark, self._format(font_size=7, font_color=LINE))
        self.sheet.print_area(0, 0, row + 1, self.code - 1)
