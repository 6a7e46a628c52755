"""Sensitivity of a composite index to the choices behind it, by Sobol' indices.

Sobol' indices by the estimators of Saltelli et al. (2010, first order) and Jansen (1999, total order), with bootstrap intervals.
"""

from dataclasses import dataclass, replace

import numpy as np

from dagster_project.lib.index import simulation, variants

#: Resamples of the bootstrap, and the ends of its intervals.
RESAMPLES, ENDS = 500, (0.025, 0.975)
#: The second set of random numbers of a factor.
_OTHER = "other:"


@dataclass(frozen=True)
class Indices:
    """First (s) and total order (st) for each factor and output, factors × outputs, NaN where an output does not vary."""

    s: np.ndarray
    st: np.ndarray
    s_ends: np.ndarray  # low and high × factors × outputs, likewise below
    st_ends: np.ndarray


def indices(a: np.ndarray, b: np.ndarray, ab: np.ndarray, seed: int) -> Indices:
    """Sobol' indices from the outputs of three designs.

    a, b: runs × outputs of two independent samples; ab: factors × runs × outputs, sample a with one factor taken from b.
    """
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
    a, b, ab = a - centre, b - centre, ab - centre
    runs = len(a)
    # Each row says how often a run counts: once in the estimate, and at random in each resample.
    drawn = simulation.uniform(seed, "bootstrap", 0, RESAMPLES * runs).reshape(RESAMPLES, runs)
    counts = np.stack([np.bincount(row, minlength=runs) for row in np.minimum((drawn * runs).astype(int), runs - 1)])
    counts = np.concatenate([np.ones((1, runs)), counts]) / runs
    mean = counts @ (a + b) / 2
    variance = counts @ (a * a + b * b) / 2 - mean * mean
    variance = np.where(variance > 1e-12 * np.max(np.abs(a), initial=1e-300, axis=0) ** 2, variance, np.nan)
    first = np.stack([counts @ (b * (one - a)) / variance for one in ab], axis=1)
    total = np.stack([counts @ ((a - one) ** 2) / (2 * variance) for one in ab], axis=1)
    return Indices(first[0], total[0], _ends(first[1:]), _ends(total[1:]))


def _ends(resampled: np.ndarray) -> np.ndarray:
    return np.quantile(resampled, ENDS, axis=0)


def factors(varied: variants.Variants) -> list[str]:
    """What varies: settings with more than one choice, weights, and the indicator left out."""
    found = [factor for factor in variants.FACTORS if len(varied.choices.get(factor, ())) > 1]
    found += ["weights"] if any(varied.weights.values()) else []
    return [*found, *(["left_out"] if varied.leave_one_out else [])]


def of_index(
    varied: variants.Variants, schemes: list[simulation.Scheme], areas: list[str], period: int, base: int, seed: int
) -> list[dict]:
    """The rows of sensitivity.csv for one period: how the mean shift of ranks and each area's score hang on each factor.

    base: runs of each of the two samples; in all base × (factors + 2) rankings are computed.
    """
    found = factors(varied)
    if not found or not base:
        return []
    schemes = [_only(scheme, period) for scheme in schemes]
    root = schemes[0].parents[-1].code
    nominal = simulation.ranks(simulation.nominal(schemes[0])[root], schemes[0].digits)[0, :, 0]

    def run(taken_from_other: set[str]) -> np.ndarray:
        return _outputs(scores_of(schemes, _draws(varied, schemes[0], seed, base, taken_from_other), root), nominal, schemes[0])

    a, b = run(set()), run(set(found))
    ab = np.stack([run({factor}) for factor in found])
    # An area that has no score in some run has no variance that could be told apart.
    told = np.flatnonzero(np.isfinite(np.concatenate([a, b, *ab])).all(axis=0)).tolist()
    names = ["mean_abs_rank_shift", *(f"score:{area}" for area in areas)]
    result = indices(a[:, told], b[:, told], ab[:, :, told], seed)
    return [
        {
            "output": names[output],
            "factor": factor,
            "s": result.s[k, j],
            "st": result.st[k, j],
            "s_low": result.s_ends[0, k, j],
            "s_high": result.s_ends[1, k, j],
            "st_low": result.st_ends[0, k, j],
            "st_high": result.st_ends[1, k, j],
            "runs": base * (len(found) + 2),
            "seed": seed,
        }
        for j, output in enumerate(told)
        for k, factor in enumerate(found)
    ]


def _only(scheme: simulation.Scheme, period: int) -> simulation.Scheme:
    z = {code: cells[:, period : period + 1] for code, cells in scheme.z.items()}
    return replace(scheme, z=z, weights={code: weight[period : period + 1] for code, weight in scheme.weights.items()})


def _draws(
    varied: variants.Variants, scheme: simulation.Scheme, seed: int, n: int, taken_from_other: set[str]
) -> simulation.Draws:
    def stream(factor: str) -> str:
        return _OTHER if factor in taken_from_other else ""

    return variants.draw(varied, list(scheme.z), seed, n, stream)


def scores_of(schemes: list[simulation.Scheme], draws: simulation.Draws, root: str) -> np.ndarray:
    """Scores of the index in every draw, draws × areas."""
    areas = len(next(iter(schemes[0].z.values())))
    found = np.full((draws.n, areas), np.nan)
    for place, scheme in enumerate(schemes):
        for which in simulation.chunks(np.flatnonzero(draws.scheme == place), areas):
            found[which] = simulation.scored(scheme, draws, which)[root][:, :, 0]
    return found


def _outputs(scores: np.ndarray, nominal: np.ndarray, scheme: simulation.Scheme) -> np.ndarray:
    """For each draw the mean absolute shift of ranks, then each area's score."""
    ranked = simulation.ranks(scores[:, :, None], scheme.digits)[:, :, 0]
    both = (ranked > 0) & (nominal > 0)
    shift = np.where(both, np.abs(ranked - nominal), 0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return np.column_stack([shift, scores])
