"""The contract at the door out: Great Expectations on the release's files, read back as a stranger would read them.

Importing Great Expectations takes longer than all its checks, so a worker process starts doing so when the build begins and
answers when the files are there. What is checked where: rows and relations in dbt tests; here only what a file can get wrong
on its way out (headings, encoding, missing files, texts where numbers belong, keys, codes).
"""

import json
import subprocess
import sys
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
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *problem: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def run(self, release: Path) -> CheckResults:
        """Check a release that lies whole in its folder but for SHA256SUMS and manifest. Raises BuildStopped naming what failed."""
        said, complaint = self.process.communicate(f"{release}\n")
        if self.process.returncode != 0:
            raise BuildStopped(f"the release could not be checked:\n{complaint.strip()[-2000:]}")
        results = CheckResults(**json.loads(said))
        if results.failed:
            raise BuildStopped("the release's files failed their checks:\n  " + "\n  ".join(results.failed))
        return results


def check(release: Path) -> CheckResults:
    """All checks of a release's files. Never raises for what a file holds; each failure is a line in `failed`."""
    by_file: dict[str, int] = {}
    failed: list[str] = []
    context = _context()
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = release / resource["path"]
        complaints = _before_reading(path, resource)
        if not complaints:
            checks, complaints = _expectations(context, path, resource)
            by_file[resource["path"]] = checks + 1
        else:
            by_file[resource["path"]] = 1
        failed += [f"{resource['path']}: {complaint}" for complaint in complaints]
    expected = {resource["path"] for resource in package["resources"]} | {"datapackage.json"}
    expected |= {path[:-3] + "parquet" for path in expected if path.startswith("all/")}
    present = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()}
    by_file["."] = 1
    if present != expected:
        failed.append(f"files that should not or should be there: {', '.join(sorted(present ^ expected))}")
    return CheckResults(sum(by_file.values()), by_file, failed)


def _before_reading(path: Path, resource: dict) -> list[str]:
    if not path.is_file():
        return ["the file is missing"]
    starts_with_mark = path.read_bytes()[:3] == BOM
    if starts_with_mark != (resource["encoding"] == "utf-8-sig"):
        return [f"the byte-order mark is {'there' if starts_with_mark else 'missing'} against its descriptor"]
    return []


def _expectations(context, path: Path, resource: dict) -> tuple[int, list[str]]:
    """(number of expectations, complaints) of one table, read as text."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, encoding=resource["encoding"], keep_default_na=False, na_values=[""])
    suite = suite_for(resource)
    source = context.data_sources.add_pandas(resource["path"])
    batch = source.add_dataframe_asset("file").add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    results = batch.validate(suite)
    complaints = [_complaint(result) for result in results.results if not result.success]
    return len(results.results), complaints


def _context():
    """An ephemeral context; nothing is stored and nothing is sent."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def _complaint(result) -> str:
    config = result.expectation_config
    kwargs = {key: value for key, value in config.kwargs.items() if key != "batch_id"}
    found = result.result.get("partial_unexpected_list") or result.result.get("observed_value") or result.exception_info
    return f"{config.type} {kwargs}: found {found}"[:600]


def suite_for(resource: dict):
    """The expectations of one table, from its descriptor."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    suite = gx.ExpectationSuite(name=resource["path"])
    suite.add_expectation(gxe.ExpectTableColumnsToMatchOrderedList(column_list=list(fields)))
    if not resource["name"].startswith("quarantine"):
        suite.add_expectation(gxe.ExpectTableRowCountToBeBetween(min_value=1))
    for name, field in fields.items():
        pattern = _pattern(name, field["type"], resource["name"])
        if pattern:
            suite.add_expectation(gxe.ExpectColumnValuesToMatchRegex(column=name, regex=pattern))
    key = resource["schema"].get("primaryKey", [])
    for name in key or [name for name in ("地区代码", "时期", "单位", "状态") if name in fields and resource["path"].endswith("指标.csv")]:
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
    "地区代码": r"^(\d{6}(-[a-z0-9]+)*|[A-Z]{3}|CN[A-Z2-9]{3})$",
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
