"""The budget of landing as a ratio in one run: reading, checking and writing a tidy CSV against DuckDB's COPY of the same file.

Each side runs in a process of its own, in turn, so that its peak memory is its own and a drifting machine shifts both. Prints;
judges nothing. Run with `make bench`; `python tests/bench/bench_landing.py 1000000` for one size.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from dagster_project.lib import declarations, landing
from dagster_project.lib.house import House, read_inputs

SIZES = (1_000_000, 10_000_000)
RUNS = 3
SOURCE = "synthetic_load"


def write_csv(path: Path, lines: int) -> None:
    """A tidy file of monthly trade figures of known areas; one value in ten thousand is no number."""
    # A code with a hyphen first, or DuckDB takes the codes for numbers.
    areas = sorted(declarations.load(House())["areas"]["ref_area"], key=str.isdigit)
    months = lines // (3 * len(areas)) + 1
    chance = np.random.default_rng(2018)
    with path.open("wb") as stream:
        header = True
        for start in range(0, lines, 500_000):
            place = np.arange(start, min(start + 500_000, lines))
            month = place // 3 % months
            printed = np.char.mod("%.2f", chance.lognormal(9, 2, place.size))
            printed[chance.random(place.size) < 1e-4] = "n.a."
            frame = pl.DataFrame(
                {
                    "city_zh": "",
                    "adcode": np.array(areas)[place // 3 // months],
                    "period": [f"{1000 + number // 12}-{number % 12 + 1:02d}" for number in month.tolist()],
                    "frequency": "monthly",
                    "indicator": np.array(["货物进出口总额", "货物出口额", "货物进口额"])[place % 3],
                    "value": printed,
                    "unit": "万元",
                    "obs_status": "",
                    "quote": "",
                }
            )
            stream.write(frame.write_csv(include_header=header, quote_style="never").encode())
            header = False


def raw_folder(folder: Path, csv: Path) -> Path:
    """raw/ with this one file."""
    files = folder / "raw" / SOURCE / "files"
    files.mkdir(parents=True)
    csv.rename(files / "load.csv")
    listed = {"file": "files/load.csv", "title_zh": "负载", "address": None, "published_on": "2026-01-01"}
    declared = {"source_id": SOURCE, "publisher_zh": "合成", "publisher_en": "synthetic", "domain": "trade", "title_zh": "负载"}
    declared |= {"title_en": "load", "address": None, "licence": "none", "layout": "tidy_long", "frequency": "M"}
    declared |= {"obs_status": "A", "files": [listed | {"published_basis": "obtained"}]}
    (files.parent / "source.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    return folder / "raw"


def land(folder: Path) -> None:
    """What a build does with the file: read, resolve, validate, quarantine, write."""
    house = House(raw=folder / "raw", warehouse=folder / "warehouse")
    declared, inputs = declarations.load(house), read_inputs(house)
    began = time.perf_counter()
    told = landing.write(landing.land(house, declared, [SOURCE], inputs.raw), folder / "landing", "all")
    print(time.perf_counter() - began, _peak(), f"{told.figures + told.held:,} figures, {told.held:,} of them held")


def copy(folder: Path) -> None:
    """DuckDB alone."""
    import duckdb

    csv = folder / "raw" / SOURCE / "files" / "load.csv"
    began = time.perf_counter()
    rows = duckdb.execute(f"copy (from read_csv('{csv}')) to '{folder / 'copy.parquet'}' (format parquet)").fetchone()
    print(time.perf_counter() - began, _peak(), f"{rows[0]:,} rows")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measured(side: str, folder: Path) -> tuple[float, float, str]:
    """(seconds, peak GiB, what it said) of one side in a process of its own."""
    done = subprocess.run([sys.executable, __file__, side, str(folder)], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{side} failed:\n{done.stderr[-3000:]}")
    seconds, peak, said = done.stdout.strip().split(" ", 2)
    return float(seconds), float(peak), said


def main(sizes: tuple[int, ...]) -> None:
    """Print for each size: seconds and peak memory of both sides, and the ratio of their medians."""
    for lines in sizes:
        folder = Path(tempfile.mkdtemp(prefix="openecon-bench-"))
        write_csv(folder / "load.csv", lines)
        megabytes = (folder / "load.csv").stat().st_size / 1e6
        raw_folder(folder, folder / "load.csv")
        runs = {"land": [], "copy": []}
        for _ in range(RUNS):
            for side, told in runs.items():
                told.append(measured(side, folder))
        seconds = {side: statistics.median(run[0] for run in told) for side, told in runs.items()}
        ratios = [ours[0] / theirs[0] for ours, theirs in zip(runs["land"], runs["copy"], strict=True)]
        print(f"{lines:,} lines, {megabytes:,.0f} MB, {RUNS} rounds")
        for side, told in runs.items():
            print(f"  {side}: {seconds[side]:6.2f} s, peak {max(run[1] for run in told):.2f} GiB ({told[0][2]})")
        print(f"  landing / COPY: {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}), budget 2")
        shutil.rmtree(folder)


if __name__ == "__main__":
    if sys.argv[1:2] in (["land"], ["copy"]):
        {"land": land, "copy": copy}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
