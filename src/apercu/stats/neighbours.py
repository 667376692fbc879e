"""Which items stand together in people's histories, and which follow one another: sparse item-to-item weights, the strongest kept.

    near = alike(histories, neighbours=100, shrink=10.0)     # near[j, i]: how much item j speaks for item i
    next_ = following(histories, ages, span=5, neighbours=100)

`alike` is the cosine of two items' columns of people, shrunk towards 0 where few people hold both (Sarwar et al. 2001; Bell & Koren 2007), each
person counting less the longer the history (a person of a thousand items says little of any two of them; Deshpande & Karypis 2004). `following`
counts how soon after item j the item i came in the same history, as a share of all that came after j, shrunk alike (a Markov chain with skips:
Ludewig & Jannach 2018). Compiled; memory goes with items times neighbours, never items squared. What it does *not* do: predict (see train).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from scipy.sparse import csr_matrix

__all__ = ["alike", "following"]

_Matrix = tuple[np.ndarray, np.ndarray, np.ndarray]  # starts, columns and weights of sparse rows


def alike(histories: Any, neighbours: int = 100, shrink: float = 10.0) -> Any:
    """(items, items) shrunk cosines, of every column the `neighbours` largest; none of an item with itself.

    histories: (people, items) weights >= 0, rows of people.
    """
    held: Any = csr_matrix(histories, dtype=np.float64)
    length = np.diff(held.indptr)
    heed = 1.0 / np.log2(2.0 + length)
    columns = held.tocsc()
    norms = np.sqrt(np.bincount(held.indices, held.data**2 * np.repeat(heed, length), minlength=held.shape[1]))
    across = columns.indptr.astype(np.int64), columns.indices.astype(np.int64), columns.data * heed[columns.indices]
    found = _alike(_parts(held), across, norms, shrink, neighbours)
    return _kept(found, held.shape[1])


def following(histories: Any, ages: np.ndarray, *, span: int = 5, neighbours: int = 100, shrink: float = 5.0) -> Any:
    """(items, items) share of what followed item j (row) that was item i (column), nearer steps counting more; the strongest of each row.

    ages: (stored,) beside histories.data, how many later events the same person has; equal ages are one moment, and nothing follows itself.
    """
    held: Any = csr_matrix(histories)
    order = np.lexsort((-ages, np.repeat(np.arange(held.shape[0]), np.diff(held.indptr))))
    starts, items, age = held.indptr.astype(np.int64), held.indices[order].astype(np.int64), np.asarray(ages)[order].astype(np.int64)
    first, last, weight = _steps(starts, items, age, span)
    counts = csr_matrix((weight, (first, last)), shape=(held.shape[1], held.shape[1]))
    counts.sum_duplicates()
    total = np.asarray(counts.sum(axis=1)).ravel()
    counts.data /= np.repeat(total + shrink, np.diff(counts.indptr))
    return _kept(_strongest(*_parts(counts), neighbours), held.shape[1]).T.tocsr()


def _kept(found: tuple[np.ndarray, np.ndarray, np.ndarray], items: int) -> Any:
    """The matrix whose column i holds what stands in row i of (starts, neighbours, weights)."""
    starts, near, weights = found
    return csr_matrix((weights, near, starts), shape=(items, items)).T.tocsr()


def _parts(table: Any) -> _Matrix:
    return table.indptr.astype(np.int64), table.indices.astype(np.int64), table.data


@numba.njit(cache=True, nogil=True)
def _alike(
    rows: _Matrix, columns: _Matrix, norms: np.ndarray, shrink: float, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    row_starts, row_items, row_weights = rows
    column_starts, column_people, column_weights = columns
    items = len(column_starts) - 1
    starts = np.zeros(items + 1, dtype=np.int64)
    near = np.empty(items * most, dtype=np.int64)
    weights = np.empty(items * most)
    total, both, touched = np.zeros(items), np.zeros(items), np.empty(items, dtype=np.int64)
    filled = 0
    for i in range(items):
        reached = 0
        for c in range(column_starts[i], column_starts[i + 1]):
            person, weight = column_people[c], column_weights[c]
            for r in range(row_starts[person], row_starts[person + 1]):
                j = row_items[r]
                if j == i:
                    continue
                if both[j] == 0.0:
                    touched[reached] = j
                    reached += 1
                both[j] += 1.0
                total[j] += weight * row_weights[r]
        score = np.empty(reached)
        for k in range(reached):
            j = touched[k]
            scale = norms[i] * norms[j]
            score[k] = total[j] / scale * (both[j] / (both[j] + shrink)) if scale > 0.0 else 0.0
            total[j] = 0.0
            both[j] = 0.0
        order = np.argsort(-score, kind="mergesort")
        for k in range(min(most, reached)):
            if score[order[k]] <= 0.0:
                break
            near[filled] = touched[order[k]]
            weights[filled] = score[order[k]]
            filled += 1
        starts[i + 1] = filled
    return starts, near[:filled].copy(), weights[:filled].copy()


@numba.njit(cache=True, nogil=True)
def _steps(
    starts: np.ndarray, items: np.ndarray, ages: np.ndarray, span: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    n = len(items)
    first, last, weight = np.empty(n * span, dtype=np.int64), np.empty(n * span, dtype=np.int64), np.empty(n * span)
    made = 0
    for person in range(len(starts) - 1):
        for a in range(starts[person], starts[person + 1]):
            steps = 0
            for b in range(a + 1, starts[person + 1]):
                if ages[b] == ages[a]:
                    continue
                steps += 1
                if steps > span:
                    break
                first[made], last[made], weight[made] = items[a], items[b], 1.0 / steps
                made += 1
    return first[:made].copy(), last[:made].copy(), weight[:made].copy()


@numba.njit(cache=True, nogil=True)
def _strongest(
    row_starts: np.ndarray, row_items: np.ndarray, row_weights: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    n = len(row_starts) - 1
    starts = np.zeros(n + 1, dtype=np.int64)
    near, weights = np.empty(len(row_items), dtype=np.int64), np.empty(len(row_items))
    filled = 0
    for i in range(n):
        own = row_weights[row_starts[i] : row_starts[i + 1]]
        order = np.argsort(-own, kind="mergesort")
        for k in range(min(most, len(own))):
            near[filled] = row_items[row_starts[i] + order[k]]
            weights[filled] = own[order[k]]
            filled += 1
        starts[i + 1] = filled
    return starts, near[:filled].copy(), weights[:filled].copy()
