"""Every data test of the models has been seen failing, on good data made bad in the way it is about.

A data test without a bad row here fails this file: a generic test needs a way of spoiling its kind (SPOIL), a singular
test one of its own (SPOIL_SINGULAR).
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb
import pytest
import yaml

from dagster_project.lib.house import ROOT
from tests.dbt.conftest import BuiltDatabase


@dataclass(frozen=True)
class DataTest:
    """A generic data test as the YAML of a model declares it."""

    model: str
    column: str | None
    kind: str
    arguments: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        told = ", ".join(f"{key}={value}" for key, value in sorted(self.arguments.items()) if self.column is None)
        return f"{self.model}{'.' + self.column if self.column else ''}: {self.kind}{f'({told})' if told else ''}"


def of_entry(model: str, column: str | None, entry: str | dict) -> DataTest:
    if isinstance(entry, str):
        return DataTest(model, column, entry)
    ((kind, settings),) = entry.items()
    return DataTest(model, column, kind, settings.get("arguments", {}))


def declared() -> list[DataTest]:
    """Read from the YAML, so that collecting the tests does not need dbt; compared with the manifest below."""
    tests = []
    for path in sorted((ROOT / "dbt" / "models").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            tests += [of_entry(model["name"], None, entry) for entry in model.get("data_tests", [])]
            for column in model.get("columns", []):
                tests += [of_entry(model["name"], column["name"], entry) for entry in column.get("data_tests", [])]
    return tests


def of_node(node: dict) -> DataTest:
    """The same, from a node of dbt's manifest."""
    metadata = node["test_metadata"]
    arguments = {key: value for key, value in metadata["kwargs"].items() if key not in ("model", "column_name")}
    return DataTest(node["attached_node"].split(".")[-1], node["column_name"], metadata["name"], arguments)


def doubled(test: DataTest, table: str) -> dict[str, str]:
    return {"a row twice": f"insert into {table} select * from {table} where {test.column or '1'} is not null limit 1"}


def one_row(table: str, **cells: str) -> str:
    changes = ", ".join(f"{column} = {value}" for column, value in cells.items())
    return f"update {table} set {changes} where rowid = (select min(rowid) from {table})"


#: Kind of generic test -> ways of making one row of its table bad, each of which it must find.
SPOIL: dict[str, Callable[[DataTest, str], dict[str, str]]] = {
    "unique": doubled,
    "unique_key": doubled,
    "filled": lambda test, table: {f"null {column}": one_row(table, **{column: "null"}) for column in test.arguments["columns"]},
    "accepted_values": lambda test, table: {"unknown value": one_row(table, **{test.column: "'zzz'"})},
    "relationships": lambda test, table: {"unknown key": one_row(table, **{test.column: "'zzz'"})},
    "finite": lambda test, table: {
        f"{value} {column}": one_row(table, **{column: f"cast('{value}' as double)"})
        for column in test.arguments["columns"]
        for value in ("nan", "infinity", "-infinity")
    },
    "value_or_reason": lambda test, table: {
        "both": one_row(table, **{test.arguments["value"]: "1", test.arguments["reason"]: "'zzz'"}),
        "neither": one_row(table, **{test.arguments["value"]: "null", test.arguments["reason"]: "null"}),
    },
    "value_fits_status": lambda test, table: {
        "value and missing": one_row(table, **{test.arguments["value"]: "1", test.arguments["status"]: "'O'"}),
        "no value and normal": one_row(table, **{test.arguments["value"]: "null", test.arguments["status"]: "'A'"}),
    },
}

#: Singular test -> ways of making the data bad as it is about. Sources are tables of the copy (landing.…, declared.…).
SPOIL_SINGULAR: dict[str, dict[str, str]] = {
    "assert_corrections_apply": {
        "correction that found no figure": "update staging.stg_observations set correction_id = null",
        "correction of another name": "update declared.corrections set correction_id = 'zzz' where action = 'hold'",
    },
    "assert_derived_vintages_are_implied": {
        "derived figure moved": "update marts.observation_vintages set obs_value = obs_value + 1 where vintage = 'derived'",
        "derived figure of another month": "update marts.observation_vintages set time_period = '2024-12'"
        " where vintage = 'derived' and time_period = '2024-11'",
        "derived figure of a month alone": "update marts.observation_vintages set period_basis = 'period'"
        " where vintage = 'derived'",
        "one cell named of two": "update marts.observation_vintages set source_locator = split_part(source_locator, ';', 1)"
        " where vintage = 'derived'",
        "derived figure made the latest": "update marts.observation_vintages set is_latest = true where vintage = 'derived'",
    },
    "assert_every_figure_is_staged_once": {
        "figure lost": "delete from staging.stg_observations where rowid = 0",
        "figure doubled": "insert into staging.stg_observations select * from staging.stg_observations limit 1",
    },
    "assert_every_series_has_a_preferred_source": {
        "source nobody admitted": one_row("marts.observations", source_id="'zzz'", series="'gdp'"),
        "series nobody admitted": "delete from declared.preference where series = 'gdp'",
    },
    "assert_every_value_has_lineage": {
        table: f"delete from marts.lineage where table_name = '{table}'"
        for table in ("indicator_values", "indicator_scores", "index_scores")
    },
    "assert_held_figures_are_not_used": {
        "held figure that has a value": "update marts.findings set severity = 'hold' where observation_id in"
        " (select observation_id from marts.observations where value is not null)",
        "held figure that is not marked": "insert into marts.findings (check_name, severity, observation_id)"
        " select 'zzz', 'hold', observation_id from marts.observations where value is null and not is_held limit 1",
    },
    "assert_held_files_imply_nothing": {
        "figure held in a file that implies": "update marts.observations set is_held = true"
        " where source_file = 'files/2024-06.csv' and series = 'trade_export' and ref_area = '420900' and period_basis = 'ytd'",
    },
    "assert_growth_times_base_is_value": {
        column: f"update marts.growth set {column} = {column} + 1e-3 * (1 + abs({column})) where {column} is not null"
        for column in ("growth", "growth_on_first_base", "base_value", "first_base_value", "gap_pp", "december_value")
    }
    | {
        "twelve months moved": "update marts.growth set trailing_twelve = trailing_twelve * 1.001"
        " where substr(time_period, 6, 2) <> '12' and trailing_twelve is not null",
        "year moved": "update marts.growth set trailing_twelve = trailing_twelve + 1"
        " where substr(time_period, 6, 2) = '12' and trailing_twelve is not null",
        "growth on no base": "update marts.growth set base_value = null where growth is not null",
    },
    "assert_index_is_mean_of_its_pillars": {
        "index moved": "update marts.index_scores set score = score + 1e-6 where node = 'index'",
        "pillar moved": "update marts.index_scores set score = score + 1e-3 where in_index",
        "index of no pillar": "update marts.index_scores set in_index = false",
    },
    "assert_contributions_add_up_to_their_score": {
        "contribution moved": one_row("marts.score_contributions", amount="amount + 1e-6"),
        "share moved": "update marts.score_contributions set share = share + 1e-6 where amount > 0",
        "contribution lost": "delete from marts.score_contributions where amount > 1",
        "score that is not taken apart": "delete from marts.score_contributions where node ="
        " (select min(node) from marts.score_contributions)",
        "contribution to no score": one_row("marts.score_contributions", node="'zzz'"),
    },
    "assert_changes_add_up_to_their_parts": {
        "performance moved": one_row("marts.score_changes", performance="performance + 1e-6"),
        "structure moved": one_row("marts.score_changes", structure="structure + 1e-6"),
        "part lost": "delete from marts.score_changes where abs(performance) > 0.1",
        "change that is not taken apart": "delete from marts.score_changes",
        "parts of no change": one_row("marts.score_changes", period_from="'1999'"),
    },
    "assert_obstacle_degrees_add_up_to_one": {
        "degree moved": "update marts.indicator_scores set obstacle_degree = obstacle_degree + 1e-6"
        " where obstacle_degree is not null",
        "degree lost": "update marts.indicator_scores set obstacle_degree = null where obstacle_order = 1",
    },
    "assert_versions_differ_by_their_parts": {
        way: "insert into marts.score_versions (framework_from, framework_to, ref_area, time_period, scoring, weighting)"
        f" select {framework}, {framework}, ref_area, time_period, {scoring}, {weighting} from marts.index_scores"
        " where node = 'index' and score is not null limit 1"
        for way, framework, scoring, weighting in (
            ("scoring beyond the difference", "framework", "1e-6", "0"),
            ("weighting beyond the difference", "framework", "0", "1e-6"),
            ("difference of no indices", "'zzz'", "0", "0"),
        )
    },
    "assert_weights_inside_a_parent_add_up_to_one": {
        "weight moved": one_row("marts.score_weights", weight="weight + 1e-6"),
        "weight lost": "delete from marts.score_weights where code = (select min(code) from marts.score_weights)",
    },
    "assert_intervals_are_of_published_ranks": {
        "nominal rank of another city": one_row("marts.rank_intervals", nominal="nominal + 1"),
        "interval beside the score of another": one_row("marts.rank_intervals", q95="q95 + 1"),
        "interval turned round": "update marts.rank_intervals set q05 = 9, q95 = 1",
        "interval lost": "delete from marts.rank_intervals where nominal = 1",
        "interval of no rank": "update marts.index_scores set rank = null where rank = 1",
    },
    "assert_shares_of_draws_are_whole": {
        "share lost": "delete from marts.rank_shares where share_of_draws < 0.5",
        "share moved": one_row("marts.rank_shares", share_of_draws="share_of_draws + 1e-6"),
        "each ahead of the other": "update marts.rank_ahead set p_ahead = 0.9",
    },
    "assert_theil_is_between_and_within": {
        f"{table} {measure} moved": f"update marts.{table} set value = value + 1e-9 where measure = '{measure}'"
        for table in ("circle_inequality", "inequality")
        for measure in ("theil", "theil_between", "theil_within")
    },
    "assert_like_is_ranked_with_like": {
        "city without a pillar that others have": "update marts.index_scores set in_index = false where rowid ="
        " (select min(rowid) from marts.index_scores where in_index)",
    },
    "assert_months_by_difference_are_flagged": {
        "flag lost": "update intermediate.int_series__values set obs_status = 'P' where derivation = 'difference'",
        "negative month": "update intermediate.int_series__values set value = -1 where derivation = 'difference'",
        "month beside a printed one": "insert into intermediate.int_series__values"
        " (source_id, series, ref_area, freq, time_period, period_basis, derivation, obs_status)"
        " select source_id, series, ref_area, freq, time_period, 'period', 'difference', 'E' from marts.observations"
        " where source_id = 'customs_gacc' and period_basis = 'period' limit 1",
    },
    "assert_one_vintage_is_best_known": {
        "none best known": "update marts.observation_vintages set is_best_known = false where vintage = 'derived'",
        "two best known": "update marts.observation_vintages set is_best_known = true where not is_best_known",
        "no latest release": one_row("marts.observation_vintages", is_latest="not is_latest"),
        "derived figure that says the same": "update marts.observation_vintages set obs_value = 1 where time_period = '2024-05'",
    },
    "assert_ratio_has_both_parts": {
        "ratio moved": "update marts.indicator_values set value = value * (1 + 1e-6) where derivation = 'ratio'",
        "numerator lost": "update marts.indicator_values set numerator_value = null where derivation = 'ratio'",
        "denominator lost": "update marts.indicator_values set denominator_value = null where derivation = 'ratio'",
    },
    "assert_revisions_lead_to_their_vintages": {
        "difference moved": "update marts.revisions set difference = difference + 1",
        "new figure of another file": one_row("marts.revisions", new_source_file="'zzz'"),
        "old figure of another cell": one_row("marts.revisions", old_source_locator="'zzz'"),
        "vintage of the other kind": one_row("marts.revisions", vintage="'released'"),
        "rounding listed": "update marts.revisions set rounding = abs(difference) where vintage = 'derived'",
        "usual called unusual": "update marts.revisions set usual_revision = 100 where is_unusual",
    },
    "assert_structural_zeros_are_not_contradicted": {
        "cargo without an airport": "insert into intermediate.int_series__values (series, ref_area, time_period, value)"
        " select series, ref_area, period_from, 1 from declared.structural limit 1",
    },
    "assert_unknown_targets_are_not_judged": {
        "unknown called on time": "update marts.target_progress set verdict = '正常' where verdict = '无数据'",
        "unknown at nought percent": "update marts.target_progress set completion = 0 where actual is null",
        "unknown with a gap": "update marts.target_progress set pace_gap = 0 where actual is null",
        "unknown that should be somewhere": "update marts.target_progress set expected_value = 1 where actual is null",
        "unknown without a reason": "update marts.target_progress set reason = null where verdict = '无数据'",
    },
    "assert_funnel_adds_up": {
        way: "insert into marts.investment_funnel (ref_area, time_period, stage, stage_order, n_reached, n_here, n_ended)"
        f" values ('x', '2025-08', 'negotiated', 2, 3, 1, 1), ('x', '2025-08', 'signed', 3, {reached}, {here}, 0)"
        for way, reached, here in (("stage that more reach than the one before", 4, 4), ("project that stands nowhere", 1, 0))
    }
    | {
        "structure of other projects": "insert into marts.investment_structure (ref_area, time_period, breakdown, n_signed)"
        " values ('x', '2025-08', 'total', 2)",
    },
    "assert_total_is_sum_of_flows": {
        # Just beyond what rounding of the three last digits explains, on top of what it may already have taken.
        "total beyond rounding": "update intermediate.int_observations__converted"
        " set base_value = base_value + 3.1 * printed_step where series = 'trade_total'",
        "flow doubled": "update intermediate.int_observations__converted"
        " set base_value = 2 * base_value where series = 'trade_export'",
    },
}

#: Tests that tell and do not stop; of all others dbt's defaults hold, so that one row is enough to stop a build.
WARN_ONLY = {"assert_every_series_has_a_preferred_source"}


@dataclass(frozen=True)
class Copy:
    """A copy of the built database that a test may spoil, with the sources as tables beside it."""

    connection: duckdb.DuckDBPyConnection
    schemas: dict[str, str]
    nodes: dict[str, dict]
    compiled: dict[str, str]

    def found(self, node: dict) -> int:
        """How many rows the compiled SQL of a test returns now."""
        return self.connection.execute(f"select count(*) from ({self.compiled[node['unique_id']]})").fetchone()[0]

    def bites(self, node: dict, spoiling: str, table: str | None = None) -> None:
        before = self.found(node)
        assert before == 0 or node["name"] in WARN_ONLY
        self.connection.execute("begin transaction")
        try:
            if table and not self.connection.execute(f"select 1 from {table} limit 1").fetchone():
                # A table that is rightly empty, as long as there is one version of the index and nothing to compare it with.
                self.connection.execute(f"insert into {table} default values")
            (changed,) = self.connection.execute(spoiling).fetchone()
            assert changed >= 1, "nothing was spoilt: the data has no such row"
            assert self.found(node) > before
        finally:
            self.connection.execute("rollback")


@pytest.fixture(scope="module")
def copy(built: BuiltDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    manifest = built.manifest
    # The compiled SQL names the database, and DuckDB names a database after its file.
    path = tmp_path_factory.mktemp("spoilt") / built.database.name
    shutil.copy(built.database, path)
    nodes = {node["unique_id"]: node for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    compiled = dict(built.compiled)
    with duckdb.connect(path) as connection:
        for source in manifest["sources"].values():
            table, location = f"{source['schema']}.{source['identifier']}", f"'{source['meta']['external_location']}'"
            connection.execute(f"create schema if not exists {source['schema']}")
            connection.execute(f"create table {table} as from {location}")
            compiled = {name: sql.replace(location, table) for name, sql in compiled.items()}
        models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
        yield Copy(connection, {model["name"]: model["schema"] for model in models}, nodes, compiled)


def generic(nodes: dict[str, dict]) -> list[dict]:
    return [node for node in nodes.values() if node.get("test_metadata")]


def singular(nodes: dict[str, dict]) -> list[dict]:
    return [node for node in nodes.values() if not node.get("test_metadata")]


def test_every_data_test_of_the_manifest_is_spoilt_here(copy: Copy):
    assert sorted(of_node(node).name for node in generic(copy.nodes)) == sorted(test.name for test in declared())
    assert {node["test_metadata"]["name"] for node in generic(copy.nodes)} <= set(SPOIL)
    assert {node["name"] for node in singular(copy.nodes)} == set(SPOIL_SINGULAR)
    assert set(copy.compiled) == set(copy.nodes)


def test_no_data_test_is_softened(copy: Copy):
    for node in copy.nodes.values():
        config, name = node["config"], node["name"]
        assert config["enabled"] and not config["where"] and not config["limit"], name
        assert (config["fail_calc"], config["error_if"], config["warn_if"]) == ("count(*)", "!= 0", "!= 0"), name
        assert (config["severity"].lower() == "warn") == (name in WARN_ONLY), name


def test_no_compiled_test_reads_a_file(copy: Copy):
    assert not [name for name, sql in copy.compiled.items() if ".parquet" in sql]


@pytest.mark.parametrize("test", declared(), ids=lambda test: test.name)
def test_generic(test: DataTest, copy: Copy):
    (node,) = [node for node in generic(copy.nodes) if of_node(node).name == test.name]
    table = f"{copy.schemas[test.model]}.{test.model}"
    spoilings = SPOIL[test.kind](test, table)
    assert spoilings
    for spoiling in spoilings.values():
        copy.bites(node, spoiling, table)


@pytest.mark.parametrize(
    ("name", "way"),
    [(name, way) for name, ways in SPOIL_SINGULAR.items() for way in ways],
    ids=lambda told: told.replace(" ", "_"),
)
def test_singular(name: str, way: str, copy: Copy):
    (node,) = [node for node in singular(copy.nodes) if node["name"] == name]
    copy.bites(node, SPOIL_SINGULAR[name][way])
