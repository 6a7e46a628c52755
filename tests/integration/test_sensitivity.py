"""Sobol' indices: a function whose indices are known, another library, and what `openecon index` writes of them."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import sobol_indices

from dagster_project.lib.index import sensitivity, simulation
from tests.integration.test_uncertainty import CONFIG, drawn, write


def samples(names: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two independent samples (runs × factors), and the first with each factor in turn from the second."""
    a, b = (np.stack([simulation.uniform(seed, start + name, 0, n) for name in names], axis=1) for start in ("", "other:"))
    mixed = np.stack([np.where(np.arange(len(names)) == k, b, a) for k in range(len(names))])
    return a, b, mixed


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return (np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0]))[..., None]


def test_ishigami_has_its_known_indices_within_the_bootstrap_intervals():
    a, b, mixed = samples("xyz", 2**15, seed=4)
    found = sensitivity.indices(ishigami(a), ishigami(b), ishigami(mixed), seed=4)
    # Ishigami and Homma (1990) with a = 7, b = 0.1.
    for own, ends, known in (
        (found.s[:, 0], found.s_ends[:, :, 0], (0.3139, 0.4424, 0.0)),
        (found.st[:, 0], found.st_ends[:, :, 0], (0.5576, 0.4424, 0.2437)),
    ):
        width = ends[1] - ends[0]
        assert (width > 0).all() and (width < 0.06).all()
        # An interval of 95 % is four standard errors wide: no more than four of them away.
        assert (np.abs(own - known) < width).all()


def test_the_indices_are_those_of_another_library():
    a, b, mixed = samples("xyz", 2**10, seed=5)
    ours = sensitivity.indices(ishigami(a), ishigami(b), ishigami(mixed), seed=5)
    func = {"f_A": ishigami(a).T, "f_B": ishigami(b).T, "f_AB": np.moveaxis(ishigami(mixed), 2, 1)}
    theirs = sobol_indices(func=func, n=2**10)
    # Their variance is of the two samples about their common mean as well; both centre first.
    assert ours.s[:, 0] == pytest.approx(np.ravel(theirs.first_order), abs=1e-3)
    assert ours.st[:, 0] == pytest.approx(np.ravel(theirs.total_order), abs=1e-3)


def test_an_output_that_does_not_vary_has_no_indices():
    flat = np.full((64, 1), 3.3)
    found = sensitivity.indices(flat, flat, np.stack([flat, flat]), seed=1)
    assert np.isnan(found.s).all() and np.isnan(found.st).all()


def test_the_weight_of_a_sum_decides_on_its_indices():
    # Of 3 x + 1 y with x and y alike, x has 9 of 10 parts of the variance, and nothing is shared.
    a, b, mixed = samples("xy", 2**14, seed=6)
    found = sensitivity.indices(*(np.tensordot(one, [3.0, 1.0], axes=1)[..., None] for one in (a, b, mixed)), seed=6)
    assert found.s[:, 0] == pytest.approx([0.9, 0.1], abs=0.03)
    assert found.st[:, 0] == pytest.approx([0.9, 0.1], abs=0.03)


def test_sensitivity_of_an_index(tmp_path, index_cache):
    config = CONFIG | {"uncertainty": CONFIG["uncertainty"] | {"sobol": 512}}
    one = drawn(write(tmp_path / "one", config), index_cache, 10, threads=1)
    table = pl.read_csv(one / "sensitivity.csv")
    assert table.columns == ["output", "factor", "s", "st", "s_low", "s_high", "st_low", "st_high", "runs", "seed", "time_period"]
    assert set(table["factor"]) == {"normalisation", "aggregation", "weights", "left_out"}
    assert set(table["output"]) == {"mean_abs_rank_shift", *(f"score:{area}" for area in "ABCDE")}
    assert set(table["runs"]) == {512 * 6} and set(table["seed"]) == {1}
    # Which scale is used moves the score of the area far ahead most; every total effect is at least its first.
    best = table.filter(output="score:E").sort("st")["factor"].last()
    assert best in ("normalisation", "left_out")
    assert (table["st"] > -0.01).all() and (table["st"] - table["s"] > -0.2).all()
    two = drawn(write(tmp_path / "two", config, shuffled=True), index_cache, 10, threads=2)
    assert (one / "sensitivity.csv").read_bytes() == (two / "sensitivity.csv").read_bytes()


def test_a_factor_that_decides_all_has_all_of_the_variance(tmp_path, index_cache):
    config = CONFIG | {"uncertainty": CONFIG["uncertainty"] | {"sobol": 256, "weights": {"spread": 0}, "leave_one_out": False}}
    config["uncertainty"]["aggregation"] = []
    table = pl.read_csv(drawn(write(tmp_path, config), index_cache, 10) / "sensitivity.csv").filter(output="score:E")
    assert table["factor"].to_list() == ["normalisation"]
    assert table["st"][0] == pytest.approx(1, abs=0.15)
