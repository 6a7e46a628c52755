"""Forms as a city fills them in: the cells of a blank one are filled in its XML, which is quicker than a whole workbook."""

import html
import io
import re
import zipfile
from functools import cache

from dagster_project.lib import forms
from tests.fuzz.declared import DECLARED

SHEET = "xl/worksheets/sheet1.xml"


@cache
def blank(area: str, period: str) -> bytes:
    """A form that nobody has filled in."""
    return forms.write(DECLARED, area, period, None)


def asked(period: str) -> list[tuple[str, str, str]]:
    """(series, unit, kind) of each row that a form asks, from row 5 of its sheet."""
    rows = DECLARED["series"].rows(named=True)
    return [
        (row["series"], row["display_unit_zh"], row["kind"])
        for row in rows
        if ("M" if "-" in period else "A") in (row["asked"] or "")
    ]


def filled(content: bytes, texts: dict[str, str]) -> bytes:
    """The form with these cells, numbers as numbers."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _with(part.decode(), texts).encode() if name == SHEET else part)
    return out.getvalue()


def _with(sheet: str, texts: dict[str, str]) -> str:
    for address, text in texts.items():
        if re.fullmatch(r"(0|[1-9]\d{0,14})(\.\d{1,4}[1-9])?", text):
            cell = f"><v>{text}</v></c>"
        else:
            cell = f' t="inlineStr"><is><t xml:space="preserve">{html.escape(text)}</t></is></c>'
        sheet, count = re.subn(rf'(<c r="{address}"(?: s="\d+")?)/>', lambda match, cell=cell: match[1] + cell, sheet)
        assert count == 1, address
    return sheet
