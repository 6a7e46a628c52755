"""The warehouse folder: one build at a time, published by one rename, known to be whole; and a build's inputs."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.house import ROOT, House, Inputs, NoSuchFolder, code_hashes, is_litter, read_inputs, sha256
from tests.unit.mini_house import CUSTOMS, write_house

# The lock

HOLD = """
import sys
from pathlib import Path
from dagster_project.lib import warehouse
with warehouse.lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""
TRY = """
import sys
from pathlib import Path
from dagster_project.lib import warehouse
try:
    with warehouse.lock(Path(sys.argv[1])):
        print("held")
except warehouse.Busy as problem:
    print(problem)
    sys.exit(1)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the warehouse until it is told to end, or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_build_is_refused_and_names_the_first(tmp_path, holder):
    with pytest.raises(warehouse.Busy) as told, warehouse.lock(tmp_path):
        pass
    assert re.fullmatch(
        rf"{tmp_path} is held by process {holder.pid}, started \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\."
        r" Wait until it has ended, then start again\.",
        str(told.value),
    )


def test_a_build_in_another_process_is_refused_and_names_this_one(tmp_path):
    with warehouse.lock(tmp_path):
        second = subprocess.run([sys.executable, "-c", TRY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1
    assert f"{tmp_path} is held by process {os.getpid()}, started" in second.stdout


def test_being_refused_leaves_the_name_of_the_holder_in_place(tmp_path, holder):
    for _ in range(2):
        with pytest.raises(warehouse.Busy, match=f"process {holder.pid},"), warehouse.lock(tmp_path):
            pass


def test_a_killed_build_frees_the_warehouse(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    assert holder.wait(10) == -signal.SIGKILL
    assert f"process {holder.pid}," in (tmp_path / ".lock").read_text()
    with warehouse.lock(tmp_path):
        named = (tmp_path / ".lock").read_text()
        assert named.startswith(f"process {os.getpid()}, started ") and named.count("process") == 1


def test_an_ended_build_frees_the_warehouse_and_takes_its_name_away(tmp_path, holder):
    holder.communicate("\n", timeout=10)
    assert (tmp_path / ".lock").read_text() == ""
    with warehouse.lock(tmp_path):
        pass


def test_a_failed_build_frees_the_warehouse(tmp_path):
    with pytest.raises(ZeroDivisionError), warehouse.lock(tmp_path):
        1 / 0  # noqa: B018
    with warehouse.lock(tmp_path):
        pass


def test_a_holder_that_has_not_yet_written_its_name(tmp_path, holder):
    (tmp_path / ".lock").write_text("")
    with pytest.raises(warehouse.Busy, match="is held by a build that has only just begun"), warehouse.lock(tmp_path):
        pass


def test_two_warehouses_do_not_hinder_each_other(tmp_path, holder):
    with warehouse.lock(tmp_path / "not" / "there" / "yet"):
        assert (tmp_path / "not" / "there" / "yet" / ".lock").is_file()


# Building and publishing


def build(folder: Path, build_id: str, **files: str) -> Path:
    """A build as the job leaves it: database and sealed release, published."""
    building = warehouse.fresh_building(folder)
    (building / "openecon.duckdb").write_text(build_id)
    seal(building / "release", {"index.html": build_id, "cities/x/得分.csv": "1\n"} | files)
    return warehouse.publish(folder, build_id)


def seal(release: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        (release / name).write_text(text, encoding="utf-8")
    listing = "".join(f"{sha256(release / name)}  {name}\n" for name in sorted(files))
    (release / "SHA256SUMS").write_text(listing, encoding="utf-8")
    promised = hashlib.sha256(listing.encode()).hexdigest()
    (release / "manifest.json").write_text(json.dumps({"sha256sums_sha256": promised}))
    return release


def test_building_begins_empty_whatever_lies_there(tmp_path):
    (tmp_path / "building" / "landing").mkdir(parents=True)
    (tmp_path / "building" / "landing" / "half.parquet").write_text("half")
    os.symlink("builds/lost", tmp_path / ".swap-current")
    (tmp_path / ".swap-last_build.json").write_text("{")
    (tmp_path / "last_build.json").write_text("{}")
    building = warehouse.fresh_building(tmp_path)
    assert building == tmp_path / "building"
    assert list(building.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"building", "builds", "last_build.json"}


def test_beginning_a_build_leaves_the_published_one_alone(tmp_path):
    build(tmp_path, "one")
    warehouse.fresh_building(tmp_path)
    assert (tmp_path / "openecon.duckdb").read_text() == "one"
    assert warehouse.is_whole(warehouse.current_release(tmp_path))


def test_nothing_is_current_before_the_first_build(tmp_path):
    assert (warehouse.current_release(tmp_path), warehouse.current_id(tmp_path)) == (None, None)
    warehouse.fresh_building(tmp_path)
    assert (warehouse.current_release(tmp_path), warehouse.current_id(tmp_path)) == (None, None)


def test_publishing_moves_the_build_and_sets_three_links(tmp_path):
    assert build(tmp_path, "one") == tmp_path / "builds" / "one"
    assert not (tmp_path / "building").exists()
    assert {name: os.readlink(tmp_path / name) for name in ("current", "openecon.duckdb", "latest")} == {
        "current": "builds/one",
        "openecon.duckdb": "current/openecon.duckdb",
        "latest": "current/release",
    }
    assert (tmp_path / "openecon.duckdb").read_text() == (tmp_path / "latest" / "index.html").read_text() == "one"
    assert warehouse.current_release(tmp_path) == tmp_path / "builds" / "one" / "release"
    assert warehouse.current_id(tmp_path) == "one"
    assert not list(tmp_path.glob(".swap-*"))


def test_the_next_build_becomes_current_and_the_old_one_stays(tmp_path):
    build(tmp_path, "one")
    build(tmp_path, "two")
    assert (tmp_path / "openecon.duckdb").read_text() == (tmp_path / "latest" / "index.html").read_text() == "two"
    assert sorted(path.name for path in (tmp_path / "builds").iterdir()) == ["one", "two"]
    assert (tmp_path / "builds" / "one" / "openecon.duckdb").read_text() == "one"
    assert warehouse.is_whole(tmp_path / "builds" / "one" / "release")


def test_a_reader_that_has_a_file_open_keeps_it(tmp_path):
    build(tmp_path, "one")
    with (tmp_path / "openecon.duckdb").open() as reader:
        build(tmp_path, "two")
        assert reader.read() == "one"


def test_readers_never_see_nothing_while_builds_are_published(tmp_path):
    build(tmp_path, "0")
    seen, troubles, ended = set(), [], threading.Event()

    def read() -> None:
        while not ended.is_set():
            try:
                seen.add((tmp_path / "openecon.duckdb").read_text())
                (tmp_path / "latest" / "SHA256SUMS").read_bytes()
            except OSError as trouble:
                troubles.append(trouble)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 40):
        build(tmp_path, str(number))
    ended.set()
    reader.join()
    assert troubles == []
    assert seen <= {str(number) for number in range(40)} and len(seen) > 1


def test_a_rename_that_fails_leaves_the_old_build_current(tmp_path, monkeypatch):
    build(tmp_path, "one")

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="the disk is full"):
        build(tmp_path, "two")
    assert (tmp_path / "openecon.duckdb").read_text() == (tmp_path / "latest" / "index.html").read_text() == "one"
    monkeypatch.undo()
    build(tmp_path, "two")
    assert (tmp_path / "openecon.duckdb").read_text() == "two"


def test_the_files_are_on_disk_before_the_name_points_at_them(tmp_path, monkeypatch):
    done = []
    fsync, rename, replace = os.fsync, os.rename, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append(os.readlink(f"/proc/self/fd/{handle}")), fsync(handle)))
    monkeypatch.setattr(os, "rename", lambda *names: (done.append("renamed"), rename(*names)))
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("swapped"), replace(*names)))
    build(tmp_path, "one")
    before = done[: done.index("renamed")]
    building = tmp_path / "building"
    assert {str(building / name) for name in ("openecon.duckdb", "release/index.html", "release/SHA256SUMS")} <= set(before)
    # The folder of builds is on disk with its new name before the link points there, and the links at the end.
    assert done[len(before) : len(before) + 3] == ["renamed", str(tmp_path / "builds"), "swapped"]
    assert done[-1] == str(tmp_path)


def test_debris_of_a_swap_that_was_cut_off_is_no_hindrance(tmp_path):
    build(tmp_path, "one")
    building = warehouse.fresh_building(tmp_path)
    (building / "openecon.duckdb").write_text("two")
    os.symlink("builds/lost", tmp_path / ".swap-current")
    warehouse.publish(tmp_path, "two")
    assert (tmp_path / "openecon.duckdb").read_text() == "two"


def test_a_build_that_exists_already_is_not_made_twice(tmp_path):
    build(tmp_path, "one")
    build(tmp_path, "two")
    inode = (tmp_path / "builds" / "one" / "release" / "index.html").stat().st_ino
    build(tmp_path, "one")
    assert (tmp_path / "builds" / "one" / "release" / "index.html").stat().st_ino == inode
    assert (tmp_path / "openecon.duckdb").read_text() == "one"
    assert not (tmp_path / "building").exists()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda built: (built / "release" / "index.html").write_text("x"), id="file-of-the-release-changed"),
        pytest.param(lambda built: (built / "release" / "manifest.json").unlink(), id="manifest-lost"),
        pytest.param(lambda built: (built / "openecon.duckdb").unlink(), id="database-lost"),
    ],
)
def test_a_build_of_that_name_which_is_damaged_is_replaced(tmp_path, damage):
    damage(build(tmp_path, "one"))
    build(tmp_path, "one")
    assert (tmp_path / "openecon.duckdb").read_text() == (tmp_path / "latest" / "index.html").read_text() == "one"
    assert warehouse.is_whole(warehouse.current_release(tmp_path))


@pytest.mark.parametrize("name", ["openecon.duckdb", "latest"])
@pytest.mark.parametrize("found", ["missing", "elsewhere", "a-file"])
def test_a_link_that_was_tampered_with_is_set_right(tmp_path, name, found):
    build(tmp_path, "one")
    (tmp_path / name).unlink()
    if found == "elsewhere":
        os.symlink("builds/one", tmp_path / name)
    if found == "a-file":
        (tmp_path / name).write_text("x")
    build(tmp_path, "two")
    assert os.readlink(tmp_path / name) == warehouse.LINKS[name]


# Is a release whole?


@pytest.fixture
def release(tmp_path) -> Path:
    return seal(tmp_path / "release", {"index.html": "<p>", "cities/x/得分.csv": "1\n", "all/empty.csv": ""})


def test_a_sealed_release_is_whole(release):
    assert warehouse.is_whole(release)


def append(text: str):
    return lambda path: path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param("index.html", append(" "), id="one-byte-more"),
        pytest.param("index.html", lambda path: path.write_text("<b>"), id="one-byte-changed"),
        pytest.param("cities/x/得分.csv", lambda path: path.write_text(""), id="emptied"),
        pytest.param("cities/x/得分.csv", Path.unlink, id="file-missing"),
        pytest.param("all/empty.csv", Path.unlink, id="empty-file-missing"),
        pytest.param("manifest.json", Path.unlink, id="manifest-missing"),
        pytest.param("manifest.json", lambda path: path.write_text(""), id="manifest-empty"),
        pytest.param("manifest.json", lambda path: path.write_text("{}"), id="manifest-without-the-sum"),
        pytest.param("manifest.json", lambda path: path.write_text("null"), id="manifest-null"),
        pytest.param("manifest.json", lambda path: path.write_text("[]"), id="manifest-a-list"),
        pytest.param("manifest.json", lambda path: path.write_bytes(b"\xff{"), id="manifest-not-utf-8"),
        pytest.param("SHA256SUMS", Path.unlink, id="sums-missing"),
        pytest.param("SHA256SUMS", lambda path: path.write_text(""), id="sums-empty"),
        pytest.param("SHA256SUMS", append("\n"), id="sums-longer"),
    ],
)
def test_any_damage_to_a_release_is_seen(release, name, damage):
    damage(release / name)
    assert not warehouse.is_whole(release)


def test_sums_that_lost_a_line_do_not_fit_the_manifest(release):
    lines = (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    (release / "SHA256SUMS").write_text("".join(lines[1:]), encoding="utf-8")
    assert not warehouse.is_whole(release)


def test_a_release_that_is_not_there_is_not_whole(tmp_path):
    assert not warehouse.is_whole(tmp_path / "nowhere")


# What the last build did


def test_what_was_remembered_is_read_back(tmp_path):
    assert warehouse.last_build(tmp_path) == {}
    warehouse.remember(tmp_path, {"ended": "not published", "problem": "文件为空", "inputs": "a"})
    warehouse.remember(tmp_path, {"ended": "published", "release_id": "2025-08-18-12345678"})
    assert warehouse.last_build(tmp_path) == {"ended": "published", "release_id": "2025-08-18-12345678"}
    assert [path.name for path in tmp_path.iterdir()] == ["last_build.json"]


def test_it_is_written_to_be_read_by_people(tmp_path):
    warehouse.remember(tmp_path, {"problem": "文件为空", "ended": "not published"})
    assert (tmp_path / "last_build.json").read_text(encoding="utf-8") == (
        '{\n "ended": "not published",\n "problem": "文件为空"\n}\n'
    )


def test_a_write_that_fails_leaves_what_was_remembered(tmp_path, monkeypatch):
    warehouse.remember(tmp_path, {"ended": "published"})
    with pytest.raises(TypeError):
        warehouse.remember(tmp_path, {"ended": object()})
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        warehouse.remember(tmp_path, {"ended": "not published"})
    assert warehouse.last_build(tmp_path) == {"ended": "published"}


@pytest.mark.parametrize("content", ["", "{", '{"ended": "publ'])
def test_a_torn_memory_counts_as_none(tmp_path, content):
    (tmp_path / "last_build.json").write_text(content)
    assert warehouse.last_build(tmp_path) == {}


# What a build is a function of


@pytest.fixture
def house(tmp_path) -> House:
    return write_house(tmp_path / "house")


def digests(house: House, **choices) -> tuple[str, str, str, str]:
    inputs = read_inputs(house, **choices)
    return inputs.digest, *map(Inputs.digest_of, (inputs.raw, inputs.seeds, inputs.code))


def append_bytes(name: str):
    return lambda house: (house.root / name).open("ab").write(b"\n")


def write(name: str, content: bytes = b"1\n"):
    def make(house: House) -> None:
        (house.root / name).parent.mkdir(parents=True, exist_ok=True)
        (house.root / name).write_bytes(content)

    return make


def rename(name: str, new: str):
    return lambda house: (house.root / name).rename(house.root / new)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param(append_bytes("raw/customs/files/2024-03.csv"), "raw", id="raw-file-changed"),
        pytest.param(append_bytes("raw/customs/source.yml"), "raw", id="source-yml-changed"),
        pytest.param(write("raw/customs/files/2024-04.csv"), "raw", id="raw-file-added"),
        pytest.param(write("raw/news/source.yml"), "raw", id="source-added"),
        pytest.param(lambda house: (house.raw / "bulletin/files/2025.csv").unlink(), "raw", id="raw-file-taken-away"),
        pytest.param(rename("raw/bulletin/files/2025.csv", "raw/bulletin/files/2026.csv"), "raw", id="raw-file-renamed"),
        pytest.param(append_bytes("seeds/units.csv"), "seeds", id="seed-changed"),
        pytest.param(append_bytes("seeds/framework/mini/framework.yml"), "seeds", id="framework-changed"),
        pytest.param(write("seeds/framework/other/framework.csv"), "seeds", id="framework-added"),
        pytest.param(append_bytes("dagster_project/lib/step.py"), "code", id="python-changed"),
        pytest.param(append_bytes("schemas/table.py"), "code", id="contract-changed"),
        pytest.param(append_bytes("dbt/models/mart.sql"), "code", id="model-changed"),
        pytest.param(append_bytes("dbt/models/mart.yml"), "code", id="column-meaning-changed"),
        pytest.param(write("dbt/macros/sum.sql"), "code", id="macro-added"),
        pytest.param(write("requirements.lock"), "code", id="locked-versions-changed"),
    ],
)
def test_any_change_of_an_input_changes_the_digest(house, change, where):
    before = digests(house)
    change(house)
    after = digests(house)
    assert after[0] != before[0]
    changed = [part for part, old, new in zip(("raw", "seeds", "code"), before[1:], after[1:], strict=True) if old != new]
    assert changed == [where]


def test_a_choice_changes_the_digest(house):
    seen = [
        digests(house, **choices)
        for choices in (
            {},
            {"on": "2025-08-18"},
            {"on": "2025-08-19"},
            {"target": "spark"},
            {"on": "2025-08-18", "target": "spark"},
        )
    ]
    assert len({digest for digest, *_ in seen}) == 5
    assert len({tuple(parts) for _, *parts in seen}) == 1


def test_inputs_are_named_by_where_they_lie_and_hashed_by_what_they_hold(house):
    inputs = read_inputs(house)
    assert set(inputs.raw) == {
        *("raw/bulletin/source.yml", "raw/bulletin/files/2025.csv"),
        *("raw/customs/source.yml", "raw/customs/files/2024-03.csv"),
    }
    assert all(name.startswith("seeds/") for name in inputs.seeds)
    assert set(inputs.code) == {
        "dagster_project/lib/step.py",
        "schemas/table.py",
        "dbt/models/mart.sql",
        "dbt/models/mart.yml",
    }
    assert inputs.raw["raw/customs/files/2024-03.csv"] == hashlib.sha256(CUSTOMS.encode()).hexdigest()


LITTER = [".DS_Store", "~$2025.xlsx", "Thumbs.db", "desktop.ini", ".2025.csv.swp", "cache.pyc"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda house: [os.utime(path, (0, 0)) for path in house.root.rglob("*")], id="only-times-of-modification"),
        *(pytest.param(write(f"raw/customs/files/{name}"), id=f"raw-{name}") for name in LITTER),
        *(pytest.param(write(f"seeds/{name}"), id=f"seeds-{name}") for name in LITTER),
        pytest.param(lambda house: (house.raw / "empty").mkdir(), id="empty-folder"),
        pytest.param(write("dbt/target/compiled/mart.sql"), id="what-dbt-compiled"),
        pytest.param(write("dbt/logs/dbt.yml"), id="what-dbt-logged"),
        pytest.param(write("dagster_project/lib/__pycache__/step.cpython-311.pyc"), id="compiled-python"),
        pytest.param(write("warehouse/builds/one/openecon.duckdb"), id="a-build"),
        pytest.param(write("README.md"), id="a-readme"),
    ],
)
def test_what_is_no_input_does_not_change_the_digest(house, change):
    before = digests(house)
    change(house)
    assert digests(house) == before


def test_the_same_house_elsewhere_has_the_same_digest(tmp_path, house):
    assert digests(write_house(tmp_path / "elsewhere" / "deeper")) == digests(house)


@pytest.mark.parametrize("name", LITTER)
def test_litter(name):
    assert is_litter(Path("files") / name)


@pytest.mark.parametrize("name", ["2025.csv", "source.yml", "DS_Store", "a~$b.csv", "thumbs.csv"])
def test_no_litter(name):
    assert not is_litter(Path("files") / name)


@pytest.mark.parametrize("folder", ["raw", "seeds"])
def test_a_folder_that_is_not_there_is_named(tmp_path, house, folder):
    lost = House(**{"raw": house.raw, "seeds": house.seeds, "root": house.root} | {folder: tmp_path / "lost"})
    with pytest.raises(NoSuchFolder, match=f"{tmp_path / 'lost'} is not a folder: give --raw and --seeds"):
        read_inputs(lost)


def test_inputs_are_kept_and_read_back(tmp_path, house):
    inputs = read_inputs(house, on="2025-08-18")
    inputs.save(tmp_path / "inputs.json")
    assert Inputs.load(tmp_path / "inputs.json") == inputs
    assert Inputs.load(tmp_path / "inputs.json").digest == inputs.digest
    with pytest.raises(FileNotFoundError):
        Inputs.load(tmp_path / "nothing.json")


def test_the_projects_own_house():
    house = House()
    assert (house.raw, house.seeds, house.warehouse, house.dbt) == (
        ROOT / "raw",
        ROOT / "seeds",
        ROOT / "warehouse",
        ROOT / "dbt",
    )
    code = code_hashes()
    assert {"dagster_project/lib/house.py", "schemas/observation.py"} <= set(code)
    assert not any(name.startswith(("tests/", "raw/", "seeds/", "warehouse/")) for name in code)
    assert code["dagster_project/lib/house.py"] == sha256(ROOT / "dagster_project/lib/house.py")
