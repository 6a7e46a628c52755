"""What the office receives of the circle as a whole: the files of the folder circle/, in Chinese, made from the marts alone."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from dagster_project.lib import chinese
from dagster_project.lib.city_tables import CELL, INTERVAL_HEADINGS, Frames, Heading, as_table, interval, number, text


@dataclass(frozen=True)
class CircleTable:
    """One file of the circle: its name, its name in the descriptor, headings, and how its rows come from the marts."""

    file: str
    name: str
    title: str
    headings: list[Heading]
    rows: Callable[[Frames], pl.DataFrame]


_FRAMEWORK = text("指标体系", "指标体系的名称与版本。")
_AREA = (text("地区代码", "城市代码。"), text("地区", "城市名称。"))
_YEAR = text("时期", "如 2024年、2024年3月、2024年1—3月（累计）。")
_CITIES = number("城市数", "有数值、参加计算的城市数；数目不同的年份不可相比。")
_MISSING = text("缺少的城市", "没有数值的城市。")
_REMARK = text("提示", "自本期起有城市的口径改变的，与上一期不可相比。")

RANK_HEADINGS = [
    _FRAMEWORK,
    _YEAR,
    *_AREA,
    number("总指数得分", "0 为下限、100 为上限；没有得分为空。"),
    number("位次", "由高到低，并列同位；城市太少或不可比时为空。"),
    number("参评城市数", "参加这一排名的城市数。"),
    *INTERVAL_HEADINGS,
    number("进入前三的概率%", "位次不低于第三的抽样所占份额。"),
    text("说明", "没有得分的原因。"),
]


def ranks(frames: Frames) -> pl.DataFrame:
    """位次.csv: the cities' index by year, newest first, with the interval of each rank and what may be said of its move."""
    moves = frames["rank_moves"].select(*CELL, "previous_rank", "is_significant")
    drawn = frames["rank_intervals"].select(*CELL, "p_top3")
    rows = (
        _named(frames, frames["index_scores"].filter(pl.col("node") == "index"))
        .join(moves, on=CELL, how="left")
        .join(drawn, on=CELL, how="left")
        .sort("framework", "time_period", "rank", "ref_area", descending=[False, True, False, False], nulls_last=True)
    )
    return as_table([_rank_row(row) for row in rows.iter_rows(named=True)], RANK_HEADINGS)


def _rank_row(row: dict) -> tuple:
    return (
        _framework(row),
        chinese.period(row["time_period"], "period"),
        row["ref_area"],
        row["area_zh"],
        chinese.figure(row["score"], 0, 2),
        _whole(row["rank"]),
        _whole(row["n_ranked"]),
        *interval(row),
        chinese.figure(row["p_top3"], -2, 1),
        chinese.REASON.get(row["reason"], ""),
    )


TOTAL_HEADINGS = [
    text("指标代码", "dim_indicator 中的代码。"),
    text("指标", "指标名称。"),
    _YEAR,
    number(
        "都市圈合计",
        "九市原始数值相加（比率为分子之和与分母之和之比），以“单位”栏的单位计；缺任何一市即为空。不是各市得分的平均。",
    ),
    text("单位", "数值的单位。"),
    text("取得方式", "相加或相除。"),
    text("状态", "所依据数据中最弱的状态（SDMX 状态码与含义）。"),
    _CITIES,
    _MISSING,
    _REMARK,
]


def totals(frames: Frames) -> pl.DataFrame:
    """合计.csv: the circle as one area, empty where a city is missing, which is then named."""
    shown = frames["dim_indicator"].select("indicator", "name_zh", "display_unit_zh", "display_mult", "decimals")
    names = _area_names(frames)
    rows = frames["circle_values"].join(shown, on="indicator")
    rows = rows.sort("indicator", "freq", "period_basis", "time_period", descending=[False, False, False, True])
    return as_table(
        [
            (
                row["indicator"],
                row["name_zh"],
                chinese.period(row["time_period"], row["period_basis"]),
                chinese.figure(row["value"], row["display_mult"], row["decimals"]),
                row["display_unit_zh"],
                chinese.DERIVATION[row["derivation"]],
                f"{row['obs_status']} {chinese.STATUS[row['obs_status']]}",
                str(row["n_cities"]),
                _listed(row["missing_cities"], names),
                _remark(row),
            )
            for row in rows.iter_rows(named=True)
        ],
        TOTAL_HEADINGS,
    )


INEQUALITY_HEADINGS = [
    text("指标体系", "得分与指标所属的指标体系；总量为空。"),
    text("代码", "总量的指标代码（dim_indicator），或指标体系中节点的代码（dim_framework）。"),
    text("名称", "名称。"),
    _YEAR,
    text("度量", "差异的度量；公式见 docs/method.zh-CN.md。"),
    number("数值", "度量的数值，越大差异越大。"),
    _CITIES,
    _MISSING,
    text("比较方式", "总量与常住人口的分布相比，或各市同等看待。"),
    _REMARK,
]


def inequality(frames: Frames) -> pl.DataFrame:
    """差异.csv: how unequal the cities are, in amounts first and then in each indicator and score."""
    amounts = frames["circle_inequality"].join(frames["dim_indicator"].select("indicator", "name_zh"), on="indicator")
    amounts = amounts.rename({"indicator": "code"}).with_columns(framework=pl.lit(None, dtype=pl.String))
    nodes = frames["dim_framework"].select("framework", "code", "framework_zh", "version", "name_zh")
    scores = frames["inequality"].join(nodes, on=["framework", "code"])
    measures = pl.col("measure").replace_strict({name: place for place, name in enumerate(chinese.MEASURE)})
    rows = pl.concat([amounts, scores], how="diagonal").sort(
        "framework", "code", "time_period", measures, descending=[False, False, True, False]
    )
    names = _area_names(frames)
    return as_table(
        [
            (
                _framework(row) if row["framework"] else "",
                row["code"],
                row["name_zh"],
                chinese.period(row["time_period"], "period"),
                chinese.MEASURE[row["measure"]],
                chinese.figure(row["value"], 0, 4),
                str(row["n_cities"]),
                _listed(row["missing_cities"], names),
                "按常住人口" if row["by_population"] else "各市同等看待",
                _remark(row),
            )
            for row in rows.iter_rows(named=True)
        ],
        INEQUALITY_HEADINGS,
    )


COORDINATION_HEADINGS = [
    _FRAMEWORK,
    _YEAR,
    *_AREA,
    text("名称", "各领域所属的总指数或上级领域。"),
    number("领域数", "有得分、参加计算的领域数；不同的不可相比。"),
    number("耦合度", "C = k·(Πu)^(1/k)/Σu，0—1；有领域为 0 分时为 0。"),
    number("综合水平", "T = Σa·u，0—1。"),
    number("耦合协调度", "D = √(C·T)，0—1。"),
    text("协调等级", "耦合协调度每 0.1 一级，由极度失调到优质协调。"),
    _REMARK,
]


def coordination(frames: Frames) -> pl.DataFrame:
    """协调.csv: how far the pillars of each city keep pace with one another."""
    nodes = frames["dim_framework"].select("framework", "code", "name_zh")
    rows = _named(frames, frames["coordination"]).join(nodes, on=["framework", "code"])
    rows = rows.sort("framework", "time_period", "code", "ref_area", descending=[False, True, False, False])
    return as_table(
        [
            (
                _framework(row),
                chinese.period(row["time_period"], "period"),
                row["ref_area"],
                row["area_zh"],
                row["name_zh"],
                str(row["n_groups"]),
                *(chinese.figure(row[name], 0, 3) for name in ("c", "t", "d")),
                row["grade"] or "",
                _remark(row),
            )
            for row in rows.iter_rows(named=True)
        ],
        COORDINATION_HEADINGS,
    )


CONVERGENCE_HEADINGS = [
    _FRAMEWORK,
    text("代码", "节点代码（dim_framework）。"),
    text("名称", "指标、领域或总指数。"),
    text("度量", "β 收敛：起点低的城市是否增长较快；σ 收敛：差距是否逐年缩小。负数为收敛。"),
    text("起", "第一年。"),
    text("止", "最后一年。"),
    number("样本数", "β 为城市数，σ 为年数。"),
    number("估计值", "回归系数。"),
    number("标准误", "估计值的标准误。"),
    number("p值", "大于 0.05 的估计不足以说明收敛或发散。"),
    number("半程年数", "差距缩小一半所需的年数；不收敛时为空。"),
    text("判断", "显著收敛、显著发散或不显著；p 值以 0.05 为界。"),
    text("说明", "没有估计的原因。"),
]


def convergence(frames: Frames) -> pl.DataFrame:
    """收敛.csv: whether the cities come together, with everything that keeps a reader from making too much of it."""
    nodes = frames["dim_framework"].select("framework", "code", "framework_zh", "version", "name_zh")
    rows = frames["convergence"].join(nodes, on=["framework", "code"]).sort("framework", "code", "measure")
    return as_table(
        [
            (
                _framework(row),
                row["code"],
                row["name_zh"],
                chinese.CONVERGENCE[row["measure"]],
                chinese.period(row["period_from"], "period"),
                chinese.period(row["period_to"], "period"),
                str(row["n_points"]),
                *(chinese.figure(row[name], 0, 4) for name in ("estimate", "se", "p")),
                chinese.figure(row["half_life"], 0, 1),
                _verdict(row),
                chinese.REASON.get(row["reason"], ""),
            )
            for row in rows.iter_rows(named=True)
        ],
        CONVERGENCE_HEADINGS,
    )


def _verdict(row: dict) -> str:
    if row["estimate"] is None:
        return ""
    if row["p"] is None or row["p"] > 0.05:
        return "不显著"
    return "显著收敛" if row["estimate"] < 0 else "显著发散"


def _named(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a framework and an area with the names of both."""
    frameworks = frames["dim_framework"].select("framework", "framework_zh", "version").unique()
    areas = frames["dim_area"].select("ref_area", area_zh="name_zh")
    return rows.drop("version", strict=False).join(frameworks, on="framework").join(areas, on="ref_area")


def _remark(row: dict) -> str:
    return "自本期起口径改变，与上一期不可比" if row["is_break"] else ""


def _framework(row: dict) -> str:
    return f"{row['framework_zh']}（第{row['version']}版）"


def _area_names(frames: Frames) -> dict[str, str]:
    return dict(frames["dim_area"].select("ref_area", "name_zh").iter_rows())


def _listed(codes: str | None, names: dict[str, str]) -> str:
    return "、".join(names[code] for code in (codes or "").split("；") if code)


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


TABLES = [
    CircleTable("位次.csv", "circle-ranks", "总指数位次及其区间", RANK_HEADINGS, ranks),
    CircleTable("合计.csv", "circle-totals", "都市圈合计", TOTAL_HEADINGS, totals),
    CircleTable("差异.csv", "circle-inequality", "城市之间的差异", INEQUALITY_HEADINGS, inequality),
    CircleTable("协调.csv", "circle-coordination", "领域之间的耦合协调度", COORDINATION_HEADINGS, coordination),
    CircleTable("收敛.csv", "circle-convergence", "城市之间的收敛", CONVERGENCE_HEADINGS, convergence),
]
