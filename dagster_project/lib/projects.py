"""Rows of project registers become projects as schemas/project.py wants them, or are held: a cell alone, or the whole row."""

import difflib
from itertools import groupby

import pandera.errors
import polars as pl

from dagster_project.lib import numbers
from dagster_project.lib.declarations import Declared
from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.readers import marked
from dagster_project.lib.spelling import normal
from schemas.observation import QUARANTINE
from schemas.project import AMOUNTS, COLUMNS, CONTRACT, DAYS, READ, REASONS, WORKING

#: The fields that hold a registered name: which table of seeds/ registers it.
NAMED = {"economy": "economies", "industry": "industries"}


def split(rows: pl.DataFrame, declared: Declared) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(projects, quarantine) of the rows of registers (project_form.ROW), which landing has told of their publication.

    A fault of a cell leaves its project without that cell; a fault of the row holds the project. Raises BuildStopped where a
    reader gives what no register can lead to.
    """
    known = {field: _names(declared[table], field) for field, table in NAMED.items()}
    projects = _understood(rows, declared, known)
    held, without, blank = [], [], {field: [] for field in READ}
    for row, checks in groupby(_faults(projects), key=lambda fault: fault[0]):
        found = [check for _, check in checks]
        of_line = [check for check in found if REASONS[check].field is None]
        if of_line:
            without.append(row)
            held.append(_held(rows, projects, row, of_line[0], known))
            continue
        of_cells = {REASONS[check].field: check for check in reversed(found)}
        for field in sorted(of_cells, key=READ.index):
            blank[field].append(row)
            held.append(_held(rows, projects, row, of_cells[field], known))
    numbered = projects.with_row_index("row").with_columns(
        pl.when(~pl.col("row").is_in(places)).then(field).alias(field) for field, places in blank.items() if places
    )
    kept = numbered.filter(~pl.col("row").is_in(without)).select(COLUMNS.keys())
    return kept, pl.DataFrame(held, schema=QUARANTINE)


def _names(table: pl.DataFrame, code: str) -> dict[str, str]:
    """What a registered name stands for: the code itself, its name, and other names of it (also_zh, parted by 、)."""
    found = {}
    for row in table.iter_rows(named=True):
        others = (row.get("also_zh") or "").split("、")
        found |= {normal(name): row[code] for name in (row[code], row["name_zh"], *others) if name}
    return found


def _understood(rows: pl.DataFrame, declared: Declared, known: dict[str, dict[str, str]]) -> pl.DataFrame:
    """COLUMNS and WORKING of each row; what cannot be read is null beside its text."""
    rows = rows.with_columns(pl.col(field).replace(list(numbers.MISSING_MARKS), "") for field in READ)
    units = declared["units"].select("unit", "unit_measure", "unit_mult")
    periods = [marked.last_day(period) for period in rows["time_period"]]
    frame = rows.with_columns(
        *(pl.col(field).alias(f"printed_{field}") for field in READ),
        *(pl.col(field).replace("", None) for field in ("project", "name_zh", "investor_zh", "site_zh")),
        *(pl.Series(field, [known[field].get(normal(text)) for text in rows[field]], pl.String) for field in NAMED),
        *(pl.Series(field, [marked.day(text) for text in rows[field]], pl.Date) for field in DAYS),
        *(pl.Series(field, [numbers.parse(text)[0] for text in rows[field]], pl.Float64) for field in AMOUNTS),
        pl.Series("period_end", periods, pl.Date),
        ref_area=pl.col("place"),
        obs_status=pl.col("default_status"),
        source_locator=pl.col("locator"),
    )
    return frame.join(units, on="unit", how="left", maintain_order="left").select([*COLUMNS, *WORKING])


def _faults(projects: pl.DataFrame) -> list[tuple[int, str]]:
    """(row, check) of everything that breaks the contract, by row in the order of REASONS."""
    try:
        CONTRACT.validate(projects, lazy=True)
        return []
    except pandera.errors.SchemaErrors as problem:
        cases = problem.failure_cases
    order = {name: place for place, name in enumerate(REASONS)}
    found = set(cases.select("index", "check").iter_rows())
    unknown = [case for case in found if case[0] is None or case[1] not in REASONS]
    if unknown:
        raise BuildStopped(f"a register was read as {unknown[0]}, which none should lead to: this is a fault of the program")
    return sorted(found, key=lambda fault: (fault[0], order[fault[1]]))


def _held(rows: pl.DataFrame, projects: pl.DataFrame, row: int, check: str, known: dict[str, dict[str, str]]) -> dict:
    """One line of quarantine."""
    reason, printed, project = REASONS[check], rows.row(row, named=True), projects.row(row, named=True)
    near = ""
    if reason.field in NAMED:
        close = difflib.get_close_matches(normal(printed[reason.field]), list(known[reason.field]), n=1, cutoff=0.5)
        near = f"（最相近的登记名称：{close[0]}）" if close else ""
    cell = printed[reason.field] if reason.field else None
    return {
        "source_id": project["source_id"],
        "source_file": project["source_file"],
        "source_sha256": project["source_sha256"],
        "source_locator": printed[f"where_{reason.field}"] if reason.field else printed["locator"],
        "level": "cell" if reason.field else "line",
        "reason": reason.code,
        "place": printed["place"],
        "label": printed["name_zh"] or printed["project"],
        "time_period": printed["time_period"],
        "raw_value": cell,
        "message_zh": reason.message_zh.format(**project, nearest=near),
    }
