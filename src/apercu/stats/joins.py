"""Joins of whole-number keys, compiled: rows by key, pairs of rows with equal keys, and a set of keys that grows.

    starts, order = grouped(np.array([2, 0, 2]), 3)        # [0, 1, 1, 3], [1, 0, 2]: the rows with key k are order[starts[k]:starts[k + 1]]
    left, right = matched(np.array([2, 1]), starts, order) # [0, 0], [0, 2]: pairs of (row on the left, row on the right)
    keys = KeySet()
    keys.add(np.array([7, 7, 9]))                          # [True, False, True]: which were new; they are numbered 0, 1, ...
    keys.find(np.array([9, 8]))                            # [1, -1]

Grouping is a counting sort (rows of a key keep their order), the set is open addressing with linear probing at most half full. Keys are
not negative. What it does *not* do: keys beyond 63 bits, deletion.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

__all__ = ["KeySet", "grouped", "matched"]

EMPTY: Final = -1
MIXER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)
SMALLEST: Final = 10  # binary digits of the number of slots of an empty set


@numba.njit(cache=True, nogil=True)
def grouped(keys: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(starts (size + 1,) int64, order (m,) int32) of keys (m,) below `size`: rows in the order of their keys, equal keys as they stood."""
    starts = np.zeros(size + 1, np.int64)
    for key in keys:
        starts[key + 1] += 1
    for k in range(size):
        starts[k + 1] += starts[k]
    at = starts[:-1].copy()
    order = np.empty(len(keys), np.int32)
    for row in range(len(keys)):
        order[at[keys[row]]] = row
        at[keys[row]] += 1
    return starts, order


@numba.njit(cache=True, nogil=True)
def matched(keys: np.ndarray, starts: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(left, right), both (pairs,) int32: every row of `keys` (n,) with every row of the grouped keys that has the same, in the order of `keys`."""
    pairs = 0
    for key in keys:
        pairs += starts[key + 1] - starts[key]
    left, right = np.empty(pairs, np.int32), np.empty(pairs, np.int32)
    at = 0
    for row in range(len(keys)):
        for j in range(starts[keys[row]], starts[keys[row] + 1]):
            left[at] = row
            right[at] = order[j]
            at += 1
    return left, right


@numba.njit(cache=True, nogil=True)
def _filled(slots: np.ndarray, numbers: np.ndarray, keys: np.ndarray, first: int) -> np.ndarray:  # pragma: no cover - compiled
    """Puts the keys that are not there into the slots, numbered from `first`; (n,) bool: which were new."""
    shift = np.uint64(64 - int(np.log2(len(slots)) + 0.5))
    mask = len(slots) - 1
    new = np.zeros(len(keys), np.bool_)
    for i in range(len(keys)):
        at = np.int64((np.uint64(keys[i]) * MIXER) >> shift)
        while slots[at] != EMPTY and slots[at] != keys[i]:
            at = (at + 1) & mask
        if slots[at] == EMPTY:
            slots[at] = keys[i]
            numbers[at] = first
            first += 1
            new[i] = True
    return new


@numba.njit(cache=True, nogil=True)
def _found(slots: np.ndarray, numbers: np.ndarray, keys: np.ndarray) -> np.ndarray:  # pragma: no cover - compiled
    """(n,) int32 the number of each key, EMPTY for those that are not there."""
    shift = np.uint64(64 - int(np.log2(len(slots)) + 0.5))
    mask = len(slots) - 1
    out = np.empty(len(keys), np.int32)
    for i in range(len(keys)):
        at = np.int64((np.uint64(keys[i]) * MIXER) >> shift)
        while slots[at] != EMPTY and slots[at] != keys[i]:
            at = (at + 1) & mask
        out[i] = numbers[at] if slots[at] != EMPTY else EMPTY
    return out


@numba.njit(cache=True, nogil=True)
def _moved(slots: np.ndarray, numbers: np.ndarray, digits: int) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """The same keys and numbers in 2**digits slots."""
    more = np.full(1 << digits, EMPTY, np.int64)
    named = np.empty(1 << digits, np.int32)
    shift, mask = np.uint64(64 - digits), (1 << digits) - 1
    for i in range(len(slots)):
        if slots[i] != EMPTY:
            at = np.int64((np.uint64(slots[i]) * MIXER) >> shift)
            while more[at] != EMPTY:
                at = (at + 1) & mask
            more[at] = slots[i]
            named[at] = numbers[i]
    return more, named


class KeySet:
    """A set of whole numbers from 0 to 2**63 - 1, numbered in the order in which they were added."""

    def __init__(self) -> None:
        self._slots = np.full(1 << SMALLEST, EMPTY, np.int64)
        self._numbers = np.empty(1 << SMALLEST, np.int32)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, keys: np.ndarray) -> np.ndarray:
        """(n,) bool: which of the keys (n,) int64 were not there before, nor further ahead among them; these are numbered on, in order."""
        digits = max(SMALLEST, int(2 * (self._size + len(keys))).bit_length())
        if 1 << digits > len(self._slots):
            self._slots, self._numbers = _moved(self._slots, self._numbers, digits)
        new = _filled(self._slots, self._numbers, keys, self._size)
        self._size += int(np.count_nonzero(new))
        return new

    def find(self, keys: np.ndarray) -> np.ndarray:
        """(n,) int32: the number of each key, -1 for one that is not there."""
        return _found(self._slots, self._numbers, keys)
