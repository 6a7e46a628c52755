"""招商引资项目台账: an .xlsx that a city fills in with its projects, those it last reported standing in it already.

readers/project_form.py reads it when it comes back. The same seeds and the same build give the same bytes. Only the yellow cells
can be written in.
"""

from datetime import date
from io import BytesIO
from pathlib import Path

import duckdb
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from dagster_project.lib import chinese
from dagster_project.lib.declarations import Declared
from dagster_project.lib.forms import BLUE, CREATED, GREY, LINE, YELLOW, city_name
from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.readers import marked
from dagster_project.lib.readers.project_form import HEADINGS, TITLE, UNIT, mark
from schemas.project import AMOUNTS, DAYS, ENDED, FIELDS, STAGES

NOTES = (
    "填写说明：1. 每行一个项目，列出全部项目（包括已投产和已终止的），不只是本月新增；整张台账取代上一张。"
    "2. 项目编号由市里自定，一经使用不再改变。3. 各阶段填进入该阶段的日期，没有到的阶段留空；放弃的项目填终止日期，不要删行。"
    f"4. 合同资金、累计到位资金以{UNIT}人民币计，外币按签约日中间价折算；签约后才填；没有数的留空，不按零计；增资的改合同资金。"
    "5. 来源地、行业从下拉表中选取；外商投资按实际投资方所在经济体，内资选“中国内地”。6. 行不够可插入行。"
)
WIDTHS = {
    **{"project": 14, "name_zh": 30, "investor_zh": 24, "economy": 12, "industry": 24, "site_zh": 16},
    **dict.fromkeys(DAYS, 11),
    **dict.fromkeys(AMOUNTS, 14),
}
#: Blank rows behind the projects already known.
BLANK_ROWS = 200
#: Rows before the first project: title, area and period, signatures, notes, headings.
HEAD = 5
FIRST_DAY = date(1990, 1, 1)
FIELD_NAMES = list(FIELDS)


def write(declared: Declared, area: str, period: str, database: Path | None) -> bytes:
    """The register of one city at the end of one month (2025-08), as the bytes of an .xlsx.

    `database` is the published openecon.duckdb, for the projects known, or null. Raises BuildStopped where the area is no city in
    scope, the period no month, or a list of seeds/ is longer than Excel's.
    """
    place = city_name(declared, area)
    if "-" not in period:
        raise BuildStopped(f"a register of projects is of a month such as 2025-08, not of {period!r}")
    known = _known(area, period, database)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": f"{TITLE} {place} {period}", "created": CREATED})
        lists = {"economy": declared["economies"]["name_zh"].to_list(), "industry": declared["industries"]["name_zh"].to_list()}
        _Register(book, area, place, period, known, lists).write()
    return buffer.getvalue()


def _known(area: str, period: str, database: Path | None) -> list[dict]:
    """The projects of the last published register of the area, of this period or an earlier one."""
    if database is None or not database.is_file():
        return []
    amounts = ", ".join(f"round({name} / 1e4, 6) as {name}" for name in AMOUNTS)
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            f"""
            select project, project_zh as name_zh, investor_zh, economy_zh as economy, industry_zh as industry, site_zh,
                {", ".join(DAYS)}, {amounts}
            from marts.investment_projects
            where ref_area = ? and time_period <= ?
            order by project
            """,
            [area, period],
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class _Register:
    """The sheet of the projects and the sheet of the lists to choose from."""

    def __init__(self, book: xlsxwriter.Workbook, area: str, place: str, period: str, known: list[dict], lists: dict) -> None:
        self.book, self.sheet = book, book.add_worksheet("项目台账")
        self.area, self.place, self.period, self.known, self.lists = area, place, period, known, lists
        self.last = HEAD + len(known) + BLANK_ROWS - 1
        self.columns = {field: column for column, field in enumerate(FIELDS)}

    def write(self) -> None:
        """All of it."""
        self._lists()
        self._page()
        self._head()
        self._rows()
        self._rules()
        self._warn()

    def _format(self, **more) -> xlsxwriter.format.Format:
        return self.book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True} | more)

    def _bordered(self, **more) -> xlsxwriter.format.Format:
        return self._format(border=1, border_color=LINE, **more)

    def _lists(self) -> None:
        choices = self.book.add_worksheet("选项")
        choices.protect()
        for column, (field, names) in enumerate(self.lists.items()):
            choices.write_string(0, column, FIELDS[field], self._bordered(bold=True, bg_color=GREY))
            choices.set_column(column, column, 36)
            for row, name in enumerate(names, start=1):
                choices.write_string(row, column, name, self._bordered())
        choices.freeze_panes(1, 0)

    def _page(self) -> None:
        self.sheet.protect(
            "", {"format_columns": True, "format_rows": True, "insert_rows": True, "sort": True, "autofilter": True}
        )
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEAD - 1)
        self.sheet.set_footer(f"&L&9{self.place} {chinese.period(self.period, 'period')}&R&9第 &P 页，共 &N 页")
        self.sheet.hide_gridlines(2)
        self.sheet.freeze_panes(HEAD, 2)
        for field, column in self.columns.items():
            self.sheet.set_column(column, column, WIDTHS[field])

    def _head(self) -> None:
        end = len(FIELDS) - 1
        self.sheet.set_row(0, 34)
        self.sheet.merge_range(0, 0, 0, end, TITLE, self._format(bold=True, font_size=16, align="center", font_color=BLUE))
        line = self._format(bold=True, font_size=11)
        self.sheet.set_row(1, 22)
        self.sheet.merge_range(1, 0, 1, 2, f"{marked.AREA_LINE}：{self.place}（{self.area}）", line)
        self.sheet.merge_range(1, 3, 1, 5, f"{marked.PERIOD_LINE}：{chinese.period(self.period, 'period')}", line)
        mark_text = f"表式标识（请勿改动）：{mark(self.area, self.period)}"
        self.sheet.merge_range(1, 6, 1, end, mark_text, self._format(font_size=7, font_color=LINE, align="right"))
        self._signatures()
        self.sheet.set_row(3, 58)
        self.sheet.merge_range(3, 0, 3, end, NOTES, self._format(font_size=9, bg_color=GREY, border=1, border_color=LINE))
        heading = self._bordered(bold=True, align="center", font_color="#FFFFFF", bg_color=BLUE)
        self.sheet.set_row(4, 32)
        for field, column in self.columns.items():
            self.sheet.write_string(4, column, HEADINGS[field], heading)

    def _signatures(self) -> None:
        self.sheet.set_row(2, 24)
        label = self._bordered(bold=True, align="center", bg_color=GREY)
        field = {"bg_color": YELLOW, "locked": False, "align": "center"}
        for name, column in ((marked.FILLED_BY, 0), (marked.CHECKED_BY, 2), (marked.FILLED_ON, 4)):
            day = {"num_format": "yyyy-mm-dd"} if name == marked.FILLED_ON else {}
            self.sheet.write_string(2, column, name, label)
            self.sheet.write_blank(2, column + 1, None, self._bordered(**field, **day))
        self.sheet.data_validation(
            2,
            5,
            2,
            5,
            self._day_rule(marked.last_day(self.period), "=TODAY()", "不早于报告期末，不晚于今天。", ignore_blank=False),
        )

    def _rows(self) -> None:
        kinds = {
            **{field: {"num_format": "yyyy-mm-dd", "align": "center"} for field in DAYS},
            **{field: {"num_format": "#,##0.######", "align": "right"} for field in AMOUNTS},
        }
        cells = {field: self._bordered(bg_color=YELLOW, locked=False, **kinds.get(field, {})) for field in FIELDS}
        for row in range(HEAD, self.last + 1):
            project = self.known[row - HEAD] if row - HEAD < len(self.known) else {}
            for field, column in self.columns.items():
                value = project.get(field)
                if value is None:
                    self.sheet.write_blank(row, column, None, cells[field])
                elif field in DAYS:
                    self.sheet.write_datetime(row, column, value, cells[field])
                elif field in AMOUNTS:
                    self.sheet.write_number(row, column, value, cells[field])
                else:
                    self.sheet.write_string(row, column, value, cells[field])

    def _rules(self) -> None:
        for place, (field, names) in enumerate(self.lists.items()):
            letter = xl_col_to_name(place)
            self._over(field, {
                "validate": "list",
                "source": f"=选项!${letter}$2:${letter}${len(names) + 1}",
                "error_title": "请从表中选取",
                "error_message": f"{FIELDS[field]}请从下拉表中选取；表中没有的请告知监测办登记。",
            })  # fmt: skip
        for field in DAYS:
            self._over(field, self._day_rule(FIRST_DAY, marked.last_day(self.period), "不晚于报告期末；没有到这一步的留空。"))
        for field in AMOUNTS:
            self._over(field, {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "input_title": FIELDS[field],
                "input_message": f"以{UNIT}人民币计；签约后才填；没有数的留空，不按零计。",
                "error_title": "不能这样填",
                "error_message": f"这里只能填大于或等于零的数字，单位{UNIT}。",
            })  # fmt: skip

    def _day_rule(self, first: date, last: date | str, hint: str, **more) -> dict:
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": first,
            "maximum": last,
            "input_message": f"填写日期，如 2025-08-15；{hint}",
            "error_title": "日期不对",
            "error_message": f"请填写日期，如 2025-08-15；{hint}",
        } | more

    def _over(self, field: str, rule: dict) -> None:
        column = self.columns[field]
        self.sheet.data_validation(HEAD, column, self.last, column, rule)

    def _warn(self) -> None:
        """Red where the row will be held when it comes back: a number twice, days out of order, money beyond its contract."""
        red = self.book.add_format({"bg_color": "#F8CBAD", "font_color": "#9C0006", "bold": True})
        at = {field: f"${xl_col_to_name(column)}{HEAD + 1}" for field, column in self.columns.items()}
        numbers = f"${xl_col_to_name(0)}${HEAD + 1}:${xl_col_to_name(0)}${self.last + 1}"
        rules = {
            "project": f'AND({at["project"]}<>"",COUNTIF({numbers},{at["project"]})>1)',
            "arrived": f"AND(COUNT({at['contracted']},{at['arrived']})=2,{at['arrived']}>{at['contracted']})",
            "signed_on": f'AND({at["signed_on"]}="",COUNT({at["started_on"]},{at["operating_on"]})>0)',
        }
        days = [*STAGES, ENDED]
        for place, later in enumerate(days[1:], start=1):
            first, before = at[days[0]], at[days[place - 1]]
            in_order = f'AND({at[later]}<>"",COUNT({first}:{before})>0,{at[later]}<MAX({first}:{before}))'
            rules[later] = f"OR({rules[later]},{in_order})" if later in rules else in_order
        for field, rule in rules.items():
            column = self.columns[field]
            self.sheet.conditional_format(
                HEAD, column, self.last, column, {"type": "formula", "criteria": f"={rule}", "format": red}
            )
