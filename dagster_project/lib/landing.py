"""Landing: every publication becomes observations in the unit and period basis as published, or is held with its reason.

Each figure ends in exactly one of two tables: observations, or quarantine. A bad cell is held alone, a bad key takes its line,
a file that cannot be read is set aside whole. Figures pass in batches, so that memory does not grow with the files. A register
of projects lands beside them, by the same rules, as a table of its own.
"""

import hashlib
import mmap
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pandera.errors
import polars as pl

from dagster_project.lib import arrivals, projects
from dagster_project.lib.declarations import Declared, publications
from dagster_project.lib.house import House
from dagster_project.lib.problems import BuildStopped, FileProblem, FileProblems
from dagster_project.lib.readers import CELL, READERS, ROWS
from dagster_project.lib.resolve import Nearest, Places, resolve
from schemas import project
from schemas.observation import COLUMNS, CONTRACT, FINDING, QUARANTINE, REASONS, key_hash
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
    "time_period": pl.String,
    "figures": pl.Int64,
    "areas": pl.Int64,
    "periods": pl.Int64,
}
#: What of a source.yml becomes the declared table `sources`.
SOURCES = {
    "source_id": pl.String,
    "kind": pl.String,
    "publisher_zh": pl.String,
    "publisher_en": pl.String,
    "domain": pl.String,
    "title_zh": pl.String,
    "title_en": pl.String,
    "address": pl.String,
    "licence": pl.String,
    "layout": pl.String,
    "unproven": pl.Boolean,
    "frequency": pl.String,
    "calendar": pl.String,
}
#: The tables that landing leaves, each a folder of Parquet files.
TABLES = ("observations", "projects", "quarantine", "files", "findings")
#: Figures in one batch, and in one Parquet file.
BATCH = 1_000_000
#: What a reason is about, where a registered name may be near to what was printed.
NAMED = {"ref_area": "place", "series": "label", "unit_measure": "unit"}
#: A larger file is mapped into memory rather than read: its pages can be given back.
MAPPED = 64 * 2**20


@dataclass(frozen=True)
class Landed:
    """Part of what landing made: a batch of figures, or what is known of the files when all have been read."""

    observations: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))
    projects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=project.COLUMNS))
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    files: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FILES))
    findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDING))
    #: Listed files that are not on disk and that no release rests on.
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Accepted:
    """What the published release rests on: the names (raw/…) and the SHA-256 of the files that were read for it."""

    files: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()


NOTHING_ACCEPTED = Accepted()


def land(
    house: House,
    declared: Declared,
    source_ids: list[str],
    hashes: dict[str, str],
    until: str | None = None,
    accepted: Accepted = NOTHING_ACCEPTED,
) -> Iterator[Landed]:
    """Read, resolve, check and split the publications of the given sources, in batches.

    `hashes` are the SHA-256 of the inputs as the build began (raw/…): a file that has changed since stops the build. With `until`
    (a day), publications of a later day are left out. A file that cannot be read is set aside, unless its source says `stop` or
    the published release rests on it (`accepted`): then FileProblems names every such file.
    """
    work = _Work(house, declared, hashes, accepted)
    for source_id in source_ids:
        source = declared.sources[source_id]
        arrived = publications(house, source, declared["calendar"])
        # A file without a day of publication cannot be shown to have been known on an earlier day.
        for problem in arrived.problems if until is None else ():
            work.set_aside(source, problem)
        for publication in arrived.missing:
            if until is None or publication.published_on.isoformat() <= until:
                work.lacks(source, publication)
        for publication, period in arrived.publications:
            if until is None or publication.published_on.isoformat() <= until:
                yield from work.publication(source, publication, period)
    yield from work.flush()
    if work.stopping:
        raise FileProblems(work.stopping)
    files = pl.DataFrame(work.files, schema=FILES, orient="row")
    findings = arrivals.findings([declared.sources[name] for name in source_ids], declared, files, work.areas, work.aside)
    yield Landed(quarantine=arrivals.quarantined(work.aside), files=files, findings=findings, missing=work.missing)


class _Work:
    """One landing under way: small files gather into batches, a large one passes in batches of its own."""

    def __init__(self, house: House, declared: Declared, hashes: dict[str, str], accepted: Accepted) -> None:
        self.house, self.declared, self.hashes, self.accepted = house, declared, hashes, accepted
        self.units = frozenset(declared["units"]["unit"])
        self.nearest = Nearest(declared)
        self.places = Places(declared)
        self.pending: list[pl.DataFrame] = []
        self.files: list[dict] = []
        self.aside: list[arrivals.Aside] = []
        self.stopping: list[FileProblem] = []
        self.missing: list[str] = []
        #: The areas found in the files of sources that expect some in every file.
        self.areas: dict[tuple[str, str], set[str]] = {}

    def publication(self, source: Source, publication: Publication, period: str | None) -> Iterator[Landed]:
        """The batches that one publication fills; none while it waits for others."""
        name = f"raw/{source.source_id}/{publication.file}"
        begun = False
        try:
            with _content(self.house.raw / source.source_id / publication.file, name, self.hashes) as content:
                options = options_of(source, publication) | {"known_units": self.units, "places": self.places}
                frames = _frames(source.layout, content, name, period, options)
                first, second = next(frames, None), next(frames, None)
                if first is None:
                    remedy = "Compare it with an earlier publication and with source.yml."
                    raise FileProblem(name, "no figure found in the file", remedy)
                extent = _Extent()
                if source.layout in ROWS:
                    yield self.registered(self.told(extent.count(first), source, publication))
                elif second is None:
                    self.pending.append(self.told(extent.count(first), source, publication))
                    if sum(frame.height for frame in self.pending) >= BATCH:
                        yield from self.flush()
                else:
                    yield from self.flush()
                    begun = True
                    seen = _Seen()
                    for frame in _ahead(chain([first, second], frames)):
                        yield self.landed(self.told(extent.count(frame), source, publication), seen)
                self.files.append(_file_row(source, publication, period, self.hashes[name], extent))
        except FileProblem as problem:
            # Of a file that has partly landed nothing can be taken back any more.
            self.stopping.append(problem) if begun else self.set_aside(source, problem)

    def set_aside(self, source: Source, problem: FileProblem) -> None:
        """Hold a file that cannot be read, or stop the build for it: figures already published must not vanish with it."""
        digest = self.hashes.get(problem.file)
        published = digest in self.accepted.hashes or problem.file in self.accepted.files
        if published or source.on_bad_file == "stop" or isinstance(problem, FileChanged):
            self.stopping.append(problem)
        else:
            self.aside.append(arrivals.Aside(source.source_id, problem, digest))

    def lacks(self, source: Source, publication: Publication) -> None:
        """Note a listed file that is not there; stop where the published release rests on it."""
        name = f"raw/{source.source_id}/{publication.file}"
        if name in self.accepted.files:
            remedy = "Put it back, or take its entry out of source.yml."
            self.stopping.append(FileProblem(name, "the published release rests on this file, and it is gone", remedy))
        else:
            self.missing.append(name)

    def told(self, cells: pl.DataFrame, source: Source, publication: Publication) -> pl.DataFrame:
        """Cells with what is known of their publication."""
        return cells.with_columns(
            pl.lit(source.source_id).alias("source_id"),
            pl.lit(source.obs_status).alias("default_status"),
            pl.lit(publication.published_on).cast(pl.Date).alias("published_on"),
            pl.lit(publication.published_basis).alias("published_basis"),
            pl.lit(publication.file).alias("source_file"),
            pl.lit(self.hashes[f"raw/{source.source_id}/{publication.file}"]).alias("source_sha256"),
        )

    def flush(self) -> Iterator[Landed]:
        """The batch of the files that waited, if any did."""
        if self.pending:
            cells, self.pending = pl.concat(self.pending), []
            yield self.landed(cells)

    def landed(self, cells: pl.DataFrame, seen: "_Seen | None" = None) -> Landed:
        """One batch of cells, split into observations and quarantine."""
        resolved = resolve(cells, self.declared)
        observations, quarantine = split(seen.mark(resolved) if seen else resolved, self.nearest)
        if observations.height + quarantine.height != cells.height:
            raise BuildStopped(
                "landing lost or doubled figures: this is a fault of the program; report it with the files in raw/"
            )
        self._note_areas(observations)
        return Landed(observations, quarantine=quarantine)

    def registered(self, rows: pl.DataFrame) -> Landed:
        """One register, split into projects and quarantine."""
        found, held = projects.split(rows, self.declared)
        if found.height + held.filter(level="line").height != rows.height:
            raise BuildStopped(
                "landing lost or doubled projects: this is a fault of the program; report it with the files in raw/"
            )
        return Landed(projects=found, quarantine=held)

    def _note_areas(self, observations: pl.DataFrame) -> None:
        expecting = [name for name, source in self.declared.sources.items() if source.options.get("expected_areas")]
        found = observations.filter(pl.col("source_id").is_in(expecting)).select("source_id", "source_file", "ref_area").unique()
        for source_id, file, area in found.iter_rows():
            self.areas.setdefault((source_id, file), set()).add(area)


class FileChanged(FileProblem):
    """A file whose bytes are no longer those that the build was decided on."""


@contextmanager
def _content(path: Path, name: str, hashes: dict[str, str]) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a publication, as they were when the build began; a large file is mapped."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if hashes.get(name) != digest:
            raise FileChanged(name, "the file changed while the build was running", "Start the build again.")
        if path.stat().st_size < MAPPED:
            stream.seek(0)
            yield stream.read()
        else:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                yield mapped


def _frames(layout: str, content, name: str, period: str | None, options: dict) -> Iterator[pl.DataFrame]:
    """What a reader gives, as frames of cells: small layouts give a list, those that may be large give batches.

    A fault of the reader itself is told like any other file that cannot be read, with its trace for those who mend it.
    """
    try:
        cells = READERS[layout](content, name, period, options)
        if isinstance(cells, list):
            cells = iter([pl.DataFrame(cells, schema=ROWS.get(layout, CELL))] if cells else [])
        yield from cells
    except BuildStopped:
        raise
    except Exception as fault:
        traceback.print_exc()
        found = f"its reader failed ({type(fault).__name__})"
        raise FileProblem(name, found, "This is a fault of the program: report it with the file.") from fault


def _ahead(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same frames, the next one read while the caller is busy with the last."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, frames, None)
        while (frame := coming.result()) is not None:
            coming = reader.submit(next, frames, None)
            yield frame


class _Extent:
    """How much a file holds, counted while its cells pass."""

    def __init__(self) -> None:
        self.figures, self.places, self.periods = 0, set(), set()

    def count(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Count the cells and hand them on."""
        self.figures += cells.height
        self.places |= set(cells["place"].unique())
        self.periods |= set(cells["time_period"].unique())
        return cells


class _Seen:
    """The keys of a file's earlier batches, so that a duplicate is found however far away its first is."""

    def __init__(self) -> None:
        self.batches: list[pl.Series] = []
        #: One place for each value of 26 bits of a hash: only keys whose place is taken can have been seen before.
        self.taken = np.zeros(2**26, dtype=np.bool_)

    def mark(self, resolved: pl.DataFrame) -> pl.DataFrame:
        """The batch with is_repeated where an earlier batch held the same key."""
        hashes = resolved.select(key_hash()).to_series()
        place = hashes.to_numpy() & (self.taken.size - 1)
        maybe = hashes.filter(pl.Series(self.taken[place])).implode()
        known = pl.concat([hashes.clear(), *(batch.filter(batch.is_in(maybe)) for batch in self.batches)])
        self.taken[place] = True
        self.batches.append(hashes)
        return resolved.with_columns(hashes.is_in(known.implode()).alias("is_repeated"))


@dataclass(frozen=True)
class Written:
    """What landing left on disk: the publications that were read, what was found about files, and counts of figures."""

    files: pl.DataFrame
    findings: pl.DataFrame
    figures: int
    held: int
    periods: int
    latest_period: str
    missing: list[str]


def write(batches: Iterable[Landed], folder: Path, name: str) -> Written:
    """Write observations/<name>.parquet, then <name>~1.parquet and so on; the other tables likewise. Returns what was written."""
    for table in TABLES:
        (folder / table).mkdir(parents=True, exist_ok=True)
        for old in parts(folder / table, name):
            old.unlink()
    figures = held = 0
    periods: set[str] = set()
    written = dict.fromkeys(TABLES, 0)
    last = Landed()
    for last in batches:
        for table in TABLES:
            frame = getattr(last, table)
            if frame.height:
                _write_part(frame, folder / table, name, written[table])
                written[table] += 1
        figures += last.observations.height + last.projects.height
        held += last.quarantine.filter(pl.col("level") != "file").height
        periods |= set(last.observations["time_period"].unique())
    for table in TABLES:
        if written[table] == 0:
            _write_part(getattr(Landed(), table), folder / table, name, 0)
    return Written(last.files, last.findings, figures, held, len(periods), max(periods, default=""), last.missing)


def parts(folder: Path, name: str) -> list[Path]:
    """The Parquet files of one name that write() left in a table's folder."""
    return sorted(path for path in folder.glob("*.parquet") if path.stem.split("~")[0] == name)


def _write_part(frame: pl.DataFrame, folder: Path, name: str, part: int) -> None:
    frame.write_parquet(folder / (f"{name}~{part}.parquet" if part else f"{name}.parquet"), compression="lz4", statistics=False)


def accepted(warehouse: Path) -> Accepted:
    """What the published release of a warehouse rests on; nothing before the first."""
    tables = sorted((warehouse / "current" / "landing" / "files").glob("*.parquet"))
    if not tables:
        return NOTHING_ACCEPTED
    files = pl.concat([pl.read_parquet(path, columns=["source_id", "source_file", "source_sha256"]) for path in tables])
    names = files.select(pl.format("raw/{}/{}", "source_id", "source_file")).to_series()
    return Accepted(frozenset(names), frozenset(files["source_sha256"]))


def write_declared(declared: Declared, folder: Path) -> None:
    """Land the declarations beside the observations, as declared/<table>.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in declared.seeds.items():
        frame.write_parquet(folder / f"{name}.parquet")
    rows = [
        {field: getattr(source, field) for field in SOURCES if field != "calendar"}
        | {"calendar": source.pattern.calendar if source.pattern else None}
        for source in declared.sources.values()
    ]
    pl.DataFrame(rows, schema=SOURCES).write_parquet(folder / "sources.parquet")


def _file_row(source: Source, publication: Publication, period: str | None, digest: str, extent: _Extent) -> dict:
    return {
        "source_id": source.source_id,
        "source_file": publication.file,
        "source_sha256": digest,
        "title_zh": publication.title_zh,
        "publisher_zh": publication.publisher_zh or source.publisher_zh,
        "address": publication.address or source.address,
        "published_on": publication.published_on,
        "published_basis": publication.published_basis,
        "time_period": period,
        "figures": extent.figures,
        "areas": len(extent.places),
        "periods": len(extent.periods),
    }


def split(resolved: pl.DataFrame, nearest: Nearest) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(observations, quarantine). The pandera contract decides; REASONS says whether a failure takes the line with it."""
    failed = _failures(resolved, nearest)
    if failed.is_empty():
        return resolved.select(COLUMNS.keys()), pl.DataFrame(schema=QUARANTINE)
    line = ["source_id", "source_file", "line"]
    numbered = resolved.with_row_index("row")
    sick = numbered.filter(pl.col("row").is_in(failed.filter(level="line")["row"].implode())).select(line).unique()
    # Few figures fail: the others are only passed by, not joined.
    near = numbered.filter(pl.col("row").is_in(failed["row"].implode()) | pl.col("line").is_in(sick["line"].implode()))
    lines = near.join(failed, on="row", how="left", maintain_order="left")
    worst = lines.filter(level="line").unique(line, keep="first", maintain_order=True)
    lines = lines.join(
        worst.select(*line, line_reason="reason", line_message="message_zh"), on=line, how="left", maintain_order="left"
    ).with_columns(
        reason=pl.coalesce("reason", "line_reason"),
        message_zh=pl.coalesce("message_zh", "line_message"),
        level=pl.when(pl.col("line_reason").is_not_null()).then(pl.lit("line")).otherwise("level"),
    )
    held = lines.filter(pl.col("reason").is_not_null())
    kept = numbered.filter(~pl.col("row").is_in(held["row"].implode()))
    return kept.select(COLUMNS.keys()), held.select(QUARANTINE.keys())


def _failures(rows: pl.DataFrame, nearest: Nearest) -> pl.DataFrame:
    """row, level, reason, message_zh of each row that breaks the contract: the first reason in the order of REASONS."""
    empty = pl.DataFrame(schema={"row": pl.UInt32, "level": pl.String, "reason": pl.String, "message_zh": pl.String})
    try:
        CONTRACT.validate(rows, lazy=True)
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
        near = nearest.to(NAMED[name], values[NAMED[name]]) if name in NAMED else ""
        told.append((row, reason.level, reason.code, reason.message_zh.format(**values, nearest=near)))
    return pl.DataFrame(told, schema=empty.schema, orient="row")
