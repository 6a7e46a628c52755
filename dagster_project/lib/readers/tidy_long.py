"""One figure a line, as copied from one publication with the sentence or cells it stood in.

Columns: city_zh, adcode, period, frequency, indicator, value, unit, obs_status, quote. The place is taken from adcode; the
indicator and the unit stay as printed and are resolved in landing. Files of any size pass in batches.
"""

from collections.abc import Iterator

import polars as pl

from dagster_project.lib.periods import PeriodProblem, tidy
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import blocks

COLUMNS = ["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status", "quote"]

#: What is read of them; quote is for people.
READ = ["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status"]


def read(content, file: str, time_period: str | None, options: dict) -> Iterator[pl.DataFrame]:
    """Cells of one tidy file, in batches; every line is one figure in its printed unit."""
    content = blocks.utf8(content, file)
    line, header = blocks.heading(content, file)
    _check(header, file)
    for table in blocks.tables(content, file, line, header, READ):
        yield _cells(table, len(header), options.get("places"))


def _check(header: list[str], file: str) -> None:
    faults = {
        "lacks": [name for name in COLUMNS if name not in header],
        "has unknown": [name for name in header if name not in COLUMNS],
        "repeats": [name for name in COLUMNS if header.count(name) > 1],
    }
    if any(faults.values()):
        wrong = "; ".join(f"{fault} {', '.join(names)}" for fault, names in faults.items() if names)
        raise FileProblem(file, f"the heading line {wrong}", f"Head the columns {','.join(COLUMNS)}.")


def _cells(table: pl.DataFrame, width: int, places) -> pl.DataFrame:
    torn = pl.col("width") != width
    whole = pl.when(~torn)
    named = table.join(_periods(table), on=["period", "frequency"], how="left", maintain_order="left")
    return named.join(_names(table, places), on=["city_zh", "adcode"], how="left", maintain_order="left").select(
        "line",
        pl.format("line {}, col value", "line").alias("locator"),
        pl.col("adcode").alias("place"),
        pl.col("indicator").alias("label"),
        pl.lit(None, dtype=pl.String).alias("series"),
        whole.then("freq").alias("freq"),
        whole.then("time_period").otherwise("period").alias("time_period"),
        whole.then("period_basis").alias("period_basis"),
        "unit",
        pl.col("value").alias("raw_value"),
        pl.col("obs_status").str.strip_chars().replace("", None).alias("obs_status"),
        pl.when(torn)
        .then(pl.format(f"该行有 {{}} 列，应为 {width} 列", "width"))
        .otherwise(pl.coalesce("period_problem", "name_problem"))
        .alias("problem"),
    )


def _names(table: pl.DataFrame, places) -> pl.DataFrame:
    """Each name beside its code, with a problem where they stand for two different places: one of them was mistyped."""
    told = []
    for name, code in table.select("city_zh", "adcode").unique().iter_rows():
        of_name, of_code = (places[name], places[code]) if places else (None, None)
        differ = of_name and of_code and of_name != of_code
        told.append((name, code, f"地名“{name.strip()}”与代码“{code.strip()}”不是同一地区" if differ else None))
    return pl.DataFrame(told, schema=dict.fromkeys(["city_zh", "adcode", "name_problem"], pl.String), orient="row")


def _periods(table: pl.DataFrame) -> pl.DataFrame:
    """Each period as printed with what it means; one that means nothing keeps its text and has a problem."""
    told = []
    for printed, frequency in table.select("period", "frequency").unique().iter_rows():
        try:
            read = tidy(printed.strip(), frequency.strip())
            told.append((printed, frequency, read.freq, read.time_period, read.basis, None))
        except PeriodProblem as problem:
            told.append((printed, frequency, None, printed, None, str(problem)))
    names = ["period", "frequency", "freq", "time_period", "period_basis", "period_problem"]
    return pl.DataFrame(told, schema=dict.fromkeys(names, pl.String), orient="row")
