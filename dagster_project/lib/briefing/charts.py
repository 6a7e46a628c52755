"""Charts of a briefing as PNG bytes: the same figures give the same bytes on any machine, in the project's own font."""

import io
import warnings
from functools import cache

import polars as pl

from dagster_project.lib.city_tables import Frames
from dagster_project.lib.house import ROOT

FONT = ROOT / "dagster_project" / "fonts" / "NotoSansCJKsc-subset.otf"
INK, RED, GREY = "#333333", "#b22222", "#9a9a9a"
#: Fewer points are told in the table, not drawn.
AT_LEAST = 3


@cache
def _pyplot():
    """Matplotlib without a display, drawing in the project's font alone."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import font_manager, pyplot

    font_manager.fontManager.addfont(FONT)
    family = font_manager.FontProperties(fname=FONT).get_name()
    pyplot.rcParams.update({"font.family": [family], "axes.unicode_minus": False, "font.size": 10, "svg.hashsalt": "openecon"})
    return pyplot


def of_city(frames: Frames, city: str, area: str) -> tuple[str, bytes] | None:
    """(title, PNG): monthly growth of trade beside Hubei's, or else trade by year; None where too little is known."""
    growth = frames["growth"].filter(pl.col("series") == "trade_total")
    mine = _monthly(growth.filter(pl.col("ref_area") == city))
    if len(mine) >= AT_LEAST:
        return f"{area}与全省货物进出口总额累计同比增速（％）", _lines(
            mine, _monthly(growth.filter(pl.col("ref_area") == "420000")), area
        )
    years = growth.filter(pl.col("ref_area") == city, pl.col("freq") == "A", pl.col("value").is_not_null())
    bars = dict(years.sort("time_period").select("time_period", pl.col("value") / 1e8).iter_rows())
    return (f"{area}货物进出口总额（亿元）", _bars(bars)) if len(bars) >= AT_LEAST else None


def of_circle(names: list[str], scores: list[float], year: str, index: str) -> tuple[str, bytes] | None:
    """(title, PNG): the index of the newest year, city by city."""
    if len(names) < AT_LEAST:
        return None
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(6.2, 0.42 * len(names) + 0.8), dpi=150)
    bars = axes.barh(names[::-1], scores[::-1], color=RED, height=0.6)
    axes.bar_label(bars, fmt="%.1f", padding=3, color=INK)
    axes.set_xlim(0, 100)
    _plain(axes)
    return f"{year}年{index}（0—100分）", _png(figure)


def _monthly(growth: pl.DataFrame) -> dict[str, float]:
    """Growth of cumulatives by month, as printed or else computed; January alone is left out."""
    rows = growth.filter(
        pl.col("freq") == "M",
        pl.col("period_basis") == "ytd",
        ~pl.col("time_period").str.ends_with("-01"),
        pl.col("time_period") >= "2024",
    ).with_columns(rate=pl.coalesce("published_growth", "growth"))
    return dict(rows.filter(pl.col("rate").is_not_null()).sort("time_period").select("time_period", "rate").iter_rows())


def _lines(mine: dict[str, float], hubei: dict[str, float], area: str) -> bytes:
    pyplot = _pyplot()
    first, last = min(mine), max(mine)
    months = [
        f"{year}-{month:02d}"
        for year in range(int(first[:4]), int(last[:4]) + 1)
        for month in range(2, 13)
        if first <= f"{year}-{month:02d}" <= last
    ]
    figure, axes = pyplot.subplots(figsize=(6.2, 2.7), dpi=150)
    # A month that is not known breaks the line.
    for name, rates, colour in (("湖北省", hubei, GREY), (area, mine, RED)):
        axes.plot(
            months, [rates.get(month, float("nan")) for month in months], marker="o", markersize=3, color=colour, label=name
        )
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xticks(months[::2], [f"{month[2:4]}年{int(month[5:])}月" for month in months[::2]], rotation=45, fontsize=8)
    axes.legend(frameon=False, ncols=2, loc="best", fontsize=9)
    _plain(axes)
    return _png(figure)


def _bars(values: dict[str, float]) -> bytes:
    pyplot = _pyplot()
    years = [str(year) for year in range(int(min(values)), int(max(values)) + 1)]
    figure, axes = pyplot.subplots(figsize=(6.2, 2.5), dpi=150)
    # A year that is not known is a gap with its name, not a bar of no height.
    bars = axes.bar(years, [values.get(year, 0) for year in years], color=RED, width=0.6)
    axes.bar_label(bars, [f"{values[year]:.1f}" if year in values else "缺" for year in years], padding=2, color=INK, fontsize=8)
    _plain(axes)
    return _png(figure)


def _plain(axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2, colors=INK)


def _png(figure) -> bytes:
    """Without the name and version of the program: only figures and font make the bytes. A character without a glyph fails."""
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        figure.tight_layout()
        figure.savefig(drawn, format="png", metadata={"Software": None})
    _pyplot().close(figure)
    return drawn.getvalue()
