"""Ensembles of trees as flat arrays: raw scores, and exact attributions of them to the features, many times faster than the libraries' own.

    trees = of_lightgbm(booster.model_to_string())      # see `tree_texts`
    trees.predict(x)                                    # (n, k) raw scores
    parts, base = trees.contributions(x)                # ((n, d, k), (k,)): parts.sum(1) + base = raw scores

The attributions are the Shapley values of path-dependent TreeSHAP (Lundberg et al. 2020), told leaf by leaf. For a leaf of value v whose path
asks about d distinct features let o_j be 1 where the row goes the leaf's way at every question about feature j, and z_j the share of the
training rows that do (the product of the child's share of its parent). Then

    phi_i = v (o_i - z_i) * integral from 0 to 1 of the product over j != i of (o_j u + z_j (1 - u)) du

a polynomial of degree d - 1, for which Gauss and Legendre's rule with ceil(d / 2) points is exact. The o_j are a pattern of d bits, so each
leaf has a small table over the patterns that occur, and a row costs d look-ups per leaf; a long path is summed row by row, and so are few rows
(`leaves`). Several boosters can be joined, so that one row of an ensemble costs one call. What it does *not* do: linear leaves, paths of more than
64 distinct features (`able` says so), interventional values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from .leaves import Nodes, Paths, attributed, attributed_singly, deepest, scored, walked

__all__ = ["Trees", "joined"]

BITS: Final = 64  # distinct features of a path that a pattern can hold
PADDED: Final = 4  # points that the processor takes at once
FEW: Final = 16  # rows up to which no tables are worth their filling
THREADED: Final = 4_000_000  # rows times trees from which several threads are worth their start


@dataclass(frozen=True)
class Trees:
    """T trees over d features with k raw scores.

    roots (T,) first nodes; output (T,) which score a tree adds to; slot (T,): the place among all parts (features x scores) where the part of
    feature 0 in a tree's score stands; base (k,) what is added to the scores; shape: (features, scores) of each booster that was joined.
    single: whether values are compared in single precision.
    """

    nodes: Nodes
    roots: np.ndarray
    output: np.ndarray
    slot: np.ndarray
    base: np.ndarray
    shape: tuple[tuple[int, int], ...]
    single: bool = False

    @staticmethod
    def of(nodes: Nodes, roots: np.ndarray, output: np.ndarray, base: np.ndarray, features: int, *, single: bool = False) -> Trees:
        """One booster. output (T,) the score that each tree adds to."""
        slot = output.astype(np.int64) * features
        return Trees(nodes, roots.astype(np.int64), output.astype(np.int64), slot, base.astype(np.float64), ((features, len(base)),), single)

    @property
    def features(self) -> int:
        """How many columns `x` must have: the features of all boosters side by side."""
        return sum(features for features, _ in self.shape)

    @property
    def able(self) -> bool:
        """Whether `contributions` can be told: no path has more than 64 distinct features."""
        return self._walked[2] <= BITS

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n, k) raw scores of x (n, d)."""
        x, out = self._taken(x), np.tile(self.base, (len(x), 1))

        def work(begin: int, end: int) -> None:
            scored(x[begin:end], self.nodes, (self.roots, self.output), out[begin:end])

        self._spread(work, len(x))
        return out

    def contributions(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k), (k,)) of one booster: parts of each feature in each raw score, and the scores where nothing is known."""
        flat, base = self._flat(x)
        (features, k), *others = self.shape
        if others:
            raise ValueError("several boosters are joined; ask for contributions_each")
        return flat.reshape(len(x), k, features).transpose(0, 2, 1), base

    def contributions_each(self, x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """`contributions` of every booster that was joined, x (n, d) holding their features side by side."""
        flat, base = self._flat(x)
        made, at, first = [], 0, 0
        for features, k in self.shape:
            parts = flat[:, at : at + features * k].reshape(len(x), k, features).transpose(0, 2, 1)
            made.append((parts, base[first : first + k]))
            at, first = at + features * k, first + k
        return made

    def _flat(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """((n, slots) parts, (k,) base)."""
        paths, expected, wide = self._walked
        if not self.able:
            raise ValueError(f"a path asks about more than {BITS} distinct features")
        x, out = self._taken(x), np.zeros((len(x), sum(features * k for features, k in self.shape)))
        trees = (self.roots, self.slot)
        if len(x) <= FEW:
            points, weights = (np.pad(line[wide], (0, -len(line[wide]) % PADDED)) for line in _rule(wide))
            largest = int(np.diff(np.append(self.roots, len(self.nodes.left))).max(initial=1))
            attributed_singly(x, self.nodes, trees, paths, (points, weights, largest), out)
            return out, self.base + expected
        rule = (*_rule(wide), self._depth)

        def work(begin: int, end: int) -> None:
            attributed(x[begin:end], self.nodes, trees, paths, rule, out[begin:end])

        self._spread(work, len(x))
        return out, self.base + expected

    def _taken(self, x: np.ndarray) -> np.ndarray:
        if x.ndim != 2 or x.shape[1] != self.features:
            raise ValueError(f"expected {self.features} features, got an array of shape {x.shape}")
        return np.ascontiguousarray(x.astype(np.float32) if self.single else x, dtype=np.float64)

    def _spread(self, work: Callable[[int, int], None], n: int) -> None:
        """Runs `work(begin, end)` over the rows, on every core where there is enough of it."""
        threads = min(os.cpu_count() or 1, n * len(self.roots) // THREADED)
        if threads < 2:
            work(0, n)
            return
        edges = np.linspace(0, n, threads + 1).astype(int).tolist()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, edges[:-1], edges[1:]))

    @cached_property
    def _depth(self) -> int:
        return int(deepest(self.nodes, self.roots))

    @cached_property
    def _walked(self) -> tuple[Paths, np.ndarray, int]:
        """(paths, (k,) the expected scores without the base, most distinct features of a path)."""
        m, trees, expected = len(self.nodes.left), (self.roots, self.output), np.zeros(len(self.base))
        order, parent, above = np.zeros((3, m), np.int32)
        paths = Paths(order, parent, above, np.ones(m), np.zeros(m, np.uint8), np.zeros(m + 1, np.int64), np.zeros(0, np.int32), np.zeros(0))
        wide = int(walked(self.nodes, trees, self._depth, paths, expected))
        start = np.concatenate([[0], np.cumsum(paths.start[:-1])])
        paths = paths._replace(start=start, feature=np.zeros(max(1, start[-1]), np.int32), share=np.zeros(max(1, start[-1])))
        walked(self.nodes, trees, self._depth, paths, expected)
        return paths, expected, wide


def joined(boosters: Sequence[Trees]) -> Trees:
    """All boosters as one, over their features side by side; each keeps scores of its own. Raises ValueError where their precision differs."""
    if len({b.single for b in boosters}) > 1:
        raise ValueError("boosters that compare in single and in double precision cannot be joined")
    before = [0, *accumulate(b.features for b in boosters)]
    scores = [0, *accumulate(len(b.base) for b in boosters)]
    parts = [0, *accumulate(sum(f * k for f, k in b.shape) for b in boosters)]
    nodes, words = [0, *accumulate(len(b.nodes.left) for b in boosters)], [0, *accumulate(len(b.nodes.words) for b in boosters)]
    moved = []
    for b, f, m, w in zip(boosters, before, nodes, words, strict=False):
        n = b.nodes
        inner = n.left >= 0
        left, right = np.where(inner, n.left + m, -1).astype(np.int32), np.where(inner, n.right + m, -1).astype(np.int32)
        moved.append(n._replace(left=left, right=right, feature=(n.feature + f).astype(np.int32), begin=(n.begin + w).astype(np.int32)))
    flat = Nodes(*(np.concatenate(columns) for columns in zip(*moved, strict=True)))
    roots = np.concatenate([b.roots + m for b, m in zip(boosters, nodes, strict=False)])
    output = np.concatenate([b.output + s for b, s in zip(boosters, scores, strict=False)])
    slot = np.concatenate([b.slot + p - f for b, p, f in zip(boosters, parts, before, strict=False)])
    base = np.concatenate([b.base for b in boosters])
    return Trees(flat, roots, output, slot, base, tuple(pair for b in boosters for pair in b.shape), boosters[0].single)


@cache
def _rule(wide: int) -> tuple[np.ndarray, np.ndarray]:
    """((wide + 1, points), the same): nodes and weights on 0..1 of the Gauss-Legendre rule that is exact for a path of d features, per d."""
    points, weights = np.full((wide + 1, max(1, (wide + 1) // 2)), 0.5), np.zeros((wide + 1, max(1, (wide + 1) // 2)))
    for d in range(1, wide + 1):
        u, w = np.polynomial.legendre.leggauss((d + 1) // 2)
        points[d, : len(u)], weights[d, : len(u)] = (u + 1) / 2, w / 2
    return points, weights
