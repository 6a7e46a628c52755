"""Cells of an .xls workbook (BIFF, Excel 5 to 2003), read by the program biff.py within limits of memory and time."""

import json
import subprocess
import sys
from pathlib import Path

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.xlsx import Grid, shown

#: Bytes of a workbook; downloads of the statistics bureau have 6 to 18 KB.
LARGEST = 20_000_000
#: What the program may use: bytes of memory, seconds of computing, characters of output. 18 MB with a million cells need
#: 0.2 GB, 4 s and 40 MB.
LIMITS = (1_500_000_000, 60, 200_000_000)
#: Seconds until it is given up, on a machine that has other work too.
PATIENCE = 300

_AGAIN = "Download it again from the address in source.yml and replace it."
_PROGRAM = Path(__file__).with_name("biff.py")


def read(content: bytes, file: str) -> list[tuple[str, Grid]]:
    """(name, cells) of every sheet with content, the visible ones first."""
    if len(content) > LARGEST:
        raise FileProblem(file, f"the .xls workbook is larger than {LARGEST:,} bytes", "Save it as .xlsx, or without pictures.")
    try:
        # -P: the folder of the program holds modules of ours, which no library may find by a name of its own.
        command = [sys.executable, "-P", str(_PROGRAM), *map(str, LIMITS)]
        done = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as problem:
        raise FileProblem(file, f"the workbook could not be read in {PATIENCE} seconds", _AGAIN) from problem
    lines = done.stdout.splitlines()
    if done.returncode or lines[-1:] != [b"null"]:
        raise _damaged(file, done.stderr.decode("utf-8", "replace").strip())
    sheets: dict[tuple[bool, int], tuple[str, Grid]] = {}
    for number, name, hidden, epoch, row, cells in map(json.loads, lines[:-1]):
        texts = {column: text for column, *cell in cells if (text := _text(*cell, epoch))}
        if texts:
            sheets.setdefault((hidden, number), (name, {}))[1][row] = texts
    return [sheets[key] for key in sorted(sheets)]


def _damaged(file: str, told: str) -> FileProblem:
    if "encrypted" in told:
        return FileProblem(file, "expected a workbook, found one that is encrypted", "Save it without a password.")
    told = told.splitlines()[-1][:200] if told else "reading it does not come to an end"
    return FileProblem(file, f"expected a workbook, found one that is cut off or damaged ({told})", _AGAIN)


def _text(content: str | float, code: str, is_formula: bool, epoch: int) -> str:
    text = content.strip() if isinstance(content, str) else shown(content, code, epoch)
    return f"={text}" if is_formula else text
