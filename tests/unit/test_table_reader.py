"""The general table reader: each layout by a specimen with cells typed by hand, and every rule by a table that breaks it."""

import csv
import io
import mmap
import re
from pathlib import Path

import pytest
import xlsxwriter
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL, table
from dagster_project.lib.readers.headings import element, expression, folded
from schemas.layouts import OPTIONS, TableOptions

SPECIMENS = Path(__file__).parents[1] / "specimens"
UNITS = frozenset(
    [
        "元",
        "万元",
        "亿元",
        "万美元",
        "百万美元",
        "人",
        "万人",
        "人次",
        "万人次",
        "吨",
        "万吨",
        "架次",
        "万架次",
        "万标箱",
        "个",
        "%",
    ]
)
FILE = "raw/any/files/any.csv"

# Specimens


def specimens() -> list:
    """(folder, file) of every specimen that the table reader reads."""
    found = []
    for path in sorted(SPECIMENS.glob("*/options.yml")):
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        if declared.get("layout") == "table":
            found += [pytest.param(path.parent.name, file, id=f"{path.parent.name}-{file}") for file in declared["files"]]
    return found


def read_specimen(folder: str, file: str) -> tuple[list[dict], int]:
    """(cells, number of cells that there should be)"""
    declared = yaml.safe_load((SPECIMENS / folder / "options.yml").read_text(encoding="utf-8"))
    entry = declared["files"][file]
    options = OPTIONS["table"].model_validate(declared["options"] | entry.get("options", {})).model_dump()
    content = (SPECIMENS / folder / file).read_bytes()
    return table.read(content, file, entry.get("period"), options | {"known_units": UNITS}), entry["cells"]


def typed(folder: str) -> list[dict]:
    with (SPECIMENS / folder / "expected.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize(("folder", "file"), specimens())
def test_a_specimen_gives_the_cells_typed_by_hand(folder, file):
    cells, count = read_specimen(folder, file)
    by_locator = {cell["locator"]: cell for cell in cells}
    assert (len(cells), len(by_locator)) == (count, count)
    assert all(list(cell) == list(CELL) for cell in cells)
    for row in typed(folder):
        if row["file"] == file:
            found = by_locator[row["locator"]]
            assert {key: found[key] or "" for key in row if key != "file"} == {key: row[key] for key in row if key != "file"}
    assert [cell["problem"] for cell in cells if cell["problem"]] == []


@pytest.mark.parametrize("folder", sorted({entry.values[0] for entry in specimens()}))
def test_at_least_fifteen_cells_of_a_layout_are_typed(folder):
    rows = typed(folder)
    assert len({(row["file"], row["locator"]) for row in rows}) == len(rows) >= 15


def test_all_ten_layouts_are_there():
    assert {entry.values[0] for entry in specimens()} == {
        "caac_airports",
        "caac_monthly",
        "city_panel",
        "city_yearbook",
        "customs_by_city",
        "mot_containers",
        "nbs_csv_gb18030",
        "nbs_html_traditional",
        "nbs_reexported",
        "nbs_xls",
    }


def yearbook(file: str, **changes) -> list[dict]:
    declared = yaml.safe_load((SPECIMENS / "city_yearbook" / "options.yml").read_text(encoding="utf-8"))
    options = OPTIONS["table"].model_validate(declared["options"] | changes).model_dump() | {"known_units": UNITS}
    return table.read((SPECIMENS / "city_yearbook" / file).read_bytes(), file, None, options)


@pytest.mark.parametrize(
    ("file", "column", "first"),
    [
        pytest.param("edition_2019.xlsx", {"heading": "年末户籍人口", "within": "全市"}, ("Sheet1!C8", "万人", ""), id="blank"),
        pytest.param("edition_2019.xlsx", {"heading": "外商直接投资合同项目"}, ("Sheet1!O8", "个", "250"), id="projects"),
        pytest.param("edition_2019.xlsx", {"heading": "当年实际使用外资金额"}, ("Sheet1!P8", "万美元", "1092684"), id="fdi"),
        pytest.param(
            "edition_2021.xlsx",
            {"heading": "常住人口", "within": "全市", "unit": "万人"},
            ("Sheet1!C8", "万人", "1233"),
            id="total-of-a-divided-heading",
        ),
        pytest.param(
            "edition_2021.xlsx",
            {"heading": "城镇常住人口", "within": "全市", "unit": "万人"},
            ("Sheet1!E8", "万人", "1039"),
            id="part-by-its-own-name",
        ),
        pytest.param(
            "edition_2021.xlsx", {"heading": "地区生产总值", "within": "市辖区"}, ("Sheet1!H8", "亿元", "15616"), id="districts"
        ),
        pytest.param(
            "edition_2021.xlsx",
            {"heading": "外商投资企业", "within": "市辖区"},
            ("Sheet1!T8", "个", "259"),
            id="unit-of-the-group",
        ),
        pytest.param(
            "edition_2021.xlsx", {"heading": "地区生产总值增长率", "within": "全市"}, ("Sheet1!K8", "%", "-4.73"), id="growth"
        ),
    ],
)
def test_a_yearbook_column_by_its_headings(file, column, first):
    cell = yearbook(file, columns=[column], blank_rows="missing", drop=["省$"])[0]
    assert (cell["locator"], cell["unit"], cell["raw_value"]) == first


@pytest.mark.parametrize(
    ("column", "told"),
    [
        pytest.param({"heading": "地区生产总值"}, "what is headed '地区生产总值' is divided further: ", id="both-scopes"),
        pytest.param({"heading": "全市"}, " columns are headed '全市': ", id="scope-alone"),
        pytest.param({"heading": "工业企业数"}, "what is headed '工业企业数' is divided further: ", id="divided"),
        pytest.param(
            {"heading": "生产总值", "within": "全市"},
            "no column is headed '生产总值' within '全市'; nearest: ",
            id="part-of-a-name",
        ),
        pytest.param(
            {"heading": "货物出口额", "within": "市辖区"}, "no column is headed '货物出口额' within '市辖区'", id="other-scope"
        ),
        pytest.param(
            {"heading": "常住人口", "within": "全市"}, "no unit that seeds/units.csv knows in the heading of ", id="no-unit"
        ),
        pytest.param(
            {"heading": "货物出口额", "unit": "万美元"}, "Sheet1!P6) is headed '万元', but '万美元' is declared", id="other-unit"
        ),
    ],
)
def test_a_yearbook_column_that_is_not_certain_is_refused(column, told):
    with pytest.raises(FileProblem) as problem:
        yearbook("edition_2021.xlsx", columns=[column])
    assert told in problem.value.found


def test_a_missing_or_doubled_heading_names_the_cells_that_come_near():
    with pytest.raises(FileProblem, match=r"nearest: .*地区生产总值/全市 \(Sheet1!G6\)"):
        yearbook("edition_2021.xlsx", columns=[{"heading": "生产总值"}])
    with pytest.raises(FileProblem, match=r"地区生产总值/.*全市 \(Sheet1!G6\); .*地区生产总值/.*市辖区 \(Sheet1!H6\)"):
        yearbook("edition_2021.xlsx", columns=[{"heading": "地区生产总值"}])


def test_a_junk_sheet_is_read_only_when_it_is_declared():
    with pytest.raises(FileProblem, match="sheet '更多数据，尽在【某数据网】': no cell of the first 60 rows reads '城市'"):
        yearbook("edition_2021.xlsx", sheet="更多数据,尽在【某数据网】")
    with pytest.raises(FileProblem, match="there is no sheet 'Sheet2', only Sheet1、更多数据"):
        yearbook("edition_2021.xlsx", sheet="Sheet2")


# Headings


@pytest.mark.parametrize(
    ("printed", "name", "brackets"),
    [
        pytest.param("城 市", "城市", (), id="spaces"),
        pytest.param(
            "货物出口额 (万元)          Export Volume of Goods (10 OOOyuan)", "货物出口额", ("万元",), id="english-tail"
        ),
        pytest.param("建成区面积（平方公里）Built-up Area (sq.km)", "建成区面积", ("平方公里",), id="english-without-a-space"),
        pytest.param(
            "地区生产总值\n（当年价格） （亿元）\nGross (yuan)", "地区生产总值", ("当年价格", "亿元"), id="two-brackets"
        ),
        pytest.param("当年实际使用外资金额（万美元)", "当年实际使用外资金额", ("万美元",), id="half-and-full-width"),
        pytest.param("人均GDP（元）", "人均GDP", ("元",), id="acronym-is-no-tail"),
        pytest.param("比上年增减％", "比上年增减", ("%",), id="per-cent-sign"),
        pytest.param("地區生產總值（億元）", "地区生产总值", ("亿元",), id="traditional"),
        pytest.param("Export Volume of Goods (10 000 yuan)", "ExportVolumeofGoods", ("10000yuan",), id="english-only"),
        pytest.param("2024年①", "2024年①", (), id="footnote-mark-is-no-digit"),
        pytest.param("（微克/立方米）", "", ("微克/立方米",), id="unit-alone"),
        pytest.param("出口（单位：万元）", "出口", ("万元",), id="unit-with-its-word"),
    ],
)
def test_a_heading_is_a_name_and_its_brackets(printed, name, brackets):
    found = element(printed)
    assert (found.name, found.brackets) == (name, brackets)


def test_an_expression_sees_a_footnote_mark_as_one():
    assert folded("２０２４年 1①月") == "2024年 1①月"
    assert expression("^注①：").search(folded("注①：快报")) and not expression("^注①：").search(folded("注1：快报"))


# Small tables

WIDE = "地区,年份,出口(万元),进口(万元)\n武汉市,2023,11,21\n鄂州市,2024,12,22\n"
OPTIONS_OF_WIDE = {
    "heading": {"first": "地区"},
    "area": {"column": "地区"},
    "period": {"column": "年份"},
    "freq": "A",
    "unit": {"heading": True},
    "columns": [{"heading": "出口", "series": "trade_export"}, {"heading": "进口"}],
}


def wide(text: str = WIDE, time_period: str | None = None, **changes) -> list[dict]:
    declared = {key: value for key, value in (OPTIONS_OF_WIDE | changes).items() if value is not None}
    options = TableOptions.model_validate(declared).model_dump() | {"known_units": UNITS}
    return table.read(text.encode(), FILE, time_period, options)


def brief(cells: list[dict]) -> list[tuple]:
    keys = ("place", "label", "time_period", "period_basis", "unit", "raw_value", "problem")
    return [tuple(cell[key] for key in keys) for cell in cells]


def test_a_table_cell_by_cell():
    cells = wide()
    assert cells[0] == {
        "line": 2,
        "locator": "line 2, col 出口",
        "place": "武汉市",
        "label": "出口",
        "series": "trade_export",
        "freq": "A",
        "time_period": "2023",
        "period_basis": "period",
        "unit": "万元",
        "raw_value": "11",
        "obs_status": None,
        "problem": None,
    }
    assert [(c["line"], c["place"], c["series"], c["raw_value"]) for c in cells[1:]] == [
        (2, "武汉市", None, "21"),
        (3, "鄂州市", "trade_export", "12"),
        (3, "鄂州市", None, "22"),
    ]


def test_a_large_file_comes_mapped(tmp_path):
    (tmp_path / "any.csv").write_text(WIDE, encoding="utf-8")
    options = TableOptions.model_validate(OPTIONS_OF_WIDE).model_dump() | {"known_units": UNITS}
    with (tmp_path / "any.csv").open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        assert table.read(content, FILE, None, options) == wide()


def test_columns_may_stand_in_any_order():
    turned = "\n".join(",".join(reversed(line.split(","))) for line in WIDE.splitlines())
    assert wide(turned) == wide()


@pytest.mark.parametrize("series", ["地区生产总值", "人均地区生产总值", "地区生产总值增长率", "地区生产总值构成"])
def test_similar_headings_are_told_apart(series):
    text = "地区,年份,人均地区生产总值(元),地区生产总值增长率(%),地区生产总值（亿元）,地区生产总值构成(%)\n武汉,2023,1,2,3,4\n"
    expected = {"人均地区生产总值": "1", "地区生产总值增长率": "2", "地区生产总值": "3", "地区生产总值构成": "4"}
    assert [cell["raw_value"] for cell in wide(text, columns=[{"heading": series}])] == [expected[series]]


def test_declared_brackets_tell_columns_of_one_name_apart():
    text = "地区,年份,使用外资（万美元),使用外资（元）\n武汉,2023,1,2\n"
    assert brief(wide(text, columns=[{"heading": "使用外资(元)"}])) == [
        ("武汉", "使用外资(元)", "2023", "period", "元", "2", None)
    ]
    with pytest.raises(FileProblem, match="2 columns are headed '使用外资'"):
        wide(text, columns=[{"heading": "使用外资"}])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param(",2024,12,22", "该行有数值，却没有地区", id="no-place"),
        pytest.param("鄂州市,,12,22", "该行有数值，却没有时期", id="no-period"),
        pytest.param(",,12,", "该行有数值，却没有地区、时期", id="neither"),
        pytest.param("鄂州市,24,12,22", "时期“24”不是年份的写法", id="two-digit-year"),
        pytest.param("鄂州市,2024-03,12,22", "时期“2024-03”不是年份的写法", id="month-for-a-year"),
        pytest.param("鄂州市,2024,1,200,22", "该行有 5 列，应为 4 列", id="unquoted-thousands"),
        pytest.param("鄂州市,2024,12", "该行有 3 列，应为 4 列", id="a-cell-short"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_alone(row, problem):
    cells = wide(WIDE.replace("鄂州市,2024,12,22", row))
    assert [cell["problem"] for cell in cells] == [None, None, problem, problem]


@pytest.mark.parametrize("row", [",,,", ",2024,,", "鄂州市,,,"])
def test_a_row_without_figure_and_without_key_is_no_row(row):
    assert wide(WIDE.replace("鄂州市,2024,12,22", row)) == wide(WIDE.rsplit("鄂州市")[0])


def test_a_row_without_figures_is_missing_unless_declared_a_section():
    text = WIDE.replace("鄂州市,2024,12,22", "鄂州市,2024,,")
    assert [cell["raw_value"] for cell in wide(text)] == ["11", "21", "", ""]
    assert [cell["raw_value"] for cell in wide(text, blank_rows="drop")] == ["11", "21"]


def test_rows_to_drop_are_found_by_their_first_text():
    text = WIDE + ",注：２０２４年为快报数,,\n資料來源：統計局,,,\n"
    assert wide(text, drop=["^注：", "^资料来源："]) == wide()


def test_marks_of_missing_figures():
    cells = wide(WIDE.replace("12,22", "不详,…"), missing_marks=["不详"])
    assert [(cell["raw_value"], cell["obs_status"]) for cell in cells[2:]] == [("不详", "O"), ("…", None)]


def test_a_number_declared_as_a_missing_mark_is_no_figure():
    cells = wide(WIDE.replace("12,22", "0,10"), missing_marks=["0"])
    assert [(cell["raw_value"], cell["obs_status"], cell["locator"]) for cell in cells[2:]] == [
        ("", "O", "line 3, col 出口 (0)"),
        ("10", None, "line 3, col 进口"),
    ]


# Units


@pytest.mark.parametrize(
    ("heading", "changes", "told"),
    [
        pytest.param("出口", {}, "no unit that seeds/units.csv knows in the heading of 出口 (line 1, col 出口)", id="none"),
        pytest.param("出口(两)", {}, "no unit that seeds/units.csv knows", id="unknown"),
        pytest.param("出口(万元)(亿元)", {}, "gives several units: 万元、亿元", id="two"),
        pytest.param(
            "出口(亿元)", {"unit": {"constant": "万元"}}, "is headed '亿元', but '万元' is declared", id="declared-otherwise"
        ),
        pytest.param(
            "出口(亿元)",
            {"unit": {"column": "年份"}},
            "is headed '亿元', but `unit` is printed in each row",
            id="column-and-heading",
        ),
    ],
)
def test_a_unit_that_is_not_certain_is_refused(heading, changes, told):
    with pytest.raises(FileProblem) as problem:
        wide(WIDE.replace("出口(万元)", heading), **changes)
    assert told in problem.value.found


def test_a_unit_above_the_table_holds_unless_a_heading_prints_another():
    text = "表1,,,\n,,,单位：万元\n" + WIDE.replace("(万元)", "")
    above = {"unit": {"above": "单位：(.+)"}}
    assert {cell["unit"] for cell in wide(text, **above)} == {"万元"}
    with pytest.raises(FileProblem, match=r"is headed '%', but '万元' is printed elsewhere \(`unit`: above\)"):
        wide(text.replace("进口", "进口（%）"), **above)
    columns = [{"heading": "出口"}, {"heading": "进口", "unit": "%"}]
    assert [cell["unit"] for cell in wide(text.replace("进口", "进口（%）"), columns=columns, **above)] == ["万元", "%"] * 2


@pytest.mark.parametrize("unit", ["千万元", "千美元", "单位：千标箱", "单位：件", "亿元，现价", "折合美元", "千人", "±%"])
@pytest.mark.parametrize("changes", [{}, {"unit": {"constant": "万元"}}, {"columns": [{"heading": "出口", "unit": "万元"}]}])
def test_a_printed_unit_that_is_not_registered_is_refused(unit, changes):
    with pytest.raises(FileProblem) as problem:
        wide(WIDE.replace("出口(万元)", f"出口（{unit}）"), **changes)
    bracket = unit.replace("单位：", "").replace("，", ",")
    told = f"出口 (line 1, col 出口) is headed ({bracket}), a unit that seeds/units.csv does not know"
    assert problem.value.found == told


def test_an_unregistered_unit_below_a_group_of_another_is_refused():
    text = "地区,年份,货值（万元）,\n,,出口(千元),进口\n武汉,2023,1,2\n"
    with pytest.raises(FileProblem, match=r"货值/出口 \(line 2, col 货值/出口\) is headed \(千元\), a unit that seeds"):
        wide(text)


@pytest.mark.parametrize("bracket", ["当年价格", "法人", "个人", "按经营单位所在地"])
def test_other_brackets_are_no_units(bracket):
    cells = wide(WIDE.replace("出口(万元)", f"出口（{bracket}）"), unit={"constant": "万元"})
    assert {(cell["raw_value"], cell["unit"]) for cell in cells} == {(figure, "万元") for figure in ("11", "21", "12", "22")}


BARE = WIDE.replace("(万元)", "")
OF_CONSTANT = {"unit": {"constant": "万元"}}


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        pytest.param("表1,,,单位：亿元\n" + BARE, OF_CONSTANT, "亿元, but '万元' is declared", id="above"),
        pytest.param("（单 位 ： 亿元）,,,\n" + BARE, OF_CONSTANT, "亿元, but '万元' is", id="spaced"),
        pytest.param("金额单位：千万元,,,\n" + BARE, OF_CONSTANT, "千万元, but '万元' is", id="unregistered"),
        pytest.param(BARE.replace("地区", "地区（单位：亿元）"), OF_CONSTANT, "亿元, but", id="beside-the-places"),
        pytest.param("地区,年份,,,单位：亿元\n,,出口,进口,\n武汉,2023,1,2,\n", OF_CONSTANT, "亿元, but", id="block"),
        pytest.param(
            "单位：亿元,,,\n" + BARE,
            {"columns": [{"heading": "出口", "unit": "万元"}]},
            "亿元, but '万元' is declared",
            id="column",
        ),
        pytest.param(
            "单位：亿元,,,\n" + BARE, {"columns": [{"heading": "出口", "unit": "万美元"}]}, "亿元, but '万美元' is", id="currency"
        ),
    ],
)
def test_a_unit_of_the_table_must_be_the_declared_one(text, changes, told):
    with pytest.raises(FileProblem) as problem:
        wide(text, **changes)
    assert f"the table prints 单位：{told}" in problem.value.found


@pytest.mark.parametrize(
    "line",
    ["单位：万元,,,", "单位：万元、%,,,", "填报单位：武汉海关,,,", "单位：个,单位：万元,,", "经营单位：元,,,"],
)
def test_a_line_of_units_that_contradicts_nothing(line):
    assert [cell["unit"] for cell in wide(line + "\n" + BARE, unit={"constant": "万元"})] == ["万元"] * 4


def test_a_unit_of_the_table_holds_where_no_other_is_told():
    text = "单位：亿元,,,\n" + WIDE.replace("进口(万元)", "进口")
    assert [cell["unit"] for cell in wide(text)] == ["万元", "亿元"] * 2
    columns = [{"heading": "出口"}, {"heading": "进口", "unit": "%"}]
    assert [cell["unit"] for cell in wide(text, columns=columns)] == ["万元", "%"] * 2
    with pytest.raises(FileProblem, match=r"no unit that seeds/units\.csv knows in the heading of 进口"):
        wide(text.replace("亿元", "千亿元"))


@pytest.mark.parametrize(
    ("above", "told"),
    [
        pytest.param("表1 货值,,,", "above: no cell above the figures fits '单位：(.+)'", id="none"),
        pytest.param("单位：元,,,单位：万元", "finds several texts: 万元、元", id="two"),
    ],
)
def test_what_stands_above_must_be_found_once(above, told):
    with pytest.raises(FileProblem) as problem:
        wide(above + "\n" + WIDE.replace("(万元)", ""), unit={"above": "单位：(.+)"})
    assert told in problem.value.found


LONG = "地区,指标,单位,2023年,2024年\n武汉,出口（现价）(万元),亿元,1,2\n鄂州,进口,,3,4\n"
OF_LONG = {"period": {"heading": True}, "label": {"column": "指标"}, "columns": "periods"}


def test_a_unit_in_its_column():
    assert brief(wide(LONG, unit={"column": "单位"}, **OF_LONG)) == [
        ("武汉", "出口（现价）(万元)", "2023", "period", "亿元", "1", None),
        ("武汉", "出口（现价）(万元)", "2024", "period", "亿元", "2", None),
        ("鄂州", "进口", "2023", "period", "", "3", "该行没有写明计量单位"),
        ("鄂州", "进口", "2024", "period", "", "4", "该行没有写明计量单位"),
    ]


def test_a_unit_behind_the_label():
    assert brief(wide(LONG, unit={"label": True}, **OF_LONG))[::2] == [
        ("武汉", "出口（现价）", "2023", "period", "万元", "1", None),
        ("鄂州", "进口", "2023", "period", None, "3", "该行没有写明计量单位"),
    ]


def test_a_label_above_without_its_unit_is_refused():
    with pytest.raises(FileProblem, match=r"no known unit in brackets behind '出口\(两\)'"):
        wide(
            "指标：出口（两）,,\n地区,2023,2024\n武汉,1,2\n",
            **OF_LONG | {"label": {"above": "指标：(.+)"}, "unit": {"label": True}},
        )


# Periods


def months(text: str, **changes) -> list[dict]:
    declared = {
        "freq": "M",
        "basis": "printed",
        "period": {"heading": True},
        "label": {"above": "^(出口)$"},
        "columns": "periods",
    }
    return wide("出口\n2024年\n" + text, **declared | {"unit": {"constant": "万元"}, "year": {"above": r"^(\d{4})年$"}} | changes)


def test_headings_that_are_periods():
    cells = months("地区,3月,1—3月,增幅%\n武汉,1,2,3\n")
    assert [(c["time_period"], c["period_basis"], c["raw_value"]) for c in cells] == [
        ("2024-03", "period", "1"),
        ("2024-03", "ytd", "2"),
    ]


def test_a_year_above_its_months():
    text = "地区,2023年,,2024年,\n,11月,1至12月,1-2月,3月\n武汉,1,2,3,4\n"
    cells = months(text, year=None)
    assert [(c["time_period"], c["period_basis"], c["raw_value"]) for c in cells] == [
        ("2023-11", "period", "1"),
        ("2023-12", "ytd", "2"),
        ("2024-02", "ytd", "3"),
        ("2024-03", "period", "4"),
    ]


def test_a_year_in_each_row():
    cells = months("地区,年份,1月,2月\n武汉,2023,1,2\n武汉,2024.0,3,4\n武汉,,5,6\n", year={"column": "年份"})
    assert [(c["time_period"], c["problem"]) for c in cells] == [
        ("2023-01", None),
        ("2023-02", None),
        ("2024-01", None),
        ("2024-02", None),
        ("1月", "该行有数值，却没有年份"),
        ("2月", "该行有数值，却没有年份"),
    ]


@pytest.mark.parametrize(
    ("head", "changes", "told"),
    [
        pytest.param("地区,甲,乙", {}, "no heading reads as a period of freq M", id="none"),
        pytest.param("地区,3月,３月", {}, "several columns are headed with one period: 3月 (line 3, col 3月); 3月", id="twice"),
        pytest.param("地区,3月,1-3月", {"basis": "period"}, "是累计，而申报为当期", id="cumulative-declared-as-a-month"),
        pytest.param(
            "地区,3月,2-3月", {}, "2-3月 (line 3, col 2-3月) is headed like a period, but is none", id="not-from-january"
        ),
        pytest.param("地区,3月,13月", {}, "13月 (line 3, col 13月) is headed like a period", id="month-13"),
        pytest.param("地区,3月,2024年", {}, "2024年 (line 3, col 2024年) is headed like a period, but is none", id="a-year"),
        pytest.param("地区,3月,4月*", {}, "is headed like a period, but is none of freq M: 4月*", id="marked-month"),
        pytest.param("地区,3月,1-4月快报", {}, "is headed like a period, but is none of freq M: 1-4月快报", id="month-in-words"),
        pytest.param("地区,3月,4月（预计）", {}, "is headed like a period, but is none of freq M: 4月(预计)", id="expected"),
    ],
)
def test_headings_that_are_no_certain_periods(head, changes, told):
    text = head + "\n武汉,1,2\n"
    with pytest.raises(FileProblem) as problem:
        months(text, **changes)
    assert told in problem.value.found


YEARS = {"period": {"heading": True}, "label": {"above": "^(出口)$"}, "columns": "periods", "unit": {"constant": "万元"}}


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("2024年*", "2024年*"),
        ("2024*", "2024*"),
        ("2024年快报", "2024年快报"),
        ("FY2024", "FY2024"),
        ("2024年p", "2024年p"),
        ("2024（预计）", "2024(预计)"),
        ("２０２４年①", "2024年①"),
        ("比2019年增长", "比2019年增长"),
        ("2024年3月", "2024年3月"),
        ("2024年 Prelim.", "2024年Prelim."),
    ],
)
def test_a_heading_that_only_nearly_is_a_year_is_refused(heading, told):
    with pytest.raises(FileProblem) as problem:
        wide(f"出口\n地区,2023年,{heading}\n武汉,1,2\n", **YEARS)
    assert problem.value.found.endswith(f" is headed like a period, but is none of freq A: {told}")
    assert "`leave`" in problem.value.remedy


def test_a_month_below_a_year_is_no_year():
    with pytest.raises(FileProblem, match="is headed like a period, but is none of freq A: 3月"):
        wide("出口\n地区,2024年\n,3月\n武汉,1\n", **YEARS)


def test_columns_are_left_alone_as_declared():
    text = "出口\n地区,2023年,2024年（预计）,比2019年增长,同比\n武汉,1,2,3,4\n"
    cells = wide(text, **YEARS, leave=["^比2019年增长$", "（预计）"])
    assert [(cell["time_period"], cell["raw_value"]) for cell in cells] == [("2023", "1")]
    cells = months("地区,3月,2024年\n武汉,1,2\n", leave=["^2024年$"])
    assert [(cell["time_period"], cell["raw_value"]) for cell in cells] == [("2024-03", "1")]


def test_a_unit_beside_a_period_is_no_part_of_it():
    cells = wide("出口\n地区,2023年（万元）,2024 年度(单位：万元)\n武汉,1,2\n", **YEARS)
    assert [(cell["time_period"], cell["raw_value"]) for cell in cells] == [("2023", "1"), ("2024", "2")]


def test_the_period_of_the_file_name():
    cells = wide(time_period="2024-06", period={"file_name": True}, freq="M", basis="ytd")
    assert {(cell["time_period"], cell["period_basis"]) for cell in cells} == {("2024-06", "ytd")}
    with pytest.raises(FileProblem, match="period: the period is not in the file's name"):
        wide(period={"file_name": True}, freq="M", basis="ytd")
    with pytest.raises(FileProblem, match="period: 时期“2024-06”不是年份的写法"):
        wide(time_period="2024-06", period={"file_name": True})


def test_a_column_of_the_year_before():
    text = "地区,本期(元),上年同期(元)\n武汉,1,2\n"
    columns = [{"heading": "本期"}, {"heading": "上年同期", "period_offset": -1}]
    cells = wide(text, period={"constant": "2024-03"}, freq="M", basis="ytd", columns=columns)
    assert [(cell["time_period"], cell["raw_value"]) for cell in cells] == [("2024-03", "1"), ("2023-03", "2")]


# The heading block


def test_a_line_of_figures_without_a_place_is_no_heading():
    text = WIDE.replace("武汉市,2023", ",2023")
    with pytest.raises(FileProblem, match=r"line 2, col .*: a figure between the headings, with nothing under '地区'"):
        wide(text)
    assert [cell["problem"] for cell in wide(text, heading={"first": "地区", "rows": 1})] == ["该行有数值，却没有地区"] * 2 + [
        None
    ] * 2


def test_a_merged_heading_is_never_filled_over_another_parent():
    text = "地区,年份,甲,,乙,\n,,出口(元),,进口(元),\n,,全市,市辖区,全市,市辖区\n武汉,2023,1,2,3,4\n"
    columns = [{"heading": "出口", "within": "市辖区"}, {"heading": "进口", "within": "全市"}]
    assert [cell["raw_value"] for cell in wide(text, columns=columns)] == ["2", "3"]


def test_merged_headings_that_an_export_repeats_are_one():
    text = "地区,年份,人口(万人),人口(万人)\n地区,年份,城镇人口,城镇人口\n地区,年份,全市,市辖区\n武汉,2023,1,2\n"
    with pytest.raises(FileProblem, match="what is headed '人口' within '全市' is divided further: 人口/城镇人口/全市"):
        wide(text, columns=[{"heading": "人口", "within": "全市"}])
    assert [c["raw_value"] for c in wide(text, columns=[{"heading": "城镇人口", "within": "全市"}])] == ["1"]


def test_a_heading_printed_again_on_a_new_page_is_no_row():
    head, first, second = WIDE.splitlines()
    assert [cell["raw_value"] for cell in wide("\n".join([head, first, head, second]))] == ["11", "21", "12", "22"]


def test_a_second_table_in_one_sheet_is_refused():
    with pytest.raises(FileProblem, match="line 4, col 地区: a second heading, so the sheet holds several tables"):
        wide(WIDE + "地区,年份,进口(万元),出口(万元)\n咸宁,2024,1,2\n")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param("年份,出口(万元)\n2023,1\n", "no cell of the first 60 rows reads '地区' (heading.first)", id="other-table"),
        pytest.param(
            "地区,出口(万元),进口(万元)\n武汉,1,2\n", "no column is headed '年份'; nearest: none is like it", id="column-lacks"
        ),
    ],
)
def test_another_table_is_refused(content, found):
    with pytest.raises(FileProblem) as problem:
        wide(content)
    assert found in problem.value.found


# Several sheets


def book(**sheets: list[list]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


def read_book(content: bytes, **changes) -> list[str]:
    options = TableOptions.model_validate(OPTIONS_OF_WIDE | {"period": {"constant": "2024"}} | changes).model_dump()
    return [cell["raw_value"] for cell in table.read(content, FILE, None, options | {"known_units": UNITS})]


HEAD = ["地区", "出口(万元)", "进口(万元)"]


def test_of_several_sheets_with_the_heading_one_must_be_declared():
    content = book(**{"2023": [HEAD, ["武汉", 1, 2]], "2024": [HEAD, ["武汉", 3, 4]], "说明": [["注"]]})
    with pytest.raises(FileProblem, match="several sheets have the heading '地区': 2023、2024") as problem:
        read_book(content)
    assert problem.value.remedy == "Declare `sheet` in source.yml."
    assert read_book(content, sheet="2024") == ["3", "4"]


@pytest.mark.parametrize("names", [("说明", "2024"), ("2024", "说明")])
def test_the_only_sheet_with_the_heading_is_read(names):
    sheets = {"说明": [["本表"], ["数据"]], "2024": [HEAD, ["武汉", 3, 4]]}
    assert read_book(book(**{name: sheets[name] for name in names})) == ["3", "4"]


def test_of_several_tables_of_a_page_one_must_be_declared():
    row = "<tr><td>地区<td>出口(万元)<td>进口(万元)</tr><tr><td>武汉<td>{}<td>{}</tr>"
    page = "".join(f"<table>{row.format(*figures)}</table>" for figures in [(1, 2), (3, 4)]).encode()
    with pytest.raises(FileProblem, match="several sheets have the heading '地区': table 1、table 2"):
        read_book(page)
    assert read_book(page, sheet="table 2") == ["3", "4"]


# Any table

PLACES = st.lists(st.sampled_from(["武汉市", "鄂州市", " 黄石 ", "杭州地区", "420100.0", "武漢"]), min_size=1, unique=True)
FIGURES = st.sampled_from(["1", "0.5", "１２．５", "1,234.5", "-3", "…", "", "-", "一", "1E+05", "1377②"])
NOISE = st.sampled_from(
    ["人均地区生产总值(元)", "地区生产总值增长率(%)", "名次", "地区生产总值构成（%）", "备注", "人均地区生产总值"]
)
HEADS = st.sampled_from(
    [
        "地区生产总值（亿元）",
        "地 区 生 产 总 值\n(亿元)",
        "地區生產總值（當年價格）（億元）",
        "地区生产总值（亿元） Gross Regional Product (yuan)",
    ]
)


@given(
    places=PLACES,
    figures=st.lists(FIGURES, min_size=6, max_size=6),
    head=HEADS,
    noise=st.lists(NOISE, max_size=4, unique=True),
    order=st.randoms(use_true_random=False),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    note=st.booleans(),
)
def test_any_arrangement_gives_the_same_figures(places, figures, head, noise, order, encoding, note):
    figures = [figure or "…" for figure in figures]  # a whole row of blanks would be no row
    columns = ["地区", "年份", head, *noise]
    order.shuffle(columns)
    lines = [columns]
    for place, figure in zip(places, figures, strict=False):
        own = {"地区": place, "年份": "2023年", head: figure}
        lines.append([own.get(column, "99") for column in columns])
    if note:
        lines.append(["注：快报数", *[""] * (len(columns) - 1)])
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    options = OPTIONS_OF_WIDE | {"columns": [{"heading": "地区生产总值"}], "drop": ["^注："], "encoding": encoding}
    found = table.read(
        text.encode(encoding), FILE, None, TableOptions.model_validate(options).model_dump() | {"known_units": UNITS}
    )
    assert [(cell["place"], cell["raw_value"], cell["unit"], cell["time_period"], cell["problem"]) for cell in found] == [
        (place.strip(), figure, "亿元", "2023", None) for place, figure in zip(places, figures, strict=False)
    ]


CELLS = st.sampled_from(
    ["地区", "年份", "出口(万元)", "进口（亿元）", "全市", "市辖区", "武汉", "2023", "2024年", "3月", "12", "", " ", "注"]
)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8),
    changes=st.sampled_from(
        [
            {},
            {"heading": {"first": "地区", "rows": 3, "above": 2}},
            {"period": {"heading": True}, "label": {"above": "(.口)"}, "columns": "periods"},
            {"period": {"above": r"(\d{4})年"}, "area": {"constant": "420100"}},
            {"freq": "M", "basis": "printed", "year": {"column": "年份"}, "period": {"heading": True}},
            {"label": {"column": "年份"}, "unit": {"label": True}, "columns": [{"heading": "进口", "within": "全市"}]},
        ]
    ),
)
def test_anything_else_is_told_with_its_file(rows, changes):
    text = "\n".join(",".join(row) for row in rows)
    try:
        cells = wide(text, **changes)
    except FileProblem as problem:
        assert problem.file == FILE and problem.found and problem.remedy
        return
    printed = {cell.strip() for row in rows for cell in row}
    for cell in cells:
        assert cell["raw_value"] in printed
        assert cell["problem"] or (cell["place"] and cell["unit"] and cell["period_basis"])


# The declaration


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"skip": 3}, "skip\n  Extra inputs are not permitted", id="unknown"),
        pytest.param({"heading": {"rows": 2}}, "heading.first\n  Field required", id="heading-without-first"),
        pytest.param({"heading": {"first": "地区", "rows": 0}}, "heading.rows\n  Input should be greater", id="no-rows"),
        pytest.param(
            {"area": {"heading": True}}, "area: heading is not a place for it; there are column, above, constant", id="area"
        ),
        pytest.param({"area": {}}, "area\n  Value error, give exactly one of column", id="area-nowhere"),
        pytest.param(
            {"area": {"column": "a", "constant": "b"}}, "area\n  Value error, give exactly one of column", id="area-twice"
        ),
        pytest.param({"period": {"label": True}}, "period: label is not a place for it", id="period-in-the-label"),
        pytest.param({"period": {"above": r"\d{4}年"}}, "must have exactly one group", id="no-group"),
        pytest.param({"period": {"above": "("}}, "is not a regular expression", id="no-expression"),
        pytest.param({"drop": ["[注"]}, "drop\n  Value error, '[注' is not a regular expression", id="drop"),
        pytest.param({"leave": ["[注"]}, "leave\n  Value error, '[注' is not a regular expression", id="leave"),
        pytest.param({"leave": ["注"]}, "leave: only columns `periods` need it", id="leave-among-columns"),
        pytest.param(
            {"period": {"constant": "2024-03"}}, "period: constant '2024-03' is not a year", id="constant-of-another-freq"
        ),
        pytest.param({"freq": "Q"}, "freq\n  Input should be 'A' or 'M'", id="freq"),
        pytest.param({"freq": "M"}, "basis: freq M needs it", id="basis-lacks"),
        pytest.param({"basis": "ytd"}, "basis: freq A needs none", id="basis-of-years"),
        pytest.param({"year": {"column": "年"}}, "year: freq A needs none", id="year-of-years"),
        pytest.param({"columns": []}, "columns", id="no-columns"),
        pytest.param({"columns": "periods"}, "period: columns `periods` needs {heading: true}", id="periods-not-in-headings"),
        pytest.param(
            {"columns": "periods", "period": {"heading": True}}, "label: columns `periods` needs it", id="periods-without-label"
        ),
        pytest.param({"label": {"column": "指标"}}, "label: contradicts `series` of a column", id="label-and-series"),
        pytest.param({"unit": None}, "unit: declare where it is printed", id="unit-lacks"),
        pytest.param({"unit": {"label": True}}, "unit: in the label, but no `label` is declared", id="unit-in-no-label"),
        pytest.param({"columns": [{"heading": "a", "position": 3}]}, "position\n  Extra inputs", id="column-by-position"),
        pytest.param(
            {"columns": [{"heading": "a", "period_offset": 1}]}, "period_offset\n  Input should be less", id="next-year"
        ),
        pytest.param({"blank_rows": "keep"}, "blank_rows\n  Input should be 'drop' or 'missing'", id="blank-rows"),
    ],
)
def test_a_wrong_declaration_names_its_key(changes, told):
    declared = {key: value for key, value in (OPTIONS_OF_WIDE | changes).items() if value is not None}
    with pytest.raises(ValidationError) as problem:
        TableOptions.model_validate(declared)
    assert told in str(problem.value)


def test_the_examples_of_the_handbook_are_declarations():
    text = (SPECIMENS.parents[1] / "docs" / "layouts.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(example) for example in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert len(examples) == 9
    for example in examples:
        for file in example.get("files", [{}]):
            OPTIONS[example["layout"]].model_validate(example["options"] | file.get("options", {}))
