"""A source.yml guessed from a specimen: what it says of real files, what it leaves to a person; it loads once filled in."""

from functools import cache
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.lib import declarations, new_source
from dagster_project.lib.house import ROOT, House
from dagster_project.lib.problems import FileProblem
from schemas.source import DeclarationProblem, load_source, options_of
from tests.unit.test_form import FIGURES, filled

SPECIMENS = ROOT / "tests/specimens"
#: What a person adds to every source.yml.
COMMON = {
    "publisher_zh": "某机构",
    "publisher_en": "A publisher",
    "domain": "trade",
    "title_zh": "某表",
    "title_en": "A table",
    "licence": "official-statistics",
}


@cache
def declared() -> declarations.Declared:
    return declarations.load(House())


def proposed(path: Path) -> tuple[dict, list[str]]:
    text, told = new_source.propose(path.read_bytes(), path.name, "fresh", declared())
    return yaml.safe_load(text), told


def completed(tmp_path: Path, source: dict, options: dict | None = None):
    """The source as loaded after a person has filled in what was marked, and nothing else."""
    source = source | {key: value for key, value in COMMON.items() if source[key] is None}
    source["files"][0] |= {"title_zh": "某期", "published_on": "2025-09-18"}
    if "pattern" in source:
        source["pattern"] |= {"title_zh": "{yyyy}年{m}月", "calendar": "gacc_by_location"}
    source["options"] |= options or {}
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / "source.yml").write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")
    loaded = load_source(folder / "source.yml")
    return loaded, options_of(loaded, loaded.files[0])


def test_a_customs_table(tmp_path):
    source, told = proposed(ROOT / "raw/customs_gacc/files/2025-07.csv")
    assert (source["layout"], source["frequency"]) == ("customs_by_location", "M")
    assert source["options"] == {"unit": "万人民币", "expected_areas": ["420000", "420100", "420200", "420700", "420900"]}
    assert source["pattern"]["file"] == "files/{yyyy}-{mm}.csv"
    # 350 places and three flows with month, cumulative and growth each.
    assert told[0] == "3150 figures would land, 0 would be held"
    assert told[1] == "  trade_total | 100000 | 2025-07 | period | 391024806.0 | CNY | 4 | P | line 4, col 进出口 7月"
    completed(tmp_path, source)


def test_a_tidy_file(tmp_path):
    source, told = proposed(ROOT / "raw/stats_xiantao/files/2025.csv")
    assert (source["layout"], source["options"], "pattern" in source) == ("tidy_long", {}, False)
    assert told[:3] == [
        "4 figures would land, 0 would be held",
        "  budget_expenditure | 429004 | 2025 | period | 107.8 | CNY | 8 | P | line 2, col value",
        "  budget_revenue | 429004 | 2025 | period | 44.39 | CNY | 8 | P | line 3, col value",
    ]
    completed(tmp_path, source)


def test_a_table_of_one_indicator_by_city(tmp_path):
    source, told = proposed(SPECIMENS / "nbs_xls/20_Major_GDP.xls")
    assert source["options"] == {
        "heading": {"first": "地区"},
        "area": {"column": "地区"},
        "period": {"heading": True},
        "label": {"above": r"指标[:：]\s*(.+)"},
        "unit": {"label": True},
        "freq": "A",
        "columns": "periods",
        "drop": ["^数据来源"],
    }
    assert told[0] == "720 figures would land, 0 would be held"
    assert told[2] == "  gdp | 110000 | 2017 | period | 28014.94 | CNY | 8 | P | 主要城市年度数据!C5"
    completed(tmp_path, source)


def test_a_table_of_one_city_by_indicator():
    source, told = proposed(SPECIMENS / "nbs_xls/20_Guangzhou_All.xls")
    assert source["options"]["area"] == {"above": r"地区[:：]\s*(.+)"}
    assert (source["options"]["label"], source["options"]["unit"]) == ({"column": "指标"}, {"label": True})
    assert told[0] == "20 figures would land, 60 would be held"
    assert any("指标名“第一产业增加值”未登记" in line for line in told)


def test_a_csv_in_gb18030_without_units_and_year(tmp_path):
    source, told = proposed(SPECIMENS / "nbs_csv_gb18030/17_Economic.csv")
    options = source["options"]
    assert (options["encoding"], options["area"], options["period"]) == ("gb18030", {"column": "地区"}, None)
    assert {"heading": "货物进出口总额", "unit": None} in options["columns"]
    # No unit and no year is guessed: not even the 17 of the file's name.
    assert told == ["cannot be read before these options are filled in: period, columns"]
    columns = [{"heading": "货物进出口总额", "unit": "百万美元"}]
    _, read = completed(tmp_path, source, {"period": {"constant": "2017"}, "columns": columns})
    assert read["period"]["constant"] == "2017"


def test_of_a_city_beside_its_province_the_city_is_the_place_and_interpolated_columns_are_left_out():
    source, told = proposed(SPECIMENS / "city_panel/population.xlsx")
    assert source["options"]["area"] == {"column": "城市"}
    assert source["options"]["columns"] == [{"heading": "常住人口"}]
    assert told[0] == "8 figures would land, 0 would be held"


def test_urban_districts_are_never_listed_for_the_city():
    source, _ = proposed(SPECIMENS / "city_yearbook/edition_2021.xlsx")
    listed = source["options"]["columns"]
    assert {"heading": "地区生产总值", "within": "全市", "series": "gdp"} in listed
    assert not [column for column in listed if "市辖区" in column.values()]


def test_a_monthly_table_without_a_printed_span_leaves_the_basis_to_a_person():
    source, told = proposed(SPECIMENS / "customs_by_city/2025-07.csv")
    assert source["options"]["basis"] is None and source["options"]["period"] == {"file_name": True}
    assert told == ["cannot be read before these options are filled in: basis, columns"]


def test_a_bulletin_and_a_reply_in_json():
    source, told = proposed(SPECIMENS / "bulletin/wuhan-2024.txt")
    assert (source["layout"], source["options"]["patterns"]) == ("bulletin", None)
    assert told == ["cannot be read before these options are filled in: area, patterns"]
    source, told = proposed(SPECIMENS / "nbs_json/annual.json")
    assert source["layout"] == "nbs_json" and told[0].endswith("would be held") and told[1].startswith("  gdp | 420100 | 2025 |")
    source, told = proposed(SPECIMENS / "nbs_json/monthly.json")
    assert set(source["options"]["basis"].values()) == {None}
    assert told == ["cannot be read before these options are filled in: basis"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html><html><body><p>404</p></body></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer instead of the file itself"),
        (b"", "the file is empty"),
        (b'{"code": 403}', "not a reply of data.stats.gov.cn"),
        (b"{torn", "it begins as JSON and is none"),
        ("甲,乙\n丙,丁\n".encode(), "no row of headings with figures below it was found"),
    ],
)
def test_what_is_no_publication_is_refused(content, found):
    with pytest.raises(FileProblem) as problem:
        new_source.propose(content, "page.csv", "fresh", declared())
    assert problem.value.file == "page.csv" and found in problem.value.found


def test_a_returned_form_is_sent_where_it_belongs():
    with pytest.raises(FileProblem, match="Put it into raw/reported/files/"):
        new_source.propose(filled(FIGURES), "a.xlsx", "fresh", declared())


def test_json_nested_too_deeply_is_refused():
    with pytest.raises(FileProblem, match=r"deep\.json: it is JSON nested too deeply for a table"):
        new_source.guess(b"[" * 200_000, "deep.json", declared())


def test_what_is_marked_stops_the_load_by_its_name(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    path = ROOT / "raw/stats_xiantao/files/2025.csv"
    text, _ = new_source.propose(path.read_bytes(), path.name, "fresh", declared())
    (folder / "source.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationProblem) as problem:
        load_source(folder / "source.yml")
    for key in ("publisher_zh", "domain", "licence", "files.0.title_zh", "files.0.published_on"):
        assert f"{key}: Input should be a valid" in str(problem.value)
    marked = [line for line in text.splitlines() if "请填写" in line and not line.startswith("#")]
    assert all(line.split("  #")[0].rstrip().endswith(":") for line in marked)


def test_the_command_writes_once_and_never_over_what_is_there(tmp_path):
    specimen = str(SPECIMENS / "nbs_xls/20_Major_GDP.xls")
    run = CliRunner().invoke(app, ["new-source", specimen, "--out", str(tmp_path / "fresh")])
    written = tmp_path / "fresh/source.yml"
    assert run.exit_code == 0 and run.stdout.startswith(f"{written}\n720 figures would land, 0 would be held\n")
    assert "\nsource_id: fresh  # 与文件夹同名\n" in written.read_text(encoding="utf-8")
    written.write_text("mine", encoding="utf-8")
    again = CliRunner().invoke(app, ["new-source", specimen, "--out", str(tmp_path / "fresh")])
    assert again.exit_code == 1 and "is there already and was left as it is" in again.stderr
    assert written.read_text(encoding="utf-8") == "mine"


def test_the_command_without_a_folder_only_shows(tmp_path):
    run = CliRunner().invoke(app, ["new-source", str(SPECIMENS / "nbs_xls/20_Major_GDP.xls")])
    assert run.exit_code == 0 and "layout: table  # 一般表格，按表头文字识别" in run.stdout


def test_the_command_refuses_a_web_page_and_a_bad_name(tmp_path):
    page = tmp_path / "page.csv"
    page.write_text("<!DOCTYPE html><html><body>404</body></html>", encoding="utf-8")
    run = CliRunner().invoke(app, ["new-source", str(page), "--out", str(tmp_path / "fresh")])
    assert run.exit_code == 1 and "page.csv: " in run.stderr and not (tmp_path / "fresh").exists()
    assert CliRunner().invoke(app, ["new-source", str(page), "--out", str(tmp_path / "新来源")]).exit_code == 2
