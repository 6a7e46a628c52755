"""海关总署 进出口商品收发货人所在地总值表: one month, by location, in the layout that the scraped web table leaves.

Three heading lines: the unit; the flow of each column; 「3月」 or 「1至3月」 of each column (for the last three columns the flow
whose cumulative growth they print). Columns are found by these headings: the order of 进口 and 出口 changes between months.
The year stands only in the file's name. The last line is a note; a file without it has been cut off.
"""

import re

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import decode, rows

FLOWS = {"进出口": "trade_total", "出口": "trade_export", "进口": "trade_import"}
PLACE_HEADING = "收发货人所在地"
GROWTH_HEADING = "累计比去年同期"
_MONTH = re.compile(r"^(\d{1,2})月$")
_CUMULATIVE = re.compile(r"^1至(\d{1,2})月$")
_UNIT = re.compile(r"^单位[：:]\s*(\S+)$")


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one monthly table. `time_period` is the month of the file's name (2024-03); values are in the printed unit."""
    if time_period is None:
        raise FileProblem(
            file, "the month is not in the file's name", "Name it files/<year>-<month>.csv, such as files/2025-08.csv."
        )
    table = rows(decode(content, file), file)
    columns = _columns(table, file, time_period, options)
    body = [(line, fields) for line, fields in table[3:] if not fields[0].startswith("注")]
    if len(body) == len(table) - 3:
        raise FileProblem(
            file, "the closing note 注：… is missing, so the table may be cut off", "Download it again and compare its length."
        )
    width = len(table[2][1])
    return [cell for line, fields in body for cell in _cells(line, fields, columns, width, time_period)]


def _columns(table: list, file: str, time_period: str, options: dict) -> list[dict]:
    """What each column holds: index, series, basis, unit, and the heading a person would look for."""
    layout = "Compare its three heading lines with an earlier month; if the publisher changed the layout, its reader must follow."
    if len(table) < 4 or any(fields[0] != PLACE_HEADING for _, fields in table[1:3]):
        raise FileProblem(file, f"lines 2 and 3 do not begin with {PLACE_HEADING}", layout)
    units = {match[1] for field in table[0][1] if (match := _UNIT.match(field))}
    if units != {options["unit"]}:
        raise FileProblem(
            file, f"line 1 should give the unit {options['unit']}, found {'、'.join(sorted(units)) or 'none'}", layout
        )
    month = int(time_period[5:])
    columns = []
    for index, (flow, label) in enumerate(zip(table[1][1], table[2][1], strict=False)):
        if index == 0:
            continue
        columns.append(_column(index, flow, label, month, options["unit"]))
        if columns[-1] is None:
            raise FileProblem(
                file,
                f"column {index + 1} is headed {flow!r} / {label!r}, not a flow of month {month}, its cumulative or its growth",
                layout,
            )
    kinds = sorted((column["series"], column["period_basis"]) for column in columns)
    expected = sorted(
        [(series, basis) for series in FLOWS.values() for basis in ("period", "ytd")]
        + [(f"{series}_yoy", "ytd") for series in FLOWS.values()]
    )
    if kinds != expected:
        raise FileProblem(file, "the columns are not three flows with month, cumulative and growth each", layout)
    return columns


def _column(index: int, flow: str, label: str, month: int, unit: str) -> dict | None:
    if flow.startswith(GROWTH_HEADING) and label in FLOWS:
        return _kind(index, f"{FLOWS[label]}_yoy", "ytd", "%", f"{GROWTH_HEADING}±％ {label}")
    for pattern, basis in ((_MONTH, "period"), (_CUMULATIVE, "ytd")):
        match = pattern.match(label)
        if match and int(match[1]) == month and flow in FLOWS:
            return _kind(index, FLOWS[flow], basis, unit, f"{flow} {label}")
    return None


def _kind(index: int, series: str, basis: str, unit: str, heading: str) -> dict:
    return {"index": index, "series": series, "period_basis": basis, "unit": unit, "heading": heading}


def _cells(line: int, fields: list[str], columns: list[dict], width: int, time_period: str) -> list[dict]:
    problem = None if len(fields) == width else f"该行有 {len(fields)} 列，应为 {width} 列"
    return [
        {
            "line": line,
            "locator": f"line {line}, col {column['heading']}",
            "place": fields[0],
            "label": column["heading"],
            "series": column["series"],
            "freq": "M",
            "time_period": time_period,
            "period_basis": column["period_basis"],
            "unit": column["unit"],
            "raw_value": fields[column["index"]] if column["index"] < len(fields) else "",
            "obs_status": None,
            "problem": problem,
        }
        for column in columns
    ]
