"""The second engine: dbt on Spark as strict as on DuckDB, and its marts brought into the database that a release is made from."""

import shutil
from pathlib import Path

import duckdb

from dagster_project.lib import marts

#: What a Spark build leaves in its building folder (dbt/profiles.yml); its tables are Parquet files below tables/<schema>.db.
FOLDER = "spark"


def leave_ansi_on() -> None:
    """Keep dbt-spark from switching Spark's ANSI mode off, for the dbt of this process.

    It does so for the sake of Spark 3; a bad cast or a division by zero would then be null without a word.
    """
    from dbt.adapters.spark.connections import SparkCredentials

    finish = SparkCredentials.__post_init__

    def finish_strict(credentials: SparkCredentials) -> None:
        finish(credentials)
        credentials.server_side_parameters["spark.sql.ansi.enabled"] = "true"

    SparkCredentials.__post_init__ = finish_strict


def bring_marts(building: Path, manifest: Path) -> None:
    """Copy the marts of a Spark build into building/openecon.duckdb as a DuckDB build leaves them, and remove Spark's folder."""
    with duckdb.connect(building / "openecon.duckdb") as database:
        database.execute("create schema if not exists marts")
        for mart in marts.described(manifest):
            files = building / FOLDER / "tables" / "marts.db" / mart.name / "*.parquet"
            columns = ", ".join(f'cast("{column.name}" as {column.data_type}) as "{column.name}"' for column in mart.columns)
            database.execute(f"create table marts.{mart.name} as select {columns} from read_parquet({_text(str(files))})")
            database.execute(f"comment on table marts.{mart.name} is {_text(mart.meaning_zh)}")
            for column in mart.columns:
                database.execute(f'comment on column marts.{mart.name}."{column.name}" is {_text(column.meaning_zh)}')
    shutil.rmtree(building / FOLDER)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
