"""Tests of "two groups of rows do not differ", valid where they are used.

| test | null hypothesis | assumes | broken by |
|---|---|---|---|
| `fisher` | equal rates | independent rows | rows that come in clusters; it is exact for any count |
| `welch` | equal means | independent rows, means near normal | few rows, heavy tails: `light_tails` says whether it may be used |
| `permuted` | exchangeable rows (equal means, asymptotically) | independent rows | strong skew together with very unequal variances |
| `equivalent` | a difference of at least the margin | as `welch` | as `welch`; a margin chosen after looking |
| `within` | equal means among rows of one cluster | independent clusters | few clusters that hold both groups |
| `clustered` | equal means | independent clusters, several of them in each group | fewer than about ten clusters |

All p-values are two-sided; `Contrast.tail` is that of the one-sided test on the side of the gap, which for counts and skewed rows is not
half of p. A z-test on small groups or heavy tails, uncorrected, breaks the false-discovery rate that is
built on it: measured on noise, half of the tables then report something.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from scipy.special import stdtr, stdtrit

from .intervals import welch as welch_interval
from .intervals import welch_freedom
from .permutation import Tail, studentised
from .sides import Sides, sides

__all__ = [
    "Contrast",
    "by_cluster",
    "by_welch",
    "clustered",
    "equivalent",
    "fisher",
    "fisher_tails",
    "inside_clusters",
    "light",
    "light_tails",
    "permuted",
    "welch",
    "within",
]

FEW = 200  # rows in the smaller group, below which means are not trusted to be normal
SKEW = 0.2  # largest |skewness| / sqrt(n) of a group whose t-test is trusted: the first term of the Edgeworth expansion
TAIL = 0.1  # largest excess kurtosis / n, its second term
TINY = 1e-300  # weight of a table beside the likeliest, below which it is nothing


class Contrast(NamedTuple):
    """One comparison: the difference of means with its interval, the two-sided p, the test's name, and the one-sided p on the gap's side."""

    gap: float
    low: float
    high: float
    p: float
    method: str
    tail: float = 1.0


def fisher(hits: int, n: int, base_hits: int, base_n: int, *, side: int = 0) -> float:
    """Fisher's exact p of equal rates in two groups, given the margins; sums all tables no likelier than the one seen (Fisher 1922).

    side: 1 sums the tables with as many hits or more instead, -1 those with as many or fewer.
    """
    both, more, fewer = fisher_tails(hits, n, base_hits, base_n)
    return more if side > 0 else fewer if side < 0 else both


def fisher_tails(hits: int, n: int, base_hits: int, base_n: int) -> tuple[float, float, float]:
    """(the two-sided p of `fisher`, that of as many hits or more, that of as many or fewer), of one walk over the tables."""
    total, marked = n + base_n, hits + base_hits
    if n == 0 or base_n == 0 or marked in (0, total):
        return 1.0, 1.0, 1.0
    weights = _tables(hits, n, marked, total)
    if weights[1] == 0.0:  # so far out that a double cannot tell it from nothing
        middle = (n + 1) * (marked + 1) / (total + 2)
        return 0.0, float(hits < middle), float(hits > middle)
    both, more, fewer = (min(1.0, float(weights[k] / weights[0])) for k in (2, 3, 4))
    return both, more, fewer


@numba.njit(cache=True, nogil=True)
def _tables(hits: int, drawn: int, marked: int, total: int) -> np.ndarray:  # pragma: no cover - compiled
    """(5,) weights, of the likeliest table 1: of all tables, of the one seen, of those no likelier, with as many hits or more, with as many or fewer.

    Neighbours differ by a factor of four whole numbers, so no logarithm of a factorial is taken and none of its rounding is kept.
    """
    first, last = max(0, drawn - (total - marked)), min(drawn, marked)
    middle = min(max((drawn + 1) * (marked + 1) // (total + 2), first), last)
    out = np.zeros(5)
    for told in range(2):  # the weight of the table that was seen first, then the sums that it decides
        for way in (-1, 1):
            k, weight = middle, 1.0
            while weight > TINY:
                if told == 0:
                    if k == hits:
                        out[1] = weight
                        break
                elif way == 1 or k != middle:
                    out[0] += weight
                    out[2] += weight if weight <= out[1] * (1 + 1e-7) else 0.0
                    out[3] += weight if k >= hits else 0.0
                    out[4] += weight if k <= hits else 0.0
                if way == 1:
                    if k == last:
                        break
                    weight *= float(marked - k) * float(drawn - k) / (float(k + 1) * float(total - marked - drawn + k + 1))
                else:
                    if k == first:
                        break
                    weight *= float(k) * float(total - marked - drawn + k) / (float(marked - k + 1) * float(drawn - k + 1))
                k += way
    return out


def welch(x: np.ndarray, base: np.ndarray, level: float = 0.95) -> Contrast:
    """Welch's t-test of equal means (1947), groups of n > 1 rows each."""
    return by_welch(_apart(x, base), level)


def by_welch(both: Sides, level: float = 0.95) -> Contrast:
    """`welch` of two groups that were summed."""
    gap, (a, b), (n, m) = both.gap, both.variances, both.n
    variance, freedom = a / n + b / m, welch_freedom(a, n, b, m)
    if variance == 0.0:
        return Contrast(gap, gap, gap, 0.0 if gap else 1.0, "Welch t", 0.0 if gap else 1.0)
    p = 2 * float(stdtr(freedom, -abs(gap) / math.sqrt(variance)))
    return Contrast(gap, *welch_interval(gap, variance, freedom, level), p, "Welch t", p / 2)


def _apart(x: np.ndarray, base: np.ndarray) -> Sides:
    member = np.arange(len(x) + len(base)) < len(x)
    return sides(np.concatenate([x, base]), member, ~member)


def permuted(x: np.ndarray, base: np.ndarray, level: float = 0.95, *, rounds: int = 9_999, seed: int = 0) -> Contrast:
    """The studentised permutation test of equal means (Janssen 1997): exact when rows are exchangeable, right in the long run when not.

    The interval is the gap plus or minus the same distribution's quantile in standard errors, so it excludes 0 where p < 1 - level.
    """
    gap = float(x.mean() - base.mean())
    error = math.sqrt(float(x.var(ddof=1)) / len(x) + float(base.var(ddof=1)) / len(base))
    if error == 0.0:
        return Contrast(gap, gap, gap, 1.0, "permutation t")
    null = studentised(np.concatenate([x, base]), len(x), rounds, seed)
    seen = abs(gap) / error * (1 - 1e-9)
    both, one = Tail.of(np.abs(null)), Tail.of(math.copysign(1.0, gap) * null)
    half = both.quantile(level) * error
    return Contrast(gap, gap - half, gap + half, both.p(seen), "permutation t", one.p(seen))


def clustered(x: np.ndarray, member: np.ndarray, clusters: np.ndarray, level: float = 0.95) -> Contrast:
    """Difference of means of members and others when rows of one cluster resemble each other (Liang & Zeger 1986).

    x (n,) float, member (n,) bool, clusters (n,) int >= 0. Student's t with one degree of freedom less than the clusters G of the
    smaller group, and the factor G / (G - 1) of a variance that so few clusters give: right for two clusters, careful for more.
    One cluster alone gives p = 1.
    """
    return by_cluster(sides(x, member, ~member, clusters), level)


def by_cluster(both: Sides, level: float = 0.95) -> Contrast:
    """`clustered` of two groups that were summed with their clusters."""
    (n, m), gap, counts = both.n, both.gap, both.counts
    middle = (both.mean[0] * n + both.mean[1] * m) / (n + m)
    own, other = both.sums[:, 0] - counts[:, 0] * (both.mean[0] - middle), both.sums[:, 1] - counts[:, 1] * (both.mean[1] - middle)
    sums = own / n - other / m
    freedom = int(np.count_nonzero(counts, axis=0).min()) - 1
    if freedom < 1:
        return Contrast(gap, -math.inf, math.inf, 1.0, "cluster t")
    return _clear(gap, math.sqrt((freedom + 1) / freedom * float(sums @ sums)), freedom, level)


def within(x: np.ndarray, member: np.ndarray, clusters: np.ndarray, level: float = 0.95) -> Contrast:
    """Difference of members and others of the same cluster, each cluster's mean taken out of both (a fixed effect for each), clustered as above.

    x (n,) float, member (n,) bool, clusters (n,) int >= 0. Null hypothesis: in no cluster do members differ from others, on average. Clusters of
    members only, or of others only, say nothing; p is 1 where hardly any have both.
    """
    return inside_clusters(sides(x, member, ~member, clusters), level)


def inside_clusters(both: Sides, level: float = 0.95) -> Contrast:
    """`within` of two groups that were summed with their clusters."""
    mixed = both.counts.all(axis=1)  # the other clusters say nothing
    counts, sums = both.counts[mixed], both.sums[mixed]
    if len(counts) < 3:
        return Contrast(0.0, -math.inf, math.inf, 1.0, "cluster t")
    share = counts[:, 0] / counts.sum(axis=1)
    lengths = share * counts[:, 1]
    cross = sums[:, 0] - share * sums.sum(axis=1)
    length = float(lengths.sum())
    gap = float(cross.sum()) / length
    parts = (cross - gap * lengths) / length
    return _clear(gap, math.sqrt(len(counts) / (len(counts) - 1) * float(parts @ parts)), len(counts) - 1, level)


def _clear(gap: float, error: float, freedom: int, level: float) -> Contrast:
    """A difference with its standard error, by Student's t."""
    if error == 0.0:
        return Contrast(gap, gap, gap, 0.0 if gap else 1.0, "cluster t", 0.0 if gap else 1.0)
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    tail = float(stdtr(freedom, -abs(gap) / error))
    return Contrast(gap, gap - half, gap + half, 2 * tail, "cluster t", tail)


def equivalent(gap: float, variance: float, freedom: float, margin: float) -> float:
    """P of two one-sided t-tests (TOST, Schuirmann 1987). Null hypothesis: the true difference lies outside -margin..margin; margin > 0.

    A small p says "no effect worth naming"; the margin must be declared before the rows are looked at. It assumes what Welch's t does.
    """
    error = math.sqrt(variance)
    if error == 0.0:
        return 0.0 if abs(gap) < margin else 1.0
    return float(max(stdtr(freedom, (gap - margin) / error), stdtr(freedom, -(gap + margin) / error)))


def light_tails(x: np.ndarray) -> bool:
    """Whether the mean of these rows is near enough to normal for a t-test: enough rows for their skewness and tails."""
    every = np.ones(len(x), dtype=bool)
    return light(sides(x, every, ~every), 0)


def light(both: Sides, side: int) -> bool:
    """`light_tails` of one of two groups that were summed."""
    n, variance = both.n[side], both.second[side]
    if n < FEW:
        return False
    if variance == 0.0:
        return True
    skewness, excess = both.third[side] / variance**1.5, both.fourth[side] / variance**2 - 3
    return abs(skewness) / math.sqrt(n) < SKEW and excess / n < TAIL
