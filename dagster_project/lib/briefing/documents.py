"""Briefings and sheets as .docx: the office's templates (seeds/templates) filled; the same facts give the same bytes."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import docx.shared
import docxtpl
import jinja2

from dagster_project.lib import city_tables
from dagster_project.lib.briefing import charts, facts
from dagster_project.lib.city_tables import Frames
from dagster_project.lib.problems import BuildStopped

CITY, CIRCLE, UNIT = "城市简报.docx", "都市圈简报.docx", "督办表.docx"
#: The day before which no ZIP file can be dated.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class TemplateProblem(BuildStopped):
    """A template that cannot be filled: which file, what is wrong with it and what to do."""


def write(frames: Frames, day: date, since: str, templates: Path, release: Path) -> Iterator[Path]:
    """Write 监测简报.docx of each city and the circle, and circle/督办表/<unit>.docx; yields paths. Raises TemplateProblem."""
    for city in city_tables.cities(frames):
        chart = charts.of_city(frames, city["ref_area"], city["name_zh"])
        folder = release / "cities" / f"{city['ref_area']}-{city['pinyin']}"
        yield _written(folder / "监测简报.docx", templates / CITY, facts.of_city(frames, day, since, city), chart)
    chart = charts.of_circle(*facts.newest_indices(frames))
    yield _written(release / "circle" / "监测简报.docx", templates / CIRCLE, facts.of_circle(frames, day, since), chart)
    folder = release / "circle" / "督办表"
    folder.mkdir()
    for unit in facts.units(frames):
        yield _written(folder / f"{unit}.docx", templates / UNIT, facts.of_unit(frames, day, unit))


def _written(path: Path, template: Path, context: dict, chart: tuple[str, bytes] | None = None) -> Path:
    path.write_bytes(filled(template, context, chart))
    return path


def filled(template: Path, context: dict, chart: tuple[str, bytes] | None = None) -> bytes:
    """The document that a template and its fields make. Raises TemplateProblem."""
    if not template.is_file():
        raise TemplateProblem(f"{template} is not there: lay the template back (its fields: docs/briefing.zh-CN.md)")
    try:
        document = docxtpl.DocxTemplate(io.BytesIO(template.read_bytes()))
        document.init_docx()
    except (zipfile.BadZipFile, KeyError, ValueError) as problem:
        raise TemplateProblem(f"{template} is no Word document (.docx): save it again from the word processor") from problem
    context = context | {"chart": None, "chart_title": ""}
    if chart:
        picture = docxtpl.InlineImage(document, io.BytesIO(chart[1]), width=docx.shared.Mm(150))
        context |= {"chart": picture, "chart_title": chart[0]}
    try:
        document.render(context, _environment())
    except jinja2.UndefinedError as problem:
        known = "、".join(sorted(context))
        raise TemplateProblem(
            f"{template}: {problem.message}; the fields are {known}: mend the tag that names another"
        ) from problem
    except jinja2.TemplateSyntaxError as problem:
        raise TemplateProblem(f"{template}: a tag cannot be read: {problem.message}; compare docs/briefing.zh-CN.md") from problem
    saved = io.BytesIO()
    document.save(saved)
    return _dated_nowhen(saved)


class _Environment(jinja2.Environment):
    """Compiles the same text once: a hundred sheets come of one template."""

    @lru_cache(maxsize=64)  # noqa: B019 - there is one environment for as long as the process lives
    def from_string(self, source: str) -> jinja2.Template:
        return super().from_string(source)


@cache
def _environment() -> _Environment:
    # A field that nobody fills is an error, not a blank; & and < of a name are text, not markup.
    return _Environment(undefined=jinja2.StrictUndefined, autoescape=True)


def _dated_nowhen(archive: io.BytesIO) -> bytes:
    """The same members in the same order, without the time of writing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            target.writestr(info, source.read(name))
    return packed.getvalue()
