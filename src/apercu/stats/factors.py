"""Factors of a sparse table of people and items: every person and item a short vector, their product how well the two go together.

    found = factors(histories, width=32, ridge=10.0, heed=10.0)
    person = found.placed(new_histories)                     # (b, width), also of people who were not there
    person @ found.items.T                                   # (b, items)

Alternating least squares on implicit feedback (Hu, Koren & Volinsky 2008): what a person holds shall score 1 with confidence 1 + heed * weight, all
else 0 with confidence 1. Each vector is found by a few steps of conjugate gradients from where it stood (Takács, Pilászy & Tikk 2011), so that
a round costs the stored cells times the width. A person's score of item i is a sum over the items held, `spoken`, which is what
explains it. Compiled. What it does *not* do: learn how large ridge and heed should be (the caller tries them), biases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from scipy.sparse import csr_matrix

__all__ = ["Factors", "factors"]

_Matrix = tuple[np.ndarray, np.ndarray, np.ndarray]  # starts, columns and weights of sparse rows
STEPS = 3  # of conjugate gradients for one vector in one round


@dataclass(frozen=True)
class Factors:
    """items (m, width) float64; a person's vector is found of the items held under `ridge` and `heed`."""

    items: np.ndarray
    ridge: float
    heed: float

    def placed(self, histories: Any) -> np.ndarray:
        """(b, width) vectors of b people, exactly (not by gradients), so that equal histories have equal vectors."""
        held: Any = csr_matrix(histories, dtype=np.float64)
        gram = self._gram()
        out = np.zeros((held.shape[0], self.items.shape[1]))
        for b in range(held.shape[0]):
            own, weight = _row(held, b)
            if len(own):
                y = self.items[own]
                out[b] = np.linalg.solve(gram + (y.T * (self.heed * weight)) @ y, y.T @ (1.0 + self.heed * weight))
        return out

    def spoken(self, own: np.ndarray, weight: np.ndarray, item: int) -> np.ndarray:
        """(h,) what each item held (own, with its weight) adds to the score of `item`; they sum to the score."""
        y = self.items[own]
        solved = np.linalg.solve(self._gram() + (y.T * (self.heed * weight)) @ y, self.items[item])
        return (y @ solved) * (1.0 + self.heed * weight)

    def _gram(self) -> np.ndarray:
        return self.items.T @ self.items + self.ridge * np.eye(self.items.shape[1])


def factors(histories: Any, *, width: int = 32, ridge: float = 10.0, heed: float = 10.0, rounds: int = 15, seed: int = 0) -> Factors:
    """The factors of (people, items) weights >= 0. Nothing is random but the first place of the items, which the seed gives."""
    held: Any = csr_matrix(histories, dtype=np.float64)
    across = held.T.tocsr()
    drawn = np.random.default_rng(seed)
    items = drawn.normal(scale=0.1 / np.sqrt(width), size=(held.shape[1], width))
    people = drawn.normal(scale=0.1 / np.sqrt(width), size=(held.shape[0], width))
    for _ in range(rounds):
        _solved(_parts(held), items, people, ridge, heed)
        _solved(_parts(across), people, items, ridge, heed)
    return Factors(items, ridge, heed)


def _parts(table: Any) -> _Matrix:
    return table.indptr.astype(np.int64), table.indices.astype(np.int64), table.data


def _row(table: Any, b: int) -> tuple[np.ndarray, np.ndarray]:
    part = slice(table.indptr[b], table.indptr[b + 1])
    return table.indices[part], table.data[part]


def _solved(table: _Matrix, fixed: np.ndarray, moved: np.ndarray, ridge: float, heed: float) -> None:
    gram = fixed.T @ fixed + ridge * np.eye(fixed.shape[1])
    _steps(table, fixed, moved, gram, heed, STEPS)


@numba.njit(cache=True, nogil=True)
def _steps(table: _Matrix, fixed: np.ndarray, moved: np.ndarray, gram: np.ndarray, heed: float, steps: int) -> None:  # pragma: no cover - compiled
    starts, others, weights = table
    width = fixed.shape[1]
    for row in range(len(starts) - 1):
        begin, end = starts[row], starts[row + 1]
        if begin == end:
            moved[row] = 0.0
            continue
        x = moved[row]
        residual = -(gram @ x)
        for c in range(begin, end):
            y, extra = fixed[others[c]], heed * weights[c]
            dot = 0.0
            for k in range(width):
                dot += y[k] * x[k]
            push = 1.0 + extra - extra * dot
            for k in range(width):
                residual[k] += push * y[k]
        direction = residual.copy()
        size = np.dot(residual, residual)
        for _ in range(steps):
            if size < 1e-20:
                break
            turned = gram @ direction
            for c in range(begin, end):
                y, extra = fixed[others[c]], heed * weights[c]
                dot = 0.0
                for k in range(width):
                    dot += y[k] * direction[k]
                for k in range(width):
                    turned[k] += extra * dot * y[k]
            length = size / np.dot(direction, turned)
            for k in range(width):
                x[k] += length * direction[k]
                residual[k] -= length * turned[k]
            again = np.dot(residual, residual)
            direction = residual + (again / size) * direction
            size = again
