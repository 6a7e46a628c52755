"""The index engine in memory: the dbt models of models/intermediate/index, compiled once and run as SQL, without starting dbt.

The nightly build runs the same models through dbt (lib/transform.py). What SQL is not the tool for lies in steps.py; stages.py
says before which model each of them is due.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lib.house import ROOT, Inputs, code_hashes
from dagster_project.lib.index import stages
from dagster_project.lib.problems import BuildStopped
from schemas import framework as contract

#: The models that the nightly build fills from its own tables, and a caller of this module from its own frames.
GIVEN = ("nodes", "frameworks", "weightings", "areas", "periods", "observed")
FOLDER = "models/intermediate/index"


@dataclass(frozen=True)
class Model:
    """One compiled model: its name, its SELECT with tables named schema.table, and the columns that come of it."""

    name: str
    sql: str
    columns: str = ""

    def is_below(self, deepest: int) -> bool:
        """Whether this model is about a level of the tree that no framework reaches (the root is 0)."""
        level = self.name.rpartition("_")[2]
        return level.isdigit() and int(level) >= deepest


def compiled(
    cache: Path, deepest: int = contract.MOST_LEVELS - 1, compile_: Callable[[int], list[Model]] | None = None
) -> list[Model]:
    """The models of the engine in an order in which they can run; compiled by dbt where the cache has no copy for this code.

    cache: folder that may be deleted at any time. deepest: level of the deepest indicator that they can take (the root is 0).
    compile_: does it instead of a dbt of its own. Raises BuildStopped with dbt's own words where they do not compile.
    """
    digest = Inputs.digest_of({name: value for name, value in code_hashes(ROOT).items() if name.startswith("dbt/")})
    kept = cache / f"{digest[:16]}-{deepest}.json"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        passing = kept.with_suffix(f".{os.getpid()}")
        models = _with_columns((compile_ or _compile)(deepest))
        passing.write_text(json.dumps([[model.name, model.sql, model.columns] for model in models]), encoding="utf-8")
        passing.replace(kept)
    return [Model(*model) for model in json.loads(kept.read_text(encoding="utf-8"))]


def _compile(deepest: int) -> list[Model]:
    with tempfile.TemporaryDirectory(prefix="openecon-index-") as folder:
        building = Path(folder)
        call = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "compile", "--select", f"path:{FOLDER}"]
        call += ["--vars", json.dumps({"deepest_level": deepest})]
        done = subprocess.run(
            [*call, "--project-dir", str(ROOT / "dbt"), "--log-level", "warn", "--no-use-colors"],
            env=os.environ
            | {
                "OPENECON_BUILDING": folder,
                "DBT_PROFILES_DIR": str(ROOT / "dbt"),
                "DBT_TARGET_PATH": str(building / "target"),
                "DBT_LOG_PATH": str(building / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "DO_NOT_TRACK": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        manifest = building / "target" / "manifest.json"
        if done.returncode != 0 or not manifest.is_file():
            raise BuildStopped("dbt could not compile the models of the index:\n" + done.stdout[-3000:])
        return list(ordered(json.loads(manifest.read_text(encoding="utf-8"))["nodes"], building))


def _with_columns(models: list[Model]) -> list[Model]:
    """The models with their columns, as they come out when there is nothing to compute."""
    found = []
    with session({name: pl.DataFrame(schema=schema) for name, schema in given_schemas().items()}) as connection:
        for model in models:
            connection.execute(f"create table intermediate.{model.name} as {model.sql}")
            columns = connection.execute(f"describe intermediate.{model.name}").fetchall()
            found.append(Model(model.name, model.sql, ", ".join(f'"{name}" {kind}' for name, kind, *_ in columns)))
    return found


def given_schemas() -> dict[str, dict[str, type[pl.DataType]]]:
    """The columns of every table that a session is given."""
    ids = {"node_id": pl.Int32, "parent_id": pl.Int32, "denominator_id": pl.Int32}
    return {
        "nodes": contract.NODES | ids,
        "frameworks": contract.SETTINGS | {"like_with_like": pl.Boolean, "min_units": pl.Float64},
        "weightings": contract.WEIGHTINGS,
        "matrices": contract.MATRICES,
        "changes": contract.CHANGES,
        "areas": {
            "framework": pl.String,
            "area_id": pl.Int32,
            "ref_area": pl.String,
            "area_group": pl.String,
            "population": pl.Float64,
        },
        "periods": {"framework": pl.String, "period_id": pl.Int32, "time_period": pl.String, "position": pl.Int32},
        "observed": {
            "node_id": pl.Int32,
            "area_id": pl.Int32,
            "period_id": pl.Int32,
            "value": pl.Float64,
            "reason": pl.String,
            "is_zero": pl.Boolean,
        },
    }


def ordered(nodes: dict, building: Path) -> Iterator[Model]:
    """The compiled models of the engine among the nodes of a manifest, each after those it reads."""
    engine = {
        key: node
        for key, node in nodes.items()
        if node["resource_type"] == "model"
        and node["original_file_path"].startswith(FOLDER)
        and node["name"].removeprefix("int_index__") not in GIVEN
    }
    done: set[str] = set()
    while len(done) < len(engine):
        waiting = sorted(engine.keys() - done)
        ready = [key for key in waiting if not engine.keys() & set(engine[key]["depends_on"]["nodes"]) - done]
        for key in ready:
            yield Model(engine[key]["name"], _in_memory(engine[key]["compiled_code"], building))
        done.update(ready)


def _in_memory(sql: str, building: Path) -> str:
    """Compiled SQL as it runs in any database: no name of the database, and tables where the build reads files."""
    sql = re.sub(rf"'{re.escape(str(building))}/landing/(\w+)/(\w+)(?:/\*)?\.parquet'", r"\1.\2", sql)
    return sql.replace('"openecon".', "")


@contextmanager
def session(tables: dict[str, pl.DataFrame], threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the given tables: those of given_schemas(), by their short names."""
    with duckdb.connect(config={"threads": threads} if threads else {}) as connection:
        connection.execute("create schema intermediate; create schema declared; create schema steps")
        for name, frame in tables.items():
            schema = "declared.framework_" if name in ("changes", "matrices") else "intermediate.int_index__"
            _put(connection, f"create table {schema}{name} as from given", frame)
        for name, frame in stages.EMPTY.items():
            _put(connection, f"create table steps.{name} as from given", frame)
        yield connection


def _put(connection: duckdb.DuckDBPyConnection, statement: str, frame: pl.DataFrame) -> None:
    """Run a statement in which `given` is the frame. As a column of structs, which DuckDB takes over without PyArrow."""
    connection.register("given", frame.to_struct("given"))
    connection.execute(statement)
    connection.unregister("given")


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The rows of a query. They pass through a Parquet file, because DuckDB hands out frames only where PyArrow is installed."""
    with tempfile.TemporaryDirectory(prefix="openecon-index-") as folder:
        connection.execute(f"copy ({query}) to '{folder}/rows.parquet' (format parquet)")
        return pl.read_parquet(f"{folder}/rows.parquet")


def run(connection: duckdb.DuckDBPyConnection, models: list[Model], until: str | None = None) -> None:
    """Run the models in the database of a session, with the steps in Python where a framework asks for them."""
    tables = _Tables(connection)
    nodes = tables.read("int_index__nodes")
    due = stages.due(nodes, tables.read("int_index__frameworks"), tables.read("int_index__weightings"))
    deepest = nodes["level"].max()
    for model in models:
        for stage in due.get(model.name, ()):
            stage(tables)
        if model.is_below(deepest):
            connection.execute(f"create table intermediate.{model.name} ({model.columns})")
        else:
            connection.execute(f"create table intermediate.{model.name} as {model.sql}")
        if model.name == until:
            return


class _Tables:
    """How a stage reads and writes tables in a session."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def read(self, name: str) -> pl.DataFrame:
        schema = "declared" if name.startswith("framework_") else "intermediate"
        return fetch(self.connection, f"from {schema}.{name}")

    def write(self, name: str, frame: pl.DataFrame) -> None:
        _put(self.connection, f"insert into steps.{name} by name from given", frame)
