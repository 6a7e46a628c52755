"""The same job in Dagster: definitions load, their list is a reviewed snapshot, and a run publishes the same release."""

import csv
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import defs
from dagster_project.lib import transform
from dagster_project.lib.house import ROOT, House
from dagster_project.resources import BuildResource
from dagster_project.sensors import look
from tests.conftest import Built

SNAPSHOT = Path(__file__).with_name("definitions.txt")


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_list_of_assets_and_blocking_checks_is_as_reviewed(graph):
    """After a wanted change: write the printed list into definitions.txt and read the difference."""
    assets = sorted(f"asset {key.to_user_string()}" for key in graph.get_all_asset_keys())
    checks = sorted(f"check {key.asset_key.to_user_string()}: {key.name}" for key in graph.asset_check_keys)
    listed = "\n".join(assets + checks) + "\n"
    assert listed == SNAPSHOT.read_text(encoding="utf-8"), listed


def test_one_group_for_each_source_with_its_domain(graph):
    for folder in sorted(path.parent for path in (ROOT / "raw").glob("*/source.yml")):
        node = graph.get(dg.AssetKey(["raw", folder.name]))
        assert node.group_name == folder.name and node.tags["domain"]


def test_every_dbt_source_has_a_producing_asset(graph):
    import json

    manifest = json.loads(transform.manifest(defs_house()).read_text(encoding="utf-8"))
    for source in manifest["sources"].values():
        assert graph.get(dg.AssetKey([source["source_name"], source["name"]])).is_materializable


def defs_house():
    from dagster_project.resources import DEFAULT

    return DEFAULT


def test_nightly_job_and_schedule():
    schedule = defs.resolve_schedule_def("nightly_0200_shanghai")
    assert (schedule.cron_schedule, schedule.execution_timezone, schedule.job_name) == ("0 2 * * *", "Asia/Shanghai", "nightly")


def test_contract_and_release_checks_block():
    blocking = {spec.key.to_user_string() for definition in defs.asset_checks for spec in definition.check_specs if spec.blocking}
    sources = {path.parent.name for path in (ROOT / "raw").glob("*/source.yml")}
    assert blocking == {f"raw/{source}:contract" for source in sources} | {"release/files:great_expectations"}


def run(instance: dg.DagsterInstance, warehouse: Path, raw: Path = ROOT / "raw"):
    resource = BuildResource(warehouse=str(warehouse), raw=str(raw))
    job = defs.resolve_job_def("nightly")
    return job.execute_in_process(instance=instance, resources={"build": resource}, raise_on_error=False)


def test_a_run_publishes_the_same_release_as_the_command_and_then_nothing(built: Built, tmp_path: Path):
    with dg.instance_for_test() as instance:
        first = run(instance, tmp_path / "wh")
        assert first.success
        assert (tmp_path / "wh/latest/SHA256SUMS").read_text() == (built.release / "SHA256SUMS").read_text()
        metadata = {
            event.asset_key.to_user_string(): event.materialization.metadata for event in first.get_asset_materialization_events()
        }
        customs = metadata["raw/customs_gacc"]
        assert customs["dagster/row_count"].value > 58_000 and customs["latest_period"].value == "2025-07"
        assert len(customs["files"].value) == 19 and customs["periods"].value == 19
        assert all(metadata[f"marts/{mart}"] for mart in ("observations", "index_scores", "lineage"))
        assert all(check.passed for check in first.get_asset_check_evaluations())
        second = run(instance, tmp_path / "wh")
        assert second.success
        assert [event.asset_key.to_user_string() for event in second.get_asset_materialization_events()] == []


def test_a_bad_file_of_a_source_that_says_stop_ends_the_run_before_anything_is_published(tmp_path: Path):
    import shutil

    shutil.copytree(ROOT / "raw", tmp_path / "raw")
    (tmp_path / "raw/customs_gacc/files/2025-07.csv").write_bytes(b"")
    declared = tmp_path / "raw/customs_gacc/source.yml"
    text = declared.read_text(encoding="utf-8")
    assert text.count("on_bad_file: hold") == 1
    declared.write_text(text.replace("on_bad_file: hold", "on_bad_file: stop"), encoding="utf-8")
    with dg.instance_for_test() as instance:
        result = run(instance, tmp_path / "wh", tmp_path / "raw")
    assert not result.success
    failed = [event.step_key for event in result.all_events if event.is_step_failure]
    assert failed == ["raw__customs_gacc"] and not (tmp_path / "wh/latest").exists()


def august(july: Path, path: Path) -> None:
    """A table of August in the layout of July's: the same month once more, added to every cumulative."""
    with july.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    for row in rows[3:-1]:
        for month, cumulative in ((1, 2), (3, 4), (5, 6)):
            if "-" not in (row[month], row[cumulative]):
                row[cumulative] = str(int(row[cumulative]) + int(row[month]))
    rows[2] = [label.replace("7月", "8月") for label in rows[2]]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)


def test_a_new_month_in_the_folder_is_seen_by_the_sensor(own):
    raw, warehouse = own
    house, now = House(raw, ROOT / "seeds", warehouse), 4_000_000_000.0
    known = look(house, look(house, None, now).cursor, now + 60)
    assert known.run_requests == [] and "was made from these very files" in known.skip_reason.skip_message
    files = raw / "customs_gacc/files"
    august(files / "2025-07.csv", files / "2025-08.csv")
    arriving = look(house, known.cursor, now + 120)
    assert arriving.run_requests == []
    assert arriving.skip_reason.skip_message == "not at rest: raw/customs_gacc/files/2025-08.csv"
    assert len(look(house, arriving.cursor, now + 180).run_requests) == 1
