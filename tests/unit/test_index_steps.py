"""Steps of the index engine in Python, against published figures, hand-worked ones and independent implementations."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from dagster_project.lib.index import steps

PARENT = 1
RULE = {"treatment_winmax": 5, "treatment_skewness": 2.0, "treatment_kurtosis": 3.5, "treatment_scope": "panel"}


def _cells(*columns, node_ids=None) -> pl.DataFrame:
    """One period; area 1.. down, node 1.. across."""
    rows = [
        (node, area, 1, value)
        for node, column in zip(node_ids or range(1, 1 + len(columns)), columns, strict=True)
        for area, value in enumerate(column, 1)
    ]
    return pl.DataFrame(
        rows, schema={"node_id": pl.Int32, "area_id": pl.Int32, "period_id": pl.Int32, "value": pl.Float64}, orient="row"
    )


def _treatment(method="winsorise_log", node_ids=(1,), **rule) -> pl.DataFrame:
    return pl.DataFrame([{"node_id": node, "treatment": method, **RULE, **rule} for node in node_ids])


def _nodes(weights, codes=None) -> pl.DataFrame:
    """A root (node 1) with one child for each weight (nodes 2..)."""
    codes = codes or [f"c{n}" for n in range(len(weights))]
    return pl.DataFrame(
        {
            "framework": "f",
            "node_id": range(1, 2 + len(weights)),
            "code": ["root", *codes],
            "weight": [None, *weights],
        },
        schema={"framework": pl.String, "node_id": pl.Int32, "code": pl.String, "weight": pl.Float64},
    )


def _scores(z, period_id=None) -> pl.DataFrame:
    """Units down, children across; None is a missing score."""
    rows = [(PARENT, child, area, 1, period_id, value) for area, unit in enumerate(z, 1) for child, value in enumerate(unit, 2)]
    schema = {
        "parent_id": pl.Int32,
        "node_id": pl.Int32,
        "area_id": pl.Int32,
        "cell_period_id": pl.Int32,
        "period_id": pl.Int32,
        "value": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _weighting(method, weighting_id=1, **more) -> dict:
    row = dict.fromkeys(("part_of", "variant", "share_min", "share_max", "combined_by", "alpha"))
    return row | {"framework": "f", "weighting_id": weighting_id, "method": method} | more


def _weightings(*rows) -> pl.DataFrame:
    schema = {"part_of": pl.Int64, "variant": pl.String, "combined_by": pl.String}
    schema |= dict.fromkeys(("share_min", "share_max", "alpha"), pl.Float64)
    return pl.DataFrame(list(rows), schema=schema | {"framework": pl.String, "weighting_id": pl.Int64, "method": pl.String})


def _matrix(codes, values) -> pl.DataFrame:
    rows = [("f", 1, codes[i], codes[j], v) for i, line in enumerate(values) for j, v in enumerate(line) if v is not None]
    schema = {
        "framework": pl.String,
        "weighting_id": pl.Int64,
        "row_code": pl.String,
        "column_code": pl.String,
        "value": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _base(method, z, weights=None, matrix=None, codes=None, **more) -> pl.DataFrame:
    nodes = _nodes(weights or [1.0] * len(z[0]), codes)
    matrices = _matrix([], []) if matrix is None else matrix
    return steps.base_weights(_scores(z), _weightings(_weighting(method, **more)), matrices, nodes)


def _parent_weights(found: pl.DataFrame) -> np.ndarray:
    return found.filter(pl.col("area_id").is_null()).sort("node_id")["weight"].to_numpy()


def _assert_finite(frame: pl.DataFrame) -> None:
    for name in frame.select(pl.selectors.float()).columns:
        assert frame[name].drop_nulls().is_finite().all(), name


# --- treatment ---


def test_moments_are_those_of_scipy():
    column = np.sort(np.random.default_rng(3).lognormal(size=50))
    _, report = steps.treat(_cells(column), _treatment(treatment_skewness=1e9))
    assert report["skewness_before"].item() == pytest.approx(stats.skew(column, bias=False), rel=1e-12)
    assert report["kurtosis_before"].item() == pytest.approx(stats.kurtosis(column, bias=False), rel=1e-12)
    assert report["outcome"].item() == "passed"


def test_one_leader_is_moved_to_the_runner_up():
    column = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    changes, report = steps.treat(_cells(column), _treatment())
    assert changes.rows() == [(1, 10, 1, 9.0)]
    row = report.row(0, named=True)
    assert (row["n"], row["changed"], row["outcome"], row["period_id"]) == (10, 1, "winsorised", None)
    assert row["skewness_after"] == pytest.approx(stats.skew([*column[:-1], 9], bias=False))
    assert abs(row["skewness_before"]) > 2 > abs(row["skewness_after"])


def test_a_long_lower_tail_loses_its_minimum():
    changes, _ = steps.treat(_cells([-100.0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), _treatment())
    assert changes.rows() == [(1, 1, 1, 1.0)]


def test_steps_go_on_until_the_column_passes():
    column = [*map(float, range(1, 19)), 500.0, 1000.0]
    # After one step two cells stand at 500 (G1 = 2.9 by scipy): a second step follows, which moves both to 18.
    assert stats.skew([*column[:-1], 500], bias=False) > 2
    assert stats.kurtosis([*column[:-1], 500], bias=False) > 3.5
    changes, report = steps.treat(_cells(column), _treatment())
    assert changes["value"].to_list() == [18.0, 18.0]
    assert report["changed"].item() == 2


def test_at_winmax_the_original_column_goes_to_the_logarithm():
    column = [*map(float, range(1, 19)), 500.0, 1000.0]
    changes, report = steps.treat(_cells(column), _treatment(treatment_winmax=1))
    assert report["outcome"].item() == "logged" and report["changed"].item() == 20
    expected = [math.log(x - 1 + 0.01 * 999) for x in column]
    assert changes.sort("area_id")["value"].to_list() == pytest.approx(expected)


def test_plain_winsorising_that_does_not_suffice_stays_and_is_called_failed():
    column = [*map(float, range(1, 19)), 500.0, 1000.0]
    changes, report = steps.treat(_cells(column), _treatment("winsorise", treatment_winmax=1))
    assert changes.rows() == [(1, 20, 1, 500.0)]
    assert report["outcome"].item() == "failed" and report["skewness_after"].item() > 2


def test_no_step_makes_a_column_constant():
    presence = [1.0] * 19 + [2.0]
    changes, report = steps.treat(_cells(presence), _treatment())
    assert report["outcome"].item() == "logged"
    assert set(changes["value"].round(12)) == {round(math.log(0.01), 12), round(math.log(1.01), 12)}
    changes, report = steps.treat(_cells(presence), _treatment("winsorise"))
    assert changes.is_empty() and report["outcome"].item() == "failed"


@pytest.mark.parametrize("column", [[], [None, None], [1.0, 2.0, 90.0], [5.0] * 12, [0.1 + 0.2, *[0.3] * 11]])
def test_few_cells_or_a_constant_are_skipped(column):
    changes, report = steps.treat(_cells(column, [1.0] * 4), _treatment(node_ids=(1, 2)))
    assert changes.is_empty()
    assert set(report["outcome"]) == {"skipped"}
    _assert_finite(report)


def test_nodes_without_treatment_are_ignored_and_null_cells_are_not_counted():
    column = [None, 1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    nodes = pl.concat([_treatment(), _treatment("none", node_ids=(2,))])
    changes, report = steps.treat(_cells(column, column), nodes)
    assert report["node_id"].to_list() == [1] and report["n"].item() == 10
    assert changes["area_id"].to_list() == [11]


def test_scope_period_treats_each_period_alone():
    calm = _cells([float(x) for x in range(10)])
    wild = _cells([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100]).with_columns(period_id=pl.lit(2, pl.Int32))
    changes, report = steps.treat(pl.concat([calm, wild]), _treatment(treatment_scope="period"))
    assert report.select("period_id", "outcome").rows() == [(1, "passed"), (2, "winsorised")]
    assert changes.rows() == [(1, 10, 2, 9.0)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(-1e12, 1e12)), max_size=25),
    st.integers(0, 30),
    st.sampled_from(["winsorise", "winsorise_log"]),
    st.randoms(use_true_random=False),
)
def test_any_column_ends_finite_and_whatever_the_order_of_rows(column, winmax, method, random):
    cells, nodes = _cells(column), _treatment(method, treatment_winmax=winmax)
    changes, report = steps.treat(cells, nodes)
    _assert_finite(changes)
    _assert_finite(report)
    order = list(range(cells.height))
    random.shuffle(order)
    again = steps.treat(cells[order], nodes)
    assert again[0].equals(changes) and again[1].equals(report)


# --- analytic hierarchy process ---


# Saaty (1990), How to make a decision: the Analytic Hierarchy Process, EJOR 48, table 2: buying a house.
HOUSE = [
    [1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4],
    [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
    [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5],
    [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8],
    [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6],
    [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6],
    [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2],
    [4, 7, 5, 8, 6, 6, 2, 1],
]


def test_ahp_gives_saatys_house_and_its_inconsistency():
    codes = list("abcdefgh")
    found = _base("ahp", [[0.0] * 8], matrix=_matrix(codes, HOUSE), codes=codes)
    published = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert _parent_weights(found) == pytest.approx(published, abs=6e-4)
    assert found["method_value"].to_numpy() == pytest.approx(np.full(8, 0.169), abs=1e-3)
    assert set(found["flag"]) == {"inconsistent"}


def test_ahp_takes_the_childrens_part_of_the_matrix_and_fills_in_reciprocals():
    # Consistent judgements 4 : 2 : 1 with a further code that is no child; the lower triangle is left out.
    matrix = _matrix(["a", "x", "b", "c"], [[1, 9, 2, 4], [None, 1, 9, 9], [None, None, 1, 2], [None, None, None, None]])
    found = _base("ahp", [[None] * 3], matrix=matrix, codes=["a", "b", "c"])
    assert _parent_weights(found) == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert found["method_value"].to_list() == pytest.approx([0, 0, 0], abs=1e-12) and found["flag"].null_count() == 3


def test_ahp_without_a_matrix_of_these_children_takes_the_declared_weights():
    found = _base("ahp", [[0.0] * 3], weights=[3.0, None, 4.0], matrix=_matrix(["c0", "c1"], [[1, 2], [None, 1]]))
    assert _parent_weights(found) == pytest.approx([3 / 8, 1 / 8, 4 / 8])
    assert set(found["flag"]) == {"declared"}


def test_ahp_refuses_a_judgement_that_is_not_positive():
    with pytest.raises(ValueError, match=r"framework f: the AHP matrix has 0\.0 for c0 against c1"):
        _base("ahp", [[0.0] * 2], matrix=_matrix(["c0", "c1"], [[1, 0], [None, 1]]))


def test_consistency_beyond_ten_children_uses_alonso_and_lamata():
    # Alonso & Lamata (2006), table 3: RI of 11 by simulation 1.5140, of 15 1.5838.
    assert steps._random_index(11) == pytest.approx(1.514, abs=5e-3)
    assert steps._random_index(15) == pytest.approx(1.5838, abs=5e-3)


# --- principal components ---


def _sample(n=30, m=4, seed=7) -> np.ndarray:
    random = np.random.default_rng(seed)
    common = random.normal(size=(n, 1))
    return common * np.linspace(1, 0.3, m) + random.normal(size=(n, m)) * 0.7


def test_pca_first_is_the_squared_first_eigenvector():
    z = _sample()
    # Independently: the first right singular vector of the standardised scores.
    standard = (z - z.mean(axis=0)) / z.std(axis=0)
    _, s, vt = np.linalg.svd(standard)
    found = _base("pca", z.tolist())
    assert _parent_weights(found) == pytest.approx(vt[0] ** 2)
    assert found["method_value"].to_numpy() == pytest.approx(vt[0] ** 2 * s[0] ** 2 / len(z))
    assert found["flag"].null_count() == 4


def test_pca_leaves_out_rows_with_a_gap_and_gives_a_constant_no_weight():
    z = _sample()
    whole = _parent_weights(_base("pca", z[1:].tolist()))
    gappy = [[None, *z[0, 1:].tolist(), 5.0], *[[*row, 5.0] for row in z[1:].tolist()]]
    found = _base("pca", gappy)
    assert _parent_weights(found) == pytest.approx([*whole, 0.0])
    assert found["flag"].to_list() == [None] * 4 + ["constant"]


def test_a_column_without_cells_does_not_cost_the_others_their_rows():
    z = _sample()
    found = _base("pca", [[*row, None] for row in z.tolist()])
    assert _parent_weights(found) == pytest.approx([*_parent_weights(_base("pca", z.tolist())), 0.0])


@pytest.mark.parametrize("variant", ["first", "varimax"])
def test_a_child_against_the_others_is_flagged(variant):
    z = _sample()
    z[:, 3] = -z[:, 0] + 0.3 * z[:, 3]
    z[:, 1:3] += z[:, :1]
    assert _base("pca", z.tolist(), variant=variant)["flag"].to_list() == [None] * 3 + ["loading_negative"]


def test_varimax_finds_the_simple_structure_and_loses_no_variance():
    # Two unrelated factors, turned by 30°: varimax turns them back (hand-made; Kaiser 1958 maximises exactly this).
    simple = np.array([[0.9, 0], [0.8, 0], [0.7, 0], [0, 0.9], [0, 0.6]])
    angle = math.pi / 6
    turned = simple @ np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    rotated = steps._varimax(turned)
    order = [0, 1] if abs(rotated[0, 0]) > 0.5 else [1, 0]
    assert np.abs(rotated[:, order]) == pytest.approx(simple, abs=1e-6)


def test_pca_varimax_weighs_squared_loadings_by_explained_variance():
    random = np.random.default_rng(11)
    a, b = random.normal(size=(2, 60, 1))
    z = np.hstack([a + 0.3 * random.normal(size=(60, 3)), b + 0.5 * random.normal(size=(60, 2))])
    values, vectors = np.linalg.eigh(np.corrcoef(z.T))
    assert (values > 1).sum() == 2
    # Σ over components of (l²/Σl²)·(Σl²/ΣΣl²) is a child's communality over the sum of all: rotation does not change it.
    communality = (vectors[:, values > 1] ** 2 * values[values > 1]).sum(axis=1)
    found = _base("pca", z.tolist(), variant="varimax")
    assert _parent_weights(found) == pytest.approx(communality / communality.sum())
    assert found["method_value"].to_numpy() == pytest.approx(communality)


def test_pca_without_a_unique_first_component_gives_equal_weights():
    square = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]
    for variant in ("first", "varimax"):
        found = _base("pca", square, variant=variant)
        assert _parent_weights(found).tolist() == [0.5, 0.5] and set(found["flag"]) == {"equal: singular"}


# --- benefit of the doubt ---


def test_bod_of_two_units_and_three_children_by_hand():
    # A = (1, .5, .4) and B = (.5, 1, .2). A leads on children 1 and 3, B on child 2: both reach 1 on their own.
    # C = (.5, .5, .2): max ½w1+½w2+.2w3 under w1+.5w2+.4w3 ≤ 1 and .5w1+w2+.2w3 ≤ 1: at w1 = w2 = 2/3 it is 2/3
    # (the dual: multipliers 1/3 and 1/3 give ½, ½ and .2 exactly, so no w does better).
    z = [[1.0, 0.5, 0.4], [0.5, 1.0, 0.2], [0.5, 0.5, 0.2]]
    found = _base("bod", z)
    units = found.filter(pl.col("area_id").is_not_null()).sort("area_id", "node_id")
    optimum = (units["weight"].to_numpy().reshape(3, 3) * np.array(z)).sum(axis=1)
    assert optimum == pytest.approx([1, 1, 2 / 3], abs=1e-12)
    assert units["cell_period_id"].unique().to_list() == [1]
    mean = found.filter(pl.col("area_id").is_null())
    assert mean["weight"].sum() == pytest.approx(1) and mean["cell_period_id"].null_count() == 3


def test_bod_of_two_units_with_pie_bounds_by_hand():
    # A = (1, 0.5), B = (0.5, 1), each child's share within 40 and 60 %: A takes w1 = .6S, w2 = .4S/.5 = .8S.
    # B's row binds: .3S + .8S ≤ 1, so S = 1/1.1 for both; mean shares are ½.
    found = _base("bod", [[1.0, 0.5], [0.5, 1.0]], share_min=0.4, share_max=0.6)
    units = found.filter(pl.col("area_id").is_not_null()).sort("area_id", "node_id")["weight"].to_numpy().reshape(2, 2)
    assert units == pytest.approx(np.array([[0.6, 0.8], [0.8, 0.6]]) / 1.1)
    assert _parent_weights(found) == pytest.approx([0.5, 0.5])


def test_bod_counts_a_missing_child_as_zero_for_others_and_leaves_it_out_of_the_units_own_score():
    # A lacks child 2. B = (0.5, 1): A alone on child 1, so w1 ≤ 1 and A scores 1; its weight on child 2 is 0.
    found = _base("bod", [[1.0, None], [0.5, 1.0], [None, None]])
    rows = {(row["area_id"], row["node_id"]): row for row in found.iter_rows(named=True)}
    assert (rows[1, 2]["weight"], rows[1, 3]["weight"]) == (pytest.approx(1.0), 0.0)
    assert rows[3, 2]["weight"] is None and rows[3, 2]["flag"] == "missing"


def test_bod_bounds_that_cannot_be_met_give_null_and_a_unit_of_zeros_weight_zero():
    found = _base("bod", [[1.0, 0.0], [0.5, 1.0], [0.0, 0.0]], share_min=0.2)
    rows = {(row["area_id"], row["node_id"]): (row["weight"], row["flag"]) for row in found.iter_rows(named=True)}
    assert rows[1, 2] == (None, "infeasible")
    assert rows[3, 2] == (0.0, "no_positive_score")
    assert rows[2, 3][1] is None and rows[2, 3][0] > 0
    # No unit can give three children at least half each.
    nothing = _base("bod", [[1.0, 1.0, 1.0]] * 3, share_min=0.5).filter(pl.col("area_id").is_null())
    assert nothing["weight"].to_list() == pytest.approx([1 / 3] * 3) and set(nothing["flag"]) == {"equal: too few cells"}


def test_bod_does_not_depend_on_the_unit_of_measurement():
    z = np.abs(_sample(12, 3)) + 0.1
    scores = []
    for factor in (1.0, 1000.0, 1e-6):
        units = _base("bod", (z * factor).tolist()).filter(pl.col("area_id").is_not_null()).sort("area_id", "node_id")
        scores.append((units["weight"].to_numpy().reshape(12, 3) * z * factor).sum(axis=1))
    assert scores[1] == pytest.approx(scores[0]) and scores[2] == pytest.approx(scores[0])
    assert max(scores[0]) == pytest.approx(1) and min(scores[0]) > 0


# --- equal importance ---


def _importance(z, weight) -> np.ndarray:
    r = np.array([np.corrcoef(column, z @ weight)[0, 1] for column in z.T])
    return r / r.sum()


def test_equal_importance_meets_its_targets_where_they_can_be_met():
    z = _sample() * [1, 10, 0.1, 5]
    known = np.array([0.2, 0.04, 0.7, 0.06])
    found = _base("equal_importance", z.tolist(), weights=_importance(z, known).tolist())
    weight = _parent_weights(found)
    assert weight == pytest.approx(known) and found["flag"].null_count() == 4
    r = found["method_value"].to_numpy()
    assert r == pytest.approx([np.corrcoef(column, z @ weight)[0, 1] for column in z.T])


def test_two_uncorrelated_children_of_equal_target_are_weighted_by_the_inverse_of_their_deviation():
    # r_j ∝ w_j·sd_j when the children are uncorrelated: sd 1 and 3 give ¾ and ¼.
    found = _base("equal_importance", [[1.0, 3.0], [1.0, -3.0], [-1.0, 3.0], [-1.0, -3.0]])
    assert _parent_weights(found) == pytest.approx([0.75, 0.25])


def test_equal_importance_stays_at_zero_rather_than_below_and_no_weights_do_better():
    # Children 1 and 2 are nearly one: the unconstrained solution for these targets is negative.
    z = _sample(40, 3)
    z[:, 1] = z[:, 0] + 0.2 * z[:, 1]
    declared = [1.0, 8.0, 1.0]
    target = np.array(declared) / 10
    assert np.linalg.solve(np.corrcoef(z.T), target).min() < 0
    weight = _parent_weights(_base("equal_importance", z.tolist(), weights=declared))
    assert (weight >= 0).all() and weight.sum() == pytest.approx(1)

    def distance(w):
        return ((_importance(z, w) - target) ** 2).sum()

    # Independently: a general minimiser over the simplex from several starts.
    best = min(
        minimize(
            distance, start, bounds=[(0, 1)] * 3, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP"
        ).fun
        for start in ([1 / 3] * 3, [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8])
    )
    assert distance(weight) <= best + 1e-9


def test_equal_importance_of_more_children_than_units_is_flagged_as_one_of_several_solutions():
    found = _base("equal_importance", _sample(5, 8).tolist())
    weight = _parent_weights(found)
    assert weight.sum() == pytest.approx(1) and (weight >= 0).all()
    assert set(found["flag"]) == {"singular"}


# --- edge cases of all methods ---


@pytest.mark.parametrize("method", ["pca", "equal_importance"])
@pytest.mark.parametrize(
    ("z", "flag"),
    [
        ([[3.0, 4.0]] * 5, "equal: constant"),
        ([[1.0, 2.0]], "equal: too few cells"),
        ([[None, None]] * 4, "equal: too few cells"),
        ([[1.0, None], [2.0, None], [None, 1.0], [None, 4.0]], "equal: too few cells"),
    ],
)
def test_nothing_to_go_by_gives_equal_weights_with_the_reason(method, z, flag):
    found = _base(method, z)
    assert found["weight"].to_list() == [0.5, 0.5] and set(found["flag"]) == {flag}


@pytest.mark.parametrize("method", ["ahp", "pca", "bod", "equal_importance"])
def test_no_scores_give_no_weights(method):
    found = steps.base_weights(_scores([[1.0]]).clear(), _weightings(_weighting(method)), _matrix([], []), _nodes([1.0]))
    assert found.is_empty() and found.schema == pl.Schema(steps.WEIGHTS)


def test_an_only_child_has_the_whole_weight():
    for method in ("ahp", "pca", "bod", "equal_importance"):
        found = _base(method, [[1.0], [2.0], [4.0]], share_max=0.5)
        assert _parent_weights(found) == pytest.approx([1.0]) and found["flag"].drop_nulls().is_in(["declared"]).all()


def test_each_reference_set_has_its_own_weights():
    first, second = _sample(seed=1), _sample(seed=2)
    scores = pl.concat([_scores(first.tolist(), 1), _scores(second.tolist(), 2).with_columns(cell_period_id=pl.lit(2, pl.Int32))])
    found = steps.base_weights(scores, _weightings(_weighting("pca")), _matrix([], []), _nodes([1.0] * 4))
    for period, z in ((1, first), (2, second)):
        assert _parent_weights(found.filter(period_id=period)) == pytest.approx(_parent_weights(_base("pca", z.tolist())))


VALUES = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 100.0]), st.floats(-1000, 1000))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 4).flatmap(lambda m: st.lists(st.lists(VALUES, min_size=m, max_size=m), min_size=1, max_size=7)),
    st.randoms(use_true_random=False),
)
def test_weights_are_finite_sum_to_one_and_ignore_the_order_of_rows(z, random):
    weightings = _weightings(
        _weighting("pca"),
        _weighting("pca", 2, variant="varimax"),
        _weighting("bod", 3, share_max=0.9),
        _weighting("equal_importance", 4),
        _weighting("ahp", 5),
    )
    scores, nodes = _scores(z), _nodes([1.0] * len(z[0]))
    found = steps.base_weights(scores, weightings, _matrix([], []), nodes)
    _assert_finite(found)
    sums = found.filter(pl.col("area_id").is_null()).group_by("weighting_id").agg(pl.col("weight").sum())
    assert sums.height == 5 and sums["weight"].to_numpy() == pytest.approx(np.ones(5))
    assert (found["weight"].drop_nulls() >= 0).all()
    order = list(range(scores.height))
    random.shuffle(order)
    assert steps.base_weights(scores[order], weightings, _matrix([], []), nodes).equals(found)


# --- combined weights ---


def test_game_of_two_vectors_by_hand():
    # w1 = (.8, .2), w2 = (.4, .6): w1·w1 = .68, w1·w2 = .44, w2·w2 = .52.
    # .68a + .44b = .68 and .44a + .52b = .52: determinant .16, a = (.3536 - .2288)/.16 = .78, b = (.3536 - .2992)/.16 = .34.
    weight, fell_back = steps.game(np.array([[0.8, 0.2], [0.4, 0.6]]))
    a, b = 0.78 / 1.12, 0.34 / 1.12
    assert weight == pytest.approx([0.8 * a + 0.4 * b, 0.2 * a + 0.6 * b]) and not fell_back


@pytest.mark.parametrize(
    "vectors",
    [
        [[0.5, 0.5], [0.5, 0.5]],
        # w1·w1 = 1, w1·w2 = .9, w2·w2 = .82: a = (.82 - .738)/.01 > 0, b = (.82 - .9)/.01 < 0.
        [[1.0, 0.0], [0.9, 0.1]],
    ],
)
def test_game_falls_back_to_equal_shares(vectors):
    weight, fell_back = steps.game(np.array(vectors))
    assert fell_back and weight == pytest.approx(np.mean(vectors, axis=0))


def _candidates(*vectors, period_id=None) -> pl.DataFrame:
    rows = [
        ("f", part, PARENT, node, period_id, weight)
        for part, vector in enumerate(vectors, 2)
        for node, weight in enumerate(vector, 2)
    ]
    schema = {"framework": pl.String} | dict.fromkeys(("weighting_id", "parent_id", "node_id", "period_id"), pl.Int64)
    return pl.DataFrame(rows, schema=schema | {"weight": pl.Float64}, orient="row")


def _combination(by, *alphas) -> pl.DataFrame:
    parts = [_weighting("expert", part, part_of=1, alpha=alpha) for part, alpha in enumerate(alphas, 2)]
    return _weightings(_weighting("combined", combined_by=by), *parts)


@pytest.mark.parametrize(
    ("by", "alphas", "expected"),
    [
        ("linear", (None, None), [0.5, 0.5]),
        ("linear", (3.0, 1.0), [0.65, 0.35]),
        ("product", (None, None), [0.16, 0.16]),
        ("geometric", (None, None), [0.4, 0.4]),
    ],
)
def test_combinations_of_two_vectors(by, alphas, expected):
    found = steps.combined(_candidates([0.8, 0.2], [0.2, 0.8]), _combination(by, *alphas))
    assert found["weight"].to_numpy() == pytest.approx(np.array(expected) / sum(expected))
    assert found.schema == pl.Schema(steps.WEIGHTS) and set(found["weighting_id"]) == {1}


def test_product_and_geometric_weigh_by_the_parts():
    candidates = _candidates([0.6, 0.3, 0.1], [0.5, 0.2, 0.3])
    product, root = np.array([0.30, 0.06, 0.03]), np.sqrt([0.30, 0.06, 0.03])
    found = {by: steps.combined(candidates, _combination(by, None, None))["weight"].to_numpy() for by in ("product", "geometric")}
    assert found["product"] == pytest.approx(product / product.sum())
    assert found["geometric"] == pytest.approx(root / root.sum())


def test_parts_that_exclude_each_other_leave_equal_weights():
    found = steps.combined(_candidates([1.0, 0.0], [0.0, 1.0]), _combination("product", None, None))
    assert found["weight"].to_list() == [0.5, 0.5] and set(found["flag"]) == {"equal: no weight"}


def test_a_part_without_periods_serves_every_period():
    candidates = pl.concat(
        [
            _candidates([0.8, 0.2]),
            *(
                _candidates([0.5, 0.5], vector, period_id=period).filter(weighting_id=3)
                for period, vector in ((1, [0.2, 0.8]), (2, [0.6, 0.4]))
            ),
        ]
    )
    found = steps.combined(candidates, _combination("linear", None, None))
    assert found.select("period_id", "weight").rows() == [
        (1, pytest.approx(0.5)),
        (1, pytest.approx(0.5)),
        (2, pytest.approx(0.7)),
        (2, pytest.approx(0.3)),
    ]


def test_a_units_own_weights_are_no_part_of_a_combination():
    z = [[1.0, 0.5], [0.5, 1.0], [0.7, 0.7]]
    weightings = _weightings(
        _weighting("combined", combined_by="game"), _weighting("bod", 2, part_of=1), _weighting("ahp", 3, part_of=1)
    )
    parts = steps.base_weights(_scores(z), weightings, _matrix([], []), _nodes([3.0, 1.0]))
    found = steps.combined(parts, weightings)
    assert found.height == 2 and found["weight"].sum() == pytest.approx(1)
    shuffled = steps.combined(parts.sample(fraction=1, shuffle=True, seed=4), weightings)
    assert shuffled.equals(found)


def test_half_declared_shares_and_a_part_without_weights_are_errors():
    with pytest.raises(ValueError, match="a positive alpha for every part"):
        steps.combined(_candidates([0.8, 0.2], [0.2, 0.8]), _combination("linear", 0.5, None))
    with pytest.raises(ValueError, match="part 3 of the combined weighting has no weights for node 1"):
        steps.combined(_candidates([0.8, 0.2]), _combination("linear", None, None))


def test_a_frozen_span_decides_on_the_treatment_alone():
    # The span (period 1) lies between 1 and 4 but for one outlier, which is drawn in to 4; a later figure is cut at the same end.
    values = [1.0, 2.0, 3.0, 4.0, 2.0, 3.0, 1.0, 100.0]
    span = pl.DataFrame({"node_id": 1, "area_id": range(8), "period_id": 1, "value": values, "in_reference": True})
    later = pl.DataFrame({"node_id": 1, "area_id": range(3), "period_id": 2, "value": [0.5, 3.5, 900.0], "in_reference": False})
    rule = {"node_id": [1], "treatment": ["winsorise"], "treatment_winmax": [1]}
    nodes = pl.DataFrame(rule | {"treatment_skewness": [2.0], "treatment_kurtosis": [3.5], "treatment_scope": ["panel"]})
    alone, told = steps.treat(span, nodes)
    both, told_both = steps.treat(pl.concat([span, later]), nodes)
    assert alone.rows() == [(1, 7, 1, 4.0)]
    assert both.rows() == [(1, 7, 1, 4.0), (1, 2, 2, 4.0)]
    assert told.rows() == told_both.rows()
