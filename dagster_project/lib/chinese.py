"""Words for the office: periods, statuses, reasons and figures as a Chinese reader expects them."""

from datetime import date
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
    "domain": "数值超出方法的适用范围",
    "constant": "参照范围内数值全同，无从区分",
    "unit_doubt": "计量单位或数值存疑，暂不采用",
    "below_coverage": "有数据的部分所占权重不足",
    "too_few": "可比城市太少，不发布",
    "no_children": "没有下级项目",
    "break": "跨越口径断裂",
    "missing_base": "没有上年同期数，也未见公布增速",
    "zero_base": "上年同期为零",
    "composition": "各年依据的指标不同",
}
CHANGE_REASON = {
    "missing": "缺一年得分",
    "within_period": "只在当期内可比",
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
    "sum_of_cities": "九市相加",
    "ratio_of_sums": "九市分子之和与分母之和之比",
}
POLARITY = {"bright": "亮点", "weak": "薄弱环节", "notice": "提示"}
#: What weighs most first.
SIGNAL_SEVERITY = {"high": "高", "medium": "中", "low": "低"}
#: Levels of warning, the worst first.
LEVELS = ("红", "橙", "黄", "蓝", "绿")
NODE = {"index": "总指数", "pillar": "领域", "indicator": "指标"}
IMPUTATION = {
    "group_mean": "同组均值",
    "group_median": "同组中位数",
    "locf": "沿用前一期",
    "linear": "线性插值",
    "zero": "以 0 代替",
    "constant": "以常数代替",
}
TREATMENT = {"winsorise": "缩尾", "winsorise_log": "缩尾，仍有异常则取对数"}
NORMALISATION = {
    "minmax": "极差标准化",
    "goalposts": "按固定上下限标准化",
    "zscore": "Z 分数",
    "rank": "位次",
    "borda": "波达计分",
    "percentile": "百分位",
    "target_distance": "与目标的差距",
    "ratio_to_max": "与最大值之比",
    "ampi": "AMPI 标准化",
    "ratio_to_reference": "与参照地区之比",
    "efficacy": "功效系数",
    "efficacy_exp": "指数型功效系数",
    "base_index": "与基期之比",
    "none": "不标准化，直接用数值",
}
AGGREGATION = {
    "arithmetic": "加权算术平均",
    "geometric": "加权几何平均",
    "harmonic": "加权调和平均",
    "power": "加权幂平均",
    "product": "连乘",
    "ampi": "均值减（或加）离散惩罚（AMPI）",
    "copeland": "两两比较的净胜数（Copeland）",
    "topsis": "与最优、最劣的相对距离（TOPSIS）",
}
WEIGHTING = {
    "expert": "专家给定",
    "equal": "等权",
    "ahp": "层次分析法",
    "entropy": "熵权法",
    "critic": "CRITIC 法",
    "cv": "变异系数法",
    "sd": "标准差法",
    "pca": "主成分法",
    "bod": "各城市自选最有利的权重（数据包络）",
    "equal_importance": "等重要性",
    "combined": "组合赋权",
}
MEASURE = {
    "gini": "基尼系数",
    "theil": "泰尔指数",
    "theil_between": "泰尔指数：组间（武鄂黄黄与其余）",
    "theil_within": "泰尔指数：组内",
    "cv": "变异系数",
    "range_ratio": "极差率",
    "primacy": "首位度（第一与第二之比）",
    "primacy_share": "首位占比",
    "hhi": "赫芬达尔指数",
    "hhi_normalised": "标准化赫芬达尔指数",
    "sigma": "对数标准差",
}
CONVERGENCE = {"beta": "β 收敛系数", "sigma_trend": "σ 收敛：对数标准差的年均变化"}
#: Verdicts of the audit; one about weights may carry its cause after a colon.
VERDICT = {
    "missing": "完全缺数",
    "weak": "偏弱",
    "constant": "无差异",
    "outliers": "有异常值",
    "negative": "方向相反",
    "redundant": "几近重复",
    "undefined": "无法计算",
    "above_weight": "影响超过权重一倍",
    "below_weight": "影响不及权重一半",
    "clipped": "得分有截断",
    "error": "有数值不能评分",
    "within_period": "只在当期内可比",
    "moving": "标尺随新数据移动",
    "winsorised": "异常值已缩尾",
    "logged": "已取对数",
    "failed": "缩尾之后仍有异常值",
    "skipped": "数值太少，未处理异常值",
    "declared": "沿用给定权重",
    "refused": "数据不适用赋权方法",
    "equal": "改用等权",
    "inconsistent": "判断矩阵不一致",
    "singular": "权重解不唯一",
    "loading_negative": "载荷为负",
    "fallback": "组合赋权退回线性组合",
    "reversed": "剔除一市后其余城市次序改变",
    "not_drawn": "该方法不作抽样",
}
TARGET_KIND = {
    "level": "达到水平",
    "ceiling": "不超过",
    "range": "区间",
    "cumulative": "期内累计",
    "average_growth": "年均增长",
    "growth": "同比增长",
}
#: Verdicts over targets, from the one that needs attention first.
TARGET_VERDICT = ("严重滞后", "滞后", "口径变化", "无数据", "正常", "提前", "已完成")
COMPLETION_BASIS = {"share": "实绩比目标", "path": "自起点的增减量比应增减量"}
#: Verdicts with nothing to look at: all is well, or a column was looked at and left as it is.
UNREMARKABLE = ("ok", "passed")


def period(time_period: str, basis: str) -> str:
    """2024年 · 2024年第1季度 · 2024年3月 · 2024年1—3月."""
    year, _, rest = time_period.partition("-")
    if not rest:
        return f"{year}年"
    if rest.startswith("Q"):
        return f"{year}年第{rest[1]}季度"
    month = int(rest)
    return f"{year}年1—{month}月" if basis == "ytd" and month > 1 else f"{year}年{month}月"


def day(on: date) -> str:
    """2026年5月8日."""
    return f"{on.year}年{on.month}月{on.day}日"


def move(places: int | None, is_significant: bool | None) -> str:
    """What may be said of a rank beside that of the year before. A move within the intervals is no rise and no fall."""
    if places is None:
        return ""
    if places == 0:
        return "未变"
    return {True: "显著", False: "不显著", None: "未作判断"}[is_significant]


def figure(value: float | None, power: int, decimals: int) -> str:
    """A value for reading: divided by 10^power and rounded half up, as statisticians print it; nothing for a missing one."""
    if value is None:
        return ""
    shown = Decimal(repr(value)).scaleb(-power).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{shown if shown else abs(shown):f}"


def short(value: float | None, power: int, decimals: int = 2) -> str:
    """A value as figure() writes it, without zeros at its end: 80 rather than 80.00."""
    shown = figure(value, power, decimals)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
