"""What people declare: every rule of seeds/, source.yml and a framework, each seen refusing one wrong entry by name.

A rule without a wrong entry here fails `test_every_rule_of_every_seed_has_a_wrong_entry`.
"""

import csv
import io
import re
from datetime import date

import polars as pl
import pytest

from dagster_project.lib import declarations
from dagster_project.lib.house import House, sha256
from schemas.framework import load_framework, load_reasons
from schemas.seeds import SEEDS
from schemas.source import DeclarationProblem, load_source, options_of
from tests.unit.mini_house import (
    FRAMEWORK_CSV,
    FRAMEWORK_YML,
    REASONS_CSV,
    bulletin_source,
    customs_source,
    publication,
    small_declarations,
    source,
    write_house,
    write_source,
)
from tests.unit.mini_house import SEEDS as TEXTS

# seeds/: every rule of every column

WRONG = {
    ("areas", "ref_area", "str_matches"): "420 100",
    ("areas", "area_type", "isin"): "town",
    ("areas", "parent", "str_matches"): "湖北",
    ("areas", "use", "isin"): "index",
    ("areas", "pinyin", "str_matches"): "Wuhan",
    ("areas", "lon", "number"): "114°",
    ("areas", "lat", "number"): "inf",
    ("facilities", "facility", "str_matches"): "花湖",
    ("facilities", "facility_type", "isin"): "airfield",
    ("facilities", "city", "str_matches"): "鄂州",
    ("facilities", "part_of", "str_matches"): "E HU",
    ("facilities", "counts_for_city", "in_range"): "2",
    ("facilities", "counts_for_city", "number"): "yes",
    ("facilities", "opened", "str_matches"): "July 2022",
    ("places", "ref_area", "str_matches"): "武汉",
    ("units", "unit_measure", "str_matches"): "CNY/t",
    ("units", "unit_mult", "in_range"): "31",
    ("units", "unit_mult", "number"): "4.5",
    ("series", "series", "str_matches"): "Trade",
    ("series", "domain", "str_matches"): "贸易",
    ("series", "unit_measure", "str_matches"): "元",
    ("series", "kind", "isin"): "total",
    ("series", "sum_of", "str_matches"): "trade_export",
    ("series", "asked", "isin"): "Q",
    ("series", "usual_revision", "in_range"): "-1.5",
    ("series", "usual_revision", "number"): "十",
    ("series", "display_mult", "in_range"): "-31",
    ("series", "display_mult", "number"): "亿",
    ("series", "decimals", "in_range"): "7",
    ("series", "decimals", "number"): "two",
    ("scopes", "scope", "str_matches"): "航空货邮",
    ("scopes", "series", "str_matches"): "货邮",
    ("scopes", "ref_area", "str_matches"): "花湖机场",
    ("series_labels", "series", "str_matches"): "货邮",
    ("series_labels", "ref_area", "str_matches"): "花湖机场",
    ("series_labels", "counterpart", "str_matches"): "country:USA",
    ("indicators", "indicator", "str_matches"): "2x",
    ("indicators", "numerator", "str_matches"): "trade export",
    ("indicators", "denominator", "str_matches"): "trade/total",
    ("indicators", "scale", "number"): "100%",
    ("indicators", "display_mult", "in_range"): "99",
    ("indicators", "display_mult", "number"): "x",
    ("indicators", "decimals", "in_range"): "-1",
    ("indicators", "decimals", "number"): "1.5",
    ("indicators", "annual_since", "str_matches"): "2018-01",
    ("indicators", "monthly_since", "str_matches"): "2024",
    ("preference", "series", "str_matches"): "进出口",
    ("preference", "ref_area", "str_matches"): "**",
    ("preference", "period_from", "str_matches"): "2018年",
    ("preference", "period_to", "str_matches"): "2024-13",
    ("preference", "rank", "in_range"): "0",
    ("preference", "rank", "number"): "first",
    ("preference", "source_id", "str_matches"): "海关",
    ("breaks", "series", "str_matches"): "*",
    ("breaks", "ref_area", "str_matches"): "420100;420200",
    ("breaks", "time_period", "str_matches"): "２０２２",
    ("corrections", "correction_id", "str_matches"): "单位",
    ("corrections", "action", "isin"): "delete",
    ("corrections", "source_id", "str_matches"): "stats wuhan",
    ("corrections", "series", "str_matches"): "进出口",
    ("corrections", "ref_area", "str_matches"): "*",
    ("corrections", "time_period", "str_matches"): "2019-Q1",
    ("corrections", "period_basis", "isin"): "annual",
    ("corrections", "wrong_value", "number"): "63,08",
    ("corrections", "right_value", "number"): "nan",
    ("corrections", "right_status", "isin"): "C",
    ("corrections", "approved_on", "str_matches"): "20 Nov 2026",
    ("corrections", "approved_on", "in_the_calendar"): "2026-11-31",
    ("structural", "series", "str_matches"): "货邮",
    ("structural", "ref_area", "str_matches"): "*",
    ("structural", "period_from", "str_matches"): "18",
    ("structural", "period_to", "str_matches"): "2021-00",
    ("thresholds", "threshold", "str_matches"): "min ranked",
    ("thresholds", "value", "number"): "five",
    ("calendar", "calendar", "str_matches"): "monthly table",
    ("calendar", "time_period", "str_matches"): "2024-3",
    ("calendar", "release_on", "str_matches"): "2024/04/18",
    ("calendar", "release_on", "in_the_calendar"): "2025-13-18",
}

WRONG_ROWS = {
    ("preference", "period_to_not_before_period_from"): {"period_from": "2024", "period_to": "2018"},
    ("structural", "period_to_not_before_period_from"): {"period_from": "2021", "period_to": "2018"},
}

WRONG_REFERENCES = {
    ("areas", "parent"): "430000",
    ("facilities", "city"): "420199",
    ("facilities", "part_of"): "WUH",
    ("places", "ref_area"): "420199",
    ("scopes", "series"): "airport_mail",
    ("scopes", "ref_area"): "WUH",
    ("series_labels", "series"): "airport_mail",
    ("series_labels", "ref_area"): "WUH",
    ("indicators", "numerator"): "trade_exports",
    ("indicators", "denominator"): "gdp",
    ("preference", "series"): "trade",
    ("breaks", "series"): "fdi",
    ("corrections", "series"): "trade",
    ("corrections", "ref_area"): "420199",
    ("corrections", "wrong_unit"): "兆元",
    ("corrections", "right_unit"): "兆元",
    ("structural", "series"): "airport_mail",
    ("structural", "ref_area"): "EHU",
}

MAY_BE_EMPTY = {
    "areas": {"parent", "pinyin", "lon", "lat", "note"},
    "facilities": {"part_of", "opened", "note"},
    "places": set(),
    "units": {"note"},
    "series": {"scope_zh", "sum_of", "asked", "usual_revision"},
    "scopes": {"ref_area"},
    "series_labels": {"ref_area", "counterpart", "note"},
    "indicators": {
        *("name_zh", "name_en", "denominator", "scale", "unit", "display_unit_zh", "display_mult", "decimals"),
        *("annual_since", "monthly_since", "meaning_zh", "meaning_en"),
    },
    "preference": {"period_from", "period_to"},
    "breaks": set(),
    "corrections": {"right_value", "right_unit"},
    "structural": {"period_to"},
    "thresholds": set(),
    "calendar": set(),
}


def with_cells(seed: str, changes: dict[str, str]) -> str:
    """The small seed with cells of its second row (line 2 of the file) changed."""
    rows = list(csv.DictReader(io.StringIO(TEXTS[seed])))
    assert set(changes) <= set(rows[0])
    rows[0] |= changes
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read_seed(tmp_path, seed: str, text: str | bytes) -> pl.DataFrame:
    """One seed alone, as declarations.load reads it; the whole load is tested further below."""
    path = tmp_path / f"{seed}.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return declarations._seed(path, seed)


def refusal(tmp_path, seed: str, text: str | bytes) -> str:
    with pytest.raises(DeclarationProblem) as told:
        read_seed(tmp_path, seed, text)
    assert str(told.value).startswith(f"{tmp_path / seed}.csv: ")
    return str(told.value)


def test_every_rule_of_every_seed_has_a_wrong_entry():
    rules = {
        (seed, column, check.name)
        for seed, table in SEEDS.items()
        for column, spec in table.columns.items()
        for check in spec.checks
    }
    rules |= {
        (seed, column, "number")
        for seed, table in SEEDS.items()
        for column, spec in table.columns.items()
        if spec.dtype.type != pl.String
    }
    assert rules == set(WRONG)
    assert {(seed, check.name) for seed, table in SEEDS.items() for check in table.checks} == set(WRONG_ROWS)
    assert {(seed, column) for seed, table in SEEDS.items() for column in table.refers} == set(WRONG_REFERENCES)
    assert set(SEEDS) == set(TEXTS) == set(MAY_BE_EMPTY)


@pytest.mark.parametrize(("seed", "column", "rule"), WRONG, ids=map("-".join, WRONG))
def test_a_wrong_entry_is_refused_with_file_row_and_column(tmp_path, seed, column, rule):
    bad = WRONG[seed, column, rule]
    told = refusal(tmp_path, seed, with_cells(seed, {column: bad}))
    assert f"row 2, column {column}: '{bad}' " in told
    assert ("is not a number of type" if rule == "number" else f"fails {rule}") in told


@pytest.mark.parametrize(("seed", "rule"), WRONG_ROWS, ids=map("-".join, WRONG_ROWS))
def test_a_wrong_row_is_refused_with_file_and_row(tmp_path, seed, rule):
    told = refusal(tmp_path, seed, with_cells(seed, WRONG_ROWS[seed, rule]))
    assert "row 2, column several:" in told
    assert f"fails {rule}" in told


@pytest.mark.parametrize("seed", SEEDS)
def test_a_key_that_occurs_twice_is_refused_with_both_rows(tmp_path, seed):
    header, first = TEXTS[seed].splitlines()[:2]
    told = refusal(tmp_path, seed, f"{header}\n{first}\n{first}\n")
    assert "row 2, column" in told and "row 3, column" in told
    assert "unique" in told


@pytest.mark.parametrize(("seed", "key"), [(seed, key) for seed, table in SEEDS.items() for key in table.key])
def test_rows_that_differ_in_one_part_of_the_key_are_both_taken(tmp_path, seed, key):
    other = {"rank": "2", "period_from": "2019", "period_to": "2023", "time_period": "2021", "pinyin": "wuchang"}.get(
        key, "another"
    )
    header, first = TEXTS[seed].splitlines()[:2]
    second = with_cells(seed, {key: other}).splitlines()[1]
    assert read_seed(tmp_path, seed, f"{header}\n{first}\n{second}\n").height == 2


MUST_BE_FILLED = [(seed, column) for seed, table in SEEDS.items() for column in table.columns if column not in MAY_BE_EMPTY[seed]]


@pytest.mark.parametrize(("seed", "column"), MUST_BE_FILLED, ids=map("-".join, MUST_BE_FILLED))
def test_a_cell_that_must_be_filled_is_refused_when_empty(tmp_path, seed, column):
    assert f"row 2, column {column}: None fails not_nullable" in refusal(tmp_path, seed, with_cells(seed, {column: ""}))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_of_spaces_is_empty(tmp_path, seed):
    told = refusal(tmp_path, seed, with_cells(seed, {SEEDS[seed].key[0]: " \t\u3000"}))
    assert f"row 2, column {SEEDS[seed].key[0]}: None fails not_nullable" in told


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_that_may_be_empty_become_null(tmp_path, seed):
    frame = read_seed(tmp_path, seed, with_cells(seed, dict.fromkeys(MAY_BE_EMPTY[seed], "")))
    assert {name for name in frame.columns if frame[name][0] is None} == MAY_BE_EMPTY[seed]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_keeps_its_types_and_gains_its_origin(tmp_path, seed):
    frame = read_seed(tmp_path, seed, TEXTS[seed])
    types = {name: spec.dtype.type for name, spec in SEEDS[seed].columns.items()}
    assert dict(frame.schema) == types | declarations.ORIGIN
    assert frame.height == len(TEXTS[seed].splitlines()) - 1
    assert frame["declared_line"].to_list() == list(range(2, frame.height + 2))
    assert set(frame["declared_in"]) == {f"seeds/{seed}.csv"}
    assert set(frame["declared_sha256"]) == {sha256(tmp_path / f"{seed}.csv")}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_missing_and_an_unknown_column_are_named(tmp_path, seed):
    columns = list(SEEDS[seed].columns)
    header, rest = TEXTS[seed].split("\n", 1)
    assert header == ",".join(columns)
    told = refusal(tmp_path, seed, ",".join([*columns[:-1], "remark"]) + "\n" + rest)
    assert f"columns should be {', '.join(columns)}; " in told
    assert told.endswith(f"missing or unknown: {', '.join(sorted([columns[-1], 'remark']))}")
    one_more = "\n".join(f"{line},x" for line in TEXTS[seed].splitlines())
    assert refusal(tmp_path, seed, one_more).endswith("missing or unknown: x")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param("threshold,value,reason_zh\n过半,5,x\n".encode("gb18030"), id="gb18030"),
        pytest.param(b"threshold,value,reason_zh\na,5,x,y\n", id="ragged"),
    ],
)
def test_a_seed_that_is_no_csv_is_refused(tmp_path, content):
    assert "not readable as CSV in UTF-8" in refusal(tmp_path, "thresholds", content)


def test_a_byte_order_mark_and_spaces_around_cells_do_no_harm(tmp_path):
    frame = read_seed(tmp_path, "thresholds", b"\xef\xbb\xbfthreshold,value,reason_zh\r\n a , 5 , x \r\n")
    assert frame.select("threshold", "value", "reason_zh").rows() == [("a", 5.0, "x")]


def test_at_most_five_faults_are_told_and_the_rest_counted(tmp_path):
    lines = "\n".join(f"air cargo,*,20{year},x,y" for year in range(10, 22))
    told = refusal(tmp_path, "breaks", f"{TEXTS['breaks'].splitlines()[0]}\n{lines}\n")
    assert told.count("fails") == 5
    assert told.endswith("and 7 more")


# The whole of seeds/ and raw/


@pytest.fixture
def house(tmp_path) -> House:
    return write_house(tmp_path)


def stopped(house: House) -> str:
    with pytest.raises(DeclarationProblem) as told:
        declarations.load(house)
    return str(told.value)


def test_the_small_house_is_declared_without_fault(house):
    declared = declarations.load(house)
    assert set(declared.seeds) == {*SEEDS, "framework_nodes", "framework_settings"}
    assert set(declared.sources) == {"bulletin", "customs"}
    assert set(declared["thresholds"]["threshold"]) == declarations.THRESHOLDS
    assert declared["thresholds"]["value"].to_list() == [5.0, 0.9, 0.5, 0.01, 5.0, 1.8, 1e8, 2.0]


def test_the_projects_own_declarations_are_without_fault():
    declared = declarations.load(House())
    assert len(declared.sources) == len([path for path in House().raw.iterdir() if path.is_dir()])


@pytest.mark.parametrize(("seed", "column"), WRONG_REFERENCES, ids=map("-".join, WRONG_REFERENCES))
def test_a_reference_to_nothing_is_refused_with_file_row_and_column(house, seed, column):
    bad = WRONG_REFERENCES[seed, column]
    (house.seeds / f"{seed}.csv").write_text(with_cells(seed, {column: bad}), encoding="utf-8")
    targets = SEEDS[seed].refers[column]
    assert stopped(house) == f"{house.seeds / seed}.csv: row 2, column {column}: '{bad}' is not in {targets}"


def test_a_seed_that_is_not_there_is_named(house):
    (house.seeds / "breaks.csv").unlink()
    assert stopped(house).startswith(f"{house.seeds / 'breaks.csv'}: not readable as CSV")


@pytest.mark.parametrize("threshold", sorted(declarations.THRESHOLDS))
def test_a_threshold_that_models_ask_for_must_be_given(house, threshold):
    others = "".join(f"{name},5,x\n" for name in sorted(declarations.THRESHOLDS - {threshold}))
    (house.seeds / "thresholds.csv").write_text(f"threshold,value,reason_zh\nother,5,x\n{others}", encoding="utf-8")
    assert stopped(house) == f"{house.seeds / 'thresholds.csv'}: no row gives {threshold}"


def test_a_source_folder_without_source_yml_is_refused(house):
    (house.raw / "news" / "files").mkdir(parents=True)
    assert stopped(house) == "raw/news: source.yml is missing, so nobody knows what these files are"


def test_hidden_folders_in_raw_are_no_sources(house):
    (house.raw / ".ipynb_checkpoints").mkdir()
    assert set(declarations.load_sources(house.raw)) == {"bulletin", "customs"}


def test_a_raw_folder_without_any_source_is_refused(tmp_path):
    with pytest.raises(DeclarationProblem, match="no source folder found"):
        declarations.load_sources(tmp_path)


def test_options_of_a_file_are_checked_before_anything_is_read(house):
    files = [publication("files/2025.csv", options={"unit": "亿元"})]
    write_source(house.raw, bulletin_source(files=files), {})
    assert stopped(house) == ("raw/bulletin/source.yml (files/2025.csv): options.unit: Extra inputs are not permitted")


# source.yml: each wrong key by its name


def load_with(tmp_path, declared: dict) -> str:
    folder = write_source(tmp_path, declared, {})
    with pytest.raises(DeclarationProblem) as told:
        load_source(folder / "source.yml")
    assert str(told.value).startswith(f"{folder / 'source.yml'}: ")
    return str(told.value).removeprefix(f"{folder / 'source.yml'}: ")


REQUIRED = [
    *("source_id", "publisher_zh", "publisher_en", "domain", "title_zh", "title_en", "licence", "layout", "frequency"),
    *("address", "obs_status"),
]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_of_a_source_is_named(tmp_path, key):
    declared = bulletin_source()
    folder = write_source(tmp_path, declared, {})
    text = (folder / "source.yml").read_text(encoding="utf-8")
    (folder / "source.yml").write_text(re.sub(rf"^{key}:.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(DeclarationProblem, match=rf"source.yml: {key}: Field required$"):
        load_source(folder / "source.yml")


@pytest.mark.parametrize("key", ["file", "title_zh", "published_on", "published_basis", "address"])
def test_a_missing_key_of_a_publication_is_named(tmp_path, key):
    entry = {name: value for name, value in publication("files/2025.csv").items() if name != key}
    assert load_with(tmp_path, bulletin_source(files=[entry])) == f"files.0.{key}: Field required"


@pytest.mark.parametrize("key", ["file", "title_zh", "calendar", "address"])
def test_a_missing_key_of_a_pattern_is_named(tmp_path, key):
    pattern = {name: value for name, value in customs_source()["pattern"].items() if name != key}
    assert load_with(tmp_path, customs_source(pattern=pattern)) == f"pattern.{key}: Field required"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"publisher": "x"}, "publisher: Extra inputs are not permitted", id="unknown-key"),
        pytest.param(
            {"layout": "prose"},
            "layout: Value error, 'prose' is not a layout: ",
            id="bad-layout",
        ),
        pytest.param({"frequency": "yearly"}, "frequency: Input should be 'A', 'Q', 'M' or 'mixed'", id="bad-frequency"),
        pytest.param({"obs_status": "O"}, "obs_status: Input should be 'A', 'P' or 'E'", id="status-of-a-gap-as-default"),
        pytest.param({"on_bad_file": "ignore"}, "on_bad_file: Input should be 'hold' or 'stop'", id="bad-file-rule"),
        pytest.param({"title_zh": ""}, "title_zh: String should have at least 1 character", id="empty-title"),
        pytest.param({"licence": 3}, "licence: Input should be a valid string", id="licence-is-a-number"),
        pytest.param({"domain": "Trade"}, "domain: String should match pattern", id="domain-in-capitals"),
        pytest.param({"source_id": "Bulletin"}, "source_id: String should match pattern", id="source-id-in-capitals"),
        pytest.param({"options": "none"}, "options: Input should be a valid dictionary", id="options-is-a-text"),
        pytest.param(
            {"files": None},
            "file: Value error, neither `files` nor `pattern`: a source must name its publications",
            id="names-no-file",
        ),
        pytest.param(
            {"files": [publication("files/a.csv"), publication("files/b.csv"), publication("files/a.csv")]},
            "file: Value error, listed twice under `files`: files/a.csv",
            id="file-listed-twice",
        ),
        pytest.param({"files": [publication("2025.csv")]}, "files.0.file: String should match pattern", id="file-outside-files"),
        pytest.param(
            {"files": [publication("files/../../x.csv")]},
            "files.0.file: String should match pattern",
            id="file-climbs-out",
        ),
        pytest.param(
            {"files": [publication("files/a.csv", "2024-02-30")]},
            "files.0.published_on: Input should be a valid date",
            id="no-such-day",
        ),
        pytest.param(
            {"files": [publication("files/a.csv", "")]},
            "files.0.published_on: Input should be a valid date",
            id="no-day",
        ),
        pytest.param(
            {"files": [publication("files/a.csv", published_basis="guess")]},
            "files.0.published_basis: Input should be 'publisher', 'calendar', 'edition' or 'obtained'",
            id="bad-basis",
        ),
        pytest.param(
            {"files": [publication("files/a.csv", licence="CC0")]},
            "files.0.licence: Extra inputs are not permitted",
            id="unknown-key-of-a-file",
        ),
    ],
)
def test_a_wrong_key_of_a_source_is_named(tmp_path, changes, told):
    assert load_with(tmp_path, bulletin_source(**changes)).startswith(told)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"file": "files/table.csv"}, "file", id="no-year-in-the-name"),
        pytest.param({"file": "files/{yyyy}.csv"}, "file", id="no-month-in-the-name"),
        pytest.param({"file": "files/{yyyy}-{mm}-{dd}.csv"}, "file", id="unknown-part-in-the-name"),
        pytest.param({"file": "{yyyy}-{mm}.csv"}, "file", id="outside-files"),
        pytest.param({"title_zh": "{year}年{m}月"}, "title_zh", id="unknown-part-in-the-title"),
        pytest.param({"calendar": ""}, "calendar", id="no-calendar"),
        pytest.param({"day": 18}, "day", id="unknown-key"),
    ],
)
def test_a_wrong_key_of_a_pattern_is_named(tmp_path, changes, key):
    told = load_with(tmp_path, customs_source(pattern=customs_source()["pattern"] | changes))
    assert told.startswith(f"pattern.{key}: ")


def test_all_wrong_keys_are_told_at_once(tmp_path):
    told = load_with(tmp_path, bulletin_source(layout="prose", frequency="W", remark="x"))
    assert [part.split(":")[0] for part in told.split("; ")] == ["layout", "frequency", "remark"]


def test_a_source_in_a_folder_of_another_name_is_refused(tmp_path):
    folder = write_source(tmp_path, bulletin_source(), {}).rename(tmp_path / "bulletins")
    with pytest.raises(DeclarationProblem, match="source_id is 'bulletin' but the folder is 'bulletins': make them equal"):
        load_source(folder / "source.yml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"source_id: [", "not readable as YAML in UTF-8", id="broken-yaml"),
        pytest.param("publisher_zh: 海关\n".encode("gb18030"), "not readable as YAML in UTF-8", id="gb18030"),
        pytest.param(b"", "expected keys such as source_id and files, found NoneType", id="empty"),
        pytest.param(b"- source_id: x\n", "found list", id="list"),
        pytest.param(b"<html></html>", "found str", id="web-page"),
    ],
)
def test_a_source_yml_that_is_no_mapping_is_refused(tmp_path, content, told):
    path = tmp_path / "source.yml"
    path.write_bytes(content)
    with pytest.raises(DeclarationProblem) as problem:
        load_source(path)
    assert str(problem.value).startswith(f"{path}: ")
    assert told in str(problem.value)


TABLE = {
    "heading": {"first": "Date"},
    "area": {"constant": "100000"},
    "period": {"column": "Date"},
    "freq": "A",
    "columns": [{"heading": "r", "series": "s", "unit": "u"}],
}


def any_source(layout: str, options: dict, files: list[dict]) -> dict:
    return source({"source_id": "any", "layout": layout, "options": options, "files": files}, {})


@pytest.mark.parametrize(
    ("layout", "options", "told"),
    [
        pytest.param("customs_by_location", {}, "options.unit: Field required", id="customs-without-unit"),
        pytest.param("customs_by_location", {"unit": ""}, "options.unit: String should have", id="customs-empty-unit"),
        pytest.param("customs_by_location", {"unit": "x", "areas": []}, "options.areas: Extra inputs", id="customs-unknown"),
        pytest.param(
            "customs_by_location",
            {"unit": "x", "expected_areas": [420100]},
            "options.expected_areas.0: ",
            id="customs-area-as-number",
        ),
        pytest.param("tidy_long", {"unit": "x"}, "options.unit: Extra inputs", id="tidy-long-has-none"),
        *(
            pytest.param(
                "table",
                {k: v for k, v in TABLE.items() if k != key},
                f"options.{key}: Field required",
                id=f"table-without-{key}",
            )
            for key in TABLE
        ),
    ],
)
def test_wrong_options_are_named(tmp_path, layout, options, told):
    declared = any_source(layout, options, [publication("files/a.csv")])
    loaded = load_source(write_source(tmp_path, declared, {}) / "source.yml")
    with pytest.raises(DeclarationProblem) as problem:
        options_of(loaded, loaded.files[0])
    assert str(problem.value).startswith(f"raw/any/source.yml (files/a.csv): {told}")


def test_options_of_a_file_stand_above_those_of_the_source(tmp_path):
    files = [publication("files/a.csv"), publication("files/b.csv", options={"freq": "M", "basis": "period"})]
    declared = any_source("table", TABLE, files)
    loaded = load_source(write_source(tmp_path, declared, {}) / "source.yml")
    assert [options_of(loaded, entry)["freq"] for entry in loaded.files] == ["A", "M"]
    assert options_of(loaded, loaded.files[1])["area"]["constant"] == "100000"


# Files on disk against what is declared


def publications(house: House, source_id: str) -> list[tuple]:
    return arrived(house, source_id).publications


def arrived(house: House, source_id: str) -> declarations.Arrived:
    sources = declarations.load_sources(house.raw)
    return declarations.publications(house, sources[source_id], small_declarations()["calendar"])


def refused(house: House, source_id: str) -> str:
    """The one problem of a source's files."""
    (problem,) = arrived(house, source_id).problems
    return str(problem)


def test_a_file_by_its_name_takes_its_day_from_the_calendar(house):
    ((found, period),) = publications(house, "customs")
    assert period == "2024-03"
    assert (found.file, found.title_zh, found.published_on, found.published_basis) == (
        "files/2024-03.csv",
        "2024年3月",
        date(2024, 4, 18),
        "calendar",
    )


def test_a_listed_file_keeps_its_own_day_and_still_its_month(house):
    listed = publication("files/2024-03.csv", "2025-09-18", published_basis="obtained")
    write_source(house.raw, customs_source(files=[listed]), {})
    ((found, period),) = publications(house, "customs")
    assert (period, found.published_on, found.published_basis) == ("2024-03", date(2025, 9, 18), "obtained")


def test_publications_come_in_the_order_of_their_names(house):
    listed = [publication(f"files/{name}.csv") for name in ("b", "2025", "a")]
    write_source(house.raw, bulletin_source(files=listed), {"b.csv": "x", "a.csv": "x"})
    assert [found.file for found, _ in publications(house, "bulletin")] == [
        "files/2025.csv",
        "files/a.csv",
        "files/b.csv",
    ]


def test_a_file_that_is_not_declared_is_named(house):
    write_source(house.raw, bulletin_source(), {"2026.csv": "x"})
    assert refused(house, "bulletin") == (
        "raw/bulletin/files/2026.csv: not listed under `files` in source.yml."
        " Declare it (title, address, day of publication) or take it away."
    )
    assert [found.file for found, _ in publications(house, "bulletin")] == ["files/2025.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "2024-04 (1).csv",
        "2024-4.csv",
        "2024-13.csv",
        "2024-00.csv",
        "2024-04.xlsx",
        "202404.csv",
        "x2024-04.csv",
        "abcd-04.csv",
    ],
)
def test_a_file_that_does_not_fit_the_pattern_is_named(house, name):
    write_source(house.raw, customs_source(), {name: "x"})
    told = refused(house, "customs")
    assert told.startswith(f"raw/customs/files/{name}: not listed under `files`")
    assert "and not named files/{yyyy}-{mm}.csv" in told


def test_declared_files_that_are_not_there_are_all_named(house):
    listed = [publication(f"files/{name}.csv") for name in ("2026", "2025", "2024")]
    write_source(house.raw, bulletin_source(files=listed), {})
    assert [lacking.file for lacking in arrived(house, "bulletin").missing] == ["files/2026.csv", "files/2024.csv"]


def test_a_month_without_a_row_in_the_calendar_is_named(house):
    write_source(house.raw, customs_source(), {"2024-04.csv": "x"})
    assert refused(house, "customs").startswith(
        "raw/customs/files/2024-04.csv: seeds/calendar.csv has no row monthly_table, 2024-04. Add the day the publisher"
    )


def test_a_month_in_another_calendar_does_not_count(house):
    write_source(house.raw, customs_source(pattern=customs_source()["pattern"] | {"calendar": "other"}), {})
    assert "has no row other, 2024-03" in refused(house, "customs")


@pytest.mark.parametrize("litter", [".DS_Store", "~$2025.csv", "Thumbs.db", "desktop.ini", ".2025.csv.swp"])
def test_litter_beside_the_files_is_no_publication(house, litter):
    write_source(house.raw, bulletin_source(), {litter: "x"})
    assert [found.file for found, _ in publications(house, "bulletin")] == ["files/2025.csv"]


# A framework


def framework(tmp_path, nodes: str | bytes = FRAMEWORK_CSV, settings: str | bytes = FRAMEWORK_YML):
    for name, content in (("framework.csv", nodes), ("framework.yml", settings)):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_framework(tmp_path)


def test_a_framework_without_fault(tmp_path):
    settings, nodes = framework(tmp_path)
    assert (settings.id, settings.missing.min_coverage, settings.normalisation.range) == ("mini", 0.5, (0.0, 100.0))
    assert nodes.select("code", "parent", "weight", "level", "framework").rows() == [
        ("openness", None, None, 0, "mini"),
        ("trade", "openness", 0.6, 1, "mini"),
        ("air", "openness", 0.4, 1, "mini"),
        ("export_share", "trade", 1.0, 2, "mini"),
        ("airport_cargo", "air", 1.0, 2, "mini"),
    ]


def test_children_may_stand_before_their_parents(tmp_path):
    header, *lines = FRAMEWORK_CSV.splitlines()
    _, nodes = framework(tmp_path, "\n".join([header, *reversed(lines)]))
    assert dict(nodes.select("code", "level").rows()) == {
        "openness": 0,
        "trade": 1,
        "air": 1,
        "export_share": 2,
        "airport_cargo": 2,
    }


TRADE = "trade,贸易,group,openness,0.6,,,"
SHARE = "export_share,出口占比,indicator,trade,1,1,0,100"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(
            "openness,开放,index",
            "openness,开放,group",
            "exactly one node must have type index, found none",
            id="no-root",
        ),
        pytest.param(
            TRADE,
            "trade,贸易,index,,,,,",
            "exactly one node must have type index, found openness, trade",
            id="two-roots",
        ),
        pytest.param(
            "openness,开放,index,,",
            "openness,开放,index,trade,",
            "row 2 (openness): the root has no parent",
            id="root-with-a-parent",
        ),
        pytest.param(SHARE, f"{SHARE}\n{SHARE}", "row 5 (export_share): the code is empty or occurs twice", id="code-twice"),
        pytest.param("export_share,", ",", "row 5 (None): the code is empty or occurs twice", id="code-empty"),
        pytest.param(
            "indicator,trade",
            "denominator,trade",
            "row 5 (export_share): type 'denominator' is not one of index, group, indicator",
            id="unknown-type",
        ),
        pytest.param("indicator,trade", ",trade", "row 5 (export_share): type None is not one of", id="no-type"),
        pytest.param(
            "indicator,trade",
            "indicator,trades",
            "row 5 (export_share): parent 'trades' is not a code of this file",
            id="unknown-parent",
        ),
        pytest.param("group,openness,0.6", "group,,0.6", "row 3 (trade): parent None is not a code of this file", id="no-parent"),
        pytest.param("openness,0.6", "openness,0", "row 3 (trade): weight 0.0 must be a positive number", id="weight-0"),
        pytest.param(
            "openness,0.6",
            "openness,-0.6",
            "row 3 (trade): weight -0.6 must be a positive number",
            id="weight-negative",
        ),
        pytest.param("openness,0.6", "openness,", "row 3 (trade): weight None must be a positive number", id="weight-empty"),
        pytest.param("openness,0.6", "openness,inf", "row 3, column weight: 'inf' is not a number", id="weight-infinite"),
        pytest.param("openness,0.6", "openness,60%", "row 3, column weight: '60%' is not a number", id="weight-in-per-cent"),
        pytest.param(f"{SHARE}\n", "", "row 3 (trade): a group without children", id="childless-group"),
        pytest.param(
            "indicator,air,1",
            "indicator,trade,1",
            "row 4 (air): a group without children",
            id="group-that-lost-its-child",
        ),
        pytest.param(
            "indicator,trade,1,1,0,100\n",
            "indicator,trade,1,1,0,100\nx,x,indicator,export_share,1,1,0,1\n",
            "row 5 (export_share): an indicator cannot have children",
            id="indicator-with-a-child",
        ),
        pytest.param("trade,1,1,0", "trade,1,0,0", "row 5 (export_share): direction 0 must be 1 or -1", id="direction-0"),
        pytest.param("trade,1,1,0", "trade,1,,0", "row 5 (export_share): direction None must be 1 or -1", id="no-direction"),
        pytest.param(
            "0,100",
            "100,0",
            "row 5 (export_share): goalposts 100.0 and 0.0 must be given, the low one below",
            id="goalposts-reversed",
        ),
        pytest.param("0,100", "100,100", "row 5 (export_share): goalposts 100.0 and 100.0 must be given", id="goalposts-equal"),
        pytest.param("0,100", ",100", "row 5 (export_share): goalposts None and 100.0 must be given", id="no-low-goalpost"),
        pytest.param("0,100", "0,", "row 5 (export_share): goalposts 0.0 and None must be given", id="no-high-goalpost"),
        pytest.param("0,100", "0,nan", "row 5, column goalpost_high: 'nan' is not a number", id="goalpost-nan"),
        pytest.param(
            "goalpost_low,goalpost_high",
            "goalpost_low,goalposts",
            "unknown column goalposts; known are code, ",
            id="unknown-column",
        ),
    ],
)
def test_a_wrong_node_is_named_with_its_row(tmp_path, before, after, told):
    assert before in FRAMEWORK_CSV
    with pytest.raises(DeclarationProblem) as problem:
        framework(tmp_path, FRAMEWORK_CSV.replace(before, after, 1))
    assert str(problem.value).startswith(f"{tmp_path / 'framework.csv'}: {told}")


@pytest.mark.parametrize(
    ("a", "b", "path"),
    [("b", "a", "a → b → a"), ("a", "openness", "a → a")],
    ids=["two-groups", "a-group-below-itself"],
)
def test_a_cycle_is_shown(tmp_path, a, b, path):
    cycle = f"{FRAMEWORK_CSV}a,甲,group,{a},1,,,\nb,乙,group,{b},1,,,\nleaf,叶,indicator,b,1,1,0,1\n"
    with pytest.raises(DeclarationProblem, match=f"a is its own ancestor: {path}"):
        framework(tmp_path, cycle)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(
            "x,甲,indicator,openness,1,1,0,1\n",
            "row 7 (x): a node of type indicator stands at level 1; only level 2 is supported yet",
            id="indicator-below-the-root",
        ),
        pytest.param(
            "sub,甲,group,trade,1,,,\nx,乙,indicator,sub,1,1,0,1\n",
            "row 7 (sub): a node of type group stands at level 2; only level 1 is supported yet",
            id="group-below-a-group",
        ),
    ],
)
def test_a_level_that_the_models_do_not_know_is_named(tmp_path, more, told):
    with pytest.raises(DeclarationProblem) as problem:
        framework(tmp_path, FRAMEWORK_CSV + more)
    assert str(problem.value) == f"{tmp_path / 'framework.csv'}: {told}"


@pytest.mark.parametrize("column", ["code", "name_zh", "type", "parent", "weight"])
def test_a_missing_column_of_a_framework_is_named(tmp_path, column):
    rows = list(csv.DictReader(io.StringIO(FRAMEWORK_CSV)))
    names = [name for name in rows[0] if name != column]
    text = "\n".join([",".join(names), *(",".join(row[name] for name in names) for row in rows)])
    with pytest.raises(DeclarationProblem, match=f"column {column} is missing"):
        framework(tmp_path, text)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("transform", "ln"),
        ("denominator", "gdp"),
        ("aggregation", "geometric"),
        ("normalisation", "zscore"),
        ("treatment", "winsorise"),
        ("imputation", "locf"),
        ("target", "50"),
        ("target_high", "60"),
    ],
)
def test_a_method_that_is_not_there_yet_is_refused_with_its_node(tmp_path, column, value):
    lines = FRAMEWORK_CSV.splitlines()
    text = "\n".join([f"{lines[0]},{column}", *(f"{line}," for line in lines[1:4]), f"{lines[4]},{value}", f"{lines[5]},"])
    with pytest.raises(DeclarationProblem, match=rf"row 5 \(export_share\): {column} .* is not supported yet"):
        framework(tmp_path, text)


def test_none_says_that_no_method_is_wanted(tmp_path):
    lines = FRAMEWORK_CSV.splitlines()
    framework(tmp_path, "\n".join([f"{lines[0]},transform", *(f"{line},none" for line in lines[1:])]))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param("title_zh: x", "id: Field required", id="no-id"),
        pytest.param("id: 2024", "id: Input should be a valid string", id="id-is-a-number"),
        pytest.param("id: Open-Econ", "id: String should match pattern", id="id-in-capitals"),
        pytest.param("id: x\nmethod: ahp", "method: Extra inputs are not permitted", id="unknown-key"),
        pytest.param(
            "id: x\nnormalisation: {method: zscore}",
            "normalisation.method: Input should be 'goalposts'",
            id="unknown-normalisation",
        ),
        pytest.param("id: x\nnormalisation: {range: [0]}", "normalisation.range.1: Field required", id="half-a-range"),
        pytest.param("id: x\nweighting: {method: ahp}", "weighting.method: Input should be 'expert'", id="unknown-weighting"),
        pytest.param(
            "id: x\naggregation: {method: geometric}",
            "aggregation.method: Input should be 'arithmetic'",
            id="unknown-aggregation",
        ),
        pytest.param("id: x\nreference: {set: panel}", "reference.set: Input should be 'fixed'", id="unknown-reference"),
        pytest.param(
            "id: x\nmissing: {min_coverage: 2}",
            "missing.min_coverage: Input should be less than or equal to 1",
            id="coverage-above-1",
        ),
        pytest.param(
            "id: x\nmissing: {min_coverage: -1}",
            "missing.min_coverage: Input should be greater than",
            id="coverage-below-0",
        ),
        pytest.param(
            "id: x\nmissing: {coverage_by: count}",
            "missing.coverage_by: Input should be 'weight'",
            id="unknown-coverage",
        ),
        pytest.param(
            "id: x\nmissing: {on_missing: zero}", "missing.on_missing: Input should be 'reweight'", id="unknown-filling"
        ),
        pytest.param(
            "id: x\nranking: {significant: 0}",
            "ranking.significant: Input should be greater than",
            id="no-digit-of-rank",
        ),
        pytest.param(
            "id: x\nranking: {significant: 16}",
            "ranking.significant: Input should be less than",
            id="more-digits-than-a-float-has",
        ),
        pytest.param("id: x\nranking: {decimals: 2}", "ranking.decimals: Extra inputs are not permitted", id="unknown-key-below"),
        pytest.param("id: [", "not readable: ", id="broken-yaml"),
        pytest.param("title_zh: 指数".encode("gb18030"), "not readable: ", id="gb18030"),
        pytest.param("", "id: Field required", id="empty"),
    ],
)
def test_a_wrong_setting_of_a_framework_is_named(tmp_path, settings, told):
    with pytest.raises(DeclarationProblem) as problem:
        framework(tmp_path, settings=settings)
    assert str(problem.value).startswith(f"{tmp_path / 'framework.yml'}: {told}")


def test_a_framework_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DeclarationProblem, match=r"framework\.yml: not readable"):
        load_framework(tmp_path)
    (tmp_path / "framework.yml").write_text(FRAMEWORK_YML)
    with pytest.raises(DeclarationProblem, match=r"framework\.csv: not readable as CSV"):
        load_framework(tmp_path)


def test_a_project_without_any_framework_is_refused(house):
    for path in (house.seeds / "framework" / "mini").iterdir():
        path.unlink()
    (house.seeds / "framework" / "mini").rmdir()
    assert stopped(house) == f"{house.seeds / 'framework'}: no framework found"


def test_an_indicator_that_nothing_measures_is_named(house):
    path = house.seeds / "framework" / "mini" / "framework.csv"
    path.write_text(FRAMEWORK_CSV.replace("airport_cargo", "airport_mail"), encoding="utf-8")
    assert stopped(house) == f"{path}: airport_mail is neither in seeds/indicators.csv nor in seeds/series.csv"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("air,只有两城,\n", "", "no reason is given for the weight of air", id="group-without-a-row"),
        pytest.param("air,只有两城,", "air,,", "no reason is given for the weight of air", id="no-reason-for-a-weight"),
        pytest.param(
            "唯一,百分数", "唯一,", "no reason is given for the goalposts of export_share", id="no-reason-for-goalposts"
        ),
        pytest.param("唯一,百分数", ",百分数", "no reason is given for the weight of export_share", id="goalposts-only"),
        pytest.param("trade,", "trades,", "trades is not a node of the framework", id="unknown-node"),
        pytest.param("air,", "trade,", "row 2 (trade): the code is empty or occurs twice", id="node-twice"),
        pytest.param("air,", ",", "row 3 (None): the code is empty or occurs twice", id="no-node"),
        pytest.param(
            "weight_reason_zh", "reason", "columns should be code, weight_reason_zh, goalposts_reason_zh;", id="columns"
        ),
    ],
)
def test_a_missing_reason_is_named_with_its_node(tmp_path, before, after, told):
    assert before in REASONS_CSV
    (tmp_path / "reasons.csv").write_text(REASONS_CSV.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(DeclarationProblem) as problem:
        load_reasons(tmp_path, framework(tmp_path)[1])
    assert str(problem.value).startswith(f"{tmp_path / 'reasons.csv'}: {told}")


def test_a_framework_without_its_reasons_is_refused(house):
    path = house.seeds / "framework" / "mini" / "reasons.csv"
    path.unlink()
    assert stopped(house).startswith(f"{path}: not readable as CSV")


def test_each_node_carries_its_reasons_once(house):
    nodes = declarations.load(house)["framework_nodes"]
    assert nodes.select("code", "weight_reason_zh", "goalposts_reason_zh").rows() == [
        ("openness", None, None),
        ("trade", "数据最全", None),
        ("air", "只有两城", None),
        ("export_share", "唯一", "百分数"),
        ("airport_cargo", "唯一", "留余地"),
    ]


def test_the_settings_of_a_framework_become_a_table(house):
    settings = declarations.load(house)["framework_settings"]
    assert settings.row(0, named=True) == {
        "framework": "mini",
        "title_zh": "小指数",
        "title_en": "",
        "version": "1",
        "official": False,
        "valid_from": "0000",
        "range_low": 0.0,
        "range_high": 100.0,
        "clip": False,
        "min_coverage": 0.5,
        "rank_digits": 10,
    }
