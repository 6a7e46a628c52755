"""What the tests of the models share: a database that dbt built from the real raw/ and seeds/, without a release."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_project.lib import build, declarations, landing, transform, warehouse
from dagster_project.lib.house import House, read_inputs


@dataclass(frozen=True)
class BuiltDatabase:
    """A building folder in which dbt has run, the house it was built for, and the SQL of each data test as it ran."""

    house: House
    building: Path
    compiled: dict[str, str]

    @property
    def database(self) -> Path:
        return self.building / "openecon.duckdb"

    @property
    def target(self) -> Path:
        return transform.target_path(self.house)

    @property
    def manifest(self) -> dict:
        return json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltDatabase:
    """The real statistics landed and modelled once. Nobody may change it: take a copy of the database."""
    house = House(warehouse=tmp_path_factory.mktemp("modelled") / "warehouse")
    declared = declarations.load(house)
    building = warehouse.fresh_building(house.warehouse)
    landed = landing.land(house, declared, list(declared.sources), read_inputs(house).raw)
    landing.write(landed, building / "landing", "all")
    build.finish_landing(declared, building, build.day_of_reference(landed.files, None))
    transform.run_dbt(house, building)
    # Read here: the next dbt run of this house writes over it.
    results = json.loads((transform.target_path(house) / "run_results.json").read_text(encoding="utf-8"))["results"]
    tests = [result for result in results if result["unique_id"].startswith("test.")]
    return BuiltDatabase(house, building, {test["unique_id"]: test["compiled_code"] for test in tests})
