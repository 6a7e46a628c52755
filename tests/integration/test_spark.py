"""The second engine: from the same landing, Spark's marts are DuckDB's.

What needs Spark is marked `spark` and left out where Java or the extra is missing; that the comparison can fail is always proved.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dagster_project.lib import marts, spark
from tests.conftest import Built, openecon

#: Doubles of two engines are the same figure within this share of it.
TOLERANCE = 1e-9

LACKS = (
    "Java is not installed: Spark needs Java 17"
    if shutil.which("java") is None
    else "the extra `spark` is not installed: make test-spark installs it"
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None
    else ""
)
needs_spark = [pytest.mark.spark, pytest.mark.skipif(bool(LACKS), reason=LACKS)]


def described(built: Built) -> list[marts.Mart]:
    return marts.described(built.warehouse / ".cache" / "dbt" / "manifest.json")


def differences(one: Path, other: Path, mart: marts.Mart, aside: Path) -> list[str]:
    """Where two databases disagree on a mart: columns, keys, texts and nulls exactly, doubles within TOLERANCE."""
    ours, theirs = (marts.read(database, [mart], aside)[mart.name] for database in (one, other))
    if ours.schema != theirs.schema:
        return [f"columns {ours.schema} against {theirs.schema}"]
    key = mart.key or [name for name, kind in ours.schema.items() if kind != pl.Float64]
    for here, there, side in ((ours, theirs, "first"), (theirs, ours, "second")):
        alone = here.join(there, on=key, how="anti", nulls_equal=True)
        if alone.height:
            return [f"only in the {side}: {alone.row(0, named=True)} and {alone.height - 1} more"]
    if ours.height != theirs.height:
        return [f"{ours.height} rows against {theirs.height}"]
    # Both are sorted from the key on: row stands beside row.
    return [
        f"{name} of {ours.select(key).row(row)}: {ours[name][row]!r} against {theirs[name][row]!r}"
        for name in ours.columns
        for row in (~same(ours[name], theirs[name])).arg_true().head(5)
    ]


def same(one: pl.Series, other: pl.Series) -> pl.Series:
    equal = one.eq_missing(other)
    if one.dtype != pl.Float64:
        return equal
    near = one.is_finite() & other.is_finite() & ((one - other).abs() <= TOLERANCE * one.abs())
    return equal | near.fill_null(False)


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of the nightly job on Spark, over the same raw/ and seeds/ as `built`."""
    folder = tmp_path_factory.mktemp("second engine")
    run = openecon("build", "--warehouse", folder / "warehouse", "--target", "spark", timeout=3600)
    assert run.status == 0, run.out + run.err
    return folder / "warehouse"


class TestOnSpark:
    pytestmark = needs_spark

    def test_both_engines_start_from_the_same_landing(self, built: Built, on_spark: Path):
        landed = sorted((built.warehouse / "current" / "landing").rglob("*.parquet"))
        # What Python leaves of models is no landing: the marts that are made of it are compared below.
        landed = [path for path in landed if path.parts[-3] != "steps"]
        assert len(landed) > 10
        for path in landed:
            other = on_spark / "current" / path.relative_to(built.warehouse / "current")
            assert path.read_bytes() == other.read_bytes(), path

    def test_every_mart_is_the_same(self, built: Built, on_spark: Path, tmp_path: Path):
        tables = described(built)
        assert {"observations", "indicator_values", "index_scores"} < {mart.name for mart in tables}
        other = on_spark / "openecon.duckdb"
        found = {mart.name: differences(built.database, other, mart, tmp_path / "aside") for mart in tables}
        assert not any(found.values()), {name: told for name, told in found.items() if told}

    def test_types_and_comments_are_the_same(self, built: Built, on_spark: Path):
        assert shape(on_spark / "openecon.duckdb") == shape(built.database)

    def test_spark_leaves_nothing_but_the_marts(self, on_spark: Path):
        left = {path.name for path in (on_spark / "current").iterdir()}
        assert left == {"dbt", "inputs.json", "landing", "openecon.duckdb", "release"}

    def test_a_bad_cast_stops_spark(self, monkeypatch: pytest.MonkeyPatch):
        from dbt.adapters.spark.connections import SparkCredentials

        monkeypatch.setattr(SparkCredentials, "__post_init__", SparkCredentials.__post_init__)
        spark.leave_ansi_on()
        opened = SparkCredentials(host="localhost", schema="openecon", method="session")
        assert opened.server_side_parameters["spark.sql.ansi.enabled"] == "true"


def shape(database: Path) -> list[tuple]:
    """Every column of the marts with its type and meaning, and every mart with its own."""
    with duckdb.connect(database, read_only=True) as connection:
        return connection.execute(
            "select table_name, column_index, column_name, data_type, comment from duckdb_columns() where schema_name = 'marts'"
            " union all select table_name, 0, '', '', comment from duckdb_tables() where schema_name = 'marts' order by all"
        ).fetchall()


@pytest.mark.parametrize(
    ("mart", "change"),
    [
        ("observations", "update {} set value = value * (1 + 1e-8) where rowid = (select min(rowid) from {} where value > 0)"),
        ("observations", "update {} set source_locator = source_locator || ' ' where rowid = 7"),
        ("indicator_values", "update {} set value = null where rowid = (select max(rowid) from {} where value is not null)"),
        ("indicator_values", "update {} set value = 0 where rowid = (select max(rowid) from {} where value is null)"),
        ("indicator_values", "update {} set published_on = published_on + 1 where rowid = (select min(rowid) from {})"),
        ("index_scores", "update {} set score = 'nan' where rowid = (select min(rowid) from {} where score is not null)"),
        ("index_scores", "delete from {} where rowid = 0"),
        ("lineage", "insert into {} from {} limit 1"),
        ("quarantine", "delete from {} where rowid = 0"),
    ],
)
def test_comparison_sees_one_altered_cell(built: Built, tmp_path: Path, mart: str, change: str):
    altered = tmp_path / "altered.duckdb"
    shutil.copy(built.database, altered)
    (wanted,) = (table for table in described(built) if table.name == mart)
    assert differences(built.database, altered, wanted, tmp_path / "aside") == []
    with duckdb.connect(altered) as connection:
        assert connection.execute(change.replace("{}", f"marts.{mart}")).fetchone() == (1,)
    for pair in ((built.database, altered), (altered, built.database)):
        assert differences(*pair, wanted, tmp_path / "aside")


def test_comparison_lets_the_last_bits_pass(built: Built, tmp_path: Path):
    altered = tmp_path / "altered.duckdb"
    shutil.copy(built.database, altered)
    with duckdb.connect(altered) as connection:
        connection.execute("update marts.indicator_values set value = value * (1 + 1e-13)")
    (wanted,) = (table for table in described(built) if table.name == "indicator_values")
    assert differences(built.database, altered, wanted, tmp_path / "aside") == []


def test_marts_are_brought_with_their_types_and_comments(built: Built, tmp_path: Path):
    # An apostrophe in the path and a table without rows: neither may trip it.
    building = tmp_path / "the office's" / "building"
    with duckdb.connect(built.database, read_only=True) as connection:
        for mart in described(built):
            folder = building / spark.FOLDER / "tables" / "marts.db" / mart.name
            folder.mkdir(parents=True)
            limit = 0 if mart.name == "quarantine" else 1_000_000
            connection.sql(f"from marts.{mart.name} limit {limit}").write_parquet(str(folder / "part-0.parquet"))
    spark.bring_marts(building, built.warehouse / ".cache" / "dbt" / "manifest.json")
    assert [path.name for path in building.iterdir()] == ["openecon.duckdb"]
    brought = building / "openecon.duckdb"
    assert shape(brought) == shape(built.database)
    differing = [mart.name for mart in described(built) if differences(built.database, brought, mart, tmp_path / "aside")]
    assert differing == ["quarantine"]
