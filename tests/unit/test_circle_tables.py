"""What is said of convergence, and that a mark of a break and the names of missing cities reach the office."""

import pytest

from dagster_project.lib import chinese, circle_tables


@pytest.mark.parametrize(
    ("estimate", "p", "said"),
    [
        (None, None, ""),
        (-0.2, 0.04, "显著收敛"),
        (-0.2, 0.06, "不显著"),
        (0.2, 0.04, "显著发散"),
        (0.2, 0.5, "不显著"),
        (-0.2, None, "不显著"),
    ],
)
def test_only_what_is_significant_is_called_convergence(estimate, p, said: str):
    assert circle_tables._verdict({"estimate": estimate, "p": p}) == said


def test_missing_cities_are_named():
    names = {"429004": "仙桃市", "429005": "潜江市"}
    assert circle_tables._listed("429004；429005", names) == "仙桃市、潜江市"
    assert circle_tables._listed(None, names) == ""


def test_a_break_is_told():
    assert circle_tables._remark({"is_break": True}) == "自本期起口径改变，与上一期不可比"
    assert circle_tables._remark({"is_break": False}) == ""


def test_every_table_has_a_file_and_a_name_of_its_own():
    tables = circle_tables.TABLES
    assert len({table.file for table in tables}) == len({table.name for table in tables}) == len(tables)
    for table in tables:
        assert len({heading.title for heading in table.headings}) == len(table.headings)


def test_every_measure_has_a_chinese_name():
    assert set(chinese.CONVERGENCE) == {"beta", "sigma_trend"}
    assert {"gini", "theil", "theil_between", "theil_within", "cv", "range_ratio", "sigma"} <= set(chinese.MEASURE)
