"""Landing over files on disk: what is bad is held with file and line, the rest lands, unreadable files are named."""

import random
import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dagster_project.lib import declarations, landing
from dagster_project.lib.house import ROOT, House, Inputs, read_inputs
from dagster_project.lib.problems import BuildStopped, FileProblem, FileProblems
from schemas.observation import COLUMNS, FINDING, QUARANTINE
from tests.unit.mini_house import (
    CUSTOMS,
    TIDY,
    bulletin_source,
    customs_source,
    publication,
    write_house,
    write_source,
)

_SEEDS: dict[str, dict[str, pl.DataFrame]] = {}


def declared_in(house: House) -> declarations.Declared:
    """What declarations.load gives; the same seeds are read once for all tests."""
    digest = Inputs.digest_of(read_inputs(house).seeds)
    if digest not in _SEEDS:
        _SEEDS[digest] = declarations.load(house).seeds
    return declarations.Declared(_SEEDS[digest], declarations.load_sources(house.raw))


def land(house: House, sources: list[str] | None = None, until: str | None = None, **more) -> landing.Landed:
    """All batches of a landing together."""
    declared = more.pop("declared", None) or declared_in(house)
    hashes = more.pop("hashes", None) or read_inputs(house).raw
    batches = list(landing.land(house, declared, sources or list(declared.sources), hashes, until, **more))
    tables = {table: pl.concat(getattr(batch, table) for batch in batches) for table in landing.TABLES}
    return landing.Landed(**tables, missing=batches[-1].missing)


def write(house: House, folder: Path, sources: list[str] | None = None) -> landing.Written:
    declared = declared_in(house)
    return landing.write(landing.land(house, declared, sources or list(declared.sources), read_inputs(house).raw), folder, "all")


def absent(landed: landing.Landed) -> list[tuple]:
    found = landed.findings.filter(check_name="declared_area_absent")
    assert set(found["severity"]) <= {"warn"}
    return found.select("source_id", "source_file", "ref_area").rows()


def held(landed: landing.Landed) -> list[tuple]:
    return landed.quarantine.select("source_id", "source_file", "source_locator", "reason", "level").rows()


CUSTOMS_FILE = ("customs", "files/2024-03.csv")
TIDY_FILE = ("bulletin", "files/2025.csv")


def test_a_clean_house_lands_whole(tmp_path):
    house = write_house(tmp_path)
    landed = land(house)
    assert landed.observations.height == 4 * 9 + 4
    assert landed.quarantine.is_empty() and landed.findings.is_empty() and landed.missing == []
    assert (landed.observations.schema, landed.quarantine.schema) == (COLUMNS, QUARANTINE)
    assert (landed.files.schema, landed.findings.schema) == (landing.FILES, FINDING)
    hashes = read_inputs(house).raw
    assert landed.files.rows() == [
        (
            *TIDY_FILE,
            hashes["raw/bulletin/files/2025.csv"],
            "某月表",
            "某机构",
            "https://example.org/table",
            date(2026, 1, 14),
            "publisher",
            None,
            4,
            2,
            2,
        ),
        (
            *CUSTOMS_FILE,
            hashes["raw/customs/files/2024-03.csv"],
            "2024年3月",
            "某机构",
            "https://example.org/table",
            date(2024, 4, 18),
            "calendar",
            "2024-03",
            36,
            4,
            1,
        ),
    ]
    per_file = landed.observations.group_by("source_id", "source_file", "source_sha256", "published_on").len().sort("source_id")
    assert per_file.rows() == [(*row[:3], row[6], row[9]) for row in landed.files.rows()]


def test_a_publication_may_name_its_own_publisher_and_address(tmp_path):
    house = write_house(tmp_path)
    entry = publication("files/2025.csv", publisher_zh="鄂州海关") | {"address": "https://example.org/ezhou"}
    write_source(house.raw, bulletin_source(files=[entry]), {})
    assert land(house, ["bulletin"]).files.select("publisher_zh", "address").rows() == [("鄂州海关", "https://example.org/ezhou")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            "武汉市,70,210",
            "武汉市,7O,210",
            [(*CUSTOMS_FILE, "line 6, col 进出口 3月", "not_a_number", "cell")],
            id="letter-in-a-figure",
        ),
        pytest.param(
            "武汉市,70,210",
            "武汉市,70,-210",
            [(*CUSTOMS_FILE, "line 6, col 进出口 1至3月", "negative", "cell")],
            id="negative-value",
        ),
        pytest.param(
            "武汉市,70,210",
            "武汗市,70,210",
            [
                (*CUSTOMS_FILE, f"line 6, col {heading}", "unknown_place", "line")
                for heading in (
                    *("进出口 3月", "进出口 1至3月", "出口 3月", "出口 1至3月", "进口 3月", "进口 1至3月"),
                    *("累计比去年同期±％ 进出口", "累计比去年同期±％ 出口", "累计比去年同期±％ 进口"),
                )
            ],
            id="misspelt-city",
        ),
        pytest.param("-2.1", "-99.9", [], id="negative-growth-is-no-fault"),
    ],
)
def test_an_altered_customs_file_holds_exactly_what_was_altered(tmp_path, before, after, expected):
    assert before in CUSTOMS
    clean = land(write_house(tmp_path / "clean"))
    landed = land(write_house(tmp_path / "altered", customs=CUSTOMS.replace(before, after)))
    assert held(landed) == expected
    assert landed.observations.height == 40 - len(expected)
    # What is not held is what it would have been, but for the hash of its file.
    place = ["source_file", "source_locator"]
    kept = clean.observations.drop("source_sha256").join(landed.quarantine, on=place, how="anti")
    if expected:
        assert kept.equals(landed.observations.drop("source_sha256"))


def test_everything_bad_at_once_in_both_files(tmp_path):
    customs = CUSTOMS.replace("湖北省,100", "湖北省,1OO").replace("武汉市,70", "武汗市,70").replace("鄂州市,7,", "鄂州市,-7,")
    tidy = TIDY.replace("114.57,万吨", "114.57,万顿").replace("2142.7", "2,142.7")
    landed = land(write_house(tmp_path, customs, tidy))
    counted = landed.quarantine.group_by("source_id", "reason", "level").len().sort("source_id", "reason")
    assert counted.rows() == [
        ("bulletin", "unknown_unit", "line", 1),
        ("bulletin", "unreadable", "line", 1),
        ("customs", "negative", "cell", 1),
        ("customs", "not_a_number", "cell", 1),
        ("customs", "unknown_place", "line", 9),
    ]
    assert landed.observations.height == 40 - 13
    lines = set(landed.quarantine["source_locator"].str.extract(r"^(line \d+)"))
    assert lines == {"line 2", "line 4", "line 5", "line 6", "line 7"}


def test_an_expected_area_that_a_file_lacks_is_told(tmp_path):
    text = "".join(line for line in CUSTOMS.splitlines(keepends=True) if not line.startswith("武汉市"))
    landed = land(write_house(tmp_path, customs=text))
    assert absent(landed) == [(*CUSTOMS_FILE, "420100")]
    assert landed.quarantine.is_empty()


def test_a_city_whose_name_is_misspelt_is_absent_too(tmp_path):
    assert absent(land(write_house(tmp_path, customs=CUSTOMS.replace("鄂州市", "鄂洲市")))) == [(*CUSTOMS_FILE, "420700")]


def test_a_city_with_nothing_but_gaps_is_not_absent(tmp_path):
    text = CUSTOMS.replace("鄂州市,7,21,4,12,3,9,1.0,2.0,-", "鄂州市,-,-,-,-,-,-,-,-,-")
    assert land(write_house(tmp_path, customs=text)).findings.is_empty()


# Files that are set aside, and files that stop the build


def stopped(house: House, **how) -> FileProblems:
    with pytest.raises(FileProblems) as told:
        land(house, **how)
    return told.value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "原因：文件是空的", id="truncated-to-nothing"),
        pytest.param(b"<!DOCTYPE html><html><body>404</body></html>", "实为网页", id="error-page"),
        pytest.param(CUSTOMS[: CUSTOMS.index("鄂州市")], "表格可能被截断", id="cut-off"),
        pytest.param(CUSTOMS.replace("万人民币", "万美元"), "第1行应写明单位 万人民币，实为：万美元", id="another-currency"),
        pytest.param("\n".join(CUSTOMS.splitlines()[:3] + CUSTOMS.splitlines()[-1:]), "没有找到任何数值", id="headings-only"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_set_aside_and_the_rest_lands(tmp_path, content, found):
    house = write_house(tmp_path, customs=content)
    landed = land(house)
    assert landed.observations["source_id"].unique().to_list() == ["bulletin"] and landed.observations.height == 4
    assert landed.files["source_file"].to_list() == ["files/2025.csv"]
    (aside,) = landed.quarantine.rows(named=True)
    digest = read_inputs(house).raw["raw/customs/files/2024-03.csv"]
    assert (aside["source_id"], aside["source_file"], aside["source_sha256"]) == (*CUSTOMS_FILE, digest)
    assert (aside["level"], aside["reason"], aside["source_locator"]) == ("file", "unreadable_file", "file")
    assert found in aside["message_zh"] and aside["message_zh"].startswith("文件未能按声明的版式读取")
    (told,) = landed.findings.rows(named=True)
    assert (told["check_name"], told["severity"], told["source_file"]) == ("file_set_aside", "hold", "files/2024-03.csv")
    assert told["message_zh"] == aside["message_zh"]


def test_a_source_may_declare_that_a_bad_file_stops_the_build(tmp_path):
    house = write_house(tmp_path, customs=b"", tidy="<html>")
    listed = [publication("files/2024-04.csv"), publication("files/2024-05.csv")]
    april = CUSTOMS.replace(",3月", ",4月").replace("1至3月", "1至4月")
    write_source(
        house.raw, customs_source(files=listed, on_bad_file="stop"), {"2024-04.csv": april, "2024-05.csv": b"PK\x03\x04"}
    )
    problem = stopped(house)
    assert isinstance(problem, BuildStopped)
    # The other source keeps the default, hold.
    assert [entry.file for entry in problem.problems] == ["raw/customs/files/2024-03.csv", "raw/customs/files/2024-05.csv"]
    assert len(str(problem).splitlines()) == 2
    assert all(len(entry.remedy) > 15 for entry in problem.problems)


def test_a_file_that_was_accepted_and_no_longer_reads_stops_the_build(tmp_path):
    house = write_house(tmp_path, customs=b"")
    digest = read_inputs(house).raw["raw/customs/files/2024-03.csv"]
    name = "raw/customs/files/2024-03.csv"
    for accepted in (landing.Accepted(hashes=frozenset([digest])), landing.Accepted(files=frozenset([name]))):
        assert [entry.file for entry in stopped(house, accepted=accepted).problems] == [name]
    others = landing.Accepted(frozenset(["raw/customs/files/2024-02.csv"]), frozenset(["0" * 64]))
    assert land(house, accepted=others).findings["check_name"].to_list() == ["file_set_aside"]


def test_a_listed_file_that_is_not_there_is_told_and_stops_where_the_release_rests_on_it(tmp_path):
    house = write_house(tmp_path)
    (house.raw / "bulletin" / "files" / "2025.csv").unlink()
    landed = land(house)
    assert landed.missing == ["raw/bulletin/files/2025.csv"]
    assert landed.observations.height == 36 and landed.findings.is_empty() and landed.quarantine.is_empty()
    assert land(house, until="2026-01-13").missing == []
    problem = stopped(house, accepted=landing.Accepted(files=frozenset(["raw/bulletin/files/2025.csv"])))
    assert [entry.file for entry in problem.problems] == ["raw/bulletin/files/2025.csv"]
    assert "it is gone" in str(problem)


def test_a_file_that_nobody_declared_is_set_aside(tmp_path):
    house = write_house(tmp_path)
    (house.raw / "bulletin" / "files" / "new.csv").write_text(TIDY, encoding="utf-8")
    (house.raw / "customs" / "files" / "2024-04.csv").write_text(CUSTOMS, encoding="utf-8")
    landed = land(house)
    assert landed.observations.height == 40
    told = landed.quarantine.select("source_file", "level").rows()
    assert told == [("files/new.csv", "file"), ("files/2024-04.csv", "file")]
    assert "未列入 source.yml 的 files" in landed.quarantine["message_zh"][0]
    assert "没有 monthly_table、2024-04 这一行" in landed.quarantine["message_zh"][1]
    # Nobody can show that it was known on an earlier day.
    assert land(house, until="2026-02-01").quarantine.is_empty()


def test_what_the_published_release_rests_on_is_read_from_it(tmp_path):
    assert landing.accepted(tmp_path / "warehouse") == landing.Accepted()
    house = write_house(tmp_path)
    write(house, tmp_path / "warehouse" / "current" / "landing")
    hashes = read_inputs(house).raw
    names = ["raw/bulletin/files/2025.csv", "raw/customs/files/2024-03.csv"]
    assert landing.accepted(tmp_path / "warehouse") == landing.Accepted(
        frozenset(names), frozenset(hashes[name] for name in names)
    )


# What is found about files


def test_a_file_with_clearly_fewer_places_than_the_one_before_is_told(tmp_path):
    house = write_house(tmp_path)
    april = CUSTOMS.replace(",3月", ",4月").replace("1至3月", "1至4月").replace("鄂州市,7,21,4,12,3,9,1.0,2.0,-\n", "")
    listed = [publication("files/2024-04.csv", "2024-05-18")]
    write_source(house.raw, customs_source(files=listed), {"2024-04.csv": april})
    found = land(house).findings.filter(check_name="file_shorter").rows(named=True)
    assert [(row["source_file"], row["severity"], row["value"], row["expected"]) for row in found] == [
        ("files/2024-04.csv", "warn", 3.0, 4.0)
    ]
    assert "有 3 个地区，前一份（files/2024-03.csv）有 4 个" in found[0]["message_zh"]
    limits = house.seeds / "thresholds.csv"
    limits.write_text(
        limits.read_text(encoding="utf-8").replace("file_shrink_share,0.9", "file_shrink_share,0.75"), encoding="utf-8"
    )
    assert land(house).findings.filter(check_name="file_shorter").is_empty()


def test_the_same_bytes_under_two_names_are_told(tmp_path):
    house = write_house(tmp_path)
    files = [publication("files/2025.csv", "2026-01-14"), publication("files/2026.csv", "2027-01-14")]
    write_source(house.raw, bulletin_source(files=files), {"2026.csv": TIDY})
    found = land(house).findings.select("check_name", "severity", "source_id", "source_file").rows()
    assert found == [("same_bytes", "warn", "bulletin", "files/2026.csv")]


def test_a_layout_that_no_real_file_has_proven_is_told(tmp_path):
    house = write_house(tmp_path)
    write_source(house.raw, bulletin_source(unproven=True), {})
    found = land(house).findings.select("check_name", "severity", "source_id", "source_file").rows()
    assert found == [("unproven_layout", "warn", "bulletin", "files/2025.csv")]


def test_a_file_that_changed_while_the_build_ran_stops_it(tmp_path):
    house = write_house(tmp_path)
    declared, inputs = declared_in(house), read_inputs(house)
    path = house.raw / "customs" / "files" / "2024-03.csv"
    path.write_text(CUSTOMS.replace("70", "71"), encoding="utf-8")
    with pytest.raises(FileProblems, match=r"^raw/customs/files/2024-03\.csv: the file changed while the build was running"):
        land(house, declared=declared, hashes=inputs.raw)
    path.write_text(CUSTOMS, encoding="utf-8")
    assert land(house, declared=declared, hashes=inputs.raw).observations.height == 40


def test_a_file_that_was_not_there_as_the_build_began_stops_it(tmp_path):
    house = write_house(tmp_path)
    declared, inputs = declared_in(house), read_inputs(house)
    (house.raw / "customs" / "files" / "2024-02.csv").write_text(CUSTOMS, encoding="utf-8")
    calendar = declared["calendar"].with_columns(time_period=pl.lit("2024-02"))
    more = declarations.Declared(declared.seeds | {"calendar": pl.concat([declared["calendar"], calendar])}, declared.sources)
    with pytest.raises(FileProblems, match=r"2024-02\.csv: the file changed"):
        land(house, declared=more, hashes=inputs.raw)


def test_figures_that_a_declaration_doubles_stop_the_build(tmp_path):
    """Two labels that differ only in typesetting would give one figure two series."""
    house = write_house(tmp_path)
    labels = house.seeds / "series_labels.csv"
    labels.write_text(labels.read_text(encoding="utf-8") + "*,进出口 总额,trade_export,,,\n", encoding="utf-8")
    with pytest.raises(BuildStopped, match="lost or doubled figures"):
        land(house)


def test_problems_tell_file_finding_and_remedy():
    problem = FileProblem("raw/x/files/y.csv", "the file is empty", "Download it again.")
    assert str(problem) == "raw/x/files/y.csv: the file is empty. Download it again."
    assert str(FileProblems([problem, problem])) == f"{problem}\n{problem}"


# As of a day


@pytest.mark.parametrize(
    ("until", "files"),
    [
        pytest.param("2024-04-17", [], id="before-the-first"),
        pytest.param("2024-04-18", ["files/2024-03.csv"], id="on-the-day-of-the-first"),
        pytest.param("2026-01-13", ["files/2024-03.csv"], id="the-day-before-the-second"),
        pytest.param("2026-01-14", ["files/2025.csv", "files/2024-03.csv"], id="on-the-day-of-the-second"),
        pytest.param(None, ["files/2025.csv", "files/2024-03.csv"], id="without-a-day"),
    ],
)
def test_until_leaves_later_publications_out(tmp_path, until, files):
    landed = land(write_house(tmp_path), until=until)
    assert landed.files["source_file"].to_list() == files
    assert set(landed.observations["source_file"]) == set(files)
    assert (landed.observations.schema, landed.quarantine.schema) == (COLUMNS, QUARANTINE)


def test_an_unreadable_file_of_a_later_day_does_not_show_in_an_earlier_release(tmp_path):
    house = write_house(tmp_path, tidy=b"")
    assert land(house, until="2025-01-01").observations.height == 36
    assert land(house, until="2025-01-01").findings.is_empty()
    assert land(house, until="2026-01-14").findings.height == 1


def test_only_the_sources_asked_for_are_read(tmp_path):
    house = write_house(tmp_path, tidy=b"")
    landed = land(house, ["customs"])
    assert set(landed.observations["source_id"]) == {"customs"} and landed.findings.is_empty()


# Writing


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_what_is_written_is_what_landed(tmp_path):
    house = write_house(tmp_path / "house", customs=CUSTOMS.replace("武汉市,70", "武汉市,7O").replace("鄂州市", "鄂洲市"))
    landed, told = land(house), write(house, tmp_path / "out")
    for table in landing.TABLES:
        frame = getattr(landed, table)
        # The small house has no register of projects: tests/unit/test_project_form.py writes them.
        assert (frame.height > 0) == (table != "projects")
        back = pl.concat(pl.read_parquet(path) for path in landing.parts(tmp_path / "out" / table, "all"))
        assert back.equals(frame)
        assert back.schema == frame.schema
    assert told.files.equals(landed.files) and told.findings.equals(landed.findings)
    assert (told.figures, told.held, told.periods, told.latest_period) == (30, 10, 3, "2025-06")


def test_writing_twice_gives_the_same_bytes(tmp_path):
    house = write_house(tmp_path / "house", customs=CUSTOMS.replace("武汉市,70", "武汗市,7O"))
    for turn in ("first", "second"):
        write(house, tmp_path / turn)
    assert len(written(tmp_path / "first")) == len(landing.TABLES)
    assert written(tmp_path / "first") == written(tmp_path / "second")


def test_writing_over_an_earlier_write_leaves_nothing_of_it(tmp_path, monkeypatch):
    house = write_house(tmp_path / "house")
    monkeypatch.setattr(landing, "BATCH", 30)
    write(house, tmp_path / "out")
    monkeypatch.undo()
    write(house, tmp_path / "out", ["customs"])
    parts = landing.parts(tmp_path / "out" / "observations", "all")
    assert [pl.read_parquet(path).height for path in parts] == [36]


# Large files pass in batches


def many(lines: int) -> str:
    rows = [f"鄂州市,420700,{1000 + n // 12}-{n % 12 + 1:02d},monthly,货邮吞吐量,{n}.5,万吨,,\n" for n in range(lines)]
    return TIDY.splitlines()[0] + "\n" + "".join(rows)


def test_batches_land_the_same_as_the_file_at_once(tmp_path, monkeypatch):
    text = many(600).replace("420700,1003-05", "42o700,1003-05").replace(",77.5,", ",77.5.1,")
    house = write_house(tmp_path, tidy=text)
    whole = land(house, ["bulletin"])
    monkeypatch.setattr("dagster_project.lib.readers.blocks.BLOCK", 1000)
    batches = list(landing.land(house, declared_in(house), ["bulletin"], read_inputs(house).raw))
    assert len(batches) > 30
    pieces = land(house, ["bulletin"])
    for table in landing.TABLES:
        assert getattr(pieces, table).equals(getattr(whole, table))
    assert (whole.observations.height, whole.quarantine["reason"].to_list()) == (598, ["unknown_place", "not_a_number"])
    assert whole.observations["source_locator"][-1] == "line 601, col value"


def test_a_duplicate_is_found_in_a_later_batch(tmp_path, monkeypatch):
    lines = many(300).splitlines(keepends=True)
    torn = "鄂州市,420700,1020-01,monthly,货邮吞吐量,240.5,万吨\n"
    text = "".join([lines[0], torn, *lines[1:], lines[5], lines[250]])
    monkeypatch.setattr("dagster_project.lib.readers.blocks.BLOCK", 1000)
    landed = land(write_house(tmp_path, tidy=text), ["bulletin"])
    # The torn line comes first and does not displace the whole one of its key.
    assert landed.quarantine.select("reason", "source_locator").rows() == [
        ("unreadable", "line 2, col value"),
        ("duplicate", "line 303, col value"),
        ("duplicate", "line 304, col value"),
    ]
    assert landed.observations.height == 300


def test_a_large_file_is_mapped_and_lands_the_same(tmp_path, monkeypatch):
    house = write_house(tmp_path, tidy=many(200))
    whole = land(house, ["bulletin"])
    monkeypatch.setattr(landing, "MAPPED", 100)
    monkeypatch.setattr("dagster_project.lib.readers.blocks.SMALL", 200)
    assert land(house, ["bulletin"]).observations.equals(whole.observations)


def test_a_large_file_that_turns_unreadable_in_its_middle_stops_the_build(tmp_path, monkeypatch):
    text = many(300).replace(",150.5,万吨,", ',150.5,"万"吨,')
    monkeypatch.setattr("dagster_project.lib.readers.blocks.BLOCK", 1000)
    with pytest.raises(FileProblems, match=r"2025\.csv: line 152 is not readable as CSV"):
        land(write_house(tmp_path, tidy=text), ["bulletin"])


# Order


def test_lines_of_a_file_in_another_order_land_the_same_figures(tmp_path):
    heading, lines, note = CUSTOMS.splitlines()[:3], CUSTOMS.splitlines()[3:-1], CUSTOMS.splitlines()[-1:]
    random.Random(1).shuffle(lines)
    assert lines != CUSTOMS.splitlines()[3:-1]
    figures = ["series", "ref_area", "time_period", "period_basis", "obs_value"]
    landed = [
        land(write_house(tmp_path / name, customs="\n".join(text))).observations.select(figures).sort(figures)
        for name, text in (("a", CUSTOMS.splitlines()), ("b", [*heading, *lines, *note]))
    ]
    assert landed[0].equals(landed[1])


def test_declarations_are_written_beside(tmp_path):
    declared = declarations.load(write_house(tmp_path / "house"))
    landing.write_declared(declared, tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {*declared.seeds, "sources"}
    for name, frame in declared.seeds.items():
        assert pl.read_parquet(tmp_path / "out" / f"{name}.parquet").equals(frame)
    sources = pl.read_parquet(tmp_path / "out" / "sources.parquet")
    assert sources.select("source_id", "publisher_zh", "layout", "frequency").rows() == [
        ("bulletin", "某机构", "tidy_long", "M"),
        ("customs", "某机构", "customs_by_location", "M"),
    ]
    landing.write_declared(declared, tmp_path / "again")
    assert written(tmp_path / "out") == written(tmp_path / "again")


# One real customs file, altered as it might be


@pytest.fixture(scope="module")
def one_real_month(tmp_path_factory) -> House:
    """The project's own declarations and, of raw/, the customs table of July 2025 alone."""
    raw = tmp_path_factory.mktemp("real") / "raw"
    (raw / "customs_gacc" / "files").mkdir(parents=True)
    shutil.copy(ROOT / "raw" / "customs_gacc" / "files" / "2025-07.csv", raw / "customs_gacc" / "files")
    text = (ROOT / "raw" / "customs_gacc" / "source.yml").read_text(encoding="utf-8")
    listed = re.search(r"^files:\n(- .*\n|  .*\n)+", text, re.MULTILINE)
    (raw / "customs_gacc" / "source.yml").write_text(text.replace(listed[0], "") if listed else text, encoding="utf-8")
    return House(raw=raw)


def test_a_real_month_lands_whole(one_real_month):
    landed = land(one_real_month)
    assert (landed.observations.height, landed.quarantine.height, landed.findings.height) == (350 * 9, 0, 0)
    wuhan = landed.observations.filter(ref_area="420100", series="trade_export", period_basis="ytd")
    assert wuhan.select("obs_value", "unit_measure", "unit_mult", "published_on", "source_locator").rows() == [
        (17278916.0, "CNY", 4, date(2025, 8, 18), "line 199, col 出口 1至7月")
    ]


def test_a_real_month_altered_holds_those_cells_and_that_line_alone(one_real_month, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(one_real_month.raw, raw)
    path = raw / "customs_gacc" / "files" / "2025-07.csv"
    content = path.read_bytes()
    for before, after in (
        ("武汉市,4111463,", "武汉市,41l1463,"),
        ("17278916,1530799", "-17278916,1530799"),
        ("黄石市,", "黄石巿,"),
    ):
        assert content.count(before.encode()) == 1
        content = content.replace(before.encode(), after.encode())
    path.write_bytes(content)
    landed = land(House(raw=raw))
    file = ("customs_gacc", "files/2025-07.csv")
    assert held(landed)[:2] == [
        (*file, "line 199, col 进出口 7月", "not_a_number", "cell"),
        (*file, "line 199, col 出口 1至7月", "negative", "cell"),
    ]
    rest = landed.quarantine[2:]
    assert rest.height == 9
    assert set(rest["reason"]) == {"unknown_place"} and set(rest["place"]) == {"黄石巿"}
    assert set(rest["source_locator"].str.extract(r"^(line \d+), ")) == {"line 202"}
    assert landed.observations.height == 350 * 9 - 11
    assert absent(landed) == [(*file, "420200")]


# What a second look found


def test_a_name_beside_the_code_of_another_place_is_held(tmp_path):
    """Of 鄂州市 and 420100 one was mistyped, and nobody can say which."""
    landed = land(
        write_house(tmp_path, tidy=TIDY.replace("鄂州市,420700,2025,annual,货邮", "鄂州市,420100,2025,annual,货邮")), ["bulletin"]
    )
    assert landed.quarantine.select("reason", "source_locator").rows() == [("unreadable", "line 3, col value")]
    assert "地名“鄂州市”与代码“420100”不是同一地区" in landed.quarantine["message_zh"][0]
    assert landed.observations.height == 3


def test_a_figure_that_cannot_be_read_does_not_displace_the_good_one(tmp_path):
    line = TIDY.splitlines()[3]
    bad = line.replace("2142.7", "2l42.7")
    landed = land(write_house(tmp_path, tidy=TIDY.replace(line, f"{bad}\n{line}")), ["bulletin"])
    assert landed.quarantine.select("reason", "source_locator").rows() == [("not_a_number", "line 4, col value")]
    assert landed.observations.filter(source_locator="line 5, col value")["obs_value"].to_list() == [2142.7]


def test_a_fault_of_a_reader_sets_its_file_aside(tmp_path, monkeypatch, capsys):
    def broken(*given):
        raise KeyError("column")

    monkeypatch.setitem(landing.READERS, "tidy_long", broken)
    landed = land(write_house(tmp_path))
    assert landed.observations["source_id"].unique().to_list() == ["customs"]
    assert landed.findings.select("check_name", "source_id").rows() == [("file_set_aside", "bulletin")]
    assert "KeyError" in landed.findings["message_zh"][0] and "KeyError" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["2025-08.csv", "files/2025/2025-08.csv", "notes/readme.txt"])
def test_a_file_in_the_wrong_folder_is_told(tmp_path, name):
    house = write_house(tmp_path)
    path = house.raw / "customs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CUSTOMS, encoding="utf-8")
    landed = land(house)
    assert landed.observations.height == 40
    assert landed.quarantine.select("source_id", "source_file", "level").rows() == [("customs", name, "file")]


def test_files_declared_differently_are_not_compared_in_length(tmp_path):
    house = write_house(tmp_path)
    april = CUSTOMS.replace(",3月", ",4月").replace("1至3月", "1至4月").replace("鄂州市,7,21,4,12,3,9,1.0,2.0,-\n", "")
    listed = [publication("files/2024-04.csv", "2024-05-18", options={"expected_areas": []})]
    write_source(house.raw, customs_source(files=listed), {"2024-04.csv": april})
    assert land(house).findings.filter(check_name="file_shorter").is_empty()
