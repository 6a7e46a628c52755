"""Files of every layout, as printed and as damaged: the right figures land, or an error names file and cell; nothing else ever.

The number of examples is that of the environment variable FUZZ_EXAMPLES (make fuzz), else a few hundred.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.lib import landing
from dagster_project.lib.declarations import Declared
from dagster_project.lib.house import House
from schemas.source import Source
from tests.fuzz.damage import Damaged, damaged, intact, moved_headings, untouched
from tests.fuzz.declared import DECLARED
from tests.fuzz.layouts import pages
from tests.fuzz.page import Column, Page
from tests.fuzz.truth import Figure, says
from tests.unit.mini_house import publication, source

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@dataclass(frozen=True)
class Case:
    """One file: what was meant, and the bytes that arrive. Its repr is what a failing test prints."""

    page: Page
    damage: Damaged

    def __repr__(self) -> str:
        page = self.page
        how = f"{page.layout} {page.name} {page.container} {page.encoding} newline {page.newline!r}"
        rows = "\n".join(map(repr, page.rows))
        return f"\n{how}: {self.damage.note}\noptions {page.options}\n{rows}\nbytes {self.damage.content[:600]!r}\n"


@st.composite
def cases(draw) -> Case:
    page = draw(pages())
    return Case(page, intact(page) if draw(st.integers(0, 2)) == 0 else draw(damaged(page)))


@dataclass(frozen=True)
class Outcome:
    """What landing made of one file."""

    observations: list[tuple]
    locators: list[str]
    held: pl.DataFrame
    aside: list[str]


def landed(case: Case) -> Outcome:
    """The file on disk, read as a build reads it."""
    page = case.page
    name = f"files/{page.name}"
    declared = {
        "source_id": "fuzz",
        "layout": page.layout,
        "obs_status": "A",
        "options": page.options,
        "files": [publication(name, "2026-12-31")],
    }
    if page.pattern:
        declared["pattern"] = {"file": page.pattern, "title_zh": "某表", "address": None, "calendar": "none"}
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "raw", Path(folder) / "seeds", Path(folder) / "warehouse", Path(folder))
        path = house.raw / "fuzz" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(case.damage.content)
        hashes = {f"raw/fuzz/{name}": hashlib.sha256(case.damage.content).hexdigest()}
        sources = {"fuzz": Source.model_validate(source(declared, {}))}
        batches = list(landing.land(house, Declared(DECLARED.seeds, sources), ["fuzz"], hashes))
    quarantine = pl.concat(batch.quarantine for batch in batches)
    columns = ["series", "ref_area", "time_period", "period_basis", "unit_measure", "unit_mult", "obs_value", "obs_status"]
    observations = pl.concat(batch.observations for batch in batches)
    rows, locators = observations.select(columns).rows(), observations["source_locator"].to_list()
    assert set(quarantine["source_file"]) <= {name}
    assert quarantine.filter(pl.any_horizontal(pl.col("source_locator", "message_zh").fill_null("") == "")).is_empty()
    return Outcome(
        rows, locators, quarantine.filter(level_is("cell", "line")), quarantine.filter(level_is("file"))["message_zh"].to_list()
    )


def level_is(*levels: str) -> pl.Expr:
    return pl.col("level").is_in(levels)


def check_intact(case: Case, outcome: Outcome) -> None:
    """Exactly what was meant lands."""
    if outcome.aside and may_be_refused(case.page, outcome.aside[0]):
        return
    assert outcome.aside == []
    assert outcome.held.rows() == []
    assert sorted(map(repr, outcome.observations)) == sorted(repr(figure.landed) for figure in case.page.truth)
    check_locators(case, outcome)


def check_locators(case: Case, outcome: Outcome) -> None:
    """Each figure stands in the cell, or at least in the line, that it names."""
    values = [row[6] for row in outcome.observations]
    for locator, value in zip(outcome.locators, values, strict=True):
        cells = case.page.standing_at(locator, case.damage.rows)
        assert cells is None or value in [float(text) if text else None for cell in cells if (text := says(cell)) is not None]
    for locator, raw in outcome.held.select("source_locator", "raw_value").rows():
        cells = case.page.standing_at(locator, case.damage.rows)
        assert cells is None or raw.strip() in ["", *(cell.strip() for cell in cells)]


def may_be_refused(page: Page, told: str) -> bool:
    """GB18030 that nobody declared is refused where its few characters do not make it certain."""
    return page.encoding == "gb18030" and "encoding" not in page.options and "应为 UTF-8 编码，但字节位置" in told


def _is_of_another_year(page: Page, damage: Damaged) -> bool:
    """A title that is the only witness of the year, with another digit in it, is the title of another bulletin."""
    told_elsewhere = "period" in page.options or page.pattern
    return page.layout == "bulletin" and not told_elsewhere and damage.rows is not None and damage.rows[:1] != page.rows[:1]


def check_damaged(case: Case, outcome: Outcome) -> None:
    """What lands is what was meant or what now stands there; whatever does not is held, or its file is set aside."""
    page, damage = case.page, case.damage
    if outcome.aside:
        assert len(outcome.aside) == 1 and outcome.observations == [] and outcome.held.is_empty()
        return
    assert not damage.is_another_file
    if _is_of_another_year(page, damage):
        return
    standing = {figure for figure, _ in page.readings(damage.rows or []).values() if figure}
    allowed = {figure.landed for figure in page.truth | standing}
    wrong = [row for row in outcome.observations if row not in allowed]
    assert wrong == [], "a wrong figure landed"
    lost = [figure for figure, text in untouched(page, damage).items() if is_lost(page, figure, text, outcome)]
    assert lost == [], "a figure is neither landed nor held"
    if moved_headings(page, page.rows if damage.rows is None else damage.rows):
        # Each line is then torn; how many figures it would have had cannot be said any more. Nothing may hang on the lost one.
        all_landed = {figure.landed for figure in page.truth} <= set(outcome.observations)
        assert all_landed or outcome.held.height > 0
        return
    assert len(outcome.observations) + outcome.held.height >= len(page.truth) - damage.gone, "figures are gone without a word"
    if damage.note.startswith("cell"):
        check_locators(case, outcome)


def is_lost(page: Page, figure: Figure, text: str, outcome: Outcome) -> bool:
    if figure.landed in outcome.observations:
        return False
    if page.layout == "bulletin":  # a doubtful sentence is held without its figures: they are not certain
        return outcome.held.is_empty()
    return text.strip() not in [raw.strip() for raw in outcome.held["raw_value"]]


@FUZZ
@given(cases())
def test_the_right_figures_or_a_problem_with_file_and_cell(case):
    outcome = landed(case)
    (check_intact if case.damage.note == "intact" else check_damaged)(case, outcome)


# What it found


def _web_page(body: str) -> Case:
    """地区 | 常住人口 | 地区生产总值 | 财政收入, of which the third is declared; 武汉 has 1377, 20011.65, 1601."""
    head = ["地区", "常住人口(万人)", "地区生产总值(亿元)", "财政收入(亿元)"]
    rows = [head, ["武汉", "1377", "20011.65", "1601"], ["鄂州", "106", "1266.03", "160"]]
    options = {
        "heading": {"first": "地区", "rows": 1},
        "area": {"column": "地区"},
        "period": {"constant": "2023"},
        "unit": {"heading": True},
        "freq": "A",
        "columns": [{"heading": "地区生产总值"}],
    }
    heading = ("cell", 0, 2)
    columns = [Column(2, place=("row", 0), series=heading, unit=heading, period=("fixed", "2023"))]
    page = Page("table", "html", rows, columns, 1, "a.xls", options)
    cells = "".join(f"<td>{cell}</td>" for cell in head)
    return Case(page, Damaged("a web page", f"<table><tr>{cells}{body}</table>".encode()))


WUHAN = "<td>武汉</td><td>1377</td><td>20011.65</td><td>1601</td></tr>"


def test_a_row_of_a_web_page_that_lost_a_cell_gives_no_figure():
    outcome = landed(_web_page(f"</tr><tr>{WUHAN}<tr><td>鄂州</td><td>1266.03</td><td>160</td></tr>"))
    assert [row[6] for row in outcome.observations] == [20011.65]
    assert outcome.held["reason"].to_list() == ["unreadable"]


def test_a_row_of_a_web_page_is_not_swallowed_by_the_heading():
    outcome = landed(_web_page(f"</tr?<tr>{WUHAN}<tr><td>鄂州</td><td>106</td><td>1266.03</td><td>160</td></tr>"))
    assert outcome.aside or outcome.held.height == 2 or len(outcome.observations) == 2
