"""Watching the door: when the files in raw/ and seeds/ have changed and come to rest, the nightly job runs once."""

import hashlib
import json
import time
from pathlib import Path

import dagster as dg

from dagster_project.lib import build as steps
from dagster_project.lib.house import House, NoSuchFolder, is_litter, read_inputs
from dagster_project.resources import DEFAULT
from dagster_project.schedules import nightly

#: A file that was written to less than this many seconds ago may still be on its way.
REST = 30
#: Seconds between two looks. A file counts as complete when two looks in a row saw it alike.
EVERY = 60

State = dict[str, list[int]]


def door(house: House = DEFAULT) -> dg.SensorDefinition:
    """The sensor on raw/ and seeds/ of one project."""

    @dg.sensor(
        name="door",
        job=nightly,
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs the nightly job once whenever raw/ or seeds/ have changed and nothing there is still growing.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return look(house, context.cursor, time.time())

    return watch


def look(house: House, cursor: str | None, now: float) -> dg.SensorResult:
    """One look. The cursor holds what the last look saw, and the digest of the last state that was dealt with:
    {"seen": {path: [size, mtime in ns]}, "settled": digest}."""
    last = json.loads(cursor) if cursor else {"seen": None, "settled": None}
    seen = state(house)
    moving = restless(seen, last["seen"], now)
    settled, digest = last["settled"], digest_of(seen)
    requests, reason = [], None
    if moving:
        reason = f"not at rest: {', '.join(moving[:5])}" + (" …" if moving[5:] else "")
    elif digest == settled:
        reason = "nothing has changed"
    else:
        settled = digest
        reason = built_already(house)
        # The key keeps Dagster from running one state twice, should the cursor be lost.
        requests = [] if reason else [dg.RunRequest(run_key=digest, tags={"started_by": "door"})]
    return dg.SensorResult(
        run_requests=requests, skip_reason=reason, cursor=json.dumps({"seen": seen, "settled": settled}, sort_keys=True)
    )


def state(house: House) -> State:
    """Size and time of every file that counts as input, by its path; nothing is opened. A file replaced by one of the same size
    and time is left to the build of the night, which reads every byte."""
    found = {}
    for label, folder in (("raw", house.raw), ("seeds", house.seeds)):
        for path in sorted(folder.rglob("*")):
            measured = None if is_litter(path) else _measure(path)
            if measured:
                found[f"{label}/{path.relative_to(folder).as_posix()}"] = measured
    return found


def _measure(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        # Renamed or removed between listing and looking: the next look sees what became of it.
        return None
    return [status.st_size, status.st_mtime_ns] if path.is_file() else None


def restless(seen: State, before: State | None, now: float) -> list[str]:
    """The paths that changed, came or went since the last look, or were written to a moment ago; on the first look, all."""
    if before is None:
        return sorted(seen)
    changed = {path for path in seen.keys() | before.keys() if seen.get(path) != before.get(path)}
    # A time in the future is a clock that is wrong somewhere; two looks alike have to do there.
    young = {path for path, (_, written) in seen.items() if 0 <= now - written / 1e9 < REST}
    return sorted(changed | young)


def digest_of(seen: State) -> str:
    """One name for one state of all files."""
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def built_already(house: House) -> str | None:
    """Why no run is needed although times or sizes changed: the published release was made from these very bytes.

    Reads every input, so it is asked once for each state that has come to rest.
    """
    try:
        known = steps.nothing_new(house, read_inputs(house))
    except NoSuchFolder as problem:
        return str(problem)
    return f"{known[1]} was made from these very files" if known else None
