"""What `openecon index` writes: one CSV for each result, keys first and sorted by them, figures with 12 significant digits."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lib.index import engine, robustness

#: Neither row order nor threads can show in so many digits.
DIGITS = 12


@dataclass(frozen=True)
class Result:
    """One file: its name, the columns that sort it, and the query that makes it from the engine's tables."""

    file: str
    key: list[str]
    sql: str


_CELLS = """
    select areas.ref_area, periods.time_period, nodes.code, cells.{value} as value, cells.{reason} as reason
    from intermediate.int_index__{table} as cells
    inner join intermediate.int_index__nodes as nodes on cells.node_id = nodes.node_id
    inner join intermediate.int_index__areas as areas on cells.area_id = areas.area_id
    inner join intermediate.int_index__periods as periods on cells.period_id = periods.period_id
"""
_CELL_KEY = ["ref_area", "time_period", "code"]


def _cells(file: str, table: str, value: str, reason: str) -> Result:
    return Result(file, _CELL_KEY, _CELLS.format(table=table, value=value, reason=reason))


AUDIT = Result(
    "audit.csv",
    ["check", "subject"],
    """
    select check_name as "check", concat_ws(' × ', code, of_what) as subject, value, threshold, verdict
    from intermediate.int_index__audit
    """,
)

RESULTS = [
    _cells("denominated.csv", "denominated", "value", "reason"),
    _cells("imputed.csv", "imputed", "value", "reason"),
    _cells("treated.csv", "treated", "treated", "treated_reason"),
    _cells("normalised.csv", "normalised", "value", "reason"),
    Result(
        "weights.csv",
        ["time_period", "code"],
        """
        select distinct
            case when weights.by_period then periods.time_period end as time_period,
            nodes.code,
            nodes.parent,
            weights.weight,
            weights.effective_weight
        from intermediate.int_index__weights as weights
        inner join intermediate.int_index__nodes as nodes on weights.node_id = nodes.node_id
        left join intermediate.int_index__periods as periods on weights.reference_id = periods.period_id
        """,
    ),
    Result(
        "scores.csv",
        _CELL_KEY,
        """
        select
            areas.ref_area,
            periods.time_period,
            nodes.code,
            scores.value,
            scores.rank,
            scores.n_ranked,
            scores.coverage,
            scores.imputed_share,
            scores.comparable_over_time,
            scores.reason
        from intermediate.int_index__scores as scores
        inner join intermediate.int_index__nodes as nodes on scores.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on scores.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on scores.period_id = periods.period_id
        """,
    ),
    Result(
        "contributions.csv",
        ["ref_area", "time_period", "node", "code"],
        """
        select areas.ref_area, periods.time_period, nodes.code as node, items.code, amounts.amount
        from intermediate.int_index__amounts as amounts
        inner join intermediate.int_index__nodes as nodes on amounts.node_id = nodes.node_id
        inner join intermediate.int_index__nodes as items on amounts.item_id = items.node_id
        inner join intermediate.int_index__areas as areas on amounts.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on amounts.period_id = periods.period_id
        where amounts.is_additive
        """,
    ),
    Result(
        "changes.csv",
        ["ref_area", "period_from", "period_to", "node", "code"],
        """
        select
            areas.ref_area,
            earlier.time_period as period_from,
            later.time_period as period_to,
            nodes.code as node,
            items.code,
            changes.performance,
            changes.structure
        from intermediate.int_index__changes as changes
        inner join intermediate.int_index__nodes as nodes on changes.node_id = nodes.node_id
        inner join intermediate.int_index__nodes as items on changes.item_id = items.node_id
        inner join intermediate.int_index__areas as areas on changes.area_id = areas.area_id
        inner join intermediate.int_index__periods as earlier on changes.from_id = earlier.period_id
        inner join intermediate.int_index__periods as later on changes.to_id = later.period_id
        """,
    ),
    Result(
        "obstacles.csv",
        _CELL_KEY,
        """
        select areas.ref_area, periods.time_period, nodes.code, obstacles.degree, obstacles.place as "order"
        from intermediate.int_index__obstacles as obstacles
        inner join intermediate.int_index__nodes as nodes on obstacles.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on obstacles.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on obstacles.period_id = periods.period_id
        """,
    ),
    Result(
        "coordination.csv",
        ["ref_area", "time_period", "node"],
        """
        select
            areas.ref_area,
            periods.time_period,
            nodes.code as node,
            coordination.c,
            coordination.t,
            coordination.d,
            coordination.grade
        from intermediate.int_index__coordination as coordination
        inner join intermediate.int_index__nodes as nodes on coordination.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on coordination.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on coordination.period_id = periods.period_id
        """,
    ),
    Result(
        "inequality.csv",
        ["time_period", "code", "measure"],
        """
        select periods.time_period, nodes.code, inequality.measure, inequality.value
        from intermediate.int_index__inequality as inequality
        inner join intermediate.int_index__nodes as nodes on inequality.node_id = nodes.node_id
        inner join intermediate.int_index__periods as periods on inequality.period_id = periods.period_id
        """,
    ),
    AUDIT,
]


def rows(connection: duckdb.DuckDBPyConnection, result: Result) -> pl.DataFrame:
    """The rows of a result as they are written."""
    frame = engine.fetch(connection, result.sql)
    return _all_rounded(frame).sort(result.key, nulls_last=True)


def _doubles(frame: pl.DataFrame) -> list[str]:
    return [name for name, dtype in frame.schema.items() if dtype == pl.Float64]


def _rounded(figures: pl.Series) -> pl.Series:
    """With 12 significant digits. Polars keeps to that only for figures of moderate size; few are others."""
    moderate = figures.abs().is_between(1e-9, 1e14) | (figures == 0) | figures.is_null()
    rounded = figures.round_sig_figs(DIGITS)
    if not moderate.all():
        rounded = rounded.zip_with(moderate, figures.map_elements(lambda x: float(f"{x:.{DIGITS}g}"), return_dtype=pl.Float64))
    # -0.0 and 0.0 are equal but do not print alike. Polars takes adding 0.0 for nothing to do.
    return rounded.set(rounded == 0, 0.0)


def write(connection: duckdb.DuckDBPyConnection, unused: list[str], found: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write every result to a folder that exists. `unused`: indicators of the data that the framework does not name; `found`: the
    tables of robustness.assess(), or none."""
    notes = pl.DataFrame(
        [("unused", code, None, None, "unused") for code in unused], schema=robustness.SCHEMAS["audit"], orient="row"
    )
    for result in RESULTS:
        frame = rows(connection, result)
        if result is AUDIT:
            more = [notes, found["audit"]] if found else [notes]
            frame = pl.concat([frame, *map(_all_rounded, more)], how="vertical_relaxed").sort(AUDIT.key)
        write_csv(frame, folder / result.file)
    for name, frame in found.items():
        # One file for each, but no file of what the framework does not ask for.
        if name != "audit" and not (name in ("sensitivity", "schemes", "convergence") and frame.is_empty()):
            write_csv(_all_rounded(frame.drop("kind", strict=False)), folder / f"{name}.csv")


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """One result as CSV: UTF-8, comma, line feed, empty for missing."""
    path.write_text(frame.write_csv(quote_style="necessary", float_scientific=False), encoding="utf-8", newline="\n")


def _all_rounded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(_rounded(frame[name]) for name in _doubles(frame))
