"""Figures as printed: full-width digits, thousands separators, and the marks that publishers use for a missing figure."""

import re
import unicodedata

#: Marks that stand for no figure (yearbook editors' notes, customs tables, exports of pandas).
MISSING_MARKS = frozenset({"", "-", "--", "—", "——", "–", "－", "一", "…", "……", "...", "nan", "null"})

_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")


def parse(raw: str) -> tuple[float | None, bool]:
    """(value, is_missing) of a printed figure. A text that is neither a number nor a missing mark gives (None, False)."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if raw.strip() in MISSING_MARKS or text.lower() in MISSING_MARKS:
        return None, True
    if _PLAIN.match(text):
        return float(text), False
    if _GROUPED.match(text):
        return float(text.replace(",", "")), False
    return None, False
