"""How far two columns go together: correlations (of ranks or of values) with intervals that trust neither normal tails nor independent rows.

| function | null hypothesis | assumes | broken by |
|---|---|---|---|
| `correlation` | no correlation | independent rows (or clusters) | fewer than about ten clusters |
| `correlation_gap` | equal correlations in two groups of rows | independent rows (or clusters) | fewer than 30 rows in a group |
| `lagged` | two series without common course | series that a few of their own values describe | fewer than about 20 periods |

Errors come from influence functions: what each row adds to the estimate, for ranks with the part that it plays in all other ranks (Hajek's
projection), summed within clusters where rows depend on each other (Liang & Zeger 1986). They are right for any shape of the two columns, ties
and unequal spread included, which the textbook error of a correlation is not. What it does not do: say which column moves the other.

>>> x = np.arange(8.0)
>>> round(correlation(x, np.exp(x)).gap, 6)
1.0
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from .tests import Contrast

__all__ = ["correlation", "correlation_gap", "cramers_v", "effective", "lagged", "ranks"]

FEW = 10  # rows, or pairs of periods, below which nothing is said
LOST = 3.0  # degrees of freedom that a correlation costs, as in Fisher's z


def ranks(x: np.ndarray) -> np.ndarray:
    """(n,) float64 ranks from 1; ties share the mean of theirs."""
    _, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2.0)[place]


def correlation(x: np.ndarray, y: np.ndarray, level: float = 0.95, clusters: np.ndarray | None = None, *, ranked: bool = True) -> Contrast:
    """Spearman's (or, not `ranked`, Pearson's) correlation of x and y (n,) without missing values, its interval and p of none.

    clusters (n,) int: rows that depend on each other. p is the larger of the one that independence gives and the robust one, whose interval
    is made on Fisher's scale, so that it stays inside -1..1.
    """
    n = len(x)
    if n < FEW:
        return Contrast(0.0, -1.0, 1.0, 1.0, "too few rows")
    r, influence = _parts(x, y, ranked)
    name = "rank correlation" if ranked else "correlation"
    if not influence.any():
        return Contrast(r, -1.0 if r == 0.0 else r, 1.0 if r == 0.0 else r, 1.0 if r == 0.0 else 0.0, name, 1.0 if r == 0.0 else 0.0)
    error, freedom = _error(influence / n, [clusters] if clusters is not None else None, n / (n - LOST), n - 2.0)
    if freedom < 1.0:
        return Contrast(r, -1.0, 1.0, 1.0, f"{name}, clustered")
    slack = _slack(r)
    z, scaled = math.atanh(_inner(r)), error / slack
    half = float(stdtrit(freedom, 0.5 + level / 2)) * scaled
    robust = float(stdtr(freedom, -abs(z) / scaled)) if scaled > 0.0 else 0.0
    tail = max(robust, _tail(r, n))
    low, high = min(r, math.tanh(z - half)), max(r, math.tanh(z + half))
    return Contrast(r, low, high, min(1.0, 2 * tail), f"robust {name}" + ("" if clusters is None else ", clustered"), tail)


def correlation_gap(
    x: np.ndarray, y: np.ndarray, member: np.ndarray, level: float = 0.95, clusters: np.ndarray | None = None, *, ranked: bool = True
) -> Contrast:
    """The correlation of x and y (n,) among members (n,) bool less that among the others; ranks are taken in each group by itself."""
    sizes = int(member.sum()), int((~member).sum())
    if min(sizes) < FEW:
        return Contrast(0.0, -2.0, 2.0, 1.0, "too few rows")
    inside, ours = _parts(x[member], y[member], ranked)
    outside, theirs = _parts(x[~member], y[~member], ranked)
    gap, name = inside - outside, "difference of rank correlations" if ranked else "difference of correlations"
    parts = np.empty(len(x))
    # each side pays for its own few rows
    parts[member] = ours / sizes[0] * math.sqrt(sizes[0] / (sizes[0] - LOST))
    parts[~member] = -theirs / sizes[1] * math.sqrt(sizes[1] / (sizes[1] - LOST))
    a, b = float((parts[member] ** 2).sum()), float((parts[~member] ** 2).sum())
    if a + b == 0.0:
        return Contrast(gap, -2.0 if gap == 0.0 else gap, 2.0 if gap == 0.0 else gap, float(gap == 0.0), name, float(gap == 0.0))
    plain = (a + b) ** 2 / (a * a / (sizes[0] - 2.0) + b * b / (sizes[1] - 2.0))
    both = None if clusters is None else [clusters, clusters[member], clusters[~member]]
    error, freedom = _error(parts, both, 1.0, plain)
    if freedom < 1.0:
        return Contrast(gap, -2.0, 2.0, 1.0, f"{name}, clustered")
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    bent = np.where(member, parts / _slack(inside), parts / _slack(outside))
    scaled = _error(bent, both, 1.0, plain)[0]
    apart = abs(math.atanh(_inner(inside)) - math.atanh(_inner(outside)))
    tail = max(float(stdtr(freedom, -abs(gap) / error)), float(stdtr(freedom, -apart / scaled)))  # in a few rows each scale alone is too sure
    low, high = min(gap, max(-2.0, gap - half)), max(gap, min(2.0, gap + half))
    return Contrast(gap, low, high, min(1.0, 2 * tail), f"robust {name}" + ("" if clusters is None else ", clustered"), tail)


def cramers_v(table: np.ndarray) -> float:
    """Cramer's V of counts (levels, levels) without the bias that chance gives it (Bergsma 2013): 0 of independent columns on average."""
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.float64)
    n = float(kept.sum())
    r, c = kept.shape
    if n < 2.0 or min(r, c) < 2:
        return 0.0
    expected = np.outer(kept.sum(axis=1), kept.sum(axis=0)) / n
    share = float(((kept - expected) ** 2 / expected).sum()) / n
    free = max(0.0, share - (r - 1) * (c - 1) / (n - 1))
    rows, columns = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    most = min(rows, columns) - 1.0
    return math.sqrt(min(1.0, free / most)) if most > 0.0 else 0.0


def lagged(earlier: np.ndarray, later: np.ndarray, level: float = 0.95) -> Contrast:
    """Pearson's correlation of two stretches of series (t,), pair by pair in the order of time, NaN where a period has no value.

    The number of pairs is lowered to what independent pairs would be worth (Bartlett 1946), so that two series that both wander, or both
    swing back, are not taken for one that follows the other. p is the larger of that of values and that of ranks.
    """
    both = ~np.isnan(earlier) & ~np.isnan(later)
    n = int(both.sum())
    if n < FEW or earlier[both].std() == 0.0 or later[both].std() == 0.0:
        return Contrast(0.0, -1.0, 1.0, 1.0, "too few periods")
    r = float(np.corrcoef(earlier[both], later[both])[0, 1])
    worth = effective(earlier, later)
    if worth < 5.0:
        return Contrast(r, -1.0, 1.0, 1.0, "too few periods")
    tails = [_tail(r, worth)]
    ordered = [np.full(len(earlier), np.nan), np.full(len(earlier), np.nan)]
    for series, x in zip(ordered, (earlier, later), strict=True):
        series[both] = ranks(x[both])
    r_ranks = float(np.corrcoef(ordered[0][both], ordered[1][both])[0, 1])
    tails.append(_tail(r_ranks, max(effective(*ordered), 5.0)) if r_ranks * r > 0 else 1.0)  # one wild period makes no link
    z, half = math.atanh(_inner(r)), float(stdtrit(worth - 2.0, 0.5 + level / 2)) / math.sqrt(worth - 3.0)
    return Contrast(r, min(r, math.tanh(z - half)), max(r, math.tanh(z + half)), min(1.0, 2 * max(tails)), "correlation of series", max(tails))


def _tail(r: float, n: float) -> float:
    """The one-sided p of a correlation of n pairs."""
    return float(stdtr(n - 2.0, -abs(r) * math.sqrt((n - 2.0) / _slack(r))))


def effective(a: np.ndarray, b: np.ndarray) -> float:
    """How many independent pairs two series (t,) are worth: pairs over 1 + 2 sum of the products of their autocorrelations, never more than pairs."""
    n = int((~np.isnan(a) & ~np.isnan(b)).sum())
    most = max(1, n // 4)
    total = sum(_serial(a, h) * _serial(b, h) * (1.0 - h / n) for h in range(1, most + 1))
    return n / max(1.0, 1.0 + 2.0 * total)


def _serial(x: np.ndarray, h: int) -> float:
    """The autocorrelation of a series at a distance, over the pairs that it has."""
    centred = x - np.nanmean(x)
    spread = float(np.nanmean(centred**2))
    products = centred[h:] * centred[:-h]
    known = ~np.isnan(products)
    if spread == 0.0 or not known.any():
        return 0.0
    return float(products[known].sum() / len(products)) / spread if known.all() else float(products[known].mean()) / spread


def _inner(r: float) -> float:
    """A correlation drawn in from 1, so that Fisher's z of it is finite."""
    return max(-1 + 1e-12, min(1 - 1e-12, r))


def _slack(r: float) -> float:
    """What a correlation leaves unexplained; above 0."""
    return max(1.0 - r * r, 1e-12)


def _error(parts: np.ndarray, clusters: list[np.ndarray] | None, factor: float, freedom: float) -> tuple[float, float]:
    """(standard error, degrees of freedom) of a sum of influences `parts` (n,): the larger of that of rows and that of clusters.

    clusters: those of all rows, then those of each group that must have several.
    """
    rows = factor * float(parts @ parts)
    if clusters is None:
        return math.sqrt(rows), freedom
    fewest = min(len(np.unique(each)) for each in (clusters[1:] or clusters)) - 1.0
    if fewest < 1.0:
        return math.inf, 0.0
    sums = np.bincount(np.unique(clusters[0], return_inverse=True)[1], parts)
    return math.sqrt(max(rows, factor * (fewest + 1.0) / fewest * float(sums @ sums))), min(freedom, fewest)


def _parts(x: np.ndarray, y: np.ndarray, ranked: bool) -> tuple[float, np.ndarray]:
    """(correlation, (n,) influence of each row on it, with mean 0); no influence where a column does not vary."""
    if ranked:
        return _rank_parts(x, y)
    a, b = x - x.mean(), y - y.mean()
    sx, sy = float(a.std()), float(b.std())
    if sx == 0.0 or sy == 0.0:
        return 0.0, np.zeros(len(x))
    a, b = a / sx, b / sy
    r = max(-1.0, min(1.0, float((a * b).mean())))
    return r, a * b - r / 2 * (a * a + b * b)


def _rank_parts(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    n = len(x)
    u, v = (ranks(x) - 0.5) / n - 0.5, (ranks(y) - 0.5) / n - 0.5
    xx, yy, xy = float((u * u).mean()), float((v * v).mean()), float((u * v).mean())
    if xx == 0.0 or yy == 0.0:
        return 0.0, np.zeros(n)
    r = max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
    cross = u * v + _above(x, v) + _above(y, u) - 3 * xy
    own = (u * u + 2 * _above(x, u) - 3 * xx) / xx + (v * v + 2 * _above(y, v) - 3 * yy) / yy
    return r, cross / math.sqrt(xx * yy) - r / 2 * own


def _above(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(n,) for each row, the mean over all rows of `weight` where theirs is the larger x; equal ones count half."""
    _, place = np.unique(x, return_inverse=True)
    sums = np.bincount(place, weight)
    return (sums.sum() - np.cumsum(sums) + sums / 2.0)[place] / len(x)
