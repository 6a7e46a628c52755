"""Figures as printed become exactly what they say, or are told apart: missing, or no number at all."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dagster_project.lib.numbers import MISSING_MARKS, parse

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        pytest.param("0", 0.0, id="zero"),
        pytest.param("29", 29.0, id="whole"),
        pytest.param("9630.2", 9630.2, id="decimal"),
        pytest.param("-2.1", -2.1, id="negative"),
        pytest.param("+5.0", 5.0, id="plus-sign"),
        pytest.param("007", 7.0, id="leading-zeros"),
        pytest.param("868.4708411714048", 868.4708411714048, id="float-noise-of-a-yearbook"),
        pytest.param("3014651610684.0005", 3014651610684.0005, id="thirteen-digits"),
        pytest.param("1.5E3", 1500.0, id="exponent"),
        pytest.param("1e-05", 0.00001, id="small-exponent"),
        pytest.param("564,312,300", 564312300.0, id="thousands"),
        pytest.param("-11,289,872.1", -11289872.1, id="thousands-negative-decimal"),
        pytest.param("１２３４．５", 1234.5, id="full-width"),
        pytest.param("－１，２３４", -1234.0, id="full-width-minus-and-comma"),
        pytest.param("12３4", 1234.0, id="mixed-width"),
        pytest.param("  42\t", 42.0, id="space-around"),
        pytest.param("\u300042\u00a0", 42.0, id="ideographic-and-hard-space-around"),
    ],
)
def test_a_printed_figure(printed, value):
    assert parse(printed) == (value, False)


@pytest.mark.parametrize("mark", sorted(MISSING_MARKS), ids=lambda mark: mark or "empty")
@pytest.mark.parametrize("around", ["", " ", "\t", "\u3000"], ids=["bare", "space", "tab", "ideographic-space"])
def test_every_missing_mark(mark, around):
    assert parse(around + mark + around) == (None, True)


@pytest.mark.parametrize("mark", ["NaN", "NAN", "Null", "NULL", "ｎａｎ"])
def test_missing_marks_in_any_case_and_width(mark):
    assert parse(mark) == (None, True)


@pytest.mark.parametrize("mark", ["", "-", "—", "－", "–", "一", "…", "...", "nan"])
def test_the_marks_of_the_publishers_are_listed(mark):
    """Customs prints -, yearbooks 一 and …, exports of pandas nan: none may leave the list unnoticed."""
    assert mark in MISSING_MARKS


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param("729O", id="letter-for-zero"),
        pytest.param("7x65", id="letter-inside"),
        pytest.param("l2", id="letter-for-one"),
        pytest.param("12%", id="percent-sign"),
        pytest.param("12万", id="unit-behind"),
        pytest.param("1377②", id="circled-footnote"),
        pytest.param("12²", id="superscript-footnote"),
        pytest.param("½", id="fraction"),
        pytest.param("١٢٣", id="digits-of-another-script"),
        pytest.param("一二三", id="Chinese-digits"),
        pytest.param("1,23", id="group-of-two"),
        pytest.param("1234,567", id="group-of-four"),
        pytest.param("1,234,56", id="last-group-short"),
        pytest.param(",123", id="leading-comma"),
        pytest.param("513,66", id="decimal-comma"),
        pytest.param("1.234.567", id="two-points"),
        pytest.param(".5", id="no-digit-before-the-point"),
        pytest.param("5.", id="no-digit-after-the-point"),
        pytest.param("100. 6", id="space-inside"),
        pytest.param("1 234", id="space-as-separator"),
        pytest.param("1_000", id="python-underscore"),
        pytest.param("0x1F", id="hexadecimal"),
        pytest.param("--5", id="two-signs"),
        pytest.param("- 5", id="sign-apart"),
        pytest.param("−5", id="mathematical-minus"),
        pytest.param("inf", id="inf"),
        pytest.param("-Infinity", id="infinity"),
        pytest.param("1e999", id="beyond-any-float"),
        pytest.param("9" * 400, id="four-hundred-digits"),
        pytest.param("1,234e5", id="groups-with-exponent"),
        pytest.param("N/A", id="not-available"),
        pytest.param("12\n13", id="two-lines"),
    ],
)
def test_what_is_neither_a_figure_nor_a_mark(printed):
    assert parse(printed) == (None, False)


@given(finite)
@example(0.1 + 0.2)
@example(5e-324)
@example(1.7976931348623157e308)
@example(-0.0)
def test_any_float_printed_plainly_comes_back_exactly(value):
    for printed in (repr(value), f"{value:.17g}"):
        back, missing = parse(printed)
        assert not missing
        assert back == value
        assert math.copysign(1, back) == math.copysign(1, value)


@given(finite)
def test_width_and_surrounding_space_do_not_matter(value):
    printed = repr(value)
    assert parse(f" {printed.translate(FULL_WIDTH)}\u3000") == parse(printed) == (value, False)


@given(st.integers(-(10**18), 10**18), st.integers(0, 6))
def test_thousands_separators_do_not_matter(whole, decimals):
    grouped = f"{whole:,}" + ("." + "7" * decimals if decimals else "")
    assert parse(grouped) == parse(grouped.replace(",", "")) == (float(grouped.replace(",", "")), False)
    assert parse(grouped.translate(FULL_WIDTH)) == parse(grouped)


numberish = st.text(alphabet="0123456789０１２９.,，．+-－—–…eE nNaAiIfFuUlL一%²③", max_size=400)


@given(st.one_of(st.text(), numberish, st.from_regex(r"[+-]?\d{1,400}(\.\d{1,30})?([eE][+-]?\d{1,4})?", fullmatch=True)))
def test_no_text_gives_anything_but_a_finite_figure_a_gap_or_a_refusal(text):
    value, missing = parse(text)
    assert isinstance(missing, bool)
    if missing:
        assert value is None
    assert value is None or math.isfinite(value)


@given(finite, st.sampled_from("OlIxX万亿%％①②²³*abc"), st.data())
def test_one_foreign_character_anywhere_is_refused(value, foreign, data):
    printed = repr(value)
    place = data.draw(st.integers(0, len(printed)))
    assert parse(printed[:place] + foreign + printed[place:]) == (None, False)
