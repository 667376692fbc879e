"""Rows, sums and sums of squares of a measure wherever two items of different columns meet: what every comparison of four cells is made of.

One pass over the rows for each two columns fills a small table of their codes; prefix sums turn it into any range of codes by any other. Sums are
floating, and taken in the order of the rows. What it does *not* do: triples, or keeping the best (see `kernels`).

>>> codes = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.uint8)
>>> one = (np.array([2, 2]), np.array([0, 1, 2]), np.array([1, 1]), np.array([1, 1]))  # of each column the rows of code 1
>>> meeting(codes, np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1]), one)[:, 0, 1].tolist()
[1.0, 4.0, 16.0]
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["meeting"]


@numba.njit(cache=True, nogil=True)
def meeting(
    codes: np.ndarray, m: np.ndarray, columns: np.ndarray, items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> np.ndarray:  # pragma: no cover - compiled
    """(3, items, items) rows, sum and sum of squares of the rows that two items share; 0 for two items of one column, but an item with itself.

    codes (d, n) uint8; m (n,); columns (k,): the places of the columns that are crossed; items = (levels (k,), starts (k + 1,), low, high) of those:
    the items of the column at columns[c] are starts[c]:starts[c + 1], each the codes low..high.
    """
    levels, starts, low, high = items
    n, size = codes.shape[1], len(low)
    out = np.zeros((3, size, size))
    own = np.empty((257, 3))
    for i in range(len(columns)):
        first = codes[columns[i]]
        own[: levels[i] + 1] = 0.0
        for r in range(n):
            a = np.int64(first[r]) + 1
            own[a, 0] += 1.0
            own[a, 1] += m[r]
            own[a, 2] += m[r] * m[r]
        for a in range(1, levels[i] + 1):
            own[a] += own[a - 1]
        for a in range(starts[i], starts[i + 1]):
            for t in range(3):
                out[t, a, a] = own[high[a] + 1, t] - own[low[a], t]
        for j in range(i + 1, len(columns)):
            _crossed(first, codes[columns[j]], m, (i, j), items, out)
    return out


@numba.njit(cache=True, nogil=True)
def _crossed(
    first: np.ndarray,
    second: np.ndarray,
    m: np.ndarray,
    places: tuple[int, int],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    out: np.ndarray,
) -> None:  # pragma: no cover - compiled
    """Fills both corners of `out` in which the items of two columns meet."""
    levels, starts, low, high = items
    i, j = places
    li, lj = levels[i], levels[j]
    wide = lj + 1
    cells = np.zeros(((li + 1) * wide, 3))
    for r in range(len(m)):
        cell = (np.int64(first[r]) + 1) * wide + np.int64(second[r]) + 1
        cells[cell, 0] += 1.0
        cells[cell, 1] += m[r]
        cells[cell, 2] += m[r] * m[r]
    for a in range(1, li + 1):
        for b in range(1, lj + 1):
            here = a * wide + b
            for t in range(3):
                cells[here, t] += cells[here - wide, t] + cells[here - 1, t] - cells[here - wide - 1, t]
    for a in range(starts[i], starts[i + 1]):
        top, bottom = low[a] * wide, (high[a] + 1) * wide
        for b in range(starts[j], starts[j + 1]):
            left, right = low[b], high[b] + 1
            for t in range(3):
                both = cells[bottom + right, t] - cells[top + right, t] - cells[bottom + left, t] + cells[top + left, t]
                out[t, a, b] = both
                out[t, b, a] = both
