"""Interaction: two conditions whose joint effect is not their sum, because the effect of one depends on the other.

    Where day is “weekend”, sales are 20.1 higher with discount “yes”; elsewhere they are 4.9 lower ...

Searched over all pairs of conditions of two columns (levels, and of a number the cut nearest to its middle) by the 2 x 2 contrast of their means.
Told only where the first condition matters on both sides of the second, and turns its sign or at least doubles its size: one cell that
stands out from the other three is a segment, and is told there. Null hypothesis (any of): the contrast is zero; the effect on one of the two
sides is not of its sign. p is the largest of the three (an intersection-union test), from `stats/strata`: unequal variances, skewness and
blocks of dependent rows are allowed for. The sum is that of the measure as it stands: effects that multiply, add up to more than their sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.strata import LEAST, crossed
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._compare import method_of, seen
from ._contrasts import rest
from ._met import Met, met, plan
from ._search import Scaled, least_rows, scaled, searched

__all__ = ["Interaction"]

KEEP: Final = 4.5  # least z of the contrast: of some thousand pairs of conditions the strongest by chance has about 4
SIDE: Final = 2.5  # least z of the effect on either side of the other condition
DOUBLED: Final = 2.0  # times that the larger effect is the smaller one where both have one sign
WORTH: Final = 0.1  # least size of the effect on either side in standard deviations: below it one side as good as lacks the effect
RATIO: Final = 1.25  # times that it is larger on the scale of ratios (of odds, for a rate) too: what merely multiplies is no interaction
TIED: Final = 0.7  # correlation of two conditions from which they are as good as one, and the cells in which they part are leftovers
MOST: Final = 5  # claims about one measure
PAIRS: Final = 50_000  # pairs of conditions that are looked at in one go


class _Found(NamedTuple):
    """What was found: how much the effect depends (2: it turns) and z of the contrast; whether the effects are most of what parts the cells;
    the item whose effect depends and the one on which; the effect where that holds and where not.
    """

    clear: tuple[int, float]
    whole: bool
    effect: int
    on: int
    there: float
    elsewhere: float


class Interaction:
    """The effect of one condition that depends on another."""

    name: ClassVar[str] = "interaction"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "effects that depend on another condition", "zh": "相互影响的条件"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strongest contrasts of each measure, one for each pair of columns."""
        codes = searched(search)
        plans = [(measure, plan(search, measure).items) for measure in search.measures if not measure.counts]
        looks = sum(_pairs(codes, items) for _, items in plans)
        for measure, items in plans:
            ready = scaled(search, measure)
            if ready.sd == 0.0 or len(items) < 2:
                continue
            found: dict[tuple[int, int], _Found] = {}
            middle = float(np.nanmean(search.values(measure)))
            for one in _crossing(codes, met(search, measure), ready, items, middle):
                columns = codes.column_of(one.effect), codes.column_of(one.on)
                key = min(columns), max(columns)
                if key not in found or one.clear > found[key].clear:
                    found[key] = one
            for one in sorted(found.values(), key=lambda f: -f.clear[1])[:MOST]:
                yield _claim(codes, one, measure, looks)

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) uint8: the four cells, where the two effects are most of what parts them.

        Else (n,) float64: the direction that neither condition explains by itself, so that their own effects are left to claims that tell them.
        """
        (a, b), (not_a, not_b) = ([t.holds(search.rows) for t in c.terms] for c in (claim.where, claim.against[2]))
        cells = np.where((a | not_a) & (b | not_b), 2 * a + b, 4)
        if claim.told("whole"):
            return cells.astype(np.uint8)
        each = np.bincount(cells, minlength=5).astype(np.float64)
        return (np.array([1.0, -1.0, -1.0, 1.0, 0.0]) / np.maximum(each, 1.0))[cells] * len(cells)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the effect of the first condition where the second holds (value) minus the same where it does not (base)."""
        x, cells, blocks = _parts(claim, verify)
        both, there, elsewhere = crossed(x, cells, level, clusters=blocks, rate=claim.measure.rate)
        side = 1.0 if claim.direction == "high" else -1.0
        here, away = float(claim.told("there")), float(claim.told("elsewhere"))
        holds = both.gap * side > 0 and there.gap * here > 0 and elsewhere.gap * away > 0
        p = max(both.p, there.tail, elsewhere.tail) if holds else 1.0
        if verify.timed and blocks is not None and holds:  # a mixture and a measure that wander, each by itself, cross by chance: not within a time
            one, here_too, there_too = crossed(_levelled(x, blocks), cells, level, clusters=blocks)
            still = one.gap * side > 0 and here_too.gap * here > 0 and there_too.gap * away > 0
            p = max(p, one.p, here_too.tail, there_too.tail) if still else 1.0
        each = np.bincount(cells[cells >= 0], minlength=4)
        full = bool(each.min() >= LEAST)
        extra = {f"cell {k}": float(x[cells == k].mean()) if each[k] else 0.0 for k in range(4)}
        far = _reach(x, each, there.gap, elsewhere.gap) if full else 0.0
        method = method_of(f"{both.method}, 2 x 2 contrast", verify, claim.looks)
        value, base = (there.gap, elsewhere.gap) if full else (0.0, 0.0)
        return Evidence(both.gap, both.low, both.high, p, len(x), method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Both effects of the first condition from the means of the four cells."""
        first, second = (Condition((term,)) for term in claim.where.terms)
        not_first, not_second = (Condition((term,)) for term in claim.against[2].terms)
        names = {"a": first, "b": second, "not_a": not_first, "not_b": not_second}
        flags = ",\n".join(f"               coalesce({c.to_sql()}, FALSE) AS {name}" for name, c in names.items())
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            "  SELECT avg(m) FILTER (WHERE a AND b) - avg(m) FILTER (WHERE not_a AND b) AS value,\n"
            "         avg(m) FILTER (WHERE a AND not_b) - avg(m) FILTER (WHERE not_a AND not_b) AS base,\n"
            "         count(m) FILTER (WHERE (a OR not_a) AND (b OR not_b)) AS n\n"
            f"  FROM (SELECT {claim.measure.to_sql()} AS m,\n{flags}\n"
            f"        FROM data WHERE {seen(half)}))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """The four means, and how much the effect differs."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        (first, second), (not_first, not_second) = ([t.say(lang) for t in c.terms] for c in (claim.where, claim.against[2]))
        column, on = (term.expression.say(lang) for term in claim.where.terms)
        mean = [w.amount(e.extra[f"cell {k}"], unit) for k in range(4)]
        there, elsewhere = w.difference(e.value, unit), w.difference(e.base, unit)
        gap, span, rows = w.difference(e.effect, unit), w.interval(e.low, e.high, unit), w.proof(count(e.n), e.half)
        turns, told = e.value * e.base < 0, claim.measure.told(lang)
        if lang == "zh":
            opening = glue(told, "因", column, "而异，其", "方向" if turns else "幅度", "取决于", on)
            one = f"{w.when(second)}，{glue(first, '的行为', mean[3])}，{glue(not_first, '的行为', mean[1])}（{there}）"
            other = f"{w.when(not_second)}，分别为 {mean[2]} 与 {mean[0]}（{elsewhere}）"
            return f"{opening}：{one}；{other}。两个差值相差 {gap}（{span}；{rows}）。"
        opening = f"{'Which way' if turns else 'How far'} {told[0].lower()}{told[1:]} differs by {column} depends on {on}"
        one = f"where {second}, it is {mean[3]} where {first} and {mean[1]} where {not_first} ({there})"
        other = f"where {not_second}, it is {mean[2]} and {mean[0]} ({elsewhere})"
        return f"{opening}: {one}; {other}. The two differences lie {gap} apart ({span}; {rows})."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the four cells."""
        x, cells, _ = _parts(claim, verify)
        bars = []
        for place, condition in zip((3, 1, 2, 0), (claim.where, claim.against[1], claim.against[0], claim.against[2]), strict=True):
            mask = cells == place
            if mask.any():
                role = "segment" if place >= 2 else "wider"
                bars.append({"group": sign(condition), "value": float(x[mask].mean()), "n": int(mask.sum()), "role": role})
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """A discount that raises sales at weekends and lowers them on other days."""
        rng = np.random.default_rng(23)
        n = 6_000
        discount, weekend, member = rng.random(n) < 0.4, rng.random(n) < 0.3, rng.random(n) < 0.5
        sales = 100 + 10 * member + discount * np.where(weekend, 20, -8) + rng.normal(0, 30, n)
        named = {"discount": (discount, "given", "none"), "day": (weekend, "end of week", "working day"), "member": (member, "yes", "no")}
        columns = {name: np.where(mask, yes, no).astype(object) for name, (mask, yes, no) in named.items()}
        truth = Condition((Term("discount", "is", "given"), Term("day", "is", "end of week")))
        return Example({**columns, "sales": sales}, "sales", truth)


def _pairs(codes: Codes, items: list[int]) -> int:
    """How many pairs of items of two columns there are."""
    each = np.bincount([codes.column_of(i) for i in items], minlength=1)
    return (len(items) ** 2 - int(each @ each)) // 2


def _crossing(codes: Codes, cells: Met, ready: Scaled, items: list[int], middle: float) -> Iterator[_Found]:
    """Pairs of items whose contrast is clear and is not one cell that stands out."""
    columns = np.array([codes.column_of(i) for i in items])
    for some in np.array_split(np.arange(len(items)), 1 + len(items) ** 2 // PAIRS):
        first, second = np.nonzero(columns[some][:, None] < columns)
        first = some[first]
        n, s, q = _four(cells, first, second)  # (pairs, 2, 2): first and second condition, without and with
        safe = np.maximum(n, 1.0)
        mean = s / safe
        error = np.maximum(q / safe - mean**2, 0.0) / np.maximum(n - 1, 1.0)
        gap = mean[:, 1, 1] - mean[:, 0, 1] - mean[:, 1, 0] + mean[:, 0, 0]
        z = np.abs(gap) / np.sqrt(np.maximum(error.sum(axis=(1, 2)), 1e-300))
        sides = np.sqrt(np.maximum(n.sum(axis=1).prod(axis=1) * n.sum(axis=2).prod(axis=1), 1.0))
        tied = np.abs(n[:, 0, 0] * n[:, 1, 1] - n[:, 0, 1] * n[:, 1, 0]) >= TIED * sides
        for k in np.flatnonzero((n >= least_rows(len(ready.x))).all(axis=(1, 2)) & (z >= KEEP) & ~tied):
            a, b = items[int(first[k])], items[int(second[k])]
            for way, (means, errors) in enumerate(((mean[k], error[k]), (mean[k].T, error[k].T))):
                told = _depends(means, errors, ready, middle)
                if told:
                    pair = (a, b) if way == 0 else (b, a)
                    whole = told == 2 and _most(n[k] if way == 0 else n[k].T, means)
                    yield _Found((told, float(z[k])), whole, *pair, *map(float, (means[1] - means[0])[::-1]))


def _four(cells: Met, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(3, pairs, 2, 2) rows, sums and squares without and with each of two contrasts; rows that lack a column do not count."""
    both, one = cells.sums[:, cells.own[first], cells.own[second]], cells.sums[:, cells.own[first], cells.whole[second]]
    other, every = cells.sums[:, cells.whole[first], cells.own[second]], cells.sums[:, cells.whole[first], cells.whole[second]]
    return np.stack([every - one - other + both, other - both, one - both, both], axis=-1).reshape(3, -1, 2, 2)


def _depends(mean: np.ndarray, error: np.ndarray, ready: Scaled, middle: float) -> int:
    """2 where the first condition's effect turns round with the second, 1 where it is much larger on one side, 0 where neither is sure.

    mean, error (2, 2): mean in standard deviations and squared standard error of each cell, by the first condition and the second.
    """
    effects, errors = mean[1] - mean[0], np.sqrt(np.maximum(error[1] + error[0], 1e-300))
    if (np.abs(effects) < np.maximum(WORTH, SIDE * errors)).any():
        return 0
    if effects[0] * effects[1] < 0:
        return 2
    large = int(np.argmax(np.abs(effects)))
    if abs(effects[large]) < DOUBLED * abs(effects[1 - large]):
        return 0
    plain = mean * ready.sd + middle
    if (plain <= 0).any() or (ready.scale[1] >= 0 and (plain >= 1).any()):
        return 1
    ratios = np.log(plain / (1 - plain) if ready.scale[1] >= 0 else plain)
    steps = np.abs(ratios[1] - ratios[0])
    return int(steps[large] >= RATIO * steps[1 - large])


def _most(n: np.ndarray, mean: np.ndarray) -> bool:
    """Whether the first condition's effects are most of what parts the four cells: rows n and means (2, 2), by the first and the second."""
    sides = n.sum(axis=0)
    middle = (n * mean).sum(axis=0) / sides
    within = float((n * (mean - middle) ** 2).sum())
    between = float((sides * (middle - (n * mean).sum() / n.sum()) ** 2).sum())
    return within >= between


def _levelled(x: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """The measure (n,) less the mean of its block."""
    _, of = np.unique(blocks, return_inverse=True)
    return x - (np.bincount(of, x) / np.bincount(of))[of]


def _reach(x: np.ndarray, each: np.ndarray, there: float, elsewhere: float) -> float:
    """The correlation of the measure with the first condition on either side of the second; each (4,): rows of the cells."""
    total = float(((x - x.mean()) ** 2).sum())
    told = there**2 * each[3] * each[1] / (each[3] + each[1]) + elsewhere**2 * each[2] * each[0] / (each[2] + each[0])
    return min(1.0, math.sqrt(float(told) / total)) if total > 0 else 0.0


def _claim(codes: Codes, found: _Found, measure: Measure, looks: int) -> Claim:
    first, not_first, second, not_second = codes.terms[found.effect], rest(codes, found.effect), codes.terms[found.on], rest(codes, found.on)
    there, elsewhere = found.there, found.elsewhere
    if abs(there) < abs(elsewhere) and not_second.op != "is not":  # of two sides the one with the larger effect is told first, and as a rise
        second, not_second, there, elsewhere = not_second, second, elsewhere, there
    if there < 0 and not_first.op != "is not":
        first, not_first, there, elsewhere = not_first, first, -there, -elsewhere
    against = (Condition((first, not_second)), Condition((not_first, second)), Condition((not_first, not_second)))
    direction = "high" if there > elsewhere else "low"
    detail = (("there", math.copysign(1.0, there)), ("elsewhere", math.copysign(1.0, elsewhere)), ("whole", found.whole))
    return Claim("interaction", Condition((first, second)), measure, direction, found.clear[1], against, looks=looks, detail=detail)


def _parts(claim: Claim, verify: Verify) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """(the measure, the cell, the block) of the rows that have all of them; cells: 3 both conditions, 2 the first, 1 the second, 0 neither."""
    x = claim.measure.values(verify.rows)
    (a, b), (not_a, not_b) = ([t.holds(verify.rows) for t in c.terms] for c in (claim.where, claim.against[2]))
    kept = np.flatnonzero(~np.isnan(x) & (a | not_a) & (b | not_b))
    return x[kept], (2 * a + b)[kept].astype(np.int64), None if verify.blocks is None else verify.blocks[kept]
