"""openecon explain without a build: periods as people write them, and what stands in a cell of a file."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.lib import explain
from dagster_project.lib.house import House
from dagster_project.lib.proof import Proof, look_up


@pytest.mark.parametrize(
    ("written", "time_period", "cumulative"),
    [
        ("2024", "2024", False),
        ("2024年", "2024", False),
        ("2024-Q1", "2024-Q1", False),
        ("2024年第1季度", "2024-Q1", False),
        ("2024-03", "2024-03", False),
        ("2024年3月", "2024-03", False),
        ("2024年12月", "2024-12", False),
        ("2024-01/2024-03", "2024-03", True),
        ("2024年1—3月", "2024-03", True),
        ("2024年1-3月", "2024-03", True),
        ("2024年1月至3月", "2024-03", True),
        ("２０２４年 1 — 3 月", "2024-03", True),
    ],
)
def test_periods_as_people_and_tables_write_them(written: str, time_period: str, cumulative: bool):
    assert explain.asked_period(written) == (time_period, cumulative)


@pytest.mark.parametrize(
    "written", ["", "24", "2024-13", "2024-00", "2024-3", "2024年2—3月", "2024-02/2024-03", "2024-01/2025-03", "2024-Q5", "三月"]
)
def test_what_is_no_period_is_refused(written: str):
    with pytest.raises(ValueError, match="is not a period such as 2024"):
        explain.asked_period(written)


def test_wrong_usage_is_status_two(tmp_path: Path):
    words = ["explain", "--area", "420100", "--indicator", "trade_total", "--warehouse", str(tmp_path)]
    assert CliRunner().invoke(app, words).exit_code == 2
    assert CliRunner().invoke(app, [*words, "--period", "2024-13"]).exit_code == 2


def test_before_the_first_build_there_is_no_number(tmp_path: Path):
    words = ["explain", "--area", "420100", "--indicator", "trade_total", "--period", "2024", "--warehouse", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1 and "nothing has been published" in done.stderr
    with pytest.raises(explain.NoSuchNumber):
        explain.explain(House(warehouse=tmp_path), "420100", "trade_total", "2024")


TABLE = """\
,,,,单位：万人民币
收发货人所在地,进出口,进出口,累计比去年同期±％,累计比去年同期±％.1
收发货人所在地,3月,1至3月,进出口,出口
湖北省,5010859,15208441,8.3,10.7
"武汉市
（全市）", 2497239 ,8067452,10.3,17.6
黄石市,488608,1305096,6.5,-3.8
"""


def file(folder: Path, content: bytes, name: str = "2024-03.csv") -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    ("locator", "cell", "first"),
    [
        ("line 4, col 进出口 3月", 1, "湖北省"),
        ("line 4, col 进出口 1至3月", 2, "湖北省"),
        ("line 5, col 进出口 3月", 1, "武汉市\n（全市）"),
        ("line 7, col 累计比去年同期±％ 出口", 4, "黄石市"),
        ("line 7, col 3月", 1, "黄石市"),
        ("line 7, col 收发货人所在地", 0, "黄石市"),
    ],
)
def test_the_cell_stands_under_its_heading(tmp_path: Path, encoding: str, locator: str, cell: int, first: str):
    path, sha256 = file(tmp_path, TABLE.encode(encoding))
    proof = look_up(path, sha256, locator)
    assert proof.same and proof.cell == cell and proof.fields[0] == first
    assert proof.fields[1] in ("5010859", "2497239", "488608")


@pytest.mark.parametrize(
    "locator",
    [
        "line 4, col 进出口",  # two columns
        "line 4, col 出口 3月",  # none
    ],
)
def test_a_heading_that_is_not_one_column_marks_no_cell(tmp_path: Path, locator: str):
    path, sha256 = file(tmp_path, TABLE.encode())
    assert look_up(path, sha256, locator) == Proof(True, ["湖北省", "5010859", "15208441", "8.3", "10.7"], None)


def test_a_declared_heading_may_leave_out_unit_and_spaces(tmp_path: Path):
    path, sha256 = file(tmp_path, "年份,出口 总额（万元）,进口(万元),进口(%)\n2024,1,2,3\n".encode())
    assert look_up(path, sha256, "line 2, col 出口总额").cell == 1
    assert look_up(path, sha256, "line 2, col 进口").cell is None
    assert look_up(path, sha256, "line 2, col 3").cell == 2


def test_a_line_without_column_is_the_whole_line(tmp_path: Path):
    path, sha256 = file(tmp_path, TABLE.encode())
    assert look_up(path, sha256, "line 7") == Proof(True, ["黄石市", "488608", "1305096", "6.5", "-3.8"], None)


def test_another_file_or_none_proves_nothing(tmp_path: Path):
    path, sha256 = file(tmp_path, TABLE.encode())
    path.write_bytes(TABLE.replace("488608", "488609").encode())
    assert look_up(path, sha256, "line 7, col 进出口 3月") == Proof(False, [])
    assert look_up(tmp_path / "none.csv", sha256, "line 7, col 进出口 3月") == Proof(None, [])


@pytest.mark.parametrize(
    ("content", "name", "locator"),
    [
        (TABLE.encode(), "2024-03.csv", "line 99, col 进出口 3月"),
        (TABLE.encode(), "2024-03.csv", "line 6, col 进出口 3月"),  # inside a record
        (b"\xff\xfe\xff", "2024-03.csv", "line 1"),
        (b"PK\x03\x04", "book.xlsx", "Sheet1!C17"),
    ],
)
def test_what_cannot_be_shown_is_only_compared(tmp_path: Path, content: bytes, name: str, locator: str):
    path, sha256 = file(tmp_path, content, name)
    assert look_up(path, sha256, locator) == Proof(True, [])


def row(series: str, period: str, basis: str = "period") -> dict:
    return {"series": series, "obs_time_period": period, "obs_period_basis": basis}


def test_parts_of_one_series_are_a_difference_parts_of_two_a_sum():
    assert explain._signs([row("trade_total", "2024-03", "ytd"), row("trade_total", "2024-02", "ytd")]) == [1, -1]
    assert explain._signs([row("trade_export", "2024"), row("trade_import", "2024")]) == [1, 1]
    assert explain._joined(["a", "b"], [1, -1]) == "a － b"


def test_a_cumulative_passes_through_the_mean_rate_of_its_months():
    rates = [{"obs_time_period": f"2024-0{month}", "obs_value": rate} for month, rate in ((1, 7.1), (2, 7.2), (3, 7.5))]
    rates.append({"obs_time_period": "2024", "obs_value": 9.0})
    assert explain._rate(row("fdi_used", "2024-02", "ytd"), rates) == Decimal("7.15")
    assert explain._rate(row("fdi_used", "2024-03"), rates) == Decimal("7.5")
    assert explain._rate(row("fdi_used", "2024"), rates) == Decimal("9.0")
    assert explain._rate(row("fdi_used", "2023"), rates) is None


def test_figures_are_written_with_all_their_digits_and_no_more():
    written = [explain._plain(value) for value in (40335297.0, 6.8985, 1e12, 0.0, -0.0, 1.2e-7, 2699700.0000000005)]
    assert written == ["40335297", "6.8985", "1000000000000", "0", "0", "0.00000012", "2699700.0000000005"]
    assert explain._digits(2699700.0000000005) == "2699700"


@pytest.mark.parametrize(
    ("method", "power", "scores", "mean"),
    [
        ("arithmetic", None, (20.0, 80.0), 65.0),
        ("geometric", None, (16.0, 81.0), 54.0),
        ("geometric", None, (0.0, 81.0), 0.0),
        ("harmonic", None, (20.0, 60.0), 40.0),
        ("harmonic", None, (0.0, 60.0), 0.0),
        ("power", 2.0, (50.0, 10.0), 700.0**0.5),
    ],
)
def test_a_mean_is_made_again_from_weights_and_scores(method: str, power: float | None, scores: tuple, mean: float):
    assert explain._MEANS[method](list(zip((0.25, 0.75), scores, strict=True)), power) == pytest.approx(mean, rel=1e-12)
