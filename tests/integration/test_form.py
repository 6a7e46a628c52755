"""A form on its way: written, filled in as a person would, landed for a city that nobody publishes, and superseded."""

import csv
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import yaml

from dagster_project.lib.house import ROOT, sha256
from tests.conftest import Built, openecon

#: 货物进出口总额, 货物出口额, 货物进口额 of December 2024 and of the year, in 亿元; then 实际使用外资 in 万美元.
FILLED = {"D5": 9.1, "E5": 98.76, "D6": 8, "E6": 90.16, "D7": 1.1, "E7": 8.6, "D8": "未统计", "E8": 5123}
SIGNED = {"B12": "王芳", "D12": "刘强", "G12": datetime(2025, 1, 15)}


def ask(house: dict[str, Path], query: str) -> list[tuple]:
    with duckdb.connect(str(house["--warehouse"] / "openecon.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()


def build(house: dict[str, Path]) -> None:
    run = openecon("build", *(word for pair in house.items() for word in pair))
    assert run.status == 0, run.out + run.err


def test_a_filled_form_lands_and_is_superseded_by_a_published_figure(built: Built, tmp_path: Path):
    house = {"--raw": tmp_path / "raw", "--seeds": tmp_path / "seeds", "--warehouse": tmp_path / "warehouse"}
    shutil.copytree(ROOT / "raw", house["--raw"])
    shutil.copytree(ROOT / "seeds", house["--seeds"])
    returned = house["--raw"] / "reported/files/429004-2024-12.xlsx"
    run = openecon("form", "--area", "429004", "--period", "2024-12", "--out", returned, "--warehouse", built.warehouse)
    assert (run.status, run.out.strip()) == (0, str(returned)), run.err
    fill(returned)

    build(house)
    assert ask(
        house,
        """
        select series, period_basis, value, obs_status, cast(published_on as varchar), source_locator from marts.observations
        where source_id = 'reported' and series in ('trade_total', 'fdi_used') order by source_locator
        """,
    ) == [
        ("trade_total", "period", 9.1e8, "P", "2025-01-15", "填报表!D5"),
        ("fdi_used", "period", None, "L", "2025-01-15", "填报表!D8"),
        ("trade_total", "ytd", 98.76e8, "P", "2025-01-15", "填报表!E5"),
        ("fdi_used", "ytd", 5123e4, "P", "2025-01-15", "填报表!E8"),
    ]
    assert chosen(house) == [(98.76e8, "P", "reported", "december_cumulative")]
    assert ask(
        house,
        """
        select source_id, source_file, source_sha256, source_locator from marts.lineage
        where table_name = 'indicator_values' and code = 'trade_total' and ref_area = '429004' and time_period = '2024'
        """,
    ) == [("reported", "files/429004-2024-12.xlsx", sha256(returned), "填报表!E5")]

    publish(house)
    build(house)
    assert chosen(house) == [(99.5e8, "A", "stats_xiantao", "published")]
    kept = "select value from marts.observations where source_id = 'reported' and series = 'trade_total' and period_basis = 'ytd'"
    assert ask(house, kept) == [(98.76e8,)]


def fill(form: Path) -> None:
    """What a person does with it in a spreadsheet program."""
    book = openpyxl.load_workbook(form)
    for cell, value in (FILLED | SIGNED).items():
        book.active[cell] = value
    book.save(form)


def chosen(house: dict[str, Path]) -> list[tuple]:
    return ask(
        house,
        """
        select value, obs_status, source_id, derivation from marts.indicator_values
        where indicator = 'trade_total' and ref_area = '429004' and time_period = '2024'
        """,
    )


def publish(house: dict[str, Path]) -> None:
    """The city's bureau of statistics prints the same year in its bulletin, and the office admits it."""
    folder = house["--raw"] / "stats_xiantao"
    declared = yaml.safe_load((folder / "source.yml").read_text(encoding="utf-8"))
    bulletin = {"file": "files/2024.csv", "title_zh": "2024年公报", "address": None, "published_on": "2025-04-01"}
    declared["files"].append(bulletin | {"published_basis": "publisher"})
    (folder / "source.yml").write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    with (folder / "files/2024.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [
                ["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status", "quote"],
                ["仙桃市", "429004", "2024", "annual", "货物进出口总额", "99.5", "亿元", "A", "货物进出口总额99.5亿元"],
            ]
        )
    with (house["--seeds"] / "preference.csv").open("a", encoding="utf-8") as stream:
        stream.write("trade_total,*,,,60,stats_xiantao,市统计局公报\n")
