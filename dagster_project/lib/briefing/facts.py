"""What a briefing says: the fields of the templates, from the marts. No sentence without a figure; a gap is named as one.

The names of the fields are those of the tags in seeds/templates (docs/briefing.zh-CN.md lists them for whoever edits one).
"""

from datetime import date
from itertools import chain

import polars as pl

from dagster_project.lib import chinese, city_tables, investment_tables, target_tables
from dagster_project.lib.city_tables import Frames, in_order

#: Signals of one kind that a city's briefing and the circle's say in words; the others are in 信号.csv.
AT_MOST, AT_MOST_OF_A_CITY = 8, 3
SUBJECTS = ("trade", "investment", "port", "rail", "aviation")
#: What every city is asked for: where nothing is known of it, the table says so.
ALWAYS = ("trade_total", "trade_export", "trade_import", "fdi_used")
#: Printed behind a figure; other comparators (达到, 突破, 力争) stand before it.
BEHIND = ("以上", "左右", "以内", "以下")
#: What a unit does in a task, and what it answers for first.
SIDES = {"lead": "牵头", "responsible": "责任", "support": "协办"}


def of_city(frames: Frames, day: date, since: str, city: dict) -> dict:
    """Fields of the briefing of a city (as city_tables.cities gives it); amounts before the year `since` are left out."""
    code, name = city["ref_area"], city["name_zh"]
    amounts = _amounts(frames, since, code)
    signals = frames["signals"].filter(pl.col("city") == code, "is_current")
    levels = _levels(frames).filter(pl.col("ref_area") == code)
    overview = [_trade(name, amounts), _investment(amounts), _promotion(frames, code), _index(frames, code, name)]
    return _common(frames, day, name, amounts) | {
        "overview": [sentence for sentence in (*overview, _counted(signals, levels)) if sentence],
        "indicators": [_indicator_row(row) for row in amounts],
        **_told(_chosen(signals).group_by("polarity", maintain_order=True).head(AT_MOST), signals),
        **_warned(levels),
        **_targets(target_tables.of_city(frames, code)),
        "notes": [*_notices(signals), *_lacking(frames, signals), *_no_projects(frames, code), *_unjudged(frames, code)],
    }


def of_circle(frames: Frames, day: date, since: str) -> dict:
    """Fields of the briefing of the circle: the nine cities side by side, and what stands out in each."""
    name = "武汉都市圈"
    signals = frames["signals"].filter("is_current")
    levels = _levels(frames)
    amounts = {city["ref_area"]: _amounts(frames, since, city["ref_area"]) for city in city_tables.cities(frames)}
    cities = [_city_row(frames, city, amounts[city["ref_area"]], signals, levels) for city in city_tables.cities(frames)]
    promotion = _promotion(frames, investment_tables.CIRCLE_AREA)
    return _common(frames, day, name, list(chain.from_iterable(amounts.values()))) | {
        "overview": [*_totals(frames), *filter(None, [promotion]), *_indices(frames), _counted(signals, levels)],
        "cities": cities,
        **_told(_some_of_each(signals), signals),
        **_warned(levels.filter(pl.col("warning_level").ne_missing("绿"))),
        **_targets(frames["target_progress"]),
        "notes": [
            *_notices(signals),
            *_lacking_by_city(frames, signals),
            *_no_projects(frames, investment_tables.CIRCLE_AREA),
            *_unjudged(frames, None),
        ],
    }


def of_unit(frames: Frames, day: date, unit: str) -> dict:
    """Fields of the sheet of one responsible unit: its targets and its tasks."""
    mine = frames["plan_measure_units"].filter(pl.col("unit_zh") == unit).select("measure_id", "side").unique()
    documents = frames["plan_documents"].select("document", "document_zh", "issued_on")
    tasks = mine.join(frames["plan_measures"], on="measure_id").join(documents, on="document")
    tasks = tasks.sort(in_order("side", SIDES), "issued_on", "measure_id", descending=[False, True, False])
    targets = frames["target_progress"].filter(pl.col("lead_units").str.split("；").list.contains(unit).fill_null(False))
    rows = [_task_row(row) for row in tasks.iter_rows(named=True)]
    known = _targets(targets)
    return {
        "unit": unit,
        "as_of": _as_of(frames, day),
        "tasks": rows,
        "n_tasks": len(rows),
        "n_lead": sum(row["side"] != "协办" for row in rows),
        "documents": "；".join(tasks.select("document_zh").unique(maintain_order=True).to_series()),
        "all_targets": known["targets"] + known["unknown_targets"],
    }


def units(frames: Frames) -> list[str]:
    """Every unit that a task names, in the order of names."""
    return frames["plan_measure_units"]["unit_zh"].unique().sort().to_list()


def _as_of(frames: Frames, day: date) -> str:
    """The reference day; beside it, wherever it is printed, that made-up data are in the release."""
    made_up = frames["dim_source"].filter(pl.col("source_id").str.starts_with("synthetic_"), pl.col("files") > 0)
    return chinese.day(day) + ("（含合成数据，仅供测试，不得使用）" if made_up.height else "")


def _common(frames: Frames, day: date, area: str, amounts: list[dict]) -> dict:
    known = [row for row in amounts if row["value"] is not None]
    newest = max(known, key=lambda row: (row["period_end"], row["period_basis"]), default=None)
    return {
        "area": area,
        "as_of": _as_of(frames, day),
        "period": chinese.period(newest["time_period"], newest["period_basis"]) if newest else "尚无数据",
    }


def _amounts(frames: Frames, since: str, city: str) -> list[dict]:
    """The newest year or cumulative of each amount that is asked for, with its growth; None where nothing is known."""
    asked = frames["dim_indicator"].filter(
        pl.col("domain").is_in(SUBJECTS), pl.col("denominator").is_null(), pl.col("annual_since").is_not_null()
    )
    asked = asked.select("name_zh", "domain", "display_unit_zh", "display_mult", "decimals", series="numerator")
    sources = frames["dim_source"].select("source_id", "publisher_zh")
    found = (
        frames["growth"]
        .filter(
            (pl.col("freq") == "A") | ((pl.col("freq") == "M") & (pl.col("period_basis") == "ytd")),
            pl.col("ref_area") == city,
            pl.col("value").is_not_null(),
            pl.col("derivation") != "structural_zero",
            # January alone says nothing of a year.
            ~pl.col("time_period").str.ends_with("-01"),
            pl.col("time_period") >= since,
        )
        .with_columns(period_end=pl.when(pl.col("freq") == "A").then(pl.col("time_period") + "-12").otherwise("time_period"))
        # A year that is its December cumulative is told as the year.
        .sort("series", "period_end", "freq", descending=[False, True, False])
        .unique("series", keep="first", maintain_order=True)
        .join(sources, on="source_id", how="left")
    )
    rows = asked.join(found, on="series", how="left").filter(pl.col("value").is_not_null() | pl.col("series").is_in(ALWAYS))
    return rows.sort(in_order("domain", SUBJECTS), in_order("series", ALWAYS), "series").to_dicts()


def _rate(row: dict) -> float | None:
    return row["growth"] if row["published_growth"] is None else row["published_growth"]


def _basis(row: dict) -> str:
    return "计算" if row["published_growth"] is None else "公布"


def _shown(row: dict) -> str:
    return f"{chinese.figure(row['value'], row['display_mult'], row['decimals'])}{row['display_unit_zh']}"


def _change(rate: float) -> str:
    shown = chinese.figure(abs(rate), 0, 1)
    return "与上年同期持平" if float(shown) == 0 else f"同比{'增长' if rate > 0 else '下降'}{shown}％"


def _amount_said(row: dict) -> str:
    rate = _rate(row)
    grown = f"，{_change(rate)}（{_basis(row)}）" if rate is not None else "，没有可比的同比增速"
    return f"{row['name_zh']}{_shown(row)}{grown}"


def _indicator_row(row: dict) -> dict:
    if row["value"] is None:
        lacking = {"period": "—", "value": "未见公布", "unit": row["display_unit_zh"], "growth": "—", "source": "—"}
        return {"name": row["name_zh"]} | lacking
    rate = _rate(row)
    return {
        "name": row["name_zh"],
        "period": chinese.period(row["time_period"], row["period_basis"]),
        "value": chinese.figure(row["value"], row["display_mult"], row["decimals"]),
        "unit": row["display_unit_zh"],
        "growth": "—" if rate is None else f"{chinese.figure(rate, 0, 1)}（{_basis(row)}）",
        "source": row["publisher_zh"] or row["source_id"],
    }


def _trade(area: str, amounts: list[dict]) -> str:
    trade = {row["series"]: row for row in amounts if row["series"].startswith("trade_")}
    total = trade["trade_total"]
    if total["value"] is None:
        return f"{area}货物进出口总额未见公布。"
    same = [
        trade[series]
        for series in ("trade_export", "trade_import")
        if (trade[series]["time_period"], trade[series]["source_id"]) == (total["time_period"], total["source_id"])
    ]
    parts = "；".join(f"其中{_amount_said(row)}" if place == 0 else _amount_said(row) for place, row in enumerate(same))
    period = chinese.period(total["time_period"], total["period_basis"])
    return f"{period}，{_amount_said(total)}{'；' + parts if parts else ''}。（{total['publisher_zh']}）"


def _investment(amounts: list[dict]) -> str:
    row = next(row for row in amounts if row["series"] == "fdi_used")
    if row["value"] is None:
        return "实际使用外资未见公布。"
    return f"{chinese.period(row['time_period'], row['period_basis'])}，{_amount_said(row)}。（{row['publisher_zh']}）"


def _promotion(frames: Frames, area: str) -> str:
    """How far the projects of the newest register have come; nothing where there is none."""
    rows = frames["investment_funnel"].filter(pl.col("ref_area") == area)
    stages = {
        row["stage"]: row for row in rows.filter(pl.col("time_period") == pl.col("time_period").max()).iter_rows(named=True)
    }
    if not stages:
        return ""
    first, signed = stages["pitched"], stages["signed"]
    counts = "、".join(
        f"{stages[stage]['stage_zh']}{stages[stage]['n_reached']}个" for stage in ("signed", "started", "operating")
    )
    said = f"至{chinese.period(first['time_period'], 'period')}末，项目台账共{first['n_reached']}个项目，其中{counts}"
    if signed["contracted"] is not None:
        said += f"；签约项目合同资金{chinese.figure(signed['contracted'], 8, 2)}亿元"
    if signed["arrival_rate"] is not None:
        arrived, rate = chinese.figure(signed["arrived"], 8, 2), chinese.figure(signed["arrival_rate"], 0, 1)
        said += f"，到位{arrived}亿元，到位率{rate}％（按{signed['n_with_money']}个资金齐全的项目）"
    held = investment_tables.held(first)
    return f"{said}{'；' + held if held else ''}。（市级填报）"


def _no_projects(frames: Frames, area: str) -> list[str]:
    """That no register of projects has come, or which cities the circle's total lacks."""
    if area == investment_tables.CIRCLE_AREA:
        lacking = investment_tables.not_whole(frames)
    else:
        reported = frames["investment_funnel"].filter(pl.col("ref_area") == area).height
        lacking = None if reported else investment_tables.NOT_REPORTED
    return [f"招商引资：{lacking}。"] if lacking else []


def _official(frames: Frames) -> pl.DataFrame:
    """Indices of the framework that speaks, with the name of the index."""
    nodes = frames["dim_framework"]
    framework = city_tables.official(frames["index_scores"], nodes)
    names = nodes.filter(pl.col("framework") == framework, pl.col("parent").is_null()).select(
        "framework", "code", index_zh="name_zh"
    )
    return frames["index_scores"].filter(pl.col("node") == "index").join(names, on=["framework", "code"])


def _index(frames: Frames, city: str, area: str) -> str:
    rows = _official(frames).filter(pl.col("ref_area") == city).sort("time_period", descending=True)
    scored = rows.filter(pl.col("score").is_not_null())
    if scored.is_empty():
        reason = rows["reason"].drop_nulls()
        return f"{area}还没有总指数：{chinese.REASON[reason[0]]}。" if len(reason) else ""
    row = scored.row(0, named=True)
    said = f"{row['time_period']}年，{row['index_zh']}{chinese.figure(row['score'], 0, 1)}分"
    if row["rank"] is not None:
        said += f"，在参评的{row['n_ranked']}市中居第{row['rank']}位"
        if row["rank_q05"] is not None:
            said += f"（位次区间{chinese.figure(row['rank_q05'], 0, 0)}—{chinese.figure(row['rank_q95'], 0, 0)}）"
    if row["change"] is not None:
        said += f"，较上年变动{chinese.figure(row['change'], 0, 1)}分"
    later = rows.filter(pl.col("time_period") > row["time_period"])
    if len(later):
        reason = chinese.REASON.get(later["reason"][0], "没有得分")
        said += f"；{later['time_period'].min()}年以来没有总指数（{reason}）"
    return said + "。"


def newest_indices(frames: Frames) -> tuple[list[str], list[float], str, str]:
    """(cities by rank, scores, year, name of the index) of the newest year with ranks; empty lists where there is none."""
    names = frames["dim_area"].select("ref_area", area_zh="name_zh")
    rows = _official(frames).filter(pl.col("score").is_not_null(), pl.col("rank").is_not_null()).join(names, on="ref_area")
    newest = rows.filter(pl.col("time_period") == pl.col("time_period").max()).sort("rank", "ref_area")
    if newest.is_empty():
        return [], [], "", ""
    return newest["area_zh"].to_list(), newest["score"].to_list(), newest["time_period"][0], newest["index_zh"][0]


def _indices(frames: Frames) -> list[str]:
    cities, scores, year, index = newest_indices(frames)
    if not cities:
        return ["还没有可以排名的总指数。"]
    listed = "、".join(f"{city}{chinese.figure(score, 0, 1)}分" for city, score in zip(cities, scores, strict=True))
    lacking = len(city_tables.cities(frames)) - len(cities)
    rest = f"；其余{lacking}市数据不足，没有总指数" if lacking else ""
    return [f"{year}年，{index}可以排名的有{len(cities)}市，由高到低为{listed}{rest}。"]


def _totals(frames: Frames) -> list[str]:
    """The newest total of the nine in trade and in foreign investment, or which cities it lacks."""
    names = dict(frames["dim_area"].select("ref_area", "name_zh").iter_rows())
    asked = frames["dim_indicator"].select("indicator", "name_zh", "display_unit_zh", "display_mult", "decimals")
    said = []
    for indicator in ("trade_total", "fdi_used"):
        rows = frames["circle_values"].filter(pl.col("indicator") == indicator, pl.col("freq") == "A").join(asked, on="indicator")
        if rows.is_empty():
            continue
        known = rows.filter(pl.col("value").is_not_null()).sort("time_period", descending=True)
        row = (known if len(known) else rows.sort("n_cities", "time_period", descending=True)).row(0, named=True)
        if row["value"] is not None:
            said.append(f"{row['time_period']}年，九市{row['name_zh']}合计{_shown(row)}。")
        else:
            missing = "、".join(names[code] for code in row["missing_cities"].split("；"))
            said.append(f"九市{row['name_zh']}没有合计：数据最全的{row['time_period']}年也只有{row['n_cities']}市，缺{missing}。")
    return said


def _city_row(frames: Frames, city: dict, amounts: list[dict], signals: pl.DataFrame, levels: pl.DataFrame) -> dict:
    total = next(row for row in amounts if row["series"] == "trade_total")
    rate = _rate(total)
    scored = _official(frames).filter(pl.col("ref_area") == city["ref_area"], pl.col("score").is_not_null()).sort("time_period")
    index = scored.row(-1, named=True) if len(scored) else None
    mine = levels.filter(pl.col("ref_area") == city["ref_area"])["warning_level"].to_list()
    of_kind = _judged(signals.filter(pl.col("city") == city["ref_area"]))["polarity"].to_list()
    return {
        "name": city["name_zh"],
        "trade": "未见公布" if total["value"] is None else chinese.figure(total["value"], 8, 1),
        "trade_period": "—" if total["value"] is None else chinese.period(total["time_period"], total["period_basis"]),
        "trade_growth": "—" if rate is None else chinese.figure(rate, 0, 1),
        "index": "—" if index is None else f"{chinese.figure(index['score'], 0, 1)}（{index['time_period']}年）",
        "rank": "—" if index is None or index["rank"] is None else f"{index['rank']}/{index['n_ranked']}",
        "level": next((level for level in chinese.LEVELS if level in mine), "无数据"),
        "n_bright": of_kind.count("bright"),
        "n_weak": of_kind.count("weak"),
    }


def _levels(frames: Frames) -> pl.DataFrame:
    """The levels of today; one that rests on old figures counts as none."""
    names = frames["dim_area"].select("ref_area", area_zh="name_zh")
    current = frames["warning_levels"].filter("is_current").join(names, on="ref_area")
    return current.with_columns(warning_level=pl.when("is_stale").then(None).otherwise("warning_level"))


def _warned(levels: pl.DataFrame) -> dict:
    known = levels.filter(pl.col("warning_level").is_not_null())
    rows = [
        {
            "area": row["area_zh"],
            "name": row["warning_zh"],
            "period": chinese.period(row["time_period"], row["period_basis"]),
            "growth": chinese.figure(row["value"], 0, 1),
            "level": row["warning_level"],
            "held": "" if row["warning_level"] == row["raw_level"] else f"本期为{row['raw_level']}，尚未下调",
        }
        for row in known.sort(in_order("warning_level", chinese.LEVELS), "warning", "ref_area").iter_rows(named=True)
    ]
    return {"warnings": rows, "n_warnings_unknown": levels.height - len(rows)}


def _counted(signals: pl.DataFrame, levels: pl.DataFrame) -> str:
    kinds = _judged(signals)["polarity"].to_list()
    colours = levels["warning_level"].to_list()
    told = "、".join(f"{level}{colours.count(level)}项" for level in chinese.LEVELS if level in colours)
    warned = f"风险预警{told or '没有一项有数据'}"
    unknown = colours.count(None)
    return (
        f"按规则列出亮点{kinds.count('bright')}条、薄弱环节{kinds.count('weak')}条；{warned}"
        + (f"，另有{unknown}项没有近期数据" if told and unknown else "")
        + "。"
    )


def _judged(signals: pl.DataFrame) -> pl.DataFrame:
    """Without indicators that are not published: they are listed among the notes."""
    return signals.filter(pl.col("rule") != "data_missing")


def _ordered(signals: pl.DataFrame) -> pl.DataFrame:
    """What weighs most first: severity, then the totals before their parts, then how far beyond the limit."""
    return signals.sort(
        in_order("severity", chinese.SIGNAL_SEVERITY),
        pl.col("indicator") != "trade_total",
        (pl.col("value") - pl.col("reference").fill_null(0)).abs(),
        "signal_id",
        descending=[False, False, True, False],
        nulls_last=True,
    )


def _chosen(signals: pl.DataFrame) -> pl.DataFrame:
    """What is said in words: of the comparisons of one growth (with Hubei, the circle, the peers) only the first."""
    subject = pl.when(pl.col("rule").str.starts_with("growth_")).then("indicator").otherwise("signal_id")
    return _ordered(_judged(signals)).unique(["polarity", "city", subject], keep="first", maintain_order=True)


def _some_of_each(signals: pl.DataFrame) -> pl.DataFrame:
    """The first few of each kind of each city."""
    return (
        _chosen(signals)
        .group_by("polarity", "city", maintain_order=True)
        .head(AT_MOST_OF_A_CITY)
        .sort("city", maintain_order=True)
    )


def _told(told: pl.DataFrame, signals: pl.DataFrame) -> dict:
    """Bright spots and weak links in words, and how many more there are."""
    fields = {}
    for polarity in ("bright", "weak"):
        rows = told.filter(pl.col("polarity") == polarity)
        fields[polarity] = [{"sentence": row["message_zh"], "evidence": row["evidence_zh"]} for row in rows.iter_rows(named=True)]
        fields[f"more_{polarity}"] = _judged(signals).filter(pl.col("polarity") == polarity).height - rows.height
    return fields


def _targets(targets: pl.DataFrame) -> dict:
    """Targets with a verdict, and those of which nothing is known."""
    order = in_order("verdict", chinese.TARGET_VERDICT)
    rows = [_target_row(row) for row in targets.sort(order, "target_period", "target_id").iter_rows(named=True)]
    known = [row for row in rows if row["verdict"] != "无数据"]
    unknown = [row for row in rows if row["verdict"] == "无数据"]
    return {"targets": known, "unknown_targets": unknown, "n_targets": len(rows), "n_unknown_targets": len(unknown)}


def _target_row(row: dict) -> dict:
    def amount(name: str) -> str:
        return chinese.short(row[name], row["unit_mult"])

    comparator = row["comparator"] or ""
    before, behind = ("", comparator) if comparator.startswith(BEHIND) else (comparator, "")
    high = f"—{amount('target_high')}" if row["target_high"] is not None else ""
    actual = "未见公布" if row["actual"] is None else amount("actual")
    period = f"（{chinese.period(row['actual_period'], row['period_basis'])}）" if row["actual_period"] else ""
    return {
        "subject": row["subject_zh"],
        "name": row["target_zh"],
        "year": f"{row['target_period']}年",
        "goal": f"{before}{amount('target_value')}{high}{row['printed_unit']}{behind}",
        "actual": f"{actual}{period}",
        "completion": "—" if row["completion"] is None else f"{chinese.figure(row['completion'], 0, 1)}％",
        "time": "—" if row["time_progress"] is None else f"{chinese.figure(row['time_progress'], 0, 1)}％",
        "verdict": row["verdict"],
        "rule": row["rule_zh"],
        "lead": row["lead_units"] or "文件未列牵头单位",
    }


def _task_row(row: dict) -> dict:
    return {
        "id": row["measure_id"],
        "document": row["document_zh"],
        "clause": row["clause"],
        "task": _shortened(row["measure_zh"], 40),
        "side": SIDES[row["side"]],
        "deadline": row["deadline_zh"] or "未写明",
        "status": row["measure_status"] or "未填报",
    }


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _notices(signals: pl.DataFrame) -> list[str]:
    """Breaks, revisions and late releases, each said once."""
    rows = _ordered(signals.filter(pl.col("polarity") == "notice"))
    return [f"{message}。" for message in rows["message_zh"].unique(maintain_order=True)]


def _lacking(frames: Frames, signals: pl.DataFrame) -> list[str]:
    """One line for each year: what other cities have of it."""
    nodes = frames["dim_framework"].select("framework", "code", "name_zh")
    rows = signals.filter(pl.col("rule") == "data_missing").join(nodes, on=["framework", "code"]).sort("time_period", "code")
    years = rows.group_by("time_period", maintain_order=True).agg("name_zh")
    return [f"{year}年其他城市已有而本市未见公布的指标{len(names)}项：{'、'.join(names)}。" for year, names in years.iter_rows()]


def _lacking_by_city(frames: Frames, signals: pl.DataFrame) -> list[str]:
    counts = dict(signals.filter(pl.col("rule") == "data_missing").group_by("city").len().iter_rows())
    told = "、".join(f"{city['name_zh']}{counts.get(city['ref_area'], 0)}项" for city in city_tables.cities(frames))
    return [f"其他城市已有而该市未见公布的指标：{told}。"]


def _unjudged(frames: Frames, city: str | None) -> list[str]:
    """The rules that could judge nothing, with the reason; of the circle those that could judge in no city."""
    rows = frames["signal_coverage"]
    if city is None:
        judged = rows.filter(pl.col("n_judged") > 0)["rule"].unique()
        rows = rows.filter(~pl.col("rule").is_in(judged.implode())).sort("n_found", descending=True).unique("rule", keep="first")
    else:
        rows = rows.filter(pl.col("ref_area") == city, pl.col("n_judged") == 0)
    if rows.is_empty():
        return []
    told = {}
    for row in rows.sort("rule").iter_rows(named=True):
        told.setdefault(row["reason_zh"], []).append(row["rule_name_zh"])
    return [f"因数据不足不作判断的规则：{'、'.join(names)}（{reason}）。" for reason, names in sorted(told.items())]
