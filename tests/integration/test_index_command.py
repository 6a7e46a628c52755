"""`openecon index` as its user meets it: the worked cases, the files it writes, and what it says about a fault."""

import csv
import math
import random
import re
import subprocess
import sysconfig
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_project import cli
from dagster_project.lib.house import House
from dagster_project.lib.index import command
from tests.conftest import Run

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path for folder in ("cases", "own") for path in (GOLDEN / folder).iterdir() if path.is_dir())
#: File → its columns, the first of them its key.
CELLS = (["ref_area", "time_period", "code"], ["value", "reason"])
FILES = {
    "denominated.csv": CELLS,
    "imputed.csv": CELLS,
    "treated.csv": CELLS,
    "normalised.csv": CELLS,
    "weights.csv": (["time_period", "code"], ["parent", "weight", "effective_weight"]),
    "scores.csv": (CELLS[0], ["value", "rank", "n_ranked", "coverage", "imputed_share", "comparable_over_time", "reason"]),
    "contributions.csv": (["ref_area", "time_period", "node", "code"], ["amount"]),
    "changes.csv": (["ref_area", "period_from", "period_to", "node", "code"], ["performance", "structure"]),
    "obstacles.csv": (CELLS[0], ["degree", "order"]),
    "coordination.csv": (["ref_area", "time_period", "node"], ["c", "t", "d", "grade"]),
    "inequality.csv": (["time_period", "code", "measure"], ["value"]),
    "audit.csv": (["check", "subject"], ["value", "threshold", "verdict"]),
}
WITH_REASON = ("denominated.csv", "imputed.csv", "treated.csv", "normalised.csv", "scores.csv")
REASONS = {
    "not_applicable",
    "missing",
    "bad_denominator",
    "domain",
    "constant",
    "break",
    "unit_doubt",
    "too_few",
    "below_coverage",
    "no_children",
}
TEXTS = {
    *("ref_area", "time_period", "period_from", "period_to", "code", "node", "parent"),
    *("reason", "comparable_over_time", "check", "subject", "verdict", "grade", "measure"),
}


@pytest.fixture
def index(index_warehouse, monkeypatch) -> Callable[..., Run]:
    """index(folder, out): the command on folder/framework and folder/data.csv."""
    monkeypatch.setattr(cli, "HOUSE", House(warehouse=index_warehouse))

    def call(folder: Path, out: Path) -> Run:
        words = ["index", str(folder / "framework"), "--data", str(folder / "data.csv"), "--out", str(out)]
        result = CliRunner().invoke(cli.app, words)
        return Run(result.exit_code, result.stdout, result.stderr)

    return call


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(path: Path, cells: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(cells)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --------------------------------------------------------------------------------------------------------- worked cases


def near(found: str, expected: str, absolute: bool) -> bool:
    """Within 1e-9: absolute on [0, 1], relative otherwise; empty where empty."""
    if not (found and expected):
        return found == expected
    return math.isclose(float(found), float(expected), rel_tol=0 if absolute else 1e-9, abs_tol=1e-9 if absolute else 0)


def on_unit_interval(table: list[dict[str, str]]) -> bool:
    return all(0 <= float(row["value"]) <= 1 for row in table if row["value"])


def keyed(table: list[dict[str, str]], *names: str) -> dict[tuple, dict[str, str]]:
    found = {tuple(row[name] for name in names): row for row in table}
    assert len(found) == len(table)
    return found


def test_the_worked_cases_are_all_here():
    assert len(CASES) == 13


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_worked_case_comes_out_as_expected(index, tmp_path, case):
    done = index(case, tmp_path / "out")
    assert done.status == 0, done.err
    assert done.err == ""
    expected = sorted(path.name for path in case.glob("expected_*.csv"))
    assert expected
    for name in expected:
        table = rows(case / name)
        assert table
        wrong = COMPARE[name](tmp_path / "out", table)
        assert wrong == []


def _values(out: Path, table: list[dict], file: str) -> list:
    found = keyed(rows(out / file), "ref_area", "time_period", "code")
    absolute = on_unit_interval(table)
    pairs = [(row, found[row["ref_area"], row["time_period"], row["code"]]) for row in table]
    return [(row, own) for row, own in pairs if not near(own["value"], row["value"], absolute)]


def _weights(out: Path, table: list[dict]) -> list:
    found = keyed(rows(out / "weights.csv"), "code")
    names = ("weight", "effective_weight")
    wrong = [row for row in table if any(not near(found[row["code"],][name], row[name], True) for name in names)]
    return wrong + sorted(found.keys() ^ {(row["code"],) for row in table})


def _ranks(out: Path, table: list[dict]) -> list:
    found = keyed(rows(out / "scores.csv"), "ref_area", "time_period", "code")
    wrong = []
    for row in table:
        own = found[row["ref_area"], row["time_period"], row["code"]]
        inside = int(row["low"]) <= int(own["rank"]) <= int(row["high"]) if row["low"] else own["rank"] == ""
        if not inside or own["n_ranked"] != row["n_ranked"]:
            wrong.append((row, own))
    return wrong


COMPARE = {
    "expected_scores.csv": lambda *given: _values(*given, "scores.csv"),
    "expected_normalised.csv": lambda *given: _values(*given, "normalised.csv"),
    "expected_weights.csv": _weights,
    "expected_ranks.csv": _ranks,
}


def test_the_installed_command_computes_a_worked_case(tmp_path):
    case = GOLDEN / "cases" / "weights_topsis__tzeng2011_topsis"
    words = ["index", case / "framework", "--data", case / "data.csv", "--out", tmp_path / "out"]
    done = subprocess.run(
        [Path(sysconfig.get_path("scripts")) / "openecon", *words],
        cwd="/",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == str((tmp_path / "out").resolve())
    assert _values(tmp_path / "out", rows(case / "expected_scores.csv"), "scores.csv") == []


# ------------------------------------------------------------------------------------------------------------ bad input

YML = "id: small\nreference: {set: fixed}\nnormalisation: {method: goalposts, clip: true}\n"
NODES = """code,type,parent,weight,direction,goalpost_low,goalpost_high,denominator
S,index,,,,,,
G,group,S,1,,,,
a,indicator,G,1,1,0,10,
b,indicator,S,2,-1,0,10,d
d,denominator,,,,,,
"""
NODES_BY_MEAN = NODES.replace("denominator\nS,index,,,,,,\n", "denominator,aggregation\nS,index,,,,,,,mean\n")
DATA = """ref_area,time_period,indicator,obs_value
A,2020,a,5
B,2020,a,7
A,2020,b,5
B,2020,b,8
A,2020,d,2
B,2020,d,2
"""


@pytest.fixture
def small(tmp_path) -> Path:
    """A folder with a small framework and its data."""
    return write(tmp_path / "given")


def write(folder: Path, yml: str = YML, nodes: str = NODES, data: str = DATA, **more: str) -> Path:
    inner = folder / "framework"
    inner.mkdir(parents=True)
    texts = {inner / "framework.yml": yml, inner / "framework.csv": nodes, folder / "data.csv": data}
    texts |= {inner / f"{name}.csv": text for name, text in more.items()}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_small_framework_is_sound(index, small, tmp_path):
    done = index(small, tmp_path / "out")
    assert done.status == 0, done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)


#: What is wrong; the file, a text of it and what stands there instead; what the line must say beside the file's name.
FAULTS = {
    "cycle": ("framework.csv", "G,group,S", "G,group,H\nH,group,G", ["row 3 (G)", "cycle: G → H → G", "another parent"]),
    "two roots": (
        "framework.csv",
        "S,index,,,,,,\n",
        "S,index,,,,,,\nT,index,,,,,,\n",
        ["row 3 (T)", "second root", "one row only"],
    ),
    "no root": ("framework.csv", "S,index", "S,group", ["needs one root"]),
    "childless group": ("framework.csv", "d,denom", "K,group,S,1,,,,\nd,denom", ["row 6 (K)", "no children", "give it some"]),
    "weight 0": (
        "framework.csv",
        "a,indicator,G,1",
        "a,indicator,G,0",
        ["row 4 (a)", "weight 0 should be positive", "take its row"],
    ),
    "weight below 0": ("framework.csv", "b,indicator,S,2", "b,indicator,S,-2", ["row 5 (b)", "weight -2 should be positive"]),
    "weight in words": ("framework.csv", "b,indicator,S,2", "b,indicator,S,two", ["row 5 (b)", "weight 'two' is not a number"]),
    "unknown parent": ("framework.csv", "a,indicator,G", "a,indicator,X", ["row 4 (a)", "parent 'X'", "correct it or add"]),
    "unknown denominator": ("framework.csv", "0,10,d\n", "0,10,x\n", ["row 5 (b)", "denominator 'x'", "add a row"]),
    "code twice": ("framework.csv", "b,indicator", "a,indicator", ["row 5 (a)", "row 4", "its own"]),
    "unknown type": (
        "framework.csv",
        "G,group",
        "G,pillar",
        ["row 3 (G)", "type pillar", "index, group, indicator, denominator"],
    ),
    "no direction": ("framework.csv", "G,1,1,0,10", "G,1,,0,10", ["row 4 (a)", "direction is missing", "write 1"]),
    "goalposts equal": ("framework.csv", "G,1,1,0,10", "G,1,1,10,10", ["row 4 (a)", "10 should be below goalpost_high 10"]),
    "goalposts reversed": (
        "framework.csv",
        "S,2,-1,0,10",
        "S,2,-1,10,0",
        ["row 5 (b)", "should be below", "whatever the direction"],
    ),
    "no goalposts": ("framework.csv", "G,1,1,0,10", "G,1,1,,10", ["row 4 (a)", "goalpost_low is missing", "both goalposts"]),
    "unknown column": ("framework.csv", "weight,dir", "wieght,dir", ["row 1", "unknown column wieght", "known are", "weight"]),
    "empty framework.csv": ("framework.csv", NODES, "", ["is empty", "name the columns"]),
    "method of a node": ("framework.csv", NODES, NODES_BY_MEAN, ["row 2 (S)", "'mean' is unknown", "known are arithmetic"]),
    "unknown key": ("framework.yml", "reference:", "referense:", ["referense: unknown key", "known are", "reference"]),
    "unknown key below": ("framework.yml", "clip: true", "clipp: true", ["clipp: unknown key", "range, clip"]),
    "unknown method": ("framework.yml", "method: goalposts", "method: goalpost", ["method 'goalpost' is unknown", "minmax"]),
    "unknown reference": ("framework.yml", "set: fixed", "set: fixt", ["reference.set", "'fixt'", "'panel'"]),
    "not YAML": ("framework.yml", "id: small", "id: [small", ["not readable as YAML"]),
    "empty framework.yml": ("framework.yml", YML, "", ["is empty", "give at least an id"]),
    "base that is no period": (
        "framework.yml",
        "{set: fixed}",
        "{set: base, base: '2019'}",
        ["reference: base 2019", "is not a period of the data", "2020"],
    ),
    "span beside the data": (
        "framework.yml",
        "{set: fixed}",
        "{set: fixed, span: ['1990', '1995']}",
        ["no period of the data lies within span 1990 to 1995"],
    ),
    "duplicate cell": ("data.csv", "B,2020,d", "A,2020,a", ["line 7", "stands already in line 2", "keep one"]),
    "text in a value": ("data.csv", "A,2020,b,5", "A,2020,b,five", ["line 4", "obs_value 'five'", "write it such as"]),
    "thousands separator": ("data.csv", "A,2020,b,5", 'A,2020,b,"5,000"', ["line 4", "thousands separator", "write 5000"]),
    "nan": ("data.csv", "A,2020,b,5", "A,2020,b,NaN", ["line 4", "leave the cell empty"]),
    "one cell too many": ("data.csv", "A,2020,b,5", "A,2020,b,5,6", ["line 4", "5 cells, expected 4"]),
    "unknown column of the data": ("data.csv", "obs_value", "value", ["line 1", "unknown column 'value'", "heading should be"]),
    "periods of two kinds": ("data.csv", "A,2020,d", "A,2020-03,d", ["line 6", "is a month", "one kind"]),
    "empty data": ("data.csv", DATA, "", ["is empty", "ref_area,time_period,indicator,obs_value"]),
    "no row of data": ("data.csv", DATA, DATA.splitlines()[0] + "\n", ["no row", "one row for each value"]),
}


def refused(index, given: Path, out: Path, *words: str) -> None:
    """The command ends with 1 and one line on stderr that holds the words, and leaves nothing behind."""
    before, beside = contents(given), sorted(out.parent.iterdir())
    done = index(given, out)
    assert done.status == 1, done.out
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.startswith("openecon: ") and done.err.endswith("\n")
    assert [word for word in words if word not in done.err] == [], done.err
    assert sorted(out.parent.iterdir()) == beside
    assert contents(given) == before


def path_of(folder: Path, file: str) -> Path:
    return folder / file if file == "data.csv" else folder / "framework" / file


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_one_line_with_file_row_and_remedy(index, small, tmp_path, fault):
    file, was, becomes, words = FAULTS[fault]
    path = path_of(small, file)
    text = path.read_text(encoding="utf-8")
    assert text.count(was) == 1
    path.write_text(text.replace(was, becomes), encoding="utf-8")
    refused(index, small, tmp_path / "out", str(path), *words)


@pytest.mark.parametrize(("file", "place"), [("data.csv", "line 8"), ("framework.csv", ""), ("framework.yml", "")])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_told(index, small, tmp_path, file, place, encoding):
    path = path_of(small, file)
    more = {"data.csv": "武汉,2020,a,1\n", "framework.csv": "武汉,denominator,,,,,,\n", "framework.yml": 'title_zh: "武汉"\n'}[
        file
    ]
    path.write_bytes((path.read_text(encoding="utf-8") + more).encode(encoding))
    place = "line 1" if place and encoding == "utf-16" else place
    refused(index, small, tmp_path / "out", str(path), place, "not in UTF-8", "save")


@pytest.mark.parametrize("file", ["data.csv", "framework.csv", "framework.yml"])
def test_a_file_that_is_not_there_is_named(index, small, tmp_path, file):
    path_of(small, file).unlink()
    refused(index, small, tmp_path / "out", str(path_of(small, file)))


def test_a_framework_folder_that_is_not_there_is_named(index, small, tmp_path):
    (small / "framework").rename(small / "tree")
    refused(index, small, tmp_path / "out", str(small / "framework"))


def test_a_folder_in_place_of_the_data_is_told(index, small, tmp_path):
    (small / "data.csv").unlink()
    (small / "data.csv").mkdir()
    refused(index, small, tmp_path / "out", str(small / "data.csv"), "CSV file to --data")


def test_an_area_without_the_group_that_imputation_needs_is_told(index, tmp_path):
    given = write(tmp_path / "given", YML + "imputation: {method: group_mean}\n", areas="ref_area,group\nA,east\n")
    refused(index, given, tmp_path / "out", "areas.csv", "area B", "group")


def test_an_ahp_matrix_that_is_not_reciprocal_is_told(index, tmp_path):
    yml = YML + "weighting: {method: ahp, matrix: judged.csv}\n"
    given = write(tmp_path / "given", yml, judged="code,G,b\nG,1,3\nb,1/2,1\n")
    refused(index, given, tmp_path / "out", str(given / "framework" / "judged.csv"), "row 2 (G)", "not reciprocal", "1 / row b")


# ---------------------------------------------------------------------------------------------------------- the folder


def test_results_overwrite_files_of_their_names_and_no_others(index, small, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "scores.csv").write_text("old\n", encoding="utf-8")
    (out / "notes.txt").write_text("mine\n", encoding="utf-8")
    assert index(small, out).status == 0
    fresh = index(small, tmp_path / "deep" / "down" / "fresh")
    assert fresh.status == 0
    assert contents(out) == contents(tmp_path / "deep" / "down" / "fresh") | {"notes.txt": b"mine\n"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "given", "out"]


def test_an_error_leaves_an_existing_folder_as_it_was(index, small, tmp_path):
    out = tmp_path / "out"
    assert index(small, out).status == 0
    before = contents(out)
    (small / "data.csv").write_text(DATA.replace("A,2020,a,5", "A,2020,a,x"), encoding="utf-8")
    refused(index, small, out, str(small / "data.csv"), "line 2")
    assert contents(out) == before


def test_a_full_disk_leaves_an_existing_folder_as_it_was(index, small, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert index(small, out).status == 0
    before = contents(out)

    def fails(connection, unused, found, folder):
        (folder / "scores.csv").write_text("half", encoding="utf-8")
        raise OSError("No space left on device")

    monkeypatch.setattr(command.results, "write", fails)
    refused(index, small, out, "No space left on device")
    assert contents(out) == before


def test_a_folder_that_cannot_be_made_is_told(index, small, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = index(small, tmp_path / "file" / "out")
    assert done.status == 1 and len(done.err.splitlines()) == 1
    assert str(tmp_path / "file") in done.err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


# ----------------------------------------------------------------------------------------------------------- the files


def wide(folder: Path) -> Path:
    """40 areas, 12 indicators (one a ratio) and 6 years: entropy weights, a geometric level, gaps and an imputation."""
    chance = random.Random(4)
    nodes = [["code", "type", "parent", "weight", "direction", "aggregation", "imputation", "denominator", "transform"]]
    nodes += [["S", "index", "", "", "", "geometric", "", "", ""], ["size", "denominator", "", "", "", "", "", "", ""]]
    nodes += [[group, "group", "S", weight, "", "", "", "", ""] for group, weight in (("G", 2), ("H", 1), ("K", 1))]
    for place in range(12):
        node = [f"i{place}", "indicator", "GHK"[place % 3], 1 + place % 4, -1 if place in (4, 9) else 1, ""]
        nodes.append([*node, "linear" if place % 2 else "", "size" if place == 7 else "", "ln" if place == 3 else ""])
    cells = [["ref_area", "time_period", "indicator", "obs_value"]]
    for area in range(40):
        for year in range(2015, 2021):
            cells.append([f"A{area:02}", year, "size", round(chance.uniform(1, 9), 2)])
            for place in range(12):
                value = round(math.exp(chance.gauss(2 + place / 4, 0.8)), 4)
                if chance.random() > 0.03:
                    cells.append([f"A{area:02}", year, f"i{place}", "" if chance.random() < 0.05 else value])
    yml = (
        "id: wide\nnormalisation: {method: minmax, range: [1, 100]}\nweighting: {method: entropy}\nmissing: {min_coverage: 0.6}\n"
    )
    write(folder, yml)
    write_rows(folder / "framework" / "framework.csv", nodes)
    write_rows(folder / "data.csv", cells)
    return folder


@pytest.fixture(scope="module")
def widely(tmp_path_factory, index_cache) -> Path:
    """The folder of `wide` with its results in out/; nobody may change it."""
    folder = wide(tmp_path_factory.mktemp("wide") / "given")
    command.index(folder / "framework", folder / "data.csv", folder / "out", index_cache)
    return folder


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("shuffled", [False, True])
def test_neither_threads_nor_the_order_of_rows_show_in_a_byte(widely, tmp_path, index_cache, threads, shuffled):
    given = wide(tmp_path / "given")
    for path in (given / "data.csv", given / "framework" / "framework.csv") if shuffled else ():
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        random.Random(threads).shuffle(lines)
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    command.index(given / "framework", given / "data.csv", tmp_path / "out", index_cache, threads=threads)
    found, expected = contents(tmp_path / "out"), contents(widely / "out")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []


def test_every_file_is_written_with_its_columns(widely):
    assert sorted(path.name for path in (widely / "out").iterdir()) == sorted(FILES)
    for name, (key, columns) in FILES.items():
        content = (widely / "out" / name).read_bytes()
        assert content.splitlines()[0].decode() == ",".join([*key, *columns])
        assert b"\r" not in content and content.endswith(b"\n") and content.count(b"\n") > 1


def test_every_file_is_sorted_by_its_key_and_has_each_once(widely):
    for name, (key, _) in FILES.items():
        keys = [tuple(row[column] for column in key) for row in rows(widely / "out" / name)]
        assert keys == sorted(set(keys)), name


def test_there_is_a_row_for_every_cell(widely):
    areas, periods = [f"A{area:02}" for area in range(40)], [str(year) for year in range(2015, 2021)]
    indicators, above = {f"i{place}" for place in range(12)}, {"S", "G", "H", "K"}
    codes_of = dict.fromkeys((*WITH_REASON[:4], "obstacles.csv"), indicators) | {"scores.csv": above}
    for name, codes in codes_of.items():
        keys = {tuple(row[column] for column in CELLS[0]) for row in rows(widely / "out" / name)}
        assert keys == {(area, period, code) for area in areas for period in periods for code in codes}, name
    weights = rows(widely / "out" / "weights.csv")
    assert {row["code"] for row in weights} == indicators | above - {"S"}
    assert {row["time_period"] for row in weights} == {""}
    changes = {(row["period_from"], row["period_to"]) for row in rows(widely / "out" / "changes.csv")}
    assert changes == set(pairwise(periods))


def test_figures_have_at_most_twelve_digits_and_none_is_nan_or_infinite(widely):
    figures = 0
    for name in FILES:
        for row in rows(widely / "out" / name):
            for column, text in row.items():
                if column in TEXTS or text == "":
                    continue
                assert re.fullmatch(r"-?\d+(\.\d+)?", text), (name, column, text)
                assert not text.startswith("-") or float(text) != 0, (name, column, text)
                digits = text.lstrip("-0.").replace(".", "")
                assert len(digits if "." in text else digits.rstrip("0")) <= 12, (name, column, text)
                figures += 1
    assert figures > 30_000
    assert {row["comparable_over_time"] for row in rows(widely / "out" / "scores.csv")} == {"true"}


def test_an_empty_value_has_a_reason_and_a_full_one_has_none(widely):
    reasons = set()
    for name in WITH_REASON:
        for row in rows(widely / "out" / name):
            assert (row["value"] == "") == (row["reason"] != ""), (name, row)
            reasons |= {row["reason"]} - {""}
    assert reasons and reasons <= REASONS
    for row in rows(widely / "out" / "scores.csv"):
        assert (row["value"] == "") == (row["rank"] == "")


def test_an_indicator_that_the_framework_does_not_name_is_left_out_and_told(index, tmp_path):
    given = write(tmp_path / "given", data=DATA + "A,2020,zeal,1\nC,2020,yarn,2\n")
    assert index(given, tmp_path / "out").status == 0
    unused = [row for row in rows(tmp_path / "out" / "audit.csv") if row["check"] == "unused"]
    assert [(row["subject"], row["verdict"]) for row in unused] == [("yarn", "unused"), ("zeal", "unused")]
    for name in FILES:
        if name != "audit.csv":
            assert {"zeal", "yarn"}.isdisjoint(row.get("code") for row in rows(tmp_path / "out" / name))


def test_an_indicator_without_any_data_is_missing_everywhere(index, tmp_path):
    given = write(tmp_path / "given", data="".join(line + "\n" for line in DATA.splitlines() if ",b," not in line))
    assert index(given, tmp_path / "out").status == 0
    normalised = [row for row in rows(tmp_path / "out" / "normalised.csv") if row["code"] == "b"]
    assert [(row["ref_area"], row["value"], row["reason"]) for row in normalised] == [("A", "", "missing"), ("B", "", "missing")]
    scores = {(row["ref_area"], row["code"]): row for row in rows(tmp_path / "out" / "scores.csv")}
    assert scores["A", "S"]["value"] == "50"  # a alone: 5 of 0 to 10
    assert float(scores["A", "S"]["coverage"]) == pytest.approx(1 / 3, abs=1e-12)


def test_data_of_none_of_the_indicators_are_told(index, tmp_path):
    given = write(tmp_path / "given", data="ref_area,time_period,indicator,obs_value\nA,2020,other,1\n")
    refused(
        index, given, tmp_path / "out", "none of the indicators of the data (other)", "framework.csv (a, b", "holds these codes"
    )


def test_an_area_of_left_out_indicators_is_left_out_with_them(index, tmp_path):
    given = write(tmp_path / "given", YML + "imputation: {method: group_mean}\n", data=DATA + "Z,2020,other,1\n")
    assert index(given, tmp_path / "out").status == 0
    assert {row["ref_area"] for row in rows(tmp_path / "out" / "scores.csv")} == {"A", "B"}


def test_a_unit_that_the_data_lack_is_told(index, tmp_path):
    yml = YML.replace("set: fixed", "set: panel").replace("{method: goalposts", "{method: ratio_to_reference, unit: Q")
    refused(index, write(tmp_path / "given", yml), tmp_path / "out", "unit 'Q' is not a ref_area of the data")


def test_figures_of_extreme_size_end_in_one_line_or_in_a_reason(index, tmp_path):
    yml, nodes = (
        "normalisation: {method: none}\n",
        "code,type,parent,direction,denominator\nS,index,,,\na,indicator,S,1,d\nd,denominator,,,\n",
    )
    data = "ref_area,time_period,indicator,obs_value\nA,2020,a,1e29\nA,2020,d,1e-100\nB,2020,a,1\nB,2020,d,1\n"
    assert index(write(tmp_path / "given", yml, nodes, data), tmp_path / "out").status == 0
    found = keyed(rows(tmp_path / "out" / "scores.csv"), "ref_area")
    assert (found[("A",)]["value"], found[("A",)]["reason"]) == ("", "bad_denominator")
    assert found[("B",)]["value"] == "1"


def test_twelve_digits_are_kept_at_any_size(index, tmp_path):
    yml, nodes = "normalisation: {method: none}\n", "code,type,parent,direction\nS,index,,\na,indicator,S,1\n"
    data = "ref_area,time_period,indicator,obs_value\nA,2020,a,1.2345678901234567e-20\nB,2020,a,1.2345678901234567e25\n"
    assert index(write(tmp_path / "given", yml, nodes, data), tmp_path / "out").status == 0
    for file in ("denominated.csv", "scores.csv"):
        found = keyed(rows(tmp_path / "out" / file), "ref_area")
        assert found[("A",)]["value"] == "0.0000000000000000000123456789012"
        assert float(found[("B",)]["value"]) == 1.23456789012e25


TWO_YEARS = DATA + DATA.split("\n", 1)[1].replace("2020", "2021").replace("B,2021,a,7", "B,2021,a,9")


def test_within_one_period_only_there_are_no_changes(index, tmp_path):
    yml = YML.replace("set: fixed", "set: period").replace("goalposts", "minmax") + "weighting: {method: entropy}\n"
    data = TWO_YEARS.replace("2021,b,8", "2021,b,4") + "C,2020,a,1\nC,2021,a,4\nC,2020,b,9\nC,2021,b,9\nC,2020,d,3\nC,2021,d,1\n"
    assert index(write(tmp_path / "given", yml, data=data), tmp_path / "out").status == 0
    heading = ",".join([*FILES["changes.csv"][0], *FILES["changes.csv"][1]])
    assert (tmp_path / "out" / "changes.csv").read_text(encoding="utf-8") == heading + "\n"
    assert {row["comparable_over_time"] for row in rows(tmp_path / "out" / "scores.csv")} == {"false"}
    weights = keyed(rows(tmp_path / "out" / "weights.csv"), "time_period", "code")
    assert list(weights) == [(period, code) for period in ("2020", "2021") for code in ("G", "a", "b")]
    assert weights["2020", "b"]["weight"] != weights["2021", "b"]["weight"]
    for period in ("2020", "2021"):
        assert float(weights[period, "G"]["weight"]) + float(weights[period, "b"]["weight"]) == pytest.approx(1, abs=1e-11)


def test_between_periods_there_are_changes_and_one_set_of_weights(index, tmp_path):
    assert index(write(tmp_path / "given", data=TWO_YEARS), tmp_path / "out").status == 0
    assert {row["comparable_over_time"] for row in rows(tmp_path / "out" / "scores.csv")} == {"true"}
    assert {row["time_period"] for row in rows(tmp_path / "out" / "weights.csv")} == {""}
    # B's a goes from 7 to 9 of 0 to 10, with a third of the weight.
    moved = [row for row in rows(tmp_path / "out" / "changes.csv") if float(row["performance"]) or float(row["structure"])]
    assert [(row["ref_area"], row["node"], row["code"]) for row in moved] == [("B", "G", "a"), ("B", "S", "a")]
    assert [float(row["performance"]) for row in moved] == pytest.approx([20, 20 / 3], abs=1e-9)


def test_the_summary_names_the_leaders_and_the_audit(index, small, tmp_path):
    done = index(small, tmp_path / "out")
    lines = done.out.splitlines()
    assert lines[0] == "small: 2 indicators, 2 areas, 1 periods"
    # a: 5 and 7 of 10; b per d: 2.5 and 4 of 10, lower is better; weights 1 and 2.
    assert [line.split() for line in lines[2:4]] == [["1", "A", "66.6667"], ["2", "B", "63.3333"]]
    assert lines[-2].startswith("audit: ") and lines[-1] == str((tmp_path / "out").resolve())


def test_names_with_commas_quotes_and_chinese_come_back_as_they_were(index, tmp_path):
    names = ["武汉市", 'so "called", here', "line\nbreak"]
    given = write(tmp_path / "given")
    cells = [[name, "2020", code, 5] for name in names for code in ("a", "b", "d")]
    write_rows(given / "data.csv", [["ref_area", "time_period", "indicator", "obs_value"], *cells])
    assert index(given, tmp_path / "out").status == 0
    for name in ("normalised.csv", "scores.csv", "contributions.csv", "obstacles.csv"):
        assert {row["ref_area"] for row in rows(tmp_path / "out" / name)} == set(names), name
