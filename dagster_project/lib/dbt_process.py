"""dbt as a process of its own, so that the database is closed when it ends: both halves of a build and the steps between them.

One process for all of it, because starting dbt and reading the project take as long as a third of the models.
python -m dagster_project.lib.dbt_process SEEDS WAREHOUSE BUILDING TARGET
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dbt.cli.main import dbtRunner, dbtRunnerResult

from dagster_project.lib import spark, transform
from dagster_project.lib.house import House
from dagster_project.lib.index import engine
from dagster_project.lib.problems import BuildStopped
from schemas.source import DeclarationProblem


def main(house: House, building: Path, target: str) -> bool:
    """Build and test the models, with the steps between the halves; False where one failed (dbt has then said why)."""
    if target == "spark":
        spark.leave_ansi_on()
    words = ["--vars", transform.levels(house), "--target", target, "--log-level", "warn", "--no-use-colors"]
    with ThreadPoolExecutor(1) as aside:
        # Compiled only where the code has changed, and then by another process.
        models = aside.submit(engine.compiled, transform.index_cache(house))
        manifest = _succeeded(dbtRunner().invoke(["parse", *words])).result
        for half, selection in transform.HALVES.items():
            if half == "after":
                transform.run_steps(house, building, models.result(), target)
            done = dbtRunner(manifest=manifest).invoke(["build", *transform.LEFT_OUT, *selection, *words])
            if done.result is not None:
                transform.keep_results(house, building, half)
            if not done.success:
                return False
    return True


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
