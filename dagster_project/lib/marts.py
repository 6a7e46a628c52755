"""The published tables as dbt describes them: their columns, meanings and keys, and their rows in a fixed order.

The YAML beside each mart is the one definition of its columns; this module only reads what dbt made of it (manifest.json).
"""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

#: Doubles are published with this many significant digits, so that neither threads nor engines show in them.
DIGITS = 12


@dataclass(frozen=True)
class Column:
    """One published column: its type in the contract, unit, titles and meaning."""

    name: str
    data_type: str
    title_zh: str
    title_en: str
    meaning_zh: str
    unit: str | None


@dataclass(frozen=True)
class Mart:
    """One published table."""

    name: str
    title_zh: str
    title_en: str
    meaning_zh: str
    key: list[str]
    columns: list[Column]


def described(manifest: Path) -> list[Mart]:
    """Every mart of a dbt manifest, by name."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    marts = [node for node in nodes if node["resource_type"] == "model" and node["schema"] == "marts"]
    return sorted((_mart(node) for node in marts), key=lambda mart: mart.name)


def _mart(node: dict) -> Mart:
    meta = node["config"]["meta"]
    columns = [
        Column(
            name=column["name"],
            data_type=column["data_type"],
            title_zh=column["config"]["meta"]["title_zh"],
            title_en=column["config"]["meta"]["title_en"],
            meaning_zh=column["description"],
            unit=column["config"]["meta"].get("unit"),
        )
        for column in node["columns"].values()
    ]
    return Mart(node["name"], meta["title_zh"], meta["title_en"], node["description"], meta.get("primary_key", []), columns)


def read(database: Path, marts: list[Mart], aside: Path) -> dict[str, pl.DataFrame]:
    """The rows of every mart, sorted by all columns from the key on, doubles rounded. `aside` is a folder for passing files."""
    aside.mkdir(parents=True, exist_ok=True)
    frames = {}
    with duckdb.connect(database, read_only=True) as connection:
        for mart in marts:
            passing = aside / f"{mart.name}.parquet"
            connection.execute(f"copy (from marts.{mart.name}) to '{passing}' (format parquet)")
            frames[mart.name] = _published(pl.read_parquet(passing), mart)
            passing.unlink()
    aside.rmdir()
    return frames


def _published(frame: pl.DataFrame, mart: Mart) -> pl.DataFrame:
    names = [column.name for column in mart.columns]
    order = mart.key + [name for name in names if name not in mart.key]
    rounded = frame.select(names).with_columns(pl.col(pl.Float64).round_sig_figs(DIGITS))
    # -0.0 and 0.0 are equal but do not print alike.
    doubles = pl.col(pl.Float64)
    return rounded.with_columns(pl.when(doubles == 0).then(0.0).otherwise(doubles).name.keep()).sort(order, nulls_last=True)
