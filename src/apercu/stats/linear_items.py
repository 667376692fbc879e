"""Every item foretold by all others with one ridge: the weights between items in closed form, in whichever of two shapes is smaller.

    found = ItemRidge.of(histories, ridge=200.0)
    found.scores(new_histories)                               # (b, items)
    found.between(np.array([3, 7]), 5)                        # what items 3 and 7 add to item 5, per unit of weight

EASE (Steck 2019): B minimises |X - XB|^2 + ridge |B|^2 with a diagonal of zeros, so B = I - P / diag(P) with P = (X'X + ridge I)^-1. Where people
are fewer than items the same P is (I - X' K X) / ridge with K = (XX' + ridge I)^-1 over people, and no table of items times items is ever
made. Of very many items a part may be chosen; the others have weight 0. What it does *not* do: sparse weights (SLIM), ridges that differ by item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

__all__ = ["ItemRidge"]


@dataclass(frozen=True)
class ItemRidge:
    """Either `weights` (c, c) between the `chosen` (c,) of `items` items, or `left` = X' K (items, people), `held` = X and `diagonal` of X' K X."""

    items: int
    chosen: np.ndarray | None = None
    weights: np.ndarray | None = None
    left: np.ndarray | None = None
    held: Any = None
    diagonal: np.ndarray | None = None

    @staticmethod
    def of(histories: Any, ridge: float, chosen: np.ndarray | None = None) -> ItemRidge:
        """The weights between the items (or the chosen ones, ascending) of (people, items) histories."""
        held: Any = csr_matrix(histories, dtype=np.float64)
        people, items = held.shape
        if chosen is not None or items <= people:
            own = held if chosen is None else held[:, chosen]
            gram = np.asarray((own.T @ own).toarray())
            gram[np.diag_indices(len(gram))] += ridge
            inverse = np.linalg.inv(gram)
            weights = -inverse / np.diag(inverse)
            np.fill_diagonal(weights, 0.0)
            return ItemRidge(items, np.arange(items) if chosen is None else chosen, weights)
        gram = np.asarray((held @ held.T).toarray())
        gram[np.diag_indices(people)] += ridge
        left = np.asarray(held.T @ np.linalg.inv(gram))
        diagonal = np.asarray(held.multiply(left.T).sum(axis=0)).ravel()
        return ItemRidge(items, None, None, left, held, diagonal)

    def scores(self, histories: Any) -> np.ndarray:
        """(b, items) of b people's weights (b, items)."""
        own: Any = csr_matrix(histories, dtype=np.float64)
        if self.weights is not None and self.chosen is not None:
            out = np.zeros(own.shape)
            out[:, self.chosen] = own[:, self.chosen] @ self.weights
            return out
        assert self.left is not None and self.held is not None and self.diagonal is not None
        through = np.asarray(self.held.T @ np.asarray(own @ self.left).T).T
        # x B = x - (x P) / diag(P), and ridge P = I - X'KX
        return np.asarray((through - own.multiply(self.diagonal).toarray()) / (1.0 - self.diagonal))

    def between(self, own: np.ndarray, item: int) -> np.ndarray:
        """(h,) the weight of each item in `own` for `item`; 0 for itself."""
        if self.weights is not None and self.chosen is not None:
            place = np.full(self.items, -1)
            place[self.chosen] = np.arange(len(self.chosen))
            found = self.weights[place[own], place[item]]
            return np.where((place[own] >= 0) & (place[item] >= 0), found, 0.0)
        assert self.left is not None and self.held is not None and self.diagonal is not None
        column = np.asarray(self.held[:, [item]].toarray()).ravel()
        found = (self.left[own] @ column) / (1.0 - self.diagonal[item])
        return np.where(own == item, 0.0, found)
