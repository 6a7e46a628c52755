"""`openecon index`: anybody's framework and data through the engine, and its results as CSV files."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from dagster_project.lib.index import data, engine, results, sensitivity, simulation, variants
from dagster_project.lib.problems import BuildStopped
from schemas import framework as contract

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Uncertainty:
    """How many rankings are drawn, and the seed of their random numbers."""

    draws: int
    seed: int


def index(
    folder: Path,
    file: Path,
    out: Path,
    cache: Path,
    tell: Tell = lambda line: None,
    threads: int | None = None,
    uncertainty: Uncertainty | None = None,
) -> None:
    """Compute the index of `folder` (framework.csv, framework.yml, areas.csv) on `file` and write the results to `out`.

    Raises DeclarationProblem or BuildStopped in one line, before anything is written.
    """
    declared = contract.load_framework(folder)
    varied = variants.load(folder, declared) if uncertainty else None
    values = data.read(file)
    given, unused = tables(declared, values)
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
        more = draw(varied, values, models, uncertainty, threads, tell) if uncertainty else {}
        _write(connection, unused, out, more)
        for line in _summary(connection):
            tell(line)


def draw(
    varied: variants.Variants,
    values: pl.DataFrame,
    models: list[engine.Model],
    asked: Uncertainty,
    threads: int | None,
    tell: Tell,
) -> dict[str, pl.DataFrame]:
    """The results of the draws by file name; says what is varied and over which range."""
    given = together([tables(one, values)[0] for one in varied.declared])
    with engine.session(given, threads) as connection:
        engine.run(connection, models)
        schemes = variants.schemes(connection, varied)
    indicators = sorted(schemes[0].z)
    for line in (f"{asked.draws:,} draws, seed {asked.seed}", *variants.told(varied, indicators)):
        tell(line)
    ranks = simulation.simulate(schemes, variants.draw(varied, indicators, asked.seed, asked.draws))
    areas = given["areas"].filter(framework=varied.declared[0].settings["framework"]).sort("area_id")["ref_area"].to_list()
    periods = given["periods"].filter(framework=varied.declared[0].settings["framework"]).sort("period_id")["time_period"]
    found = results.of_draws(
        schemes[0], ranks, areas, periods.to_list(), asked.draws, asked.seed, variants.varied(varied, indicators)
    )
    return found | _sensitivity(varied, schemes, areas, periods.to_list(), asked.seed, tell)


def _sensitivity(
    varied: variants.Variants,
    schemes: list[simulation.Scheme],
    areas: list[str],
    periods: list[str],
    seed: int,
    tell: Tell,
) -> dict[str, pl.DataFrame]:
    """sensitivity.csv where the framework asks for it: of the latest period in which the index ranks anyone."""
    root = schemes[0].parents[-1].code
    ranked = np.flatnonzero(np.isfinite(simulation.nominal(schemes[0])[root][0]).any(axis=0))
    if not varied.sobol or not len(ranked):
        return {}
    rows = sensitivity.of_index(varied, schemes, areas, int(ranked[-1]), varied.sobol, seed)
    if not rows:
        raise BuildStopped("uncertainty: sobol needs something that varies: weights, leave_one_out or a list of two settings")
    tell(f"sensitivity of {periods[ranked[-1]]}, {rows[0]['runs']:,} rankings: {', '.join(sensitivity.factors(varied))}")
    return {"sensitivity.csv": results.of_sensitivity(rows)}


def together(given: list[dict[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """The tables of several frameworks as one set; nodes are numbered anew, one framework after the other."""
    moved, first = [], 0
    for one in given:
        ids = [name for name in ("node_id", "parent_id", "denominator_id") if name in one["nodes"].columns]
        nodes = one["nodes"].with_columns(pl.col(ids) + first)
        moved.append(one | {"nodes": nodes, "observed": one["observed"].with_columns(pl.col("node_id") + first)})
        first += one["nodes"].height
    return {name: pl.concat([one[name] for one in moved]) for name in given[0]}


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


def _write(connection: duckdb.DuckDBPyConnection, unused: list[str], out: Path, more: dict[str, pl.DataFrame]) -> None:
    """All results or none: they are written beside `out` first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".index-", dir=out.parent) as aside:
        results.write(connection, unused, Path(aside))
        for name, frame in more.items():
            results.write_csv(frame, Path(aside) / name)
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
