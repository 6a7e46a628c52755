"""Figures as printed: full-width digits, thousands separators, and the marks that publishers use for a missing figure."""

import math
import re

#: Marks that stand for no figure (yearbook editors' notes, customs tables, exports of pandas).
MISSING_MARKS = frozenset({"", "-", "--", "—", "——", "–", "－", "一", "…", "……", "...", "nan", "null"})

_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$", re.ASCII)
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
#: Full-width forms only: NFKC would also make a digit of a footnote mark (1377② would become 13772).
_HALF_WIDTH = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}


def parse(raw: str) -> tuple[float | None, bool]:
    """(value, is_missing) of a printed figure. A text that is neither a number nor a missing mark gives (None, False)."""
    text = raw.translate(_HALF_WIDTH).strip()
    if raw.strip() in MISSING_MARKS or text.lower() in MISSING_MARKS:
        return None, True
    if _PLAIN.match(text) or _GROUPED.match(text):
        value = float(text.replace(",", ""))
        return (value if math.isfinite(value) else None), False
    return None, False
