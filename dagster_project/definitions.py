"""Assembles the assets, the job and its schedule. No logic here."""

import dagster as dg

from dagster_project.defs import ingest, publish, transform
from dagster_project.resources import resources
from dagster_project.schedules import nightly, nightly_schedule

models = transform.assets()
everything = [*ingest.assets(), *models, *publish.assets(transform.marts(models))]

defs = dg.Definitions(
    assets=[item for item in everything if not isinstance(item, dg.AssetChecksDefinition)],
    asset_checks=[item for item in everything if isinstance(item, dg.AssetChecksDefinition)],
    jobs=[nightly],
    schedules=[nightly_schedule],
    resources=resources(),
)
