"""Periods and figures as the office reads them."""

import pytest

from dagster_project.lib import chinese


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
