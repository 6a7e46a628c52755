"""The slow reading of the method specification against the worked example and published cases. See tests/golden/README.md."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from schemas.framework import load_framework
from tests.generated import frameworks, read_framework
from tests.reference import compute, method_of, rank_bounds, resolve, winsorised

CASES = Path(__file__).parents[1] / "golden" / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir())


def rows(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def near(found: float | None, text: str, relative_to_one: bool = False) -> bool:
    if text == "" or found is None:
        return text == "" and found is None
    return math.isclose(found, float(text), rel_tol=1e-9, abs_tol=1e-9 if relative_to_one else 0)


@pytest.fixture(scope="module")
def results():
    found = {}
    for name in NAMES:
        cells = rows(CASES / name / "data.csv")
        data = {
            (row["ref_area"], row["time_period"], row["indicator"]): float(row["obs_value"]) if row["obs_value"] else None
            for row in cells
        }
        areas, periods = ({key[place] for key in data} for place in (0, 1))
        found[name] = compute(*read_framework(CASES / name / "framework"), data, areas, periods)
    return found


def test_every_golden_case_is_here_and_expects_something():
    assert len(NAMES) == 9
    assert all(list((CASES / name).glob("expected_*.csv")) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_golden_scores(results, name):
    unit_interval = not name.endswith("nursing11_entropy")
    for row in rows(CASES / name / "expected_scores.csv"):
        score = results[name].scores[row["ref_area"], row["time_period"], row["code"]]
        assert near(score.value, row["value"], unit_interval), row
        assert (score.value is None) == (score.reason is not None)


@pytest.mark.parametrize("name", NAMES)
def test_golden_normalised_values(results, name):
    for row in rows(CASES / name / "expected_normalised.csv"):
        value, _ = results[name].normalised[row["ref_area"], row["time_period"], row["code"]]
        assert near(value, row["value"], relative_to_one=True), row


@pytest.mark.parametrize("name", NAMES)
def test_golden_weights(results, name):
    for row in rows(CASES / name / "expected_weights.csv"):
        weight, effective = results[name].weights[None, row["code"]]
        assert near(weight, row["weight"], relative_to_one=True), row
        assert near(effective, row["effective_weight"], relative_to_one=True), row


@pytest.mark.parametrize("name", NAMES)
def test_golden_ranks(results, name):
    for row in rows(CASES / name / "expected_ranks.csv"):
        score = results[name].scores[row["ref_area"], row["time_period"], row["code"]]
        assert score.n_ranked == int(row["n_ranked"]), row
        if row["low"] == "":
            assert score.rank is None, row
        else:
            assert int(row["low"]) <= score.rank <= int(row["high"]), row


# ------------------------------------------------------------------- the worked micro example of the method specification

MICRO = {("A", "1", "a"): 10.0, ("B", "1", "a"): 20.0, ("C", "1", "a"): 30.0, ("A", "1", "b"): 4.0, ("B", "1", "b"): 2.0}
MICRO_ROWS = [
    {"code": "P", "type": "index"},
    {"code": "a", "type": "indicator", "parent": "P", "direction": "1"},
    {"code": "b", "type": "indicator", "parent": "P", "direction": "-1"},
]


def micro(data=MICRO, areas="ABC", periods=("1",), rows=MICRO_ROWS, **config):
    return compute(*resolve({"id": "micro", "normalisation": {"range": [0, 1]}} | config, rows), data, list(areas), list(periods))


def test_micro_normalised():
    assert micro().normalised == {
        ("A", "1", "a"): (0, None),
        ("B", "1", "a"): (0.5, None),
        ("C", "1", "a"): (1, None),
        ("A", "1", "b"): (0, None),
        ("B", "1", "b"): (1, None),
        ("C", "1", "b"): (None, "missing"),
    }


def test_micro_scores_and_coverage():
    scores = micro(missing={"min_coverage": 0.5}).scores
    assert [scores[area, "1", "P"].value for area in "ABC"] == [0, 0.75, 1]
    assert [scores[area, "1", "P"].rank for area in "ABC"] == [3, 2, 1]
    assert scores["C", "1", "P"].coverage == 0.5
    held = micro(missing={"min_coverage": 0.6}).scores["C", "1", "P"]
    assert (held.value, held.rank, held.n_ranked, held.reason) == (None, None, 2, "below_coverage")


def test_micro_entropy_weights():
    weights = micro(weighting={"method": "entropy"}).weights
    assert weights[None, "a"][0] == pytest.approx(0.2961, abs=5e-5)
    assert weights[None, "b"][0] == pytest.approx(0.7039, abs=5e-5)


def test_micro_obstacles():
    found = micro().obstacles
    assert [found["A", "1", code] for code in "ab"] == [(0.5, 1), (0.5, 1)]
    assert [found["B", "1", code] for code in "ab"] == [(1, 1), (0, 2)]
    assert [found["C", "1", code] for code in "ab"] == [(None, None), (None, None)]


# ------------------------------------------------------------------------------------------------ figures worked by hand


def one(indicator, values, **config):
    """A tree of one indicator, areas a, b, c ... in one period; its normalised values in the order given."""
    areas = "abcdefgh"[: len(values)]
    data = {(area, "2020", "x"): value for area, value in zip(areas, values, strict=True)}
    tree = [{"code": "S", "type": "index"}, {"code": "x", "type": "indicator", "parent": "S", "direction": "1"} | indicator]
    found = compute(*resolve({"id": "one"} | config, tree), data, list(areas), ["2020"]).normalised
    return [found[area, "2020", "x"][0] if found[area, "2020", "x"][1] is None else found[area, "2020", "x"][1] for area in areas]


@pytest.mark.parametrize(
    ("method", "direction", "values", "expected"),
    [
        ("minmax", "-1", [1, 2, 5], [100, 75, 0]),
        ("minmax", "1", [3, 3, None], ["constant", "constant", "missing"]),
        ("zscore(mean=50,sd=10)", "-1", [1, 2, 3], [60, 50, 40]),
        ("rank", "1", [5, 1, 5, 9], [2, 1, 2, 4]),
        ("borda", "-1", [5, 1, 5, 9], [1, 3, 1, 0]),
        ("percentile", "1", [5, 1, 5, 9, None], [100 / 3, 0, 100 / 3, 100, "missing"]),
        ("percentile(denominator=max_rank)", "1", [1, 9, 9], [0, 100, 100]),
        ("ratio_to_max", "1", [1, 2, 4], [25, 50, 100]),
        ("ratio_to_max", "-1", [1, 2, 4], [100, 50, 25]),
        ("ratio_to_max", "1", [-1, -2], ["domain", "domain"]),
        ("ratio_to_reference(unit=c)", "1", [1, 2, 5], [0, 25, 100]),
        ("ratio_to_reference(unit=a)", "1", [1, 2, 5], ["constant"] * 3),
        ("ampi", "1", [0, 4, 2], [70, 130, 100]),
        ("ampi", "-1", [0, 4, 2], [130, 70, 100]),
        ("none", "1", [7, None], [7, "missing"]),
    ],
)
def test_normalisation_by_hand(method, direction, values, expected):
    assert one({"normalisation": method, "direction": direction}, values) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("method", "direction", "given", "values", "expected"),
    [
        ("goalposts", "-1", {}, [0, 5, 10, 20], [100, 50, 0, -100]),
        ("goalposts", "1", {"goalpost_low": "1", "goalpost_high": "100", "transform": "ln"}, [10, 0], [50, "domain"]),
        ("efficacy", "1", {}, [0, 10, 20], [60, 100, 140]),
        ("efficacy", "-1", {}, [0, 10], [100, 60]),
        ("efficacy_exp", "1", {}, [0, 10], [60, 100]),
        ("minmax", "0", {"target": "4"}, [0, 4, 8, 12], [50, 100, 50, 0]),
        ("minmax", "0", {"target": "4", "target_high": "6"}, [0, 5, 8], [0, 100, 50]),
        ("goalposts", "0", {"target": "4"}, [4, 10, 1], [100, 0, 50]),
        ("target_distance", "1", {"target": "5"}, [1, 3, 9], [0, 50, 200]),
        ("target_distance", "-1", {"target": "1"}, [3, 5], [50, 0]),
        ("target_distance", "1", {"target": "1"}, [1, 3], ["constant", "constant"]),
    ],
)
def test_normalisation_against_goalposts_and_targets_by_hand(method, direction, given, values, expected):
    posts = {"goalpost_low": "0", "goalpost_high": "10"} | given
    assert one({"normalisation": method, "direction": direction} | posts, values) == pytest.approx(expected)


def test_clip_cuts_to_the_range():
    posts = {"goalpost_low": "0", "goalpost_high": "10"}
    assert one(posts, [-5, 5, 20], normalisation={"method": "goalposts", "range": [1, 3], "clip": True}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("arithmetic", 3.5),
        ("geometric", 2 * math.sqrt(2)),
        ("harmonic", 16 / 7),
        ("power(p=2)", math.sqrt((1 + 0 + 12 + 37) / 2)),
        ("product", 12.0),
        ("ampi", 3.5 - 6.25 / 3.5),
        ("ampi(penalty=plus)", 3.5 + 6.25 / 3.5),
    ],
)
def test_aggregation_by_hand(method, expected):
    tree = [{"code": "S", "type": "index", "aggregation": method}] + [
        {"code": c, "type": "indicator", "parent": "S", "direction": "1", "weight": w} for c, w in zip("xy", "33", strict=True)
    ]
    values = {"power(p=2)": (1, 7), "product": (3, 4), "geometric": (2, 4), "harmonic": (4, 1.6)}.get(method, (1, 6))
    data = {("a", "1", c): float(v) for c, v in zip("xy", values, strict=True)}
    found = compute(*resolve({"id": "one", "normalisation": {"method": "none"}}, tree), data, ["a"], ["1"])
    assert found.scores["a", "1", "S"].value == pytest.approx(expected)


def test_copeland_by_hand():
    found = micro(aggregation={"method": "copeland"}).scores
    assert [found[area, "1", "P"].value for area in "ABC"] == [-2, 0, 2]


def test_change_of_a_score_whose_coverage_changed_is_part_performance_part_structure():
    data = {("A", p, c): v for p, c, v in [("1", "a", 0.0), ("1", "b", 0.5), ("2", "a", 0.2), ("1", "c", 1), ("2", "c", 1)]}
    tree = [{"code": "P", "type": "index"}] + [{"code": c, "type": "indicator", "parent": "P", "direction": "1"} for c in "abc"]
    found = micro(data, "A", "12", tree, normalisation={"method": "none"}).changes
    # Weights of a: 1/3 → 1/2, of b: 1/3 → 0, of c: 1/3 → 1/2.
    assert found["A", "1", "2", "P", "a"] == pytest.approx((5 / 12 * 0.2, 0.1 / 6))
    assert found["A", "1", "2", "P", "b"] == pytest.approx((0, -0.5 / 3))
    assert found["A", "1", "2", "P", "c"] == pytest.approx((0, 1 / 6))


def test_change_of_a_geometric_mean_follows_the_logarithms():
    data = {("A", p, c): v for p, c, v in [("1", "a", 1.0), ("1", "b", 4.0), ("2", "a", 4.0), ("2", "b", 4.0)]}
    tree = [{"code": "S", "type": "index"}, {"code": "P", "type": "group", "parent": "S"}, {"code": "c", "type": "indicator"}]
    tree += [{"code": c, "type": "indicator", "parent": "P"} for c in "ab"]
    tree[2]["parent"] = "S"
    for row in tree[2:]:
        row["direction"] = "1"
    tree[1]["aggregation"] = "geometric"
    data |= {("A", "1", "c"): 6.0}
    found = micro(data, "A", "12", tree, normalisation={"method": "none"}).changes
    # P goes from 2 to 4 through a alone; S from 4 to 4 because c, which held half of it, is gone.
    assert found["A", "1", "2", "P", "a"] == pytest.approx((2, 0))
    assert found["A", "1", "2", "P", "b"] == pytest.approx((0, 0))
    assert found["A", "1", "2", "S", "a"] == pytest.approx((1.5, 0.75))
    assert found["A", "1", "2", "S", "b"] == pytest.approx((0, 0.75))
    assert found["A", "1", "2", "S", "c"] == pytest.approx((0, -3))


def test_a_zero_in_a_geometric_mean_leaves_its_changes_open():
    data = {("A", "1", "a"): 0.0, ("A", "2", "a"): 4.0}
    geometric = {"method": "geometric", "on_zero": "zero"}
    found = micro(data, "A", "12", MICRO_ROWS[:2], normalisation={"method": "none"}, aggregation=geometric)
    assert found.scores["A", "1", "P"].value == 0
    assert found.changes == {("A", "1", "2", "P", "a"): (None, None)}


@pytest.mark.parametrize(
    ("below", "expected"), [("arithmetic", {"a": 0.5, "b": 1.0, "c": 2.5}), ("harmonic", {"G": 4 / 3, "c": 2.5})]
)
def test_contributions_go_down_as_far_as_means_are_arithmetic(below, expected):
    tree = [{"code": "S", "type": "index"}, {"code": "G", "type": "group", "parent": "S", "aggregation": below}]
    tree += [{"code": c, "type": "indicator", "parent": p, "direction": "1"} for c, p in zip("abc", "GGS", strict=True)]
    data = {("A", "1", c): v for c, v in zip("abc", (2.0, 4.0, 5.0), strict=True)}
    found = micro(data, "A", "1", tree, normalisation={"method": "none"}).contributions
    assert {code: amount for (_, _, node, code), amount in found.items() if node == "S"} == pytest.approx(expected)
    assert {node for _, _, node, _ in found} == ({"S", "G"} if below == "arithmetic" else {"S"})


QUARTERS = ("2019-Q4", "2020-Q1", "2020-Q3")


@pytest.mark.parametrize(
    ("method", "values", "expected"),
    [
        ("linear", (3.0, None, 6.0), [3, 4, 6]),
        ("linear(max_gap=1)", (3.0, None, 6.0), [3, None, 6]),
        ("linear", (None, 3.0, None), [None, 3, None]),
        ("locf", (3.0, None, None), [3, 3, 3]),
        ("locf(max_gap=2)", (3.0, None, None), [3, 3, None]),
        ("locf", (None, 3.0, None), [None, 3, 3]),
        ("zero", (None, 3.0, None), [0, 3, 0]),
        ("constant(value=7)", (None, 3.0, None), [7, 3, 7]),
    ],
)
def test_imputation_over_time_by_hand(method, values, expected):
    data = {("A", period, "a"): value for period, value in zip(QUARTERS, values, strict=True)}
    row = MICRO_ROWS[1] | {"imputation": method}
    found = micro(data, "A", QUARTERS, [MICRO_ROWS[0], row]).imputed
    assert [found["A", period, "a"][0] for period in QUARTERS] == expected


def test_imputation_within_the_group_leaves_what_cannot_exist_alone():
    nodes, setting, weightings = resolve({"id": "x", "imputation": {"method": "group_mean"}}, MICRO_ROWS[:2])
    data = {("A", "1", "a"): 2.0, ("B", "1", "a"): 4.0, ("E", "1", "a"): 9.0}
    groups = dict.fromkeys("ABCD", "near") | dict.fromkeys("EF", "far")
    found = compute(nodes, setting, weightings, data, list("ABCDEF"), ["1"], groups, not_applicable={("D", "1", "a")})
    values = [found.imputed[area, "1", "a"] for area in "ABCDEF"]
    assert values == [(2, None), (4, None), (3, None), (None, "not_applicable"), (9, None), (9, None)]
    assert [found.scores[area, "1", "P"].imputed_share for area in "ABCDEF"] == [0, 0, 1, None, 0, 1]


def test_denominators():
    tree = [MICRO_ROWS[0], MICRO_ROWS[1] | {"denominator": "d", "scale": "100"}, {"code": "d", "type": "denominator"}]
    data = {(area, "1", "a"): 3.0 for area in "ABC"} | {("A", "1", "d"): 6.0, ("B", "1", "d"): 0.0, ("D", "1", "d"): 0.0}
    found = micro(data, "ABCD", ("1",), tree).denominated
    assert [found[area, "1", "a"] for area in "ABCD"] == [
        (50, None),
        (None, "bad_denominator"),
        (None, "bad_denominator"),
        (None, "missing"),
    ]


THREE = [MICRO_ROWS[0]] + [
    {"code": c, "type": "indicator", "parent": "P", "direction": "1", "weight": w} for c, w in zip("abc", "123", strict=True)
]
THREE_VALUES = {"a": (1.0, 2.0, 4.0), "b": (1.0, 8.0, 64.0), "c": (3.0, 2.0, 1.0)}


def three(**config):
    data = {(area, "1", c): v for c, values in THREE_VALUES.items() for area, v in zip("XYZ", values, strict=True)}
    found = micro(data, "XYZ", ("1",), THREE, **config).weights
    return [found[None, code][0] for code in "abc"]


def shares(*parts):
    return pytest.approx([part / sum(parts) for part in parts])


def test_weights_by_hand():
    sd = [math.sqrt(7 / 27), math.sqrt(73 / 243), 0.5]
    assert three() == shares(1, 2, 3)
    assert three(weighting={"method": "equal"}) == shares(1, 1, 1)
    assert three(weighting={"method": "sd"}) == shares(*sd)
    assert three(weighting={"method": "sd"}, normalisation={"method": "rank"}) == shares(1, 1, 1)
    assert three(weighting={"method": "cv"}) == shares(math.sqrt(7 / 3) * 3 / 7, math.sqrt(3577 / 3) * 3 / 73, 0.5)
    assert three(weighting={"method": "critic", "correlation": "spearman"}) == shares(2 * sd[0], 2 * sd[1], 4 * sd[2])


def test_combined_weights_by_hand():
    parts = {"method": "combined", "of": ["expert", {"method": "equal"}]}
    assert three(weighting=parts) == shares(3, 4, 5)
    assert three(weighting=parts | {"alpha": 0.75}) == shares(5, 8, 11)
    assert three(weighting=parts | {"by": "product"}) == shares(1, 2, 3)
    assert three(weighting=parts | {"by": "geometric"}) == shares(1, math.sqrt(2), math.sqrt(3))


def test_weights_over_all_indicators_give_a_group_the_sum_below_it():
    tree = [MICRO_ROWS[0], {"code": "G", "type": "group", "parent": "P", "weight": "9"}]
    tree += [{"code": c, "type": "indicator", "parent": p, "direction": "1"} for c, p in zip("abc", "GGP", strict=True)]
    found = micro(rows=tree, weighting={"method": "equal", "scope": "all"}).weights
    assert found == {
        (None, "G"): pytest.approx((2 / 3, 2 / 3)),
        (None, "a"): pytest.approx((1 / 2, 1 / 3)),
        (None, "b"): pytest.approx((1 / 2, 1 / 3)),
        (None, "c"): pytest.approx((1 / 3, 1 / 3)),
    }


def test_data_driven_weights_are_found_anew_for_each_period_that_stands_alone():
    data = MICRO | {(area, "2", code): 2 * value + value**2 for (area, _, code), value in MICRO.items()}
    found = micro(data, periods=("1", "2"), weighting={"method": "sd"}, reference={"set": "period"})
    assert {period for period, _ in found.weights} == {"1", "2"}
    assert found.changes == {}


def test_on_missing_null_takes_the_reason_of_the_child():
    score = micro(missing={"on_missing": "null"}).scores["C", "1", "P"]
    assert (score.value, score.coverage, score.reason) == (None, 0.5, "missing")


def test_copeland_needs_an_opponent():
    assert (
        micro(areas="A", normalisation={"method": "none"}, rows=MICRO_ROWS[:2], aggregation={"method": "copeland"})
        .scores["A", "1", "P"]
        .reason
        == "too_few"
    )


def test_no_obstacles_where_a_score_has_no_upper_end():
    rows = [*MICRO_ROWS[:2], MICRO_ROWS[2] | {"normalisation": "zscore"}]
    found = micro(rows=rows).obstacles
    assert found["A", "1", "a"] == (None, None) and found["C", "1", "a"] == (None, None)
    assert found["A", "1", "b"] == (None, None)


def test_what_is_not_covered_says_so():
    with pytest.raises(NotImplementedError, match="pca"):
        micro(weighting={"method": "pca"})


def test_winsorising_stops_when_it_passes_and_logs_when_it_cannot():
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 1000.0]
    assert winsorised(values, 5, 2.0, 3.5, False) == [1, 2, 3, 4, 5, 5]
    far = [*range(30), 1e6, 2e6]
    assert winsorised(far, 1, 2.0, 3.5, False) == [*range(30), 1e6, 1e6]
    logged = winsorised(far, 1, 2.0, 3.5, True)
    assert logged[0] == pytest.approx(math.log(2e4)) and logged == sorted(set(logged))


def test_method_texts():
    assert method_of("power(p=0.5)") == {"method": "power", "p": 0.5}
    assert method_of("minmax(range=[0, 1], clip=true)") == {"method": "minmax", "range": [0, 1], "clip": True}


def test_rank_bounds_open_at_a_tie_within_the_tolerance():
    assert rank_bounds({"a": 1.0, "b": 1.0 + 1e-12, "c": 0.5}) == {"a": (1, 2), "b": (1, 2), "c": (3, 3)}


# --------------------------------------------------------------------------------------------- any framework and any data


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(frameworks())
def test_any_framework_gives_a_whole_and_finite_result(case):
    found = case.compute()
    for table in (found.denominated, found.imputed, found.treated, found.normalised):
        assert len(table) == len(case.areas) * len(case.periods) * len(case.indicators)
        for value, reason in table.values():
            assert (value is None) != (reason is None)
            assert value is None or math.isfinite(value)
    for score in found.scores.values():
        assert (score.value is None) == (score.rank is None) == (score.imputed_share is None) == (score.reason is not None)
        assert score.value is None or math.isfinite(score.value)
        assert -1e-9 <= score.coverage <= 1 + 1e-9
    for period in {period for period, _ in found.weights}:
        effective = [found.weights[period, code][1] for code in case.indicators]
        assert math.fsum(effective) == pytest.approx(1)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(frameworks())
def test_contributions_and_changes_add_up(case):
    found = case.compute()
    amounts, moves = {}, {}
    for (area, period, node, _), amount in found.contributions.items():
        amounts.setdefault((area, period, node), []).append(amount)
    for key, parts in amounts.items():
        assert math.isclose(math.fsum(parts), found.scores[key].value, rel_tol=1e-9, abs_tol=1e-9)
    for (*key, _), (performance, structure) in found.changes.items():
        if performance is not None:
            moves.setdefault(tuple(key), []).extend((performance, structure))
    for (area, p0, p1, node), parts in moves.items():
        s0, s1 = (found.scores[area, p, node].value for p in (p0, p1))
        assert math.isclose(math.fsum(parts), s1 - s0, rel_tol=1e-9, abs_tol=1e-9 * max(1, abs(s0), abs(s1)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=frameworks(stable=False))
def test_the_loader_reads_a_drawn_framework_as_it_is_read_here(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp("loaded")
    case.write(folder)
    loaded = load_framework(folder / "framework")
    nodes, settings, weightings = case.resolved()
    theirs = {row["code"]: row for row in loaded.nodes.iter_rows(named=True)}
    assert set(theirs) == {node["code"] for node in nodes}
    for node in nodes:
        if settings["reference_set"] == "fixed" and node.get("normalisation") == "minmax":
            node["normalisation"] = "goalposts"
        concern = [name for name in node if node["type"] == "indicator" or name not in ("transform", "scale", "weight")]
        assert {name: theirs[node["code"]][name] for name in concern if name != "weight"} == {
            name: node[name] for name in concern if name != "weight"
        }
    assert {name: loaded.settings[name] for name in settings if name in loaded.settings} == {
        name: value for name, value in settings.items() if name in loaded.settings
    }
    assert [{name: row[name] for name in weightings[0]} for row in loaded.weightings.iter_rows(named=True)] == weightings


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=frameworks())
def test_a_written_framework_reads_back_as_itself(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    case.write(folder)
    assert read_framework(folder / "framework") == case.resolved()
    cells = {(row["ref_area"], row["time_period"]) for row in rows(folder / "data.csv")}
    assert cells == {(area, period) for area in case.areas for period in case.periods}
    assert yaml.safe_load((folder / "framework" / "framework.yml").read_text(encoding="utf-8")) == case.config
    assert all(a < b for a, b in pairwise(case.periods))
