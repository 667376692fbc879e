"""Differences of means among several cells: within strata (direct standardisation) and the interaction contrast of two factors.

    a weighted sum of cell means, sum of w_c * mean_c, against zero

Null hypothesis: that sum is zero. Assumes independent rows (or, with `clusters`, independent clusters) and cells whose means are near normal after
a correction of their skewness; nothing is assumed of the variances, which each cell has for itself (Welch 1947, Satterthwaite's degrees of
freedom). Skewed rows: the p is the larger of the t-test's and of the one after Hall's transformation (Hall 1992), which takes the skewness of
the estimate out, and the interval is the wider one; unlike a permutation test it has no floor. Shares get the variance of Wilson's smoothed rate,
so a cell of zeros is not taken for certain. Strata: the difference within each, weighted by the rows that both sides have there (Cochran 1968),
over the strata in which both sides have LEAST rows. What breaks it: cells of a few rows that are strongly skewed; fewer than about ten clusters.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from .tests import Contrast

__all__ = ["LEAST", "Standardised", "among", "crossed", "standardised"]

LEAST: Final = 5  # rows in a cell, below which nothing is said of it
ENOUGH: Final = 50  # rows in a cell from which its own variance and skewness are trusted; below, the variance is at least that of all cells together
SURE: Final = 30  # rows in every cell from which cells that do not vary at all prove that they differ


class Standardised(NamedTuple):
    """Two sides compared within strata. `adjusted` and `whole` speak of the same rows.

    gaps, errors (strata,): the difference in each with its standard error, NaN where a side is too small;
    value, base: the two means, each as if its rows were spread over the strata as all rows are; n: rows that were compared.
    """

    adjusted: Contrast
    whole: Contrast
    value: float
    base: float
    gaps: np.ndarray
    errors: np.ndarray
    n: int


def among(
    x: np.ndarray, cells: np.ndarray, weights: np.ndarray, level: float = 0.95, *, clusters: np.ndarray | None = None, rate: bool = False
) -> Contrast:
    """The contrast `weights` (k,) of the means of k cells. x (n,) without NaN; cells (n,) int, -1 for rows of no cell; clusters (n,) int >= 0.

    rate: x holds 0 and 1. Cells of weight 0 do not count; where another has fewer than LEAST rows, p is 1.
    """
    used = np.flatnonzero(weights)
    counts, means, variance, third = _moments(x, cells, len(weights), rate=rate)
    if len(used) == 0 or counts[used].min() < LEAST:
        return Contrast(0.0, -math.inf, math.inf, 1.0, "too few rows")
    n, w = counts[used], weights[used]
    gap = float(w @ means[used])
    parts = w**2 * variance[used] / n
    freedom = _freedom(parts, n)
    skew = float((w**3 * third[used] / n**2).sum())
    plain = _tested(gap, float(parts.sum()), skew, freedom, level, "Welch t, skewness corrected", sure=bool(n.min() >= SURE))
    if clusters is None:
        return plain
    block = _clustered(x, cells, weights, clusters, gap, level)
    method = f"{plain.method} and {block.method}"
    return Contrast(gap, min(plain.low, block.low), max(plain.high, block.high), max(plain.p, block.p), method, max(plain.tail, block.tail))


def standardised(
    x: np.ndarray, member: np.ndarray, strata: np.ndarray, level: float = 0.95, *, clusters: np.ndarray | None = None, rate: bool = False
) -> Standardised:
    """Mean of the members minus mean of the others, within strata and as a whole, over the strata in which both sides have LEAST rows.

    x (n,) without NaN, member (n,) bool, strata (n,) int, -1 for rows of no stratum.
    """
    k = int(strata.max(initial=-1)) + 1
    cells = np.where(strata >= 0, 2 * strata + member, -1)
    counts, means, variance, _ = _moments(x, cells, 2 * k, rate=rate)
    each, mean, spread = counts.reshape(-1, 2), means.reshape(-1, 2), variance.reshape(-1, 2)
    used = each.min(axis=1) >= LEAST
    gaps = np.where(used, mean[:, 1] - mean[:, 0], np.nan)
    errors = np.where(used, np.sqrt((spread / np.maximum(each, 1)).sum(axis=1)), np.nan)
    if not used.any():
        nothing = Contrast(0.0, -math.inf, math.inf, 1.0, "too few rows")
        return Standardised(nothing, nothing, 0.0, 0.0, gaps, errors, 0)
    share = np.where(used, each.sum(axis=1), 0.0)
    n, share = int(share.sum()), share / share.sum()
    weights = np.column_stack([-share, share]).ravel()
    adjusted = among(x, cells, weights, level, clusters=clusters, rate=rate)
    sides = np.where((strata >= 0) & used[np.maximum(strata, 0)], member.astype(np.int64), -1)
    whole = among(x, sides, np.array([-1.0, 1.0]), level, clusters=clusters, rate=rate)
    return Standardised(adjusted, whole, float(share @ mean[:, 1]), float(share @ mean[:, 0]), gaps, errors, n)


def crossed(
    x: np.ndarray, cells: np.ndarray, level: float = 0.95, *, clusters: np.ndarray | None = None, rate: bool = False
) -> tuple[Contrast, Contrast, Contrast]:
    """(the interaction contrast, the first factor's effect where the second holds, and where it does not).

    cells (n,) int: 3 both factors, 2 the first alone, 1 the second alone, 0 neither, -1 unknown. The contrast is the second minus the third.
    """
    wanted = ((1.0, -1.0, -1.0, 1.0), (0.0, -1.0, 0.0, 1.0), (-1.0, 0.0, 1.0, 0.0))
    both, there, elsewhere = (among(x, cells, np.array(w), level, clusters=clusters, rate=rate) for w in wanted)
    return both, there, elsewhere


def _moments(x: np.ndarray, cells: np.ndarray, k: int, *, rate: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(rows, mean, variance, third central moment) of each of k cells, (k,) each; 0 where a cell has too few rows for them."""
    inside = cells >= 0
    x, cells = (x, cells) if inside.all() else (x[inside], cells[inside])
    counts = np.bincount(cells, minlength=k).astype(np.float64)
    some = np.maximum(counts, 1.0)
    sums = np.bincount(cells, x, minlength=k)
    means = sums / some
    if rate:
        smooth = (sums + 1) / (counts + 2)
        variance = smooth * (1 - smooth)
        return counts, means, variance, variance * (1 - 2 * smooth)
    centred = x - means[cells]
    squares, cubes = np.bincount(cells, centred**2, minlength=k), np.bincount(cells, centred**3, minlength=k)
    variance, third = squares / np.maximum(counts - 1, 1.0), cubes / some
    few = counts < ENOUGH
    if few.any() and len(x) > k:
        pooled = float(squares.sum()) / (len(x) - k)
        third = np.where(few, float(cubes.sum()) / len(x), third)
        variance = np.where(few, np.maximum(variance, pooled), variance)
    return counts, means, variance, third


def _freedom(parts: np.ndarray, counts: np.ndarray) -> float:
    """Welch and Satterthwaite's degrees of freedom of a sum of variances of means."""
    total = float((parts**2 / (counts - 1)).sum())
    return float(parts.sum()) ** 2 / total if total > 0.0 else float(counts.sum() - len(counts))


def _clustered(x: np.ndarray, cells: np.ndarray, weights: np.ndarray, clusters: np.ndarray, gap: float, level: float) -> Contrast:
    """The same contrast when rows of one cluster resemble each other (Liang & Zeger 1986), wherever in the cells they lie.

    Degrees of freedom as above with clusters in place of rows, and the factor that so few clusters give. A cell of one cluster gives p = 1.
    """
    k = len(weights)
    inside = (cells >= 0) & (weights[np.maximum(cells, 0)] != 0.0)
    x, cells = x[inside], cells[inside]
    numbered = np.unique(clusters[inside], return_inverse=True)[1]
    many = int(numbered.max()) + 1
    counts = np.maximum(np.bincount(cells, minlength=k), 1)
    means = np.bincount(cells, x, minlength=k) / counts
    influence = weights[cells] * (x - means[cells]) / counts[cells]
    pairs, place = np.unique(cells * many + numbered, return_inverse=True)
    by_cell = np.bincount(place, influence) ** 2
    groups = np.bincount(pairs // many, minlength=k)
    used = np.flatnonzero(weights)
    if groups[used].min() < 2:
        return Contrast(gap, -math.inf, math.inf, 1.0, "cluster t")
    parts = np.bincount(pairs // many, by_cell, minlength=k)[used]
    freedom = max(_freedom(parts, groups[used].astype(np.float64)), 1.0)
    sums = np.bincount(numbered, influence)
    factor = (freedom + 1) / freedom
    return _tested(gap, factor * float(sums @ sums), factor**1.5 * float((sums**3).sum()), freedom, level, "cluster t", sure=False)


def _tested(gap: float, variance: float, third: float, freedom: float, level: float, method: str, *, sure: bool) -> Contrast:
    """The contrast `gap` with its squared standard error and its third cumulant: the more careful of Student's t and Hall's transformation of it."""
    error = math.sqrt(variance)
    if error <= 1e-12 * abs(gap) or error == 0.0:
        p = 0.0 if gap and sure else 1.0
        return Contrast(gap, gap if sure else -math.inf, gap if sure else math.inf, p, method, p)
    skew, t = third / variance / error, gap / error
    tail = float(max(stdtr(freedom, -abs(t)), stdtr(freedom, -math.copysign(1.0, gap) * _straightened(t, skew))))
    most = float(stdtrit(freedom, 0.5 + level / 2))
    low, high = max(most, _bent(most, skew)), min(-most, _bent(-most, skew))
    return Contrast(gap, gap - low * error, gap - high * error, min(1.0, 2 * tail), method, min(1.0, tail))


def _straightened(t: float, skew: float) -> float:
    """Hall's monotone transformation of a studentised estimate, which removes its skewness."""
    return t + skew * t * t / 3 + skew * skew * t**3 / 27 + skew / 6


def _bent(y: float, skew: float) -> float:
    """The inverse of `_straightened`."""
    if abs(skew) < 1e-9:
        return y
    return float(3 * (np.cbrt(1 + skew * (y - skew / 6)) - 1) / skew)
