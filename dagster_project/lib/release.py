"""The release: files for each city and for machines, their checksums and their manifest. Only the manifest reads a clock.

write()  fills building/release with everything that SHA256SUMS covers: tables, briefings, sheets, their descriptor
seal()   adds SHA256SUMS and manifest.json, after the files have been checked
"""

import hashlib
import json
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import polars as pl

from dagster_project.lib import chinese, city_tables, datapackage, marts, transform
from dagster_project.lib.briefing import documents
from dagster_project.lib.house import House, Inputs
from dagster_project.lib.release_checks import CheckResults
from dagster_project.lib.release_tables import CIRCLE_TABLES, CITY_TABLES

BOM = b"\xef\xbb\xbf"


def write(building: Path, house: House) -> None:
    """Write cities/, circle/, all/ and datapackage.json of a release from the built database."""
    release = building / "release"
    tables = marts.described(transform.target_path(house) / "manifest.json")
    frames = marts.read(building / "openecon.duckdb", tables, building / "passing")
    (release / "all").mkdir(parents=True)
    for mart in tables:
        write_csv(frames[mart.name], release / "all" / f"{mart.name}.csv")
        frames[mart.name].write_parquet(release / "all" / f"{mart.name}.parquet", statistics=False)
    cities = city_tables.cities(frames)
    for city in cities:
        folder = release / "cities" / f"{city['ref_area']}-{city['pinyin']}"
        folder.mkdir(parents=True)
        for table in CITY_TABLES:
            write_csv(table.rows(frames, city["ref_area"]), folder / table.file)
    (release / "circle").mkdir()
    for table in CIRCLE_TABLES:
        write_csv(table.rows(frames), release / "circle" / table.file)
    day = reference_day(building)
    briefings = documents.write(frames, day, first_year_of_today(building, day), house.seeds / "templates", release)
    written = [path.relative_to(release).as_posix() for path in briefings]
    package = datapackage.describe(tables, frames, cities) | {"documents": written}
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (release / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """UTF-8, comma, line feed; empty for missing. The byte-order mark lets spreadsheets see that it is UTF-8."""
    path.write_bytes(BOM + frame.write_csv(quote_style="necessary", float_scientific=False).encode())


def seal(building: Path, inputs: Inputs, checks: CheckResults, results: transform.DbtResults) -> tuple[str, str]:
    """Write SHA256SUMS and manifest.json. Returns (release_id, reference day)."""
    release = building / "release"
    files = sorted(path for path in release.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(release).as_posix()}\n" for path in files]
    listing = "".join(sorted(lines, key=lambda line: line[66:]))
    (release / "SHA256SUMS").write_text(listing, encoding="utf-8", newline="\n")
    digest = hashlib.sha256(listing.encode()).hexdigest()
    day = reference_day(building).isoformat()
    release_id = f"{day}-{digest[:8]}"
    manifest = {
        "release_id": release_id,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "reference_day": day,
        "code": {"version": version("openecon"), "sha256": Inputs.digest_of(inputs.code)},
        "frameworks": _frameworks(release),
        "inputs": {"raw": inputs.raw, "seeds": inputs.seeds, "choices": inputs.choices},
        "rows": {path.stem: _rows(path) for path in sorted((release / "all").glob("*.parquet"))},
        "quarantined": _rows(release / "all" / "quarantine.parquet"),
        "models": {"built": results.models, "tests_passed": results.tests - len(results.warnings), "warnings": results.warnings},
        "findings": _findings(release),
        "checks": {"total": checks.total, "passed": checks.total, "by_file": checks.by_file},
        "sha256sums_sha256": digest,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (release / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    return release_id, day


def reference_day(building: Path) -> date:
    """The day that everything in a release is relative to."""
    return pl.read_parquet(building / "landing" / "declared" / "build.parquet")["reference_day"].item()


def first_year_of_today(building: Path, day: date) -> str:
    """The first year whose figures count as of today (seeds/thresholds.csv), as for signals."""
    limits = pl.read_parquet(building / "landing" / "declared" / "thresholds.parquet")
    return str(day.year - int(limits.filter(threshold="signal_current_years")["value"].item()))


def _rows(path: Path) -> int:
    return pl.scan_parquet(path).select(pl.len()).collect().item()


def _findings(release: Path) -> dict[str, int]:
    """How many findings of each severity and check the release carries."""
    found = (
        pl.read_parquet(release / "all" / "findings.parquet")
        .group_by("severity", "check_name")
        .len()
        .sort("severity", "check_name")
    )
    return {f"{severity} {check}": count for severity, check, count in found.iter_rows()}


def _frameworks(release: Path) -> dict[str, dict[str, object]]:
    """For each framework its version, whether and from when it is official, and how many verdicts of its audit are not ok."""
    columns = ["framework", "version", "official", "valid_from"]
    nodes = pl.read_parquet(release / "all" / "dim_framework.parquet", columns=columns).unique()
    audit = pl.read_parquet(release / "all" / "index_audit.parquet", columns=["framework", "verdict"])
    noted = audit.filter(~pl.col("verdict").is_in(chinese.UNREMARKABLE))["framework"].to_list()
    found = {}
    for framework, *about in nodes.select(columns).sort("framework").iter_rows():
        found[framework] = dict(zip(columns[1:], about, strict=True)) | {"audit_not_ok": noted.count(framework)}
    return found
