"""What people declare (seeds/ and every source.yml): read, checked against schemas/, and landed as Parquet for dbt."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pandera.errors
import polars as pl

from dagster_project.lib import plan_registers
from dagster_project.lib.house import House, is_litter, sha256
from dagster_project.lib.problems import FileProblem
from schemas import framework as contract
from schemas.framework import cast, load_framework, load_reasons
from schemas.seeds import SEEDS, SIGNAL_RULES
from schemas.source import DeclarationProblem, Publication, Source, load_source, options_of

#: Columns that every declared table gains, so that a value resting on a declaration can be traced to its row.
ORIGIN = {"declared_in": pl.String, "declared_sha256": pl.String, "declared_line": pl.Int32}


#: Limits that models ask for; without a row they would leave everything out without a word.
THRESHOLDS = {
    "min_ranked_cities",
    "file_shrink_share",
    "rounding_steps",
    "cumulative_shrink_share",
    "unit_power_tolerance",
    "unit_rate_tolerance",
    "check_min_cny",
    "growth_contradiction_factor",
    "rank_draws",
    "rank_seed",
    "target_ahead_pp",
    "target_behind_pp",
    "target_far_behind_pp",
    "target_missed_share",
    "target_about_share",
    "min_calendar_years",
    "min_trend_years",
    "signal_current_years",
    "warning_current_years",
}

#: Every declared table that dbt can read.
TABLES = (
    *SEEDS,
    "framework_nodes",
    "framework_settings",
    "framework_weightings",
    "framework_matrices",
    "framework_changes",
    "framework_areas",
    "sources",
    "build",
)


@dataclass(frozen=True)
class Declared:
    """All declarations of a project: seed tables by name, the sources, and the tables of the frameworks."""

    seeds: dict[str, pl.DataFrame]
    sources: dict[str, Source]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.seeds[name]


def load(house: House) -> Declared:
    """Read everything that is declared. Raises DeclarationProblem with file, row or key, and remedy."""
    seeds = {name: _seed(house.seeds / f"{name}.csv", name) for name in SEEDS}
    for name in SEEDS:
        _check_references(house, name, seeds)
    lacking = sorted(THRESHOLDS - set(seeds["thresholds"]["threshold"]))
    if lacking:
        raise DeclarationProblem(f"{house.seeds / 'thresholds.csv'}: no row gives {', '.join(lacking)}")
    lacking = sorted(set(SIGNAL_RULES) - set(seeds["signal_rules"]["rule"]))
    if lacking:
        raise DeclarationProblem(f"{house.seeds / 'signal_rules.csv'}: no row gives {', '.join(lacking)}")
    unknown = sorted(set(seeds["signal_rules"]["rule"]) - set(SIGNAL_RULES))
    if unknown:
        raise DeclarationProblem(f"{house.seeds / 'signal_rules.csv'}: no model looks for {', '.join(unknown)}: remove the row")
    plan_registers.check(house.seeds, seeds)
    sources = load_sources(house.raw)
    seeds |= _frameworks(house.seeds / "framework", seeds)
    return Declared(seeds, sources)


def load_sources(raw: Path) -> dict[str, Source]:
    """Every raw/<source_id>/source.yml. A folder without one is an error: its files would be silently left out."""
    sources = {}
    for folder in sorted(path for path in raw.iterdir() if path.is_dir() and not is_litter(path)):
        declaration = folder / "source.yml"
        if not declaration.is_file():
            raise DeclarationProblem(f"raw/{folder.name}: source.yml is missing, so nobody knows what these files are")
        source = load_source(declaration)
        for publication in source.files:
            options_of(source, publication)
        sources[folder.name] = source
    if not sources:
        raise DeclarationProblem(f"{raw}: no source folder found")
    return sources


@dataclass(frozen=True)
class Arrived:
    """The files of one source: publications with the period in their name; listed files that are not there; and files that
    nobody declared or whose day of publication is not known, as problems."""

    publications: list[tuple[Publication, str | None]]
    missing: list[Publication]
    problems: list[FileProblem]


def publications(house: House, source: Source, calendar: pl.DataFrame) -> Arrived:
    """Every file of a source, in name order."""
    folder = house.raw / source.source_id
    listed = {publication.file: publication for publication in source.files}
    on_disk = sorted(f"files/{path.name}" for path in (folder / "files").glob("*") if path.is_file() and not is_litter(path))
    found, problems = [], []
    for name in on_disk:
        try:
            if name not in listed and _prints_its_day(source, name):
                found.append((_printed(source, name, (folder / name).read_bytes()), None))
            else:
                found.append(_publication(source, name, listed, calendar))
        except FileProblem as problem:
            problems.append(problem)
    found, alike = _without_twins(source, found)
    problems += alike + _misplaced(folder)
    missing = [publication for name, publication in listed.items() if name not in on_disk]
    return Arrived(found, missing, problems)


def _misplaced(folder: Path) -> list[FileProblem]:
    """Files beside source.yml, or in a folder below files/: nobody would look for them there."""
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file() and not is_litter(path))
    return [
        FileProblem(f"raw/{folder.name}/{name.as_posix()}", "it does not lie directly in files/", "Move it there and declare it.")
        for name in names
        if name.as_posix() != "source.yml" and (len(name.parts) != 2 or name.parts[0] != "files")
    ]


def _publication(source: Source, name: str, listed: dict, calendar: pl.DataFrame) -> tuple[Publication, str | None]:
    period = _period_in_name(source, name)
    if name in listed:
        return listed[name], period
    path = f"raw/{source.source_id}/{name}"
    if period is None:
        named = f" and not named {source.pattern.file}" if source.pattern else ""
        raise FileProblem(
            path,
            f"not listed under `files` in source.yml{named}",
            "Declare it (title, address, day of publication) or take it away.",
        )
    released = calendar.filter((pl.col("calendar") == source.pattern.calendar) & (pl.col("time_period") == period))
    if released.is_empty():
        raise FileProblem(
            path,
            f"seeds/calendar.csv has no row {source.pattern.calendar}, {period}",
            "Add the day the publisher announced, or list the file in source.yml with its day of publication.",
        )
    year, month = period[:4], period[5:]
    return Publication(
        file=name,
        title_zh=source.pattern.title_zh.format(yyyy=year, mm=month, m=int(month)),
        address=source.pattern.address,
        published_on=released["release_on"].item(),
        published_basis="calendar",
    ), period


def _prints_its_day(source: Source, name: str) -> bool:
    return source.pattern is not None and source.pattern.published == "printed" and fnmatch(name.lower(), source.pattern.file)


def _printed(source: Source, name: str, content: bytes) -> Publication:
    """The publication that a file says it is. Raises FileProblem where it does not say so."""
    # Readers resolve names by what is declared: imported here, not above, where it would be in a circle.
    from dagster_project.lib.readers import PRINTED

    day, title = PRINTED[source.layout](content, f"raw/{source.source_id}/{name}")
    return Publication(file=name, title_zh=title, address=source.pattern.address, published_on=day, published_basis="publisher")


def _without_twins(source: Source, found: list[tuple]) -> tuple[list[tuple], list[FileProblem]]:
    """Without files that print the same title and day: which of them holds cannot be known, so none does."""
    if source.pattern is None or source.pattern.published != "printed":
        return found, []
    printed = [(publication.title_zh, publication.published_on) for publication, _ in found]
    kept, problems = [], []
    for (publication, period), own in zip(found, printed, strict=True):
        if printed.count(own) == 1:
            kept.append((publication, period))
            continue
        others = [other.file for (other, _), its in zip(found, printed, strict=True) if its == own and other is not publication]
        problems.append(
            FileProblem(
                f"raw/{source.source_id}/{publication.file}",
                f"it is of the same period and day as {', '.join(others)}: which of them holds cannot be known",
                "Take the superseded one away, or have the later one filled in with its own day.",
            )
        )
    return kept, problems


def _period_in_name(source: Source, name: str) -> str | None:
    """2024-03 of files/2024-03.csv, where the source's pattern says that year and month stand in the name."""
    if source.pattern is None:
        return None
    before, _, rest = source.pattern.file.partition("{yyyy}")
    between, _, after = rest.partition("{mm}")
    year, month = name[len(before) :][:4], name[len(before) + 4 + len(between) :][:2]
    fits = name == source.pattern.file.format(yyyy=year, mm=month, m=month) and name.endswith(after)
    return f"{year}-{month}" if fits and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12 else None


def _seed(path: Path, name: str) -> pl.DataFrame:
    try:
        text = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise DeclarationProblem(f"{path}: not readable as CSV in UTF-8: {problem}") from problem
    seed = SEEDS[name]
    columns = {column: spec.dtype.type for column, spec in seed.columns.items()}
    wrong = sorted(set(text.columns) ^ set(columns))
    if wrong:
        raise DeclarationProblem(f"{path}: columns should be {', '.join(columns)}; missing or unknown: {', '.join(wrong)}")
    frame = cast(text, columns, path)
    try:
        seed.schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as problem:
        raise DeclarationProblem(f"{path}: " + "; ".join(_failures(problem.failure_cases))) from problem
    lines = pl.int_range(2, frame.height + 2, dtype=pl.Int32, eager=True)
    return frame.with_columns(
        pl.lit(f"seeds/{name}.csv").alias("declared_in"),
        pl.lit(sha256(path)).alias("declared_sha256"),
        lines.alias("declared_line"),
    )


def _failures(cases: pl.DataFrame) -> list[str]:
    """At most five failed checks, each with its row as a person counts it in the CSV."""
    told = [
        f"row {case['index'] + 2 if case['index'] is not None else '?'}, column {case['column'] or 'several'}:"
        f" {case['failure_case']!r} fails {case['check']}"
        for case in cases.head(5).iter_rows(named=True)
    ]
    return told + ([f"and {cases.height - 5} more"] if cases.height > 5 else [])


def _check_references(house: House, name: str, seeds: dict[str, pl.DataFrame]) -> None:
    for column, targets in SEEDS[name].refers.items():
        known: set = set()
        for target in targets.split("|"):
            table, key = target.split(".")
            known |= set(seeds[table][key])
        used = seeds[name].filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(list(known)))
        if used.height:
            row = used.row(0, named=True)
            raise DeclarationProblem(
                f"{house.seeds / name}.csv: row {row['declared_line']}, column {column}: {row[column]!r} is not in {targets}"
            )


def _frameworks(folder: Path, seeds: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables of all frameworks, each node with the reason for its weight and goalposts."""
    folders = sorted(path for path in folder.glob("*") if path.is_dir())
    if not folders:
        raise DeclarationProblem(f"{folder}: no framework found")
    found: dict[str, tuple[Path, contract.Declared]] = {}
    nodes = []
    for path in folders:
        declared = load_framework(path)
        name = declared.settings["framework"]
        if name in found:
            raise DeclarationProblem(
                f"{path / 'framework.yml'}: id {name} is also that of {found[name][0].name}; each framework needs its own"
            )
        found[name] = (path, declared)
        _check_published(path, declared, seeds)
        reasons = load_reasons(path, declared.nodes)
        nodes.append(declared.nodes.join(reasons, on="code", how="left", maintain_order="left"))
    every = [declared for _, declared in found.values()]
    return {
        "framework_nodes": contract.number(pl.concat(nodes)),
        "framework_settings": pl.DataFrame([declared.settings for declared in every], schema=contract.SETTINGS).sort("framework"),
        "framework_weightings": _together(declared.weightings for declared in every),
        "framework_matrices": _together(declared.matrices for declared in every),
        "framework_changes": _together(declared.change_pairs for declared in every),
        "framework_areas": _together(declared.areas for declared in every).rename({"group": "area_group"}),
    }


def _together(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).sort("framework", maintain_order=True)


def _check_published(path: Path, declared: contract.Declared, seeds: dict[str, pl.DataFrame]) -> None:
    """What a framework of this project must hold beside its contract: measured, named in Chinese, and never rewriting a score."""
    measured = {*seeds["series"]["series"], *seeds["indicators"]["indicator"]}
    for node in declared.nodes.iter_rows(named=True):
        if node["type"] in ("indicator", "denominator") and node["code"] not in measured:
            raise DeclarationProblem(
                f"{path / 'framework.csv'}: {node['code']} is neither in seeds/indicators.csv nor in seeds/series.csv"
            )
        if not any("一" <= letter <= "鿿" for letter in node["name_zh"]):
            raise DeclarationProblem(
                f"{path / 'framework.csv'}: {node['code']}: name_zh {node['name_zh']!r} is not Chinese; releases name it so"
            )
    unknown = sorted(set(declared.areas["ref_area"]) - set(seeds["areas"]["ref_area"]))
    if unknown:
        raise DeclarationProblem(f"{path / 'areas.csv'}: {unknown[0]} is not in seeds/areas.csv")
    if declared.change_pairs.height:
        raise DeclarationProblem(
            f"{path / 'framework.yml'}: changes: a release compares each year with the one before; leave the pairs out"
        )
    if _moves(declared):
        raise DeclarationProblem(
            f"{path / 'framework.yml'}: reference: new periods would rewrite published scores;"
            " freeze the periods that figures are taken from with span: [from, to]"
        )


def _moves(declared: contract.Declared) -> bool:
    """Whether figures of the reference set change when a period is added."""
    kind, frozen = declared.settings["reference_set"], declared.settings["span_to"] is not None
    if frozen or kind in ("base", "period"):
        return False
    nodes, methods = declared.nodes, set(declared.weightings["method"])
    found = methods - {"expert", "equal", "ahp", "combined"}
    taken = (
        (nodes["aggregation"] == "topsis").any()
        or (nodes["treatment"] != "none").any()
        or (nodes["normalisation"] == "target_distance").any()
    )
    return kind == "panel" or bool(found) or taken
