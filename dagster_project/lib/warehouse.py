"""The warehouse folder: one build at a time in building/, published by one rename. Standard library only.

building/            the build in progress; whatever lies here without a running build is debris
builds/<id>/         complete builds
current              link to the published build, replaced in one step
openecon.duckdb      link through current
latest               link through current
last_build.json      what the last build did, for `openecon doctor` and for the early exit
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

LINKS = {"openecon.duckdb": "current/openecon.duckdb", "latest": "current/release"}


class Busy(Exception):
    """Another build holds this warehouse. The message names it."""


@contextmanager
def lock(warehouse: Path) -> Iterator[None]:
    """Hold the warehouse for one build. The kernel frees the lock when the process ends, however it ends."""
    warehouse.mkdir(parents=True, exist_ok=True)
    with (warehouse / ".lock").open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "a build that has only just begun"
            raise Busy(f"{warehouse} is held by {holder}. Wait until it has ended, then start again.") from None
        # Children inherit the lock (close_fds=False): should only this process be killed, what it started still holds it.
        os.set_inheritable(handle.fileno(), True)
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}, started {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        handle.flush()
        try:
            yield
        finally:
            handle.seek(0)
            handle.truncate()


def fresh_building(warehouse: Path) -> Path:
    """An empty folder for the build in progress; what an ended build left there is removed. Call under the lock."""
    building = warehouse / "building"
    shutil.rmtree(building, ignore_errors=True)
    for debris in warehouse.glob(".swap-*"):
        debris.unlink(missing_ok=True)
    building.mkdir(parents=True)
    (warehouse / "builds").mkdir(exist_ok=True)
    return building


def _swap_link(link: Path, target: str) -> None:
    """Point a link at `target` in one step: readers see the old or the new, never nothing."""
    aside = link.with_name(f".swap-{link.name}")
    aside.unlink(missing_ok=True)
    os.symlink(target, aside)
    os.replace(aside, link)


def publish(warehouse: Path, build_id: str) -> Path:
    """Move building/ to builds/<id> unless that build lies there whole, then make it current. Returns its folder."""
    building, built = warehouse / "building", warehouse / "builds" / build_id
    damaged = built.with_name(f".damaged-{build_id}")
    if built.exists() and not (is_whole(built / "release") and (built / "openecon.duckdb").is_file()):
        os.rename(built, damaged)
    if built.exists():
        shutil.rmtree(building)
    else:
        for path in (building, *building.rglob("*")):
            _sync(path)
        os.rename(building, built)
        _sync(built.parent)
    shutil.rmtree(damaged, ignore_errors=True)
    _swap_link(warehouse / "current", f"builds/{build_id}")
    for name, target in LINKS.items():
        link = warehouse / name
        if not link.is_symlink() or os.readlink(link) != target:
            _swap_link(link, target)
    _sync(warehouse)
    return built


def _sync(path: Path) -> None:
    """Have a file or folder on disk before a name points at it, so that a power cut cannot publish half a build."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def current_release(warehouse: Path) -> Path | None:
    """The published release, by its real path, or None before the first."""
    release = warehouse / "current" / "release"
    return release.resolve() if release.is_dir() else None


def current_id(warehouse: Path) -> str | None:
    """The id of the published build, or None before the first."""
    release = current_release(warehouse)
    return release.parent.name if release else None


def is_whole(release: Path) -> bool:
    """True if the manifest is there, fits SHA256SUMS, and every file fits its checksum."""
    sums, manifest = release / "SHA256SUMS", release / "manifest.json"
    if not (sums.is_file() and manifest.is_file()):
        return False
    try:
        promised = json.loads(manifest.read_text(encoding="utf-8"))["sha256sums_sha256"]
    except (ValueError, KeyError, TypeError):
        return False
    listing = sums.read_bytes()
    if hashlib.sha256(listing).hexdigest() != promised:
        return False
    for line in listing.decode().splitlines():
        digest, _, name = line.partition("  ")
        path = release / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return False
    return True


def remember(warehouse: Path, outcome: dict) -> None:
    """Write last_build.json in one step."""
    aside = warehouse / ".swap-last_build.json"
    aside.write_text(json.dumps(outcome, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(aside, warehouse / "last_build.json")


def last_build(warehouse: Path) -> dict:
    """What the last build did; empty before the first."""
    try:
        return json.loads((warehouse / "last_build.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
