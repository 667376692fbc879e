"""How soon random cuts leave a row alone: an isolation forest (Liu, Ting & Zhou 2008), with slanted cuts if wanted (Hariri et al. 2019).

    scores = isolated(fit, rows, trees=100)        # (n,) 0..1, larger is odder

Each tree parts `sample` of the fitted rows at random: a column (or the direction of `slant` columns), a cut evenly between its ends, until rows stand
alone or the depth of a balanced tree is reached. Odd rows stand alone early; the score is 2^(-mean depth / expected depth), so that 0.5 is usual.
Nothing is assumed of distributions. What breaks it: odd only in the middle of a column's range, where cuts seldom fall; columns of pure noise.
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

__all__ = ["isolated"]

EULER: Final = 0.5772156649015329


def isolated(fit: np.ndarray, rows: np.ndarray, *, trees: int = 100, sample: int = 256, slant: int = 1, seed: int = 0) -> np.ndarray:
    """(n,) how soon each of rows (n, d) is left alone by trees that were grown on fit (m, d); both float64 without NaN."""
    if len(fit) < 2 or fit.shape[1] == 0:
        return np.full(len(rows), 0.5)
    size = min(sample, len(fit))
    deepest = max(1, math.ceil(math.log2(size)))
    generator = np.random.default_rng(seed)
    picked = np.stack([generator.choice(len(fit), size, replace=False) for _ in range(trees)])
    depth = _depths(fit, rows, picked, deepest, min(slant, fit.shape[1]), int(generator.integers(2**31)))
    return 2.0 ** (-depth / (trees * _usual(size)))


@numba.njit(cache=True)
def _usual(n: float) -> float:  # pragma: no cover - compiled
    """The mean depth of an unsuccessful search in a tree of n rows."""
    return 0.0 if n <= 1 else 1.0 if n == 2 else 2.0 * (math.log(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n


@numba.njit(cache=True, nogil=True)
def _grow(
    x: np.ndarray, columns: np.ndarray, weights: np.ndarray, cuts: np.ndarray, sizes: np.ndarray, deepest: int
) -> None:  # pragma: no cover - compiled
    """Fills a heap of nodes: columns, weights (nodes, slant) and cuts of each; sizes: rows of a leaf, -1 inside, 0 where nothing came."""
    n, d = x.shape
    slant = columns.shape[1]
    where = np.zeros(n, dtype=np.int64)
    value = np.empty(n)
    for node in range(len(cuts)):
        low, high, count = np.inf, -np.inf, 0
        order = np.random.permutation(d)
        tries = 1 if slant > 1 else min(d, 8)
        for attempt in range(tries):  # a constant column cannot part rows; try another
            for s in range(slant):
                columns[node, s] = order[(attempt + s) % d]
                weights[node, s] = np.random.normal() if slant > 1 else 1.0
            low, high, count = np.inf, -np.inf, 0
            for r in range(n):
                if where[r] == node:
                    v = 0.0
                    for s in range(slant):
                        v += weights[node, s] * x[r, columns[node, s]]
                    value[r] = v
                    low, high, count = min(low, v), max(high, v), count + 1
            if high > low or count <= 1:
                break
        sizes[node] = count
        if count <= 1 or not high > low or node >= 2**deepest - 1:
            continue
        sizes[node] = -1
        cuts[node] = low + (high - low) * np.random.random()
        for r in range(n):
            if where[r] == node:
                where[r] = 2 * node + 1 if value[r] < cuts[node] else 2 * node + 2


@numba.njit(cache=True, nogil=True)
def _depths(fit: np.ndarray, rows: np.ndarray, picked: np.ndarray, deepest: int, slant: int, seed: int) -> np.ndarray:  # pragma: no cover - compiled
    """(n,) summed depth over the trees."""
    np.random.seed(seed)
    nodes = 2 ** (deepest + 1) - 1
    columns, weights = np.zeros((nodes, slant), dtype=np.int64), np.zeros((nodes, slant))
    cuts, sizes, total = np.zeros(nodes), np.zeros(nodes, dtype=np.int64), np.zeros(len(rows))
    for t in range(len(picked)):
        sizes[:] = 0
        _grow(fit[picked[t]], columns, weights, cuts, sizes, deepest)
        for r in range(len(rows)):
            node, depth = 0, 0
            while sizes[node] < 0:
                v = 0.0
                for s in range(slant):
                    v += weights[node, s] * rows[r, columns[node, s]]
                node = 2 * node + 1 if v < cuts[node] else 2 * node + 2
                depth += 1
            total[r] += depth + _usual(sizes[node])
    return total
