"""When what runs. One job builds, because a release is published as a unit: every night at two o'clock in Wuhan. Another looks in
the morning whether everything announced has arrived."""

import dagster as dg

from dagster_project.defs.ingest import arrival

lateness = dg.AssetSelection.checks(*arrival.check_keys())

# One process: a build is a sequence on one folder, and a process for each step made it four times slower.
nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all() - lateness,
    executor_def=dg.in_process_executor,
    description="Land every source, build and test the models, write the release, check its files, publish by one rename.",
)

nightly_schedule = dg.ScheduleDefinition(
    name="nightly_0200_shanghai",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

# A job of its own: a night on which nothing has changed ends before any source is read, and is just when somebody is late.
arrivals = dg.define_asset_job(
    "arrivals",
    selection=lateness,
    executor_def=dg.in_process_executor,
    description="Look which publications were announced up to today and have not arrived. Changes nothing.",
)

arrivals_schedule = dg.ScheduleDefinition(
    name="arrivals_0900_shanghai",
    job=arrivals,
    cron_schedule="0 9 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
