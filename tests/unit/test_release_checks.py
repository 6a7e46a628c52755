"""Every kind of release check passes on a small good release and fails on the bad file it is about."""

import json
import shutil
from pathlib import Path

import docx
import pytest

from dagster_project.lib.problems import BuildStopped
from dagster_project.lib.release_checks import BOM, BY_NAME, BY_TYPE, Checker, check

FIELDS = {
    "all/thing.csv": [
        ("code", "string"),
        ("time_period", "string"),
        ("obs_status", "string"),
        ("source_sha256", "string"),
        ("value", "number"),
        ("rank", "integer"),
        ("published_on", "date"),
        ("in_index", "boolean"),
    ],
    "all/pair.csv": [("a", "string"), ("b", "string")],
    "all/quarantine.csv": [("time_period", "string")],
    "all/score_versions.csv": [("framework_from", "string")],
    "cities/x/指标.csv": [("地区代码", "string"), ("时期", "string"), ("数值", "number"), ("单位", "string"), ("状态", "string")],
    "cities/x/得分.csv": [("地区代码", "string"), ("时期", "string"), ("覆盖率%", "number")],
}
KEYS = {"all/thing.csv": ["code"], "all/pair.csv": ["a", "b"]}
GOOD = {
    "all/thing.csv": f"n,2024-03,A,{'0' * 64},1.5,1,2025-01-18,true\nm,2024,O,{'f' * 64},,,,\n",
    "all/pair.csv": "1,1\n1,2\n",
    "all/quarantine.csv": "2017-01/2017-11-29\n",
    # While there is one official version, there is nothing to set beside it.
    "all/score_versions.csv": "",
    "cities/x/指标.csv": "420100,2024年1—3月,4033.53,亿元,P 初步数\nWUH,2024年,,万人次,O 缺失\n",
    "cities/x/得分.csv": "420100-wedz,2024年3月,60\n",
}


BRIEFING = "circle/briefing.docx"


def write(folder: Path, path: str, body: str, header: str | None = None) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    heading = header or ",".join(name for name, _ in FIELDS[path])
    mark = BOM if path.startswith("cities") else b""
    target.write_bytes(mark + f"{heading}\n{body}".encode())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    resources = []
    for path, fields in FIELDS.items():
        write(folder, path, GOOD[path])
        schema = {"fields": [{"name": name, "type": kind} for name, kind in fields]}
        schema |= {"primaryKey": KEYS[path]} if path in KEYS else {}
        encoding = "utf-8-sig" if path.startswith("cities") else "utf-8"
        resources.append({"name": Path(path).stem, "path": path, "encoding": encoding, "schema": schema})
        if path.startswith("all/"):
            (folder / path).with_suffix(".parquet").write_bytes(b"")
    package = {"resources": resources, "documents": [BRIEFING]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "circle").mkdir()
    docx.Document().save(folder / BRIEFING)
    return folder


def test_good_release_passes(good: Path):
    results = check(good)
    assert results.failed == [] and results.total == sum(results.by_file.values()) > 25


THING = GOOD["all/thing.csv"]
BAD = {
    "columns in another order": ("all/pair.csv", "1,1\n", "b,a"),
    "no rows": ("all/pair.csv", "", None),
    "key is null": ("all/thing.csv", THING.replace("m,2024", ",2024"), None),
    "key twice": ("all/thing.csv", THING.replace("m,2024", "n,2024"), None),
    "compound key twice": ("all/pair.csv", "1,1\n1,1\n", None),
    "time_period": ("all/thing.csv", THING.replace("2024-03", "2024-13"), None),
    "obs_status": ("all/thing.csv", THING.replace(",A,", ",X,"), None),
    "source_sha256": ("all/thing.csv", THING.replace("f" * 64, "f" * 63), None),
    "number": ("all/thing.csv", THING.replace("1.5", "nan"), None),
    "integer": ("all/thing.csv", THING.replace(",1,2025", ",1.0,2025"), None),
    "date": ("all/thing.csv", THING.replace("2025-01-18", "2025/1/18"), None),
    "boolean": ("all/thing.csv", THING.replace("true", "True"), None),
    "地区代码": ("cities/x/指标.csv", GOOD["cities/x/指标.csv"].replace("420100", "4201"), None),
    "时期": ("cities/x/指标.csv", GOOD["cities/x/指标.csv"].replace("2024年,", "2024,"), None),
    "状态": ("cities/x/指标.csv", GOOD["cities/x/指标.csv"].replace("P 初步数", "P"), None),
    "单位 is null": ("cities/x/指标.csv", GOOD["cities/x/指标.csv"].replace("亿元", ""), None),
    "覆盖率%": ("cities/x/得分.csv", GOOD["cities/x/得分.csv"].replace("60", "160"), None),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_row_fails(good: Path, tmp_path: Path, case: str):
    release = shutil.copytree(good, tmp_path / "release")
    path, body, header = BAD[case]
    write(release, path, body, header)
    failed = check(release).failed
    assert len(failed) == 1 and failed[0].startswith(f"{path}: "), failed


def test_every_pattern_has_a_bad_row():
    assert set(BY_NAME) | set(BY_TYPE) <= set(BAD)


def test_files_missing_extra_or_without_their_mark(good: Path, tmp_path: Path):
    release = shutil.copytree(good, tmp_path / "release")
    (release / "all/pair.csv").unlink()
    (release / "all/stray.txt").write_text("x")
    city = release / "cities/x/指标.csv"
    city.write_bytes(city.read_bytes()[3:])
    (release / BRIEFING).write_text("<html>")
    assert sorted(check(release).failed) == [
        "all/pair.csv: the file is missing",
        f"{BRIEFING}: it is no Word document",
        "cities/x/指标.csv: the byte-order mark is missing against its descriptor",
        "files that should not or should be there: all/pair.csv, all/stray.txt",
    ]


def test_worker_refuses(good: Path, tmp_path: Path):
    # That it answers for a good release is seen in every build.
    with Checker() as checker, pytest.raises(BuildStopped, match="could not be checked"):
        checker.run(tmp_path / "nowhere")
    release = shutil.copytree(good, tmp_path / "release")
    write(release, "all/pair.csv", "")
    with Checker() as checker, pytest.raises(BuildStopped, match=r"all/pair.csv: the table has no rows"):
        checker.run(release)
