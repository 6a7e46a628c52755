"""What tests share: a real build made once, and small ways to run the command as a user would."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.lib.house import ROOT

COMMAND = [sys.executable, "-m", "dagster_project.cli"]


@dataclass(frozen=True)
class Run:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


def openecon(*words: object, env: dict[str, str] | None = None, timeout: int = 600) -> Run:
    """Run the command in a process of its own, from a folder that is not the project's."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        env=os.environ | (env or {}),
        cwd="/",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Built:
    """A published build of the project's own raw/ and seeds/."""

    warehouse: Path
    run: Run

    @property
    def release(self) -> Path:
        return self.warehouse / "latest"

    @property
    def database(self) -> Path:
        return self.warehouse / "openecon.duckdb"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The nightly job over the real statistics, run once for all tests of all processes; nobody may change it."""
    # Processes of pytest-xdist have folders of their own below the one of the run.
    parallel = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent if parallel else tmp_path_factory.mktemp("built")
    warehouse, said = folder / "built" / "warehouse", folder / "built" / "run.json"
    warehouse.parent.mkdir(exist_ok=True)
    with (folder / "built.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not said.is_file():
            # In this process, so that coverage sees the command; everywhere else it runs in one of its own.
            result = CliRunner().invoke(app, ["build", "--warehouse", str(warehouse)])
            said.write_text(json.dumps([result.exit_code, result.stdout, result.stderr]), encoding="utf-8")
    run = Run(*json.loads(said.read_text(encoding="utf-8")))
    assert run.status == 0, run.out + run.err
    return Built(warehouse, run)


@pytest.fixture
def own(tmp_path: Path, built: Built) -> tuple[Path, Path]:
    """(raw, warehouse) that a test may change: a copy of raw/, and of the built warehouse with its links."""
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    shutil.copytree(ROOT / "raw", raw)
    shutil.copytree(built.warehouse, warehouse, symlinks=True)
    return raw, warehouse


@pytest.fixture(scope="session")
def index_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which the models of the index engine are compiled once for all tests."""
    return tmp_path_factory.mktemp("index") / "warehouse"


@pytest.fixture(scope="session")
def index_cache(index_warehouse: Path) -> Path:
    """Where `openecon index` keeps the compiled models in that warehouse."""
    return index_warehouse / ".cache" / "index"
