"""Growing boxes one condition at a time: what each item holds of some rows, z of a box in its parent, and how far a box could still get.

The optimistic estimate is the largest |z| against all rows that any part of a box could have (Lemmerich et al. 2016): the k most extreme of
its measures, for the best k from the least support on,

    OE(S) = max over k of sqrt(k) * |mean of the k most extreme values in S - mean| / sd

which for a rate p is sqrt(hits in S) * (1 - p) / sqrt(p (1 - p)). It is read off a histogram, each bin as extreme as its outermost value, so it
never is too small. What it does not bound: z against a parent alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

__all__ = ["Bins", "binned", "contrast", "held", "optimistic"]


class Bins(NamedTuple):
    """A measure of n rows in b bins: of (n,) uint8 the bin of each row; lowest and highest (b,) values of each bin."""

    of: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


def binned(m: np.ndarray, most: int = 64) -> Bins:
    """Bins of about equally many rows of a measure m (n,), n > 0; values of their own where they are few, as in a rate."""
    tops = np.unique(np.quantile(m, np.arange(1, most + 1) / most, method="inverted_cdf"))
    of = np.searchsorted(tops, m, side="left").astype(np.uint8)
    lowest = np.full(len(tops), np.inf)
    np.minimum.at(lowest, of, m)
    return Bins(of, lowest, tops)


@numba.njit(cache=True, nogil=True)
def held(
    codes: np.ndarray, m: np.ndarray, rows: np.ndarray, items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """((items,) how many of the rows each item holds, (items,) the sum of their measure).

    codes (d, n) uint8; m (n,); rows (k,) places among the n; items = (levels (d,), starts (d + 1,), low, high) as in `kernels.boxes`.
    """
    levels, starts, low, high = items
    count, total = np.zeros(len(low)), np.zeros(len(low))
    x = m[rows]
    below, sums = np.empty(257), np.empty(257)
    for j in range(len(levels)):
        column = codes[j]
        below[: levels[j] + 1] = 0.0
        sums[: levels[j] + 1] = 0.0
        for r in range(len(rows)):
            c = column[rows[r]] + 1
            below[c] += 1.0
            sums[c] += x[r]
        for c in range(1, levels[j] + 1):
            below[c] += below[c - 1]
            sums[c] += sums[c - 1]
        for a in range(starts[j], starts[j + 1]):
            count[a] = below[high[a] + 1] - below[low[a]]
            total[a] = sums[high[a] + 1] - sums[low[a]]
    return count, total


def contrast(
    count: np.ndarray, total: np.ndarray, parent: np.ndarray | float, parent_total: np.ndarray | float, scale: tuple[float, float], least: int
) -> np.ndarray:
    """(k,) z of boxes of `count` rows and summed measure `total` in parents of `parent` rows and `parent_total`; 0 below the least rows.

    scale = (standard deviation, mean of a rate or -1 for a number), as in `kernels.boxes`.
    """
    sd, base = scale
    rest = parent - count
    enough = (count >= least) & (rest >= least)
    n, other, whole = np.where(enough, count, 1.0), np.where(enough, rest, 1.0), np.where(enough, parent, 2.0)
    if base >= 0.0:
        rate = np.clip(base + parent_total / whole, 0.5 / whole, 1.0 - 0.5 / whole)
        spread = np.sqrt(rate * (1.0 - rate))
    else:
        spread = np.full(len(n), sd)
    return np.where(enough, (total / n - (parent_total - total) / other) / (spread * np.sqrt(1.0 / n + 1.0 / other)), 0.0)


def optimistic(bins: Bins, m: np.ndarray, rows: np.ndarray, sd: float, least: int) -> float:
    """OE of a box's rows (k,): m (n,) the centred measure, sd > 0 its deviation; 0 where the box has fewer than `least` rows."""
    if len(rows) < least:
        return 0.0
    count = np.bincount(bins.of[rows], minlength=len(bins.highest)).astype(np.float64)
    total = np.bincount(bins.of[rows], m[rows], minlength=len(bins.highest))
    high = _farthest(count[::-1], total[::-1], bins.highest[::-1], least)
    low = _farthest(count, -total, -bins.lowest, least)
    return max(high, low) / sd


def _farthest(count: np.ndarray, total: np.ndarray, edge: np.ndarray, least: int) -> float:
    """Largest sum / sqrt(k) of the k >= least first rows of bins in order. Within a bin it is largest at one of its ends."""
    before, sums = np.concatenate([[0.0], np.cumsum(count)[:-1]]), np.concatenate([[0.0], np.cumsum(total)[:-1]])
    reached = (before + count >= least) & (count > 0)
    starts = np.maximum(before[reached], least)
    ends = (before + count)[reached]
    told = [(sums[reached] + (k - before[reached]) * edge[reached]) / np.sqrt(k) for k in (starts, ends)]
    return max(0.0, float(np.max(told)))
