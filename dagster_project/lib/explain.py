"""A published number taken apart: its formula with figures, and each input down to file, SHA-256 and cell.

Reads the published build and nothing else: its database, and the declarations that landed with it. raw/ and seeds/ are only
looked at to show that the cell still says what was read from it.
"""

import difflib
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb

from dagster_project.lib import chinese
from dagster_project.lib.house import House
from dagster_project.lib.marts import DIGITS
from dagster_project.lib.proof import look_up

ROLE = {"numerator": "分子", "denominator": "分母", "exchange_rate": "汇率"}
#: How many near misses, neighbouring periods or figures of other sources are worth showing.
FEW = 6
#: Columns that a label takes, a Chinese character counting two.
WIDTH = 10

_YEAR = re.compile(r"^(\d{4})年?$")
_QUARTER = re.compile(r"^(\d{4})(?:-Q|年第)([1-4])(?:季度)?$")
_MONTH = re.compile(r"^(\d{4})(?:-(\d{2})|年(\d{1,2})月)$")
_CUMULATIVE = re.compile(r"^(\d{4})(?:-01/\1-(\d{2})|年1(?:月)?[-—–~～至](\d{1,2})月)$")


class NoSuchNumber(Exception):
    """Nothing of this name is published. The message names what is nearest."""


def asked_period(text: str) -> tuple[str, bool]:
    """(time_period, cumulative?) of 2024 · 2024-Q1 · 2024-03 · 2024-01/2024-03 · 2024年 · 2024年3月 · 2024年1—3月.

    Raises ValueError for anything else. A cumulative is named by its last month, as in the database.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if match := _YEAR.match(plain):
        return match[1], False
    if match := _QUARTER.match(plain):
        return f"{match[1]}-Q{match[2]}", False
    match, cumulative = _MONTH.match(plain), False
    if not match:
        match, cumulative = _CUMULATIVE.match(plain), True
    month = int(match[2] or match[3]) if match else 0
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} is not a period such as 2024, 2024-03, 2024-01/2024-03, 2024年3月 or 2024年1—3月")
    return f"{match[1]}-{month:02}", cumulative


def explain(house: House, area: str, indicator: str, period: str, framework: str | None = None) -> str:
    """Everything behind one published value and its scores, as text. Raises NoSuchNumber, and ValueError for no period."""
    time_period, cumulative = asked_period(period)
    database = (house.warehouse / "openecon.duckdb").resolve()
    if not database.is_file():
        raise NoSuchNumber(f"nothing has been published in {house.warehouse} yet: run openecon build")
    try:
        with duckdb.connect(database, read_only=True) as connection:
            build = Build(connection, database.parent, house)
            place, code = find_area(build, area), find_code(build, indicator, cumulative)
            parts = [value_lines(build, place, code, time_period)]
            parts += [score_lines(build, score) for score in find_scores(build, place, code, time_period, framework)]
            if not any(parts):
                raise NoSuchNumber(nearest_periods(build, place, code, time_period))
    except duckdb.Error as problem:
        raise NoSuchNumber(f"{database} is damaged or of another version ({problem}): run openecon build") from problem
    return "\n\n\n".join("\n".join(part) for part in parts if part)


@dataclass(frozen=True)
class Build:
    """The published build: its marts, the declarations it was made with, and the folders its inputs may still lie in."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    house: House

    def rows(self, query: str, *values: object) -> list[dict]:
        result = self.connection.execute(query, values)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def declared(self, table: str) -> list[dict]:
        """A table of seeds/ as this build landed it, in the order of its lines."""
        return self.rows("select * from read_parquet(?)", str(self.folder / "landing" / "declared" / f"{table}.parquet"))

    def _by(self, mart: str, key: str) -> dict[str, dict]:
        return {row[key]: row for row in self.rows(f"select * from marts.{mart} order by {key}")}

    @cached_property
    def areas(self) -> dict[str, dict]:
        return self._by("dim_area", "ref_area")

    @cached_property
    def series(self) -> dict[str, dict]:
        return self._by("dim_series", "series")

    @cached_property
    def indicators(self) -> dict[str, dict]:
        return self._by("dim_indicator", "indicator")

    @cached_property
    def sources(self) -> dict[str, dict]:
        return self._by("dim_source", "source_id")

    @cached_property
    def nodes(self) -> list[dict]:
        return self.rows(
            """select * from marts.dim_framework
            order by official desc, valid_from desc nulls last, framework, level, weight desc, code"""
        )

    @cached_property
    def methods(self) -> dict[tuple[str, str], dict]:
        """The declared settings of every node: of an indicator how it is scored, of the others how they are made."""
        return {(row["framework"], row["code"]): row for row in self.declared("framework_nodes")}

    @cached_property
    def settings(self) -> dict[str, dict]:
        return {row["framework"]: row for row in self.declared("framework_settings")}

    @cached_property
    def weighting(self) -> dict[str, str]:
        """How the weights of each framework are found."""
        return {row["framework"]: row["method"] for row in self.declared("framework_weightings") if row["part_of"] is None}

    @cached_property
    def units(self) -> list[dict]:
        return self.declared("units")

    @cached_property
    def corrections(self) -> dict[str, dict]:
        return {row["correction_id"]: row for row in self.declared("corrections")}

    @cached_property
    def preference(self) -> list[dict]:
        return self.declared("preference")

    def area(self, code: str) -> str:
        return f"{self.areas[code]['name_zh']}（{code}）" if code in self.areas else code

    def name(self, series: str) -> str:
        return f"{self.series[series]['name_zh']}（{series}）"

    def node(self, framework: str, code: str) -> dict:
        return next(node for node in self.nodes if (node["framework"], node["code"]) == (framework, code))


# Finding what was asked for


def find_area(build: Build, asked: str) -> str:
    """The code of an area given by code or by name."""
    if asked in build.areas:
        return asked
    named = [code for code, area in build.areas.items() if area["name_zh"] == asked]
    if len(named) == 1:
        return named[0]
    names = {area["name_zh"]: code for code, area in build.areas.items()} | {code: code for code in build.areas}
    near = named or [names[name] for name in difflib.get_close_matches(asked, names, n=FEW, cutoff=0.5)]
    raise NoSuchNumber(_unknown("地区", asked, [build.area(code) for code in dict.fromkeys(near)]))


def find_code(build: Build, asked: str, cumulative: bool) -> str:
    """The code of an indicator or of a node of a framework; of the cumulative beside it where one is asked for."""
    names = {code: row["name_zh"] for code, row in build.indicators.items()} | {
        node["code"]: node["name_zh"] for node in reversed(build.nodes) if node["code"] not in build.indicators
    }
    if asked not in names:
        near = difflib.get_close_matches(asked, names, n=FEW, cutoff=0.5)
        near += [code for code, name in names.items() if asked in name and code not in near]
        raise NoSuchNumber(_unknown("指标", asked, [f"{names[code]}（{code}）" for code in near[: 2 * FEW]]))
    indicator = build.indicators.get(asked)
    if not cumulative or (indicator and indicator["period_basis"] == "ytd"):
        return asked
    beside = f"{indicator['numerator']}_ytd" if indicator and not indicator["denominator"] else ""
    if beside not in build.indicators:
        raise NoSuchNumber(f"没有这个数：{asked} 没有自1月起的累计")
    return beside


def _unknown(kind: str, asked: str, near: list[str]) -> str:
    return f"没有这个数：没有{kind}“{asked}”" + (f"。相近的有：{'、'.join(near)}" if near else "")


def find_scores(build: Build, area: str, code: str, time_period: str, framework: str | None) -> list[dict]:
    """The node's score in each framework, or in the one named; the official frameworks first, the newest of them at the top."""
    known = list(dict.fromkeys(node["framework"] for node in build.nodes))
    if framework is not None and framework not in known:
        raise NoSuchNumber(_unknown("指标体系", framework, known))
    found = []
    for table in ("index_scores", "indicator_scores"):
        key = f"select * from marts.{table} where ref_area = ? and time_period = ? and code = ?"
        found += build.rows(key, area, time_period, code)
    wanted = [row for row in found if framework in (None, row["framework"])]
    return sorted(wanted, key=lambda row: known.index(row["framework"]))


def nearest_periods(build: Build, area: str, code: str, time_period: str) -> str:
    """Why there is no such number, and the periods or areas for which there is one."""
    tables = {
        "indicator_values": "select distinct {} as found from marts.indicator_values where indicator = ? and value is not null",
        "index_scores": "select distinct {} as found from marts.index_scores where code = ? and score is not null",
    }
    query = tables["indicator_values" if code in build.indicators else "index_scores"]
    periods = [row["found"] for row in build.rows(query.format("time_period") + " and ref_area = ?", code, area)]
    if periods:
        near = sorted(sorted(periods, key=lambda known: _distance(known, time_period))[:FEW])
        message = f"没有这个数：{build.area(area)} {code} 没有 {time_period}。最近的时期有：{'、'.join(near)}"
    else:
        areas = sorted(row["found"] for row in build.rows(query.format("ref_area"), code))
        more = "等" if areas[2 * FEW :] else ""
        told = f"。有的地区：{'、'.join(build.area(known) for known in areas[: 2 * FEW])}{more}" if areas else ""
        message = f"没有这个数：{build.area(area)} 没有 {code}{told}"
    beside = f"{code}_ytd"
    cumulated = build.rows(
        tables["indicator_values"].format("indicator") + " and ref_area = ? and time_period = ?", beside, area, time_period
    )
    return message + (f"。累计另为 {beside}" if cumulated else "")


def _distance(known: str, asked: str) -> tuple[bool, int]:
    return len(known) != len(asked), abs(_months(known) - _months(asked))


def _months(period: str) -> int:
    year, _, rest = period.partition("-")
    return 12 * int(year) + (3 * int(rest[1]) if rest.startswith("Q") else int(rest or 12))


# Figures and units in words


def _plain(value: float) -> str:
    """A figure with all its digits and nothing else: 40335297, 6.8985."""
    number = Decimal(repr(value)).normalize()
    return f"{number:f}" if number else "0"


def _digits(value: float) -> str:
    """A computed value with the digits a release publishes."""
    return _plain(float(f"{value:.{DIGITS}g}"))


def _unit(build: Build, measure: str, power: int, series: str) -> str:
    """A unit in the words of publishers; of several words for one unit the one this series is shown in."""
    shown = build.series[series]
    if (shown["unit"], shown["display_mult"]) == (measure, power):
        return shown["display_unit_zh"]
    for unit in build.units:
        if (unit["unit_measure"], unit["unit_mult"]) == (measure, power):
            return "人民币元/美元" if measure == "CNY_PER_USD" else unit["unit"]
    return f"{measure} ×10^{power}"


def _printed(build: Build, row: dict) -> str:
    if row["obs_value"] is None:
        return "（未印数值）"
    return f"{_plain(row['obs_value'])} {_unit(build, row['unit_measure'], row['unit_mult'], row['series'])}"


def _shown(value: float, indicator: dict) -> str:
    figure = chinese.figure(value, indicator["display_mult"], indicator["decimals"])
    return f"{figure} {indicator['display_unit_zh']}"


def _status(code: str) -> str:
    return f"{code} {chinese.STATUS[code]}"


def _known_since(row: dict) -> str:
    return f"{row['published_on']}（{chinese.BASIS[row['published_basis']]}）"


def _line(label: str, text: str, indent: int = 0) -> str:
    wide = sum(2 if unicodedata.east_asian_width(character) == "W" else 1 for character in label)
    return f"{' ' * indent}{label}{' ' * (WIDTH - wide)}{text}"


# A value


def value_lines(build: Build, area: str, code: str, time_period: str) -> list[str]:
    """The value of an indicator: what it is, how it is made, and each input. Nothing where there is no row for it."""
    found = build.rows(
        "select * from marts.indicator_values where ref_area = ? and indicator = ? and time_period = ?", area, code, time_period
    )
    if not found:
        return []
    value, indicator = found[0], build.indicators[code]
    inputs = lineage(build, area, code, time_period)
    period = chinese.period(time_period, value["period_basis"])
    lines = [f"{build.area(area)} · {indicator['name_zh']}（{code}） · {period}", ""]
    lines += _head(build, value, indicator)
    if value["value"] is None:
        return lines + gap_lines(build, value, indicator)
    lines += formula_lines(build, value, indicator, inputs)
    for number, row in enumerate(inputs, 1):
        lines += ["", *input_lines(build, number, row, indicator)]
    return lines + others_lines(build, inputs)


def lineage(build: Build, area: str, code: str, time_period: str) -> list[dict]:
    """The inputs of a value in the order of its formula."""
    rows = build.rows(
        """select * from marts.lineage
        where table_name = 'indicator_values' and ref_area = ? and code = ? and time_period = ?
        order by series, obs_time_period desc, source_locator""",
        area,
        code,
        time_period,
    )
    return sorted(rows, key=lambda row: list(ROLE).index(row["role"]))


def _head(build: Build, value: dict, indicator: dict) -> list[str]:
    if value["value"] is None:
        lines = [
            _line("数值", "（无）"),
            _line("状态", _status(value["obs_status"])),
            _line("原因", f"{chinese.REASON[value['reason']]}（{value['reason']}）"),
        ]
    else:
        full = f"{_digits(value['value'])} {_base_unit(build, indicator)}"
        lines = [
            _line("数值", f"{_shown(value['value'], indicator)}（全数：{full}）"),
            _line("状态", _status(value["obs_status"])),
            _line("取得", chinese.DERIVATION.get(value["derivation"], value["derivation"])),
        ]
        if value["published_on"]:
            lines.append(_line("可知", _known_since(value)))
    if value["is_break"]:
        lines.append(_line("断裂", "自本期起口径改变，与上一期不可比"))
    return [*lines, _line("含义", indicator["meaning_zh"])]


def _base_unit(build: Build, indicator: dict) -> str:
    if indicator["denominator"]:
        return indicator["display_unit_zh"]
    return _unit(build, indicator["unit"], 0, indicator["numerator"])


# The formula


@dataclass(frozen=True)
class Term:
    """One input in the formula: how it is written, and its amount in the unit of the value."""

    text: str
    amount: Decimal


def formula_lines(build: Build, value: dict, indicator: dict, inputs: list[dict]) -> list[str]:
    """The formula in words, with figures, and whether the figures give the value that was published."""
    sides = {role: [row for row in inputs if row["role"] == role] for role in ROLE}
    in_yuan = bool(indicator["denominator"]) or indicator["unit"] == "CNY"
    above = _side(build, sides["numerator"], sides["exchange_rate"], in_yuan)
    below = _side(build, sides["denominator"], sides["exchange_rate"], in_yuan)
    words, figures, result = _in_words(build, sides["numerator"]), above.text, above.amount
    if indicator["denominator"]:
        scale = Decimal(repr(indicator["scale"]))
        times = f"{_plain(indicator['scale'])} × " if scale != 1 else ""
        words = f"{times}{_in_brackets(words)} ÷ {_in_brackets(_in_words(build, sides['denominator']))}"
        figures = f"{times}{_in_brackets(above.text)} ÷ {_in_brackets(below.text)}"
        result = scale * above.amount / below.amount
    agrees = abs(result - Decimal(repr(value["value"]))) <= abs(result) * Decimal("1e-9")
    verdict = "与发布值相符" if agrees else f"与发布值不符：按下列各数应为 {_plain(float(result))}，请报告运行人员"
    return [
        _line("公式", f"{indicator['name_zh']} ＝ {words}"),
        _line("算式", f"{figures} ＝ {_shown(float(result), indicator)}"),
        _line("复算", verdict),
    ]


def _in_brackets(text: str) -> str:
    return f"（{text}）" if " " in text and any(sign in text for sign in "×÷＋－") else text


def _signs(rows: list[dict]) -> list[int]:
    """Two cumulatives of one series are a difference, the later less the earlier; parts of different series are added."""
    last = {}
    for row in rows:
        last[row["series"]] = max(row["obs_time_period"], last.get(row["series"], ""))
    return [1 if row["obs_time_period"] == last[row["series"]] else -1 for row in rows]


def _joined(texts: list[str], signs: list[int]) -> str:
    signed = [(" ＋ " if sign > 0 else " － ") + text for text, sign in zip(texts, signs, strict=True)]
    return "".join(signed).removeprefix(" ＋ ")


def _in_words(build: Build, rows: list[dict]) -> str:
    return _joined([_term_in_words(build, row) for row in rows], _signs(rows))


def _term_in_words(build: Build, row: dict) -> str:
    name = build.series[row["series"]]["name_zh"]
    if row["derivation"] == "structural_zero":
        return f"{name}，结构性零"
    if row["obs_ref_area"] != row["ref_area"]:
        name = f"{build.areas[row['obs_ref_area']]['name_zh']}的{name}"
    return name + chinese.period(row["obs_time_period"], row["obs_period_basis"])


def _side(build: Build, rows: list[dict], rates: list[dict], in_yuan: bool) -> Term:
    """All inputs of one role, added or taken away."""
    terms, signs = [_term(build, row, rates, in_yuan) for row in rows], _signs(rows)
    amount = sum((sign * term.amount for sign, term in zip(signs, terms, strict=True)), Decimal(0))
    return Term(_joined([term.text for term in terms], signs), amount)


def _term(build: Build, row: dict, rates: list[dict], in_yuan: bool) -> Term:
    amount, measure, power = _used(build, row)
    text = f"{_plain(amount)} {_unit(build, measure, power, row['series'])}"
    base = Decimal(repr(amount)).scaleb(power)
    rate = _rate(row, rates)
    if measure == "USD" and in_yuan and rate:
        return Term(f"{text} × {_plain(float(rate))}", base * rate)
    if measure == "CNY" and build.series[row["series"]]["unit"] == "USD" and not in_yuan and rate:
        return Term(f"{text} ÷ {_plain(float(rate))}", base / rate)
    return Term(text, base)


def _used(build: Build, row: dict) -> tuple[float, str, int]:
    """(value, unit, power of ten) of an input as it counts: as printed, or as corrected."""
    correction = build.corrections.get(row["correction_id"])
    if correction is None or correction["action"] != "correct":
        return row["obs_value"], row["unit_measure"], row["unit_mult"]
    unit = next(unit for unit in build.units if unit["unit"] == correction["right_unit"])
    return correction["right_value"], unit["unit_measure"], unit["unit_mult"]


def _rate(row: dict, rates: list[dict]) -> Decimal | None:
    """Yuan per dollar for an input: of its own period, or the mean of the months it cumulates."""
    if row["obs_period_basis"] == "ytd":
        first = f"{row['obs_time_period'][:4]}-01"
        used = [rate for rate in rates if first <= rate["obs_time_period"] <= row["obs_time_period"]]
    else:
        used = [rate for rate in rates if rate["obs_time_period"] == row["obs_time_period"]]
    return sum(Decimal(repr(rate["obs_value"])) for rate in used) / len(used) if used else None


# An input


def input_lines(build: Build, number: int, row: dict, indicator: dict) -> list[str]:
    """One input: what was printed, when, and where; what was done to it; what else is known of it."""
    lines = [f"【{number}】{_role(row, indicator)} {build.name(row['series'])}"]
    period = chinese.period(row["obs_time_period"], row["obs_period_basis"])
    basis = "自1月起累计" if row["obs_period_basis"] == "ytd" else "本期"
    lines.append(_line("对象", f"{build.area(row['obs_ref_area'])} {period}（{row['obs_time_period']}，{basis}）", 2))
    if row["derivation"] == "structural_zero":
        return lines + _structural_lines(build, row)
    scope = build.series[row["series"]]["scope_zh"]
    if scope:
        lines.append(_line("口径", scope, 2))
    lines.append(_line("原数", _printed(build, row), 2))
    lines += _correction_lines(build, row)
    lines.append(_line("状态", _status(row["obs_status"]), 2))
    lines.append(_line("发布", f"{_known_since(row)} {build.sources[row['source_id']]['publisher_zh']}（{row['source_id']}）", 2))
    reason = _preferred(build, row, indicator)
    if reason:
        lines.append(_line("选用", reason, 2))
    lines += _cell_lines(build, row)
    return lines + _vintage_lines(build, row)


def _role(row: dict, indicator: dict) -> str:
    return "数" if row["role"] == "numerator" and not indicator["denominator"] else ROLE[row["role"]]


def _structural_lines(build: Build, row: dict) -> list[str]:
    line = int(row["source_locator"].removeprefix("line "))
    zero = next(zero for zero in build.declared("structural") if zero["declared_line"] == line)
    return [
        _line("原数", "0（结构性零：不是缺数，而是没有）", 2),
        _line("理由", zero["reason_zh"], 2),
        _line("依据", zero["evidence"], 2),
        *_cell_lines(build, row),
    ]


def _correction_lines(build: Build, row: dict) -> list[str]:
    correction = build.corrections.get(row["correction_id"])
    if correction is None:
        return []
    done = "暂不采用"
    if correction["action"] == "correct":
        done = f"更正为 {_plain(correction['right_value'])} {correction['right_unit']}"
    return [
        _line("更正", f"{done}（{row['correction_id']}）：{correction['reason_zh']}", 2),
        _line("证据", correction["evidence"], 2),
        _line("批准", f"{correction['approver']} {correction['approved_on']}", 2),
    ]


def _preferred(build: Build, row: dict, indicator: dict) -> str | None:
    """Why this source and no other, as seeds/preference.csv has it."""
    series = {"numerator": indicator["numerator"], "denominator": indicator["denominator"]}.get(row["role"], row["series"])
    admitted = [
        line
        for line in build.preference
        if (line["series"], line["source_id"]) == (series, row["source_id"])
        and line["ref_area"] in ("*", row["ref_area"])
        and (line["period_from"] or "0000") <= row["obs_time_period"]
        and row["obs_time_period"][: len(line["period_to"] or "9999")] <= (line["period_to"] or "9999")
    ]
    best = min(admitted, key=lambda line: (line["rank"], line["ref_area"] == "*"), default=None)
    return f"来源次序第{best['rank']}：{best['reason']}" if best else None


def _file(row: dict) -> str:
    return f"raw/{row['source_id']}/{row['source_file']}" if row["source_id"] else row["source_file"]


def _cell_lines(build: Build, row: dict) -> list[str]:
    lines = [_line("文件", _file(row), 2), _line("SHA-256", row["source_sha256"], 2), _line("位置", row["source_locator"], 2)]
    house = build.house
    path = house.raw / row["source_id"] / row["source_file"] if row["source_id"] else house.seeds / Path(row["source_file"]).name
    proof = look_up(path, row["source_sha256"], row["source_locator"])
    if proof.same is None:
        return [*lines, _line("核对", f"{path} 不在，未能核对", 2)]
    if not proof.same:
        return [*lines, _line("核对", f"{path} 已是另一份文件（SHA-256 不同），未引原文", 2)]
    lines.append(_line("核对", "磁盘上的文件与读入时逐字节相同", 2))
    if proof.fields:
        marked = [f"【{field}】" if place == proof.cell else field for place, field in enumerate(proof.fields)]
        lines.append(_line("原文", " ｜ ".join(marked), 2))
    return lines


def _vintage_lines(build: Build, row: dict) -> list[str]:
    """All other releases of the same observation: of the same source, series, area and period."""
    vintages = build.rows(
        """select other.*
        from marts.observations as own
        inner join marts.observation_vintages as other
            on
                own.source_id = other.source_id
                and own.series = other.series
                and own.ref_area = other.ref_area
                and own.counterpart is not distinct from other.counterpart
                and own.time_period = other.time_period
                and own.period_basis = other.period_basis
                and own.observation_id <> other.observation_id
        where own.observation_id = ?
        order by other.valid_from, other.source_file, other.source_locator""",
        row["observation_id"],
    )
    if not vintages:
        return [_line("其他版本", "无", 2)]
    return [_line("其他版本", _vintage(build, vintage), 2) for vintage in vintages]


def _vintage(build: Build, vintage: dict) -> str:
    derived = "，由后出文件推算" if vintage.get("vintage") == "derived" else ""
    until = f" 至 {vintage['valid_to']}" if vintage["valid_to"] else ""
    known = f"{vintage['valid_from']}（{chinese.BASIS[vintage['published_basis']]}）{until}"
    return f"{_printed(build, vintage)} {known}{derived} {_file(vintage)} {vintage['source_locator']}"


def others_lines(build: Build, inputs: list[dict]) -> list[str]:
    """What other sources say of the same observations."""
    lines = []
    for row in inputs:
        if row["role"] == "exchange_rate" or not row["source_id"]:
            continue
        found = build.rows(
            """select * from marts.observations
            where series = ? and ref_area = ? and time_period = ? and period_basis = ? and counterpart is null
                and source_id <> ?
            order by source_id, source_file""",
            *(row[key] for key in ("series", "obs_ref_area", "obs_time_period", "obs_period_basis", "source_id")),
        )
        lines += [f"  {_other(build, other)}" for other in found]
    return ["", "其他来源的同一个数（未采用）", *dict.fromkeys(lines)] if lines else []


def _other(build: Build, row: dict) -> str:
    held = "，暂不采用" if row["is_held"] else ""
    place = f"{_file(row)} {row['source_locator']}"
    return f"{build.name(row['series'])} {_printed(build, row)}{held} {_known_since(row)} {place}"


# A gap


def gap_lines(build: Build, value: dict, indicator: dict) -> list[str]:
    """What a missing value would need, what there is of it, and the nearest periods that have a value."""
    lines = [""]
    for role, series in (("numerator", indicator["numerator"]), ("denominator", indicator["denominator"])):
        if series:
            lines += _needed(build, value, series, ROLE[role] if indicator["denominator"] else "数")
    periods = [
        row["time_period"]
        for row in build.rows(
            """select time_period from marts.indicator_values
            where ref_area = ? and indicator = ? and freq = ? and value is not null""",
            value["ref_area"],
            value["indicator"],
            value["freq"],
        )
    ]
    near = sorted(sorted(periods, key=lambda known: _distance(known, value["time_period"]))[:FEW])
    return [*lines, "", _line("有数时期", "、".join(near) if near else "没有一期有数")]


def _needed(build: Build, value: dict, series: str, role: str) -> list[str]:
    """One series a gap would need, and every figure of it that was read for the area, or a facility that stands for it."""
    area, parts = value["ref_area"], [series, *(build.series[series]["sum_of"] or "").split("+")]
    standing = [row["facility"] for row in build.declared("facilities") if row["city"] == area and row["counts_for_city"]]
    found = build.rows(
        """select * from marts.observations
        where list_contains(?, series) and list_contains(?, ref_area) and counterpart is null
            and (time_period = ? or (length(?) = 4 and time_period = ? || '-12' and period_basis = 'ytd'))
        order by series, ref_area, source_id""",
        parts,
        [area, *standing],
        *([value["time_period"]] * 3),
    )
    lines = [_line(role, f"{build.name(series)}：{'读到下列各数' if found else '没有读到任何来源的数'}")]
    return lines + [f"  {build.area(row['ref_area'])} {_status(row['obs_status'])} {_other(build, row)}" for row in found]


# Scores


def score_lines(build: Build, score: dict) -> list[str]:
    """The score of an indicator, a pillar or the index: how it is made, from what, what it adds to the index, and its place."""
    node = build.node(score["framework"], score["code"])
    period = chinese.period(score["time_period"], "period")
    kind = chinese.NODE["pillar" if node["node_type"] == "group" else node["node_type"]]
    official = f"，正式，自{node['valid_from']}年" if node["official"] else ""
    lines = [
        f"{build.area(score['ref_area'])} · {node['name_zh']}（{score['code']}） · {period} · {kind}得分",
        "",
        _line("体系", f"{node['framework_zh']}（{node['framework']}，第{node['version']}版{official}）"),
        _line("得分", "（无）" if score["score"] is None else _score(score["score"])),
        _line("状态", _status(score["obs_status"])),
    ]
    if score["reason"]:
        lines.append(_line("原因", f"{chinese.REASON[score['reason']]}（{score['reason']}）"))
    if node["parent"]:
        lines += _weight_lines(build, score, node)
    if node["node_type"] == "indicator":
        lines += _scored(build, score, node)
        return lines + (_cells(build, score, "indicator_scores") if build.methods[_key(node)]["denominator"] else [])
    return lines + _combined(build, score, node) + _cells(build, score, "index_scores")


def _key(node: dict) -> tuple[str, str]:
    return node["framework"], node["code"]


def _score(score: float) -> str:
    return f"{chinese.figure(score, 0, 2)}（全数：{_digits(score)}）"


def _weight_lines(build: Build, score: dict, node: dict) -> list[str]:
    """The weight inside the parent and down from the index, and what the node adds to the index by it."""
    upper = build.node(node["framework"], node["parent"])
    used = _weights(build, score).get(node["code"], {"weight": None, "effective_weight": None, "flag": None})
    why = f"：{node['weight_reason_zh']}" if node["weight_reason_zh"] else ""
    method = build.weighting[node["framework"]]
    if method != "expert":
        why = f"（{chinese.WEIGHTING[method]}）"
    lines = [
        _line("权重", f"在{upper['name_zh']}（{upper['code']}）之内 {_optional(used['weight'])}{why}"),
        _line("有效权重", f"{_optional(used['effective_weight'])}（自总指数逐级相乘）"),
    ]
    if used["flag"]:
        flag, _, cause = used["flag"].partition(": ")
        lines.append(_line("赋权提示", chinese.VERDICT.get(flag, flag) + (f"（{cause}）" if cause else "")))
    added = next((part for part in _parts(build, score) if part["code"] == node["code"]), None)
    if added:
        share = "" if added["share"] is None else f"，占总指数得分的 {chinese.figure(added['share'], -2, 1)}%"
        lines.append(_line("贡献", f"对总指数 {chinese.figure(added['amount'], 0, 2)} 分{share}"))
    if score.get("obstacle_degree") is not None:
        degree = chinese.figure(score["obstacle_degree"], -2, 1)
        lines.append(_line("障碍度", f"{degree}%（离满分的差距中所占份额，第{score['obstacle_order']}位）"))
    return lines


def _optional(number: float | None) -> str:
    return "（无）" if number is None else _digits(number)


def _weights(build: Build, score: dict) -> dict[str, dict]:
    """The weights used for a score, by node."""
    rows = build.rows(
        "select * from marts.score_weights where framework = ? and coalesce(time_period, ?) = ?",
        score["framework"],
        *([score["time_period"]] * 2),
    )
    return {row["code"]: row for row in rows}


def _parts(build: Build, score: dict, node: str | None = None) -> list[dict]:
    """What adds up to the score of a node (by default of the index) of the same area and year, the largest part first."""
    root = next(row["code"] for row in build.nodes if row["framework"] == score["framework"] and row["node_type"] == "index")
    return build.rows(
        """select * from marts.score_contributions
        where framework = ? and ref_area = ? and time_period = ? and node = ?
        order by amount desc, code""",
        score["framework"],
        score["ref_area"],
        score["time_period"],
        node or root,
    )


def _scored(build: Build, score: dict, node: dict) -> list[str]:
    """How the value became a score: what was done to it, the method, and where it lies on the scale."""
    method = build.methods[_key(node)]
    lines = _prepared(score, method)
    lines.append(_line("方法", chinese.NORMALISATION[method["normalisation"]]))
    if method["normalisation"] not in ("goalposts", "minmax") or score["direction"] == 0:
        lines.append(_line("标尺", _scale(build, score)))
        return lines
    low, high = _optional(score["goalpost_low"]), _optional(score["goalpost_high"])
    settings = build.settings[score["framework"]]
    # Declared goalposts that the method does not use explain nothing.
    is_declared = method["normalisation"] == "goalposts" or settings["reference_set"] == "fixed"
    lines.append(_line("上下限", f"{low} 至 {high}：{node['goalposts_reason_zh'] if is_declared else _reference(settings)}"))
    if score["score"] is None:
        return lines
    whole = _plain(method["range_high"] - method["range_low"])
    value = _digits(score["value"])
    if method["transform"] != "none":
        value = f"{method['transform']}({value})"
    above = f"{value} － {low}" if score["direction"] == 1 else f"{high} － {value}"
    start = f"{_plain(method['range_low'])} ＋ " if method["range_low"] else ""
    result = chinese.figure(score["score"], 0, 2)
    lines.append(_line("标准化", f"{start}{whole} ×（{above}）÷（{high} － {low}）＝ {result}"))
    if score["is_beyond_goalposts"]:
        lines.append(_line("越限", "数值在上下限之外" + ("，得分截于界上" if method["clip"] else "，得分不截")))
    return lines


def _prepared(score: dict, method: dict) -> list[str]:
    """What happened to the value before it was scored."""
    lines = []
    if method["denominator"]:
        lines.append(_line("分母", f"{_plain(method['scale'])} × 数值 ÷ {method['denominator']} ＝ {_optional(score['value'])}"))
    if score["obs_status"] == "I":
        lines.append(_line("插补", f"{chinese.IMPUTATION[method['imputation']]}：{_optional(score['value'])}"))
    if method["treatment"] != "none":
        lines.append(_line("异常值", f"{chinese.TREATMENT[method['treatment']]}，处理后为 {_optional(score['value'])}"))
    return lines


def _scale(build: Build, score: dict) -> str:
    """What the value was compared with."""
    bounds = build.rows(
        "select * from marts.score_bounds where framework = ? and code = ? and coalesce(time_period, ?) = ?",
        score["framework"],
        score["code"],
        *([score["time_period"]] * 2),
    )[0]
    words = {"low": "最小", "high": "最大", "mean": "均值", "sd": "标准差"}
    found = "，".join(f"{word} {_digits(bounds[name])}" for name, word in words.items() if bounds[name] is not None)
    return f"{_reference(build.settings[score['framework']])}：{bounds['n']} 个数，{found}"


def _reference(settings: dict) -> str:
    """The reference set in words."""
    if settings["reference_set"] == "base":
        return f"取自基期 {settings['reference_base']}"
    if settings["reference_set"] == "period":
        return "取自当年各市"
    if settings["span_to"]:
        return f"取自 {settings['span_from']}—{settings['span_to']} 年各市"
    return "按上下限" if settings["reference_set"] == "fixed" else "取自历年各市"


def _combined(build: Build, score: dict, node: dict) -> list[str]:
    """The children with weight, score and contribution; coverage, rank and change."""
    children, method = _children(build, score, node), build.methods[_key(node)]["aggregation"]
    # Weights that each area chooses for itself are not published one by one.
    is_own = build.weighting[node["framework"]] == "bod"
    how = chinese.WEIGHTING["bod"] if is_own else f"下级得分的{chinese.AGGREGATION[method]}，权重在计入的下级之间归一"
    is_sum = method == "arithmetic" and not is_own and score["score"] is not None
    lines = [_line("公式", how), _line("下级", "权重 × 得分 → 贡献" if is_sum else "权重 × 得分")]
    counted = [child for child in children if child["counts"]]
    weight = sum(Decimal(_digits(child["weight"] or 0.0)) for child in counted)
    for child in children:
        shown = f"  {child['name_zh']}（{child['code']}） {_optional(child['weight'])} × "
        if child["score"] is None:
            shown += f"无得分：{chinese.REASON[child['reason']]}"
        else:
            shown += chinese.figure(child["score"], 0, 2)
            if score["score"] is None:
                shown += " → 上级没有得分"
            elif not child["counts"]:
                kind = "领域" if child["node_type"] == "group" else "指标"
                shown += f" → 不计入：不是所有参评城市都有这一{kind}"
            elif is_sum:
                shown += f" → {chinese.figure(child['weight'] * child['score'] / float(weight), 0, 2)}"
        lines.append(shown)
    if score["score"] is not None and method in _MEANS and not is_own:
        power = build.methods[_key(node)]["power"]
        total = _MEANS[method]([(child["weight"] / float(weight), child["score"]) for child in counted], power)
        agrees = abs(total - score["score"]) <= 1e-9 * max(abs(total), 1)
        verdict = "与发布值相符" if agrees else "与发布值不符，请报告运行人员"
        lines.append(_line("合计", f"权重 {weight} 得分 {chinese.figure(total, 0, 2)}，{verdict}"))
    return lines + _standing(build, score, node)


def _geometric(parts: list[tuple[float, float]], power: float | None) -> float:
    return math.exp(sum(weight * math.log(score) for weight, score in parts)) if all(score for _, score in parts) else 0.0


#: Means of (weight, score) pairs, the weights summing to 1.
_MEANS = {
    "arithmetic": lambda parts, power: math.fsum(weight * score for weight, score in parts),
    "geometric": _geometric,
    "harmonic": lambda parts, power: 1 / sum(w / s for w, s in parts) if all(s for _, s in parts) else 0.0,
    "power": lambda parts, power: sum(weight * score**power for weight, score in parts) ** (1 / power),
}


def _children(build: Build, score: dict, node: dict) -> list[dict]:
    """The nodes right below, each with its score, the weight used, and whether it counts."""
    scores = {}
    for table in ("index_scores", "indicator_scores"):
        found = build.rows(
            f"select * from marts.{table} where framework = ? and ref_area = ? and time_period = ?",
            score["framework"],
            score["ref_area"],
            score["time_period"],
        )
        scores |= {row["code"]: row for row in found}
    weights = _weights(build, score)
    rests_on = (score["indicators"] or "").split("；")
    below = []
    for row in build.nodes:
        if (row["framework"], row["parent"]) == (score["framework"], score["code"]):
            own = scores[row["code"]]
            # Of the index, the children that every ranked city has; of a pillar, those that have a score.
            counts = own["score"] is not None
            if node["node_type"] == "index" and score["score"] is not None:
                counts = row["code"] in rests_on if row["node_type"] == "indicator" else own["in_index"]
            weight = weights[row["code"]]["weight"]
            below.append(row | {"score": own["score"], "reason": own["reason"], "counts": counts, "weight": weight})
    return below


def _standing(build: Build, score: dict, node: dict) -> list[str]:
    coverage = f"{chinese.figure(score['coverage'], -2, 0)}%（至少 {chinese.figure(node['min_coverage'], -2, 0)}%）"
    lines = [_line("覆盖率", coverage), _line("位次", _rank(build, score)), *_interval(build, score)]
    if score["imputed_share"]:
        lines.append(_line("插补", f"所依据的权重中 {chinese.figure(score['imputed_share'], -2, 0)}% 靠插补值"))
    if score["change_reason"]:
        lines.append(_line("变动", f"无：{chinese.CHANGE_REASON[score['change_reason']]}"))
    else:
        lines.append(_line("变动", f"较{score['previous_period']}年 {chinese.figure(score['change'], 0, 2)}"))
    return lines + _part_lines(build, score)


def _part_lines(build: Build, score: dict) -> list[str]:
    """What the score and its change are made of, indicator by indicator, with what keeps the city from the full index."""
    rows = build.rows(
        """select
            coalesce(parts.code, changes.code) as code,
            amount, performance, structure, numerator_effect, denominator_effect, degree
        from (
            select * from marts.score_contributions
            where framework = $1 and ref_area = $2 and time_period = $3 and node = $4
        ) as parts
        full join (
            select * from marts.score_changes where framework = $1 and ref_area = $2 and period_to = $3 and node = $4
        ) as changes on parts.code = changes.code
        left join (
            select code, obstacle_degree as degree from marts.indicator_scores
            where framework = $1 and ref_area = $2 and time_period = $3
        ) as obstacles on coalesce(parts.code, changes.code) = obstacles.code
        order by amount desc nulls last, code""",
        score["framework"],
        score["ref_area"],
        score["time_period"],
        score["code"],
    )
    if not rows:
        return []
    lines = [_line("构成", "项目 贡献；较上年：表现（自身得分）、结构（权重或范围）；对总指数的障碍度")]
    for row in rows:
        told = [f"{build.node(score['framework'], row['code'])['name_zh']}（{row['code']}）"]
        if row["amount"] is not None:
            told.append(f"贡献 {chinese.figure(row['amount'], 0, 2)}")
        if row["performance"] is not None:
            told.append(f"表现 {chinese.figure(row['performance'], 0, 2)}")
            if row["numerator_effect"] is not None:
                effects = (chinese.figure(row[name], 0, 2) for name in ("numerator_effect", "denominator_effect"))
                told[-1] += "（分子 {}，分母 {}）".format(*effects)
            told.append(f"结构 {chinese.figure(row['structure'], 0, 2)}")
        if row["degree"] is not None:
            told.append(f"障碍度 {chinese.figure(row['degree'], -2, 1)}%")
        lines.append("  " + " ".join(told))
    return lines


def _rank(build: Build, score: dict) -> str:
    """The rank, or why there is none."""
    if score["rank"] is not None:
        return f"第{score['rank']}位，共{score['n_ranked']}市"
    if score["score"] is None:
        return "无：没有得分"
    minimum = next(row["value"] for row in build.declared("thresholds") if row["threshold"] == "min_ranked_cities")
    scored = build.rows(
        "select count(score) as n from marts.index_scores where framework = ? and time_period = ? and code = ?",
        score["framework"],
        score["time_period"],
        score["code"],
    )[0]["n"]
    if scored < minimum:
        return f"无：有得分的只有{scored}市，少于{_plain(minimum)}市"
    return "无：有城市得结构性零，另有城市缺数，先后不能定"


def _interval(build: Build, score: dict) -> list[str]:
    """Where the rank lies in the draws, and what may be said of its move since the year before."""
    if score.get("rank_q05") is None:
        return []
    key = (score["framework"], score["ref_area"], score["time_period"], score["code"])
    where = "where framework = ? and ref_area = ? and time_period = ? and code = ?"
    drawn = build.rows(f"select draws, p_top3 from marts.rank_intervals {where}", *key)[0]
    moves = build.rows(f"select previous_rank, is_significant from marts.rank_moves {where}", *key)
    ends = f"{score['rank_q05']:g}—{score['rank_q95']:g}"
    top3 = chinese.figure(drawn["p_top3"], -2, 1)
    lines = [_line("位次区间", f"{ends}（改换做法重算{drawn['draws']}次的5%—95%），进入前三的概率 {top3}%")]
    if moves and moves[0]["previous_rank"] is not None:
        said = chinese.move(moves[0]["previous_rank"] - score["rank"], moves[0]["is_significant"])
        lines.append(_line("位次变动", f"上年第{moves[0]['previous_rank']}位，{said}"))
    return lines


def _cells(build: Build, score: dict, table: str) -> list[str]:
    """Every cell below a score: one line for each, the files with their SHA-256 after them."""
    rows = build.rows(
        """select distinct
            indicator, role, series, source_id, source_file, source_sha256, source_locator, obs_value, unit_measure, unit_mult
        from marts.lineage
        where
            table_name = ? and framework = ? and ref_area = ? and time_period = ? and code = ?
        order by all""",
        table,
        score["framework"],
        score["ref_area"],
        score["time_period"],
        score["code"],
    )
    if not rows:
        return []
    lines = ["", "所依据的单元格（逐项详情：openecon explain --indicator 指标代码）"]
    for row in rows:
        input_of = f"{row['indicator']} {ROLE[row['role']]} {build.series[row['series']]['name_zh']}"
        lines.append(f"  {input_of} {_printed(build, row)} {_file(row)} {row['source_locator']}")
    hashes = dict.fromkeys((_file(row), row["source_sha256"]) for row in rows)
    return [*lines, "", "文件的 SHA-256", *(f"  {sha256} {file}" for file, sha256 in hashes)]
