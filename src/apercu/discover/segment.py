"""Segment: a group of rows, named by one to five conditions, whose rate or mean differs from everyone else's, and from every wider group.

    Where smoker is “yes” and bmi is above 30, charges average 41,558 against 9,500 elsewhere ...

Searched by the fused histograms of `stats/kernels`; scored by z*, the smallest difference from any parent (the condition without one of
its terms), so that a true fact padded with an idle condition scores nothing. Proved by the largest p over all parents, an
intersection-union test (Berger 1982) that needs no correction over them. What it does not do: look at every box of four conditions, or of
three in a wide table; those are grown from the best (`_deeper`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.codes import Codes
from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count
from ._chart import OTHERS, bar_chart, sign
from ._compare import compare, method_of, query, reach
from ._search import Scaled, allowed, best_boxes, item_scores, scaled, searched

__all__ = ["Segment"]

KEEP: Final = (2.8, 3.3, 3.8, 4.3, 4.8)  # least |z*| of one condition, two, three ...: more boxes of a depth, more of them by chance
REPEATED: Final = (3.0, 3.0)  # the same of two and three where permutations judge: low enough for noise to have its say in most of them


class Segment:
    """The rate or mean of a measure in a conjunction of conditions, against every wider group."""

    name: ClassVar[str] = "segment"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "groups that differ", "zh": "与众不同的群体"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strongest boxes of one to `search.depth` items, for each measure."""
        codes = searched(search)
        for measure in search.measures:
            if measure.counts:
                continue
            ready, usable = scaled(search, measure), allowed(search, measure)
            scores = item_scores(codes, ready, usable)
            found = [((int(i),), float(scores[i])) for i in np.flatnonzero(np.abs(scores) >= KEEP[0]) if _smaller(codes, int(i))]
            found += _boxes(search, codes, ready, scores, usable)
            for items, z in found:
                where = codes.condition(items)
                yield Claim(self.name, where, measure, "high" if z > 0 else "low", abs(z), where.parents(), detail=(("items", items),))

    def peaks(self, search: Search) -> dict[int, float]:
        """{number of conditions: strength of the strongest claim}, without making the claims: what permutations ask for."""
        codes, best = searched(search), dict.fromkeys(range(1, search.depth + 1), 0.0)
        for measure in search.measures:
            if not measure.counts:
                ready, usable = scaled(search, measure), allowed(search, measure)
                scores = item_scores(codes, ready, usable)
                best[1] = max(best[1], float(np.abs(scores).max(initial=0.0)))
                for items, z in best_boxes(
                    codes, ready, scores, search.depth, REPEATED if search.repeated else KEEP[1:], usable, repeated=search.repeated
                ):
                    best[len(items)] = max(best[len(items)], abs(z))
        return best

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) 1 in the segment, 0 elsewhere."""
        codes = searched(search)
        return np.logical_and.reduce([codes.holds(i) for i in claim.told("items")]).astype(np.uint8)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean in the segment minus mean of all other rows. p: the largest of its own (two-sided) and those of its parents (one-sided)."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside = claim.where.holds(verify.rows) & known
        whole = compare(verify, claim.measure, inside, ~inside, level)
        n, rest = int(inside.sum()), int((known & ~inside).sum())
        value = float(x[inside].mean()) if n else 0.0
        base = float(x[known & ~inside].mean()) if rest else 0.0
        side = 1.0 if claim.direction == "high" else -1.0
        p, margin = (whole.p if whole.gap * side > 0 else 1.0), whole.gap
        for parent in claim.where.parents() if len(claim.where.terms) > 1 else ():
            step = compare(verify, claim.measure, inside, parent.holds(verify.rows) & ~inside, level)
            p = max(p, step.tail if step.gap * side > 0 else 1.0)  # the claim says on which side, so one tail is its p
            margin = step.gap if abs(step.gap) < abs(margin) or step.gap * side <= 0 else margin
        extra = {"rest": float(rest), "margin": margin}
        method, far = method_of(whole.method, verify), reach(whole.gap, x, n, rest)
        return Evidence(whole.gap, whole.low, whole.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest, from the study's own rows."""
        return query(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """Rate or mean there and elsewhere, the difference with its interval, and how many unseen rows say so."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        gap, base = w.difference(e.effect, unit), w.amount(e.base, unit)
        opening, what = w.when(claim.where.say(lang)), claim.measure.averages(e.value, lang)
        span, seen = w.interval(e.low, e.high, unit), w.proof(count(e.n), e.half)
        margin = w.difference(e.extra["margin"], unit) if len(claim.where.terms) > 1 else ""
        if lang == "zh":
            tail = f"每个条件都起作用：与任何更宽的群体相比，至少相差 {margin}。" if margin else ""
            return f"{opening}，{what}，其余为 {base}，相差 {gap}（{span}；{seen}）。{tail}"
        tail = f" Every condition counts: it differs from each wider group by at least {margin}." if margin else ""
        return f"{opening}, {what}, against {base} elsewhere: {gap} ({span}; {seen}).{tail}"

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the segment, each wider group without it, and everyone else."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside = claim.where.holds(verify.rows)
        named = [(sign(claim.where), inside, "segment")]
        if len(claim.where.terms) > 1:
            named += [(f"{sign(parent)}, {OTHERS}", parent.holds(verify.rows) & ~inside, "wider") for parent in claim.where.parents()]
        named.append((OTHERS, ~inside, "wider"))
        masks = [(name, mask & known, role) for name, mask, role in named]
        return bar_chart([{"group": name, "value": float(x[m].mean()), "n": int(m.sum()), "role": role} for name, m, role in masks if m.any()], claim)

    @staticmethod
    def example() -> Example:
        """Two plans, two regions: customers on a monthly plan in the north leave three times as often."""
        rng = np.random.default_rng(7)
        n = 6_000
        plan, region, sex = (rng.choice(levels, n) for levels in (["monthly", "yearly"], ["north", "south"], ["f", "m"]))
        rate = np.where((plan == "monthly") & (region == "north"), 0.45, 0.15)
        left = np.where(rng.random(n) < rate, "yes", "no")
        columns = {"plan": plan.astype(object), "region": region.astype(object), "sex": sex.astype(object), "left": left.astype(object)}
        return Example(columns, "left", Condition((Term("plan", "is", "monthly"), Term("region", "is", "north"))))


def _boxes(search: Search, codes: Codes, ready: Scaled, scores: np.ndarray, usable: np.ndarray) -> list[tuple[tuple[int, ...], float]]:
    keep = REPEATED if search.repeated else KEEP[1:]
    return best_boxes(codes, ready, scores, search.depth, keep, usable, repeated=search.repeated)


def _smaller(codes: Codes, item: int) -> bool:
    """Whether an item is told rather than its opposite: of two that part all rows between them, the smaller group is the segment."""
    j = codes.column_of(item)
    present = codes.codes[j] < codes.levels[j] - 1
    inside = int(np.count_nonzero(codes.holds(item)))
    opposite = int(np.count_nonzero(present)) - inside
    cut = codes.terms[item].op in ("<=", ">") or int(codes.starts[j + 1] - codes.starts[j]) == 2
    return not cut or bool(present.sum() < len(present)) or inside < opposite or (inside == opposite and codes.low[item] == 0)
