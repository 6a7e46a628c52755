"""Compiled models over tables made by hand: what a model computes, without the models before it."""

import re

import duckdb

from dagster_project.lib import transform
from tests.dbt.conftest import BuiltDatabase

_LANDED = re.compile(r"'[^']*/landing/(declared/)?(\w+)(?:/\*)?\.parquet'")
_MODEL = re.compile(r'"\w+"\."(staging|intermediate|marts)"\."(\w+)"')


def compiled_models(built: BuiltDatabase) -> dict[str, str]:
    """The SQL of every model by name, as dbt compiled it in the last build."""
    results = transform.raw_results(built.building)
    return {result["unique_id"].split(".")[-1]: result["compiled_code"] for result in results if result.get("compiled_code")}


class Bench:
    """A database in memory with an empty copy of every table that models read, as the real build has them."""

    def __init__(self, built: BuiltDatabase):
        self.compiled = compiled_models(built)
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{built.database}' as real (read_only)")
        for schema in ("staging", "intermediate", "marts", "declared", "landing"):
            self.connection.execute(f"create schema {schema}")
        names = self.connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'real'"
        ).fetchall()
        for schema, name in names:
            if schema in ("staging", "intermediate", "marts"):
                self.connection.execute(f"create table {schema}.{name} as from real.{schema}.{name} limit 0")
        for path in sorted((built.building / "landing" / "declared").glob("*.parquet")):
            self.connection.execute(f"create table declared.{path.stem} as from '{path}' limit 0")

    def close(self) -> None:
        self.connection.close()

    def clear(self) -> None:
        """Empty every table again."""
        names = self.connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog <> 'real'"
        ).fetchall()
        for schema, name in names:
            self.connection.execute(f"delete from {schema}.{name}")

    def fill(self, table: str, *rows: dict) -> None:
        """Rows with the columns that matter; the others are null."""
        for row in rows:
            columns = ", ".join(f'"{column}"' for column in row)
            places = ", ".join("?" * len(row))
            self.connection.execute(f"insert into {table} ({columns}) values ({places})", list(row.values()))

    def run(self, *models: str) -> list[dict]:
        """Fill the tables of the models one after another from their SQL; the rows of the last."""
        for model in models:
            sql = _MODEL.sub(r"\1.\2", self.compiled[model])
            sql = _LANDED.sub(lambda found: f"{'declared' if found[1] else 'landing'}.{found[2]}", sql)
            schema = "intermediate" if model.startswith("int_") else "marts"
            self.connection.execute(f"delete from {schema}.{model}")
            self.connection.execute(f"insert into {schema}.{model} by name {sql}")
        found = self.connection.execute(f"from {schema}.{model}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
