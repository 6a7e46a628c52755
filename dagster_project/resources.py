"""What assets share during one run: the folders of the project and the one build in progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from dagster_project.lib import warehouse
from dagster_project.lib.house import House

DEFAULT = House()


class BuildResource(dg.ConfigurableResource):
    """Holds the warehouse for the whole run, so that a nightly run and `openecon build` never work in it together."""

    raw: str = str(DEFAULT.raw)
    seeds: str = str(DEFAULT.seeds)
    warehouse: str = str(DEFAULT.warehouse)

    @property
    def house(self) -> House:
        return House(Path(self.raw), Path(self.seeds), Path(self.warehouse))

    @property
    def building(self) -> Path:
        return self.house.warehouse / "building"

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["BuildResource"]:
        with warehouse.lock(self.house.warehouse):
            yield self


def resources() -> dict[str, object]:
    """The resources of all assets, by name."""
    return {"build": BuildResource()}
