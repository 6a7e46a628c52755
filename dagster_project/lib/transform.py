"""Running dbt over what has landed. dbt works as a process of its own, so that the database is closed when it ends."""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lib import spark
from dagster_project.lib.house import House, Inputs, code_hashes
from dagster_project.lib.index import engine, stages
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
    run_steps(house, building, target)
    (target_path(house) / "run_results.json").unlink(missing_ok=True)
    done = results(house, _call(house, building, "build", *LEFT_OUT, "--target", target))
    if target == "spark":
        spark.bring_marts(building, target_path(house) / "manifest.json")
    return done


def run_steps(house: House, building: Path, target: str = "duckdb") -> None:
    """Run the steps in Python that the frameworks ask for (lib/index/stages.py), each on the models before it.

    A framework of declared weights without treatment of outliers asks for none; then this only leaves their empty tables.
    """
    landing = building / "landing"
    for name, frame in stages.EMPTY.items():
        (landing / "steps" / name).mkdir(parents=True, exist_ok=True)
        frame.write_parquet(landing / "steps" / name / "none.parquet")
    nodes, settings, weightings = (
        pl.read_parquet(landing / "declared" / f"framework_{name}.parquet") for name in ("nodes", "settings", "weightings")
    )
    tables, built = _Tables(building, target), set()
    for model, due in stages.due(nodes, settings, weightings).items():
        wanted = _above(manifest(house), model) - built
        (target_path(house) / "run_results.json").unlink(missing_ok=True)
        results(house, _call(house, building, "run", "--select", *sorted(wanted), "--target", target))
        built |= wanted
        for stage in due:
            stage(tables)


def _above(manifest: Path, model: str) -> set[str]:
    """The models that must have run before this one."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    found, waiting = set(), [f"model.openecon.{model}"]
    while waiting:
        above = {key for key in nodes[waiting.pop()]["depends_on"]["nodes"] if key.startswith("model.")} - found
        found |= above
        waiting += above
    return {nodes[key]["name"] for key in found}


class _Tables:
    """How a step reads the models of a build and leaves what it found for the models after it."""

    def __init__(self, building: Path, target: str) -> None:
        self.building, self.target, self.written = building, target, 0

    def read(self, name: str) -> pl.DataFrame:
        if name.startswith("framework_"):
            return pl.read_parquet(self.building / "landing" / "declared" / f"{name}.parquet")
        if self.target == "spark":
            return pl.read_parquet(self.building / spark.FOLDER / "tables" / "intermediate.db" / name / "*.parquet")
        with duckdb.connect(self.building / "openecon.duckdb", read_only=True) as connection:
            return engine.fetch(connection, f"from intermediate.{name}")

    def write(self, name: str, frame: pl.DataFrame) -> None:
        self.written += 1
        frame.write_parquet(self.building / "landing" / "steps" / name / f"{self.written:03}.parquet")


def results(house: House, said: str = "") -> DbtResults:
    """What the last dbt run of a warehouse did. Raises BuildStopped naming each failed model or test."""
    path = target_path(house) / "run_results.json"
    if not path.is_file():
        raise BuildStopped("dbt could not run:\n" + said)
    return _judge(json.loads(path.read_text(encoding="utf-8"))["results"], said)


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
            said = _call(house, house.warehouse / "building", "parse")
            if not path.is_file():
                raise BuildStopped("dbt could not read the models:\n" + said)
            mark.write_text(digest)
    return path


def levels(house: House) -> str:
    """How deep the trees of seeds/framework are, as dbt takes it: the models of deeper levels do not exist."""
    folders = [folder for folder in (house.seeds / "framework").iterdir() if folder.is_dir()]
    return json.dumps({"deepest_level": max(load_framework(folder).nodes["level"].max() for folder in folders)})


def _call(house: House, building: Path, *words: str) -> str:
    """Run dbt with these words; returns the last lines it printed."""
    words = (*words, "--vars", levels(house))
    command = "from dagster_project.lib.spark import dbt; dbt()" if "spark" in words else "from dbt.cli.main import cli; cli()"
    call = [sys.executable, "-c", command, *words, "--log-level", "warn", "--no-use-colors"]
    done = subprocess.run(
        call,
        env=environment(house, building),
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
