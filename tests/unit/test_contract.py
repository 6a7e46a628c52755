"""Every rule of the observation contract, seen failing on one bad row, and what becomes of that row.

A rule without a bad row here fails `test_every_rule_has_a_bad_row`.
"""

from datetime import date

import pandera.errors
import polars as pl
import pytest

from dagster_project.lib import landing
from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.readers import CELL, customs_by_location, tidy_long
from dagster_project.lib.resolve import Nearest, normal, resolve
from schemas.observation import COLUMNS, CONTRACT, QUARANTINE, REASONS, WORKING
from tests.unit.mini_house import CUSTOMS, TIDY, small_declarations

GOOD = {
    "source_id": "bulletin",
    "series": "airport_cargo",
    "ref_area": "EHU",
    "counterpart": None,
    "freq": "A",
    "time_period": "2025",
    "period_basis": "period",
    "obs_value": 114.57,
    "unit_measure": "TNE",
    "unit_mult": 4,
    "obs_status": "A",
    "obs_break": False,
    "published_on": date(2026, 1, 14),
    "published_basis": "publisher",
    "source_file": "files/2025.csv",
    "source_sha256": "a" * 64,
    "source_locator": "line 2, col value",
    "line": 2,
    "place": "420700",
    "label": "货邮吞吐量",
    "unit": "万吨",
    "raw_value": "114.57",
    "problem": None,
    "may_be_negative": False,
    "unit_fits_series": True,
    "is_repeated": False,
}
OTHER = GOOD | {
    "series": "hub_cargo",
    "obs_value": 147.81,
    "source_locator": "line 3, col value",
    "line": 3,
    "raw_value": "147.81",
}


def split(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return landing.split(table, Nearest(small_declarations()))


def frame(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS | WORKING)


def fails(table: pl.DataFrame) -> set[tuple]:
    """(column or None, check, row) of every failure the contract itself reports."""
    try:
        CONTRACT.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as problem:
        cases = problem.failure_cases.iter_rows(named=True)
        columns = set(CONTRACT.columns)
        return {(c["column"] if c["column"] in columns else None, c["check"].split("(")[0], c["index"]) for c in cases}
    return set()


# One bad row for every rule

#: (column or None, check) -> what to change in a good row, and the reason it is held for. None means that no file can
#: lead to it: such a row is a fault of the program and stops the build.
BAD = {
    ("source_id", "not_nullable"): ({"source_id": None}, None),
    ("source_id", "str_length"): ({"source_id": ""}, None),
    ("series", "not_nullable"): ({"series": None}, "unknown_series"),
    ("ref_area", "not_nullable"): ({"ref_area": None}, "unknown_place"),
    ("counterpart", "str_matches"): ({"counterpart": "USA"}, None),
    ("period_basis", "isin"): ({"period_basis": "cumulative"}, None),
    ("unit_measure", "not_nullable"): ({"unit_measure": None}, "unknown_unit"),
    ("obs_status", "isin"): ({"obs_status": "B"}, "unknown_status"),
    ("obs_status", "not_nullable"): ({"obs_status": None}, "unknown_status"),
    ("obs_break", "not_nullable"): ({"obs_break": None}, None),
    ("published_on", "not_nullable"): ({"published_on": None}, None),
    ("published_basis", "isin"): ({"published_basis": "guessed"}, None),
    ("published_basis", "not_nullable"): ({"published_basis": None}, None),
    ("source_file", "not_nullable"): ({"source_file": None}, None),
    ("source_file", "str_length"): ({"source_file": ""}, None),
    ("source_sha256", "not_nullable"): ({"source_sha256": None}, None),
    ("source_sha256", "str_matches"): ({"source_sha256": "A" * 64}, None),
    ("source_locator", "not_nullable"): ({"source_locator": None}, None),
    ("source_locator", "str_length"): ({"source_locator": ""}, None),
    (None, "readable"): ({"problem": "该行有 8 列，应为 9 列"}, "unreadable"),
    (None, "period_fits_freq"): ({"time_period": "2025-03"}, "bad_period"),
    (None, "period_was_over"): ({"time_period": "2027"}, "period_after_publication"),
    (None, "first_of_its_key"): ({"series": "airport_cargo", "line": 9}, "duplicate"),
    (None, "unit_fits_series"): ({"unit_fits_series": False}, "unit_mismatch"),
    (None, "value_is_number"): ({"obs_value": None, "raw_value": "147.8l"}, "not_a_number"),
    (None, "value_is_finite"): ({"obs_value": float("inf"), "raw_value": "1e999"}, "not_finite"),
    (None, "value_not_negative"): ({"obs_value": -147.81, "raw_value": "-147.81"}, "negative"),
}

LEVEL = {
    "unreadable": "line",
    "unknown_place": "line",
    "unknown_series": "line",
    "unknown_unit": "line",
    "bad_period": "line",
    "period_after_publication": "line",
    "duplicate": "cell",
    "unknown_status": "cell",
    "unit_mismatch": "cell",
    "not_a_number": "cell",
    "not_finite": "cell",
    "negative": "cell",
}


def rules_of(contract) -> set[tuple]:
    """Every rule that can fail on a value: columns that may not be empty, their checks, the checks of a whole row."""
    rules = {(name, "not_nullable") for name, column in contract.columns.items() if not column.nullable}
    rules |= {(name, check.name) for name, column in contract.columns.items() for check in column.checks}
    return rules | {(None, check.name) for check in contract.checks}


def test_every_rule_has_a_bad_row():
    assert rules_of(CONTRACT) == set(BAD)


def test_every_reason_has_a_bad_row_and_a_level():
    assert {reason.code for reason in REASONS.values()} == {reason for _, reason in BAD.values()} - {None} == set(LEVEL)
    assert {reason.code: reason.level for reason in REASONS.values()} == LEVEL


def test_every_reason_belongs_to_a_rule():
    assert set(REASONS) <= {name for rule in rules_of(CONTRACT) for name in rule}


def test_the_good_rows_are_good():
    assert fails(frame(GOOD, OTHER)) == set()
    observations, quarantine = split(frame(GOOD, OTHER))
    assert (observations.height, quarantine.height) == (2, 0)
    assert observations.rows(named=True)[0] == {name: GOOD[name] for name in COLUMNS}
    assert observations.schema == COLUMNS
    assert quarantine.schema == QUARANTINE


def ids(rule: tuple) -> str:
    return "-".join(filter(None, rule))


@pytest.mark.parametrize("rule", BAD, ids=ids)
def test_the_contract_refuses_the_bad_row_by_that_rule(rule):
    found = fails(frame(GOOD, OTHER | BAD[rule][0]))
    assert (*rule, 1) in found
    assert {row for _, _, row in found} == {1}


@pytest.mark.parametrize("rule", [rule for rule in BAD if BAD[rule][1]], ids=ids)
def test_the_bad_row_is_held_with_reason_and_level_and_the_other_lands(rule):
    changes, reason = BAD[rule]
    bad = OTHER | changes
    observations, quarantine = split(frame(GOOD, bad))
    assert observations["source_locator"].to_list() == [GOOD["source_locator"]]
    assert quarantine.height == 1
    held = quarantine.row(0, named=True)
    assert (held["reason"], held["level"]) == (reason, LEVEL[reason])
    for name in ("source_file", "source_sha256", "source_locator", "place", "label", "time_period", "raw_value"):
        assert held[name] == bad[name]
    assert "{" not in held["message_zh"] and held["message_zh"].endswith("。")


@pytest.mark.parametrize("rule", [rule for rule in BAD if not BAD[rule][1]], ids=ids)
def test_what_no_file_can_lead_to_stops_the_build_and_names_the_column(rule):
    changes, _ = BAD[rule]
    with pytest.raises(BuildStopped, match=f"column {rule[0]}.*fault of the program"):
        split(frame(GOOD, OTHER | changes))


@pytest.mark.parametrize("column", CONTRACT.columns)
def test_a_column_of_another_type_stops_the_build(column):
    wrong = pl.Int8 if CONTRACT.columns[column].dtype.type != pl.Int8 else pl.String
    table = frame(GOOD, OTHER).with_columns(pl.lit(None, dtype=wrong).alias(column))
    assert any(name == column and check == "dtype" for name, check, _ in fails(table))
    with pytest.raises(BuildStopped, match="fault of the program"):
        split(table)


@pytest.mark.parametrize("column", CONTRACT.columns)
def test_a_missing_column_is_refused(column):
    with pytest.raises((pandera.errors.SchemaErrors, pl.exceptions.ColumnNotFoundError), match=column):
        CONTRACT.validate(frame(GOOD).drop(column), lazy=True)


def test_an_extra_column_is_refused():
    assert fails(frame(GOOD).with_columns(remark=pl.lit("x"))) == {(None, "column_in_schema", None)}


# More ways of breaking a rule than one


@pytest.mark.parametrize(
    ("freq", "time_period"),
    [
        pytest.param("A", "2025-Q1", id="annual-is-a-quarter"),
        pytest.param("A", "25", id="annual-two-digits"),
        pytest.param("A", "２０２５", id="annual-full-width"),
        pytest.param("A", "2025 ", id="annual-with-a-space"),
        pytest.param("Q", "2025", id="quarter-is-a-year"),
        pytest.param("Q", "2025-Q5", id="fifth-quarter"),
        pytest.param("M", "2025-13", id="month-13"),
        pytest.param("M", "2025-00", id="month-0"),
        pytest.param("M", "2025", id="month-is-a-year"),
        pytest.param("W", "2025-W01", id="unknown-frequency"),
        pytest.param(None, "2025", id="no-frequency"),
        pytest.param("A", None, id="no-period"),
    ],
)
def test_a_period_that_does_not_fit_its_frequency(freq, time_period):
    _, quarantine = split(frame(OTHER | {"freq": freq, "time_period": time_period}))
    assert quarantine["reason"].to_list() == ["bad_period"]


@pytest.mark.parametrize(
    ("freq", "time_period"), [("A", "2025"), ("Q", "2025-Q1"), ("Q", "2025-Q4"), ("M", "2025-01"), ("M", "2025-12")]
)
def test_a_period_that_fits_its_frequency(freq, time_period):
    assert split(frame(GOOD | {"freq": freq, "time_period": time_period}))[1].is_empty()


@pytest.mark.parametrize(
    "counterpart", ["partner:USA", "hs:8542", "industry:C39", "route:WUH-FRA", "product:air", "enterprise:1", None]
)
def test_a_counterpart_that_the_contract_knows(counterpart):
    assert split(frame(GOOD | {"counterpart": counterpart}))[1].is_empty()


@pytest.mark.parametrize("counterpart", ["country:USA", "partner:", "partner: USA", "Partner:USA", ""])
def test_a_counterpart_that_the_contract_does_not_know(counterpart):
    assert fails(frame(GOOD | {"counterpart": counterpart})) == {("counterpart", "str_matches", 0)}


@pytest.mark.parametrize("status", ["A", "P", "E", "I"])
def test_a_status_of_a_figure_needs_a_figure(status):
    assert split(frame(GOOD | {"obs_status": status}))[1].is_empty()
    assert split(frame(GOOD | {"obs_status": status, "obs_value": None}))[1]["reason"].to_list() == ["not_a_number"]


@pytest.mark.parametrize("status", ["L", "M", "O"])
def test_a_status_of_a_gap_needs_a_gap(status):
    assert split(frame(GOOD | {"obs_status": status, "obs_value": None}))[1].is_empty()
    assert split(frame(GOOD | {"obs_status": status}))[1]["reason"].to_list() == ["not_a_number"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(float("inf"), "not_finite", id="infinite"),
        pytest.param(float("-inf"), "not_finite", id="minus-infinite"),
        pytest.param(float("nan"), "not_finite", id="nan"),
        pytest.param(-0.01, "negative", id="just-below-zero"),
    ],
)
def test_a_value_that_cannot_be(value, reason):
    assert split(frame(OTHER | {"obs_value": value}))[1]["reason"].to_list() == [reason]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"obs_value": 0.0}, id="zero"),
        pytest.param({"obs_value": -2.1, "may_be_negative": True}, id="negative-growth"),
        pytest.param({"unit_fits_series": None}, id="fit-of-the-unit-not-known"),
    ],
)
def test_a_value_that_can_be(changes):
    assert split(frame(GOOD | changes))[1].is_empty()


# A figure that breaks several rules; duplicates; whole lines


def test_the_first_reason_in_the_order_of_reasons_wins():
    """A torn line with an unknown place, unit and figure is told as torn."""
    for position, name in enumerate(REASONS):
        if name == "first_of_its_key":
            continue  # needs a second line to fail, which the test of duplicates gives
        later = [rule for rule in list(REASONS)[position:] if rule != "first_of_its_key"]
        changes = {}
        for rule in reversed(later):
            changes |= next(change for (column, check), (change, _) in BAD.items() if rule in (column, check))
        assert split(frame(OTHER | changes))[1]["reason"].to_list() == [REASONS[name].code]


def test_of_duplicates_the_first_is_kept_and_each_later_one_is_held():
    rows = [GOOD | {"line": line, "source_locator": f"line {line}", "obs_value": float(line)} for line in (2, 3, 4)]
    observations, quarantine = split(frame(*rows, OTHER | {"line": 5}))
    assert observations["obs_value"].to_list() == [2.0, 147.81]
    assert quarantine["source_locator"].to_list() == ["line 3", "line 4"]
    assert set(quarantine["reason"]) == {"duplicate"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"source_id": "customs"}, id="source"),
        pytest.param({"series": "hub_cargo"}, id="series"),
        pytest.param({"ref_area": "420700"}, id="area"),
        pytest.param({"counterpart": "partner:USA"}, id="counterpart"),
        pytest.param({"freq": "M", "time_period": "2025-01"}, id="period"),
        pytest.param({"period_basis": "ytd"}, id="basis"),
        pytest.param({"published_on": date(2026, 1, 15)}, id="vintage"),
        pytest.param({"source_file": "files/2026.csv"}, id="file"),
    ],
)
def test_figures_that_differ_in_one_part_of_the_key_are_no_duplicates(changes):
    assert split(frame(GOOD, GOOD | {"line": 3} | changes))[1].is_empty()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"problem": "该行有 8 列"}, "unreadable", id="torn"),
        pytest.param({"unit_measure": None}, "unknown_unit", id="unknown-unit"),
        pytest.param({"ref_area": None}, "unknown_place", id="unknown-place"),
        pytest.param({"series": None}, "unknown_series", id="unknown-series"),
    ],
)
def test_a_line_that_cannot_land_does_not_displace_the_good_one_after_it(changes, reason):
    observations, quarantine = split(frame(GOOD | changes, GOOD | {"line": 3, "source_locator": "line 3"}))
    assert observations["source_locator"].to_list() == ["line 3"]
    assert quarantine["reason"].to_list() == [reason]


def test_two_lines_with_the_same_unknown_place_are_both_told_as_unknown():
    rows = [GOOD | {"ref_area": None, "line": line} for line in (2, 3)]
    assert split(frame(*rows))[1]["reason"].to_list() == ["unknown_place"] * 2


def test_a_bad_key_takes_its_line_and_only_its_line():
    """Three cells each on two lines of two files: one bad key holds its three."""
    rows = [
        GOOD
        | {
            "source_file": file,
            "line": line,
            "series": series,
            "source_locator": f"{file} {line} {series}",
            "time_period": f"202{line}",
        }
        for file in ("files/a.csv", "files/b.csv")
        for line in (2, 3)
        for series in ("airport_cargo", "hub_cargo", "other")
    ]
    rows[4] |= {"ref_area": None}
    observations, quarantine = split(frame(*rows))
    assert quarantine["source_locator"].to_list() == [
        f"files/a.csv 3 {series}" for series in ("airport_cargo", "hub_cargo", "other")
    ]
    assert quarantine.select("reason", "level").unique().rows() == [("unknown_place", "line")]
    assert quarantine["message_zh"].unique().len() == 1
    assert observations.height == 9


def test_a_bad_cell_in_a_held_line_keeps_its_own_reason():
    rows = [GOOD | {"series": None}, GOOD | {"obs_value": -1.0, "raw_value": "-1"}]
    _, quarantine = split(frame(*rows))
    assert quarantine.select("reason", "level").rows() == [("unknown_series", "line"), ("negative", "line")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"problem": "该行有 8 列，应为 9 列"}, "该行无法按版式读取：该行有 8 列，应为 9 列。请核对原文件该行。"),
        (
            {"ref_area": None, "place": "武汗市"},
            "地名“武汗市”未登记（最相近的登记名称：武汉市），或不是指标名所指场站的所在地。"
            "请核对；新地名登记在 seeds/places.csv。",
        ),
        ({"series": None, "label": "货由"}, "指标名“货由”未登记。请在 seeds/series_labels.csv 登记它对应的序列。"),
        ({"unit_measure": None, "unit": "万顿"}, "计量单位“万顿”未登记（最相近的登记名称：万吨）。请在 seeds/units.csv 登记。"),
        ({"time_period": "2025-3"}, "时期“2025-3”与频率不符。应为 2024、2024-Q1 或 2024-03。"),
        ({"obs_status": "B"}, "状态“B”不是约定的代码 A、P、E、I、L、M、O。"),
        ({"unit_fits_series": False, "unit": "亿元"}, "单位“亿元”不是“货邮吞吐量”可用的计量单位。"),
        ({"obs_value": None, "raw_value": "147.8l"}, "“147.8l”不是数字，也不是约定的缺失符号。"),
        ({"obs_value": None, "raw_value": "{raw}"}, "“{raw}”不是数字，也不是约定的缺失符号。"),
        ({"obs_value": float("inf"), "raw_value": "∞"}, "“∞”不是有限数值。"),
        ({"obs_value": -1.0, "raw_value": "-1"}, "“-1”为负数；该指标不可能为负。"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_the_message_is_filled_in(changes, message):
    assert split(frame(OTHER | changes))[1]["message_zh"].to_list() == [message]


def test_the_message_of_a_duplicate():
    _, quarantine = split(frame(GOOD, GOOD | {"line": 3}))
    assert quarantine["message_zh"].to_list() == ["同一文件中同一指标、地区、时期出现两次；只采用第一个。请核对原文件。"]


# From the cells of a reader to the two tables


def read_in(cells: list[dict], source_id: str = "bulletin", status: str = "A") -> pl.DataFrame:
    """Cells of one file as landing hands them on to be resolved."""
    return pl.DataFrame(cells, schema=CELL).with_columns(
        source_id=pl.lit(source_id),
        default_status=pl.lit(status),
        published_on=pl.lit(date(2026, 1, 14)),
        published_basis=pl.lit("publisher"),
        source_file=pl.lit("files/x.csv"),
        source_sha256=pl.lit("a" * 64),
    )


def customs(text: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    cells = customs_by_location.read(text.encode(), "x", "2024-03", {"unit": "万人民币"})
    return split(resolve(read_in(cells, "customs", "P"), small_declarations()))


def tidy(*lines: str, source_id: str = "bulletin") -> tuple[pl.DataFrame, pl.DataFrame]:
    text = "\n".join([TIDY.splitlines()[0], *lines])
    return split(
        resolve(read_in(pl.concat(tidy_long.read(text.encode(), "x", None, {})).to_dicts(), source_id), small_declarations())
    )


def test_the_small_customs_table_lands_whole():
    observations, quarantine = customs(CUSTOMS)
    assert (observations.height, quarantine.height) == (36, 0)
    wuhan = observations.filter(pl.col("ref_area") == "420100", pl.col("series") == "trade_export_yoy").row(0, named=True)
    assert wuhan == {
        "source_id": "customs",
        "series": "trade_export_yoy",
        "ref_area": "420100",
        "counterpart": None,
        "freq": "M",
        "time_period": "2024-03",
        "period_basis": "ytd",
        "obs_value": 9630.2,
        "unit_measure": "PERCENT",
        "unit_mult": 0,
        "obs_status": "P",
        "obs_break": False,
        "published_on": date(2026, 1, 14),
        "published_basis": "publisher",
        "source_file": "files/x.csv",
        "source_sha256": "a" * 64,
        "source_locator": "line 6, col 累计比去年同期±％ 出口",
    }


def test_a_missing_mark_lands_as_a_gap_never_as_zero():
    observations, _ = customs(CUSTOMS)
    gaps = observations.filter(pl.col("obs_value").is_null())
    assert gaps.select("ref_area", "series", "obs_status").rows() == [
        ("420100", "trade_total_yoy", "O"),
        ("420700", "trade_import_yoy", "O"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "locators", "reason", "level"),
    [
        pytest.param("武汉市,70,", "武汉市,7O,", ["line 6, col 进出口 3月"], "not_a_number", "cell", id="letter-in-a-figure"),
        pytest.param("武汉市,70,", "武汉市,-70,", ["line 6, col 进出口 3月"], "negative", "cell", id="negative-trade"),
    ],
)
def test_a_bad_cell_goes_alone(before, after, locators, reason, level):
    observations, quarantine = customs(CUSTOMS.replace(before, after))
    assert quarantine.select("source_locator", "reason", "level").rows() == [(at, reason, level) for at in locators]
    assert observations.height == 36 - len(locators)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        pytest.param("武汉市,70,", "武汗市,70,", "unknown_place", id="misspelt-city"),
        pytest.param("武汉市,70,", "武汉市,7,0,", "unreadable", id="ragged"),
        pytest.param("武汉市,70,", "武汗市,-7O,", "unknown_place", id="misspelt-city-with-a-bad-figure"),
    ],
)
def test_a_bad_key_takes_all_nine_cells_of_a_customs_line(before, after, reason):
    observations, quarantine = customs(CUSTOMS.replace(before, after))
    assert quarantine.height == 9
    assert quarantine.select("reason", "level").unique().rows() == [(reason, "line")]
    assert {locator.split(",")[0] for locator in quarantine["source_locator"]} == {"line 6"}
    assert observations.height == 27
    assert "420100" not in observations["ref_area"]


def test_a_city_printed_twice_is_taken_once():
    line = next(line for line in CUSTOMS.splitlines() if line.startswith("武汉市"))
    observations, quarantine = customs(CUSTOMS.replace("鄂州市,", f"{line.replace('70', '71')}\n鄂州市,"))
    assert quarantine.select("reason", "level").unique().rows() == [("duplicate", "cell")]
    assert quarantine.height == 9
    assert observations.filter(pl.col("ref_area") == "420100")["obs_value"].to_list()[0] == 70.0


def test_nothing_is_lost_and_nothing_doubled():
    text = CUSTOMS.replace("武汉市,70", "武汗市,7O").replace("鄂州市,7,21", "鄂州市,-7,2l").replace("湖北省,", "总值,")
    observations, quarantine = customs(text)
    told = observations["source_locator"].to_list() + quarantine["source_locator"].to_list()
    assert len(told) == len(set(told)) == 36
    assert (observations.height, quarantine.height) == (9 + 7, 9 + 2 + 9)


@pytest.mark.parametrize(
    ("printed", "ref_area"),
    [
        pytest.param("武汉市", "420100", id="as-registered"),
        pytest.param("武 汉\u3000市", "420100", id="inner-spaces"),
        pytest.param("420100", "420100", id="code"),
        pytest.param("４２０１００", "420100", id="full-width-code"),
        pytest.param("鄂州(葛店)", "420700", id="half-width-brackets"),
        pytest.param("鄂州（葛店）", "420700", id="full-width-brackets"),
        pytest.param("EHU", "EHU", id="facility-code"),
        pytest.param("ＥＨＵ", "EHU", id="full-width-facility-code"),
    ],
)
def test_a_place_is_found_whatever_the_typesetting(printed, ref_area):
    observations, quarantine = tidy(f"x,{printed},2025,annual,进出口总额,1,亿元,,")
    assert quarantine.is_empty()
    assert observations["ref_area"].to_list() == [ref_area]


@pytest.mark.parametrize("printed", ["武汗市", "", "420199", "ehu", "武汉市新洲区"])
def test_a_place_that_is_not_registered_is_not_guessed(printed):
    _, quarantine = tidy(f"x,{printed},2025,annual,进出口总额,1,亿元,,")
    assert quarantine.select("reason", "level", "place").rows() == [("unknown_place", "line", printed)]


@pytest.mark.parametrize(
    ("source_id", "label", "series", "ref_area", "counterpart"),
    [
        pytest.param("other", "货邮吞吐量", "airport_cargo", "EHU", None, id="row-for-all-sources"),
        pytest.param("bulletin", "货邮吞吐量", "hub_cargo", "420700", None, id="own-row-wins-and-its-empty-area-too"),
        pytest.param(
            "bulletin", "花湖机场航空货邮吞吐量", "airport_cargo", "EHU", "product:air", id="falls-back-without-own-row"
        ),
        pytest.param("other", "货邮 吞吐量", "airport_cargo", "EHU", None, id="inner-space"),
        pytest.param("other", "对美国出口", "trade_export", "420700", "partner:USA", id="counterpart-of-the-label"),
    ],
)
def test_a_label_is_resolved(source_id, label, series, ref_area, counterpart):
    unit = "亿元" if series == "trade_export" else "万吨"
    observations, quarantine = tidy(f"x,420700,2025,annual,{label},1,{unit},,", source_id=source_id)
    assert quarantine.is_empty()
    assert observations.select("series", "ref_area", "counterpart").rows() == [(series, ref_area, counterpart)]


@pytest.mark.parametrize(
    ("line", "reason", "level"),
    [
        pytest.param("x,420100,2025,annual,进出总额,1,亿元,,", "unknown_series", "line", id="label-unknown"),
        pytest.param("x,420100,2025,annual,,1,亿元,,", "unknown_series", "line", id="label-empty"),
        pytest.param("x,420100,2025,annual,进出口总额,1,万亿,,", "unknown_unit", "line", id="unit-unknown"),
        pytest.param("x,420100,2025,annual,进出口总额,1,,,", "unknown_unit", "line", id="unit-empty"),
        pytest.param("x,420100,2025,annual,进出口总额,1,万吨,,", "unit_mismatch", "cell", id="tonnes-of-trade"),
        pytest.param("x,420700,2025,annual,货邮吞吐量,1,亿元,,", "unit_mismatch", "cell", id="yuan-of-cargo"),
        pytest.param("x,420100,2025,annual,进出口总额,一亿,亿元,,", "not_a_number", "cell", id="value-in-words"),
        pytest.param("x,420100,2025,annual,进出口总额,12①,亿元,,", "not_a_number", "cell", id="value-with-a-footnote-mark"),
        pytest.param("x,420100,2025,annual,进出口总额,1e999,亿元,,", "not_a_number", "cell", id="value-beyond-any-float"),
        pytest.param("x,420100,2025,annual,进出口总额,1,亿元,X,", "unknown_status", "cell", id="status-unknown"),
        pytest.param("x,420100,2025,annual,进出口总额,1,亿元,L,", "not_a_number", "cell", id="status-of-a-gap-beside-a-figure"),
        pytest.param("x,420100,2025-04/2025-06,ytd,进出口总额,1,亿元,,", "unreadable", "line", id="cumulative-not-from-January"),
        pytest.param("x,420100,2025,annual,进出口总额,-1,亿元,,", "negative", "cell", id="negative"),
    ],
)
def test_a_tidy_line_that_is_held_and_the_good_one_beside_it(line, reason, level):
    observations, quarantine = tidy("x,420700,2025,annual,进出口总额,2,亿元,,", line)
    assert quarantine.select("reason", "level", "source_locator").rows() == [(reason, level, "line 3, col value")]
    assert observations["obs_value"].to_list() == [2.0]


@pytest.mark.parametrize(
    ("line", "unit_measure", "unit_mult", "status"),
    [
        pytest.param("x,420100,2025,annual,进出口总额,1,亿美元,,", "USD", 8, "A", id="dollars-where-yuan-are-usual"),
        pytest.param("x,420100,2025,annual,进出口总额,1,亿元,E,", "CNY", 8, "E", id="status-of-the-line"),
        pytest.param("x,420100,2025,annual,进出口总额,-,亿元,,", "CNY", 8, "O", id="gap"),
        pytest.param("x,420100,2025,annual,进出口总额,-,亿元,A,", "CNY", 8, "O", id="gap-declared-as-a-figure"),
        pytest.param("x,420100,2025,annual,进出口总额,,亿元,M,", "CNY", 8, "M", id="cannot-exist"),
    ],
)
def test_a_tidy_line_that_lands(line, unit_measure, unit_mult, status):
    observations, quarantine = tidy(line)
    assert quarantine.is_empty()
    assert observations.select("unit_measure", "unit_mult", "obs_status").rows() == [(unit_measure, unit_mult, status)]


def test_full_width_figures_and_thousands_land_as_numbers():
    observations, _ = tidy('x,420100,2025,annual,进出口总额,"１，２３４．５",亿元,,')
    assert observations["obs_value"].to_list() == [1234.5]


@pytest.mark.parametrize(
    ("printed", "plain"), [("鄂 州（葛店）", "鄂州(葛店)"), ("ＥＨＵ\u3000", "EHU"), ("a\tb\n", "ab"), ("武汉", "武汉")]
)
def test_what_typesetting_adds_is_taken_away(printed, plain):
    assert normal(printed) == plain


@pytest.mark.parametrize(
    ("freq", "time_period", "published_on", "is_held"),
    [
        ("A", "2026", date(2026, 1, 14), False),
        ("A", "2027", date(2026, 12, 31), True),
        ("M", "2025-03", date(2025, 3, 1), False),
        ("M", "2025-04", date(2025, 3, 31), True),
        ("Q", "2025-Q1", date(2025, 1, 2), False),
        ("Q", "2026-Q1", date(2025, 12, 31), True),
    ],
)
def test_no_figure_is_of_a_period_after_its_publication(freq, time_period, published_on, is_held):
    row = GOOD | {"freq": freq, "time_period": time_period, "published_on": published_on}
    assert split(frame(row))[1]["reason"].to_list() == ["period_after_publication"] * is_held
