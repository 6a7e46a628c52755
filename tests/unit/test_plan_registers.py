"""The registers of targets and measures: what they quote is in the documents, and nothing the documents promise is left out."""

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from dagster_project.lib import declarations, plan_registers
from dagster_project.lib.house import ROOT, House
from dagster_project.lib.spelling import simplified
from schemas.source import DeclarationProblem
from tests.unit.mini_house import SEEDS as TEXTS
from tests.unit.mini_house import write_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return write_house(tmp_path)


def refusal(house: House, seed: str, row: int, **cells: str) -> str:
    """What the whole load says when cells of one row (2 is the first) are changed."""
    path = house.seeds / f"{seed}.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    rows[row - 2] |= cells
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(DeclarationProblem) as told:
        declarations.load(house)
    assert str(told.value).startswith(f"{path}: row {row}")
    return str(told.value)


@pytest.mark.parametrize(
    ("row", "cells", "says"),
    [
        (2, {"quote": "进出口总额(亿元) 1900 2300"}, "the quote is not in plan"),
        (2, {"target_value": "2300"}, "target_value: 2300 is not in the quote"),
        (2, {"target_value": "220"}, "target_value: 220 is not in the quote"),
        (2, {"baseline_value": "1901"}, "baseline_value: 1901 is not in the quote"),
        (2, {"target_period": "2021"}, "the year 2021 is nowhere in plan"),
        (2, {"baseline_period": "2016"}, "the year 2016 is nowhere in plan"),
        (2, {"baseline_value": "", "baseline_status": "L"}, "the quote does not"),
        (2, {"target_high": "1900"}, "a range, and nothing else"),
        (2, {"target_kind": "range"}, "a range, and nothing else"),
        (2, {"target_kind": "range", "target_high": "1900"}, "a range, and nothing else"),
        (2, {"period_from": "2018"}, "a sum and a mean growth, and nothing else"),
        (2, {"target_kind": "cumulative"}, "a sum and a mean growth, and nothing else"),
        (3, {"period_from": "2021"}, "a sum and a mean growth, and nothing else"),
        (2, {"ref_area": ""}, "needs a ref_area"),
        (2, {"printed_unit": "亿美元"}, "cannot be compared with trade_total"),
        (2, {"printed_unit": "%"}, "cannot be compared with trade_total"),
        (3, {"printed_unit": "亿元"}, "cannot be compared with trade_export"),
        (3, {"series": "trade_export_yoy"}, "cannot be compared with trade_export_yoy"),
    ],
)
def test_a_target_that_its_document_does_not_print_is_refused(house: House, row: int, cells: dict[str, str], says: str):
    assert says in refusal(house, "plan_targets", row, **cells)


def test_a_target_with_series_of_rates_takes_their_unit(house: House):
    path = house.seeds / "plan_targets.csv"
    path.write_text(
        TEXTS["plan_targets"]
        + "ratio_2020,plan,一,出口年均增长8%,武汉市,420100,出口,trade_export_yoy,%,,,,,,2020,8,,level,,同\n",
        encoding="utf-8",
    )
    assert declarations.load(house)["plan_targets"].height == 3


def test_baselines_not_collected_ranges_and_figures_in_words_are_taken(house: House):
    path = house.seeds / "plan_targets.csv"
    path.write_text(
        TEXTS["plan_targets"]
        + "carbon_2020,plan,附件,碳排放量(万吨) 未统计 16600,武汉市,,碳排放量,,万吨,,2017,,L,,2020,16600,,ceiling,,\n"
        + "firms_2020,plan,二,外資企業20—25家,武汉市,,外资企业,,%,,,,,,2020,20,25,range,,\n"
        + "import_2020,plan,二,進口千億元,武汉市,,进口,,亿元,,,,,,2020,1000,,level,,\n",
        encoding="utf-8",
    )
    assert declarations.load(house)["plan_targets"].height == 5


@pytest.mark.parametrize(
    ("seed", "cells", "says"),
    [
        ("plan_measures", {"title_zh": "发展内贸"}, "column title_zh: it is not in plan"),
        ("plan_measures", {"text_zh": "缩小进出口"}, "column text_zh: it is not in plan"),
        ("plan_measures", {"deadline_zh": "2021年底前"}, "column deadline_zh: it is not in plan"),
        ("plan_measure_units", {"printed_name": "市外办"}, "市外办 is not in plan"),
        ("plan_measure_units", {"printed_name": "市商务局"}, "has no row for plan in plan_unit_names.csv"),
    ],
)
def test_a_measure_that_its_document_does_not_print_is_refused(house: House, seed: str, cells: dict[str, str], says: str):
    assert says in refusal(house, seed, 2, **cells)


def test_a_document_without_its_text_is_refused(house: House):
    (house.seeds / "plan" / "plan.txt").unlink()
    with pytest.raises(DeclarationProblem, match=r"plan_documents.csv: row 2: plan/plan.txt is not in"):
        declarations.load(house)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("进口规模达到千亿元", {1000.0}),
        ("過百億元龍頭企業達到10家", {100.0, 10.0}),
        ("20—25项", {20.0, 25.0}),
        ("2.7 亿美元，15%以上", {2.7, 15.0}),
        ("三百亿元", set()),
        ("若干千家", set()),
    ],
)
def test_numbers_in_a_quotation(text: str, numbers: set[float]):
    assert plan_registers.numbers_in(text) == numbers


# Completeness: the real registers against the real documents, by patterns that know nothing of how the registers were made.


@pytest.fixture(scope="module")
def declared() -> declarations.Declared:
    return declarations.load(House())


def text_of(declared: declarations.Declared, document: str) -> str:
    file = declared["plan_documents"].filter(pl.col("document") == document)["file"].item()
    return plan_registers.squeezed((ROOT / "seeds" / file).read_text(encoding="utf-8"))


#: A figure with a unit of a promise, not part of a year, a date or a number of a clause.
FIGURE = re.compile(
    r"(?<![\d.〔])\d+(?:\.\d+)?(?:—\d+)?(?:%|％|万|亿|億|家|条|條|列|项|項|个|個|场|件|名|吨|噸)|[百千](?:亿|億)元|\(\w+\)(?:未统计|[\d.]+)"
)

#: What the patterns find and no target promises: what is or was, and what a rule or a name says. Document: passages.
NOT_TARGETS = {
    "circle_opening_plan": [
        *(
            "2021年，武汉都市圈经济总量3.01万亿元，占中部地区比重约12%，人均地区生产总值已达10万元",
            "突破3.2万亿元，占全省59%以上",
        ),
        *("全市经济总量将跃上2万亿级新平台", "拥有1个自贸区（片区）、4个综合保税区、4个国家级开发区、1个保税物流中心"),
        "20万吨高纯铜镀磷铜球项目",
        "局部2000吨级",
    ],
    "hubei_pilot_measures_2021": ["减按15%的税率"],
}


@pytest.mark.parametrize(
    "document",
    [
        "circle_opening_plan",
        "wuhan_internationalisation_2018",
        "wuhan_carriers_2024",
        "gedian_pilot_2024",
        "hubei_pilot_measures_2021",
    ],
)
def test_no_figure_of_a_document_is_left_out(declared: declarations.Declared, document: str):
    """Each figure with a unit is in the quotation of a target, in a repetition of one, or in a passage that promises nothing."""
    text = text_of(declared, document)
    targets = declared["plan_targets"].filter(pl.col("document") == document)
    quotes = (
        [plan_registers.squeezed(quote) for quote in targets["quote"]]
        + NOT_TARGETS.get(document, [])
        + REPEATED.get(document, [])
    )
    spans = [match.span() for quote in quotes for match in re.finditer(re.escape(quote), text)]
    assert all(quote in text for quote in quotes)
    left = [
        text[max(0, match.start() - 30) : match.end() + 10]
        for match in FIGURE.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in spans)
    ]
    assert left == []


#: Tasks that promise once more what the aims of the same document promise.
REPEATED = {
    "wuhan_carriers_2024": [
        *("雙樞紐”的國際及地區客貨運航線數達到80條", "中歐班列(武漢)年開行規模達到2000列", "力爭到2025年近洋航線數達到3條"),
    ],
    "circle_opening_plan": [],
}


UNITS = re.compile(r"[(（]((?:牵头|协办|责任)单位[:：][^()（）]*)[)）]")


@pytest.mark.parametrize(
    ("document", "brackets"),
    [
        ("circle_opening_plan", 0),
        ("wuhan_internationalisation_2018", 18),
        ("wuhan_carriers_2024", 15),
        ("gedian_pilot_2024", 38),
        ("hubei_pilot_measures_2021", 76),
    ],
)
def test_no_task_that_names_units_is_left_out(declared: declarations.Declared, document: str, brackets: int):
    """Every bracket of units, in the order of print, is that of the register: the same sides and names in the same order."""
    printed = [re.sub(r"[〈<]含.*?下同[〉>]?", "", found) for found in UNITS.findall(simplified(text_of(declared, document)))]
    assert len(printed) == brackets
    sides = {"lead": "牵头单位", "support": "协办单位", "responsible": "责任单位"}
    measures = declared["plan_measures"].filter(pl.col("document") == document)["measure_id"].to_list()
    units = declared["plan_measure_units"].filter(pl.col("measure_id").is_in(measures))
    listed = []
    for measure in measures:
        rows = units.filter(pl.col("measure_id") == measure).sort("unit_order")
        for part in rows["part"].unique().sort():
            of_part = rows.filter(pl.col("part") == part)
            listed.append([(sides[side], simplified(name)) for side, name in of_part.select("side", "printed_name").iter_rows()])
    found = []
    for bracket in printed:
        names = []
        for block in re.split(r"[;；](?=\w\w单位)", bracket):
            side, _, rest = re.sub(r"[:：]", ":", block, count=1).partition(":")
            rest = rest.replace("及其他", "、其他")
            names += [(side, name) for name in re.split(r"[、，,](?![^〈]*〉)", rest) if name]
        found.append(names)
    assert found == listed


def test_a_measure_keeps_the_order_of_its_document(declared: declarations.Declared):
    """The test above rests on it: titles follow one another as in print."""
    for document in declared["plan_documents"]["document"]:
        text, place = simplified(text_of(declared, document)), 0
        for title in declared["plan_measures"].filter(pl.col("document") == document)["title_zh"]:
            found = text.find(plan_registers.squeezed(title), place)
            assert found >= place, title
            place = found
