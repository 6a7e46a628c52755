"""A framework folder: each rule seen refusing one wrong row, key or matrix by name, and a rich framework as tables."""

import json
import random
import re

import polars as pl
import pytest

from schemas.framework import (
    AREAS,
    CHANGES,
    FRAMEWORK_COLUMNS,
    MATRICES,
    NODES,
    SETTINGS,
    WEIGHTINGS,
    Declared,
    load_framework,
    number,
)
from schemas.source import DeclarationProblem

COLUMNS = list(FRAMEWORK_COLUMNS)

#: Row 2 is the root; then a (3), b (4), x (5), y (6), z (7), gdp (8).
TREE = {
    "top": {"type": "index"},
    "a": {"type": "group", "parent": "top"},
    "b": {"type": "group", "parent": "top", "weight": "2"},
    "x": {"type": "indicator", "parent": "a", "direction": "1"},
    "y": {"type": "indicator", "parent": "a", "direction": "-1"},
    "z": {"type": "indicator", "parent": "b", "direction": "1"},
    "gdp": {"type": "denominator"},
}


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[",\n]', cell) else cell


def tree(changes: dict[str, dict] | None = None) -> str:
    """TREE as CSV with cells changed, or nodes added, by code."""
    nodes = {code: {"code": code, **cells} for code, cells in TREE.items()}
    for code, cells in (changes or {}).items():
        nodes[code] = nodes.get(code, {"code": code}) | cells
    lines = [",".join(quoted(node.get(name, "")) for name in COLUMNS) for node in nodes.values()]
    return "\n".join([",".join(COLUMNS), *lines]) + "\n"


def load(folder, nodes: str | bytes | dict | None = None, settings: str | bytes = "", **files: str) -> Declared:
    content = {
        "framework.csv": tree(nodes) if nodes is None or isinstance(nodes, dict) else nodes,
        "framework.yml": settings if isinstance(settings, bytes) or settings.startswith("id") else f"id: f\n{settings}",
    } | {name.replace("_", "."): text for name, text in files.items()}
    for name, text in content.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_framework(folder)


def refused(folder, *args, **files) -> str:
    with pytest.raises(DeclarationProblem) as problem:
        load(folder, *args, **files)
    told = str(problem.value)
    assert "\n" not in told
    return told.removeprefix(f"{folder}/")


def node(declared: Declared, code: str) -> dict:
    return declared.nodes.row(by_predicate=pl.col("code") == code, named=True)


# Rows of framework.csv

FIXED = "reference: {set: fixed}"
GOALPOSTS = "normalisation: {method: goalposts}"
POSTS = {"goalpost_low": "0", "goalpost_high": "10"}
GOOD = {"x": POSTS, "y": POSTS, "z": POSTS}

WRONG_ROWS = [
    ("code-empty", {"x": {"code": ""}}, "", "row 5 (no code): the code is empty"),
    ("code-twice", {"again": {**TREE["x"], "code": "x"}}, "", "row 9 (x): the code also stands in row 5"),
    (
        "type-unknown",
        {"x": {"type": "leaf"}},
        "",
        "row 5 (x): type leaf; it should be one of index, group, indicator, denominator",
    ),
    ("type-empty", {"x": {"type": ""}}, "", "row 5 (x): type is empty; it should be one of"),
    ("two-roots", {"a": {"type": "index", "parent": ""}}, "", "row 3 (a): a second root beside top (row 2)"),
    ("root-with-parent", {"top": {"parent": "a"}}, "", "row 2 (top): a node of type index has no parent, found a"),
    ("parent-unknown", {"x": {"parent": "aa"}}, "", "row 5 (x): parent 'aa' is not a code of this file"),
    ("parent-empty", {"x": {"parent": ""}}, "", "row 5 (x): the parent is empty"),
    ("group-without-parent", {"a": {"parent": ""}}, "", "row 3 (a): the parent is empty"),
    ("parent-indicator", {"x": {"parent": "z"}}, "", "row 5 (x): parent z is of type indicator; only the index and groups"),
    ("parent-denominator", {"x": {"parent": "gdp"}}, "", "row 5 (x): parent gdp is of type denominator"),
    ("denominator-with-parent", {"gdp": {"parent": "a"}}, "", "row 8 (gdp): a node of type denominator has no parent, found a"),
    ("cycle", {"b": {"parent": "a"}, "a": {"parent": "b"}}, "", "row 3 (a): a cycle: a → b → a"),
    ("own-parent", {"a": {"parent": "a"}}, "", "row 3 (a): a cycle: a → a"),
    ("childless", {"z": {"parent": "a"}}, "", "row 4 (b): has no children"),
    ("weight-0", {"a": {"weight": "0"}}, "", "row 3 (a): weight 0 should be positive"),
    ("weight-negative", {"a": {"weight": "-.5"}}, "", "row 3 (a): weight -0.5 should be positive"),
    ("weight-nan", {"a": {"weight": "NaN"}}, "", "row 3 (a): weight 'NaN' is not a number"),
    ("weight-inf", {"a": {"weight": "inf"}}, "", "row 3 (a): weight 'inf' is not a number"),
    ("weight-text", {"a": {"weight": "60%"}}, "", "row 3 (a): weight '60%' is not a number"),
    ("weight-1_000", {"a": {"weight": "1_000"}}, "", "row 3 (a): weight '1_000' is not a number"),
    ("decimals-half", {"x": {"decimals": "1.5"}}, "", "row 5 (x): decimals '1.5' should be a small whole number"),
    ("direction-missing", {"x": {"direction": ""}}, "", "row 5 (x): direction is missing; write 1"),
    ("direction-2", {"x": {"direction": "2"}}, "", "row 5 (x): direction 2 should be 1, -1 or 0"),
    ("direction-text", {"x": {"direction": "up"}}, "", "row 5 (x): direction 'up' is not a number"),
    ("moderate-without-target", {"x": {"direction": "0"}}, "", "row 5 (x): direction 0 needs a target"),
    ("target-high-alone", {"x": {"target_high": "3"}}, "", "row 5 (x): target None should be given"),
    (
        "target-reversed",
        {"x": {"direction": "0", "target": "4", "target_high": "3"}},
        "",
        "row 5 (x): target 4.0 should be given and not be above target_high 3",
    ),
    (
        "moderate-zscore",
        {"x": {"direction": "0", "target": "4", "normalisation": "zscore"}},
        "",
        "row 5 (x): direction 0 goes with normalisation minmax or goalposts only, found zscore",
    ),
    ("negative-none", {"y": {"normalisation": "none"}}, "", "row 6 (y): direction -1 cannot be kept with normalisation none"),
    ("no-low-goalpost", GOOD | {"x": {"goalpost_high": "1"}}, GOALPOSTS, "row 5 (x): goalpost_low is missing"),
    ("no-high-goalpost", GOOD | {"x": {"goalpost_low": "1"}}, GOALPOSTS, "row 5 (x): goalpost_high is missing"),
    (
        "minmax-of-fixed",
        {"y": POSTS, "z": POSTS},
        FIXED,
        "row 5 (x): goalpost_low is missing; normalisation goalposts needs both",
    ),
    ("efficacy", {"x": {"normalisation": "efficacy"}}, "", "row 5 (x): goalpost_low is missing; normalisation efficacy"),
    ("efficacy-exp", {"x": {"normalisation": "efficacy_exp"}}, "", "row 5 (x): goalpost_low is missing"),
    ("goalposts-equal", {"x": {"goalpost_low": "1", "goalpost_high": "1"}}, "", "row 5 (x): goalpost_low 1 should be below"),
    ("goalposts-reversed", {"y": {"goalpost_low": "2", "goalpost_high": "1"}}, "", "row 6 (y): goalpost_low 2 should be below"),
    ("goalpost-nan", {"x": {"goalpost_low": "nan"}}, "", "row 5 (x): goalpost_low 'nan' is not a number"),
    (
        "ln-of-0",
        GOOD | {"x": POSTS | {"transform": "ln"}},
        GOALPOSTS,
        "row 5 (x): goalpost_low 0 is outside the domain of transform ln",
    ),
    ("log10-of-0", GOOD | {"x": POSTS | {"transform": "log10"}}, GOALPOSTS, "row 5 (x): goalpost_low 0 is outside the domain"),
    ("reciprocal-of-0", GOOD | {"x": POSTS | {"transform": "reciprocal"}}, GOALPOSTS, "row 5 (x): goalpost_low 0 is outside"),
    (
        "sqrt-of-minus",
        {"x": {"direction": "0", "target": "-1", "transform": "sqrt"}},
        "",
        "row 5 (x): target -1 is outside the domain of transform sqrt",
    ),
    (
        "ln1p-of-minus",
        {
            "x": {"direction": "0", "target": "1", "target_high": "1", "transform": "ln1p"},
            "z": {"direction": "0", "target": "-.5"},
        }
        | {"y": {"direction": "0", "target": "-.5", "transform": "ln1p"}},
        "",
        "row 6 (y): target -0.5 is outside the domain of transform ln1p",
    ),
    (
        "equal-after-the-transform",
        {"x": {"goalpost_low": "1e-30", "goalpost_high": "1e300", "transform": "reciprocal", "normalisation": "goalposts"}}
        | {"z": {"goalpost_low": "1e16", "goalpost_high": "10000000000000002", "transform": "ln", "normalisation": "goalposts"}},
        "",
        "row 7 (z): the goalposts 1e+16 and 1e+16 are equal after transform ln",
    ),
    (
        "target-outside-goalposts",
        {"x": POSTS | {"direction": "0", "target": "11", "normalisation": "goalposts"}},
        "",
        "row 5 (x): the target should lie within the goalposts 0 and 10",
    ),
    ("transform-unknown", {"x": {"transform": "log"}}, "", "row 5 (x): transform 'log' is unknown; known are none, ln, log10"),
    ("denominator-unknown", {"x": {"denominator": "gdpp"}}, "", "row 5 (x): denominator 'gdpp' is not a code of this file"),
    ("denominator-group", {"x": {"denominator": "a"}}, "", "row 5 (x): denominator 'a' is of type group"),
    ("denominator-itself", {"x": {"denominator": "x"}}, "", "row 5 (x): the denominator is the indicator itself"),
    ("scale-alone", {"x": {"scale": "100"}}, "", "row 5 (x): scale 100 multiplies a ratio, but there is no denominator"),
    ("scale-negative", {"x": {"denominator": "gdp", "scale": "-1"}}, "", "row 5 (x): scale -1 should be positive"),
    ("normalisation-on-group", {"a": {"normalisation": "rank"}}, "", "row 3 (a): normalisation belongs on the indicators"),
    (
        "direction-on-group",
        {"a": {"direction": "1"}},
        "",
        "row 3 (a): direction belongs on the indicators, not on a node of type group",
    ),
    ("goalpost-on-root", {"top": {"goalpost_low": "1"}}, "", "row 2 (top): goalpost_low belongs on the indicators"),
    (
        "aggregation-on-indicator",
        {"x": {"aggregation": "geometric"}},
        "",
        "row 5 (x): aggregation belongs on the index and groups",
    ),
    ("coverage-on-indicator", {"x": {"min_coverage": "1"}}, "", "row 5 (x): min_coverage belongs on the index and groups"),
    ("weight-on-denominator", {"gdp": {"weight": "1"}}, "", "row 8 (gdp): weight does not concern a denominator"),
    ("imputation-on-denominator", {"gdp": {"imputation": "zero"}}, "", "row 8 (gdp): imputation does not concern a denominator"),
    ("coverage-above-1", {"a": {"min_coverage": "60"}}, "", "row 3 (a): min_coverage 60 should lie between 0 and 1"),
    ("coverage-below-0", {"a": {"min_coverage": "-.1"}}, "", "row 3 (a): min_coverage -0.1 should lie between 0 and 1"),
    (
        "normalisation-unknown",
        {"x": {"normalisation": "max"}},
        "",
        "row 5 (x): normalisation: method 'max' is unknown; known are minmax",
    ),
    (
        "treatment-unknown",
        {"x": {"treatment": "trim"}},
        "",
        "row 5 (x): treatment: method 'trim' is unknown; known are none, winsorise",
    ),
    ("imputation-unknown", {"x": {"imputation": "mean"}}, "", "row 5 (x): imputation: method 'mean' is unknown"),
    ("aggregation-unknown", {"a": {"aggregation": "sum"}}, "", "row 3 (a): aggregation: method 'sum' is unknown"),
    (
        "parameter-unknown",
        {"x": {"treatment": "winsorise(max=3)"}},
        "",
        "row 5 (x): treatment: winsorise: max: unknown key; known are winmax, skewness, kurtosis, scope",
    ),
    (
        "parameter-of-none",
        {"a": {"aggregation": "product(p=1)"}},
        "",
        "row 3 (a): aggregation: product: p: unknown key; it takes none",
    ),
    (
        "parameter-twice",
        {"a": {"aggregation": "power(p=1,p=2)"}},
        "",
        "row 3 (a): aggregation: 'power(p=1,p=2)' should be written",
    ),
    (
        "parameter-bare",
        {"a": {"aggregation": "power(2)"}},
        "",
        "row 3 (a): aggregation: 'power(2)' should be written name(key=value",
    ),
    (
        "parenthesis-open",
        {"a": {"aggregation": "power(p=2"}},
        "",
        "row 3 (a): aggregation: 'power(p=2' should be written name or",
    ),
    ("power-without-p", {"a": {"aggregation": "power"}}, "", "row 3 (a): aggregation: power: p: is missing"),
    ("power-0", {"a": {"aggregation": "power(p=0)"}}, "", "row 3 (a): aggregation: power: p: should not be 0"),
    (
        "power-nan",
        {"a": {"aggregation": "power(p=nan)"}},
        "",
        "row 3 (a): aggregation: power: p: Input should be a finite number",
    ),
    ("constant-without-value", {"x": {"imputation": "constant"}}, "", "row 5 (x): imputation: constant: value: is missing"),
    (
        "gap-0",
        {"x": {"imputation": "locf(max_gap=0)"}},
        "",
        "row 5 (x): imputation: locf: max_gap: Input should be greater than or",
    ),
    (
        "range-reversed",
        {"x": {"normalisation": "minmax(range=[1,0])"}},
        "",
        "row 5 (x): normalisation: minmax: range: the low end",
    ),
    (
        "ratio-without-unit",
        {"x": {"normalisation": "ratio_to_reference"}},
        "",
        "row 5 (x): normalisation: ratio_to_reference: unit: is missing",
    ),
    (
        "target-distance",
        {"x": {"normalisation": "target_distance"}},
        "",
        "row 5 (x): normalisation target_distance needs a target",
    ),
    ("base-index", {"x": {"normalisation": "base_index"}}, "", "row 5 (x): normalisation base_index needs reference: {set: base"),
    *(
        (
            f"{method}-of-fixed",
            GOOD | {"x": POSTS | {"normalisation": method}},
            FIXED,
            f"row 5 (x): normalisation {method.partition('(')[0]} takes its figures from the data, but reference.set",
        )
        for method in ("zscore", "rank", "borda", "percentile", "ratio_to_max", "ratio_to_reference(unit=A)", "ampi")
    ),
    *(
        (
            f"log-and-{changed.get('normalisation', 'target')}",
            {"x": POSTS | {"treatment": "winsorise_log"} | changed},
            "",
            "row 5 (x): treatment winsorise_log may change the unit",
        )
        for changed in (
            {"normalisation": "goalposts"},
            {"normalisation": "efficacy"},
            {"normalisation": "target_distance", "target": "5"},
            {"normalisation": "ampi", "target": "5"},
            {"direction": "0", "target": "5"},
        )
    ),
    (
        "bod-geometric",
        {"a": {"aggregation": "geometric"}},
        "weighting: {method: bod}",
        "row 3 (a): aggregation geometric cannot go with",
    ),
    (
        "bod-shares-too-large",
        None,
        "weighting: {method: bod, share_min: 0.6}",
        "row 3 (a): its 2 children cannot have shares within",
    ),
    (
        "bod-shares-too-small",
        None,
        "weighting: {method: bod, share_max: 0.4}",
        "row 3 (a): its 2 children cannot have shares within",
    ),
]


@pytest.mark.parametrize(("changes", "settings", "told"), [pytest.param(*case[1:], id=case[0]) for case in WRONG_ROWS])
def test_a_wrong_row_is_named_with_file_row_and_code(tmp_path, changes, settings, told):
    assert refused(tmp_path, changes, settings).startswith(f"framework.csv: {told}")


def test_more_than_eight_levels_are_refused_and_eight_are_not(tmp_path):
    chain = {f"g{level}": {"type": "group", "parent": f"g{level - 1}" if level > 1 else "top"} for level in range(1, 7)}
    leaf = {"deep": {"type": "indicator", "parent": "g6", "direction": "1"}}
    assert node(load(tmp_path, chain | leaf), "deep")["level"] == 7
    deeper = {"g7": {"type": "group", "parent": "g6"}, "deep": leaf["deep"] | {"parent": "g7"}}
    assert refused(tmp_path, chain | deeper).startswith("framework.csv: row 16 (deep): stands on level 9; a tree has at most 8")


def test_no_root_is_refused(tmp_path):
    told = refused(tmp_path, {"top": {"type": "group", "parent": "a"}})
    assert told == "framework.csv: no row has type index; the tree needs one root"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param(" \n\n", "the file is empty", id="blank"),
        pytest.param("code,type,parent\n", "there is no row below the heading", id="heading-only"),
        pytest.param("code,type\ntop,index\n", "row 1: column parent is missing", id="no-parent-column"),
        pytest.param(
            "code,type,parent,goalposts\ntop,index,,\n", "row 1: unknown column goalposts; known are code, ", id="unknown-column"
        ),
        pytest.param("code,type,parent,type\ntop,index,,\n", "row 1: column type occurs twice", id="column-twice"),
        pytest.param("code,type,parent,\ntop,index,,\n", "row 1: a column has no name", id="column-without-name"),
        pytest.param("code,type,parent\ntop,index,,\n", "row 2 (top): 4 cells under 3 columns", id="more-cells"),
        pytest.param('code,type,parent\n"top,index\n', "row 2: not readable as CSV", id="open-quote"),
        pytest.param(tree({"a": {"name_zh": "贸易"}}).encode("gb18030"), "row 3: not readable: it is not in UTF-8", id="gb18030"),
        pytest.param(tree().encode("utf-16"), "row 1: not readable: it is not in UTF-8", id="utf-16"),
    ],
)
def test_a_file_that_is_no_such_table_is_named(tmp_path, text, told):
    assert refused(tmp_path, text).startswith(f"framework.csv: {told}")


def test_a_row_is_counted_as_an_editor_counts_lines(tmp_path):
    text = tree({"a": {"name_zh": "两\n行"}, "z": {"direction": ""}}).replace("\nx,", "\n\nx,")
    assert refused(tmp_path, text).startswith("framework.csv: row 9 (z): direction is missing")


def test_a_message_stays_on_one_line_whatever_the_file_holds(tmp_path):
    assert "row 5 (x y)" in refused(tmp_path, {"x": {"code": "x\ny", "direction": ""}})


def test_a_byte_order_mark_and_blank_rows_do_no_harm(tmp_path):
    text = "\ufeff" + tree() + "," * (len(COLUMNS) - 1) + "\n\n"
    assert load(tmp_path, text, b"\xef\xbb\xbfid: f").nodes.equals(load(tmp_path).nodes)


def test_short_rows_and_absent_columns_take_defaults(tmp_path):
    declared = load(tmp_path, "code,type,parent,direction\ntop,index\nx,indicator,top,1\n")
    assert declared.nodes.select("code", "name_zh", "weight", "normalisation").rows() == [
        ("top", "top", None, None),
        ("x", "x", 1.0, "minmax"),
    ]


# Keys of framework.yml

WRONG_SETTINGS = [
    ("reference-text", "reference: fixed", "reference: should hold keys, written {key: value}, found 'fixed'"),
    ("id-number", "id: 2024", "id: Input should be a valid string"),
    ("id-with-slash", "id: a/b", "id: String should match pattern"),
    ("a-list", b"- id: f", "expected keys such as id and normalisation, found list"),
    ("broken", b"id: [", "not readable as YAML: "),
    ("empty", b"", "the file is empty; give at least an id"),
    ("gb18030", "title_zh: 指数".encode("gb18030"), "row 1: not readable: it is not in UTF-8"),
    ("key-unknown", "method: ahp", "method: unknown key; known are id, title_zh"),
    (
        "key-unknown-below",
        "missing: {coverage: 1}",
        "missing.coverage: unknown key; known are min_coverage, coverage_by, on_missing",
    ),
    ("key-twice", "title_zh: a\ntitle_zh: b", "not readable as YAML: the key title_zh stands twice"),
    ("official", "official: true", "official: true needs valid_from"),
    ("version-float", "version: 1.10", "version: Input should be a valid string, found 1.1"),
    (
        "normalisation-unknown",
        "normalisation: {method: max}",
        "normalisation: method 'max' is unknown; known are minmax, goalposts",
    ),
    ("normalisation-list", "normalisation: [minmax]", "normalisation: should be a method"),
    ("range-half", "normalisation: {range: [0]}", "normalisation: minmax: range.1: is missing"),
    ("range-equal", "normalisation: {range: [1, 1]}", "normalisation: minmax: range: the low end should be below"),
    ("range-inf", "normalisation: {range: [0, .inf]}", "normalisation: minmax: range.1: Input should be a finite number"),
    (
        "range-of-zscore",
        "normalisation: {method: zscore, range: [0, 1]}",
        "normalisation: zscore: range: unknown key; known are mean, sd",
    ),
    ("sd-0", "normalisation: {method: zscore, sd: 0}", "normalisation: zscore: sd: Input should be greater than 0"),
    ("ratio-unit", "normalisation: {method: ratio_to_reference}", "normalisation: ratio_to_reference: unit: is missing"),
    (
        "percentile",
        "normalisation: {method: percentile, denominator: m}",
        "normalisation: percentile: denominator: Input should be 'n'",
    ),
    ("treatment-unknown", "treatment: {method: trim}", "treatment: method 'trim' is unknown"),
    ("winmax", "treatment: {method: winsorise, winmax: -1}", "treatment: winsorise: winmax: Input should be greater"),
    ("winmax-true", "treatment: {method: winsorise, winmax: true}", "treatment: winsorise: winmax: should be a number"),
    ("imputation-unknown", "imputation: {method: mean}", "imputation: method 'mean' is unknown"),
    ("imputation-gap", "imputation: {method: zero, max_gap: 1}", "imputation: zero: max_gap: unknown key; it takes none"),
    ("aggregation-unknown", "aggregation: {method: sum}", "aggregation: method 'sum' is unknown"),
    (
        "on-zero",
        "aggregation: {method: geometric, on_zero: skip}",
        "aggregation: geometric: on_zero: Input should be 'null' or 'zero'",
    ),
    (
        "topsis",
        "aggregation: {method: topsis, ideal: best}",
        "aggregation: topsis: ideal: Input should be 'observed' or 'absolute'",
    ),
    ("weighting-unknown", "weighting: {method: delphi}", "weighting: method 'delphi' is unknown; known are expert, equal, ahp"),
    (
        "weighting-parameter",
        "weighting: {method: entropy, alpha: 1}",
        "weighting: entropy: alpha: unknown key; known are scope, share, shift",
    ),
    ("weighting-scope", "weighting: {scope: level}", "weighting: expert: scope: Input should be 'siblings' or 'all'"),
    ("shift", "weighting: {method: entropy, shift: -1}", "weighting: entropy: shift: Input should be greater than or equal to 0"),
    ("ahp-without-matrix", "weighting: {method: ahp}", "weighting: ahp: matrix: is missing"),
    ("ahp-elsewhere", "weighting: {method: ahp, matrix: ../m.csv}", "weighting: ahp: matrix: String should match pattern"),
    (
        "bod-shares",
        "weighting: {method: bod, share_min: 0.6, share_max: 0.4}",
        "weighting: bod: share_min 0.6 should not be above",
    ),
    ("combined-without-parts", "weighting: {method: combined}", "weighting: combined: of: is missing"),
    ("combined-of-none", "weighting: {method: combined, of: []}", "weighting: combined: of: List should have at least 1 item"),
    (
        "combined-nested",
        "weighting: {method: combined, of: [{method: combined, of: [cv]}]}",
        "weighting: combined: of.0: a part of a combined",
    ),
    (
        "combined-part",
        "weighting: {method: combined, of: [cv, {method: sd, p: 1}]}",
        "weighting: combined: of.1: sd: p: unknown key",
    ),
    (
        "combined-part-unnamed",
        "weighting: {method: combined, of: [{share: raw}]}",
        "weighting: combined: of.0: `method` is missing",
    ),
    (
        "combined-scope",
        "weighting: {method: combined, of: [{method: cv, scope: all}]}",
        "weighting: combined: `scope` belongs to the combined",
    ),
    ("alpha-above-1", "weighting: {method: combined, of: [cv, sd], alpha: 1.5}", "weighting: combined: alpha"),
    ("alpha-below-0", "weighting: {method: combined, of: [cv, sd], alpha: -0.5}", "weighting: combined: alpha"),
    (
        "alpha-of-three",
        "weighting: {method: combined, of: [cv, sd, pca], alpha: 0.5}",
        "weighting: combined: one alpha serves two parts",
    ),
    (
        "alpha-sum",
        "weighting: {method: combined, of: [cv, sd], alpha: [0.5, 0.6]}",
        "weighting: combined: alpha should hold 2 shares that sum",
    ),
    (
        "alpha-of-game",
        "weighting: {method: combined, of: [cv, sd], by: game, alpha: 0.5}",
        "weighting: combined: alpha goes with `by: linear`",
    ),
    (
        "reference-unknown",
        "reference: {set: year}",
        "reference.set: Input should be 'fixed', 'panel', 'period' or 'base', found 'year'",
    ),
    ("base-missing", "reference: {set: base}", "reference: `base` should be given with set: base"),
    (
        "base-elsewhere",
        "reference: {set: panel, base: '2020'}",
        "reference: `base` should be given with set: base, and only there",
    ),
    ("span-of-period", "reference: {set: period, span: ['2015', '2016']}", "reference: `span` goes with set: panel or fixed"),
    ("span-reversed", "reference: {span: ['2016', '2015']}", "reference: `span` should begin before it ends, found 2016 to 2015"),
    ("coverage-above-1", "missing: {min_coverage: 2}", "missing.min_coverage: Input should be less than or equal to 1"),
    ("coverage-by", "missing: {coverage_by: area}", "missing.coverage_by: Input should be 'weight' or 'count'"),
    ("on-missing", "missing: {on_missing: zero}", "missing.on_missing: Input should be 'reweight' or 'null'"),
    ("ranking-both", "ranking: {significant: 5, decimals: 3}", "ranking: give significant or decimals, not both"),
    ("ranking-digits", "ranking: {significant: 16}", "ranking.significant: Input should be less than or equal to 15"),
    ("ranking-0", "ranking: {significant: 0}", "ranking.significant: Input should be greater than or equal to 1"),
    ("changes", "changes: yearly", "changes: should be consecutive, or {pairs: [[from, to]]}, found 'yearly'"),
    ("changes-pairs", "changes: {pairs: [['2018']]}", "changes.pairs.0.1: is missing"),
    ("changes-same", "changes: {pairs: [['2018', '2018']]}", "changes.pairs: each pair should name two periods"),
    (
        "changes-of-period",
        "reference: {set: period}\nchanges: {pairs: [['2018', '2019']]}",
        "changes.pairs cannot be computed with",
    ),
    ("uncertainty-key", "uncertainty: {draws: 5}", "uncertainty.draws: unknown key; known are weights, imputation"),
    (
        "uncertainty-weights",
        "uncertainty: {weights: {spread: 0.1, dirichlet: 5}}",
        "uncertainty.weights: give spread or dirichlet",
    ),
    (
        "uncertainty-spread",
        "uncertainty: {weights: {spread: 2}}",
        "uncertainty.weights.spread: Input should be less than or equal to 1",
    ),
    (
        "uncertainty-method",
        "uncertainty: {normalisation: [{method: max}]}",
        "uncertainty.normalisation.0: method 'max' is unknown",
    ),
    ("uncertainty-sobol", "uncertainty: {sobol: -1}", "uncertainty.sobol: Input should be greater than or equal to 0"),
]


@pytest.mark.parametrize(("settings", "told"), [pytest.param(*case[1:], id=case[0]) for case in WRONG_SETTINGS])
def test_a_wrong_setting_is_named_with_file_and_key(tmp_path, settings, told):
    assert refused(tmp_path, None, settings).startswith(f"framework.yml: {told}")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DeclarationProblem, match=r"framework\.yml: not readable: No such file"):
        load_framework(tmp_path)
    (tmp_path / "framework.yml").write_text("id: f")
    with pytest.raises(DeclarationProblem, match=r"framework\.csv: not readable: No such file"):
        load_framework(tmp_path)


def test_bounds_of_bod_shares_do_not_bind_an_only_child(tmp_path):
    only = load(tmp_path, {"y": {"parent": "b"}, "z": {"parent": "top"}}, "weighting: {method: bod, share_max: 0.9}")
    assert only.weightings["share_max"].to_list() == [0.9]


# The matrix of ahp

AHP = "weighting: {method: ahp, matrix: m.csv}"
PAIR = "code,x,y\nx,1,3\ny,1/3,1\n"


def test_a_matrix_may_cover_one_sibling_set_or_several(tmp_path):
    cells = load(tmp_path, None, AHP, m_csv=PAIR).matrices
    assert cells.schema == pl.Schema(MATRICES)
    assert cells.rows() == [("f", 1, "x", "x", 1.0), ("f", 1, "x", "y", 3.0), ("f", 1, "y", "x", 1 / 3), ("f", 1, "y", "y", 1.0)]
    several = "code,b,y,a,x\nx,,3,,1\na,0.5,,1,\ny,,1,,0.3333333333\nb,1,,2,\n"
    pairs = load(tmp_path, None, AHP, m_csv=several).matrices.select("row_code", "column_code", "value").rows()
    assert ("b", "a", 2.0) in pairs and ("x", "y", 3.0) in pairs and len(pairs) == 8


def test_a_matrix_over_all_indicators_needs_every_one(tmp_path):
    every = "weighting: {method: ahp, matrix: m.csv, scope: all}"
    assert "only some children of all indicators are compared; add z" in refused(tmp_path, None, every, m_csv=PAIR)
    full = "code,x,y,z\nx,1,3,1\ny,1/3,1,1/3\nz,1,3,1\n"
    assert load(tmp_path, None, every, m_csv=full).matrices.height == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("node,x,y\nx,1,3\ny,1/3,1\n", "row 1: the first column should be code, found node", id="first-column"),
        pytest.param("code\n", "the matrix compares no nodes", id="no-codes"),
        pytest.param("code,x,y\nx,1,3\n", "the matrix is not square: column y has 0 rows of that code", id="row-missing"),
        pytest.param(PAIR + "y,1/3,1\n", "the matrix is not square: column y has 2 rows of that code", id="row-twice"),
        pytest.param(PAIR + "z,1,1\n", "row 4 (z): the matrix is not square: this code has no column", id="column-missing"),
        pytest.param("code,x,q\nx,1,3\nq,1/3,1\n", "row 3 (q): q is not a node that has a weight", id="code-unknown"),
        pytest.param("code,x,gdp\nx,1,3\ngdp,1/3,1\n", "row 3 (gdp): gdp is not a node that has a weight", id="denominator"),
        pytest.param("code,x,z\nx,1,\nz,,1\n", "only some children of a are compared; add y", id="parent-partly-covered"),
        pytest.param("code,x,y\nx,1,3\ny,0.3333,1\n", "row 2 (x): not reciprocal: under y should stand", id="not-reciprocal"),
        pytest.param("code,x,y\nx,2,3\ny,1/3,1\n", "row 2 (x): not reciprocal: under x", id="diagonal"),
        pytest.param("code,x,y\nx,1,-3\ny,-1/3,1\n", "row 2 (x): column y: '-3' should be a positive number", id="negative"),
        pytest.param("code,x,y\nx,1,\ny,1/3,1\n", "row 2 (x): column y: '' should be a positive number", id="cell-empty"),
        pytest.param("code,x,y\nx,1,1/0\ny,0,1\n", "row 2 (x): column y: '1/0' should be a positive number", id="by-zero"),
        pytest.param("code,x,y\nx,1,inf\ny,0,1\n", "row 2 (x): column y: 'inf' should be a positive number", id="infinite"),
        pytest.param(
            "code,x,y,z\nx,1,3,2\ny,1/3,1,\nz,,,1\n",
            "row 2 (x): not reciprocal: under z should stand",
            id="one-cell-across-parents",
        ),
    ],
)
def test_a_wrong_matrix_is_named(tmp_path, text, told):
    assert refused(tmp_path, None, AHP, m_csv=text).startswith(f"m.csv: {told}")


def test_a_matrix_that_is_not_there_is_named(tmp_path):
    assert refused(tmp_path, None, AHP).startswith("m.csv: not readable: No such file")


# areas.csv


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("name_zh\n武汉\n", "row 1: column ref_area is missing", id="no-code"),
        pytest.param("ref_area,size\nA,1\n", "row 1: unknown column size; known are ref_area", id="unknown-column"),
        pytest.param("ref_area,name_zh\n,甲\n", "row 2 (no code): ref_area is empty or occurs twice", id="code-empty"),
        pytest.param("ref_area\nA\nA\n", "row 3 (A): ref_area is empty or occurs twice", id="code-twice"),
        pytest.param(
            "ref_area,population\nA,nan\n", "row 2 (A): population 'nan' should be a positive number", id="population-nan"
        ),
        pytest.param("ref_area,population\nA,0\n", "row 2 (A): population '0' should be a positive number", id="population-0"),
        pytest.param("ref_area\nA,1\n", "row 2: 2 cells under 1 columns", id="more-cells"),
    ],
)
def test_a_wrong_area_is_named(tmp_path, text, told):
    assert refused(tmp_path, areas_csv=text).startswith(f"areas.csv: {told}")


# What a rich framework becomes

RICH_YML = """\
id: rich-1_A
title_zh: 丰
title_en: Rich
version: 2
official: true
valid_from: 2018
reference: {set: panel, span: [2015, 2024]}
imputation: {method: linear, max_gap: 3}
treatment: {method: winsorise, winmax: 2, scope: period}
normalisation: {method: minmax, range: [1, 1e2], clip: true}
weighting:
  {method: combined, of: [{method: entropy, share: raw, shift: 0.01}, "critic(correlation=spearman)"], alpha: 0.3, scope: all}
aggregation: {method: geometric, on_zero: zero}
missing: {min_coverage: 0.5, coverage_by: count, on_missing: null}
ranking: {decimals: 3}
changes: {pairs: [[2019, 2022], ["2018", "2022"]]}
uncertainty:
  weights: {dirichlet: 5}
  normalisation: [{method: zscore}, rank]
  aggregation: ["power(p=0.5)"]
  leave_one_out: true
  sobol: 64
"""

RICH = {
    "top": {"aggregation": "topsis(weights=after, ideal=absolute)", "min_coverage": "1", "name_zh": "总", "weight": "1"},
    "a": {"weight": "1e3", "aggregation": "power(p=0.5)", "name_en": "Group A"},
    "b": {"aggregation": "harmonic"},
    "x": {
        "denominator": "gdp",
        "scale": "100",
        "decimals": "2",
        "unit": "PERCENT",
        "transform": "ln",
        "imputation": "constant(value=0)",
        "treatment": "winsorise(winmax=3)",
        "normalisation": "goalposts",
        "goalpost_low": "1",
        "goalpost_high": "40",
    },
    "y": {"normalisation": "zscore(mean=50, sd=10)", "treatment": "none", "imputation": "locf"},
    "z": {"direction": "0", "target": "3", "target_high": "4", "normalisation": "minmax(range=[0, 1])", "denominator": "y"},
    "deep": {"type": "group", "parent": "b", "weight": "0.5", "aggregation": "ampi(penalty=plus)"},
    "w": {"type": "indicator", "parent": "deep", "direction": "-1.0", "normalisation": "ratio_to_reference(unit=420100)"},
    "v": {"type": "indicator", "parent": "deep", "direction": "+1", "normalisation": "percentile(denominator=max_rank)"},
    "u": {
        "type": "indicator",
        "parent": "top",
        "direction": "1",
        "normalisation": "efficacy",
        "goalpost_low": "0",
        "goalpost_high": "1",
    },
}


def test_settings_become_one_row(tmp_path):
    settings = load(tmp_path, RICH, RICH_YML).settings
    drawn = json.loads(settings.pop("uncertainty"))
    assert settings == {
        "framework": "rich-1_A",
        "title_zh": "丰",
        "title_en": "Rich",
        "version": "2",
        "official": True,
        "valid_from": "2018",
        "reference_set": "panel",
        "reference_base": None,
        "span_from": "2015",
        "span_to": "2024",
        "coverage_by": "count",
        "on_missing": "null",
        "rank_significant": None,
        "rank_decimals": 3,
        "weighting_scope": "all",
        "weighting_id": 1,
    }
    assert drawn == {
        "weights": {"dirichlet": 5.0},
        "imputation": [],
        "treatment": [],
        "normalisation": [{"method": "zscore", "mean": 0.0, "sd": 1.0}, {"method": "rank"}],
        "aggregation": [{"method": "power", "p": 0.5}],
        "leave_one_out": True,
        "sobol": 64,
    }


def test_settings_left_out_take_the_defaults(tmp_path):
    declared = load(tmp_path)
    assert pl.DataFrame([declared.settings], schema=SETTINGS).drop("uncertainty").rows() == [
        ("f", "", "", "1", False, None, "panel", None, None, None, "weight", "reweight", 10, None, "siblings", 1)
    ]
    assert json.loads(declared.settings["uncertainty"])["weights"] == {"spread": 0.25}
    assert declared.weightings.rows() == [
        ("f", 1, None, "expert", "minmax", 0.0, "pearson", "first", None, None, None, None),
    ]
    assert [frame.height for frame in (declared.matrices, declared.change_pairs, declared.areas)] == [0, 0, 0]


def test_every_frame_has_exactly_its_columns(tmp_path):
    for declared in (load(tmp_path), load(tmp_path, RICH, RICH_YML)):
        assert declared.nodes.schema == pl.Schema(NODES)
        assert declared.weightings.schema == pl.Schema(WEIGHTINGS)
        assert declared.matrices.schema == pl.Schema(MATRICES)
        assert declared.change_pairs.schema == pl.Schema(CHANGES)
        assert declared.areas.schema == pl.Schema(AREAS)


def test_parts_of_a_combined_weighting_are_rows_of_their_own(tmp_path):
    declared = load(tmp_path, RICH, RICH_YML)
    assert declared.weightings.select(
        "weighting_id", "part_of", "method", "share", "shift", "correlation", "combined_by", "alpha"
    ).rows() == [
        (1, None, "combined", "minmax", 0.0, "pearson", "linear", None),
        (2, 1, "entropy", "raw", 0.01, "pearson", None, 0.3),
        (3, 1, "critic", "minmax", 0.0, "spearman", None, 0.7),
    ]
    equal = load(tmp_path, None, "weighting: {method: combined, of: [cv, sd, {method: bod, share_max: 0.9}, pca]}").weightings
    assert equal["alpha"].to_list() == [None, 0.25, 0.25, 0.25, 0.25]
    assert equal["share_max"].to_list() == [None, None, None, 0.9, None]
    game = load(tmp_path, None, "weighting: {method: combined, of: [cv, sd], by: game}").weightings
    assert (game["combined_by"][0], game["alpha"].null_count()) == ("game", 3)


def test_a_matrix_of_a_part_carries_the_number_of_that_part(tmp_path):
    settings = "weighting: {method: combined, of: [entropy, {method: ahp, matrix: m.csv}], by: product}"
    assert set(load(tmp_path, None, settings, m_csv=PAIR).matrices["weighting_id"]) == {3}


def test_pairs_of_changes_are_sorted(tmp_path):
    assert load(tmp_path, RICH, RICH_YML).change_pairs.rows() == [("rich-1_A", "2018", "2022"), ("rich-1_A", "2019", "2022")]


def test_names_fall_back_to_english_then_to_the_code(tmp_path):
    names = load(tmp_path, RICH, RICH_YML).nodes.select("code", "name_zh").rows()
    assert dict(names)["top"] == "总" and dict(names)["a"] == "Group A" and dict(names)["x"] == "x"


def test_levels_and_weights_of_an_uneven_tree(tmp_path):
    assert load(tmp_path, RICH, RICH_YML).nodes.select("code", "type", "parent", "level", "weight").rows() == [
        ("a", "group", "top", 1, 1000.0),
        ("b", "group", "top", 1, 2.0),
        ("deep", "group", "b", 2, 0.5),
        ("gdp", "denominator", None, None, None),
        ("top", "index", None, 0, None),
        ("u", "indicator", "top", 1, 1.0),
        ("v", "indicator", "deep", 3, 1.0),
        ("w", "indicator", "deep", 3, 1.0),
        ("x", "indicator", "a", 2, 1.0),
        ("y", "indicator", "a", 2, 1.0),
        ("z", "indicator", "b", 2, 1.0),
    ]


def picked(declared: Declared, code: str, names: str) -> tuple:
    return tuple(node(declared, code)[name] for name in names.split())


def test_an_override_keeps_what_its_method_shares_with_the_framework(tmp_path):
    declared = load(tmp_path, RICH, RICH_YML)
    bounds = "normalisation range_low range_high clip"
    assert picked(declared, "x", bounds) == ("goalposts", 1.0, 100.0, True)
    assert picked(declared, "z", bounds) == ("minmax", 0.0, 1.0, True)
    assert picked(declared, "w", f"{bounds} reference_unit direction") == ("ratio_to_reference", 1.0, 100.0, True, "420100", -1)
    assert picked(declared, "v", f"{bounds} percentile_denominator direction") == ("percentile", 1.0, 100.0, True, "max_rank", 1)
    assert picked(declared, "u", "normalisation clip") == ("efficacy", True)
    assert picked(declared, "y", "normalisation norm_mean norm_sd clip") == ("zscore", 50.0, 10.0, False)
    winsorise = "treatment treatment_winmax treatment_skewness treatment_kurtosis treatment_scope"
    assert picked(declared, "x", winsorise) == ("winsorise", 3, 2.0, 3.5, "period")
    assert picked(declared, "z", winsorise) == ("winsorise", 2, 2.0, 3.5, "period")
    assert picked(declared, "y", "treatment") == ("none",)
    imputation = "imputation imputation_max_gap imputation_value"
    assert picked(declared, "x", imputation) == ("constant", None, 0.0)
    assert picked(declared, "y", imputation) == ("locf", 3, None)
    assert picked(declared, "z", imputation) == ("linear", 3, None)


def test_raw_units_of_an_indicator_are_kept(tmp_path):
    declared = load(tmp_path, RICH, RICH_YML)
    raw = "direction unit decimals goalpost_low goalpost_high transform denominator scale"
    assert picked(declared, "x", raw) == (1, "PERCENT", 2, 1.0, 40.0, "ln", "gdp", 100.0)
    assert picked(declared, "z", "direction target target_high transform denominator scale") == (0, 3.0, 4.0, "none", "y", 1.0)


def test_aggregations_of_nodes(tmp_path):
    declared = load(tmp_path, RICH, RICH_YML)
    names = "aggregation power on_zero penalty min_coverage"
    assert picked(declared, "a", names) == ("power", 0.5, "null", "minus", 0.5)
    assert picked(declared, "b", names) == ("harmonic", None, "zero", "minus", 0.5)
    assert picked(declared, "deep", names) == ("ampi", None, "null", "plus", 0.5)
    topsis = "aggregation topsis_normalisation topsis_weights topsis_ideal min_coverage"
    assert picked(declared, "top", topsis) == ("topsis", "vector", "after", "absolute", 1.0)


def test_what_does_not_concern_a_node_is_null(tmp_path):
    declared = load(tmp_path, RICH, RICH_YML)
    of_leaves = [
        name for name in NODES if name.startswith(("imputation", "treatment", "normalisation", "norm_", "clip", "transform"))
    ]
    of_parents = ["aggregation", "on_zero", "power", "penalty", "topsis_normalisation", "min_coverage"]
    assert all(node(declared, code)[name] is None for code in ("top", "a", "gdp") for name in (*of_leaves, "direction", "scale"))
    assert all(node(declared, code)[name] is None for code in ("x", "gdp") for name in of_parents)
    assert all(node(declared, "gdp")[name] is None for name in ("range_low", "weight", "level", "parent"))


def test_minmax_under_a_fixed_reference_is_goalposts(tmp_path):
    assert set(load(tmp_path, GOOD, FIXED).nodes["normalisation"].drop_nulls()) == {"goalposts"}


def test_null_may_be_written_in_a_cell(tmp_path):
    declared = load(tmp_path, {"a": {"aggregation": "geometric(on_zero=null)"}}, "aggregation: {method: harmonic, on_zero: zero}")
    assert (node(declared, "a")["on_zero"], node(declared, "b")["on_zero"]) == ("null", "zero")


def test_none_on_a_group_asks_for_nothing(tmp_path):
    assert load(tmp_path, {"a": {"transform": "none", "normalisation": "none"}}).nodes.equals(load(tmp_path).nodes)


def test_a_section_without_content_takes_its_defaults(tmp_path):
    assert load(tmp_path, None, "normalisation:\nmissing:\nchanges: consecutive").settings == load(tmp_path).settings


def test_a_base_period_may_be_written_as_a_number(tmp_path):
    declared = load(tmp_path, {"x": {"normalisation": "base_index"}}, "reference: {set: base, base: 2020}")
    assert declared.settings["reference_base"] == "2020"


def test_every_method_of_the_contract_is_known(tmp_path):
    for name in ("none", "group_mean", "group_median", "locf", "linear", "zero", "constant(value=1)"):
        assert node(load(tmp_path, {"x": {"imputation": name}}), "x")["imputation"] == name.partition("(")[0]
    for name in ("none", "winsorise", "winsorise_log"):
        assert node(load(tmp_path, {"x": {"treatment": name}}), "x")["treatment"] == name
    methods = "minmax goalposts zscore rank borda percentile target_distance ratio_to_max ampi efficacy efficacy_exp none"
    for name in (*methods.split(), "ratio_to_reference(unit=A)"):
        leaf = POSTS | {"target": "20", "normalisation": name}
        assert node(load(tmp_path, {"x": leaf}), "x")["normalisation"] == name.partition("(")[0]
    for name in ("arithmetic", "geometric", "harmonic", "power(p=-1)", "product", "ampi", "copeland", "topsis"):
        assert node(load(tmp_path, {"a": {"aggregation": name}}), "a")["aggregation"] == name.partition("(")[0]
    for name in ("expert", "equal", "entropy", "critic", "cv", "sd", "pca", "bod", "equal_importance"):
        assert load(tmp_path, None, f"weighting: {{method: {name}}}").weightings["method"].to_list() == [name]
    for name in ("none", "ln", "log10", "ln1p", "sqrt", "reciprocal"):
        assert node(load(tmp_path, {"x": {"transform": name}}), "x")["transform"] == name


def test_row_order_matters_to_nothing(tmp_path):
    header, *lines = tree(RICH).splitlines()
    random.Random(4).shuffle(lines)
    shuffled = load(tmp_path, "\n".join([header, *lines]), RICH_YML)
    assert shuffled.nodes.equals(load(tmp_path, RICH, RICH_YML).nodes)


def test_areas_are_sorted_and_may_lack_columns(tmp_path):
    text = "ref_area,population,group\nB,,east\n0A,1e6,\n"
    assert load(tmp_path, areas_csv=text).areas.rows() == [
        ("f", "0A", None, None, None, 1e6),
        ("f", "B", None, None, "east", None),
    ]


def test_nodes_are_numbered_by_framework_then_code(tmp_path):
    one = load(tmp_path, RICH, RICH_YML).nodes
    other = load(tmp_path, {"x": {"denominator": "gdp"}}, "id: a").nodes
    numbered = number(pl.concat([one, other]))
    assert numbered["node_id"].to_list() == list(range(1, one.height + other.height + 1))
    assert numbered.schema["node_id"] == numbered.schema["parent_id"] == numbered.schema["denominator_id"] == pl.Int32
    assert numbered.columns[:8] == ["framework", "node_id", "code", "name_zh", "name_en", "type", "parent", "parent_id"]
    known = {(row["framework"], row["code"]): row["node_id"] for row in numbered.iter_rows(named=True)}
    assert list(known) == sorted(known)
    for row in numbered.iter_rows(named=True):
        assert row["parent_id"] == known.get((row["framework"], row["parent"]))
        assert row["denominator_id"] == known.get((row["framework"], row["denominator"]))
    assert numbered.filter(pl.col("denominator_id").is_not_null()).height == 3
    assert number(pl.concat([other, one]).sample(fraction=1, shuffle=True, seed=1)).equals(numbered)


def test_a_distance_to_a_target_under_fixed_goalposts_says_where_it_begins(tmp_path):
    column = {"normalisation": "target_distance", "target": "5"}
    told = "goalpost_low is missing; with reference.set fixed the distance to the target is measured from it"
    assert told in refused(tmp_path, tree(dict.fromkeys("xyz", column)), "reference: {set: fixed}")


def test_bod_refuses_a_reference_that_leaves_periods_out(tmp_path):
    told = "weighting: bod finds weights for every area and period"
    assert told in refused(tmp_path, None, 'reference: {set: panel, span: ["2019", "2020"]}\nweighting: {method: bod}')
