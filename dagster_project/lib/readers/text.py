"""From bytes to rows of text: what every text layout needs before its own reading begins."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from dagster_project.lib.problems import FileProblem

#: A longer field is a quotation mark that nobody closed, or no table at all.
LONGEST_FIELD = 131_072
#: Bytes of one line. The longest one in raw/ has 2.4 KB; a line beyond the limit is no table.
LONGEST_LINE = 10_000_000
#: How much of a text is looked at to tell whether it is Chinese.
SAMPLE = 1_000_000
#: Of the Chinese characters of a table nearly all are among the 3,755 common ones (GB 2312, level 1); of Big5 or UTF-8 read as
#: GB18030 it is less than half. The encoding of a traditional text, or a mere list of names such as 亳州, must be declared.
COMMON_SHARE = 0.8

_AGAIN = "Download it again from the address in source.yml and replace it."
_SAVE = "Save it as UTF-8, or declare its encoding."
_UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
#: Private use, the mark of a lost character, and kana: Japanese text shares its code range with the common Chinese characters.
_NOT_CHINESE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff\u3041-\u30fa]")


def decode(content: bytes, file: str, encoding: str | None = None) -> str:
    """Text of a CSV publication: UTF-8, UTF-16 with its mark, or GB18030; `encoding` where it is declared.

    Refuses what is no table: an empty file, a web page, a Git LFS pointer, a workbook, bytes of no known encoding.
    """
    if not content.strip():
        raise FileProblem(file, "the file is empty (0 bytes of content)", _AGAIN)
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<script")):
        raise FileProblem(file, "expected a CSV table, found a web page (an error page saved as .csv?)", _AGAIN)
    if head.startswith(b"version https://git-lfs"):
        raise FileProblem(file, "expected a CSV table, found a Git LFS pointer instead of the file itself", _AGAIN)
    if head.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileProblem(file, "expected a CSV table, found an Excel workbook under a .csv name", _AGAIN)
    return characters(content, file, encoding)


def characters(content: bytes, file: str, encoding: str | None = None) -> str:
    """The bytes as text, without a byte order mark. What no encoding gives with certainty is refused, never guessed."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf16:
        _bounded_lines(content, file)
    if encoding is not None:
        text = _declared(content, file, encoding)
    elif utf16:
        text = _strict(content, file, "utf-16")
    else:
        text = _utf8_or_gb18030(content, file)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileProblem(file, f"expected text, found a NUL byte in line {line}", _AGAIN)
    return text.removeprefix("\ufeff")


def _bounded_lines(content: bytes, file: str) -> None:
    start, line = 0, 1
    while len(content) - start > LONGEST_LINE:
        window = start, start + LONGEST_LINE
        end = max(content.rfind(b"\n", *window), content.rfind(b"\r", *window))
        line += content.count(b"\n", *window) or content.count(b"\r", *window)
        if end < 0:
            raise FileProblem(file, f"line {line} is longer than {LONGEST_LINE:,} bytes", _AGAIN)
        start = end + 1


def _declared(content: bytes, file: str, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as problem:
        raise FileProblem(file, f"its declared encoding {encoding!r} is unknown", "Declare utf-8, gb18030 or big5.") from problem
    if content.startswith(codecs.BOM_UTF8) and name not in ("utf-8", "utf-8-sig"):
        raise FileProblem(file, f"declared as {encoding}, but it begins with the mark of UTF-8", "Correct the encoding declared.")
    # The Chinese codes are subsets of GB18030, and publishers name the smaller one for files that need the larger.
    wider = {"utf-8": "utf-8-sig", "gb2312": "gb18030", "gbk": "gb18030"}
    return _strict(content, file, wider.get(name, name))


def _strict(content: bytes, file: str, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        found = f"expected {encoding.upper().removesuffix('-SIG')}, found other bytes at position {problem.start}"
        raise FileProblem(file, found, _SAVE) from problem
    except LookupError as problem:  # a codec of Python that gives no text, such as hex
        raise FileProblem(file, f"its declared encoding {encoding!r} is unknown", "Declare utf-8, gb18030 or big5.") from problem


def _utf8_or_gb18030(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        other = None if _mostly_utf8(content) else _plausible_gb18030(content)
        if other is None:
            found = f"expected UTF-8, found other bytes at position {problem.start} (and no Chinese text in GB18030 either)"
            raise FileProblem(file, found, _SAVE) from problem
        return other


def _mostly_utf8(content: bytes) -> bool:
    """Whether this is UTF-8 with a flaw: its characters would pass for rare ones of GB18030."""
    sample = content[:SAMPLE]
    high = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    return 3 * len(_UTF8_HAN.findall(sample)) > high / 2


def _plausible_gb18030(content: bytes) -> str | None:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    if _NOT_CHINESE.search(text) or any(unicodedata.category(character) == "Cn" for character in set(text)):
        return None
    letters = Counter(c for c in text[:SAMPLE] if c > "\x7f" and unicodedata.category(c).startswith("L"))
    common = sum(count for letter, count in letters.items() if _is_common(letter))
    return text if letters and common >= COMMON_SHARE * letters.total() else None


def _is_common(letter: str) -> bool:
    code = letter.encode("gb2312", "ignore")
    return b"\xb0\xa1" <= code <= b"\xd7\xf9"


def rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """(line number, fields) of every line that is not blank, at least one; fields are stripped of surrounding space."""
    found = [(line, fields) for line, fields in records(text, file) if any(fields)]
    if not found:
        raise FileProblem(file, "the file is empty (no line with content)", _AGAIN)
    return found


def records(text: str, file: str, delimiter: str = ",", before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """(line number, stripped fields) of every record, blank ones too; a record begins at its line and may span more.

    `before` is the number of lines of the file that stand before the text.
    """
    # strict: an opening quotation mark without its pair would otherwise swallow every line after it.
    # The limit belongs to the process, and other libraries lift it.
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    end = 0
    try:
        for fields in reader:
            start, end = end + 1, reader.line_num
            yield before + start, [field.strip() for field in fields]
    except csv.Error as problem:
        raise FileProblem(file, f"line {before + reader.line_num} is not readable as CSV ({problem})", _AGAIN) from problem
