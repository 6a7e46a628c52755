"""openecon explain against the raw files: the number, and the cell it was published in.

The values, files, checksums, lines, columns and texts below were copied by hand from the files; csv is read here by itself.
"""

import csv
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.lib.house import ROOT
from tests.conftest import Built


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in a file: line from 1, column from 0."""

    file: str
    sha256: str
    line: int
    column: int
    text: str


CUSTOMS_2024_03 = "raw/customs_gacc/files/2024-03.csv", "b076408b8982"
CUSTOMS_2024_12 = "raw/customs_gacc/files/2024-12.csv", "108fbf7f3500"
CUSTOMS_2025_03 = "raw/customs_gacc/files/2025-03.csv", "7d01e4a4ee9a"
CUSTOMS_2025_07 = "raw/customs_gacc/files/2025-07.csv", "5ffc5bef9c4a"
YEARBOOK_2019 = "raw/nbs_city_yearbook/files/2019.csv", "1d0c36bfbf64"
YEARBOOK_2020 = "raw/nbs_city_yearbook/files/2020.csv", "061ec7b76adc"
YEARBOOK_2023 = "raw/nbs_city_yearbook/files/2023.csv", "5abc917feb49"
GDP = "raw/panel_fdi_gdp_pop/files/gdp_2000_2023.csv", "fe66d8aee600"
PEOPLE = "raw/panel_fdi_gdp_pop/files/population_1998_2024.csv", "c2fa95d468a4"
FDI = "raw/panel_fdi_gdp_pop/files/fdi_1996_2023.csv", "7679ef98e8ce"
RATES = "raw/fx_yearbook/files/usd_cny_annual_average_2007_2023.csv", "d7a3587cae4c"

#: area, indicator, period; the value and what else must be said; the cells it rests on.
CASES = {
    "a year is the December cumulative": (
        ("420100", "trade_total", "2024"),
        [
            "数值      4033.53 亿元（全数：403352970000 元）",
            "取1—12月累计",
            "2025-01-18（发布日历）",
            "算式      40335297 万元 ＝ 4033.53 亿元",
        ],
        [Cell(*CUSTOMS_2024_12, 199, 2, "40335297")],
    ),
    "the month of a zone": (
        ("420100-donghu", "trade_export", "2024-03"),
        ["88.02 亿元（全数：8802320000 元）", "原样公布", "2025-09-18（取得之日）", "line 198, col 出口 3月"],
        [Cell(*CUSTOMS_2024_03, 198, 3, "880232")],
    ),
    "a cumulative, asked as the office's tables write it": (
        ("孝感市", "trade_import", "2025年1—7月"),
        ["（trade_import_ytd） · 2025年1—7月", "16.17 亿元（全数：1616690000 元）", "2025-07，自1月起累计"],
        [Cell(*CUSTOMS_2025_07, 212, 6, "161669")],
    ),
    "a printed growth rate": (
        ("420700", "trade_export_yoy_ytd", "2025-03"),
        ["数值      91.6 %", "line 210, col 累计比去年同期±％ 出口"],
        [Cell(*CUSTOMS_2025_03, 210, 8, "91.6")],
    ),
    "the province, a peer": (
        ("湖北省", "trade_total", "2024-01/2024-03"),
        ["1520.84 亿元（全数：152084410000 元）"],
        [Cell(*CUSTOMS_2024_03, 195, 2, "15208441")],
    ),
    "the whole country": (
        ("100000", "trade_total", "2024年12月"),
        ["40669.60 亿元（全数：4066960460000 元）"],
        [Cell(*CUSTOMS_2024_12, 4, 1, "406696046")],
    ),
    "a corrected unit, through the rate": (
        ("420200", "trade_export", "2019"),
        [
            "140.99 亿元（全数：14098671405 元）",
            "E 估计数",
            "更正为 204373 万美元（huangshi-2019-export）：表头为万元，该市填报实为万美元",
            "证据      2018年 1309124、2020年 1200944 万元",
            "算式      204373 万美元 × 6.8985 ＝ 140.99 亿元",
        ],
        [Cell(*YEARBOOK_2020, 24, 5, "204373"), Cell(*RATES, 14, 1, "6.8985")],
    ),
    "two corrected flows added": (
        ("421100", "trade_total", "2018年"),
        ["62.37 亿元", "分项相加", "算式      81295 万美元 × 6.6234 ＋ 12876 万美元 × 6.6234 ＝ 62.37 亿元"],
        [Cell(*YEARBOOK_2019, 57, 5, "81295"), Cell(*YEARBOOK_2019, 58, 5, "12876"), Cell(*RATES, 13, 1, "6.6234")],
    ),
    "dollars over yuan": (
        ("420100", "fdi_dependence", "2022"),
        ["数值      0.73 %", "100 × （2044.7 百万美元 × 6.7261） ÷ 18866.4 亿元 ＝ 0.73 %", "与发布值相符"],
        [Cell(*FDI, 14, 5, "2044.7"), Cell(*GDP, 14, 5, "18866.4"), Cell(*RATES, 17, 1, "6.7261")],
    ),
    "per resident": (
        ("420100", "trade_per_capita", "2022"),
        ["数值      25709 元/人", "（21530000 万元 ＋ 13792000 万元） ÷ 1373.9 万人 ＝ 25709 元/人"],
        [Cell(*YEARBOOK_2023, 8, 5, "21530000"), Cell(*YEARBOOK_2023, 9, 5, "13792000"), Cell(*PEOPLE, 14, 5, "1373.9")],
    ),
    "per million residents": (
        ("420100", "external_enterprise_density", "2022"),
        ["数值      25.3 个/百万人", "1000000 × （269 个 ＋ 79 个） ÷ 1373.9 万人 ＝ 25.3 个/百万人"],
        [Cell(*YEARBOOK_2023, 6, 5, "269"), Cell(*YEARBOOK_2023, 7, 5, "79"), Cell(*PEOPLE, 14, 5, "1373.9")],
    ),
    "a structural zero": (
        ("420200", "airport_cargo", "2023"),
        ["数值      0.00 万吨（全数：0 吨）", "结构性零", "黄石无民用机场", "九市之内只有武汉天河（WUH）与鄂州花湖（EHU）"],
        [],
    ),
    "an airport for its city": (
        ("420100", "airport_passengers", "2024"),
        [
            "3140.60 万人次（全数：31406000 人）",
            "以设施代表全市",
            "武汉天河国际机场（WUH）",
            "raw/media_chinanews/files/2024-aviation.csv",
        ],
        [Cell("raw/media_hubei_daily/files/2024-aviation.csv", "93358636e0b8", 6, 5, "3140.6")],
    ),
    "a port, with an earlier vintage": (
        ("CNWUH", "port_containers", "2021"),
        [
            "248.00 万标箱（全数：2480000 TEU）",
            "2.48 million TEU 2022-04-20（发布机构载明） 至 2023-04-27 raw/mot/files/2021.csv line 7",
        ],
        [Cell("raw/mot/files/2023-03.csv", "6c5a1bad68b1", 2, 5, "248")],
    ),
    "a cumulative that a later table implies otherwise": (
        ("420900", "trade_total_ytd", "2024-11"),
        # December: 2337251 from January on, 231386 in the month.
        ["210.80 亿元（全数：21079520000 元）", "2105865 万元 2025-01-18（发布日历），由后出文件推算"],
        [Cell("raw/customs_gacc/files/2024-11.csv", "95a432b6101e", 209, 2, "2107952")],
    ),
    "a month that no table prints, by difference": (
        ("420000", "trade_total", "2022-10"),
        ["数值      445.70 亿元", "E 估计数", "513.66 billion yuan － 469.09 billion yuan ＝ 445.70 亿元"],
        [
            Cell("raw/media_xinhua/files/2022-10.csv", "868887ebc21e", 3, 5, "513.66"),
            Cell("raw/media_xinhua/files/2022-09.csv", "1df44be39c47", 2, 5, "469.09"),
        ],
    ),
    "product of a county-level city": (
        ("仙桃市", "gdp", "2023"),
        ["数值      1014.33 亿元", "2025-01-14（发布机构载明）", "自本期起口径改变"],
        [Cell("raw/stats_hubei/files/2024.csv", "8a54419dc9d4", 4, 5, "1014.3318446470453")],
    ),
    "expenditure from a budget report": (
        ("420100", "budget_expenditure", "2025"),
        ["数值      2520.61 亿元（全数：252060750000 元）"],
        [Cell("raw/finance_wuhan/files/2025.csv", "fd379b871bbd", 2, 5, "25206075")],
    ),
    "another source was held back": (
        ("420100", "budget_revenue", "2013"),
        ["数值      978.52 亿元", "17306543 万元，暂不采用", "raw/panel_policies/files/china_city_panel.csv line 13"],
        [Cell("raw/panel_nbs_36_cities/files/city_income.csv", "b8c0cab1aa84", 5, 5, "978.52")],
    ),
    "a figure printed as missing": (
        ("420700-gedian", "trade_import_yoy_ytd", "2024-01"),
        ["数值      （无）", "未见公布（missing）", "（未印数值）", "raw/customs_gacc/files/2024-01.csv line 208"],
        [],
    ),
    "a gap": (
        ("429004", "trade_total", "2024"),
        ["数值      （无）", "O 缺失", "未见公布（missing）", "没有读到任何来源的数", "没有一期有数"],
        [],
    ),
    "the score of an indicator, after its value": (
        ("420100", "fdi_dependence", "2019"),
        [
            "数值      5.23 %",
            "· 指标得分",
            "得分      87.23",
            "100 ×（5.23406976182 － 0）÷（6 － 0）＝ 87.23",
            "权重      在双向投资（investment）之内 0.4",
            "有效权重  0.1（自总指数逐级相乘）",
            # 0.4 of what the pillar has (1 − 0.2 without 对外承包工程), the pillar 0.25 of the 0.60 that are in the index.
            "贡献      对总指数 18.17 分，占总指数得分的 31.4%",
            "障碍度    ",
            "方法      按固定上下限标准化",
        ],
        [Cell(*YEARBOOK_2020, 6, 5, "1230896"), Cell(*GDP, 11, 5, "16223.2"), Cell(*RATES, 14, 1, "6.8985")],
    ),
}

#: area, node, year; what must be said; the cells in the list of all cells below the score.
SCORES = {
    "a pillar": (
        ("420100", "trade", "2022"),
        [
            "得分      50.14",
            "外贸依存度（trade_dependence） 0.4 × 46.81 → 18.72",
            "人均货物进出口额（trade_per_capita） 0.4 × 64.27 → 25.71",
            "出口依存度（export_dependence） 0.2 × 28.53 → 5.71",
            "得分 50.14，与发布值相符",
            "第1位，共6市",
            "较2021年 1.08",
            "  人均货物进出口额（trade_per_capita） 贡献 25.71 表现 1.10",
        ],
        [Cell(*YEARBOOK_2023, 8, 5, "21530000"), Cell(*GDP, 14, 5, "18866.4"), Cell(*PEOPLE, 14, 5, "1373.9")],
    ),
    "the index": (
        ("武汉市", "openness", "2022"),
        [
            "得分      38.36",
            "公式      下级得分的加权算术平均",
            "（openecon，第1版，正式，自2018年）",
            "  人均货物进出口额（trade_per_capita） 贡献 15.00 障碍度 ",
            "对外贸易（trade） 0.35 × 50.14 → 29.25",
            "双向投资（investment） 0.25 × 21.87 → 9.11",
            "开放通道（港口·铁路）（corridor） 0.2 × 58.45 → 不计入：不是所有参评城市都有这一领域",
            "权重 0.60 得分 38.36，与发布值相符",
            "覆盖率    60%（至少 60%）",
            "变动      无：跨越口径断裂，不可比",
        ],
        [Cell(*YEARBOOK_2023, 9, 5, "13792000"), Cell(*FDI, 14, 5, "2044.7"), Cell(*RATES, 17, 1, "6.7261")],
    ),
    "what moved the index": (
        ("420100", "openness", "2021"),
        [
            "较2020年 1.05",
            # From 2020 to 2021 trade grew by 24 % and product by 14 %: ln 1.242 and ln 1.140 share out what the ratio moved.
            "  外贸依存度（trade_dependence） 贡献 11.08 表现 0.91（分子 2.30，分母 -1.39） 结构 0.00 障碍度 30.7%",
            "  外资依存度（fdi_dependence） 贡献 15.92 表现 -1.31（分子 0.86，分母 -2.17） 结构 0.00 障碍度 9.8%",
        ],
        [Cell(*GDP, 13, 5, "17688"), Cell(*PEOPLE, 13, 5, "1364.89")],
    ),
    "an index that is not published": (
        ("429004", "openness", "2022"),
        ["得分      （无）", "对外贸易（trade） 0.35 × 无得分：未见公布", "位次      无：没有得分"],
        [],
    ),
    "a pillar of too few cities": (
        ("420100", "corridor", "2022"),
        ["得分      58.45", "位次      无：有得分的只有1市，少于5市"],
        [Cell("raw/mot/files/2023-06.csv", "079c279d4310", 3, 5, "269.97")],
    ),
}


def ask(built: Built, asked: tuple[str, str, str], *more: str):
    words = ["--area", asked[0], "--indicator", asked[1], "--period", asked[2], "--warehouse", str(built.warehouse)]
    return CliRunner().invoke(app, ["explain", *words, *more])


def stands(cell: Cell) -> str:
    """The full SHA-256 of the file, if the cell holds the text."""
    content = (ROOT / cell.file).read_bytes()
    with (ROOT / cell.file).open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        fields = next(fields for fields in reader if reader.line_num == cell.line)
    assert fields[cell.column] == cell.text
    sha256 = hashlib.sha256(content).hexdigest()
    assert sha256.startswith(cell.sha256)
    return sha256


@pytest.mark.parametrize(("asked", "says", "cells"), CASES.values(), ids=CASES)
def test_a_value_leads_to_the_cells_it_was_printed_in(built: Built, asked, says, cells):
    done = ask(built, asked)
    assert done.exit_code == 0, done.stderr
    for line in says:
        assert line in done.stdout, done.stdout
    for cell in cells:
        block = next(part for part in done.stdout.split("\n\n") if cell.file in part and f"line {cell.line}, col" in part)
        assert f"SHA-256   {stands(cell)}" in block
        assert f"【{cell.text}】" in block and "磁盘上的文件与读入时逐字节相同" in block
    assert "不符" not in done.stdout
    inputs = done.stdout.count("  SHA-256 ")
    assert inputs == len(cells) or asked[1] == "airport_cargo"


@pytest.mark.parametrize(("asked", "says", "cells"), SCORES.values(), ids=SCORES)
def test_a_score_leads_to_its_children_and_all_cells_below(built: Built, asked, says, cells):
    done = ask(built, asked)
    assert done.exit_code == 0, done.stderr
    for line in says:
        assert line in done.stdout, done.stdout
    for cell in cells:
        assert f"{cell.file} line {cell.line}, col" in done.stdout
        assert f"{stands(cell)} {cell.file}" in done.stdout


def test_a_structural_zero_shows_the_line_it_is_declared_in(built: Built):
    done = ask(built, ("420200", "airport_cargo", "2023"))
    path = ROOT / "seeds/structural.csv"
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("airport_cargo,420200,2018,,黄石无民用机场")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in done.stdout
    assert "位置      line 2\n" in done.stdout and "airport_cargo ｜ 420200 ｜ 2018" in done.stdout


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("420101", "trade_total", "2024"), "没有地区“420101”。相近的有：武汉市（420100）"),
        (("武汗市", "trade_total", "2024"), "武汉市（420100）"),
        (("420100", "trade_totl", "2024"), "没有指标“trade_totl”。相近的有：货物进出口总额（trade_total）"),
        (("420100", "外资", "2024"), "外资依存度（fdi_dependence）"),
        (("420100", "trade_total", "2099"), "最近的时期有：2020、2021、2022、2023、2024、2025"),
        (("420700-gedian", "trade_total", "2019-05"), "最近的时期有：2024-01、2024-02、2024-03、2024-04、2024-05、2024-06"),
        (("WUH", "trade_total", "2024"), "武汉天河国际机场（WUH） 没有 trade_total。有的地区：全国（100000）"),
        (("420100", "openness", "2030"), "最近的时期有：2018、2019、2020、2021、2022"),
        (("420100", "gdp", "2024年1—3月"), "gdp 没有自1月起的累计"),
        (("420100", "trade_total_yoy", "2025-03"), "累计另为 trade_total_yoy_ytd"),
    ],
)
def test_no_such_number_names_the_nearest(built: Built, asked, says: str):
    done = ask(built, asked)
    assert done.exit_code == 1 and done.stdout == ""
    assert says in done.stderr


def test_an_unknown_framework_names_the_known(built: Built):
    done = ask(built, ("420100", "openness", "2022"), "--framework", "opennes")
    assert done.exit_code == 1 and "没有指标体系“opennes”。相近的有：openecon" in done.stderr
    assert ask(built, ("420100", "openness", "2022"), "--framework", "openecon").exit_code == 0


def test_a_file_that_was_replaced_or_is_gone_proves_nothing(built: Built, tmp_path: Path):
    raw = tmp_path / "raw"
    shutil.copytree(ROOT / "raw/customs_gacc", raw / "customs_gacc")
    changed = raw / "customs_gacc/files/2024-12.csv"
    changed.write_bytes(changed.read_bytes().replace(b"40335297", b"40335298"))
    asked = "420100", "trade_total", "2024"
    done = ask(built, asked, "--raw", str(raw))
    assert done.exit_code == 0 and f"{changed} 已是另一份文件" in done.stdout and "40335298" not in done.stdout
    done = ask(built, asked, "--raw", str(tmp_path / "nowhere"))
    assert done.exit_code == 0 and "不在，未能核对" in done.stdout and "【40335297】" not in done.stdout


def test_a_value_that_its_inputs_do_not_give_is_told(built: Built, tmp_path: Path):
    build = built.database.resolve().parent
    shutil.copytree(build / "landing/declared", tmp_path / "landing/declared")
    shutil.copy(build / "openecon.duckdb", tmp_path / "openecon.duckdb")
    with duckdb.connect(tmp_path / "openecon.duckdb") as connection:
        connection.execute("update marts.indicator_values set value = 2 * value where ref_area = '420100'")
        connection.execute("update marts.index_scores set score = score + 1 where ref_area = '420100' and code = 'openness'")
    tampered = Built(tmp_path, built.run)
    assert "与发布值不符：按下列各数应为 403352970000" in ask(tampered, ("420100", "trade_total", "2024")).stdout
    assert "与发布值不符" in ask(tampered, ("420100", "openness", "2022")).stdout


def test_a_damaged_database_is_told(built: Built, tmp_path: Path):
    (tmp_path / "openecon.duckdb").write_bytes(b"not a database" * 1000)
    done = ask(Built(tmp_path, built.run), ("420100", "trade_total", "2024"))
    assert done.exit_code == 1 and "run openecon build" in done.stderr and "Traceback" not in done.stderr
