"""Boxes of two and three items as `kernels` finds them, for searches that are repeated hundreds of times under permutations.

All pairs of items are summed at once (their rows do not change from one permutation to the next, and rows are passed over once per pair of
columns); triples are not all looked at, but grown: of every two columns the `seeds` strongest pairs by z* are each crossed with every item of
every other column. A triple none of whose three pairs is among the strongest of its columns is not found. Scores are those of `kernels.boxes`.
"""

from __future__ import annotations

import numba
import numpy as np

from .kernels import kept, nearest, packed_sums, z_score

__all__ = ["grown", "pair_sums"]


@numba.njit(cache=True, nogil=True)
def grown(
    codes: np.ndarray,
    m: np.ndarray,
    scale: tuple[float, float],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    limits: tuple[int, float, float, int],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """Fills `found` (capacity, 4) with (item, item, item or -1, z*) of the boxes of at least the kept |z*|; returns how many.

    codes (d, n) uint8; m (n,) centred measure; scale and items as in `kernels.boxes`; limits = (least rows of a box and of what its parent has
    besides, least |z*| of a pair, of a triple, how many pairs of two columns are grown: 0 for none, at most 8).
    """
    least, keep2, keep3, seeds = limits
    count, total = pair_sums(codes, m, items)
    used, floors = _told(count, total, scale, (least, keep2, seeds), items, found)
    if seeds > 0:
        used = _triples(codes, m, scale, items, (least, keep3, used), (count, total, floors), found)
    return used


@numba.njit(cache=True, nogil=True)
def pair_sums(
    codes: np.ndarray, m: np.ndarray, items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(items, items) rows and summed measure of every two items of different columns, in the upper triangle; of one item on the diagonal.

    codes (d, n) uint8, d > 1; m (n,); items = (levels (d,), starts (d + 1,), low, high) as in `kernels.boxes`.
    """
    levels, starts, low, high = items
    d, n = codes.shape
    size = len(low)
    count, total = np.zeros((size, size)), np.zeros((size, size))
    cells, sums = np.empty((257, 257)), np.empty((257, 257))
    for i in range(d):
        for j in range(i + 1, d):
            li, lj = int(levels[i]), int(levels[j])
            cells[: li + 1, : lj + 1] = 0.0
            sums[: li + 1, : lj + 1] = 0.0
            for r in range(n):
                a, b = codes[i, r] + 1, codes[j, r] + 1
                cells[a, b] += 1.0
                sums[a, b] += m[r]
            for a in range(1, li + 1):
                for b in range(1, lj + 1):
                    cells[a, b] += cells[a - 1, b] + cells[a, b - 1] - cells[a - 1, b - 1]
                    sums[a, b] += sums[a - 1, b] + sums[a, b - 1] - sums[a - 1, b - 1]
            for a in range(starts[i], starts[i + 1]):
                top, bottom = low[a], high[a] + 1
                count[a, a], total[a, a] = cells[bottom, lj] - cells[top, lj], sums[bottom, lj] - sums[top, lj]
                for b in range(starts[j], starts[j + 1]):
                    left, right = low[b], high[b] + 1
                    count[a, b] = cells[bottom, right] - cells[top, right] - cells[bottom, left] + cells[top, left]
                    total[a, b] = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
            for b in range(starts[j], starts[j + 1]):
                count[b, b], total[b, b] = cells[li, high[b] + 1] - cells[li, low[b]], sums[li, high[b] + 1] - sums[li, low[b]]
    return count, total


@numba.njit(cache=True, nogil=True)
def _told(
    count: np.ndarray,
    total: np.ndarray,
    scale: tuple[float, float],
    limits: tuple[int, float, int],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    found: np.ndarray,
) -> tuple[int, np.ndarray]:  # pragma: no cover - compiled
    """(how many pairs are kept in `found`, (d, d) the least |z*| of the pairs of two columns that are grown). z* fills total below its diagonal."""
    least, keep, seeds = limits
    _, starts, _, _ = items
    d = len(starts) - 1
    floors = np.full((d, d), np.inf)
    best = np.empty(max(seeds, 1))
    used = 0
    for i in range(d):
        for j in range(i + 1, d):
            best[:] = 0.0
            weakest = 0
            for a in range(starts[i], starts[i + 1]):
                if count[a, a] < 2 * least:
                    continue
                for b in range(starts[j], starts[j + 1]):
                    n = count[a, b]
                    if n < least:
                        continue
                    z = z_score(n, total[a, b], count[a, a], total[a, a], scale, least)
                    z = nearest(z, z_score(n, total[a, b], count[b, b], total[b, b], scale, least))
                    total[b, a] = z
                    if n >= 2 * least and abs(z) > best[weakest]:
                        best[weakest] = abs(z)
                        weakest = int(np.argmin(best))
                    if abs(z) >= keep:
                        used = _kept(found, used, a, b, -1, z)
            if seeds > 0:
                floors[i, j] = max(best[weakest], 1e-12)
    return used, floors


@numba.njit(cache=True, nogil=True)
def _kept(found: np.ndarray, used: int, a: int, b: int, c: int, z: float) -> int:  # pragma: no cover - compiled
    """As `kernels.keep`, each box once: a triple may grow from any of its pairs."""
    for i in range(used):
        if found[i, 0] == a and found[i, 1] == b and found[i, 2] == c:
            return used
    return kept(found, used, a, b, c, z)


@numba.njit(cache=True, nogil=True)
def _triples(
    codes: np.ndarray,
    m: np.ndarray,
    scale: tuple[float, float],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    limits: tuple[int, float, int],
    sums: tuple[np.ndarray, np.ndarray, np.ndarray],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """Crosses every pair whose |z*| reaches the floor of its columns with every item of every other column."""
    _, starts, low, high = items
    least, keep, used = limits
    count, total, floors = sums
    d, n = codes.shape
    packed, lower, unit = packed_sums(m)
    some, rows, weights = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(d):
        for a in range(starts[i], starts[i + 1]):
            own = _held(codes[i], low[a], high[a], np.arange(n), n, some)
            for j in range(i + 1, d):
                for b in range(starts[j], starts[j + 1]):
                    if abs(total[b, a]) < floors[i, j] or count[a, b] < 2 * least:
                        continue
                    size = _held(codes[j], low[b], high[b], some, own, rows)
                    for r in range(size):
                        weights[r] = packed[rows[r]]
                    used = _crossed((codes, rows, weights, size), (i, j, a, b), scale, items, (least, keep, used, lower, unit), (count, total), found)
    return used


@numba.njit(cache=True, nogil=True)
def _crossed(
    pair: tuple[np.ndarray, np.ndarray, np.ndarray, int],
    box: tuple[int, int, int, int],
    scale: tuple[float, float],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    limits: tuple[int, float, int, int, float],
    sums: tuple[np.ndarray, np.ndarray],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """One pair (all codes, its rows, their packed measures, how many they are) with every item of every other column."""
    levels, starts, low, high = items
    codes, rows, weights, size = pair
    i, j, a, b = box
    least, keep, used, lower, unit = limits
    count, total = sums
    half = np.int64(1) << (lower - 1)
    cells = np.empty(257, np.int64)
    for k in range(len(levels)):
        if k in (i, j):
            continue
        lk = int(levels[k])
        cells[: lk + 1] = 0
        for r in range(size):
            cells[codes[k, rows[r]] + 1] += weights[r]
        for c in range(1, lk + 1):
            cells[c] += cells[c - 1]
        for c in range(starts[k], starts[k + 1]):
            both = cells[high[c] + 1] - cells[low[c]]
            inside = int((both + half) >> lower)
            if inside < least:
                continue
            s = float((both - (inside << lower)) * unit)
            z = z_score(inside, s, count[a, b], total[a, b], scale, least)
            if abs(z) < keep:
                continue
            first, second = (min(a, c), max(a, c)), (min(b, c), max(b, c))
            z = nearest(z, z_score(inside, s, count[first], total[first], scale, least))
            z = nearest(z, z_score(inside, s, count[second], total[second], scale, least))
            if abs(z) >= keep:
                x, y, w = _sorted(a, b, c)
                used = _kept(found, used, x, y, w, z)
    return used


@numba.njit(cache=True, nogil=True)
def _held(codes: np.ndarray, low: int, high: int, among: np.ndarray, many: int, out: np.ndarray) -> int:  # pragma: no cover - compiled
    """Fills `out` with those of the first `many` rows in `among` whose code lies in low..high; returns how many."""
    size = 0
    for r in range(many):
        out[size] = among[r]
        size += (codes[among[r]] >= low) & (codes[among[r]] <= high)
    return int(size)


@numba.njit(cache=True, nogil=True)
def _sorted(a: int, b: int, c: int) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Items of a box in the order of their columns; a < b."""
    return (c, a, b) if c < a else (a, c, b) if c < b else (a, b, c)
