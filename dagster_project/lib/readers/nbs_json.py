"""国家统计局新数据接口 (JSON): the reply of its data query, one indicator of one region and one period a value.

Known from a description only; no real file has been read yet (unproven). So nothing is taken for granted: a reply of any other
shape is refused with the place where it differs. The shape:

    {"data": [{"code": "2025YY", "name": "2025年", "values": [{"_id": …, "i_showname": "地区生产总值 (亿元) ",
        "value": "22147.35", "du_name": "亿元", "da": "420100000000", "da_name": "武汉市"}]}]}

code is 2025YY (a year) or 202509MM (a month); value is text, "" where there is none; da a region's code of twelve digits.
Whether a monthly figure is cumulative is declared for each indicator (options.basis): the reply does not say.
"""

import json
import re
from typing import Any

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import characters

LARGEST = 50_000_000
MEMBERS = frozenset({"code", "name", "values"})
VALUE_MEMBERS = frozenset({"_id", "i_showname", "value", "du_name", "da", "da_name"})
_CODE = re.compile(r"(\d{4})(?:(0[1-9]|1[0-2])MM|YY)", re.ASCII)
_REGION = re.compile(r"\d{12}", re.ASCII)
#: The last bracket of an indicator's name, which may hold its unit.
_BRACKET = re.compile(r"^(.+?)\s*[(（]([^()（）]+)[)）]$")
_ADAPT = "Compare it with the description in dagster_project/lib/readers/nbs_json.py; its reader must follow the interface."


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one reply, in the units as printed; `line` counts the values from 1."""
    cells: list[dict] = []
    seen: dict[tuple, str] = {}
    for index, member in enumerate(_data(content, file)):
        path = f"data[{index}]"
        _expect_members(member, MEMBERS, path, file)
        period = _period(member, path, file)
        if not isinstance(member["values"], list):
            raise FileProblem(file, f"{path}.values is not a list", _ADAPT)
        for position, value in enumerate(member["values"]):
            here = f"{path}.values[{position}]"
            _expect_members(value, VALUE_MEMBERS, here, file)
            key = (period, _text(value, "da", here, file), _text(value, "i_showname", here, file).strip())
            if key in seen:
                raise FileProblem(file, f"{here} repeats {seen[key]} (same period, region and indicator)", _ADAPT)
            seen[key] = here
            cells.append({"line": len(cells) + 1} | _cell(value, here, file, period, options))
    return cells


# The shape


def _data(content: bytes, file: str) -> list:
    """The list under `data`. Beside it only plain members are known (a status, a message): they hold no figures."""
    if len(content) > LARGEST:
        raise FileProblem(file, f"it is larger than {LARGEST:,} bytes", "Ask for fewer indicators or years at once.")
    text = characters(content, file)
    if text.lstrip().startswith("<"):
        raise FileProblem(file, "expected JSON, found a web page (a refusal saved as .json?)", "Download it again.")
    try:
        reply = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except RecursionError as problem:
        raise FileProblem(file, "nested too deeply to be a reply of the interface", _ADAPT) from problem
    except ValueError as problem:
        raise FileProblem(file, f"not readable as JSON ({problem})", "Download it again.") from problem
    if not isinstance(reply, dict) or not isinstance(reply.get("data"), list):
        raise FileProblem(file, "data is not a list", _ADAPT)
    for name, member in reply.items():
        if name != "data" and isinstance(member, dict | list):
            raise FileProblem(file, f"{name} is unknown", _ADAPT)
    return reply["data"]


def _members(pairs: list[tuple[str, Any]]) -> dict:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the member {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a figure")


def _expect_members(member: Any, expected: frozenset[str], path: str, file: str) -> None:
    if not isinstance(member, dict):
        raise FileProblem(file, f"{path} is not an object", _ADAPT)
    for name in sorted(expected - member.keys()):
        raise FileProblem(file, f"{path}.{name} is missing", _ADAPT)
    for name in sorted(member.keys() - expected):
        raise FileProblem(file, f"{path}.{name} is unknown", _ADAPT)


def _text(member: dict, name: str, path: str, file: str) -> str:
    text = member[name]
    if not isinstance(text, str):
        raise FileProblem(file, f"{path}.{name} should be text, found {type(text).__name__}", _ADAPT)
    if re.search("[\ud800-\udfff]", text):
        raise FileProblem(file, f"{path}.{name} holds half a character", "Download it again.")
    return text


def _period(member: dict, path: str, file: str) -> str:
    """2025 or 2025-09. `name` must say the same as `code`."""
    code, name = _text(member, "code", path, file), _text(member, "name", path, file).strip()
    match = _CODE.fullmatch(code)
    if not match:
        raise FileProblem(file, f"{path}.code is {code!r}, not a year (2025YY) or a month (202509MM)", _ADAPT)
    year, month = match.groups()
    names = {f"{year}年{int(month)}月", f"{year}年{month}月"} if month else {f"{year}年"}
    if name not in names:
        raise FileProblem(file, f"{path}.name is {name!r}, but code is {code!r}", _ADAPT)
    return f"{year}-{month}" if month else year


# Values


def _cell(value: dict, path: str, file: str, period: str, options: dict) -> dict:
    region = _text(value, "da", path, file)
    if not _REGION.fullmatch(region):
        raise FileProblem(file, f"{path}.da is {region!r}, not a code of twelve digits", _ADAPT)
    unit = _text(value, "du_name", path, file).strip()
    label, named = _label_and_unit(_text(value, "i_showname", path, file).strip(), options["known_units"] | {unit})
    basis = options["basis"].get(label) if "-" in period else "period"
    problem = None
    if named and unit and named != unit:
        problem = f"指标名里的单位“{named}”与 du_name“{unit}”不一致"
    elif basis is None:
        problem = f"未声明“{label}”是当月值还是累计值（source.yml 的 options.basis）"
    return {
        "locator": f"{path}.value",
        "place": region,
        "label": label,
        "series": None,
        "freq": "M" if "-" in period else "A",
        "time_period": period,
        "period_basis": basis,
        "unit": unit or named or "",
        "raw_value": _text(value, "value", path, file),
        "obs_status": None,
        "problem": problem,
    }


def _label_and_unit(shown: str, known_units: frozenset[str]) -> tuple[str, str | None]:
    """地区生产总值 (亿元) → 地区生产总值, 亿元. A last bracket that holds no known unit belongs to the name."""
    match = _BRACKET.match(shown)
    unit = match[2].strip() if match else None
    return (match[1], unit) if unit in known_units else (shown, None)
