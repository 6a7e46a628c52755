"""The JSON interface, known from a description: what is described is read, anything else is refused with its path."""

import csv
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL
from dagster_project.lib.readers.nbs_json import read
from schemas.layouts import NbsJsonOptions

SPECIMENS = Path(__file__).parents[1] / "specimens" / "nbs_json"
BASIS = {"进出口总值_当期值": "period", "进出口总值_累计值": "ytd", "出口总值_累计值": "ytd"}
OPTIONS = NbsJsonOptions.model_validate({"basis": BASIS}).model_dump() | {"known_units": frozenset(["亿元", "万元", "万人", "%"])}
FILE = "raw/nbs/files/2025.json"
VALUE = {
    "_id": "a",
    "i_showname": "地区生产总值 (亿元) ",
    "value": "22147.35",
    "du_name": "亿元",
    "da": "420100000000",
    "da_name": "武汉市",
}


def cells(reply: object) -> list[dict]:
    return read(json.dumps(reply, ensure_ascii=False).encode(), FILE, None, OPTIONS)


def reply(value: dict | None = None, **member) -> dict:
    """A reply of one value, with changes to the value (None takes a key away) and to its member of data."""
    changed = {name: text for name, text in (VALUE | (value or {})).items() if text is not None}
    return {"data": [{"code": "2025YY", "name": "2025年", "values": [changed]} | member]}


def cell(value: dict | None = None, **member) -> dict:
    return cells(reply(value, **member))[0]


def refused(content: object) -> str:
    """The message with which a reply (or its bytes) is refused."""
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(FileProblem) as told:
        read(content, FILE, None, OPTIONS)
    return str(told.value)


@pytest.mark.parametrize("name", ["annual", "monthly"])
def test_every_cell_of_a_specimen(name):
    found = read((SPECIMENS / f"{name}.json").read_bytes(), FILE, None, OPTIONS)
    keys = ("locator", "place", "label", "time_period", "period_basis", "unit", "raw_value")
    with (SPECIMENS / "expected.csv").open(encoding="utf-8", newline="") as lines:
        expected = [tuple(row.values())[1:] for row in csv.DictReader(lines) if row["file"] == name]
    assert len(expected) == {"annual": 13, "monthly": 10}[name]
    assert [tuple(cell[key] for key in keys) for cell in found] == expected
    assert {cell["freq"] for cell in found} == {{"annual": "A", "monthly": "M"}[name]}
    assert [cell["line"] for cell in found] == list(range(1, len(found) + 1))
    assert all(set(cell) == set(CELL) and cell["problem"] is cell["series"] is cell["obs_status"] is None for cell in found)


@pytest.mark.parametrize(
    ("shown", "unit", "label", "printed"),
    [
        ("地区生产总值 (亿元) ", "亿元", "地区生产总值", "亿元"),
        ("地区生产总值（亿元）", "亿元 ", "地区生产总值", "亿元"),
        ("地区生产总值(当年价格) (亿元)", "亿元", "地区生产总值(当年价格)", "亿元"),
        ("社会消费品零售总额(限额以上)", "亿元", "社会消费品零售总额(限额以上)", "亿元"),
        ("地区生产总值(亿元)", "", "地区生产总值", "亿元"),
        ("地区生产总值", "亿元", "地区生产总值", "亿元"),
        ("货运量(百吨公里)", "百吨公里", "货运量", "百吨公里"),
        ("地区生产总值", "", "地区生产总值", ""),
    ],
)
def test_the_unit_stands_in_the_name_in_its_own_member_or_in_both(shown, unit, label, printed):
    found = cell({"i_showname": shown, "du_name": unit})
    assert (found["label"], found["unit"], found["problem"]) == (label, printed, None)


def test_two_units_that_disagree_are_told():
    assert cell({"du_name": "万元"})["problem"] == "指标名里的单位“亿元”与 du_name“万元”不一致"


def test_a_monthly_indicator_without_a_declared_basis_is_told():
    september = {"code": "202509MM", "name": "2025年09月"}
    assert "未声明“地区生产总值”是当月值还是累计值" in cell(**september)["problem"]
    known = cell({"i_showname": "出口总值_累计值(亿元) "}, **september)
    assert (known["period_basis"], known["time_period"], known["problem"]) == ("ytd", "2025-09", None)


def test_a_basis_that_contradicts_the_name_is_refused():
    with pytest.raises(ValidationError, match="its name says otherwise"):
        NbsJsonOptions.model_validate({"basis": {"出口总值_累计值": "period"}})
    with pytest.raises(ValidationError, match="its name says otherwise"):
        NbsJsonOptions.model_validate({"basis": {"出口总值_当期值": "ytd"}})
    with pytest.raises(ValidationError, match="basis"):
        NbsJsonOptions.model_validate({"basis": {"出口总值": "month"}})


@pytest.mark.parametrize("value", ["", "-", "22,147.35", "一", "22147.35 ", "abc", "1e999"])
def test_a_value_stays_as_printed(value):
    assert cell({"value": value})["raw_value"] == value


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"value": 22147.35}, "data[0].values[0].value should be text, found float"),
        ({"value": 22147}, "data[0].values[0].value should be text, found int"),
        ({"value": True}, "data[0].values[0].value should be text, found bool"),
        ({"value": {}}, "data[0].values[0].value should be text, found dict"),
        ({"da": 420100000000}, "data[0].values[0].da should be text"),
        ({"da": "420100"}, "data[0].values[0].da is '420100', not a code of twelve digits"),
        ({"da": "４２０１００００００００"}, "not a code of twelve digits"),
        ({"i_showname": ["x"]}, "data[0].values[0].i_showname should be text"),
        ({"du_name": 8}, "data[0].values[0].du_name should be text"),
        ({"i_showname": "x\ud800"}, "data[0].values[0].i_showname holds half a character"),
        ({"value": None}, "data[0].values[0].value is missing"),
        ({"da_name": None}, "data[0].values[0].da_name is missing"),
        ({"scale": "万"}, "data[0].values[0].scale is unknown"),
    ],
)
def test_a_value_of_another_shape_is_refused(content, told):
    assert told in refused(reply(content))


def test_a_value_that_is_null_is_refused():
    content = reply()
    content["data"][0]["values"][0]["value"] = None
    assert "data[0].values[0].value should be text, found NoneType" in refused(content)


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ({"code": "2025"}, "data[0].code is '2025'"),
        ({"code": "2025C"}, "data[0].code is '2025C'"),
        ({"code": "202513MM"}, "data[0].code is '202513MM'"),
        ({"code": "202509YY"}, "data[0].code is '202509YY'"),
        ({"code": "2025MM"}, "data[0].code is '2025MM'"),
        ({"code": 2025}, "data[0].code should be text"),
        ({"name": "2024年"}, "data[0].name is '2024年', but code is '2025YY'"),
        ({"code": "202509MM", "name": "2025年"}, "data[0].name is '2025年', but code is '202509MM'"),
        ({"code": "202509MM", "name": "2025年8月"}, "data[0].name is '2025年8月'"),
        ({"values": {}}, "data[0].values is not a list"),
        ({"values": ["1"]}, "data[0].values[0] is not an object"),
        ({"unit": "亿元"}, "data[0].unit is unknown"),
    ],
)
def test_a_member_of_another_shape_is_refused(member, told):
    assert told in refused(reply(**member))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "data is not a list"),
        ({}, "data is not a list"),
        ({"data": {}}, "data is not a list"),
        ({"data": None}, "data is not a list"),
        ({"data": [1]}, "data[0] is not an object"),
        ({"data": [{"code": "2025YY", "name": "2025年"}]}, "data[0].values is missing"),
        (reply() | {"more": [1]}, "more is unknown"),
        (b"", "not readable as JSON"),
        (b'{"data": [', "not readable as JSON"),
        (b'{"data": NaN}', "NaN is not a figure"),
        (b'{"data": [], "x": -Infinity}', "-Infinity is not a figure"),
        (b'{"data": [], "data": []}', "'data' stands twice"),
        (b'{"data": [], "x": 1' + b"0" * 5000 + b"}", "not readable as JSON"),
        (b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b"<html>403 Forbidden</html>", "found a web page"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "found a web page"),
        (b" " * 50_000_001, "larger than 50,000,000 bytes"),
        (b'{"data": "\xff\xfe"}', "expected UTF-8"),
    ],
)
def test_a_file_of_another_shape_is_refused(content, told):
    assert told in refused(content)


def test_a_value_that_stands_twice_is_refused():
    twice = reply()
    twice["data"][0]["values"].append(VALUE | {"value": "1", "i_showname": "地区生产总值 (亿元)"})
    assert "data[0].values[1] repeats data[0].values[0]" in refused(twice)
    again = reply()
    again["data"] += again["data"]
    assert "data[1].values[0] repeats data[0].values[0]" in refused(again)
