"""The budget of the index engine as a ratio in one run: min–max, entropy weights, five pillars and the index, against numpy.

Each side runs in a process of its own, in turn, so that its peak memory is its own and a drifting machine shifts all. Scores and
ranks of the engine are first compared with the reference's: a difference ends the run. Times judge nothing. `--large` adds a
size; `--peers PYTHON` names an interpreter that has scikit-criteria and pymcdm, if this one has not.

What is timed: `dense` from a numpy array (indicator × area × month) to arrays of scores and ranks; `long` from the engine's long
table to a long table of the same; `engine` from the long table in polars to int_index__scores, loading into DuckDB included,
compiling by dbt not. The peers know no missing values, no panel and no tree: they get each month's matrix of each pillar, and
then of the five pillar scores, missing cells filled with the column's mean beforehand. Their scores are others; only their time
is shown.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Nothing but numpy up here: the peers' interpreter need not have the project's libraries.
import numpy as np

SIZES = ((300, 60, 120), (9, 40, 120))
LARGE = (3000, 60, 120)
RUNS = 3
PASSES = 3
PILLARS = 5
MISSING = 0.02
TOLERANCE = 1e-9
OURS = ("dense", "long", "engine")
PEERS = {"skcriteria": "scikit-criteria", "pymcdm": "pymcdm"}
RAN = "int_index__scores"


# The data


def write_data(folder: Path, size: tuple[int, int, int]) -> None:
    """The same figures as arrays (values.npy, directions.npy) and as the tables the engine is given (Parquet)."""
    folder.mkdir()
    areas, indicators, months = size
    chance = np.random.default_rng(2018)
    level = chance.lognormal(3, 1, (indicators, areas, 1))
    values = level * chance.lognormal(0, 0.3, (indicators, areas, months))
    values[chance.random(values.shape) < MISSING] = np.nan
    directions = np.where(chance.random(indicators) < 0.2, -1, 1)
    np.save(folder / "values.npy", values)
    np.save(folder / "directions.npy", directions)
    for name, table in _tables(folder, values, directions).items():
        table.write_parquet(folder / f"{name}.parquet")


def _codes(indicators: int) -> list[str]:
    return [f"x{number:02d}" for number in range(indicators)]


def _tables(folder: Path, values: np.ndarray, directions: np.ndarray) -> dict:
    import polars as pl

    from dagster_project.lib.index import command
    from schemas import framework as contract

    indicators, areas, months = values.shape
    declared = contract.load_framework(_framework(folder / "framework", directions))
    labels = [f"{2010 + month // 12}-{month % 12 + 1:02d}" for month in range(months)]
    one = pl.DataFrame(
        {
            "ref_area": np.repeat([f"A{area:04d}" for area in range(areas)], months),
            "time_period": np.tile(labels, areas),
            "indicator": "x00",
            "obs_value": 1.0,
            "line": np.arange(areas * months, dtype=np.int32),
        }
    )
    tables, _ = command.tables(declared, one)
    ids = dict(tables["nodes"].select("code", "node_id").iter_rows())
    node, area, period = (axis.ravel() for axis in np.indices(values.shape, dtype=np.int32))
    value = pl.Series(values.ravel()).fill_nan(None)
    observed = pl.DataFrame(
        {
            "node_id": np.array([ids[code] for code in _codes(indicators)], dtype=np.int32)[node],
            "area_id": area + 1,
            "period_id": period + 1,
            "value": value,
        }
    ).with_columns(reason=pl.when(pl.col("value").is_null()).then(pl.lit("missing")), is_zero=pl.lit(False))
    return tables | {"observed": observed}


def _framework(folder: Path, directions: np.ndarray) -> Path:
    """Five pillars of as many indicators each."""
    folder.mkdir()
    each = len(directions) // PILLARS
    rows = ["code,type,parent,direction", "index,index,,"]
    rows += [f"pillar{pillar},group,index," for pillar in range(PILLARS)]
    for number, (code, direction) in enumerate(zip(_codes(len(directions)), directions, strict=True)):
        rows.append(f"{code},indicator,pillar{number // each},{direction}")
    (folder / "framework.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "framework.yml").write_text("id: bench\nweighting: {method: entropy}\n", encoding="utf-8")
    return folder


# The reference


def reference(values: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(scores, ranks) of the index and the five pillars: node × area × month. A missing cell is NaN, and no rank is 0."""
    indicators, areas, months = values.shape
    x = values.reshape(indicators, -1)
    low, high = np.fmin.reduce(x, axis=1), np.fmax.reduce(x, axis=1)
    start, sign = np.where(directions > 0, low, high), np.where(directions > 0, 1.0, -1.0)
    z = (x - start[:, None]) * (sign / (high - low))[:, None]
    each = indicators // PILLARS
    pillars = np.array([_combined(z[first : first + each]) for first in range(0, indicators, each)])
    low, high = np.fmin.reduce(pillars, axis=1)[:, None], np.fmax.reduce(pillars, axis=1)[:, None]
    index = _weighted(pillars, _entropy_weights((pillars - low) / (high - low)))
    scores = 100 * np.concatenate([index[None], pillars]).reshape(PILLARS + 1, areas, months)
    return scores, _ranks(scores)


def _combined(z: np.ndarray) -> np.ndarray:
    return _weighted(z, _entropy_weights(z))


def _entropy_weights(z: np.ndarray) -> np.ndarray:
    """Of children × cells in the unit interval. Σ p ln p with p = z/Σz is Σ z ln z / Σz - ln Σz."""
    present = z > 0
    total = np.add.reduce(z, axis=1, where=present)
    logs = np.log(z, out=np.zeros_like(z), where=present)
    logs *= np.where(present, z, 0)
    entropy = np.log(total) - logs.sum(axis=1) / total
    d = 1 - entropy / np.log((~np.isnan(z)).sum(axis=1))
    return d / d.sum()


def _weighted(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean of each cell's present children, their weights rescaled; NaN where there is none."""
    present = ~np.isnan(z)
    with np.errstate(invalid="ignore"):
        return (weights @ np.where(present, z, 0)) / (weights @ present)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Competition ranks among the areas, of scores rounded to ten significant digits."""
    with np.errstate(divide="ignore"):
        unit = 10.0 ** (9 - np.floor(np.log10(np.abs(scores))))
    rounded = np.where(scores == 0, 0, np.round(scores * unit) / unit)
    order = np.argsort(-rounded, axis=1, kind="stable")
    ordered = np.take_along_axis(rounded, order, axis=1)
    differs = np.ones(scores.shape, dtype=bool)
    differs[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    place = np.arange(1, scores.shape[1] + 1, dtype=np.int32)[None, :, None]
    ranks = np.empty(scores.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, np.maximum.accumulate(np.where(differs, place, 0), axis=1), axis=1)
    ranks[np.isnan(scores)] = 0
    return ranks


# The sides: each reads its input and returns what is timed


def dense(folder: Path) -> Callable[[], object]:
    """The reference on arrays."""
    values, directions = np.load(folder / "values.npy"), np.load(folder / "directions.npy")
    return lambda: reference(values, directions)


def long(folder: Path) -> Callable[[], object]:
    """The reference on the engine's long table, whose rows may stand in any order, with a long table as result."""
    import polars as pl

    observed = pl.read_parquet(folder / "observed.parquet").select("node_id", "area_id", "period_id", "value")
    directions, (leaves, parents) = np.load(folder / "directions.npy"), _node_ids(folder)

    def run() -> pl.DataFrame:
        node, area, period = (observed[name].to_numpy() for name in ("node_id", "area_id", "period_id"))
        place = np.zeros(max(leaves) + 1, dtype=np.int64)
        place[leaves] = np.arange(len(leaves))
        values = np.full((len(leaves), area.max(), period.max()), np.nan)
        values[place[node], area - 1, period - 1] = observed["value"].to_numpy()
        scores, ranks = reference(values, directions)
        node, area, period = (axis.ravel() for axis in np.indices(scores.shape, dtype=np.int32))
        columns = {"node_id": np.array(parents, dtype=np.int32)[node], "area_id": area + 1, "period_id": period + 1}
        return pl.DataFrame(columns | {"value": scores.ravel(), "rank": ranks.ravel()})

    return run


def _node_ids(folder: Path) -> tuple[list[int], list[int]]:
    """node_id of the indicators, and of index and pillars, in the reference's order."""
    import polars as pl

    nodes = pl.read_parquet(folder / "nodes.parquet").sort("code")
    parents = pl.concat([nodes.filter(type="index"), nodes.filter(type="group")])
    return nodes.filter(type="indicator")["node_id"].to_list(), parents["node_id"].to_list()


def engine(folder: Path) -> Callable[[], object]:
    """The engine until its scores stand in a table."""
    models, tables = _given(folder)

    def run() -> None:
        from dagster_project.lib.index import engine

        with engine.session(tables) as connection:
            engine.run(connection, models, until=RAN)

    return run


def _given(folder: Path) -> tuple[list, dict]:
    """The compiled models, kept beside the data, and the engine's tables."""
    import polars as pl

    from dagster_project.lib.index import engine

    names = ("nodes", "frameworks", "weightings", "matrices", "changes", "areas", "periods", "observed")
    return engine.compiled(folder.parent / "models"), {name: pl.read_parquet(folder / f"{name}.parquet") for name in names}


def engine_scores(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(scores, ranks) of the engine in the shape of the reference."""
    import polars as pl

    from dagster_project.lib.index import engine

    models, tables = _given(folder)
    with engine.session(tables) as connection:
        engine.run(connection, models, until=RAN)
        found = engine.fetch(connection, f"select node_id, area_id, period_id, value, rank from intermediate.{RAN}")
    shape = (PILLARS + 1, tables["areas"].height, tables["periods"].height)
    order = pl.DataFrame({"node_id": _node_ids(folder)[1], "place": range(PILLARS + 1)}, schema_overrides={"node_id": pl.Int32})
    found = found.join(order, on="node_id").sort("place", "area_id", "period_id")
    scores = found["value"].fill_null(float("nan")).to_numpy()
    return scores.reshape(shape), found["rank"].fill_null(0).to_numpy().reshape(shape)


def skcriteria(folder: Path) -> Callable[[], object]:
    """scikit-criteria: one pipeline for every pillar of every month."""
    from skcriteria import mkdm
    from skcriteria.agg.simple import WeightedSumModel
    from skcriteria.pipeline import mkpipe
    from skcriteria.preprocessing.invert_objectives import NegateMinimize
    from skcriteria.preprocessing.scalers import MinMaxScaler
    from skcriteria.preprocessing.weighters import EntropyWeighter

    pipe = mkpipe(NegateMinimize(), MinMaxScaler(target="matrix"), EntropyWeighter(), WeightedSumModel())
    return _month_by_month(folder, lambda matrix, signs: pipe.evaluate(mkdm(matrix, signs.tolist())).e_.score)


def pymcdm(folder: Path) -> Callable[[], object]:
    """pymcdm: entropy weights of the raw matrix (its entropy does not take the zeros of min–max), and a weighted sum."""
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization
    from pymcdm.weights import entropy_weights

    body = WSM(minmax_normalization)
    return _month_by_month(folder, lambda matrix, signs: body(matrix, entropy_weights(matrix), signs))


def _month_by_month(folder: Path, scored: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[], object]:
    values, directions = np.load(folder / "values.npy"), np.load(folder / "directions.npy")
    values = np.where(np.isnan(values), np.nanmean(values, axis=1, keepdims=True), values)
    months = np.ascontiguousarray(values.transpose(2, 1, 0))
    each = len(directions) // PILLARS
    parts = [slice(first, first + each) for first in range(0, len(directions), each)]

    def run() -> list[np.ndarray]:
        found = []
        for month in months:
            pillars = np.column_stack([scored(month[:, part], directions[part]) for part in parts])
            found.append(scored(pillars, np.ones(PILLARS, dtype=int)))
        return found

    return run


# Measuring


def check(folder: Path) -> None:
    """Print the largest difference of engine and reference; end with status 1 if it is one."""
    scores, ranks = reference(np.load(folder / "values.npy"), np.load(folder / "directions.npy"))
    found, placed = engine_scores(folder)
    gap = np.abs(found - scores)
    if (np.isnan(found) != np.isnan(scores)).any() or not np.nanmax(gap) <= TOLERANCE:
        sys.exit(f"scores of engine and reference differ by {np.nanmax(gap):.2g}, and in {np.isnan(gap).sum()} empty ones")
    if (ranks != placed).any():
        sys.exit(f"{(ranks != placed).sum()} ranks of engine and reference differ")
    print(f"{np.nanmax(gap):.1g}")


def side(name: str, folder: Path) -> None:
    """Print seconds (median of the passes after a first one) and peak memory in GiB of one side."""
    run = SIDES[name](folder)
    run()
    seconds = []
    for _ in range(PASSES):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    print(statistics.median(seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


SIDES = {"dense": dense, "long": long, "engine": engine, "skcriteria": skcriteria, "pymcdm": pymcdm}


def _said(python: str, *arguments: str) -> str:
    done = subprocess.run([python, __file__, *arguments], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{arguments[0]} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def installed(python: str) -> dict[str, str]:
    """Side and printed name, with version, of each peer that this interpreter can import; the others are told."""
    found = {}
    for module, name in PEERS.items():
        asked = f"import {module}, importlib.metadata as m; print(m.version('{name}'))"
        done = subprocess.run([python, "-c", asked], capture_output=True, text=True, encoding="utf-8")
        if done.returncode == 0:
            found[module] = f"{name} {done.stdout.strip()}"
        else:
            print(f"{name} is not installed here: it is not compared (pip install {name}, or --peers PYTHON)")
    return found


def compare(folder: Path, size: tuple[int, int, int], peers: dict[str, str], python: str) -> None:
    """Print for one size: seconds and peak memory of all sides, and the ratios of the engine to the others."""
    # Not in this process: its peak memory would count as that of every process it starts.
    _said(sys.executable, "write", str(folder), *map(str, size))
    gap = _said(sys.executable, "check", str(folder))
    runs = {name: [] for name in (*OURS, *peers)}
    for _ in range(RUNS):
        for name, told in runs.items():
            told.append([float(word) for word in _said(python if name in peers else sys.executable, name, str(folder)).split()])
    areas, indicators, months = size
    print(f"{areas} areas × {indicators} indicators × {months} months, {MISSING:.0%} missing, {RUNS} rounds")
    print(f"  on {os.cpu_count()} cores; the engine's scores are the reference's within {gap}, and its ranks the same")
    for name, told in runs.items():
        seconds = statistics.median(run[0] for run in told)
        print(f"  {peers.get(name, name)}: {seconds * 1000:.1f} ms, peak {max(run[1] for run in told):.2f} GiB")
    for name in (name for name in runs if name != "engine"):
        ratios = [ours[0] / theirs[0] for ours, theirs in zip(runs["engine"], runs[name], strict=True)]
        budget = "" if size != SIZES[0] else ", budget 3" if name in OURS else ", budget 1"
        told = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}){budget}"
        print(f"  engine / {peers.get(name, name)}: {told}")


def main(arguments: list[str]) -> None:
    """Print the comparison for every size."""
    parser = argparse.ArgumentParser(description="The index engine against numpy and its peers.")
    parser.add_argument("--large", action="store_true", help=f"also {' × '.join(map(str, LARGE))}")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter with the peers")
    asked = parser.parse_args(arguments)
    peers = installed(asked.peers)
    with tempfile.TemporaryDirectory(prefix="openecon-bench-") as folder:
        for size in (*SIZES, *([LARGE] if asked.large else [])):
            compare(Path(folder) / "x".join(map(str, size)), size, peers, asked.peers)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write_data(Path(sys.argv[2]), tuple(map(int, sys.argv[3:])))
    elif sys.argv[1:2] == ["check"]:
        check(Path(sys.argv[2]))
    elif sys.argv[1:] and sys.argv[1] in SIDES:
        side(sys.argv[1], Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
