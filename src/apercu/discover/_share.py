"""The search and the tests behind `share`: which levels lead, which columns are evenly filled, which level is usual in one group only.

Null hypotheses and assumptions are told in `share`. Families are fixed before shares are looked at: a column counts once for each kind of claim,
and a claim about the levels that lead pays for its choice among them where it is judged on the rows that chose them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from ..core.condition import EVERYONE, Condition
from ..core.expression import Column
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.equivalence import Equal, even
from ..stats.exact import above, choices
from ..stats.influence import design, error
from ..stats.intervals import wilson
from ._compare import LEAST, compare, method_of, reach
from ._groups import Grouped, coded_levels, grouped, level_is, same_levels

__all__ = ["MARGIN", "candidates", "counted_even", "held", "weighed", "within"]

LEVELS: Final = 30  # levels of a column that is looked at level by level
TAILED: Final = 500  # levels of a column of which a few may hold half
ALIKE: Final = 3  # least levels that can lead: of two, one always does
LED: Final = (1.5, 1.3)  # how many times an even share one level, or two, must hold to be worth naming
MOST_LEADERS: Final = 10  # levels of a long tail's head
TAIL_SHARE: Final = 0.2  # largest share of all levels that the head may be
HALF: Final = 0.5  # what the head must hold
MARGIN: Final = 0.3  # Cohen's w of a composition that is not even: medium (Cohen 1988); w is how far shares are off, in even shares
CLEAR: Final = 0.5  # largest part of the margin that an even composition may show
SEGMENT: Final = 250  # least rows of a group within which evenness can be proved at all
GAP: Final = 0.15  # least difference of a level's share in a group to its share elsewhere
USUAL: Final = 0.3  # least share of a level that is called usual in a group
TWINS: Final = 0.5  # share of common levels from which two columns record one thing, and going together is no news
KEEP: Final = 3.5  # least z
EVEN_KEPT, SEGMENTS_KEPT, WITHIN_KEPT, TOTALS_KEPT = 6, 2, 5, 3  # claims of a kind
ROWS_HELD: Final = 30.0  # rows, by weight, on which a total must rest
NUMBERS: Final = 3  # numbers whose totals are looked at
AVERAGED: Final = re.compile(
    r"(?i)percent|pct|rate|ratio|(^|_|\b)(age|score|index|year|month|day|hours?|lat\w*|lon\w*)($|_|\b)|%|率|年龄|评分|得分|占比|时长"
)


def candidates(search: Search, name: str) -> Iterator[Claim]:
    """The claims of every kind, each with the number of hypotheses that all of them were chosen from."""
    counts = next((m for m in search.measures if m.counts), None)
    if counts is None:
        return
    columns = grouped(search, 2, LEVELS)
    long = [g for g in grouped(search, ALIKE, TAILED) if len(g.levels) > LEVELS]
    numbers = [m for m in search.measures if _adds_up(m, search)][:NUMBERS]
    segments = [(a, i) for a in columns for i in range(len(a.levels)) if a.counts[i] >= SEGMENT]
    pairs = [(a, b) for a, b in combinations(columns, 2) if len(set(a.levels) & set(b.levels)) <= TWINS * min(len(a.levels), len(b.levels))]
    looks = 3 * len(columns) + len(long) + len(numbers) * len(columns) + len(segments) * max(len(columns) - 1, 0) + len(pairs)
    made = [*_leading(counts, columns, long, search), *_evenly(counts, columns, segments)]
    made += _totals(numbers, columns, search)
    made += _usual(pairs, search)
    for where, measure, direction, strength, by, detail in made:
        yield Claim(name, where, measure, direction, strength, by=by, looks=looks, detail=tuple(detail.items()))


Made = tuple[Condition, Measure, str, float, tuple[Column, ...], Mapping[str, Any]]


def _adds_up(measure: Measure, search: Search) -> bool:
    """Whether a total of the number means anything: money and quantities, nothing below zero, no ages or percentages."""
    if measure.counts or measure.rate or measure.unit == "days" or AVERAGED.search(measure.name):
        return False
    x = search.values(measure)
    x = x[~np.isnan(x)]
    return len(x) > ROWS_HELD and float(x.min()) >= 0.0 and float(x.max()) > 0.0


def _leading(measure: Measure, columns: list[Grouped], long: list[Grouped], search: Search) -> Iterator[Made]:
    for g in columns:
        if len(g.levels) >= ALIKE:
            yield from _leaders(measure, g, g.counts.astype(np.float64), float(g.counts.sum()))
    for g in long:
        order, total = g.order(), float(g.counts.sum())
        head = int(np.searchsorted(np.cumsum(g.counts[order]), HALF * total)) + 1
        if 2 < head <= min(MOST_LEADERS, TAIL_SHARE * len(g.levels)):
            yield _lead(measure, g, order, head, g.counts.astype(np.float64), total)


def _leaders(measure: Measure, g: Grouped, sums: np.ndarray, rows: float) -> Iterator[Made]:
    """The level or the two levels that stand out, cut where the step to the next is widest."""
    order = np.argsort(-sums, kind="stable")
    shares = sums[order] / max(float(sums.sum()), 1e-300)
    k = len(shares)
    fit = [m for m in (1, 2) if m < k - (m == 2) and shares[:m].sum() >= LED[m - 1] * m / k and shares[m - 1] > 1 / k]
    if fit:
        m = max(fit, key=lambda m: shares[m - 1] - shares[m])
        made = _lead(measure, g, order, m, sums, rows)
        if made[3] >= KEEP:
            yield made


def _lead(measure: Measure, g: Grouped, order: np.ndarray, picked: int, sums: np.ndarray, rows: float) -> Made:
    k, total = len(g.levels), float(sums.sum())
    value, base = float(sums[order[:picked]].sum()) / total, picked / k
    strength = (value - base) / math.sqrt(base * (1 - base) / rows)
    leading = tuple(g.levels[i] for i in order[:picked])
    following = g.levels[order[picked]] if picked <= 2 else ""
    detail = {"kind": "lead", "column": g.name, "picked": picked, "of": k, "leading": leading, "next": following}
    return level_is(g.name, *leading), measure, "high", strength, (), {**detail, "levels": tuple(g.levels[i] for i in order[:LEVELS])}


def _totals(numbers: list[Measure], columns: list[Grouped], search: Search) -> list[Made]:
    found: list[Made] = []
    for measure in numbers:
        x = search.values(measure)
        for g in columns:
            known = (g.codes >= 0) & ~np.isnan(x)
            if len(g.levels) >= ALIKE and measure.columns() != (g.name,) and (total := float(x[known].sum())) > 0:
                rows = total**2 / float((x[known] ** 2).sum())
                found += _leaders(measure, g, np.bincount(g.codes[known], x[known], len(g.levels)), rows) if rows >= ROWS_HELD else ()
    return sorted(found, key=lambda made: -made[3])[:TOTALS_KEPT]


def _evenly(measure: Measure, columns: list[Grouped], segments: list[tuple[Grouped, int]]) -> list[Made]:
    found: list[Made] = []
    tried = [(EVERYONE, g, g.counts) for g in columns]
    for a, i in segments:
        here = level_is(a.name, a.levels[i])
        tried += [
            (here, g, np.bincount(g.codes[(a.codes == i) & (g.codes >= 0)], minlength=len(g.levels)))
            for g in columns
            if g is not a and len(g.levels) >= ALIKE
        ]
    for where, g, counts in tried:
        tested = even(counts, MARGIN)
        if tested.size <= CLEAR * MARGIN and (z := _z(tested.p)) >= KEEP:
            order = np.argsort(-counts, kind="stable")
            detail = {"kind": "even", "column": g.name, "levels": tuple(g.levels[i] for i in order)}
            found.append((where, measure, "flat", z, (Column(g.name),), detail))
    found.sort(key=lambda made: (-made[3], made[0].say(), len(made[4][0].name), made[4][0].name))
    return [made for made in found if not made[0].terms][:EVEN_KEPT] + [made for made in found if made[0].terms][:SEGMENTS_KEPT]


def _usual(pairs: list[tuple[Grouped, Grouped]], search: Search) -> list[Made]:
    """Of each pair of columns, the level that is most unusually frequent in a level of the other."""
    measured = {(m.columns(), m.level) for m in search.measures if m.rate}
    found: list[Made] = []
    for one, two in pairs:
        if same_levels(one, two) or same_levels(two, one):
            continue
        best = max((_cell(a, b, measured) for a, b in ((one, two), (two, one))), key=lambda cell: cell[0])
        if best[0] > 0:
            gap, z, a, i, b, j = best
            level = str(b.levels[j]) if isinstance(b.levels[j], str) else f"{b.levels[j]:g}"
            detail = {"kind": "within", "column": b.name, "choices": float(len(a.levels) * len(b.levels)), "gap": gap}
            found.append((level_is(a.name, a.levels[i]), Measure(b.name, Column(b.name), level), "high", z, (), detail))
    return sorted(found, key=lambda made: (-made[3], made[0].say()))[:WITHIN_KEPT]


def _cell(a: Grouped, b: Grouped, measured: set[tuple[tuple[str, ...], str]]) -> tuple[float, float, Grouped, int, Grouped, int]:
    """(gap, z, group column, its level, the other column, its level) of the clearest cell that is worth naming; gap 0 where none is."""
    known = (a.codes >= 0) & (b.codes >= 0)
    ka, kb = len(a.levels), len(b.levels)
    table = np.bincount(a.codes[known] * kb + b.codes[known], minlength=ka * kb).reshape(ka, kb).astype(np.float64)
    n, rows, columns = table.sum(), table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    inside = table / np.maximum(rows, 1)
    outside = (columns - table) / np.maximum(n - rows, 1)
    pooled = columns / max(n, 1)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / np.maximum(rows, 1) + 1 / np.maximum(n - rows, 1)))
    z = (inside - outside) / spread
    fit = (inside - outside >= GAP) & (inside >= max(USUAL, LED[0] / kb)) & (rows >= 2 * LEAST) & (z >= KEEP)
    if measured:
        fit &= ~np.array([((b.name,), str(level)) in measured for level in b.levels])[None, :]
    if not fit.any():
        return 0.0, 0.0, a, 0, b, 0
    i, j = np.unravel_index(int(np.argmax(np.where(fit, z, -np.inf))), z.shape)
    return float(inside[i, j] - outside[i, j]), float(z[i, j]), a, int(i), b, int(j)


def _z(p: float) -> float:
    """The z with the same upper tail."""
    return float(-ndtri(max(p, 1e-300)))


def weighed(claim: Claim, rows: Rows) -> np.ndarray:
    """(n,) what each row adds: 1, or the number whose total is shared out."""
    return claim.measure.values(rows)


def held(claim: Claim, verify: Verify, level: float) -> Evidence:
    """The share that the leading levels hold, against an even share."""
    picked, k = int(claim.told("picked")), int(claim.told("of"))
    base, rows = picked / k, verify.rows
    column = claim.told("column")
    x = weighed(claim, rows)
    known = np.flatnonzero(_present(rows, column) & ~np.isnan(x))
    x, inside, n = x[known], claim.where.holds(rows)[known], len(known)
    total = float(x.sum()) if n else 0.0
    following = float(x[_level(rows, column, claim.told("next", ""))[known]].sum()) / total if total > 0 and claim.told("next", "") != "" else 0.0
    if n < 2 * LEAST or total <= 0.0:
        return Evidence(
            0.0, -math.inf, math.inf, 1.0, n, method_of("too few rows", verify, claim.looks), verify.half, base, base, level, 0.0, {"next": 0.0}
        )
    value = float(x[inside].sum()) / total
    blocks = None if verify.blocks is None else verify.blocks[known]
    off, freedom = error(x * (inside - value) / total, blocks)
    plain = claim.measure.counts
    if not plain:
        freedom = max(1.0, min(freedom, total**2 / float(x @ x) - 1))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * off if math.isfinite(off) else math.inf
    low, high = value - half, value + half
    p = float(stdtr(freedom, -(value - base) / off)) if math.isfinite(off) and off > 0 else float(value <= base or not math.isfinite(off))
    method = "t on influences"
    if plain:
        hits, (least, most) = int(inside.sum()), wilson(float(inside.sum()), n, level)
        exact, method = above(hits, n, base), "exact binomial"
        low, high, p = (least, most, exact) if blocks is None else (min(low, least), max(high, most), max(p, exact))
    if verify.half == "all":
        p = min(1.0, math.exp(min(0.0, math.log(max(p, 1e-300)) + choices(k, picked))))
    effect = value - base
    return Evidence(
        effect, min(low - base, effect), max(high - base, effect), p, n, method_of(method, verify, claim.looks), verify.half, value, base, level,
        _far(effect, base), {"next": following},
    )  # fmt: skip


def _far(effect: float, base: float) -> float:
    """How far a share is from an even one, as a correlation: Cohen's w of the level against all others, as a contingency coefficient."""
    w = max(0.0, effect) / math.sqrt(base * (1 - base))
    return w / math.sqrt(1 + w**2)


def _present(rows: Rows, column: str) -> np.ndarray:
    return rows.coded(column).codes >= 0 if rows.storage(column) == "text" else ~np.isnan(rows[column])


def _level(rows: Rows, column: str, level: str | float) -> np.ndarray:
    return coded_levels(rows, column, (level,)) == 0


def counted_even(claim: Claim, verify: Verify, level: float) -> tuple[np.ndarray, Equal, Equal]:
    """(rows of each level, the test at `level`, the same at 95 %)."""
    levels = claim.told("levels")
    codes = coded_levels(verify.rows, claim.told("column"), levels)
    usable = (codes >= 0) & claim.where.holds(verify.rows)
    codes = codes[usable]
    counts = np.bincount(codes, minlength=len(levels))
    n, effect = len(codes), 1.0
    if verify.blocks is not None and n:
        blocks = verify.blocks[usable]
        effect = design(((codes == j) - counts[j] / n for j in range(len(levels))), blocks)
    return counts, even(counts, MARGIN, level, effect), even(counts, MARGIN, 0.95, effect)


def within(claim: Claim, verify: Verify, level: float) -> Evidence:
    """The share of a level in a group against its share elsewhere."""
    x = claim.measure.values(verify.rows)
    known = ~np.isnan(x)
    inside = claim.where.holds(verify.rows) & known
    rest = known & ~inside
    gap = compare(verify, claim.measure, inside, rest, level)
    n, others = int(inside.sum()), int(rest.sum())
    value, base = (float(x[m].mean()) if m.any() else 0.0 for m in (inside, rest))
    p = gap.p if gap.gap > 0 else 1.0
    if verify.half == "all":
        p = min(1.0, p * claim.told("choices", 1.0))
    far = reach(gap.gap, x, n, others)
    method = method_of(gap.method, verify, claim.looks)
    return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, {"rest": float(others)})
