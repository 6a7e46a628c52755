"""What source.yml may declare under `options`, for each layout. An unknown or missing key is an error that names it."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Text = Annotated[str, Field(min_length=1)]
#: Words of a Chinese text, at least two characters.
Phrase = Annotated[str, Field(pattern=r"^\D*[一-鿿]\D*[一-鿿]\D*$")]


class Strict(BaseModel):
    """A declaration in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomsOptions(Strict):
    """customs_by_location: the unit its heading must give, and the declared areas every file must hold."""

    unit: Text
    expected_areas: list[Text] = []


class TidyOptions(Strict):
    """tidy_long: nothing to declare; the file says it all."""


class Where(Strict):
    """Where a table prints something that holds for its figures: exactly one of these keys.

    column: in the column of this heading · heading: in the heading of each value column · above: in a cell above the figures, as
    the one group of this regular expression · label: in brackets behind the indicator · file_name: in the file's name, by
    `pattern` of source.yml · constant: nowhere, so it is declared here
    """

    column: Text | None = None
    heading: Literal[True] | None = None
    above: Text | None = None
    label: Literal[True] | None = None
    file_name: Literal[True] | None = None
    constant: Text | None = None

    @property
    def kind(self) -> str:
        """The one key that is declared."""
        return next(iter(self.model_fields_set))

    @field_validator("above")
    @classmethod
    def _has_one_group(cls, above: str | None) -> str | None:
        if above is not None and _expression(above).groups != 1:
            raise ValueError(f"{above!r} must have exactly one group ( ), around what it finds")
        return above

    @model_validator(mode="after")
    def _is_one_place(self) -> "Where":
        if len(self.model_dump(exclude_none=True)) != 1 or len(self.model_fields_set) != 1:
            raise ValueError("give exactly one of column, heading, above, label, file_name, constant")
        return self


class Heading(Strict):
    """The heading block: it begins with the first row that has a cell reading `first`.

    It ends before the next text in that cell's column, or after `rows` rows. `above`: rows with content before it, also of it.
    """

    first: Text
    rows: Annotated[int, Field(ge=1)] | None = None
    above: Annotated[int, Field(ge=0)] = 0


class TableColumn(Strict):
    """A value column, by the name in one of its heading cells; `within`: the name in another of them.

    A name is a heading without spaces, brackets and English. Brackets that are declared must be printed too. Without `series` the
    heading is the label. `period_offset`, in years: -1 for a column of the year before.
    """

    heading: Text
    within: Text | None = None
    series: Text | None = None
    unit: Text | None = None
    basis: Literal["period", "ytd"] | None = None
    period_offset: Annotated[int, Field(ge=-10, le=0)] = 0


class TableOptions(Strict):
    """table: what a person would point at in the table. docs/layouts.md has an example for each layout.

    basis `printed`: 1—3月 is cumulative, 3月 is a month. columns `periods`: every column whose heading reads as a period.
    `drop`: rows whose first cell with content fits one of these regular expressions. `blank_rows`: what a row without any figure
    in its value columns is: figures that are missing, or no row of figures (a section label). `leave`: for columns `periods`, the
    columns that are none although their headings hold a year or look like a period, by expressions that fit one of them.
    """

    sheet: Text | None = None
    encoding: Text | None = None
    heading: Heading
    area: Where
    period: Where
    year: Where | None = None
    label: Where | None = None
    unit: Where | None = None
    freq: Literal["A", "M"]
    basis: Literal["period", "ytd", "printed"] | None = None
    columns: Annotated[list[TableColumn], Field(min_length=1)] | Literal["periods"]
    missing_marks: list[Text] = []
    drop: list[Text] = []
    leave: list[Text] = []
    blank_rows: Literal["drop", "missing"] = "missing"

    @field_validator("drop", "leave")
    @classmethod
    def _are_expressions(cls, expressions: list[str]) -> list[str]:
        for expression in expressions:
            _expression(expression)
        return expressions

    @model_validator(mode="after")
    def _fits_together(self) -> "TableOptions":
        for fault in (self._misplaced(), self._of_periods(), self._of_columns()):
            if fault:
                raise ValueError(fault)
        return self

    def _misplaced(self) -> str | None:
        for key, kinds in WHERE.items():
            where = getattr(self, key)
            if where is not None and where.kind not in kinds:
                return f"{key}: {where.kind} is not a place for it; there are {', '.join(kinds)}"
        return None

    def _of_periods(self) -> str | None:
        columns = [] if self.columns == "periods" else self.columns
        bases = {self.basis, *(column.basis for column in columns)} - {None}
        if self.freq == "A" and (bases or self.year):
            return f"{'basis' if bases else 'year'}: freq A needs none"
        if self.freq == "M" and not self.basis and not (columns and all(column.basis for column in columns)):
            return "basis: freq M needs it (period, ytd or printed), here or for every column"
        form = r"\d{4}" if self.freq == "A" else r"\d{4}-(0[1-9]|1[0-2])"
        if self.period.constant and not re.fullmatch(form, self.period.constant, re.ASCII):
            return f"period: constant {self.period.constant!r} is not {'a year' if self.freq == 'A' else 'a month as 2024-03'}"
        return None

    def _of_columns(self) -> str | None:
        if self.columns == "periods":
            if not self.period.heading:
                return "period: columns `periods` needs {heading: true}"
            if self.label is None:
                return "label: columns `periods` needs it, as the headings do not name the indicator"
        elif self.leave:
            return "leave: only columns `periods` need it"
        elif self.label and any(column.series for column in self.columns):
            return "label: contradicts `series` of a column; declare one of them"
        elif self.unit is None and not all(column.unit for column in self.columns):
            return "unit: declare where it is printed, here or for every column"
        if self.columns == "periods" and self.unit is None:
            return "unit: declare where it is printed"
        if self.unit and self.unit.label and self.label is None:
            return "unit: in the label, but no `label` is declared"
        return None


#: Where each of them may be printed.
WHERE = {
    "area": ("column", "above", "constant"),
    "period": ("column", "heading", "above", "file_name", "constant"),
    "year": ("column", "above", "file_name", "constant"),
    "label": ("column", "above"),
    "unit": ("column", "heading", "above", "label", "constant"),
}


def _expression(text: str) -> re.Pattern:
    try:
        return re.compile(text)
    except re.error as problem:
        raise ValueError(f"{text!r} is not a regular expression: {problem}") from problem


class FormOptions(Strict):
    """form, project_form: nothing to declare; the form says it all."""


class BulletinPattern(Strict):
    """A figure of a bulletin: the phrase it follows, and the series of its amount and of its growth.

    `of`: the total that a part must follow (出口 of 进出口总额), so that the part of another total is not taken for it. `label`
    stands for `series` where series_labels.csv says more than the series (a facility, a partner). `may_lack`: what the bulletin
    does not print is a missing figure and no problem (true; or only its `amount`, only its `growth`), a missing amount in `unit`.
    """

    phrase: Annotated[list[Phrase], Field(min_length=1)]
    of: list[Phrase] = []
    series: Text | None = None
    label: Text | None = None
    growth: Text | None = None
    unit: Text | None = None
    may_lack: bool | Literal["amount", "growth"] = False

    @field_validator("phrase", "of", mode="before")
    @classmethod
    def _one_or_more(cls, phrases: Any) -> Any:
        return [phrases] if isinstance(phrases, str) else phrases

    @model_validator(mode="after")
    def _says_what_it_gives(self) -> "BulletinPattern":
        if self.series and self.label:
            raise ValueError("`series` and `label` both say what the amount is: keep one")
        if "of" not in self.model_fields_set and any(len(phrase) == 2 for phrase in self.phrase):
            raise ValueError("so short a phrase stands in many sentences: `of` must name the total it is a part of ([]: of any)")
        if not (self.series or self.label or self.growth):
            raise ValueError("none of `series`, `label` and `growth` says what the phrase gives")
        if (self.series or self.label) and self.may_lack in (True, "amount") and not self.unit:
            raise ValueError("the amount may lack, so `unit` must say the unit of a missing one")
        return self


class BulletinOptions(Strict):
    """bulletin: whose figures the prose gives, of which period, and by which phrases they are found.

    `period` is that of one file (2024, or 2024-06 with basis ytd); without it, that of the file's name or the year of the title.
    """

    area: Text
    period: Annotated[str, Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$")] | None = None
    freq: Literal["A", "M"]
    basis: Literal["period", "ytd"] = "period"
    patterns: Annotated[list[BulletinPattern], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> "BulletinOptions":
        if self.freq == "A" and self.basis != "period":
            raise ValueError("a year is not cumulative: `basis: ytd` is for freq M")
        if self.period and len(self.period) != (4 if self.freq == "A" else 7):
            raise ValueError(f"period {self.period} is not one of freq {self.freq}")
        given = [name for p in self.patterns for name in (p.series or p.label, p.growth and (p.growth, p.label)) if name]
        if len(set(given)) < len(given):
            raise ValueError("two patterns give the same series: put their phrases into one, or tell them apart by `label`")
        return self


class NbsJsonOptions(Strict):
    """nbs_json: for each monthly indicator, as printed without its unit, whether it is the month's figure or cumulative (ytd)."""

    basis: dict[Text, Literal["period", "ytd"]] = {}

    @model_validator(mode="after")
    def _fits_its_name(self) -> "NbsJsonOptions":
        for label, basis in self.basis.items():
            if (label.endswith("累计值") and basis != "ytd") or (label.endswith("当期值") and basis != "period"):
                raise ValueError(f"{label} is declared as {basis}, its name says otherwise")
        return self


#: Layouts whose files print their own title and day of publication.
PRINTED = frozenset({"form", "project_form"})

OPTIONS: dict[str, type[Strict]] = {
    "bulletin": BulletinOptions,
    "nbs_json": NbsJsonOptions,
    "form": FormOptions,
    "project_form": FormOptions,
    "customs_by_location": CustomsOptions,
    "tidy_long": TidyOptions,
    "table": TableOptions,
}
