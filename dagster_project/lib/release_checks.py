"""The contract at the door out: Great Expectations on the release's files, read back as a stranger would read them.

Importing Great Expectations takes longer than all its checks, so a worker process starts doing so when the build begins and
answers when the files are there. What is checked where: rows and relations in dbt tests; here only what a file can get wrong
on its way out (headings, encoding, missing files, texts where numbers belong, keys, codes).
"""

import json
import re
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from dagster_project.lib.problems import BuildStopped

BOM = b"\xef\xbb\xbf"
STATUS = "^[APEILMO]$"
PERIOD = r"^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$"
CHINESE_PERIOD = r"^\d{4}年(第[1-4]季度|(1—)?\d{1,2}月)?$"
SHA256 = "^[0-9a-f]{64}$"


@dataclass(frozen=True)
class CheckResults:
    """How many checks were made, by file; `failed` holds one line for each that did not pass."""

    total: int
    by_file: dict[str, int]
    failed: list[str]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


class Checker:
    """A worker process that has Great Expectations loaded by the time it is asked."""

    def __enter__(self) -> "Checker":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.lib.release_checks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=False,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *problem: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def run(self, release: Path) -> CheckResults:
        """Check a release that lies whole but for SHA256SUMS and manifest. Raises BuildStopped naming what failed."""
        said, complaint = self.process.communicate(f"{release}\n")
        if self.process.returncode != 0:
            raise BuildStopped(f"the release could not be checked:\n{complaint.strip()[-2000:]}")
        results = CheckResults(**json.loads(said))
        if results.failed:
            raise BuildStopped("the release's files failed their checks:\n  " + "\n  ".join(results.failed))
        return results


def check(release: Path) -> CheckResults:
    """All checks of a release's files. Never raises for what a file holds; each failure is a line in `failed`."""
    context = _context()
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    by_file: dict[str, int] = {}
    failed: list[str] = []
    for resources in _alike(package["resources"]):
        sound = []
        for resource in resources:
            complaint = _before_reading(release / resource["path"], resource)
            by_file[resource["path"]] = 1
            if complaint:
                failed.append(f"{resource['path']}: {complaint}")
            else:
                sound.append(resource)
        if sound:
            checks, complaints = _expectations(context, release, sound)
            failed += complaints
            for resource in sound:
                by_file[resource["path"]] += checks
    for path in package["documents"]:
        complaint = _of_document(release / path)
        by_file[path] = 1
        failed += [f"{path}: {complaint}"] if complaint else []
    expected = {resource["path"] for resource in package["resources"]} | {"datapackage.json", *package["documents"]}
    expected |= {path[:-3] + "parquet" for path in expected if path.startswith("all/")}
    present = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()}
    by_file["."] = 1
    if present != expected:
        failed.append(f"files that should not or should be there: {', '.join(sorted(present ^ expected))}")
    return CheckResults(sum(by_file.values()), by_file, failed)


#: Tables that may have no rows: what is odd; versions beside one another while there is only one; changes where no two
#: years can be compared; contributions where no mean can be taken apart; what is said of ranks where too few cities have a
#: score to rank, or of cities where too few have a value.
MAY_BE_EMPTY = {
    *("quarantine", "findings", "revisions", "score_versions", "score_changes", "score_contributions"),
    *("rank_moves", "rank_intervals", "rank_shares", "rank_ahead", "uncertainty_settings", "sensitivity", "schemes"),
    *("leave_one_out", "coordination", "inequality", "convergence", "circle_inequality", "circle_values"),
    *("circle-totals", "circle-inequality", "circle-coordination", "circle-convergence"),
    *("signals", "signal_coverage", "warning_levels", "circle-signals", "circle-warnings", "circle-signal-coverage"),
    *("target_progress", "plan_measures", "plan_measure_units", "circle-targets", "circle-measures"),
    *("investment_projects", "investment_funnel", "investment_structure"),
}
#: Tables of a city that may have no rows: no document promises anything of it, nothing stands out.
MAY_BE_EMPTY_IN_A_CITY = ("-targets", "-signals", "-warnings")


def _alike(resources: list[dict]) -> list[list[dict]]:
    """Tables of one kind together: the same file of nine cities is judged in one go, which saves most of the time."""
    kinds: dict[str, list[dict]] = {}
    for resource in resources:
        kinds.setdefault(resource["path"] if resource["path"].startswith("all/") else Path(resource["path"]).name, []).append(
            resource
        )
    return list(kinds.values())


def _before_reading(path: Path, resource: dict) -> str | None:
    """What is wrong with a file before its rows are looked at: missing, wrong mark, wrong headings, no rows."""
    if not path.is_file():
        return "the file is missing"
    content = path.read_bytes()
    if content.startswith(BOM) != (resource["encoding"] == "utf-8-sig"):
        return f"the byte-order mark is {'there' if content.startswith(BOM) else 'missing'} against its descriptor"
    lines = content.decode(resource["encoding"]).split("\n", 2)
    headings = ",".join(field["name"] for field in resource["schema"]["fields"])
    if lines[0] != headings:
        return f"the headings are {lines[0]!r}, expected {headings!r}"
    may_be_empty = resource["name"] in MAY_BE_EMPTY or resource["name"].endswith(MAY_BE_EMPTY_IN_A_CITY)
    if not may_be_empty and not lines[1]:
        return "the table has no rows"
    return None


def _of_document(path: Path) -> str | None:
    """What is wrong with a briefing or sheet: missing, unreadable, a tag of the template left in it, a table without rows."""
    if not path.is_file():
        return "the file is missing"
    try:
        with zipfile.ZipFile(path) as archive:
            body = archive.read("word/document.xml").decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return "it is no Word document"
    text = "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", body))
    if "{{" in text or "{%" in text:
        return "a tag of its template is left in it"
    if any(table.count("<w:tr>") + table.count("<w:tr ") < 2 for table in re.findall(r"<w:tbl>.*?</w:tbl>", body, re.DOTALL)):
        return "a table in it has no rows"
    return None


def _expectations(context, release: Path, resources: list[dict]) -> tuple[int, list[str]]:
    """(number of expectations, complaints) of tables of one kind, read as text."""
    import pandas as pd

    suite = suite_for(resources[0])
    # Columns that nothing is expected of are left unread: hashing them costs more than all checks.
    judged = {name for expectation in suite.expectations for name in _columns_of(expectation)}
    options = {
        "dtype": str,
        "encoding": resources[0]["encoding"],
        "keep_default_na": False,
        "na_values": [""],
        "usecols": judged.__contains__,
    }
    frames = [pd.read_csv(release / resource["path"], **options) for resource in resources]
    paths = [resource["path"] for resource in resources]
    frame = pd.concat(frames, keys=paths, names=[FILE, "row"]).reset_index(level=FILE).reset_index(drop=True)
    source = context.data_sources.add_pandas(paths[0])
    batch = source.add_dataframe_asset("file").add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    told = {"result_format": "COMPLETE", "unexpected_index_column_names": [FILE]}
    results = batch.validate(suite, result_format=told)
    return len(results.results), [line for result in results.results if not result.success for line in _complaints(result, paths)]


def _columns_of(expectation) -> list[str]:
    return getattr(expectation, "column_list", None) or [expectation.column]


#: The column that remembers which file a row was read from.
FILE = "__file__"


def _context():
    """An ephemeral context; nothing is stored and nothing is sent."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def _complaints(result, paths: list[str]) -> list[str]:
    """One line for each file that a failed expectation is about."""
    config = result.expectation_config
    kwargs = {key: value for key, value in config.kwargs.items() if key not in ("batch_id", "result_format")}
    rows = result.result.get("unexpected_index_list") or []
    files = sorted({row[FILE] for row in rows}) or paths
    found = result.result.get("partial_unexpected_list") or result.result.get("observed_value") or result.exception_info
    return [f"{path}: {config.type} {kwargs}: found {found}"[:600] for path in files]


def suite_for(resource: dict):
    """The expectations of one table, from its descriptor."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    suite = gx.ExpectationSuite(name=resource["path"])
    for name, field in fields.items():
        pattern = _pattern(name, field["type"], resource["name"])
        if pattern:
            suite.add_expectation(gxe.ExpectColumnValuesToMatchRegex(column=name, regex=pattern))
    key = resource["schema"].get("primaryKey", [])
    for name in key or [
        name for name in ("地区代码", "时期", "单位", "状态") if name in fields and resource["path"].endswith("指标.csv")
    ]:
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=name))
    if len(key) == 1:
        suite.add_expectation(gxe.ExpectColumnValuesToBeUnique(column=key[0]))
    if len(key) > 1:
        suite.add_expectation(gxe.ExpectCompoundColumnsToBeUnique(column_list=key))
    return suite


BY_NAME = {
    "obs_status": STATUS,
    "time_period": PERIOD,
    "source_sha256": SHA256,
    "时期": CHINESE_PERIOD,
    "状态": r"^[APEILMO] \S+$",
    "地区代码": r"^(\d{6}(-[a-z0-9]+)*|[A-Z]{3}|WHMA|CN[A-Z2-9]{3})$",
    "覆盖率%": r"^(\d{1,2}|100)$",
}
BY_TYPE = {
    "number": r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$",
    "integer": r"^-?\d+$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "boolean": "^(true|false)$",
}


def _pattern(name: str, data_type: str, table: str) -> str | None:
    """What every text of a column must look like, by its name or else by its declared type."""
    if table == "quarantine" and name == "time_period":
        # A held figure keeps the period as printed, whatever it is.
        return None
    return BY_NAME.get(name) or BY_TYPE.get(data_type)


def main() -> None:
    """The worker: load Great Expectations, read one release path from standard input, answer with its results as JSON."""
    import great_expectations  # noqa: F401  (loading it early is the point)
    import pandas  # noqa: F401

    _context()
    release = sys.stdin.readline().strip()
    if release:
        results = check(Path(release))
        print(results.as_json())


if __name__ == "__main__":
    main()
