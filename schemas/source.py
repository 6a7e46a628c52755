"""The contract of raw/<source_id>/source.yml: who published, under what licence, in what layout, and when each file came out."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Layout = Literal["customs_by_location", "tidy_long", "tidy_wide"]
Basis = Literal["publisher", "calendar", "edition", "obtained"]
Text = Annotated[str, Field(min_length=1)]


class DeclarationProblem(Exception):
    """A declaration (source.yml, a seed, a framework) that breaks its contract. The message names file, key and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Publication(_Strict):
    """One released file: one bulletin, one yearbook edition, one month's table."""

    file: Annotated[str, Field(pattern=r"^files/[^/\\]+$")]
    title_zh: Text
    address: str | None
    published_on: date
    published_basis: Basis
    publisher_zh: str | None = None
    carrier: str | None = None
    note: str | None = None
    options: dict[str, Any] = {}


class Pattern(_Strict):
    """Files that arrive period by period under one name; their day of publication comes from seeds/calendar.csv."""

    file: Annotated[str, Field(pattern=r"^files/[^/\\{}]*\{yyyy\}[^/\\{}]*\{mm\}[^/\\{}]*$")]
    title_zh: Annotated[str, Field(pattern=r"^([^{}]|\{(yyyy|mm|m)\})+$")]
    address: str | None
    calendar: Text


class Source(_Strict):
    """A publisher's series of files. `files` lists publications one by one; `pattern` takes all others of that name."""

    source_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    publisher_zh: Text
    publisher_en: Text
    domain: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    title_zh: Text
    title_en: Text
    address: str | None
    licence: Text
    licence_note: str | None = None
    layout: Layout
    frequency: Literal["A", "Q", "M", "mixed"]
    obs_status: Literal["A", "P", "E"]
    on_bad_file: Literal["hold", "stop"] = "hold"
    options: dict[str, Any] = {}
    note: str | None = None
    files: list[Publication] = []
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _names_some_file(self) -> "Source":
        if not self.files and self.pattern is None:
            raise ValueError("neither `files` nor `pattern`: a source must name its publications")
        names = [publication.file for publication in self.files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"listed twice under `files`: {', '.join(twice)}")
        return self


def load_source(path: Path) -> Source:
    """Read and check one source.yml. Raises DeclarationProblem naming the key that is wrong."""
    try:
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise DeclarationProblem(f"{path}: not readable as YAML in UTF-8: {problem}") from problem
    if not isinstance(declared, dict):
        raise DeclarationProblem(f"{path}: expected keys such as source_id and files, found {type(declared).__name__}")
    try:
        source = Source.model_validate(declared)
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in problem.errors()]
        raise DeclarationProblem(f"{path}: " + "; ".join(lines)) from problem
    if source.source_id != path.parent.name:
        raise DeclarationProblem(
            f"{path}: source_id is {source.source_id!r} but the folder is {path.parent.name!r}: make them equal"
        )
    return source


class CustomsOptions(_Strict):
    """customs_by_location: the unit its heading must give, and the declared areas every file must hold."""

    unit: Text
    expected_areas: list[Text] = []


class TidyOptions(_Strict):
    """tidy_long: nothing to declare; the file says it all."""


class WideColumn(_Strict):
    """What one column of a wide file measures."""

    series: Text
    unit: Text


class WideOptions(_Strict):
    """tidy_wide: where the period stands, for which area, and what each column is."""

    period_column: Text
    period_format: Text
    freq: Literal["A", "M"]
    ref_area: Text
    columns: dict[str, WideColumn]


OPTIONS: dict[str, type[_Strict]] = {
    "customs_by_location": CustomsOptions,
    "tidy_long": TidyOptions,
    "tidy_wide": WideOptions,
}


def options_of(source: Source, publication: Publication) -> dict[str, Any]:
    """The options of one file: the source's, with the file's own on top. Raises DeclarationProblem naming the key."""
    try:
        return OPTIONS[source.layout].model_validate(source.options | publication.options).model_dump()
    except ValidationError as problem:
        lines = [f"options.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        raise DeclarationProblem(f"raw/{source.source_id}/source.yml ({publication.file}): " + "; ".join(lines)) from problem
