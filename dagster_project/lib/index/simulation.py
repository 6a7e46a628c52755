"""Uncertainty of ranks by simulation: many draws of weights and settings, each a whole ranking.

Only weights are drawn for every draw; whatever else varies is a scheme that the engine has computed once (variants.py). This
is the second implementation of the aggregation, level by level as matrices; a test holds it to the models at 1e-9.

Random numbers are counter-based: stream (seed, factor), place in the stream = draw. Neither the order of rows, nor the number
of threads, nor a factor that is added changes another one's numbers.
"""

import functools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

#: Cells (draws × areas × periods) that are held at once: bounds memory, and does not show in results.
_AT_ONCE = 2_000_000
#: How the nodes can be made whose draws are known here.
AGGREGATIONS = ("arithmetic", "geometric", "harmonic", "power", "product", "ampi", "copeland")
_NOISE = 1e-12
#: From so many significant digits on only scores that are close to each other can be tied; fewer, and all are looked at.
_COARSE = 9


@dataclass(frozen=True)
class Parent:
    """A node and how it is made from its children (codes)."""

    code: str
    children: list[str]
    aggregation: str
    power: float | None
    on_zero: str
    penalty: str
    min_coverage: float


@dataclass(frozen=True)
class Scheme:
    """One set of settings as the engine computed it.

    parents: children before their parents, the root last. z: indicator → areas × periods, NaN where there is no score.
    weights: node → weight inside its parent by period. digits: (significant digits, decimals) that ranks are compared at.
    """

    parents: list[Parent]
    z: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    coverage_by: str
    on_missing: str
    digits: tuple[int | None, int | None]
    like_with_like: bool = False  # areas are ranked on the children of the root that all ranked areas have
    min_units: float = 1  # with fewer areas there is no index


@dataclass(frozen=True)
class Draws:
    """What was drawn for each draw: scheme (its place in a list), indicator left out ('' none), and how weights vary."""

    seed: int
    n: int
    scheme: np.ndarray
    left_out: np.ndarray
    spread: float | None
    dirichlet: float | None
    stream: str = ""  # begins the names of the streams that weights are drawn from


@dataclass(frozen=True)
class Ranks:
    """Draws of one node: counts[area, period, rank - 1]; ahead[a, b, period] in which a stands above b; both[a, b, period] in
    which both have a rank."""

    counts: np.ndarray
    ahead: np.ndarray
    both: np.ndarray


def uniform(seed: int, factor: str, first: int, n: int) -> np.ndarray:
    """n numbers in [0, 1) of the stream of a factor, from place `first` on."""
    stream = np.random.Philox(key=[seed, zlib.crc32(factor.encode())])
    # A block of Philox is four numbers of 64 bits.
    stream.advance(first // 4)
    return np.random.Generator(stream).random(first % 4 + n)[first % 4 :]


def pick(seed: int, factor: str, n: int, choices: int) -> np.ndarray:
    """For each draw one of the choices, all equally likely."""
    return np.minimum((uniform(seed, factor, 0, n) * choices).astype(int), choices - 1)


def simulate(schemes: list[Scheme], draws: Draws) -> dict[str, Ranks]:
    """Rank the areas in every draw; the ranks of each node of the tree.

    A draw counts for a node and period where it ranks the areas that the first scheme ranks, and no others: a place that falls
    vacant because an area lacks what is drawn says nothing about the areas behind it.
    """
    areas, periods = next(iter(schemes[0].z.values())).shape
    found = {
        parent.code: Ranks(
            *(np.zeros(shape, dtype=np.int64) for shape in ((areas, periods, areas), *[(areas, areas, periods)] * 2))
        )
        for parent in schemes[0].parents
    }
    field = {code: ranks(scores, schemes[0].digits) > 0 for code, scores in nominal(schemes[0]).items()}
    for place, scheme in enumerate(schemes):
        for which in chunks(np.flatnonzero(draws.scheme == place), areas * periods):
            for code, scores in scored(scheme, draws, which).items():
                ranked = ranks(scores, scheme.digits)
                is_whole = ((ranked > 0) == field[code]).all(axis=1, keepdims=True)
                _count(found[code], np.where(is_whole, ranked, 0))
    return found


def nominal(scheme: Scheme) -> dict[str, np.ndarray]:
    """The scores of all nodes with the weights as given, as of one draw."""
    one = Draws(0, 1, np.zeros(1, dtype=int), np.full(1, "", dtype=object), None, None)
    return scored(scheme, one, np.zeros(1, dtype=int))


def chunks(which: np.ndarray, cells: int) -> Iterator[np.ndarray]:
    """Draws in pieces of bounded size."""
    step = max(1, _AT_ONCE // cells)
    for first in range(0, len(which), step):
        yield which[first : first + step]


def scored(scheme: Scheme, draws: Draws, which: np.ndarray) -> dict[str, np.ndarray]:
    """The scores of all nodes in the given draws: draws × areas × periods, NaN where there is none."""
    areas, periods = next(iter(scheme.z.values())).shape
    left_out = draws.left_out[which]
    found: dict[str, np.ndarray] = {}
    gone = {code: left_out == code for code in scheme.z}
    for parent in scheme.parents:
        gone[parent.code] = np.logical_and.reduce([gone[code] for code in parent.children])
        found[parent.code] = np.empty((len(which), areas, periods))
    factors = {parent.code: _factors(scheme, parent, draws, which) for parent in scheme.parents}
    for members in _alike(scheme):
        for parent in scheme.parents:
            cells = {code: scheme.z[code][None, :, members] for code in parent.children if code in scheme.z}
            cells |= {code: found[code][:, :, members] for code in parent.children if code in found}
            declared = np.array([scheme.weights[code][members[0]] for code in parent.children])
            there = ~np.stack([gone[code] for code in parent.children], axis=1)
            weights = _drawn(declared, factors[parent.code], draws) * there
            if scheme.like_with_like and parent is scheme.parents[-1]:
                cells = _alike_children(scheme, parent, cells, declared * there, there)
            score = _combined(scheme, parent, cells, weights, declared * there, there)
            if parent is scheme.parents[-1]:
                score = np.where(np.isfinite(score).sum(axis=1, keepdims=True) >= scheme.min_units, score, np.nan)
            found[parent.code][:, :, members] = score
    return found


def _alike_children(
    scheme: Scheme, parent: Parent, cells: dict[str, np.ndarray], declared: np.ndarray, there: np.ndarray
) -> dict[str, np.ndarray]:
    """The children of the root; a child that some area lacks counts for none of the areas that would be ranked."""
    counted = declared if scheme.coverage_by == "weight" else there.astype(float)
    has = {code: np.isfinite(cells[code]) & there[:, j, None, None] for j, code in enumerate(parent.children)}
    covered = sum(counted[:, j, None, None] * has[code] for j, code in enumerate(parent.children))
    covered = covered / counted.sum(axis=1)[:, None, None]
    ranked = (covered >= parent.min_coverage - 1e-9) & np.logical_or.reduce(list(has.values()))
    found = {}
    for code in parent.children:
        lacking = (ranked & ~has[code]).any(axis=1, keepdims=True)
        found[code] = np.where(ranked & lacking, np.nan, cells[code])
    return found


def _alike(scheme: Scheme) -> list[np.ndarray]:
    """The periods in groups that share all their weights."""
    table = np.stack(list(scheme.weights.values()), axis=1)
    _, group = np.unique(table, axis=0, return_inverse=True)
    return [np.flatnonzero(group.ravel() == one) for one in range(group.max() + 1)]


def _factors(scheme: Scheme, parent: Parent, draws: Draws, which: np.ndarray) -> np.ndarray | None:
    """One number in [0, 1) for each draw and child of a parent."""
    if not (draws.spread or draws.dirichlet) or not len(which):
        return None
    first = int(which[0])
    n = int(which[-1]) - first + 1
    return np.stack(
        [uniform(draws.seed, f"{draws.stream}weight:{code}", first, n)[which - first] for code in parent.children], axis=1
    )


def _drawn(declared: np.ndarray, factors: np.ndarray | None, draws: Draws) -> np.ndarray:
    """Weights inside one parent, draws × children: each within ± spread of its own, or Dirichlet with the given ones as means."""
    if factors is None:
        return declared[None, :]
    if draws.spread:
        weights = declared * (1 + draws.spread * (2 * factors - 1))
    else:
        shapes = np.broadcast_to(declared * draws.dirichlet, factors.shape)
        weights = np.where(shapes > 0, gammaincinv(np.where(shapes > 0, shapes, 1.0), factors), 0.0)
        # All of them may be too small for a number of the machine: then the given ones.
        weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, declared)
    return weights / weights.sum(axis=1, keepdims=True)


def _combined(
    scheme: Scheme,
    parent: Parent,
    cells: dict[str, np.ndarray],
    weights: np.ndarray,
    declared: np.ndarray,
    there: np.ndarray,
) -> np.ndarray:
    """The scores of one node from its children's, draws × areas × periods."""
    n = max(len(weights), len(there), *(len(cell) for cell in cells.values()))
    shape = (n, *next(iter(cells.values())).shape[1:])
    sums = _Sums(parent, cells, shape, there)
    present = sums.present(weights)
    counted = declared if scheme.coverage_by == "weight" else there.astype(float)
    whole = counted.sum(axis=1)[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Coverage is a matter of the data, not of a draw: it is judged with the weights as given.
        coverage = sums.present(counted) / whole
    refused = sums.lowest() < 0 if parent.aggregation in ("geometric", "harmonic") else False
    short = sums.children < there.sum(axis=1)[:, None, None] if scheme.on_missing == "null" else False
    weightless = present <= 0 if parent.aggregation not in ("product", "copeland") else False
    uncovered = (sums.children == 0) | short | weightless | refused | (coverage < parent.min_coverage - 1e-9)
    sums.covered = np.broadcast_to(~uncovered, shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = _AGGREGATE[parent.aggregation](sums, parent, weights, present)
    return np.where(sums.covered & np.isfinite(score), score, np.nan)


class _Sums:
    """Weighted sums over the children of a node that have a score and are not left out."""

    def __init__(self, parent: Parent, cells: dict[str, np.ndarray], shape: tuple[int, ...], there: np.ndarray) -> None:
        self.parent, self.shape, self.there = parent, shape, there
        self.columns = [cells[code] for code in parent.children]
        self.fixed = [j for j, x in enumerate(self.columns) if len(x) == 1]
        self.moving = [j for j, x in enumerate(self.columns) if len(x) > 1]
        #: Where a score is to be made; who has none is nobody's opponent.
        self.covered = np.ones(shape, dtype=bool)
        # Most frameworks lack nothing in most periods: then no cell needs a mask, and what is there hangs on the draw alone.
        self.is_complete = not any(np.isnan(x).any() for x in self.columns)
        self.all_there = bool(there.all())
        self.children = self.present(there.astype(float))

    def present(self, weights: np.ndarray) -> np.ndarray:
        """Σ weight over the children that are there; draws × 1 × 1 where all areas have them all."""
        if self.is_complete:
            return weights.sum(axis=1)[:, None, None]
        return self.of(weights, lambda x: np.ones_like(x))

    def of(self, weights: np.ndarray, term) -> np.ndarray:
        """Σ weight · term(x) over the children that are there."""
        total = np.zeros(self.shape)
        if self.fixed:
            stacked = np.concatenate([self._filled(term, self.columns[j]) for j in self.fixed])
            total += (weights[:, self.fixed] @ stacked.reshape(len(self.fixed), -1)).reshape(-1, *self.shape[1:])
        for j in self.moving:
            total += weights[:, j, None, None] * self._filled(term, self.columns[j])
        return total

    def _filled(self, term, x: np.ndarray) -> np.ndarray:
        """term(x), 0 where there is no x."""
        if self.is_complete:
            return term(x)
        missing = np.isnan(x)
        return np.where(missing, 0.0, term(np.where(missing, 1.0, x)))

    def lowest(self) -> np.ndarray:
        """The smallest child that is there, infinity where there is none."""
        if self.is_complete and self.all_there:
            return functools.reduce(np.minimum, self.columns)
        found = np.full(self.shape, np.inf)
        for j, x in enumerate(self.columns):
            seen = np.where(self.there[:, j, None, None], np.nan_to_num(x, nan=np.inf), np.inf)
            np.minimum(found, seen, out=found)
        return found


def _arithmetic(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    return sums.of(weights, lambda x: x) / present


def _zeros(sums: _Sums, parent: Parent, score: np.ndarray) -> np.ndarray:
    """With a child of 0 a product is 0 or has no value, as the framework says."""
    return np.where(sums.lowest() == 0, 0.0 if parent.on_zero == "zero" else np.nan, score)


def _geometric(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    logs = sums.of(weights, lambda x: np.log(x) if (x > 0).all() else np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0))
    return _zeros(sums, parent, np.exp(logs / present))


def _harmonic(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    return _zeros(sums, parent, present / sums.of(weights, lambda x: np.where(x > 0, 1 / np.where(x > 0, x, 1.0), 0.0)))


def _power(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    p = parent.power
    mean = sums.of(weights, lambda x: np.where(x == 0, 0.0, np.power(np.where(x == 0, 1.0, x), p))) / present
    lowest = sums.lowest()
    whole = p == np.floor(p)
    undefined = (lowest <= 0) if p < 0 and not whole else (lowest < 0 if not whole else np.zeros(sums.shape, dtype=bool))
    if p < 0:
        zeros = sums.of(sums.there.astype(float), lambda x: (x == 0).astype(float))
        undefined = undefined | (zeros > 0)
    sign = np.where((mean < 0) & (abs(p) == 1), -1.0, 1.0)
    signed = sign * np.power(np.abs(mean), 1 / p)
    return np.where(undefined | ((mean < 0) & (abs(p) != 1)) | ((mean == 0) & (p < 0)), np.nan, signed)


def _product(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    once = sums.there.astype(float)
    logs = sums.of(once, lambda x: np.where(x == 0, 0.0, np.log(np.abs(np.where(x == 0, 1.0, x)))))
    zeros = sums.of(once, lambda x: (x == 0).astype(float))
    negatives = sums.of(once, lambda x: (x < 0).astype(float))
    score = np.where(negatives % 2 == 1, -1.0, 1.0) * np.exp(np.minimum(logs, 400.0))
    return np.where(zeros > 0, 0.0, np.where(np.abs(logs) > 400, np.nan, score))


def _ampi(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    mean = sums.of(weights, lambda x: x) / present
    variance = np.maximum(sums.of(weights, lambda x: x * x) / present - mean * mean, 0)
    sign = 1 if parent.penalty == "plus" else -1
    return np.where(mean > 0, mean + sign * variance / mean, np.nan)


def _copeland(sums: _Sums, parent: Parent, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Wins less losses over the other areas by the share of weight on which an area stands above."""
    areas = sums.shape[1]
    score = np.zeros(sums.shape)
    for other in range(areas):
        balance, whole = np.zeros(sums.shape), np.zeros(sums.shape)
        for j, x in enumerate(sums.columns):
            y = x[:, other : other + 1, :]
            both = ~(np.isnan(x) | np.isnan(y)) & sums.covered[:, other : other + 1, :]
            gap = np.where(both, x - y, 0.0)
            size = np.where(both, np.maximum(np.abs(x), np.abs(y)), 0.0)
            sign = np.where(np.abs(gap) <= _NOISE * size, 0.0, np.sign(gap))
            balance += weights[:, j, None, None] * sign
            whole += weights[:, j, None, None] * both
        result = np.where(balance > 2 * _NOISE * whole, 1.0, np.where(balance < -2 * _NOISE * whole, -1.0, 0.0))
        result[:, other, :] = 0
        score += result
    return np.where(sums.covered.sum(axis=1, keepdims=True) > 1, score, np.nan)


_AGGREGATE = {
    "arithmetic": _arithmetic,
    "geometric": _geometric,
    "harmonic": _harmonic,
    "power": _power,
    "product": _product,
    "ampi": _ampi,
    "copeland": _copeland,
}


def ranks(scores: np.ndarray, digits: tuple[int | None, int | None]) -> np.ndarray:
    """Descending competition ranks among the areas (axis 1) that have a score; 0 where there is none."""
    areas = scores.shape[1]
    # Areas last, where sorting is quick. NaN sorts last, behind every score; rounding changes no order, but makes ties.
    down = -np.ascontiguousarray(np.moveaxis(scores, 1, 2))
    order = np.argsort(down, axis=2)
    in_order = np.take_along_axis(down, order, axis=2)
    place = np.tile(np.arange(1, areas + 1, dtype=np.int32), (*in_order.shape[:2], 1))
    if digits[0] is None or digits[0] < _COARSE:
        near = np.ones(in_order.shape[:2], dtype=bool)
    else:
        near = (np.diff(in_order, axis=2) <= 10.0 ** (2 - _COARSE) * np.abs(in_order[:, :, 1:])).any(axis=2)
    if near.any():
        rounded = _rounded(in_order[near], *digits)
        tied = np.zeros(rounded.shape, dtype=bool)
        tied[:, 1:] = rounded[:, 1:] == rounded[:, :-1]
        place[near] = np.maximum.accumulate(np.where(tied, 0, place[near]), axis=1)
    found = np.empty(in_order.shape, dtype=np.int32)
    np.put_along_axis(found, order, place, axis=2)
    found[np.isnan(down)] = 0
    return np.moveaxis(found, 2, 1)


def _rounded(scores: np.ndarray, significant: int | None, decimals: int | None) -> np.ndarray:
    if significant is None:
        return np.floor(np.abs(scores) * 10.0**decimals + 0.5) * np.sign(scores)
    size = np.abs(scores)
    usual = (size > 1e-250) & (size < 1e250)
    scale = np.power(10.0, significant - 1 - np.floor(np.log10(np.where(usual, size, 1.0))))
    return np.where(usual, np.rint(scores * scale) / scale, scores)


def _count(found: Ranks, ranked: np.ndarray) -> None:
    """Add draws × areas × periods of ranks to what has been counted."""
    areas, periods = ranked.shape[1:]
    small = np.int16 if areas < np.iinfo(np.int16).max else np.int32
    for period in range(periods):
        now = np.ascontiguousarray(ranked[:, :, period].T.astype(small))
        # One place for each area and rank, the first of them for no rank.
        places = now + np.arange(areas)[:, None] * (areas + 1)
        counted = np.bincount(places.ravel(), minlength=areas * (areas + 1)).reshape(areas, areas + 1)
        found.counts[:, period] += counted[:, 1:]
        has = (now > 0).astype(float)
        found.both[:, :, period] += (has @ has.T).astype(np.int64)
        # Who has no rank is ahead of nobody, and behind nobody because 0 is less than every rank.
        mine = np.where(now > 0, now, np.iinfo(small).max)
        for area in range(areas):
            found.ahead[area, :, period] += np.count_nonzero(mine[area] < now, axis=1)


def quantile(counts: np.ndarray, q: float) -> float | None:
    """A quantile (type 7) of ranks given as counts of rank 1, 2, …; None without any."""
    n = int(counts.sum())
    if n == 0:
        return None
    upto = np.cumsum(counts)
    place = q * (n - 1)
    below, above = int(np.floor(place)), int(np.ceil(place))
    low, high = (int(np.searchsorted(upto, at, side="right")) + 1 for at in (below, above))
    return low + (high - low) * (place - below)
