"""What people declare: every rule of seeds/, source.yml and a framework, each seen refusing one wrong entry by name.

A rule without a wrong entry here fails `test_every_rule_of_every_seed_has_a_wrong_entry`.
"""

import csv
import io
import re
import shutil
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
    ("areas", "circle_part", "isin"): "west",
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
    ("economies", "economy", "str_matches"): "HK",
    ("industries", "industry", "str_matches"): "C3",
    ("plan_documents", "document", "str_matches"): "计划",
    ("plan_documents", "ref_area", "str_matches"): "武汉市",
    ("plan_documents", "issued_on", "str_matches"): "2018年10月24日",
    ("plan_documents", "issued_on", "in_the_calendar"): "2018-10-32",
    ("plan_documents", "file", "str_matches"): "../plan.txt",
    ("plan_targets", "target_id", "str_matches"): "进出口",
    ("plan_targets", "document", "str_matches"): "计划",
    ("plan_targets", "ref_area", "str_matches"): "武汉市",
    ("plan_targets", "series", "str_matches"): "进出口",
    ("plan_targets", "baseline_period", "str_matches"): "2017年",
    ("plan_targets", "baseline_value", "number"): "未统计",
    ("plan_targets", "baseline_status", "isin"): "O",
    ("plan_targets", "period_from", "str_matches"): "18",
    ("plan_targets", "target_period", "str_matches"): "2020-12",
    ("plan_targets", "target_value", "number"): "2200亿元",
    ("plan_targets", "target_high", "number"): "以上",
    ("plan_targets", "target_kind", "isin"): "floor",
    ("plan_measures", "measure_id", "str_matches"): "一、1",
    ("plan_measures", "document", "str_matches"): "计划",
    ("plan_measures", "deadline", "str_matches"): "2020年底",
    ("plan_measures", "deadline", "in_the_calendar"): "2020-02-30",
    ("plan_units", "ref_area", "str_matches"): "武汉市",
    ("plan_unit_names", "document", "str_matches"): "计划",
    ("plan_measure_units", "measure_id", "str_matches"): "一、1",
    ("plan_measure_units", "part", "in_range"): "0",
    ("plan_measure_units", "part", "number"): "first",
    ("plan_measure_units", "side", "isin"): "牵头",
    ("plan_measure_units", "unit_order", "in_range"): "0",
    ("plan_measure_units", "unit_order", "number"): "first",
    ("plan_measure_targets", "measure_id", "str_matches"): "一、1",
    ("plan_measure_targets", "target_id", "str_matches"): "进出口",
    ("plan_measure_series", "measure_id", "str_matches"): "一、1",
    ("plan_measure_series", "series", "str_matches"): "进出口",
    ("measure_status", "measure_id", "str_matches"): "一、1",
    ("measure_status", "status", "isin"): "已完成",
    ("measure_status", "reported_on", "str_matches"): "2019年6月",
    ("measure_status", "reported_on", "in_the_calendar"): "2019-06-31",
    ("signal_rules", "rule", "str_matches"): "连续下降",
    ("signal_rules", "about", "isin"): "九市",
    ("signal_rules", "polarity", "isin"): "亮点",
    ("signal_rules", "severity", "isin"): "高",
    ("signal_rules", "threshold", "number"): "十",
    ("signal_rules", "unit", "isin"): "%",
    ("signal_rules", "n_needed", "in_range"): "0",
    ("signal_rules", "n_needed", "number"): "三",
    ("signal_peers", "ref_area", "str_matches"): "武汉",
    ("signal_peers", "peer", "str_matches"): "鄂州",
    ("warning_series", "warning", "str_matches"): "进出口",
    ("warning_series", "series", "str_matches"): "进出口",
    ("warning_series", "basis", "isin"): "month",
    ("warning_series", "ref_area", "str_matches"): "武汉",
    ("warning_series", "blue_below", "number"): "5%",
    ("warning_series", "yellow_below", "number"): "零",
    ("warning_series", "orange_below", "number"): "－5",
    ("warning_series", "red_below", "number"): "－10",
    ("warning_series", "hold_periods", "in_range"): "0",
    ("warning_series", "hold_periods", "number"): "两期",
}

WRONG_ROWS = {
    ("preference", "period_to_not_before_period_from"): {"period_from": "2024", "period_to": "2018"},
    ("structural", "period_to_not_before_period_from"): {"period_from": "2021", "period_to": "2018"},
    ("plan_targets", "baseline_is_a_value_or_not_collected_before_the_target"): {"baseline_status": "L"},
    ("plan_targets", "a_series_is_linked_with_a_reason"): {"linked_by_zh": ""},
    ("plan_measures", "a_deadline_has_its_words"): {"deadline_zh": ""},
    ("warning_series", "each_level_lies_below_the_last"): {"yellow_below": "5"},
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
    ("plan_documents", "ref_area"): "420199",
    ("plan_targets", "document"): "notice",
    ("plan_targets", "ref_area"): "WUH",
    ("plan_targets", "series"): "fdi",
    ("plan_targets", "printed_unit"): "兆元",
    ("plan_measures", "document"): "notice",
    ("plan_units", "ref_area"): "420199",
    ("plan_unit_names", "document"): "notice",
    ("plan_unit_names", "unit_zh"): "武汉市外办",
    ("plan_measure_units", "measure_id"): "plan-2",
    ("plan_measure_targets", "measure_id"): "plan-2",
    ("plan_measure_targets", "target_id"): "fdi_2020",
    ("plan_measure_series", "measure_id"): "plan-2",
    ("plan_measure_series", "series"): "fdi",
    ("measure_status", "measure_id"): "plan-2",
    ("signal_peers", "ref_area"): "420199",
    ("signal_peers", "peer"): "420199",
    ("warning_series", "series"): "fdi",
}

MAY_BE_EMPTY = {
    "areas": {"parent", "circle_part", "pinyin", "lon", "lat", "note"},
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
    "economies": {"also_zh"},
    "industries": set(),
    "plan_documents": {"number", "title_zh", "issued_on"},
    "plan_targets": {
        *("ref_area", "series", "scope_note_zh", "baseline_period", "baseline_value", "baseline_status", "period_from"),
        *("target_high", "comparator", "linked_by_zh"),
    },
    "plan_measures": {"deadline", "deadline_zh"},
    "plan_units": {"ref_area", "note_zh"},
    "plan_unit_names": set(),
    "plan_measure_units": set(),
    "plan_measure_targets": set(),
    "plan_measure_series": set(),
    "measure_status": {"note_zh"},
    "signal_rules": set(),
    "signal_peers": set(),
    "warning_series": set(),
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
    other = {
        "rank": "2",
        "period_from": "2019",
        "period_to": "2023",
        "time_period": "2021",
        "pinyin": "wuchang",
        "unit_order": "2",
        "reported_on": "2019-07-31",
        "economy": "MAC",
        "industry": "J",
    }.get(key, "another")
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
    assert set(declared.seeds) == set(declarations.TABLES) - {"sources", "build"}
    assert set(declared.sources) == {"bulletin", "customs"}
    assert set(declared["thresholds"]["threshold"]) == declarations.THRESHOLDS
    limits = [5.0, 0.9, 0.5, 0.01, 5.0, 1.8, 1e8, 2.0, 10000.0, 2018.0, 5.0, 5.0, 15.0, 90.0, 5.0, 2.0, 8.0, 4.0, 2.0]
    assert declared["thresholds"]["value"].to_list() == limits


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


def test_the_rules_are_those_that_models_look_for(house):
    path = house.seeds / "signal_rules.csv"
    lines = TEXTS["signal_rules"].splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("obstacle,")), encoding="utf-8")
    assert stopped(house) == f"{path}: no row gives obstacle"
    path.write_text(TEXTS["signal_rules"] + lines[1].replace("growth_above_hubei", "gut_feeling"), encoding="utf-8")
    assert stopped(house) == f"{path}: no model looks for gut_feeling: remove the row"


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


# The frameworks of a project; what any framework must hold stands in test_framework.py


def mini(house):
    return house.seeds / "framework" / "mini"


def written(house, settings: str = "", nodes: str = FRAMEWORK_CSV, **others: str):
    """The small house with settings added to its framework, or with other files beside it."""
    (mini(house) / "framework.yml").write_text(FRAMEWORK_YML + settings, encoding="utf-8")
    for name, text in {"framework_csv": nodes, **others}.items():
        (mini(house) / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return house


def test_a_project_without_any_framework_is_refused(house):
    for path in (house.seeds / "framework" / "mini").iterdir():
        path.unlink()
    (house.seeds / "framework" / "mini").rmdir()
    assert stopped(house) == f"{house.seeds / 'framework'}: no framework found"


def test_an_indicator_that_nothing_measures_is_named(house):
    path = house.seeds / "framework" / "mini" / "framework.csv"
    path.write_text(FRAMEWORK_CSV.replace("airport_cargo", "airport_mail"), encoding="utf-8")
    assert stopped(house) == f"{path}: airport_mail is neither in seeds/indicators.csv nor in seeds/series.csv"


def test_a_denominator_that_nothing_measures_is_named(house):
    written(house, nodes=FRAMEWORK_CSV + "gdpp,生产总值,denominator,,,,,\n")
    told = f"{mini(house) / 'framework.csv'}: gdpp is neither in seeds/indicators.csv nor in seeds/series.csv"
    assert stopped(house) == told


def test_a_node_without_a_chinese_name_is_named(house):
    written(house, nodes=FRAMEWORK_CSV.replace("air,航空", "air,"))
    assert stopped(house).startswith(f"{mini(house) / 'framework.csv'}: air: name_zh 'air' is not Chinese")


def test_an_area_that_is_not_declared_is_named(house):
    written(house, areas_csv="ref_area,group\n420100,east\n999999,west\n")
    assert stopped(house) == f"{mini(house) / 'areas.csv'}: 999999 is not in seeds/areas.csv"


def test_two_frameworks_of_one_id_are_refused(house):
    shutil.copytree(mini(house), house.seeds / "framework" / "other")
    path = house.seeds / "framework" / "other" / "framework.yml"
    assert stopped(house) == f"{path}: id mini is also that of mini; each framework needs its own"


PANEL = "reference: {set: panel}"
MOVING = [
    pytest.param("reference: {set: fixed}", PANEL, "", id="panel"),
    pytest.param("", "", "weighting: {method: entropy}\n", id="weights-of-the-data"),
    pytest.param("", "", "weighting: {method: combined, of: [expert, cv]}\n", id="a-part-of-the-data"),
    pytest.param("", "", "aggregation: {method: topsis}\n", id="topsis"),
    pytest.param("", "", "treatment: {method: winsorise}\n", id="treatment"),
]


@pytest.mark.parametrize(("before", "after", "more"), MOVING)
def test_a_framework_whose_figures_move_with_each_period_is_refused(house, before, after, more):
    written(house)
    (mini(house) / "framework.yml").write_text(FRAMEWORK_YML.replace(before, after) + more, encoding="utf-8")
    told = f"{mini(house) / 'framework.yml'}: reference: new periods would rewrite published scores; freeze the periods"
    assert stopped(house).startswith(told)


@pytest.mark.parametrize(("before", "after", "more"), MOVING)
@pytest.mark.parametrize(
    "frozen", ["fixed, span: ['2018', '2022']", "panel, span: ['2018', '2022']", "base, base: '2018'", "period"]
)
def test_frozen_figures_or_a_period_alone_are_published(house, before, after, more, frozen):
    settings = FRAMEWORK_YML.replace(before, after).replace("set: panel", "set: fixed").replace("set: fixed", f"set: {frozen}")
    (mini(house) / "framework.yml").write_text(settings + more, encoding="utf-8")
    assert declarations.load(house)["framework_settings"]["reference_set"].to_list() == [frozen.partition(",")[0]]


def test_published_changes_are_from_year_to_year(house):
    written(house)
    (mini(house) / "framework.yml").write_text(FRAMEWORK_YML + "changes: {pairs: [['2018', '2022']]}\n", encoding="utf-8")
    told = f"{mini(house) / 'framework.yml'}: changes: a release compares each year with the one before"
    assert stopped(house).startswith(told)


def test_an_indicator_is_taken_out_by_one_row_of_one_file(house):
    lines = [line for line in FRAMEWORK_CSV.splitlines() if not line.startswith(("air,", "airport_cargo,"))]
    nodes = declarations.load(written(house, nodes="\n".join(lines)))["framework_nodes"]
    assert nodes["code"].to_list() == ["export_share", "openness", "trade"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("air,只有两城,\n", "", "no reason is given for the weight of air", id="group-without-a-row"),
        pytest.param("air,只有两城,", "air,,", "no reason is given for the weight of air", id="no-reason-for-a-weight"),
        pytest.param(
            "唯一,百分数", "唯一,", "no reason is given for the goalposts of export_share", id="no-reason-for-goalposts"
        ),
        pytest.param("唯一,百分数", ",百分数", "no reason is given for the weight of export_share", id="goalposts-only"),
        pytest.param("trade,", "trades,", "no reason is given for the weight of trade", id="misspelt-node"),
        pytest.param("air,", "trade,", "row 2 (trade): the code is empty or occurs twice", id="node-twice"),
        pytest.param("air,", ",", "row 3 (None): the code is empty or occurs twice", id="no-node"),
        pytest.param(
            "weight_reason_zh", "reason", "columns should be code, weight_reason_zh, goalposts_reason_zh;", id="columns"
        ),
    ],
)
def test_a_missing_reason_is_named_with_its_node(tmp_path, before, after, told):
    assert before in REASONS_CSV
    for name, text in (
        ("framework.csv", FRAMEWORK_CSV),
        ("framework.yml", FRAMEWORK_YML),
        ("reasons.csv", REASONS_CSV.replace(before, after, 1)),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationProblem) as problem:
        load_reasons(tmp_path, load_framework(tmp_path).nodes)
    assert str(problem.value).startswith(f"{tmp_path / 'reasons.csv'}: {told}")


def test_a_framework_without_its_reasons_is_refused(house):
    path = house.seeds / "framework" / "mini" / "reasons.csv"
    path.unlink()
    assert stopped(house).startswith(f"{path}: not readable as CSV")


def test_goalposts_that_are_not_given_need_no_reason(house):
    rows = FRAMEWORK_CSV.replace("1,1,0,100\n", "1,1,,\n").replace("1,1,0,1500000", "1,1,,")
    reasons = REASONS_CSV.replace("百分数", "").replace("留余地", "")
    settings = FRAMEWORK_YML.replace("method: goalposts", "method: minmax").replace("set: fixed", "set: period")
    written(house, nodes=rows, reasons_csv=reasons)
    (mini(house) / "framework.yml").write_text(settings, encoding="utf-8")
    assert declarations.load(house)["framework_nodes"]["goalposts_reason_zh"].null_count() == 5


def test_each_node_carries_its_number_and_its_reasons_once(house):
    nodes = declarations.load(house)["framework_nodes"]
    assert nodes.select("node_id", "code", "parent_id", "level", "weight_reason_zh", "goalposts_reason_zh").rows() == [
        (1, "air", 4, 1, "只有两城", None),
        (2, "airport_cargo", 1, 2, "唯一", "留余地"),
        (3, "export_share", 5, 2, "唯一", "百分数"),
        (4, "openness", None, 0, None, None),
        (5, "trade", 4, 1, "数据最全", None),
    ]


def test_the_settings_of_a_framework_become_a_table(house):
    settings = declarations.load(house)["framework_settings"]
    assert settings.drop("uncertainty").row(0, named=True) == {
        "framework": "mini",
        "title_zh": "小指数",
        "title_en": "",
        "version": "1",
        "official": False,
        "valid_from": None,
        "reference_set": "fixed",
        "reference_base": None,
        "span_from": None,
        "span_to": None,
        "coverage_by": "weight",
        "on_missing": "reweight",
        "rank_significant": 10,
        "rank_decimals": None,
        "weighting_scope": "siblings",
        "weighting_id": 1,
    }


def test_the_tables_of_several_frameworks_stand_together(house):
    settings = "weighting: {method: ahp, matrix: m.csv}\n"
    written(house, settings, m_csv="code,trade,air\ntrade,1,2\nair,1/2,1\n", areas_csv="ref_area,group\n420100,east\n")
    shutil.copytree(mini(house), house.seeds / "framework" / "again")
    path = house.seeds / "framework" / "again" / "framework.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: mini", "id: again"), encoding="utf-8")
    tables = declarations.load(house)
    both = {name: tables[f"framework_{name}"]["framework"].to_list() for name in ("settings", "weightings", "areas")}
    assert set(map(tuple, both.values())) == {("again", "mini")}
    assert tables["framework_matrices"].group_by("framework").len().sort("framework").rows() == [("again", 4), ("mini", 4)]
    assert tables["framework_nodes"]["node_id"].to_list() == list(range(1, 11))
    assert {name for name in declarations.TABLES if name.startswith("framework_")} <= set(tables.seeds)
