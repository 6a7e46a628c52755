"""What leaves the building: the release's files, their checks, and the one rename that publishes them."""

import json

import dagster as dg

from dagster_project.lib import build as steps
from dagster_project.lib import release as release_files
from dagster_project.lib import transform, warehouse
from dagster_project.lib.house import Inputs
from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.release_checks import Checker, CheckResults
from dagster_project.resources import BuildResource

RELEASE = dg.AssetKey(["release", "files"])
PUBLISHED = dg.AssetKey(["release", "published"])


def assets(marts: list[dg.AssetKey]) -> list:
    """Everything of this folder, for definitions.py. `marts` are the keys of the published tables."""

    @dg.asset(key=RELEASE, deps=marts, group_name="release")
    def files(build: BuildResource) -> dg.MaterializeResult:
        """The files of the release: one folder for each city, and every published table as CSV and Parquet."""
        release_files.write(build.building, build.house)
        release = build.building / "release"
        paths = [path for path in release.rglob("*") if path.is_file()]
        return dg.MaterializeResult(metadata={"files": len(paths), "bytes": sum(path.stat().st_size for path in paths)})

    @dg.asset_check(asset=RELEASE, name="great_expectations", blocking=True)
    def checked(build: BuildResource) -> dg.AssetCheckResult:
        """Great Expectations on the release's files; what fails here is not published."""
        with Checker() as checker:
            try:
                results = checker.run(build.building / "release")
            except BuildStopped as problem:
                return dg.AssetCheckResult(passed=False, metadata={"failed": str(problem)})
        (build.building / "checks.json").write_text(results.as_json(), encoding="utf-8")
        return dg.AssetCheckResult(passed=True, metadata={"checks": results.total})

    @dg.asset(key=PUBLISHED, deps=[RELEASE], group_name="release")
    def published(build: BuildResource) -> dg.MaterializeResult:
        """The release that warehouse/latest points at."""
        inputs = Inputs.load(build.building / "inputs.json")
        checks = CheckResults(**json.loads((build.building / "checks.json").read_text(encoding="utf-8")))
        release_id, reference_day = release_files.seal(build.building, inputs, checks, transform.results(build.building))
        warehouse.publish(build.house.warehouse, release_id)
        steps.remember(build.house, inputs, release_id, reference_day)
        return dg.MaterializeResult(metadata={"release_id": release_id, "reference_day": reference_day})

    return [files, checked, published]
