"""Briefings and sheets of a real release: form, figures that are those of the marts, and how a word processor shows them."""

import csv
import itertools
import re
import shutil
import subprocess

import docx
import polars as pl
import pytest

from dagster_project.lib.briefing import documents, facts
from tests.conftest import Built

PARTS = ["一、总体情况", "二、亮点", "三、薄弱环节", "四、目标进度", "五、数据说明"]


@pytest.fixture(scope="module")
def frames(built: Built) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in (built.release / "all").glob("*.parquet")}


def paragraphs(path) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(path).paragraphs]


def rows(path, heading: str) -> list[dict[str, str]]:
    """The rows of the first table that has this heading."""
    for table in docx.Document(path).tables:
        headings = [cell.text for cell in table.rows[0].cells]
        if heading in headings:
            return [dict(zip(headings, [cell.text for cell in row.cells], strict=True)) for row in table.rows[1:]]
    return []


def briefings(built: Built) -> list:
    return [*sorted(built.release.glob("cities/*/监测简报.docx")), built.release / "circle/监测简报.docx"]


def test_each_city_and_the_circle_has_a_briefing_in_five_parts(built: Built):
    paths = briefings(built)
    assert len(paths) == 10
    for path in paths:
        lines = paragraphs(path)
        assert lines[0].endswith("开放型经济监测简报")
        assert [line for line in lines if line in PARTS] == PARTS
        # Each part says something.
        places = [lines.index(part) for part in PARTS]
        assert all(later - earlier > 1 for earlier, later in itertools.pairwise(places))


def test_figures_of_the_first_table_are_those_of_the_city_s_table(built: Built):
    folder = built.release / "cities/420100-wuhan"
    with (folder / "指标.csv").open(encoding="utf-8-sig", newline="") as file:
        published = {(row["时期"], row["数值"], row["单位"]) for row in csv.DictReader(file)}
    told = rows(folder / "监测简报.docx", "来源")
    assert len(told) >= 8
    assert not [row for row in told if row["数值"] != "未见公布" and (row["时期"], row["数值"], row["单位"]) not in published]
    trade = next(row for row in told if row["指标"] == "货物进出口总额")
    assert (trade["时期"], trade["数值"], trade["同比％"]) == ("2025年", "4548.50", "12.7（公布）")


def test_bright_spots_and_weak_links_are_signals_with_their_evidence(built: Built, frames):
    signals = frames["signals"].select("message_zh", "evidence_zh")
    known = {f"{message}。〔依据：{evidence}〕" for message, evidence in signals.iter_rows()}
    for path in briefings(built):
        lines = paragraphs(path)
        for first, last in (("二、亮点", "三、薄弱环节"), ("三、薄弱环节", "四、目标进度")):
            told = [re.sub(r"^（\d+）", "", line) for line in lines[lines.index(first) : lines.index(last)] if "依据：" in line]
            assert set(told) <= known, path


def test_a_city_without_data_says_so_and_has_no_empty_table(built: Built):
    path = built.release / "cities/429005-qianjiang/监测简报.docx"
    lines = paragraphs(path)
    assert "潜江市货物进出口总额未见公布。" in lines
    assert "按规则没有可列的亮点；哪些规则因数据不足不能判断，见第五部分。" in lines
    assert "五份文件没有对潜江市提出带数字的目标。" in lines
    assert {row["数值"] for row in rows(path, "来源")} >= {"未见公布"}
    assert all(len(table.rows) > 1 for table in docx.Document(path).tables)


def test_targets_without_data_are_listed_and_not_at_nought(built: Built):
    path = built.release / "circle/监测简报.docx"
    known = {row["目标"]: row for row in rows(path, "完成进度")}
    assert known["进出口总额"]["判断"] == "已完成" and known["年开行列数"]["完成进度"] == "58.4％"
    headings = ["主体", "目标", "目标年", "目标值"]
    unknown = [table for table in docx.Document(path).tables if [cell.text for cell in table.rows[0].cells] == headings]
    assert len(unknown[0].rows) - 1 == 42
    assert any("没有数据不等于没有进展，也不是零" in line for line in paragraphs(path))


def test_every_unit_has_a_sheet_with_its_tasks_and_targets(built: Built, frames):
    sheets = {path.stem: path for path in (built.release / "circle/督办表").glob("*.docx")}
    tasks = frames["plan_measure_units"].select("unit_zh", "measure_id").unique().group_by("unit_zh").len()
    assert set(sheets) == set(tasks["unit_zh"])
    for unit, n in tasks.filter(pl.col("unit_zh").is_in(["武汉市商务局", "武汉海关", "湖北省商务厅"])).iter_rows():
        # A unit that leads one part of a task and helps in another is told both.
        assert len({row["条款"] + row["任务"] for row in rows(sheets[unit], "分工")}) <= n <= len(rows(sheets[unit], "分工"))
    fdi = next(row for row in rows(sheets["武汉市商务局"], "完成进度") if row["目标"] == "利用外资实际到位额")
    assert (fdi["目标值"], fdi["实绩"], fdi["判断"]) == ("125亿美元", "111.65（2020年）", "严重滞后")


def test_a_field_is_never_left_open(frames, built: Built):
    assert facts.units(frames)
    for path in [*briefings(built), *built.release.glob("circle/督办表/*.docx")]:
        assert not re.search(r"{{|{%|None|nan", "".join(paragraphs(path))), path


def pages(pdf) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed: nobody has looked at the pages")
def test_a_word_processor_opens_them_and_the_longest_sheets_are_one_page(built: Built, frames, tmp_path):
    counts = frames["plan_measure_units"].group_by("unit_zh").len().sort("len", "unit_zh", descending=[True, False])
    longest = [built.release / "circle/督办表" / f"{unit}.docx" for unit in [*counts["unit_zh"][:3], "武汉市商务局"]]
    for path in (built.release / "cities/420100-wuhan/监测简报.docx", *longest):
        shutil.copy(path, tmp_path)
    names = sorted(tmp_path.glob("*.docx"))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", tmp_path, *names], check=True, capture_output=True, timeout=240)
    assert {path.stem for path in tmp_path.glob("*.pdf")} == {path.stem for path in names}
    assert {path.stem: pages(tmp_path / f"{path.stem}.pdf") for path in longest} == {path.stem: 1 for path in longest}
    assert 3 <= pages(tmp_path / "监测简报.pdf") <= 8


def test_a_broken_template_stops_the_release_with_its_name(frames, tmp_path, built: Built):
    release = tmp_path / "release"
    for name in [path.parent.name for path in briefings(built)[:-1]]:
        (release / "cities" / name).mkdir(parents=True)
    (release / "circle").mkdir()
    day = frames["dim_source"]["latest_published_on"].max()
    with pytest.raises(documents.TemplateProblem, match=r"城市简报\.docx is not there"):
        list(documents.write(frames, day, "2022", tmp_path / "templates", release))
