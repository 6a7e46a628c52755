"""招商.csv and 招商结构.csv: what was reported, and a line that says so where nothing was."""

from datetime import date

import polars as pl

from dagster_project.lib import investment_tables
from dagster_project.lib.investment_tables import FUNNEL_HEADINGS, STRUCTURE_HEADINGS

AREAS = {"ref_area": ["420100", "420700", "WHMA"], "name_zh": ["武汉市", "鄂州市", "武汉都市圈"]}
FUNNEL = {
    "ref_area": "420100",
    "time_period": "2025-08",
    "stage": "signed",
    "stage_zh": "签约",
    "stage_order": 3,
    "n_reached": 4,
    "n_here": 1,
    "n_ended": 1,
    "conversion": 80.0,
    "conversion_reason": None,
    "contracted": 4.0e8,
    "arrived": 1.5e8,
    "arrival_rate": 46.875,
    "arrival_reason": None,
    "n_with_money": 3,
    "n_held": 0,
    "published_on": date(2025, 9, 8),
    "source_id": "reported_projects",
    "source_file": "files/a.xlsx",
    "source_sha256": "ab",
}
STRUCTURE = {
    "ref_area": "420100",
    "time_period": "2025-08",
    "breakdown": "economy",
    "member": "HKG",
    "member_zh": "中国香港",
    "n_signed": 2,
    "n_started": 1,
    "n_operating": 0,
    "n_ended": 1,
    "start_rate": 50.0,
    "operating_rate": 0.0,
    "contracted": 1.2e8,
    "arrived": 1.0e8,
    "arrival_rate": 83.3,
    "arrival_reason": None,
    "n_with_money": 2,
    "contracted_share": 30.0,
    "n_held": 0,
    "published_on": date(2025, 9, 8),
    "source_id": "reported_projects",
    "source_file": "files/a.xlsx",
    "source_sha256": "ab",
}


def table(usual: dict, rows: list[dict]) -> pl.DataFrame:
    schema = pl.DataFrame([usual], schema_overrides={"conversion_reason": pl.String, "arrival_reason": pl.String}).schema
    return pl.DataFrame([usual | row for row in rows], schema=schema)


def frames(funnel: list[dict], structure: list[dict] | None = None) -> dict[str, pl.DataFrame]:
    areas = pl.DataFrame(AREAS).with_columns(pinyin=pl.col("ref_area"), city=pl.col("ref_area").replace("WHMA", None))
    return {
        "dim_area": areas,
        "investment_funnel": table(FUNNEL, funnel),
        "investment_structure": table(STRUCTURE, structure or []),
    }


def test_a_stage_with_its_rates_money_and_register():
    (row,) = investment_tables.city_funnel(frames([{}]), "420100").rows(named=True)
    assert list(row) == [heading.title for heading in FUNNEL_HEADINGS]
    assert row == {
        **{"地区代码": "420100", "地区": "武汉市", "时期": "2025年8月", "阶段": "签约"},
        **{"到达项目数": "4", "在此阶段项目数": "1", "终止项目数": "1", "转化率%": "80.0"},
        **{"合同资金": "4.0000", "累计到位资金": "1.5000", "单位": "亿元", "到位率%": "46.9", "资金齐全项目数": "3"},
        **{"说明": None, "填报日期": "2025-09-08", "来源文件": "raw/reported_projects/files/a.xlsx", "文件SHA-256": "ab"},
    }


def test_no_rate_has_its_reason_and_held_rows_are_told():
    lacking = {"conversion": None, "conversion_reason": "no_project", "arrival_rate": None, "arrival_reason": "missing"}
    (row,) = investment_tables.city_funnel(frames([lacking | {"n_held": 2}]), "420100").rows(named=True)
    assert (row["转化率%"], row["到位率%"]) == (None, None)
    assert row["说明"] == ("台账有2行未能采用（见隔离数据），项目数偏少；没有项目到达上一阶段；没有项目两项资金都有数")


def test_the_newest_register_comes_first_and_stages_in_their_order():
    rows = [
        {"time_period": "2025-07"},
        {"stage": "pitched", "stage_zh": "推介", "stage_order": 1},
        {"time_period": "2025-07", "stage": "pitched", "stage_zh": "推介", "stage_order": 1},
        {},
    ]
    told = investment_tables.city_funnel(frames(rows), "420100").select("时期", "阶段").rows()
    assert told == [("2025年8月", "推介"), ("2025年8月", "签约"), ("2025年7月", "推介"), ("2025年7月", "签约")]


def test_a_city_without_a_register_is_said_to_have_none_in_both_tables():
    for table in (investment_tables.city_funnel, investment_tables.city_structure):
        (row,) = table(frames([{}], [{}]), "420700").rows(named=True)
        assert {name: value for name, value in row.items() if value} == {
            "地区代码": "420700",
            "地区": "鄂州市",
            "说明": "未收到项目台账",
        }


def test_a_register_of_which_nothing_is_signed_is_no_missing_register():
    (row,) = investment_tables.city_structure(frames([{}]), "420100").rows(named=True)
    assert row["说明"] == "台账中没有已签约的项目"


def test_the_circle_says_whom_it_lacks_before_its_cities():
    rows = investment_tables.circle_funnel(frames([{}])).select("地区", "阶段", "说明").rows()
    assert rows == [
        ("武汉都市圈", None, "2025年8月没有合计：只有1市有项目台账，缺鄂州市"),
        ("武汉市", "签约", None),
        ("鄂州市", None, "未收到项目台账"),
    ]
    nothing = investment_tables.circle_structure(frames([])).select("地区", "说明").rows()
    assert nothing[0] == ("武汉都市圈", "九市都未收到项目台账")


def test_the_circle_keeps_the_total_of_an_earlier_month_beside_what_the_newest_lacks():
    rows = [
        {"ref_area": "WHMA", "time_period": "2025-07"},
        {"time_period": "2025-07"},
        {"ref_area": "420700", "time_period": "2025-07"},
    ]
    told = (
        investment_tables.circle_funnel(frames([*rows, {}])).filter(pl.col("地区") == "武汉都市圈").select("时期", "说明").rows()
    )
    assert told == [(None, "2025年8月没有合计：只有1市有项目台账，缺鄂州市"), ("2025年7月", None)]


def test_groups_by_what_they_bring_and_years_in_their_order():
    rows = [
        {"member": "DEU", "member_zh": "德国", "contracted": 2.0e8},
        {"breakdown": "signed_year", "member": "2025", "member_zh": "2025年签约", "contracted": 9.0e8},
        {"breakdown": "signed_year", "member": "2024", "member_zh": "2024年签约", "contracted": None},
        {},
        {"breakdown": "total", "member": "total", "member_zh": "合计"},
    ]
    table = investment_tables.city_structure(frames([{}], rows), "420100")
    assert table.columns == [heading.title for heading in STRUCTURE_HEADINGS]
    assert table.select("分组", "组").rows() == [
        ("合计", "合计"),
        ("来源经济体", "德国"),
        ("来源经济体", "中国香港"),
        ("签约年份", "2024年签约"),
        ("签约年份", "2025年签约"),
    ]
