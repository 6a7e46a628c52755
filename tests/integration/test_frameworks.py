"""What one row of a framework changes, and frameworks side by side in one build: two official versions, and a trial whose weights
and outliers need steps in Python."""

import csv
import json
import math
import shutil
from collections.abc import Callable
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
Scores = dict[tuple[str, str, str], float]

OWN = ROOT / "seeds" / "framework" / "openecon"
#: What float noise may make of a score.
CLOSE = 1e-9

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
    v2 = shutil.copytree(OWN, folder / "framework" / "openecon_v2")
    text = (v2 / "framework.yml").read_text(encoding="utf-8")
    for old, new in V2_YML.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (v2 / "framework.yml").write_text(text, encoding="utf-8")
    edit(v2 / "framework.csv", set_cells("openness", aggregation="geometric"), column="aggregation")
    edit(v2 / "framework.csv", set_cells("trade", weight="0.45"))
    edit(v2 / "framework.csv", set_cells("trade_dependence", goalpost_high="50"))
    trial = shutil.copytree(OWN, folder / "framework" / "trial")
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


def asked(built: Built, query: str) -> list[tuple]:
    with duckdb.connect(built.database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def scores(built: Built, framework: str = "openecon") -> Scores:
    """(area, year, node) → its published score, where it has one."""
    tables = "(select * from marts.index_scores union all by name select * from marts.indicator_scores)"
    query = f"select ref_area, time_period, code, score from {tables} where framework = '{framework}' and score is not null"
    return {tuple(place): score for *place, score in asked(built, query)}


@pytest.fixture(scope="session")
def models(index_cache: Path) -> list[engine.Model]:
    return engine.compiled(index_cache)


def in_memory(folder: Path, built: Built, models: list[engine.Model]) -> tuple[Scores, dict[str, float]]:
    """(scores, weight inside the parent by node) of a framework on the published figures of a build, like with like as there."""
    with duckdb.connect(built.database, read_only=True) as connection:
        values = engine.fetch(
            connection,
            """
            select ref_area, time_period, indicator, value as obs_value, 0 as line
            from marts.indicator_values
            semi join marts.index_scores using (ref_area, time_period)
            where freq = 'A' and indicator in (select code from marts.dim_framework)
            """,
        )
    given, _ = command.tables(load_framework(folder), values)
    given["frameworks"] = given["frameworks"].with_columns(like_with_like=pl.lit(True), min_units=pl.lit(5.0))
    with engine.session(given) as connection:
        engine.run(connection, models)
        found = connection.execute(
            """
            select ref_area, time_period, code, value
            from (
                select node_id, area_id, period_id, value from intermediate.int_index__scores
                union all
                select node_id, area_id, period_id, value from intermediate.int_index__normalised
            ) as cells
            inner join intermediate.int_index__nodes using (node_id)
            inner join intermediate.int_index__areas using (area_id)
            inner join intermediate.int_index__periods using (period_id)
            where value is not null
            """
        ).fetchall()
        weights = connection.execute(
            """
            select code, weights.weight
            from intermediate.int_index__weights as weights
            inner join intermediate.int_index__nodes using (node_id)
            """
        ).fetchall()
    return {tuple(place): score for *place, score in found}, dict(weights)


def assert_same(found: Scores, expected: Scores) -> None:
    assert found.keys() == expected.keys()
    assert {place: (found[place], expected[place]) for place in found if abs(found[place] - expected[place]) > CLOSE} == {}


def one_row_changed(tmp_path: Path, change: Callable[[Rows], Rows]) -> Path:
    """The framework in a copy of seeds/ with one row of framework.csv changed and nothing else, which the loader accepts."""
    folder = shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    edit(folder / "framework/openecon/framework.csv", change)
    old, new = ((root / "framework.csv").read_text(encoding="utf-8") for root in (OWN, folder / "framework/openecon"))
    assert len(set(old.splitlines()) - set(new.splitlines())) == 1
    declarations.load(House(seeds=folder))
    return folder / "framework/openecon"


# ---------------------------------------------------------------------------------------------------------------- one row


def test_the_framework_as_it_is_comes_out_the_same_in_memory(built: Built, models):
    found, _ = in_memory(OWN, built, models)
    expected = scores(built)
    assert sum(code == "openness" for _, _, code in expected) == 30
    assert_same(found, expected)


def test_a_weight_changed_is_one_row(built: Built, models, tmp_path: Path):
    before, (after, _) = scores(built), in_memory(one_row_changed(tmp_path, set_cells("trade", weight="0.4")), built, models)
    expected = dict(before)
    for area, year, code in before:
        if code == "openness":
            expected[area, year, code] = (0.4 * before[area, year, "trade"] + 0.25 * before[area, year, "investment"]) / 0.65
    assert expected != before
    assert_same(after, expected)


def test_an_indicator_removed_is_one_row(built: Built, models, tmp_path: Path):
    before, (after, _) = scores(built), in_memory(one_row_changed(tmp_path, without("export_dependence")), built, models)
    assert not any(code == "export_dependence" for _, _, code in after)
    pillars = 0
    for area, year, code in after:
        if code == "trade":
            left = [before[area, year, name] for name in ("trade_dependence", "trade_per_capita") if (area, year, name) in before]
            assert after[area, year, code] == pytest.approx(math.fsum(left) / len(left), abs=CLOSE)
            pillars += 1
        elif code == "openness":
            expected = (0.35 * after[area, year, "trade"] + 0.25 * after[area, year, "investment"]) / 0.6
            assert after[area, year, code] == pytest.approx(expected, abs=CLOSE)
        else:
            assert after[area, year, code] == pytest.approx(before[area, year, code], abs=CLOSE)
    assert pillars > 30


def test_a_city_added_is_one_row(built: Built, side_by_side: Built):
    folder = side_by_side.release / "cities" / "420500-yichang"
    assert not (built.release / "cities" / folder.name).exists()
    assert len(list(folder.parent.iterdir())) == 10
    # Nothing is known of the tenth city: its rows are gaps with a reason, and so they are for every framework.
    table = city_rows(folder)
    assert {row["代码"] for row in table} == {row["code"] for row in tree(OWN)} and len({row["指标体系"] for row in table}) == 3
    index = [row for row in table if row["层次"] == "总指数"]
    assert index and all((row["得分"], row["位次"], row["覆盖率%"]) == ("", "", "0") and row["说明"] for row in index)


def tree(folder: Path) -> Rows:
    with (folder / "framework.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def city_rows(folder: Path) -> Rows:
    return list(csv.DictReader((folder / "得分.csv").read_text(encoding="utf-8-sig").splitlines()))


# ----------------------------------------------------------------------------------------------------------- side by side


def test_the_old_version_keeps_every_score(built: Built, side_by_side: Built):
    # A tenth city cannot change a score under fixed goalposts, but a rank is among all cities.
    tables = {
        "index_scores": "* exclude (rank, n_ranked, rank_median, rank_q05, rank_q95)",
        "indicator_scores": "*",
        "score_contributions": "*",
        "score_changes": "*",
    }
    for table, columns in tables.items():
        query = f"select {columns} from marts.{table} where framework = 'openecon' and ref_area <> '{TENTH}' order by all"
        before = asked(built, query)
        assert before and asked(side_by_side, query) == before, table
    ranks = "select ref_area, time_period, rank from marts.index_scores where framework = 'openecon' and code = 'openness'"
    assert {row for row in asked(side_by_side, ranks) if row[0] != TENTH} == set(asked(built, ranks))


def test_the_new_version_is_scored_by_its_own_rules(side_by_side: Built):
    old, new = scores(side_by_side), scores(side_by_side, "openecon_v2")
    assert old.keys() == new.keys()
    indices = 0
    for area, year, code in new:
        score = new[area, year, code]
        if code == "trade_dependence":
            assert score == pytest.approx(old[area, year, code] * 40 / 50, abs=CLOSE)
        elif code == "openness":
            trade, investment = new[area, year, "trade"], new[area, year, "investment"]
            expected = math.exp((0.45 * math.log(trade) + 0.25 * math.log(investment)) / 0.7)
            assert score == pytest.approx(expected, abs=CLOSE)
            indices += 1
        elif code != "trade":
            assert score == old[area, year, code]
    assert indices == 30


def test_what_parts_the_versions_is_told_by_indicator(side_by_side: Built):
    old, new = scores(side_by_side), scores(side_by_side, "openecon_v2")
    found = asked(side_by_side, "select ref_area, time_period, code, scoring, weighting from marts.score_versions")
    sums: dict[tuple[str, str], float] = {}
    for area, year, code, scoring, weighting in found:
        sums[area, year] = sums.get((area, year), 0.0) + scoring + weighting
        # One indicator is measured otherwise; the others only count otherwise.
        assert (scoring < 0) == (code == "trade_dependence") and (scoring == 0 or code == "trade_dependence")
    both = {(area, year) for area, year, code in old if code == "openness"}
    assert sums.keys() == both
    for area, year in both:
        difference = new[area, year, "openness"] - old[area, year, "openness"]
        assert sums[area, year] == pytest.approx(difference, abs=CLOSE)
    versions = asked(side_by_side, "select distinct framework_from, framework_to from marts.score_versions")
    assert versions == [("openecon", "openecon_v2")]


def test_readers_meet_the_official_version_of_the_year_first(side_by_side: Built):
    table = city_rows(side_by_side.release / "cities" / "420100-wuhan")
    names = list(dict.fromkeys(row["指标体系"] for row in table))
    assert names == ["开放型经济综合性指标体系（第2版）", "开放型经济综合性指标体系（第1版）", "数据赋权试算（第1版）"]
    speaks = {(row["时期"], row["指标体系"][-4:]) for row in table if row["正式"] == "是" and row["时期"] >= "2018年"}
    assert {period for period, version in speaks if version == "第1版）"} == {"2018年", "2019年", "2020年"}
    assert {period for period, version in speaks if version == "第2版）"} == {f"{year}年" for year in range(2021, 2026)}
    # The table on the screen is that of the version in force.
    index = next(row["得分"] for row in table if (row["指标体系"], row["时期"], row["层次"]) == (names[0], "2022年", "总指数"))
    assert f"武汉市 │ {float(index):.1f} / 1" in side_by_side.run.out
    frameworks = json.loads((side_by_side.release / "manifest.json").read_text(encoding="utf-8"))["frameworks"]
    assert [(name, about["version"], about["official"]) for name, about in frameworks.items()] == [
        ("openecon", "1", True),
        ("openecon_v2", "2", True),
        ("trial", "1", False),
    ]
    for name, about in frameworks.items():
        query = f"select count(*) from marts.index_audit where framework = '{name}' and verdict not in ('ok', 'passed')"
        assert [(about["audit_not_ok"],)] == asked(side_by_side, query)


def test_a_geometric_index_is_explained(side_by_side: Built):
    words = ["explain", "--area", "420100", "--indicator", "openness", "--period", "2021"]
    done = CliRunner().invoke(app, [*words, "--warehouse", str(side_by_side.warehouse)])
    assert done.exit_code == 0, done.stderr
    newest, older, trial = done.stdout.split("总指数得分")[1:]
    assert "（openecon_v2，第2版，正式，自2021年）" in newest and "下级得分的加权几何平均" in newest
    assert "（openecon，第1版，正式，自2018年）" in older and "贡献 15.92" in older
    assert "（trial，第1版）" in trial
    assert done.stdout.count("与发布值相符") == 3 and "不符" not in done.stdout
    done = CliRunner().invoke(app, [*words[:4], "trade_dependence", *words[5:], "--warehouse", str(side_by_side.warehouse)])
    assert done.exit_code == 0, done.stderr
    _, trial = done.stdout.split("（trial，第1版）")
    for line in ("（组合赋权）", "缩尾，处理后为", "方法      极差标准化", "取自 2018—2022 年各市"):
        assert line in trial, trial


def test_steps_in_python_give_the_same_in_a_build_and_in_memory(side_by_side: Built, seeds: Path, models):
    published = scores(side_by_side, "trial")
    found, weights = in_memory(seeds / "framework" / "trial", side_by_side, models)
    assert sum(code == "openness" for _, _, code in published) >= 30
    assert_same(found, published)
    # Both steps ran: weights are neither the declared ones nor equal, and outliers were drawn in.
    query = "select code, weight from marts.score_weights where framework = 'trial' and time_period is null"
    built_weights = dict(asked(side_by_side, query))
    assert built_weights.keys() == weights.keys() - {"openness"} and len(built_weights) == 9
    assert all(built_weights[code] == pytest.approx(weights[code], abs=CLOSE) for code in built_weights)
    declared = {row["code"]: float(row["weight"]) for row in tree(OWN) if row["weight"]}
    total = declared["trade"] + declared["investment"]
    assert abs(built_weights["trade"] - declared["trade"] / total) > 0.01 and abs(built_weights["trade"] - 0.5) > 0.01
    audit = asked(side_by_side, "select distinct verdict from marts.index_audit where framework = 'trial'")
    assert ("winsorised",) in audit
    drawn_in = asked(
        side_by_side,
        """
        select scores.value, figures.value
        from marts.indicator_scores as scores
        inner join marts.indicator_values as figures
            on
                scores.ref_area = figures.ref_area
                and scores.time_period = figures.time_period
                and scores.code = figures.indicator
                and figures.freq = 'A'
        where scores.framework = 'trial' and scores.value <> figures.value
        """,
    )
    assert drawn_in and all(treated < figure for treated, figure in drawn_in)
