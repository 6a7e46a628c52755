"""Figures as printed: full-width digits, thousands separators, and the marks that publishers use for a missing figure."""

import math
import re

import polars as pl

#: Marks that stand for no figure (yearbook editors' notes, customs tables, exports of pandas).
MISSING_MARKS = frozenset({"", "-", "--", "—", "——", "–", "－", "一", "…", "……", "...", "nan", "null"})

_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$", re.ASCII)
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
#: Full-width forms only: NFKC would also make a digit of a footnote mark (1377② would become 13772).
_HALF_WIDTH = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
#: What a column of figures is nearly always made of: read in bulk. Everything else goes through parse().
_USUAL = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"


def parse(raw: str) -> tuple[float | None, bool]:
    """(value, is_missing) of a printed figure. A text that is neither a number nor a missing mark gives (None, False)."""
    text = raw.translate(_HALF_WIDTH).strip()
    if raw.strip() in MISSING_MARKS or text.lower() in MISSING_MARKS:
        return None, True
    if _PLAIN.match(text) or _GROUPED.match(text):
        value = float(text.replace(",", ""))
        return (value if math.isfinite(value) else None), False
    return None, False


def parsed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with obs_value and is_missing beside its column raw_value; the same as parse() row by row."""
    usual = pl.col("raw_value").str.contains(_USUAL)
    others = frame.filter(~usual)["raw_value"].unique()
    told = [parse(raw) for raw in others]
    table = pl.DataFrame(
        {"raw_value": others, "other_value": [value for value, _ in told], "is_missing": [missing for _, missing in told]},
        schema={"raw_value": pl.String, "other_value": pl.Float64, "is_missing": pl.Boolean},
    )
    if not table.is_empty():
        frame = frame.join(table, on="raw_value", how="left", maintain_order="left")
    else:
        frame = frame.with_columns(other_value=pl.lit(None, pl.Float64), is_missing=pl.lit(None, pl.Boolean))
    value = pl.when(usual).then(pl.col("raw_value")).cast(pl.Float64, strict=False)
    return frame.with_columns(obs_value=pl.coalesce(value, "other_value"), is_missing=pl.col("is_missing").fill_null(False)).drop(
        "other_value"
    )
