"""Prose: every figure typed by hand from real sentences, and every way in which a sentence must not be read."""

import csv
import time
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from dagster_project.lib.house import ROOT
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers import CELL
from dagster_project.lib.readers.bulletin import normalise, read
from schemas.layouts import BulletinOptions

SPECIMENS = Path(__file__).parents[1] / "specimens" / "bulletin"
UNITS = frozenset(
    ["亿元", "万元", "亿美元", "万美元", "家", "列", "个", "万吨", "万人", "万人次", "%", "billion yuan", "million", "TEU"]
)
FILE = "raw/stats_city/files/2024.txt"
TOTAL = {"phrase": ["进出口总额", "货物进出口总额"], "series": "trade_total", "growth": "trade_total_yoy"}
EXPORT = {"phrase": "出口", "of": [], "series": "trade_export", "growth": "trade_export_yoy"}


def options(*patterns: dict, **more) -> dict:
    declared = {"area": "421200", "period": "2024", "freq": "A", "patterns": list(patterns)} | more
    return BulletinOptions.model_validate(declared).model_dump() | {"known_units": UNITS}


def cells(text: str, *patterns: dict, name: str | None = None, **more) -> list[dict]:
    return read(text.encode(), FILE, name, options(*patterns, **more))


def figure(text: str, pattern: dict = EXPORT, **more) -> tuple:
    """(raw value, unit) of the amount and raw value of the growth, with another pattern that is always found."""
    *found, _ = cells(text + "\n全年锚定数9家。", pattern, {"phrase": "锚定数", "series": "anchor"}, **more)
    assert not any(cell["problem"] for cell in found), found[0]["problem"]
    values = {cell["unit"] == "%": (cell["raw_value"], cell["unit"]) for cell in found}
    return (*values.get(False, (None, None)), values.get(True, (None,))[0])


def problem(text: str, pattern: dict = EXPORT, **more) -> str:
    """The problem with which all cells of the pattern are held."""
    *found, _ = cells(text + "\n全年锚定数9家。", pattern, {"phrase": "锚定数", "series": "anchor"}, **more)
    assert [cell["raw_value"] for cell in found] == [""] * len(found)
    assert len({cell["problem"] for cell in found}) == 1
    assert found[0]["problem"], "read without a problem"
    return found[0]["problem"]


# Real sentences

CITIES = {
    city: declared
    for city, declared in yaml.safe_load((SPECIMENS / "options.yml").read_text(encoding="utf-8")).items()
    if not city.startswith(".")
}


def specimen(name: str, file: str | None = None) -> list[dict]:
    declared = BulletinOptions.model_validate(CITIES[name.partition("-")[0]]).model_dump()
    return read((SPECIMENS / (file or f"{name}.txt")).read_bytes(), name, None, declared | {"known_units": UNITS})


def as_expected(cell: dict) -> tuple:
    labelled = cell["series"] is None or "带" in cell["label"]
    series = " ".join(filter(None, [cell["label"], cell["series"]])) if labelled else cell["series"]
    return cell["place"], series, cell["time_period"], cell["unit"], cell["raw_value"]


def expected(name: str) -> list[tuple]:
    with (SPECIMENS / "expected.csv").open(encoding="utf-8", newline="") as lines:
        return [tuple(row.values())[1:] for row in csv.DictReader(lines) if row["file"] == name]


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECIMENS.glob("*-20[0-9][0-9].txt")))
def test_every_declared_figure_of_a_real_bulletin(name):
    found = specimen(name)
    assert [as_expected(cell) for cell in found] == expected(name)
    assert not any(cell["problem"] for cell in found)
    assert {(cell["freq"], cell["period_basis"]) for cell in found} == {("A", "period")}
    assert all(set(cell) == set(CELL) for cell in found)


def test_there_are_fourteen_bulletins_and_a_hundred_and_thirty_five_figures():
    names = {path.stem for path in SPECIMENS.glob("*-20[0-9][0-9].txt")}
    assert len(names) == 14
    assert sum(len(expected(name)) for name in names) == 135


def test_a_page_in_gb18030_with_menu_script_comment_note_and_table_gives_the_same_figures():
    found = specimen("xianning-2024", "xianning-2024.html")
    assert [as_expected(cell) for cell in found] == expected("xianning-2024")
    assert found[2]["locator"] == "para 5: 「出口135.6亿元，增长17.4%」"


def test_a_mirror_in_traditional_characters_with_pinyin_gives_the_same_figures():
    found = specimen("xiaogan-2021", "xiaogan-2021-traditional.txt")
    assert [as_expected(cell) for cell in found] == expected("xiaogan-2021")
    assert found[0]["locator"] == "para 2: 「全年全市外贸进出口总额135.0亿元，比上年增长22.3%」"


def test_the_sentence_is_kept_and_a_missing_one_is_named():
    found = {(cell["series"], cell["unit"]): cell["locator"] for cell in specimen("huanggang-2025")}
    assert found["trade_export", "亿元"] == "para 2: 「其中出口141.1亿元，下降16.1%」"
    assert found["fdi_used", "万美元"] == "no sentence with 「实际利用外资」"
    wuhan = {cell["series"]: cell["locator"] for cell in specimen("wuhan-2023")}
    assert wuhan["fdi_used_yoy"] == wuhan["fdi_used"] == "para 2: 「全年实际使用外资比上年增长2.0%」"


TIDY = {
    "进出口总额": "trade_total",
    "出口": "trade_export",
    "进口": "trade_import",
    "实际使用外资": "fdi_used",
    "实际利用外资": "fdi_used",
    "实际利用外资（FDI）": "fdi_used",
    "实际使用外资（FDI）": "fdi_used",
    "实际使用外资比上年增长": "fdi_used_yoy",
    "进出口总额比上年增长": "trade_total_yoy",
    "出口比上年增长": "trade_export_yoy",
    "进口比上年增长": "trade_import_yoy",
    "对外承包工程完成营业额比上年增长": "contracting_turnover_yoy",
    "合同外资": "fdi_contracted",
    "合同外资金额": "fdi_contracted",
    "对外承包工程完成营业额": "contracting_turnover",
    "新批外商投资企业": "foreign_enterprises_new",
    "新批外资企业": "foreign_enterprises_new",
    "新设外资企业": "foreign_enterprises_new",
    "对“一带一路”国家进出口总额": "对“一带一路”国家进出口总额",
    "花湖机场枢纽货量": "花湖机场枢纽货量",
    "中欧班列（武汉）开行列数": "rail_cre_trains",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECIMENS.glob("*-20[0-9][0-9].txt")))
def test_the_prose_agrees_with_the_figures_copied_by_hand_before(name):
    city, year = name.split("-")
    path = ROOT / "raw" / f"stats_{city}" / "files" / f"{year}.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        copied = {
            TIDY[row["indicator"]]: (row["value"], row["unit"]) for row in csv.DictReader(lines) if row["indicator"] in TIDY
        }
    read_now = {as_expected(cell)[1]: (cell["raw_value"], cell["unit"]) for cell in specimen(name)}
    both = copied.keys() & read_now.keys() - {series for series, (value, _) in read_now.items() if not value}
    assert both >= {"trade_total", "trade_export", "trade_import"}
    assert {series: read_now[series] for series in both} == {series: copied[series] for series in both}


# Forms of a figure


@pytest.mark.parametrize(
    ("sentence", "amount", "unit", "growth"),
    [
        ("其中，出口 2167.3 亿元，增长 1.9% ；", "2167.3", "亿元", "1.9"),
        ("出口总额49.0亿元，增长54.1%；", "49.0", "亿元", "54.1"),
        ("出口完成363.0亿元，比上年增长641.6%，", "363.0", "亿元", "641.6"),
        ("其中出口１６８亿元，增长１９．０％；", "168", "亿元", "19.0"),
        ("出口1,234.5亿元，同比下降3%", "1,234.5", "亿元", "-3"),
        ("出口额为4104万美元，比上年同期减少5.0%。", "4104", "万美元", "-5.0"),
        ("出口4104萬美元（降低100. 6 %）。", "4104", "万美元", "-100.6"),
        ("出口135.0億元，較上年上升22.3%。", "135.0", "亿元", "22.3"),
        ("全年全市实现出口5亿元，与上年持平。", "5", "亿元", "0"),
        ("2024年出口5亿元，提高0.0%。", "5", "亿元", "0.0"),
        ("出口5亿元，下降0.0%。", "5", "亿元", "0.0"),
        ("出口5亿元，增长-2.1%。", "5", "亿元", "-2.1"),
        ("出口[6]达到12亿元，按可比价格计算，比上年增长1,189.16%。", "12", "亿元", "1,189.16"),
        ("出口1168列，比上年增加160列，增长15.9%。", "1168", "列", "15.9"),
        ("出口12亿元,增长3%.", "12", "亿元", "3"),
        ("（出口12亿元，增长3%）", "12", "亿元", "3"),
        ("出口12亿元，同比（下同）增长3%；", "12", "亿元", "3"),
        ("全年进口、出口增长较快。出口12亿元，增长3%。", "12", "亿元", "3"),
    ],
)
def test_a_figure_in_each_of_its_forms(sentence, amount, unit, growth):
    assert figure(sentence) == (amount, unit, growth)


def test_a_space_begins_a_clause_only_before_the_year_or_the_city():
    caption = "图 42019-2023 年货物进出口总额 全年出口12亿元，增长2.0% 。"
    assert figure(caption) == ("12", "亿元", "2.0")
    assert "未见“出口”的数字" in problem("对美国 出口12亿元，增长2.0% 。")


def test_normalisation():
    assert normalise("萬(wàn)噸　１２．５％（ＦＤＩ）") == "万吨12.5%(FDI)"
    assert normalise("貨(huò)物，增長 100. 6 % 。") == "货物，增长100.6%。"
    assert normalise("实际利用外资（FDI）") == "实际利用外资(FDI)"
    assert normalise("重量(kg)") == "重量(kg)"
    assert normalise("1179.31 30.1") == "1179.31 30.1"
    assert normalise("3 606.2 亿元\u200b") == "3 606.2亿元"
    assert normalise("1377②") == "1377②"


def test_phrases_and_text_may_differ_in_their_characters():
    assert figure("「一帶一路」國家出口12億元，增長2%", EXPORT | {"phrase": "“一带一路”国家出口"}) == ("12", "亿元", "2")


# What is not the figure


@pytest.mark.parametrize(
    "sentence",
    [
        "全年进出口12亿元，增长3%。",
        "全年进出口总额12亿元，增长3%。",
        "“一带一路”国家出口12亿元，增长3%。",
        "机电产品出口12亿元，增长3%。",
        "对美国出口12亿元，增长3%。",
        "规模以上工业出口交货值12亿元，增长3%。",
        "出口交货值12亿元，增长3%。",
        "出口企业12家，增长3%。",
        "武昌区出口12亿元，增长3%。",
        "出口、进口分别为12亿元、13亿元。",
        "出口超过12亿元，增长3%。",
        "出口，12亿元，增长3%。",
        "图42019-2023年全市出口 12 13 14",
        "表3 指标 计量单位 绝对数 增幅（%） 出口 亿元 1179.3130.1 进口 亿元 17768.30 -3.5",
        "出口 2167.3 1.9",
        "出口2023年增长较快",
        "出口增长对全市经济贡献明显",
    ],
)
def test_what_only_resembles_the_figure_is_not_taken(sentence):
    assert "公报中未见“出口”的数字" in problem(sentence)
    assert figure(sentence, EXPORT | {"may_lack": True, "unit": "亿元"}) == ("", "亿元", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "2023年出口12亿元，增长3%。",
        "1-11月出口12亿元，增长3%。",
        "12月，全市出口12亿元，增长3%。",
        "上半年，全市外贸较快增长。其中，出口12亿元，增长3%。",
        "“十四五”期间，全市出口12亿元，增长3%。",
        "2021-2025年，出口12亿元，增长3%。",
        "改革开放以来，出口12亿元，增长3%。",
        "去年出口12亿元，增长3%。",
        "表32024年各种运输方式，出口12亿元，增长3%。",
        "图42019-2023年货物进出口总额。出口12亿元，增长3%。",
    ],
)
@pytest.mark.parametrize("may_lack", [False, True])
def test_a_figure_of_another_time_only_is_told_and_never_called_missing(sentence, may_lack):
    assert "只见其他时期的数字" in problem(sentence, EXPORT | {"may_lack": may_lack, "unit": "亿元"})
    assert figure(f"{sentence}\n全年出口13亿元，增长1%。") == ("13", "亿元", "1")


def test_the_office_sees_where_the_phrase_stands_otherwise():
    assert "含该词而未采用的句子：para 1: 「对美国出口12亿元」；para 2: 「出口企业5家」" in problem(
        "对美国出口12亿元，增长3%。\n出口企业5家。\n出口结构优化。"
    )


def test_a_comparison_with_another_year_is_no_other_period():
    assert figure("全年生产总值比2019年增长，为上年的1.2倍。出口12亿元，增长3%。") == ("12", "亿元", "3")


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ({"phrase": "进出口总额", "series": "trade_total"}, "全年“一带一路”国家进出口总额1460.1亿元，增长6.8%。"),
        ({"phrase": "出口总额", "series": "trade_export"}, "全年全市进出口总额达3606.2亿元，比上年增长2.9%。"),
        ({"phrase": "实际使用外资", "series": "fdi_used"}, "全年合同外资1.64亿美元，下降6.4%。"),
        ({"phrase": "使用外资", "series": "fdi_used"}, "全年实际使用外资1.64亿美元，下降6.4%。"),
    ],
)
def test_a_phrase_inside_a_longer_one_is_not_the_phrase(pattern, sentence):
    assert "公报中未见" in problem(sentence, pattern)


def test_a_line_broken_inside_a_word_does_not_begin_a_clause():
    assert "未见" in problem("全市经济向好，全年全市进\n出口12亿元，增长3%。")
    assert figure("六、对外经济\n出口12亿元，增长3%。") == ("12", "亿元", "3")
    assert figure("全市经济向好，全年增长22.7%\n出口12亿元，增长3%。") == ("12", "亿元", "3")


# Part of a total


PART = EXPORT | {"of": ["进出口总额", "进出口"]}
IMPORT = {"phrase": "进口", "of": ["进出口总额", "进出口"], "series": "trade_import"}


@pytest.mark.parametrize(
    "text",
    [
        "全年进出口总额100亿元，增长2%。其中，出口60亿元，增长3%；进口40亿元。",
        "全年进出口总额100亿元，增长2%。其中，进口40亿元，占比40%；出口60亿元，增长3%。",
        "全年进出口100亿元（其中进口40亿元，出口60亿元，增长3%）。",
        "全年进出口总额增长2%，其中，出口60亿元，增长3%。",
        "全年进出口总额100亿元。其中，出口60亿元，增长3%。民营企业进出口50亿元，其中，出口20亿元，增长1%。",
        "全年进出口总额100亿元。其中，出口60亿元，增长3%。其中，武昌区进出口50亿元，出口20亿元，增长1%。",
    ],
)
def test_a_part_follows_its_total(text):
    *found, _ = cells(text, PART, IMPORT | {"may_lack": True, "unit": "亿元"})
    assert [(cell["raw_value"], cell["problem"]) for cell in found] == [("60", None), ("3", None)]


@pytest.mark.parametrize(
    "text",
    [
        "全年服务贸易额100亿元。其中，出口60亿元，增长3%。",
        "全年进出口总额100亿元。民营企业进出口50亿元，其中，出口20亿元，增长1%。",
        "全年进出口总额100亿元。服务贸易20亿美元，其中，出口20亿元，增长1%。",
        "全年进出口总额100亿元。\n出口20亿元，增长1%。",
        "出口60亿元，增长3%。",
    ],
)
def test_the_part_of_another_total_is_not_taken(text):
    assert "只见其他总额之下的数字" in problem(text, PART)
    assert "只见其他总额之下的数字" in problem(text, PART | {"may_lack": True, "unit": "亿元"})


# Doubt


def test_two_different_figures_are_told_with_both_sentences():
    told = problem("全年出口12亿元，增长3%。\n其中，出口13亿元，增长3%。")
    assert "“出口”有两个不同的数字" in told
    assert "para 1: 「全年出口12亿元，增长3%」；para 2: 「其中，出口13亿元，增长3%」" in told


def test_two_different_rates_are_told_too():
    assert "两个不同的数字" in problem("全年出口12亿元，增长3%。\n出口增长4%。")
    assert "两个不同的数字" in problem("出口12亿元，增长3%。出口12亿美元，增长3%。")


def test_the_same_figure_twice_is_one_figure():
    assert figure("全年出口168亿元。\n其中，出口168.0亿元，增长3%。出口增长3.0%。") == ("168", "亿元", "3")


@pytest.mark.parametrize(
    "sentence",
    [
        "出口1.2万亿元，增长3%。",
        "出口3.5 billion yuan，增长3%。",
        "出口513,66亿元，增长3%。",
        "出口1179.3130.1亿元，增长3%。",
        "出口1.234.567亿元，增长3%。",
        "出口12亿，增长3%。",
        "出口12亿元人民币，增长3%。",
        "出口12亿元以上，增长3%。",
        "出口12余亿元，增长3%。",
        "出口12A亿元，增长3%。",
        "出口12个百分点，增长3%。",
        "出口10②亿元，增长3%。",
        "出口10[4]亿元，增长3%。",
        "出口100-200亿元，增长3%。",
        "出口12，增长3%。",
    ],
)
@pytest.mark.parametrize("may_lack", [False, True])
def test_a_figure_that_cannot_be_read_is_told_and_never_called_missing(sentence, may_lack):
    assert "数字或计量单位无法识别" in problem(sentence, EXPORT | {"may_lack": may_lack, "unit": "亿元"})


def test_an_unreadable_figure_beside_a_readable_one_is_told():
    assert "数字或计量单位无法识别" in problem("出口12亿元，增长3%。\n出口1.2万亿元。")


@pytest.mark.parametrize(
    "growth",
    [
        "增长1.2倍",
        "比上月增长3%",
        "比2019年增长3%",
        "增长3个百分点",
        "增长3%以上",
        "基本持平",
        "下降-3%",
        "增长3,5%",
        "按美元计增长3%",
    ],
)
def test_a_growth_that_cannot_be_read_is_told(growth):
    assert "增速" in problem(f"出口12亿元，{growth}。", EXPORT | {"may_lack": "growth"})
    assert figure(f"出口12亿元，{growth}。", {"phrase": "出口", "of": [], "series": "trade_export"}) == ("12", "亿元", None)


@pytest.mark.parametrize("rest", ["。", "，进口增长3%。", "，占比提高3%。", "，环比增长3%。", "，比上年增加3亿元。"])
def test_a_growth_that_is_not_there_is_a_gap_unless_it_may_lack(rest):
    assert "未见“出口”的增速" in problem(f"出口12亿元{rest}")
    assert figure(f"出口12亿元{rest}", EXPORT | {"may_lack": "growth"}) == ("12", "亿元", "")
    assert "未见“出口”的增速" in problem(f"出口12亿元{rest}", EXPORT | {"may_lack": "amount", "unit": "亿元"})


def test_a_rate_alone():
    rate_only = {"phrase": "出口", "of": [], "growth": "trade_export_yoy"}
    assert figure("全年出口比上年增长2.0%。", rate_only) == (None, None, "2.0")
    assert figure("全年出口12亿元，比上年下降2.0%。", rate_only) == (None, None, "-2.0")
    assert "未见“出口”的数字" in problem("全年出口比上年增长2.0%。")
    assert "增速无法识别" in problem("全年出口比上年增长1.2倍。", rate_only)
    assert figure("全年出口12亿元，增长2%。出口增长1.2倍。", rate_only) == (None, None, "2")


def test_an_exponent_of_a_page_is_no_digit_of_its_figure():
    assert "无法识别" in problem("<p>全年出口10<sup>4</sup>亿元，增长3%。</p><br>")


def test_one_doubtful_sentence_holds_back_its_own_figures_only():
    found = cells("全年进出口总额100亿元，增长2%。其中，出口1.2万亿元。", TOTAL, EXPORT)
    assert [(cell["line"], bool(cell["problem"])) for cell in found] == [(1, False), (1, False), (2, True), (2, True)]


# The file


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "holds no text"),
        (b" \n\n", "holds no text"),
        (b"%PDF-1.7 ...", "something else"),
        (b"PK\x03\x04....", "something else"),
        (b"version https://git-lfs.github.com/spec/v1\n", "something else"),
        (b"<html><body><h1>403 Forbidden</h1></body></html>", "none of the 1 declared phrases"),
        ("全市经济平稳运行。".encode(), "none of the 1 declared phrases"),
        ("全年出口12亿元".encode("utf-16-be"), "expected UTF-8"),
        ("全年出口12亿元，增长3%。".encode("gb18030")[:-1] + b"\xff", "expected UTF-8"),
        (b"a" * 20_000_001, "larger than 20,000,000 bytes"),
        (b"aa\n" * 300_000, "longer than 500,000 characters"),
        (b"<html><body>" + b"<div>" * 5000 + "全年出口12亿元，增长3%。".encode(), "nested too deeply"),
    ],
)
def test_a_file_that_is_no_bulletin_is_refused(content, found):
    with pytest.raises(FileProblem, match=found):
        read(content, FILE, None, options(EXPORT))


def test_gb18030_is_read():
    text = "咸宁市统计公报。全年全市出口135.6亿元，比上年增长17.4%。"
    assert [cell["raw_value"] for cell in read(text.encode("gb18030"), FILE, None, options(EXPORT))] == ["135.6", "17.4"]


@pytest.mark.parametrize(
    "text",
    [
        "，出口12亿元" * 60_000,
        "，出口增长" * 60_000,
        "出口" * 200_000,
        "2024年1月" * 60_000,
        "，" + "全年" * 200_000,
        "，出口" + "1" * 400_000,
        "，出口" + "达到" * 200_000,
        "a" * 450_000,
        "出" * 450_000,
    ],
)
def test_a_hostile_text_takes_no_time(text):
    started = time.monotonic()
    assert problem(text + "。")
    assert time.monotonic() - started < 10


# The period


@pytest.mark.parametrize(
    ("declared", "name", "title", "period"),
    [
        ("2024", None, "", "2024"),
        (None, "2024", "", "2024"),
        (None, None, "武汉市2024年国民经济和社会发展统计公报\n", "2024"),
        ("2024", "2024", "武汉市2024年国民经济和社会发展统计公报[1]\n", "2024"),
        ("2024", None, "武汉市2024年统计公报\n武汉市2023年统计公报\n", "2024"),
    ],
)
def test_the_period_is_declared_or_named_or_printed(declared, name, title, period):
    found = cells(f"{title}全年出口12亿元，增长3%。", EXPORT, name=name, period=declared)
    assert {cell["time_period"] for cell in found} == {period}


@pytest.mark.parametrize(
    ("declared", "name", "title", "told"),
    [
        (None, None, "", "not declared"),
        (None, None, "武汉市2024年统计公报\n武汉市2023年统计公报\n", "not declared"),
        ("2024", None, "武汉市2023年国民经济和社会发展统计公报（节选）\n", "different periods: 2024, 2023"),
        ("2024", "2023", "", "different periods: 2024, 2023"),
        (None, "2024-03", "", "not one of freq A"),
    ],
)
def test_periods_that_contradict_one_another_are_refused(declared, name, title, told):
    with pytest.raises(FileProblem, match=told):
        cells(f"{title}全年出口12亿元，增长3%。", EXPORT, name=name, period=declared)


MONTHLY = "2024年6月，全市出口2亿元，增长1%。{span}，全市出口12亿元，增长3%。其中，进口5亿元。"


@pytest.mark.parametrize("span", ["1-6月", "1—6月份", "1至6月", "2024年1-6月", "上半年", "前6个月", "１－６月"])
def test_a_cumulative_is_told_from_its_month(span):
    found = cells(MONTHLY.format(span=span), EXPORT, freq="M", basis="ytd", period=None, name="2024-06")
    assert [(c["raw_value"], c["time_period"], c["freq"], c["period_basis"]) for c in found] == [
        ("12", "2024-06", "M", "ytd"),
        ("3", "2024-06", "M", "ytd"),
    ]
    month = cells(MONTHLY.format(span=span), EXPORT, freq="M", period="2024-06")
    assert [cell["raw_value"] for cell in month] == ["2", "1"]


@pytest.mark.parametrize("when", ["", "1-5月，", "6月，", "2023年1-6月，", "全年", "2024年"])
def test_a_month_whose_time_is_not_spoken_is_not_guessed(when):
    (amount, growth) = cells(f"{when}全市出口12亿元，增长3%。", EXPORT, freq="M", basis="ytd", period="2024-06")
    assert "只见其他时期的数字" in amount["problem"] == growth["problem"]


# The declaration


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"patterns": []}, "at least 1"),
        ({"patterns": [{"phrase": "出口", "series": "trade_export"}]}, "`of` must name the total"),
        ({"patterns": [{"phrase": "出口总额"}]}, "none of `series`, `label` and `growth`"),
        ({"patterns": [EXPORT | {"label": "出口"}]}, "keep one"),
        ({"patterns": [EXPORT | {"may_lack": True}]}, "`unit` must say"),
        ({"patterns": [EXPORT | {"may_lack": "often"}]}, "may_lack"),
        ({"patterns": [EXPORT | {"phrase": "export"}]}, "phrase"),
        ({"patterns": [EXPORT | {"phrase": "口"}]}, "phrase"),
        ({"patterns": [EXPORT | {"phrase": "出口12亿元"}]}, "phrase"),
        ({"patterns": [EXPORT | {"phrase": []}]}, "phrase"),
        ({"patterns": [EXPORT, TOTAL | {"series": "trade_export"}]}, "two patterns give the same series"),
        ({"patterns": [EXPORT, TOTAL | {"growth": "trade_export_yoy"}]}, "two patterns give the same series"),
        ({"patterns": [EXPORT | {"not_before": "x"}]}, "not_before"),
        ({"period": "2024-13"}, "period"),
        ({"period": 2024}, "period"),
        ({"period": "2024-06"}, "not one of freq A"),
        ({"freq": "M"}, "not one of freq M"),
        ({"basis": "ytd"}, "not cumulative"),
        ({"freq": "Q"}, "freq"),
    ],
)
def test_a_declaration_that_makes_no_sense_names_its_key(change, told):
    with pytest.raises(ValidationError, match=told):
        BulletinOptions.model_validate({"area": "421200", "period": "2024", "freq": "A", "patterns": [EXPORT]} | change)
