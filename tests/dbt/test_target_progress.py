"""The verdicts over targets, worked by hand: every kind, every verdict, both sides of every limit.

Each case has a series of its own, so all of them run together through the SQL that dbt compiled. The day of reference is
20 August 2024: targets of 2023 and before are closed.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pytest
from scipy import stats

from dagster_project.lib.house import ROOT
from tests.dbt.compiled import Bench
from tests.dbt.conftest import BuiltDatabase

ORDER = [
    *("int_targets", "int_targets__figures", "int_targets__actuals", "int_targets__calendar", "int_targets__trends"),
    *("int_targets__first_known", "target_progress"),
]
THRESHOLDS = {
    "target_ahead_pp": 5.0,
    "target_behind_pp": 5.0,
    "target_far_behind_pp": 15.0,
    "target_missed_share": 90.0,
    "target_about_share": 5.0,
    "min_calendar_years": 2.0,
    "min_trend_years": 8.0,
}
TARGET = {
    "document": "plan",
    "clause": "一",
    "quote": "原文",
    "subject_zh": "全市",
    "ref_area": "420100",
    "name_zh": "指标",
    "printed_unit": "亿元",
    "scope_note_zh": None,
    "baseline_period": None,
    "baseline_value": None,
    "baseline_status": None,
    "period_from": None,
    "target_period": "2025",
    "target_value": 100.0,
    "target_high": None,
    "target_kind": "level",
    "comparator": None,
    "linked_by_zh": None,
}
LEVEL_2023 = {"target_period": "2023", "target_value": 100.0}
FROM_2020 = {"baseline_period": "2020", "baseline_value": 60.0, "baseline_status": "A"}
YEAR = {"target_period": "2024", "target_value": 120.0}
CEILING = {"target_kind": "ceiling", "printed_unit": "小时"}
RANGE = {"target_kind": "range", "printed_unit": "条", "target_value": 20.0, "target_high": 25.0}
SUM = {"target_kind": "cumulative", "period_from": "2021", "target_period": "2025", "target_value": 500.0}
AVERAGE = {
    "target_kind": "average_growth",
    "printed_unit": "%",
    "period_from": "2023",
    "target_period": "2025",
    "target_value": 15.0,
}
GROWTH = {"target_kind": "growth", "printed_unit": "%", "target_period": "2024", "target_value": 11.0}


@dataclass(frozen=True)
class Case:
    """A target, what is known of its series (period: value in the printed unit; 2024-03 is a cumulative), and what must come out.

    first: values of years as first known, with their day. growth: period: (printed rate, base, whether a break lies between).
    """

    name: str
    target: dict
    figures: dict[str, float]
    expect: dict
    kind: str = "flow"
    breaks: list[str] = field(default_factory=list)
    growth: dict[str, tuple] = field(default_factory=dict)
    first: dict[str, tuple[float, str, str]] = field(default_factory=dict)
    bases: dict[str, float] | None = None
    sources: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    series: bool = True


CASES = [
    # A level whose year is over.
    Case("final_met", LEVEL_2023, {"2023": 120}, {"verdict": "已完成", "completion": 120, "time_progress": 100, "reason": None}),
    Case("final_met_exactly", LEVEL_2023, {"2023": 100}, {"verdict": "已完成", "completion": 100}),
    Case("final_met_at_least", LEVEL_2023 | {"comparator": "以上"}, {"2023": 100}, {"verdict": "已完成"}),
    Case("final_exceed_not_by_equal", LEVEL_2023 | {"comparator": "突破"}, {"2023": 100}, {"verdict": "滞后"}),
    Case("final_exceed_by_a_little", LEVEL_2023 | {"comparator": "突破"}, {"2023": 100.01}, {"verdict": "已完成"}),
    Case("final_about", LEVEL_2023 | {"comparator": "左右"}, {"2023": 95}, {"verdict": "已完成", "completion": 95}),
    Case("final_less_than_about", LEVEL_2023 | {"comparator": "左右"}, {"2023": 94.9}, {"verdict": "滞后"}),
    Case("final_just_missed", LEVEL_2023, {"2023": 99.9}, {"verdict": "滞后", "completion": 99.9}),
    Case("final_missed_by_a_tenth", LEVEL_2023, {"2023": 90}, {"verdict": "滞后"}),
    Case("final_missed_by_more", LEVEL_2023, {"2023": 89.9}, {"verdict": "严重滞后", "pace_gap": None, "expected_value": None}),
    Case(
        "final_unknown",
        LEVEL_2023,
        {"2022": 90},
        {"verdict": "无数据", "reason": "no_final", "actual": 90e8, "actual_period": "2022", "needed_growth": None},
    ),
    Case("final_zero_is_a_value", LEVEL_2023, {"2023": 0}, {"verdict": "严重滞后", "completion": 0, "actual": 0}),
    Case("only_months_of_the_year_over", LEVEL_2023, {"2023-07": 60}, {"verdict": "无数据", "reason": "no_final"}),
    Case("months_of_the_year_over_suffice", LEVEL_2023, {"2023-07": 101}, {"verdict": "已完成", "period_basis": "ytd"}),
    # Nothing known.
    Case("no_series", {}, {}, {"verdict": "无数据", "reason": "no_series", "completion": None, "actual": None}, series=False),
    Case("no_figure", {}, {}, {"verdict": "无数据", "reason": "missing", "completion": None, "time_progress": None}),
    Case("held_figure", LEVEL_2023, {"2023": 120}, {"verdict": "无数据", "reason": "missing"}, held={"2023"}),
    Case("only_later_figures", LEVEL_2023, {"2024": 120}, {"verdict": "无数据", "reason": "missing"}),
    # A level on its way: 60 in 2020, 100 promised for 2025; in 2023 three fifths of the way are 84.
    Case(
        "path_normal",
        FROM_2020,
        {"2023": 84},
        {
            "verdict": "正常",
            "completion": 60,
            "time_progress": 60,
            "pace_gap": 0,
            "expected_value": 84e8,
            "completion_basis": "path",
            "needed_growth": 100 * (math.sqrt(100 / 84) - 1),
            "needed_monthly": None,
        },
    ),
    Case("path_ahead", FROM_2020, {"2023": 86}, {"verdict": "提前", "completion": 65, "pace_gap": 5}),
    Case("path_not_quite_ahead", FROM_2020, {"2023": 85.9}, {"verdict": "正常", "pace_gap": 4.75}),
    Case("path_not_quite_behind", FROM_2020, {"2023": 82.1}, {"verdict": "正常", "pace_gap": -4.75}),
    Case("path_behind", FROM_2020, {"2023": 82}, {"verdict": "滞后", "pace_gap": -5}),
    Case("path_not_quite_far_behind", FROM_2020, {"2023": 78.1}, {"verdict": "滞后", "pace_gap": -14.75}),
    Case("path_far_behind", FROM_2020, {"2023": 78}, {"verdict": "严重滞后", "pace_gap": -15}),
    Case("path_backwards", FROM_2020, {"2023": 50}, {"verdict": "严重滞后", "completion": -25}),
    Case("path_met_early", FROM_2020, {"2023": 100}, {"verdict": "已完成", "completion": 100, "needed_growth": None}),
    Case("newest_year_speaks", FROM_2020, {"2021": 100, "2023": 82}, {"verdict": "滞后", "actual_period": "2023"}),
    Case(
        "before_the_start",
        FROM_2020,
        {"2020": 60},
        {"verdict": "无数据", "reason": "before_start", "actual": 60e8},
    ),
    # Baseline 未统计: missing, not 0; the project's own figure of that year stands in, and without one there is no pace.
    Case(
        "baseline_missing",
        {"baseline_period": "2020", "baseline_status": "L"},
        {"2023": 84},
        {
            "verdict": "无数据",
            "reason": "no_start",
            "completion": 84,
            "start_value": None,
            "baseline_value": None,
            "pace_gap": None,
        },
    ),
    Case(
        "baseline_missing_but_measured",
        {"baseline_period": "2020", "baseline_status": "L"},
        {"2020": 60, "2023": 84},
        {"verdict": "正常", "start_value": 60e8, "baseline_value": None, "completion": 60},
    ),
    Case("baseline_missing_and_met", {"baseline_period": "2020", "baseline_status": "L"}, {"2023": 100}, {"verdict": "已完成"}),
    # No baseline printed: what was known when the plan (2021) was issued.
    Case("start_is_the_year_before_the_document", {}, {"2020": 60, "2023": 84}, {"verdict": "正常", "start_period": "2020"}),
    # The months of the target's own year.
    Case(
        "running_by_the_calendar_month",
        YEAR,
        {"2024-06": 60},
        {
            "verdict": "正常",
            "completion": 50,
            "time_progress": 50,
            "pace_gap": 0,
            "expected_value": 60e8,
            "expected_years": None,
            "needed_monthly": 10e8,
            "needed_growth": None,
            "completion_basis": "share",
        },
    ),
    Case("running_ahead", YEAR, {"2024-06": 66}, {"verdict": "提前", "completion": 55}),
    Case("running_behind", YEAR, {"2024-06": 54}, {"verdict": "滞后", "completion": 45}),
    Case("running_far_behind", YEAR, {"2024-06": 42}, {"verdict": "严重滞后", "completion": 35}),
    Case("running_met", YEAR, {"2024-06": 120}, {"verdict": "已完成", "needed_monthly": None}),
    Case("newest_month_speaks", YEAR, {"2024-05": 60, "2024-06": 42}, {"verdict": "严重滞后", "actual_period": "2024-06"}),
    # Half of the year brings 40 % of it: in 2022 40 of 100, in 2023 44 of 110. So 48 of 120 is in time, though the gap is −10.
    Case(
        "running_by_the_share_of_earlier_years",
        YEAR,
        {"2022-06": 40, "2022": 100, "2023-06": 44, "2023": 110, "2024-06": 48},
        {
            "verdict": "正常",
            "expected_value": 48e8,
            "expected_years": 2,
            "pace_gap": -10,
            "needed_monthly": 12e8,
            # 72 to come, against 66 in the second half of 2023.
            "needed_growth": 100 * (72 - 66) / 66,
        },
    ),
    Case(
        "one_earlier_year_is_no_calendar",
        YEAR,
        {"2023-06": 44, "2023": 110, "2024-06": 48},
        {"verdict": "滞后", "expected_value": 60e8, "expected_years": None, "needed_growth": 100 * (72 - 66) / 66},
    ),
    Case(
        "a_calendar_is_of_one_source",
        YEAR,
        {"2022-06": 40, "2022": 100, "2023-06": 44, "2023": 110, "2024-06": 48},
        {"verdict": "滞后", "expected_years": None, "needed_growth": None},
        sources={"2022": "other", "2023": "other"},
    ),
    Case("whole_year_before_its_months", YEAR, {"2024": 121, "2024-06": 42}, {"verdict": "已完成", "actual_period": "2024"}),
    Case("months_of_earlier_years_are_no_level", {}, {"2023-06": 300}, {"verdict": "无数据", "reason": "missing"}),
    Case("months_of_a_stock_are_no_sum", YEAR, {"2024-06": 60}, {"verdict": "无数据", "reason": "missing"}, kind="stock"),
    # A ceiling is met from above.
    Case(
        "ceiling_kept", CEILING | {"target_period": "2023", "target_value": 24}, {"2023": 20}, {"verdict": "已完成"}, kind="rate"
    ),
    Case(
        "ceiling_equal", CEILING | {"target_period": "2023", "target_value": 24}, {"2023": 24}, {"verdict": "已完成"}, kind="rate"
    ),
    Case(
        "ceiling_missed", CEILING | {"target_period": "2023", "target_value": 24}, {"2023": 26}, {"verdict": "滞后"}, kind="rate"
    ),
    Case(
        "ceiling_missed_by_far",
        CEILING | {"target_period": "2023", "target_value": 24},
        {"2023": 27},
        {"verdict": "严重滞后", "completion": 112.5},
        kind="rate",
    ),
    # 40 hours in 2020, 24 promised by 2025; 30.4 in 2023 are three fifths of the way.
    Case(
        "ceiling_on_its_way_down",
        CEILING | {"baseline_period": "2020", "baseline_value": 40, "baseline_status": "A", "target_value": 24},
        {"2023": 30.4},
        {"verdict": "正常", "completion": 60, "pace_gap": 0, "needed_monthly": None},
        kind="rate",
    ),
    Case(
        "ceiling_behind_on_its_way_down",
        CEILING | {"baseline_period": "2020", "baseline_value": 40, "baseline_status": "A", "target_value": 24},
        {"2023": 32},
        {"verdict": "滞后", "completion": 50, "pace_gap": -10},
        kind="rate",
    ),
    Case(
        "ceiling_reached_early_must_still_be_kept",
        CEILING | {"baseline_period": "2020", "baseline_value": 40, "baseline_status": "A", "target_value": 24},
        {"2023": 20},
        {"verdict": "正常"},
        kind="rate",
    ),
    Case("limit_kept_so_far", CEILING | {"target_value": 24}, {"2023": 20}, {"verdict": "正常", "pace_gap": None}, kind="rate"),
    Case("limit_broken_so_far", CEILING | {"target_value": 24}, {"2023": 30}, {"verdict": "严重滞后"}, kind="rate"),
    Case("limit_of_a_year_used_up_slowly", YEAR | CEILING, {"2024-06": 54}, {"verdict": "提前", "completion": 45}),
    Case("limit_of_a_year_used_up_fast", YEAR | CEILING, {"2024-06": 66}, {"verdict": "滞后", "needed_monthly": None}),
    Case("limit_of_a_year_broken_in_june", YEAR | CEILING, {"2024-06": 121}, {"verdict": "严重滞后"}),
    # A range, 20—25.
    Case("range_within", RANGE | {"target_period": "2023"}, {"2023": 22}, {"verdict": "已完成", "reason": None}, kind="stock"),
    Case("range_at_its_low_end", RANGE | {"target_period": "2023"}, {"2023": 20}, {"verdict": "已完成"}, kind="stock"),
    Case("range_below", RANGE | {"target_period": "2023"}, {"2023": 19}, {"verdict": "滞后", "completion": 95}, kind="stock"),
    Case(
        "range_above_is_told",
        RANGE | {"target_period": "2023"},
        {"2023": 26},
        {"verdict": "已完成", "reason": "above_range"},
        kind="stock",
    ),
    Case(
        "range_on_its_way",
        RANGE | {"baseline_period": "2020", "baseline_value": 10, "baseline_status": "A"},
        {"2023": 14},
        {"verdict": "严重滞后", "completion": 40, "pace_gap": -20},
        kind="stock",
    ),
    # A sum from 2021 on: 500 by 2025.
    Case(
        "sum_in_time",
        SUM,
        {"2020": 900, "2021": 100, "2022": 90, "2023": 110},
        {
            "verdict": "正常",
            "actual": 300e8,
            "completion": 60,
            "time_progress": 60,
            "needed_monthly": 200e8 / 24,
            "needed_growth": None,
            "actual_period": "2023",
        },
    ),
    Case(
        "sum_with_the_months_after",
        SUM,
        {"2021": 100, "2022": 90, "2023": 110, "2024-06": 20},
        {
            "verdict": "滞后",
            "actual": 320e8,
            "completion": 64,
            "time_progress": 70,
            "pace_gap": -6,
            "needed_monthly": 10e8,
            "actual_period": "2024-06",
            "period_basis": "ytd",
        },
    ),
    Case(
        "sum_of_months_of_the_first_year",
        SUM,
        {"2021-06": 80},
        {"actual": 80e8, "completion": 16, "time_progress": 10, "verdict": "提前"},
    ),
    Case("sum_met_early", SUM, {"2021": 300, "2022": 250}, {"verdict": "已完成", "completion": 110}),
    Case("sum_with_a_gap", SUM, {"2021": 100, "2023": 110}, {"verdict": "无数据", "reason": "gap", "completion": 20}),
    Case(
        "sum_without_its_first_year", SUM, {"2022": 90, "2023": 110}, {"verdict": "无数据", "reason": "missing", "actual": None}
    ),
    Case(
        "sum_complete",
        SUM | {"target_period": "2023", "target_value": 300},
        {"2021": 100, "2022": 90, "2023": 110},
        {"verdict": "已完成", "completion": 100, "time_progress": 100},
    ),
    Case(
        "sum_missed",
        SUM | {"target_period": "2023", "target_value": 301},
        {"2021": 100, "2022": 90, "2023": 110},
        {"verdict": "滞后"},
    ),
    Case(
        "sum_without_its_last_year",
        SUM | {"target_period": "2023", "target_value": 300},
        {"2021": 100, "2022": 90},
        {"verdict": "无数据", "reason": "no_final"},
    ),
    # 年均增长15%以上 over 2023—2025: 100 in 2022.
    Case(
        "average_after_one_year",
        AVERAGE,
        {"2022": 100, "2023": 115},
        {"verdict": "正常", "actual": 15, "completion": 100, "time_progress": 100 / 3, "pace_gap": None, "needed_growth": 15},
    ),
    Case("average_ahead", AVERAGE, {"2022": 100, "2023": 120}, {"verdict": "提前", "actual": 20}),
    Case(
        "average_behind",
        AVERAGE,
        {"2022": 100, "2023": 110},
        {"verdict": "滞后", "actual": 10, "needed_growth": 100 * (math.sqrt(1.15**3 / 1.1) - 1)},
    ),
    Case("average_far_behind", AVERAGE, {"2022": 100, "2023": 109.9}, {"verdict": "严重滞后"}),
    Case(
        "average_over_two_years",
        AVERAGE | {"target_period": "2026"},
        {"2022": 100, "2023": 90, "2024": 144},
        {"verdict": "提前", "actual": 20, "time_progress": 50},
    ),
    Case(
        "average_over_its_whole_time",
        AVERAGE | {"period_from": "2021", "target_period": "2023"},
        {"2020": 100, "2023": 152.0875},
        {"verdict": "已完成", "actual": 15, "time_progress": 100},
    ),
    Case(
        "average_missed_over_its_whole_time",
        AVERAGE | {"period_from": "2021", "target_period": "2023"},
        {"2020": 100, "2023": 133.1},
        {"verdict": "滞后", "actual": 10},
    ),
    Case("average_without_base", AVERAGE, {"2023": 115}, {"verdict": "无数据", "reason": "missing"}),
    Case(
        "average_needs_a_base_of_the_same_source",
        AVERAGE,
        {"2022": 100, "2023": 115},
        {"verdict": "无数据", "reason": "missing"},
        sources={"2022": "other"},
    ),
    Case(
        "average_across_a_break",
        AVERAGE,
        {"2022": 100, "2023": 115},
        {"verdict": "口径变化", "reason": "break"},
        breaks=["2023"],
    ),
    # Growth over the year before.
    Case(
        "growth_as_printed",
        GROWTH | {"target_period": "2023"},
        {"2023": 111},
        {"verdict": "已完成", "actual": 11.5},
        growth={"2023": (11.5, 101, False)},
    ),
    Case(
        "growth_as_computed",
        GROWTH | {"target_period": "2023"},
        {"2023": 111},
        {"verdict": "已完成", "actual": 11, "completion": 100},
        growth={"2023": (None, 100, False)},
    ),
    Case(
        "growth_missed",
        GROWTH | {"target_period": "2023"},
        {"2023": 106},
        {"verdict": "滞后"},
        growth={"2023": (None, 100, False)},
    ),
    Case(
        "growth_missed_by_far",
        GROWTH | {"target_period": "2023"},
        {"2023": 105.9},
        {"verdict": "严重滞后"},
        growth={"2023": (None, 100, False)},
    ),
    Case(
        "growth_across_a_break",
        GROWTH | {"target_period": "2023"},
        {"2023": 50},
        {"verdict": "口径变化", "reason": "break", "actual": None},
        growth={"2023": (None, 100, True)},
    ),
    Case(
        "growth_printed_across_a_break_is_its_publisher_s",
        GROWTH | {"target_period": "2023"},
        {"2023": 50},
        {"verdict": "已完成", "actual": 12},
        growth={"2023": (12, 100, True)},
    ),
    Case(
        "growth_without_base",
        GROWTH | {"target_period": "2023"},
        {"2023": 50},
        {"verdict": "无数据", "reason": "missing"},
        growth={"2023": (None, None, False)},
    ),
    # 44 in the first half of 2023 of 110: 11 % more in all are 122.1; 46.2 are there; 75.9 to come against 66.
    Case(
        "growth_of_the_months",
        GROWTH,
        {"2023-06": 44, "2023": 110, "2024-06": 46.2},
        {
            "verdict": "严重滞后",
            "actual": 5,
            "time_progress": 50,
            "needed_growth": 100 * (75.9 - 66) / 66,
            "needed_monthly": None,
        },
        growth={"2024-06": (None, 44, False)},
    ),
    Case(
        "growth_of_the_months_normal",
        GROWTH,
        {"2024-06": 48.84},
        {"verdict": "正常", "actual": 11},
        growth={"2024-06": (None, 44, False)},
    ),
    # 2024 实际利用外资突破3552万美元，增长11%: 3600 reach the level, yet are only 9.1 % more than 3300.
    Case(
        "level_of_a_pair_that_disagrees",
        {"target_period": "2024", "target_value": 3552, "comparator": "突破", "printed_unit": "万美元"},
        {"2023": 3300, "2024": 3600},
        {"verdict": "已完成", "completion": 100 * 3600 / 3552, "actual": 3600e4},
    ),
    Case(
        "growth_of_a_pair_that_disagrees",
        GROWTH,
        {"2024": 3600},
        {"verdict": "滞后", "actual": 100 * 300 / 3300},
        growth={"2024": (None, 3300, False)},
    ),
    # Breaks.
    Case("level_across_a_break", FROM_2020, {"2023": 84}, {"verdict": "口径变化", "reason": "break"}, breaks=["2022"]),
    Case("final_across_a_break", LEVEL_2023, {"2023": 150}, {"verdict": "口径变化", "first_verdict": None}, breaks=["2022-01"]),
    Case("break_with_the_baseline_is_before_it", FROM_2020, {"2023": 84}, {"verdict": "正常"}, breaks=["2020"]),
    Case("break_after_what_is_known", FROM_2020, {"2023": 84}, {"verdict": "正常"}, breaks=["2024"]),
    Case("sum_across_a_break", SUM, {"2021": 100, "2022": 90}, {"verdict": "口径变化"}, breaks=["2022"]),
    Case("sum_that_begins_with_a_break", SUM, {"2021": 100, "2022": 100}, {"verdict": "正常"}, breaks=["2021"]),
    # What was known first.
    Case(
        "judged_then_and_now",
        LEVEL_2023,
        {"2023": 99},
        {"verdict": "滞后", "first_verdict": "已完成", "first_actual": 101e8, "first_known_on": date(2024, 1, 20)},
        first={"2023": (101, "2024-01-20", "early")},
    ),
    Case(
        "first_known_is_the_same",
        LEVEL_2023,
        {"2023": 120},
        {"verdict": "已完成", "first_verdict": "已完成", "first_actual": 120e8, "first_known_on": date(2024, 6, 30)},
    ),
    # From eight years on a trend says where the way leads: 10 % a year exactly, so the interval is a point.
    Case(
        "eight_years_make_a_trend",
        {"baseline_period": "2020"},
        {str(2016 + k): 50 * 1.1**k for k in range(8)},
        {"forecast_low": 50e8 * 1.1**9, "forecast_high": 50e8 * 1.1**9, "forecast_reason": None, "verdict": "提前"},
    ),
    Case(
        "seven_years_do_not",
        {"baseline_period": "2020"},
        {str(2017 + k): 50 * 1.1**k for k in range(7)},
        {"forecast_low": None, "forecast_reason": "too_few"},
    ),
    Case(
        "trend_with_scatter",
        {"baseline_period": "2020"},
        {"2014": 40, "2015": 47, "2016": 45, "2017": 55, "2018": 54, "2019": 66, "2020": 60, "2021": 75, "2023": 82},
        {"forecast_reason": None},
    ),
    Case("no_trend_of_what_is_over", LEVEL_2023, {"2023": 120}, {"forecast_reason": "closed"}),
    Case("no_trend_of_a_sum", SUM, {"2021": 100}, {"forecast_reason": "not_level"}),
]


def tables() -> dict[str, pl.DataFrame]:
    """The tables that the models read, with the rows of all cases."""
    targets, series, chosen, known, growth, breaks, values, parts, observations, firsts = ([] for _ in range(10))
    mults = {"亿元": 8, "条": 0, "小时": 0, "%": 0, "万美元": 4}
    for case in CASES:
        row = TARGET | case.target
        targets.append({"target_id": case.name} | row | {"series": case.name if case.series else None})
        series.append({"series": case.name, "kind": case.kind})
        scale = 10.0 ** (8 if row["printed_unit"] == "%" else mults[row["printed_unit"]])
        breaks += [{"series": case.name, "ref_area": "*", "time_period": period} for period in case.breaks]
        for period, value in case.figures.items():
            freq, basis = ("A", "period") if len(period) == 4 else ("M", "ytd")
            key = {
                "source_id": case.sources.get(period, "office"),
                "series": case.name,
                "ref_area": "420100",
                "freq": freq,
                "time_period": period,
                "period_basis": basis,
            }
            day = date(int(period[:4]) + 1, 6, 30)
            held = period in case.held
            rest = {"value": value * scale, "obs_status": "A", "is_held": held, "published_on": day, "derivation": "published"}
            chosen.append(key | rest)
            early, early_on, early_source = case.first.get(period, (value, day.isoformat(), key["source_id"]))
            for source, first, first_on in {(key["source_id"], value, day.isoformat()), (early_source, early, early_on)}:
                own = key | {"source_id": source}
                own_id = f"{source}-{case.name}-{period}"
                values.append(own | rest)
                known.append(own | {"best_value": value * scale, "first_value": first * scale})
                parts.append(own | {"observation_id": own_id, "derivation": "published"})
                observations.append(own | {"observation_id": own_id})
                firsts.append(own | {"counterpart": None, "is_first": True, "published_on": date.fromisoformat(first_on)})
            printed, base, is_broken = case.growth.get(period, (None, None, False))
            growth.append(
                key
                | {
                    "value": value * scale,
                    "base_value": None if base is None else base * scale,
                    "published_growth": printed,
                    "is_broken": is_broken,
                    "obs_status": "A",
                }
            )
    sources = ("office", "other", "early")
    return {
        "plan_targets": pl.DataFrame(targets, infer_schema_length=None, schema_overrides={"baseline_value": pl.Float64}),
        "plan_documents": pl.DataFrame({"document": ["plan"], "issued_on": ["2021-06-01"]}),
        "plan_measure_targets": pl.DataFrame({"measure_id": ["m1", "m2"], "target_id": ["final_met", "final_met"]}),
        # Two tasks of one target: each unit once, in printed order; of two first ones the name decides.
        "int_measures__leads": pl.DataFrame(
            [("m1", "市商务局", 1), ("m1", "市发改委", 2), ("m2", "市发改委", 1), ("m3", "市外办", 1)],
            schema=["measure_id", "unit_zh", "unit_order"],
            orient="row",
        ),
        "units": pl.DataFrame({"unit": list(mults), "unit_measure": list(mults), "unit_mult": list(mults.values())}),
        "series": pl.DataFrame(series),
        "build": pl.DataFrame({"reference_day": [date(2024, 8, 20)]}),
        "thresholds": pl.DataFrame({"threshold": list(THRESHOLDS), "value": list(THRESHOLDS.values())}),
        "preference": pl.DataFrame(
            [
                {"series": case.name, "ref_area": "*", "period_from": None, "period_to": None, "source_id": source}
                for case in CASES
                for source in sources
            ],
            schema_overrides={"period_from": pl.String, "period_to": pl.String},
        ),
        "breaks": pl.DataFrame(breaks),
        "int_series__chosen": pl.DataFrame(chosen),
        "int_series__known": pl.DataFrame(known),
        "int_series__values": pl.DataFrame(values),
        "int_series__growth": pl.DataFrame(growth, infer_schema_length=None, schema_overrides={"published_growth": pl.Float64}),
        "int_series__parts": pl.DataFrame(parts),
        "int_observations__converted": pl.DataFrame(observations),
        "int_observations__known": pl.DataFrame(firsts, schema_overrides={"counterpart": pl.String}),
    }


@pytest.fixture(scope="module")
def rows(built: BuiltDatabase) -> Iterator[dict[str, dict]]:
    """The rows of target_progress by target, from the compiled SQL over the tables of the cases."""
    bench = Bench(built)
    for name, frame in tables().items():
        bench.fill(f"{'intermediate' if name.startswith('int_') else 'declared'}.{name}", *frame.iter_rows(named=True))
    yield {row["target_id"]: row for row in bench.run(*ORDER)}
    bench.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_target_is_judged_as_worked_by_hand(rows: dict[str, dict], case: Case):
    row = rows[case.name]
    for column, expected in case.expect.items():
        if isinstance(expected, int | float):
            assert row[column] == pytest.approx(expected, rel=1e-9, abs=1e-9), column
        else:
            assert row[column] == expected, (column, row["rule_zh"])


def test_every_target_has_one_row_with_a_verdict_and_its_rule(rows: dict[str, dict]):
    assert set(rows) == {case.name for case in CASES}
    assert {row["verdict"] for row in rows.values()} == {"已完成", "提前", "正常", "滞后", "严重滞后", "无数据", "口径变化"}
    assert not [name for name, row in rows.items() if not row["rule_zh"]]


def test_what_is_not_known_is_not_zero(rows: dict[str, dict]):
    without = [row for row in rows.values() if row["actual"] is None]
    assert without
    assert {row["verdict"] for row in without} <= {"无数据", "口径变化"}
    assert {(row["completion"], row["pace_gap"], row["expected_value"]) for row in without} == {(None, None, None)}


def test_the_rule_names_its_numbers(rows: dict[str, dict]):
    assert rows["path_behind"]["rule_zh"] == (
        "2023年82亿元，目标100亿元；自2020年的60亿元起完成应增减的55%，时间进度60%"
        "（相差5个百分点以上为提前，落后5个以内为正常，落后15个及以上为严重滞后）"
    )
    assert rows["final_missed_by_more"]["rule_zh"] == "2023年89.9亿元，目标100亿元，为目标的89.9%（未达一成以上为严重滞后）"
    assert rows["average_behind"]["rule_zh"].startswith("2023年年均增长10%，目标15%")
    assert rows["range_above_is_told"]["rule_zh"].endswith("请核对口径")
    assert "按往年2年同期所占份额应为48亿元" in rows["running_by_the_share_of_earlier_years"]["rule_zh"]


def test_units_that_lead_are_named(rows: dict[str, dict]):
    assert rows["final_met"]["lead_units"] == "市发改委；市商务局"
    assert rows["final_met_exactly"]["lead_units"] is None


def test_quantiles_are_those_of_student():
    text = (ROOT / "dbt" / "macros" / "student_t.sql").read_text(encoding="utf-8")
    table = {int(degrees): float(value) for degrees, value in re.findall(r"when (\d+) then ([\d.]+)", text)}
    assert list(table) == list(range(1, 31))
    for degrees, value in table.items():
        assert value == pytest.approx(stats.t.ppf(0.9, degrees), abs=1e-6)


def test_interval_of_a_trend_is_that_of_a_straight_line(rows: dict[str, dict]):
    """Against scipy's line and the textbook's prediction interval."""
    values = next(case for case in CASES if case.name == "trend_with_scatter").figures
    x, y = [int(year) for year in values], [math.log(value * 1e8) for value in values.values()]
    line = stats.linregress(x, y)
    mean = sum(x) / len(x)
    s = math.sqrt(sum((b - line.intercept - line.slope * a) ** 2 for a, b in zip(x, y, strict=True)) / (len(x) - 2))
    spread = s * math.sqrt(1 + 1 / len(x) + (2025 - mean) ** 2 / sum((a - mean) ** 2 for a in x))
    middle, half = line.intercept + line.slope * 2025, stats.t.ppf(0.9, len(x) - 2) * spread
    row = rows["trend_with_scatter"]
    assert row["forecast_low"] == pytest.approx(math.exp(middle - half), rel=1e-6)
    assert row["forecast_high"] == pytest.approx(math.exp(middle + half), rel=1e-6)
