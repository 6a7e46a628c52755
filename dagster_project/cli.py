"""The command `openecon`. Parses, calls lib/, and says what happened; holds no logic of its own.

Heavy libraries are imported inside the commands: a build in which nothing changed ends before them.
"""

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
