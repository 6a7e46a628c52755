"""The budgets of the draws as ratios in one run: 10,000 rankings and Sobol' indices, against a vectorised numpy loop of the same.

The reference holds each combination of settings as one matrix of scores (areas × indicators), draws the same weights from the
same random numbers, scores all draws of a combination at once and ranks them by sorting: no gaps, no ties, no rounding. Its
counts of ranks must be those of the engine, or the run ends. Each side runs in a process of its own, in turn, so that its peak
memory is its own and a drifting machine shifts both. Prints; judges nothing. Run with `make bench`.
"""

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIZES = ((9, 40), (51, 49))
DRAWS = 10_000
BASE = 4_096
SEED = 2018
SPREAD = 0.25
PILLARS = 5
RUNS = 5


def schemes(areas: int, indicators: int) -> list:
    """Two scales times two aggregations of the same figures, five pillars below the index."""
    from dagster_project.lib.index.simulation import Parent, Scheme

    chance = np.random.default_rng(1)
    raw = chance.lognormal(0, 1, (areas, indicators))
    codes = [f"x{number:02d}" for number in range(indicators)]
    below = {f"p{pillar}": codes[pillar::PILLARS] for pillar in range(PILLARS)}
    weights = {code: np.array([1 / len(children)]) for children in below.values() for code in children}
    weights |= {pillar: np.array([1 / PILLARS]) for pillar in below}
    scaled = [1 + 99 * (raw - raw.min(0)) / np.ptp(raw, axis=0), 1 + 99 * raw / raw.max(0)]
    made = []
    for z in scaled:
        for how in ("arithmetic", "geometric"):
            parents = [Parent(code, children, how, None, "zero", None, 0.0) for code, children in below.items()]
            parents.append(Parent("index", list(below), how, None, "zero", None, 0.0))
            cells = {code: z[:, [place]] for place, code in enumerate(codes)}
            made.append(Scheme(parents, cells, weights, "weight", "reweight", (10, None)))
    return made


def settings(stream: str, n: int) -> np.ndarray:
    """The combination of each draw."""
    from dagster_project.lib.index.simulation import pick

    return pick(SEED, f"{stream}settings", n, 4)


#: The designs of Sobol' indices of two factors: where the settings and where the weights are drawn from.
DESIGNS = (("", ""), ("other:", "other:"), ("other:", ""), ("", "other:"))


# The engine


def engine_draws(made: list) -> np.ndarray:
    """How many draws each area has in each rank of the index: areas × ranks."""
    from dagster_project.lib.index import simulation

    return simulation.simulate(made, _draws("", "", DRAWS))["index"].counts[:, 0]


def engine_sobol(made: list) -> np.ndarray:
    """First-order indices of the areas' scores: factors × areas."""
    from dagster_project.lib.index import sensitivity

    a, b, *ab = (sensitivity.scores_of(made, _draws(*design, BASE), "index") for design in DESIGNS)
    return sensitivity.indices(a, b, np.stack(ab), SEED).s


def _draws(settings_from: str, weights_from: str, n: int):
    from dagster_project.lib.index.simulation import Draws

    none = np.full(n, "", dtype=object)
    return Draws(SEED, n, settings(settings_from, n), none, SPREAD, None, stream=weights_from)


# The reference


def numpy_draws(made: list) -> np.ndarray:
    """The same counts. Every node is ranked and every pair of areas compared, which is what is asked of the engine."""
    areas = len(next(iter(made[0].z.values())))
    counts = np.zeros((areas, areas), dtype=np.int64)
    chosen = settings("", DRAWS)
    for place, scheme in enumerate(made):
        for code, scores in numpy_scores(scheme, "", np.flatnonzero(chosen == place), DRAWS).items():
            order = np.argsort(-scores, axis=1)
            ranks = np.empty_like(order)
            np.put_along_axis(ranks, order, np.arange(areas)[None, :], axis=1)
            found = np.bincount((np.arange(areas) * areas + ranks).ravel(), minlength=areas * areas).reshape(areas, areas)
            for area in range(areas):
                (ranks[:, area : area + 1] < ranks).sum(axis=0)
            if code == "index":
                counts += found
    return counts


def numpy_sobol(made: list) -> np.ndarray:
    """The same indices by the same estimators, with as many resamples."""
    areas = len(next(iter(made[0].z.values())))
    results = []
    for settings_from, weights_from in DESIGNS:
        chosen, scores = settings(settings_from, BASE), np.empty((BASE, areas))
        for place, scheme in enumerate(made):
            which = np.flatnonzero(chosen == place)
            scores[which] = numpy_scores(scheme, weights_from, which, BASE)["index"]
        results.append(scores)
    a, b, *ab = results
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
    a, b, ab = a - centre, b - centre, [one - centre for one in ab]
    chance = np.random.default_rng(SEED)
    counts = chance.multinomial(BASE, np.full(BASE, 1 / BASE), 500)
    counts = np.concatenate([np.ones((1, BASE)), counts]) / BASE
    variance = counts @ (a * a + b * b) / 2 - (counts @ (a + b) / 2) ** 2
    first = np.stack([counts @ (b * (one - a)) / variance for one in ab])
    total = np.stack([counts @ ((a - one) ** 2) / (2 * variance) for one in ab])
    np.quantile(first[:, 1:], (0.025, 0.975), axis=1), np.quantile(total[:, 1:], (0.025, 0.975), axis=1)
    return first[:, 0]


def numpy_scores(scheme, stream: str, which: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """The scores of all nodes, draws × areas."""
    from dagster_project.lib.index.simulation import uniform

    found: dict[str, np.ndarray] = {}
    for parent in scheme.parents:
        share = np.array([scheme.weights[code][0] for code in parent.children])
        drawn = np.stack([uniform(SEED, f"{stream}weight:{code}", 0, n)[which] for code in parent.children], axis=1)
        weights = share * (1 + SPREAD * (2 * drawn - 1))
        weights /= weights.sum(axis=1, keepdims=True)
        is_root = parent.code == "index"
        cells = np.stack([found[code] if is_root else scheme.z[code][:, 0] for code in parent.children], axis=1 if is_root else 0)
        cells = np.log(cells) if parent.aggregation == "geometric" else cells
        scores = np.einsum("nk,nka->na", weights, cells) if is_root else weights @ cells
        found[parent.code] = np.exp(scores) if parent.aggregation == "geometric" else scores
    return found


# Both in turn


def worker(side: str, what: str, areas: int, indicators: int) -> None:
    """Prints the best of RUNS in seconds, the peak memory in MB beyond what was there before, and a checksum of the result."""
    run = globals()[f"{side}_{what}"]
    made = schemes(areas, indicators)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        result = run(made)
        taken.append(time.perf_counter() - began)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(statistics.median(taken), peak, *np.round(result.ravel(), 6), sep=" ")


def main() -> None:
    """Each size and task, both sides in turn; a difference in their results ends the run."""
    print(f"{DRAWS:,} draws over 4 combinations and weights within ± {SPREAD:.0%}; Sobol' with {BASE:,} base samples, 2 factors")
    print(f"{'':24}{'engine s':>10}{'numpy s':>10}{'ratio':>8}{'engine MB':>11}{'numpy MB':>10}   (budget 1.5)")
    for what in ("draws", "sobol"):
        for areas, indicators in SIZES:
            told = {side: _ran(side, what, areas, indicators) for side in ("numpy", "engine")}
            if not np.allclose(told["engine"][2:], told["numpy"][2:], atol=1e-5):
                sys.exit(f"{what} {areas} × {indicators}: the engine and the reference differ")
            (ours, our_peak), (reference, its_peak) = told["engine"][:2], told["numpy"][:2]
            print(
                f"{f'{what} {areas} × {indicators}':24}{ours:10.3f}{reference:10.3f}{ours / reference:8.2f}"
                f"{our_peak:11.0f}{its_peak:10.0f}"
            )


def _ran(side: str, what: str, areas: int, indicators: int) -> np.ndarray:
    words = [sys.executable, __file__, side, what, str(areas), str(indicators)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    if done.returncode != 0:
        sys.exit(done.stderr[-3000:])
    return np.array([float(number) for number in done.stdout.split()])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    if len(sys.argv) > 1:
        worker(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
