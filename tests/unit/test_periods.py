"""Periods: each kind in its one form, and everything else told in Chinese instead of guessed."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.lib.periods import Period, PeriodProblem, tidy
from schemas.observation import PERIOD_OF_FREQ

KINDS = ["annual", "monthly", "ytd", "census", "snapshot"]


@pytest.mark.parametrize(
    ("period", "frequency", "expected"),
    [
        pytest.param("2024", "annual", Period("A", "2024", "period"), id="year"),
        pytest.param("2024-12-31", "annual", Period("A", "2024", "period"), id="year-by-its-last-day"),
        pytest.param("2024-03", "monthly", Period("M", "2024-03", "period"), id="month"),
        pytest.param("2024-12", "monthly", Period("M", "2024-12", "period"), id="december"),
        pytest.param("2024-01/2024-03", "ytd", Period("M", "2024-03", "ytd"), id="january-to-march"),
        pytest.param("2024-01/2024-01", "ytd", Period("M", "2024-01", "ytd"), id="january-alone"),
        pytest.param("2017-01/2017-02", "ytd", Period("M", "2017-02", "ytd"), id="two-month-first-period"),
        pytest.param("2024-01/2024-12", "ytd", Period("M", "2024-12", "ytd"), id="whole-year"),
        pytest.param("2020-11-01", "census", Period("A", "2020", "period"), id="census-day"),
        pytest.param("2024-02-29", "snapshot", Period("M", "2024-02", "period"), id="snapshot-on-a-leap-day"),
    ],
)
def test_each_kind(period, frequency, expected):
    assert tidy(period, frequency) == expected


@pytest.mark.parametrize(
    ("period", "frequency", "told"),
    [
        pytest.param("2024-03", "annual", "年度时期“2024-03”应为四位年份", id="annual-is-a-month"),
        pytest.param("24", "annual", "应为四位年份", id="annual-two-digits"),
        pytest.param("2024年", "annual", "应为四位年份", id="annual-with-a-character"),
        pytest.param("", "annual", "应为四位年份", id="annual-empty"),
        pytest.param("2024-11-30", "annual", "应为四位年份", id="annual-ends-before-the-year-does"),
        pytest.param("2024-01/2024-12", "annual", "应为四位年份", id="annual-is-a-range"),
        pytest.param("２０２４", "annual", "应为四位年份", id="annual-full-width"),
        pytest.param("2024", "monthly", "月度时期“2024”应如 2024-03", id="month-is-a-year"),
        pytest.param("2024-00", "monthly", "应如 2024-03", id="month-0"),
        pytest.param("2024-13", "monthly", "应如 2024-03", id="month-13"),
        pytest.param("2024-3", "monthly", "应如 2024-03", id="month-one-digit"),
        pytest.param("2024-０３", "monthly", "应如 2024-03", id="month-full-width"),
        pytest.param("2024-03-01", "monthly", "应如 2024-03", id="month-is-a-day"),
        pytest.param("2024-03", "ytd", "累计时期“2024-03”没有止于月末", id="ytd-without-a-start"),
        pytest.param("2017-01/2017-11-29", "ytd", "没有止于月末", id="ytd-ends-in-mid-month"),
        pytest.param("2024-01/2024-13", "ytd", "没有止于月末", id="ytd-month-13"),
        pytest.param("2024-01/2024-02/2024-03", "ytd", "没有止于月末", id="ytd-of-three"),
        pytest.param("2023-04/2023-12", "ytd", "累计时期“2023-04/2023-12”不是从当年1月起", id="ytd-from-april"),
        pytest.param("2023-01/2024-03", "ytd", "不是从当年1月起", id="ytd-over-two-years"),
        pytest.param("2020", "census", "普查时点“2020”应为日期", id="census-is-a-year"),
        pytest.param("2020-13-01", "census", "应为日期", id="census-month-13"),
        pytest.param("2024-03", "snapshot", "时点“2024-03”应为日期", id="snapshot-is-a-month"),
        pytest.param("2023-02-29", "snapshot", "应为日期", id="snapshot-on-no-day-of-the-calendar"),
        pytest.param("2024", "yearly", "频率“yearly”应为 annual、monthly、ytd、census 或 snapshot", id="unknown-frequency"),
        pytest.param("2024", "", "频率“”应为", id="empty-frequency"),
    ],
)
def test_each_refusal(period, frequency, told):
    with pytest.raises(PeriodProblem, match=re.escape(told)):
        tidy(period, frequency)


@given(st.dates(date(1000, 1, 1)), st.sampled_from(KINDS))
def test_any_day_is_read_by_its_own_kind_and_fits_the_contract(day, frequency):
    month = f"{day:%Y-%m}"
    printed = {
        "annual": f"{day:%Y}",
        "monthly": month,
        "ytd": f"{day:%Y}-01/{month}",
        "census": day.isoformat(),
        "snapshot": day.isoformat(),
    }[frequency]
    period = tidy(printed, frequency)
    assert re.match(PERIOD_OF_FREQ[period.freq], period.time_period)
    assert period.time_period == (f"{day:%Y}" if frequency in ("annual", "census") else month)
    assert period.basis == ("ytd" if frequency == "ytd" else "period")


@given(st.one_of(st.text(), st.from_regex(r"\d{1,4}[-/]?\d{0,4}[-/]?\d{0,4}[-/]?\d{0,4}")), st.sampled_from(KINDS))
def test_any_text_either_fits_the_contract_or_is_told(text, frequency):
    try:
        period = tidy(text.strip(), frequency)
    except PeriodProblem:
        return
    assert re.match(PERIOD_OF_FREQ[period.freq], period.time_period)
    assert period.time_period[:4] == text.strip()[:4]
