"""Variants of a framework that the engine computes side by side, as frameworks of their own on the same figures: every
combination of the settings under `uncertainty`, and the framework without one of its indicators, groups or areas.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from dagster_project.lib.index import engine, simulation
from dagster_project.lib.problems import BuildStopped
from schemas import framework as contract

#: What varies beside weights, in the order in which combinations are counted.
FACTORS = ("imputation", "treatment", "normalisation", "aggregation")
#: More combinations than this are more than anyone means, and would take the engine minutes.
MOST = 256
#: Weightings under which leaving an indicator out only rescales the weights of the others.
_RESCALED = ("expert", "equal")
#: Whose weights are each unit's own best ones, which nobody could draw around.
_BY_UNIT = "bod"


class NotDrawn(BuildStopped):
    """A framework for whose methods no draws are made; nothing else is drawn in their place."""


@dataclass(frozen=True)
class Variant:
    """A framework under a name of its own, and the area that its figures leave out."""

    declared: contract.Declared
    without_area: str | None = None


def tables(base: dict[str, pl.DataFrame], framework: str, found: list[Variant]) -> dict[str, pl.DataFrame]:
    """The tables that the engine is given for variants of a framework, from those that it is given for the framework itself."""
    codes = base["nodes"].filter(framework=framework).select("code", "node_id")
    observed = base["observed"].join(codes, on="node_id").drop("node_id")
    rules = base["frameworks"].filter(framework=framework).select("like_with_like", "min_units").row(0, named=True)
    made, first = [], 0
    for variant in found:
        declared, name = variant.declared, variant.declared.settings["framework"]
        nodes = contract.number(declared.nodes).with_columns(pl.col("node_id", "parent_id", "denominator_id") + first)
        first += nodes.height
        areas = base["areas"].filter(framework=framework).filter(pl.col("ref_area") != (variant.without_area or ""))
        figures = observed.join(nodes.select("code", "node_id"), on="code").join(areas.select("area_id"), on="area_id")
        settings = pl.DataFrame([declared.settings], schema=contract.SETTINGS)
        made.append(
            {
                "nodes": nodes,
                "frameworks": settings.with_columns(**{rule: pl.lit(value) for rule, value in rules.items()}),
                "weightings": declared.weightings,
                "matrices": declared.matrices,
                "changes": declared.change_pairs,
                "areas": areas.with_columns(framework=pl.lit(name)),
                "periods": base["periods"].filter(framework=framework).with_columns(framework=pl.lit(name)),
                "observed": figures,
            }
        )
    return {
        table: pl.concat([one[table].select(pl.col(name).cast(kind) for name, kind in columns.items()) for one in made])
        for table, columns in engine.given_schemas().items()
    }


@dataclass(frozen=True)
class Variants:
    """declared: the framework as it is, then every combination of what varies.
    choices: factor → the settings it is drawn from; a factor that does not vary is absent."""

    declared: list[contract.Declared]
    choices: dict[str, list[dict]]
    weights: dict[str, float]
    leave_one_out: bool
    sobol: int = 0

    def place(self, picked: dict[str, np.ndarray]) -> np.ndarray:
        """The place in `declared` of the combination that was picked in each draw."""
        found: np.ndarray | int = 0
        for factor, settings in self.choices.items():
            found = found * len(settings) + picked[factor]
        return 1 + found if self.choices else found


def load(folder: Path, declared: contract.Declared) -> Variants:
    """Every combination of what framework.yml varies. Raises DeclarationProblem where a setting does not fit the framework."""
    varied = json.loads(declared.settings["uncertainty"])
    choices = {factor: varied[factor] for factor in FACTORS if varied[factor]}
    combinations = list(itertools.product(*choices.values())) if choices else []
    if len(combinations) > MOST:
        raise BuildStopped(
            f"{folder / 'framework.yml'}: uncertainty: {len(combinations)} combinations of settings, at most {MOST} are drawn"
            " from; shorten the lists"
        )
    frameworks = [declared]
    for number, settings in enumerate(combinations, 1):
        instead = dict(zip(choices, settings, strict=True)) | {"id": f"{declared.settings['framework']}#{number}"}
        frameworks.append(contract.load_framework(folder, instead))
    variants = Variants(frameworks, choices, varied["weights"], varied["leave_one_out"], varied["sobol"])
    _check(folder / "framework.yml", variants)
    return variants


def _check(path: Path, variants: Variants) -> None:
    methods = set(variants.declared[0].weightings["method"])
    if _BY_UNIT in methods:
        raise NotDrawn(f"{path}: weighting bod finds each unit its own best weights; there is nothing to draw around them")
    if variants.leave_one_out and not methods <= set(_RESCALED):
        raise BuildStopped(
            f"{path}: uncertainty: leave_one_out goes with weighting expert or equal only; found {', '.join(sorted(methods))},"
            " whose weights of the others would be others without an indicator"
        )
    used = {how for one in variants.declared for how in one.nodes["aggregation"].drop_nulls()}
    unknown = sorted(used - set(simulation.AGGREGATIONS))
    if unknown:
        raise NotDrawn(f"{path}: draws are not made for aggregation {', '.join(unknown)}")


def without(declared: contract.Declared, areas: list[str]) -> Iterator[tuple[str, str, Variant]]:
    """(kind, what is left out, variant) for each indicator, group and area without which something remains to be ranked."""
    tree = declared.nodes.filter(pl.col("type").is_in(["indicator", "group"])).sort("code")
    for number, (code, kind) in enumerate(tree.select("code", "type").iter_rows()):
        nodes = _without(declared.nodes, code)
        if nodes.filter(type="indicator").height:
            yield kind, code, Variant(_named(replace(declared, nodes=nodes), f"#node{number}"))
    # Ratios to a unit cannot do without it.
    kept = set(declared.nodes["reference_unit"].drop_nulls())
    for number, area in enumerate(areas):
        if area not in kept and len(areas) > 1:
            yield "area", area, Variant(_named(declared, f"#area{number}"), area)


def _without(nodes: pl.DataFrame, code: str) -> pl.DataFrame:
    """The tree without a node, all below it, and every group that is childless then."""
    gone = {code}
    for _ in range(contract.MOST_LEVELS):
        gone |= set(nodes.filter(pl.col("parent").is_in(list(gone)))["code"])
        left = nodes.filter(~pl.col("code").is_in(list(gone)))
        gone |= set(left.filter((pl.col("type") == "group") & ~pl.col("code").is_in(left["parent"].implode()))["code"])
    return nodes.filter(~pl.col("code").is_in(list(gone)))


def _named(declared: contract.Declared, suffix: str) -> contract.Declared:
    name = f"{declared.settings['framework']}{suffix}"
    frames = {
        field: getattr(declared, field).with_columns(framework=pl.lit(name))
        for field in ("nodes", "weightings", "matrices", "change_pairs", "areas")
    }
    return replace(declared, settings=declared.settings | {"framework": name}, **frames)


def schemes(connection: duckdb.DuckDBPyConnection, variants: Variants) -> list[simulation.Scheme]:
    """What the engine made of each variant, in the order of `variants.declared`."""
    nodes = engine.fetch(connection, "from intermediate.int_index__nodes")
    settings = engine.fetch(connection, "from intermediate.int_index__frameworks")
    cells = engine.fetch(
        connection,
        "select node_id, area_id, period_id, value from intermediate.int_index__normalised order by node_id, area_id, period_id",
    )
    weights = engine.fetch(
        connection,
        """
        select weights.node_id, sets.period_id, weights.weight
        from intermediate.int_index__weights as weights
        inner join intermediate.int_index__nodes as nodes on weights.node_id = nodes.node_id
        inner join intermediate.int_index__references as sets
            on nodes.framework = sets.framework and weights.reference_id = sets.reference_id
        order by weights.node_id, sets.period_id
        """,
    )
    values = cells.partition_by("node_id", as_dict=True)
    weighed = weights.partition_by("node_id", as_dict=True)
    areas = cells["area_id"].n_unique()  # a variant of fewer areas is no scheme
    return [
        _scheme(
            nodes.filter(framework=one.settings["framework"]),
            settings.row(by_predicate=pl.col("framework") == one.settings["framework"], named=True),
            {key[0]: frame["value"].fill_null(np.nan).to_numpy().reshape(areas, -1) for key, frame in values.items()},
            {key[0]: frame["weight"].to_numpy() for key, frame in weighed.items()},
        )
        for one in variants.declared
    ]


def _scheme(nodes: pl.DataFrame, settings: dict, values: dict[int, np.ndarray], weights: dict[int, np.ndarray]):
    ids = dict(nodes.select("code", "node_id").iter_rows())
    tree = nodes.filter(pl.col("type") != "denominator")
    parents = []
    for row in tree.filter(pl.col("type") != "indicator").sort("level", "code", descending=[True, False]).iter_rows(named=True):
        children = tree.filter(parent=row["code"])["code"].sort().to_list()
        made = {name: row[name] for name in ("aggregation", "power", "on_zero", "penalty", "min_coverage")}
        parents.append(simulation.Parent(row["code"], children, **made))
    return simulation.Scheme(
        parents,
        {code: values[ids[code]] for code in tree.filter(type="indicator")["code"].sort()},
        {code: weights[ids[code]] for code in tree.filter(pl.col("type") != "index")["code"].sort()},
        settings["coverage_by"],
        settings["on_missing"],
        (settings["rank_significant"], settings["rank_decimals"]),
        settings["like_with_like"],
        settings["min_units"],
    )


def draw(
    variants: Variants, indicators: list[str], seed: int, n: int, stream: Callable[[str], str] = lambda factor: ""
) -> simulation.Draws:
    """What is drawn in each of n draws. `stream`: what the names of a factor's random numbers begin with."""
    picked = {
        factor: simulation.pick(seed, stream(factor) + factor, n, len(choices)) for factor, choices in variants.choices.items()
    }
    places = np.broadcast_to(np.asarray(variants.place(picked)), (n,))
    left_out = np.full(n, "", dtype=object)
    if variants.leave_one_out:
        # None, or one of them, all equally likely.
        one = simulation.pick(seed, stream("left_out") + "left_out", n, len(indicators) + 1)
        left_out = np.array(["", *sorted(indicators)], dtype=object)[one]
    weights = variants.weights
    return simulation.Draws(seed, n, places, left_out, weights.get("spread"), weights.get("dirichlet"), stream=stream("weights"))


def varied(variants: Variants, indicators: list[str]) -> list[dict]:
    """Every setting that is drawn, with its probability where it is one of several."""
    kind, amount = next(iter(variants.weights.items()), ("spread", 0.0))
    said = {"spread": f"each within ± {amount:g} of its own", "dirichlet": f"Dirichlet, concentration {amount:g}"}
    rows = [{"factor": "weights", "setting": said[kind], "probability": None}]
    for factor, choices in variants.choices.items():
        for one in choices:
            rows.append({"factor": factor, "setting": _spelled(one), "probability": 1 / len(choices)})
    if variants.leave_one_out:
        left_out = ["none", *sorted(indicators)]
        rows += [{"factor": "left_out", "setting": code, "probability": 1 / len(left_out)} for code in left_out]
    return rows


def names(variants: Variants) -> list[str]:
    """What each combination sets, in the order of `declared` after the framework as it is."""
    combinations = itertools.product(*variants.choices.values()) if variants.choices else []
    return [" ".join(_spelled(one) for one in settings) for settings in combinations]


def _spelled(setting: dict) -> str:
    """A setting as a cell of framework.csv would have it: power(p=0.5)."""
    inner = ", ".join(f"{key}={_cell(value)}" for key, value in setting.items() if key != "method")
    return f"{setting['method']}({inner})" if inner else setting["method"]


def _cell(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace('"', "") if not isinstance(value, float) else f"{value:g}"


def told(variants: Variants, indicators: list[str]) -> list[str]:
    """What is varied and over which range, one line for each factor."""
    rows = varied(variants, indicators)
    factors = dict.fromkeys(row["factor"] for row in rows)
    return [f"{factor}: {' | '.join(row['setting'] for row in rows if row['factor'] == factor)}" for factor in factors]
