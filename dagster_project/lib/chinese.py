"""Words for the office: periods, statuses, reasons and figures as a Chinese reader expects them."""

from decimal import ROUND_HALF_UP, Decimal

STATUS = {
    "A": "正常",
    "P": "初步数",
    "E": "估计数",
    "I": "插补数",
    "L": "未统计",
    "M": "不适用",
    "O": "缺失",
}
REASON = {
    "not_applicable": "不适用",
    "missing": "未见公布",
    "bad_denominator": "分母未见公布或非正",
    "unit_doubt": "计量单位或数值存疑，暂不采用",
    "below_coverage": "有数据的部分所占权重不足",
    "too_few": "可比城市太少，不发布",
}
CHANGE_REASON = {
    "missing": "缺一年得分",
    "break": "跨越口径断裂，不可比",
    "composition": "两年依据的指标不同，不可比",
}
BASIS = {
    "publisher": "发布机构载明",
    "calendar": "发布日历",
    "edition": "只知年月，取其末日",
    "obtained": "取得之日",
}
DERIVATION = {
    "published": "原样公布",
    "december_cumulative": "取1—12月累计",
    "january_cumulative": "取1月累计",
    "difference": "两期累计之差，估计",
    "facility": "以设施代表全市",
    "sum_of_flows": "分项相加",
    "structural_zero": "结构性零",
    "ratio": "比值",
}
NODE = {"index": "总指数", "pillar": "领域", "indicator": "指标"}


def period(time_period: str, basis: str) -> str:
    """2024年 · 2024年第1季度 · 2024年3月 · 2024年1—3月."""
    year, _, rest = time_period.partition("-")
    if not rest:
        return f"{year}年"
    if rest.startswith("Q"):
        return f"{year}年第{rest[1]}季度"
    month = int(rest)
    return f"{year}年1—{month}月" if basis == "ytd" and month > 1 else f"{year}年{month}月"


def figure(value: float | None, power: int, decimals: int) -> str:
    """A value for reading: divided by 10^power and rounded half up, as statisticians print it; nothing for a missing one."""
    if value is None:
        return ""
    shown = Decimal(repr(value)).scaleb(-power).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{shown if shown else abs(shown):f}"
