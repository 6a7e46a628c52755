"""The order in which a reader of 得分.csv meets frameworks and nodes, and how the value of an indicator is shown."""

import polars as pl
import pytest

from dagster_project.lib import city_tables

COLUMNS = ["framework", "official", "valid_from", "code", "parent", "node_type", "weight"]
#: Two frameworks that share codes; in the first a group below a group, and an indicator beside groups.
NODES = pl.DataFrame(
    [
        ("deep", True, "2018", "root", None, "index", None),
        ("deep", True, "2018", "light", "root", "group", 0.2),
        ("deep", True, "2018", "heavy", "root", "group", 0.5),
        ("deep", True, "2018", "lone", "root", "indicator", 0.3),
        ("deep", True, "2018", "inner", "heavy", "group", 0.4),
        ("deep", True, "2018", "a", "heavy", "indicator", 0.6),
        ("deep", True, "2018", "c", "inner", "indicator", 0.5),
        ("deep", True, "2018", "b", "inner", "indicator", 0.5),
        ("deep", True, "2018", "d", "light", "indicator", 1.0),
        ("deep", True, "2018", "people", None, "denominator", None),
        ("other", False, None, "root", None, "index", None),
        ("other", False, None, "a", "root", "indicator", None),
        ("newer", True, "2021", "root", None, "index", None),
        ("newer", True, "2021", "a", "root", "indicator", 1.0),
    ],
    schema=COLUMNS,
    orient="row",
)


def test_a_node_comes_before_those_below_it_and_the_weightier_first_at_any_depth():
    placed = city_tables.nodes_in_order(NODES.sample(fraction=1, shuffle=True, seed=3)).sort("place")
    order = {name: part["code"].to_list() for (name,), part in placed.group_by("framework", maintain_order=True)}
    assert order == {
        "deep": ["root", "heavy", "a", "inner", "b", "c", "lone", "light", "d"],
        "newer": ["root", "a"],
        "other": ["root", "a"],
    }


def test_official_frameworks_come_first_and_the_newest_of_them_at_the_top():
    assert city_tables.frameworks_in_order(NODES)["framework"].to_list() == ["newer", "deep", "other"]


@pytest.mark.parametrize(
    ("year", "framework"), [("2017", None), ("2018", "deep"), ("2020", "deep"), ("2021", "newer"), ("2030", "newer")]
)
def test_the_newest_official_framework_that_is_valid_speaks_for_a_year(year: str, framework: str | None):
    assert city_tables.official_in(NODES, year) == framework


def test_a_value_that_the_framework_divides_is_not_shown_in_the_unit_of_what_it_divides():
    row = {"value": 12345.678, "unit": "CNY", "display_unit_zh": "亿元", "display_mult": 3, "decimals": 2}
    assert city_tables._measured(row | {"measured_in": "CNY"}) == ("12.35", "亿元")
    assert city_tables._measured(row | {"measured_in": None}) == ("12.35", "亿元")
    assert city_tables._measured(row | {"measured_in": "CNY_PER_PERSON"}) == ("12345.6780", "CNY_PER_PERSON")


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"rank": 3, "rank_q05": 3.0, "rank_q95": 4.0, "previous_rank": 4, "is_significant": False}, ("3", "4", "1", "不显著")),
        ({"rank": 3, "rank_q05": 2.5, "rank_q95": 3.0, "previous_rank": 1, "is_significant": True}, ("2.5", "3", "-2", "显著")),
        ({"rank": 3, "rank_q05": 3.0, "rank_q95": 3.0, "previous_rank": 3, "is_significant": None}, ("3", "3", "0", "未变")),
        ({"rank": 3, "rank_q05": None, "rank_q95": None, "previous_rank": None, "is_significant": None}, ("", "", "", "")),
    ],
)
def test_a_rank_stands_beside_its_interval_and_its_move(row: dict, shown: tuple):
    assert city_tables.interval(row) == shown
