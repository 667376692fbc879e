"""Rules before the rows that judge them: how many keep a rule, how many would keep it by chance, and the p of that.

Two rows of one group agree by chance as often as any two rows do. Each row takes part in one pair, so the number of pairs that agree is binomial;
of rows in blocks the first of each block and group takes part, unless the groups are the blocks themselves.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrc

from ..core.finding import Claim
from ..core.rows import Rows
from ..core.split import Verify
from ..stats.association import correlation
from ..stats.intervals import newcombe
from ..stats.repeats import repeated
from ..stats.tests import Contrast, clustered
from ._determined import agreement, codes_of, equals, groups_of

__all__ = ["Judged", "kept", "same", "twins"]

Judged = tuple[Contrast, float, float, int]  # the comparison, value, base, rows
LEAST = 5  # rows


def twins(claim: Claim, verify: Verify, level: float) -> Judged:
    """How nearly two numbers order the rows alike."""
    x, y = claim.by[0].values(verify.rows), claim.measure.values(verify.rows)
    known = ~np.isnan(x) & ~np.isnan(y)
    made = correlation(x[known], y[known], level, None if verify.blocks is None else verify.blocks[known])
    return made, made.gap, 0.0, int(known.sum())


def same(claim: Claim, verify: Verify, level: float) -> Judged:
    """How many rows hold the same in both columns, and how many would by chance."""
    one, other = claim.by[0].columns()[0], claim.measure.name
    equal = equals(verify.rows, one, other)
    known = np.flatnonzero(~np.isnan(equal))
    n = len(known)
    if n < LEAST:
        return Contrast(0.0, -1.0, 1.0, 1.0, "too few rows"), 0.0, 0.0, n
    value, rows = float(equal[known].mean()), verify.rows.take(known)
    base = _chance(rows, one, other)
    units = np.arange(n) if verify.blocks is None else np.unique(verify.blocks[known], return_index=True)[1]
    p = _binomial_tail(int(equal[known][units].sum()), len(units), base)
    hits = round(value * n)
    gap = value - base
    low, high = newcombe(hits, n, base * n, n, level)
    return Contrast(gap, min(gap, low), max(gap, high), p, "exact binomial of equal rows"), value, base, n


def _chance(rows: Rows, one: str, other: str) -> float:
    """How often two columns would hold the same if what they hold were dealt anew."""
    if rows.storage(one) == "text":
        a, b = rows.coded(one), rows.coded(other)
        theirs = dict(zip(b.levels, b.counts().tolist(), strict=True))
        return sum(k * theirs.get(level, 0) for level, k in zip(a.levels, a.counts().tolist(), strict=True)) / rows.n**2
    x, k = np.unique(rows[one], return_counts=True)
    y, m = np.unique(rows[other], return_counts=True)
    _, i, j = np.intersect1d(x, y, return_indices=True)
    return float((k[i].astype(np.float64) * m[j]).sum()) / rows.n**2


def kept(claim: Claim, verify: Verify, level: float) -> Judged:
    """How many rows hold what is usual in their group, and how many what is usual in all rows."""
    names = [name for expression in claim.by for name in expression.columns()]
    by, of = groups_of([codes_of(verify.rows, name) for name in names]), codes_of(verify.rows, claim.measure.name)
    value, base, _, _, n = agreement(by, of)
    if n < LEAST:
        return Contrast(0.0, -1.0, 1.0, 1.0, "too few rows"), 0.0, 0.0, n
    paired = _chosen(by, of, verify.blocks)
    p = repeated(by[paired], of[paired])
    gap = value - base
    low, high = newcombe(round(value * n), n, round(base * n), n, level)
    if verify.blocks is not None:
        low, high = _wider(by, of, verify.blocks, level, (low, high), gap)
    return Contrast(gap, min(low, gap), max(high, gap), p, "exact binomial of disjoint pairs"), value, base, n


def _is_block(by: np.ndarray, blocks: np.ndarray) -> bool:
    """Whether the groups are the blocks themselves (the entity that decides its own columns)."""
    known = by >= 0
    both = len(np.unique(np.stack([by[known], blocks[known]]), axis=1).T) if known.any() else 0
    return both > 0 and both == len(np.unique(by[known])) == len(np.unique(blocks[known]))


def _chosen(by: np.ndarray, of: np.ndarray, blocks: np.ndarray | None) -> np.ndarray:
    """The places of the rows that are paired: those that have both; of rows in blocks the first of each block and group."""
    known = np.flatnonzero((by >= 0) & (of >= 0))
    if blocks is None or _is_block(by, blocks):
        return known
    width = int(blocks.max(initial=0)) + 1
    return known[np.sort(np.unique(by[known] * width + blocks[known], return_index=True)[1])]


def _binomial_tail(hits: int, n: int, chance: float) -> float:
    """P of as many hits or more among n, each with probability `chance`."""
    if n == 0 or hits == 0:
        return 1.0
    return float(min(1.0, bdtrc(hits - 1, n, min(max(chance, 1e-9), 1.0))))


def _wider(by: np.ndarray, of: np.ndarray, blocks: np.ndarray, level: float, ends: tuple[float, float], gap: float) -> tuple[float, float]:
    """The interval made at least as wide as blocks of rows want it: the share of kept rows by the sums of blocks."""
    known = (by >= 0) & (of >= 0)
    width = int(of.max(initial=0)) + 1
    cells = by[known] * width + of[known]
    counts = np.unique(cells, return_inverse=True, return_counts=True)
    own = counts[2][counts[1]]
    most = np.zeros(int(by.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(most, by[known], own)
    kept = (own == most[by[known]]).astype(np.float64)
    usual = (of[known] == np.bincount(of[known]).argmax()).astype(np.float64)
    both = np.concatenate([kept, usual])
    member = np.arange(len(both)) < len(kept)
    made = clustered(both, member, np.concatenate([blocks[known]] * 2), level)
    return min(ends[0], gap + made.low - made.gap), max(ends[1], gap + made.high - made.gap)
