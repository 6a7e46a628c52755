"""One job, because a release is published as a unit; every night at two o'clock in Wuhan."""

import dagster as dg

# One process: a build is a sequence on one folder, and a process for each step made it four times slower.
nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Land every source, build and test the models, write the release, check its files, publish by one rename.",
)

nightly_schedule = dg.ScheduleDefinition(
    name="nightly_0200_shanghai",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Shanghai",
)
