"""Two groups of unseen rows compared by the test that is valid for them, and the SQL that gives the same numbers.

Rates: Fisher's exact test with Newcombe's interval. Means: Welch's t where rows are many and tails light, else the studentised permutation
test. Where rows come in blocks (entities, stretches of time), also the clustered t-test; the larger p and the wider interval count, so
neither few rows nor dependent ones can make a finding.
"""

from __future__ import annotations

import math
import zlib
from typing import Final

import numpy as np

from ..core.condition import Condition
from ..core.expression import literal, quoted
from ..core.finding import Claim
from ..core.goal import Goal
from ..core.split import Verify
from ..stats.intervals import newcombe
from ..stats.tests import Contrast, clustered, fisher, light_tails, permuted, welch

__all__ = ["compare", "measured_sql", "method_of", "nothing", "query"]

LEAST: Final = 5  # rows in each group, below which nothing can be said


def nothing(method: str) -> Contrast:
    """What is known of a comparison that cannot be made."""
    return Contrast(0.0, float("-inf"), float("inf"), 1.0, method)


def compare(verify: Verify, x: np.ndarray, inside: np.ndarray, outside: np.ndarray, level: float = 0.95) -> Contrast:
    """Mean of `x` (n,) where `inside` minus its mean where `outside` (bool masks that share no row)."""
    a, b = x[inside], x[outside]
    if len(a) < LEAST or len(b) < LEAST:
        return nothing("too few rows")
    if verify.goal.task != "numeric":
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
    method = f"{plain.method} and {block.method}"
    return Contrast(plain.gap, min(plain.low, block.low), max(plain.high, block.high), max(plain.p, block.p), method, max(plain.tail, block.tail))


def method_of(contrast: Contrast, verify: Verify) -> str:
    """The name of the proof: the test on unseen rows, or permutations of the whole search where all rows were searched."""
    return contrast.method if verify.half == "verify" else "permutations of the whole search"


def measured_sql(goal: Goal, level: str) -> str:
    """The measure in SQL: the number itself, or 1 for the level and 0 for any other; NULL where the target is missing."""
    target = quoted(goal.target)
    if goal.task == "numeric":
        return target
    text = f"CAST({target} AS VARCHAR)"
    same = f"{text} = {literal(level)}"
    if _number(level):  # a flag of numbers may be stored as 1 or 1.0; as text, 1 and 01 are two levels
        same = f"({same} OR typeof({target}) <> 'VARCHAR' AND TRY_CAST({text} AS DOUBLE) = {float(level)!r})"
    return f"CASE WHEN {target} IS NULL THEN NULL WHEN {same} THEN 1.0 ELSE 0.0 END"


def query(goal: Goal, claim: Claim, half: str, outside: Condition | None = None) -> str:
    """One row (effect, value, base, n, rest) from `data`: rows of the claim against `outside` (by default all other rows)."""
    where = f"_half = '{half}'" if half != "all" else "TRUE"
    inside = f"coalesce({claim.where.to_sql()}, FALSE)"
    other = f"coalesce({outside.to_sql()}, FALSE)" if outside is not None else f"NOT {inside}"
    return (
        "SELECT value - base AS effect, value, base, n, rest FROM (\n"
        "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE other) AS base,\n"
        "         count(m) FILTER (WHERE hit) AS n, count(m) FILTER (WHERE other) AS rest\n"
        f"  FROM (SELECT {measured_sql(goal, claim.level)} AS m,\n"
        f"               {inside} AS hit,\n"
        f"               {other} AS other\n"
        f"        FROM data WHERE {where}))"
    )


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
