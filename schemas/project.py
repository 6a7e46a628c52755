"""The contract of a project of investment promotion (招商引资) as it lands: one row for each project of a register.

A register is what one city reports of one month (readers/project_form.py): every project it knows, with the day it reached each
stage. Holds the pandera schema and the reason each failed check becomes in quarantine. It does not read files.
"""

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

#: The stages in the order in which a project passes them: the column of the day it was reached, and its name. A project may skip
#: one; it has reached every stage before the furthest that has a day.
STAGES = {
    "pitched_on": "推介",
    "negotiated_on": "在谈",
    "signed_on": "签约",
    "started_on": "开工",
    "operating_on": "投产",
}
#: A project given up; it keeps the stages it had reached.
ENDED = "ended_on"
DAYS = (*STAGES, ENDED)
AMOUNTS = ("contracted", "arrived")

#: Landing columns in order, with their types.
COLUMNS = {
    "source_id": pl.String,
    "ref_area": pl.String,
    "time_period": pl.String,
    "project": pl.String,
    "name_zh": pl.String,
    "investor_zh": pl.String,
    "economy": pl.String,
    "industry": pl.String,
    "site_zh": pl.String,
    **dict.fromkeys(DAYS, pl.Date),
    **dict.fromkeys(AMOUNTS, pl.Float64),
    "unit_measure": pl.String,
    "unit_mult": pl.Int32,
    "obs_status": pl.String,
    "published_on": pl.Date,
    "published_basis": pl.String,
    "source_file": pl.String,
    "source_sha256": pl.String,
    "source_locator": pl.String,
}

#: The columns of a register that a city fills in, in the order in which they are printed.
FIELDS = {
    "project": "项目编号",
    "name_zh": "项目名称",
    "investor_zh": "投资方",
    "economy": "来源地",
    "industry": "行业",
    "site_zh": "落户区（园区）",
    **{column: f"{name}日期" for column, name in STAGES.items()},
    ENDED: "终止日期",
    "contracted": "合同资金",
    "arrived": "累计到位资金",
}
#: Fields that are read as something else than their own text, which stays beside them as printed_<field>.
READ = ("economy", "industry", *DAYS, *AMOUNTS)
WORKING = {f"printed_{name}": pl.String for name in READ} | {"period_end": pl.Date}


@dataclass(frozen=True)
class Reason:
    """Why a project is held with its line, or one of its cells (`field`) alone."""

    code: str
    field: str | None
    message_zh: str


#: check name -> reason. Of those that take the line, earlier entries win; every cell that fails is told.
REASONS = {
    "has_number": Reason("no_project_number", None, "没有项目编号。请补上；同一项目的编号应始终不变。"),
    "has_name": Reason("no_project_name", None, "项目“{project}”没有名称。请补上。"),
    "first_of_its_number": Reason("duplicate", None, "项目编号“{project}”在同一台账中出现两次；只采用第一行。请核对。"),
    **{
        f"{column}_is_a_day": Reason(
            "not_a_day", None, f"{FIELDS[column]}“{{printed_{column}}}”不是 2025-08-31 这样的日期，项目所处阶段不能确定。请改正。"
        )
        for column in DAYS
    },
    "days_are_past": Reason("day_after_period", None, "有日期晚于报告期末 {period_end}。台账只填已经发生的；请核对。"),
    "days_in_order": Reason(
        "days_out_of_order", None, "各阶段日期前后颠倒（推介、在谈、签约、开工、投产、终止应依次不早于前一项）。请核对。"
    ),
    "has_a_stage": Reason("no_stage", None, "推介、在谈、签约、开工、投产日期都没有填，不能确定项目所处阶段。请至少填一项。"),
    "signed_before_start": Reason("not_signed", None, "填了开工或投产日期，没有签约日期。请补上签约日期。"),
    "economy_is_known": Reason(
        "unknown_economy", "economy", "来源地“{printed_economy}”未登记{nearest}。请从表中选取；新名称登记在 seeds/economies.csv。"
    ),
    "industry_is_known": Reason(
        "unknown_industry",
        "industry",
        "行业“{printed_industry}”未登记{nearest}。请从表中选取；新名称登记在 seeds/industries.csv。",
    ),
    **{
        f"{column}_is_number": Reason(
            "not_a_number", column, f"{FIELDS[column]}“{{printed_{column}}}”不是数字。请只填数字，单位万元。"
        )
        for column in AMOUNTS
    },
    **{
        f"{column}_not_negative": Reason("negative", column, f"{FIELDS[column]}“{{printed_{column}}}”为负数。请核对。")
        for column in AMOUNTS
    },
    **{
        f"{column}_after_signing": Reason(
            "not_signed",
            column,
            f"没有签约日期，却填了{FIELDS[column]}“{{printed_{column}}}”；意向金额不计。请补上签约日期，或删去金额。",
        )
        for column in AMOUNTS
    },
    "arrived_within_contract": Reason(
        "exceeds_contract",
        "arrived",
        "累计到位资金“{printed_arrived}”大于合同资金“{printed_contracted}”。请核对；增资的应同时改合同资金。",
    ),
}


def _check(name: str, holds: pl.Expr) -> pa.Check:
    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds.fill_null(True))

    return pa.Check(check, name=name)


def _read(column: str) -> pl.Expr:
    """What is printed has been understood; a blank cell says nothing and is no fault."""
    return pl.col(column).is_not_null() | pl.col(f"printed_{column}").fill_null("").eq("")


def _in_order() -> pl.Expr:
    """No day lies before that of an earlier stage."""
    return pl.all_horizontal(
        (pl.col(later) >= pl.max_horizontal(*DAYS[:place])).fill_null(True) for place, later in enumerate(DAYS) if place
    )


_signed = pl.col("signed_on").is_not_null()

CONTRACT = pa.DataFrameSchema(
    columns={
        name: pa.Column(dtype, nullable=name not in ("source_id", "ref_area", "time_period", "published_on", "source_sha256"))
        for name, dtype in (COLUMNS | WORKING).items()
    },
    checks=[
        _check("has_number", pl.col("project").is_not_null()),
        _check("has_name", pl.col("name_zh").is_not_null()),
        _check("first_of_its_number", pl.struct("source_file", "project").is_first_distinct() | pl.col("project").is_null()),
        *(_check(f"{column}_is_a_day", _read(column)) for column in DAYS),
        _check("days_are_past", pl.max_horizontal(*DAYS) <= pl.col("period_end")),
        _check("days_in_order", _in_order()),
        _check("has_a_stage", pl.any_horizontal(pl.col(column).is_not_null() for column in STAGES)),
        _check("signed_before_start", _signed | pl.all_horizontal(pl.col("started_on", "operating_on").is_null())),
        _check("economy_is_known", _read("economy")),
        _check("industry_is_known", _read("industry")),
        *(_check(f"{column}_is_number", _read(column)) for column in AMOUNTS),
        *(_check(f"{column}_not_negative", pl.col(column) >= 0) for column in AMOUNTS),
        *(_check(f"{column}_after_signing", _signed | pl.col(column).is_null()) for column in AMOUNTS),
        _check("arrived_within_contract", (pl.col("arrived") <= pl.col("contracted")) | (pl.col("contracted") < 0)),
    ],
    strict=True,
    ordered=False,
)
