"""Driver: a column whose groups differ in the target, told by the two groups that lie farthest apart.

    Churn is “Yes” in 42.7% of rows where Contract is “Month-to-month” and in 2.8% where it is “Two year” ...

Searched by the variance between a column's groups (levels of a category, about five ranges of a number), its chi-square turned into a
z (Wilson & Hilferty 1931) so that columns with few and many groups compare. The two groups are chosen on the search half; on the other
half their difference is one comparison of two groups. Levels that a question names are compared within a level of another column (_asked), and
that claim pays for all that was asked. Columns of two groups are left to `segment`, which says the same. What it does not do: tell cause from
association.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._compare import compare, method_of, query, reach
from ._search import allowed, least_rows, scaled, searched

__all__ = ["Driver"]

KEEP: Final = 3.0  # least z of the variance between groups
GROUPS: Final = 3  # least groups; two are a segment and its rest
SHOWN: Final = 12  # groups in a chart


class Driver:
    """A column that the target depends on, from its highest to its lowest group."""

    name: ClassVar[str] = "driver"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "columns that the target depends on", "zh": "影响目标的列"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """One claim per column and level of the goal whose groups differ by more than chance usually makes them."""
        codes = searched(search)
        for measure in search.measures:
            ready = scaled(search, measure)
            if measure.counts or ready.sd == 0.0:
                continue
            coded, least = ready.of(codes.codes), least_rows(len(ready.x))
            for j in np.flatnonzero(allowed(search, measure)):
                groups = codes.groups[j]
                n, total = _sums(coded[j], ready.x, int(codes.levels[j]))
                counts = np.array([n[codes.low[g] : codes.high[g] + 1].sum() for g in groups])
                kept = np.flatnonzero(counts >= least)
                if len(kept) < GROUPS:
                    continue
                counts, told = counts[kept], [groups[k] for k in kept]
                means = np.array([total[codes.low[g] : codes.high[g] + 1].sum() for g in told]) / counts
                strength = _strength(float((means**2 * counts).sum()) / ready.sd**2, len(kept) - 1)
                if strength >= KEEP:
                    terms = tuple(codes.terms[g] for g in told)
                    detail = (("column", int(j)), ("shape", _shape(means) if codes.ordered[j] else "varies"), ("groups", terms))
                    where, against, direction = _ends(terms, means, counts)
                    yield Claim(self.name, where, measure, direction, strength, (against,), detail=detail)

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) the group of each row; rows of no group (rare levels, missing) share the last."""
        codes = searched(search)
        out = np.full(search.rows.n, len(codes.groups[claim.told("column")]), dtype=np.uint8)
        for place, item in enumerate(codes.groups[claim.told("column")]):
            out[codes.holds(item)] = place
        return out

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean of the farthest group minus mean of the opposite one."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside, outside = claim.where.holds(verify.rows) & known, claim.against[0].holds(verify.rows) & known
        gap = compare(verify, claim.measure, inside, outside, level)
        side = 1.0 if claim.direction == "high" else -1.0
        p = gap.p if gap.gap * side > 0 else 1.0
        value = float(x[inside].mean()) if inside.any() else 0.0
        base = float(x[outside].mean()) if outside.any() else 0.0
        masks = [mask & known for _, mask in _groups(claim, verify)]
        means = [float(x[mask].mean()) for mask in masks if mask.any()]
        steady = bool((np.diff(means) > 0).all() or (np.diff(means) < 0).all())
        spread = _spread(x[known], [mask[known] for mask in masks])
        n, rest = int(inside.sum()), int(outside.sum())
        extra = {"rest": float(rest), "steady": float(steady), "spread": spread}
        method, far = method_of(gap.method, verify, claim.looks), reach(gap.gap, x, n, rest)
        return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest of the two groups, from the study's own rows."""
        return query(claim, half, claim.against[0])

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """Both ends, their difference with its interval, and how many unseen rows say so; a direction only where every step has it."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        here, there = (Condition((side.terms[-1],)).say(lang) for side in (claim.where, claim.against[0]))
        value, base = w.amount(e.value, unit), w.amount(e.base, unit)
        gap, span = w.difference(e.effect, unit), w.interval(e.low, e.high, unit)
        seen = w.proof(count(e.n + int(e.extra["rest"])), e.half)
        shape = claim.told("shape", "varies") if e.extra["steady"] else "varies"
        column, within = claim.where.terms[-1].expression.say(lang), claim.told("within")
        subject = claim.measure.told(lang)
        if lang == "zh":
            subject = f"{w.when(within.say(lang))}，{subject}" if within else subject
            ways = {"rises": ("随", "增大而稳步上升"), "falls": ("随", "增大而稳步下降")}
            before, after = ways.get(str(shape), ("因", "而异"))
            ends = f"{glue(w.when(here), '为', value)}，{glue(w.when(there), '为', base)}"
            return f"{glue(subject, before, column, after)}：{ends}，相差 {gap}（{span}；{seen}）。"
        trend = {"rises": f"rises steadily with {column}", "falls": f"falls steadily as {column} grows"}.get(str(shape), f"depends on {column}")
        subject = f"{w.when(within.say(lang))}, {subject[0].lower()}{subject[1:]}" if within else subject
        return f"{subject} {trend}: {value} where {here}, {base} where {there}, a difference of {gap} ({span}; {seen})."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the column's groups in their order, or from high to low."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        ends = {sign(Condition((side.terms[-1],))) for side in (claim.where, claim.against[0])}
        made = [(sign(Condition((term,))), mask & known) for term, mask in _groups(claim, verify) if (mask & known).any()]
        bars = [{"group": g, "value": float(x[m].mean()), "n": int(m.sum()), "role": "segment" if g in ends else "wider"} for g, m in made]
        if claim.where.terms[-1].op in ("is", "in"):
            bars = sorted(bars, key=lambda bar: -bar["value"])
        shown = bars if len(bars) <= SHOWN else [*bars[: SHOWN // 2], *bars[-SHOWN // 2 :]]
        return bar_chart(shown, claim)

    @staticmethod
    def example() -> Example:
        """Spending that grows with age, beside a column that says nothing."""
        rng = np.random.default_rng(11)
        n = 5_000
        age, lucky = rng.integers(18, 80, n).astype(np.float64), rng.integers(0, 50, n).astype(np.float64)
        spend = 20 + 0.5 * age + rng.normal(0, 12, n)
        return Example({"age": age, "lucky": lucky, "spend": spend}, "spend", Condition((Term("age", ">", 67.0),)))


def _ends(terms: tuple[Term, ...], means: np.ndarray, counts: np.ndarray) -> tuple[Condition, Condition, str]:
    """(the group farthest from the mean of all, the opposite end, 'high' or 'low'); `means` are those of a centred measure."""
    top, bottom = int(np.argmax(means)), int(np.argmin(means))
    high = abs(means[top]) * math.sqrt(counts[top]) >= abs(means[bottom]) * math.sqrt(counts[bottom])
    here, there = (top, bottom) if high else (bottom, top)
    return Condition((terms[here],)), Condition((terms[there],)), "high" if high else "low"


def _shape(means: np.ndarray) -> str:
    steps = np.diff(means)
    return "rises" if (steps > 0).all() else "falls" if (steps < 0).all() else "varies"


def _sums(codes: np.ndarray, x: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray]:
    return np.bincount(codes, minlength=levels).astype(np.float64), np.bincount(codes, x, minlength=levels)


def _strength(chi_square: float, freedom: int) -> float:
    """The z with the same upper tail as a chi-square, nearly (Wilson & Hilferty 1931)."""
    spread = 2.0 / (9.0 * freedom)
    return ((chi_square / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)


def _groups(claim: Claim, verify: Verify) -> list[tuple[Term, np.ndarray]]:
    told = claim.told("groups") or (claim.where.terms[-1], claim.against[0].terms[-1])
    inside = claim.told("within").holds(verify.rows) if claim.told("within") else np.ones(verify.rows.n, dtype=bool)
    return [(term, term.holds(verify.rows) & inside) for term in told]


def _spread(x: np.ndarray, masks: list[np.ndarray]) -> float:
    """The share of the measure's variance that lies between the groups (eta squared)."""
    total = float(((x - x.mean()) ** 2).sum()) if len(x) else 0.0
    between = sum(int(m.sum()) * (float(x[m].mean()) - float(x.mean())) ** 2 for m in masks if m.any())
    return between / total if total > 0 else 0.0
