"""目标.csv of each city and of the circle: where every quantified promise stands, in Chinese, made from the marts alone."""

import polars as pl

from dagster_project.lib import chinese
from dagster_project.lib.circle_tables import CircleTable
from dagster_project.lib.city_tables import CityTable, Frames, as_table, in_order, number, text

HEADINGS = [
    text("文件", "目标所出的文件。"),
    text("条款", "按原文编号。"),
    text("主体", "目标的主体，按原文。"),
    text("地区代码", "主体的代码；没有代码的为空。"),
    text("目标", "所计事项，按原文。"),
    text("类型", "达到水平、不超过、区间、期内累计、年均增长或同比增长。"),
    text("限定语", "原文的限定语，如 以上、突破、左右。"),
    text("目标年", "目标应当达到的年份。"),
    number("目标值", "以“单位”栏的单位计；区间为下限。"),
    number("目标上限", "区间的上限。"),
    text("单位", "原文的单位；增长为 %。"),
    text("起点年份", "计算进度的起点。"),
    number("起点值", "原文所印基期值，或同一序列该年的数；没有为空，不是 0。"),
    text("实绩时期", "实绩所至的时期。"),
    number("实绩", "与目标同一含义的最新数；没有数据为空，不是 0。"),
    number("完成进度%", "算法见下一栏。"),
    text("完成进度算法", "实绩比目标；跨年目标为自起点的增减量比应增减量。"),
    number("时间进度%", "目标期已过去的份额。"),
    number("与时间进度差（百分点）", "完成进度减时间进度。"),
    number("应有进度数", "到实绩时期应有的数，按往年同期份额或时间进度。"),
    number("完成目标所需后期同比增速%", "余下时期须达到的增速。"),
    number("完成目标所需月均", "余下各月的月均，以“单位”栏的单位计。"),
    number("趋势区间下端", "目标年的 80% 预测区间；年度数据不足八个的不作。"),
    number("趋势区间上端", "同上。"),
    text("判断", "已完成、提前、正常、滞后、严重滞后、无数据、口径变化。"),
    text("判断依据", "判断所依的数字和界线，或不能判断的原因。"),
    text("当时的判断", "按目标年数据首次公布时的数所作的判断。"),
    number("当时所知实绩", "目标年数据首次公布的数。"),
    text("首次公布日期", "上述数公布的日期。"),
    text("牵头单位", "相关任务的牵头单位；没有牵头的为责任单位。"),
    text("来源", "实绩的发布机构。"),
    text("发布日期", "实绩的发布日期。"),
    text("原文", "目标的原文。"),
    text("目标编号", "seeds/plan_targets.csv 中的编号。"),
]


def city_targets(frames: Frames, city: str) -> pl.DataFrame:
    """目标.csv of a city."""
    return _table(frames, of_city(frames, city))


def of_city(frames: Frames, city: str) -> pl.DataFrame:
    """The targets of a city, its zones and its facilities; a subject without a code is of the area that issued the document."""
    areas = frames["dim_area"].filter(pl.col("city") == city)["ref_area"]
    issuers = frames["plan_documents"].select("document", issuer="ref_area")
    targets = frames["target_progress"].join(issuers, on="document")
    return targets.filter(pl.coalesce("ref_area", "issuer").is_in(areas.implode()))


def circle_targets(frames: Frames) -> pl.DataFrame:
    """Every target, whoever it is about."""
    return _table(frames, frames["target_progress"])


def _table(frames: Frames, targets: pl.DataFrame) -> pl.DataFrame:
    """What needs attention first at the top."""
    documents = frames["plan_documents"].select("document", "document_zh", "issued_on")
    rows = (
        targets.join(documents, on="document", how="left")
        .with_columns(place=in_order("verdict", chinese.TARGET_VERDICT))
        .sort("place", "issued_on", "document", "target_id", descending=[False, True, False, False], nulls_last=True)
    )
    publishers = dict(frames["dim_source"].select("source_id", "publisher_zh").iter_rows())
    return as_table([_row(row, publishers) for row in rows.iter_rows(named=True)], HEADINGS)


def _row(row: dict, publishers: dict[str, str]) -> tuple:
    def amount(name: str) -> str:
        return chinese.short(row[name], row["unit_mult"])

    def percent(name: str) -> str:
        return chinese.short(row[name], 0, 1)

    # A start or an amount a month is of the series; where the target is a rate, it has none in the target's unit.
    is_rate = row["target_kind"] in ("growth", "average_growth")
    return (
        row["document_zh"],
        row["clause"],
        row["subject_zh"],
        row["ref_area"] or "",
        row["target_zh"],
        chinese.TARGET_KIND[row["target_kind"]],
        row["comparator"] or "",
        f"{row['target_period']}年",
        amount("target_value"),
        amount("target_high"),
        row["printed_unit"],
        f"{row['start_period']}年" if row["start_period"] else "",
        "" if is_rate else amount("start_value"),
        chinese.period(row["actual_period"], row["period_basis"]) if row["actual_period"] else "",
        amount("actual"),
        percent("completion"),
        chinese.COMPLETION_BASIS.get(row["completion_basis"], ""),
        percent("time_progress"),
        percent("pace_gap"),
        amount("expected_value"),
        percent("needed_growth"),
        amount("needed_monthly"),
        amount("forecast_low"),
        amount("forecast_high"),
        row["verdict"],
        row["rule_zh"],
        row["first_verdict"] or "",
        amount("first_actual"),
        row["first_known_on"].isoformat() if row["first_known_on"] else "",
        row["lead_units"] or "",
        "；".join(publishers.get(source, source) for source in (row["source_id"] or "").split("；") if source),
        row["published_on"].isoformat() if row["published_on"] else "",
        row["quote"],
        row["target_id"],
    )


CITY = CityTable("目标.csv", "targets", "目标进度", HEADINGS, city_targets)
CIRCLE = CircleTable("目标.csv", "circle-targets", "目标进度", HEADINGS, circle_targets)
