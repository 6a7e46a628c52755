"""The contract of a framework folder: framework.yml (method) and framework.csv (tree). An unknown key or method is an error."""

from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.seeds import FRAMEWORK_COLUMNS
from schemas.source import DeclarationProblem


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Normalisation(_Strict):
    """Only declared goalposts so far; the other methods of the method note come with the index engine."""

    method: Literal["goalposts"] = "goalposts"
    range: tuple[float, float] = (0.0, 100.0)
    clip: bool = False


class Weighting(_Strict):
    method: Literal["expert"] = "expert"


class Aggregation(_Strict):
    method: Literal["arithmetic"] = "arithmetic"


class Reference(_Strict):
    set: Literal["fixed"] = "fixed"


class Missing(_Strict):
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.0
    coverage_by: Literal["weight"] = "weight"
    on_missing: Literal["reweight"] = "reweight"


class Ranking(_Strict):
    significant: Annotated[int, Field(ge=1, le=15)] = 10


class Framework(_Strict):
    """framework.yml: which method turns the tree into scores."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title_zh: str = ""
    title_en: str = ""
    version: str = "1"
    official: bool = False
    valid_from: str = "0000"
    reference: Reference = Reference()
    normalisation: Normalisation = Normalisation()
    weighting: Weighting = Weighting()
    aggregation: Aggregation = Aggregation()
    missing: Missing = Missing()
    ranking: Ranking = Ranking()


#: reasons.csv beside a framework of this project: why each weight and each pair of goalposts is what it is.
REASON_COLUMNS = {"code": pl.String, "weight_reason_zh": pl.String, "goalposts_reason_zh": pl.String}

TYPES = ("index", "group", "indicator")


def load_framework(folder: Path) -> tuple[Framework, pl.DataFrame]:
    """Read and check a framework folder. Raises DeclarationProblem naming file, node and remedy.

    The frame has the columns of FRAMEWORK_COLUMNS plus `level` (0 is the root) and `framework`.
    """
    settings = _settings(folder / "framework.yml")
    nodes = _nodes(folder / "framework.csv")
    _check_tree(folder / "framework.csv", nodes)
    levels = _levels(nodes)
    _check_depth(folder / "framework.csv", nodes, levels)
    return settings, nodes.with_columns(
        pl.lit(settings.id).alias("framework"), pl.col("code").replace_strict(levels, return_dtype=pl.Int32).alias("level")
    )


def _settings(path: Path) -> Framework:
    try:
        return Framework.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        raise DeclarationProblem(f"{path}: " + "; ".join(lines)) from problem
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as problem:
        raise DeclarationProblem(f"{path}: not readable: {problem}") from problem


def _nodes(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise DeclarationProblem(f"{path}: not readable as CSV in UTF-8: {problem}") from problem
    unknown = [name for name in frame.columns if name not in FRAMEWORK_COLUMNS]
    if unknown:
        raise DeclarationProblem(f"{path}: unknown column {', '.join(unknown)}; known are {', '.join(FRAMEWORK_COLUMNS)}")
    for name in ("code", "name_zh", "type", "parent", "weight"):
        if name not in frame.columns:
            raise DeclarationProblem(f"{path}: column {name} is missing")
    return cast(frame, FRAMEWORK_COLUMNS, path)


def cast(frame: pl.DataFrame, columns: dict[str, pl.DataType], path: Path) -> pl.DataFrame:
    """Text columns to their declared types; absent columns become null. A text that does not fit is an error with its row."""
    typed = {}
    for name, dtype in columns.items():
        text = frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=pl.String)
        text = text.str.strip_chars().replace("", None)
        values = text if dtype == pl.String else text.cast(dtype, strict=False)
        refused = values.is_null() | ~values.is_finite() if dtype.is_float() else values.is_null()
        wrong = (text.is_not_null() & refused).arg_true()
        if len(wrong):
            row = int(wrong[0])
            raise DeclarationProblem(f"{path}: row {row + 2}, column {name}: {text[row]!r} is not a number of type {dtype}")
        typed[name] = values
    return pl.DataFrame(typed)


def _check_tree(path: Path, nodes: pl.DataFrame) -> None:
    def stop(row: int, text: str) -> None:
        raise DeclarationProblem(f"{path}: row {row + 2} ({nodes['code'][row]}): {text}")

    codes = nodes["code"].to_list()
    roots = [str(code) for code, kind in zip(codes, nodes["type"], strict=True) if kind == "index"]
    if len(roots) != 1:
        raise DeclarationProblem(f"{path}: exactly one node must have type index, found {', '.join(roots) or 'none'}")
    parents = set(nodes["parent"].drop_nulls())
    for row, node in enumerate(nodes.iter_rows(named=True)):
        if node["code"] is None or codes.count(node["code"]) > 1:
            stop(row, "the code is empty or occurs twice")
        if node["type"] not in TYPES:
            stop(row, f"type {node['type']!r} is not one of {', '.join(TYPES)}")
        if node["type"] == "index":
            if node["parent"] is not None:
                stop(row, "the root has no parent")
        elif node["parent"] not in codes:
            stop(row, f"parent {node['parent']!r} is not a code of this file")
        elif node["weight"] is None or not node["weight"] > 0:
            stop(row, f"weight {node['weight']} must be a positive number")
        if node["type"] == "indicator":
            _check_indicator(stop, row, node, parents)
    # Last, because a group also lacks its child where the child misspells its parent.
    for row, node in enumerate(nodes.iter_rows(named=True)):
        if node["type"] != "indicator" and node["code"] not in parents:
            stop(row, "a group without children")


def _check_indicator(stop, row: int, node: dict, parents: set) -> None:
    if node["code"] in parents:
        stop(row, "an indicator cannot have children")
    if node["direction"] not in (1, -1):
        stop(row, f"direction {node['direction']} must be 1 or -1")
    low, high = node["goalpost_low"], node["goalpost_high"]
    if low is None or high is None or not low < high:
        stop(row, f"goalposts {low} and {high} must be given, the low one below the high one")
    for name in ("transform", "denominator", "aggregation", "normalisation", "treatment", "imputation", "target", "target_high"):
        if node[name] not in (None, "none"):
            stop(row, f"{name} {node[name]!r} is not supported yet")


def _check_depth(path: Path, nodes: pl.DataFrame, levels: dict[str, int]) -> None:
    """Index, pillars, indicators: the models aggregate these three levels and would silently drop what hangs otherwise."""
    expected = {"index": 0, "group": 1, "indicator": 2}
    for row, node in enumerate(nodes.iter_rows(named=True)):
        if levels[node["code"]] != expected[node["type"]]:
            raise DeclarationProblem(
                f"{path}: row {row + 2} ({node['code']}): a node of type {node['type']} stands at level {levels[node['code']]};"
                f" only level {expected[node['type']]} is supported yet"
            )


def _levels(nodes: pl.DataFrame) -> dict[str, int]:
    parent = dict(zip(nodes["code"], nodes["parent"], strict=True))
    levels = {}
    for code in parent:
        path = [code]
        while parent[path[-1]] is not None:
            if parent[path[-1]] in path:
                raise DeclarationProblem(f"framework.csv: {code} is its own ancestor: {' → '.join([*path, parent[path[-1]]])}")
            path.append(parent[path[-1]])
        levels[code] = len(path) - 1
    return levels


def load_reasons(folder: Path, nodes: pl.DataFrame) -> pl.DataFrame:
    """Read reasons.csv. Raises DeclarationProblem for a node whose weight or goalposts nobody has given a reason for."""
    path = folder / "reasons.csv"
    try:
        text = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise DeclarationProblem(f"{path}: not readable as CSV in UTF-8: {problem}") from problem
    wrong = sorted(set(text.columns) ^ set(REASON_COLUMNS))
    if wrong:
        raise DeclarationProblem(f"{path}: columns should be {', '.join(REASON_COLUMNS)}; missing or unknown: {', '.join(wrong)}")
    reasons = cast(text, REASON_COLUMNS, path)
    codes = reasons["code"].to_list()
    for row, code in enumerate(codes):
        if code is None or codes.count(code) > 1:
            raise DeclarationProblem(f"{path}: row {row + 2} ({code}): the code is empty or occurs twice")
    given = {row["code"]: row for row in reasons.iter_rows(named=True)}
    unknown = sorted(set(given) - set(nodes["code"]))
    if unknown:
        raise DeclarationProblem(f"{path}: {unknown[0]} is not a node of the framework")
    for node in nodes.filter(pl.col("type") != "index").iter_rows(named=True):
        row = given.get(node["code"], {})
        if not row.get("weight_reason_zh"):
            raise DeclarationProblem(f"{path}: no reason is given for the weight of {node['code']}")
        if node["type"] == "indicator" and not row.get("goalposts_reason_zh"):
            raise DeclarationProblem(f"{path}: no reason is given for the goalposts of {node['code']}")
    return reasons
