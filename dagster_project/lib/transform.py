"""Running dbt over what has landed. dbt works as a process of its own, so that the database is closed when it ends."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lib import spark
from dagster_project.lib.house import House, Inputs, code_hashes
from dagster_project.lib.index import engine, nightly, robustness
from dagster_project.lib.problems import BuildStopped
from schemas.framework import load_framework


@dataclass(frozen=True)
class DbtResults:
    """What a dbt run did: how many models and tests passed, and the tests that only warn."""

    models: int
    tests: int
    warnings: list[str]


#: Unit tests prove the models' arithmetic when the code changes (make test), not every night.
LEFT_OUT = ("--exclude-resource-type", "unit_test")
#: The halves of a build: what the steps in Python read, and what reads them.
HALVES = {"before": ("--exclude", "source:steps+"), "after": ("--select", "source:steps+")}


def environment(house: House, building: Path) -> dict[str, str]:
    """The environment dbt needs: where the build lies, and where its own files go."""
    return os.environ | {
        "OPENECON_BUILDING": str(building),
        "DBT_PROJECT_DIR": str(house.dbt),
        "DBT_PROFILES_DIR": str(house.dbt),
        "DBT_TARGET_PATH": str(target_path(house)),
        "DBT_LOG_PATH": str(house.warehouse / "docs" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def target_path(house: House) -> Path:
    """Where dbt keeps its manifest and what it parsed; the same folder for all builds of one warehouse."""
    return house.warehouse / ".cache" / "dbt"


def run_dbt(house: House, building: Path, target: str = "duckdb") -> DbtResults:
    """Build and test all models; on either engine the marts are then in building/openecon.duckdb.

    Raises BuildStopped naming each failed model or test and what it found.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.lib.dbt_process", *map(str, (house.seeds, house.warehouse, building)), target],
        env=environment(house, building),
        cwd=house.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,
        text=True,
        encoding="utf-8",
    )
    said = "\n".join(done.stdout.splitlines()[-30:])
    found = results(building, said)
    if done.returncode != 0:
        raise BuildStopped("the models could not be built:\n" + said)
    if target == "spark":
        spark.bring_marts(building, target_path(house) / "manifest.json")
    return found


def run_steps(house: House, building: Path, models: list[engine.Model], target: str = "duckdb") -> None:
    """Between the halves of a build: what the index needs beyond SQL, from the tables that the first half left."""
    landing = building / "landing"
    thresholds = dict(pl.read_parquet(landing / "declared" / "thresholds.parquet").select("threshold", "value").iter_rows())
    asked = robustness.Asked(int(thresholds["rank_draws"]), int(thresholds["rank_seed"]))
    read = partial(_model, building, target)
    breaks = read("int_indicators__breaks")
    nightly.write(nightly.tables(nightly.given(read, landing), breaks, frameworks(house), models, asked), landing)


def _model(building: Path, target: str, name: str) -> pl.DataFrame:
    if target == "spark":
        return pl.read_parquet(building / spark.FOLDER / "tables" / "intermediate.db" / name / "*.parquet")
    with duckdb.connect(building / "openecon.duckdb") as connection:
        return engine.fetch(connection, f"from intermediate.{name}")


def index_cache(house: House) -> Path:
    """Where the compiled models of the index engine are kept."""
    return house.warehouse / ".cache" / "index"


def keep_results(house: House, building: Path, half: str) -> None:
    """Lay what dbt did in one half of a build beside the build: the other half overwrites it."""
    kept = building / "dbt" / f"{half}.json"
    kept.parent.mkdir(exist_ok=True)
    shutil.move(target_path(house) / "run_results.json", kept)


def raw_results(building: Path) -> list[dict]:
    """What dbt says of each model and test of a build."""
    files = [building / "dbt" / f"{half}.json" for half in HALVES]
    return [result for path in files if path.is_file() for result in json.loads(path.read_text(encoding="utf-8"))["results"]]


def results(building: Path, said: str = "") -> DbtResults:
    """What dbt did in a build. Raises BuildStopped naming each failed model or test."""
    return _judge(raw_results(building), said)


def manifest(house: House) -> Path:
    """dbt's description of the project, made anew where the dbt files have changed since."""
    path = target_path(house) / "manifest.json"
    mark = target_path(house) / "manifest.inputs"
    hashes = {name: digest for name, digest in code_hashes(house.root).items() if name.startswith("dbt/")}
    digest = Inputs.digest_of(hashes | {"levels": levels(house)})
    path.parent.mkdir(parents=True, exist_ok=True)
    # Several processes of Dagster load the project at once: one of them makes the file, the others wait for it to be whole.
    with (path.parent / "manifest.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not path.is_file() or not mark.is_file() or mark.read_text() != digest:
            said = _parse(house)
            if not path.is_file():
                raise BuildStopped("dbt could not read the models:\n" + said)
            mark.write_text(digest)
    return path


def levels(house: House) -> str:
    """How deep the trees of seeds/framework are, as dbt takes it: the models of deeper levels do not exist."""
    return json.dumps({"deepest_level": max(load_framework(folder).nodes["level"].max() for folder in frameworks(house))})


def frameworks(house: House) -> list[Path]:
    """The folders of the frameworks, in the order of their names."""
    return sorted(folder for folder in (house.seeds / "framework").iterdir() if folder.is_dir())


def _parse(house: House) -> str:
    """Have dbt read the project; returns the last lines it printed."""
    words = ["parse", "--vars", levels(house), "--log-level", "warn", "--no-use-colors"]
    done = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *words],
        env=environment(house, house.warehouse / "building"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,
        text=True,
        encoding="utf-8",
    )
    return "\n".join(done.stdout.splitlines()[-30:])


def _judge(results: list[dict], said: str) -> DbtResults:
    failed = [result for result in results if result["status"] in ("error", "fail", "runtime error")]
    if failed:
        told = [f"{_name(result)}: {(result.get('message') or '').strip()}" for result in failed]
        raise BuildStopped("the models or their tests failed:\n  " + "\n  ".join(told))
    if not results:
        raise BuildStopped("dbt ran no model:\n" + said)
    models = [result for result in results if result["unique_id"].startswith("model.")]
    tests = [result for result in results if result["unique_id"].startswith(("test.", "unit_test."))]
    warnings = [f"{_name(result)}: {result.get('message')}" for result in tests if result["status"] == "warn"]
    return DbtResults(len(models), len(tests), warnings)


def _name(result: dict) -> str:
    return result["unique_id"].split(".")[2] if result["unique_id"].startswith("test.") else result["unique_id"].split(".", 2)[-1]
