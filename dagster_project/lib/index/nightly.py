"""What the index of a nightly build needs beyond SQL: the steps between its models, and how far its ranks can be trusted.

Both come from the engine in memory, on tables that the models of the build give it, and are written for the models after them.
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from dagster_project.lib.index import engine, robustness, stages, variants
from schemas import framework as contract

#: The tables of the source `steps`: what stages.py leaves, and an assessment of each framework.
TABLES: dict[str, dict] = {name: dict(frame.schema) for name, frame in stages.EMPTY.items()} | {
    name: {"framework": pl.String} | columns for name, columns in robustness.SCHEMAS.items()
}
#: The same before anything has been found.
EMPTY = {name: pl.DataFrame(schema=columns) for name, columns in TABLES.items()}


def given(read: Callable[[str], pl.DataFrame], landing: Path) -> dict[str, pl.DataFrame]:
    """The tables that the engine is given, out of a build. `read`: a model of the build by its name."""
    tables = {name: read(f"int_index__{name}") for name in engine.GIVEN}
    for name in engine.given_schemas().keys() - tables.keys():
        tables[name] = pl.read_parquet(landing / "declared" / f"framework_{name}.parquet")
    return {
        name: tables[name].select(pl.col(column).cast(kind) for column, kind in columns.items())
        for name, columns in engine.given_schemas().items()
    }


def tables(
    given: dict[str, pl.DataFrame],
    breaks: pl.DataFrame,
    frameworks: list[Path],
    models: list[engine.Model],
    asked: robustness.Asked,
) -> dict[str, pl.DataFrame]:
    """The tables of TABLES for the frameworks in these folders. breaks: indicator, ref_area, time_period that begins anew.

    A framework that no draws are made for says so in its audit. Raises DeclarationProblem or BuildStopped.
    """
    with engine.session(given, asked.threads) as connection:
        engine.run(connection, models)
        found = {name: engine.fetch(connection, f"from steps.{name}") for name in stages.EMPTY}
    assessed = [_assessed(given, breaks, folder, models, asked) for folder in frameworks]
    return found | {name: pl.concat([one[name] for one in assessed]) for name in robustness.SCHEMAS}


def _assessed(
    given: dict[str, pl.DataFrame], breaks: pl.DataFrame, folder: Path, models: list[engine.Model], asked: robustness.Asked
) -> dict[str, pl.DataFrame]:
    declared = contract.load_framework(folder)
    ours = breaks.join(given["areas"].select("ref_area").unique(), on="ref_area", how="semi")
    try:
        found = robustness.assess(given, folder, declared, models, asked, breaks=_of_nodes(ours, declared.nodes))
    except variants.NotDrawn:
        found = {name: pl.DataFrame(schema=columns) for name, columns in robustness.SCHEMAS.items()}
        refused = {"check": "uncertainty", "subject": None, "value": None, "threshold": None, "verdict": "not_drawn"}
        found["audit"] = pl.DataFrame([refused], schema=robustness.SCHEMAS["audit"])
    name = pl.lit(declared.settings["framework"]).alias("framework")
    return {table: frame.select(name, *columns) for table, columns in robustness.SCHEMAS.items() for frame in [found[table]]}


def _of_nodes(breaks: pl.DataFrame, nodes: pl.DataFrame) -> dict[str, set[str]]:
    """The periods in which anything at or below each node begins on a new basis."""
    parents = dict(nodes.select("code", "parent").iter_rows())
    found: dict[str, set[str]] = {}
    for indicator, period in breaks.select("indicator", "time_period").unique().iter_rows():
        for node in nodes.filter((pl.col("code") == indicator) | (pl.col("denominator") == indicator))["code"]:
            while node is not None:
                found.setdefault(node, set()).add(period)
                node = parents[node]
    return found


def write(found: dict[str, pl.DataFrame], landing: Path) -> None:
    """Leave the tables where the source `steps` looks for them."""
    for name, columns in TABLES.items():
        (landing / "steps" / name).mkdir(parents=True, exist_ok=True)
        found[name].cast(columns).write_parquet(landing / "steps" / name / "all.parquet")
