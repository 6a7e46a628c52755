"""Steps of the index engine that SQL is not the tool for: step-wise winsorising, and weights from eigenvectors or optimisation.

Pure functions from polars frames to polars frames; the caller reads and writes the tables. Rows are sorted before anything is
added up, so the order in which they arrive cannot show. What cannot be computed is null or falls back with a flag: no NaN and
no infinity leaves this module.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import linprog, nnls

#: Columns of base_weights() and combined().
WEIGHTS = {
    "weighting_id": pl.Int64,
    "framework": pl.String,
    "parent_id": pl.Int64,
    "node_id": pl.Int64,
    "area_id": pl.Int64,
    "cell_period_id": pl.Int64,
    "period_id": pl.Int64,
    "weight": pl.Float64,
    "method_value": pl.Float64,
    "flag": pl.String,
}
_CHANGES = {"node_id": pl.Int64, "area_id": pl.Int64, "period_id": pl.Int64, "value": pl.Float64}
_REPORT = {
    "node_id": pl.Int64,
    "period_id": pl.Int64,
    "n": pl.Int64,
    "skewness_before": pl.Float64,
    "kurtosis_before": pl.Float64,
    "skewness_after": pl.Float64,
    "kurtosis_after": pl.Float64,
    "changed": pl.Int64,
    "outcome": pl.String,
}
#: Saaty's random consistency indices for matrices of 1 to 10 rows (Saaty 1980, The Analytic Hierarchy Process).
_RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
#: From this ratio on the judgements of a matrix contradict each other (Saaty 1980).
_INCONSISTENT = 0.1
#: A correlation of two rows is always 1 or -1.
_FEWEST_ROWS = 3
#: Relative to quantities of order 1: what float noise may be, and no finding is.
_NOISE = 1e-9


def _varies(column: np.ndarray) -> bool:
    """Whether the values differ by more than float noise."""
    return bool(len(column) > 1 and np.ptp(column) > 1e-12 * np.abs(column).max())


# --- treatment of outliers ---


def treat(cells: pl.DataFrame, nodes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Winsorise, or take to the logarithm, the columns whose node asks for it.

    `cells`: node_id, area_id, period_id, value (null allowed) and, where a span is frozen, in_reference: only its cells decide,
    and the others are cut at the same ends, so that a new period moves no earlier figure. `nodes`: the node table; its
    treatment_* columns decide, and a column is a node's cells of all periods (scope panel) or of one (scope period). Cells of
    other nodes are ignored.

    Returns (changes, report). `changes` has the cells whose value is another one now; `report` has one row for each column:
    n, skewness and kurtosis before and after (null where undefined), cells changed, and the outcome: passed, winsorised, logged,
    failed (plain winsorise that did not suffice; the winsorised column stays) or skipped (fewer than 4 cells, or constant).
    A step that would make the column constant is not taken: the column then counts as failing.
    """
    settings = nodes.filter(pl.col("treatment").is_in(["winsorise", "winsorise_log"])).select(
        "node_id", "treatment", "treatment_winmax", "treatment_skewness", "treatment_kurtosis", "treatment_scope"
    )
    frozen = "in_reference" if "in_reference" in cells.columns else pl.lit(True).alias("in_reference")
    joined = (
        cells.select("node_id", "area_id", "period_id", pl.col("value").cast(pl.Float64), frozen)
        .join(settings, on="node_id")
        .with_columns(column_period=pl.when(pl.col("treatment_scope") == "period").then("period_id"))
        .sort("node_id", "column_period", "value", "area_id", "period_id", nulls_last=True)
    )
    changes, report = [pl.DataFrame(schema=_CHANGES)], []
    for column in joined.partition_by("node_id", "column_period", maintain_order=True):
        rule = column.row(0, named=True)
        present = column.filter(pl.col("value").is_finite())
        # A column of one period is examined by itself, whatever the span.
        decides = np.ones(present.height, dtype=bool) if rule["column_period"] else present["in_reference"].to_numpy()
        values = present["value"].to_numpy()
        before = values[decides]
        treated, outcome = _treated(before, rule)
        after = values.copy()
        after[decides], after[~decides] = treated, _carried_on(values[~decides], before, treated, outcome)
        differs = np.ones(len(after), dtype=bool) if outcome == "logged" else after != values
        changed = present.select("node_id", "area_id", "period_id").with_columns(value=pl.Series(after, dtype=pl.Float64))
        changes.append(changed.filter(pl.Series(differs, dtype=pl.Boolean)).cast(_CHANGES))
        key = (rule["node_id"], rule["column_period"], len(before))
        report.append((*key, *_moments(before), *_moments(treated), int(differs[decides].sum()), outcome))
    told = pl.DataFrame(report, schema=_REPORT, orient="row").sort("node_id", "period_id", nulls_last=True)
    return pl.concat(changes).sort("node_id", "period_id", "area_id"), told


def _carried_on(outside: np.ndarray, before: np.ndarray, after: np.ndarray, outcome: str) -> np.ndarray:
    """Figures that did not decide on the treatment of their column, treated as those that did."""
    if not len(outside) or not len(before):
        return outside
    if outcome == "logged":
        low, span = before.min(), before.max() - before.min()
        return np.log(np.maximum(outside, low) - low + 0.01 * span)
    low = after.min() if after.min() > before.min() else -np.inf
    high = after.max() if after.max() < before.max() else np.inf
    return np.clip(outside, low, high)


def _treated(original: np.ndarray, rule: dict) -> tuple[np.ndarray, str]:
    """The column after its treatment, and the outcome. `original` is sorted, and so is every step of it."""
    if len(original) < 4 or not _varies(original):
        return original, "skipped"
    if _passes(original, rule):
        return original, "passed"
    column = original
    while (column != original).sum() < rule["treatment_winmax"]:
        stepped = _winsorised_once(column)
        if not _varies(stepped):
            break
        column = stepped
        if _passes(column, rule):
            return column, "winsorised"
    if rule["treatment"] == "winsorise":
        return column, "failed"
    low, high = original[0], original[-1]
    return np.log(original - low + 0.01 * (high - low)), "logged"


def _winsorised_once(column: np.ndarray) -> np.ndarray:
    """The sorted column with all cells at the longer tail's end moved to the next value."""
    if _moments(column)[0] >= 0:
        return np.minimum(column, column[column < column[-1]][-1])
    return np.maximum(column, column[column > column[0]][0])


def _passes(column: np.ndarray, rule: dict) -> bool:
    skewness, kurtosis = _moments(column)
    return abs(skewness) < rule["treatment_skewness"] or kurtosis < rule["treatment_kurtosis"]


def _moments(column: np.ndarray) -> tuple[float | None, float | None]:
    """Bias-corrected skewness G1 and excess kurtosis G2 of a sorted column; null where undefined."""
    n = len(column)
    if n < 3 or not _varies(column):
        return None, None
    d = column / np.abs(column).max()
    d = d - d.mean()
    d = d / np.abs(d).max()
    second = np.mean(d**2)
    skewness = math.sqrt(n * (n - 1)) / (n - 2) * np.mean(d**3) / second**1.5
    if n < 4:
        return float(skewness), None
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (np.mean(d**4) / second**2 - 3) + 6)
    return float(skewness), float(kurtosis)


# --- weights ---


@dataclass(frozen=True)
class _Block:
    """The scores of one parent's children in one reference set: `z` is units × children, NaN where there is no score."""

    framework: str
    parent_id: int
    period_id: int | None
    node_ids: list[int]
    area_ids: list[int]
    cell_period_ids: list[int]
    z: np.ndarray


@dataclass(frozen=True)
class _Weights:
    """Weights in the order of a block's children, each with a value of the method and a flag."""

    weight: Sequence[float | None]
    value: Sequence[float | None]
    flag: Sequence[str | None]


def base_weights(scores: pl.DataFrame, weightings: pl.DataFrame, matrices: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """The weights that need an eigenvector or an optimisation, one set for each weighting, parent and reference set.

    `scores`: parent_id, node_id, area_id, cell_period_id, period_id (null when one reference set serves all), value (directed,
    null allowed). Parents are those of the frame, children those with a row there; an empty child needs at least a null cell.
    `weightings`, `nodes`: the contract's tables; rows of other methods are ignored. `matrices`: framework, weighting_id,
    row_code, column_code, value; the diagonal and one triangle may be absent.

    Returns the columns of WEIGHTS, sorted. Weights sum to 1 inside a parent, except a unit's own of bod (area_id and
    cell_period_id filled), with which Σ w·z is the unit's score; bod's rows without an area hold the mean pie share.
    method_value is the consistency ratio (ahp), the squared loading (pca; over the components used), or the correlation of child
    and composite (equal_importance). Flags: `constant` (weight 0), `inconsistent`, `declared` (no matrix of these children),
    `loading_negative`, `singular` (one of several solutions), `equal: …` with the reason (equal weights instead), and for units
    of bod `missing`, `no_positive_score` (weights 0) and `infeasible` (weights null).

    Raises ValueError for a judgement that is not a positive number.
    """
    declared = dict(nodes.select("node_id", pl.col("weight").fill_null(1.0)).iter_rows())
    codes = dict(nodes.select("node_id", "code").iter_rows())
    blocks = list(_blocks(scores, dict(nodes.select("node_id", "framework").iter_rows())))
    rows: list[tuple] = []
    for weighting in weightings.filter(pl.col("method").is_in(["ahp", "pca", "bod", "equal_importance"])).iter_rows(named=True):
        judgements = _judgements(matrices, weighting) if weighting["method"] == "ahp" else {}
        for block in blocks:
            if block.framework != weighting["framework"]:
                continue
            own = np.array([declared[node] for node in block.node_ids])
            if weighting["method"] == "ahp":
                found = _ahp([codes[node] for node in block.node_ids], judgements, own)
            elif weighting["method"] == "pca":
                found = _pca(block.z, weighting["variant"] or "first")
            elif weighting["method"] == "equal_importance":
                found = _equal_importance(block.z, own)
            else:
                found, units = _bod(block.z, weighting["share_min"], weighting["share_max"])
                for unit, area, period in zip(units, block.area_ids, block.cell_period_ids, strict=True):
                    rows += _rows(weighting["weighting_id"], block, unit, area, period)
            rows += _rows(weighting["weighting_id"], block, found)
    return _weights_frame(rows)


def _blocks(scores: pl.DataFrame, frameworks: dict[int, str]) -> Iterator[_Block]:
    ordered = scores.sort("parent_id", "period_id", "node_id", "area_id", "cell_period_id")
    for part in ordered.partition_by("parent_id", "period_id", maintain_order=True):
        children = part["node_id"].unique().sort()
        units = part.select("area_id", "cell_period_id").unique().sort("area_id", "cell_period_id").with_row_index("unit")
        placed = part.join(units, on=["area_id", "cell_period_id"])
        value = placed["value"].cast(pl.Float64).fill_null(math.nan).to_numpy()
        z = np.full((units.height, len(children)), math.nan)
        z[placed["unit"].to_numpy(), np.searchsorted(children.to_numpy(), placed["node_id"].to_numpy())] = value
        z[~np.isfinite(z)] = math.nan
        parent, period = part.select("parent_id", "period_id").row(0)
        areas, periods = units["area_id"].to_list(), units["cell_period_id"].to_list()
        yield _Block(frameworks[parent], parent, period, children.to_list(), areas, periods, z)


def _rows(
    weighting_id: int, block: _Block, found: _Weights, area_id: int | None = None, cell_period_id: int | None = None
) -> list[tuple]:
    where = (area_id, cell_period_id, block.period_id)
    columns = zip(block.node_ids, found.weight, found.value, found.flag, strict=True)
    return [(weighting_id, block.framework, block.parent_id, node, *where, w, v, f) for node, w, v, f in columns]


def _weights_frame(rows: list[tuple]) -> pl.DataFrame:
    keys = ["framework", "weighting_id", "parent_id", "period_id", "area_id", "cell_period_id", "node_id"]
    return pl.DataFrame(rows, schema=WEIGHTS, orient="row").sort(keys)


def _equal(m: int, reason: str) -> _Weights:
    return _Weights([1 / m] * m, [None] * m, [f"equal: {reason}"] * m)


# --- analytic hierarchy process ---


def _judgements(matrices: pl.DataFrame, weighting: dict) -> dict[tuple[str, str], float]:
    """(row code, column code) → how many times the row outweighs the column; reciprocals filled in where only one is given."""
    ours = matrices.filter(
        (pl.col("framework") == weighting["framework"]) & (pl.col("weighting_id") == weighting["weighting_id"])
    )
    given: dict[tuple[str, str], float] = {}
    for row, column, value in ours.select("row_code", "column_code", pl.col("value").cast(pl.Float64)).iter_rows():
        if value is None or not math.isfinite(value) or value <= 0:
            raise ValueError(
                f"framework {weighting['framework']}: the AHP matrix has {value} for {row} against {column}; "
                "expected a positive number (1 = equal, 9 = extreme, 1/9 = the reverse). Correct the matrix"
            )
        given[row, column] = value
    return {(column, row): 1 / value for (row, column), value in given.items()} | given


def _ahp(codes: list[str], judgements: dict[tuple[str, str], float], declared: np.ndarray) -> _Weights:
    """Principal eigenvector of the children's part of the matrix; declared weights where the matrix does not hold all of them."""
    k = len(codes)
    pairs = [(row, column) for row in codes for column in codes]
    if k > 1 and any(row != column and (row, column) not in judgements for row, column in pairs):
        return _Weights((declared / declared.sum()).tolist(), [None] * k, ["declared"] * k)
    matrix = np.array([1.0 if row == column else judgements[row, column] for row, column in pairs]).reshape(k, k)
    values, vectors = np.linalg.eig(matrix)
    principal = int(np.argmax(values.real))
    weight = np.abs(vectors[:, principal].real)
    # Two judgements or fewer cannot contradict each other.
    ratio = 0.0 if k < 3 else max(0.0, (float(values[principal].real) - k) / (k - 1) / _random_index(k))
    return _Weights((weight / weight.sum()).tolist(), [ratio] * k, ["inconsistent" if ratio >= _INCONSISTENT else None] * k)


def _random_index(k: int) -> float:
    """Saaty's table; beyond it Alonso and Lamata's fit of the mean λmax, 2.7699k - 4.3513 (2006, Int. J. of Uncertainty 14)."""
    return _RANDOM_INDEX[k - 1] if k <= len(_RANDOM_INDEX) else (1.7699 * k - 4.3513) / (k - 1)


# --- principal components, equal importance ---


def _varying(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(columns that vary, the complete rows of these columns). A column without variation must not cost the others their rows."""
    columns = np.array([_varies(column[~np.isnan(column)]) for column in z.T], dtype=bool)
    while True:
        rows = z[:, columns]
        rows = rows[~np.isnan(rows).any(axis=1)]
        still = np.array([_varies(column) for column in rows.T], dtype=bool)
        # Fewer than three rows end the search: dropping columns to gain rows would be a choice of indicators.
        if len(rows) < _FEWEST_ROWS or still.all():
            return columns, rows
        columns[np.flatnonzero(columns)[~still]] = False


def _unusable(z: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> _Weights | None:
    """Equal weights with the reason where no correlation can be had, otherwise None."""
    m = z.shape[1]
    if (~np.isnan(z)).any(axis=1).sum() < _FEWEST_ROWS:
        return _equal(m, "too few cells")
    if not columns.any():
        return _equal(m, "constant")
    return _equal(m, "too few cells") if len(rows) < _FEWEST_ROWS else None


def _standardised(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(correlation matrix, standard deviations) of complete rows × varying columns."""
    d = rows - rows.mean(axis=0)
    largest = np.abs(d).max(axis=0)
    d = d / largest
    norm = np.sqrt((d**2).sum(axis=0))
    d = d / norm
    # Not `d.T @ d`: the order in which BLAS adds depends on the number of threads.
    return np.einsum("ij,ik->jk", d, d), largest * norm / math.sqrt(len(rows) - 1)


def _spread(columns: np.ndarray, weight: np.ndarray, value: np.ndarray, flag: Sequence[str | None]) -> _Weights:
    """Weights of the varying columns put back among all: the others have weight 0."""
    weight = np.maximum(weight, 0.0)
    found = iter(zip((weight / weight.sum()).tolist(), value.tolist(), flag, strict=True))
    full = [next(found) if varies else (0.0, None, "constant") for varies in columns]
    return _Weights(*zip(*full, strict=True))


def _pca(z: np.ndarray, variant: str) -> _Weights:
    """Squared loadings on the first component, or on all with an eigenvalue above 1 after a varimax rotation.

    Correlations are of complete rows. With `varimax`, squared loadings are scaled to 1 in each component and weighted by the
    share of variance that the rotated component explains; a child's weights are added up over the components. A first component
    that is not unique gives equal weights.
    """
    columns, rows = _varying(z)
    if (equal := _unusable(z, columns, rows)) is not None:
        return equal
    correlation, _ = _standardised(rows)
    if len(correlation) == 1:
        return _spread(columns, np.ones(1), np.ones(1), [None])
    values, vectors = np.linalg.eigh(correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    if variant == "varimax":
        kept = values > 1 + _NOISE
    else:
        kept = np.arange(len(values)) == 0
        if values[0] - values[1] < _NOISE:
            kept[:] = False
    if not kept.any():
        return _equal(z.shape[1], "singular")
    loadings = _signed(_varimax(vectors[:, kept] * np.sqrt(values[kept])))
    squared = loadings**2
    explained = squared.sum(axis=0)
    weight = (squared / explained * (explained / explained.sum())).sum(axis=1)
    # The sign that counts is the one on the component a child belongs to.
    leading = loadings[np.arange(len(loadings)), np.argmax(np.round(np.abs(loadings), 9), axis=1)]
    return _spread(columns, weight, squared.sum(axis=1), ["loading_negative" if x < -_NOISE else None for x in leading])


def _signed(loadings: np.ndarray) -> np.ndarray:
    """Each component turned so that its largest loading is positive."""
    largest = np.argmax(np.round(np.abs(loadings), 9), axis=0)
    return loadings * np.where(loadings[largest, np.arange(loadings.shape[1])] < 0, -1.0, 1.0)


def _varimax(loadings: np.ndarray) -> np.ndarray:
    """Varimax rotation with Kaiser normalisation, by Kaiser's rotation of one pair of components after the other.

    The optimum is that of R's stats::varimax, whose iteration over all components at once can run in a circle.
    """
    p, components = loadings.shape
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    length[length == 0] = 1.0
    x = loadings / length
    for _ in range(1000):
        turned = 0.0
        for i, j in itertools.combinations(range(components), 2):
            u, v = x[:, i] ** 2 - x[:, j] ** 2, 2 * x[:, i] * x[:, j]
            sine = 2 * ((u * v).sum() - u.sum() * v.sum() / p)
            cosine = (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2) / p
            # Where both vanish no angle is better than another: noise must not choose one.
            angle = math.atan2(sine, cosine) / 4 if math.hypot(sine, cosine) > _NOISE else 0.0
            c, s = math.cos(angle), math.sin(angle)
            x[:, i], x[:, j] = c * x[:, i] + s * x[:, j], c * x[:, j] - s * x[:, i]
            turned = max(turned, abs(angle))
        if turned < 1e-12:
            break
    return x * length


def _equal_importance(z: np.ndarray, declared: np.ndarray) -> _Weights:
    """Weights w ≥ 0 with which the correlations of children and composite come nearest to the declared proportions.

    With v = w·sd, the correlations are proportional to u = R·v, R the correlation matrix; so Σ(r/Σr - target)² with the free
    length of v chosen so that Σu = 1 is a least-squares problem in v ≥ 0. A positive solution of R·v = target is exact.
    """
    columns, rows = _varying(z)
    if (equal := _unusable(z, columns, rows)) is not None:
        return equal
    correlation, deviations = _standardised(rows)
    target = declared[columns] / declared[columns].sum()
    singular = np.linalg.eigvalsh(correlation)[0] < _NOISE
    v = None if singular else np.linalg.solve(correlation, target)
    if v is None or (v < 0).any():
        v = _nearest(correlation, target, singular)
    variance = 0.0 if v is None else float(v @ correlation @ v)
    if v is None or variance <= _NOISE * float(v @ v):
        return _equal(z.shape[1], "singular")
    w = v / deviations
    return _spread(columns, w, correlation @ v / math.sqrt(variance), ["singular" if singular else None] * len(v))


def _nearest(correlation: np.ndarray, target: np.ndarray, singular: bool) -> np.ndarray | None:
    """argmin |R·v - target|² with Σ(R·v) = 1 and v ≥ 0; where many are, the one nearest to the target. None if there is none."""
    total = correlation.sum(axis=0)
    heavy = 1e4
    left, right = [correlation, heavy * total[None, :]], [target, [heavy]]
    if singular:
        left.append(1e-3 * np.eye(len(target)))
        right.append(1e-3 * target)
    try:
        v, _ = nnls(np.vstack(left), np.concatenate(right))
    except RuntimeError:
        return None
    if singular or not v.any():
        return v if v.any() else None
    # The heavy row only nearly holds the sum: solve once more, exactly, on the children that have a weight.
    support = np.flatnonzero(v)
    a, b = correlation[:, support], total[support]
    system = np.block([[a.T @ a, b[:, None]], [b[None, :], np.zeros((1, 1))]])
    exact = np.linalg.lstsq(system, np.append(a.T @ target, 1.0), rcond=None)[0][:-1]
    if (exact >= 0).all():
        v[support] = exact
    return v


# --- benefit of the doubt ---


def _bod(z: np.ndarray, share_min: float | None, share_max: float | None) -> tuple[_Weights, list[_Weights]]:
    """(mean pie shares, each unit's own optimal weights).

    A unit's missing child counts 0 where the unit limits others and has no part in its own score. Bounds on the pie shares hold
    for the unit's present children; w = 0 always satisfies them, so bounds that cannot be met show as a score of 0. An only
    child has the whole share, whatever the bounds.
    """
    m = z.shape[1]
    if m == 1:
        share_min = share_max = None
    present = ~np.isnan(z)
    filled = np.where(present, z, 0.0)
    scale = np.abs(filled).max(axis=0, initial=0.0)
    scaled = filled / np.where(scale > 0, scale, 1.0)
    limits = _undominated(scaled)
    units, shares = [], []
    for own, here in zip(scaled, present, strict=True):
        flag, w = None, np.zeros(m)
        if not here.any():
            flag = "missing"
        elif own.max() <= 0:
            flag = "no_positive_score"
        else:
            w = _optimal(own, here & (scale > 0), limits, share_min, share_max)
            flag = "infeasible" if w is None else None
        if flag in ("missing", "infeasible"):
            units.append(_Weights([None] * m, [None] * m, [flag] * m))
            continue
        units.append(_Weights((w / np.where(scale > 0, scale, 1.0)).tolist(), [None] * m, [flag] * m))
        if flag is None:
            pie = np.maximum(w * own, 0.0)
            shares.append(pie / pie.sum())
    if not shares:
        return _equal(m, "too few cells"), units
    mean = np.mean(shares, axis=0)
    return _Weights((mean / mean.sum()).tolist(), [None] * m, [None] * m), units


def _undominated(z: np.ndarray) -> np.ndarray:
    """The rows that no other row equals or exceeds in every column: with w ≥ 0 the others limit nothing."""
    rows = np.unique(z, axis=0)
    return rows[[(rows >= row).all(axis=1).sum() == 1 for row in rows]]


def _optimal(
    own: np.ndarray, free: np.ndarray, limits: np.ndarray, share_min: float | None, share_max: float | None
) -> np.ndarray | None:
    """argmax Σ w·own with Σ w·row ≤ 1 for every row of `limits`, w ≥ 0 and 0 where not free; None if the bounds rule it out."""
    part = np.diag(own)[free]
    a, b = [limits], [np.ones(len(limits))]
    for bounded in (
        None if share_min is None else share_min * own - part,
        None if share_max is None else part - share_max * own,
    ):
        if bounded is not None:
            a.append(bounded)
            b.append(np.zeros(len(bounded)))
    solved = linprog(
        -own,
        A_ub=np.vstack(a),
        b_ub=np.concatenate(b),
        bounds=[(0, None if k else 0) for k in free],
        method="highs-ds",
        # Presolving costs more than it saves on so few columns.
        options={"presolve": False, "primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not solved.success or not np.isfinite(solved.x).all() or solved.x @ own <= _NOISE:
        return None
    return np.maximum(solved.x, 0.0)


# --- combined weights ---


def game(vectors: np.ndarray) -> tuple[np.ndarray, bool]:
    """Game-theory combination of K weight vectors (K × m, each summing to 1): (weights, whether it fell back).

    Solves Σ_k a_k (w_l·w_k) = w_l·w_l and normalises a. A negative coefficient, or vectors that depend on each other, give the
    linear combination with equal shares instead.
    """
    vectors = np.asarray(vectors, dtype=float)
    products = vectors @ vectors.T
    if np.linalg.matrix_rank(vectors, tol=_NOISE) == len(vectors):
        shares = np.linalg.solve(products, np.diag(products))
        if (shares >= -_NOISE).all() and shares.sum() > 0:
            shares = np.maximum(shares, 0.0)
            return shares / shares.sum() @ vectors, False
    return vectors.mean(axis=0), True


def combined(candidates: pl.DataFrame, weightings: pl.DataFrame) -> pl.DataFrame:
    """The weights of every `combined` weighting from those of its parts, for each parent and reference set.

    `candidates`: framework, weighting_id, parent_id, node_id, period_id (null: for every period), weight; rows with an area_id
    (a unit's own, of bod) are ignored. `weightings`: the contract's table; alpha of the parts counts for `linear` and is
    rescaled, equal shares where no part has one. Returns the columns of WEIGHTS; flag `fallback` where game theory fell back to
    equal shares, `equal: no weight` where the parts leave no weight on any child.

    Raises ValueError if only some parts of a linear combination have an alpha, or if a part has no weights for a parent.
    """
    if "area_id" in candidates.columns:
        candidates = candidates.filter(pl.col("area_id").is_null())
    rows: list[tuple] = []
    for whole in weightings.filter(pl.col("method") == "combined").iter_rows(named=True):
        parts = weightings.filter(
            (pl.col("framework") == whole["framework"]) & (pl.col("part_of") == whole["weighting_id"])
        ).sort("weighting_id")
        ours = candidates.filter(
            (pl.col("framework") == whole["framework"]) & pl.col("weighting_id").is_in(parts["weighting_id"].implode())
        )
        shares = _shares(whole, parts["alpha"].to_list())
        for parent in ours.sort("parent_id", "node_id").partition_by("parent_id", maintain_order=True):
            rows += _combined_rows(whole, parts["weighting_id"].to_list(), shares, parent)
    return _weights_frame(rows)


def _shares(whole: dict, alphas: list[float | None]) -> np.ndarray:
    if all(alpha is None for alpha in alphas):
        return np.full(len(alphas), 1 / max(1, len(alphas)))
    if any(alpha is None for alpha in alphas) or sum(alphas) <= 0:
        raise ValueError(
            f"framework {whole['framework']}: the combined weighting has the shares {alphas}; "
            "expected a positive alpha for every part, or for none"
        )
    return np.array(alphas) / sum(alphas)


def _combined_rows(whole: dict, part_ids: list[int], shares: np.ndarray, parent: pl.DataFrame) -> Iterator[tuple]:
    children = parent["node_id"].unique().sort().to_list()
    parent_id = parent["parent_id"][0]
    for period in parent["period_id"].drop_nulls().unique().sort().to_list() or [None]:
        now = parent.filter(pl.col("period_id").is_null() | pl.col("period_id").eq_missing(period))
        vectors = np.zeros((len(part_ids), len(children)))
        for part, node, weight in now.select("weighting_id", "node_id", pl.col("weight").fill_null(0.0)).iter_rows():
            vectors[part_ids.index(part), children.index(node)] = weight
        empty = vectors.sum(axis=1) <= 0
        if empty.any():
            part = part_ids[int(np.argmax(empty))]
            raise ValueError(
                f"framework {whole['framework']}: part {part} of the combined weighting has no weights for node {parent_id}; "
                "expected one for each of its children"
            )
        weight, flag = _combine(vectors / vectors.sum(axis=1, keepdims=True), whole["combined_by"], shares)
        for node, w in zip(children, weight.tolist(), strict=True):
            yield whole["weighting_id"], whole["framework"], parent_id, node, None, None, period, w, None, flag


def _combine(vectors: np.ndarray, by: str, shares: np.ndarray) -> tuple[np.ndarray, str | None]:
    flag = None
    if by == "linear":
        weight = shares @ vectors
    elif by == "game":
        weight, fell_back = game(vectors)
        flag = "fallback" if fell_back else None
    else:
        weight = vectors.prod(axis=0) ** (1 / len(vectors) if by == "geometric" else 1)
    if weight.sum() <= 0:
        return np.full(vectors.shape[1], 1 / vectors.shape[1]), "equal: no weight"
    return weight / weight.sum(), flag
