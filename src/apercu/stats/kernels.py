"""The search kernel: fused histograms over pairs and triples of coded columns, and every box in them tested against every parent.

A column is a row of small codes; an *item* is a range of one column's codes (a level, `x <= cut`, `x > cut`, a window). A *box* is one item
of each of two or three columns. For a box S inside a parent P (the box without one of its items)

    z(S, P) = (mean(S) - mean(P without S)) / (sd * sqrt(1 / n(S) + 1 / n(P without S)))

where sd is the measure's own standard deviation for a number, and sqrt(p (1 - p)) of the parent's rate p for a rate (the score test),
and z*(S) is the z nearest to zero over all parents, 0 if they differ in sign: a box must beat every parent, so a true fact padded with
an idle condition scores nothing. One pass over the rows fills a triple's cube; prefix sums make each box and parent a handful of additions.
Count and sum share one 64-bit whole number, so that a row costs one addition and sums do not depend on the order of rows: the measure is
rounded to 2**-23 of its largest value for 500,000 rows, and finer for fewer. Compiled, without the GIL, so threads share the outer pairs.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["boxes", "kept", "nearest", "packed_sums", "singles", "z_score"]


@numba.njit(cache=True, nogil=True)
def z_score(
    count: float, total: float, parent: float, parent_total: float, scale: tuple[float, float], least: int
) -> float:  # pragma: no cover - compiled
    """The z of a box of `count` rows and summed measure `total` in a parent, against the parent's other rows; 0 where they are fewer than `least`."""
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
                out[a] = z_score(inside, s, float(n), whole, scale, least)
    return out


@numba.njit(cache=True, nogil=True)
def nearest(a: float, b: float) -> float:  # pragma: no cover - compiled
    """Of two z the one nearer to zero; 0 where they differ in sign."""
    if a * b <= 0.0:
        return 0.0
    return a if abs(a) < abs(b) else b


@numba.njit(cache=True, nogil=True)
def kept(found: np.ndarray, used: int, a: int, b: int, c: int, z: float) -> int:  # pragma: no cover - compiled
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
def packed_sums(m: np.ndarray) -> tuple[np.ndarray, int, float]:  # pragma: no cover - compiled
    """((n,) int64: 1 in the upper bits and the rounded measure in the lower, how many bits are lower, unit of the lower bits)."""
    bits = int(np.ceil(np.log2(len(m) + 1.0)))
    lower = 62 - bits  # the sum of n counts keeps below 2**62, the sum of n measures below 2**(lower - 1)
    largest = np.abs(m).max()
    unit = largest / 2.0 ** (lower - 1 - bits) if largest > 0.0 else 1.0
    one = np.int64(1) << lower
    out = np.empty(len(m), np.int64)
    for r in range(len(m)):
        out[r] = one + np.int64(np.rint(m[r] / unit))
    return out, lower, unit


@numba.njit(cache=True, nogil=True)
def _parted(sums: np.ndarray, lower: int, unit: float, count: np.ndarray, total: np.ndarray) -> None:  # pragma: no cover - compiled
    """Counts and totals of packed sums."""
    half = np.int64(1) << (lower - 1)
    for k in range(len(sums)):
        n = (sums[k] + half) >> lower
        count[k] = n
        total[k] = (sums[k] - (n << lower)) * unit


@numba.njit(cache=True, nogil=True)
def _cube(
    cells: np.ndarray, prefix: np.ndarray, levels: tuple[int, int, int], low: np.ndarray, high: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Fills prefix (i + 1, j + 1, items + 1) from cells (i * j * k,): sums over the codes of two columns below i, j, over items of the third.

    The last place stands for all codes of the third column. Items lie side by side, so that one box after the other is a stream.
    """
    li, lj, lk = levels
    inner = np.zeros(lk + 1, np.int64)
    items = len(low)
    prefix[0] = 0
    for i in range(li):
        prefix[i + 1, 0] = 0
        for j in range(lj):
            start = (i * lj + j) * lk
            for k in range(lk):
                inner[k + 1] = inner[k] + cells[start + k]
            here, before = prefix[i + 1, j + 1], prefix[i + 1, j]
            for c in range(items):
                here[c] = before[c] + inner[high[c] + 1] - inner[low[c]]
            here[items] = before[items] + inner[lk]
        for j in range(1, lj + 1):
            here, above = prefix[i + 1, j], prefix[i, j]
            for c in range(items + 1):
                here[c] += above[c]


@numba.njit(cache=True, nogil=True)
def _row(prefix: np.ndarray, spans: tuple[int, int, int, int], out: np.ndarray) -> None:  # pragma: no cover - compiled
    """Fills out (items + 1,): sums of codes a..b of one column and c..d of the other, spans = (a, b + 1, c, d + 1), for each item of the third."""
    a, b, c, d = spans
    first, second, third, fourth = prefix[b, d], prefix[a, d], prefix[b, c], prefix[a, c]
    for k in range(len(out)):
        out[k] = first[k] - second[k] - third[k] + fourth[k]


@numba.njit(cache=True, nogil=True)
def _promising(count: np.ndarray, total: np.ndarray, scale: tuple[float, float], least: int, keep: float) -> bool:  # pragma: no cover - compiled
    """Whether any item of a row may lie `keep` standard errors from the row's last place, its parent: z with neither root nor quotient."""
    sd, base = scale
    last = len(count) - 1
    parent, parent_total = count[last], total[last]
    bar = sd * sd
    if base >= 0.0:
        rate = min(max(base + parent_total / parent, 0.5 / parent), 1.0 - 0.5 / parent)
        bar = rate * (1.0 - rate)
    bar *= keep * keep * parent * (1.0 - 1e-9)  # what rounding might decide is decided by z itself
    hits = 0
    for k in range(last):
        gap = total[k] * parent - parent_total * count[k]
        rest = parent - count[k]
        hits += (gap * gap >= bar * count[k] * rest) & (count[k] >= least) & (rest >= least)
    return hits > 0


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
    levels = items[0]
    least, keep2, keep3, depth = limits
    n = codes.shape[1]
    pair = np.empty(n, np.int32)
    packed, lower, unit = packed_sums(m)
    measure = (packed, lower, unit, scale)
    used = 0
    for t in range(len(pairs)):
        i, j = pairs[t, 0], pairs[t, 1]
        for r in range(n):
            pair[r] = codes[i, r]
        used = _pairs(pair, codes[j], measure, items, (i, j), (least, keep2, used), found)
        if depth < 3:
            continue
        wide = np.int32(levels[j])
        for r in range(n):
            pair[r] = pair[r] * wide + np.int32(codes[j, r])
        for k in range(j + 1, len(levels)):
            used = _triples(pair, codes[k], measure, items, (i, j, k), (least, keep3, used), found)
    return used


@numba.njit(cache=True, nogil=True)
def _cells(first: np.ndarray, second: np.ndarray, packed: np.ndarray, size: int, wide: int) -> np.ndarray:  # pragma: no cover - compiled
    """(size,) packed sums of each cell of two codes, first * wide + second."""
    cells = np.zeros(size, np.int64)
    for r in range(len(packed)):
        cells[np.int64(first[r]) * wide + second[r]] += packed[r]
    return cells


@numba.njit(cache=True, nogil=True)
def _pairs(
    first: np.ndarray,
    second: np.ndarray,
    measure: tuple[np.ndarray, int, float, tuple[float, float]],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[int, int],
    limits: tuple[int, float, int],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """As `_triples`, of pairs: a cube whose first column has one code."""
    levels, starts, low, high = items
    i, j = columns
    least, keep, used = limits
    packed, lower, unit, scale = measure
    li, lj = int(levels[i]), int(levels[j])
    begin, end = starts[j], starts[j + 1]
    wide = end - begin
    cube = np.empty((2, li + 1, wide + 1), np.int64)
    _cube(_cells(first, second, packed, li * lj, lj), cube, (1, li, lj), low[begin:end], high[begin:end])
    sums = np.empty(wide + 1, np.int64)
    n, s, whole, whole_total = np.empty(wide + 1), np.empty(wide + 1), np.empty(wide + 1), np.empty(wide + 1)
    _parted(cube[1, li], lower, unit, whole, whole_total)
    for a in range(starts[i], starts[i + 1]):
        _row(cube, (0, 1, low[a], high[a] + 1), sums)
        _parted(sums, lower, unit, n, s)
        if n[wide] < 2 * least or not _promising(n, s, scale, least, keep):
            continue
        for b in range(wide):
            if n[b] < least:
                continue
            z = z_score(n[b], s[b], float(n[wide]), float(s[wide]), scale, least)
            z = nearest(z, z_score(n[b], s[b], float(whole[b]), float(whole_total[b]), scale, least))
            if abs(z) >= keep:
                used = kept(found, used, a, begin + b, -1, z)
    return used


@numba.njit(cache=True, nogil=True)
def _triples(
    pair: np.ndarray,
    third: np.ndarray,
    measure: tuple[np.ndarray, int, float, tuple[float, float]],
    items: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[int, int, int],
    limits: tuple[int, float, int],
    found: np.ndarray,
) -> int:  # pragma: no cover - compiled
    levels, starts, low, high = items
    i, j, k = columns
    least, keep, used = limits
    packed, lower, unit, scale = measure
    li, lj, lk = int(levels[i]), int(levels[j]), int(levels[k])
    begin, end = starts[k], starts[k + 1]
    wide = end - begin
    cube = np.empty((li + 1, lj + 1, wide + 1), np.int64)
    _cube(_cells(pair, third, packed, li * lj * lk, lk), cube, (li, lj, lk), low[begin:end], high[begin:end])
    sums, side = np.empty(wide + 1, np.int64), np.empty(1, np.int64)
    n, s, parent, parent_total = np.empty(wide + 1), np.empty(wide + 1), np.empty(1), np.empty(1)
    for a in range(starts[i], starts[i + 1]):
        for b in range(starts[j], starts[j + 1]):
            _row(cube, (low[a], high[a] + 1, low[b], high[b] + 1), sums)
            if sums[wide] >> lower < 2 * least - 1:
                continue
            _parted(sums, lower, unit, n, s)
            if n[wide] < 2 * least or not _promising(n, s, scale, least, keep):
                continue
            for c in range(wide):
                if n[c] < least:
                    continue
                z = z_score(n[c], s[c], float(n[wide]), float(s[wide]), scale, least)
                if abs(z) < keep:
                    continue
                side[0] = cube[high[a] + 1, lj, c] - cube[low[a], lj, c]
                _parted(side, lower, unit, parent, parent_total)
                z = nearest(z, z_score(n[c], s[c], float(parent[0]), float(parent_total[0]), scale, least))
                if abs(z) < keep:
                    continue
                side[0] = cube[li, high[b] + 1, c] - cube[li, low[b], c]
                _parted(side, lower, unit, parent, parent_total)
                z = nearest(z, z_score(n[c], s[c], float(parent[0]), float(parent_total[0]), scale, least))
                if abs(z) >= keep:
                    used = kept(found, used, a, b, begin + c, z)
    return used
