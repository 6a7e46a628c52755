"""What Python leaves between the halves of a nightly build, for a framework that is drawn and for one that cannot be."""

import polars as pl
import pytest

from dagster_project.lib.index import command, data, engine, nightly, robustness
from schemas import framework as contract
from tests.integration.test_uncertainty import CONFIG, write

NO_BREAKS = pl.DataFrame(schema=dict.fromkeys(("indicator", "ref_area", "time_period"), pl.String))


def left(tmp_path, cache, config: dict, breaks: pl.DataFrame = NO_BREAKS) -> dict[str, pl.DataFrame]:
    """The tables that nightly.py writes for one framework, read back."""
    folder = write(tmp_path, config)
    given, _ = command.tables(contract.load_framework(folder / "framework"), data.read(folder / "data.csv"))
    found = nightly.tables(given, breaks, [folder / "framework"], engine.compiled(cache), robustness.Asked(50, 3))
    nightly.write(found, tmp_path)
    return {name: pl.read_parquet(tmp_path / "steps" / name / "*.parquet") for name in nightly.TABLES}


def test_every_table_is_left_with_its_framework(tmp_path, index_cache):
    tables = left(tmp_path, index_cache, CONFIG)
    for name, columns in nightly.TABLES.items():
        assert dict(tables[name].schema) == columns
    for name in ("rank_intervals", "rank_shares", "rank_ahead", "varied", "schemes", "leave_one_out", "audit"):
        assert set(tables[name]["framework"]) == {"small"}, name
    assert set(tables["rank_intervals"]["seed"]) == {3} and tables["rank_intervals"]["draws"].max() == 50


def test_a_framework_that_cannot_be_drawn_says_so_and_stops_nothing(tmp_path, index_cache):
    config = CONFIG | {"weighting": {"method": "bod"}, "uncertainty": {}}
    tables = left(tmp_path, index_cache, config)
    assert tables["audit"].rows() == [("small", "uncertainty", None, None, None, "not_drawn")]
    assert tables["rank_intervals"].is_empty() and tables["leave_one_out"].is_empty()
    # The step that its weights need has been taken all the same.
    assert tables["weights"].height > 0


@pytest.mark.parametrize(
    ("indicator", "nodes"),
    [("a", {"a", "p", "root"}), ("c", {"c", "q", "root"}), ("elsewhere", set())],
)
def test_a_break_holds_for_all_above_it(indicator: str, nodes: set[str]):
    tree = [("root", None), ("p", "root"), ("q", "root"), ("a", "p"), ("b", "p"), ("c", "q")]
    frame = pl.DataFrame(tree, schema=["code", "parent"], orient="row").with_columns(denominator=pl.lit(None, dtype=pl.String))
    breaks = pl.DataFrame({"indicator": [indicator], "time_period": ["2020"]})
    assert nightly._of_nodes(breaks, frame) == {node: {"2020"} for node in nodes}


def test_a_break_of_a_denominator_holds_for_what_it_divides():
    tree = [("root", None, None), ("a", "root", "people"), ("b", "root", None), ("people", None, None)]
    frame = pl.DataFrame(tree, schema=["code", "parent", "denominator"], orient="row")
    breaks = pl.DataFrame({"indicator": ["people"], "time_period": ["2020"]})
    assert nightly._of_nodes(breaks, frame) == {"people": {"2020"}, "a": {"2020"}, "root": {"2020"}}
