"""Periods as these statistics have them. Cumulatives run from January; anything else is told, never guessed."""

import re
from dataclasses import dataclass
from datetime import date

_YEAR = re.compile(r"^(\d{4})$", re.ASCII)
_MONTH = re.compile(r"^(\d{4})-(\d{2})$", re.ASCII)
_DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)


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
