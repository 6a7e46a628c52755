"""dbt as a process of its own, so that the database is closed when it ends: both halves of a build and the steps between them.

One process for all of it, because starting dbt and reading the project take as long as a third of the models.
python -m dagster_project.lib.dbt_process SEEDS WAREHOUSE BUILDING TARGET
"""

import json
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner, dbtRunnerResult

from dagster_project.lib import spark, transform
from dagster_project.lib.house import House
from dagster_project.lib.index import engine, nightly
from dagster_project.lib.problems import BuildStopped
from schemas.source import DeclarationProblem


def main(house: House, building: Path, target: str) -> bool:
    """Build and test the models, with the steps between the halves; False where one failed (dbt has then said why)."""
    if target == "spark":
        spark.leave_ansi_on()
    words = ["--vars", transform.levels(house), "--log-level", "warn", "--no-use-colors"]
    manifest = _succeeded(dbtRunner().invoke(["parse", *words, "--target", target])).result
    # Spark looks at every source as it starts, also at those that only the second half reads.
    nightly.write(nightly.EMPTY, building / "landing")
    for half, selection in transform.HALVES.items():
        if half == "after":
            # In memory it is DuckDB that runs them, whatever the target is.
            models = _compiled(house, building, manifest if target == "duckdb" else None, words)
            transform.run_steps(house, building, models, target)
        done = dbtRunner(manifest=manifest).invoke(["build", *transform.LEFT_OUT, *selection, *words, "--target", target])
        if done.result is not None:
            transform.keep_results(house, building, half)
        if not done.success:
            return False
    return True


def _compiled(house: House, building: Path, manifest, words: list[str]) -> list[engine.Model]:
    """The models of the engine, compiled in this process where that is spared a second start of dbt."""

    def here(deepest: int) -> list[engine.Model]:
        done = _succeeded(dbtRunner(manifest=manifest).invoke(["compile", "--select", f"path:{engine.FOLDER}", *words]))
        return list(engine.ordered({found.node.unique_id: found.node.to_dict() for found in done.result}, building))

    deepest = json.loads(transform.levels(house))["deepest_level"]
    return engine.compiled(transform.index_cache(house), deepest, here if manifest else None)


def _succeeded(done: dbtRunnerResult) -> dbtRunnerResult:
    if not done.success:
        sys.exit(f"dbt could not read the models: {done.exception or 'see above'}")
    return done


if __name__ == "__main__":
    seeds, warehouse, building, target = sys.argv[1:]
    try:
        sys.exit(not main(House(seeds=Path(seeds), warehouse=Path(warehouse)), Path(building), target))
    except (BuildStopped, DeclarationProblem) as problem:
        sys.exit(str(problem))
