"""Frequent item sets of baskets, and the rules between their parts: which items stand together, how often, and how much oftener than by chance.

    sets = frequent(baskets, least_support=0.01)          # baskets: (n, items) bool, or sparse rows (CSR)
    found = rules(sets, least_confidence=0.3)             # found.lift[0], found.sides(0)

Depth first, each set handed on as the places in baskets where it ends, so that what may follow is counted by walking on from there
(occurrence deliver: Uno, Asai, Uchida & Arimura 2003). Time and memory go with the items that are there, not with baskets times items. Rules
are all ways to part a set in two whose confidence is enough (Agrawal & Srikant 1994), as mlxtend and arules give them. They say nothing of
chance: that is for a test on baskets that were not mined. Compiled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

__all__ = ["Itemsets", "Rules", "frequent", "rules"]

LONGEST = 20  # items of a set that is parted into rules: it has 2^20 parts


@dataclass(frozen=True)
class Itemsets:
    """k frequent sets of n baskets: items (k, longest) int32, -1 where a set has fewer; sizes (k,) and counts (k,) int64, baskets that hold it.

    The items of a set stand from the rarest to the most frequent, and each set comes after the one that lacks its last item.
    """

    items: np.ndarray
    sizes: np.ndarray
    counts: np.ndarray
    n: int

    def of(self, i: int) -> tuple[int, ...]:
        """The items of one set."""
        return tuple(self.items[i, : self.sizes[i]].tolist())


@dataclass(frozen=True)
class Rules:
    """r rules: which set (r,) each parts, its left side as a bit per item of the set (r,), and support, confidence and lift (r,)."""

    itemsets: Itemsets
    of: np.ndarray
    left: np.ndarray
    support: np.ndarray
    confidence: np.ndarray
    lift: np.ndarray

    def sides(self, i: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(items that are given, items that are expected) of one rule."""
        items, mask = self.itemsets.of(int(self.of[i])), int(self.left[i])
        return tuple(x for b, x in enumerate(items) if mask >> b & 1), tuple(x for b, x in enumerate(items) if not mask >> b & 1)


def frequent(baskets: Any, least_support: float, longest: int = LONGEST) -> Itemsets:
    """All sets of 1 to `longest` items that stand in at least `least_support` (a share) of the baskets.

    baskets: (n, items) bool, or a sparse matrix of n rows with `indptr` and `indices` (CSR), each item once a row.
    """
    starts, items, width = _rows(baskets)
    n = len(starts) - 1
    least = _least(least_support, n)
    counts = np.bincount(items, minlength=width)
    kept = np.flatnonzero(counts >= least)
    kept = kept[np.argsort(counts[kept], kind="stable")]
    rank = np.full(width, -1, dtype=np.int32)
    rank[kept] = np.arange(len(kept))
    parents, last, found = _mined(*_ranked(starts, items, rank), len(kept), least, min(longest, LONGEST))
    table, sizes = _spelled(parents, last)
    names = np.append(kept, -1).astype(np.int32)
    return Itemsets(names[table], sizes, found, n)


def rules(itemsets: Itemsets, least_confidence: float) -> Rules:
    """All rules from one part of a frequent set to the rest of it whose confidence, the share of the baskets of the left side that hold the
    right side as well, is enough. The parts must be frequent themselves, as those of every frequent set are.
    """
    width = int(itemsets.items.max(initial=-1)) + 1
    of, left, whole, given, rest = _parted(itemsets.items, itemsets.sizes, itemsets.counts, width, least_confidence)
    n = max(itemsets.n, 1)
    return Rules(itemsets, of, left, whole / n, whole / given, whole * n / (given * rest))


def _rows(baskets: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """(starts (n + 1,), items, how many items there are) of a matrix of either sort."""
    if hasattr(baskets, "indptr"):
        return np.asarray(baskets.indptr, dtype=np.int64), np.asarray(baskets.indices, dtype=np.int64), int(baskets.shape[1])
    held = np.ascontiguousarray(baskets, dtype=bool)
    return *_sparse(held), held.shape[1]


def _least(share: float, n: int) -> int:
    """The least whole number of n that is this share or more: 0.07 of 100 is 7, though 0.07 * 100 is a little more."""
    count = max(1, math.floor(share * n) - 1)
    while count < share * n and count / n < share:
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _sparse(held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(starts (n + 1,), items) of a bool matrix."""
    n, width = held.shape
    starts, items = np.zeros(n + 1, np.int64), np.empty(held.sum(), np.int64)
    filled = 0
    for b in range(n):
        for j in range(width):
            if held[b, j]:
                items[filled] = j
                filled += 1
        starts[b + 1] = filled
    return starts, items


@numba.njit(cache=True, nogil=True)
def _ranked(starts: np.ndarray, items: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(stops, ranks): every basket's frequent items from the rarest on; stops[q] is where the basket of place q ends."""
    out = np.empty(len(items), dtype=np.uint32)  # unsigned: as an index it needs no look at its sign
    stops = np.empty(len(items), dtype=np.int64)
    filled = 0
    for b in range(len(starts) - 1):
        begin = filled
        for q in range(starts[b], starts[b + 1]):
            if rank[items[q]] >= 0:
                place = filled
                while place > begin and out[place - 1] > rank[items[q]]:  # baskets are short: insertion
                    out[place] = out[place - 1]
                    place -= 1
                out[place] = rank[items[q]]
                filled += 1
        stops[begin:filled] = filled
    return stops[:filled].copy(), out[:filled].copy()


@numba.njit(cache=True, nogil=True)
def _mined(
    stops: np.ndarray, ranks: np.ndarray, width: int, least: int, longest: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover
    """(parent, last item, count) of every frequent set, in depth-first order; the parent lacks the last item, -1 for the empty set."""
    parents, last, found = [np.int64(0)], [np.uint32(0)], [np.int64(0)]  # one each to tell the types, taken off at the end
    counts, places = np.zeros(width, np.int64), np.empty(width, np.int64)
    stack = [(np.int64(-1), np.arange(width).astype(np.uint32), *_grouped(ranks, width))]
    turn = [0]
    while len(stack) > 0:
        parent, items, begins, pool = stack[-1]
        i = turn[-1]
        if i == len(items):
            stack.pop()
            turn.pop()
            continue
        turn[-1] += 1
        own = pool[begins[i] : begins[i + 1]]
        parents.append(parent)
        last.append(items[i])
        found.append(np.int64(len(own)))
        if len(stack) < longest:
            following = _delivered(stops, ranks, own, least, counts, places)
            if len(following[0]) > 0:
                stack.append((np.int64(len(parents) - 2), *following))
                turn.append(0)
    return np.array(parents)[1:], np.array(last)[1:], np.array(found)[1:]


@numba.njit(cache=True, nogil=True)
def _grouped(ranks: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(begins (width + 1,), places): where each item stands, item after item."""
    begins = np.zeros(width + 1, np.int64)
    for r in ranks:
        begins[r + 1] += 1
    for r in range(width):
        begins[r + 1] += begins[r]
    free, places = begins[:-1].copy(), np.empty(len(ranks), np.int64)
    for q in range(len(ranks)):
        places[free[ranks[q]]] = q
        free[ranks[q]] += 1
    return begins, places


@numba.njit(cache=True, nogil=True)
def _delivered(
    stops: np.ndarray, ranks: np.ndarray, own: np.ndarray, least: int, counts: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(items, begins (items + 1,), places): what stands often enough after the places `own`, in the same baskets, and where. counts is left at 0."""
    seen = np.empty(len(counts), np.uint32)
    n = 0
    for p in own:
        for q in range(p + 1, stops[p]):
            if counts[ranks[q]] == 0:
                seen[n] = ranks[q]
                n += 1
            counts[ranks[q]] += 1
    items = np.sort(seen[:n][counts[seen[:n]] >= least])
    begins = np.zeros(len(items) + 1, np.int64)
    for i in range(n):
        places[seen[i]] = -1
    for i in range(len(items)):
        begins[i + 1] = begins[i] + counts[items[i]]
        places[items[i]] = begins[i]
    counts[seen[:n]] = 0
    pool = np.empty(begins[-1], np.int64)
    for p in own:
        for q in range(p + 1, stops[p]):
            if places[ranks[q]] >= 0:
                pool[places[ranks[q]]] = q
                places[ranks[q]] += 1
    return items, begins, pool


@numba.njit(cache=True, nogil=True)
def _spelled(parents: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(items (k, longest), sizes (k,)) of sets that are told by their parent and their last item."""
    sizes = np.zeros(len(last), np.int64)
    for i in range(len(last)):
        sizes[i] = 1 if parents[i] < 0 else sizes[parents[i]] + 1
    table = np.full((len(last), sizes.max() if len(sizes) else 1), -1, np.int32)
    for i in range(len(last)):
        if parents[i] >= 0:
            table[i] = table[parents[i]]
        table[i, sizes[i] - 1] = last[i]
    return table, sizes


@numba.njit(cache=True, nogil=True)
def _parted(
    items: np.ndarray, sizes: np.ndarray, counts: np.ndarray, width: int, least: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(set, left bits, count of the set, of its left side, of its right side) of every rule that is confident enough.

    A set's parts are looked up along the tree of sets: the key of a set is that of its parent and its last item.
    """
    k = len(sizes)
    parent, path = np.full(k, -1, np.int64), np.full(items.shape[1] + 1, -1, np.int64)
    for i in range(k):
        parent[i] = path[sizes[i] - 1]
        path[sizes[i]] = i
    keys = np.array([(parent[i] + 1) * width + items[i, sizes[i] - 1] for i in range(k)], dtype=np.int64)
    order = np.argsort(keys)
    keys = keys[order]
    of, left, whole, given, rest = [np.int64(0)], [np.int64(0)], [np.int64(0)], [np.int64(0)], [np.int64(0)]
    part = np.empty(1 << LONGEST if k and sizes.max() > 10 else 1 << 10, np.int64)
    for i in range(k):
        full = (1 << sizes[i]) - 1
        part[0] = -1
        for bit in range(sizes[i] if sizes[i] > 1 else 0):
            for mask in range(1 << bit):  # every part that ends with this item is a part of the items before it, and this one
                part[mask | 1 << bit] = order[np.searchsorted(keys, (part[mask] + 1) * width + items[i, bit])]
        for mask in range(1, full):
            if counts[i] / counts[part[mask]] >= least:  # as a quotient, which is exact where a product is not
                of.append(np.int64(i))
                left.append(np.int64(mask))
                whole.append(np.int64(counts[i]))
                given.append(np.int64(counts[part[mask]]))
                rest.append(np.int64(counts[part[full ^ mask]]))
    return np.array(of)[1:], np.array(left)[1:], np.array(whole)[1:], np.array(given)[1:], np.array(rest)[1:]
