"""From raw files to landing: one asset group for each raw/<source_id>/source.yml, then landing as a whole. No SQL here."""

from functools import cache
from pathlib import Path

import dagster as dg
import pandera.errors
import polars as pl

from dagster_project.lib import build as steps
from dagster_project.lib import declarations, landing
from dagster_project.lib.house import House, Inputs, read_inputs, sha256
from dagster_project.lib.problems import BuildStopped
from dagster_project.resources import DEFAULT, BuildResource
from schemas import observation, project
from schemas.source import Source

INPUTS = dg.AssetKey(["build", "inputs"])


def raw_key(source_id: str) -> dg.AssetKey:
    """raw/<source_id>: the publications of one source, read and checked."""
    return dg.AssetKey(["raw", source_id])


@dg.asset(key=INPUTS, group_name="build", output_required=False)
def build_inputs(build: BuildResource):
    """The hash of every file a build depends on. Where nothing has changed since the published release, the run ends here."""
    inputs = read_inputs(build.house)
    if steps.nothing_new(build.house, inputs):
        return
    steps.begin(build.house, inputs)
    yield dg.MaterializeResult(
        metadata={
            "raw_files": len(inputs.raw),
            "seed_files": len(inputs.seeds),
            "code_files": len(inputs.code),
            "sha256": inputs.digest,
        }
    )


def source_assets(source: Source) -> list:
    """The asset of one source and its contract check, made from its source.yml."""
    key = raw_key(source.source_id)

    @dg.asset(
        key=key,
        deps=[INPUTS],
        group_name=source.source_id,
        description=f"{source.publisher_zh}：{source.title_zh}. One row is one figure as published. Licence: {source.licence}.",
        tags={"domain": source.domain, "layout": source.layout},
        kinds={"polars"},
    )
    def landed(build: BuildResource) -> dg.MaterializeResult:
        result = land_source(build, source.source_id)
        told = result.findings.select(pl.format("{}: {}: {}", "check_name", pl.col("source_file").fill_null(""), "message_zh"))
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": result.figures,
                "quarantined": result.held,
                "periods": result.periods,
                "latest_period": result.latest_period,
                "files": dict(result.files.select("source_file", "source_sha256").iter_rows()),
                "findings": told.to_series().to_list(),
                "listed_but_missing": result.missing,
            }
        )

    @dg.asset_check(asset=key, name="contract", blocking=True, description="Everything landed fits its contract in schemas/.")
    def contract(build: BuildResource) -> dg.AssetCheckResult:
        return contract_result(build.building / "landing", source.source_id)

    return [landed, contract]


@cache
def declared_for(house: House, digest: str) -> declarations.Declared:
    """The declarations of one build, read once for its sources; the digest of its inputs tells builds apart."""
    return declarations.load(house)


def land_source(build: BuildResource, source_id: str) -> landing.Written:
    """Land one source into the build in progress."""
    inputs = Inputs.load(build.building / "inputs.json")
    declared, accepted = declared_for(build.house, inputs.digest), landing.accepted(build.house.warehouse)
    batches = landing.land(build.house, declared, [source_id], inputs.raw, accepted=accepted)
    return landing.write(batches, build.building / "landing", source_id)


def contract_result(folder: Path, source_id: str) -> dg.AssetCheckResult:
    """What a source left in landing against the contracts once more, as it lies on disk."""
    rows = 0
    for table, contract in (("observations", observation), ("projects", project)):
        for part in landing.parts(folder / table, source_id):
            frame = pl.read_parquet(part)
            rows += frame.height
            # What was printed does not land. Whether a value may be negative was decided where the series is known.
            printed = {name: dtype for name, dtype in contract.WORKING.items() if name not in frame.columns}
            known = {"may_be_negative": pl.lit(True)} if "may_be_negative" in printed else {}
            whole = frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in printed.items())
            try:
                contract.CONTRACT.validate(whole.with_columns(**known), lazy=True)
            except pandera.errors.SchemaErrors as problem:
                cases = problem.failure_cases.head(20).cast(pl.String).to_dicts()
                return dg.AssetCheckResult(passed=False, metadata={"failures": dg.MetadataValue.json(cases)})
    return dg.AssetCheckResult(passed=True, metadata={"figures": rows})


def landing_assets(sources: dict[str, Source]) -> list:
    """Landing as a whole: the tables that dbt reads, by the names of its sources."""
    raw = [raw_key(source_id) for source_id in sources]

    @dg.multi_asset(
        specs=[dg.AssetSpec(["landing", table], deps=raw, group_name="landing", kinds={"parquet"}) for table in landing.TABLES],
        name="landing",
    )
    def landed(build: BuildResource):
        """All sources together: observations, quarantine, files that were read, and what was found about files."""
        folder = build.building / "landing" / "files"
        read = {path.stem for path in folder.glob("*.parquet")}
        names = Inputs.load(build.building / "inputs.json").raw
        arrived = {name.split("/")[1] for name in names if name.endswith("/source.yml")}
        if read != arrived:
            raise BuildStopped(f"sources changed since these definitions were loaded ({sorted(read ^ arrived)}): reload them")
        for table in landing.TABLES:
            frame = pl.read_parquet(build.building / "landing" / table / "*.parquet")
            metadata = {"dagster/row_count": frame.height}
            if "time_period" in frame.columns:
                periods = frame["time_period"]
                metadata |= {"periods": periods.n_unique(), "latest_period": periods.max() or ""}
            yield dg.MaterializeResult(asset_key=["landing", table], metadata=metadata)

    @dg.multi_asset(
        specs=[
            dg.AssetSpec(["declared", table], deps=[["landing", "files"]], group_name="declared") for table in declarations.TABLES
        ],
        name="declared",
    )
    def declared(build: BuildResource):
        """What people decide: every table of seeds/ and every source.yml, checked, with the reference day of the build."""
        files = pl.read_parquet(build.building / "landing" / "files" / "*.parquet")
        steps.finish_landing(declarations.load(build.house), build.building, steps.day_of_reference(files, None))
        for table in declarations.TABLES:
            path = build.building / "landing" / "declared" / f"{table}.parquet"
            rows = pl.scan_parquet(path).select(pl.len()).collect().item()
            yield dg.MaterializeResult(
                asset_key=["declared", table], metadata={"dagster/row_count": rows, "sha256": sha256(path)}
            )

    return [landed, declared]


def assets() -> list:
    """Everything of this folder, for definitions.py."""
    sources = declarations.load_sources(DEFAULT.raw)
    made = [item for source in sources.values() for item in source_assets(source)]
    return [build_inputs, *made, *landing_assets(sources)]
