"""The data of `openecon index`: every fault is told with its line and its remedy, and the order of rows does not show."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dagster_project.lib.index import data
from dagster_project.lib.problems import BuildStopped

HEADING = "ref_area,time_period,indicator,obs_value\n"
GOOD = HEADING + "B,2020,gdp,2.5\nA,2020,gdp,\nA,2021,gdp,-1e3\nB,2021,pop,7\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "values.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(folder: Path, content: str | bytes) -> str:
    with pytest.raises(BuildStopped) as stopped:
        data.read(written(folder, content))
    said = str(stopped.value)
    assert "values.csv: " in said and "\n" not in said
    return said


def rows(folder: Path, content: str | bytes) -> list[tuple]:
    return data.read(written(folder, content)).rows()


def nodes(*given: tuple, framework: str = "f") -> pl.DataFrame:
    """Nodes of (code, type, imputation)."""
    columns = ["code", "type", "imputation"]
    table = pl.DataFrame(given, schema=dict.fromkeys(columns, pl.String), orient="row").sort("code")
    return table.with_row_index("node_id", 1).with_columns(pl.col("node_id").cast(pl.Int32), framework=pl.lit(framework))


def areas(*given: tuple) -> pl.DataFrame:
    """areas.csv of (ref_area, group) or (ref_area, group, population)."""
    schema = {"framework": pl.String, "ref_area": pl.String, "group": pl.String, "population": pl.Float64}
    return pl.DataFrame([("f", *row, None)[:4] for row in given], schema=schema, orient="row")


TREE = nodes(("index", "index", None), ("gdp", "indicator", "none"), ("pop", "denominator", None))


def test_values_are_read_with_their_lines(tmp_path):
    table = data.read(written(tmp_path, GOOD))
    assert table.schema == {
        "ref_area": pl.String,
        "time_period": pl.String,
        "indicator": pl.String,
        "obs_value": pl.Float64,
        "line": pl.Int32,
    }
    assert table.rows() == [
        ("B", "2020", "gdp", 2.5, 2),
        ("A", "2020", "gdp", None, 3),
        ("A", "2021", "gdp", -1000.0, 4),
        ("B", "2021", "pop", 7.0, 5),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD.replace("gdp", '"gdp"').replace("ref_area", '"ref_area"'),
        GOOD.replace("B,2020,gdp,2.5", " B ,2020, gdp, 2.5 "),
        GOOD + "\n,,,\n  \n , ,,  \n\n",
    ],
    ids=["BOM", "CRLF", "CR", "no last line end", "quotes", "blanks", "blank rows"],
)
def test_spellings_of_one_file_read_alike(tmp_path, content):
    assert rows(tmp_path, content) == rows(tmp_path, GOOD)


def test_columns_may_stand_in_any_order(tmp_path):
    content = "obs_value,indicator,ref_area,time_period\n2.5,gdp,B,2020\n"
    assert rows(tmp_path, content) == [("B", "2020", "gdp", 2.5, 2)]


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks(tmp_path):
    content = HEADING + '"a ""b"", c",2020,gdp,1\n\n"d\ne",2020,gdp,2\nf,2020,gdp,""\n'
    assert rows(tmp_path, content) == [
        ('a "b", c', "2020", "gdp", 1.0, 2),
        ("d\ne", "2020", "gdp", 2.0, 4),
        ("f", "2020", "gdp", None, 6),
    ]


def test_values_are_the_nearest_doubles(tmp_path):
    texts = [repr(x) for x in np.random.default_rng(1).lognormal(0, 20, 500).tolist()] + ["+.5", "5.", "0.1e-3"]
    content = HEADING + "".join(f"a{place},2020,x,{text}\n" for place, text in enumerate(texts))
    assert [row[3] for row in rows(tmp_path, content)] == [float(text) for text in texts]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["the file is empty", "ref_area,time_period,indicator,obs_value"]),
        ("\n \n", ["the file is empty"]),
        (HEADING, ["no row below the heading"]),
        (HEADING + "\n,,,\n", ["no row below the heading"]),
        (GOOD.encode() + "武汉,2020,gdp,1\n".encode("gb18030"), ["line 6", "not in UTF-8", "save"]),
        (GOOD.encode("utf-16"), ["line 1", "not in UTF-8"]),
        (GOOD.replace("obs_value", "value"), ["line 1", "unknown column 'value'", "heading should be ref_area,"]),
        (GOOD.replace(",", ";"), ["line 1", "unknown column 'ref_area;time_period"]),
        ("ref_area,time_period,obs_value\nA,2020,1\n", ["line 1", "missing column 'indicator'"]),
        ("ref_area,time_period,indicator,obs_value,unit\nA,2020,x,1,t\n", ["line 1", "unknown column 'unit'"]),
        ("ref_area,time_period,indicator,obs_value,ref_area\nA,2020,x,1,A\n", ["line 1", "repeated column 'ref_area'"]),
        (GOOD + "C,2020,gdp\n", ["line 6", "3 cells, expected 4", "commas"]),
        (GOOD + "C,2020,gdp,1,2\n", ["line 6", "5 cells, expected 4", "quotes"]),
        (GOOD + "C,2020\n,gdp,1,2,3\n", ["line 6", "2 cells"]),
        (GOOD + "C,2020,gdp,1,234\nD,2020,gdp,1\n", ["line 6", "5 cells", "thousands separator"]),
        (GOOD + ",2020,gdp,1\n", ["line 6", "ref_area is empty"]),
        (GOOD + "C, ,gdp,1\n", ["line 6", "time_period is empty"]),
        (GOOD + 'C,2020,"",1\n', ["line 6", "indicator is empty"]),
        (GOOD + '"C,2020,gdp,1\nD,2020,gdp,1\n', ["line 6", "quote"]),
        (GOOD + 'C"D,2020,gdp,1\nE"F,2020,gdp,1\n', ["line 6", "quote"]),
        (GOOD + 'E,2020,gdp,1\n"C"D,2020,gdp,1\n', ["line 7", "quote"]),
        (GOOD + "A,2020,gdp,3\n", ["line 6", "'A', '2020', 'gdp' stands already in line 3", "keep one"]),
        (GOOD + "C,2020,gdp,1\nB,2020,gdp,2.5\n", ["line 7", "stands already in line 2"]),
        (GOOD + "C,2020-03,gdp,1\n", ["line 6", "'2020-03' is a month", "line 2 has '2020'", "one kind"]),
        (GOOD + "C,2020-Q3,gdp,1\n", ["line 6", "'2020-Q3' is a quarter", "line 2 has '2020'"]),
        (GOOD.replace("2020", "2020-12").replace("2021", "2020-13"), ["line 4", "'2020-13' is another kind of label"]),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line_and_remedy(tmp_path, content, words):
    said = refused(tmp_path, content)
    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("n.a.", "leave the cell empty"),
        ("NaN", "leave the cell empty"),
        ("-", "leave the cell empty"),
        ("inf", "leave the cell empty"),
        ("-Infinity", "leave the cell empty"),
        ('"1,234"', "has a thousands separator; write 1234"),
        ('"-1,234,567.5"', "has a thousands separator; write -1234567.5"),
        ("1 234", "has a thousands separator; write 1234"),
        ("１２．５", "has full-width characters; write 12.5"),
        ("12.5%", "has a percent sign; write 12.5 "),
        ("１２％", "has a percent sign; write 12 "),
        ('"12,5"', "write it such as 12.5"),
        ("1_000_0", "write it such as 12.5"),
        ("0x10", "write it such as 12.5"),
        ("about 3", "write it such as 12.5"),
        ("1e100", "is too large"),
        ("-1e100", "is too large"),
        ("1e999", "is too large"),
    ],
)
def test_a_text_that_is_no_value_is_told_with_how_to_write_it(tmp_path, text, words):
    said = refused(tmp_path, GOOD + f"C,2020,gdp,1\nD,2020,gdp,{text}\nE,2020,gdp,?\n")
    assert "line 7: obs_value" in said and words in said


def test_the_line_of_a_fault_counts_line_breaks_within_cells(tmp_path):
    assert "line 5: obs_value 'x'" in refused(tmp_path, HEADING + '"a\nb\nc",2020,gdp,1\nd,2020,gdp,x\n')


def test_a_file_that_is_not_there_is_told(tmp_path):
    for path, words in ((tmp_path / "none.csv", "none.csv: there is no such file"), (tmp_path, "not readable")):
        with pytest.raises(BuildStopped, match=words):
            data.read(path)


def test_values_just_below_the_limit_are_read(tmp_path):
    assert rows(tmp_path, HEADING + "A,2020,x,9.9e29\n")[0][3] == 9.9e29


def test_the_grid_has_a_row_for_every_leaf_area_and_period(tmp_path):
    values = data.read(written(tmp_path, GOOD + "C,2021,other,1\n"))
    found = data.grid(values, TREE, areas(("D", "east"), ("A", "west")), "f")
    # C has figures of an indicator that is left out, and D none at all: neither is to be imputed and ranked.
    assert found.areas.rows() == [("f", 1, "A", "west", None), ("f", 2, "B", "", None)]
    assert found.periods.rows() == [("f", 1, "2020", 2020), ("f", 2, "2021", 2021)]
    assert found.unused == ["other"]
    gdp, pop = 1, 3
    given = {(gdp, 2, 1): 2.5, (gdp, 1, 2): -1000.0, (pop, 2, 2): 7.0}
    expected = [
        (node, area, period, given.get((node, area, period)), None if (node, area, period) in given else "missing", False)
        for node in (gdp, pop)
        for area in (1, 2)
        for period in (1, 2)
    ]
    assert found.observed.rows() == expected
    assert found.observed.schema == {
        "node_id": pl.Int32,
        "area_id": pl.Int32,
        "period_id": pl.Int32,
        "value": pl.Float64,
        "reason": pl.String,
        "is_zero": pl.Boolean,
    }
    keys = [found.areas.schema["area_id"], found.periods.schema["period_id"], found.periods.schema["position"]]
    assert keys == [pl.Int32] * 3


def test_the_order_of_rows_does_not_show(tmp_path):
    lines = GOOD.splitlines(keepends=True)[1:]
    orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]
    grids = [
        data.grid(data.read(written(tmp_path, HEADING + "".join(lines[k] for k in order))), TREE, areas(), "f")
        for order in orders
    ]
    for other in grids[1:]:
        for name in ("areas", "periods", "observed"):
            assert getattr(other, name).equals(getattr(grids[0], name)), name
        assert other.unused == grids[0].unused


@pytest.mark.parametrize(
    ("periods", "positions"),
    [
        (["2019", "2021"], [2019, 2021]),
        (["2019-Q4", "2020-Q1"], [2019 * 4 + 3, 2020 * 4]),
        (["2019-12", "2020-01"], [2019 * 12 + 11, 2020 * 12]),
        (["after", "before"], [1, 2]),
        (["2020-13", "2020-Q5"], [1, 2]),
    ],
)
def test_positions_count_in_the_steps_of_the_periods(tmp_path, periods, positions):
    content = HEADING + "".join(f"A,{period},gdp,1\n" for period in reversed(periods))
    found = data.grid(data.read(written(tmp_path, content)), TREE, areas(), "f").periods
    assert found["time_period"].to_list() == periods
    assert found["position"].to_list() == positions


def test_an_indicator_without_data_is_missing_everywhere(tmp_path):
    values = data.read(written(tmp_path, HEADING + "A,2020,other,1\nA,2020,gdp,5\n"))
    found = data.grid(values, TREE, areas(), "f")
    assert found.observed["reason"].to_list() == [None, "missing"]
    assert found.unused == ["other"]


def test_data_of_none_of_the_indicators_are_refused(tmp_path):
    values = data.read(written(tmp_path, HEADING + "A,2020,other,1\n"))
    with pytest.raises(BuildStopped, match=r"of the data \(other\) is a code of framework\.csv \(gdp, pop\)"):
        data.grid(values, TREE, areas(), "f")


def test_only_the_named_framework_takes_part(tmp_path):
    values = data.read(written(tmp_path, GOOD))
    other = nodes(("gdp", "indicator", "none"), framework="g").with_columns(node_id=pl.lit(9, pl.Int32))
    found = data.grid(values, pl.concat([other, TREE]), areas().with_columns(framework=pl.lit("g")), "f")
    assert found.observed["node_id"].unique().sort().to_list() == [1, 3]


@pytest.mark.parametrize("imputation", ["group_mean", "group_median"])
def test_group_imputation_needs_a_group_for_every_area_of_the_data(tmp_path, imputation):
    values = data.read(written(tmp_path, GOOD))
    tree = nodes(("gdp", "indicator", imputation), ("pop", "denominator", None))
    with pytest.raises(BuildStopped, match=rf"areas\.csv: area B of the data has no row; {imputation} of gdp"):
        data.grid(values, tree, areas(("A", "east")), "f")
    with pytest.raises(BuildStopped, match=r"areas\.csv: area A has no group"):
        data.grid(values, tree, areas(("A", None), ("B", "east")), "f")
    found = data.grid(values, tree, areas(("A", "x"), ("B", "y"), ("C", None)), "f")
    assert found.areas["area_group"].to_list() == ["x", "y"]
    assert found.areas["population"].to_list() == [None, None]
    counted = data.grid(values, nodes(("gdp", "indicator", "none")), areas(("B", None, 3.5)), "f")
    assert counted.areas["population"].to_list() == [None, 3.5]
    assert data.grid(values, tree, areas(), "f").areas["area_group"].to_list() == ["", ""]
