"""The budgets of a build as ratios in one run: openecon build against the bare dbt build of the same models; nothing changed.

Both sides start from the same state (dbt has parsed the project before) and run in turn, so that a drifting machine shifts both.
Prints; judges nothing. Run with `make bench`.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dagster_project.lib import transform
from dagster_project.lib.house import ROOT, House

RUNS = 3


def timed(words: list[str], **options) -> tuple[float, float]:
    """(wall seconds, processor seconds) of a command that must succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", **options)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Warm up once, then measure RUNS rounds of: full build, bare dbt build over its landing, build in which nothing changed."""
    folder = Path(tempfile.mkdtemp(prefix="openecon-bench-"))
    house = House(warehouse=folder / "warehouse")
    build = [sys.executable, "-m", "dagster_project.cli", "build", "--warehouse", str(house.warehouse)]
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build", *transform.LEFT_OUT, "--log-level", "warn"]
    print(f"{RUNS} rounds in {folder}; warming up", flush=True)
    timed(build, cwd=ROOT)
    results: dict[str, list[tuple[float, float]]] = {"full build": [], "bare dbt build": [], "nothing changed": []}
    for _ in range(RUNS):
        (house.warehouse / "last_build.json").unlink()
        results["full build"].append(timed(build, cwd=ROOT))
        results["nothing changed"].append(timed(build, cwd=ROOT))
        # The bare side reads the landing of the full build, in the place where the models look for it.
        building = house.warehouse / "building"
        shutil.copytree(house.warehouse / "current" / "landing", building / "landing")
        results["bare dbt build"].append(timed(dbt, cwd=ROOT, env=transform.environment(house, building)))
        shutil.rmtree(building)
        print(".", end="", flush=True)
    print(f"\n{'':20}{'wall s':>10}{'cpu s':>10}   (medians)")
    median = {name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in results.items()}
    for name, (wall, cpu) in median.items():
        print(f"{name:20}{wall:10.1f}{cpu:10.1f}")
    ratio = [full[0] / bare[0] for full, bare in zip(results["full build"], results["bare dbt build"], strict=True)]
    idle = [idle[0] / full[0] for idle, full in zip(results["nothing changed"], results["full build"], strict=True)]
    print(f"full build / bare dbt build: {statistics.median(ratio):.2f} ({min(ratio):.2f}–{max(ratio):.2f}), budget 1.5")
    print(f"nothing changed / full build: {statistics.median(idle):.3f} ({min(idle):.3f}–{max(idle):.3f}), budget 0.25")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
