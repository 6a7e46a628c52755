"""The dbt models as assets and the dbt tests as their checks. The models themselves are in dbt/."""

import os
import sys
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from dagster_project.lib import declarations, landing, transform
from dagster_project.lib.index import engine, nightly
from dagster_project.resources import DEFAULT, BuildResource

#: dbt of the environment that Dagster runs in, whatever PATH says.
DBT = Path(sys.executable).parent / "dbt"


class Translator(DagsterDbtTranslator):
    """Models keep their layer in the key (marts/observations) and lie in the group of their layer."""

    def get_group_name(self, dbt_resource_props) -> str | None:
        return dbt_resource_props["fqn"][1]


def _with_rows(context: dg.AssetExecutionContext, build: BuildResource, event):
    """A model's event with its row count, its periods and the latest of them; checks as they are."""
    if not isinstance(event, dg.Output):
        return event
    schema, table = context.asset_key_for_output(event.output_name).path
    return event.with_metadata(event.metadata | extent(build.building / "openecon.duckdb", schema, table))


def assets() -> list:
    """Everything of this folder, for definitions.py: the steps in Python, the models before them, and the models after them."""
    landed = [["landing", table] for table in landing.TABLES] + [["declared", table] for table in declarations.TABLES]
    given = [dg.AssetKey(["intermediate", f"int_index__{name}"]) for name in engine.GIVEN]

    @dg.multi_asset(
        specs=[dg.AssetSpec(["steps", name], deps=[*landed, *given], group_name="steps") for name in nightly.TABLES], name="steps"
    )
    def steps(build: BuildResource):
        """The tables that Python leaves for the models of the index, and how far its ranks can be trusted."""
        models = engine.compiled(transform.index_cache(build.house))
        transform.run_steps(build.house, build.building, models)
        for name in nightly.TABLES:
            rows = pl.scan_parquet(build.building / "landing" / "steps" / name / "*.parquet").select(pl.len()).collect().item()
            yield dg.MaterializeResult(asset_key=["steps", name], metadata={"dagster/row_count": rows})

    return [_models("before"), steps, _models("after")]


def _models(half: str) -> dg.AssetsDefinition:
    """One half of the models, built and tested by dbt."""
    flag, chosen = transform.HALVES[half]

    @dbt_assets(
        manifest=transform.manifest(DEFAULT),
        dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True)),
        name=f"models_{half}",
        **{flag.removeprefix("--"): chosen},
    )
    def models(context: dg.AssetExecutionContext, build: BuildResource):
        house = build.house
        os.environ.update(transform.environment(house, build.building))
        dbt = DbtCliResource(project_dir=str(house.dbt), profiles_dir=str(house.dbt), dbt_executable=str(DBT))
        words = ["build", *transform.LEFT_OUT, "--vars", transform.levels(house)]
        call = dbt.cli(words, context=context, target_path=transform.target_path(house))
        # Rows are counted when dbt has closed the database, so the models are reported together at the end.
        events = list(call.stream())
        transform.keep_results(house, build.building, half)
        yield from [_with_rows(context, build, event) for event in events]

    return models


def marts(models: list[dg.AssetsDefinition]) -> list[dg.AssetKey]:
    """The keys of the published tables."""
    return [key for asset in models for key in asset.keys if asset.group_names_by_key[key] == "marts"]


def extent(database: Path, schema: str, table: str) -> dict[str, object]:
    """Rows of a built table and, where it has a period column, how many periods and which is the latest."""
    with duckdb.connect(database, read_only=True) as connection:
        columns = {name for name, *_ in connection.execute(f"describe {schema}.{table}").fetchall()}
        rows = connection.execute(f"select count(*) from {schema}.{table}").fetchone()[0]
        if "time_period" not in columns:
            return {"dagster/row_count": rows}
        periods, latest = connection.execute(
            f"select count(distinct time_period), max(time_period) from {schema}.{table}"
        ).fetchone()
    return {"dagster/row_count": rows, "periods": periods, "latest_period": latest or ""}
