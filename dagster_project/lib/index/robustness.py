"""How far an index can be trusted: draws, sensitivity, what hangs on each part, and how schemes agree. Tables in, tables out.

Reads the tables that the engine is given for one framework; every variant runs through the same models (variants.py).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from dagster_project.lib.index import convergence, engine, sensitivity, simulation, variants
from dagster_project.lib.problems import BuildStopped
from schemas import framework as contract

_CELL = ("ref_area", "time_period", "code")
_FIGURES = ("mean", "median", "q05", "q95", "p_top3")
#: The tables of an assessment and their columns. Grain: rank_intervals a node, area and period; rank_shares that and a rank;
#: rank_ahead a node, period and pair of areas (ties are for neither); varied a setting that is drawn from; schemes a period and
#: pair of combinations of settings; leave_one_out a thing left out and a node, area and period; audit a check and its subject.
SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    "rank_intervals": dict.fromkeys(_CELL, pl.String)
    | {"nominal": pl.Int32}
    | dict.fromkeys(_FIGURES, pl.Float64)
    | {"draws": pl.Int64, "seed": pl.Int64},
    "rank_shares": dict.fromkeys(_CELL, pl.String) | {"rank": pl.Int32, "share": pl.Float64},
    "rank_ahead": dict.fromkeys(("time_period", "code", "ref_area", "other"), pl.String) | {"p_ahead": pl.Float64},
    "varied": {"factor": pl.String, "setting": pl.String, "probability": pl.Float64},
    "sensitivity": {"output": pl.String, "factor": pl.String}
    | dict.fromkeys(("s", "st", "s_low", "s_high", "st_low", "st_high"), pl.Float64)
    | {"runs": pl.Int64, "seed": pl.Int64, "time_period": pl.String},
    "schemes": dict.fromkeys(("time_period", "scheme", "other"), pl.String)
    | {"n": pl.Int32}
    | dict.fromkeys(("spearman", "kendall", "mean_abs_rank_shift"), pl.Float64),
    "leave_one_out": dict.fromkeys(("kind", "left_out", *_CELL), pl.String) | {"value": pl.Float64, "rank": pl.Int32},
    "convergence": convergence.SCHEMA,
    "audit": dict.fromkeys(("check", "subject"), pl.String)
    | {"value": pl.Float64, "threshold": pl.Float64, "verdict": pl.String},
}
#: Cells (areas × periods × indicators) that the engine computes at once: bounds memory, and does not show in results.
_AT_ONCE = 1_000_000
#: What the combination is called that is the framework as it stands.
AS_DECLARED = "as declared"


@dataclass(frozen=True)
class Asked:
    """How many rankings are drawn, the seed of their random numbers, and the threads of the engine."""

    draws: int
    seed: int
    threads: int | None = None


def assess(
    base: dict[str, pl.DataFrame],
    folder: Path,
    declared: contract.Declared,
    models: list[engine.Model],
    asked: Asked,
    tell: Callable[[str], None] = lambda line: None,
    breaks: dict[str, set[str]] | None = None,
) -> dict[str, pl.DataFrame]:
    """The tables of SCHEMAS for the framework in `folder`; says what is varied and over which range.

    base: the tables that the engine is given for it. breaks: node → periods that begin on a new basis.

    Raises DeclarationProblem or BuildStopped where something cannot be varied.
    """
    varied = variants.load(folder, declared)
    name = declared.settings["framework"]
    areas = base["areas"].filter(framework=name).sort("area_id")["ref_area"].to_list()
    periods = base["periods"].filter(framework=name).sort("period_id")["time_period"].to_list()
    given = variants.tables(base, name, [variants.Variant(one) for one in varied.declared])
    with engine.session(given, asked.threads) as connection:
        engine.run(connection, models)
        schemes = variants.schemes(connection, varied)
        figures = engine.fetch(connection, _FIGURES_OF.format(name=name))
    indicators = sorted(schemes[0].z)
    for line in (f"{asked.draws:,} draws, seed {asked.seed}", *variants.told(varied, indicators)):
        tell(line)
    ranks = simulation.simulate(schemes, variants.draw(varied, indicators, asked.seed, asked.draws))
    nominal = {code: simulation.ranks(z, schemes[0].digits)[0] for code, z in simulation.nominal(schemes[0]).items()}
    root = schemes[0].parents[-1].code
    without = _leave_one_out(base, declared, areas, models, asked)
    rows = {
        "rank_intervals": _intervals(ranks, nominal, areas, periods, asked.seed),
        "rank_shares": _shares(ranks, areas, periods),
        "rank_ahead": _ahead(ranks, areas, periods),
        "varied": variants.varied(varied, indicators),
        "sensitivity": _sensitivity(varied, schemes, nominal[root], areas, periods, asked.seed),
        "schemes": _schemes(varied, schemes, root, periods),
    }
    found = {table: _framed(table, list(rows_of)) for table, rows_of in rows.items()}
    return found | {
        "leave_one_out": without,
        "convergence": convergence.measures(figures, base["periods"].filter(framework=name), breaks),
        "audit": _shifts(without, nominal[root], root, areas, periods),
    }


def _framed(table: str, rows: list) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=SCHEMAS[table], orient="row")
    texts = [name for name, kind in SCHEMAS[table].items() if kind == pl.String]
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).sort(*texts, *(["rank"] if table == "rank_shares" else []))


def _places(ranks: dict[str, simulation.Ranks], areas: list[str], periods: list[str]) -> Iterator[tuple[tuple, int, int]]:
    """(ref_area, time_period, code), place of the area, place of the period: where any draw has a rank."""
    for code, found in ranks.items():
        for (a, area), (p, period) in itertools.product(enumerate(areas), enumerate(periods)):
            if found.counts[a, p].any():
                yield (area, period, code), a, p


def _intervals(ranks: dict, nominal: dict, areas: list[str], periods: list[str], seed: int) -> Iterator[tuple]:
    for key, a, p in _places(ranks, areas, periods):
        counts = ranks[key[2]].counts[a, p]
        n = int(counts.sum())
        mean = float(counts @ np.arange(1, len(counts) + 1)) / n
        own = int(nominal[key[2]][a, p]) or None
        quantiles = (simulation.quantile(counts, q) for q in (0.5, 0.05, 0.95))
        yield (*key, own, mean, *quantiles, float(counts[:3].sum()) / n, n, seed)


def _shares(ranks: dict, areas: list[str], periods: list[str]) -> Iterator[tuple]:
    for key, a, p in _places(ranks, areas, periods):
        counts = ranks[key[2]].counts[a, p].tolist()
        yield from ((*key, rank, count / sum(counts)) for rank, count in enumerate(counts, 1) if count)


def _ahead(ranks: dict, areas: list[str], periods: list[str]) -> Iterator[tuple]:
    """P(a ahead of b) among the draws in which both have a rank."""
    for (area, period, code), a, p in _places(ranks, areas, periods):
        for b, other in enumerate(areas):
            both = int(ranks[code].both[a, b, p])
            if a != b and both:
                yield (period, code, area, other, int(ranks[code].ahead[a, b, p]) / both)


def _sensitivity(
    varied: variants.Variants,
    schemes: list[simulation.Scheme],
    nominal: np.ndarray,
    areas: list[str],
    periods: list[str],
    seed: int,
) -> list[dict]:
    """Sobol' indices of the latest period in which the index ranks anyone, where the framework asks for them."""
    ranked = np.flatnonzero((nominal > 0).any(axis=0))
    if not varied.sobol or not len(ranked):
        return []
    rows = sensitivity.of_index(varied, schemes, areas, int(ranked[-1]), varied.sobol, seed)
    if not rows:
        raise BuildStopped("uncertainty: sobol needs something that varies: weights, leave_one_out or a list of two settings")
    return [row | {"time_period": periods[int(ranked[-1])]} for row in rows]


def _schemes(varied: variants.Variants, schemes: list[simulation.Scheme], root: str, periods: list[str]) -> Iterator[tuple]:
    """How far the combinations of settings agree, the weights as given, on the areas that all of them score."""
    names = [AS_DECLARED, *variants.names(varied)]
    scores = np.stack([simulation.nominal(scheme)[root][0] for scheme in schemes])
    for p, period in enumerate(periods):
        there = np.isfinite(scores[:, :, p]).all(axis=0)
        n = int(there.sum())
        if n < 2 or len(names) < 2:
            continue
        ranks = np.stack(
            [
                simulation.ranks(scores[k][None, there, p : p + 1], scheme.digits)[0, :, 0].astype(float)
                for k, scheme in enumerate(schemes)
            ]
        )
        spearman, kendall = _spearman(ranks), _kendall(ranks)
        for one, other in itertools.combinations(range(len(names)), 2):
            shift = float(np.abs(ranks[one] - ranks[other]).mean())
            yield (period, names[one], names[other], n, spearman[one, other], kendall[one, other], shift)


def _spearman(ranks: np.ndarray) -> np.ndarray:
    """Correlation of ranks, ties at their mean, between all rows."""
    mid = rankdata(ranks, axis=1)
    return _cosines(mid - mid.mean(axis=1, keepdims=True))


def _kendall(ranks: np.ndarray) -> np.ndarray:
    """Kendall's τ-b between all rows: pairs in the same order less those in the other, over the pairs that are no ties."""
    first, second = np.triu_indices(ranks.shape[1], 1)
    return _cosines(np.sign(ranks[:, first] - ranks[:, second]))


def _cosines(rows: np.ndarray) -> np.ndarray:
    """Cosine of the angle between all rows, NaN beside a row of zeros."""
    squares = (rows * rows).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows @ rows.T / np.sqrt(np.outer(squares, squares))


def _leave_one_out(
    base: dict[str, pl.DataFrame], declared: contract.Declared, areas: list[str], models: list[engine.Model], asked: Asked
) -> pl.DataFrame:
    """Scores and ranks of every node without each indicator, group and area in turn, weights and scales found anew."""
    name = declared.settings["framework"]
    cells = base["observed"].join(base["nodes"].filter(framework=name).select("node_id"), on="node_id").height
    found = [pl.DataFrame(schema=SCHEMAS["leave_one_out"])]
    for batch in _batches(variants.without(declared, areas), max(1, _AT_ONCE // max(1, cells))):
        names = [(variant.declared.settings["framework"], kind, left_out) for kind, left_out, variant in batch]
        about = pl.DataFrame(names, schema=dict.fromkeys(("framework", "kind", "left_out"), pl.String), orient="row")
        given = variants.tables(base, name, [variant for *_, variant in batch])
        with engine.session(given, asked.threads) as connection:
            engine.run(connection, models, until="int_index__scores")
            scores = engine.fetch(connection, _SCORES)
        found.append(scores.join(about, on="framework").select(SCHEMAS["leave_one_out"].keys()))
    return pl.concat(found).sort("kind", "left_out", *_CELL)


_SCORES = """
    select nodes.framework, areas.ref_area, periods.time_period, nodes.code, scores.value, scores.rank
    from intermediate.int_index__scores as scores
    inner join intermediate.int_index__nodes as nodes on scores.node_id = nodes.node_id
    inner join intermediate.int_index__areas as areas
        on nodes.framework = areas.framework and scores.area_id = areas.area_id
    inner join intermediate.int_index__periods as periods
        on nodes.framework = periods.framework and scores.period_id = periods.period_id
    where scores.value is not null
"""


#: The values of all indicators, and all scores that can be compared over time.
_FIGURES_OF = """
    with figures as (
        select node_id, area_id, period_id, value from intermediate.int_index__imputed
        union all
        select node_id, area_id, period_id, value from intermediate.int_index__scores where comparable_over_time
    )
    select nodes.code, areas.ref_area, periods.time_period, figures.value
    from figures
    inner join intermediate.int_index__nodes as nodes on figures.node_id = nodes.node_id
    inner join intermediate.int_index__areas as areas
        on nodes.framework = areas.framework and figures.area_id = areas.area_id
    inner join intermediate.int_index__periods as periods
        on nodes.framework = periods.framework and figures.period_id = periods.period_id
    where nodes.framework = '{name}'
"""


def _batches(items: Iterable, size: int) -> Iterator[list]:
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def _shifts(without: pl.DataFrame, nominal: np.ndarray, root: str, areas: list[str], periods: list[str]) -> pl.DataFrame:
    """Rows of the audit: the mean and the largest shift of the index's ranks without each indicator, group and area.

    Areas are compared among those that both rankings hold, so that a place that falls vacant is no shift. `reversed`: without
    an area others change their order.
    """
    whole = pl.DataFrame(
        [(area, period, root, int(nominal[a, p])) for a, area in enumerate(areas) for p, period in enumerate(periods)],
        schema=dict.fromkeys(_CELL, pl.String) | {"whole": pl.Int32},
        orient="row",
    ).filter(pl.col("whole") > 0)
    among = ["kind", "left_out", "time_period"]
    shift = (pl.col("rank").rank("min").over(among).cast(pl.Float64) - pl.col("whole").rank("min").over(among)).abs()
    both = without.join(whole, on=_CELL).with_columns(shift=shift)
    found = both.group_by("kind", "left_out").agg(mean=pl.col("shift").mean(), largest=pl.col("shift").max())
    is_area = pl.col("kind") == "area"
    rows = [
        found.select(
            check=pl.when(is_area).then(pl.lit("rank_reversal")).otherwise(pl.lit("leave_one_out")) + f"_{name}",
            subject="left_out",
            value=name,
            threshold=pl.when(is_area).then(0.0),
            verdict=pl.when(is_area & (pl.col(name) > 0)).then(pl.lit("reversed")).otherwise(pl.lit("ok")),
        )
        for name in ("mean", "largest")
    ]
    return pl.concat(rows).sort("check", "subject")
