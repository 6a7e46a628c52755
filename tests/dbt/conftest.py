"""What the tests of the models share: a database that dbt built from the real raw/ and seeds/, without a release."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_project.lib import transform
from dagster_project.lib.house import House
from tests.conftest import Built


@dataclass(frozen=True)
class BuiltDatabase:
    """A building folder in which dbt has run, the house it was built for, and the SQL of each data test as it ran."""

    house: House
    building: Path
    compiled: dict[str, str]
    made_in: str

    @property
    def database(self) -> Path:
        return self.building / "openecon.duckdb"

    @property
    def target(self) -> Path:
        return transform.target_path(self.house)

    @property
    def manifest(self) -> dict:
        text = (self.target / "manifest.json").read_text(encoding="utf-8")
        # Written where the build was made; here it lies elsewhere.
        return json.loads(text.replace(self.made_in, str(self.building)))


@pytest.fixture(scope="session")
def built(built: Built, tmp_path_factory: pytest.TempPathFactory) -> BuiltDatabase:
    """A copy of the published build, laid as the build in progress. Nobody may change it: take a copy of the database."""
    house = House(warehouse=tmp_path_factory.mktemp("modelled") / "warehouse")
    shutil.copytree(built.warehouse / ".cache", house.warehouse / ".cache")
    building = Path(shutil.copytree(built.warehouse / "current", house.warehouse / "building"))
    tests = [result for result in transform.raw_results(building) if result["unique_id"].startswith("test.")]
    made_in = str(built.warehouse / "building")
    compiled = {test["unique_id"]: test["compiled_code"].replace(made_in, str(building)) for test in tests}
    return BuiltDatabase(house, building, compiled, made_in)
