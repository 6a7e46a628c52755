"""One figure a line, as copied from one publication with the sentence or cells it stood in.

Columns: city_zh, adcode, period, frequency, indicator, value, unit, obs_status, quote. The place is taken from adcode; the
indicator and the unit stay as printed and are resolved in landing.
"""

from dagster_project.lib.periods import PeriodProblem, tidy
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import decode, rows

COLUMNS = ["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status", "quote"]


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one tidy file; every line is one figure in its printed unit."""
    table = rows(decode(content, file), file)
    header = table[0][1]
    faults = {
        "lacks": [name for name in COLUMNS if name not in header],
        "has unknown": [name for name in header if name not in COLUMNS],
        "repeats": [name for name in COLUMNS if header.count(name) > 1],
    }
    if any(faults.values()):
        wrong = "; ".join(f"{fault} {', '.join(names)}" for fault, names in faults.items() if names)
        raise FileProblem(file, f"the heading line {wrong}", f"Head the columns {','.join(COLUMNS)}.")
    return [_cell(line, fields, header) for line, fields in table[1:]]


def _cell(line: int, fields: list[str], header: list[str]) -> dict:
    if len(fields) != len(header):
        problem = f"该行有 {len(fields)} 列，应为 {len(header)} 列"
        return _line(line, dict.fromkeys(header, "") | dict(zip(header, fields, strict=False)), None, problem)
    values = dict(zip(header, fields, strict=True))
    try:
        return _line(line, values, tidy(values["period"], values["frequency"]), None)
    except PeriodProblem as problem:
        return _line(line, values, None, str(problem))


def _line(line: int, values: dict, period, problem: str | None) -> dict:
    return {
        "line": line,
        "locator": f"line {line}, col value",
        "place": values["adcode"],
        "label": values["indicator"],
        "series": None,
        "freq": period.freq if period else None,
        "time_period": period.time_period if period else values["period"],
        "period_basis": period.basis if period else None,
        "unit": values["unit"],
        "raw_value": values["value"],
        "obs_status": values["obs_status"] or None,
        "problem": problem,
    }
