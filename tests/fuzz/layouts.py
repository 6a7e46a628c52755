"""Pages of every layout: the figures are drawn first, then the ways in which publishers print them."""

from functools import partial

from hypothesis import strategies as st

from tests.fuzz import forms
from tests.fuzz.page import Column, Page
from tests.fuzz.truth import MISSING, NAMES, NUMBER_FORMS, PLACES, SERIES, Figure, numbers

ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16"]
NEWLINES = ["\n", "\n", "\r\n", "\r"]


def some(values, least: int = 1, most: int = 4) -> st.SearchStrategy[list]:
    """A few different ones, in any order."""
    return st.lists(st.sampled_from(list(values)), min_size=least, max_size=most, unique=True)


def printed(draw, text: str, marks: list[str] = MISSING, number_forms=tuple(NUMBER_FORMS)) -> str:
    """A figure as a publisher prints it."""
    if text == "":
        return draw(st.sampled_from(marks))
    return NUMBER_FORMS[draw(st.sampled_from(number_forms))](text)


def places(draw, names: dict[str, list[str]] = PLACES, most: int = 4) -> list[str]:
    """Different places, each spelt in one of its ways."""
    return [draw(st.sampled_from(names[code])) for code in draw(some(names, 1, most))]


def figures(draw, count: int, **more) -> list[str]:
    """Cells of figures, as printed."""
    return [printed(draw, draw(numbers()), **more) for _ in range(count)]


def _named(series: str, unit: str, draw) -> str:
    """货物出口额 (万元) in one of the ways of brackets."""
    opening, closing = draw(st.sampled_from(["()", "（）", ("（", ")"), (" (", ") ")]))
    return f"{SERIES[series][0]}{opening}{unit}{closing}"


def _a_series(draw) -> tuple[str, str]:
    series = draw(st.sampled_from(list(SERIES)))
    return series, draw(st.sampled_from(SERIES[series][1]))


# Text files of fixed columns


def _text(draw) -> dict:
    return {
        "container": "csv",
        "encoding": draw(st.sampled_from(ENCODINGS)),
        "newline": draw(st.sampled_from(NEWLINES)),
        "final_newline": draw(st.booleans()),
        "quoted": draw(st.booleans()),
        "name": "2024-03.csv",
    }


@st.composite
def customs(draw) -> Page:
    """海关总署 by location: the flows in any order, each with month and cumulative, then their growth; a closing note."""
    flows = draw(st.permutations(["trade_total", "trade_export", "trade_import"]))
    heads = {"trade_total": "进出口", "trade_export": "出口", "trade_import": "进口"}
    month = draw(st.integers(1, 12))
    period = f"2024-{month:02}"
    kinds = [(flow, basis) for flow in flows for basis in ("period", "ytd")]
    rows = [
        ["Unnamed: 0_level_0"] * 7 + ["单位：万人民币"] * 3,
        ["收发货人所在地", *(heads[flow] for flow, _ in kinds), *(f"累计比去年同期±％{end}" for end in ("", ".1", ".2"))],
        [
            "收发货人所在地",
            *(f"{month}月" if basis == "period" else f"1至{month}月" for _, basis in kinds),
            *map(heads.get, flows),
        ],
    ]
    rows += [[name, *figures(draw, 6), *_growths(draw)] for name in places(draw, NAMES)]
    rows.append(["注：根据海关总署公告〔2016〕20号"] * 10)
    fixed = {"place": ("row", 0), "period": ("fixed", period)}
    columns = [
        Column(1 + at, series=("fixed", flow), unit=("fixed", "万人民币"), basis=("fixed", basis), **fixed)
        for at, (flow, basis) in enumerate(kinds)
    ]
    columns += [
        Column(7 + at, series=("fixed", f"{flow}_yoy"), unit=("fixed", "%"), basis=("fixed", "ytd"), **fixed)
        for at, flow in enumerate(flows)
    ]
    text = _text(draw) | {"name": f"{period}.csv"}
    return Page(
        "customs_by_location",
        rows=rows,
        columns=columns,
        first=3,
        options={"unit": "万人民币"},
        pattern="files/{yyyy}-{mm}.csv",
        **text,
    )


def _growths(draw) -> list[str]:
    """Three rates of growth, which may be negative."""
    rates = st.one_of(
        st.just("-"), st.decimals(-99, 9999, places=1).map(str), st.floats(-99, 9999).map(lambda rate: f"{rate:.15f}")
    )
    return draw(st.lists(rates, min_size=3, max_size=3))


@st.composite
def tidy(draw) -> Page:
    """One figure a line, its columns in any order."""
    header = draw(
        st.permutations(["city_zh", "adcode", "period", "frequency", "indicator", "value", "unit", "obs_status", "quote"])
    )
    periods = {"annual": ["2018", "2024"], "monthly": ["2024-03", "2024-12"], "ytd": ["2024-01/2024-02", "2024-01/2024-12"]}
    keys = st.tuples(
        st.sampled_from(list(PLACES)), st.sampled_from(list(SERIES)), st.sampled_from(list(periods)), st.integers(0, 1)
    )
    lines = []
    for code, series, frequency, which in draw(st.lists(keys, min_size=1, max_size=6, unique=True)):
        line = {"city_zh": draw(st.sampled_from(["", "某市"])), "adcode": draw(st.sampled_from(PLACES[code]))}
        line |= {"period": periods[frequency][which], "frequency": frequency, "indicator": SERIES[series][0], "obs_status": ""}
        line |= {"unit": draw(st.sampled_from(SERIES[series][1])), "value": figures(draw, 1)[0]}
        line["quote"] = draw(st.sampled_from(["", "全年进出口，比上年增长", "“总额”", 'a "b"']))
        lines.append([line[name] for name in header])
    at = header.index
    column = Column(
        at("value"),
        place=("row", at("adcode")),
        series=("row", at("indicator")),
        period=("row", at("period")),
        unit=("row", at("unit")),
    )
    return Page("tidy_long", rows=[header, *lines], columns=[column], first=1, options={}, **_text(draw))


# Tables under a declaration


@st.composite
def table(draw) -> Page:
    """Any of the declared shapes, as text, web page or workbook."""
    shape = draw(st.sampled_from([_areas_by_period, _indicators_by_period, _panel, _long, _yearbook]))
    rows, columns, first, options, merges = shape(draw)
    how = _text(draw) | {"container": draw(st.sampled_from(["csv", "csv", "html", "xlsx"])), "merges": merges}
    how["name"] = {"csv": draw(st.sampled_from(["a.csv", "a.tsv"])), "html": "a.xls", "xlsx": "a.xlsx"}[how["container"]]
    if how["encoding"] == "gb18030" and draw(st.booleans()):
        options["encoding"] = draw(st.sampled_from(["gb2312", "gbk", "gb18030"]))
    if how["container"] == "xlsx":
        how |= {"typed": draw(st.booleans()), "encoding": "utf-8"}
    if draw(st.booleans()):
        width = max(map(len, rows))
        rows = [row + [""] * (width - len(row)) for row in rows]
    return Page("table", rows=rows, columns=columns, first=first, options=options, **how)


def _periods(draw) -> tuple[str, list[str]]:
    """(freq, headings): years, or months and cumulatives of one year; in any order."""
    if draw(st.booleans()):
        form = draw(st.sampled_from(["{}年", "{}", "{}.0", "{}年度"]))
        return "A", [form.format(year) for year in draw(some(range(2015, 2024)))]
    month, total = draw(
        st.sampled_from([("2024年{}月", "2024年1-{}月"), ("2024年{}月份", "2024年1—{}月"), ("2024-{:02}", "2024年1至{}月")])
    )
    return "M", [
        (total if cumulative else month).format(number)
        for number, cumulative in draw(some([(m, c) for m in range(2, 13) for c in (0, 1)]))
    ]


def _areas_by_period(draw) -> tuple:
    """The statistics bureau's download of one indicator."""
    (series, unit), (freq, heads) = _a_series(draw), _periods(draw)
    rows = [["数据库：主要城市年度数据"], [f"指标：{_named(series, unit, draw)}"], ["时间：最近20年"], ["地区", *heads]]
    rows += [[place, *figures(draw, len(heads))] for place in places(draw)]
    rows.append(["数据来源：国家统计局"])
    above = ("cell", 1, 0)
    columns = [Column(at, place=("row", 0), series=above, unit=above, period=("cell", 3, at)) for at in range(1, len(heads) + 1)]
    options = {"area": {"column": "地区"}, "label": {"above": "^指标[:：](.+)$"}, "drop": ["^数据来源"]}
    return rows, columns, 4, _of_periods(freq, "地区") | options, []


def _indicators_by_period(draw) -> tuple:
    """The statistics bureau's download of one region."""
    freq, heads = _periods(draw)
    name = draw(st.sampled_from(["指标", "指 标"]))
    rows = [["数据库：主要城市年度数据"], [f"地区：{places(draw, NAMES)[0]}"], ["时间：最近20年"], [name, *heads]]
    for series in draw(some(SERIES)):
        rows.append([_named(series, draw(st.sampled_from(SERIES[series][1])), draw), *figures(draw, len(heads))])
    rows.append(["数据来源：国家统计局"])
    row = ("row", 0)
    columns = [Column(at, place=("cell", 1, 0), series=row, unit=row, period=("cell", 3, at)) for at in range(1, len(heads) + 1)]
    options = {"area": {"above": "^地区[:：](.+)$"}, "label": {"column": "指标"}, "drop": ["^数据来源"]}
    return rows, columns, 4, _of_periods(freq, "指标") | options, []


def _of_periods(freq: str, first: str) -> dict:
    basis = {"basis": "printed"} if freq == "M" else {}
    return {
        "heading": {"first": first},
        "period": {"heading": True},
        "unit": {"label": True},
        "freq": freq,
        "columns": "periods",
    } | basis


def _panel(draw) -> tuple:
    """One row for each city and year, one column for each indicator, and columns that nobody asked for."""
    heads = draw(
        st.permutations(["年份", "地区", *draw(some(SERIES)), *draw(some(["省份代码", "插值_常住人口（万人）", "City"], 0, 2))])
    )
    units = {series: draw(st.sampled_from(SERIES[series][1])) for series in heads if series in SERIES}
    rows = [[_named(head, units[head], draw) if head in SERIES else head for head in heads]]
    years = draw(some(range(2015, 2024), 1, 2))
    form = draw(st.sampled_from(["{}", "{}.0", "{}年"]))
    for place in places(draw):
        for year in years:
            cells = {"年份": form.format(year), "地区": place}
            rows.append([cells.get(head, "") or (figures(draw, 1)[0] if head in SERIES else "99") for head in heads])
    at = heads.index
    columns = [
        Column(
            at(series),
            place=("row", at("地区")),
            period=("row", at("年份")),
            series=("cell", 0, at(series)),
            unit=("cell", 0, at(series)),
        )
        for series in units
    ]
    options = {
        "heading": {"first": "地区", "rows": 1},
        "area": {"column": "地区"},
        "period": {"column": "年份"},
        "unit": {"heading": True},
        "freq": "A",
        "columns": [{"heading": SERIES[series][0]} for series in units],
    }
    return rows, columns, 1, options, []


def _long(draw) -> tuple:
    """One row for each figure, its indicator and unit beside it."""
    heads = draw(st.permutations(["年份", "地级市", "指标", "数值", "单位", "数据来源"]))
    keys = st.tuples(st.sampled_from(list(PLACES)), st.sampled_from(list(SERIES)), st.integers(2015, 2023))
    rows = [heads]
    for code, series, year in draw(st.lists(keys, min_size=1, max_size=6, unique=True)):
        cells = {"年份": str(year), "地级市": draw(st.sampled_from(PLACES[code])), "指标": SERIES[series][0], "数据来源": "某局"}
        cells |= {"数值": figures(draw, 1)[0], "单位": draw(st.sampled_from(SERIES[series][1]))}
        rows.append([cells[head] for head in heads])
    at = heads.index
    columns = [
        Column(
            at("数值"),
            place=("row", at("地级市")),
            series=("row", at("指标")),
            period=("row", at("年份")),
            unit=("row", at("单位")),
        )
    ]
    options = {
        "heading": {"first": "地级市", "rows": 1},
        "area": {"column": "地级市"},
        "period": {"column": "年份"},
        "label": {"column": "指标"},
        "unit": {"column": "单位"},
        "freq": "A",
        "columns": [{"heading": "数值"}],
    }
    return rows, columns, 1, options, []


def _yearbook(draw) -> tuple:
    """Merged headings over 全市 and 市辖区, section rows, the year in the title."""
    chosen = draw(some(SERIES))
    units = [draw(st.sampled_from(SERIES[series][1])) for series in chosen]
    top, low = ["城 市", "City"], ["", ""]
    for series, unit in zip(chosen, units, strict=True):
        top += [f"{_named(series, unit, draw)}      Some English (10 OOOyuan)", ""]
        low += ["全市", "市辖区"]
    rows = [["中国2018年地级以上城市数据"], top, low]
    for place in places(draw, NAMES):
        cells = [cell for _ in chosen for cell in (figures(draw, 1)[0], "77")]
        rows.append([f"  {place}", " City", *cells])
    rows.insert(3, ["湖南省", "Hunan"] + [""] * (2 * len(chosen)))
    starts = range(2, 2 + 2 * len(chosen), 2)
    fixed = {"place": ("row", 0), "period": ("cell", 0, 0)}
    columns = [
        Column(at, series=("fixed", series), unit=("cell", 1, at), **fixed) for series, at in zip(chosen, starts, strict=True)
    ]
    options = {
        "heading": {"first": "城市"},
        "area": {"column": "城市"},
        "period": {"above": "中国(\\d{4})年"},
        "unit": {"heading": True},
        "freq": "A",
        "columns": [{"heading": SERIES[series][0], "within": "全市", "series": series} for series in chosen],
        "drop": ["^湖南省$"],
    }
    return rows, columns, 3, options, [(1, at, at + 1) for at in starts]


# The others


@st.composite
def nbs(draw) -> Page:
    """The statistics bureau's JSON."""
    rows = []
    for month in draw(some([None, 1, 9, 12])):
        code, name = ("2024YY", "2024年") if month is None else (f"2024{month:02}MM", f"2024年{month}月")
        for place in draw(some(PLACES, 1, 2)):
            for series in draw(some(SERIES, 1, 3)):
                unit = draw(st.sampled_from(SERIES[series][1]))
                shown = f"{SERIES[series][0]} ({unit}) " if draw(st.booleans()) else SERIES[series][0]
                rows.append(
                    [
                        code,
                        name,
                        shown,
                        figures(draw, 1, number_forms=["plain", "grouped", "zeros"])[0],
                        unit,
                        f"{place}000000",
                        "某市",
                    ]
                )
    basis = draw(st.sampled_from(["period", "ytd"]))
    columns = [Column(3, place=("row", 5), series=("row", 2), period=("row", 0), unit=("row", 4), basis=("fixed", basis))]
    options = {"basis": {label: basis for label, _ in SERIES.values()}}
    return Page("nbs_json", "json", rows, columns, 0, "a.json", options)


@st.composite
def bulletin(draw) -> Page:
    """Sentences of a bulletin; one that is left out is declared as one that may lack."""
    phrases = {"货物进出口总额": "trade_total", "实际使用外资": "fdi_used"}
    year, place = draw(st.integers(2018, 2025)), draw(st.sampled_from(sorted(NAMES)))
    rows, patterns, absent = [[f"{year}年某市国民经济和社会发展统计公报"]], [], []
    for phrase, series in phrases.items():
        unit = draw(st.sampled_from(SERIES[series][1]))
        pattern = {"phrase": phrase, "series": series, "growth": f"{series}_yoy"}
        if rows[1:] and draw(st.booleans()):
            absent += [
                Figure(place, name, str(year), "period", of, "", "O") for name, of in ((series, unit), (f"{series}_yoy", "%"))
            ]
            patterns.append(pattern | {"may_lack": True, "unit": unit})
            continue
        amount = printed(draw, draw(numbers(missing=False)), number_forms=["plain", "grouped", "full-width"])
        rate = draw(st.decimals(0, 999, places=1).map(str))
        lead = draw(st.sampled_from(["", "全年", "全年全市", f"{year}年"]))
        rows.append([lead, phrase, amount, unit, "，比上年", draw(st.sampled_from(["增长", "下降"])), rate, "%。"])
        patterns.append(pattern)
    fixed = {"place": ("fixed", place), "period": ("fixed", str(year)), "series": ("row", 1)}
    columns = [
        Column(2, unit=("row", 3), **fixed),
        Column(6, unit=("fixed", "%"), sign=("row", 5), is_growth=True, **fixed),
    ]
    options = {"area": NAMES[place][0], "freq": "A", "patterns": patterns}
    encoding = draw(st.sampled_from(ENCODINGS))
    return Page("bulletin", "prose", rows, columns, 1, "a.txt", options, encoding=encoding, absent=frozenset(absent))


@st.composite
def form(draw) -> Page:
    """A form filled in by a city."""
    period = draw(st.sampled_from(["2025-08", "2024"]))
    asked = forms.asked(period)
    rows, addresses = [], {}
    answers = partial(draw, st.one_of(st.sampled_from(["", "未统计", "不适用"]), numbers()))
    for at, (series, unit, kind) in enumerate(asked):
        row = [series, unit, answers()] + ([answers()] if kind == "flow" and "-" in period else [])
        addresses |= {(at, column): f"{'DE'[column - 2]}{at + 5}" for column in range(2, len(row))}
        rows.append(row)
    foot = len(asked) + 6
    blank = forms.filled(forms.blank("429004", period), {f"B{foot}": "张三", f"D{foot}": "李四", f"G{foot}": "2025-09-10"})
    fixed = {"place": ("fixed", "429004"), "period": ("fixed", period), "series": ("row", 0), "unit": ("row", 1)}
    columns = [Column(2, basis=("fixed", "period"), **fixed), Column(3, basis=("fixed", "ytd"), **fixed)]
    return Page("form", "form", rows, columns, 0, "a.xlsx", {}, blank=blank, addresses=addresses)


def pages() -> st.SearchStrategy[Page]:
    """A page of any layout; tables more often, as they come in most shapes."""
    return st.one_of(table(), table(), table(), customs(), tidy(), nbs(), bulletin(), form())
