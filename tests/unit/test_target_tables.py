"""目标.csv and 任务.csv: units as printed, what needs attention first, nothing invented where nothing is known."""

from datetime import date

import polars as pl

from dagster_project.lib import chinese, plan_tables, target_tables

TARGET = {
    "target_id": "t",
    "document": "plan",
    "clause": "一",
    "quote": "原文",
    "ref_area": "420100",
    "subject_zh": "武汉市",
    "target_zh": "进出口",
    "target_kind": "level",
    "comparator": "以上",
    "printed_unit": "亿元",
    "unit_mult": 8,
    "target_period": "2025",
    "target_value": 100e8,
    "target_high": None,
    "start_period": "2020",
    "start_value": 60e8,
    "actual_period": "2025-03",
    "period_basis": "ytd",
    "actual": 25.5e8,
    "completion": 25.5,
    "completion_basis": "share",
    "time_progress": 25.0,
    "pace_gap": 0.5,
    "expected_value": 24e8,
    "needed_growth": 3.25,
    "needed_monthly": 8.2777e8,
    "forecast_low": None,
    "forecast_high": None,
    "verdict": "正常",
    "rule_zh": "依据",
    "first_verdict": None,
    "first_actual": None,
    "first_known_on": None,
    "lead_units": "市商务局",
    "source_id": "customs；other",
    "published_on": date(2025, 4, 18),
}
UNKNOWN = dict.fromkeys(
    (
        "actual_period",
        "period_basis",
        "actual",
        "completion",
        "completion_basis",
        "time_progress",
        "pace_gap",
        "expected_value",
        "needed_growth",
        "needed_monthly",
        "source_id",
        "published_on",
        "start_value",
        "lead_units",
    )
)


def frames(*targets: dict) -> dict[str, pl.DataFrame]:
    return {
        "target_progress": pl.DataFrame([TARGET | target for target in targets], infer_schema_length=None),
        "plan_documents": pl.DataFrame(
            {
                "document": ["plan"],
                "document_zh": ["计划"],
                "number": [None],
                "issued_on": [date(2021, 1, 1)],
                "ref_area": ["420200"],
            }
        ),
        "dim_area": pl.DataFrame({"ref_area": ["420100", "WUH", "420200"], "city": ["420100", "420100", "420200"]}),
        "dim_source": pl.DataFrame({"source_id": ["customs", "other"], "publisher_zh": ["海关总署", "某局"]}),
    }


def cells(frame: pl.DataFrame, row: int, *names: str) -> tuple:
    return frame.select(names).row(row)


def test_figures_are_in_the_unit_of_the_document():
    table = target_tables.circle_targets(frames({}))
    assert cells(table, 0, "目标值", "实绩", "起点值", "应有进度数", "完成目标所需月均") == ("100", "25.5", "60", "24", "8.28")
    assert cells(table, 0, "实绩时期", "目标年", "完成进度%", "时间进度%") == ("2025年1—3月", "2025年", "25.5", "25")
    assert cells(table, 0, "来源", "发布日期") == ("海关总署；某局", "2025-04-18")


def test_what_is_not_known_is_an_empty_cell():
    table = target_tables.circle_targets(frames(UNKNOWN | {"verdict": "无数据"}))
    known = {"实绩", "实绩时期", "完成进度%", "时间进度%", "与时间进度差（百分点）", "起点值", "来源", "发布日期", "牵头单位"}
    assert {name for name in known if table[name][0] is not None} == set()


def test_a_rate_has_no_start_in_its_own_unit():
    rate = {"target_kind": "average_growth", "printed_unit": "%", "unit_mult": 0, "target_value": 15.0, "actual": 12.345}
    table = target_tables.circle_targets(frames(rate))
    assert cells(table, 0, "起点值", "目标值", "实绩") == (None, "15", "12.35")


def test_what_needs_attention_stands_at_the_top():
    verdicts = [{"target_id": str(place), "verdict": verdict} for place, verdict in enumerate(reversed(chinese.TARGET_VERDICT))]
    table = target_tables.circle_targets(frames(*verdicts))
    assert table["判断"].to_list() == list(chinese.TARGET_VERDICT)


def test_a_city_has_its_own_its_facilities_and_what_its_documents_name_without_a_code():
    given = frames({"target_id": "own"}, {"target_id": "airport", "ref_area": "WUH"}, {"target_id": "zone", "ref_area": None})
    assert set(target_tables.city_targets(given, "420100")["目标编号"]) == {"own", "airport"}
    assert set(target_tables.city_targets(given, "420200")["目标编号"]) == {"zone"}


def test_a_task_without_a_report_is_not_called_unbegun():
    task = {
        **{
            "measure_id": "m",
            "document": "plan",
            "clause": "一",
            "measure_zh": "任务",
            "text_zh": "内容",
            "lead_units": "甲；乙",
        },
        **{"support_units": None, "responsible_units": None, "deadline": date(2025, 12, 31), "deadline_zh": "到2025年"},
        **{"target_ids": "t", "measure_status": None, "reported_on": None, "status_note_zh": None},
    }
    table = plan_tables.measures(frames({}) | {"plan_measures": pl.DataFrame([task])})
    assert cells(table, 0, "牵头单位", "期限", "相关目标", "进展") == ("甲；乙", "2025-12-31", "进出口（2025年）", None)


def test_short_figures_lose_only_the_zeros_behind_the_point():
    assert [chinese.short(value, 0) for value in (80.0, 80.5, 0.0, -1.005, None, 100.0)] == [
        "80",
        "80.5",
        "0",
        "-1.01",
        "",
        "100",
    ]
