"""The registers of targets and measures against the documents they quote: what is not literally there is refused."""

import re
from pathlib import Path

import polars as pl

from dagster_project.lib.spelling import simplified
from schemas.source import DeclarationProblem

_DIGITS = re.compile(r"\d+(?:\.\d+)?")
#: 千亿, 百亿, 万人: a figure written in words before a unit.
_WORDS = {"十": 10.0, "百": 100.0, "千": 1000.0}
_WORD = re.compile(r"(?<![\d一二三四五六七八九])([十百千])(?=[亿億万萬])")


def check(seeds: Path, declared: dict[str, pl.DataFrame]) -> None:
    """Raise DeclarationProblem with file, row, what was expected and what to do for the first row that is not in its document."""
    texts = _texts(seeds, declared["plan_documents"])
    kinds = dict(declared["series"].select("series", "unit_measure").iter_rows())
    units = dict(declared["units"].select("unit", "unit_measure").iter_rows())
    for row in declared["plan_targets"].iter_rows(named=True):
        problem = _target_problem(row, texts[row["document"]], kinds, units)
        if problem:
            raise DeclarationProblem(f"{seeds / 'plan_targets.csv'}: row {row['declared_line']}, {row['target_id']}: {problem}")
    _check_measures(seeds, declared, texts)


def _check_measures(seeds: Path, declared: dict[str, pl.DataFrame], texts: dict[str, str]) -> None:
    """Titles, texts and deadlines are in their document, which may be in Traditional characters; units are known by name."""
    in_simplified = {document: simplified(text) for document, text in texts.items()}
    document_of = {}
    for row in declared["plan_measures"].iter_rows(named=True):
        document_of[row["measure_id"]] = row["document"]
        for column in ("title_zh", "text_zh", "deadline_zh"):
            if row[column] is not None and squeezed(row[column]) not in in_simplified[row["document"]]:
                raise DeclarationProblem(
                    f"{seeds / 'plan_measures.csv'}: row {row['declared_line']}, {row['measure_id']}, column {column}:"
                    f" it is not in {row['document']}: copy it from there, in Simplified characters"
                )
    names = set(declared["plan_unit_names"].select("document", "printed_name").iter_rows())
    for row in declared["plan_measure_units"].iter_rows(named=True):
        document = document_of[row["measure_id"]]
        where = f"{seeds / 'plan_measure_units.csv'}: row {row['declared_line']}, {row['measure_id']}: {row['printed_name']}"
        if squeezed(row["printed_name"]) not in texts[document]:
            raise DeclarationProblem(f"{where} is not in {document}: give the name as printed")
        if (document, row["printed_name"]) not in names:
            raise DeclarationProblem(f"{where} has no row for {document} in plan_unit_names.csv: say there which unit it is")


def squeezed(text: str) -> str:
    """A text without its spaces: the documents break lines and pad figures wherever their web pages did."""
    return re.sub(r"\s+", "", text)


def numbers_in(text: str) -> set[float]:
    """Every figure of a text; 千亿 counts as 1000 before 亿."""
    found = {float(number) for number in _DIGITS.findall(text)}
    return found | {_WORDS[word] for word in _WORD.findall(text)}


def _texts(seeds: Path, documents: pl.DataFrame) -> dict[str, str]:
    found = {}
    for row in documents.iter_rows(named=True):
        path = seeds / row["file"]
        if not path.is_file():
            raise DeclarationProblem(
                f"{seeds / 'plan_documents.csv'}: row {row['declared_line']}: {row['file']} is not in {seeds}: lay the text there"
            )
        found[row["document"]] = squeezed(path.read_text(encoding="utf-8"))
    return found


def _target_problem(row: dict, text: str, kinds: dict[str, str], units: dict[str, str]) -> str | None:
    """What is wrong with a target, or None."""
    quote = squeezed(row["quote"])
    if quote not in text:
        return f"the quote is not in {row['document']}: copy it letter by letter, Traditional characters included"
    for column in ("baseline_value", "target_value", "target_high"):
        if row[column] is not None and row[column] not in numbers_in(row["quote"]):
            return f"column {column}: {row[column]:g} is not in the quote: give the figure as printed, in the unit as printed"
    for column in ("baseline_period", "target_period"):
        if row[column] is not None and row[column] not in text:
            return f"column {column}: the year {row[column]} is nowhere in {row['document']}"
    has_high = row["target_high"] is not None and row["target_high"] > row["target_value"]
    if has_high != (row["target_kind"] == "range") or (row["target_high"] is not None and not has_high):
        return "a range, and nothing else, has a target_high, which is above target_value"
    sums = row["target_kind"] in ("cumulative", "average_growth")
    if sums != (row["period_from"] is not None) or (sums and row["period_from"] > row["target_period"]):
        return "a sum and a mean growth, and nothing else, have a first year period_from, not after target_period"
    if row["baseline_status"] == "L" and "未统计" not in quote:
        return "baseline_status L says that the document prints 未统计, and the quote does not"
    if row["series"] is None:
        return None
    own, needed = units[row["printed_unit"]], kinds[row["series"]]
    is_growth = row["target_kind"] in ("growth", "average_growth")
    if row["ref_area"] is None:
        return "a target with a series needs a ref_area, or nobody knows whose figures to compare"
    if is_growth != (own == "PERCENT" and needed != "PERCENT") or (not is_growth and own != needed):
        return f"the unit {row['printed_unit']} ({own}) cannot be compared with {row['series']} ({needed}): leave the series out"
    return None
