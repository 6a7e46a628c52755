"""Periods: each kind in its one form, and everything else told in Chinese instead of guessed."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.lib.periods import Period, PeriodProblem, printed, tidy
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


# As tables print them


@pytest.mark.parametrize(
    ("text", "freq", "year", "expected"),
    [
        pytest.param("2018年", "A", None, ("2018", "period"), id="year"),
        pytest.param("2018", "A", None, ("2018", "period"), id="year-in-digits"),
        pytest.param("2018.0", "A", None, ("2018", "period"), id="year-as-a-float"),
        pytest.param("２０１８ 年", "A", None, ("2018", "period"), id="year-full-width"),
        pytest.param("2018年度", "A", None, ("2018", "period"), id="year-of-accounts"),
        pytest.param("1981-01-01", "A", None, ("1981", "period"), id="year-by-its-first-day"),
        pytest.param("2019年12月", "M", None, ("2019-12", "period"), id="month"),
        pytest.param("2019年3月份", "M", None, ("2019-03", "period"), id="month-with-its-word"),
        pytest.param("202408", "M", None, ("2024-08", "period"), id="month-in-digits"),
        pytest.param("202408.0", "M", None, ("2024-08", "period"), id="month-as-a-float"),
        pytest.param("2019-12", "M", None, ("2019-12", "period"), id="month-with-a-dash"),
        pytest.param("2019/3", "M", None, ("2019-03", "period"), id="month-with-a-stroke"),
        pytest.param("2024-03-01", "M", None, ("2024-03", "period"), id="month-by-its-first-day"),
        pytest.param("2024-03-01 00:00:00", "M", None, ("2024-03", "period"), id="month-as-a-workbook-keeps-it"),
        pytest.param("2024/1/1", "M", None, ("2024-01", "period"), id="january-by-its-first-day"),
        pytest.param("3月", "M", "2024", ("2024-03", "period"), id="month-of-a-year-elsewhere"),
        pytest.param("12月", "M", "2024", ("2024-12", "period"), id="december-of-a-year-elsewhere"),
        pytest.param("2024年3月", "M", "2024", ("2024-03", "period"), id="the-same-year-twice"),
        pytest.param("1-3月", "M", "2024", ("2024-03", "ytd"), id="cumulative-with-a-hyphen"),
        pytest.param("1—3月", "M", "2024", ("2024-03", "ytd"), id="cumulative-with-a-dash"),
        pytest.param("1——3月", "M", "2024", ("2024-03", "ytd"), id="cumulative-with-two-dashes"),
        pytest.param("1至12月", "M", "2024", ("2024-12", "ytd"), id="cumulative-in-words"),
        pytest.param("1月至3月", "M", "2024", ("2024-03", "ytd"), id="cumulative-with-both-months"),
        pytest.param("１～３月", "M", "2024", ("2024-03", "ytd"), id="cumulative-full-width"),
        pytest.param("2024年1-2月", "M", None, ("2024-02", "ytd"), id="january-and-february-together"),
        pytest.param("3月累计", "M", "2024", ("2024-03", "ytd"), id="cumulative-by-its-word"),
    ],
)
def test_a_printed_period(text, freq, year, expected):
    assert printed(text, freq, year) == Period(freq, *expected)


@pytest.mark.parametrize(
    ("text", "freq", "year", "told"),
    [
        pytest.param("", "A", None, "时期“”不是年份的写法", id="empty"),
        pytest.param("18年", "A", None, "不是年份的写法", id="two-digits"),
        pytest.param("2018年3月", "A", None, "不是年份的写法", id="month-for-a-year"),
        pytest.param("2018-03-01", "A", None, "不是年份的写法", id="year-by-another-day"),
        pytest.param("2018.5", "A", None, "不是年份的写法", id="no-whole-year"),
        pytest.param("2017-2018", "A", None, "不是年份的写法", id="two-years"),
        pytest.param("1377", "A", None, "时期“1377”不在1900年至2100年之间", id="figure-for-a-year"),
        pytest.param("2018年", "M", None, "时期“2018年”不是月份的写法", id="year-for-a-month"),
        pytest.param("202413", "M", None, "不是月份的写法", id="month-13"),
        pytest.param("0月", "M", "2024", "不是月份的写法", id="month-0"),
        pytest.param("2024-03-15", "M", None, "不是月份的写法", id="day"),
        pytest.param("2019.12", "M", None, "不是月份的写法", id="decimal-point-may-be-a-number"),
        pytest.param("增幅", "M", "2024", "不是月份的写法", id="word"),
        pytest.param("一季度", "M", "2024", "不是月份的写法", id="quarter"),
        pytest.param("2024-1①", "M", None, "时期“2024-1①”不是月份的写法", id="footnote-mark-is-no-digit"),
        pytest.param("1²月", "M", "2024", "时期“1²月”不是月份的写法", id="raised-footnote-mark"),
        pytest.param("201①", "A", None, "不是年份的写法", id="footnote-mark-behind-a-cut-year"),
        pytest.param("3月", "M", None, "时期“3月”没有年份", id="no-year"),
        pytest.param("1-3月", "M", None, "没有年份", id="cumulative-without-a-year"),
        pytest.param("4-6月", "M", "2024", "累计时期“4-6月”不是从当年1月起", id="not-from-january"),
        pytest.param("2023年3月", "M", "2024", "时期“2023年3月”与另处所印年份2024不符", id="two-years-printed"),
    ],
)
def test_a_printed_period_that_is_none(text, freq, year, told):
    with pytest.raises(PeriodProblem, match=re.escape(told)):
        printed(text, freq, year)


@given(st.one_of(st.text(), st.from_regex(r"(\d{4}年?)?(\d{1,2}[-—至])?\d{1,2}月?")), st.sampled_from(["A", "M"]))
def test_any_printed_text_either_fits_the_contract_or_is_told(text, freq):
    try:
        period = printed(text, freq, "2024" if freq == "M" else None)
    except PeriodProblem:
        return
    assert re.match(PERIOD_OF_FREQ[period.freq], period.time_period)
