"""What one row of a framework changes, and frameworks side by side in one build: two official versions, and a trial whose weights
and outliers need steps in Python."""

import csv
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.lib import declarations
from dagster_project.lib.house import ROOT, House
from dagster_project.lib.index import command, engine
from schemas.framework import load_framework
from tests.conftest import Built, openecon

Rows = list[dict[str, str]]

#: The second version: more weight on trade, another upper goalpost, pillars that cannot make up for one another.
V2_YML = {"id: openecon": "id: openecon_v2", 'version: "1"': 'version: "2"', 'valid_from: "2018"': 'valid_from: "2021"'}
#: Weights from the data and outliers drawn in, on a scale frozen to the years that have an index; the two pillars that have data.
TRIAL_YML = """\
id: trial
title_zh: 数据赋权试算
version: "1"
reference: {set: panel, span: ["2018", "2022"]}
treatment: {method: winsorise}
normalisation: {method: minmax}
weighting: {method: combined, of: [pca, entropy], by: game}
missing: {min_coverage: 0.5}
"""
#: 宜昌, so far a peer.
TENTH = "420500"
LEFT_OUT = (
    *("corridor", "port_containers", "port_cargo", "rail_cre_trains"),
    *("aviation", "airport_passengers", "airport_cargo", "airport_routes_intl"),
)


def edit(path: Path, change: Callable[[Rows], Rows], column: str | None = None) -> None:
    """Rewrite a CSV of seeds/, with a further column where one is named."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names, rows = [*reader.fieldnames, *([column] if column else [])], list(reader)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def key(row: dict[str, str]) -> str:
    """The first cell of a row."""
    return next(iter(row.values()))


def set_cells(own: str, **cells: str) -> Callable[[Rows], Rows]:
    """The change of one row."""

    def change(rows: Rows) -> Rows:
        assert [key(row) for row in rows].count(own) == 1
        return [row | cells if key(row) == own else row for row in rows]

    return change


def without(*codes: str) -> Callable[[Rows], Rows]:
    """The change that takes rows away."""

    def change(rows: Rows) -> Rows:
        assert set(codes) <= {key(row) for row in rows}
        return [row for row in rows if key(row) not in codes]

    return change


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frameworks") / "seeds"
    shutil.copytree(ROOT / "seeds", folder)
    edit(folder / "areas.csv", set_cells(TENTH, use="scope"))
    own = folder / "framework" / "openecon"
    v2 = shutil.copytree(own, folder / "framework" / "openecon_v2")
    text = (v2 / "framework.yml").read_text(encoding="utf-8")
    for old, new in V2_YML.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (v2 / "framework.yml").write_text(text, encoding="utf-8")
    edit(v2 / "framework.csv", set_cells("openness", aggregation="geometric"), column="aggregation")
    edit(v2 / "framework.csv", set_cells("trade", weight="0.45"))
    edit(v2 / "framework.csv", set_cells("trade_dependence", goalpost_high="50"))
    trial = shutil.copytree(own, folder / "framework" / "trial")
    (trial / "framework.yml").write_text(TRIAL_YML, encoding="utf-8")
    for name in ("framework.csv", "reasons.csv"):
        edit(trial / name, without(*LEFT_OUT))
    return folder


@pytest.fixture(scope="module")
def side_by_side(seeds: Path) -> Built:
    """The one build of these tests."""
    warehouse = seeds.parent / "warehouse"
    run = openecon("build", "--seeds", seeds, "--warehouse", warehouse)
    assert run.status == 0, run.out + run.err
    return Built(warehouse, run)
