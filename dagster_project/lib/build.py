"""The nightly build, from raw files to a published release. Every way of starting it (command, Dagster) uses these steps."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.lib import warehouse
from dagster_project.lib.house import House, Inputs, read_inputs
from dagster_project.lib.problems import BuildStopped

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How a build ended: `published` is False where the inputs, or what came of them, are those of the current release."""

    published: bool
    release: Path
    release_id: str
    reference_day: str
    seconds: float


def build(
    house: House,
    on: str | None = None,
    target: str = "duckdb",
    until: str | None = None,
    tell: Tell = lambda line: None,
) -> Outcome:
    """Run the whole nightly job; with `until` (a day) from what had been published by then.

    Raises BuildStopped, DeclarationProblem or warehouse.Busy; the last release then stays as it is.
    """
    began = time.monotonic()
    with warehouse.lock(house.warehouse):
        inputs = read_inputs(house, on, target, until)
        unchanged = nothing_new(house, inputs)
        if unchanged:
            return Outcome(False, *unchanged, time.monotonic() - began)
        building = begin(house, inputs)
        try:
            # Imported late: an unchanged night ends above without them.
            from dagster_project.lib.release_checks import Checker

            with Checker() as checker:
                release_id, reference_day = run_steps(house, building, inputs, checker, tell)
        except BaseException as problem:
            warehouse.remember(house.warehouse, {"inputs": inputs.digest, "ended": "not published", "problem": str(problem)})
            raise
        is_new = warehouse.current_id(house.warehouse) != release_id
        built = warehouse.publish(house.warehouse, release_id)
        remember(house, inputs, release_id, reference_day)
        return Outcome(is_new, built / "release", release_id, reference_day, time.monotonic() - began)


def as_of(house: House, day: str, out: Path, tell: Tell = lambda line: None) -> Outcome:
    """Write the release from what had been published by `day` to the folder `out`, with today's seeds and code.

    The project's own warehouse is not touched. Raises BuildStopped where `out` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise BuildStopped(f"{out} is not empty: give --out a new folder")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".as-of-", dir=out.parent) as aside:
        outcome = build(House(house.raw, house.seeds, Path(aside)), until=day, tell=tell)
        shutil.copytree(outcome.release, out, dirs_exist_ok=True)
    return outcome


def run_steps(house: House, building: Path, inputs: Inputs, checker, tell: Tell) -> tuple[str, str]:
    """Land, transform, release, check. Returns (release_id, reference day) of a release that lies whole in building/release."""
    from dagster_project.lib import declarations, landing, release, transform

    clock = _Clock(tell)
    declared = declarations.load(house)
    rows = sum(frame.height for frame in declared.seeds.values())
    clock.say(f"declarations  {len(declared.sources)} sources, {rows:,} declared rows")
    until = inputs.choices["until"] or None
    batches = landing.land(house, declared, list(declared.sources), inputs.raw, until, landing.accepted(house.warehouse))
    landed = landing.write(batches, building / "landing", "all")
    clock.say(f"landing       {landed.files.height} publications, {landed.figures:,} figures, {landed.held} held{_told(landed)}")
    finish_landing(declared, building, day_of_reference(landed.files, inputs.choices["on"]))
    results = transform.run_dbt(house, building, inputs.choices["target"])
    warnings = "".join(f"\n          warning: {warning}" for warning in results.warnings)
    clock.say(f"models        {results.models} models, {results.tests} tests{warnings}")
    release.write(building, house)
    clock.say("release       files written")
    checks = checker.run(building / "release")
    clock.say(f"checks        {checks.total} checks of the release's files passed")
    return release.seal(building, inputs, checks, results)


def _told(landed) -> str:
    """What a person should look at: findings that keep a file out or warn of it, and listed files that are not there."""
    lines = [
        f"{row['check_name']}: raw/{row['source_id']}/{row['source_file'] or ''}: {row['message_zh']}"
        for row in landed.findings.iter_rows(named=True)
    ]
    lines += [f"listed in source.yml but not there: {name}" for name in landed.missing]
    return "".join(f"\n          look: {line}" for line in lines)


def begin(house: House, inputs: Inputs) -> Path:
    """An empty building folder with the inputs of the build; until it ends well, it counts as one that did not."""
    building = warehouse.fresh_building(house.warehouse)
    inputs.save(building / "inputs.json")
    warehouse.remember(
        house.warehouse, {"inputs": inputs.digest, "ended": "not published", "problem": "it did not come to its end"}
    )
    return building


def nothing_new(house: House, inputs: Inputs) -> tuple[Path, str, str] | None:
    """(release, id, reference day) where these very inputs made the current release and it is still whole."""
    last = warehouse.last_build(house.warehouse)
    release = warehouse.current_release(house.warehouse)
    if last.get("inputs") != inputs.digest or last.get("ended") != "published" or release is None:
        return None
    if release.parent.name != last["release_id"] or not warehouse.is_whole(release):
        return None
    if not (release.parent / "openecon.duckdb").is_file():
        return None
    return release, last["release_id"], last["reference_day"]


def remember(house: House, inputs: Inputs, release_id: str, reference_day: str) -> None:
    """Note what was published from which inputs, for the next build and for `openecon doctor`."""
    warehouse.remember(
        house.warehouse,
        {"inputs": inputs.digest, "ended": "published", "release_id": release_id, "reference_day": reference_day},
    )


def day_of_reference(files, on: str | None) -> str:
    """The day everything in a release is relative to: given, or the latest day known from the publishers themselves."""
    if on:
        return on
    known = files.filter(files["published_basis"].is_in(["publisher", "calendar"]))["published_on"]
    if known.is_empty():
        raise BuildStopped("no publication has a day known from its publisher: give the reference day with --on DATE")
    return known.max().isoformat()


def finish_landing(declared, building: Path, reference_day: str) -> None:
    """Land the declarations and the reference day beside the observations."""
    import polars as pl

    from dagster_project.lib import landing

    landing.write_declared(declared, building / "landing" / "declared")
    day = pl.DataFrame({"reference_day": [date.fromisoformat(reference_day)]})
    day.write_parquet(building / "landing" / "declared" / "build.parquet")


class _Clock:
    """Tells each step with the seconds it took."""

    def __init__(self, tell: Tell) -> None:
        self.tell, self.last = tell, time.monotonic()

    def say(self, line: str) -> None:
        now = time.monotonic()
        self.tell(f"{now - self.last:6.1f} s  {line}")
        self.last = now
