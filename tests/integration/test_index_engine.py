"""The index engine in memory on drawn frameworks: against the second implementation, and what must hold whatever the figures.

INDEX_EXAMPLES=n draws n examples for each property (and four times as many for the comparison).
"""

import csv
import math
import os
import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dagster_project.lib.index import command, data, engine, results, steps
from schemas.framework import MATRICES, load_framework
from tests.generated import Case, frameworks
from tests.reference import Result, Score, differences

EXAMPLES = int(os.environ.get("INDEX_EXAMPLES", "6"))
DRAWN = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
#: What float noise may make of a figure of order 1.
CLOSE = 1e-9
MEANS = ("arithmetic", "geometric", "harmonic", "power(p=2)")


@pytest.fixture(scope="session")
def models(index_cache: Path) -> list[engine.Model]:
    return engine.compiled(index_cache)


@dataclass(frozen=True)
class Found:
    """What the engine made: its results by name, and every table of its database."""

    tables: dict[str, pl.DataFrame]
    not_finite: list[str]  # columns that hold NaN or infinity

    def result(self) -> Result:
        """The results in the form of the second implementation."""
        found = Result()
        for name in ("denominated", "imputed", "treated", "normalised"):
            setattr(found, name, {tuple(key): (value, reason) for *key, value, reason in self.tables[name].iter_rows()})
        found.weights = {(p, code): (w, effective) for p, code, _, w, effective in self.tables["weights"].iter_rows()}
        for area, period, code, value, rank, n, coverage, imputed, _, reason in self.tables["scores"].iter_rows():
            found.scores[area, period, code] = Score(value, rank, n, coverage, imputed, reason)
        found.contributions = {tuple(key): amount for *key, amount in self.tables["contributions"].iter_rows()}
        for name in ("changes", "obstacles"):
            setattr(found, name, {tuple(key): (first, second) for *key, first, second in self.tables[name].iter_rows()})
        return found

    def scores(self) -> dict[tuple[str, str, str], float]:
        """(area, period, node) → its score, where it has one."""
        return {key: score.value for key, score in self.result().scores.items() if score.value is not None}


def run(folder: Path, models: list[engine.Model]) -> Found:
    """The engine on folder/framework and folder/data.csv."""
    given, _ = command.tables(load_framework(folder / "framework"), data.read(folder / "data.csv"))
    with engine.session(given) as connection:
        engine.run(connection, models)
        tables = {result.file.removesuffix(".csv"): results.rows(connection, result) for result in results.RESULTS}
        return Found(tables, _not_finite(connection))


def _not_finite(connection) -> list[str]:
    columns = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns where data_type in ('DOUBLE', 'FLOAT')"
    ).fetchall()
    assert len(columns) > 50
    counts = " union all ".join(
        f"select '{schema}.{table}.{column}' as name from {schema}.\"{table}\""
        f' where isnan("{column}") or isinf("{column}") group by 1'
        for schema, table, column in columns
    )
    return [name for (name,) in connection.execute(counts).fetchall()]


def computed(case: Case, models: list[engine.Model]) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder))
        return run(Path(folder), models)


def changed(case: Case, config: dict | None = None, **cells: str | dict[str, str]) -> Case:
    """The case with these keys of framework.yml, and these cells: of all indicators, or for `aggregation` of all others.

    A key or cell of None or '' takes the setting away. A dict as a cell maps what stands there.
    """
    whole = {key: value for key, value in (case.config | (config or {})).items() if value is not None}
    rows = []
    for row in case.rows:
        own = dict(row)
        for name, cell in cells.items():
            if (row["type"] == "indicator") != (name == "aggregation") and row["type"] != "denominator":
                own[name] = cell.get(row[name], row[name]) if isinstance(cell, dict) else cell
        rows.append(own)
    return replace(case, config=whole, rows=rows)


def with_data(case: Case, value) -> Case:
    """The case with value((area, period, code), old) in each cell that has one."""
    return replace(case, data={key: None if old is None else value(key, old) for key, old in case.data.items()})


def stable(case: Case) -> Case:
    """Leaves out what hangs on float noise: another order of summation may give another result there, and a true one."""
    assume(case.is_stable())
    return case


def drawn():
    """Frameworks and data large enough that a property says something: three areas or more, two indicators or more."""
    return frameworks(stable=False).filter(lambda case: len(case.areas) > 2 and len(case.indicators) > 1)


@st.composite
def one_range(draw, low: float, high: float, aggregations=MEANS, reweight: bool = False):
    """A framework in which every indicator and every node lies between low and high."""
    case = draw(drawn())
    config = {
        "reference": {"set": "panel"},
        "normalisation": {"method": "minmax", "range": [low, high]},
        "aggregation": {"method": "arithmetic"},
        "treatment": None,
    }
    if reweight:
        config["missing"] = {"min_coverage": 0, "on_missing": "reweight"}
    case = changed(case, config, normalisation="", treatment="")
    groups = {row["code"]: draw(st.sampled_from(aggregations)) for row in case.rows if row["type"] in ("index", "group")}
    rows = [row | {"aggregation": groups.get(row["code"], "")} for row in case.rows]
    return stable(replace(case, rows=rows))


# ------------------------------------------------------------------------------------------- against the other implementation


@settings(DRAWN, max_examples=4 * EXAMPLES)
@given(frameworks())
def test_the_engine_agrees_with_the_second_implementation(models, case):
    found = computed(case, models)
    assert differences(found.result(), case.compute()) == []
    assert found.not_finite == []


# ------------------------------------------------------------------------------------------------------ properties, §16.2


@DRAWN
@given(one_range(1, 100))
def test_scores_lie_within_the_range(models, case):
    # Means of scores within a range stay there; a panel without a span holds every cell, so that none lies outside.
    found = computed(case, models)
    for table in ("normalised", "scores"):
        values = found.tables[table]["value"].drop_nulls()
        assert ((values >= 1 - CLOSE) & (values <= 100 + CLOSE)).all()


@settings(DRAWN, max_examples=max(1, EXAMPLES * 3 // 4))
@given(frameworks(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_areas_changes_nothing(models, case, chance):
    found = computed(case, models)
    keys = chance.sample(list(case.data), len(case.data))
    shuffled = replace(case, data={key: case.data[key] for key in keys}, rows=chance.sample(case.rows, len(case.rows)))
    again = computed(shuffled, models)
    for name, table in found.tables.items():
        assert again.tables[name].equals(table), name
    # Each area under another's name: the same figures under the new names.
    names = dict(zip(case.areas, chance.sample(case.areas, len(case.areas)), strict=True))
    renamed = _renamed(case, names)
    assert differences(computed(renamed, models).result(), _under_new_names(found.result(), names)) == []


def _renamed(case: Case, names: dict[str, str]) -> Case:
    def unit(text):
        for old in names:
            if f"unit={old}" in text:
                return text.replace(f"unit={old}", f"unit={names[old]}")
        return text

    whole = dict(case.config["normalisation"])
    if "unit" in whole:
        whole["unit"] = names[whole["unit"]]
    return replace(
        case,
        config=case.config | {"normalisation": whole},
        rows=[row | {"normalisation": unit(row["normalisation"])} for row in case.rows],
        groups={names[area]: group for area, group in case.groups.items()},
        data={(names[area], *rest): value for (area, *rest), value in case.data.items()},
        unwritten=frozenset((names[area], *rest) for area, *rest in case.unwritten),
    )


def _under_new_names(result: Result, names: dict[str, str]) -> Result:
    found = Result(weights=result.weights)
    for table in ("denominated", "imputed", "treated", "normalised", "scores", "contributions", "changes", "obstacles"):
        setattr(found, table, {(names[area], *rest): value for (area, *rest), value in getattr(result, table).items()})
    return found


@st.composite
def free_of_units(draw, methods, weightings):
    """A framework whose scores hang on differences within a column only: no goalposts, targets, transforms or constants."""
    case = draw(drawn())
    reference = draw(st.sampled_from(["panel", "period"]))
    config = {
        "reference": {"set": reference},
        "normalisation": {"method": draw(st.sampled_from(methods))},
        "weighting": draw(st.sampled_from(weightings)),
        "imputation": None,
        "treatment": None,
        "changes": None,
    }
    emptied = dict.fromkeys(("normalisation", "transform", "target", "target_high", "imputation", "treatment"), "")
    return stable(changed(case, config, direction={"0": "-1"}, **emptied))


SCALED = [{"method": "entropy"}, {"method": "entropy", "scope": "all"}, {"method": "expert"}, {"method": "critic"}]


@DRAWN
@given(free_of_units(["minmax", "zscore", "rank", "percentile"], SCALED), st.sampled_from([0.001, 3.0, 1e7]))
def test_the_unit_of_an_indicator_changes_nothing(models, case, factor):
    series = set(case.indicators[::2])
    scaled = with_data(case, lambda key, value: value * factor if key[2] in series else value)
    tables = ("normalised", "weights", "scores", "contributions", "changes", "obstacles")
    assert differences(computed(scaled, models).result(), computed(case, models).result(), tables) == []


@DRAWN
@given(free_of_units(["minmax", "zscore", "rank", "percentile"], SCALED))
def test_the_sign_of_an_indicator_and_its_direction_together_change_nothing(models, case):
    flipped = with_data(case, lambda key, value: -value if key[2] in case.indicators else value)
    flipped = changed(flipped, direction={"1": "-1", "-1": "1"})
    tables = ("normalised", "weights", "scores", "contributions", "changes", "obstacles")
    assert differences(computed(flipped, models).result(), computed(case, models).result(), tables) == []


@DRAWN
@given(one_range(0, 100, ("arithmetic", "arithmetic", "arithmetic", "geometric")))
def test_contributions_add_up_to_the_score(models, case):
    found = computed(case, models)
    amounts: dict[tuple, float] = {}
    for area, period, node, _, amount in found.tables["contributions"].iter_rows():
        amounts[area, period, node] = amounts.get((area, period, node), 0.0) + amount
    scores = found.scores()
    additive = _arithmetic_below(case)
    assert {key for key in amounts} == {key for key in scores if key[2] in additive}
    for key, amount in amounts.items():
        assert amount == pytest.approx(scores[key], rel=CLOSE, abs=CLOSE), key


def _arithmetic_below(case: Case) -> set[str]:
    """Nodes of which every node below, down to the indicators, is an arithmetic mean."""
    how = {row["code"]: row["aggregation"] for row in case.rows if row["type"] in ("index", "group")}
    parents = {row["code"]: row["parent"] for row in case.rows if row["type"] in ("group", "indicator")}
    spoilt = set()
    for code, method in how.items():
        while method != "arithmetic" and code:
            spoilt.add(code)
            code = parents.get(code)
    return how.keys() - spoilt


@DRAWN
@given(one_range(1, 100, ("arithmetic", "geometric"), reweight=True).filter(lambda case: len(case.periods) > 1))
def test_effects_add_up_to_the_change_of_the_score(models, case):
    found = computed(case, models)
    sums: dict[tuple, float] = {}
    for area, start, end, node, _, performance, structure in found.tables["changes"].iter_rows():
        assert performance is not None and structure is not None  # no score is 0
        sums[area, start, end, node] = sums.get((area, start, end, node), 0.0) + performance + structure
    scores, periods = found.scores(), sorted(case.periods)
    pairs = [(periods[0], periods[-1])] if "changes" in case.config else list(pairwise(periods))
    both = {
        (area, start, end, node)
        for area, period, node in scores
        for start, end in pairs
        if period == start and (area, end, node) in scores
    }
    assert sums.keys() == both
    for (area, start, end, node), total in sums.items():
        difference = scores[area, end, node] - scores[area, start, node]
        assert total == pytest.approx(difference, abs=CLOSE * 100), (area, start, end, node)


@DRAWN
@given(one_range(0, 1, ("arithmetic",)))
def test_obstacles_add_up_to_one(models, case):
    found = computed(case, models)
    degrees: dict[tuple, float] = {}
    for area, period, _, degree, order in found.tables["obstacles"].iter_rows():
        assert (degree is None) == (order is None)
        if degree is not None:
            degrees[area, period] = degrees.get((area, period), 0.0) + degree
    assert all(total == pytest.approx(1, abs=CLOSE) for total in degrees.values())
    # Where a weighty indicator falls short of the best there is something to overcome, and nowhere else.
    effective = {(period, code): weight for period, code, _, _, weight in found.tables["weights"].iter_rows()}
    short = {
        (area, period)
        for area, period, code, value, _ in found.tables["normalised"].iter_rows()
        if value is not None and effective[None, code] * (1 - value) > CLOSE
    }
    assert degrees.keys() == short


@settings(DRAWN, max_examples=2 * EXAMPLES)
@given(frameworks(stable=False), st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.0, 3.75, -7.5]))
def test_a_constant_indicator_or_an_empty_area_never_gives_nan_or_infinity(models, case, which, area, constant):
    code, empty = case.indicators[which % len(case.indicators)], case.areas[area % len(case.areas)]
    data = {key: None if key[0] == empty else constant if key[2] == code else value for key, value in case.data.items()}
    found = computed(replace(case, data=data, unwritten=frozenset()), models)
    assert found.not_finite == []
    for table in ("normalised", "scores"):
        odd = found.tables[table].filter(pl.col("value").is_null() == pl.col("reason").is_null())
        assert odd.is_empty(), odd


@DRAWN
@given(frameworks(stable=False))
def test_one_area_and_one_period_run(models, case):
    area, period = case.areas[0], case.periods[0]
    kind = case.config["reference"]["set"]
    alone = replace(
        case,
        config=case.config | {"reference": {"set": kind} | ({"base": period} if kind == "base" else {})},
        areas=[area],
        periods=[period],
        groups={name: group for name, group in case.groups.items() if name == area},
        data={key: value for key, value in case.data.items() if key[:2] == (area, period)},
        unwritten=frozenset(),
    )
    alone = stable(changed(alone, {"changes": None}))
    found = computed(alone, models)
    assert differences(found.result(), alone.compute()) == []
    assert found.not_finite == []


@st.composite
def frozen(draw):
    """A framework whose figures of earlier periods do not hang on the last: goalposts and declared weights, or a frozen span."""
    case = draw(drawn().filter(lambda case: len(case.periods) > 1))
    span = [case.periods[0], case.periods[-2]]
    plain = dict.fromkeys(("normalisation", "transform"), "") | {"imputation": draw(st.sampled_from(["", "locf"]))}
    plain["treatment"] = "none"
    config = {"treatment": None, "imputation": None, "changes": None, "normalisation": {"method": "goalposts"}}
    if draw(st.booleans()):
        # TOPSIS takes its ideal from the data, also under a fixed reference.
        config |= {"reference": {"set": "fixed"}, "weighting": {"method": draw(st.sampled_from(["expert", "equal"]))}}
        how = {"aggregation": draw(st.sampled_from([*MEANS, "copeland", "ampi"]))}
        return stable(changed(case, config, goalpost_low="-37.5", goalpost_high="187.5", **plain, **how))
    method = draw(st.sampled_from(["minmax", "zscore", "rank", "percentile", "ampi", "ratio_to_max"]))
    config |= {"reference": {"set": "panel", "span": span}, "normalisation": {"method": method}}
    # A span freezes what is done to outliers as well.
    plain["treatment"] = draw(st.sampled_from(["none", "winsorise(winmax=1,skewness=0.5,kurtosis=-1.5)"]))
    return stable(changed(case, config, direction={"0": "1"}, target="", target_high="", **plain))


@DRAWN
@given(frozen())
def test_a_later_period_does_not_alter_earlier_figures(models, case):
    last = case.periods[-1]
    before = replace(
        case,
        periods=case.periods[:-1],
        data={key: value for key, value in case.data.items() if key[1] != last},
        unwritten=frozenset(key for key in case.unwritten if key[1] != last),
    )
    whole, earlier = computed(case, models).result(), computed(before, models).result()
    for table in ("denominated", "imputed", "treated", "normalised", "scores", "contributions", "obstacles"):
        setattr(whole, table, {key: value for key, value in getattr(whole, table).items() if key[1] != last})
    whole.changes = {key: value for key, value in whole.changes.items() if key[2] != last}
    assert differences(whole, earlier) == []


# --------------------------------------------------------------------------------------------- the worked example of §14


def write(folder: Path, yml: str, nodes: str, cells: list[tuple], **files: str) -> Path:
    """A folder with framework/ and data.csv."""
    inner = folder / "framework"
    inner.mkdir(parents=True)
    (inner / "framework.yml").write_text(yml, encoding="utf-8")
    (inner / "framework.csv").write_text(nodes, encoding="utf-8")
    for name, text in files.items():
        (inner / f"{name}.csv").write_text(text, encoding="utf-8")
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("ref_area", "time_period", "indicator", "obs_value"), *cells])
    return folder


MICRO = [("A", "2020", "a", 10), ("B", "2020", "a", 20), ("C", "2020", "a", 30), ("A", "2020", "b", 4), ("B", "2020", "b", 2)]
MICRO_NODES = "code,type,parent,direction\nP,index,,\na,indicator,P,1\nb,indicator,P,-1\n"


@pytest.mark.parametrize(("coverage", "last"), [("0.5", (1.0, 0.5, 1, 3, None)), ("0.6", (None, 0.5, None, 2, "below_coverage"))])
def test_the_worked_example(tmp_path, models, coverage, last):
    yml = f"id: micro\nnormalisation: {{method: minmax, range: [0, 1]}}\nmissing: {{min_coverage: {coverage}}}\n"
    found = run(write(tmp_path, yml, MICRO_NODES, MICRO), models)
    z = {(area, code): (value, reason) for area, _, code, value, reason in found.tables["normalised"].iter_rows()}
    assert z == {
        ("A", "a"): (0.0, None),
        ("B", "a"): (0.5, None),
        ("C", "a"): (1.0, None),
        ("A", "b"): (0.0, None),
        ("B", "b"): (1.0, None),
        ("C", "b"): (None, "missing"),
    }
    columns = ("ref_area", "value", "coverage", "rank", "n_ranked", "reason")
    scores = {area: tuple(rest) for area, *rest in found.tables["scores"].select(columns).iter_rows()}
    n = last[3]
    assert scores == {"A": (0.0, 1.0, n, n, None), "B": (0.75, 1.0, n - 1, n, None), "C": last}
    obstacles = {(area, code): degree for area, _, code, degree, _ in found.tables["obstacles"].iter_rows()}
    assert obstacles == {
        ("A", "a"): 0.5,
        ("A", "b"): 0.5,
        ("B", "a"): 1.0,
        ("B", "b"): 0.0,
        ("C", "a"): None,
        ("C", "b"): None,
    }


def test_the_entropy_weights_of_the_worked_example(tmp_path, models):
    yml = "id: micro\nnormalisation: {method: minmax, range: [0, 1]}\nweighting: {method: entropy}\n"
    found = run(write(tmp_path, yml, MICRO_NODES, MICRO), models)
    e = -(1 / 3 * math.log(1 / 3) + 2 / 3 * math.log(2 / 3)) / math.log(3)
    assert e == pytest.approx(0.5794, abs=5e-5)
    weights = {code: (w, effective) for _, code, _, w, effective in found.tables["weights"].iter_rows()}
    expected = {"a": (1 - e) / (2 - e), "b": 1 / (2 - e)}
    for code, weight in expected.items():
        assert weights[code] == pytest.approx((weight, weight), rel=1e-11)
    assert (round(weights["a"][0], 4), round(weights["b"][0], 4)) == (0.2961, 0.7039)


# ------------------------------------------------------------------------- weights by an eigenvector or an optimisation

TREE = "code,type,parent,weight,direction\nS,index,,,\nG,group,S,2,\nH,group,S,1,\n" + "".join(
    f"{code},indicator,{parent},{weight},{direction}\n"
    for code, parent, weight, direction in [
        ("a", "G", 3, 1),
        ("b", "G", 1, 1),
        ("c", "G", 2, -1),
        ("d", "G", 1, 1),
        ("e", "H", 1, 1),
        ("f", "H", 2, -1),
        ("g", "H", 1, 1),
    ]
)
CHILDREN = {"S": ["G", "H"], "G": ["a", "b", "c", "d"], "H": ["e", "f", "g"]}


def two_factors() -> list[tuple]:
    """Nine areas; a, b and the reverse of c go together, and so do d, e, g and the reverse of f."""
    chance = np.random.default_rng(10)
    first, second = chance.normal(size=(2, 9))
    signs = {"a": 1, "b": 1, "c": -1, "d": 1, "e": 1, "f": -1, "g": 1}
    cells = []
    for code, sign in signs.items():
        factor = first if code in "abc" else second
        column = 50 + 10 * (sign * factor + chance.normal(size=9))
        cells += [(f"A{area}", "2020", code, round(value, 3)) for area, value in enumerate(column.tolist(), 1)]
    return cells


@dataclass(frozen=True)
class Tree:
    """A run of TREE: z (node → scores by area), weights and effective weights by node."""

    z: dict[str, np.ndarray]
    weight: dict[str, float]
    effective: dict[str, float]

    def own(self, parent: str) -> list[float]:
        return [self.weight[code] for code in CHILDREN[parent]]

    def columns(self, parent: str) -> np.ndarray:
        return np.array([self.z[code] for code in CHILDREN[parent]]).T


def tree(folder: Path, models, weighting: str, cells=None, **files: str) -> Tree:
    yml = f"id: tree\nnormalisation: {{method: minmax, range: [0, 100]}}\nweighting: {weighting}\n"
    found = run(write(folder, yml, TREE, two_factors() if cells is None else cells, **files), models)
    assert found.not_finite == []
    z = {
        code: table.sort("ref_area")["value"].to_numpy()
        for name in ("normalised", "scores")
        for (code,), table in found.tables[name].group_by("code")
    }
    rows = found.tables["weights"]
    return Tree(z, dict(rows.select("code", "weight").iter_rows()), dict(rows.select("code", "effective_weight").iter_rows()))


def by_hand(found: Tree, parent: str, weighting: dict) -> pl.DataFrame:
    """What the step gives for the children of one parent, called by itself; its children are nodes 2, 3.."""
    declared = {row.split(",")[0]: float(row.split(",")[3] or 1) for row in TREE.splitlines()[1:]}
    codes = CHILDREN[parent]
    cells = [
        {"parent_id": 1, "node_id": place + 2, "area_id": area + 1, "cell_period_id": 1, "value": value}
        for place, code in enumerate(codes)
        for area, value in enumerate(found.z[code].tolist())
    ]
    nodes = {"framework": "t", "node_id": range(1, len(codes) + 2), "code": [parent, *codes]}
    empty = {"variant": None, "share_min": None, "share_max": None}
    return steps.base_weights(
        pl.DataFrame(cells).with_columns(period_id=pl.lit(None, pl.Int64)),
        pl.DataFrame([{"framework": "t", "weighting_id": 1, "part_of": None} | empty | weighting]),
        pl.DataFrame(schema=MATRICES),
        pl.DataFrame(nodes).with_columns(weight=pl.Series([1.0] + [declared[code] for code in codes])),
    )


def assert_effective(found: Tree) -> None:
    """An effective weight is the product of the weights up to the root, and a score the weighted mean of the children."""
    for parent, codes in CHILDREN.items():
        above = 1.0 if parent == "S" else found.weight[parent]
        assert sum(found.own(parent)) == pytest.approx(1, abs=CLOSE)
        for code in codes:
            assert found.effective[code] == pytest.approx(above * found.weight[code], rel=CLOSE)
        assert found.z[parent] == pytest.approx(found.columns(parent) @ found.own(parent), rel=CLOSE, abs=CLOSE)


def test_ahp_weights_are_the_judgements_of_a_consistent_matrix(tmp_path, models):
    # Consistent: the columns are multiples of each other, so that every column rescaled to 1 is the eigenvector.
    outer = "code,G,H,a,b,c,d\nG,1,3,,,,\nH,1/3,1,,,,\n"
    inner = "a,,,1,2,4,8\nb,,,1/2,1,2,4\nc,,,1/4,1/2,1,2\nd,,,1/8,1/4,1/2,1\n"
    found = tree(tmp_path, models, "{method: ahp, matrix: judged.csv}", judged=outer + inner)
    assert found.own("S") == pytest.approx([3 / 4, 1 / 4], rel=CLOSE)
    assert found.own("G") == pytest.approx([8 / 15, 4 / 15, 2 / 15, 1 / 15], rel=CLOSE)
    assert found.own("H") == pytest.approx([1 / 4, 2 / 4, 1 / 4], rel=CLOSE)  # not compared: the declared weights
    assert_effective(found)


@pytest.mark.parametrize("variant", ["first", "varimax"])
def test_weights_by_principal_components_are_those_of_the_step(tmp_path, models, variant):
    found = tree(tmp_path, models, f"{{method: pca, variant: {variant}}}")
    for parent in CHILDREN:
        weights = by_hand(found, parent, {"method": "pca", "variant": variant}).sort("node_id")["weight"].to_list()
        assert found.own(parent) == pytest.approx(weights, rel=1e-8), parent
    assert found.own("S") == pytest.approx([0.5, 0.5], rel=CLOSE)  # two columns load alike on their first component
    assert max(found.own("G")) - min(found.own("G")) > 0.01
    assert_effective(found)


def test_the_first_component_is_the_leading_eigenvector_of_the_correlations(tmp_path, models):
    found = tree(tmp_path, models, "{method: pca}")
    for parent in ("G", "H"):
        _, vectors = np.linalg.eigh(np.corrcoef(found.columns(parent), rowvar=False))
        assert found.own(parent) == pytest.approx(vectors[:, -1] ** 2, rel=1e-8)


def test_weights_of_equal_importance_give_correlations_in_the_declared_proportions(tmp_path, models):
    found = tree(tmp_path, models, "{method: equal_importance}")
    for parent in CHILDREN:
        weights = by_hand(found, parent, {"method": "equal_importance"}).sort("node_id")["weight"].to_list()
        assert found.own(parent) == pytest.approx(weights, rel=1e-7, abs=CLOSE), parent
    # No weight had to be cut off at 0, so that the correlations with the parent are as the declared weights.
    for parent, declared in (("G", [3, 1, 2, 1]), ("H", [1, 2, 1])):
        assert min(found.own(parent)) > 0
        r = np.array([np.corrcoef(found.z[code], found.z[parent])[0, 1] for code in CHILDREN[parent]])
        assert r / r.sum() == pytest.approx(np.array(declared) / sum(declared), abs=1e-7)
    assert_effective(found)


@pytest.mark.parametrize("bounds", [{}, {"share_max": 0.7}, {"share_min": 0.1, "share_max": 0.8}])
def test_benefit_of_the_doubt_scores_each_area_by_its_own_best_weights(tmp_path, models, bounds):
    found = tree(tmp_path, models, str({"method": "bod"} | bounds))
    for parent in ("G", "H"):
        own = by_hand(found, parent, {"method": "bod"} | bounds)
        shares = own.filter(pl.col("area_id").is_null()).sort("node_id")["weight"].to_list()
        assert found.own(parent) == pytest.approx(shares, abs=1e-7), parent
        best = own.filter(pl.col("area_id").is_not_null()).sort("area_id", "node_id")["weight"].to_numpy()
        # An area at the bottom of an indicator cannot give it a least share: it has no score.
        expected = (best.reshape(9, -1) * found.columns(parent)).sum(axis=1)
        assert found.z[parent].astype(float) == pytest.approx(expected, abs=1e-7, nan_ok=True)
        assert np.isnan(expected).any() == ("share_min" in bounds)
        assert np.nanmax(expected) == pytest.approx(1, abs=1e-7) and np.nanmin(expected) >= 0
    if not bounds:
        assert found.z["S"].max() == pytest.approx(1, abs=1e-7)


def entropy(z: np.ndarray) -> np.ndarray:
    """Weights of columns without gaps, by the formula of section 6 of the method."""
    unit = (z - z.min(axis=0)) / np.ptp(z, axis=0)
    p = unit / unit.sum(axis=0)
    e = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(axis=0) / math.log(len(z))
    return (1 - e) / (1 - e).sum()


def test_weights_combined_by_game_theory(tmp_path, models):
    found = tree(tmp_path, models, "{method: combined, of: [entropy, expert], by: game}")
    declared = {"S": [2, 1], "G": [3, 1, 2, 1], "H": [1, 2, 1]}
    for parent, own in declared.items():
        parts = np.array([entropy(found.columns(parent)), np.array(own) / sum(own)])
        products = parts @ parts.T
        shares = np.linalg.solve(products, np.diag(products))
        if (shares < 0).any():
            shares = np.ones(2)
        assert found.own(parent) == pytest.approx(shares / shares.sum() @ parts, rel=1e-8), parent
    assert_effective(found)


def test_parts_that_only_python_finds_can_be_combined(tmp_path, models):
    found = tree(tmp_path, models, "{method: combined, of: [pca, equal], by: linear, alpha: 0.25}")
    for parent, codes in CHILDREN.items():
        first = by_hand(found, parent, {"method": "pca", "variant": "first"}).sort("node_id")["weight"].to_numpy()
        assert found.own(parent) == pytest.approx(0.25 * first + 0.75 / len(codes), rel=1e-8), parent
    assert_effective(found)


IN_PYTHON = [
    {"method": "pca"},
    {"method": "pca", "variant": "varimax"},
    {"method": "equal_importance"},
    {"method": "bod"},
    {"method": "bod", "share_min": 0.05},
    {"method": "combined", "of": ["pca", "entropy"], "by": "game"},
    {"method": "combined", "of": ["equal_importance", "cv", {"method": "entropy", "share": "raw"}], "by": "product"},
    {"method": "combined", "of": ["bod", "critic"], "by": "geometric"},
    {"method": "combined", "of": ["bod", "expert", "sd"], "by": "game"},
]


@settings(DRAWN, max_examples=max(1, EXAMPLES * 3 // 2))
@given(frameworks(stable=False), st.sampled_from(IN_PYTHON), st.sampled_from(["siblings", "siblings", "all"]))
def test_weights_found_in_python_are_shares_whatever_the_framework(models, case, weighting, scope):
    # BoD is a weighted sum, so that the loader takes it with arithmetic means only.
    means = {"aggregation": {"method": "arithmetic"}, "reference": {"set": "panel"}} if weighting["method"] == "bod" else {}
    assume(not means or case.config["reference"]["set"] == "panel")
    blank = {"aggregation": ""} if means else {}
    found = computed(changed(case, {"weighting": weighting | {"scope": scope}} | means, **blank), models)
    assert found.not_finite == []
    sums: dict[tuple, float] = {}
    for period, _, parent, weight, effective in found.tables["weights"].iter_rows():
        assert weight is not None and -CLOSE <= effective <= 1 + CLOSE
        assert -CLOSE <= weight <= 1 + CLOSE
        sums[period, parent] = sums.get((period, parent), 0.0) + weight
    assert {parent for _, parent in sums} == {row["parent"] for row in case.rows} - {""}
    assert all(total == pytest.approx(1, abs=CLOSE) for total in sums.values()), sums
    odd = found.tables["scores"].filter(pl.col("value").is_null() == pl.col("reason").is_null())
    assert odd.is_empty(), odd


# -------------------------------------------------------------------------------- figures that noise or size would spoil


def scored(found: Found, code: str = "S") -> dict[tuple[str, str], float | None]:
    return {(area, period): score.value for (area, period, node), score in found.result().scores.items() if node == code}


def test_ratios_that_differ_by_noise_alone_are_constant(tmp_path, models):
    # Each is 0.1, as 0.09999999999999999 or as 0.1.
    cells = [
        (area, "2020", code, x)
        for area, a, d in (("A", 0.3, 3), ("B", 0.1, 1), ("C", 0.7, 7))
        for code, x in (("a", a), ("d", d))
    ]
    nodes = "code,type,parent,direction,denominator\nS,index,,,\na,indicator,S,1,d\nd,denominator,,,\n"
    for method in ("minmax", "zscore", "percentile", "rank"):
        found = run(write(tmp_path / method, f"normalisation: {{method: {method}}}\n", nodes, cells), models)
        assert set(found.tables["normalised"].select("value", "reason").rows()) == {(None, "constant")}


@pytest.mark.parametrize("p", [10, 8, -10, -1])
def test_a_power_mean_does_not_hang_on_how_large_others_are(tmp_path, models, p):
    own = {"A": (1.0, 2.0), "B": (100.0, 100.0), "C": (3.3, 7.7), "D": (1e-8, 3e5)}
    cells = [(area, "2020", code, x) for area, pair in own.items() for code, x in zip("ab", pair, strict=True)]
    nodes = f"code,type,parent,direction,aggregation\nS,index,,,power(p={p})\na,indicator,S,1,\nb,indicator,S,1,\n"
    found = scored(run(write(tmp_path / "given", "normalisation: {method: none}\n", nodes, cells), models))
    for area, (a, b) in own.items():
        assert found[area, "2020"] == pytest.approx(((a**p + b**p) / 2) ** (1 / p), rel=1e-11)


def test_a_harmonic_mean_does_not_hang_on_how_small_others_are(tmp_path, models):
    own = {"A": (1e-8, 1e-8), "B": (1e5, 3e5)}
    cells = [(area, "2020", code, x) for area, pair in own.items() for code, x in zip("ab", pair, strict=True)]
    nodes = "code,type,parent,direction,aggregation\nS,index,,,harmonic\na,indicator,S,1,\nb,indicator,S,1,\n"
    found = scored(run(write(tmp_path / "given", "normalisation: {method: none}\n", nodes, cells), models))
    assert found == {("A", "2020"): 1e-8, ("B", "2020"): 150000}


def test_the_parts_of_a_geometric_change_are_right_where_the_whole_hardly_moves(tmp_path, models):
    # a grows by the factor by which b shrinks: the index stays, and each part is its level times half the logarithm.
    factor, own = 1.07, {f"u{k}": (3.0 + k / 7, 11.0 - k / 13) for k in range(40)}
    cells = [(u, "2020", code, x) for u, pair in own.items() for code, x in zip("ab", pair, strict=True)]
    cells += [(u, "2021", code, x) for u, (a, b) in own.items() for code, x in (("a", a * factor), ("b", b / factor))]
    nodes = "code,type,parent,direction,aggregation\nS,index,,,geometric\na,indicator,S,1,\nb,indicator,S,1,\n"
    found = run(write(tmp_path / "given", "normalisation: {method: none}\n", nodes, cells), models).result().changes
    for u, (a, b) in own.items():
        expected = math.sqrt(a * b) / 2 * math.log(factor)
        assert found[u, "2020", "2021", "S", "a"] == (pytest.approx(expected, rel=1e-9), 0)
        assert found[u, "2020", "2021", "S", "b"] == (pytest.approx(-expected, rel=1e-9), 0)


def test_victories_over_others_are_not_compared_over_time(tmp_path, models):
    cells = [
        (u, period, code, k * 3 + len(code))
        for k, u in enumerate("ABC")
        for period in ("2020", "2021")
        for code in ("a", "bb", "c")
    ]
    nodes = "code,type,parent,direction,aggregation\nS,index,,,\nG,group,S,,copeland\n"
    nodes += "a,indicator,G,1,\nbb,indicator,G,1,\nc,indicator,S,1,\n"
    found = run(write(tmp_path / "given", "id: x\n", nodes, cells), models).tables
    assert set(found["scores"]["comparable_over_time"]) == {False}
    assert found["changes"].is_empty()


def test_figures_next_to_nothing_stay_finite(tmp_path, models):
    cells = [("A", "2020", "a", 1e-290), ("A", "2020", "d", 1e20), ("B", "2020", "a", 5e-290), ("B", "2020", "d", 1e20)]
    nodes = "code,type,parent,direction,denominator\nS,index,,,\na,indicator,S,1,d\nd,denominator,,,\n"
    found = run(write(tmp_path / "given", "normalisation: {method: none}\n", nodes, cells), models)
    assert found.not_finite == []
    assert {key: score.rank for key, score in found.result().scores.items()} == {("A", "2020", "S"): 2, ("B", "2020", "S"): 1}
