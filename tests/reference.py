"""The composite index a second time, slowly: plain loops over dicts, written from the method specification alone.

Tests compare the engine with it. Nothing here is shared with the engine, and nothing here is fast. Cells are keyed
(area, period, code); a cell is (value, None) or (None, reason). Differences below NOISE are float noise, not a difference.
"""

import math
import re
import zlib
from dataclasses import astuple, dataclass, field
from statistics import median

import yaml

REASONS = (
    "not_applicable",
    "missing",
    "bad_denominator",
    "domain",
    "constant",
    "break",
    "unit_doubt",
    "too_few",
    "below_coverage",
    "no_children",
)
BOUNDED = ("minmax", "goalposts", "percentile", "target_distance", "ratio_to_max", "ratio_to_reference")
GIVEN_WEIGHTS = ("expert", "equal")
NOT_COVERED = ("ahp", "pca", "bod", "equal_importance", "game")
NOISE = 1e-12


@dataclass(frozen=True)
class Score:
    """One node in one area and period. rank is None where value is; n_ranked counts the scored areas of the period."""

    value: float | None
    rank: int | None
    n_ranked: int
    coverage: float
    imputed_share: float | None
    reason: str | None


@dataclass
class Result:
    """Every table of the index as a dict; see the keys at each field."""

    denominated: dict = field(default_factory=dict)  # (area, period, code) -> (value, reason); likewise the next three
    imputed: dict = field(default_factory=dict)
    treated: dict = field(default_factory=dict)
    normalised: dict = field(default_factory=dict)
    weights: dict = field(default_factory=dict)  # (period or None, code) -> (weight inside the parent, effective weight)
    scores: dict = field(default_factory=dict)  # (area, period, code) -> Score
    contributions: dict = field(default_factory=dict)  # (area, period, node, code) -> amount
    changes: dict = field(default_factory=dict)  # (area, period from, period to, node, code) -> (performance, structure)
    obstacles: dict = field(default_factory=dict)  # (area, period, code) -> (degree, order)


# ---------------------------------------------------------------------------------------------------- small arithmetic


def mean(values):
    return math.fsum(values) / len(values)


def stdev(values):
    centre = mean(values)
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def same(a, b):
    return math.isclose(a, b, rel_tol=NOISE, abs_tol=NOISE)


def flat(values):
    """No range: no value, one value, or all the same."""
    return not values or same(min(values), max(values))


def rescaled(weights):
    """Weights summing to 1; equal ones where nothing carries weight."""
    total = math.fsum(weights.values())
    if total <= 0:
        return {code: 1 / len(weights) for code in weights}
    return {code: weight / total for code, weight in weights.items()}


def log_mean(a, b):
    return a if same(a, b) else (b - a) / math.log(b / a)


def first_reason(reasons):
    return min(reasons, key=REASONS.index)


def transformed(x, transform):
    """None outside the transform's domain."""
    if transform in (None, "none"):
        return x
    if transform in ("ln", "log10"):
        if x <= 0:
            return None
        return math.log(x) if transform == "ln" else math.log10(x)
    if transform == "ln1p":
        return math.log1p(x) if x >= 0 else None
    if transform == "sqrt":
        return math.sqrt(x) if x >= 0 else None
    if transform == "reciprocal":
        return 1 / x if x != 0 else None
    raise ValueError(f"unknown transform {transform}")


def skewness_and_kurtosis(values):
    """Bias-corrected G1 and excess G2. Needs four values that are not all the same."""
    n = len(values)
    centre = mean(values)
    s2, s3, s4 = (math.fsum((v - centre) ** k for v in values) for k in (2, 3, 4))
    g1 = math.sqrt(n * (n - 1)) / (n - 2) * (s3 / n) / (s2 / n) ** 1.5
    g2 = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (n * s4 / s2**2 - 3) + 6)
    return g1, g2


def pearson(xs, ys):
    """None with fewer than two pairs or where either side is constant."""
    if len(xs) < 2 or flat(xs) or flat(ys):
        return None
    mx, my = mean(xs), mean(ys)
    sxy = math.fsum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True))
    sxx = math.fsum((x - mx) ** 2 for x in xs)
    syy = math.fsum((y - my) ** 2 for y in ys)
    return sxy / math.sqrt(sxx * syy)


def midranks(values):
    """Ranks from 1, ties share their mean rank."""
    return [1 + sum(v < x and not same(v, x) for v in values) + (sum(same(v, x) for v in values) - 1) / 2 for x in values]


def period_steps(periods):
    """Position of each period on its own calendar: years, quarters or months; any other label by its place in the list."""
    for pattern, per_year in ((r"(\d{4})", 1), (r"(\d{4})-Q([1-4])", 4), (r"(\d{4})-(0[1-9]|1[0-2])", 12)):
        found = [re.fullmatch(pattern, period) for period in periods]
        if all(found):
            return {m[0]: int(m[1]) * per_year + (int(m[2]) if per_year > 1 else 0) for m in found}
    return {period: place for place, period in enumerate(periods)}


def winsorised(values, winmax, skewness, kurtosis, then_log):
    """One column after treatment, cell by cell in the order given."""

    def passes(column):
        if len(column) < 4 or flat(column):
            return True
        g1, g2 = skewness_and_kurtosis(column)
        return abs(g1) < skewness or g2 < kurtosis

    column, changed = list(values), set()
    while not passes(column) and len(changed) < winmax:
        g1, _ = skewness_and_kurtosis(column)
        edge = max(column) if g1 >= 0 else min(column)
        others = [v for v in column if v != edge]
        if len(set(others)) == 1:  # nothing would be left to tell units apart: the step is not taken
            break
        replacement = max(others) if g1 >= 0 else min(others)
        hit = [i for i, v in enumerate(column) if v == edge]
        for i in hit:
            column[i] = replacement
        changed.update(hit)
    if not passes(column) and then_log:
        low, high = min(values), max(values)
        return [math.log(v - low + 0.01 * (high - low)) for v in values]
    return column


# ------------------------------------------------------------------------------------------------------------ the index


class _Index:
    def __init__(self, nodes, settings, weightings, data, areas, periods, groups, not_applicable, jitter):
        self.settings, self.weightings, self.data = settings, weightings, data
        self.areas, self.periods, self.groups = sorted(areas), sorted(periods), groups
        self.not_applicable, self.jitter = not_applicable, jitter
        self.node = {node["code"]: node for node in nodes}
        self.root = next(node["code"] for node in nodes if node["type"] == "index")
        self.indicators = [node["code"] for node in nodes if node["type"] == "indicator"]
        self.children = {node["code"]: [] for node in nodes if node["type"] in ("index", "group")}
        for node in nodes:
            if node["type"] in ("group", "indicator"):
                self.children[node["parent"]].append(node["code"])
        self.transformed = {}
        self.weight = {}  # (period, code) -> weight inside the parent, for every period
        self.out = Result()

    def shaken(self, value, *key):
        """The value with its relative jitter, up or down by its key."""
        return value * (1 + self.jitter * (zlib.crc32("|".join(key).encode()) % 2001 - 1000) / 1000)

    def run(self):
        self.denominate()
        self.impute()
        self.treat()
        self.normalise()
        if self.settings["weighting_scope"] == "all":
            self.weigh_all()
        self.evaluate(self.root)
        self.list_weights()
        self.contribute()
        self.change()
        self.obstruct()
        return self.out

    # -------------------------------------------------------------------------------------------------- §2 denominators

    def denominate(self):
        for code in self.indicators:
            for area in self.areas:
                for period in self.periods:
                    self.out.denominated[area, period, code] = self.ratio(area, period, code)

    def ratio(self, area, period, code):
        node = self.node[code]
        if (area, period, code) in self.not_applicable:
            return None, "not_applicable"
        x = self.data.get((area, period, code))
        if x is None:
            return None, "missing"
        if node["denominator"] is None:
            return x, None
        d = self.data.get((area, period, node["denominator"]))
        if d is None or d <= 0:
            return None, "bad_denominator"
        return x / d * node["scale"], None

    # ------------------------------------------------------------------------------------------------------ §3 imputation

    def impute(self):
        steps = period_steps(self.periods)
        for (area, period, code), (value, reason) in self.out.denominated.items():
            filled = None
            if reason in ("missing", "bad_denominator"):
                filled = self.filling(area, period, code, steps)
            self.out.imputed[area, period, code] = (value, reason) if filled is None else (filled, None)

    def filling(self, area, period, code, steps):
        node = self.node[code]
        method, max_gap = node["imputation"], node["imputation_max_gap"]
        observed = {p: self.out.denominated[area, p, code][0] for p in self.periods}
        before = [p for p in self.periods if steps[p] < steps[period] and observed[p] is not None]
        after = [p for p in self.periods if steps[p] > steps[period] and observed[p] is not None]
        if method in (None, "none"):
            return None
        if method == "zero":
            return 0.0
        if method == "constant":
            return node["imputation_value"]
        if method in ("group_mean", "group_median"):
            peers = [a for a in self.areas if self.groups.get(a) == self.groups.get(area)]
            values = [self.out.denominated[a, period, code][0] for a in peers]
            values = [v for v in values if v is not None]
            if not values:
                return None
            return mean(values) if method == "group_mean" else median(values)
        if method == "locf":
            if not before or (max_gap is not None and steps[period] - steps[before[-1]] > max_gap):
                return None
            return observed[before[-1]]
        if method == "linear":
            if not before or not after:
                return None
            left, right = before[-1], after[0]
            if max_gap is not None and steps[right] - steps[left] - 1 > max_gap:
                return None
            share = (steps[period] - steps[left]) / (steps[right] - steps[left])
            return observed[left] + (observed[right] - observed[left]) * share
        raise ValueError(f"unknown imputation {method}")

    def is_imputed(self, area, period, code):
        return self.out.imputed[area, period, code][0] is not None and self.out.denominated[area, period, code][0] is None

    # ------------------------------------------------------------------------------------- §4 treatment and transforms

    def treat(self):
        for code in self.indicators:
            node = self.node[code]
            if node["treatment"] in (None, "none"):
                scopes = []
            elif node["treatment_scope"] == "period":
                scopes = [[period] for period in self.periods]
            else:
                scopes = [self.reference_periods(None) if self.settings["reference_set"] != "period" else self.periods]
            for area in self.areas:
                for period in self.periods:
                    self.out.treated[area, period, code] = self.out.imputed[area, period, code]
            for scope in scopes:
                keys = [(area, period, code) for period in scope for area in self.areas]
                keys = [key for key in keys if self.out.imputed[key][0] is not None]
                column = winsorised(
                    [self.out.imputed[key][0] for key in keys],
                    node["treatment_winmax"],
                    node["treatment_skewness"],
                    node["treatment_kurtosis"],
                    node["treatment"] == "winsorise_log",
                )
                for key, value in zip(keys, column, strict=True):
                    self.out.treated[key] = (value, None)
                if node["treatment_scope"] == "period":
                    continue
                # A frozen span decides alone; what lies outside it is treated as what lies within.
                before = [self.out.imputed[key][0] for key in keys]
                for key, (x, reason) in list(self.out.imputed.items()):
                    if key[2] == code and key[1] not in scope and x is not None and before:
                        low, high = min(before), max(before)
                        logged = [math.log(v - low + 0.01 * (high - low)) for v in before] if high > low else None
                        if column == logged:
                            x = math.log(max(x, low) - low + 0.01 * (high - low))
                        else:
                            x = min(x, max(column)) if max(column) < high else x
                            x = max(x, min(column)) if min(column) > low else x
                        self.out.treated[key] = (x, reason)
        for key, (value, reason) in self.out.treated.items():
            if value is None:
                self.transformed[key] = (None, reason)
            else:
                new = transformed(value, self.node[key[2]]["transform"])
                self.transformed[key] = (new, "domain" if new is None else None)

    # --------------------------------------------------------------------------------------------------- §5 normalisation

    def reference_periods(self, period):
        kind = self.settings["reference_set"]
        if kind == "period":
            return [period]
        if kind == "base":
            return [self.settings["reference_base"]]
        low, high = self.settings["span_from"], self.settings["span_to"]  # a span to 2015 takes in 2015-12
        return [p for p in self.periods if (low is None or p >= low) and (high is None or p[: len(high)] <= high)]

    def normalise(self):
        for (area, period, code), (x, reason) in self.transformed.items():
            if x is None:
                self.out.normalised[area, period, code] = (None, reason)
            else:
                value, reason = self.normal(x, area, period, self.node[code])
                value = None if value is None else self.shaken(value, area, period, code)
                self.out.normalised[area, period, code] = (value, reason)

    def normal(self, x, area, period, node):
        code, method, direction = node["code"], node["normalisation"], node["direction"]
        periods = self.reference_periods(period)
        reference = [self.transformed[a, p, code][0] for p in periods for a in self.areas]
        reference = [v for v in reference if v is not None]
        if method == "minmax" and self.settings["reference_set"] == "fixed":
            method = "goalposts"
        if method == "none":
            return x, None
        if method in ("goalposts", "efficacy", "efficacy_exp"):
            return self.against_goalposts(x, node, method)
        if method == "base_index":
            base = self.transformed[area, self.settings["reference_base"], code][0]
            if base is None:
                return None, "missing"
            if base <= 0 or (direction == -1 and x <= 0):
                return None, "domain"
            return (100 * x / base if direction == 1 else 100 * base / x), None
        if not reference:
            return None, "constant"
        low, high = min(reference), max(reference)
        if method == "minmax" and direction == 0:
            return self.moderate(x, node, low, high)
        if method == "target_distance":
            target = transformed(node["target"], node["transform"])
            if (direction == 1 and target <= low) or (direction == -1 and target >= high):
                return None, "constant"
            if low == high and self.settings["reference_set"] != "fixed":
                return None, "constant"
            return self.ranged((x - low) / (target - low) if direction == 1 else (high - x) / (high - target), node), None
        if method == "ratio_to_max" and (high <= 0 or (direction == -1 and x <= 0)):
            return None, "domain"
        if method == "ratio_to_reference":
            own = [self.transformed[node["reference_unit"], p, code][0] for p in periods]
            own = [v for v in own if v is not None]
            if not own:
                return None, "missing"
        if low == high:
            return None, "constant"
        if method == "minmax":
            return self.ranged((x - low) / (high - low) if direction == 1 else (high - x) / (high - low), node), None
        if method == "zscore":
            return node["norm_mean"] + node["norm_sd"] * direction * (x - mean(reference)) / stdev(reference), None
        if method in ("rank", "borda", "percentile"):
            below = sum(direction * v < direction * x for v in reference)
            if method == "percentile":
                ranks = [1 + sum(direction * u < direction * v for u in reference) for v in reference]
                last = len(reference) if node["percentile_denominator"] == "n" else max(ranks)
                return self.ranged(below / (last - 1), node), None
            return float(below + 1 if method == "rank" else below), None
        if method == "ratio_to_max":
            return self.ranged(x / high if direction == 1 else low / x, node), None
        if method == "ratio_to_reference":
            # Lower is better: the same on -x, whose minimum is minus the maximum.
            sign, worst = (1, low) if direction == 1 else (-1, -high)
            unit = sign * mean(own)
            if same(unit, worst):
                return None, "constant"
            return self.ranged(1 - (unit - sign * x) / (unit - worst), node), None
        if method == "ampi":
            centre = mean(reference) if node["target"] is None else transformed(node["target"], node["transform"])
            lo, hi = centre - (high - low) / 2, centre + (high - low) / 2
            return 60 * (x - lo if direction == 1 else hi - x) / (hi - lo) + 70, None
        raise ValueError(f"unknown normalisation {method}")

    def against_goalposts(self, x, node, method):
        low, high = (transformed(node[name], node["transform"]) for name in ("goalpost_low", "goalpost_high"))
        if method == "goalposts" and node["direction"] == 0:
            return self.moderate(x, node, min(low, high), max(low, high))
        worst, best = (low, high) if node["direction"] == 1 else (high, low)
        unit = (x - worst) / (best - worst)
        if method == "goalposts":
            return self.ranged(unit, node), None
        value = 60 + 40 * unit if method == "efficacy" else 60 * math.exp(-math.log(0.6) * unit)
        return (min(max(value, 0.0), 100.0) if node["clip"] else value), None

    def moderate(self, x, node, low, high):
        bounds = [node["target"], node["target"] if node["target_high"] is None else node["target_high"]]
        q1, q2 = sorted(transformed(bound, node["transform"]) for bound in bounds)
        if low == high:
            return None, "constant"
        away = max(q1 - x, x - q2, 0)
        return self.ranged(1 - away / max(q1 - low, high - q2) if away else 1.0, node), None

    def ranged(self, unit, node):
        if node["clip"]:
            unit = min(max(unit, 0.0), 1.0)
        return node["range_low"] + (node["range_high"] - node["range_low"]) * unit

    def unranged(self, value, node):
        return (value - node["range_low"]) / (node["range_high"] - node["range_low"])

    # --------------------------------------------------------------------------------------------------------- §6 weights

    def final(self):
        return next(w for w in self.weightings if w["weighting_id"] == self.settings["weighting_id"])

    def found_weights(self, weighting, codes, cells):
        """Weights of codes, summing to 1, from one weighting setting and the (area, period) cells of the reference set."""
        method = weighting["method"]
        if method in NOT_COVERED or weighting.get("combined_by") == "game":
            raise NotImplementedError(f"weighting {method}")
        if method == "combined":
            return self.combined(weighting, codes, cells)
        declared = {code: 1.0 if self.node[code]["weight"] is None else self.node[code]["weight"] for code in codes}
        equal = dict.fromkeys(codes, 1.0)
        raw = method == "cv" or (method == "entropy" and weighting["share"] == "raw")
        if method == "expert" or (raw and any(code in self.children for code in codes)):
            return rescaled(declared)
        if method == "equal":
            return rescaled(equal)
        columns = {code: self.column(code, cells, "raw" if raw else "score" if method == "sd" else "unit") for code in codes}
        if (raw or method == "entropy") and any(v < 0 for column in columns.values() for v in column.values()):
            return rescaled(equal)
        strength = {}
        for code, column in columns.items():
            values = list(column.values())
            if len(values) < 2 or flat(values):
                strength[code] = 0.0
            elif method == "entropy":
                strength[code] = 1 - self.entropy([v + weighting["shift"] for v in values])
            elif method == "critic":
                strength[code] = stdev(values) * self.conflict(code, columns, weighting["correlation"])
            elif method == "cv":
                strength[code] = stdev(values) / abs(mean(values))
            elif method == "sd":
                strength[code] = stdev(values)
            else:
                raise ValueError(f"unknown weighting {method}")
        return rescaled(strength)

    def combined(self, weighting, codes, cells):
        parts = [w for w in self.weightings if w["part_of"] == weighting["weighting_id"]]
        found = [self.found_weights(part, codes, cells) for part in parts]
        if weighting["combined_by"] == "linear":
            shares = [part["alpha"] for part in parts]
            return rescaled({code: math.fsum(s * w[code] for s, w in zip(shares, found, strict=True)) for code in codes})
        root = len(parts) if weighting["combined_by"] == "geometric" else 1
        return rescaled({code: math.prod(w[code] for w in found) ** (1 / root) for code in codes})

    def column(self, code, cells, kind):
        """(area, period) -> value of a child as the weights see it: raw, its score, or its score on the unit interval."""
        node = self.node[code]
        if code in self.children:
            values = {cell: self.out.scores[*cell, code].value for cell in cells}
        elif kind == "raw":
            values = {cell: self.out.treated[*cell, code][0] for cell in cells}
        elif kind == "score" or node["direction"] == 0:
            values = {cell: self.out.normalised[*cell, code][0] for cell in cells}
        else:
            values = {cell: self.transformed[*cell, code][0] for cell in cells}
        values = {cell: v for cell, v in values.items() if v is not None}
        if kind != "unit" or not values:
            return values
        if node["direction"] == 0 and code not in self.children:
            return {cell: self.unranged(v, node) for cell, v in values.items()}
        low, high = min(values.values()), max(values.values())
        if flat(list(values.values())):
            return dict.fromkeys(values, 0.0)
        if code not in self.children and node["direction"] == -1:
            return {cell: (high - v) / (high - low) for cell, v in values.items()}
        return {cell: (v - low) / (high - low) for cell, v in values.items()}

    @staticmethod
    def entropy(values):
        total = math.fsum(values)
        shares = [v / total for v in values]
        return -math.fsum(p * math.log(p) for p in shares if p > 0) / math.log(len(shares))

    @staticmethod
    def conflict(code, columns, correlation):
        amounts = []
        for other in columns:
            both = [cell for cell in columns[code] if cell in columns[other]]
            xs, ys = ([columns[c][cell] for cell in both] for c in (code, other))
            if other == code or flat(list(columns[other].values())) or len(both) < 2:
                continue
            r = pearson(midranks(xs), midranks(ys)) if correlation == "spearman" else pearson(xs, ys)
            # A perfect correlation leaves no conflict, not the float noise of 1 - r.
            if r is not None:
                amounts.append(0.0 if same(r, 1.0) else 1 - r)
        return math.fsum(amounts)

    def weigh_siblings(self, parent):
        for period in self.periods:
            cells = [(area, p) for p in self.reference_periods(period) for area in self.areas]
            for code, weight in self.found_weights(self.final(), self.children[parent], cells).items():
                self.weight[period, code] = self.shaken(weight, code)

    def weigh_all(self):
        for period in self.periods:
            cells = [(area, p) for p in self.reference_periods(period) for area in self.areas]
            found = self.found_weights(self.final(), self.indicators, cells)

            def below(code, found=found):
                return found[code] if code not in self.children else math.fsum(below(c) for c in self.children[code])

            for codes in self.children.values():
                for code, weight in rescaled({c: below(c) for c in codes}).items():
                    self.weight[period, code] = self.shaken(weight, code)

    def effective(self, period, code):
        product = 1.0
        while code != self.root:
            product *= self.weight[period, code]
            code = self.node[code]["parent"]
        return product

    def list_weights(self):
        given = all(w["method"] in (*GIVEN_WEIGHTS, "combined") for w in self.weightings)
        one_for_all = given or self.settings["reference_set"] != "period"
        for period, code in self.weight:
            key = None if one_for_all else period
            self.out.weights[key, code] = (self.weight[period, code], self.effective(period, code))

    # ----------------------------------------------------------------------------------------------------- §7 aggregation

    def value(self, area, period, code):
        if code in self.children:
            return self.out.scores[area, period, code].value
        return self.out.normalised[area, period, code][0]

    def reason(self, area, period, code):
        if code in self.children:
            return self.out.scores[area, period, code].reason
        return self.out.normalised[area, period, code][1]

    def present(self, area, period, code):
        """Children with a value -> weight rescaled over them; equal shares where they carry no weight at all."""
        children = [c for c in self.children[code] if self.value(area, period, c) is not None]
        return rescaled({c: self.weight[period, c] for c in children}) if children else {}

    def evaluate(self, code):
        """Weights and scores of everything below a node, then its own."""
        for child in self.children[code]:
            if child in self.children:
                self.evaluate(child)
        if self.settings["weighting_scope"] != "all":
            self.weigh_siblings(code)
        for period in self.periods:
            held, covered = {}, {}
            for area in self.areas:
                covered[area], held[area] = self.coverage(area, period, code)
            units = [area for area in self.areas if held[area] is None]
            values = {
                area: self.aggregate(area, period, code, units) if area in units else (None, held[area]) for area in self.areas
            }
            scored = {area: self.rounded(v) for area, (v, _) in values.items() if v is not None}
            for area, (value, reason) in values.items():
                rank = None if value is None else 1 + sum(other > scored[area] for other in scored.values())
                share = None if value is None else self.imputed_share(area, period, code)
                self.out.scores[area, period, code] = Score(value, rank, len(scored), covered[area], share, reason)

    def coverage(self, area, period, code):
        """(share of the direct children present, reason not to score or None)."""
        children = self.children[code]
        here = [c for c in children if self.value(area, period, c) is not None]
        absent = [self.reason(area, period, c) for c in children if c not in here]
        if self.settings["coverage_by"] == "count":
            covered = len(here) / len(children)
        else:
            covered = math.fsum(self.weight[period, c] for c in here) / math.fsum(self.weight[period, c] for c in children)
        weightless = self.node[code]["aggregation"] == "product"
        if not here or (absent and not weightless and not any(self.weight[period, c] > 0 for c in here)):
            return covered, first_reason(absent)
        if absent and self.settings["on_missing"] == "null":
            return covered, first_reason(absent)
        if covered < (self.node[code]["min_coverage"] or 0) - 1e-9:
            return covered, "below_coverage"
        return covered, None

    def imputed_share(self, area, period, code):
        if code not in self.children:
            return 1.0 if self.is_imputed(area, period, code) else 0.0
        return math.fsum(w * self.imputed_share(area, period, c) for c, w in self.present(area, period, code).items())

    def rounded(self, value):
        if self.settings["rank_decimals"] is not None:
            return round(value, self.settings["rank_decimals"])
        return float(f"{value:.{self.settings['rank_significant'] or 10}g}")

    def aggregate(self, area, period, code, units):
        node, weights = self.node[code], self.present(area, period, code)
        z = {c: self.value(area, period, c) for c in weights}
        method = node["aggregation"]
        average = math.fsum(weights[c] * z[c] for c in z)
        if method == "arithmetic":
            return average, None
        if method in ("geometric", "harmonic"):
            if min(z.values()) < 0:
                return None, "domain"
            if min(z.values()) == 0:
                return (0.0, None) if node["on_zero"] == "zero" else (None, "domain")
            if method == "geometric":
                return math.exp(math.fsum(weights[c] * math.log(z[c]) for c in z)), None
            return 1 / math.fsum(weights[c] / z[c] for c in z), None
        if method == "power":
            return self.power_mean(z, weights, node["power"])
        if method == "product":
            return math.prod(z.values()), None
        if method == "ampi":
            if average <= 0:
                return None, "domain"
            penalty = math.fsum(weights[c] * (z[c] - average) ** 2 for c in z) / average
            return (average + penalty if node["penalty"] == "plus" else average - penalty), None
        if method == "topsis":
            return self.topsis(period, node, z, weights)
        if method == "copeland":
            return self.copeland(area, period, code, units)
        raise ValueError(f"unknown aggregation {method}")

    @staticmethod
    def power_mean(z, weights, p):
        whole = float(p).is_integer()
        if any((v < 0 and not whole) or (v == 0 and p < 0) for v in z.values()):
            return None, "domain"
        base = math.fsum(weights[c] * z[c] ** p for c in z)
        if (base < 0 and not float(1 / p).is_integer()) or (base == 0 and p < 0):
            return None, "domain"
        return base ** (1 / p), None

    def topsis(self, period, node, z, weights):
        toward, away = [], []
        kept = {}
        for c in z:
            cells = [(a, p) for p in self.reference_periods(period) for a in self.areas]
            column = [self.value(*cell, c) for cell in cells]
            column = [v for v in column if v is not None]
            spots = self.topsis_column(c, node, z[c], column)
            if spots is not None:
                kept[c] = spots
        if not kept:
            return None, "constant"
        shares = rescaled({c: weights[c] for c in kept})
        for c, (own, best, worst) in kept.items():
            factor = shares[c] ** 2 if node["topsis_weights"] == "before" else shares[c]
            toward.append(factor * (best - own) ** 2)
            away.append(factor * (own - worst) ** 2)
        plus, minus = math.sqrt(math.fsum(toward)), math.sqrt(math.fsum(away))
        if plus + minus <= NOISE:
            return None, "constant"
        return minus / (plus + minus), None

    def topsis_column(self, code, node, own, column):
        """(own, best, worst) after the normalisation inside TOPSIS; None for a column without norm or range."""
        if node["topsis_normalisation"] == "vector":
            norm = math.sqrt(math.fsum(v * v for v in column))
            if norm == 0:
                return None
            own, column = own / norm, [v / norm for v in column]
        elif node["topsis_normalisation"] == "minmax":
            if flat(column):
                return None
            low, high = min(column), max(column)
            own, column = (own - low) / (high - low), [(v - low) / (high - low) for v in column]
        elif not column:
            return None
        if node["topsis_ideal"] == "observed":
            return own, max(column), min(column)
        if node["topsis_normalisation"] != "none":
            return own, 1.0, 0.0
        low, high = self.node[code].get("range_low"), self.node[code].get("range_high")
        if code in self.children or low is None:
            low, high = self.settings.get("range_low", 0.0), self.settings.get("range_high", 100.0)
        return own, high, low

    def copeland(self, area, period, code, units):
        if len(units) < 2:
            return None, "too_few"
        balance = 0
        for other in units:
            both = [c for c in self.children[code] if None not in (self.value(area, period, c), self.value(other, period, c))]
            total = math.fsum(self.weight[period, c] for c in both)
            if other == area or total <= 0:
                continue
            ahead = []
            for c in both:
                mine, theirs = self.value(area, period, c), self.value(other, period, c)
                ahead.append(self.weight[period, c] * (0.5 if same(mine, theirs) else float(mine > theirs)))
            share = math.fsum(ahead) / total
            balance += 0 if abs(share - 0.5) <= NOISE else (1 if share > 0.5 else -1)
        return float(balance), None

    # ------------------------------------------------------------------------------------------- §8 what moved the score

    def contribute(self):
        for (area, period, node), score in self.out.scores.items():
            if score.value is not None and self.node[node]["aggregation"] == "arithmetic":
                for code, amount in self.contribution(area, period, node).items():
                    self.out.contributions[area, period, node, code] = amount

    def contribution(self, area, period, code):
        if code not in self.children or self.node[code]["aggregation"] != "arithmetic":
            return {code: self.value(area, period, code)}
        weights = self.present(area, period, code).items()
        return {j: w * amount for c, w in weights for j, amount in self.contribution(area, period, c).items()}

    def opaque(self, code):
        return code not in self.children or self.node[code]["aggregation"] not in ("arithmetic", "geometric")

    def change(self):
        pairs = self.settings.get("change_pairs")
        if pairs is None:
            pairs = zip(self.periods, self.periods[1:], strict=False)
        if self.settings["reference_set"] == "period":
            return
        for p0, p1 in pairs:
            for area in self.areas:
                for node in self.children:
                    if self.opaque(node) or None in (self.value(area, p0, node), self.value(area, p1, node)):
                        continue
                    effects = self.effects(area, p0, p1, node)
                    for code in self.shares(area, (p0, p1), node):
                        self.out.changes[area, p0, p1, node, code] = (None, None) if effects is None else effects[code]

    def shares(self, area, periods, code):
        """item -> its share of effective weight inside a node, mean over the periods in which the node has a score."""
        periods = [p for p in periods if self.value(area, p, code) is not None]
        sums = {}
        for period in periods:
            for item, share in self.items(area, period, code).items():
                sums.setdefault(item, []).append(share / len(periods))
        return {item: math.fsum(parts) for item, parts in sums.items()}

    def items(self, area, period, code):
        if self.opaque(code):
            return {code: 1.0}
        weights = self.present(area, period, code).items()
        return {j: w * share for c, w in weights for j, share in self.items(area, period, c).items()}

    def amounts(self, area, period, pair, code):
        """item -> its part of the node's score in one period, for weighing a change of the node's own weight."""
        if self.opaque(code):
            return {code: self.value(area, period, code)}
        if self.node[code]["aggregation"] == "geometric":
            return {j: self.value(area, period, code) * share for j, share in self.shares(area, pair, code).items()}
        found = {}
        for c, w in self.present(area, period, code).items():
            for j, amount in self.amounts(area, period, pair, c).items():
                found[j] = w * amount
        return found

    def effects(self, area, p0, p1, code):
        """item -> (performance, structure), summing to the change of the node; None where a zero forbids logarithms."""
        s0, s1 = self.value(area, p0, code), self.value(area, p1, code)
        if self.opaque(code):
            return {code: (s1 - s0, 0.0)}
        geometric = self.node[code]["aggregation"] == "geometric"
        if geometric and 0 in (s0, s1):
            return None
        w0, w1 = self.present(area, p0, code), self.present(area, p1, code)
        found = {}
        for child in self.children[code]:
            if child not in w0 and child not in w1:
                continue
            both = child in w0 and child in w1
            inner = self.effects(area, p0, p1, child) if both else {}
            if inner is None:
                return None
            middle, step = (w0.get(child, 0) + w1.get(child, 0)) / 2, w1.get(child, 0) - w0.get(child, 0)
            z0 = self.value(area, p0 if child in w0 else p1, child)
            z1 = self.value(area, p1 if child in w1 else p0, child)
            shares = self.shares(area, (p0, p1), child)
            if geometric:
                k = log_mean(s0, s1) * middle / log_mean(z0, z1)
                moved = {j: log_mean(s0, s1) * (math.log(z0) + math.log(z1)) / 2 * step * share for j, share in shares.items()}
            else:
                k = middle
                a0 = self.amounts(area, p0 if child in w0 else p1, (p0, p1), child)
                a1 = self.amounts(area, p1 if child in w1 else p0, (p0, p1), child)
                moved = {j: (a0.get(j, 0) + a1.get(j, 0)) / 2 * step for j in shares}
            for j in shares:
                performance, structure = inner.get(j, (0.0, 0.0))
                found[j] = (k * performance, k * structure + moved[j])
        return found

    def obstruct(self):
        for area in self.areas:
            for period in self.periods:
                here = [c for c in self.indicators if self.out.normalised[area, period, c][0] is not None]
                gaps = {}
                if all(self.node[c]["normalisation"] in BOUNDED for c in here):
                    for c in here:
                        unit = self.unranged(self.out.normalised[area, period, c][0], self.node[c])
                        gaps[c] = self.effective(period, c) * (1 - min(max(unit, 0.0), 1.0))
                total = math.fsum(gaps.values())
                degrees = {c: gap / total for c, gap in gaps.items()} if total > NOISE else {}
                for c in self.indicators:
                    self.out.obstacles[area, period, c] = (None, None)
                    if c in degrees:
                        order = 1 + sum(other > degrees[c] and not same(other, degrees[c]) for other in degrees.values())
                        self.out.obstacles[area, period, c] = (degrees[c], order)


def compute(
    nodes, settings, weightings, data, areas, periods, groups=None, matrices=None, not_applicable=frozenset(), jitter=0.0
) -> Result:
    """Every table of the index for one framework.

    nodes, settings and weightings are dicts with the columns of the engine's internal contract, codes in place of ids.
    data maps (area, period, code) to a number or None; groups maps an area to its group; not_applicable holds cells
    that cannot exist. settings may hold change_pairs (a list of two periods each) and range_low, range_high of the framework.
    jitter shakes normalised values and weights by up to that share, to see whether a result hangs on float noise.
    Raises NotImplementedError for the weightings in NOT_COVERED. matrices is there for the day ahp is covered.
    """
    return _Index(nodes, settings, weightings, data, areas, periods, groups or {}, not_applicable, jitter).run()


TABLES = ("denominated", "imputed", "treated", "normalised", "weights", "scores", "contributions", "changes", "obstacles")


def differences(found: Result, expected: Result, tables=TABLES, tolerance: float = 1e-9) -> list[str]:
    """One line for each key on one side only and each value that differs; numbers by more than tolerance, relative above 1.

    Amounts and effects are compared on the scale of the node they belong to, because they may cancel.
    """
    lines = []
    for table in tables:
        mine, theirs = getattr(found, table), getattr(expected, table)
        lines += [f"{table} {key}: not found" for key in theirs if key not in mine]
        lines += [f"{table} {key}: not expected" for key in mine if key not in theirs]
        for key in theirs:
            if key not in mine:
                continue
            scale = 1.0
            if table == "contributions":
                scale = max(1.0, abs(expected.scores[key[:3]].value))
            elif table == "changes":
                scale = max(1.0, *(abs(expected.scores[key[0], period, key[3]].value) for period in key[1:3]))
            if not _alike(mine[key], theirs[key], tolerance, scale):
                lines.append(f"{table} {key}: {mine[key]} for {theirs[key]}")
    return lines


def _alike(a, b, tolerance, scale):
    if isinstance(a, Score):
        a, b = astuple(a), astuple(b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_alike(x, y, tolerance, scale) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * scale)
    return a == b


def rank_bounds(values: dict, tolerance: float = 1e-9) -> dict:
    """key -> (lowest, highest) rank it may have, descending, when differences up to tolerance may be a tie or not."""
    found = {}
    for key, value in values.items():
        margin = tolerance * max(1.0, abs(value))
        ahead = sum(other > value + margin for other in values.values())
        level = sum(abs(other - value) <= margin for other in values.values())
        found[key] = (1 + ahead, ahead + level)
    return found


# ------------------------------------------------------------------------------- a framework as written -> resolved dicts

NODE_DEFAULTS = {
    "imputation": {"method": "none", "max_gap": None, "value": None},
    "treatment": {"method": "none", "winmax": 5, "skewness": 2.0, "kurtosis": 3.5, "scope": "panel"},
    "normalisation": {"method": "minmax", "range": [0, 100], "clip": False, "mean": 0, "sd": 1, "denominator": "n", "unit": None},
    "aggregation": {
        "method": "arithmetic",
        "on_zero": "null",
        "p": None,
        "penalty": "minus",
        "normalisation": "vector",
        "weights": "before",
        "ideal": "observed",
    },
}
PARAMETERS = {
    "locf": ("max_gap",),
    "linear": ("max_gap",),
    "constant": ("value",),
    "winsorise": ("winmax", "skewness", "kurtosis", "scope"),
    "winsorise_log": ("winmax", "skewness", "kurtosis", "scope"),
    "zscore": ("mean", "sd"),
    "percentile": ("range", "clip", "denominator"),
    "ratio_to_reference": ("range", "clip", "unit"),
    "efficacy": ("clip",),
    "efficacy_exp": ("clip",),
    "geometric": ("on_zero",),
    "harmonic": ("on_zero",),
    "power": ("p",),
    "topsis": ("normalisation", "weights", "ideal"),
} | {method: ("range", "clip") for method in ("minmax", "goalposts", "target_distance", "ratio_to_max")}
NUMBERS = ("weight", "goalpost_low", "goalpost_high", "target", "target_high", "scale", "min_coverage")


def method_of(text: str) -> dict:
    """`power(p=0.5)` as {"method": "power", "p": 0.5}."""
    name, arguments = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text).groups()
    parts = re.split(r",(?![^\[]*\])", arguments) if arguments else []
    return {"method": name} | {key.strip(): yaml.safe_load(value) for key, value in (part.split("=") for part in parts)}


def resolve(config: dict, rows: list[dict]) -> tuple[list[dict], dict, list[dict]]:
    """framework.yml as a dict and framework.csv as rows of text -> nodes, settings, weightings for compute.

    A node's own method keeps those parameters of the framework's method that it knows too.
    """
    nodes = [_node(config, row) for row in rows]
    reference, missing = config.get("reference", {}), config.get("missing", {})
    ranking = config.get("ranking", {})
    span = reference.get("span") or [None, None]
    weightings = _weightings(config.get("weighting", {}))
    whole = NODE_DEFAULTS["normalisation"] | config.get("normalisation", {})
    changes = config.get("changes", "consecutive")
    settings = {
        "framework": config["id"],
        "reference_set": reference.get("set", "panel"),
        "reference_base": reference.get("base"),
        "span_from": span[0],
        "span_to": span[1],
        "coverage_by": missing.get("coverage_by", "weight"),
        "on_missing": missing.get("on_missing", "reweight") or "null",
        "rank_significant": None if "decimals" in ranking else ranking.get("significant", 10),
        "rank_decimals": ranking.get("decimals"),
        "weighting_scope": config.get("weighting", {}).get("scope", "siblings"),
        "weighting_id": 1,
        "range_low": float(whole["range"][0]),
        "range_high": float(whole["range"][1]),
        "change_pairs": None if changes == "consecutive" else [tuple(pair) for pair in changes["pairs"]],
    }
    return nodes, settings, weightings


def _node(config, row):
    text = {name: (row.get(name) or "").strip() or None for name in ("code", "type", "parent", "transform", "denominator")}
    number = {name: float(row[name]) if (row.get(name) or "").strip() else None for name in NUMBERS}
    node = text | number | {"direction": int(row["direction"]) if (row.get("direction") or "").strip() else None}
    node["scale"] = 1.0 if node["scale"] is None else node["scale"]
    node["transform"] = node["transform"] or "none"
    if node["type"] == "indicator":
        imputation, treatment = _setting(config, row, "imputation"), _setting(config, row, "treatment")
        normalisation = _setting(config, row, "normalisation")
        return node | {
            "imputation": imputation["method"],
            "imputation_max_gap": imputation["max_gap"],
            "imputation_value": imputation["value"],
            "treatment": treatment["method"],
            "treatment_winmax": treatment["winmax"],
            "treatment_skewness": treatment["skewness"],
            "treatment_kurtosis": treatment["kurtosis"],
            "treatment_scope": treatment["scope"],
            "normalisation": normalisation["method"],
            "range_low": float(normalisation["range"][0]),
            "range_high": float(normalisation["range"][1]),
            "clip": normalisation["clip"],
            "norm_mean": normalisation["mean"],
            "norm_sd": normalisation["sd"],
            "percentile_denominator": normalisation["denominator"],
            "reference_unit": normalisation["unit"],
        }
    if node["type"] in ("index", "group"):
        aggregation = _setting(config, row, "aggregation")
        whole = config.get("missing", {}).get("min_coverage", 0)
        return node | {
            "aggregation": aggregation["method"],
            "on_zero": aggregation["on_zero"] or "null",
            "power": aggregation["p"],
            "penalty": aggregation["penalty"],
            "topsis_normalisation": aggregation["normalisation"] or "none",
            "topsis_weights": aggregation["weights"],
            "topsis_ideal": aggregation["ideal"],
            "min_coverage": whole if node["min_coverage"] is None else node["min_coverage"],
        }
    return node


def _setting(config, row, name):
    whole = {"method": NODE_DEFAULTS[name]["method"]} | config.get(name, {})
    own = method_of(row[name]) if (row.get(name) or "").strip() else whole
    known = PARAMETERS.get(own["method"], ("penalty",) if (name, own["method"]) == ("aggregation", "ampi") else ())
    return NODE_DEFAULTS[name] | {key: value for key, value in whole.items() if key in known} | own


def _weightings(setting):
    first = _weighting(setting, 1, None, None)
    parts = setting.get("of", [])
    alpha = setting.get("alpha") or [1 / len(parts) for _ in parts]
    if isinstance(alpha, int | float):
        alpha = [alpha, 1 - alpha]
    linear = first["combined_by"] == "linear"
    rows = [first]
    for place, part in enumerate(parts):
        part = {"method": part} if isinstance(part, str) else part
        rows.append(_weighting(part, place + 2, 1, alpha[place] if linear else None))
    return rows


def _weighting(setting, number, part_of, alpha):
    return {
        "weighting_id": number,
        "part_of": part_of,
        "method": setting.get("method", "expert"),
        "share": setting.get("share", "minmax"),
        "shift": setting.get("shift", 0),
        "correlation": setting.get("correlation", "pearson"),
        "combined_by": setting.get("by", "linear") if setting.get("method") == "combined" else None,
        "alpha": alpha,
    }
