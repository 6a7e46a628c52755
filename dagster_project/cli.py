"""The command `openecon`. Parses, calls lib/, and says what happened; holds no logic of its own.

Heavy libraries are imported inside the commands: a build in which nothing changed ends before them.
"""

import re
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from dagster_project.lib.house import House, NoSuchFolder

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Raw = Annotated[Path, typer.Option("--raw", help="Folder of released files.", file_okay=False)]
Seeds = Annotated[Path, typer.Option("--seeds", help="Folder of declared tables.", file_okay=False)]
Warehouse = Annotated[Path, typer.Option("--warehouse", help="Folder that everything built goes to.", file_okay=False)]
HOUSE = House()


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2025-09-30") from None


@app.callback()
def openecon() -> None:
    """武汉都市圈开放型经济运行监测与综合指标体系."""


@app.command()
def build(
    raw: Raw = HOUSE.raw,
    seeds: Seeds = HOUSE.seeds,
    warehouse: Warehouse = HOUSE.warehouse,
    on: Annotated[str | None, typer.Option(help="Reference day: what is late is late on this day.", callback=_day)] = None,
    target: Annotated[Literal["duckdb", "spark"], typer.Option(help="Engine that runs the models.")] = "duckdb",
) -> None:
    """Run the whole nightly job: land, model, release, check, publish."""
    from dagster_project.lib import warehouse as folder
    from dagster_project.lib.build import build as run
    from dagster_project.lib.problems import BuildStopped
    from schemas.source import DeclarationProblem

    house = House(raw.resolve(), seeds.resolve(), warehouse.resolve())
    try:
        outcome = run(house, on, target, tell=lambda line: print(line, flush=True))
    except NoSuchFolder as problem:
        print(f"openecon: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    except (BuildStopped, DeclarationProblem, folder.Busy, OSError) as problem:
        print(f"openecon: not published; the last release stays as it is.\n{problem}", file=sys.stderr)
        raise typer.Exit(1) from None
    _report(outcome, house)


def _report(outcome, house: House) -> None:
    if not outcome.published:
        print(f"nothing new to publish: {outcome.release_id} stays current ({outcome.seconds:.1f} s)")
    else:
        from dagster_project.lib.overview import show

        show(outcome.release)
        print(f"published {outcome.release_id}, reference day {outcome.reference_day}, in {outcome.seconds:.1f} s")
    print(house.warehouse / "latest")


def _period(text: str) -> str:
    from dagster_project.lib.explain import asked_period

    try:
        asked_period(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    return text


@app.command()
def explain(
    area: Annotated[str, typer.Option(metavar="CODE", help="Area by code or by name: 420100, 武汉市.")],
    indicator: Annotated[str, typer.Option(metavar="CODE", help="Indicator, pillar or index: trade_total, trade, openness.")],
    period: Annotated[str, typer.Option(metavar="P", help="2024, 2024-03, 2024-01/2024-03 or 2024年3月.", callback=_period)],
    framework: Annotated[str | None, typer.Option(metavar="ID", help="Scores of this framework only.")] = None,
    raw: Raw = HOUSE.raw,
    seeds: Seeds = HOUSE.seeds,
    warehouse: Warehouse = HOUSE.warehouse,
) -> None:
    """Take a published number apart: formula, inputs, vintages, and each input's file, SHA-256 and cell."""
    from dagster_project.lib.explain import NoSuchNumber
    from dagster_project.lib.explain import explain as run

    house = House(raw.resolve(), seeds.resolve(), warehouse.resolve())
    try:
        print(run(house, area, indicator, period, framework))
    except NoSuchNumber as problem:
        print(f"openecon: {problem}", file=sys.stderr)
        raise typer.Exit(1) from None


@app.command(name="as-of")
def as_of(
    day: Annotated[str, typer.Argument(metavar="DATE", callback=_day)],
    out: Annotated[Path, typer.Option("--out", help="New folder for the release.", file_okay=False)],
    raw: Raw = HOUSE.raw,
    seeds: Seeds = HOUSE.seeds,
) -> None:
    """The release from what had been published by DATE, with today's seeds and code."""
    from dagster_project.lib.build import as_of as run
    from dagster_project.lib.problems import BuildStopped
    from schemas.source import DeclarationProblem

    try:
        outcome = run(House(raw.resolve(), seeds.resolve()), day, out.resolve(), tell=lambda line: print(line, flush=True))
    except NoSuchFolder as problem:
        print(f"openecon: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    except (BuildStopped, DeclarationProblem, OSError) as problem:
        print(f"openecon: nothing was written.\n{problem}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{outcome.release_id}, reference day {outcome.reference_day}\n{out.resolve()}")


def _month_or_year(text: str) -> str:
    if not re.fullmatch(r"[12]\d{3}(-(0[1-9]|1[0-2]))?", text, re.ASCII):
        raise typer.BadParameter(f"{text!r} is not a month such as 2025-08 or a year such as 2025")
    return text


@app.command()
def form(
    area: Annotated[str, typer.Option(metavar="CODE", help="City that is asked: 429004.")],
    period: Annotated[str, typer.Option(metavar="P", help="Month 2025-08 or year 2025.", callback=_month_or_year)],
    projects: Annotated[bool, typer.Option("--projects", help="The register of investment projects instead.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: AREA-PERIOD.xlsx in this folder.")] = None,
    raw: Raw = HOUSE.raw,
    seeds: Seeds = HOUSE.seeds,
    warehouse: Warehouse = HOUSE.warehouse,
) -> None:
    """Write the .xlsx on which a city reports what nobody publishes.

    Filled in, it goes to raw/reported/files/; the register of projects to raw/reported_projects/files/.
    """
    from dagster_project.lib import declarations, forms, project_forms
    from dagster_project.lib.problems import BuildStopped
    from schemas.source import DeclarationProblem

    house = House(raw.resolve(), seeds.resolve(), warehouse.resolve())
    target = (out or Path(f"{area}-{period}{'-projects' if projects else ''}.xlsx")).resolve()
    write = project_forms.write if projects else forms.write
    try:
        content = write(declarations.load(house), area, period, house.warehouse / "openecon.duckdb")
        with target.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        print(f"openecon: {target} is there already and may be filled in: give another --out", file=sys.stderr)
        raise typer.Exit(1) from None
    except (BuildStopped, DeclarationProblem, OSError) as problem:
        print(f"openecon: no form was written.\n{problem}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(target)


@app.command(name="new-source")
def new_source(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A file as it was released.")],
    out: Annotated[Path | None, typer.Option(metavar="raw/ID", help="Write ID's source.yml there.", file_okay=False)] = None,
    raw: Raw = HOUSE.raw,
    seeds: Seeds = HOUSE.seeds,
) -> None:
    """Guess the source.yml of a new source from a specimen, and show the first rows it would land."""
    from dagster_project.lib import declarations
    from dagster_project.lib.new_source import propose
    from dagster_project.lib.problems import BuildStopped
    from schemas.source import DeclarationProblem

    if out and not re.fullmatch("[a-z][a-z0-9_]*", out.name):
        raise typer.BadParameter(f"{out.name!r} cannot be a source_id: small letters, digits and _, as raw/customs_gacc")
    target = out.resolve() / "source.yml" if out else None
    if target and target.exists():
        print(f"openecon: {target} is there already and was left as it is", file=sys.stderr)
        raise typer.Exit(1)
    try:
        declared = declarations.load(House(raw.resolve(), seeds.resolve()))
        text, told = propose(file.read_bytes(), file.name, out.name if out else "new_source", declared)
        if target:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except (BuildStopped, DeclarationProblem, OSError) as problem:
        print(f"openecon: nothing was written.\n{problem}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(target or text, *told, sep="\n")


@app.command()
def index(
    framework: Annotated[Path, typer.Argument(metavar="FRAMEWORK_DIR", help="Folder with framework.csv and framework.yml.")],
    data: Annotated[Path, typer.Option("--data", metavar="FILE.csv", help="ref_area, time_period, indicator, obs_value.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.", file_okay=False)],
    draws: Annotated[int, typer.Option(metavar="N", min=0, max=10_000_000, help="Rankings to draw for intervals of ranks.")] = 0,
    seed: Annotated[int, typer.Option(metavar="S", min=0, max=2**63 - 1, help="Seed of the draws.")] = 0,
) -> None:
    """Compute anybody's composite index: scores, ranks, contributions, changes, obstacles, audit; --draws: how far ranks hold."""
    from dagster_project.lib import transform
    from dagster_project.lib.index.command import index as run
    from dagster_project.lib.index.robustness import Asked
    from dagster_project.lib.problems import BuildStopped
    from schemas.source import DeclarationProblem

    cache = transform.index_cache(HOUSE)
    try:
        run(
            framework.resolve(),
            data.resolve(),
            out.resolve(),
            cache,
            tell=lambda line: print(line, flush=True),
            asked=Asked(draws, seed) if draws else None,
        )
    except (BuildStopped, DeclarationProblem, OSError) as problem:
        print(f"openecon: nothing was written: {problem}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(out.resolve())


@app.command()
def doctor(raw: Raw = HOUSE.raw, seeds: Seeds = HOUSE.seeds, warehouse: Warehouse = HOUSE.warehouse) -> None:
    """What is installed, what the last build did, which publications are late today."""
    from dagster_project.lib.doctor import examine
    from schemas.source import DeclarationProblem

    try:
        findings, troubles = examine(House(raw.resolve(), seeds.resolve(), warehouse.resolve()), date.today())
    except (OSError, DeclarationProblem) as problem:
        findings, troubles = [], [str(problem)]
    for line in findings:
        print(f"ok    {line}")
    for line in troubles:
        print(f"look  {line}")
    raise typer.Exit(1 if troubles else 0)


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
