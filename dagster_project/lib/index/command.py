"""`openecon index`: anybody's framework and data through the engine, and its results as CSV files."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lib.index import data, engine, results, robustness, variants
from dagster_project.lib.problems import BuildStopped
from schemas import framework as contract

Tell = Callable[[str], None]


def index(
    folder: Path,
    file: Path,
    out: Path,
    cache: Path,
    tell: Tell = lambda line: None,
    threads: int | None = None,
    asked: robustness.Asked | None = None,
) -> None:
    """Compute the index of `folder` (framework.csv, framework.yml, areas.csv) on `file` and write the results to `out`; where
    draws are asked for, also how far ranks can be trusted.

    Raises DeclarationProblem or BuildStopped in one line, before anything is written.
    """
    declared = contract.load_framework(folder)
    if asked:
        variants.load(folder, declared)  # what cannot be varied is told before anything is computed
    given, unused = tables(declared, data.read(file))
    _check_reference(folder / "framework.yml", declared, given)
    tell(
        f"{declared.settings['framework']}: {given['nodes'].filter(type='indicator').height} indicators,"
        f" {given['areas'].height} areas, {given['periods'].height} periods"
    )
    models = engine.compiled(cache)
    with engine.session(given, threads) as connection:
        try:
            engine.run(connection, models)
        except duckdb.Error as problem:
            said = str(problem).splitlines()[0]
            raise BuildStopped(f"{file}: these figures cannot be computed ({said}); look for values of extreme size") from problem
        found = robustness.assess(given, folder, declared, models, asked, tell) if asked else {}
        _write(connection, unused, found, out)
        for line in _summary(connection):
            tell(line)


def tables(declared: contract.Declared, values: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The tables that the engine is given, and the indicators of the data that the framework does not name."""
    nodes = contract.number(declared.nodes)
    grid = data.grid(values, nodes, declared.areas, declared.settings["framework"])
    settings = pl.DataFrame([declared.settings], schema=contract.SETTINGS)
    given = {
        "nodes": nodes,
        "frameworks": settings.with_columns(like_with_like=pl.lit(False), min_units=pl.lit(1.0)),
        "weightings": declared.weightings,
        "matrices": declared.matrices,
        "changes": declared.change_pairs,
        "areas": grid.areas,
        "periods": grid.periods,
        "observed": grid.observed,
    }
    return given, grid.unused


def _check_reference(path: Path, declared: contract.Declared, given: dict[str, pl.DataFrame]) -> None:
    """What the framework names must be in the data, or its scores would be empty without a word of why."""
    settings, periods = declared.settings, given["periods"]["time_period"].to_list()
    spoken = f"the data have {periods[0]} to {periods[-1]}"
    if settings["reference_base"] is not None and settings["reference_base"] not in periods:
        raise BuildStopped(f"{path}: reference: base {settings['reference_base']} is not a period of the data; {spoken}")
    low, high = settings["span_from"], settings["span_to"]
    if low is not None and not any(low <= period and period[: len(high)] <= high for period in periods):
        raise BuildStopped(f"{path}: reference: no period of the data lies within span {low} to {high}; {spoken}")
    for pair in declared.change_pairs.select("period_from", "period_to").iter_rows():
        for period in pair:
            if period not in periods:
                raise BuildStopped(f"{path}: changes: {period} is not a period of the data; {spoken}")
    units = declared.nodes.filter(normalisation="ratio_to_reference")["reference_unit"].unique().sort()
    for unit in units.to_list():
        if unit not in given["areas"]["ref_area"]:
            raise BuildStopped(f"{path}: normalisation: unit {unit!r} is not a ref_area of the data; give one that is")


def _write(connection: duckdb.DuckDBPyConnection, unused: list[str], found: dict[str, pl.DataFrame], out: Path) -> None:
    """All results or none: they are written beside `out` first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".index-", dir=out.parent) as aside:
        results.write(connection, unused, found, Path(aside))
        out.mkdir(exist_ok=True)
        for path in sorted(Path(aside).iterdir()):
            shutil.move(path, out / path.name)


def _summary(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The ranking of the latest period with scores, and what the audit found, in a few lines."""
    scores = engine.fetch(
        connection,
        """
        select periods.time_period, areas.ref_area, scores.value, scores.rank, scores.n_ranked
        from intermediate.int_index__scores as scores
        inner join intermediate.int_index__nodes as nodes on scores.node_id = nodes.node_id
        inner join intermediate.int_index__areas as areas on scores.area_id = areas.area_id
        inner join intermediate.int_index__periods as periods on scores.period_id = periods.period_id
        where nodes.type = 'index' and scores.value is not null
        """,
    )
    found = engine.fetch(connection, "select check_name, verdict from intermediate.int_index__audit where verdict <> 'ok'")
    said = found.group_by("check_name", "verdict").len().sort("check_name", "verdict")
    audit = ", ".join(f"{check} {verdict}: {count}" for check, verdict, count in said.iter_rows()) or "nothing to report"
    if scores.is_empty():
        return ["no area has a score: see reason in scores.csv", f"audit: {audit}"]
    latest = scores.filter(time_period=scores["time_period"].max()).sort("rank", "ref_area")
    lines = [f"{rank:>5}  {area}  {value:.6g}" for _, area, value, rank, _ in latest.head(10).iter_rows()]
    return [f"{latest['time_period'][0]}, {latest['n_ranked'][0]} areas ranked, the first of them:", *lines, f"audit: {audit}"]
