"""When a step in Python is due between the models of the index engine, and which tables it reads and writes.

A stage reads tables by the names of their models and writes to a table of the source `steps`; where these lie (a database in
memory, the database of a build, Spark's files) is the caller's business.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import polars as pl

from dagster_project.lib.index import steps

#: The tables of the source `steps` while no step has run.
EMPTY = {
    "treated": pl.DataFrame(schema={"node_id": pl.Int32, "area_id": pl.Int32, "period_id": pl.Int32, "value": pl.Float64}),
    "treatments": pl.DataFrame(
        schema={
            "node_id": pl.Int32,
            "period_id": pl.Int32,
            "n": pl.Int32,
            "skewness_before": pl.Float64,
            "kurtosis_before": pl.Float64,
            "skewness_after": pl.Float64,
            "kurtosis_after": pl.Float64,
            "changed": pl.Int32,
            "outcome": pl.String,
        }
    ),
    "weights": pl.DataFrame(
        schema={
            "weighting_id": pl.Int32,
            "parent_id": pl.Int32,
            "node_id": pl.Int32,
            "reference_id": pl.Int32,
            "area_id": pl.Int32,
            "cell_period_id": pl.Int32,
            "weight": pl.Float64,
            "method_value": pl.Float64,
            "flag": pl.String,
        }
    ),
}
#: Weightings that SQL does not find by itself.
IN_PYTHON = ("ahp", "pca", "bod", "equal_importance", "combined")


class Tables(Protocol):
    """What a stage needs of a database."""

    def read(self, name: str) -> pl.DataFrame: ...

    def write(self, name: str, frame: pl.DataFrame) -> None: ...


Stage = Callable[[Tables], None]


def due(nodes: pl.DataFrame, frameworks: pl.DataFrame, weightings: pl.DataFrame) -> dict[str, list[Stage]]:
    """The stages that the given frameworks need, by the model before which each must have run, in the order of the models."""
    found: dict[str, list[Stage]] = {}
    if nodes.filter(pl.col("treatment").fill_null("none") != "none").height:
        found["int_index__treated"] = [treat]
    in_python = weightings.filter(pl.col("method").is_in(IN_PYTHON))["framework"].unique()
    asked = frameworks.filter(pl.col("framework").is_in(in_python.implode()))
    if asked.filter(weighting_scope="all").height:
        found["int_index__weights_all"] = [partial(weigh, "all")]
    siblings = asked.filter(weighting_scope="siblings")["framework"]
    parents = nodes.filter(pl.col("framework").is_in(siblings.implode()) & pl.col("type").is_in(["index", "group"]))
    for level in sorted(parents["level"].unique(), reverse=True):
        found[f"int_index__weights_{level}"] = [partial(weigh, level)]
    return found


def treat(tables: Tables) -> None:
    """Winsorise the indicators whose framework asks for it."""
    nodes = tables.read("int_index__nodes")
    references = tables.read("int_index__references").select("framework", "period_id", "in_reference")
    cells = (
        tables.read("int_index__imputed")
        .select("node_id", "area_id", "period_id", "value")
        .join(nodes.select("node_id", "framework"), on="node_id")
        .join(references, on=["framework", "period_id"])
    )
    changed, report = steps.treat(cells, nodes)
    tables.write("treated", _typed(changed, "treated"))
    tables.write("treatments", _typed(report, "treatments"))


def weigh(level: int | str, tables: Tables) -> None:
    """Find the weights of one level (or over all indicators) that need an eigenvector, an optimisation or a combination."""
    nodes, settings = tables.read("int_index__nodes"), tables.read("int_index__frameworks")
    scope = "all" if level == "all" else "siblings"
    ours = settings.filter(weighting_scope=scope)["framework"]
    weightings = tables.read("int_index__weightings").filter(pl.col("framework").is_in(ours.implode()))
    cells = _cells(tables, level, nodes.filter(pl.col("framework").is_in(ours.implode())))
    base = steps.base_weights(cells, weightings, tables.read("framework_matrices"), nodes)
    tables.write("weights", _weights(base))
    candidates = pl.concat(
        [
            _weights(base).filter(pl.col("area_id").is_null()),
            tables.read(f"int_index__candidates_{level}"),
        ],
        how="diagonal_relaxed",
    )
    candidates = candidates.select(
        "weighting_id", "parent_id", "node_id", period_id=pl.col("reference_id").replace(0, None), weight="weight"
    ).join(nodes.select("framework", parent_id="node_id"), on="parent_id")
    tables.write("weights", _weights(steps.combined(candidates, weightings)))


def _cells(tables: Tables, level: int | str, nodes: pl.DataFrame) -> pl.DataFrame:
    """The children's scores of the reference sets, as steps.base_weights() takes them."""
    roots = nodes.filter(type="index").select("framework", root_id="node_id")
    columns = ["parent_id", "node_id", "area_id", "period_id", "reference_id", "in_reference", "value"]
    indicators = tables.read("int_index__normalised")
    if level == "all":
        parents = nodes.join(roots, on="framework").select("node_id", parent_id="root_id")
        found = indicators.drop("parent_id").join(parents, on="node_id").select(columns)
    else:
        found = indicators.filter(pl.col("level") == level + 1).select(columns)
        if nodes.filter((pl.col("level") == level + 1) & (pl.col("type") == "group")).height:
            groups = tables.read(f"int_index__scores_{level + 1}").select(columns)
            found = pl.concat([found, groups], how="vertical_relaxed")
        found = found.join(nodes.select("node_id"), on="node_id")
    # Cells outside the reference set stay, without a value: a child has its weight also where that set is empty.
    return found.select(
        "parent_id",
        "node_id",
        "area_id",
        period_id=pl.col("reference_id").replace(0, None),
        cell_period_id="period_id",
        value=pl.when("in_reference").then("value"),
    )


def _weights(found: pl.DataFrame) -> pl.DataFrame:
    return _typed(found.with_columns(reference_id=pl.col("period_id").fill_null(0)), "weights")


def _typed(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in EMPTY[table].schema.items())
