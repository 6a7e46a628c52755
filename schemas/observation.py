"""The contract of an observation as it lands (design: one row per figure, as published, with the cell it came from).

Holds the pandera schema and the reason each failed check becomes in quarantine. It does not read files.
"""

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

KEY = ["source_id", "series", "ref_area", "counterpart", "freq", "time_period", "period_basis"]
VINTAGE = [*KEY, "published_on", "source_file"]

#: Landing columns in order, with their types.
COLUMNS = {
    "source_id": pl.String,
    "series": pl.String,
    "ref_area": pl.String,
    "counterpart": pl.String,
    "freq": pl.String,
    "time_period": pl.String,
    "period_basis": pl.String,
    "obs_value": pl.Float64,
    "unit_measure": pl.String,
    "unit_mult": pl.Int32,
    "obs_status": pl.String,
    "obs_break": pl.Boolean,
    "published_on": pl.Date,
    "published_basis": pl.String,
    "source_file": pl.String,
    "source_sha256": pl.String,
    "source_locator": pl.String,
}

#: What readers and name resolution leave beside the landing columns, for the checks and for quarantine.
WORKING = {
    "line": pl.Int64,
    "place": pl.String,
    "label": pl.String,
    "unit": pl.String,
    "raw_value": pl.String,
    "problem": pl.String,
    "may_be_negative": pl.Boolean,
    "unit_fits_series": pl.Boolean,
    "is_repeated": pl.Boolean,
}

#: Columns of a quarantined figure, or of a whole file that was set aside (level `file`).
QUARANTINE = {
    "source_id": pl.String,
    "source_file": pl.String,
    "source_sha256": pl.String,
    "source_locator": pl.String,
    "level": pl.String,
    "reason": pl.String,
    "place": pl.String,
    "label": pl.String,
    "time_period": pl.String,
    "raw_value": pl.String,
    "message_zh": pl.String,
}

#: What a check at the door found about a file: `hold` keeps it out, `warn` only tells.
FINDING = {
    "check_name": pl.String,
    "severity": pl.String,
    "source_id": pl.String,
    "source_file": pl.String,
    "series": pl.String,
    "ref_area": pl.String,
    "time_period": pl.String,
    "message_zh": pl.String,
    "value": pl.Float64,
    "expected": pl.Float64,
}

MISSING_STATUS = ["L", "M", "O"]
STATUS = ["A", "P", "E", "I", *MISSING_STATUS]
COUNTERPART = r"^(partner|hs|industry|route|product|enterprise):\S+$"
PERIOD_OF_FREQ = {"A": r"^[0-9]{4}$", "Q": r"^[0-9]{4}-Q[1-4]$", "M": r"^[0-9]{4}-(0[1-9]|1[0-2])$"}


@dataclass(frozen=True)
class Reason:
    """Why a figure is held: `level` says whether it goes alone (cell) or takes its line with it (line)."""

    code: str
    level: str
    message_zh: str


#: check name (or column that may not be null) -> reason. Earlier entries win where a figure fails several.
REASONS = {
    "readable": Reason("unreadable", "line", "该行无法按版式读取：{problem}。请核对原文件该行。"),
    "ref_area": Reason(
        "unknown_place",
        "line",
        "地名“{place}”未登记{nearest}，或不是指标名所指场站的所在地。请核对；新地名登记在 seeds/places.csv。",
    ),
    "series": Reason("unknown_series", "line", "指标名“{label}”未登记{nearest}。请在 seeds/series_labels.csv 登记它对应的序列。"),
    "unit_measure": Reason("unknown_unit", "line", "计量单位“{unit}”未登记{nearest}。请在 seeds/units.csv 登记。"),
    "period_fits_freq": Reason("bad_period", "line", "时期“{time_period}”与频率不符。应为 2024、2024-Q1 或 2024-03。"),
    "period_was_over": Reason(
        "period_after_publication",
        "line",
        "时期“{time_period}”晚于发布日期 {published_on}，不可能是实际数。请核对时期与发布日期。",
    ),
    "first_of_its_key": Reason("duplicate", "cell", "同一文件中同一指标、地区、时期出现两次；只采用第一个。请核对原文件。"),
    "obs_status": Reason("unknown_status", "cell", "状态“{obs_status}”不是约定的代码 A、P、E、I、L、M、O。"),
    "unit_fits_series": Reason("unit_mismatch", "cell", "单位“{unit}”不是“{label}”可用的计量单位。"),
    "value_is_number": Reason("not_a_number", "cell", "“{raw_value}”不是数字，也不是约定的缺失符号。"),
    "value_is_finite": Reason("not_finite", "cell", "“{raw_value}”不是有限数值。"),
    "value_not_negative": Reason("negative", "cell", "“{raw_value}”为负数；该指标不可能为负。"),
}


def _readable(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("problem").is_null())


def _period_fits_freq(data: PolarsData) -> pl.LazyFrame:
    fits = pl.any_horizontal(
        (pl.col("freq") == freq) & pl.col("time_period").str.contains(pattern) for freq, pattern in PERIOD_OF_FREQ.items()
    )
    return data.lazyframe.select(fits.fill_null(False))


def _period_was_over(data: PolarsData) -> pl.LazyFrame:
    """No statistic is of a period that begins after the day it came out: a year misread, or a day misdeclared."""
    # As texts: 2025 and 2025-03 come before 2025-03-18, 2026 and 2025-04 after it.
    begins = pl.when(pl.col("freq") == "Q").then(pl.col("time_period").str.slice(0, 4)).otherwise("time_period")
    return data.lazyframe.select((begins <= pl.col("published_on").cast(pl.String)).fill_null(True))


def whole() -> pl.Expr:
    """Whether a line could land at all: only such lines compete for a key, so a torn one does not displace the next."""
    known = pl.all_horizontal(pl.col("series", "ref_area", "time_period", "unit_measure").is_not_null())
    has_value = pl.col("obs_value").is_not_null() | pl.col("obs_status").is_in(MISSING_STATUS)
    return (known & has_value & pl.col("problem").is_null()).alias("whole")


def key_hash() -> pl.Expr:
    """64 bits for the key of a line: two keys of a million share them with a chance of one in forty million."""
    return pl.struct(*VINTAGE, whole()).hash(seed=2018)


def _first_of_its_key(data: PolarsData) -> pl.LazyFrame:
    first = key_hash().is_first_distinct() & ~pl.col("is_repeated").fill_null(False)
    return data.lazyframe.select(~whole() | first)


def _unit_fits_series(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("unit_fits_series").fill_null(True))


def _value_is_number(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("obs_value").is_null() == pl.col("obs_status").is_in(MISSING_STATUS))


def _value_is_finite(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("obs_value").is_finite().fill_null(True))


def _value_not_negative(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(((pl.col("obs_value") >= 0) | pl.col("may_be_negative")).fill_null(True))


_TEXT_KEY = {"nullable": False, "checks": pa.Check.str_length(min_value=1)}

CONTRACT = pa.DataFrameSchema(
    columns={
        "source_id": pa.Column(pl.String, **_TEXT_KEY),
        "series": pa.Column(pl.String, nullable=False),
        "ref_area": pa.Column(pl.String, nullable=False),
        "counterpart": pa.Column(pl.String, pa.Check.str_matches(COUNTERPART), nullable=True),
        "freq": pa.Column(pl.String, nullable=True),
        "time_period": pa.Column(pl.String, nullable=True),
        "period_basis": pa.Column(pl.String, pa.Check.isin(["period", "ytd"]), nullable=True),
        "obs_value": pa.Column(pl.Float64, nullable=True),
        "unit_measure": pa.Column(pl.String, nullable=False),
        "unit_mult": pa.Column(pl.Int32, nullable=True),
        "obs_status": pa.Column(pl.String, pa.Check.isin(STATUS), nullable=False),
        "obs_break": pa.Column(pl.Boolean, nullable=False),
        "published_on": pa.Column(pl.Date, nullable=False),
        "published_basis": pa.Column(pl.String, pa.Check.isin(["publisher", "calendar", "edition", "obtained"]), nullable=False),
        "source_file": pa.Column(pl.String, **_TEXT_KEY),
        "source_sha256": pa.Column(pl.String, pa.Check.str_matches(r"^[0-9a-f]{64}$"), nullable=False),
        "source_locator": pa.Column(pl.String, **_TEXT_KEY),
        **{name: pa.Column(dtype, nullable=True) for name, dtype in WORKING.items()},
    },
    checks=[
        pa.Check(_readable, name="readable"),
        pa.Check(_period_fits_freq, name="period_fits_freq"),
        pa.Check(_period_was_over, name="period_was_over"),
        pa.Check(_first_of_its_key, name="first_of_its_key"),
        pa.Check(_unit_fits_series, name="unit_fits_series"),
        pa.Check(_value_is_number, name="value_is_number"),
        pa.Check(_value_is_finite, name="value_is_finite"),
        pa.Check(_value_not_negative, name="value_not_negative"),
    ],
    strict=True,
    ordered=False,
)
