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

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from .intervals import welch as welch_interval
from .intervals import welch_freedom
from .permutation import Tail, studentised

__all__ = ["Contrast", "clustered", "equivalent", "fisher", "light_tails", "permuted", "welch", "within"]

FEW = 200  # rows in the smaller group, below which means are not trusted to be normal
SKEW = 0.2  # largest |skewness| / sqrt(n) of a group whose t-test is trusted: the first term of the Edgeworth expansion
TAIL = 0.1  # largest excess kurtosis / n, its second term


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
    total, drawn, marked = n + base_n, n, hits + base_hits
    if drawn == 0 or base_n == 0 or marked in (0, total):
        return 1.0
    k = np.arange(max(0, drawn - (total - marked)), min(drawn, marked) + 1, dtype=np.float64)
    logs = -(gammaln(k + 1) + gammaln(marked - k + 1) + gammaln(drawn - k + 1) + gammaln(total - marked - drawn + k + 1))
    weights = np.exp(logs - logs.max())
    place = hits - int(k[0])
    counted = weights[place:] if side > 0 else weights[: place + 1] if side < 0 else weights[weights <= weights[place] * (1 + 1e-7)]
    return float(min(1.0, counted.sum() / weights.sum()))


def welch(x: np.ndarray, base: np.ndarray, level: float = 0.95) -> Contrast:
    """Welch's t-test of equal means (1947), groups of n > 1 rows each."""
    gap = float(x.mean() - base.mean())
    a, b = float(x.var(ddof=1)), float(base.var(ddof=1))
    variance, freedom = a / len(x) + b / len(base), welch_freedom(a, len(x), b, len(base))
    if variance == 0.0:
        return Contrast(gap, gap, gap, 0.0 if gap else 1.0, "Welch t", 0.0 if gap else 1.0)
    p = 2 * float(stdtr(freedom, -abs(gap) / math.sqrt(variance)))
    return Contrast(gap, *welch_interval(gap, variance, freedom, level), p, "Welch t", p / 2)


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
    inside, outside = x[member], x[~member]
    gap = float(inside.mean() - outside.mean())
    influence = np.where(member, (x - inside.mean()) / len(inside), -(x - outside.mean()) / len(outside))
    sums = np.bincount(clusters, influence)
    freedom = min(len(np.unique(clusters[member])), len(np.unique(clusters[~member]))) - 1
    if freedom < 1:
        return Contrast(gap, -math.inf, math.inf, 1.0, "cluster t")
    error = math.sqrt((freedom + 1) / freedom * float(sums @ sums))
    if error == 0.0:
        return Contrast(gap, gap, gap, 0.0 if gap else 1.0, "cluster t", 0.0 if gap else 1.0)
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    tail = float(stdtr(freedom, -abs(gap) / error))
    return Contrast(gap, gap - half, gap + half, 2 * tail, "cluster t", tail)


def within(x: np.ndarray, member: np.ndarray, clusters: np.ndarray, level: float = 0.95) -> Contrast:
    """Difference of members and others of the same cluster, each cluster's mean taken out of both (a fixed effect for each), clustered as above.

    x (n,) float, member (n,) bool, clusters (n,) int >= 0. Null hypothesis: in no cluster do members differ from others, on average. Clusters of
    members only, or of others only, say nothing; p is 1 where hardly any have both.
    """
    _, place = np.unique(clusters, return_inverse=True)
    n = np.bincount(place)
    share = np.bincount(place, member) / n
    d = member - share[place]
    y = x - (np.bincount(place, x) / n)[place]
    length = float(d @ d)
    mixed = int(np.count_nonzero((share > 0) & (share < 1)))
    if mixed < 3 or length <= 0.0:
        return Contrast(0.0, -math.inf, math.inf, 1.0, "cluster t")
    gap = float(d @ y) / length
    sums = np.bincount(place, d * (y - gap * d)) / length
    error = math.sqrt(mixed / (mixed - 1) * float(sums @ sums))
    if error == 0.0:
        return Contrast(gap, gap, gap, 0.0 if gap else 1.0, "cluster t", 0.0 if gap else 1.0)
    half = float(stdtrit(mixed - 1, 0.5 + level / 2)) * error
    tail = float(stdtr(mixed - 1, -abs(gap) / error))
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
    n = len(x)
    if n < FEW:
        return False
    centred = x - x.mean()
    variance = float((centred**2).mean())
    if variance == 0.0:
        return True
    skewness = float((centred**3).mean()) / variance**1.5
    excess = float((centred**4).mean()) / variance**2 - 3
    return abs(skewness) / math.sqrt(n) < SKEW and excess / n < TAIL
