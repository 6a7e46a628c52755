"""信号.csv, 预警.csv and 信号覆盖.csv: what stands out in each city and in the circle, in Chinese, from the marts alone."""

import polars as pl

from dagster_project.lib import chinese
from dagster_project.lib.circle_tables import CircleTable
from dagster_project.lib.city_tables import CityTable, Frames, as_table, in_order, number, text

_AREA = (text("地区代码", "城市、园区或场站的代码；都市圈为 WHMA。"), text("地区", "名称。"))

SIGNAL_HEADINGS = [
    text("性质", "亮点、薄弱环节或提示。"),
    text("程度", "高、中、低，按 seeds/signal_rules.csv。"),
    *_AREA,
    text("规则", "规则的名称；界限及其理由见 seeds/signal_rules.csv。"),
    text("时期", "如 2024年、2024年1—3月（累计）。"),
    text("是否最新", "是：该规则在该对象上所能判断的最近一期，且不过旧。"),
    text("信号", "一句话说明。"),
    text("依据", "数值、时期、来源。"),
    number("界限", "规则成立的界限。"),
    text("规则代码", "seeds/signal_rules.csv 中的代码。"),
    text("信号编号", "同一信号每晚编号不变。"),
]
WARNING_HEADINGS = [
    *_AREA,
    text("预警", "先行序列及其算法，见 seeds/warning_series.csv。"),
    text("时期", "如 2024年、2024年1—3月（累计）。"),
    text("级别", "绿、蓝、黄、橙、红；没有数据为空。"),
    text("本期级别", "单看本期数值应为的级别。"),
    number("增速%", "公布的增速；没有公布的按所知最佳的上年数计算。"),
    text("是否最新", "是：最近一期有数据的；历史各期为级别的沿革。"),
    text("提示", "没有级别的原因，或数据过旧。"),
    text("依据", "数值、来源、界线和保持级别的原因。"),
]
COVERAGE_HEADINGS = [
    text("规则", "规则的名称。"),
    *_AREA,
    number("情形数", "规则看到的情形数：对象和时期。"),
    number("判断数", "其中数据够、作了判断的。"),
    number("成立数", "其中列入信号的。"),
    number("至少所需", "判断一个情形至少要有的观测数。"),
    number("最多所有", "情形中观测数最多的有几个。"),
    text("不能判断的原因", "一个也不能判断时写明；没有信号不等于没有问题。"),
    text("规则代码", "seeds/signal_rules.csv 中的代码。"),
]


def city_signals(frames: Frames, city: str) -> pl.DataFrame:
    """Signals of a city, its zones and its facilities."""
    return _signals(frames, frames["signals"].filter(pl.col("city") == city))


def circle_signals(frames: Frames) -> pl.DataFrame:
    """Every signal, whichever area it is about."""
    return _signals(frames, frames["signals"])


def _signals(frames: Frames, signals: pl.DataFrame) -> pl.DataFrame:
    """What is true today first, then what weighs most."""
    rows = _named(frames, signals).sort(
        pl.col("is_current").not_(),
        pl.col("time_period").str.slice(0, 4),
        in_order("severity", chinese.SIGNAL_SEVERITY),
        in_order("polarity", ("weak", "bright", "notice")),
        "rule",
        "ref_area",
        "time_period",
        "signal_id",
        descending=[False, True, False, False, False, False, True, False],
    )
    return as_table([_signal_row(row) for row in rows.iter_rows(named=True)], SIGNAL_HEADINGS)


def _signal_row(row: dict) -> tuple:
    return (
        chinese.POLARITY[row["polarity"]],
        chinese.SIGNAL_SEVERITY[row["severity"]],
        row["ref_area"],
        row["area_zh"],
        row["rule_name_zh"],
        chinese.period(row["time_period"], row["period_basis"]),
        "是" if row["is_current"] else "",
        row["message_zh"],
        row["evidence_zh"],
        chinese.short(row["threshold"], 0),
        row["rule"],
        row["signal_id"],
    )


def city_warnings(frames: Frames, city: str) -> pl.DataFrame:
    """Levels of a city: those of today first, then their history."""
    return _warnings(frames, frames["warning_levels"].filter(pl.col("ref_area") == city))


def circle_warnings(frames: Frames) -> pl.DataFrame:
    """The levels of today of all cities."""
    return _warnings(frames, frames["warning_levels"].filter(pl.col("is_current")))


def _warnings(frames: Frames, levels: pl.DataFrame) -> pl.DataFrame:
    rows = _named(frames, levels).sort(
        pl.col("is_current").not_(), "warning", "ref_area", "time_period", descending=[False, False, False, True]
    )
    return as_table([_warning_row(row) for row in rows.iter_rows(named=True)], WARNING_HEADINGS)


def _warning_row(row: dict) -> tuple:
    stale = "数据过旧，不代表现状" if row["is_stale"] and row["value"] is not None else ""
    return (
        row["ref_area"],
        row["area_zh"],
        row["warning_zh"],
        chinese.period(row["time_period"], row["period_basis"]),
        row["warning_level"] or "",
        row["raw_level"] or "",
        chinese.short(row["value"], 0, 1),
        "是" if row["is_current"] else "",
        chinese.REASON.get(row["reason"], stale),
        row["evidence_zh"],
    )


def coverage(frames: Frames) -> pl.DataFrame:
    """What each rule could look at in each city and in the circle."""
    rows = _named(frames, frames["signal_coverage"]).sort("rule", "ref_area")
    table = [
        (
            row["rule_name_zh"],
            row["ref_area"],
            row["area_zh"],
            *(str(row[count]) for count in ("n_cases", "n_judged", "n_fired", "n_needed", "n_found")),
            row["reason_zh"] or "",
            row["rule"],
        )
        for row in rows.iter_rows(named=True)
    ]
    return as_table(table, COVERAGE_HEADINGS)


def _named(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.join(frames["dim_area"].select("ref_area", area_zh="name_zh"), on="ref_area", how="left")


CITY = [
    CityTable("信号.csv", "signals", "信号", SIGNAL_HEADINGS, city_signals),
    CityTable("预警.csv", "warnings", "风险预警", WARNING_HEADINGS, city_warnings),
]
CIRCLE = [
    CircleTable("信号.csv", "circle-signals", "信号", SIGNAL_HEADINGS, circle_signals),
    CircleTable("预警.csv", "circle-warnings", "风险预警", WARNING_HEADINGS, circle_warnings),
    CircleTable("信号覆盖.csv", "circle-signal-coverage", "信号覆盖", COVERAGE_HEADINGS, coverage),
]
