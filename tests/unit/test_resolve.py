"""Places, units and labels in every spelling that offices use; figures in bulk exactly as one by one."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dagster_project.lib import declarations, numbers
from dagster_project.lib.house import House
from dagster_project.lib.readers import CELL
from dagster_project.lib.resolve import Nearest, Places, code_of, resolve
from tests.unit.mini_house import small_declarations


@pytest.fixture(scope="module")
def real() -> declarations.Declared:
    return declarations.load(House())


@pytest.mark.parametrize(
    ("printed", "ref_area"),
    [
        *[
            (name, "420100")
            for name in ("武汉", "武汉市", "武漢市", " 武　汉 ", "Wuhan", "4201", "420100", "420100.0", "420100000000")
        ],
        *[(name, "420000") for name in ("湖北", "湖北省", "42", "CN-42", "CN-HB", "420000000000")],
        *[(name, "429004") for name in ("仙桃", "仙桃市", "429004", "429004.0", "429004000000")],
        *[(name, "330100") for name in ("杭州地区", "杭州市", "杭州", "杭州地區")],
        ("武汉/天河", "WUH"),
        ("WUH", "WUH"),
        ("总值", "100000"),
    ],
)
def test_a_place_in_every_form(real, printed, ref_area):
    assert Places(real)[printed] == ref_area


@pytest.mark.parametrize(
    "printed",
    ["429000", "4290", "武汗市", "420199", "420100000001", "4201000", "420100.5", "地区", "", "Jingling", "黔江", "999999"],
)
def test_what_is_no_known_place(real, printed):
    """4290 is 仙桃, 潜江, 天门 and 神农架 together: never one city."""
    assert Places(real)[printed] is None


def test_an_english_name_that_two_areas_share_stands_for_neither():
    seeds = {
        "areas": pl.DataFrame(
            [("360800", "吉安市", "Ji'an", None), ("220200", "吉林市", "Jilin", "220000"), ("220000", "吉林省", "Jilin", None)],
            schema=["ref_area", "name_zh", "name_en", "parent"],
            orient="row",
        ),
        "facilities": pl.DataFrame(schema={"facility": pl.String, "name_en": pl.String, "city": pl.String}),
        "places": pl.DataFrame(schema={"name": pl.String, "ref_area": pl.String}),
    }
    places = Places(declarations.Declared(seeds, {}))
    assert (places["Jilin"], places["吉林市"], places["Ji'an"]) == (None, "220200", "360800")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("42", "420000"),
        ("4201", "420100"),
        ("420100", "420100"),
        ("420100.0", "420100"),
        ("420100000000", "420100"),
        ("CN-42", "420000"),
        ("420100000000.0", "420100"),
        ("42010", None),
        ("42000000", None),
        ("420100000100", None),
        ("420100.00", None),
        ("４２", None),
        ("CN42", None),
    ],
)
def test_forms_of_a_code(text, code):
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("what", "printed", "near"),
    [
        ("place", "武汗市", "武汉市"),
        ("place", "鄂洲市", "鄂州市"),
        ("unit", "亿美圆", "亿美元"),
        ("unit", "萬美圆", "万美元"),
        ("label", "货物进出囗总额", "货物进出口总额"),
    ],
)
def test_the_nearest_registered_name(real, what, printed, near):
    assert Nearest(real).to(what, printed) == f"（最相近的登记名称：{near}）"


def test_where_nothing_is_near_nothing_is_said(real):
    assert Nearest(real).to("place", "qwertz") == "" and Nearest(real).to("unit", None) == ""


NUMBERS = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{1,20}(\.[0-9]{1,20})?\Z"),
    st.from_regex(r"\A[0-9]{1,3}(,[0-9]{3}){0,3}(\.[0-9]+)?\Z"),
    st.floats(allow_nan=True).map(repr),
    st.sampled_from(sorted(numbers.MISSING_MARKS)),
    st.text(alphabet="0123456789０１２３.,-+eE—一… \u3000①五万", max_size=12),
)


@given(st.lists(NUMBERS, max_size=30))
@example(["1", "1.0", "-0.1", "0.1", "123456789012345.123456789012345", "1e5", "２", "", "-", "1,234.5", "9" * 400])
def test_figures_in_bulk_are_read_as_one_by_one(printed):
    frame = numbers.parsed(pl.DataFrame({"raw_value": printed}, schema={"raw_value": pl.String}))
    assert list(zip(frame["obs_value"], frame["is_missing"], strict=True)) == [numbers.parse(text) for text in printed]
    assert frame["raw_value"].to_list() == printed


def test_a_series_that_a_source_fixes_and_nobody_declared_is_unknown():
    known = dict.fromkeys(CELL) | {"line": 2, "place": "420100", "unit": "亿元", "raw_value": "1"}
    told = {"source_id": "x", "default_status": "A", "published_on": None, "published_basis": None}
    rows = [
        known | told | {"source_file": None, "source_sha256": None, "series": series}
        for series in ("trade_exprt", "trade_export")
    ]
    cells = pl.DataFrame(rows, schema_overrides=CELL)
    assert resolve(cells, small_declarations())["series"].to_list() == [None, "trade_export"]


@pytest.mark.parametrize(
    ("place", "ref_area"),
    [("420700", "EHU"), ("420000", "EHU"), ("EHU", "EHU"), ("100000", "EHU"), ("420100", None), ("420800", None), ("x", None)],
)
def test_a_label_that_names_a_facility_holds_only_where_it_lies(place, ref_area):
    names = {"line": 2, "place": place, "label": "花湖机场航空货邮吞吐量", "unit": "万吨", "raw_value": "1"}
    told = {"source_id": "x", "default_status": "A", "published_on": None, "published_basis": None}
    rows = [dict.fromkeys(CELL) | names | told | {"source_file": None, "source_sha256": None}]
    assert resolve(pl.DataFrame(rows, schema_overrides=CELL), small_declarations())["ref_area"].to_list() == [ref_area]
