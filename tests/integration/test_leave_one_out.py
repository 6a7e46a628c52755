"""An index without each of its parts, and how whole schemes agree: against what remains, and against another library."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau, spearmanr

from dagster_project.lib.index import command, robustness
from tests.integration.test_uncertainty import AREAS, CONFIG, ROWS, drawn, write

KEY = ["ref_area", "time_period", "code"]


def remade(folder: Path, cache: Path, leave_code: set[str] = frozenset(), leave_area: str = "") -> pl.DataFrame:
    """scores.csv of the framework that somebody writes without these rows, on data without this area."""
    path = folder / "framework" / "framework.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[0] not in leave_code]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    data = pl.read_csv(folder / "data.csv").filter(pl.col("ref_area") != leave_area)
    data.write_csv(folder / "data.csv")
    command.index(folder / "framework", folder / "data.csv", folder / "again", cache)
    return (
        pl.read_csv(folder / "again" / "scores.csv").filter(pl.col("value").is_not_null()).select(*KEY, "value", "rank").sort(KEY)
    )


@pytest.mark.parametrize("weighting", ["expert", "critic"])
@pytest.mark.parametrize(
    ("left_out", "codes", "area"),
    [("b", {"b"}, ""), ("q", {"q", "c", "d"}, ""), ("E", set(), "E"), ("A", set(), "A")],
)
def test_without_a_part_it_is_the_index_of_what_remains(tmp_path, index_cache, weighting, left_out, codes, area):
    config = CONFIG | {"weighting": {"method": weighting}, "uncertainty": {"weights": {"spread": 0.1}}}
    out = drawn(write(tmp_path / "one", config), index_cache, 5)
    without = pl.read_csv(out / "leave_one_out.csv")
    assert without.columns == ["left_out", *KEY, "value", "rank"]
    assert set(without["left_out"]) == {*"abcd", "p", "q", *AREAS}
    found = without.filter(left_out=left_out).select(*KEY, "value", "rank").sort(KEY)
    expected = remade(write(tmp_path / "two", config), index_cache, codes, area)
    assert found.drop("value").equals(expected.drop("value"))
    assert found["value"].to_list() == pytest.approx(expected["value"].to_list(), rel=1e-9)


def test_a_group_goes_with_its_only_child(tmp_path, index_cache):
    rows = [row for row in ROWS if row[0] != "d"]
    out = drawn(write(tmp_path, CONFIG | {"uncertainty": {}}, rows), index_cache, 5)
    without = pl.read_csv(out / "leave_one_out.csv").filter(left_out="c")
    assert set(without["code"]) == {"root", "p"}


def audit(out: Path, check: str) -> dict[str, tuple[float, str]]:
    table = pl.read_csv(out / "audit.csv").filter(check=check)
    return {subject: (value, verdict) for subject, value, verdict in table.select("subject", "value", "verdict").iter_rows()}


def test_leaving_an_area_out_reverses_no_order_under_fixed_goalposts_and_may_under_min_max(tmp_path, index_cache):
    # E is far ahead on a: without it the scale of a is another one.
    fixed = [("code", "type", "parent", "weight", "direction", "goalpost_low", "goalpost_high")]
    fixed += [(*row[:5], *(("0", "100") if row[1] == "indicator" else ("", ""))) for row in ROWS[1:]]
    config = CONFIG | {"uncertainty": {}, "reference": {"set": "fixed"}, "normalisation": {"method": "goalposts"}}
    still = audit(drawn(write(tmp_path / "fixed", config, fixed), index_cache, 5), "rank_reversal_largest")
    assert set(still) == set(AREAS) and set(still.values()) == {(0.0, "ok")}
    relative = audit(drawn(write(tmp_path / "relative", CONFIG | {"uncertainty": {}}), index_cache, 5), "rank_reversal_largest")
    assert {verdict for value, verdict in relative.values() if value > 0} == {"reversed"}
    assert {verdict for value, verdict in relative.values() if value == 0} <= {"ok"}


def test_the_shift_of_ranks_is_that_of_the_two_rankings(tmp_path, index_cache):
    out = drawn(write(tmp_path, CONFIG | {"uncertainty": {}}), index_cache, 5)
    whole = dict(pl.read_csv(out / "scores.csv").filter(code="root").select("ref_area", "rank").iter_rows())
    without = pl.read_csv(out / "leave_one_out.csv").filter(code="root")
    for left_out in "abcd":
        ranks = dict(without.filter(left_out=left_out).select("ref_area", "rank").iter_rows())
        shifts = [abs(rank - whole[area]) for area, rank in ranks.items()]
        assert audit(out, "leave_one_out_mean")[left_out][0] == pytest.approx(sum(shifts) / len(shifts))
        assert audit(out, "leave_one_out_largest")[left_out][0] == max(shifts)
    for left_out in AREAS:
        # Among the others, as if the place that falls vacant had never been.
        ranks = dict(without.filter(left_out=left_out).select("ref_area", "rank").iter_rows())
        shifts = [abs(rank - sum(whole[other] <= whole[area] for other in ranks)) for area, rank in ranks.items()]
        assert audit(out, "rank_reversal_largest")[left_out][0] == max(shifts)


def test_batches_do_not_show(tmp_path, index_cache, monkeypatch):
    one = drawn(write(tmp_path / "one", CONFIG), index_cache, 5)
    monkeypatch.setattr(robustness, "_AT_ONCE", 1)
    two = drawn(write(tmp_path / "two", CONFIG), index_cache, 5)
    for name in ("leave_one_out.csv", "audit.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_agreement_of_rankings_is_that_of_another_library():
    ranks = np.random.default_rng(2).integers(1, 6, size=(5, 12)).astype(float)
    spearman, kendall = robustness._spearman(ranks), robustness._kendall(ranks)
    for one, other in np.ndindex(5, 5):
        assert spearman[one, other] == pytest.approx(spearmanr(ranks[one], ranks[other]).statistic, abs=1e-12)
        assert kendall[one, other] == pytest.approx(kendalltau(ranks[one], ranks[other]).statistic, abs=1e-12)
    assert np.isnan(robustness._kendall(np.ones((2, 4)))).all()


def test_schemes_are_compared_in_pairs_by_their_settings(tmp_path, index_cache):
    out = drawn(write(tmp_path, CONFIG), index_cache, 5)
    table = pl.read_csv(out / "schemes.csv")
    names = set(table["scheme"]) | set(table["other"])
    assert names == {
        "as declared",
        *(
            f"{scale} {mean}"
            for scale in ("minmax(range=[1.0, 100.0], clip=false)", "zscore(mean=50, sd=10)")
            for mean in ("arithmetic", "geometric(on_zero=null)")
        ),
    }
    assert table.height == 10 and (table["n"] == 5).all()
    same = table.filter(
        (pl.col("scheme") == "as declared") & (pl.col("other") == "minmax(range=[1.0, 100.0], clip=false) arithmetic")
    )
    assert same.select("spearman", "kendall", "mean_abs_rank_shift").row(0) == (1, 1, 0)
    none = drawn(write(tmp_path / "none", CONFIG | {"uncertainty": {}}), index_cache, 5)
    assert not (none / "schemes.csv").exists() and not (none / "sensitivity.csv").exists()
