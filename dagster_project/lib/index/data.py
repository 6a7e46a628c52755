"""The data of `openecon index`: a long CSV of values, and the dense grid of areas, periods and nodes that the engine reads.

A file is read in whole columns; where in the file a fault lies is only looked for once there is one.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl

from dagster_project.lib.problems import BuildStopped

KEYS = ("ref_area", "time_period", "indicator")
COLUMNS = (*KEYS, "obs_value")
#: Squares and products of values have to stay finite.
LIMIT = 1e30

_BOM = b"\xef\xbb\xbf"
_COMMA, _QUOTE, _RETURN, _BREAK = b',"\r\n'
_SHOWN = 60
_FREQUENCIES = {
    "year": re.compile(r"[0-9]{4}"),
    "quarter": re.compile(r"[0-9]{4}-Q[1-4]"),
    "month": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"),
}
_GROUPED = ("group_mean", "group_median")
_NO_VALUE = {"nan", "na", "n/a", "n.a.", "null", "none", "-", "--", "—", "…", "..", "inf", "infinity"}


# The file


def read(path: Path) -> pl.DataFrame:
    """The rows of a long CSV: ref_area, time_period, indicator (text), obs_value (float, null where empty), line (in the file).

    UTF-8, exactly these four columns in any order. Cells are stripped of surrounding blanks; blank rows are left out. Raises
    BuildStopped in one line that names file, line and remedy, among others for a cell that stands twice and for periods of
    different kinds (2020 beside 2020-03).
    """
    content = _content(path)
    starts, cells, lines = _records(path, content)
    heading = _heading(path, content[: starts[1] if len(starts) > 1 else None])
    _check_width(path, content, starts, cells, lines)
    table = _parsed(path, content, heading, len(starts) - 1).with_columns(line=pl.Series(lines[1:], dtype=pl.Int32))
    table, different = _stripped(table)
    if table.is_empty():
        _stop(path, "there is no row below the heading; write one row for each value")
    for name in KEYS:
        if "" in different[name]:
            _stop(path, f"{name} is empty; fill it in, or take the row out", _line_of(table, name, ""))
    table = table.select(*KEYS, _numbers(path, table), "line")
    _check_cells(path, table, different)
    _check_periods(path, table, different["time_period"])
    return table


def _stop(path: Path, text: str, line: int | None = None) -> NoReturn:
    raise BuildStopped(f"{path}: {text}" if line is None else f"{path}: line {line}: {text}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes().removeprefix(_BOM)
    except FileNotFoundError:
        _stop(path, "there is no such file; check the path given to --data")
    except OSError as problem:
        _stop(path, f"not readable ({problem.strerror}); give a CSV file to --data")
    if not content.strip():
        _stop(path, f"the file is empty; its first line should be {','.join(COLUMNS)}")
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as problem:
        _stop(path, "not in UTF-8; save the file again as CSV in UTF-8", content.count(b"\n", 0, problem.start) + 1)
    return content


def _records(path: Path, content: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each record: the byte it starts at, its number of cells, and the line of the file it starts on."""
    text = np.frombuffer(content, np.uint8)
    breaks = ends = np.flatnonzero(text == _BREAK)
    commas = np.flatnonzero(text == _COMMA)
    if b'"' in content:
        quotes = np.flatnonzero(text == _QUOTE)
        _check_quotes(path, text, quotes, breaks)
        # After an odd number of quotes a comma or line break is part of a cell.
        ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
        commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    if not len(ends) or ends[-1] != len(text) - 1:
        ends = np.append(ends, len(text))
    starts = np.concatenate([[0], ends[:-1] + 1])
    cells = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
    return starts, cells, np.searchsorted(breaks, starts) + 1


def _check_quotes(path: Path, text: np.ndarray, quotes: np.ndarray, breaks: np.ndarray) -> None:
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, text[opening - 1], _BREAK)
    after = text[np.minimum(closing + 1, len(text) - 1)]
    astray = opening[~np.isin(before, (_COMMA, _BREAK, _QUOTE))].tolist()[:1]
    # What a misplaced closing quote closes is where the fault began.
    wrong = ~np.isin(after, (_COMMA, _BREAK, _RETURN, _QUOTE)) & (closing < len(text) - 1)
    astray += opening[: len(closing)][wrong].tolist()[:1]
    if len(quotes) % 2 and not astray:
        astray = opening[-1:].tolist()
    if astray:
        line = int(np.searchsorted(breaks, min(astray))) + 1
        _stop(path, 'a quote that does not enclose a whole cell; close it, or write "" for a quote inside a quoted cell', line)


def _heading(path: Path, first: bytes) -> list[str]:
    should = f"the heading should be {','.join(COLUMNS)}"
    try:
        names = [name.strip() for name in next(csv.reader([first.decode().rstrip("\r\n")]), [])]
    except csv.Error as problem:
        _stop(path, f"not readable as CSV ({problem}); {should}", 1)
    for problem, faulty in (
        ("unknown column", [name for name in names if name not in COLUMNS]),
        ("missing column", [name for name in COLUMNS if name not in names]),
        ("repeated column", sorted({name for name in names if names.count(name) > 1})),
    ):
        if faulty:
            _stop(path, f"{problem} {', '.join(map(_shown, faulty))}; {should}", 1)
    return names


def _check_width(path: Path, content: bytes, starts: np.ndarray, cells: np.ndarray, lines: np.ndarray) -> None:
    ends = [*starts[1:], len(content)] if (cells != len(COLUMNS)).any() else []
    for record in np.flatnonzero(cells != len(COLUMNS)).tolist():
        if content[starts[record] : ends[record]].strip():
            remedy = "add the commas of its empty cells"
            if cells[record] > len(COLUMNS):
                remedy = "put a text that holds a comma in quotes, and write numbers without a thousands separator"
            _stop(path, f"{cells[record]} cells, expected {len(COLUMNS)}; {remedy}", int(lines[record]))


def _parsed(path: Path, content: bytes, heading: list[str], rows: int) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    try:
        table = pl.read_csv(content, infer_schema=False, new_columns=heading)
    except pl.exceptions.PolarsError as problem:
        _stop(path, f"not readable as CSV: {str(problem).splitlines()[0]}; save it again as CSV in UTF-8")
    if table.height != rows:
        _stop(path, f"not readable as CSV: {table.height} rows found where {rows} were expected; save it again as CSV in UTF-8")
    return table.select(pl.col(COLUMNS).fill_null(""))


def _stripped(table: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The table with keys stripped and without blank rows, and the different texts of each key, sorted.

    Codes are few: looking at the different ones first spares a pass over all cells.
    """
    different = {name: table[name].unique().sort() for name in KEYS}
    padded = [name for name, texts in different.items() if (texts != texts.str.strip_chars()).any()]
    if padded or any("" in texts for texts in different.values()):
        filled = pl.any_horizontal(pl.col(COLUMNS) != "")
        table = table.with_columns(pl.col(COLUMNS).str.strip_chars()).filter(filled)
        different = {name: table[name].unique().sort() for name in KEYS}
    return table, different


def _numbers(path: Path, table: pl.DataFrame) -> pl.Series:
    text = table["obs_value"]
    values = text.cast(pl.Float64, strict=False)
    odd = (text != "") & ~(values.abs() < LIMIT).fill_null(False)
    if odd.any():
        text = text.str.strip_chars()
        values = text.cast(pl.Float64, strict=False)
        odd = (text != "") & ~(values.abs() < LIMIT).fill_null(False)
    if odd.any():
        place = odd.arg_true()[0]
        _stop(path, f"obs_value {_shown(text[place])} {_remedy(text[place])}", table["line"][place])
    return values


def _remedy(text: str) -> str:
    """What is wrong with a text that is no value, and how to write it."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    ungrouped = re.sub(r"(?<=\d)[,'_\s](?=\d{3}(?!\d))", "", plain)
    if _magnitude(text) is not None:
        return f"is too large; values should be below {LIMIT:g}, so give it in a larger unit"
    if plain.lower().lstrip("+-") in _NO_VALUE or plain.lower() in _NO_VALUE:
        return "is not a number; leave the cell empty where there is no value"
    if plain.endswith("%") and _magnitude(plain[:-1].strip()) is not None:
        return f"has a percent sign; write {plain[:-1].strip()} (in percent) in all rows, and the unit in framework.csv"
    if _magnitude(plain) is not None:
        return f"has full-width characters; write {plain}"
    if _magnitude(ungrouped) is not None:
        return f"has a thousands separator; write {ungrouped}"
    return "is not a number; write it such as 12.5 or 1.2e6, or leave the cell empty where there is no value"


def _magnitude(text: str) -> float | None:
    return abs(float(text)) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) else None


def _check_cells(path: Path, table: pl.DataFrame, different: dict[str, pl.Series]) -> None:
    cell = np.zeros(table.height, dtype=np.int64)
    for name in KEYS:
        cell = cell * len(different[name]) + _places(table[name], different[name])
    keyed = pl.DataFrame({"cell": cell, "line": table["line"]})
    if keyed["cell"].n_unique() == table.height:
        return
    again = keyed.filter(~pl.col("cell").is_first_distinct()).row(0, named=True)
    first = keyed.filter(pl.col("cell") == again["cell"])["line"][0]
    key = ", ".join(map(_shown, table.filter(pl.col("line") == again["line"]).select(KEYS).row(0)))
    _stop(path, f"{key} stands already in line {first}; keep one of the two rows", again["line"])


def _places(column: pl.Series, categories: pl.Series) -> np.ndarray:
    """The place of each text among the categories (text, each once)."""
    return column.cast(pl.Enum(categories)).to_physical().cast(pl.Int64).to_numpy()


def _check_periods(path: Path, table: pl.DataFrame, periods: pl.Series) -> None:
    kinds: dict[str, str] = {}
    for period in periods:
        kinds.setdefault(_frequency(period), period)
    if len(kinds) > 1:
        found = sorted((_line_of(table, "time_period", period), kind, period) for kind, period in kinds.items())
        (first, _, usual), (line, kind, other) = found[0], found[1]
        article = "another kind of label" if kind == "label" else f"a {kind}"
        text = f"time_period {_shown(other)} is {article}, but line {first} has {_shown(usual)}"
        _stop(path, f"{text}; give periods of one kind in a file (2020, 2020-Q1 or 2020-03)", line)


def _line_of(table: pl.DataFrame, name: str, text: str) -> int:
    return table.filter(pl.col(name) == text)["line"][0]


def _frequency(period: str) -> str:
    return next((name for name, pattern in _FREQUENCIES.items() if pattern.fullmatch(period)), "label")


# The grid


@dataclass(frozen=True)
class Grid:
    """The data as the engine's tables.

    `areas`: framework, area_id (1.. by ref_area), ref_area, area_group ('' where none), population (null where none). `periods`:
    framework, period_id (1.. in time), time_period, position (in years, quarters or months; in places for other labels).
    `observed`: node_id, area_id, period_id, value (null where missing), reason ('missing' there), is_zero (False); one row for
    every indicator and denominator × area × period, sorted. `unused`: indicators of the data that the framework does not name,
    sorted.
    """

    areas: pl.DataFrame
    periods: pl.DataFrame
    observed: pl.DataFrame
    unused: list[str]


def grid(values: pl.DataFrame, nodes: pl.DataFrame, areas: pl.DataFrame, framework: str) -> Grid:
    """The grid of what `read` gave (rows in any order), numbered `nodes` and areas.csv (no rows where there is none).

    Raises BuildStopped where a value is imputed from a group and areas.csv does not say an area's group.
    """
    leaves = nodes.filter((pl.col("framework") == framework) & pl.col("type").is_in(["indicator", "denominator"])).sort("node_id")
    declared = areas.filter(pl.col("framework") == framework)
    unused = values["indicator"].unique().sort()
    # What only indicators that are left out speak of is left out with them: an area without a figure is not to be imputed.
    used = values.filter(pl.col("indicator").is_in(leaves["code"].implode()))
    if used.is_empty():
        raise BuildStopped(
            f"none of the indicators of the data ({', '.join(unused[:5])}) is a code of framework.csv"
            f" ({', '.join(leaves['code'][:5])}); the column indicator holds these codes"
        )
    all_areas = used["ref_area"].unique().sort()
    all_periods = used["time_period"].unique().sort()
    _check_groups(leaves, declared, all_areas)
    return Grid(
        _areas(declared, all_areas, framework),
        _periods(all_periods, framework),
        _observed(used, leaves, all_areas, all_periods),
        unused.filter(~unused.is_in(leaves["code"].implode())).to_list(),
    )


def _check_groups(leaves: pl.DataFrame, declared: pl.DataFrame, present: pl.Series) -> None:
    grouped = leaves.filter(pl.col("imputation").is_in(_GROUPED))
    if grouped.is_empty() or declared.is_empty():
        return
    groups = dict(declared.select("ref_area", "group").iter_rows())
    for area in present:
        if not groups.get(area):
            fault = f"area {area} has no group" if area in groups else f"area {area} of the data has no row"
            code, method = grouped.select("code", "imputation").row(0)
            raise BuildStopped(f"areas.csv: {fault}; {method} of {code} needs one: give its ref_area and group")


def _areas(declared: pl.DataFrame, all_areas: pl.Series, framework: str) -> pl.DataFrame:
    groups = dict(declared.select("ref_area", "group").iter_rows())
    populations = dict(declared.select("ref_area", "population").iter_rows())
    return pl.DataFrame(
        {
            "framework": [framework] * len(all_areas),
            "area_id": range(1, len(all_areas) + 1),
            "ref_area": all_areas,
            "area_group": [groups.get(area) or "" for area in all_areas],
            "population": [populations.get(area) for area in all_areas],
        },
        schema={
            "framework": pl.String,
            "area_id": pl.Int32,
            "ref_area": pl.String,
            "area_group": pl.String,
            "population": pl.Float64,
        },
    )


def _periods(all_periods: pl.Series, framework: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "framework": [framework] * len(all_periods),
            "period_id": range(1, len(all_periods) + 1),
            "time_period": all_periods,
            "position": [_position(period, place) for place, period in enumerate(all_periods, 1)],
        },
        schema={"framework": pl.String, "period_id": pl.Int32, "time_period": pl.String, "position": pl.Int32},
    )


def _position(period: str, place: int) -> int:
    match _frequency(period):
        case "year":
            return int(period)
        case "quarter":
            return int(period[:4]) * 4 + int(period[6]) - 1
        case "month":
            return int(period[:4]) * 12 + int(period[5:]) - 1
        case _:
            return place


def _observed(used: pl.DataFrame, leaves: pl.DataFrame, all_areas: pl.Series, all_periods: pl.Series) -> pl.DataFrame:
    shape = (leaves.height, len(all_areas), len(all_periods))
    cells = np.full(shape, np.nan)
    places = zip(("indicator", "ref_area", "time_period"), (leaves["code"], all_areas, all_periods), strict=True)
    where = tuple(_places(used[name], categories) for name, categories in places)
    cells[where] = used["obs_value"].fill_null(float("nan")).to_numpy()
    node, area, period = (axis.ravel() for axis in np.indices(shape, dtype=np.int32, sparse=False))
    return pl.DataFrame(
        {
            "node_id": leaves["node_id"].cast(pl.Int32).to_numpy()[node],
            "area_id": area + 1,
            "period_id": period + 1,
            "value": cells.ravel(),
        },
        schema={"node_id": pl.Int32, "area_id": pl.Int32, "period_id": pl.Int32, "value": pl.Float64},
    ).with_columns(
        pl.col("value").fill_nan(None),
        reason=pl.when(pl.col("value").is_nan()).then(pl.lit("missing")),
        is_zero=pl.lit(False),
    )
