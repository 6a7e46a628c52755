"""The table a build ends with: cities × pillars, with rank, coverage and what is missing, read from the release's own files."""

from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from dagster_project.lib import chinese, city_tables


def show(release: Path) -> None:
    """Print the newest year that has an index, and below it what later years still lack."""
    scores = pl.read_parquet(release / "all" / "index_scores.parquet")
    nodes = pl.read_parquet(release / "all" / "dim_framework.parquet")
    areas = pl.read_parquet(release / "all" / "dim_area.parquet")
    console = Console(width=None if Console().is_terminal else 140)
    console.print(_findings(release, areas))
    console.print(_targets(release))
    console.print(_signals(release))
    framework = city_tables.official(scores, nodes)
    console.print(_audit(release, framework), soft_wrap=True)
    scores, nodes = (frame.filter(pl.col("framework") == framework) for frame in (scores, nodes))
    scored = scores.filter((pl.col("node") == "index") & pl.col("score").is_not_null())
    if scored.is_empty():
        console.print("No year has an index yet: no pillar is complete for enough cities.")
        return
    year = scored["time_period"].max()
    console.print(_table(scores.filter(pl.col("time_period") == year), nodes, areas, year))
    for later in sorted(set(scores["time_period"]) - {period for period in scores["time_period"] if period <= year}):
        console.print(_lack(scores.filter(pl.col("time_period") == later), nodes, later))


def _audit(release: Path, framework: str) -> str:
    """What the audit found of a framework."""
    verdicts = pl.read_parquet(release / "all" / "index_audit.parquet").filter(pl.col("framework") == framework)["verdict"]
    noted = verdicts.filter(~verdicts.is_in(chinese.UNREMARKABLE)).str.split(":").list.first()
    counts = noted.value_counts(name="n").sort("n", "verdict", descending=[True, False])
    told = "、".join(f"{chinese.VERDICT.get(verdict, verdict)} {n}" for verdict, n in counts.iter_rows())
    return f"指数审计：{len(verdicts)} 项，须留意 {len(noted)} 项" + (f"（{told}），见 all/index_audit.csv" if told else "")


def _findings(release: Path, areas: pl.DataFrame) -> str:
    """How many figures and files the checks at the door hold back or warn of."""
    found = pl.read_parquet(release / "all" / "findings.parquet")
    ours = areas.filter(pl.col("city").is_not_null())["ref_area"]
    held, told = (found.filter(severity=severity).height for severity in ("hold", "warn"))
    about_us = found.filter(pl.col("ref_area").is_in(ours.implode())).height
    return f"质检：搁置 {held} 项，提示 {told} 项，其中涉及九市 {about_us} 项，见 all/findings.csv"


def _targets(release: Path) -> str:
    """How many targets stand under each verdict."""
    verdicts = pl.read_parquet(release / "all" / "target_progress.parquet")["verdict"].to_list()
    told = "、".join(f"{verdict} {verdicts.count(verdict)}" for verdict in chinese.TARGET_VERDICT if verdict in verdicts)
    return f"目标：{len(verdicts)} 项" + (f"（{told}），见 circle/目标.csv" if told else "")


def _signals(release: Path) -> str:
    """How many signals hold today, and how many levels of warning have which colour."""
    signals = pl.read_parquet(release / "all" / "signals.parquet").filter("is_current")["polarity"].to_list()
    told = "、".join(f"{name} {signals.count(polarity)}" for polarity, name in chinese.POLARITY.items())
    levels = pl.read_parquet(release / "all" / "warning_levels.parquet").filter("is_current", ~pl.col("is_stale"))
    colours = levels["warning_level"].to_list()
    warned = "、".join(f"{colour} {colours.count(colour)}" for colour in chinese.LEVELS)
    return f"信号：{len(signals)} 条（{told}）；预警：{warned}、无数据 {colours.count(None)}，见 circle/信号.csv、预警.csv"


def _table(scores: pl.DataFrame, nodes: pl.DataFrame, areas: pl.DataFrame, year: str) -> Table:
    root = nodes.filter(pl.col("node_type") == "index").row(0, named=True)
    pillars = nodes.filter((pl.col("node_type") == "group") & (pl.col("level") == 1))
    pillars = pillars.sort(["weight", "code"], descending=[True, False], nulls_last=True)
    table = Table(title=f"{root['framework_zh']}  {chinese.period(year, 'period')}（得分 / 位次）")
    for heading in ("城市", root["name_zh"], "位次区间", *pillars["name_zh"], "覆盖率", "缺少"):
        table.add_column(heading)
    names = dict(zip(nodes["code"], nodes["name_zh"], strict=True))
    cells = {(row["ref_area"], row["code"]): row for row in scores.iter_rows(named=True)}
    cities = scores.filter(pl.col("node") == "index").sort(["rank", "ref_area"], nulls_last=True)
    for city in cities.iter_rows(named=True):
        name = areas.filter(pl.col("ref_area") == city["ref_area"])["name_zh"].item()
        shown = [_cell(cells[city["ref_area"], code]) for code in pillars["code"]]
        within = "" if city["rank_q05"] is None else f"{city['rank_q05']:g}—{city['rank_q95']:g}"
        missing = "、".join(names[code] for code in (city["missing"] or "").split("；") if code)
        table.add_row(name, _cell(city), within, *shown, f"{city['coverage']:.0%}", missing)
    return table


def _cell(row: dict) -> str:
    if row["score"] is None:
        return "—"
    rank = f" / {row['rank']}" if row["rank"] is not None else ""
    return f"{row['score']:.1f}{rank}"


def _lack(scores: pl.DataFrame, nodes: pl.DataFrame, year: str) -> str:
    names = dict(zip(nodes["code"], nodes["name_zh"], strict=True))
    top = nodes.filter(pl.col("level") == 1)["code"]
    pillars = scores.filter((pl.col("node") == "pillar") & pl.col("code").is_in(top.implode()))
    pillars = pillars.group_by("code").agg(pl.col("score").count()).sort("code")
    held = "，".join(f"{names[code]} {count} 市" for code, count in pillars.iter_rows())
    return f"{chinese.period(year, 'period')}：没有总指数（各领域有得分的城市：{held}）"
