"""The dbt models as assets and the dbt tests as their checks. The models themselves are in dbt/."""

import os
import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from dagster_project.lib import transform
from dagster_project.resources import DEFAULT, BuildResource


#: dbt of the environment that Dagster runs in, whatever PATH says.
DBT = Path(sys.executable).parent / "dbt"


class Translator(DagsterDbtTranslator):
    """Models keep their layer in the key (marts/observations) and lie in the group of their layer."""

    def get_group_name(self, dbt_resource_props) -> str | None:
        return dbt_resource_props["fqn"][1]


def assets() -> list:
    """Everything of this folder, for definitions.py."""

    @dbt_assets(
        manifest=transform.manifest(DEFAULT),
        dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True)),
        name="models",
    )
    def models(context: dg.AssetExecutionContext, build: BuildResource):
        house = build.house
        os.environ.update(transform.environment(house, build.building))
        dbt = DbtCliResource(project_dir=str(house.dbt), profiles_dir=str(house.dbt), dbt_executable=str(DBT))
        yield from dbt.cli(["build", *transform.LEFT_OUT], context=context, target_path=transform.target_path(house)).stream()

    return [models]


def marts(models: list[dg.AssetsDefinition]) -> list[dg.AssetKey]:
    """The keys of the published tables."""
    return [key for asset in models for key in asset.keys if asset.group_names_by_key[key] == "marts"]
