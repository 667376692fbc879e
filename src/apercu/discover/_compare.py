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
from ..stats.sides import sides
from ..stats.tests import Contrast, by_cluster, by_welch, fisher_tails, inside_clusters, light, permuted

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
    both = sides(x, inside, outside, verify.blocks)
    n, m = both.n
    if n < LEAST or m < LEAST:
        return nothing("too few rows")
    if rate:
        hits, base_hits = round(both.mean[0] * n), round(both.mean[1] * m)
        gap, (p, more, fewer) = hits / n - base_hits / m, fisher_tails(hits, n, base_hits, m)
        tail = more if gap > 0 else fewer
        plain = Contrast(gap, *newcombe(hits, n, base_hits, m, level), p, "Fisher exact", tail)
    elif light(both, 0) and light(both, 1):
        plain = by_welch(both, level)
    else:
        known = ~np.isnan(x)
        drawn = inside & known
        plain = permuted(x[drawn], x[outside & known], level, seed=zlib.crc32(drawn.tobytes()))
    if verify.blocks is None:
        return plain
    block = by_cluster(both, level)
    method, p, tail = f"{plain.method} and {block.method}", max(plain.p, block.p), max(plain.tail, block.tail)
    if verify.timed:
        same = inside_clusters(both, level)
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
