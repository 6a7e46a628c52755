"""The nightly build end to end on the real statistics, through the command, as the acceptance of the first capability asks."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.declarations import load, load_sources, publications
from dagster_project.lib.house import ROOT, House
from tests.conftest import COMMAND, Built, openecon

CUSTOMS = "customs_gacc/files/2025-07.csv"
COUNTY_CITIES = {"429004-xiantao", "429005-qianjiang", "429006-tianmen"}


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def find(table: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    found = [row for row in table if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def test_build_ends_with_table_and_path(built: Built):
    assert "开放型经济综合指数" in built.run.out and "双向投资" in built.run.out and "缺少" in built.run.out
    audit = next(line for line in built.run.out.splitlines() if line.startswith("指数审计："))
    verdicts = rows(built.release / "all/index_audit.csv")
    noted = [row for row in verdicts if row["verdict"] != "ok"]
    assert audit.startswith(f"指数审计：{len(verdicts)} 项，须留意 {len(noted)} 项（几近重复 ") and 0 < len(noted) < len(verdicts)
    assert sum(map(int, re.findall(r" (\d+)[、）]", audit))) == len(noted)
    assert built.run.out.rstrip().endswith(str(built.warehouse / "latest"))


def test_nine_cities_each_csv_with_byte_order_mark(built: Built):
    folders = sorted(path.name for path in (built.release / "cities").iterdir())
    assert len(folders) == 9
    for folder in folders:
        for name in ("指标.csv", "得分.csv"):
            path = built.release / "cities" / folder / name
            assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path
            assert rows(path)


@pytest.mark.parametrize(
    ("folder", "city", "total", "exports", "imports"),
    [
        ("420100-wuhan", "武汉市", "4033.53", "2622.65", "1410.88"),
        # From the printed cumulatives of 2024-12 in 10,000 yuan: 6065683 2080428 3985254 · 788780 489478 299302 · 2337311 …
        ("420200-huangshi", "黄石市", "606.57", "208.04", "398.53"),
        ("420700-ezhou", "鄂州市", None, None, None),
        ("420900-xiaogan", "孝感市", None, None, None),
    ],
)
def test_customs_year_2024(built: Built, folder: str, city: str, total: str | None, exports: str | None, imports: str | None):
    printed = next(
        line
        for line in csv.reader((ROOT / "raw/customs_gacc/files/2024-12.csv").read_text(encoding="utf-8-sig").splitlines())
        if line[0] == city
    )
    assert printed is not None
    table = rows(built.release / "cities" / folder / "指标.csv")
    for code, column, expected in (("trade_total", 2, total), ("trade_export", 4, exports), ("trade_import", 6, imports)):
        row = find(table, 地区=city, 指标代码=code, 时期="2024年")
        assert row["数值"] == (expected or f"{int(printed[column]) / 1e4:.2f}")
        assert (row["单位"], row["状态"], row["来源"], row["发布日期"]) == ("亿元", "P 初步数", "海关总署", "2025-01-18")
        assert row["来源文件"] == "raw/customs_gacc/files/2024-12.csv" and re.fullmatch("[0-9a-f]{64}", row["文件SHA-256"])


def test_three_cities_without_trade_are_gaps_with_a_status(built: Built):
    for folder in COUNTY_CITIES:
        values = rows(built.release / "cities" / folder / "指标.csv")
        trade = [row for row in values if row["指标代码"] in ("trade_total", "fdi_used") and row["时期"] == "2024年"]
        assert [(row["数值"], row["状态"], row["说明"]) for row in trade] == [("", "O 缺失", "未见公布")] * 2
        index = [row for row in rows(built.release / "cities" / folder / "得分.csv") if row["层次"] == "总指数"]
        assert index and all(row["得分"] == "" and row["位次"] == "" and row["说明"] for row in index)


def test_six_cities_have_an_index_from_2018_to_2022(built: Built):
    for folder in sorted(path.name for path in (built.release / "cities").iterdir()):
        index = {row["时期"]: row for row in rows(built.release / "cities" / folder / "得分.csv") if row["层次"] == "总指数"}
        scored = sorted(period for period, row in index.items() if row["得分"])
        assert scored == ([] if folder in COUNTY_CITIES else [f"{year}年" for year in range(2018, 2023)])
        assert all(index[period]["参评城市数"] == "6" for period in scored)
        # Population 2020 and foreign investment 2022 are breaks: no change crosses them.
        for period in {"2020年", "2022年"} & set(scored):
            assert (index[period]["较上年变动"], index[period]["不可比原因"]) == ("", "跨越口径断裂，不可比")


def test_what_makes_an_index_and_its_change_adds_up_in_the_table_of_a_city(built: Built):
    """The figures are rounded to two places (the obstacle degrees to one), so sums may differ by half a place for each row."""
    summed = changed = 0
    for folder in sorted((built.release / "cities").iterdir()):
        table = rows(folder / "得分.csv")
        for index in (row for row in table if row["层次"] == "总指数"):
            others = [row for row in table if row["时期"] == index["时期"] and row["层次"] != "总指数"]

            def column(name: str, of: list[dict[str, str]] = others) -> list[float]:
                return [float(row[name]) for row in of if row[name]]

            added, degrees = column("对总指数的贡献（分）"), column("障碍度%")
            moved = column("总指数变动：表现") + column("总指数变动：结构")
            assert bool(added) == bool(degrees) == bool(index["得分"]) and bool(moved) == bool(index["较上年变动"])
            if added:
                assert sum(added) == pytest.approx(float(index["得分"]), abs=0.005 * (len(added) + 1))
                assert sum(degrees) == pytest.approx(100, abs=0.05 * (len(degrees) + 1))
                summed += 1
            if moved:
                assert sum(moved) == pytest.approx(float(index["较上年变动"]), abs=0.005 * (len(moved) + 1))
                changed += 1
    assert (summed, changed) == (30, 11)


def test_the_tree_is_read_from_the_root_down(built: Built):
    table = [row for row in rows(built.release / "cities/420100-wuhan/得分.csv") if row["时期"] == "2022年"]
    assert [row["代码"] for row in table[:10]] == [
        *("openness", "trade", "trade_dependence", "trade_per_capita", "export_dependence"),
        *("investment", "fdi_dependence", "contracting_dependence", "external_enterprise_density", "fdi_per_capita"),
    ]
    assert {row["正式"] for row in table} == {"是"} and len(table) == 18
    # 50.14 × 0.35 ÷ 0.60 of the index; of the pillar the indicator has 0.4 × 46.81.
    assert find(table, 代码="trade_dependence")["对总指数的贡献（分）"] == "10.92" == f"{0.4 * 46.81 * 0.35 / 0.60:.2f}"


def test_checksums_manifest_and_package(built: Built):
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=built.release, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    manifest = json.loads((built.release / "manifest.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}", manifest["release_id"])
    assert manifest["release_id"].startswith(manifest["reference_day"])
    assert manifest["rows"]["observations"] > 60_000 and manifest["quarantined"] == manifest["rows"]["quarantine"]
    verdicts = [row["verdict"] for row in rows(built.release / "all/index_audit.csv")]
    declared = {"version": "1", "official": True, "valid_from": "2018", "audit_not_ok": len(verdicts) - verdicts.count("ok")}
    assert manifest["frameworks"] == {"openecon": declared}
    assert manifest["checks"]["passed"] == manifest["checks"]["total"] > 250
    assert not any(path.is_symlink() for path in built.release.rglob("*"))
    text = "".join(path.read_text(encoding="utf-8") for path in built.release.rglob("*") if path.suffix in (".json", ".csv"))
    assert str(built.warehouse) not in text and str(ROOT) not in text


def test_package_is_valid(built: Built):
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str((built.release / "datapackage.json").resolve())).validate(limit_errors=3)
    assert report.valid, report.flatten(["name", "type", "note"])


def test_second_build_publishes_nothing_new(own):
    raw, warehouse = own
    before = os.readlink(warehouse / "current")
    # The warehouse was copied, raw/ is the same content under another path.
    run = openecon("build", "--raw", raw, "--warehouse", warehouse)
    assert run.status == 0 and "nothing new to publish" in run.out, run.out + run.err
    assert os.readlink(warehouse / "current") == before and len(list((warehouse / "builds").iterdir())) == 1


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """(warehouse, network was cut) of a build in another folder, zone, locale and hash order."""
    warehouse = tmp_path_factory.mktemp("elsewhere") / "wh"
    unshare = shutil.which("unshare")
    cut = bool(unshare) and subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode == 0
    words = [*([unshare, "-rn"] if cut else []), *COMMAND, "build", "--warehouse", str(warehouse), "--on", "2026-06-01"]
    env = os.environ | {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = subprocess.run(words, cwd="/", env=env, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return warehouse, cut


def sums_of_tables(release: Path) -> list[str]:
    return [line for line in (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines() if not line.endswith(".docx")]


def members(document: Path) -> dict[str, bytes]:
    """What a document holds, with its reference day as that of the other build."""
    with zipfile.ZipFile(document) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    return held | {"word/document.xml": held["word/document.xml"].replace("2026年6月1日".encode(), "2026年5月8日".encode())}


def test_same_bytes_in_another_folder_zone_locale_and_hash_seed(built: Built, elsewhere):
    warehouse, _ = elsewhere
    assert sums_of_tables(warehouse / "latest") == sums_of_tables(built.release)
    documents = sorted(path.relative_to(built.release) for path in built.release.rglob("*.docx"))
    assert len(documents) > 100
    # They print the reference day, which is another one there, and nothing else that is other.
    assert not [path for path in documents if members(warehouse / "latest" / path) != members(built.release / path)]


def test_build_passes_with_the_network_cut(elsewhere):
    warehouse, cut = elsewhere
    if not cut:
        pytest.skip("this machine does not let a test cut its own network (unshare -rn)")
    # The same cut refuses a connection, even to this machine: had the build asked for one, its fixture would have failed.
    connect = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=5)"
    refused = subprocess.run(["unshare", "-rn", sys.executable, "-c", connect], capture_output=True, text=True)
    assert refused.returncode != 0 and "unreachable" in refused.stderr
    assert (warehouse / "latest/manifest.json").is_file()


def start(raw: Path, warehouse: Path) -> subprocess.Popen:
    """A build in a process group of its own."""
    words = [*COMMAND, "build", "--raw", str(raw), "--warehouse", str(warehouse)]
    return subprocess.Popen(words, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def test_killed_or_met_by_another_the_old_release_stays_whole_until_the_new_one_is_there(own):
    """Killed at five moments, met by a second build, read all the while: whoever looks sees the old release or the new one."""
    raw, warehouse = own
    question = "select count(*) from marts.observations where source_file = 'files/2025-07.csv' and source_id = 'customs_gacc'"
    reader = duckdb.connect(str(warehouse / "openecon.duckdb"), read_only=True)
    assert reader.execute(question).fetchone()[0] > 3000
    (raw / CUSTOMS).unlink()
    before = os.readlink(warehouse / "current"), (warehouse / "latest" / "SHA256SUMS").read_bytes()
    moments = [
        "building",
        "building/landing/declared",
        "building/openecon.duckdb",
        "building/release/all",
        "building/release/datapackage.json",
    ]
    for moment in moments:
        process = start(raw, warehouse)
        while not (warehouse / moment).exists():
            assert process.poll() is None, (moment, process.communicate())
            time.sleep(0.01)
        if moment == "building/openecon.duckdb":
            second = openecon("build", "--raw", raw, "--warehouse", warehouse)
            assert second.status == 1 and f"process {process.pid}" in second.err, second.err
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert (os.readlink(warehouse / "current"), (warehouse / "latest" / "SHA256SUMS").read_bytes()) == before, moment
        checked = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=warehouse / "latest", capture_output=True)
        assert checked.returncode == 0
        with duckdb.connect(str(warehouse / "openecon.duckdb"), read_only=True) as connection:
            assert connection.execute("select count(*) from marts.observations").fetchone()[0] > 60_000
    run = openecon("build", "--raw", raw, "--warehouse", warehouse)
    assert run.status == 0, run.out + run.err
    assert not (warehouse / "building").exists() and not list(warehouse.glob(".swap-*"))
    # The open reader keeps the old state; a new process sees the new one.
    assert reader.execute(question).fetchone()[0] > 3000
    database = str(warehouse / "openecon.duckdb")
    ask = f"import duckdb; print(duckdb.connect({database!r}, read_only=True).execute({question!r}).fetchone()[0])"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True).stdout.strip() == "0"


def test_altered_customs_file_holds_those_cells_and_publishes_the_rest(own):
    raw, warehouse = own
    path = raw / CUSTOMS
    text = path.read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    changed = {}
    for number, line in enumerate(lines, start=1):
        fields = line.split(",")
        if fields[0] == "武汉市":
            fields[1], changed["letter"] = fields[1][:-1] + "O", number
        elif fields[0] == "黄石市":
            fields[4], changed["negative"] = "-" + fields[4], number
        elif fields[0] == "鄂州市":
            fields[0], changed["city"] = "鄂洲市", number
        lines[number - 1] = ",".join(fields)
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
    run = openecon("build", "--raw", raw, "--warehouse", warehouse)
    assert run.status == 0, run.out + run.err
    assert "declared_area_absent" in run.out, "a declared city that the file lacks is told"
    held = [row for row in rows(warehouse / "latest/all/quarantine.csv") if row["source_id"] == "customs_gacc"]
    by_reason = {reason: [row for row in held if row["reason"] == reason] for reason in {row["reason"] for row in held}}
    assert {reason: len(found) for reason, found in by_reason.items()} == {"not_a_number": 1, "negative": 1, "unknown_place": 9}
    assert by_reason["not_a_number"][0]["source_locator"].startswith(f"line {changed['letter']}, col 进出口")
    assert by_reason["negative"][0]["source_locator"].startswith(f"line {changed['negative']}, col 出口 1至7月")
    assert all(row["source_locator"].startswith(f"line {changed['city']},") for row in by_reason["unknown_place"])
    assert {row["source_file"] for row in held} == {"files/2025-07.csv"} and all(row["message_zh"] for row in held)
    manifest = json.loads((warehouse / "latest/manifest.json").read_text(encoding="utf-8"))
    assert manifest["quarantined"] == len(rows(warehouse / "latest/all/quarantine.csv")) >= 11
    # The total that cannot be read is the sum of its flows, and says so; the cumulative of 黄石 is a gap.
    wuhan = rows(warehouse / "latest/cities/420100-wuhan/指标.csv")
    total = find(wuhan, 地区="武汉市", 指标代码="trade_total", 时期="2025年7月")
    flows = [find(wuhan, 地区="武汉市", 指标代码=code, 时期="2025年7月") for code in ("trade_export", "trade_import")]
    assert total["说明"] == "分项相加" and abs(float(total["数值"]) - sum(float(flow["数值"]) for flow in flows)) <= 0.01
    huangshi = rows(warehouse / "latest/cities/420200-huangshi/指标.csv")
    held = {"地区": "黄石市", "指标代码": "trade_export_ytd", "时期": "2025年1—7月"}
    assert not any(row["数值"] for row in huangshi if held.items() <= row.items())
    assert find(huangshi, 地区="黄石市", 指标代码="trade_import_ytd", 时期="2025年1—7月")["数值"] != ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "web page"),
    ],
    ids=["zero bytes", "HTML error page"],
)
def test_unreadable_file_publishes_nothing(own, content: bytes, says: str):
    raw, warehouse = own
    before = os.readlink(warehouse / "current")
    (raw / CUSTOMS).write_bytes(content)
    run = openecon("build", "--raw", raw, "--warehouse", warehouse)
    assert run.status == 1
    assert "raw/customs_gacc/files/2025-07.csv" in run.err and says in run.err and "Download it again" in run.err
    assert os.readlink(warehouse / "current") == before


def raw_until(day: str, folder: Path) -> Path:
    """raw/ with only the files that had been published by a day."""
    house = House()
    calendar = load(house)["calendar"]
    for source in load_sources(house.raw).values():
        own = folder / source.source_id
        (own / "files").mkdir(parents=True)
        shutil.copy(house.raw / source.source_id / "source.yml", own)
        for publication, _ in publications(house, source, calendar).publications:
            if publication.published_on.isoformat() <= day:
                shutil.copy(house.raw / source.source_id / publication.file, own / "files")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the one that tells the time."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("day", "latest"), [("2022-12-31", "2022-12-31"), ("2025-03-18", "2025-03-18"), ("2025-06-30", "2025-06-18")]
)
def test_as_of_equals_a_build_on_what_had_been_published(tmp_path: Path, day: str, latest: str):
    """2025-06-18 is the day of the customs table of May 2025, by its calendar."""
    raw = raw_until(day, tmp_path / "raw")
    with ThreadPoolExecutor() as both:
        then = both.submit(openecon, "as-of", day, "--out", tmp_path / "aside" / "then")
        until = both.submit(openecon, "build", "--raw", raw, "--warehouse", tmp_path / "warehouse")
    run, built = then.result(), until.result()
    assert run.status == 0, run.out + run.err
    assert built.status == 0, built.out + built.err
    assert "listed in source.yml but not there" in built.out
    observations = rows(tmp_path / "aside/then/all/observations.csv")
    assert max(row["published_on"] for row in observations) == latest
    assert [path.name for path in (tmp_path / "aside").iterdir()] == ["then"]
    again = openecon("as-of", day, "--out", tmp_path / "aside" / "then")
    assert again.status == 1 and "is not empty" in again.err
    released = contents(tmp_path / "aside" / "then")
    assert len(released) > 40 and released == contents(tmp_path / "warehouse" / "latest")


def test_reference_day_dates_the_release_and_changes_no_figure(built: Built, elsewhere):
    warehouse, _ = elsewhere
    given = json.loads((warehouse / "latest/manifest.json").read_text(encoding="utf-8"))
    default = json.loads((built.release / "manifest.json").read_text(encoding="utf-8"))
    assert (given["reference_day"], default["reference_day"]) == ("2026-06-01", "2026-05-08")
    assert given["release_id"].startswith("2026-06-01-")
    assert sums_of_tables(warehouse / "latest") == sums_of_tables(built.release)


def test_wrong_usage_is_status_two(tmp_path: Path):
    assert openecon("build", "--raw", tmp_path / "nowhere", "--warehouse", tmp_path / "wh").status == 2
    assert openecon("build", "--on", "yesterday", "--warehouse", tmp_path / "wh").status == 2
    assert openecon("build", "--target", "oracle", "--warehouse", tmp_path / "wh").status == 2


def test_a_declaration_error_names_file_and_row(tmp_path: Path):
    seeds = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    framework = seeds / "framework/openecon/framework.csv"
    framework.write_text(
        framework.read_text(encoding="utf-8").replace("indicator,trade,0.4", "indicator,trade,-0.4", 1), encoding="utf-8"
    )
    run = openecon("build", "--seeds", seeds, "--warehouse", tmp_path / "wh")
    told = "framework.csv: row 7 (trade_dependence): weight -0.4 should be positive; to leave a node out"
    assert run.status == 1 and told in run.err
