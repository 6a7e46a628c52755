"""招商.csv and 招商结构.csv of each city and of the circle: how far its projects have come, in Chinese, from the marts alone.

A city without a register has one line that says so: no project reported is not no project.
"""

import polars as pl

from dagster_project.lib import chinese, city_tables
from dagster_project.lib.circle_tables import CircleTable
from dagster_project.lib.city_tables import CityTable, Frames, as_table, number, text

CIRCLE_AREA, CIRCLE_NAME = "WHMA", "武汉都市圈"
#: Money is shown in 亿元.
POWER, UNIT = 8, "亿元"

_AREA = (
    text("地区代码", "城市的代码；都市圈为 WHMA。"),
    text("地区", "名称。"),
    text("时期", "台账所报的月份；各数为该月末的数。"),
)
_MONEY = (
    number("合同资金", "以“单位”栏的单位计；没有数的项目不计入，一个也没有为空，不是 0。"),
    number("累计到位资金", "同上。"),
    text("单位", "资金的单位。"),
    number("到位率%", "到位资金比合同资金；只计两项都有数的项目，已终止项目的合同资金计入。"),
    number("资金齐全项目数", "合同资金与到位资金都有数的项目数。"),
)
_ORIGIN = (
    text("说明", "没有数值的原因，或数据不全的提示。"),
    text("填报日期", "台账的填报日期。"),
    text("来源文件", "raw/ 之下的台账；都市圈为九市台账之和。"),
    text("文件SHA-256", "来源文件的校验值。"),
)
FUNNEL_HEADINGS = [
    *_AREA,
    text("阶段", "推介、在谈、签约、开工、投产。"),
    number("到达项目数", "至期末到达过这一阶段或更远的，含其后终止的。"),
    number("在此阶段项目数", "期末正处在这一阶段、没有终止的。"),
    number("终止项目数", "在这一阶段终止的。"),
    number("转化率%", "到达上一阶段的项目中到达本阶段的份额。"),
    *_MONEY,
    *_ORIGIN,
]
STRUCTURE_HEADINGS = [
    *_AREA,
    text("分组", "合计、来源经济体、行业、签约年份。"),
    text("组", "经济体、行业或年份。"),
    number("签约项目数", "含其后终止的。"),
    number("开工项目数", "其中开工的。"),
    number("投产项目数", "其中投产的。"),
    number("终止项目数", "其中终止的。"),
    number("开工率%", "签约项目中开工的份额。"),
    number("投产率%", "签约项目中投产的份额。"),
    *_MONEY,
    number("合同资金占比%", "占合计合同资金的份额。"),
    *_ORIGIN,
]
BREAKDOWN = {"total": "合计", "economy": "来源经济体", "industry": "行业", "signed_year": "签约年份"}
NO_RATE = {"before_signing": "签约前没有合同资金", "no_project": "没有项目到达这一阶段", "missing": "没有项目两项资金都有数"}
NO_CONVERSION = {"first_stage": "第一个阶段，没有转化率", "no_project": "没有项目到达上一阶段"}
NOT_REPORTED = "未收到项目台账"


def not_whole(frames: Frames) -> str | None:
    """Why the circle has no total of projects in the newest month of any register; null where it has one."""
    funnel = frames["investment_funnel"].filter(pl.col("ref_area") != CIRCLE_AREA)
    if funnel.is_empty():
        return f"九市都{NOT_REPORTED}"
    period = funnel["time_period"].max()
    told = set(funnel.filter(pl.col("time_period") == period)["ref_area"])
    lacking = [city["name_zh"] for city in city_tables.cities(frames) if city["ref_area"] not in told]
    if not lacking:
        return None
    return f"{chinese.period(period, 'period')}没有合计：只有{len(told)}市有项目台账，缺{'、'.join(lacking)}"


def city_funnel(frames: Frames, city: str) -> pl.DataFrame:
    """招商.csv of a city: every month of which it has sent a register, the newest first."""
    return as_table(_funnel(frames, city), FUNNEL_HEADINGS)


def circle_funnel(frames: Frames) -> pl.DataFrame:
    """The circle, then each city."""
    cities = [row for city in city_tables.cities(frames) for row in _funnel(frames, city["ref_area"])]
    return as_table([*_funnel(frames, CIRCLE_AREA), *cities], FUNNEL_HEADINGS)


def city_structure(frames: Frames, city: str) -> pl.DataFrame:
    """招商结构.csv of a city, the newest month first."""
    return as_table(_structure(frames, city), STRUCTURE_HEADINGS)


def circle_structure(frames: Frames) -> pl.DataFrame:
    """The circle, then each city."""
    cities = [row for city in city_tables.cities(frames) for row in _structure(frames, city["ref_area"])]
    return as_table([*_structure(frames, CIRCLE_AREA), *cities], STRUCTURE_HEADINGS)


def _funnel(frames: Frames, area: str) -> list[tuple]:
    rows = frames["investment_funnel"].filter(pl.col("ref_area") == area)
    rows = rows.sort("time_period", "stage_order", descending=[True, False])
    told = [_funnel_row(_area(frames, area), row) for row in rows.iter_rows(named=True)]
    return [*_gap(frames, area, rows, len(FUNNEL_HEADINGS)), *told]


def _structure(frames: Frames, area: str) -> list[tuple]:
    rows = frames["investment_structure"].filter(pl.col("ref_area") == area)
    order = city_tables.in_order("breakdown", BREAKDOWN)
    # Years in their order, the other groups by what they bring.
    weight = pl.when(pl.col("breakdown") == "signed_year").then(None).otherwise("contracted")
    rows = rows.sort("time_period", order, weight, "member", descending=[True, False, True, False], nulls_last=True)
    told = [_structure_row(_area(frames, area), row) for row in rows.iter_rows(named=True)]
    if rows.is_empty() and frames["investment_funnel"].filter(pl.col("ref_area") == area).height:
        return [_padded((*_area(frames, area), ""), "台账中没有已签约的项目", len(STRUCTURE_HEADINGS))]
    return [*_gap(frames, area, rows, len(STRUCTURE_HEADINGS)), *told]


def _area(frames: Frames, area: str) -> tuple[str, str]:
    names = dict(frames["dim_area"].select("ref_area", "name_zh").iter_rows())
    return area, CIRCLE_NAME if area == CIRCLE_AREA else names[area]


def _gap(frames: Frames, area: str, rows: pl.DataFrame, width: int) -> list[tuple]:
    """The line that says what has not been reported, if anything has not."""
    of_city = NOT_REPORTED if rows.is_empty() else None
    lacking = not_whole(frames) if area == CIRCLE_AREA else of_city
    return [_padded((*_area(frames, area), ""), lacking, width)] if lacking else []


def _padded(first: tuple, said: str, width: int) -> tuple:
    """A line with nothing but its area and a remark (the fourth column from the end)."""
    blank = ("",) * (width - len(first) - len(_ORIGIN))
    return (*first, *blank, said, "", "", "")


def _percent(value: float | None) -> str:
    return chinese.figure(value, 0, 1)


def _money(row: dict) -> tuple:
    """The cells below _MONEY."""
    amounts = (chinese.figure(row[name], POWER, 4) for name in ("contracted", "arrived"))
    return (*amounts, UNIT, _percent(row["arrival_rate"]), str(row["n_with_money"]))


def _origin(row: dict, *remarks: str) -> tuple:
    """The cells below _ORIGIN."""
    day, file = row["published_on"], row["source_file"]
    return (
        "；".join(filter(None, remarks)),
        day.isoformat() if day else "",
        f"raw/{row['source_id']}/{file}" if file else "",
        row["source_sha256"] or "",
    )


def held(row: dict) -> str:
    """What must be known of a register of which not every row could be used."""
    return f"台账有{row['n_held']}行未能采用（见隔离数据），项目数偏少" if row["n_held"] else ""


def _funnel_row(area: tuple[str, str], row: dict) -> tuple:
    remarks = (held(row), NO_CONVERSION.get(row["conversion_reason"], ""), NO_RATE.get(row["arrival_reason"], ""))
    return (
        *area,
        chinese.period(row["time_period"], "period"),
        row["stage_zh"],
        *(str(row[name]) for name in ("n_reached", "n_here", "n_ended")),
        _percent(row["conversion"]),
        *_money(row),
        *_origin(row, *remarks),
    )


def _structure_row(area: tuple[str, str], row: dict) -> tuple:
    return (
        *area,
        chinese.period(row["time_period"], "period"),
        BREAKDOWN[row["breakdown"]],
        row["member_zh"],
        *(str(row[name]) for name in ("n_signed", "n_started", "n_operating", "n_ended")),
        *(_percent(row[name]) for name in ("start_rate", "operating_rate")),
        *_money(row),
        _percent(row["contracted_share"]),
        *_origin(row, held(row), NO_RATE.get(row["arrival_reason"], "")),
    )


CITY = [
    CityTable("招商.csv", "investment", "招商引资漏斗", FUNNEL_HEADINGS, city_funnel),
    CityTable("招商结构.csv", "investment-structure", "招商引资结构", STRUCTURE_HEADINGS, city_structure),
]
CIRCLE = [
    CircleTable("招商.csv", "circle-investment", "招商引资漏斗", FUNNEL_HEADINGS, circle_funnel),
    CircleTable("招商结构.csv", "circle-investment-structure", "招商引资结构", STRUCTURE_HEADINGS, circle_structure),
]
