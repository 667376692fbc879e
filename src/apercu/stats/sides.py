"""Two groups of rows in two passes: the sums from which every test of a difference of means is made, at any level.

The first pass gives both means, the second central moments, and of each cluster what its rows of either group add; no array of rows is copied. A
test of a million rows then costs what its rows cost to be read twice. What it does *not* do: judge; that is `tests`.

>>> both = sides(np.array([1.0, 3.0, 5.0, np.nan]), np.array([True, True, False, True]), np.array([False, False, True, False]))
>>> both.n, both.gap
((2, 1), -3.0)
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

__all__ = ["Sides", "sides"]

NO_CLUSTERS = np.zeros(0, dtype=np.int64)


class Sides(NamedTuple):
    """The rows of a group and of those that it is compared with, in this order.

    n: how many; mean; second, third, fourth: central moments, each over n. counts, sums (k, 2): the rows of each cluster, and their measure less
    the mean of all; without clusters (0, 2).
    """

    n: tuple[int, int]
    mean: tuple[float, float]
    second: tuple[float, float]
    third: tuple[float, float]
    fourth: tuple[float, float]
    counts: np.ndarray
    sums: np.ndarray

    @property
    def gap(self) -> float:
        """The mean of the group less that of the others."""
        return self.mean[0] - self.mean[1]

    @property
    def variances(self) -> tuple[float, float]:
        """Both variances, over n - 1."""
        a, b = (second * n / max(n - 1, 1) for second, n in zip(self.second, self.n, strict=True))
        return a, b


def sides(x: np.ndarray, inside: np.ndarray, outside: np.ndarray, clusters: np.ndarray | None = None) -> Sides:
    """What two groups of rows are: x (n,) with NaN where missing, which does not count; inside, outside (n,) bool that share no row.

    clusters (n,) int >= 0: the entity or block of each row.
    """
    blocks = NO_CLUSTERS if clusters is None else np.ascontiguousarray(clusters, dtype=np.int64)
    k = int(blocks.max()) + 1 if len(blocks) else 0
    counts, sums = np.zeros((k, 2)), np.zeros((k, 2))
    made = _sides(np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(inside), np.ascontiguousarray(outside), blocks, counts, sums)
    n, mean, second, third, fourth = made.tolist()
    return Sides((int(n[0]), int(n[1])), tuple(mean), tuple(second), tuple(third), tuple(fourth), counts, sums)


@numba.njit(cache=True, nogil=True)
def _sides(
    x: np.ndarray, inside: np.ndarray, outside: np.ndarray, clusters: np.ndarray, counts: np.ndarray, sums: np.ndarray
) -> np.ndarray:  # pragma: no cover - compiled
    """(5, 2) rows, means and central moments of both groups; fills the sums of clusters."""
    n, total = np.zeros(2), np.zeros(2)
    for r in range(len(x)):
        if (inside[r] or outside[r]) and not np.isnan(x[r]):
            side = 0 if inside[r] else 1
            n[side] += 1.0
            total[side] += x[r]
    out = np.zeros((5, 2))
    out[0] = n
    middle = total.sum() / max(n.sum(), 1.0)
    mean = total / np.maximum(n, 1.0)
    left, power = np.zeros(2), np.zeros((3, 2))
    for r in range(len(x)):
        if (inside[r] or outside[r]) and not np.isnan(x[r]):
            side = 0 if inside[r] else 1
            d = x[r] - mean[side]
            dd = d * d
            left[side] += d
            power[0, side] += dd
            power[1, side] += dd * d
            power[2, side] += dd * dd
            if len(clusters):
                counts[clusters[r], side] += 1.0
                sums[clusters[r], side] += x[r] - middle
    for side in range(2):
        some = max(n[side], 1.0)
        out[1, side] = mean[side] + left[side] / some  # what rounding took from the first pass
        out[2:, side] = power[:, side] / some
    return out
