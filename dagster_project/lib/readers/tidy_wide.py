"""One period a line, one series a column, one area for the whole file (exchange rates).

Options: period_column, period_format (as strptime reads it), freq, ref_area, columns: {heading: {series, unit}}. Columns that are
not declared are left alone; a declared one that the file lacks stops the file.
"""

from datetime import datetime

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import decode, rows

FORM = {"A": "%Y", "M": "%Y-%m"}


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one wide file, in the units that source.yml declares for its columns."""
    table = rows(decode(content, file), file)
    header = table[0][1]
    wanted = (options["period_column"], *options["columns"])
    for fault, names in (
        ("lacks", [name for name in wanted if name not in header]),
        ("repeats", [name for name in wanted if header.count(name) > 1]),
    ):
        if names:
            raise FileProblem(
                file, f"the heading line {fault} {', '.join(names)}", "Correct `options` in source.yml or the file."
            )
    return [cell for line, fields in table[1:] for cell in _cells(line, fields, header, options)]


def _cells(line: int, fields: list[str], header: list[str], options: dict) -> list[dict]:
    problem = None if len(fields) == len(header) else f"该行有 {len(fields)} 列，应为 {len(header)} 列"
    values = dict.fromkeys(header, "") | dict(zip(header, fields, strict=False))
    printed = values[options["period_column"]]
    try:
        period = datetime.strptime(printed, options["period_format"]).strftime(FORM[options["freq"]])
    except ValueError:
        period, problem = printed, problem or f"时期“{printed}”不是 {options['period_format']} 的写法"
    return [
        {
            "line": line,
            "locator": f"line {line}, col {heading}",
            "place": options["ref_area"],
            "label": heading,
            "series": column["series"],
            "freq": options["freq"],
            "time_period": period,
            "period_basis": "period",
            "unit": column["unit"],
            "raw_value": values[heading],
            "obs_status": None,
            "problem": problem,
        }
        for heading, column in options["columns"].items()
    ]
