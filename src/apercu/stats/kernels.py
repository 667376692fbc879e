"""The search kernel: fused histograms over pairs and triples of coded columns, and every box in them tested against every parent.

A column is a row of small codes; an *item* is a range of one column's codes (a level, `x <= cut`, `x > cut`, a window). A *box* is one item
of each of two or three columns. For a box S inside a parent P (the box without one of its items)

    z(S, P) = (mean(S) - mean(P without S)) / (sd * sqrt(1 / n(S) + 1 / n(P without S)))

where sd is the measure's own standard deviation for a number, and sqrt(p (1 - p)) of the parent's rate p for a rate (the score test),
and z*(S) is the z nearest to zero over all parents, 0 if they differ in sign: a box must beat every parent, so a true fact padded with
an idle condition scores nothing. One pass over the rows fills a triple's cube (1.2 to 1.6 ns a row); prefix sums make each box and
parent a handful of additions. Compiled, without the GIL, so threads share the outer pairs.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["boxes", "singles"]


@numba.njit(cache=True, nogil=True)
def _z(
    count: float, total: float, parent: float, parent_total: float, scale: tuple[float, float], least: int
) -> float:  # pragma: no cover - compiled
    rest = parent - count
    if rest < least:
        return 0.0
    sd, base = scale
    if base >= 0.0:  # a rate: the parent's own rate gives its spread, as in the score test
        rate = min(max(base + parent_total / parent, 0.5 / parent), 1.0 - 0.5 / parent)
        sd = np.sqrt(rate * (1.0 - rate))
    return (total / count - (parent_total - total) / rest) / (sd * np.sqrt(1.0 / count + 1.0 / rest))


@numba.njit(cache=True, nogil=True)
def singles(
    codes: np.ndarray, m: np.ndarray, scale: tuple[float, float], starts: np.ndarray, low: np.ndarray, high: np.ndarray, least: int
) -> np.ndarray:  # pragma: no cover - compiled
    """(items,) z of every item against all other rows, 0 below `least` rows on either side.

    codes (d, n) uint8; m (n,) centred measure; scale = (standard deviation of m, mean of a rate before it was centred or -1 for a number);
    items of column j are starts[j]:starts[j + 1], each the codes low..high.
    """
    d, n = codes.shape
    out = np.zeros(len(low))
    count = np.empty(257)
    total = np.empty(257)
    whole = m.sum()
    for j in range(d):
        count[:] = 0.0
        total[:] = 0.0
        for r in range(n):
            c = codes[j, r] + 1
            count[c] += 1.0
            total[c] += m[r]
        for c in range(1, 257):
            count[c] += count[c - 1]
            total[c] += total[c - 1]
        for a in range(starts[j], starts[j + 1]):
            inside = float(count[high[a] + 1] - count[low[a]])
            s = float(total[high[a] + 1] - total[low[a]])
            rest = n - inside
            if inside >= least and rest >= least:
                out[a] = _z(inside, s, float(n), whole, scale, least)
    return out


@numba.njit(cache=True, nogil=True)
def _nearest(a: float, b: float) -> float:  # pragma: no cover - compiled
    if a * b <= 0.0:
        return 0.0
    return a if abs(a) < abs(b) else b


@numba.njit(cache=True, nogil=True)
def _keep(found: np.ndarray, used: int, a: int, b: int, c: int, z: float) -> int:  # pragma: no cover - compiled
    """Keeps the boxes of largest |z| in `found`, full or not; returns how many it holds."""
    place = used
    if used == found.shape[0]:
        place = 0
        for i in range(1, used):
            if abs(found[i, 3]) < abs(found[place, 3]):
                place = i
        if abs(found[place, 3]) >= abs(z):
            return used
    found[place, 0], found[place, 1], found[place, 2], found[place, 3] = a, b, c, z
    return max(used, place + 1)


@numba.njit(cache=True, nogil=True)
def _square(count: np.ndarray, total: np.ndarray, pair: np.ndarray, m: np.ndarray, wide: int) -> None:  # pragma: no cover - compiled
    """Prefix sums (with a margin of zeros) of the histogram of pair codes."""
    count[:] = 0.0
    total[:] = 0.0
    for r in range(len(m)):
        i, j = pair[r] // wide + 1, pair[r] % wide + 1
        count[i, j] += 1.0
        total[i, j] += m[r]
    for i in range(1, count.shape[0]):
        for j in range(1, count.shape[1]):
            count[i, j] += count[i - 1, j] + count[i, j - 1] - count[i - 1, j - 1]
            total[i, j] += total[i - 1, j] + total[i, j - 1] - total[i - 1, j - 1]


@numba.njit(cache=True, nogil=True)
def _area(p: np.ndarray, a: int, b: int, c: int, d: int) -> float:  # pragma: no cover - compiled
    return p[b + 1, d + 1] - p[a, d + 1] - p[b + 1, c] + p[a, c]


@numba.njit(cache=True, nogil=True)
def _cube(count: np.ndarray, total: np.ndarray, pair: np.ndarray, third: np.ndarray, m: np.ndarray, wide: int) -> None:  # pragma: no cover - compiled
    count[:] = 0.0
    total[:] = 0.0
    for r in range(len(m)):
        i, j, k = pair[r] // wide + 1, pair[r] % wide + 1, third[r] + 1
        count[i, j, k] += 1.0
        total[i, j, k] += m[r]
    for p in (count, total):
        for i in range(1, p.shape[0]):
            for j in range(1, p.shape[1]):
                for k in range(1, p.shape[2]):
                    p[i, j, k] += p[i, j, k - 1]
        for i in range(1, p.shape[0]):
            for j in range(1, p.shape[1]):
                for k in range(1, p.shape[2]):
                    p[i, j, k] += p[i, j - 1, k]
        for i in range(1, p.shape[0]):
            for j in range(1, p.shape[1]):
                for k in range(1, p.shape[2]):
                    p[i, j, k] += p[i - 1, j, k]


@numba.njit(cache=True, nogil=True)
def _volume(p: np.ndarray, a: int, b: int, c: int, d: int, e: int, f: int) -> float:  # pragma: no cover - compiled
    upper = p[b + 1, d + 1, f + 1] - p[a, d + 1, f + 1] - p[b + 1, c, f + 1] + p[a, c, f + 1]
    lower = p[b + 1, d + 1, e] - p[a, d + 1, e] - p[b + 1, c, e] + p[a, c, e]
    return upper - lower


@numba.njit(cache=True, nogil=True)
def boxes(
    codes: np.ndarray,
    m: np.ndarray,
    scale: tuple[float, float],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    pairs: np.ndarray,
    limits: tuple[int, float, float, int],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """Fills `found` (capacity, 4) with (item, item, item or -1, z*) of the best boxes; returns how many.

    codes (d, n) uint8; m (n,) centred measure; scale as in `singles`; items = (levels (d,), starts (d + 1,), low, high) as in `singles`;
    pairs (k, 2) outer pairs of columns i < j; limits = (least rows of a box and of what its parent has besides, least |z*| of a pair, of a
    triple, depth 2 or 3). The third column of a triple runs over j + 1 .. d - 1, so all outer pairs together see each triple once.
    """
    levels, starts, low, high = items
    least, keep2, keep3, depth = limits
    n = codes.shape[1]
    pair = np.empty(n, np.int32)
    used = 0
    for t in range(len(pairs)):
        i, j = pairs[t, 0], pairs[t, 1]
        wide = int(levels[j])
        for r in range(n):
            pair[r] = np.int32(codes[i, r]) * wide + np.int32(codes[j, r])
        count = np.empty((levels[i] + 1, wide + 1))
        total = np.empty((levels[i] + 1, wide + 1))
        _square(count, total, pair, m, wide)
        last_i, last_j = int(levels[i]) - 1, wide - 1
        for a in range(starts[i], starts[i + 1]):
            for b in range(starts[j], starts[j + 1]):
                c = _area(count, low[a], high[a], low[b], high[b])
                if c < least:
                    continue
                s = _area(total, low[a], high[a], low[b], high[b])
                z = _z(c, s, _area(count, low[a], high[a], 0, last_j), _area(total, low[a], high[a], 0, last_j), scale, least)
                z = _nearest(z, _z(c, s, _area(count, 0, last_i, low[b], high[b]), _area(total, 0, last_i, low[b], high[b]), scale, least))
                if abs(z) >= keep2:
                    used = _keep(found, used, a, b, -1, z)
        if depth < 3:
            continue
        for k in range(j + 1, len(levels)):
            used = _triples(pair, codes[k], (m, scale), items, (i, j, k), (least, keep3, used), found)
    return used


@numba.njit(cache=True, nogil=True)
def _triples(
    pair: np.ndarray,
    third: np.ndarray,
    measure: tuple[np.ndarray, tuple[float, float]],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[int, int, int],
    limits: tuple[int, float, int],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    levels, starts, low, high = items
    i, j, k = columns
    least, keep, used = limits
    m, scale = measure
    count = np.empty((levels[i] + 1, levels[j] + 1, levels[k] + 1))
    total = np.empty((levels[i] + 1, levels[j] + 1, levels[k] + 1))
    _cube(count, total, pair, third, m, levels[j])
    li, lj, lk = levels[i] - 1, levels[j] - 1, levels[k] - 1
    for a in range(starts[i], starts[i + 1]):
        for b in range(starts[j], starts[j + 1]):
            ab = _volume(count, low[a], high[a], low[b], high[b], 0, lk)
            if ab < 2 * least:
                continue
            ab_total = _volume(total, low[a], high[a], low[b], high[b], 0, lk)
            for c in range(starts[k], starts[k + 1]):
                n = _volume(count, low[a], high[a], low[b], high[b], low[c], high[c])
                if n < least:
                    continue
                s = _volume(total, low[a], high[a], low[b], high[b], low[c], high[c])
                z = _z(n, s, ab, ab_total, scale, least)
                if abs(z) < keep:
                    continue
                ac = _volume(count, low[a], high[a], 0, lj, low[c], high[c])
                z = _nearest(z, _z(n, s, ac, _volume(total, low[a], high[a], 0, lj, low[c], high[c]), scale, least))
                if abs(z) < keep:
                    continue
                bc = _volume(count, 0, li, low[b], high[b], low[c], high[c])
                z = _nearest(z, _z(n, s, bc, _volume(total, 0, li, low[b], high[b], low[c], high[c]), scale, least))
                if abs(z) >= keep:
                    used = _keep(found, used, a, b, c, z)
    return used
