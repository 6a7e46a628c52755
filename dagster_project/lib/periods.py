"""Periods as these statistics have them. Cumulatives run from January; anything else is told, never guessed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import groupby

_YEAR = re.compile(r"^(\d{4})$", re.ASCII)
_MONTH = re.compile(r"^(\d{4})-(\d{2})$", re.ASCII)
_DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)

#: As tables print them, half-width and without spaces. A day stands for the period it begins: spreadsheets keep 2024-03 so.
_PRINTED_YEAR = re.compile(r"^(\d{4})(?:\.0|年度?)?$", re.ASCII)
_PRINTED_MONTH = re.compile(
    r"^(?:(?P<year>\d{4})年)?(?:(?P<start>\d{1,2})月?[-—–―−~〜至到]{1,2})?(?P<month>\d{1,2})月份?(?P<total>累计)?$", re.ASCII
)
_PRINTED_DIGITS = re.compile(r"^(?P<year>\d{4})(?:[-/](?P<month>\d{1,2})|(?P<digits>\d{2})(?:\.0)?)$", re.ASCII)
_PRINTED_FIRST_DAY = re.compile(r"^(\d{4})[-/](\d{1,2})[-/]0?1(?:T?00:00:00)?$", re.ASCII)


@dataclass(frozen=True)
class Period:
    """freq and time_period in SDMX form; basis is `period` or `ytd` (cumulative from January)."""

    freq: str
    time_period: str
    basis: str


class PeriodProblem(ValueError):
    """A period that does not fit the contract of an observation."""


def tidy(period: str, frequency: str) -> Period:
    """Read the period columns of a tidy file.

    `2024` annual · `2024-03` monthly · `2024-01/2024-03` ytd, from January to the end of a month · a date for census
    (kept as its year) and snapshot (kept as its month) rows.
    """
    reader = _READ.get(frequency)
    if reader is None:
        raise PeriodProblem(f"频率“{frequency}”应为 annual、monthly、ytd、census 或 snapshot")
    return reader(period)


def printed(text: str, freq: str, year: str | None = None) -> Period:
    """Read a period as a table prints it, in a heading or a cell; `year` (four digits) completes a month printed without one.

    freq A: 2018年 2018 2018.0 · freq M: 2019年12月 2019-12 202408 3月, and the cumulatives (basis ytd) 1-3月 1—3月 1至3月
    3月累计 · either: the first day of the period. Raises PeriodProblem for anything else, for a cumulative that does not begin
    in January, and for a year that differs from `year`.
    """
    plain = "".join(half_width(text).split())
    found = _printed_year(plain) if freq == "A" else _printed_month(plain, year)
    if found is None:
        raise PeriodProblem(f"时期“{text}”不是{'年份' if freq == 'A' else '月份'}的写法")
    if not 1900 <= int(found.time_period[:4]) <= 2100:
        raise PeriodProblem(f"时期“{text}”不在1900年至2100年之间")
    if freq == "M" and year is not None and found.time_period[:4] != year:
        raise PeriodProblem(f"时期“{text}”与另处所印年份{year}不符")
    return found


def half_width(text: str) -> str:
    """NFKC, but ① and ² stay the footnote marks that they are: as digits they would make 2024-11 of 2024-1①."""
    runs = groupby(text, key=lambda character: unicodedata.category(character) == "No")
    return "".join("".join(run) if marks else unicodedata.normalize("NFKC", "".join(run)) for marks, run in runs)


def _printed_year(plain: str) -> Period | None:
    match = _PRINTED_YEAR.match(plain)
    day = _PRINTED_FIRST_DAY.match(plain)
    if day and int(day[2]) == 1:
        match = day
    return Period("A", match[1], "period") if match else None


def _printed_month(plain: str, year: str | None) -> Period | None:
    start = total = None
    if match := _PRINTED_MONTH.match(plain):
        own, month, start, total = match["year"], int(match["month"]), match["start"], match["total"]
    elif match := _PRINTED_DIGITS.match(plain):
        own, month = match["year"], int(match["month"] or match["digits"])
    elif match := _PRINTED_FIRST_DAY.match(plain):
        own, month = match[1], int(match[2])
    if not match or not 1 <= month <= 12:
        return None
    if start is not None and int(start) != 1:
        raise PeriodProblem(f"累计时期“{plain}”不是从当年1月起")
    if not (own or year):
        raise PeriodProblem(f"时期“{plain}”没有年份")
    return Period("M", f"{own or year}-{month:02}", "ytd" if start or total else "period")


def _annual(period: str) -> Period:
    match = _YEAR.match(period) or _DAY.match(period)
    if not match or (len(period) == 10 and not period.endswith("12-31")):
        raise PeriodProblem(f"年度时期“{period}”应为四位年份")
    return Period("A", match[1], "period")


def _monthly(period: str) -> Period:
    if not _is_month(period):
        raise PeriodProblem(f"月度时期“{period}”应如 2024-03")
    return Period("M", period, "period")


def _ytd(period: str) -> Period:
    start, _, end = period.partition("/")
    if not (_is_month(start) and _is_month(end)):
        raise PeriodProblem(f"累计时期“{period}”没有止于月末")
    if start[:4] != end[:4] or start[5:] != "01":
        raise PeriodProblem(f"累计时期“{period}”不是从当年1月起")
    return Period("M", end, "ytd")


def _census(period: str) -> Period:
    match = _day(period)
    if not match:
        raise PeriodProblem(f"普查时点“{period}”应为日期")
    return Period("A", match[1], "period")


def _snapshot(period: str) -> Period:
    match = _day(period)
    if not match:
        raise PeriodProblem(f"时点“{period}”应为日期")
    return Period("M", f"{match[1]}-{match[2]}", "period")


def _day(text: str) -> re.Match | None:
    """The match of a date that the calendar has."""
    match = _DAY.match(text)
    try:
        return match if match and date.fromisoformat(text) else None
    except ValueError:
        return None


def _is_month(text: str) -> bool:
    match = _MONTH.match(text)
    return bool(match) and 1 <= int(match[2]) <= 12


_READ = {"annual": _annual, "monthly": _monthly, "ytd": _ytd, "census": _census, "snapshot": _snapshot}
