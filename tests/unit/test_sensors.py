"""The sensor on raw/ and seeds/: what has come to rest runs once, what is still growing does not run."""

import json
import os
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import defs
from dagster_project.defs.ingest import arrival
from dagster_project.lib import warehouse
from dagster_project.lib.house import House, read_inputs
from dagster_project.sensors import door, look

NOW = 1_800_000_000.0
LONG_AGO = NOW - 3600


@pytest.fixture
def house(tmp_path: Path) -> House:
    write(tmp_path / "raw/customs_gacc/files/2025-07.csv", "武汉市,1")
    write(tmp_path / "seeds/areas.csv", "ref_area")
    return House(tmp_path / "raw", tmp_path / "seeds", tmp_path / "warehouse")


def write(path: Path, text: str, at: float = LONG_AGO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))


def settled(house: House) -> str:
    """The cursor after two looks at a project in which nothing moves."""
    first = look(house, None, NOW)
    return look(house, first.cursor, NOW + 60).cursor


def test_the_first_look_waits_and_the_second_runs_the_nightly_job_once(house: House):
    first = look(house, None, NOW)
    assert first.run_requests == []
    assert first.skip_reason.skip_message == "not at rest: raw/customs_gacc/files/2025-07.csv, seeds/areas.csv"
    second = look(house, first.cursor, NOW + 60)
    assert len(second.run_requests) == 1 and second.skip_reason is None
    third = look(house, second.cursor, NOW + 120)
    assert third.run_requests == [] and third.skip_reason.skip_message == "nothing has changed"


def test_a_new_file_at_rest_is_one_run(house: House):
    cursor = settled(house)
    write(house.raw / "customs_gacc/files/2025-08.csv", "武汉市,2")
    new = look(house, cursor, NOW + 120)
    assert (new.run_requests, new.skip_reason.skip_message) == ([], "not at rest: raw/customs_gacc/files/2025-08.csv")
    rested = look(house, new.cursor, NOW + 180)
    assert len(rested.run_requests) == 1
    again = look(house, rested.cursor, NOW + 240)
    assert again.run_requests == []


def test_a_file_that_grows_is_left_alone_until_it_rests(house: House):
    cursor, path = settled(house), house.raw / "customs_gacc/files/2025-08.csv"
    for minute, text in enumerate(["武", "武汉", "武汉市,2"], 2):
        # Copied with the time of its original: only its size tells that it grows.
        write(path, text)
        growing = look(house, cursor, NOW + 60 * minute)
        assert growing.run_requests == [] and "2025-08.csv" in growing.skip_reason.skip_message
        cursor = growing.cursor
    assert len(look(house, cursor, NOW + 300).run_requests) == 1


def test_a_file_written_a_moment_ago_waits_though_two_looks_saw_it_alike(house: House):
    cursor = settled(house)
    write(house.raw / "customs_gacc/files/2025-08.csv", "武汉市,2", at=NOW + 110)
    first = look(house, cursor, NOW + 115)
    second = look(house, first.cursor, NOW + 120)
    assert second.run_requests == [] and "2025-08.csv" in second.skip_reason.skip_message
    assert len(look(house, second.cursor, NOW + 141).run_requests) == 1


def test_a_time_in_the_future_does_not_hold_a_file_back_for_ever(house: House):
    write(house.raw / "customs_gacc/files/2025-08.csv", "武汉市,2", at=NOW + 10_000_000)
    first = look(house, None, NOW)
    assert len(look(house, first.cursor, NOW + 60).run_requests) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda house: write(house.raw / "customs_gacc/files/2025-07.csv", "武汉市,99"),
        lambda house: write(house.raw / "customs_gacc/files/2025-07.csv", "武汉市,1", at=LONG_AGO + 1),
        lambda house: (house.raw / "customs_gacc/files/2025-07.csv").unlink(),
        lambda house: write(house.seeds / "areas.csv", "ref_area,name_zh"),
    ],
    ids=["replaced", "written again", "removed", "seed changed"],
)
def test_each_state_is_a_run_of_its_own(house: House, change):
    first = look(house, None, NOW)
    second = look(house, first.cursor, NOW + 60)
    change(house)
    third = look(house, second.cursor, NOW + 120)
    fourth = look(house, third.cursor, NOW + 180)
    assert third.run_requests == [] and len(fourth.run_requests) == 1
    assert fourth.run_requests[0].run_key != second.run_requests[0].run_key


def test_the_key_of_a_state_is_the_same_wherever_the_cursor_was_lost(house: House):
    keys = set()
    for _ in range(2):
        first = look(house, None, NOW)
        keys |= {request.run_key for request in look(house, first.cursor, NOW + 60).run_requests}
    assert len(keys) == 1


def test_what_editors_leave_behind_is_no_arrival(house: House):
    cursor = settled(house)
    for litter in (".2025-08.csv.swp", "~$2025-08.xlsx", "Thumbs.db"):
        write(house.raw / "customs_gacc/files" / litter, "x")
    assert look(house, cursor, NOW + 120).skip_reason.skip_message == "nothing has changed"


def published(house: House) -> None:
    """A warehouse whose release was made from the inputs as they lie there."""
    release = house.warehouse / "builds/2025-08-18-0123abcd/release"
    write(release / "SHA256SUMS", "")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    write(release / "manifest.json", json.dumps({"sha256sums_sha256": empty}))
    write(release.parent / "openecon.duckdb", "")
    (house.warehouse / "current").symlink_to("builds/2025-08-18-0123abcd")
    known = {"inputs": read_inputs(house).digest, "ended": "published", "release_id": "2025-08-18-0123abcd"}
    warehouse.remember(house.warehouse, known | {"reference_day": "2025-08-18"})


def test_nothing_runs_while_the_inputs_are_those_of_the_published_release(house: House):
    published(house)
    first = look(house, None, NOW)
    second = look(house, first.cursor, NOW + 60)
    assert second.run_requests == []
    assert second.skip_reason.skip_message == "2025-08-18-0123abcd was made from these very files"
    write(house.seeds / "areas.csv", "ref_area", at=LONG_AGO + 5)
    third = look(house, second.cursor, NOW + 120)
    assert look(house, third.cursor, NOW + 180).run_requests == []
    write(house.seeds / "areas.csv", "ref_area,name_zh", at=LONG_AGO + 9)
    fourth = look(house, third.cursor, NOW + 240)
    assert len(look(house, fourth.cursor, NOW + 300).run_requests) == 1


def test_folders_that_are_not_there_are_told(tmp_path: Path):
    nowhere = House(tmp_path / "raw", tmp_path / "seeds", tmp_path / "warehouse")
    first = look(nowhere, None, NOW)
    assert first.run_requests == [] and "is not a folder" in first.skip_reason.skip_message


def test_in_dagster_it_is_on_and_starts_the_nightly_job(house: House):
    sensor = defs.resolve_sensor_def("door")
    assert sensor.job_name == "nightly" and sensor.default_status == dg.DefaultSensorStatus.RUNNING
    with dg.build_sensor_context() as context:
        watch = door(house)
        first = watch(context)
        assert first.run_requests == []
        context.update_cursor(first.cursor)
        assert [request.tags["started_by"] for request in watch(context).run_requests] == ["door"]


def test_late_publications_warn_and_block_nothing():
    names = [f"{key.asset_key.to_user_string()}:{key.name}" for key in arrival.check_keys()]
    assert names == ["raw/customs_gacc:arrived"]
    on_time = arrival.arrival_result(House(), "customs_gacc", date(2025, 9, 17))
    assert on_time.passed and on_time.metadata["missing"].value == []
    late = arrival.arrival_result(House(), "customs_gacc", date(2025, 9, 18))
    assert not late.passed and late.severity == dg.AssetCheckSeverity.WARN
    assert late.description == "raw/customs_gacc/files/2025-08.csv was announced for 2025-09-18 and has not arrived"
    assert all(not spec.blocking for check in arrival.checks() for spec in check.check_specs)


def test_lateness_is_looked_at_every_morning_and_not_in_the_build():
    names = {node.name for node in defs.resolve_job_def("arrivals").nodes}
    assert names == {"raw__customs_gacc_arrived"}
    assert names.isdisjoint(node.name for node in defs.resolve_job_def("nightly").nodes)
    schedule = defs.resolve_schedule_def("arrivals_0900_shanghai")
    assert (schedule.cron_schedule, schedule.execution_timezone, schedule.job_name) == ("0 9 * * *", "Asia/Shanghai", "arrivals")
