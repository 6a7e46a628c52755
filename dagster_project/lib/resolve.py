"""Names to codes and texts to numbers: what readers leave as printed becomes an observation, or stays null for the contract."""

import difflib
import re
from collections.abc import Callable

import polars as pl

from dagster_project.lib import numbers
from dagster_project.lib.declarations import Declared
from dagster_project.lib.spelling import normal
from schemas.observation import COLUMNS, MISSING_STATUS, WORKING

#: 42 · 4201 · 420100 · 420100.0 · 420100000000, with or without CN-: GB/T 2260 as offices and spreadsheets write it.
_CODE = re.compile(r"^(?:CN-)?(\d{2}|\d{4}|\d{6}(?:000000)?)(?:\.0)?$", re.ASCII)


def code_of(text: str) -> str | None:
    """The six-digit code that a text is a form of, or null."""
    match = _CODE.match(text)
    return match[1][:6].ljust(6, "0") if match else None


class Places:
    """What a place as printed stands for."""

    def __init__(self, declared: Declared) -> None:
        areas, facilities = declared["areas"], declared["facilities"]
        self.codes = set(areas["ref_area"]) | set(facilities["facility"])
        english = [*areas.select("name_en", "ref_area").iter_rows(), *facilities.select("name_en", "facility").iter_rows()]
        names = [normal(name) for name, _ in english]
        self.known = {normal(name): code for name, code in english if names.count(normal(name)) == 1}
        self.known |= {normal(name): code for name, code in areas.select("name_zh", "ref_area").iter_rows()}
        self.known |= {normal(name): code for name, code in declared["places"].select("name", "ref_area").iter_rows()}
        self.known |= {code: code for code in self.codes}
        self.parents = dict(areas.select("ref_area", "parent").iter_rows()) | dict(
            facilities.select("facility", "city").iter_rows()
        )

    def __getitem__(self, printed: str) -> str | None:
        name = normal(printed)
        if name in self.known:
            return self.known[name]
        code = code_of(name)
        if code in self.codes:
            return code
        # Customs houses call a city 杭州地区; an area that is really called so is known by that name.
        return self.known.get(name.removesuffix("地区")) if name.endswith("地区") else None

    def lies_in(self, place: str, area: str | None) -> bool:
        """Whether a place is an area, or lies in it."""
        passed: set[str | None] = {None}
        while place not in passed and place != area:
            passed.add(place)
            place = self.parents.get(place)
        return place is not None and place == area


def _mapped(texts: pl.Series, name: str, resolved: Callable[[str], str | None]) -> pl.DataFrame:
    """One row for each different text: the text, and what it stands for."""
    different = texts.drop_nulls().unique()
    found = [resolved(text) for text in different]
    return pl.DataFrame({texts.name: different, name: found}, schema={texts.name: pl.String, name: pl.String})


def _joined(frame: pl.DataFrame, table: pl.DataFrame, on: str | list[str]) -> pl.DataFrame:
    return frame.join(table, on=on, how="left", maintain_order="left")


#: What is printed or declared of a figure by name: few different combinations, however many figures.
NAMES = ["source_id", "place", "label", "unit", "series"]


def resolve(cells: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Landing columns and working columns of cells; in the order of the cells."""
    meanings = _meanings(cells.select(NAMES).unique(), declared)
    frame = cells.join(meanings, on=NAMES, how="left", nulls_equal=True, maintain_order="left").drop("series")
    frame = numbers.parsed(frame.rename({"known_series": "series"}))
    status = pl.when("is_missing").then(pl.lit("O")).otherwise(pl.coalesce("obs_status", "default_status"))
    return frame.with_columns(
        # A declared status that means "no figure" beside a figure, or the reverse, is left for the contract to refuse.
        obs_status=pl.when(pl.col("obs_status").is_in(MISSING_STATUS)).then("obs_status").otherwise(status),
        obs_break=pl.lit(False),
        is_repeated=pl.lit(False),
        source_locator=pl.col("locator"),
    ).select([*COLUMNS, *WORKING])


def _meanings(names: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """What each combination of names stands for: area, series, counterpart, unit, and what the series admits."""
    places = Places(declared)
    spelled = {normal(unit): unit for unit in declared["units"]["unit"]}
    units = declared["units"].select("unit", "unit_measure", "unit_mult").rename({"unit": "known_unit"})
    series = declared["series"].select(
        pl.col("series").alias("known_series"), pl.col("unit_measure").alias("series_unit"), "kind"
    )
    frame = _joined(names, _mapped(names["place"], "ref_area", places.__getitem__), "place")
    frame = _joined(frame, _mapped(names["unit"], "known_unit", lambda unit: spelled.get(normal(unit))), "unit")
    frame = _labelled(_joined(frame, units, "known_unit"), declared["series_labels"], places)
    frame = _joined(frame, series, "known_series")
    money = ["CNY", "USD"]
    fits = (pl.col("unit_measure") == pl.col("series_unit")) | (
        pl.col("series_unit").is_in(money) & pl.col("unit_measure").is_in(money)
    )
    return frame.select(
        *NAMES,
        "ref_area",
        "counterpart",
        "unit_measure",
        "unit_mult",
        # A series that source.yml fixes and seeds/series.csv does not know is as unknown as a label without one.
        pl.when(pl.col("kind").is_not_null()).then("known_series").alias("known_series"),
        may_be_negative=pl.col("kind").is_in(["rate", "index"]),
        unit_fits_series=fits,
    )


def _labelled(frame: pl.DataFrame, labels: pl.DataFrame, places: Places) -> pl.DataFrame:
    """The series of each printed label. A row for the source itself wins over one for all sources (*).

    A label may name a facility: 武汉港集装箱吞吐量 under 武汉市 is the port's. Under another city it is nobody's.
    """
    plain = pl.col("label").map_elements(normal, return_dtype=pl.String).alias("plain_label")
    wanted = labels.select("source_id", plain, "series", area_of_label="ref_area", counterpart="counterpart")
    frame = _joined(frame, _mapped(frame["label"], "plain_label", normal), "label")
    own = frame.join(wanted, on=["source_id", "plain_label"], how="left", suffix="_own", maintain_order="left")
    general = wanted.filter(pl.col("source_id") == "*").drop("source_id")
    both = own.join(general, on="plain_label", how="left", suffix="_any", maintain_order="left")
    # Only a label without a row of its own falls back: a row of its own may mean "no facility" by an empty ref_area.
    has_own = pl.col("series_own").is_not_null()
    named = both.with_columns(
        known_series=pl.coalesce("series", "series_own", "series_any"),
        named_area=pl.when(has_own).then("area_of_label").otherwise("area_of_label_any"),
        counterpart=pl.when(has_own).then("counterpart").otherwise("counterpart_any"),
    )
    areas = [
        area if not named else named if places.lies_in(named, area) else None
        for area, named in named.select("ref_area", "named_area").iter_rows()
    ]
    return named.with_columns(pl.Series("ref_area", areas, dtype=pl.String))


def _names(*columns: pl.Series) -> list[str]:
    return list(dict.fromkeys(normal(name) for column in columns for name in column))


class Nearest:
    """The registered name that a misspelt one comes closest to, for the message of a held figure."""

    def __init__(self, declared: Declared) -> None:
        self.names = {
            "place": _names(declared["areas"]["name_zh"], declared["places"]["name"]),
            "label": _names(declared["series_labels"]["label"]),
            "unit": _names(declared["units"]["unit"]),
        }

    def to(self, what: str, printed: str | None) -> str:
        """「（最相近：武汉市）」, or nothing where no registered name is near."""
        found = difflib.get_close_matches(normal(printed or ""), self.names[what], n=1, cutoff=0.5)
        return f"（最相近的登记名称：{found[0]}）" if found else ""
