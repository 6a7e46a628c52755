"""What each city receives: 指标.csv and 得分.csv, in Chinese, made from the marts and from nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from dagster_project.lib import chinese

Frames = dict[str, pl.DataFrame]

#: The order in which a reader meets the subjects.
DOMAINS = {
    "trade": "对外贸易",
    "investment": "双向投资",
    "port": "港口",
    "rail": "铁路",
    "aviation": "航空",
    "platform": "开放平台",
    "exchange": "国际交往",
    "tourism": "旅游",
    "macro": "经济与人口",
    "finance": "财政",
}


@dataclass(frozen=True)
class Heading:
    """A column of a city's table: its Chinese heading, its type, and what it means."""

    title: str
    data_type: str
    meaning: str


@dataclass(frozen=True)
class CityTable:
    """One file of a city: its name, its name in the descriptor, headings, and how its rows come from the marts."""

    file: str
    name: str
    title: str
    headings: list[Heading]
    rows: Callable[[Frames, str], pl.DataFrame]


def cities(frames: Frames) -> list[dict]:
    """The nine cities with code, name and pinyin, by code."""
    areas = frames["dim_area"]
    return areas.filter(pl.col("city") == pl.col("ref_area")).sort("ref_area").select("ref_area", "name_zh", "pinyin").to_dicts()


def text(title: str, meaning: str) -> Heading:
    return Heading(title, "string", meaning)


def number(title: str, meaning: str) -> Heading:
    return Heading(title, "number", meaning)


#: What a reader must know of the sources a value rests on.
SOURCE_REMARKS = {
    "is_reported": "市级填报，尚未公布",
    "is_unproven": "来源版式尚未用真实文件验证",
    "has_files_aside": "该来源另有文件未能读取、已搁置，数据可能不全",
}

VALUE_HEADINGS = [
    text("地区代码", "城市、园区或场站的代码。"),
    text("地区", "名称。"),
    text("领域", "所属领域。"),
    text("指标代码", "dim_indicator 中的代码。"),
    text("指标", "指标名称。"),
    text("口径", "统计的范围；俗称相同而口径不同的数值不可相比。"),
    text("时期", "如 2024年、2024年3月、2024年1—3月（累计）。"),
    number("数值", "以“单位”栏的单位计；没有数据为空，不是 0。"),
    text("单位", "数值的单位。"),
    text("状态", "SDMX 状态码与含义。"),
    text("说明", "没有数值的原因，或取得方式、断裂与更正的提示。"),
    text("来源", "发布机构。"),
    text("发布日期", "所依据数据的发布日期（多项取最晚）。"),
    text("发布日期依据", "发布日期如何得知。"),
    text("来源文件", "raw/ 之下的文件；结构性零为 seeds/ 之下的登记表。"),
    text("文件内位置", "每个输入所在的文件与行列；原文件由运行人员保管（raw/）。"),
    text("文件SHA-256", "来源文件的校验值。"),
]


def values(frames: Frames, city: str) -> pl.DataFrame:
    """指标.csv: every indicator value of the city, its zones and its facilities, with unit, status, source and vintage."""
    areas = frames["dim_area"].filter(pl.col("city") == city).select("ref_area", area_zh="name_zh", area_type="area_type")
    indicators = frames["dim_indicator"].select(
        "indicator", "name_zh", "numerator", "domain", "period_basis", "display_unit_zh", "display_mult", "decimals"
    )
    rows = (
        frames["indicator_values"]
        .drop("period_basis")
        .join(areas, on="ref_area")
        .join(indicators, on="indicator")
        .join(_scopes(frames), on=["numerator", "ref_area"], how="left")
        .join(_origins(frames, areas["ref_area"].to_list()), on=["ref_area", "time_period", "indicator"], how="left")
        .with_columns(own=pl.col("ref_area") != city, place=in_order("domain", DOMAINS))
        .sort("own", "ref_area", "place", "indicator", "freq", "time_period")
    )
    return as_table([_value_row(row) for row in rows.iter_rows(named=True)], VALUE_HEADINGS)


def _scopes(frames: Frames) -> pl.DataFrame:
    """What each series counts in each area: the scope declared for the place, or for any place, or the series' own words."""
    series = frames["dim_series"].select(numerator="series", own_zh="scope_zh")
    scopes = frames["dim_scope"].select("ref_area", numerator="series", said_zh=pl.format("{}：{}", "name_zh", "definition_zh"))
    anywhere = scopes.filter(pl.col("ref_area").is_null()).select("numerator", anywhere_zh="said_zh").unique("numerator")
    areas = frames["dim_area"].select("ref_area")
    return (
        series.join(areas, how="cross")
        .join(scopes.unique(["numerator", "ref_area"]), on=["numerator", "ref_area"], how="left")
        .join(anywhere, on="numerator", how="left")
        .select("numerator", "ref_area", scope_zh=pl.coalesce("said_zh", "anywhere_zh", "own_zh"))
    )


def _origins(frames: Frames, areas: list[str]) -> pl.DataFrame:
    """Publisher, file, cell and hash below each value, each list in one text."""
    cells = frames["lineage"].filter((pl.col("table_name") == "indicator_values") & pl.col("ref_area").is_in(areas))
    sources = frames["dim_source"].select(
        "source_id",
        "publisher_zh",
        is_reported=pl.col("source_kind") == "reported",
        is_unproven=pl.col("unproven"),
        has_files_aside=pl.col("files_set_aside") > 0,
    )
    told = frames["findings"].group_by("observation_id").agg(pl.col("message_zh").sort().str.join("；").alias("findings"))
    cells = cells.join(told, on="observation_id", how="left")
    cells = cells.join(sources, on="source_id", how="left").with_columns(
        file=pl.concat_str([pl.lit("raw/"), "source_id", pl.lit("/"), "source_file"]).fill_null(pl.col("source_file")),
        publisher_zh=pl.col("publisher_zh").fill_null("监测办登记"),
        # Several inputs may lie in one file, so each cell names its own.
        cell=pl.concat_str([pl.col("source_file").str.split("/").list.last(), pl.lit("："), "source_locator"]),
    )
    listed = cells.sort("role", "obs_time_period", "file", "source_locator", descending=[True, False, False, False])
    return listed.group_by("ref_area", "time_period", "indicator", maintain_order=True).agg(
        pl.col("publisher_zh").unique(maintain_order=True).str.join("；"),
        pl.col("file").unique(maintain_order=True).str.join("；").alias("files"),
        pl.col("cell").unique(maintain_order=True).str.join("；").alias("locators"),
        pl.col("source_sha256").unique(maintain_order=True).str.join("；").alias("hashes"),
        pl.col("correction_id").drop_nulls().unique(maintain_order=True).str.join("；").alias("corrections"),
        pl.col("findings").drop_nulls().unique(maintain_order=True).str.join("；"),
        *(pl.col(flag).fill_null(False).any() for flag in SOURCE_REMARKS),
    )


def _value_row(row: dict) -> tuple:
    remarks = [chinese.REASON[row["reason"]]] if row["reason"] else []
    if row["derivation"] and row["derivation"] != "published":
        remarks.append(chinese.DERIVATION[row["derivation"]])
    if row["is_break"] and row["value"] is not None:
        remarks.append("自本期起口径改变，与上一期不可比")
    if row["corrections"]:
        remarks.append(f"已更正（{row['corrections']}）")
    if row["findings"]:
        remarks.append(f"质检提示：{row['findings']}")
    remarks += [remark for flag, remark in SOURCE_REMARKS.items() if row[flag]]
    return (
        row["ref_area"],
        row["area_zh"],
        DOMAINS.get(row["domain"], row["domain"]),
        row["indicator"],
        row["name_zh"],
        row["scope_zh"],
        chinese.period(row["time_period"], row["period_basis"]),
        chinese.figure(row["value"], row["display_mult"], row["decimals"]),
        row["display_unit_zh"],
        f"{row['obs_status']} {chinese.STATUS[row['obs_status']]}",
        "；".join(remarks),
        row["publisher_zh"],
        row["published_on"].isoformat() if row["published_on"] else "",
        chinese.BASIS.get(row["published_basis"], ""),
        row["files"],
        row["locators"],
        row["hashes"],
    )


#: How far a rank can be trusted, and whether it has moved; the words of is_significant are all that is said of a move.
INTERVAL_HEADINGS = [
    number("位次区间前端", "改换权重、合成方法并逐一剔除指标重算一万次，位次的5%分位数；没有抽样的为空。"),
    number("位次区间后端", "同上，95%分位数。区间只反映做法的选择，不反映数据本身的误差。"),
    number("位次较上年", "上年位次减今年位次：正数为数字变小，负数为变大；不可比时为空。"),
    text("位次变动是否显著", "显著：今年位次在上年区间之外，且上年位次在今年区间之外；不显著的变动不能称为上升或下降。"),
]

SCORE_HEADINGS = [
    text("指标体系", "指标体系的名称与版本。"),
    text("正式", "该体系是否为当年的正式体系；其余供对照。"),
    text("地区代码", "城市代码。"),
    text("地区", "城市名称。"),
    text("时期", "年份。"),
    text("层次", "总指数、领域或指标。"),
    text("代码", "节点代码。"),
    text("名称", "节点名称。"),
    text("上级", "所属的领域或总指数。"),
    number("得分", "0 为下限、100 为上限，可以超过 100；没有得分为空。"),
    number("位次", "由高到低，并列同位；城市太少或不可比时为空。"),
    number("参评城市数", "参加这一排名的城市数。"),
    *INTERVAL_HEADINGS,
    text("状态", "所依据数据中最弱的状态（SDMX 状态码与含义）。"),
    number("较上年变动", "得分之差；不可比时为空。"),
    text("不可比原因", "没有变动的原因。"),
    text("计入总指数", "该领域是否计入该市当年的总指数。"),
    number("覆盖率%", "有得分的下级所占权重。"),
    number("权重", "在上级之内所用的权重，给定的或由数据求得的。"),
    number("对总指数的贡献（分）", "这一项占总指数得分中的多少分；各行之和即总指数得分。未计入总指数的为空。"),
    number("障碍度%", "当年离满分的差距中这一项所占的份额，各指标合计为 100；越大越是短板。未计入总指数的为空。"),
    number("总指数变动：表现", "总指数较上年变动中，因这一项自身得分升降而来的分数。"),
    number("总指数变动：结构", "总指数较上年变动中，因这一项的权重或覆盖范围改变而来的分数。"),
    number("指标数值", "指标的数值，以“单位”栏的单位计。"),
    text("单位", "指标数值的单位。"),
    text("缺少的项目", "没有得分的下级项目。"),
    text("说明", "没有得分的原因。"),
]
#: Keys of a node's score.
NODE = ["framework", "code"]
CELL = [*NODE, "ref_area", "time_period"]


def scores(frames: Frames, city: str) -> pl.DataFrame:
    """得分.csv: every node of each framework by year, newest year first, a node before those below it; what is missing is named.

    The frameworks that are official come first, the newest version before the others.
    """
    tree = nodes_in_order(frames["dim_framework"])
    nodes = tree.select(*NODE, "framework_zh", "version", "name_zh", "parent", "place", measured_in="unit")
    names = {(row["framework"], row["code"]): row["name_zh"] for row in nodes.iter_rows(named=True)}
    upper = frames["index_scores"].drop("version")
    lower = frames["indicator_scores"].drop("weight", "parent").join(_shown(frames), on="code", how="left")
    rows = (
        pl.concat([upper, lower.with_columns(node=pl.lit("indicator"))], how="diagonal")
        .filter(pl.col("ref_area") == city)
        .join(nodes, on=NODE)
        .join(frames["dim_area"].select("ref_area", area_zh="name_zh"), on="ref_area")
        .join(_weights(frames), on=[*NODE, "time_period"], how="left")
        .join(_parts_of_index(frames, tree), on=CELL, how="left")
        .join(_speaking(frames), on=["framework", "time_period"], how="left")
        .join(frames["rank_moves"].select(*CELL, "previous_rank", "is_significant"), on=CELL, how="left")
        .sort("rank_of_framework", "time_period", "place", descending=[False, True, False])
    )
    return as_table([_score_row(row, names) for row in rows.iter_rows(named=True)], SCORE_HEADINGS)


def frameworks_in_order(nodes: pl.DataFrame) -> pl.DataFrame:
    """framework, official, valid_from of dim_framework: the official ones first, the newest of them at the top."""
    found = nodes.select("framework", "official", "valid_from").unique()
    return found.sort("official", "valid_from", "framework", descending=[True, True, False], nulls_last=True)


def official_in(nodes: pl.DataFrame, time_period: str) -> str | None:
    """The framework that speaks for a period: the newest official one that is valid by then."""
    valid = frameworks_in_order(nodes).filter(pl.col("official") & (pl.col("valid_from") <= time_period))
    return valid["framework"].first()


def official(scores: pl.DataFrame, nodes: pl.DataFrame) -> str:
    """The framework that speaks for the newest year with an index; without an official one, the first."""
    scored = scores.filter((pl.col("node") == "index") & pl.col("score").is_not_null())
    found = (official_in(nodes, year) for year in scored["time_period"].unique().sort(descending=True))
    return next((framework for framework in found if framework), frameworks_in_order(nodes)["framework"][0])


def nodes_in_order(nodes: pl.DataFrame) -> pl.DataFrame:
    """dim_framework with `place`: a node before those below it, and among siblings the weightier first, whatever the depth."""
    below: dict[tuple, list[str]] = {}
    for row in nodes.sort("weight", "code", descending=[True, False], nulls_last=True).iter_rows(named=True):
        if row["parent"] or row["node_type"] == "index":
            below.setdefault((row["framework"], row["parent"]), []).append(row["code"])

    def walk(framework: str, parent: str | None) -> list[tuple[str, str]]:
        return [found for code in below.get((framework, parent), []) for found in [(framework, code), *walk(framework, code)]]

    order = [node for framework in sorted(set(nodes["framework"])) for node in walk(framework, None)]
    return nodes.join(pl.DataFrame(order, schema=NODE, orient="row").with_row_index("place"), on=NODE)


def _shown(frames: Frames) -> pl.DataFrame:
    """How the value of an indicator is shown."""
    return frames["dim_indicator"].select("display_unit_zh", "display_mult", "decimals", "unit", code="indicator")


def _weights(frames: Frames) -> pl.DataFrame:
    """The weight used in each year; a set without a year serves all of them."""
    years = frames["index_scores"].select("framework", year="time_period").unique()
    weights = frames["score_weights"].select(*NODE, "weight", "time_period").join(years, on="framework")
    return weights.filter(pl.col("time_period").fill_null(pl.col("year")) == pl.col("year")).select(
        *NODE, "weight", time_period="year"
    )


def _speaking(frames: Frames) -> pl.DataFrame:
    """For each framework and year its rank among the frameworks, and whether it is the one that speaks for that year."""
    nodes = frames["dim_framework"]
    ranks = frameworks_in_order(nodes).with_row_index("rank_of_framework").select("framework", "rank_of_framework")
    years = frames["index_scores"].select("framework", "time_period").unique().join(ranks, on="framework")
    speaks = {year: official_in(nodes, year) for year in years["time_period"].unique()}
    return years.with_columns(
        speaks=pl.col("framework") == pl.col("time_period").replace_strict(speaks, return_dtype=pl.String).fill_null("")
    )


def _parts_of_index(frames: Frames, tree: pl.DataFrame) -> pl.DataFrame:
    """What each node adds to the index, and to its change since the year before."""
    roots = tree.filter(pl.col("node_type") == "index").select("framework", node="code")
    added = frames["score_contributions"].join(roots, on=["framework", "node"]).select(*CELL, "amount")
    moved = frames["score_changes"].join(roots, on=["framework", "node"]).rename({"period_to": "time_period"})
    return added.join(moved.select(*CELL, "performance", "structure"), on=CELL, how="full", coalesce=True)


def _score_row(row: dict, names: dict[tuple[str, str], str]) -> tuple:
    missing = [names[row["framework"], code] for code in (row["missing"] or "").split("；") if code]
    is_leaf = row["node"] == "indicator"
    value, unit = _measured(row) if is_leaf else ("", "")
    return (
        f"{row['framework_zh']}（第{row['version']}版）",
        "是" if row["speaks"] else "否",
        row["ref_area"],
        row["area_zh"],
        chinese.period(row["time_period"], "period"),
        chinese.NODE[row["node"]],
        row["code"],
        row["name_zh"],
        names.get((row["framework"], row["parent"]), ""),
        chinese.figure(row["score"], 0, 2),
        "" if row["rank"] is None else str(row["rank"]),
        "" if row["n_ranked"] is None else str(row["n_ranked"]),
        *interval(row),
        f"{row['obs_status']} {chinese.STATUS[row['obs_status']]}",
        chinese.figure(row["change"], 0, 2),
        chinese.CHANGE_REASON.get(row["change_reason"], ""),
        {True: "是", False: "否", None: ""}[row["in_index"]],
        "" if is_leaf else chinese.figure(row["coverage"], -2, 0),
        chinese.figure(row["weight"], 0, 2),
        chinese.figure(row["amount"], 0, 2),
        chinese.figure(row["obstacle_degree"], -2, 1),
        chinese.figure(row["performance"], 0, 2),
        chinese.figure(row["structure"], 0, 2),
        value,
        unit,
        "、".join(missing),
        chinese.REASON.get(row["reason"], ""),
    )


def interval(row: dict) -> tuple[str, str, str, str]:
    """The cells below INTERVAL_HEADINGS."""
    moved = None if row["previous_rank"] is None else row["previous_rank"] - row["rank"]
    ends = ("" if row[end] is None else f"{row[end]:g}" for end in ("rank_q05", "rank_q95"))
    return (*ends, "" if moved is None else str(moved), chinese.move(moved, row["is_significant"]))


def _measured(row: dict) -> tuple[str, str]:
    """The value of an indicator and its unit: as the indicator is shown, or as the framework measures it where it divides it."""
    if row["measured_in"] in (None, row["unit"]):
        return chinese.figure(row["value"], row["display_mult"], row["decimals"]), row["display_unit_zh"]
    return chinese.figure(row["value"], 0, 4), row["measured_in"]


def in_order(column: str, order: Iterable[str]) -> pl.Expr:
    """The place of each value in an order, to sort by; what the order does not name comes last."""
    places = {value: place for place, value in enumerate(order)}
    return pl.col(column).replace_strict(places, default=len(places), return_dtype=pl.Int32)


def as_table(rows: list[tuple], headings: list[Heading]) -> pl.DataFrame:
    """Rows under their headings. Numbers are written as they are to be read (fixed decimals), so every column is text here."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys((heading.title for heading in headings), pl.String), orient="row")
    return frame.with_columns(pl.all().replace("", None))


TABLES = [
    CityTable("指标.csv", "values", "指标数值", VALUE_HEADINGS, values),
    CityTable("得分.csv", "scores", "指数、领域与指标得分", SCORE_HEADINGS, scores),
]
