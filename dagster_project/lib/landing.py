"""Landing: every publication becomes observations in the unit and period basis as published, or is held with its reason.

Each figure ends in exactly one of two tables: observations, or quarantine. A bad cell is held alone; a bad key takes its line.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pandera.errors
import polars as pl

from dagster_project.lib import numbers
from dagster_project.lib.declarations import Declared, publications
from dagster_project.lib.house import House
from dagster_project.lib.problems import BuildStopped, FileProblem, FileProblems
from dagster_project.lib.readers import CELL, READERS
from schemas.observation import COLUMNS, CONTRACT, MISSING_STATUS, QUARANTINE, REASONS, WORKING
from schemas.source import Publication, Source, options_of

FILES = {
    "source_id": pl.String,
    "source_file": pl.String,
    "source_sha256": pl.String,
    "title_zh": pl.String,
    "publisher_zh": pl.String,
    "address": pl.String,
    "published_on": pl.Date,
    "published_basis": pl.String,
    "figures": pl.Int64,
}
#: The tables that landing leaves, each a folder with one Parquet file for each source (or one for all).
TABLES = ("observations", "quarantine", "files", "absent")
ABSENT = {"source_id": pl.String, "source_file": pl.String, "ref_area": pl.String}


@dataclass(frozen=True)
class Landed:
    """What landing made of one or more sources. `absent`: areas that source.yml expects in every file and a file lacks."""

    observations: pl.DataFrame
    quarantine: pl.DataFrame
    files: pl.DataFrame
    absent: pl.DataFrame


def land(house: House, declared: Declared, source_ids: list[str], hashes: dict[str, str], until: str | None = None) -> Landed:
    """Read, resolve, check and split the publications of the given sources.

    `hashes` are the SHA-256 of the inputs as the build began (raw/…): a file that has changed since stops the build. With `until`
    (a day), publications of a later day are left out. Raises FileProblems naming every file that cannot be read.
    """
    cells, files, absent, problems = [], [], [], []
    for source_id in source_ids:
        source = declared.sources[source_id]
        for publication, period in publications(house, source, declared["calendar"]):
            if until and publication.published_on.isoformat() > until:
                continue
            try:
                read = _read(house, source, publication, period, hashes)
            except FileProblem as problem:
                problems.append(problem)
                continue
            cells.append(read)
            files.append(_file_row(source, publication, read))
    if problems:
        raise FileProblems(problems)
    if not cells:
        return Landed(*(pl.DataFrame(schema=schema) for schema in (COLUMNS, QUARANTINE, FILES, ABSENT)))
    figures = pl.concat(cells)
    observations, quarantine = split(resolve(figures, declared))
    if observations.height + quarantine.height != figures.height:
        raise BuildStopped("landing lost or doubled figures: this is a fault of the program; report it with the files in raw/")
    for source_id in source_ids:
        absent += _absent(declared.sources[source_id], observations)
    return Landed(observations, quarantine, pl.DataFrame(files, schema=FILES), pl.DataFrame(absent, schema=ABSENT, orient="row"))


def write(landed: Landed, folder: Path, name: str) -> None:
    """Write one Parquet file per table: observations/<name>.parquet and so on; rows in a fixed order."""
    for table in TABLES:
        frame = getattr(landed, table)
        target = folder / table
        target.mkdir(parents=True, exist_ok=True)
        frame.sort(frame.columns).write_parquet(target / f"{name}.parquet")


def write_declared(declared: Declared, folder: Path) -> None:
    """Land the declarations beside the observations, as declared/<table>.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in declared.seeds.items():
        frame.write_parquet(folder / f"{name}.parquet")
    fields = [
        "source_id",
        "publisher_zh",
        "publisher_en",
        "domain",
        "title_zh",
        "title_en",
        "address",
        "licence",
        "layout",
        "frequency",
    ]
    rows = [{field: getattr(source, field) for field in fields} for source in declared.sources.values()]
    pl.DataFrame(rows, schema=dict.fromkeys(fields, pl.String)).write_parquet(folder / "sources.parquet")


def _read(house: House, source: Source, publication: Publication, period: str | None, hashes: dict[str, str]) -> pl.DataFrame:
    name = f"raw/{source.source_id}/{publication.file}"
    content = (house.raw / source.source_id / publication.file).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if hashes.get(name) != digest:
        raise FileProblem(name, "the file changed while the build was running", "Start the build again.")
    cells = READERS[source.layout](content, name, period, options_of(source, publication))
    if not cells:
        raise FileProblem(name, "no figure found in the file", "Compare it with an earlier publication and with source.yml.")
    return pl.DataFrame(cells, schema=CELL).with_columns(
        pl.lit(source.source_id).alias("source_id"),
        pl.lit(source.obs_status).alias("default_status"),
        pl.lit(publication.published_on).cast(pl.Date).alias("published_on"),
        pl.lit(publication.published_basis).alias("published_basis"),
        pl.lit(publication.file).alias("source_file"),
        pl.lit(digest).alias("source_sha256"),
    )


def _file_row(source: Source, publication: Publication, read: pl.DataFrame) -> dict:
    return {
        "source_id": source.source_id,
        "source_file": publication.file,
        "source_sha256": read["source_sha256"][0],
        "title_zh": publication.title_zh,
        "publisher_zh": publication.publisher_zh or source.publisher_zh,
        "address": publication.address or source.address,
        "published_on": publication.published_on,
        "published_basis": publication.published_basis,
        "figures": read.height,
    }


def _absent(source: Source, observations: pl.DataFrame) -> list[tuple]:
    found = observations.filter(pl.col("source_id") == source.source_id)
    return [
        (source.source_id, file, area)
        for file in found["source_file"].unique().sort()
        for area in source.options.get("expected_areas", [])
        if found.filter((pl.col("source_file") == file) & (pl.col("ref_area") == area)).is_empty()
    ]


def normal(text: str) -> str:
    """A printed name without what only typesetting adds: full-width forms, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _normalised(column: str) -> pl.Expr:
    return pl.col(column).map_elements(normal, return_dtype=pl.String, skip_nulls=True)


def resolve(cells: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Names to codes and texts to numbers. What cannot be resolved stays null, for the contract to find."""
    areas = declared["areas"].select(name="ref_area", ref_area="ref_area")
    facilities = declared["facilities"].select(name="facility", ref_area="facility")
    spelled = declared["places"].select(_normalised("name").alias("name"), "ref_area")
    places = pl.concat([spelled, areas, facilities]).unique("name", keep="first", maintain_order=True)
    parsed = {raw: numbers.parse(raw) for raw in cells["raw_value"].unique()}
    texts = pl.DataFrame(
        {
            "raw_value": list(parsed),
            "obs_value": [value for value, _ in parsed.values()],
            "is_missing": [missing for _, missing in parsed.values()],
        },
        schema={"raw_value": pl.String, "obs_value": pl.Float64, "is_missing": pl.Boolean},
    )
    series = declared["series"].select("series", pl.col("unit_measure").alias("series_unit"), "kind")
    frame = (
        cells.with_columns(name=_normalised("place"))
        .join(places, on="name", how="left", maintain_order="left")
        .join(texts, on="raw_value", how="left", maintain_order="left")
        .join(declared["units"].select("unit", "unit_measure", "unit_mult"), on="unit", how="left", maintain_order="left")
    )
    frame = _labelled(frame, declared["series_labels"]).join(series, on="series", how="left", maintain_order="left")
    status = pl.when("is_missing").then(pl.lit("O")).otherwise(pl.coalesce("obs_status", "default_status"))
    money = ["CNY", "USD"]
    fits = (pl.col("unit_measure") == pl.col("series_unit")) | (
        pl.col("series_unit").is_in(money) & pl.col("unit_measure").is_in(money)
    )
    return frame.with_columns(
        # A declared status that means "no figure" beside a figure, or the reverse, is left for the contract to refuse.
        obs_status=pl.when(pl.col("obs_status").is_in(MISSING_STATUS)).then("obs_status").otherwise(status),
        obs_break=pl.lit(False),
        may_be_negative=pl.col("kind").is_in(["rate", "index"]),
        unit_fits_series=fits,
        source_locator=pl.col("locator"),
    ).select([*COLUMNS, *WORKING])


def _labelled(frame: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The series of each printed label. A row for the source itself wins over one for all sources (*)."""
    wanted = labels.select(
        "source_id", _normalised("label").alias("plain_label"), "series", area_of_label="ref_area", counterpart="counterpart"
    )
    frame = frame.with_columns(plain_label=_normalised("label"))
    own = frame.join(wanted, on=["source_id", "plain_label"], how="left", suffix="_own", maintain_order="left")
    general = wanted.filter(pl.col("source_id") == "*").drop("source_id")
    both = own.join(general, on="plain_label", how="left", suffix="_any", maintain_order="left")
    # Only a label without a row of its own falls back: a row of its own may mean "no facility" by an empty ref_area.
    has_own = pl.col("series_own").is_not_null()
    return both.with_columns(
        series=pl.coalesce("series", "series_own", "series_any"),
        ref_area=pl.coalesce(pl.when(has_own).then("area_of_label").otherwise("area_of_label_any"), "ref_area"),
        counterpart=pl.when(has_own).then("counterpart").otherwise("counterpart_any"),
    )


def split(resolved: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(observations, quarantine). The pandera contract decides; REASONS says whether a failure takes the line with it."""
    failed = _failures(resolved.with_row_index("row"))
    rows = resolved.with_row_index("row").join(failed, on="row", how="left")
    sick = rows.filter(pl.col("level") == "line").unique(["source_id", "source_file", "line"], keep="first", maintain_order=True)
    sick = sick.select("source_id", "source_file", "line", line_reason="reason", line_message="message_zh")
    rows = rows.join(sick, on=["source_id", "source_file", "line"], how="left", maintain_order="left").with_columns(
        reason=pl.coalesce("reason", "line_reason"),
        message_zh=pl.coalesce("message_zh", "line_message"),
        level=pl.when(pl.col("line_reason").is_not_null()).then(pl.lit("line")).otherwise("level"),
    )
    held = rows.filter(pl.col("reason").is_not_null())
    return rows.filter(pl.col("reason").is_null()).select(COLUMNS.keys()), held.select(QUARANTINE.keys())


def _failures(rows: pl.DataFrame) -> pl.DataFrame:
    """row, level, reason, message_zh of each row that breaks the contract: the first reason in the order of REASONS."""
    empty = pl.DataFrame(schema={"row": pl.UInt32, "level": pl.String, "reason": pl.String, "message_zh": pl.String})
    try:
        CONTRACT.validate(rows.drop("row"), lazy=True)
        return empty
    except pandera.errors.SchemaErrors as problem:
        cases = problem.failure_cases
    order = {name: position for position, name in enumerate(REASONS)}
    worst: dict[int, str] = {}
    for case in cases.iter_rows(named=True):
        name = case["check"] if case["check"] in REASONS else case["column"]
        if name not in REASONS or case["index"] is None:
            raise BuildStopped(
                f"a reader produced what no file should lead to: column {case['column']}, check {case['check']},"
                f" found {case['failure_case']!r}: this is a fault of the program"
            )
        if case["index"] not in worst or order[name] < order[worst[case["index"]]]:
            worst[case["index"]] = name
    told = []
    for row, name in sorted(worst.items()):
        reason, values = REASONS[name], rows.row(row, named=True)
        told.append((row, reason.level, reason.code, reason.message_zh.format(**values)))
    return pl.DataFrame(told, schema=empty.schema, orient="row")
