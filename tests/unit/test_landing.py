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
from schemas.observation import COLUMNS, QUARANTINE
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


def land(house: House, sources: list[str] | None = None, until: str | None = None) -> landing.Landed:
    declared = declared_in(house)
    return landing.land(house, declared, sources or list(declared.sources), read_inputs(house).raw, until=until)


def held(landed: landing.Landed) -> list[tuple]:
    return landed.quarantine.select("source_id", "source_file", "source_locator", "reason", "level").rows()


CUSTOMS_FILE = ("customs", "files/2024-03.csv")
TIDY_FILE = ("bulletin", "files/2025.csv")


def test_a_clean_house_lands_whole(tmp_path):
    house = write_house(tmp_path)
    landed = land(house)
    assert landed.observations.height == 4 * 9 + 4
    assert landed.quarantine.is_empty() and landed.absent.is_empty()
    assert (landed.observations.schema, landed.quarantine.schema) == (COLUMNS, QUARANTINE)
    assert (landed.files.schema, landed.absent.schema) == (landing.FILES, landing.ABSENT)
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
            4,
        ),
        (
            *CUSTOMS_FILE,
            hashes["raw/customs/files/2024-03.csv"],
            "2024年3月",
            "某机构",
            "https://example.org/table",
            date(2024, 4, 18),
            "calendar",
            36,
        ),
    ]
    per_file = landed.observations.group_by("source_id", "source_file", "source_sha256", "published_on").len().sort("source_id")
    assert per_file.rows() == [(*row[:3], row[6], row[8]) for row in landed.files.rows()]


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
    assert landed.absent.rows() == [(*CUSTOMS_FILE, "420100")]
    assert landed.quarantine.is_empty()


def test_a_city_whose_name_is_misspelt_is_absent_too(tmp_path):
    assert land(write_house(tmp_path, customs=CUSTOMS.replace("鄂州市", "鄂洲市"))).absent.rows() == [(*CUSTOMS_FILE, "420700")]


def test_a_city_with_nothing_but_gaps_is_not_absent(tmp_path):
    text = CUSTOMS.replace("鄂州市,7,21,4,12,3,9,1.0,2.0,-", "鄂州市,-,-,-,-,-,-,-,-,-")
    assert land(write_house(tmp_path, customs=text)).absent.is_empty()


# What stops the build


def stopped(house: House, **how) -> FileProblems:
    with pytest.raises(FileProblems) as told:
        land(house, **how)
    return told.value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "the file is empty", id="truncated-to-nothing"),
        pytest.param(b"<!DOCTYPE html><html><body>404</body></html>", "found a web page", id="error-page"),
        pytest.param(CUSTOMS[: CUSTOMS.index("鄂州市")], "the table may be cut off", id="cut-off"),
        pytest.param(CUSTOMS.replace("万人民币", "万美元"), "should give the unit 万人民币", id="another-currency"),
        pytest.param("\n".join(CUSTOMS.splitlines()[:3] + CUSTOMS.splitlines()[-1:]), "no figure found", id="headings-only"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_stops_the_build_and_is_named(tmp_path, content, found):
    problem = stopped(write_house(tmp_path, customs=content))
    assert isinstance(problem, BuildStopped)
    assert [entry.file for entry in problem.problems] == ["raw/customs/files/2024-03.csv"]
    assert str(problem).startswith("raw/customs/files/2024-03.csv: ")
    assert found in str(problem)
    assert len(problem.problems[0].remedy) > 15


def test_all_unreadable_files_are_named_at_once(tmp_path):
    house = write_house(tmp_path, customs=b"", tidy="<html>")
    listed = [publication("files/2024-04.csv"), publication("files/2024-05.csv")]
    april = CUSTOMS.replace(",3月", ",4月").replace("1至3月", "1至4月")
    write_source(house.raw, customs_source(files=listed), {"2024-04.csv": april, "2024-05.csv": b"PK\x03\x04"})
    problem = stopped(house)
    assert [entry.file for entry in problem.problems] == [
        "raw/bulletin/files/2025.csv",
        "raw/customs/files/2024-03.csv",
        "raw/customs/files/2024-05.csv",
    ]
    assert len(str(problem).splitlines()) == 3


def test_a_file_that_changed_while_the_build_ran_stops_it(tmp_path):
    house = write_house(tmp_path)
    declared, inputs = declared_in(house), read_inputs(house)
    path = house.raw / "customs" / "files" / "2024-03.csv"
    path.write_text(CUSTOMS.replace("70", "71"), encoding="utf-8")
    with pytest.raises(FileProblems, match=r"^raw/customs/files/2024-03\.csv: the file changed while the build was running"):
        landing.land(house, declared, list(declared.sources), inputs.raw)
    path.write_text(CUSTOMS, encoding="utf-8")
    assert landing.land(house, declared, list(declared.sources), inputs.raw).observations.height == 40


def test_a_file_that_was_not_there_as_the_build_began_stops_it(tmp_path):
    house = write_house(tmp_path)
    declared, inputs = declared_in(house), read_inputs(house)
    (house.raw / "customs" / "files" / "2024-02.csv").write_text(CUSTOMS, encoding="utf-8")
    calendar = declared["calendar"].with_columns(time_period=pl.lit("2024-02"))
    more = declarations.Declared(declared.seeds | {"calendar": pl.concat([declared["calendar"], calendar])}, declared.sources)
    with pytest.raises(FileProblems, match=r"2024-02\.csv: the file changed"):
        landing.land(house, more, list(declared.sources), inputs.raw)


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


def test_an_unreadable_file_of_a_later_day_does_not_stop_an_earlier_release(tmp_path):
    house = write_house(tmp_path, tidy=b"")
    assert land(house, until="2025-01-01").observations.height == 36
    assert len(stopped(house, until="2026-01-14").problems) == 1


def test_only_the_sources_asked_for_are_read(tmp_path):
    house = write_house(tmp_path, tidy=b"")
    assert set(land(house, ["customs"]).observations["source_id"]) == {"customs"}


# Writing


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_what_is_written_is_what_landed(tmp_path):
    landed = land(write_house(tmp_path / "house", customs=CUSTOMS.replace("武汉市,70", "武汉市,7O").replace("鄂州市", "鄂洲市")))
    landing.write(landed, tmp_path / "out", "all")
    for table in ("observations", "quarantine", "files", "absent"):
        frame = getattr(landed, table)
        assert frame.height > 0
        back = pl.read_parquet(tmp_path / "out" / table / "all.parquet")
        assert back.equals(frame.sort(frame.columns))
        assert back.schema == frame.schema


def test_writing_twice_gives_the_same_bytes(tmp_path):
    house = write_house(tmp_path / "house", customs=CUSTOMS.replace("武汉市,70", "武汗市,7O"))
    for turn in ("first", "second"):
        landing.write(land(house), tmp_path / turn, "all")
    assert len(written(tmp_path / "first")) == 4
    assert written(tmp_path / "first") == written(tmp_path / "second")


def test_writing_over_an_earlier_write_leaves_nothing_of_it(tmp_path):
    house = write_house(tmp_path / "house")
    landing.write(land(house), tmp_path / "out", "all")
    landing.write(land(house, ["customs"]), tmp_path / "out", "all")
    assert pl.read_parquet(tmp_path / "out" / "observations" / "all.parquet").height == 36


def test_the_order_of_sources_and_of_rows_does_not_show(tmp_path):
    house = write_house(tmp_path / "house", customs=CUSTOMS.replace("武汉市,70", "武汗市,7O").replace("鄂州市", "鄂洲市"))
    landing.write(land(house, ["bulletin", "customs"]), tmp_path / "a", "all")
    landing.write(land(house, ["customs", "bulletin"]), tmp_path / "b", "all")
    landed = land(house)
    shuffled = landing.Landed(
        *(
            frame.sample(fraction=1, shuffle=True, seed=7)
            for frame in (landed.observations, landed.quarantine, landed.files, landed.absent)
        )
    )
    assert not shuffled.observations.equals(landed.observations)
    landing.write(shuffled, tmp_path / "c", "all")
    assert written(tmp_path / "a") == written(tmp_path / "b") == written(tmp_path / "c")


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
    assert (landed.observations.height, landed.quarantine.height, landed.absent.height) == (350 * 9, 0, 0)
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
        ("黄石市,", "黃石巿,"),
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
    assert set(rest["reason"]) == {"unknown_place"} and set(rest["place"]) == {"黃石巿"}
    assert set(rest["source_locator"].str.extract(r"^(line \d+), ")) == {"line 202"}
    assert landed.observations.height == 350 * 9 - 11
    assert landed.absent.rows() == [(*file, "420200")]
