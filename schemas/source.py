"""The contract of raw/<source_id>/source.yml: who published, under what licence, in what layout, and when each file came out."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.layouts import OPTIONS, PRINTED, Strict, Text

Basis = Literal["publisher", "calendar", "edition", "obtained"]
_DATED_NAME = r"files/[^/\\{}]*\{yyyy\}[^/\\{}]*\{mm\}[^/\\{}]*"
_PRINTED_NAME = r"files/\*\.[a-z]+"


class DeclarationProblem(Exception):
    """A declaration (source.yml, a seed, a framework) that breaks its contract. The message names file, key and remedy."""


class Publication(Strict):
    """One released file: one bulletin, one yearbook edition, one month's table."""

    file: Annotated[str, Field(pattern=r"^files/[^/\\]+$")]
    title_zh: Text
    address: str | None
    published_on: date
    published_basis: Basis
    publisher_zh: str | None = None
    carrier: str | None = None
    note: str | None = None
    options: Annotated[dict[str, Any], Field(default_factory=dict)]


class Pattern(Strict):
    """Files that arrive without being listed one by one.

    `published: calendar`: period by period under one name (files/{yyyy}-{mm}.csv); the day comes from seeds/calendar.csv.
    `published: printed`: under any name of one kind (files/*.xlsx); title, period and day are printed in the file.
    """

    published: Literal["calendar", "printed"] = "calendar"
    file: Text
    title_zh: Annotated[Annotated[str, Field(pattern=r"^([^{}]|\{(yyyy|mm|m)\})+$")] | None, Field(validate_default=True)] = None
    address: str | None
    calendar: Annotated[Text | None, Field(validate_default=True)] = None

    @field_validator("file")
    @classmethod
    def _fits(cls, file: str, info: ValidationInfo) -> str:
        printed = info.data.get("published") == "printed"
        if not re.fullmatch(_PRINTED_NAME if printed else _DATED_NAME, file):
            raise ValueError(f"{file!r} should be like {'files/*.xlsx' if printed else 'files/{yyyy}-{mm}.csv'}")
        return file

    @field_validator("title_zh", "calendar")
    @classmethod
    def _is_declared_or_printed(cls, value: str | None, info: ValidationInfo) -> str | None:
        printed = info.data.get("published") == "printed"
        if value is None and not printed:
            raise PydanticCustomError("missing", "Field required")
        if value is not None and printed:
            raise ValueError("leave it out: it is printed in the file")
        return value


class Source(Strict):
    """A publisher's series of files. `files` lists publications one by one; `pattern` takes all others of that name.

    `kind: reported` marks figures that nobody has published: the cities told them to the office on a form.
    """

    source_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    publisher_zh: Text
    publisher_en: Text
    kind: Literal["published", "reported"] = "published"
    domain: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    title_zh: Text
    title_en: Text
    address: str | None
    licence: Text
    licence_note: str | None = None
    layout: Text
    frequency: Literal["A", "Q", "M", "mixed"]
    obs_status: Literal["A", "P", "E"]
    on_bad_file: Literal["hold", "stop"] = "hold"
    #: The layout is known from descriptions only; no real file has been read yet.
    unproven: bool = False
    options: Annotated[dict[str, Any], Field(default_factory=dict)]
    note: str | None = None
    files: Annotated[list[Publication], Field(default_factory=list)]
    pattern: Pattern | None = None

    @field_validator("layout")
    @classmethod
    def _is_known(cls, layout: str) -> str:
        if layout not in OPTIONS:
            raise ValueError(f"{layout!r} is not a layout: choose from {', '.join(OPTIONS)}")
        return layout

    @model_validator(mode="after")
    def _names_some_file(self) -> "Source":
        if not self.files and self.pattern is None:
            raise ValueError("neither `files` nor `pattern`: a source must name its publications")
        names = [publication.file for publication in self.files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"listed twice under `files`: {', '.join(twice)}")
        if self.pattern and self.pattern.published == "printed" and self.layout not in PRINTED:
            raise ValueError(f"files of layout {self.layout} do not print their title and day: list them, or use a calendar")
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


def options_of(source: Source, publication: Publication) -> dict[str, Any]:
    """The options of one file: the source's, with the file's own on top. Raises DeclarationProblem naming the key."""
    try:
        return OPTIONS[source.layout].model_validate(source.options | publication.options).model_dump()
    except ValidationError as problem:
        lines = [f"options.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        raise DeclarationProblem(f"raw/{source.source_id}/source.yml ({publication.file}): " + "; ".join(lines)) from problem
