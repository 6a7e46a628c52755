"""Inequality between areas and coupling coordination as the engine finds them: cases worked by hand, and what always holds."""

import math
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from dagster_project.lib.index import command, data, engine, results
from schemas.framework import load_framework

MEASURES = {
    *("gini", "theil", "theil_between", "theil_within", "cv", "range_ratio"),
    *("primacy", "primacy_share", "hhi", "hhi_normalised", "sigma"),
}
ONE_INDICATOR = "code,type,parent,weight,direction\nS,index,,,\ny,indicator,S,1,1\n"
GOALPOSTS = "normalisation: {method: goalposts, clip: true}\n"


@pytest.fixture(scope="session")
def models(index_cache: Path) -> list[engine.Model]:
    return engine.compiled(index_cache)


@pytest.fixture
def run(tmp_path, models):
    """run(nodes, yml, values, areas): the rows of coordination and of inequality, with codes."""

    def call(nodes: str, yml: str, values: dict[tuple[str, str], float], areas: str = "") -> tuple[pl.DataFrame, pl.DataFrame]:
        inner = tmp_path / "framework"
        inner.mkdir(exist_ok=True)
        (inner / "framework.csv").write_text(nodes, encoding="utf-8")
        (inner / "framework.yml").write_text("id: f\n" + yml, encoding="utf-8")
        if areas:
            (inner / "areas.csv").write_text(areas, encoding="utf-8")
        lines = [f"{area},2020,{code},{value!r}" for (area, code), value in values.items()]
        file = tmp_path / "data.csv"
        file.write_text("\n".join(["ref_area,time_period,indicator,obs_value", *lines]) + "\n", encoding="utf-8")
        given, _ = command.tables(load_framework(inner), data.read(file))
        with engine.session(given) as connection:
            engine.run(connection, models)
            coordination = engine.fetch(
                connection,
                """
                select ref_area, code, c, t, d, grade
                from intermediate.int_index__coordination
                inner join intermediate.int_index__areas using (area_id)
                inner join intermediate.int_index__nodes using (node_id)
                """,
            )
            inequality = engine.fetch(
                connection,
                """
                select code, measure, value
                from intermediate.int_index__inequality
                inner join intermediate.int_index__nodes using (node_id)
                """,
            )
        assert inequality["value"].is_finite().all()
        for name in ("c", "t", "d"):
            assert coordination[name].drop_nulls().is_finite().all()
        return coordination, inequality

    return call


@pytest.fixture
def measures(run):
    """measures(values, areas): measure → its value, of one indicator whose values are A01, A02, …"""

    def call(values: list[float], areas: str = "") -> dict[str, float]:
        cells = {(f"A{place:02}", "y"): value for place, value in enumerate(values, 1)}
        found = run(ONE_INDICATOR, "", cells, areas)[1].filter(code="y")
        assert found["measure"].is_unique().all()
        return dict(found.select("measure", "value").iter_rows())

    return call


# ----------------------------------------------------------------------------------------------------------- inequality


def test_every_measure_of_a_small_case(measures):
    # y = 1, 2, 5: n = 3, total 8, mean 8/3; shares 1/8, 2/8, 5/8, q = 1/3 each.
    found = measures([1.0, 2.0, 5.0])
    theil = 1 / 8 * math.log(3 / 8) + 2 / 8 * math.log(6 / 8) + 5 / 8 * math.log(15 / 8)
    # ln 1, ln 2, ln 5: mean (ln 10)/3.
    mean = math.log(10) / 3
    sigma = math.sqrt((mean**2 + (math.log(2) - mean) ** 2 + (math.log(5) - mean) ** 2) / 2)
    assert found == pytest.approx(
        {
            "gini": 1 / 3,  # pairs |1-2| + |1-5| + |2-5| = 8, both ways 16; over 2 · 9 · 8/3 = 48
            "theil": theil,
            "theil_between": 0,  # one group
            "theil_within": theil,
            # deviations -5/3, -2/3, 7/3: squares (25 + 4 + 49)/9 = 78/9, over n - 1 = 2 is 13/3
            "cv": math.sqrt(13 / 3) / (8 / 3),
            "range_ratio": 5,  # 5/1
            "primacy": 2.5,  # 5/2
            "primacy_share": 0.625,  # 5/8
            "hhi": 30 / 64,  # (1 + 4 + 25)/64
            "hhi_normalised": 13 / 64,  # (30/64 - 1/3)/(2/3) = (90 - 64)/192 · 3/2
            "sigma": sigma,
        },
        rel=1e-12,
        abs=1e-14,
    )


def test_theil_within_and_between_two_groups(measures):
    # Group x: 1 and 3, share 4/10 of q 2/4. Group y: 2 and 4, share 6/10 of q 2/4.
    areas = "ref_area,group\nA01,x\nA02,x\nA03,y\nA04,y\n"
    found = measures([1.0, 3.0, 2.0, 4.0], areas)
    assert found["theil_between"] == pytest.approx(0.4 * math.log(0.8) + 0.6 * math.log(1.2), abs=1e-14)
    # Inside x the shares are 1/4 and 3/4 of q 1/2, inside y 1/3 and 2/3.
    x = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    y = 1 / 3 * math.log(2 / 3) + 2 / 3 * math.log(4 / 3)
    assert found["theil_within"] == pytest.approx(0.4 * x + 0.6 * y, abs=1e-14)


def test_with_a_population_values_are_totals(measures):
    # 6 and 4 for 1 and 3 people: x = 6 and 4/3, q = 1/4 and 3/4, mean 10/4; shares 6/10 and 4/10.
    areas = "ref_area,population\nA01,1\nA02,3\n"
    found = measures([6.0, 4.0], areas)
    # 2 · 1/4 · 3/4 · (6 - 4/3) = 7/4; over 2 · 10/4 is 7/20.
    assert found["gini"] == pytest.approx(0.35, abs=1e-14)
    assert found["theil"] == pytest.approx(0.6 * math.log(2.4) + 0.4 * math.log(4 / 3 * 0.4), abs=1e-14)
    # What does not ask for people is as without: (36 + 16)/100.
    assert found["hhi"] == pytest.approx(0.52, abs=1e-14)


def test_equal_values_for_each_person_are_equal(measures):
    found = measures([2.0, 6.0, 10.0], "ref_area,population\nA01,10\nA02,30\nA03,50\n")
    assert (found["gini"], found["theil"], found["theil_within"], found["theil_between"]) == (0, 0, 0, 0)


def test_a_population_that_one_area_lacks_is_of_no_use(measures):
    assert measures([6.0, 4.0, 3.0], "ref_area,population\nA01,1\nA02,3\n") == measures([6.0, 4.0, 3.0])


def test_areas_without_a_value_do_not_count(run):
    # B has no y: its lacking population does no harm, and n is 2.
    nodes = ONE_INDICATOR + "z,indicator,S,1,1\n"
    values = {("A", "y"): 6.0, ("C", "y"): 4.0, ("A", "z"): 1.0, ("B", "z"): 2.0, ("C", "z"): 2.0}
    found = run(nodes, "", values, "ref_area,population\nA,1\nC,3\n")[1].filter(code="y")
    found = dict(found.select("measure", "value").iter_rows())
    assert found["gini"] == pytest.approx(0.35, abs=1e-14)
    assert found["hhi_normalised"] == pytest.approx(0.04, abs=1e-14)  # (0.52 - 1/2)/(1/2)


def test_scores_of_groups_and_of_the_index_are_measured_too(run):
    nodes = "code,type,parent,weight,direction\nS,index,,,\nG,group,S,1,\ny,indicator,G,1,1\n"
    found = run(nodes, "", {("A", "y"): 1.0, ("B", "y"): 2.0, ("C", "y"): 3.0})[1]
    # Scores 0, 50, 100: shares 0, 1/3, 2/3; pairs 50 + 100 + 50 both ways are 400, over 2 · 9 · 50.
    for code in ("G", "S"):
        own = dict(found.filter(code=code).select("measure", "value").iter_rows())
        assert own["gini"] == pytest.approx(4 / 9, abs=1e-14)
        assert own["primacy"] == 2
        assert MEASURES - own.keys() == {"range_ratio", "sigma"}  # the lowest is 0


@pytest.mark.parametrize("seed", range(4))
def test_between_and_within_add_up_and_gini_is_the_double_sum(measures, seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(2, 40))
    y, people = np.exp(chance.normal(3, 1.5, n)), np.exp(chance.normal(1, 1, n))
    y[chance.random(n) < 0.2] = 0
    y[0] = 7
    groups = chance.choice(list("uvw"), n)
    weighted = bool(seed % 2)
    heading = "ref_area,group" + (",population" if weighted else "")
    lines = [f"A{i + 1:02},{groups[i]}" + (f",{people[i]!r}" if weighted else "") for i in range(n)]
    lines = [line.replace("np.float64(", "").replace(")", "") for line in lines]
    found = measures([float(value) for value in y], "\n".join([heading, *lines]) + "\n")
    assert found["theil_between"] + found["theil_within"] == pytest.approx(found["theil"], abs=1e-12)
    assert found["theil_between"] >= 0 and found["theil_within"] >= 0
    q = people / people.sum() if weighted else np.full(n, 1 / n)
    x = y / q
    gini = (q[:, None] * q * np.abs(x[:, None] - x)).sum() / (2 * (q * x).sum())
    assert found["gini"] == pytest.approx(gini, abs=1e-12)
    assert found["cv"] == pytest.approx(y.std(ddof=1) / y.mean(), rel=1e-11)


def test_a_zero_adds_nothing_to_theil(measures):
    found = measures([0.0, 1.0, 1.0])
    assert found["theil"] == pytest.approx(math.log(1.5), abs=1e-14)  # 1/2 ln((1/2)/(1/3)), twice
    assert found["gini"] == pytest.approx(1 / 3, abs=1e-14)  # 4 / (2 · 9 · 2/3)
    assert MEASURES - found.keys() == {"range_ratio", "sigma"}


def test_all_in_one_area(measures):
    found = measures([0.0, 0.0, 9.0])
    assert found["gini"] == pytest.approx(2 / 3, abs=1e-14)  # (n - 1)/n
    assert found["theil"] == pytest.approx(math.log(3), abs=1e-14)
    assert (found["hhi"], found["hhi_normalised"], found["primacy_share"]) == (1, 1, 1)
    assert MEASURES - found.keys() == {"range_ratio", "sigma", "primacy"}


def test_a_negative_value_leaves_only_what_needs_no_shares(measures):
    # -1, 2, 5: mean 2, squares 9 + 0 + 9, over 2 is 9.
    assert measures([-1.0, 2.0, 5.0]) == pytest.approx({"cv": 1.5}, rel=1e-14)


@pytest.mark.parametrize("values", [[4.0], [0.0, 0.0, 0.0], [-1.0, 1.0], [-0.1, -0.2, 0.3]])
def test_one_area_or_a_total_of_zero_gives_nothing(measures, values):
    assert measures(values) == {}


@pytest.mark.parametrize("value", [0.1, 3.7e12, 1e-200])
def test_equal_values_are_equal_to_the_last_digit(measures, value):
    found = measures([value] * 7)
    zero = {name: 0 for name in ("gini", "theil", "theil_between", "theil_within", "cv", "sigma", "hhi_normalised")}
    assert found == zero | {"range_ratio": 1, "primacy": 1} | {
        "hhi": pytest.approx(1 / 7, abs=1e-15),
        "primacy_share": pytest.approx(1 / 7, abs=1e-15),
    }


def test_values_of_any_size_give_finite_measures(measures):
    found = measures([1e29, 1e-300, 1e-310, 3e28])
    assert found["primacy"] == pytest.approx(10 / 3, rel=1e-14)
    assert found["theil"] == pytest.approx(10 / 13 * math.log(40 / 13) + 3 / 13 * math.log(12 / 13), rel=1e-12)


def test_hardly_unequal_values_keep_their_digits(measures):
    # Deviations of one in 2^20 on either side: the variance of each is far below the last digit of a plain sum.
    step = 2.0**-20
    found = measures([1 - step, 1.0, 1 + step])
    assert found["cv"] == pytest.approx(step, rel=1e-8)
    assert found["gini"] == pytest.approx(8 * step / 18, rel=1e-8)


def test_no_zero_is_written_with_a_sign():
    with duckdb.connect() as connection:
        query = "select column0 as x from (values (-0.0::double), (1.5), (null), (-2.0), (0.0)) as t (column0)"
        written = results.rows(connection, results.Result("x.csv", ["x"], query)).write_csv()
    assert sorted(written.splitlines()) == ["", "-2.0", "0.0", "0.0", "1.5", "x"]


# --------------------------------------------------------------------------------------------------------- coordination

PILLARS = """code,type,parent,weight,direction,goalpost_low,goalpost_high
S,index,,,,,
G,group,S,1,,,
H,group,S,3,,,
K,group,S,4,,,
g,indicator,G,1,1,0,100
h,indicator,H,1,1,0,100
k,indicator,K,1,1,0,100
"""


def coordinated(run, values: dict[str, tuple], nodes: str = PILLARS, yml: str = GOALPOSTS) -> dict[str, tuple]:
    """area → (c, t, d, grade) of the root, from area → values of g, h and k."""
    cells = {(area, code): float(v) for area, row in values.items() for code, v in zip("ghk", row, strict=True) if v is not None}
    found = run(nodes, yml, cells)[0].filter(code="S")
    return {area: (c, t, d, grade) for area, _, c, t, d, grade in found.iter_rows()}


def test_coupling_coordination_by_hand(run):
    found = coordinated(
        run,
        {
            # u = .2, .4, .8: product .064, its cube root .4, sum 1.4: C = 3 · .4/1.4 = 6/7; T = (.2 + 3 · .4 + 4 · .8)/8 = .575
            "A": (20, 40, 80),
            # Two present: C = 2 √(.2 · .8)/1 = .8; T = (.2 + 4 · .8)/5 = .68
            "B": (20, None, 80),
            # One pillar at 0: no coupling, whatever the others.
            "C": (0, 40, 80),
            "D": (0, 0, 0),
            # One pillar only is coupled with nothing.
            "E": (20, None, None),
            # Equal pillars: C = 1, T = D² = .81; D = .9 belongs to the best grade.
            "F": (81, 81, 81),
            "G": (100, 100, 100),
        },
    )
    assert found.keys() == set("ABCDFG")
    a, b = math.sqrt(6 / 7 * 0.575), math.sqrt(0.8 * 0.68)
    assert found["A"][:3] == pytest.approx((6 / 7, 0.575, a), abs=1e-14)
    assert found["B"][:3] == pytest.approx((0.8, 0.68, b), abs=1e-14)
    assert (found["A"][3], found["B"][3]) == ("中级协调", "中级协调")  # D = .702 and .738
    assert found["C"] == (0, pytest.approx(0.55, abs=1e-14), 0, "极度失调")  # T = (1.2 + 3.2)/8
    assert found["D"] == (None, 0, None, None)
    assert found["F"] == (1, pytest.approx(0.81, abs=1e-14), pytest.approx(0.9, abs=1e-14), "优质协调")
    assert found["G"] == (1, 1, 1, "优质协调")


GRADES = ["极度失调", "严重失调", "中度失调", "轻度失调", "濒临失调", "勉强协调", "初级协调", "中级协调", "良好协调", "优质协调"]


def test_grades_go_in_steps_of_a_tenth(run):
    # Equal pillars u: C = 1 and D = √u, so u = D² gives any D: both ends of every grade, and 1 in the last.
    degrees = {f"A{i}{end}": d for i in range(10) for end, d in (("a", i / 10 if i else 0.001), ("b", i / 10 + 0.0999))}
    found = coordinated(run, {area: (100 * d * d,) * 3 for area, d in degrees.items()})
    assert [(area, grade) for area, (*_, grade) in sorted(found.items())] == [
        (area, GRADES[int(area[1])]) for area in sorted(degrees)
    ]


def test_scores_are_placed_on_their_range_and_cut_to_it(run):
    yml = "normalisation: {method: goalposts, range: [60, 100], clip: false}\n"
    # A: scores 70 and 90 and 80 on 60 to 100. B: g beyond its goalposts, so u = 1 for it and 0 for h.
    found = coordinated(run, {"A": (25, 75, 50), "B": (150, -50, 50)}, yml=yml)
    product = 0.25 * 0.75 * 0.5
    assert found["A"][:2] == pytest.approx((3 * product ** (1 / 3) / 1.5, (0.25 + 2.25 + 2) / 8), abs=1e-12)
    assert found["B"] == (0, pytest.approx(3 / 8, abs=1e-12), 0, "极度失调")  # (1 · 1 + 3 · 0 + 4 · .5)/8


@pytest.mark.parametrize(
    "yml",
    [
        "normalisation: {method: zscore}\n",
        "normalisation: {method: none}\n",
        "normalisation: {method: rank}\n",
        GOALPOSTS + "aggregation: {method: copeland}\n",
    ],
)
def test_no_coordination_without_a_bounded_scale(run, yml):
    assert coordinated(run, {"A": (20, 40, 80), "B": (30, 50, 10)}, yml=yml) == {}


def test_indicators_beside_the_groups_are_no_subsystems(run):
    nodes = PILLARS.replace("K,group,S,4,,,\n", "").replace("k,indicator,K,1", "k,indicator,S,4")
    found = coordinated(run, {"A": (20, 80, 50)}, nodes=nodes)
    # G and H with weights 1 and 3: C = 2 √.16/1 = .8; T = (.2 + 3 · .8)/4 = .65
    assert found["A"][:2] == pytest.approx((0.8, 0.65), abs=1e-14)
