"""Two groups of unseen rows compared by the test that is valid for them, and the SQL that gives the same numbers.

Rates: Fisher's exact test with Newcombe's interval. Means: Welch's t where rows are many and tails light, else the studentised permutation
test. Where rows come in blocks (entities, stretches of time), also the clustered t-test; the larger p and the wider interval count, so
neither few rows nor dependent ones can make a finding. Where the blocks are stretches of time, the difference must also hold among rows of the
same stretch: two things that drift, each for itself, differ together over the whole clock (spurious regression, Granger & Newbold 1974).
"""

from __future__ import annotations

import math
import zlib
from typing import Final

import numpy as np

from ..core.condition import Condition
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.split import Verify
from ..stats.intervals import newcombe
from ..stats.tests import Contrast, clustered, fisher, light_tails, permuted, welch, within

__all__ = ["compare", "compared", "method_of", "nothing", "query", "reach", "seen"]

LEAST: Final = 5  # rows in each group, below which nothing can be said


def nothing(method: str) -> Contrast:
    """What is known of a comparison that cannot be made."""
    return Contrast(0.0, float("-inf"), float("inf"), 1.0, method)


def compare(verify: Verify, measure: Measure, inside: np.ndarray, outside: np.ndarray, level: float = 0.95) -> Contrast:
    """Mean of the measure where `inside` minus its mean where `outside` (bool masks that share no row); rows without the measure do not count."""
    return compared(measure.values(verify.rows), inside, outside, verify, level, rate=measure.rate)


def compared(x: np.ndarray, inside: np.ndarray, outside: np.ndarray, verify: Verify, level: float = 0.95, *, rate: bool = False) -> Contrast:
    """The same of values `x` (n,) that a pattern has at hand; NaN is missing."""
    gone = np.isnan(x)
    if gone.any():
        inside, outside = inside & ~gone, outside & ~gone
    a, b = x[inside], x[outside]
    if len(a) < LEAST or len(b) < LEAST:
        return nothing("too few rows")
    if rate:
        hits, base_hits = int(a.sum()), int(b.sum())
        gap, p = float(a.mean() - b.mean()), fisher(hits, len(a), base_hits, len(b))
        tail = fisher(hits, len(a), base_hits, len(b), side=1 if gap > 0 else -1)
        plain = Contrast(gap, *newcombe(hits, len(a), base_hits, len(b), level), p, "Fisher exact", tail)
    elif light_tails(a) and light_tails(b):
        plain = welch(a, b, level)
    else:
        plain = permuted(a, b, level, seed=zlib.crc32(inside.tobytes()))
    if verify.blocks is None:
        return plain
    both = inside | outside
    block = clustered(x[both], inside[both], verify.blocks[both], level)
    method, p, tail = f"{plain.method} and {block.method}", max(plain.p, block.p), max(plain.tail, block.tail)
    if verify.timed:
        same = within(x[both], inside[both], verify.blocks[both], level)
        agrees = same.gap * plain.gap > 0
        p, tail = (max(p, same.p), max(tail, same.tail)) if agrees else (1.0, 1.0)
    return Contrast(plain.gap, min(plain.low, block.low), max(plain.high, block.high), p, method, tail)


def method_of(method: str, verify: Verify, looks: int = 0) -> str:
    """The name of the proof: the test on unseen rows, or, where all rows were searched, how the search is paid for."""
    if verify.half == "verify":
        return method
    return f"{method}, {looks:,} hypotheses counted" if looks else "permutations of the whole search"


def reach(effect: float, x: np.ndarray, n: int, rest: int) -> float:
    """The correlation between the measure and being in the one group rather than the other, weighted by the rows that both have.

    effect: difference of the two means; x (m,) the measure of all rows, missing as NaN; n and rest: rows of the two groups.
    """
    present = x[~np.isnan(x)]
    sd = float(np.std(present)) if len(present) else 0.0
    both = n + rest
    if sd == 0.0 or both == 0:
        return 0.0
    return min(1.0, abs(effect) / sd * math.sqrt(n * rest) / both * math.sqrt(both / len(present)))


def query(claim: Claim, half: str, outside: Condition | None = None) -> str:
    """One row (effect, value, base, n, rest) from `data`: rows of the claim against `outside` (by default all other rows)."""
    inside = f"coalesce({claim.where.to_sql()}, FALSE)"
    other = f"coalesce({outside.to_sql()}, FALSE)" if outside is not None else f"NOT {inside}"
    return (
        "SELECT value - base AS effect, value, base, n, rest FROM (\n"
        "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE other) AS base,\n"
        "         count(m) FILTER (WHERE hit) AS n, count(m) FILTER (WHERE other) AS rest\n"
        f"  FROM (SELECT {claim.measure.to_sql()} AS m,\n"
        f"               {inside} AS hit,\n"
        f"               {other} AS other\n"
        f"        FROM data WHERE {seen(half)}))"
    )


def seen(half: str) -> str:
    """The rows of `data` that judged, in SQL."""
    return "TRUE" if half == "all" else f"_half = '{half}'"
