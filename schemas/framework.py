"""The contract of a framework folder: framework.yml (method), framework.csv (tree), areas.csv (optional).

What a node leaves open is filled in from framework.yml, so that every later step reads one table of nodes and no defaults.
An unknown column, key, method or parameter is an error.
"""

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError, field_validator, model_validator
from pydantic.functional_validators import BeforeValidator

from schemas.source import DeclarationProblem

#: The columns of framework.csv. Absent columns and empty cells take their default; others are an error.
FRAMEWORK_COLUMNS: dict[str, type[pl.DataType]] = {
    "code": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "type": pl.String,
    "parent": pl.String,
    "weight": pl.Float64,
    "direction": pl.Int32,
    "unit": pl.String,
    "decimals": pl.Int32,
    "goalpost_low": pl.Float64,
    "goalpost_high": pl.Float64,
    "target": pl.Float64,
    "target_high": pl.Float64,
    "transform": pl.String,
    "denominator": pl.String,
    "scale": pl.Float64,
    "aggregation": pl.String,
    "min_coverage": pl.Float64,
    "normalisation": pl.String,
    "treatment": pl.String,
    "imputation": pl.String,
}

#: Nodes as `load_framework` gives them: every setting of framework.yml resolved onto the nodes it concerns, null on the others.
NODES: dict[str, type[pl.DataType]] = {
    "framework": pl.String,
    "code": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "type": pl.String,
    "parent": pl.String,
    "level": pl.Int32,
    "weight": pl.Float64,
    "direction": pl.Int32,
    "unit": pl.String,
    "decimals": pl.Int32,
    "goalpost_low": pl.Float64,
    "goalpost_high": pl.Float64,
    "target": pl.Float64,
    "target_high": pl.Float64,
    "transform": pl.String,
    "denominator": pl.String,
    "scale": pl.Float64,
    "imputation": pl.String,
    "imputation_max_gap": pl.Int32,
    "imputation_value": pl.Float64,
    "treatment": pl.String,
    "treatment_winmax": pl.Int32,
    "treatment_skewness": pl.Float64,
    "treatment_kurtosis": pl.Float64,
    "treatment_scope": pl.String,
    "normalisation": pl.String,
    "range_low": pl.Float64,
    "range_high": pl.Float64,
    "clip": pl.Boolean,
    "norm_mean": pl.Float64,
    "norm_sd": pl.Float64,
    "percentile_denominator": pl.String,
    "reference_unit": pl.String,
    "aggregation": pl.String,
    "on_zero": pl.String,
    "power": pl.Float64,
    "penalty": pl.String,
    "topsis_normalisation": pl.String,
    "topsis_weights": pl.String,
    "topsis_ideal": pl.String,
    "min_coverage": pl.Float64,
}

SETTINGS: dict[str, type[pl.DataType]] = {
    "framework": pl.String,
    "title_zh": pl.String,
    "title_en": pl.String,
    "version": pl.String,
    "official": pl.Boolean,
    "valid_from": pl.String,
    "reference_set": pl.String,
    "reference_base": pl.String,
    "span_from": pl.String,
    "span_to": pl.String,
    "coverage_by": pl.String,
    "on_missing": pl.String,
    "rank_significant": pl.Int32,
    "rank_decimals": pl.Int32,
    "weighting_scope": pl.String,
    "weighting_id": pl.Int32,
    "uncertainty": pl.String,
}

WEIGHTINGS: dict[str, type[pl.DataType]] = {
    "framework": pl.String,
    "weighting_id": pl.Int32,
    "part_of": pl.Int32,
    "method": pl.String,
    "share": pl.String,
    "shift": pl.Float64,
    "correlation": pl.String,
    "variant": pl.String,
    "share_min": pl.Float64,
    "share_max": pl.Float64,
    "combined_by": pl.String,
    "alpha": pl.Float64,
}

MATRICES: dict[str, type[pl.DataType]] = {
    "framework": pl.String,
    "weighting_id": pl.Int32,
    "row_code": pl.String,
    "column_code": pl.String,
    "value": pl.Float64,
}

CHANGES: dict[str, type[pl.DataType]] = {"framework": pl.String, "period_from": pl.String, "period_to": pl.String}

AREAS: dict[str, type[pl.DataType]] = {
    "framework": pl.String,
    "ref_area": pl.String,
    "name_zh": pl.String,
    "name_en": pl.String,
    "group": pl.String,
    "population": pl.Float64,
}

#: reasons.csv beside a framework of this project: why each weight and each pair of goalposts is what it is.
REASON_COLUMNS = {"code": pl.String, "weight_reason_zh": pl.String, "goalposts_reason_zh": pl.String}

TYPES = ("index", "group", "indicator", "denominator")

#: The root counts as one.
MOST_LEVELS = 8

TRANSFORMS: dict[str, Callable[[float], float]] = {
    "none": lambda x: x,
    "ln": math.log,
    "log10": math.log10,
    "ln1p": lambda x: math.log1p(x) if x >= 0 else math.nan,
    "sqrt": math.sqrt,
    "reciprocal": lambda x: 1 / x,
}

#: They need figures of the data, which a fixed reference does not take.
_OF_THE_DATA = ("zscore", "rank", "borda", "percentile", "ratio_to_max", "ratio_to_reference", "ampi")
_NEED_GOALPOSTS = ("goalposts", "efficacy", "efficacy_exp")

_ON_INDICATORS = (
    "direction",
    "goalpost_low",
    "goalpost_high",
    "target",
    "target_high",
    "transform",
    "denominator",
    "scale",
    "normalisation",
    "treatment",
    "imputation",
)
_ON_PARENTS = ("aggregation", "min_coverage")
_RECIPROCAL_TOLERANCE = 1e-6

#: Raises the DeclarationProblem of one node.
Stop = Callable[[str], NoReturn]


@dataclass(frozen=True)
class Declared:
    """One framework as tables: `settings` is one row of SETTINGS, the frames have the columns of NODES, WEIGHTINGS, MATRICES,
    CHANGES (empty: consecutive periods) and AREAS, sorted by their keys."""

    settings: dict[str, Any]
    nodes: pl.DataFrame
    weightings: pl.DataFrame
    matrices: pl.DataFrame
    change_pairs: pl.DataFrame
    areas: pl.DataFrame


# framework.yml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("should be a number")
    return value


def _label(value: Any) -> Any:
    # YAML reads 2018 as a number and 2018-01-01 as a date; both are meant as the text that stands there.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _null_as_text(value: Any) -> Any:
    return "null" if value is None else value


Number = Annotated[float, BeforeValidator(_no_truth), Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(_no_truth)]
Share = Annotated[Number, Field(ge=0, le=1)]
Label = Annotated[str, BeforeValidator(_label), Field(min_length=1)]


class Method(_Strict):
    """A method by its name; subclasses hold the parameters it knows."""

    method: str


class WithGap(Method):
    max_gap: Annotated[Whole, Field(ge=1)] | None = None


class Constant(Method):
    value: Number


class Winsorise(Method):
    winmax: Annotated[Whole, Field(ge=0)] = 5
    skewness: Annotated[Number, Field(ge=0)] = 2.0
    kurtosis: Number = 3.5
    scope: Literal["panel", "period"] = "panel"


class Bounded(Method):
    """A method whose unit interval is mapped to `range`."""

    range: tuple[Number, Number] = (0.0, 100.0)
    clip: bool = False

    @field_validator("range")
    @classmethod
    def _low_below_high(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not value[0] < value[1]:
            raise ValueError("the low end should be below the high end")
        return value


class ZScore(Method):
    mean: Number = 0.0
    sd: Annotated[Number, Field(gt=0)] = 1.0


class Percentile(Bounded):
    denominator: Literal["n", "max_rank"] = "n"


class AgainstUnit(Bounded):
    unit: Label


class Efficacy(Method):
    clip: bool = False


class WithZero(Method):
    on_zero: Annotated[Literal["null", "zero"], BeforeValidator(_null_as_text)] = "null"


class Power(Method):
    p: Number

    @field_validator("p")
    @classmethod
    def _not_zero(cls, value: float) -> float:
        if value == 0:
            raise ValueError("should not be 0: that is the geometric mean")
        return value


class Penalised(Method):
    penalty: Literal["minus", "plus"] = "minus"


class Topsis(Method):
    normalisation: Literal["vector", "minmax", "none"] = "vector"
    weights: Literal["before", "after"] = "before"
    ideal: Literal["observed", "absolute"] = "observed"


class Weighting(Method):
    scope: Literal["siblings", "all"] | None = None


class Ahp(Weighting):
    matrix: Annotated[str, Field(pattern=r"^[^/\\]+$")]


class Entropy(Weighting):
    share: Literal["minmax", "raw"] = "minmax"
    shift: Annotated[Number, Field(ge=0)] = 0.0


class Critic(Weighting):
    correlation: Literal["pearson", "spearman"] = "pearson"


class Pca(Weighting):
    variant: Literal["first", "varimax"] = "first"


class Bod(Weighting):
    share_min: Share | None = None
    share_max: Share | None = None

    @model_validator(mode="after")
    def _min_below_max(self) -> "Bod":
        if self.share_min is not None and self.share_max is not None and self.share_min > self.share_max:
            raise ValueError(f"share_min {self.share_min:g} should not be above share_max {self.share_max:g}")
        return self


IMPUTATIONS: dict[str, type[Method]] = {
    "none": Method,
    "group_mean": Method,
    "group_median": Method,
    "locf": WithGap,
    "linear": WithGap,
    "zero": Method,
    "constant": Constant,
}
TREATMENTS: dict[str, type[Method]] = {"none": Method, "winsorise": Winsorise, "winsorise_log": Winsorise}
NORMALISATIONS: dict[str, type[Method]] = {
    "minmax": Bounded,
    "goalposts": Bounded,
    "zscore": ZScore,
    "rank": Method,
    "borda": Method,
    "percentile": Percentile,
    "target_distance": Bounded,
    "ratio_to_max": Bounded,
    "ampi": Method,
    "ratio_to_reference": AgainstUnit,
    "efficacy": Efficacy,
    "efficacy_exp": Efficacy,
    "base_index": Method,
    "none": Method,
}
AGGREGATIONS: dict[str, type[Method]] = {
    "arithmetic": Method,
    "geometric": WithZero,
    "harmonic": WithZero,
    "power": Power,
    "product": Method,
    "ampi": Penalised,
    "copeland": Method,
    "topsis": Topsis,
}


def chosen(known: dict[str, type[Method]], given: Any, default: Method | None = None) -> Method:
    """The method that a cell (`power(p=0.5)`) or a mapping (`{method: power, p: 0.5}`) names.

    Parameters of `default` that the named method also knows are kept unless given. Raises ValueError in one line.
    """
    fields = _spelled(given)
    if "method" not in fields and default is not None:
        fields["method"] = default.method
    name = fields.get("method")
    if name is None:
        raise ValueError(f"`method` is missing; known are {', '.join(known)}")
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"method {name!r} is unknown; known are {', '.join(known)}")
    model = known[name]
    kept = {} if default is None else {key: value for key, value in default if key in model.model_fields}
    try:
        return model.model_validate(kept | fields)
    except ValidationError as problem:
        raise ValueError(f"{name}: {_told(model, problem)}") from None


def _spelled(given: Any) -> dict[str, Any]:
    if isinstance(given, Method):
        return given.model_dump()
    if isinstance(given, dict):
        return dict(given)
    if not isinstance(given, str):
        raise ValueError(f"should be a method such as {{method: none}}, found {given!r}")
    match = re.fullmatch(r"\s*([^()\s]+)\s*(?:\((.*)\))?\s*", given, re.DOTALL)
    if match is None:
        raise ValueError(f"{given!r} should be written name or name(key=value)")
    fields: dict[str, Any] = {"method": match[1]}
    for part in re.split(r",(?![^\[]*\])", match[2]) if (match[2] or "").strip() else []:
        key, equals, value = (text.strip() for text in part.partition("="))
        if not (key and equals and value) or key in fields:
            raise ValueError(f"{given!r} should be written name(key=value, key=value), each key once")
        fields[key] = [item.strip() for item in value[1:-1].split(",")] if value[0] + value[-1] == "[]" else value
    return fields


def _told(model: type[BaseModel], problem: ValidationError) -> str:
    return "; ".join(_line(model, error) for error in problem.errors())


def _line(model: type[BaseModel], error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        owner = model
        for key in error["loc"][:-1]:
            owner = owner.model_fields[key].annotation
        known = [name for name in owner.model_fields if name != "method"]
        return f"{place}: unknown key; known are {', '.join(known)}" if known else f"{place}: unknown key; it takes none"
    if error["type"] == "missing":
        return f"{place}: is missing"
    if error["type"] == "model_type":
        return f"{place}: should hold keys, written {{key: value}}, found {error['input']!r}"
    if error["type"] == "value_error":
        return f"{place}: {error['ctx']['error']}" if place else str(error["ctx"]["error"])
    return f"{place}: {error['msg']}, found {error['input']!r}"


def _one_of(known: dict[str, type[Method]], default: str | None = None) -> BeforeValidator:
    start = None if default is None else known[default](method=default)
    return BeforeValidator(lambda given: chosen(known, given, start))


Imputation = Annotated[SerializeAsAny[Method], _one_of(IMPUTATIONS, "none")]
Treatment = Annotated[SerializeAsAny[Method], _one_of(TREATMENTS, "none")]
Normalisation = Annotated[SerializeAsAny[Method], _one_of(NORMALISATIONS, "minmax")]
Aggregation = Annotated[SerializeAsAny[Method], _one_of(AGGREGATIONS, "arithmetic")]

_PARTS: dict[str, type[Method]] = {
    "expert": Weighting,
    "equal": Weighting,
    "ahp": Ahp,
    "entropy": Entropy,
    "critic": Critic,
    "cv": Weighting,
    "sd": Weighting,
    "pca": Pca,
    "bod": Bod,
    "equal_importance": Weighting,
}


def _part(given: Any) -> Method:
    if isinstance(given, str | dict) and _spelled(given).get("method") == "combined":
        raise ValueError("a part of a combined weighting cannot be combined itself; list its parts here")
    return chosen(_PARTS, given)


class Combined(Weighting):
    """`alpha`: the share of the first of two parts, or one share for each part, summing to 1."""

    of: Annotated[list[Annotated[SerializeAsAny[Method], BeforeValidator(_part)]], Field(min_length=1)]
    by: Literal["linear", "product", "geometric", "game"] = "linear"
    alpha: Share | list[Share] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Combined":
        shares = self.shares()
        if self.alpha is not None and self.by != "linear":
            raise ValueError(f"alpha goes with `by: linear` only, found by: {self.by}")
        if not isinstance(self.alpha, list) and self.alpha is not None and len(self.of) != 2:
            raise ValueError(f"one alpha serves two parts; give a list of {len(self.of)} shares")
        if len(shares) != len(self.of) or abs(math.fsum(shares) - 1) > 1e-9:
            raise ValueError(f"alpha should hold {len(self.of)} shares that sum to 1, found {shares}")
        if {part.scope for part in self.of} - {None, self.scope}:
            raise ValueError("`scope` belongs to the combined weighting, not to its parts")
        return self

    def shares(self) -> list[float]:
        """The share of each part, in the order of `of`."""
        if self.alpha is None:
            return [1 / len(self.of)] * len(self.of)
        return self.alpha if isinstance(self.alpha, list) else [self.alpha, 1 - self.alpha]


WEIGHTING_METHODS: dict[str, type[Method]] = {**_PARTS, "combined": Combined}


class Reference(_Strict):
    """Where the figures come from that values are compared with. `span` freezes the periods they are taken from."""

    set: Literal["fixed", "panel", "period", "base"] = "panel"
    base: Label | None = None
    span: tuple[Label, Label] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Reference":
        if (self.base is None) == (self.set == "base"):
            raise ValueError('`base` should be given with set: base, and only there, such as base: "2020"')
        if self.span and self.set not in ("panel", "fixed"):
            raise ValueError(f"`span` goes with set: panel or fixed, found set: {self.set}")
        # A span to 2015 takes in 2015-12.
        if self.span and self.span[0][: len(self.span[1])] > self.span[1]:
            raise ValueError(f"`span` should begin before it ends, found {self.span[0]} to {self.span[1]}")
        return self


class Missing(_Strict):
    min_coverage: Share = 0.0
    coverage_by: Literal["weight", "count"] = "weight"
    on_missing: Annotated[Literal["reweight", "null"], BeforeValidator(_null_as_text)] = "reweight"


class Ranking(_Strict):
    significant: Annotated[Whole, Field(ge=1, le=15)] | None = None
    decimals: Annotated[Whole, Field(ge=0, le=15)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Ranking":
        if self.significant is not None and self.decimals is not None:
            raise ValueError("give significant or decimals, not both")
        return self


class Changes(_Strict):
    """The pairs of periods that changes are computed between; none: each period and the one before."""

    pairs: list[tuple[Label, Label]] = []

    @field_validator("pairs")
    @classmethod
    def _differ(cls, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        for pair in pairs:
            if pair[0] == pair[1] or pairs.count(pair) > 1:
                raise ValueError(f"each pair should name two periods and stand once, found {list(pair)}")
        return pairs


def _changes(value: Any) -> Any:
    if value == "consecutive":
        return {}
    if isinstance(value, dict) and value.get("pairs"):
        return value
    raise ValueError(f"should be consecutive, or {{pairs: [[from, to]]}}, found {value!r}")


class WeightDraw(_Strict):
    """How weights are drawn: uniformly within ± `spread`, or from a Dirichlet distribution of this concentration."""

    spread: Share | None = None
    dirichlet: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "WeightDraw":
        if self.spread is not None and self.dirichlet is not None:
            raise ValueError("give spread or dirichlet, not both")
        return self


class Uncertainty(_Strict):
    """What is drawn in the uncertainty analysis; each list holds whole settings."""

    weights: WeightDraw = WeightDraw(spread=0.25)
    imputation: list[Annotated[SerializeAsAny[Method], _one_of(IMPUTATIONS)]] = []
    treatment: list[Annotated[SerializeAsAny[Method], _one_of(TREATMENTS)]] = []
    normalisation: list[Annotated[SerializeAsAny[Method], _one_of(NORMALISATIONS)]] = []
    aggregation: list[Annotated[SerializeAsAny[Method], _one_of(AGGREGATIONS)]] = []
    leave_one_out: bool = False
    sobol: Annotated[Whole, Field(ge=0)] = 0


class Framework(_Strict):
    """framework.yml: which method turns the tree into scores."""

    id: Annotated[str, Field(pattern=r"^[^\s,;；/\\\"']+$")] = "openecon"
    title_zh: str = ""
    title_en: str = ""
    version: Label = "1"
    official: bool = False
    valid_from: Label | None = None
    reference: Reference = Reference()
    imputation: Imputation = Method(method="none")
    treatment: Treatment = Method(method="none")
    normalisation: Normalisation = Bounded(method="minmax")
    weighting: Annotated[SerializeAsAny[Method], _one_of(WEIGHTING_METHODS, "expert")] = Weighting(method="expert")
    aggregation: Aggregation = Method(method="arithmetic")
    missing: Missing = Missing()
    ranking: Ranking = Ranking()
    changes: Annotated[Changes, BeforeValidator(_changes)] = Changes()
    uncertainty: Uncertainty = Uncertainty()

    @model_validator(mode="after")
    def _fits(self) -> "Framework":
        if self.official and self.valid_from is None:
            raise ValueError('official: true needs valid_from, the first period it speaks for, such as valid_from: "2018"')
        if self.changes.pairs and self.reference.set == "period":
            raise ValueError("changes.pairs cannot be computed with reference.set period: each period stands alone")
        return self


class _OnceLoader(yaml.SafeLoader):
    """YAML in which a key stands once; the usual loader silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key.value for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


# The folder


def load_framework(folder: Path, instead: dict[str, Any] | None = None) -> Declared:
    """Read and check a framework folder. Raises DeclarationProblem in one line: file, row and code or key, what is wrong.

    `instead`: keys that take the place of those in framework.yml. Nodes carry neither node_id nor parent_id: `number` gives
    them once all frameworks are known.
    """
    settings = _settings(folder / "framework.yml", instead or {})
    path = folder / "framework.csv"
    nodes = [_typed(path, line, cells) for line, cells in _rows(path, FRAMEWORK_COLUMNS, ("code", "type", "parent"))]
    _check_tree(path, nodes)
    levels = _levels(path, nodes)
    # Last, because a group also lacks its child where the child misspells its parent or hangs in a cycle.
    _check_children(path, nodes)
    types = {node["code"]: node["type"] for node in nodes}
    resolved = [_resolved(path, settings, node, types, levels) for node in sorted(nodes, key=lambda node: node["code"])]
    weightings, matrices = _weightings(folder, settings, nodes)
    if settings.weighting.method == "bod":
        if settings.reference.base is not None or settings.reference.span is not None:
            text = "weighting: bod finds weights for every area and period, so its reference cannot leave periods out;"
            _fail(folder / "framework.yml", f"{text} take panel without span, or period")
        _check_bod(path, settings.weighting, nodes, resolved)
    return Declared(
        settings=_settings_row(settings),
        nodes=pl.DataFrame(resolved, schema=NODES),
        weightings=pl.DataFrame(weightings, schema=WEIGHTINGS),
        matrices=pl.DataFrame(matrices, schema=MATRICES),
        change_pairs=pl.DataFrame(
            [(settings.id, *pair) for pair in sorted(settings.changes.pairs)], schema=CHANGES, orient="row"
        ),
        areas=_areas(folder / "areas.csv", settings.id),
    )


def number(nodes: pl.DataFrame) -> pl.DataFrame:
    """Nodes of all frameworks with node_id (1.. in order of framework, then code), parent_id and denominator_id."""
    known = nodes.sort("framework", "code").with_row_index("node_id", 1).with_columns(pl.col("node_id").cast(pl.Int32))
    ids = known.select("framework", "code", "node_id")
    columns = []
    for name in NODES:
        columns += ["framework", "node_id"] if name == "framework" else [name]
        columns += [f"{name}_id"] if name in ("parent", "denominator") else []
    for name in ("parent", "denominator"):
        others = ids.rename({"code": name, "node_id": f"{name}_id"})
        known = known.join(others, on=["framework", name], how="left", maintain_order="left")
    return known.select(*columns, *(name for name in nodes.columns if name not in NODES))


def _fail(path: Path, text: str, line: int | None = None, code: str | None = None) -> NoReturn:
    place = "" if line is None else f"row {line}: " if code is None else f"row {line} ({code}): "
    raise DeclarationProblem(re.sub(r"\s*[\r\n]+\s*", " ", f"{path}: {place}{text}"))


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        _fail(path, f"not readable: {problem.strerror}; a framework is a folder with framework.csv and framework.yml")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        _fail(path, "not readable: it is not in UTF-8; save it again in that encoding", line)


def _settings(path: Path, instead: dict[str, Any]) -> Framework:
    text = _decoded(path)
    if not text.strip():
        _fail(path, "the file is empty; give at least an id, such as id: my_index")
    try:
        given = yaml.load(text, Loader=_OnceLoader) or {}
    except yaml.YAMLError as problem:
        _fail(path, f"not readable as YAML: {problem}")
    if not isinstance(given, dict):
        _fail(path, f"expected keys such as id and normalisation, found {type(given).__name__}")
    try:
        return Framework.model_validate({key: value for key, value in (given | instead).items() if value is not None})
    except ValidationError as problem:
        _fail(path, _told(Framework, problem))


def _settings_row(settings: Framework) -> dict[str, Any]:
    span = settings.reference.span or (None, None)
    ranking = settings.ranking
    significant = ranking.significant or (10 if ranking.decimals is None else None)
    return {
        "framework": settings.id,
        "title_zh": settings.title_zh,
        "title_en": settings.title_en,
        "version": settings.version,
        "official": settings.official,
        "valid_from": settings.valid_from,
        "reference_set": settings.reference.set,
        "reference_base": settings.reference.base,
        "span_from": span[0],
        "span_to": span[1],
        "coverage_by": settings.missing.coverage_by,
        "on_missing": settings.missing.on_missing,
        "rank_significant": significant,
        "rank_decimals": ranking.decimals,
        "weighting_scope": settings.weighting.scope or "siblings",
        "weighting_id": 1,
        "uncertainty": json.dumps(settings.uncertainty.model_dump(exclude_none=True), ensure_ascii=False),
    }


# CSV


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Heading and rows of a CSV, cells stripped, each row with the line it begins on. Blank rows are left out."""
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as problem:
        _fail(path, f"not readable as CSV: {problem}", line)
    if not rows:
        _fail(path, "the file is empty: its first row should name the columns")
    (_, header), *rows = rows
    for name in header:
        if not name:
            _fail(path, "a column has no name", 1)
        if header.count(name) > 1:
            _fail(path, f"column {name} occurs twice", 1)
    for line, cells in rows:
        if len(cells) > len(header):
            _fail(
                path,
                f"{len(cells)} cells under {len(header)} columns; put a text that holds a comma in quotes",
                line,
                cells[header.index("code")] if "code" in header else None,
            )
    return header, [(line, cells + [""] * (len(header) - len(cells))) for line, cells in rows]


def _rows(path: Path, known: dict[str, Any], needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    header, rows = _table(path)
    unknown = [name for name in header if name not in known]
    if unknown:
        _fail(path, f"unknown column {', '.join(unknown)}; known are {', '.join(known)}", 1)
    for name in needed:
        if name not in header:
            _fail(path, f"column {name} is missing", 1)
    if not rows:
        _fail(path, "there is no row below the heading")
    return [(line, dict(zip(header, cells, strict=True))) for line, cells in rows]


def _typed(path: Path, line: int, cells: dict[str, str]) -> dict[str, Any]:
    code = cells["code"] or None
    values: dict[str, Any] = {"line": line}
    for name, dtype in FRAMEWORK_COLUMNS.items():
        text = cells.get(name) or None
        if text is None or dtype == pl.String:
            values[name] = text
            continue
        value = _finite(text)
        if value is None:
            _fail(path, f"{name} {text!r} is not a number", line, code)
        if dtype == pl.Int32 and (value != int(value) or abs(value) > 100):
            _fail(path, f"{name} {text!r} should be a small whole number", line, code)
        values[name] = int(value) if dtype == pl.Int32 else value
    return values


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # float() also takes 1_000, which no spreadsheet writes.
    return value if math.isfinite(value) and "_" not in text else None


def cast(frame: pl.DataFrame, columns: dict[str, pl.DataType], path: Path) -> pl.DataFrame:
    """Text columns to their declared types; absent columns become null. A text that does not fit is an error with its row."""
    typed = {}
    for name, dtype in columns.items():
        text = frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=pl.String)
        text = text.str.strip_chars().replace("", None)
        values = text if dtype == pl.String else text.cast(dtype, strict=False)
        refused = values.is_null() | ~values.is_finite() if dtype.is_float() else values.is_null()
        wrong = (text.is_not_null() & refused).arg_true()
        if len(wrong):
            row = int(wrong[0])
            raise DeclarationProblem(f"{path}: row {row + 2}, column {name}: {text[row]!r} is not a number of type {dtype}")
        typed[name] = values
    return pl.DataFrame(typed)


# The tree


def _check_tree(path: Path, nodes: list[dict]) -> None:
    def stop(node: dict, text: str) -> NoReturn:
        _fail(path, text, node["line"], node["code"] or "no code")

    first: dict[str, dict] = {}
    for node in nodes:
        if node["code"] is None:
            stop(node, "the code is empty; give each node one")
        if node["code"] in first:
            stop(node, f"the code also stands in row {first[node['code']]['line']}; each node needs its own")
        first[node["code"]] = node
        if node["type"] not in TYPES:
            stop(node, f"type {node['type'] or 'is empty'!s}; it should be one of {', '.join(TYPES)}")
    roots = [node for node in nodes if node["type"] == "index"]
    if not roots:
        _fail(path, "no row has type index; the tree needs one root")
    if len(roots) > 1:
        stop(roots[1], f"a second root beside {roots[0]['code']} (row {roots[0]['line']}); one row only has type index")
    for node in nodes:
        _check_place(stop, node, first)
        _check_columns(stop, node)


def _check_children(path: Path, nodes: list[dict]) -> None:
    parents = {node["parent"] for node in nodes}
    for node in nodes:
        if node["type"] in ("index", "group") and node["code"] not in parents:
            _fail(path, "has no children; give it some or take it away", node["line"], node["code"])


def _check_place(stop: Callable[[dict, str], NoReturn], node: dict, known: dict[str, dict]) -> None:
    kind, parent = node["type"], node["parent"]
    if kind in ("index", "denominator"):
        if parent is not None:
            stop(node, f"a node of type {kind} has no parent, found {parent}; empty the cell")
    elif parent is None:
        stop(node, f"the parent is empty; a node of type {kind} needs the code of a group or of the index")
    elif parent not in known:
        stop(node, f"parent {parent!r} is not a code of this file; correct it or add that node")
    elif known[parent]["type"] not in ("index", "group"):
        stop(node, f"parent {parent} is of type {known[parent]['type']}; only the index and groups have children")
    if node["weight"] is not None and not node["weight"] > 0:
        stop(node, f"weight {node['weight']:g} should be positive; to leave a node out, take its row away")


def _check_columns(stop: Callable[[dict, str], NoReturn], node: dict) -> None:
    foreign = {"index": _ON_INDICATORS, "group": _ON_INDICATORS, "indicator": _ON_PARENTS}
    for name in foreign.get(node["type"], (*_ON_INDICATORS, *_ON_PARENTS, "weight")):
        if node[name] is None or node[name] == "none":
            continue
        if node["type"] == "denominator":
            stop(node, f"{name} does not concern a denominator, which is never scored; empty the cell")
        owner = "the index and groups" if name in _ON_PARENTS else "the indicators"
        stop(node, f"{name} belongs on {owner}, not on a node of type {node['type']}; empty the cell")


def _levels(path: Path, nodes: list[dict]) -> dict[str, int | None]:
    by_code = {node["code"]: node for node in nodes}
    levels: dict[str, int | None] = {}
    for code, node in by_code.items():
        trail = [code]
        while (parent := by_code[trail[-1]]["parent"]) is not None:
            if parent in trail:
                ring = trail[trail.index(parent) :]
                start = ring.index(min(ring))
                ring = [*ring[start:], *ring[:start]]
                text = f"a cycle: {' → '.join([*ring, ring[0]])}; give one of them another parent"
                _fail(path, text, by_code[ring[0]]["line"], ring[0])
            trail.append(parent)
        if len(trail) > MOST_LEVELS:
            _fail(path, f"stands on level {len(trail)}; a tree has at most {MOST_LEVELS}, the root included", node["line"], code)
        levels[code] = None if node["type"] == "denominator" else len(trail) - 1
    return levels


# What a node takes from framework.yml


def _resolved(
    path: Path, settings: Framework, node: dict, types: dict[str, str], levels: dict[str, int | None]
) -> dict[str, Any]:
    def stop(text: str) -> NoReturn:
        _fail(path, text, node["line"], node["code"])

    row = dict.fromkeys(NODES) | {name: value for name, value in node.items() if name in NODES}
    row |= {
        "framework": settings.id,
        "name_zh": node["name_zh"] or node["name_en"] or node["code"],
        "level": levels[node["code"]],
        "weight": None if node["type"] in ("index", "denominator") else 1.0 if node["weight"] is None else node["weight"],
    }
    # A cell `none` on a node that the column does not concern.
    row |= dict.fromkeys(("transform", "imputation", "treatment", "normalisation", "aggregation"))
    if node["type"] == "indicator":
        return row | _of_indicator(stop, settings, node, types)
    if node["type"] != "denominator":
        return row | _of_parent(stop, settings, node)
    return row


def _override(stop: Stop, node: dict, column: str, known: dict[str, type[Method]], default: Method) -> Method:
    if node[column] is None:
        return default
    try:
        return chosen(known, node[column], default)
    except ValueError as problem:
        stop(f"{column}: {problem}")


def _of_parent(stop: Stop, settings: Framework, node: dict) -> dict[str, Any]:
    how = _override(stop, node, "aggregation", AGGREGATIONS, settings.aggregation)
    topsis = how if isinstance(how, Topsis) else Topsis(method="topsis")
    coverage = settings.missing.min_coverage if node["min_coverage"] is None else node["min_coverage"]
    if not 0 <= coverage <= 1:
        stop(f"min_coverage {coverage:g} should lie between 0 and 1")
    # An absolute ideal of TOPSIS needs the ends of a group's scores, which are those of the framework.
    ends = settings.normalisation.range if isinstance(settings.normalisation, Bounded) else (0.0, 100.0)
    return {
        "range_low": ends[0],
        "range_high": ends[1],
        "aggregation": how.method,
        "on_zero": getattr(how, "on_zero", "null"),
        "power": getattr(how, "p", None),
        "penalty": getattr(how, "penalty", "minus"),
        "topsis_normalisation": topsis.normalisation,
        "topsis_weights": topsis.weights,
        "topsis_ideal": topsis.ideal,
        "min_coverage": coverage,
    }


def _of_indicator(stop: Stop, settings: Framework, node: dict, types: dict[str, str]) -> dict[str, Any]:
    imputation = _override(stop, node, "imputation", IMPUTATIONS, settings.imputation)
    treatment = _override(stop, node, "treatment", TREATMENTS, settings.treatment)
    normalisation = _override(stop, node, "normalisation", NORMALISATIONS, settings.normalisation)
    transform = node["transform"] or "none"
    if transform not in TRANSFORMS:
        stop(f"transform {transform!r} is unknown; known are {', '.join(TRANSFORMS)}")
    _check_denominator(stop, node, types)
    # Under a fixed reference the extremes are the goalposts.
    fixed = settings.reference.set == "fixed" and normalisation.method == "minmax"
    method = "goalposts" if fixed else normalisation.method
    _check_direction(stop, node, method)
    _check_reference(stop, node, method, settings.reference)
    _check_goalposts(stop, node, method, transform)
    _check_treatment(stop, node, method, treatment)
    winsorise = treatment if isinstance(treatment, Winsorise) else Winsorise(method="winsorise")
    ends = normalisation.range if isinstance(normalisation, Bounded) else (0.0, 100.0)
    return {
        "transform": transform,
        "scale": 1.0 if node["scale"] is None else node["scale"],
        "imputation": imputation.method,
        "imputation_max_gap": getattr(imputation, "max_gap", None),
        "imputation_value": getattr(imputation, "value", None),
        "treatment": treatment.method,
        "treatment_winmax": winsorise.winmax,
        "treatment_skewness": winsorise.skewness,
        "treatment_kurtosis": winsorise.kurtosis,
        "treatment_scope": winsorise.scope,
        "normalisation": method,
        "range_low": ends[0],
        "range_high": ends[1],
        "clip": getattr(normalisation, "clip", False),
        "norm_mean": getattr(normalisation, "mean", 0.0),
        "norm_sd": getattr(normalisation, "sd", 1.0),
        "percentile_denominator": getattr(normalisation, "denominator", "n"),
        "reference_unit": getattr(normalisation, "unit", None),
    }


def _check_denominator(stop: Stop, node: dict, types: dict[str, str]) -> None:
    code = node["denominator"]
    if code == "none":
        code = node["denominator"] = None
    if code is None:
        if node["scale"] not in (None, 1.0):
            stop(f"scale {node['scale']:g} multiplies a ratio, but there is no denominator; give one or empty the cell")
        return
    if code == node["code"]:
        stop("the denominator is the indicator itself; name another series")
    if types.get(code) not in ("denominator", "indicator"):
        found = f"is of type {types[code]}" if code in types else "is not a code of this file"
        stop(f"denominator {code!r} {found}; add a row of type denominator for it")
    if node["scale"] is not None and not node["scale"] > 0:
        stop(f"scale {node['scale']:g} should be positive; a direction is given in column direction")


def _check_direction(stop: Stop, node: dict, method: str) -> None:
    direction, low, high = node["direction"], node["target"], node["target_high"]
    if direction is None:
        stop("direction is missing; write 1 (higher is better), -1 (lower is better) or 0 (best at target)")
    if direction not in (1, -1, 0):
        stop(f"direction {direction} should be 1, -1 or 0")
    if direction == -1 and method == "none":
        stop("direction -1 cannot be kept with normalisation none, which leaves the value; choose another method")
    if direction == 0:
        if low is None:
            stop("direction 0 needs a target, the best value; or give target and target_high")
        if method not in ("minmax", "goalposts"):
            stop(f"direction 0 goes with normalisation minmax or goalposts only, found {method}")
    if high is not None and (low is None or low > high):
        stop(f"target {low} should be given and not be above target_high {high:g}")
    if method == "target_distance" and low is None:
        stop("normalisation target_distance needs a target")


def _check_reference(stop: Stop, node: dict, method: str, reference: Reference) -> None:
    if reference.set == "fixed" and method in _OF_THE_DATA:
        stop(
            f"normalisation {method} takes its figures from the data, but reference.set of framework.yml is fixed;"
            " choose goalposts, or a panel with a span"
        )
    begins = "goalpost_high" if node["direction"] == -1 else "goalpost_low"
    if reference.set == "fixed" and method == "target_distance" and node[begins] is None:
        stop(f"{begins} is missing; with reference.set fixed the distance to the target is measured from it")
    if method == "base_index" and reference.set != "base":
        stop(f"normalisation base_index needs reference: {{set: base, base: period}}, found set: {reference.set}")


def _check_goalposts(stop: Stop, node: dict, method: str, transform: str) -> None:
    low, high = node["goalpost_low"], node["goalpost_high"]
    needed = method in _NEED_GOALPOSTS
    for name in ("goalpost_low", "goalpost_high"):
        if needed and node[name] is None:
            stop(f"{name} is missing; normalisation {method} needs both goalposts")
    if low is not None and high is not None and not low < high:
        stop(f"goalpost_low {low:g} should be below goalpost_high {high:g}, whatever the direction; the direction swaps them")
    values = {name: node[name] for name in ("goalpost_low", "goalpost_high") if needed}
    aimed = node["direction"] == 0 or method in ("target_distance", "ampi")
    values |= {name: node[name] for name in ("target", "target_high") if aimed and node[name] is not None}
    inner = {name: _transformed(transform, value) for name, value in values.items()}
    for name, value in inner.items():
        if value is None:
            stop(f"{name} {values[name]:g} is outside the domain of transform {transform}")
    if needed and inner["goalpost_low"] == inner["goalpost_high"]:
        stop(f"the goalposts {low:g} and {high:g} are equal after transform {transform}")
    if needed and node["direction"] == 0:
        last = values.get("target_high", values["target"])
        if not (low <= values["target"] and last <= high and (low < values["target"] or last < high)):
            stop(f"the target should lie within the goalposts {low:g} and {high:g}, and leave room beside it")


def _transformed(transform: str, value: float) -> float | None:
    try:
        result = TRANSFORMS[transform](value)
    except (ValueError, ZeroDivisionError):
        return None
    return result if math.isfinite(result) else None


def _check_treatment(stop: Stop, node: dict, method: str, treatment: Method) -> None:
    in_units = method in (*_NEED_GOALPOSTS, "target_distance") or node["direction"] == 0
    in_units |= method == "ampi" and node["target"] is not None
    if treatment.method == "winsorise_log" and in_units:
        stop(
            f"treatment winsorise_log may change the unit, so goalposts and targets of normalisation {method} no longer fit;"
            " choose winsorise or a transform"
        )


# Weighting


def _weightings(folder: Path, settings: Framework, nodes: list[dict]) -> tuple[list[dict], list[dict]]:
    final = settings.weighting
    parts = list(final.of) if isinstance(final, Combined) else []
    rows, matrices = [], []
    for place, method in enumerate([final, *parts], start=1):
        part = place > 1
        rows.append(
            {
                "framework": settings.id,
                "weighting_id": place,
                "part_of": 1 if part else None,
                "method": method.method,
                "share": getattr(method, "share", "minmax"),
                "shift": getattr(method, "shift", 0.0),
                "correlation": getattr(method, "correlation", "pearson"),
                "variant": getattr(method, "variant", "first"),
                "share_min": getattr(method, "share_min", None),
                "share_max": getattr(method, "share_max", None),
                "combined_by": getattr(method, "by", None),
                "alpha": final.shares()[place - 2] if part and final.by == "linear" else None,
            }
        )
        if isinstance(method, Ahp):
            cells = _matrix(folder / method.matrix, nodes, final.scope or "siblings")
            matrices += [
                {"framework": settings.id, "weighting_id": place, "row_code": row, "column_code": column, "value": value}
                for (row, column), value in sorted(cells.items())
            ]
    return rows, matrices


def _check_bod(path: Path, bod: Bod, nodes: list[dict], resolved: list[dict]) -> None:
    lines = {node["code"]: node["line"] for node in nodes}
    children = Counter(node["parent"] for node in nodes)
    for row in resolved:
        if row["aggregation"] is None:
            continue
        if row["aggregation"] != "arithmetic":
            text = f"aggregation {row['aggregation']} cannot go with weighting bod, a weighted sum; choose arithmetic"
            _fail(path, text, lines[row["code"]], row["code"])
        many = children[row["code"]]
        # An only child has the whole share, whatever the bounds.
        if (
            many > 1
            and bod.scope != "all"
            and (many * (bod.share_min or 0) > 1 or many * (1 if bod.share_max is None else bod.share_max) < 1)
        ):
            text = f"its {many} children cannot have shares within share_min and share_max of weighting bod; widen them"
            _fail(path, text, lines[row["code"]], row["code"])


def _matrix(path: Path, nodes: list[dict], scope: str) -> dict[tuple[str, str], float]:
    """Cells of a matrix of pairwise comparisons. Between children of different parents (`siblings`) cells may stay empty."""
    header, rows = _table(path)
    if header[0] != "code":
        _fail(path, f"the first column should be code, found {header[0]}", 1)
    codes = header[1:]
    parent = {node["code"]: node["parent"] for node in nodes if node["parent"] is not None}
    if scope == "all":
        parent = {node["code"]: "all indicators" for node in nodes if node["type"] == "indicator"}
    for line, cells in rows:
        if cells[0] not in codes:
            _fail(path, "the matrix is not square: this code has no column", line, cells[0])
    below = [cells[0] for _, cells in rows]
    for code in codes:
        if below.count(code) != 1:
            _fail(path, f"the matrix is not square: column {code} has {below.count(code)} rows of that code instead of one")
        if code not in parent:
            _fail(path, f"{code} is not a node that has a weight in framework.csv", rows[below.index(code)][0], code)
    _check_cover(path, codes, parent)
    values = {}
    for line, (code, *cells) in rows:
        for other, text in zip(codes, cells, strict=True):
            if text or parent[code] == parent[other]:
                values[code, other] = _ratio(text)
                if values[code, other] is None:
                    _fail(path, f"column {other}: {text!r} should be a positive number or a fraction such as 1/3", line, code)
    for line, (code, *_) in rows:
        for other in codes:
            if (code, other) in values or (other, code) in values:
                product = values.get((code, other), math.nan) * values.get((other, code), math.nan)
                if not abs(product - 1) <= _RECIPROCAL_TOLERANCE:
                    text = (
                        f"not reciprocal: under {other} should stand 1 / row {other} under {code}; their product is {product:.9g}"
                    )
                    _fail(path, text, line, code)
    return {pair: value for pair, value in values.items() if parent[pair[0]] == parent[pair[1]]}


def _check_cover(path: Path, codes: list[str], parent: dict[str, str]) -> None:
    families: dict[str, set[str]] = {}
    for code, above in parent.items():
        families.setdefault(above, set()).add(code)
    if not codes:
        _fail(path, "the matrix compares no nodes; give it the children of at least one parent")
    for above, family in sorted(families.items()):
        lacking = sorted(family - set(codes))
        if lacking and len(lacking) < len(family):
            _fail(path, f"only some children of {above} are compared; add {', '.join(lacking)}, or take the others out")


def _ratio(text: str) -> float | None:
    above, slash, below = text.partition("/")
    value, divisor = _finite(above), _finite(below) if slash else 1.0
    if value is None or divisor is None or not (value > 0 and divisor > 0):
        return None
    return value / divisor


# Areas and reasons


def _areas(path: Path, framework: str) -> pl.DataFrame:
    if not path.exists():
        return pl.DataFrame(schema=AREAS)
    columns = {name: dtype for name, dtype in AREAS.items() if name != "framework"}
    found: dict[str, dict] = {}
    for line, cells in _rows(path, columns, ("ref_area",)):
        row: dict[str, Any] = {name: cells.get(name) or None for name in columns}
        code, population = row["ref_area"], row["population"]
        if code is None or code in found:
            _fail(path, "ref_area is empty or occurs twice", line, code or "no code")
        row["population"] = None if population is None else _finite(population)
        if population is not None and not (row["population"] or 0) > 0:
            _fail(path, f"population {population!r} should be a positive number", line, code)
        found[code] = {"framework": framework, **row}
    return pl.DataFrame([found[code] for code in sorted(found)], schema=AREAS)


def load_reasons(folder: Path, nodes: pl.DataFrame) -> pl.DataFrame:
    """Read reasons.csv. Raises DeclarationProblem for a node whose weight or goalposts nobody has given a reason for.

    A reason may outlive its node: taking an indicator out of the tree is one row of one file.
    """
    path = folder / "reasons.csv"
    try:
        text = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise DeclarationProblem(f"{path}: not readable as CSV in UTF-8: {problem}") from problem
    wrong = sorted(set(text.columns) ^ set(REASON_COLUMNS))
    if wrong:
        raise DeclarationProblem(f"{path}: columns should be {', '.join(REASON_COLUMNS)}; missing or unknown: {', '.join(wrong)}")
    reasons = cast(text, REASON_COLUMNS, path)
    codes = reasons["code"].to_list()
    for row, code in enumerate(codes):
        if code is None or codes.count(code) > 1:
            raise DeclarationProblem(f"{path}: row {row + 2} ({code}): the code is empty or occurs twice")
    given = {row["code"]: row for row in reasons.iter_rows(named=True)}
    for node in nodes.filter(pl.col("type").is_in(["group", "indicator"])).iter_rows(named=True):
        row = given.get(node["code"], {})
        if not row.get("weight_reason_zh"):
            raise DeclarationProblem(f"{path}: no reason is given for the weight of {node['code']}")
        declared = any(node[name] is not None for name in ("goalpost_low", "goalpost_high", "target"))
        if declared and not row.get("goalposts_reason_zh"):
            raise DeclarationProblem(f"{path}: no reason is given for the goalposts of {node['code']}")
    return reasons
