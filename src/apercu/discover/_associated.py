"""Links before the rows that judge them: correlations inside and outside a segment, or beyond what time alone makes; shares of levels; series."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

import numpy as np

from ..core.condition import Term
from ..core.finding import Claim, Evidence
from ..core.split import Verify
from ..stats.association import correlation, correlation_gap, cramers_v, lagged, ranks
from ..stats.tests import Contrast
from ._compare import compare, method_of, reach
from ._lagged import changes

__all__ = ["correlated", "fifths", "in_time", "shares"]

STRETCHES: Final = 30  # stretches of time within which two numbers must be linked as well
STRETCH: Final = 50  # least rows of a stretch


def correlated(claim: Claim, verify: Verify, level: float) -> Evidence:
    """A rank correlation, or for a segment the difference of two."""
    shape = claim.told("shape")
    x, y, hit, blocks = _read(claim, verify)
    n, rest = int(hit.sum()), int((~hit).sum())
    if shape == "segment":
        made = correlation_gap(x, y, hit, level, blocks)
        value, base = (correlation(x[side], y[side]).gap for side in (hit, ~hit))
        value, base = (value, base) if made.method != "too few rows" else (0.0, 0.0)
        far = abs(made.gap) * math.sqrt(n * rest) / max(n + rest, 1)
    else:
        made = _beyond_time(claim, verify, x, y, blocks, correlation(x, y, level, blocks))
        value, base, far = made.gap, 0.0, abs(made.gap)
    p = made.p if made.gap * claim.told("sign", 1.0) > 0 else 1.0
    if shape == "bent" and not _turns(claim, verify):
        p = 1.0
    extra = {"rest": float(rest), **_ends(claim, verify)}
    share = len(x) / max(verify.rows.n, 1)
    method = method_of(made.method, verify, claim.looks)
    return Evidence(made.gap, made.low, made.high, p, n, method, verify.half, value, base, level, min(1.0, far * math.sqrt(share)), extra)


def fifths(claim: Claim) -> list[Term]:
    """The groups of the number that goes along, lowest first."""
    cuts, of = claim.told("cuts", ()), claim.by[0]
    if not cuts:
        return []
    between = [Term(of, "between", (math.nextafter(low, math.inf), high)) for low, high in pairwise(cuts)]
    return [Term(of, "<=", cuts[0]), *between, Term(of, ">", cuts[-1])]


def _read(claim: Claim, verify: Verify) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """(x, y, rows of the segment, blocks) of the rows that have both numbers; x is the distance from the middle where that is the claim."""
    x, y = claim.by[0].values(verify.rows), claim.measure.values(verify.rows)
    known = ~np.isnan(x) & ~np.isnan(y)
    hit = claim.where.holds(verify.rows)
    if claim.told("shape") == "bent":
        x = np.abs(x - claim.told("middle"))
    return x[known], y[known], hit[known], None if verify.blocks is None else verify.blocks[known]


def _beyond_time(claim: Claim, verify: Verify, x: np.ndarray, y: np.ndarray, blocks: np.ndarray | None, made: Contrast) -> Contrast:
    """A correlation that also holds among rows of one stretch of time: two numbers that wander, or trend, are linked by the calendar alone."""
    clock = claim.told("clock")
    if clock is None or clock not in verify.rows or len(x) < STRETCH:
        return made
    of_x, of_y = claim.by[0].values(verify.rows), claim.measure.values(verify.rows)
    when = verify.rows[clock][~np.isnan(of_x) & ~np.isnan(of_y)]
    known = ~np.isnat(when)
    if known.sum() < STRETCH:
        return made
    stretches = min(STRETCHES, int(known.sum()) // STRETCH)
    place = (ranks(when[known].astype(np.int64)) - 1) * stretches // int(known.sum())
    a, b = (_centred(ranks(v[known]), place.astype(np.int64)) for v in (x, y))
    within = correlation(a, b, clusters=None if blocks is None else blocks[known])
    return made._replace(p=max(made.p, within.p) if within.gap * made.gap > 0 else 1.0)


def _centred(x: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(n,) x less the mean of its stretch."""
    return x - (np.bincount(place, x) / np.maximum(np.bincount(place), 1))[place]


def _turns(claim: Claim, verify: Verify) -> bool:
    """Whether the unseen rows, too, rise on one side of the middle and fall on the other."""
    x, y = claim.by[0].values(verify.rows), claim.measure.values(verify.rows)
    known = ~np.isnan(x) & ~np.isnan(y)
    left, right = (correlation(x[known & side], y[known & side]).gap for side in (x <= claim.told("middle"), x > claim.told("middle")))
    return left * right < 0


def _ends(claim: Claim, verify: Verify) -> dict[str, float]:
    """The means of the told number in the lowest, the middle and the highest group of the other."""
    groups, y = fifths(claim), claim.measure.values(verify.rows)
    if len(groups) < 3:
        return {}
    told = {"lowest": groups[0], "middle": groups[len(groups) // 2], "highest": groups[-1]}
    masks = {name: term.holds(verify.rows) & ~np.isnan(y) for name, term in told.items()}
    return {name: float(y[mask].mean()) for name, mask in masks.items()} if all(mask.any() for mask in masks.values()) else {}


def shares(claim: Claim, verify: Verify, level: float) -> Evidence:
    """The share of a level where another level is, less that elsewhere."""
    y = claim.measure.values(verify.rows)
    known, inside = ~np.isnan(y), claim.where.holds(verify.rows)
    made = compare(verify, claim.measure, inside, ~inside, level)
    n, rest = int((inside & known).sum()), int((known & ~inside).sum())
    value = float(y[inside & known].mean()) if n else 0.0
    base = float(y[known & ~inside].mean()) if rest else 0.0
    p = made.p if made.gap * claim.told("sign", 1.0) > 0 else 1.0
    names = (claim.by[0].columns()[0], claim.measure.name)
    v = _v(*(verify.rows.coded(name).codes for name in names)) if all(verify.rows.storage(name) == "text" for name in names) else 0.0
    extra = {"rest": float(rest), "v": v}
    method = method_of(made.method, verify, claim.looks)
    far = min(v, reach(made.gap, y, n, rest))  # a cell may be clear and the columns still go their own ways
    return Evidence(made.gap, made.low, made.high, p, n, method, verify.half, value, base, level, far, extra)


def _v(a: np.ndarray, b: np.ndarray) -> float:
    known = (a >= 0) & (b >= 0)
    if not known.any():
        return 0.0
    width = int(b.max()) + 1
    return cramers_v(np.bincount(a[known].astype(np.int64) * width + b[known], minlength=(int(a.max()) + 1) * width).reshape(-1, width))


def in_time(claim: Claim, verify: Verify, level: float) -> Evidence:
    """The correlation of the changes of two series."""
    earlier, later = changes(claim, verify.rows)
    made: Contrast = lagged(earlier, later, level)
    n = int((~np.isnan(earlier) & ~np.isnan(later)).sum())
    paid = claim.told("family", 1) if verify.half == "verify" else 1  # in small tables the whole search is paid for anyway
    p = min(1.0, made.p * paid) if made.gap * claim.told("sign", 1.0) > 0 else 1.0
    method = method_of(f"{made.method}, {paid:,} pairs and lags paid for" if paid > 1 else made.method, verify, claim.looks)
    return Evidence(made.gap, made.low, made.high, p, n, method, verify.half, made.gap, 0.0, level, abs(made.gap) / 2)
