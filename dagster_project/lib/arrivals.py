"""What is found about whole files at the door: set aside, shorter than the last, the same bytes twice, an area not there."""

from dataclasses import dataclass

import polars as pl

from dagster_project.lib.declarations import Declared
from dagster_project.lib.problems import FileProblem
from dagster_project.lib.problems_zh import told_zh
from schemas.observation import FINDING, QUARANTINE
from schemas.source import Source

#: Layouts whose successive files hold the same table for another period; the others hold whatever one article printed.
REGULAR = ("customs_by_location", "table", "nbs_json")


@dataclass(frozen=True)
class Aside:
    """A file that was set aside, with what is wrong with it."""

    source_id: str
    problem: FileProblem
    sha256: str | None

    @property
    def source_file(self) -> str:
        return self.problem.file.removeprefix(f"raw/{self.source_id}/")

    @property
    def message_zh(self) -> str:
        aside = "文件未能按声明的版式读取，已整份搁置；本次发布不含其中数据，该来源的其他文件照常采用。"
        return aside + told_zh(self.problem)


def quarantined(aside: list[Aside]) -> pl.DataFrame:
    """One line of quarantine for each file that was set aside."""
    rows = [
        {
            "source_id": entry.source_id,
            "source_file": entry.source_file,
            "source_sha256": entry.sha256,
            "source_locator": "file",
            "level": "file",
            "reason": "unreadable_file",
            "message_zh": entry.message_zh,
        }
        for entry in aside
    ]
    return pl.DataFrame(rows, schema=QUARANTINE)


def findings(
    sources: list[Source], declared: Declared, files: pl.DataFrame, areas: dict[tuple[str, str], set[str]], aside: list[Aside]
) -> pl.DataFrame:
    """Every finding about the files of the given sources. `areas`: those found in each file of a source that expects some."""
    limits = dict(declared["thresholds"].select("threshold", "value").iter_rows())
    found = [_row("file_set_aside", "hold", entry.source_id, entry.source_file, entry.message_zh) for entry in aside]
    for source in sources:
        read = files.filter(pl.col("source_id") == source.source_id)
        found += _absent(source, areas)
        found += _same_bytes(source, read)
        found += _shorter(source, read, limits["file_shrink_share"])
        found += _unproven(source, read)
    return pl.DataFrame(found, schema=FINDING)


def _row(check: str, severity: str, source_id: str, file: str | None, message_zh: str, **more) -> dict:
    return {
        "check_name": check,
        "severity": severity,
        "source_id": source_id,
        "source_file": file,
        "message_zh": message_zh,
    } | more


def _absent(source: Source, areas: dict[tuple[str, str], set[str]]) -> list[dict]:
    return [
        _row(
            "declared_area_absent",
            "warn",
            source_id,
            file,
            f"登记为每期必有的地区 {area} 不在这份文件中。请核对原件：可能被截断，或地名改了写法。",
            ref_area=area,
        )
        for (source_id, file), found in sorted(areas.items())
        if source_id == source.source_id
        for area in source.options["expected_areas"]
        if area not in found
    ]


def _same_bytes(source: Source, read: pl.DataFrame) -> list[dict]:
    told = []
    for (_,), same in read.sort("source_file").group_by("source_sha256", maintain_order=True):
        first, *others = same["source_file"]
        message = f"与 {first} 逐字节相同：是否把同一份文件存了两次？请重新下载本期。"
        told += [_row("same_bytes", "warn", source.source_id, file, message) for file in others]
    return told


def _shorter(source: Source, read: pl.DataFrame, share: float) -> list[dict]:
    """Files that hold clearly fewer places, or fewer periods, than the one before."""
    if source.layout not in REGULAR:
        return []
    order = read.sort(pl.coalesce("time_period", pl.col("published_on").cast(pl.String)), "source_file")
    own = {publication.file: publication.options for publication in source.files}
    told = []
    for before, now in zip(order.iter_rows(named=True), order.slice(1).iter_rows(named=True), strict=False):
        if own.get(before["source_file"], {}) != own.get(now["source_file"], {}):
            continue  # declared differently, so another table
        for what, name in (("areas", "地区"), ("periods", "时期")):
            limit = before[what] * share if what == "areas" else before[what]
            if now[what] < limit:
                message = (
                    f"有 {now[what]} 个{name}，前一份（{before['source_file']}）有 {before[what]} 个：请核对原件是否被截断。"
                )
                row = _row("file_shorter", "warn", source.source_id, now["source_file"], message)
                sizes = {"value": float(now[what]), "expected": float(before[what])}
                told.append(row | sizes | {"time_period": now["time_period"]})
    return told


def _unproven(source: Source, read: pl.DataFrame) -> list[dict]:
    if not source.unproven or read.is_empty():
        return []
    message = "该版式只据文字描述编写，尚未用真实文件验证：请人工逐项核对首次读入的数据，再在 source.yml 中去掉 unproven。"
    return [_row("unproven_layout", "warn", source.source_id, file, message) for file in read["source_file"].sort()]
