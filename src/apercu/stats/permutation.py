"""The null distribution of a studentised difference of means, by permuting which rows are in the group.

Statistic: t of Welch. Only the smaller group is drawn anew in each round; the other's sums follow from the totals. Compiled.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["studentised"]


def studentised(pooled: np.ndarray, n: int, rounds: int, seed: int) -> np.ndarray:
    """(rounds,) t of a random group of `n` of the pooled rows against the others; 1 < n < len(pooled) - 1."""
    small = min(n, len(pooled) - n)
    drawn = _studentised(np.ascontiguousarray(pooled - pooled.mean()), small, rounds, seed)
    return drawn if small == n else -drawn


@numba.njit(cache=True, nogil=True)
def _studentised(pooled: np.ndarray, small: int, rounds: int, seed: int) -> np.ndarray:  # pragma: no cover - compiled
    np.random.seed(seed)
    n = len(pooled)
    rest = n - small
    total, squares = 0.0, 0.0
    for i in range(n):
        total += pooled[i]
        squares += pooled[i] * pooled[i]
    x = pooled.copy()
    out = np.empty(rounds)
    for r in range(rounds):
        a, aa = 0.0, 0.0
        for i in range(small):  # the first steps of a Fisher-Yates shuffle draw a group without replacement
            j = i + np.random.randint(n - i)
            x[i], x[j] = x[j], x[i]
            a += x[i]
            aa += x[i] * x[i]
        b, bb = total - a, squares - aa
        mean, other = a / small, b / rest
        variance = (aa - small * mean * mean) / (small - 1) / small + (bb - rest * other * other) / (rest - 1) / rest
        out[r] = (mean - other) / np.sqrt(variance) if variance > 0.0 else 0.0
    return out
