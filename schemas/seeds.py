"""The contract of every table in seeds/: what people decide. One entry of SEEDS is one CSV; its columns are defined here only."""

import itertools
from dataclasses import dataclass, field

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from schemas.observation import COUNTERPART, STATUS

_CODE = pa.Check.str_matches(r"^[A-Za-z0-9_\-]+$")
_YEAR = pa.Check.str_matches(r"^[0-9]{4}$")
_PERIOD = pa.Check.str_matches(r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$")
_DATE = pa.Check.str_matches(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


@dataclass(frozen=True)
class Seed:
    """One declared table: its columns, its key, and the references other tables must satisfy (column -> seed.column)."""

    columns: dict[str, pa.Column]
    key: list[str]
    refers: dict[str, str] = field(default_factory=dict)
    checks: list[pa.Check] = field(default_factory=list)

    def schema(self) -> pa.DataFrameSchema:
        return pa.DataFrameSchema(self.columns, checks=self.checks, strict=True, unique=self.key)


def _text(*checks: pa.Check, null: bool = False) -> pa.Column:
    return pa.Column(pl.String, list(checks), nullable=null)


def _one_of(*allowed: str, null: bool = False) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(list(allowed)), nullable=null)


def _whole(null: bool = False, **bounds: int) -> pa.Column:
    checks = [pa.Check.in_range(bounds.get("low", -30), bounds.get("high", 30))]
    return pa.Column(pl.Int32, checks, nullable=null)


def _number(null: bool = True) -> pa.Column:
    return pa.Column(pl.Float64, nullable=null)


#: The rules that models look for (dbt/models/intermediate/signals); each has one row in signal_rules.csv.
SIGNAL_RULES = [
    *("growth_above_hubei", "growth_below_hubei", "growth_above_circle", "growth_below_circle"),
    *("growth_above_peers", "growth_below_peers", "decline_run", "turn_up", "turn_down", "score_gain", "score_loss"),
    *("contribution_lead", "obstacle", "rank_up", "rank_down", "target_ahead", "target_behind", "target_verdict_changed"),
    *("target_scope_changed", "concentration", "one_sided", "revision_turns_growth", "series_break", "figure_held"),
    *("release_late", "data_missing"),
]


def _levels_descend(data: PolarsData) -> pl.LazyFrame:
    levels = ("blue_below", "yellow_below", "orange_below", "red_below")
    return data.lazyframe.select(pl.all_horizontal(pl.col(a) > pl.col(b) for a, b in itertools.pairwise(levels)))


def _period_to_not_before_from(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select((pl.col("period_from") <= pl.col("period_to")).fill_null(True))


def _is_a_day_of_the_calendar(data: PolarsData) -> pl.LazyFrame:
    day = pl.col(data.key)
    return data.lazyframe.select(day.is_null() | day.str.to_date("%Y-%m-%d", strict=False).is_not_null())


def _baseline_is_printed_or_not_collected(data: PolarsData) -> pl.LazyFrame:
    """A value is A, 未统计 is L without a value, and neither is without its year; no baseline printed is all three empty."""
    status, value, year = pl.col("baseline_status"), pl.col("baseline_value"), pl.col("baseline_period")
    printed = (status == "A") & value.is_not_null() & (year < pl.col("target_period"))
    not_collected = (status == "L") & value.is_null() & (year < pl.col("target_period"))
    none = status.is_null() & value.is_null() & year.is_null()
    return data.lazyframe.select(printed.fill_null(False) | not_collected.fill_null(False) | none)


def _deadline_is_quoted(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("deadline").is_null() == pl.col("deadline_zh").is_null())


def _link_has_its_reason(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("series").is_null() == pl.col("linked_by_zh").is_null())


_in_the_calendar = pa.Check(_is_a_day_of_the_calendar, name="in_the_calendar")
_ordered_periods = pa.Check(_period_to_not_before_from, name="period_to_not_before_period_from")

SEEDS: dict[str, Seed] = {
    "areas": Seed(
        columns={
            "ref_area": _text(_CODE),
            "name_zh": _text(),
            "name_en": _text(),
            "area_type": _one_of("nation", "province", "circle", "city", "county_city", "prefecture", "zone"),
            "parent": _text(_CODE, null=True),
            "use": _one_of("scope", "peer", "known"),
            "circle_part": _one_of("core", "rest", null=True),
            "pinyin": _text(pa.Check.str_matches(r"^[a-z][a-z\-]*$"), null=True),
            "lon": _number(),
            "lat": _number(),
            "note": _text(null=True),
        },
        key=["ref_area"],
        refers={"parent": "areas.ref_area"},
    ),
    "facilities": Seed(
        columns={
            "facility": _text(_CODE),
            "name_zh": _text(),
            "name_en": _text(),
            "facility_type": _one_of("port", "port_area", "terminal", "airport", "rail_terminal"),
            "city": _text(_CODE),
            "part_of": _text(_CODE, null=True),
            "counts_for_city": _whole(low=0, high=1),
            "opened": _text(pa.Check.str_matches(r"^[0-9]{4}(-[0-9]{2}){0,2}$"), null=True),
            "note": _text(null=True),
            "source": _text(),
        },
        key=["facility"],
        refers={"city": "areas.ref_area", "part_of": "facilities.facility"},
    ),
    "places": Seed(
        columns={"name": _text(), "ref_area": _text(_CODE)},
        key=["name"],
        refers={"ref_area": "areas.ref_area|facilities.facility"},
    ),
    "units": Seed(
        columns={
            "unit": _text(),
            "unit_measure": _text(_CODE),
            "unit_mult": _whole(),
            "name_en": _text(),
            "note": _text(null=True),
        },
        key=["unit"],
    ),
    "series": Seed(
        columns={
            "series": _text(pa.Check.str_matches(r"^[a-z][a-z0-9_]*$")),
            "name_zh": _text(),
            "name_en": _text(),
            "domain": _text(_CODE),
            "unit_measure": _text(_CODE),
            "kind": _one_of("flow", "stock", "rate", "index", "price"),
            "scope_zh": _text(null=True),
            "sum_of": _text(pa.Check.str_matches(r"^[a-z0-9_]+\+[a-z0-9_]+$"), null=True),
            "display_unit_zh": _text(),
            "display_mult": _whole(),
            "decimals": _whole(low=0, high=6),
            "meaning_zh": _text(),
            "meaning_en": _text(),
            "asked": _one_of("A", "M", "AM", null=True),
            # Per cent of the old figure within which its publisher usually revises it; empty where any change is usual.
            "usual_revision": pa.Column(pl.Float64, pa.Check.in_range(0, 100), nullable=True),
        },
        key=["series"],
    ),
    # What one everyday name may stand for: figures of different scopes are different series, or belong to different places.
    "scopes": Seed(
        columns={
            "scope": _text(_CODE),
            "family_zh": _text(),
            "series": _text(_CODE),
            "ref_area": _text(_CODE, null=True),
            "name_zh": _text(),
            "name_en": _text(),
            "definition_zh": _text(),
            "source": _text(),
        },
        key=["scope"],
        refers={"series": "series.series", "ref_area": "areas.ref_area|facilities.facility"},
    ),
    "series_labels": Seed(
        columns={
            "source_id": _text(),
            "label": _text(),
            "series": _text(_CODE),
            "ref_area": _text(_CODE, null=True),
            "counterpart": _text(pa.Check.str_matches(COUNTERPART), null=True),
            "note": _text(null=True),
        },
        key=["source_id", "label"],
        refers={"series": "series.series", "ref_area": "areas.ref_area|facilities.facility"},
    ),
    "indicators": Seed(
        columns={
            "indicator": _text(pa.Check.str_matches(r"^[a-z][a-z0-9_]*$")),
            "name_zh": _text(null=True),
            "name_en": _text(null=True),
            "numerator": _text(_CODE),
            "denominator": _text(_CODE, null=True),
            "scale": _number(),
            "unit": _text(null=True),
            "display_unit_zh": _text(null=True),
            "display_mult": _whole(null=True),
            "decimals": _whole(null=True, low=0, high=6),
            "annual_since": _text(pa.Check.str_matches(r"^[0-9]{4}$"), null=True),
            "monthly_since": _text(pa.Check.str_matches(r"^[0-9]{4}-[0-9]{2}$"), null=True),
            "meaning_zh": _text(null=True),
            "meaning_en": _text(null=True),
        },
        key=["indicator"],
        refers={"numerator": "series.series", "denominator": "series.series"},
    ),
    "preference": Seed(
        columns={
            "series": _text(_CODE),
            "ref_area": _text(pa.Check.str_matches(r"^(\*|[A-Za-z0-9_\-]+)$")),
            "period_from": _text(_PERIOD, null=True),
            "period_to": _text(_PERIOD, null=True),
            "rank": _whole(low=1, high=99),
            "source_id": _text(_CODE),
            "reason": _text(),
        },
        key=["series", "ref_area", "period_from", "period_to", "rank"],
        refers={"series": "series.series"},
        checks=[_ordered_periods],
    ),
    "breaks": Seed(
        columns={
            "series": _text(_CODE),
            "ref_area": _text(pa.Check.str_matches(r"^(\*|[A-Za-z0-9_\-]+)$")),
            "time_period": _text(_PERIOD),
            "reason_zh": _text(),
            "evidence": _text(),
        },
        key=["series", "ref_area", "time_period"],
        refers={"series": "series.series"},
    ),
    "corrections": Seed(
        columns={
            "correction_id": _text(_CODE),
            "action": _one_of("correct", "hold"),
            "source_id": _text(_CODE),
            "source_file": _text(),
            "series": _text(_CODE),
            "ref_area": _text(_CODE),
            "time_period": _text(_PERIOD),
            "period_basis": _one_of("period", "ytd"),
            "wrong_value": _number(null=False),
            "wrong_unit": _text(),
            "right_value": _number(),
            "right_unit": _text(null=True),
            "right_status": _one_of(*STATUS),
            "reason_zh": _text(),
            "evidence": _text(),
            "approver": _text(),
            "approved_on": _text(_DATE, _in_the_calendar),
        },
        key=["correction_id"],
        refers={
            "series": "series.series",
            "ref_area": "areas.ref_area|facilities.facility",
            "wrong_unit": "units.unit",
            "right_unit": "units.unit",
        },
    ),
    "structural": Seed(
        columns={
            "series": _text(_CODE),
            "ref_area": _text(_CODE),
            "period_from": _text(_PERIOD),
            "period_to": _text(_PERIOD, null=True),
            "reason_zh": _text(),
            "evidence": _text(),
        },
        key=["series", "ref_area", "period_from"],
        refers={"series": "series.series", "ref_area": "areas.ref_area"},
        checks=[_ordered_periods],
    ),
    "thresholds": Seed(
        columns={"threshold": _text(_CODE), "value": _number(null=False), "reason_zh": _text()},
        key=["threshold"],
    ),
    "economies": Seed(
        columns={
            "economy": _text(pa.Check.str_matches(r"^[A-Z]{3}$")),
            "name_zh": _text(),
            "also_zh": _text(null=True),
            "name_en": _text(),
        },
        key=["economy"],
    ),
    "industries": Seed(
        columns={
            "industry": _text(pa.Check.str_matches(r"^[A-T]([0-9]{2})?$")),
            "name_zh": _text(),
            "name_en": _text(),
        },
        key=["industry"],
    ),
    "calendar": Seed(
        columns={
            "calendar": _text(_CODE),
            "time_period": _text(_PERIOD),
            "release_on": _text(_DATE, _in_the_calendar),
            "source": _text(),
        },
        key=["calendar", "time_period"],
    ),
    # The documents that targets and measures come from; their texts lie in seeds/plan.
    "plan_documents": Seed(
        columns={
            "document": _text(_CODE),
            "ref_area": _text(_CODE),
            "number": _text(null=True),
            "title_zh": _text(null=True),
            "issued_on": _text(_DATE, _in_the_calendar, null=True),
            "file": _text(pa.Check.str_matches(r"^plan/[a-z0-9_]+\.txt$")),
            "source": _text(),
        },
        key=["document"],
        refers={"ref_area": "areas.ref_area"},
    ),
    "plan_targets": Seed(
        columns={
            "target_id": _text(_CODE),
            "document": _text(_CODE),
            "clause": _text(),
            "quote": _text(),
            "subject_zh": _text(),
            "ref_area": _text(_CODE, null=True),
            "name_zh": _text(),
            "series": _text(_CODE, null=True),
            "printed_unit": _text(),
            "scope_note_zh": _text(null=True),
            "baseline_period": _text(_YEAR, null=True),
            "baseline_value": _number(),
            "baseline_status": _one_of("A", "L", null=True),
            "period_from": _text(_YEAR, null=True),
            "target_period": _text(_YEAR),
            "target_value": _number(null=False),
            "target_high": _number(),
            "target_kind": _one_of("level", "ceiling", "range", "cumulative", "average_growth", "growth"),
            "comparator": _text(null=True),
            "linked_by_zh": _text(null=True),
        },
        key=["target_id"],
        refers={
            "document": "plan_documents.document",
            "ref_area": "areas.ref_area|facilities.facility",
            "series": "series.series",
            "printed_unit": "units.unit",
        },
        checks=[
            pa.Check(_baseline_is_printed_or_not_collected, name="baseline_is_a_value_or_not_collected_before_the_target"),
            pa.Check(_link_has_its_reason, name="a_series_is_linked_with_a_reason"),
        ],
    ),
    # Every numbered task that names units.
    "plan_measures": Seed(
        columns={
            "measure_id": _text(_CODE),
            "document": _text(_CODE),
            "clause": _text(),
            "title_zh": _text(),
            "text_zh": _text(),
            "deadline": _text(_DATE, _in_the_calendar, null=True),
            "deadline_zh": _text(null=True),
        },
        key=["measure_id"],
        refers={"document": "plan_documents.document"},
        checks=[pa.Check(_deadline_is_quoted, name="a_deadline_has_its_words")],
    ),
    "plan_units": Seed(
        columns={"unit_zh": _text(), "ref_area": _text(_CODE, null=True), "note_zh": _text(null=True)},
        key=["unit_zh"],
        refers={"ref_area": "areas.ref_area"},
    ),
    # One unit goes by several names: 市商务局〈市口岸办〉, 市發改委.
    "plan_unit_names": Seed(
        columns={"document": _text(_CODE), "printed_name": _text(), "unit_zh": _text()},
        key=["document", "printed_name"],
        refers={"document": "plan_documents.document", "unit_zh": "plan_units.unit_zh"},
    ),
    # `part`: which bracket of the task names the unit; a task may have several, each with a lead of its own.
    "plan_measure_units": Seed(
        columns={
            "measure_id": _text(_CODE),
            "part": _whole(low=1, high=9),
            "side": _one_of("lead", "support", "responsible"),
            "unit_order": _whole(low=1, high=99),
            "printed_name": _text(),
        },
        key=["measure_id", "unit_order"],
        refers={"measure_id": "plan_measures.measure_id"},
    ),
    "plan_measure_targets": Seed(
        columns={"measure_id": _text(_CODE), "target_id": _text(_CODE)},
        key=["measure_id", "target_id"],
        refers={"measure_id": "plan_measures.measure_id", "target_id": "plan_targets.target_id"},
    ),
    "plan_measure_series": Seed(
        columns={"measure_id": _text(_CODE), "series": _text(_CODE)},
        key=["measure_id", "series"],
        refers={"measure_id": "plan_measures.measure_id", "series": "series.series"},
    ),
    # The office's own file: how far a measure is, as it was told; nothing here says that nothing was told.
    "measure_status": Seed(
        columns={
            "measure_id": _text(_CODE),
            "status": _one_of("未启动", "进行中", "完成", "滞后"),
            "reported_on": _text(_DATE, _in_the_calendar),
            "note_zh": _text(null=True),
        },
        key=["measure_id", "reported_on"],
        refers={"measure_id": "plan_measures.measure_id"},
    ),
    # Rules of dbt/models/intermediate/signals; what is counted against n_needed is told in counted_zh.
    "signal_rules": Seed(
        columns={
            "rule": _text(_CODE),
            "name_zh": _text(),
            "about": _one_of("city", "circle"),
            "polarity": _one_of("bright", "weak", "notice"),
            "severity": _one_of("high", "medium", "low"),
            "threshold": _number(null=False),
            "unit": _one_of("PERCENT", "POINT", "COUNT"),
            "n_needed": _whole(low=1, high=120),
            "counted_zh": _text(),
            "reason_zh": _text(),
        },
        key=["rule"],
    ),
    # Whom a city is compared with.
    "signal_peers": Seed(
        columns={"ref_area": _text(_CODE), "peer": _text(_CODE), "reason_zh": _text()},
        key=["ref_area", "peer"],
        refers={"ref_area": "areas.ref_area", "peer": "areas.ref_area"},
    ),
    # Growth below which a leading series is blue, yellow, orange, red; `ref_area` * is every city.
    "warning_series": Seed(
        columns={
            "warning": _text(_CODE),
            "name_zh": _text(),
            "series": _text(_CODE),
            "basis": _one_of("ytd", "year"),
            "ref_area": _text(pa.Check.str_matches(r"^(\*|[A-Za-z0-9_\-]+)$")),
            "blue_below": _number(null=False),
            "yellow_below": _number(null=False),
            "orange_below": _number(null=False),
            "red_below": _number(null=False),
            "hold_periods": _whole(low=1, high=12),
            "reason_zh": _text(),
        },
        key=["warning", "ref_area"],
        refers={"series": "series.series"},
        checks=[pa.Check(_levels_descend, name="each_level_lies_below_the_last")],
    ),
}
