"""The YAML beside each model is the one definition of what it holds: complete, consistent, and as in the database."""

import json
from collections import defaultdict
from collections.abc import Iterator

import duckdb
import pytest

from dagster_project.lib.house import ROOT
from tests.dbt.conftest import BuiltDatabase

MARTS = sorted(path.stem for path in (ROOT / "dbt" / "models" / "marts").glob("*.sql"))

#: Tables of the contract (design: marts) that other people's scripts rely on; those that are there may not go again.
CONTRACT = {
    "dim_area", "dim_series", "dim_indicator", "dim_source", "observations", "observation_vintages", "indicator_values",
    "indicator_scores", "index_scores", "lineage", "quarantine", "revisions", "growth", "findings", "dim_scope",
    "score_contributions", "score_changes", "score_weights", "score_bounds", "score_versions", "index_audit",
    "rank_intervals", "rank_shares", "rank_ahead", "uncertainty_settings", "sensitivity", "schemes", "leave_one_out",
    "coordination", "inequality", "convergence", "circle_values", "circle_inequality",
    "target_progress", "plan_documents", "plan_measures", "plan_measure_units",
    "signals", "signal_coverage", "warning_levels",
    "investment_projects", "investment_funnel", "investment_structure",
}  # fmt: skip

#: One name with two meanings.
TWO_MEANINGS = {
    "level",  # dim_framework: depth in the tree; quarantine: held alone or with its line
    "node",  # index_scores: index or pillar; score_contributions, score_changes: the score that is taken apart
    "reason",  # quarantine: why a figure was held; elsewhere: why there is no value
    "severity",  # findings: what is done with the figure; signals: how much it matters
    "valid_from",  # observation_vintages: the day a vintage became known; dim_framework: the first period of a version
}

#: Types of the contracts, as DuckDB names them.
TYPES = {"string": "VARCHAR", "double": "DOUBLE", "int": "INTEGER", "boolean": "BOOLEAN", "date": "DATE"}


@pytest.fixture(scope="module")
def models(built: BuiltDatabase) -> dict[str, dict]:
    return {node["name"]: node for node in built.manifest["nodes"].values() if node["resource_type"] == "model"}


@pytest.fixture(scope="module")
def database(built: BuiltDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    # Closed at the end of the module: dbt cannot write to a database that somebody reads.
    with duckdb.connect(built.database, read_only=True) as connection:
        yield connection


def test_tables_of_the_contract_are_there(database: duckdb.DuckDBPyConnection):
    found = database.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    there = {name for (name,) in found}
    assert there >= CONTRACT
    assert there == set(MARTS)


@pytest.mark.parametrize("mart", MARTS)
def test_contract_is_what_the_table_holds(mart: str, models: dict[str, dict], database: duckdb.DuckDBPyConnection):
    assert models[mart]["patch_path"] == f"openecon://models/marts/{mart}.yml"
    assert models[mart]["config"]["contract"]["enforced"]
    contract = [(column["name"], TYPES[column["data_type"]]) for column in models[mart]["columns"].values()]
    held = database.execute(
        "select column_name, data_type from duckdb_columns()"
        " where schema_name = 'marts' and table_name = ? order by column_index",
        [mart],
    ).fetchall()
    assert contract == held


@pytest.mark.parametrize("mart", MARTS)
def test_table_and_every_column_are_described(mart: str, models: dict[str, dict]):
    model = models[mart]
    assert model["description"].strip() and model["config"]["meta"]["title_zh"] and model["config"]["meta"]["title_en"]
    for column in model["columns"].values():
        meta = column["config"]["meta"]
        assert column["data_type"] and column["description"].strip(), column["name"]
        assert meta.get("title_zh") and meta.get("title_en"), column["name"]
        assert set(meta) <= {"title_zh", "title_en", "unit"}, column["name"]


def test_one_column_name_means_one_thing_in_all_marts(models: dict[str, dict]):
    titles = defaultdict(set)
    for mart in MARTS:
        for column in models[mart]["columns"].values():
            meta = column["config"]["meta"]
            titles[column["name"]].add((meta["title_zh"], meta["title_en"], column["data_type"]))
    assert {name for name, told in titles.items() if len(told) > 1} == TWO_MEANINGS


def test_one_title_belongs_to_one_column_name_within_a_mart(models: dict[str, dict]):
    # Two columns under one Chinese header could not be told apart in the release.
    for mart in MARTS:
        titles = [column["config"]["meta"]["title_zh"] for column in models[mart]["columns"].values()]
        assert len(titles) == len(set(titles)), mart


@pytest.mark.parametrize("mart", MARTS)
def test_comments_are_the_descriptions(mart: str, models: dict[str, dict], database: duckdb.DuckDBPyConnection):
    table = database.execute(
        "select comment from duckdb_tables() where schema_name = 'marts' and table_name = ?", [mart]
    ).fetchone()
    assert table == (models[mart]["description"],)
    columns = database.execute(
        "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?", [mart]
    ).fetchall()
    assert columns
    assert dict(columns) == {column["name"]: column["description"] for column in models[mart]["columns"].values()}
    assert all(comment for _, comment in columns)


def test_no_double_is_nan_or_infinite(database: duckdb.DuckDBPyConnection):
    doubles = database.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where data_type in ('DOUBLE', 'FLOAT') and not internal"
    ).fetchall()
    assert any(schema == "marts" for schema, _, _ in doubles)
    sick = [
        f"{schema}.{table}.{column}"
        for schema, table, column in doubles
        if database.execute(f'select 1 from {schema}.{table} where not isfinite("{column}") limit 1').fetchone()
    ]
    assert not sick


def test_nothing_in_the_database_refers_to_a_file(database: duckdb.DuckDBPyConnection):
    assert database.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall() == []
    macros = "select function_name from duckdb_functions() where not internal and function_type like '%macro%'"
    assert database.execute(macros).fetchall() == []


def test_every_other_model_has_one_paragraph_and_a_grain(models: dict[str, dict]):
    for name in sorted(set(models) - set(MARTS)):
        description = models[name]["description"].strip()
        assert "\n" not in description and "Grain: one row for each" in description, name
        assert models[name]["config"]["meta"]["grain"], name


def test_no_two_rows_share_a_grain_or_a_primary_key(models: dict[str, dict], database: duckdb.DuckDBPyConnection):
    for name, model in sorted(models.items()):
        key = model["config"]["meta"].get("primary_key") or model["config"]["meta"].get("grain")
        if key is None:
            # Rows without a key of their own: a log of cells that were held, a list of paths.
            assert name in {"quarantine", "lineage"}
            continue
        twice = database.execute(
            f"select {', '.join(key)}, count(*) from {model['schema']}.{name} group by all having count(*) > 1 limit 3"
        ).fetchall()
        assert not twice, (name, json.dumps(twice, default=str))
