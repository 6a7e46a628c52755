"""Every rule of signals: a case in which it fires, one in which it just does not, and one with missing data; and early warnings.

The compiled SQL of each model runs over a few rows written here, with limits of their own: growth 10 points, runs of 3 periods.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from schemas.seeds import SIGNAL_RULES
from tests.dbt.compiled import Bench
from tests.dbt.conftest import BuiltDatabase

WUHAN, HUANGSHI, EZHOU, XIAOGAN, XIANNING = "420100", "420200", "420700", "420900", "421200"
CITIES = [WUHAN, HUANGSHI, EZHOU, XIAOGAN, XIANNING, "421100", "429004", "429005", "429006"]
#: rule: (polarity, threshold, observations needed)
RULES = {
    "growth_above_hubei": ("bright", 10, 1),
    "growth_below_hubei": ("weak", 10, 1),
    "growth_above_circle": ("bright", 10, 4),
    "growth_below_circle": ("weak", 10, 4),
    "growth_above_peers": ("bright", 10, 2),
    "growth_below_peers": ("weak", 10, 2),
    "decline_run": ("weak", 3, 3),
    "turn_up": ("bright", 3, 36),
    "turn_down": ("weak", 3, 36),
    "score_gain": ("bright", 2, 1),
    "score_loss": ("weak", 2, 1),
    "contribution_lead": ("bright", 5, 5),
    "obstacle": ("weak", 25, 1),
    "rank_up": ("bright", 1, 5),
    "rank_down": ("weak", 1, 5),
    "target_ahead": ("bright", 5, 1),
    "target_behind": ("weak", 5, 1),
    "target_verdict_changed": ("notice", 0, 1),
    "target_scope_changed": ("notice", 0, 1),
    "concentration": ("weak", 60, 9),
    "one_sided": ("weak", 85, 2),
    "revision_turns_growth": ("notice", 1, 2),
    "series_break": ("notice", 0, 1),
    "figure_held": ("notice", 0, 1),
    "release_late": ("notice", 0, 1),
    "data_missing": ("weak", 0, 2),
}
FIRES, DOES_NOT, UNJUDGED, NO_CASE = True, False, None, "no case"


@pytest.fixture(scope="module")
def workbench(built: BuiltDatabase) -> Iterator[Bench]:
    bench = Bench(built)
    yield bench
    bench.close()


@pytest.fixture
def bench(workbench: Bench) -> Bench:
    """A bench with areas, series, sources and rules, and nothing else."""
    workbench.clear()
    areas = {city: f"市{city}" for city in CITIES} | {
        "420000": "湖北省",
        "WHMA": "武汉都市圈",
        "420300": "十堰市",
        "420600": "襄阳市",
    }
    workbench.fill(
        "marts.dim_area", *({"ref_area": a, "name_zh": n, "city": a if a in CITIES else None} for a, n in areas.items())
    )
    workbench.fill("intermediate.int_cities", *({"ref_area": city} for city in CITIES))
    shown = {"kind": "flow", "domain": "trade", "unit_measure": "CNY", "display_unit_zh": "亿元", "display_mult": 8}
    names = {"trade_total": "进出口总额", "trade_export": "出口额", "trade_import": "进口额"}
    workbench.fill("declared.series", *(shown | {"series": series, "name_zh": name} for series, name in names.items()))
    workbench.fill("declared.series", {"series": "population", "name_zh": "人口", "kind": "stock", "domain": "macro"})
    workbench.fill(
        "declared.sources", {"source_id": "customs", "publisher_zh": "海关总署", "title_zh": "总值表", "calendar": "monthly"}
    )
    workbench.fill("declared.sources", {"source_id": "bureau", "publisher_zh": "统计局", "title_zh": "公报"})
    for threshold, value in {"check_min_cny": 1e8, "signal_current_years": 4, "warning_current_years": 2}.items():
        workbench.fill("declared.thresholds", {"threshold": threshold, "value": value})
    workbench.fill("declared.build", {"reference_day": date(2025, 8, 20)})
    for rule, (polarity, threshold, needed) in RULES.items():
        row = {
            "rule": rule,
            "name_zh": rule,
            "about": "circle" if rule == "concentration" else "city",
            "polarity": polarity,
            "severity": "medium",
            "threshold": threshold,
            "n_needed": needed,
        }
        workbench.fill("declared.signal_rules", row | {"counted_zh": "观测"})
    framework = {"framework": "openecon", "code": "index", "name_zh": "总指数"}
    workbench.fill("marts.dim_framework", framework, framework | {"code": "trade", "name_zh": "贸易", "parent": "index"})
    return workbench


def growth(area: str, period: str = "2025-07", **told) -> dict:
    """A row of growth: by default a cumulative of 20 亿元 of exports in the customs table, growth 0 on a base that fits."""
    rate = told.get("growth", 0.0)
    told.setdefault("value", 20e8)
    if rate is not None and told["value"] is not None:
        told.setdefault("base_value", told["value"] / (1 + rate / 100))
    return {
        "series": "trade_export", "ref_area": area, "freq": "M", "time_period": period, "period_basis": "ytd",
        "source_id": "customs", "derivation": "published", "unit": "CNY", "growth": rate,
    } | told  # fmt: skip


def versus_hubei(mine: float | None, other: float | None, **told) -> Callable[[Bench], None]:
    return lambda bench: bench.fill(
        "marts.growth", growth(WUHAN, growth=None, published_growth=mine, **told), growth("420000", published_growth=other)
    )


def versus_circle(mine: float, others: list[float | None]) -> Callable[[Bench], None]:
    """Four cities of one size: growth of the sum is the mean of their rates on equal bases."""

    def fill(bench: Bench) -> None:
        rates = [mine, *others]
        for city, rate in zip(CITIES, rates, strict=False):
            value = None if rate is None else 10e8 * (1 + rate / 100)
            bench.fill("marts.growth", growth(city, growth=rate, value=value, base_value=10e8))

    return fill


def versus_peers(mine: float, *others: float | None) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        peers = ["420300", "420600", "420000"][: len(others)]
        for peer, rate in zip(peers, others, strict=True):
            bench.fill("declared.signal_peers", {"ref_area": WUHAN, "peer": peer})
            bench.fill("marts.growth", growth(peer, growth=rate))
        bench.fill("marts.growth", growth(WUHAN, growth=mine))

    return fill


def months(rates: dict[str, float | None], base: float = 20e8) -> Callable[[Bench], None]:
    """Single months; February as the cumulative of two."""

    def fill(bench: Bench) -> None:
        for period, rate in rates.items():
            basis = "ytd" if period.endswith("-02") else "period"
            bench.fill("marts.growth", growth(WUHAN, period, growth=rate, period_basis=basis, base_value=base))

    return fill


def sums(moves: list[int], n: int = 36, gap: int | None = None) -> Callable[[Bench], None]:
    """Cumulatives of n months to 2024-12, rising (1) but for the last moves; `gap`: one missing so far from the end."""

    def fill(bench: Bench) -> None:
        trailing, steps = 1000.0, [1] * (n - len(moves)) + moves
        for k, step in enumerate(steps):
            trailing += step
            place = 2025 * 12 - n + k
            if gap is not None and k == n - gap:
                continue
            period = f"{place // 12}-{place % 12 + 1:02d}"
            bench.fill("marts.growth", growth(WUHAN, period, growth=None, trailing_twelve=trailing * 1e8))

    return fill


def index(bench: Bench, city: str = WUHAN, **told) -> None:
    row = {"framework": "openecon", "ref_area": city, "time_period": "2022", "code": "index", "node": "index", "score": 50.0}
    bench.fill("marts.index_scores", row | {"change": 3.0, "n_ranked": 6, "rank_q05": 1.0, "rank_q95": 2.0} | told)


def changed(performance: float | None) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        index(bench)
        row = {"framework": "openecon", "ref_area": WUHAN, "period_from": "2021", "period_to": "2022", "code": "trade"}
        bench.fill(
            "marts.score_changes", row | {"node": "index", "performance": performance}, row | {"node": "trade", "performance": 50}
        )

    return fill


def carried(mine: float, others: list[float]) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        for city, amount in zip(CITIES, [mine, *others], strict=False):
            row = {"framework": "openecon", "ref_area": city, "time_period": "2022", "node": "index", "code": "trade"}
            bench.fill("marts.score_contributions", row | {"amount": amount})

    return fill


def hindered(degree: float | None) -> Callable[[Bench], None]:
    row = {"framework": "openecon", "ref_area": WUHAN, "time_period": "2022", "code": "trade", "score": 10.0, "obstacle_order": 1}
    return lambda bench: bench.fill("marts.indicator_scores", row | {"obstacle_degree": degree})


def ranked(rank: int, before: int | None, significant: bool | None, n: int = 6) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        index(bench, n_ranked=n)
        row = {"framework": "openecon", "ref_area": WUHAN, "time_period": "2022", "code": "index", "rank": rank}
        bench.fill("marts.rank_moves", row | {"previous_rank": before, "is_significant": significant})

    return fill


def promised(verdict: str, first: str | None = None, **told) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        bench.fill("marts.plan_documents", {"document": "plan", "ref_area": WUHAN, "document_zh": "计划"})
        row = {
            "target_id": "t",
            "document": "plan",
            "clause": "一",
            "subject_zh": "全市",
            "target_zh": "进出口",
            "target_period": "2025",
        }
        actual = None if verdict == "无数据" else 1.0
        bench.fill(
            "marts.target_progress",
            row | {"verdict": verdict, "first_verdict": first, "actual": actual, "unit": "CNY", "rule_zh": "规则"} | told,
        )

    return fill


def shared(share: float, n: int = 9) -> Callable[[Bench], None]:
    row = {"indicator": "trade_total", "time_period": "2024", "measure": "primacy_share", "n_cities": n}
    return lambda bench: bench.fill("marts.circle_inequality", row | {"value": share}, row | {"measure": "gini", "value": 0.9})


def directed(exported: float | None, imported: float | None) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        for series, value in (("trade_export", exported), ("trade_import", imported)):
            bench.fill("marts.growth", growth(WUHAN, growth=None, series=series, value=value))

    return fill


def revised(now: float | None, first: float | None) -> Callable[[Bench], None]:
    return lambda bench: bench.fill("marts.growth", growth(WUHAN, growth=now, growth_on_first_base=first))


def broken(reason: str | None, base: float | None = 10e8) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        bench.fill("declared.breaks", {"series": "trade_export", "ref_area": "*", "time_period": "2025", "reason_zh": "口径改变"})
        bench.fill("marts.growth", growth(WUHAN, growth=None, base_value=base, reason=reason))

    return fill


def observed(*held: bool) -> Callable[[Bench], None]:
    row = {"ref_area": WUHAN, "series": "trade_total", "source_id": "customs"}
    rows = [row | {"time_period": f"2025-0{k + 1}", "is_held": is_held} for k, is_held in enumerate(held)]
    return lambda bench: bench.fill("marts.observations", *rows)


def announced(arrived: list[str], release_on: str = "2025-08-18") -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        calendar = {"calendar": "monthly", "time_period": "2025-06", "release_on": "2025-07-18"}
        bench.fill("declared.calendar", calendar, {"calendar": "monthly", "time_period": "2025-07", "release_on": release_on})
        for period in arrived:
            bench.fill("staging.stg_observations", {"source_id": "customs", "time_period": period})
        if arrived:
            bench.fill(
                "marts.observations", {"source_id": "customs", "ref_area": WUHAN, "series": "trade_total", "is_held": False}
            )

    return fill


def lacking(reason: str | None, other: float | None) -> Callable[[Bench], None]:
    row = {"framework": "openecon", "time_period": "2024", "code": "trade"}
    return lambda bench: bench.fill(
        "marts.indicator_scores",
        row | {"ref_area": WUHAN, "value": None if reason else 1.0, "reason": reason},
        row | {"ref_area": EZHOU, "value": other, "reason": None if other else "missing"},
        row | {"ref_area": XIAOGAN, "value": 3.0, "reason": None},
    )


@dataclass(frozen=True)
class Case:
    """What lies in the tables and what the rule must make of the city (or the circle) at the newest period."""

    rule: str
    name: str
    fill: Callable[[Bench], None]
    fired: bool | str | None
    area: str = WUHAN


CASES = [
    Case("growth_above_hubei", "fires", versus_hubei(20.0, 10.0), FIRES),
    Case("growth_above_hubei", "just_not", versus_hubei(19.9, 10.0), DOES_NOT),
    Case("growth_above_hubei", "no_rate_of_hubei", versus_hubei(50.0, None), UNJUDGED),
    Case("growth_above_hubei", "another_source", versus_hubei(50.0, 10.0, source_id="bureau"), UNJUDGED),
    Case("growth_above_hubei", "january_alone", versus_hubei(50.0, 10.0, time_period="2025-01"), NO_CASE),
    Case("growth_above_hubei", "an_amount_of_one_contract", versus_hubei(50.0, 10.0, value=0.9e8), NO_CASE),
    Case("growth_below_hubei", "fires", versus_hubei(0.0, 10.0), FIRES),
    Case("growth_below_hubei", "just_not", versus_hubei(0.1, 10.0), DOES_NOT),
    Case("growth_below_hubei", "no_rate", versus_hubei(None, 10.0), UNJUDGED),
    # 40 against (40 + 20 + 20 + 40) / 4 = 30.
    Case("growth_above_circle", "fires", versus_circle(40.0, [20.0, 20.0, 40.0]), FIRES),
    Case("growth_above_circle", "just_not", versus_circle(39.8, [20.0, 20.0, 40.0]), DOES_NOT),
    Case("growth_above_circle", "three_cities", versus_circle(90.0, [0.0, 0.0, None]), UNJUDGED),
    Case("growth_below_circle", "fires", versus_circle(10.0, [20.0, 20.0, 30.0]), FIRES),
    Case("growth_below_circle", "just_not", versus_circle(10.0, [20.0, 20.0, 29.0]), DOES_NOT),
    Case("growth_below_circle", "three_cities", versus_circle(0.0, [90.0, 90.0, None]), UNJUDGED),
    # The median of 10 and 20 is 15.
    Case("growth_above_peers", "fires", versus_peers(25.0, 10.0, 20.0), FIRES),
    Case("growth_above_peers", "just_not", versus_peers(24.9, 10.0, 20.0), DOES_NOT),
    Case("growth_above_peers", "one_peer_known", versus_peers(90.0, 10.0, None), UNJUDGED),
    Case("growth_below_peers", "fires", versus_peers(5.0, 10.0, 20.0), FIRES),
    Case("growth_below_peers", "just_not", versus_peers(5.1, 10.0, 20.0), DOES_NOT),
    Case("growth_below_peers", "nobody_to_compare", versus_peers(-90.0), NO_CASE),
    Case("decline_run", "fires", months({"2025-02": -1.0, "2025-03": -0.1, "2025-04": -9.0}), FIRES),
    Case("decline_run", "over_the_turn_of_a_year", months({"2024-12": -1.0, "2025-02": -1.0, "2025-03": -1.0}), FIRES),
    Case("decline_run", "just_not", months({"2025-02": 0.0, "2025-03": -5.0, "2025-04": -9.0}), DOES_NOT),
    Case("decline_run", "two_months_known", months({"2025-03": -5.0, "2025-04": -9.0}), UNJUDGED),
    Case(
        "decline_run",
        "a_gap_ends_the_run",
        months({"2025-02": -5.0, "2025-03": -5.0, "2025-04": None, "2025-05": -5.0}),
        UNJUDGED,
    ),
    Case("decline_run", "small_bases", months({"2025-02": -5.0, "2025-03": -5.0, "2025-04": -5.0}, base=0.9e8), NO_CASE),
    Case("turn_up", "fires", sums([-1, -1, -1, 1, 1, 1]), FIRES),
    Case("turn_up", "two_rises_only", sums([-1, -1, -1, -1, 1, 1]), DOES_NOT),
    Case("turn_up", "two_falls_before", sums([1, -1, -1, 1, 1, 1]), DOES_NOT),
    Case("turn_up", "told_once", sums([-1, -1, -1, 1, 1, 1, 1]), DOES_NOT),
    Case("turn_up", "thirty_five_months", sums([-1, -1, -1, 1, 1, 1], n=35), UNJUDGED),
    Case("turn_up", "a_gap_begins_anew", sums([-1, -1, -1, 1, 1, 1], n=60, gap=30), UNJUDGED),
    Case("turn_down", "fires", sums([1, 1, 1, -1, -1, -1]), FIRES),
    Case("turn_down", "two_falls_only", sums([1, 1, 1, 1, -1, -1]), DOES_NOT),
    Case("turn_down", "thirty_five_months", sums([1, 1, 1, -1, -1, -1], n=35), UNJUDGED),
    Case("score_gain", "fires", changed(2.0), FIRES),
    Case("score_gain", "just_not", changed(1.99), DOES_NOT),
    Case("score_gain", "not_taken_apart", changed(None), UNJUDGED),
    Case("score_loss", "fires", changed(-2.0), FIRES),
    Case("score_loss", "just_not", changed(-1.99), DOES_NOT),
    Case("score_loss", "not_taken_apart", changed(None), UNJUDGED),
    Case("contribution_lead", "fires", carried(9.0, [4.0, 4.0, 1.0, 1.0]), FIRES),
    Case("contribution_lead", "just_not", carried(8.99, [4.0, 4.0, 1.0, 1.0]), DOES_NOT),
    Case("contribution_lead", "four_cities", carried(90.0, [4.0, 4.0, 1.0]), UNJUDGED),
    Case("obstacle", "fires", hindered(0.25), FIRES),
    Case("obstacle", "just_not", hindered(0.2499), DOES_NOT),
    Case("obstacle", "no_score", hindered(None), UNJUDGED),
    Case("rank_up", "fires", ranked(1, 2, True), FIRES),
    Case("rank_up", "inside_the_intervals", ranked(1, 2, False), DOES_NOT),
    Case("rank_up", "the_other_way", ranked(2, 1, True), DOES_NOT),
    Case("rank_up", "the_same", ranked(2, 2, None), DOES_NOT),
    Case("rank_up", "not_comparable", ranked(1, None, None), UNJUDGED),
    Case("rank_up", "no_interval", ranked(1, 2, None), UNJUDGED),
    Case("rank_down", "fires", ranked(3, 2, True), FIRES),
    Case("rank_down", "inside_the_intervals", ranked(3, 2, False), DOES_NOT),
    Case("rank_down", "four_cities", ranked(3, 2, True, n=4), UNJUDGED),
    Case("target_ahead", "fires", promised("提前"), FIRES),
    Case("target_ahead", "met", promised("已完成"), FIRES),
    Case("target_ahead", "in_time", promised("正常"), DOES_NOT),
    Case("target_ahead", "no_data", promised("无数据"), UNJUDGED),
    Case("target_behind", "fires", promised("滞后"), FIRES),
    Case("target_behind", "far_behind", promised("严重滞后"), FIRES),
    Case("target_behind", "in_time", promised("正常"), DOES_NOT),
    Case("target_behind", "no_data", promised("无数据"), UNJUDGED),
    Case("target_verdict_changed", "fires", promised("滞后", "已完成"), FIRES),
    Case("target_verdict_changed", "the_same", promised("滞后", "滞后"), DOES_NOT),
    Case("target_verdict_changed", "nothing_known_then", promised("滞后"), UNJUDGED),
    Case("target_scope_changed", "fires", promised("口径变化"), FIRES),
    Case("target_scope_changed", "judged", promised("滞后"), DOES_NOT),
    Case("target_scope_changed", "no_data", promised("无数据"), UNJUDGED),
    Case("concentration", "fires", shared(0.6), FIRES, "WHMA"),
    Case("concentration", "just_not", shared(0.599), DOES_NOT, "WHMA"),
    Case("concentration", "a_city_is_lacking", shared(0.9, n=8), UNJUDGED, "WHMA"),
    Case("one_sided", "fires", directed(85e8, 15e8), FIRES),
    Case("one_sided", "imports", directed(1.5e8, 8.5e8), FIRES),
    Case("one_sided", "just_not", directed(84.9e8, 15.1e8), DOES_NOT),
    Case("one_sided", "no_imports_known", directed(85e8, None), UNJUDGED),
    Case("revision_turns_growth", "fires", revised(-0.4, 0.6), FIRES),
    Case("revision_turns_growth", "just_not", revised(-0.4, 0.5), DOES_NOT),
    Case("revision_turns_growth", "same_sign", revised(1.0, 30.0), DOES_NOT),
    Case("revision_turns_growth", "no_first_base", revised(-5.0, None), UNJUDGED),
    Case("series_break", "fires", broken("break"), FIRES),
    Case("series_break", "comparable", broken(None), DOES_NOT),
    Case("series_break", "no_year_before", broken("missing_base", base=None), UNJUDGED),
    Case("figure_held", "fires", observed(False, True), FIRES),
    Case("figure_held", "none_held", observed(False, False), DOES_NOT),
    Case("figure_held", "nothing_observed", observed(), NO_CASE),
    Case("release_late", "fires", announced(["2025-06"]), FIRES),
    Case("release_late", "on_its_day", announced(["2025-06"], "2025-08-20"), FIRES),
    Case("release_late", "due_tomorrow", announced(["2025-06"], "2025-08-21"), DOES_NOT),
    Case("release_late", "all_arrived", announced(["2025-06", "2025-07"]), DOES_NOT),
    Case("release_late", "a_source_that_never_told_of_a_city", announced([]), NO_CASE),
    Case("data_missing", "fires", lacking("missing", 5.0), FIRES),
    Case("data_missing", "known", lacking(None, 5.0), DOES_NOT),
    Case("data_missing", "one_city_alone_has_it", lacking("missing", None), NO_CASE),
]
PARTS = ["growth", "declines", "turns", "scores", "ranks", "targets", "structure", "changes", "gaps"]
MODELS = ["int_signals__amounts", "int_signals__figures", *(f"int_signals__{part}" for part in PARTS), "int_signals"]
#: All models of the rules and levels, proved here.
ORDER = [*MODELS, "signals", "signal_coverage", "int_warnings", "warning_levels"]


def test_every_rule_has_a_case_that_fires_one_that_does_not_and_one_without_data():
    told = {rule: {case.fired for case in CASES if case.rule == rule} for rule in SIGNAL_RULES}
    assert set(RULES) == set(SIGNAL_RULES) == {case.rule for case in CASES}
    assert {rule for rule, fired in told.items() if not {FIRES, DOES_NOT} <= fired or not fired & {UNJUDGED, NO_CASE}} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.name}")
def test_a_rule_fires_where_it_should_and_nowhere_else(bench: Bench, case: Case):
    case.fill(bench)
    cases = [row for row in bench.run(*MODELS) if row["rule"] == case.rule and row["ref_area"] == case.area]
    if case.fired == NO_CASE:
        assert not cases
        return
    newest = max(cases, key=lambda row: (row["period_end"], row["indicator"] == "trade_total"))
    assert newest["fired"] is case.fired, newest
    signals = [row for row in bench.run("signals") if row["rule"] == case.rule and row["ref_area"] == case.area]
    assert len(signals) == sum(row["fired"] is True for row in cases)
    if case.fired:
        assert newest["is_current"] and newest["message_zh"] and newest["evidence_zh"]
        assert newest["city"] == case.area


def test_a_signal_names_its_figures_period_and_publisher(bench: Bench):
    versus_hubei(20.0, -3.04)(bench)
    (signal,) = [row for row in bench.run(*MODELS, "signals") if row["rule"] == "growth_above_hubei"]
    assert signal["message_zh"] == "市4201002025年1—7月出口额同比增长20.0％，全省下降3.0％，快23.0个百分点"
    assert signal["evidence_zh"] == "市420100 20.0％，全省 -3.0％；2025年1—7月，公布的增速；海关总署"
    assert (signal["value"], signal["reference"], signal["threshold"], signal["source_ids"]) == (20.0, -3.04, 10.0, "customs")


def test_a_run_lists_its_falls(bench: Bench):
    months({"2025-02": 5.0, "2025-03": -1.0, "2025-04": -2.0, "2025-05": -3.0})(bench)
    (signal,) = [row for row in bench.run(*MODELS, "signals") if row["rule"] == "decline_run"]
    assert signal["value"] == 3
    assert signal["evidence_zh"] == "2025年3月 -1.0％；2025年4月 -2.0％；2025年5月 -3.0％；1—2月合为一期；海关总署"


def test_only_the_newest_period_is_current_and_none_of_long_ago(bench: Bench):
    for period in ("2024-06", "2025-06"):
        bench.fill("marts.growth", growth(WUHAN, period, published_growth=30.0), growth("420000", period, published_growth=10.0))
    bench.fill(
        "marts.growth", growth(EZHOU, "2020-06", published_growth=30.0), growth("420000", "2020-06", published_growth=10.0)
    )
    found = {
        (row["ref_area"], row["time_period"]): row for row in bench.run(*MODELS, "signals") if row["rule"] == "growth_above_hubei"
    }
    assert {key: row["is_current"] for key, row in found.items()} == {
        (WUHAN, "2024-06"): False,
        (WUHAN, "2025-06"): True,
        (EZHOU, "2020-06"): False,
    }


def test_coverage_says_why_a_rule_could_not_judge(bench: Bench):
    sums([-1, -1, -1, 1, 1, 1], n=19)(bench)
    bench.fill("marts.growth", growth(EZHOU, published_growth=30.0), growth("420000", published_growth=10.0))
    told = {(row["rule"], row["ref_area"]): row for row in bench.run(*MODELS, "signal_coverage")}
    # Concentration is of the circle, every other rule of cities.
    assert len(told) == (len(RULES) - 1) * len(CITIES) + 1
    assert told["turn_up", WUHAN]["reason_zh"] == "判断至少要有36个观测，只有19个"
    assert (told["turn_up", WUHAN]["n_judged"], told["turn_up", WUHAN]["n_found"]) == (0, 19)
    assert told["turn_up", XIAOGAN]["reason_zh"] == "没有这一规则可看的数据"
    fired = told["growth_above_hubei", EZHOU]
    assert (fired["n_cases"], fired["n_judged"], fired["n_fired"], fired["reason_zh"]) == (1, 1, 1, None)


def levels(bench: Bench, rates: dict[str, float | None], hold: int = 2, area: str = WUHAN) -> list[tuple]:
    """(period, level by itself, level, whether current) of a series with levels below 5, 0, -5, -10."""
    row = {"warning": "w", "name_zh": "出口增速", "series": "trade_export", "basis": "ytd", "ref_area": "*", "hold_periods": hold}
    bench.fill("declared.warning_series", row | {"blue_below": 5, "yellow_below": 0, "orange_below": -5, "red_below": -10})
    for period, rate in rates.items():
        bench.fill("marts.growth", growth(WUHAN, period, growth=None, published_growth=rate))
    rows = [row for row in bench.run("int_warnings", "warning_levels") if row["ref_area"] == area]
    return [
        (row["time_period"], row["raw_level"], row["warning_level"], row["is_current"])
        for row in sorted(rows, key=lambda row: row["time_period"])
    ]


def test_each_level_begins_below_its_limit(bench: Bench):
    rates = {
        "2024-02": 5.0,
        "2024-03": 4.9,
        "2024-04": 0.0,
        "2024-05": -0.1,
        "2024-06": -5.0,
        "2024-07": -5.1,
        "2024-08": -10.0,
        "2024-09": -10.1,
    }
    assert [raw for _, raw, _, _ in levels(bench, rates)] == ["绿", "蓝", "蓝", "黄", "黄", "橙", "橙", "红"]


def test_a_level_rises_at_once_and_falls_after_two_better_periods(bench: Bench):
    rates = {"2025-02": 8.0, "2025-03": -12.0, "2025-04": 8.0, "2025-05": -1.0, "2025-06": 9.0, "2025-07": 9.0}
    assert [level for _, _, level, _ in levels(bench, rates)] == ["绿", "红", "红", "黄", "黄", "绿"]


def test_a_level_that_is_held_for_one_period_is_that_of_the_period(bench: Bench):
    assert [level for _, _, level, _ in levels(bench, {"2025-02": -12.0, "2025-03": 8.0}, hold=1)] == ["红", "绿"]


def test_a_gap_has_no_level_and_lets_none_lapse(bench: Bench):
    bench.fill("marts.growth", *(growth(EZHOU, f"2025-0{month}", growth=None, published_growth=9.0) for month in range(2, 7)))
    rates = {"2025-02": -12.0, "2025-03": None, "2025-04": None, "2025-05": 8.0, "2025-06": 8.0}
    assert levels(bench, rates) == [
        ("2025-02", "红", "红", False),
        ("2025-03", None, None, False),
        ("2025-04", None, None, False),
        ("2025-05", "绿", "红", False),
        ("2025-06", "绿", "绿", True),
    ]


def test_a_city_without_any_figure_is_told_as_a_gap(bench: Bench):
    assert levels(bench, {"2025-02": 9.0, "2025-03": 9.0}, area=XIANNING) == [
        ("2025-02", None, None, False),
        ("2025-03", None, None, True),
    ]


def test_january_alone_has_no_level(bench: Bench):
    assert [period for period, *_ in levels(bench, {"2025-01": -50.0, "2025-02": 9.0})] == ["2025-02"]


def test_a_level_of_long_ago_is_marked_and_its_evidence_tells_why_it_is_held(bench: Bench):
    levels(bench, {"2022-02": -12.0, "2022-03": 9.0})
    (row,) = [row for row in bench.run("warning_levels") if row["ref_area"] == WUHAN and row["is_current"]]
    assert row["is_stale"]
    assert row["evidence_zh"] == (
        "市4201002022年1—3月出口增速 9.0％（公布，海关总署），本期应为绿；前期为红，须连续2期有数据好转才下调。"
        "界线：低于5％为蓝，低于0％为黄，低于-5％为橙，低于-10％为红"
    )
