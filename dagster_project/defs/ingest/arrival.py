"""What should have arrived: one check for each source whose publisher announces its days in a calendar (seeds/calendar.csv).

Not a freshness policy of Dagster, which asks when an asset was last made: made again every night, a source would always be
fresh. The check compares with today's clock, so it is told beside a build, never inside: it blocks nothing and is no part of
a release.
"""

from datetime import date
from functools import cache

import dagster as dg

from dagster_project.defs.ingest import raw_key
from dagster_project.lib import declarations, doctor
from dagster_project.lib.house import House
from dagster_project.resources import DEFAULT

NAME = "arrived"


@cache
def announced(house: House = DEFAULT) -> list[str]:
    """The sources whose publications are announced by a calendar."""
    return [
        source.source_id for source in declarations.load_sources(house.raw).values() if source.pattern and source.pattern.calendar
    ]


def check_keys(house: House = DEFAULT) -> list[dg.AssetCheckKey]:
    """The checks below, for the job that runs them."""
    return [dg.AssetCheckKey(raw_key(source_id), NAME) for source_id in announced(house)]


def checks(house: House = DEFAULT) -> list[dg.AssetChecksDefinition]:
    """Everything of this module, for definitions.py."""
    return [_check(house, source_id) for source_id in announced(house)]


def _check(house: House, source_id: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=raw_key(source_id),
        name=NAME,
        blocking=False,
        description="Every publication that the publisher's calendar announced up to today lies in raw/.",
    )
    def arrived() -> dg.AssetCheckResult:
        return arrival_result(house, source_id, date.today())

    return arrived


def arrival_result(house: House, source_id: str, today: date) -> dg.AssetCheckResult:
    """Passed where nothing that was announced up to `today` is missing; else a warning that names each file."""
    missing = [line for line in doctor.late(house, today) if line.startswith(f"raw/{source_id}/")]
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(missing) or None,
        metadata={"missing": missing, "today": today.isoformat()},
    )
