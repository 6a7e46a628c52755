"""`openecon index --draws`: against the models, against an independent loop, and what must hold whatever the machine."""

import csv
import math
import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from dagster_project import cli
from dagster_project.lib.house import House
from dagster_project.lib.index import command, data, engine, robustness, simulation, variants
from dagster_project.lib.problems import BuildStopped
from schemas.framework import load_framework
from schemas.source import DeclarationProblem

GOLDEN = Path(__file__).parents[1] / "golden"
#: Four areas and a fifth that is far ahead; b is missing once.
AREAS = ("A", "B", "C", "D", "E")
VALUES = {
    "a": (10.0, 14.0, 13.0, 18.0, 60.0),
    "b": (4.0, 2.0, None, 3.0, 9.0),
    "c": (7.0, 5.0, 6.5, 3.0, 8.0),
    "d": (1.0, 2.5, 2.0, 2.2, 6.0),
}
ROWS = [
    ("code", "type", "parent", "weight", "direction", "aggregation"),
    ("root", "index", "", "", "", ""),
    ("p", "group", "root", "3", "", ""),
    ("q", "group", "root", "2", "", ""),
    ("a", "indicator", "p", "2", "1", ""),
    ("b", "indicator", "p", "1", "-1", ""),
    ("c", "indicator", "q", "1", "1", ""),
    ("d", "indicator", "q", "1", "1", ""),
]
CONFIG = {
    "id": "small",
    "reference": {"set": "panel"},
    "normalisation": {"method": "minmax", "range": [1, 100]},
    "missing": {"min_coverage": 0.3},
    "uncertainty": {
        "weights": {"spread": 0.25},
        "normalisation": [
            {"method": "minmax", "range": [1, 100]},
            {"method": "zscore", "mean": 50, "sd": 10},
        ],
        "aggregation": ["arithmetic", "geometric"],
        "leave_one_out": True,
    },
}


def write(folder: Path, config: dict, rows: list = ROWS, shuffled: bool = False) -> Path:
    """A framework folder with its data beside it."""
    (folder / "framework").mkdir(parents=True)
    (folder / "framework" / "framework.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    cells = [(area, "2020", code, value) for code, column in VALUES.items() for area, value in zip(AREAS, column, strict=True)]
    if shuffled:
        rows = [rows[0], *random.Random(1).sample(rows[1:], len(rows) - 1)]
        cells = random.Random(2).sample(cells, len(cells))
    for name, table in (
        ("framework/framework.csv", rows),
        ("data.csv", [("ref_area", "time_period", "indicator", "obs_value"), *cells]),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(table)
    return folder


def drawn(folder: Path, cache: Path, draws: int, seed: int = 1, threads: int | None = None) -> Path:
    asked = robustness.Asked(draws, seed, threads)
    command.index(folder / "framework", folder / "data.csv", folder / "out", cache, threads=threads, asked=asked)
    return folder / "out"


def shares(out: Path, code: str = "root") -> dict[tuple[str, int], float]:
    """(area, rank) → share of the draws with a rank."""
    rows = pl.read_csv(out / "rank_shares.csv").filter(code=code)
    return {(area, rank): share for area, rank, share in rows.select("ref_area", "rank", "share").iter_rows()}


# ------------------------------------------------------------------------------------------------------- random numbers


def test_a_number_depends_on_seed_factor_and_draw_alone():
    whole = simulation.uniform(5, "weight:a", 0, 100)
    for first in (1, 4, 37, 98):
        assert (simulation.uniform(5, "weight:a", first, 100 - first) == whole[first:]).all()
    assert (simulation.uniform(5, "weight:b", 0, 100) != whole).all()
    assert (simulation.uniform(6, "weight:a", 0, 100) != whole).all()
    assert whole.min() >= 0 and whole.max() < 1


def test_ranks_and_their_quantiles_are_those_of_plain_code():
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 6, size=(200, 7, 2)).astype(float)
    scores[rng.random(scores.shape) < 0.2] = np.nan
    found = simulation.ranks(scores, (10, None))
    for draw, area, period in np.ndindex(scores.shape):
        own = scores[draw, area, period]
        better = sum(other > own for other in scores[draw, :, period])
        assert found[draw, area, period] == (0 if math.isnan(own) else 1 + better)
    drawn_ranks = rng.integers(1, 8, size=41)
    counts = np.bincount(drawn_ranks, minlength=8)[1:]
    for q in (0, 0.05, 0.33, 0.5, 0.95, 1):
        assert simulation.quantile(counts, q) == pytest.approx(np.quantile(drawn_ranks, q), abs=1e-12)
    assert simulation.quantile(np.zeros(5, dtype=int), 0.5) is None


def test_noise_in_the_last_bits_makes_no_order():
    third = np.array([[[0.1 + 0.2], [0.3]]])
    assert simulation.ranks(third, (10, None)).ravel().tolist() == [1, 1]
    assert simulation.ranks(np.array([[[0.61], [0.64]]]), (None, 1)).ravel().tolist() == [1, 1]


# ---------------------------------------------------------------------------------------------- against the dbt models

AGGREGATED = ("arithmetic", "geometric(on_zero=zero)", "harmonic", "power(p=0.5)", "power(p=-1)", "product", "ampi", "copeland")


def compared(folder: Path, cache: Path) -> int:
    """Scores that both have; the nominal draw equals the models at 1e-9, and lacks just what they lack."""
    declared = load_framework(folder / "framework")
    given, _ = command.tables(declared, data.read(folder / "data.csv"))
    one = variants.Variants([declared], {}, {}, False)
    with engine.session(given) as connection:
        engine.run(connection, engine.compiled(cache))
        scheme = variants.schemes(connection, one)[0]
        rows = engine.fetch(
            connection,
            "select nodes.code, cells.area_id, cells.period_id, cells.value, cells.rank"
            " from intermediate.int_index__scores as cells"
            " inner join intermediate.int_index__nodes as nodes on cells.node_id = nodes.node_id",
        )
    draws = simulation.Draws(0, 1, np.zeros(1, dtype=int), np.array([""], dtype=object), None, None)
    found = simulation.scored(scheme, draws, np.zeros(1, dtype=int))
    ranked = {code: simulation.ranks(scores, scheme.digits)[0] for code, scores in found.items()}
    both = 0
    for code, area, period, value, rank in rows.iter_rows():
        own = found[code][0, area - 1, period - 1]
        if value is None:
            assert math.isnan(own), (code, area, period)
            continue
        both += 1
        assert own == pytest.approx(value, rel=1e-9, abs=1e-9), (code, area, period)
        assert ranked[code][area - 1, period - 1] == rank
    return both


@pytest.mark.parametrize("how", AGGREGATED)
@pytest.mark.parametrize("coverage", [0, 0.7])
def test_the_nominal_draw_is_that_of_the_models(tmp_path, index_cache, how, coverage):
    config = CONFIG | {"missing": {"min_coverage": coverage}, "aggregation": "arithmetic"}
    rows = [(*row[:5], how if row[1] in ("index", "group") else row[5]) for row in ROWS]
    assert compared(write(tmp_path, config, rows), index_cache) >= 10


@pytest.mark.parametrize("case", ["tai2001__nominal", "hdi2021__nominal"])
def test_the_nominal_draw_of_a_published_index_is_that_of_the_models(index_cache, case):
    assert compared(GOLDEN / "cases" / case, index_cache) > 50


# ------------------------------------------------------------------------------------------- against an independent loop


def ranking(chance: random.Random) -> dict[str, int | None]:
    """One draw in plain Python: nothing here is shared with the engine."""
    norm, how = chance.choice(["minmax", "zscore"]), chance.choice(["arithmetic", "geometric"])
    left = chance.choice([None, *VALUES])
    tree = {"root": ["p", "q"], "p": ["a", "b"], "q": ["c", "d"]}
    given = {"p": 0.6, "q": 0.4, "a": 2 / 3, "b": 1 / 3, "c": 0.5, "d": 0.5}
    weight = {code: w * chance.uniform(0.75, 1.25) for code, w in given.items()}
    z = {}
    for code, column in VALUES.items():
        there = [v for v in column if v is not None]
        sign = -1 if code == "b" else 1
        mean = sum(there) / len(there)
        sd = math.sqrt(sum((v - mean) ** 2 for v in there) / (len(there) - 1))
        low, high = min(there), max(there)
        for area, v in zip(AREAS, column, strict=True):
            if v is None or code == left:
                z[area, code] = None
            elif norm == "zscore":
                z[area, code] = 50 + 10 * sign * (v - mean) / sd
            else:
                z[area, code] = 1 + 99 * ((v - low) if sign > 0 else (high - v)) / (high - low)

    def score(area: str, code: str) -> float | None:
        if code in VALUES:
            return z[area, code]
        own = [(child, score(area, child)) for child in tree[code] if child != left]
        own = [(weight[child], given[child], s) for child, s in own if s is not None]
        whole = sum(given[child] for child in tree[code] if child != left)
        if not own or sum(g for _, g, _ in own) / whole < 0.3:
            return None
        total = sum(w for w, _, _ in own)
        if how == "arithmetic":
            return sum(w * s for w, _, s in own) / total
        return math.exp(sum(w * math.log(s) for w, _, s in own) / total)

    scores = {area: score(area, "root") for area in AREAS}
    return {area: None if s is None else 1 + sum(o is not None and o > s for o in scores.values()) for area, s in scores.items()}


def test_twenty_thousand_draws_agree_with_an_independent_loop(tmp_path, index_cache):
    n = 20_000
    found = shares(drawn(write(tmp_path, CONFIG), index_cache, n, seed=11))
    chance = random.Random(12)
    counts: dict[tuple[str, int | None], int] = {}
    for _ in range(n):
        for area, rank in ranking(chance).items():
            counts[area, rank] = counts.get((area, rank), 0) + 1
    assert all(rank is not None for _, rank in counts)
    # The difference of two shares of n draws each has variance 2 p (1 - p) / n. One in 2 million lies beyond 5 deviations; a
    # share that either never shows is below 15 / n but once in 3 million.
    for key in {*found, *counts}:
        own, other = found.get(key, 0.0), counts.get(key, 0) / n
        p = max((own + other) / 2, 15 / n)
        assert abs(own - other) <= 5 * math.sqrt(2 * p * (1 - p) / n), key
    # The loop can fail: with another spread of settings the shares are others.
    assert len({key for key, share in found.items() if 0.02 < share < 0.98}) > 4


def test_a_place_that_falls_vacant_moves_nobody(tmp_path, index_cache):
    # C lacks b: where a is left out, one draw in five, it has no score of p, and those behind it would all move up.
    config = CONFIG | {"missing": {"min_coverage": 0.6}}
    out = drawn(write(tmp_path, config), index_cache, 4000)
    intervals = pl.read_csv(out / "rank_intervals.csv")
    p = intervals.filter(code="p")
    assert p["draws"].n_unique() == 1 and 0.77 * 4000 < p["draws"][0] < 0.83 * 4000
    assert sorted(p["nominal"]) == [1, 2, 3, 4, 5]
    whole = shares(out, "p")
    for rank in range(1, 6):
        # Each rank is somebody's in every draw that counts: nobody is missing, and nobody has moved up.
        assert sum(share for (_, own), share in whole.items() if own == rank) == pytest.approx(1)


# ------------------------------------------------------------------------------------------------- what must always hold


def test_a_seed_gives_the_same_bytes_on_any_threads_and_with_rows_shuffled(tmp_path, index_cache, monkeypatch):
    one = drawn(write(tmp_path / "one", CONFIG), index_cache, 3000, threads=1)
    two = drawn(write(tmp_path / "two", CONFIG, shuffled=True), index_cache, 3000, threads=2)
    names = ["rank_ahead.csv", "rank_intervals.csv", "rank_shares.csv", "varied.csv"]
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    # Neither does the size of the pieces that are computed at once.
    monkeypatch.setattr(simulation, "_AT_ONCE", 700)
    three = drawn(write(tmp_path / "three", CONFIG), index_cache, 3000)
    for name in names:
        assert (one / name).read_bytes() == (three / name).read_bytes(), name
    other = drawn(write(tmp_path / "four", CONFIG), index_cache, 3000, seed=2)
    assert (one / "rank_shares.csv").read_bytes() != (other / "rank_shares.csv").read_bytes()


def test_intervals_shares_and_pairs_tell_one_story(tmp_path, index_cache):
    out = drawn(write(tmp_path, CONFIG), index_cache, 2000)
    intervals = pl.read_csv(out / "rank_intervals.csv")
    assert intervals.columns == [
        *("ref_area", "time_period", "code", "nominal", "mean", "median", "q05", "q95", "p_top3", "draws", "seed")
    ]
    scores = pl.read_csv(out / "scores.csv").select("ref_area", "time_period", "code", "rank")
    joined = intervals.join(scores, on=["ref_area", "time_period", "code"])
    assert joined.height == intervals.height and (joined["nominal"] == joined["rank"]).all()
    by_rank = (
        pl.read_csv(out / "rank_shares.csv")
        .group_by("ref_area", "code")
        .agg(
            mean=(pl.col("rank") * pl.col("share")).sum(),
            whole=pl.col("share").sum(),
            top=pl.col("share").filter(pl.col("rank") <= 3).sum(),
        )
    )
    both = intervals.join(by_rank, on=["ref_area", "code"], suffix="_of_shares")
    for row in both.iter_rows(named=True):
        assert row["whole"] == pytest.approx(1) and row["mean"] == pytest.approx(row["mean_of_shares"])
        assert row["p_top3"] == pytest.approx(row["top"]) and row["q05"] <= row["median"] <= row["q95"]
    ahead = {tuple(key): p for *key, p in pl.read_csv(out / "rank_ahead.csv").drop("time_period").iter_rows()}
    for code, area, other in ahead:
        assert ahead[code, area, other] + ahead[code, other, area] <= 1 + 1e-12
    # The area far ahead in all but one of the indicators leads whatever is drawn.
    assert {p for (code, area, _), p in ahead.items() if (code, area) == ("q", "E")} == {1.0}


def test_a_dirichlet_draw_has_the_given_weights_as_mean_and_the_variance_of_its_concentration():
    n, c, w = 40_000, 12.0, np.array([0.5, 0.3, 0.2])
    draws = simulation.Draws(4, n, np.zeros(n, dtype=int), np.full(n, "", dtype=object), None, c)
    factors = np.stack([simulation.uniform(4, f"weight:{code}", 0, n) for code in "abc"], axis=1)
    found = simulation._drawn(w, factors, draws)
    assert found.sum(axis=1) == pytest.approx(np.ones(n))
    variance = w * (1 - w) / (c + 1)
    assert np.abs(found.mean(axis=0) - w).max() < 5 * np.sqrt(variance.max() / n)
    assert found.var(axis=0) == pytest.approx(variance, rel=0.05)


def test_intervals_cover_a_known_truth(index_cache, tmp_path):
    """Whoever decides on weights within the stated spread finds each area's rank within its interval nine times out of ten."""
    config = CONFIG | {"uncertainty": {"weights": {"spread": 0.25}}}
    folder = write(tmp_path, config)
    intervals = pl.read_csv(drawn(folder, index_cache, 4000) / "rank_intervals.csv").filter(code="root")
    bounds = {area: (low, high) for area, low, high in intervals.select("ref_area", "q05", "q95").iter_rows()}
    declared = load_framework(folder / "framework")
    with engine.session(command.tables(declared, data.read(folder / "data.csv"))[0]) as connection:
        engine.run(connection, engine.compiled(index_cache))
        scheme = variants.schemes(connection, variants.Variants([declared], {}, {}, False))[0]
    n, chance = 2000, np.random.default_rng(8)
    hits = dict.fromkeys(AREAS, 0)
    for _ in range(n):
        truth = {code: w * chance.uniform(0.75, 1.25) for code, w in scheme.weights.items()}
        one = simulation.Draws(0, 1, np.zeros(1, dtype=int), np.array([""], dtype=object), None, None)
        own = simulation.Scheme(scheme.parents, scheme.z, truth, "weight", "reweight", scheme.digits)
        ranked = simulation.ranks(simulation.scored(own, one, np.zeros(1, dtype=int))["root"], scheme.digits)[0, :, 0]
        for area, rank in zip(AREAS, ranked, strict=True):
            hits[area] += bounds[area][0] <= rank <= bounds[area][1]
    for area, count in hits.items():
        # Ranks are whole numbers, so an interval may cover more than nine in ten; never less but by chance of both samples.
        assert count / n >= 0.9 - 4 * math.sqrt(0.09 * (1 / n + 1 / 4000)), area
    assert bounds["E"] == (1, 1)


# ----------------------------------------------------------------------------------------------------------- refusals


def changed(**uncertainty) -> dict:
    return CONFIG | {"uncertainty": uncertainty}


@pytest.mark.parametrize(
    ("config", "problem", "said"),
    [
        (changed(normalisation=[{"method": "minmaks"}]), DeclarationProblem, "minmaks"),
        (changed(spread=0.2), DeclarationProblem, "spread"),
        (changed(weights={"spread": 0.2, "dirichlet": 3}), DeclarationProblem, "not both"),
        (changed(normalisation=[{"method": "base_index"}]), DeclarationProblem, "base_index"),
        (changed(aggregation=["topsis"]), BuildStopped, "topsis"),
        (changed(leave_one_out=True) | {"weighting": {"method": "entropy"}}, BuildStopped, "entropy"),
        (CONFIG | {"weighting": {"method": "bod"}, "uncertainty": {}}, BuildStopped, "bod"),
        (
            changed(
                **{name: ["none"] * 11 for name in ("imputation", "treatment")},
                aggregation=["arithmetic"] * 11,
            ),
            BuildStopped,
            "1331 combinations",
        ),
    ],
    ids=["unknown method", "unknown key", "two draws", "does not fit", "topsis", "left out", "bod", "too many"],
)
def test_what_cannot_be_varied_is_an_error_that_names_it(tmp_path, index_cache, config, problem, said):
    folder = write(tmp_path, config)
    with pytest.raises(problem, match=said) as refused:
        drawn(folder, index_cache, 10)
    assert "framework.yml" in str(refused.value) or "framework.csv" in str(refused.value)
    assert not (folder / "out").exists()


def test_the_command_says_what_it_varies(tmp_path, index_warehouse, monkeypatch):
    monkeypatch.setattr(cli, "HOUSE", House(warehouse=index_warehouse))
    folder = write(tmp_path, CONFIG)
    words = ["index", str(folder / "framework"), "--data", str(folder / "data.csv"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli.app, [*words, "--draws", "50", "--seed", "3"])
    assert done.exit_code == 0, done.output
    for line in ("50 draws, seed 3", "weights: each within ± 0.25", "aggregation: ", "left_out: none | a | b | c | d"):
        assert line in done.output
    varied = pl.read_csv(tmp_path / "out" / "varied.csv")
    sums = varied.filter(pl.col("factor") != "weights").group_by("factor").agg(pl.col("probability").sum())
    assert sums.height == 3 and (sums["probability"] - 1).abs().max() < 1e-9
    assert CliRunner().invoke(cli.app, [*words, "--draws", "-1"]).exit_code == 2
    plain = CliRunner().invoke(cli.app, [*words[:-1], str(tmp_path / "plain")])
    assert plain.exit_code == 0 and not (tmp_path / "plain" / "rank_intervals.csv").exists()
