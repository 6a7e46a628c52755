"""Assembles the assets, the jobs, and what starts them. No logic here."""

import dagster as dg

from dagster_project.defs import ingest, publish, transform
from dagster_project.defs.ingest import arrival
from dagster_project.resources import resources
from dagster_project.schedules import arrivals, arrivals_schedule, nightly, nightly_schedule
from dagster_project.sensors import door

models = transform.assets()
everything = [*ingest.assets(), *arrival.checks(), *models, *publish.assets(transform.marts(models))]

defs = dg.Definitions(
    assets=[item for item in everything if not isinstance(item, dg.AssetChecksDefinition)],
    asset_checks=[item for item in everything if isinstance(item, dg.AssetChecksDefinition)],
    jobs=[nightly, arrivals],
    schedules=[nightly_schedule, arrivals_schedule],
    sensors=[door()],
    resources=resources(),
)
