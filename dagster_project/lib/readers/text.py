"""From bytes to rows of text: what every text layout needs before its own reading begins."""

import csv
import io

from dagster_project.lib.problems import FileProblem

#: A longer field is a quotation mark that nobody closed, or no table at all.
LONGEST_FIELD = 131_072
_AGAIN = "Download it again from the address in source.yml and replace it."


def decode(content: bytes, file: str) -> str:
    """Text of a CSV publication. Refuses what is no table: an empty file, a web page, a Git LFS pointer, a wrong encoding."""
    if not content.strip():
        raise FileProblem(file, "the file is empty (0 bytes of content)", _AGAIN)
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<script")):
        raise FileProblem(file, "expected a CSV table, found a web page (an error page saved as .csv?)", _AGAIN)
    if head.startswith(b"version https://git-lfs"):
        raise FileProblem(file, "expected a CSV table, found a Git LFS pointer instead of the file itself", _AGAIN)
    if head.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileProblem(file, "expected a CSV table, found an Excel workbook under a .csv name", _AGAIN)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FileProblem(
            file, f"expected UTF-8, found other bytes at position {problem.start}", "Save it as UTF-8, or declare its layout."
        ) from problem


def rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """(line number, fields) of every line that is not blank, at least one; fields are stripped of surrounding space."""
    # strict: an opening quotation mark without its pair would otherwise swallow every line after it.
    # The limit belongs to the process, and other libraries lift it.
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    end = 0
    try:
        for fields in reader:
            start, end = end + 1, reader.line_num
            if any(field.strip() for field in fields):
                found.append((start, [field.strip() for field in fields]))
    except csv.Error as problem:
        raise FileProblem(file, f"line {reader.line_num} is not readable as CSV ({problem})", _AGAIN) from problem
    if not found:
        raise FileProblem(file, "the file is empty (no line with content)", _AGAIN)
    return found
