"""openecon doctor: late publications, a last build that failed, a release that no longer fits its checksums."""

from datetime import date

import polars as pl
import pytest

from dagster_project.lib import doctor, warehouse
from dagster_project.lib.house import House
from tests.unit.mini_house import write_house


def test_announced_publications_that_have_not_arrived_are_late():
    house = House()
    assert doctor.late(house, date(2025, 9, 17)) == []
    assert doctor.late(house, date(2025, 9, 18)) == [
        "raw/customs_gacc/files/2025-08.csv was announced for 2025-09-18 and has not arrived"
    ]


def test_before_the_first_build(tmp_path):
    _, troubles = doctor.examine(House(warehouse=tmp_path), date(2025, 8, 31))
    assert troubles == [f"nothing has been published in {tmp_path} yet: run openecon build"]


def test_damaged_release_and_failed_build_are_told(tmp_path):
    release = tmp_path / "builds" / "x" / "release"
    release.mkdir(parents=True)
    (tmp_path / "current").symlink_to("builds/x")
    warehouse.remember(tmp_path, {"ended": "not published", "problem": "raw/a/files/b.csv: the file is empty"})
    findings, troubles = doctor.examine(House(warehouse=tmp_path), date(2025, 8, 31))
    assert troubles == [
        f"{release} does not fit its checksums: run openecon build, which makes it anew",
        "the last build was not published: raw/a/files/b.csv: the file is empty",
    ]
    assert any(line.startswith("polars ") for line in findings)


def test_a_listed_file_that_is_gone_and_one_that_was_set_aside_are_told(tmp_path, monkeypatch):
    house = write_house(tmp_path)
    (house.raw / "bulletin" / "files" / "2025.csv").unlink()
    release = tmp_path / "warehouse" / "builds" / "x" / "release"
    (release / "all").mkdir(parents=True)
    (tmp_path / "warehouse" / "current").symlink_to("builds/x")
    rows = [("customs", "files/2024-03.csv", "file", "文件未能读取"), ("customs", "files/2024-03.csv", "cell", "不是数字")]
    held = pl.DataFrame(rows, schema=["source_id", "source_file", "level", "message_zh"], orient="row")
    held.write_parquet(release / "all" / "quarantine.parquet")
    monkeypatch.setattr(warehouse, "is_whole", lambda release: True)
    _, troubles = doctor.examine(house, date(2024, 4, 1))
    assert troubles == [
        "raw/customs/files/2024-03.csv: 文件未能读取",
        "raw/bulletin/files/2025.csv is listed in source.yml and is not there",
    ]


def test_missing_package_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    _, troubles = doctor.examine(House(warehouse=tmp_path), date(2025, 8, 31))
    assert "no-such-package is not installed: run make build" in troubles
