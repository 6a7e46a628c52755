"""What an operator asks in the morning: is everything installed, did last night's build work, what is late."""

import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from dagster_project.lib import declarations, warehouse
from dagster_project.lib.house import House

PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "pandera", "polars", "scipy")


def examine(house: House, today: date) -> tuple[list[str], list[str]]:
    """(findings, troubles): what there is, and what somebody should look at. Healthy where troubles is empty."""
    findings, troubles = [f"python {sys.version.split()[0]}"], []
    for package in PACKAGES:
        try:
            findings.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            troubles.append(f"{package} is not installed: run make build")
    _release(house, findings, troubles)
    troubles += _gone(house)
    troubles += late(house, today)
    return findings, troubles


def _release(house: House, findings: list[str], troubles: list[str]) -> None:
    last = warehouse.last_build(house.warehouse)
    release = warehouse.current_release(house.warehouse)
    if release is None:
        troubles.append(f"nothing has been published in {house.warehouse} yet: run openecon build")
    elif not warehouse.is_whole(release):
        troubles.append(f"{release} does not fit its checksums: run openecon build, which makes it anew")
    else:
        findings.append(f"release {release.parent.name} is whole")
        troubles += _set_aside(release)
    if last.get("ended") == "not published":
        troubles.append(f"the last build was not published: {last['problem']}")
    elif last:
        findings.append(f"last build published {last['release_id']}, reference day {last['reference_day']}")


def _set_aside(release: Path) -> list[str]:
    """Files that the current release was published without."""
    table = release / "all" / "quarantine.parquet"
    held = pl.read_parquet(table).filter(pl.col("level") == "file")
    return [f"raw/{row['source_id']}/{row['source_file']}: {row['message_zh']}" for row in held.iter_rows(named=True)]


def _gone(house: House) -> list[str]:
    """Files that a source.yml lists and that are not on disk."""
    return [
        f"raw/{source.source_id}/{publication.file} is listed in source.yml and is not there"
        for source in declarations.load_sources(house.raw).values()
        for publication in source.files
        if not (house.raw / source.source_id / publication.file).is_file()
    ]


def late(house: House, today: date) -> list[str]:
    """Publications that a publisher's calendar announced up to today and that have not arrived."""
    declared = declarations.load(house)
    calendar = declared["calendar"].filter(pl.col("release_on") <= today.isoformat())
    told = []
    for source in declared.sources.values():
        if source.pattern is None or source.pattern.calendar is None:
            continue
        for row in calendar.filter(pl.col("calendar") == source.pattern.calendar).sort("time_period").iter_rows(named=True):
            year, month = row["time_period"][:4], row["time_period"][5:]
            name = source.pattern.file.format(yyyy=year, mm=month, m=month)
            if not (house.raw / source.source_id / name).is_file():
                told.append(f"raw/{source.source_id}/{name} was announced for {row['release_on']} and has not arrived")
    return told
