"""Periods and figures as the office reads them."""

import pytest
import yaml

from dagster_project.lib import chinese
from dagster_project.lib.house import ROOT
from schemas import framework


@pytest.mark.parametrize(
    ("period", "basis", "shown"),
    [
        ("2024", "period", "2024年"),
        ("2024-Q3", "period", "2024年第3季度"),
        ("2024-03", "period", "2024年3月"),
        ("2024-03", "ytd", "2024年1—3月"),
        ("2024-12", "ytd", "2024年1—12月"),
        ("2024-01", "ytd", "2024年1月"),
    ],
)
def test_period(period: str, basis: str, shown: str):
    assert chinese.period(period, basis) == shown


@pytest.mark.parametrize(
    ("value", "power", "decimals", "shown"),
    [
        (403352970000.0, 8, 2, "4033.53"),
        (262265180000.0, 8, 2, "2622.65"),
        (None, 8, 2, ""),
        (0.0, 4, 2, "0.00"),
        (-0.001, 0, 2, "0.00"),
        (2.675, 0, 2, "2.68"),
        (-2.675, 0, 2, "-2.68"),
        (0.6, -2, 0, "60"),
        (1e15, 8, 0, "10000000"),
        (1.5, 0, 0, "2"),
    ],
)
def test_figure_is_rounded_half_up_and_never_minus_zero(value, power: int, decimals: int, shown: str):
    assert chinese.figure(value, power, decimals) == shown


@pytest.mark.parametrize(
    ("words", "methods"),
    [
        (chinese.NORMALISATION, framework.NORMALISATIONS),
        (chinese.AGGREGATION, framework.AGGREGATIONS),
        (chinese.WEIGHTING, framework.WEIGHTING_METHODS),
        ({"none": "", **chinese.IMPUTATION}, framework.IMPUTATIONS),
        ({"none": "", **chinese.TREATMENT}, framework.TREATMENTS),
    ],
)
def test_every_method_of_a_framework_has_a_name(words: dict, methods: dict):
    assert words.keys() == methods.keys()


@pytest.mark.parametrize(
    ("mart", "column", "words"),
    [
        ("index_scores", "reason", chinese.REASON),
        ("indicator_scores", "reason", chinese.REASON),
        ("index_scores", "change_reason", chinese.CHANGE_REASON),
        ("index_scores", "obs_status", chinese.STATUS),
        ("indicator_scores", "obs_status", chinese.STATUS),
        ("index_scores", "node", chinese.NODE),
    ],
)
def test_every_code_that_a_mart_may_hold_has_words(mart: str, column: str, words: dict):
    described = yaml.safe_load((ROOT / f"dbt/models/marts/{mart}.yml").read_text(encoding="utf-8"))["models"][0]["columns"]
    tests = next(entry for entry in described if entry["name"] == column)["data_tests"]
    accepted = next(test["accepted_values"] for test in tests if "accepted_values" in test)["arguments"]["values"]
    assert accepted and set(accepted) <= words.keys()


@pytest.mark.parametrize(
    ("places", "is_significant", "said"),
    [
        (None, None, ""),
        (0, None, "未变"),
        (2, True, "显著"),
        (-1, True, "显著"),
        (1, False, "不显著"),
        (-1, False, "不显著"),
        (1, None, "未作判断"),
    ],
)
def test_a_move_within_the_intervals_is_called_neither_a_rise_nor_a_fall(places, is_significant, said: str):
    assert chinese.move(places, is_significant) == said
