"""What a file is about to say, and what a printed cell says: written without the project's own parsing, to judge it by.

A figure is drawn first and printed afterwards; `says`, `place_of`, `period_of` and the others read a cell back as a careful
person would, so that a damaged cell has a meaning of its own (1377 with one digit changed is another number) or none.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from hypothesis import strategies as st

from dagster_project.lib.house import ROOT


def _seed(name: str) -> list[dict]:
    with (ROOT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


#: Marks of a missing figure that yearbooks, customs tables and exports of pandas print.
MISSING = ["", "-", "—", "–", "一", "…", "...", "NaN"]
#: The cities, their codes, and how they are printed beside the code forms.
PLACES = {
    "420100": ["武汉市", "武汉", "武漢市", "武　汉", "Wuhan", "武汉地区", "4201", "420100", "420100.0", "420100000000"],
    "420700": ["鄂州市", "鄂州", "鄂 州", "4207", "420700", "420700.0", "420700000000"],
    "420900": ["孝感市", "孝感", "孝感地区", "4209", "420900", "420900000000"],
    "421100": ["黄冈市", "黄冈", "黃岡市", "4211", "421100", "CN-421100"],
    "429004": ["仙桃市", "仙桃", "429004", "429004.0", "429004000000"],
    "420000": ["湖北省", "湖北", "42", "420000", "420000000000"],
}
#: Names that need no code, for layouts whose first column is a name.
NAMES = {code: [name for name in names if re.search("[一-鿿]", name)] for code, names in PLACES.items()}
#: Series: how its heading names it, and the units it may be printed in.
MONEY = ["元", "万元", "亿元", "万美元", "亿美元", "百万美元"]
SERIES = {
    "trade_total": ("进出口总额", MONEY),
    "trade_export": ("货物出口额", MONEY),
    "trade_import": ("货物进口额", MONEY),
    "gdp": ("地区生产总值", ["亿元", "万元"]),
    "fdi_used": ("实际使用外资", ["万美元", "亿美元", "百万美元"]),
    "population_resident": ("常住人口", ["万人", "人"]),
}
UNITS = {row["unit"]: (row["unit_measure"], int(row["unit_mult"])) for row in _seed("units")}
_NAMED = {row["name"]: row["ref_area"] for row in _seed("places")} | {row["name_zh"]: row["ref_area"] for row in _seed("areas")}
_NAMED |= {name: code for code, names in PLACES.items() for name in names}
_NAMED = {"".join(unicodedata.normalize("NFKC", name).split()): code for name, code in _NAMED.items()}
_CODES = {row["ref_area"] for row in _seed("areas")}
_SERIES = {row["series"] for row in _seed("series")}
_ALL_LABELS = {row["label"]: row["series"] for row in _seed("series_labels") if not (row["ref_area"] or row["counterpart"])}


@dataclass(frozen=True)
class Figure:
    """One figure as it should land: `text` is its exact decimal, or empty where it is missing (`status` says how)."""

    place: str
    series: str
    period: str
    basis: str
    unit: str
    text: str
    status: str = "A"

    @property
    def key(self) -> tuple:
        return self.series, self.place, self.period, self.basis

    @property
    def landed(self) -> tuple:
        """The figure as a row of observations says it."""
        return *self.key, *UNITS[self.unit], float(self.text) if self.text else None, self.status


def numbers(missing: bool = True) -> st.SearchStrategy[str]:
    """Exact decimals of every size that the tables print, float noise among them; empty for a missing figure."""
    kinds = [
        st.integers(0, 10**9).map(str),
        st.decimals(0, 10**6, places=2).map(lambda value: f"{value:f}"),
        st.floats(0.001, 10**9).map(lambda value: f"{Decimal(repr(value)):f}"),
    ]
    return st.one_of(*kinds, *([st.just("")] if missing else []))


def _grouped(text: str) -> str:
    return f"{Decimal(text):,f}"


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


NUMBER_FORMS = {
    "plain": str,
    "grouped": _grouped,
    "full-width": _wide,
    "padded": lambda text: f" {text}　",
    "exponent": lambda text: f"{Decimal(text):E}".replace("E+", "e"),
    "zeros": lambda text: text if "." in text else f"{text}.0",
}


def plain(text: str) -> str:
    """A text without full-width forms and spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def says(text: str) -> str | None:
    """The exact decimal that a cell prints, empty for a mark of a missing figure, null for anything else.

    Full-width forms are undone one by one: NFKC would make a digit of a footnote mark.
    """
    text = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else " " if c == "　" else c for c in text).strip()
    if text in MISSING or text.lower() in ("nan", "null", "--", "——", "……"):
        return ""
    grouped = re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text)
    if not (grouped or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", text)):
        return None
    try:
        return f"{Decimal(text.replace(',', '')):f}"
    except InvalidOperation:
        return None


def place_of(text: str) -> str | None:
    """The code of a place as printed."""
    text = plain(text).removeprefix("地区:")
    match = re.fullmatch(r"(?:CN-)?(\d{2}|\d{4}|\d{6})(?:\.0|000000)?", text)
    code = match[1].ljust(6, "0") if match else None
    return _NAMED.get(text) or _NAMED.get(text.removesuffix("地区")) or (code if code in _CODES else None)


def series_of(text: str) -> str | None:
    """The series of a heading or label, which may hold its unit in brackets; a series stands for itself."""
    bare = plain(re.sub(r"[(（][^()（）]*[)）]", "", text)).removeprefix("指标:")
    return bare if bare in _SERIES else _ALL_LABELS.get(bare)


def unit_of(text: str) -> str | None:
    """The unit that a cell prints, alone or in brackets."""
    inside = [plain(part).removeprefix("单位:") for part in re.findall(r"[(（]([^()（）]*)[)）]", text)]
    return next((unit for unit in [plain(text), *inside] if unit in UNITS), None)


def period_of(text: str) -> tuple[str, str] | None:
    """(period, basis) of a printed year or month; 1-3月 is cumulative."""
    text = plain(text)
    if match := re.fullmatch(r"(?:中国)?(\d{4})(?:年地级以上城市数据|\.0|年度?|YY)?", text):
        return match[1], "period"
    if match := re.fullmatch(r"(\d{4})(?:(?P<dash>[-/])|年)?(?P<from>1月?[-—–~至]+)?(\d{1,2})(?:月份?|MM)?(?P<sum>累计)?", text):
        return f"{match[1]}-{int(match[4]):02}", "ytd" if match["from"] or match["sum"] else "period"
    if match := re.fullmatch(r"(\d{4})-01/\1-(\d\d)", text):
        return f"{match[1]}-{match[2]}", "ytd"
    return None
