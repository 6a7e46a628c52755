"""Filling the office's templates: what a template can get wrong, and that the same facts give the same bytes."""

import io
import re
import zipfile
from pathlib import Path

import docx
import pytest

from dagster_project.lib import release_checks
from dagster_project.lib.briefing import charts, documents
from dagster_project.lib.briefing.documents import TemplateProblem, filled


def template(path: Path, *paragraphs: str, table: list[str] | None = None) -> Path:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        rows = document.add_table(rows=len(table), cols=1).rows
        for row, text in zip(rows, table, strict=True):
            row.cells[0].text = text
    document.save(path)
    return path


def text_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


def test_fields_and_loops_are_filled(tmp_path):
    path = template(
        tmp_path / "t.docx", "{{ area }}", "{%p for note in notes %}", "{{ loop.index }}．{{ note }}", "{%p endfor %}"
    )
    assert text_of(filled(path, {"area": "武汉市", "notes": ["甲", "乙"]})) == ["武汉市", "1．甲", "2．乙"]


def test_signs_of_markup_in_a_name_are_text(tmp_path):
    path = template(tmp_path / "t.docx", "{{ area }}")
    assert text_of(filled(path, {"area": "研发<&>公司"})) == ["研发<&>公司"]


def test_a_missing_template_is_named(tmp_path):
    with pytest.raises(TemplateProblem, match=r"城市简报\.docx is not there"):
        filled(tmp_path / "城市简报.docx", {})


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"], ids=["empty", "a web page", "half an archive"])
def test_a_file_that_is_no_word_document_is_named(tmp_path, content):
    path = tmp_path / "城市简报.docx"
    path.write_bytes(content)
    with pytest.raises(TemplateProblem, match=r"城市简报\.docx is no Word document"):
        filled(path, {})


def test_another_archive_is_no_word_document(tmp_path):
    path = tmp_path / "城市简报.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(TemplateProblem, match="is no Word document"):
        filled(path, {})


def test_a_field_that_nobody_fills_is_refused_with_those_there_are(tmp_path):
    path = template(tmp_path / "城市简报.docx", "{{ aera }}")
    with pytest.raises(TemplateProblem, match=r"城市简报\.docx: 'aera' is undefined; the fields are area、chart、chart_title"):
        filled(path, {"area": "武汉市"})


def test_a_field_of_a_row_that_nobody_fills_is_refused(tmp_path):
    path = template(tmp_path / "t.docx", table=["{%tr for row in rows %}", "{{ row.nmae }}", "{%tr endfor %}"])
    with pytest.raises(TemplateProblem, match="nmae"):
        filled(path, {"rows": [{"name": "甲"}]})


@pytest.mark.parametrize("broken", ["{{ area", "{%p for x in %}", "{% if area %}"], ids=["open", "no list", "no end"])
def test_a_tag_that_cannot_be_read_is_refused(tmp_path, broken):
    path = template(tmp_path / "t.docx", broken, "{{ area }}")
    with pytest.raises(TemplateProblem, match=r"t\.docx: a tag cannot be read"):
        filled(path, {"area": "武汉市"})


def test_the_same_facts_are_the_same_bytes_and_others_are_not(tmp_path):
    path = template(tmp_path / "t.docx", "{{ area }}", "{{ chart }}")
    drawn = charts.of_circle(["甲", "乙", "丙"], [30.0, 20.0, 10.0], "2022", "指数")
    first = filled(path, {"area": "武汉市"}, drawn)
    assert first == filled(path, {"area": "武汉市"}, charts.of_circle(["甲", "乙", "丙"], [30.0, 20.0, 10.0], "2022", "指数"))
    assert first != filled(path, {"area": "黄石市"}, drawn)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [name for name in archive.namelist() if name.endswith(".png")]


def test_too_few_cities_are_not_drawn():
    assert charts.of_circle(["甲", "乙"], [30.0, 20.0], "2022", "指数") is None


def test_a_character_that_the_font_lacks_is_an_error_and_no_empty_box():
    with pytest.raises(UserWarning, match="Glyph"):
        charts.of_circle(["甲", "乙", "龘"], [30.0, 20.0, 10.0], "2022", "指数")


def test_a_year_without_a_figure_is_named_in_the_chart():
    with_gap = charts._bars({"2020": 10.0, "2022": 12.0, "2023": 13.0})
    assert with_gap.startswith(b"\x89PNG")
    assert with_gap != charts._bars({"2020": 10.0, "2021": 0.0, "2022": 12.0, "2023": 13.0})


def document(path: Path, *paragraphs: str, rows: int | None = None) -> Path:
    written = docx.Document()
    for text in paragraphs:
        written.add_paragraph(text)
    if rows:
        written.add_table(rows=rows, cols=2)
    written.save(path)
    return path


def test_the_checks_of_a_release_look_into_documents(tmp_path):
    look = release_checks._of_document
    assert look(document(tmp_path / "good.docx", "武汉市", rows=2)) is None
    assert look(tmp_path / "none.docx") == "the file is missing"
    assert look(document(tmp_path / "tag.docx", "{{ area }}")) == "a tag of its template is left in it"
    assert look(document(tmp_path / "loop.docx", "{%p endfor %}")) == "a tag of its template is left in it"
    assert look(document(tmp_path / "empty.docx", "武汉市", rows=1)) == "a table in it has no rows"
    (tmp_path / "page.docx").write_text("<html>")
    assert look(tmp_path / "page.docx") == "it is no Word document"


def test_every_field_of_the_templates_is_told_to_those_who_edit_them():
    root = documents.__file__.rsplit("dagster_project", 1)[0]
    guide = Path(root, "docs/briefing.zh-CN.md").read_text(encoding="utf-8")
    for name in (documents.CITY, documents.CIRCLE, documents.UNIT):
        with zipfile.ZipFile(Path(root, "seeds/templates", name)) as archive:
            text = "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", archive.read("word/document.xml").decode()))
        fields = {field.split(".")[-1] for field in re.findall(r"{{ ([\w.]+) }}", text)} - {"sentence", "note", "index"}
        assert fields and not [field for field in fields if f"`{field}`" not in guide], name
