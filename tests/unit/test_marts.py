"""The rows of a published table: rounded, in a fixed order, and without a zero that prints with a sign."""

from pathlib import Path

import duckdb

from dagster_project.lib import marts

COLUMNS = [marts.Column(name, kind, name, name, name, None) for name, kind in (("code", "string"), ("value", "double"))]


def test_rows_are_sorted_rounded_and_no_zero_has_a_sign(tmp_path: Path):
    with duckdb.connect(tmp_path / "built.duckdb") as connection:
        connection.execute("create schema marts")
        rows = "('d', null), ('c', 1.23456789012345), ('b', 0.0), ('a', -cast(0 as double))"
        connection.execute(f"create table marts.figures as from (values {rows}) as figures (code, value)")
    table = marts.Mart("figures", "", "", "", ["code"], COLUMNS)
    frame = marts.read(tmp_path / "built.duckdb", [table], tmp_path / "aside")["figures"]
    assert frame.write_csv() == "code,value\na,0.0\nb,0.0\nc,1.23456789012\nd,\n"
