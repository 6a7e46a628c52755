"""A first source.yml for a file nobody has declared yet: what can be seen in the file is written, what cannot is marked 请填写.

Nothing guessed here is taken on trust: the reader of the guessed layout is run on the file, and what would land is shown.
"""

import codecs
import json
import re
from dataclasses import dataclass, field

import polars as pl
import yaml
from pydantic import ValidationError

from dagster_project.lib import numbers, periods
from dagster_project.lib.declarations import Declared
from dagster_project.lib.landing import split
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL, READERS, customs_by_location, form, tidy_long
from dagster_project.lib.readers.headings import Headings, element, folded
from dagster_project.lib.readers.sheets import Sheet, open_sheets
from dagster_project.lib.readers.text import characters
from dagster_project.lib.resolve import Nearest, Places, resolve
from dagster_project.lib.spelling import normal, simplified
from schemas.layouts import OPTIONS

FILL = "请填写"
#: Rows in which the headings are looked for, and rows below them that are looked at.
SEARCHED, LOOKED_AT = 40, 300
#: More value columns than these are listed only where their indicator is registered.
FEW_COLUMNS = 15
SHOWN = 8

_MONTH_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])(?!\d)")
_YEAR_IN_TEXT = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年?(?!\d)")
_UNIT_ABOVE = r"单位[:：]\s*(\S+?)\s*$"
_LABEL_ABOVE, _AREA_ABOVE = r"指标[:：]\s*(.+)", r"地区[:：]\s*(.+)"
_NOT_VALUES = re.compile("序号|编号|代码|名次|位次|排名|插值")
_PERIOD_HEADINGS = re.compile("年|月|时|期|year|month|date|period|time", re.IGNORECASE)
_PLACE_HEADINGS = re.compile("[^:：]*(地区|地區|城市|地级市|所在地|行政区|机场|港名)[^:：]*")


@dataclass
class Guess:
    """What a specimen seems to be. `options` in the words of the layout; None stands for what a person must fill in.

    `why`: a remark in Chinese for the layout (key "") and for each option; `month`: (year, month) in the file's name.
    """

    layout: str
    freq: str
    options: dict
    why: dict[str, str] = field(default_factory=dict)
    title: str | None = None
    month: tuple[str, str] | None = None


def guess(content: bytes, name: str, declared: Declared) -> Guess:
    """The layout and options of a specimen. Raises FileProblem where the file is no publication that can be read."""
    found = _by_signature(content, name, declared)
    if match := _MONTH_IN_NAME.search(name):
        found.month = match[1], match[3]
    return found


def _by_signature(content: bytes, name: str, declared: Declared) -> Guess:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json(content, name)
    try:
        sheets = open_sheets(content, name)
    except FileProblem:
        if prose := _prose(content, name):
            return prose
        raise
    if any(form.FORM in text for sheet in sheets for row in sheet.rows for text in row):
        raise FileProblem(
            name, "it is a form that a city returned", "Put it into raw/reported/files/: nothing is to be declared."
        )
    first = sheets[0]
    if first.kind == "csv":
        if _is_customs(first):
            return _customs(first, declared)
        if set(tidy_long.COLUMNS) == {text for row in first.rows[:1] for text in row if text}:
            return Guess("tidy_long", "mixed", {}, {"": "第一行即九个固定列名，无须申报"})
        if prose := _prose(content, name):
            return prose
    found = _Table(sheets, name, declared).guess()
    if first.kind == "csv" and (encoding := _encoding(content)) != "utf-8":
        found.options = {"encoding": encoding} | found.options
        found.why["encoding"] = "按内容识别"
    return found


def _encoding(content: bytes) -> str:
    """The encoding in which a text has been read: the three that are told apart with certainty."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _json(content: bytes, name: str) -> Guess:
    try:
        said = json.loads(characters(content, name))
    except RecursionError as problem:
        raise FileProblem(name, "it is JSON nested too deeply for a table", "Save the table as .csv or .xlsx.") from problem
    except ValueError as problem:
        raise FileProblem(name, f"it begins as JSON and is none ({problem})", "Download it again.") from problem
    if not (isinstance(said, dict) and "data" in said):
        raise FileProblem(
            name, "it is JSON, but not a reply of data.stats.gov.cn (no `data`)", "Save the table as .csv or .xlsx."
        )
    codes = {str(member.get("code", "")) for member in said["data"] if isinstance(member, dict)}
    monthly = any(code.endswith("MM") for code in codes)
    why = {
        "": "国家统计局数据接口的回复",
        "basis": "月度指标逐个写 period（当月）或 ytd（累计）" if monthly else "年度数据无须填写",
    }
    names = {
        str(value.get("i_showname", "")).partition("(")[0].strip()
        for member in said["data"]
        if isinstance(member, dict)
        for value in member.get("values", [])
    }
    return Guess("nbs_json", "M" if monthly else "A", {"basis": dict.fromkeys(sorted(names)) if monthly else {}}, why)


def _prose(content: bytes, name: str) -> Guess | None:
    """A statistical bulletin: sentences, not cells."""
    try:
        text = simplified(re.sub(r"<[^>]*>", "", characters(content, name)))
    except FileProblem:
        return None
    if text.count("。") < 3 or "增长" not in text or "年" not in text:
        return None
    year = _YEAR_IN_TEXT.search(text)
    options = {"area": None, "freq": "A", "patterns": None} | ({"period": year[1]} if year else {})
    why = {
        "": "成句的公报",
        "area": "所述城市的六位代码",
        "period": "正文第一个年份，请核对",
        "patterns": "逐项写短语与序列，如 [{phrase: 货物进出口总额, series: trade_total, growth: trade_total_yoy}]",
    }
    return Guess("bulletin", "A", options, why, title=next(filter(None, map(str.strip, text.splitlines())))[:60])


def _is_customs(sheet: Sheet) -> bool:
    heads = [row[0] for row in sheet.rows[:4]]
    return heads.count(customs_by_location.PLACE_HEADING) == 2 and any("进出口" in row for row in sheet.rows[:3])


def _customs(sheet: Sheet, declared: Declared) -> Guess:
    units = sorted({text.partition("：")[2] for text in sheet.rows[0] if text.startswith("单位：")})
    cities = set(declared["areas"].filter(pl.col("use") == "scope")["ref_area"])
    places = Places(declared)
    areas = sorted({code for row in sheet.rows[3:] if (code := places[row[0]]) in cities and "-" not in code})
    why = {
        "": "海关总署收发货人所在地总值表",
        "unit": "表头第一行所印单位",
        "expected_areas": "样本中出现的本圈城市；以后各期缺行会提示",
    }
    return Guess("customs_by_location", "M", {"unit": units[0] if len(units) == 1 else None, "expected_areas": areas}, why)


class _Table:
    """A table whose headings say what its columns are: what can be seen of its place, period, indicator and unit."""

    def __init__(self, sheets: list[Sheet], name: str, declared: Declared) -> None:
        self.name = name
        self.places = Places(declared)
        self.units = {normal(unit) for unit in declared["units"]["unit"]}
        labels = declared["series_labels"].filter((pl.col("source_id") == "*") & pl.col("ref_area").is_null())
        self.labels = {normal(label): series for label, series in labels.select("label", "series").rows()}
        self.series = {normal(name_zh): series for series, name_zh in declared["series"].select("series", "name_zh").rows()}
        found = [(sheet, row) for sheet in sheets if (row := _first_figures(sheet)) is not None]
        if not found:
            raise FileProblem(name, "no row of headings with figures below it was found", "Write its source.yml by hand.")
        self.sheet, self.first = found[0]
        self.several = len(sheets) > 1
        self.width = len(self.sheet.rows[self.first])
        self.body = self._rows_from(self.first)
        self.why: dict[str, str] = {}
        self.taken: set[int] = set()
        self.row = self.first - 1

    def _rows_from(self, first: int) -> list[list[str]]:
        return [row for row in self.sheet.rows[first:] if any(row)][:LOOKED_AT]

    def guess(self) -> Guess:
        """The whole declaration of the table."""
        options: dict = {"sheet": self.sheet.name} if self.several else {}
        place = self._place_column()
        self._find_headings(place)
        self.above = [folded(text) for row in self.sheet.rows[: self.row] for text in row if text]
        options["heading"] = self._heading(place)
        options["area"] = self._area(place)
        unit = self._column_where("unit", lambda text: normal(text) in self.units)
        options["period"], freq = self._period()
        if options["period"] == {"heading": True}:
            options["label"] = self._label()
            columns: list[dict] | str = "periods"
        else:
            columns = self._columns(unit)
        unit = unit or self._unit(options.get("label"), columns)
        if unit or columns == "periods" or not any("unit" in column for column in columns):
            options["unit"] = unit
        options["freq"] = freq
        if freq == "M":
            options["basis"] = self._basis(options["period"])
        options["columns"] = columns
        if drop := self._notes():
            options["drop"] = drop
        if any(self.places[row[place]] and sum(map(bool, row)) == 1 for row in self.body if place is not None):
            options["blank_rows"] = "drop"
            self.why["blank_rows"] = "只有地名的行是分组标题"
        title = next((text for text in self.above if len(text) > 6 and not re.search("[:：]", text)), None)
        return Guess("table", freq, options, self.why | {"": "一般表格，按表头文字识别"}, title)

    # Where things stand

    def _place_column(self) -> int | None:
        """The column of places: of several the one with most different ones, for a city is listed beside its province."""

        def is_place(text: str) -> bool:
            return self.places[text] is not None and (len(text.partition(".")[0]) >= 4 if _is_figure(text) else True)

        shares = [column for column in range(self.width) if self._share(column, is_place) > 0.5]
        self.taken |= set(shares)
        different = {column: len({self.places[row[column]] for row in self.body} - {None}) for column in shares}
        named = [c for c in range(self.width) if any(_PLACE_HEADINGS.fullmatch(row[c]) for row in self.sheet.rows[: self.first])]
        return max(shares, key=lambda column: (different[column], -column)) if shares else next(iter(named), None)

    def _find_headings(self, place: int | None) -> None:
        """The row that the headings begin in: above the figures, the nearest with a heading over the places."""
        for row in range(self.first - 1, -1, -1):
            texts = self.sheet.rows[row]
            if sum(map(bool, texts)) >= 2 and (place is None or (texts[place] and not self.places[texts[place]])):
                self.row = row
                return

    def _heading(self, place: int | None) -> dict:
        texts = self.sheet.rows[self.row]
        column = (
            place if place is not None else next(c for c, text in enumerate(texts) if text and self.sheet.rows[self.first][c])
        )
        self.taken |= {column} if place is not None else set()
        heading: dict = {"first": texts[column].split("\n")[0].strip()}
        before = [row for row in self.sheet.rows[: self.row] if any(row)][-1:]
        if before and sum(map(bool, before[0])) >= 3:
            heading["above"] = 1
        self.heads = Headings(self.sheet, {"rows": None, "above": 0} | heading, self.name)
        self.paths, self.body = self.heads.paths, self._rows_from(self.heads.body)
        return heading

    def _share(self, column: int, fits) -> float:
        texts = [row[column] for row in self.body if row[column]]
        return sum(bool(fits(text)) for text in texts) / len(texts) if texts else 0.0

    def _column_where(self, key: str, fits, share: float = 0.5, among: set[int] | None = None) -> dict | None:
        """The column most of whose cells fit."""
        free = (set(range(self.width)) if among is None else among) - self.taken
        shares = {column: self._share(column, fits) for column in sorted(free)}
        best = max(shares, key=lambda column: (shares[column], -column), default=None)
        if best is None or shares[best] <= share or not self._name(best):
            return None
        self.taken.add(best)
        self.why[key] = "按该列内容识别"
        return {"column": self._name(best)}

    def _area(self, place: int | None) -> dict | None:
        if place is not None:
            self.why["area"] = (
                "按该列内容识别" if self._share(place, self.places.__getitem__) > 0.5 else "按表头识别，地名多未登记"
            )
            return {"column": self._name(place)}
        named = next((match[1] for text in self.above if (match := re.search(_AREA_ABOVE, text))), None)
        if named and self.places[named]:
            self.why["area"] = f"表头上方印“地区：{named}”"
            return {"above": _AREA_ABOVE}
        self.why["area"] = f"{FILL}：地区所在列 {{column: 表头}}，或 {{constant: '六位代码'}}"
        return None

    def _period(self) -> tuple[dict | None, str]:
        free = [column for column in range(self.width) if column not in self.taken]
        for freq in ("M", "A"):
            if sum(any(_reads_as(part.name, freq) for part in self.paths[column]) for column in free) >= 2:
                self.why["period"] = "各列表头即时期"
                return {"heading": True}, freq
        for freq in ("A", "M"):
            named = {column for column in free if _PERIOD_HEADINGS.search(self._name(column))}
            if found := self._column_where("period", lambda text, freq=freq: _reads_as(text, freq), 0.8, named):
                return found, freq
        if _MONTH_IN_NAME.search(self.name):
            self.why["period"] = "文件名含年月"
            return {"file_name": True}, "M"
        years = sorted({match[1] for text in self.above if (match := _YEAR_IN_TEXT.search(text))})
        if len(years) == 1:
            self.why["period"] = "表头上方所印年份，请核对"
            return {"above": r"(\d{4}年)"} if any(f"{years[0]}年" in text for text in self.above) else {"constant": years[0]}, "A"
        self.why["period"] = f"{FILL}：表内没有时期，如 {{constant: '2018'}}；文件名中的年份可能是版次，比数据晚一年"
        return None, "A"

    def _label(self) -> dict | None:
        if found := self._column_where("label", lambda text: not _is_figure(text), 0.8):
            return found
        if any(re.search(_LABEL_ABOVE, text) for text in self.above):
            self.why["label"] = "表头上方印“指标：…”"
            return {"above": _LABEL_ABOVE}
        corners = [
            text for text in [*self.above, *map(folded, self.sheet.rows[self.row])] if self._unit_in(text) not in (None, "%")
        ]
        if len(corners) == 1:
            self.why["label"] = f"取自单元格“{corners[0]}”"
            return {"above": rf"^(.+\({re.escape(self._unit_in(corners[0]))}\))$"}
        self.why["label"] = f"{FILL}：指标名所在列，或 {{above: 正则表达式}}"
        return None

    def _unit_in(self, text: str) -> str | None:
        return next((unit for unit in element(text).brackets if unit in self.units), None)

    def _unit(self, label: dict | None, columns: list[dict] | str) -> dict | None:
        if label and self._label_has_unit(label):
            self.why["unit"] = "在指标名后的括号里"
            return {"label": True}
        if columns != "periods" and any(self._unit_of(column) for column in self.value_columns):
            self.why["unit"] = "在各列表头的括号里"
            return {"heading": True}
        if any(re.search(_UNIT_ABOVE, text) for text in self.above):
            self.why["unit"] = "表头上方印“单位：…”"
            return {"above": _UNIT_ABOVE}
        if columns == "periods" or not columns:
            self.why["unit"] = f"{FILL}：表内没有计量单位；如 {{constant: 亿元}}，以发布机构所述为准"
        return None

    def _label_has_unit(self, label: dict) -> bool:
        if "column" in label:
            column = next(c for c in range(self.width) if self._name(c) == label["column"])
            return self._share(column, self._unit_in) > 0.5
        return any(
            self._unit_in(text)
            for text in [*self.above, *map(folded, self.sheet.rows[self.row])]
            if re.search(label["above"], text)
        )

    def _unit_of(self, column: int) -> str | None:
        return next((unit for part in self.paths[column] for unit in part.brackets if unit in self.units), None)

    def _columns(self, unit: dict | None) -> list[dict]:
        """The columns of figures: all of a narrow table; of a wide one those whose indicator is registered."""
        free = [column for column in range(self.width) if column not in self.taken and self.paths[column]]
        figures = [c for c in free if self._share(c, _is_figure) > 0.5 and not _NOT_VALUES.search(self._name(c))]
        # A column of the urban districts alone is never taken for the city.
        districts = [column for column in figures if any("市辖区" in part.name for part in self.paths[column])]
        figures = [column for column in figures if column not in districts]
        entries = {column: self._entry(column) for column in figures}
        known = [column for column in figures if normal(self._name(column)) in self.labels | self.series]
        wanted = figures if len(figures) <= FEW_COLUMNS else known
        self.value_columns = [column for column in wanted if entries[column]]
        left = [self._name(column) for column in figures if column not in self.value_columns]
        left += [f"{self._name(column)}（市辖区）" for column in districts]
        told_once = unit or any(re.search(_UNIT_ABOVE, text) for text in self.above)
        has_units = any(self._unit_of(column) for column in self.value_columns)
        columns, unknown = [], []
        for column in self.value_columns:
            name, entry = self._name(column), entries[column]
            registered = (self.series | self.labels).get(normal(name))
            if registered is None:
                unknown.append(name)
            elif normal(name) not in self.labels or entry.get("within") == "全市":
                entry["series"] = registered
            if not self._unit_of(column) and (has_units or not told_once):
                entry["unit"] = None
            columns.append(entry)
        told = [f"未登记的指标（在 seeds/series_labels.csv 登记，或写 series）：{'、'.join(unknown)}"] if unknown else []
        told += [f"未列出的数值列：{'、'.join(left[:40])}"] if left else []
        told += [f"unit 为 null 的列{FILL}"] if any("unit" in entry for entry in columns) else []
        self.why["columns"] = "；".join(told) or ("" if columns else f"{FILL}：没有找到数值列")
        return columns

    def _entry(self, column: int) -> dict | None:
        """The words by which the reader finds this very column, or null where none single it out."""
        name = self._name(column)
        for within in (None, *(part.name for part in self.paths[column] if part.name not in ("", name))):
            try:
                if self.heads.find(name, within) == column:
                    return {"heading": name} | ({"within": within} if within else {})
            except FileProblem:
                continue
        return None

    def _name(self, column: int) -> str:
        """What a column is called: a registered indicator among its headings, else the lowest in Chinese, else the lowest."""
        names = [part.name for part in reversed(self.paths[column]) if re.search("[^\\W\\d_]", part.name)]
        known = [name for name in names if normal(name) in self.labels or normal(name) in self.series]
        chinese = [name for name in names if re.search("[一-鿿]", name)]
        return next(iter([*known, *chinese, *names]), "")

    def _basis(self, period: dict | None) -> str | None:
        heads = [part.name for path in self.paths for part in path]
        if period == {"heading": True} and any(re.search(r"\d[-—–至]\d+月", text) for text in heads):
            self.why["basis"] = "表头印有累计期（1—3月）；无此字样者为当月"
            return "printed"
        self.why["basis"] = f"{FILL}：period 为当月数，ytd 为1月起累计；表头写“当期”的也可能是累计；逐列不同的写在 columns"
        return None

    def _notes(self) -> list[str]:
        """Lines below the table that are no rows of it."""
        marks = ("数据来源", "资料来源", "注", "来源", "说明")
        texts = {folded(next(filter(None, row))) for row in self.body if sum(map(bool, row)) == 1 or len(set(row)) == 1}
        return [f"^{mark}" for mark in marks if any(text.startswith(mark) for text in texts)]


def _first_figures(sheet: Sheet) -> int | None:
    """The first row, below some text, that is mostly figures; a row of years or months is one of headings."""
    for row, cells in enumerate(sheet.rows[:SEARCHED]):
        texts = [text for text in cells if text]
        figures = [text for text in texts if _is_figure(text)]
        told = len(figures) >= (len(texts) - 1) / 2 and len(texts) >= 2
        if row and told and figures and not all(map(_reads, figures)):
            return row
    return None


def _is_figure(text: str) -> bool:
    value, missing = numbers.parse(text)
    return value is not None or missing


def _reads_as(text: str, freq: str) -> bool:
    try:
        periods.printed(text, freq, "2000" if freq == "M" and not re.search(r"\d{4}", text) else None)
    except periods.PeriodProblem:
        return False
    return True


def _reads(text: str) -> bool:
    return _reads_as(text, "A") or _reads_as(text, "M")


# What is written


def unfilled(found: Guess) -> list[str]:
    """The options that a person must fill in before the file can be read."""
    said = [key for key, value in found.options.items() if value is None or (isinstance(value, dict) and None in value.values())]
    columns = found.options.get("columns")
    return said + (["columns"] if isinstance(columns, list) and (not columns or any(None in c.values() for c in columns)) else [])


def declaration(found: Guess, source_id: str, name: str) -> str:
    """source.yml as a person completes it. It loads as soon as every key marked 请填写 has a value."""
    lines = [
        f"# 由 openecon new-source 根据 {name} 写出。标“{FILL}”的键须补上，其余各键请逐一核对；补齐之前构建会停下。",
        f"source_id: {source_id}  # 与文件夹同名",
        f"publisher_zh:  # {FILL}：发布机构",
        f"publisher_en:  # {FILL}：发布机构英文名",
        f"domain:  # {FILL}：领域，如 trade、investment、port、aviation、macro",
        _line("title_zh", found.title, "请核对" if found.title else f"{FILL}：统计表名称"),
        f"title_en:  # {FILL}：统计表英文名",
        "address: null  # 原件网址；确实没有才留 null",
        f"licence:  # {FILL}：official-statistics（官方统计，注明出处即可用）或 facts-with-citation（只取数字并注明出处）",
        _line("layout", found.layout, found.why.get("", "")),
        _line("frequency", found.freq, "A 年度，M 月度，mixed 兼有"),
        "obs_status: P  # 快报、初步数为 P；年鉴等定案数改为 A",
        "on_bad_file: hold  # 读不出的新文件先搁置，不妨碍其他来源发布",
        "options:" + ("" if found.options else " {}"),
        *_options(found),
        "files:",
        f"- file: {_flow(f'files/{name}')}",
        f"  title_zh:  # {FILL}：这一期的名称，如 2025年8月…",
        "  address: null  # 这一期的网址",
        f"  published_on:  # {FILL}：发布日期，如 2025-09-18；不早于能证明之日",
        "  published_basis: obtained  # publisher 原件载明，calendar 发布日历，edition 只知年月，obtained 取得之日",
    ]
    if found.month:
        year, month = found.month
        dated = name.replace(f"{year}", "{yyyy}", 1)
        at = dated.index("{yyyy}") + len("{yyyy}")
        lines += [
            "pattern:  # 以后各期按此文件名放入 files/ 即可，不必再列",
            f"  file: {_flow('files/' + dated[:at] + dated[at:].replace(month, '{mm}', 1))}",
            f"  title_zh:  # {FILL}：如 '{{yyyy}}年{{m}}月…表'",
            "  address: null",
            f"  calendar:  # {FILL}：seeds/calendar.csv 中的发布日历；没有日历就删去 pattern 各行，逐期列入 files",
        ]
    return "\n".join(lines) + "\n"


def _options(found: Guess) -> list[str]:
    lines = []
    for key, value in found.options.items():
        why = found.why.get(key, "")
        if value is None and FILL not in why:
            why = f"{FILL}：{why}".rstrip("：")
        if key == "columns" and isinstance(value, list) and value:
            lines += [f"  columns:{f'  # {why}' if why else ''}", *(f"  - {_flow(column)}" for column in value)]
        else:
            lines.append("  " + _line(key, value, why))
    return lines


def _line(key: str, value, why: str) -> str:
    said = "" if value is None else f" {_flow(value)}"
    return f"{key}:{said}" + (f"  # {why}" if why else "")


def _flow(value) -> str:
    """A value on one line."""
    said = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return said.removesuffix("...\n").strip()


# What would land


def preview(found: Guess, content: bytes, name: str, declared: Declared) -> list[str]:
    """The first rows that would land, and what would be held, told line by line."""
    if lacking := unfilled(found):
        return [f"cannot be read before these options are filled in: {', '.join(lacking)}"]
    try:
        options = OPTIONS[found.layout].model_validate(found.options).model_dump()
        period = "-".join(found.month) if found.month else None
        known = {"known_units": frozenset(declared["units"]["unit"])}
        cells = READERS[found.layout](content, name, period, options | known)
        frame = pl.DataFrame(cells, schema=CELL) if isinstance(cells, list) else next(iter(cells))
    except (ValidationError, FileProblem) as problem:
        return [f"the guess does not read the file: {problem}"]
    return _landed(frame, declared)


def _landed(cells: pl.DataFrame, declared: Declared) -> list[str]:
    day = pl.date(2100, 12, 31)  # not yet told: no period may seem to lie after it
    told = cells.with_columns(
        pl.lit("new").alias("source_id"),
        pl.lit("P").alias("default_status"),
        day.alias("published_on"),
        pl.lit("obtained").alias("published_basis"),
        pl.lit("files/new").alias("source_file"),
        pl.lit("0" * 64).alias("source_sha256"),
    )
    observations, quarantine = split(resolve(told, declared), Nearest(declared))
    shown = ["series", "ref_area", "time_period", "period_basis", "obs_value", "unit_measure", "unit_mult", "obs_status"]
    lines = [f"{observations.height} figures would land, {quarantine.height} would be held"]
    for row in observations.select(*shown, "source_locator").head(SHOWN).iter_rows():
        lines.append("  " + " | ".join("" if value is None else str(value) for value in row))
    reasons = (
        quarantine.group_by("message_zh")
        .agg(pl.len(), pl.first("source_locator"))
        .sort("len", "message_zh", descending=[True, False])
    )
    lines += [f"  held {count}: {message}（{cell}）" for message, count, cell in reasons.head(SHOWN).iter_rows()]
    return lines


def propose(content: bytes, name: str, source_id: str, declared: Declared) -> tuple[str, list[str]]:
    """(source.yml, what would land) for a specimen. Raises FileProblem where the file is no publication that can be read."""
    found = guess(content, name, declared)
    return declaration(found, source_id, name), preview(found, content, name, declared)
