"""Which rows' labels would help the model most: active learning with a model that is fitted once per fold.

    wanted(model, rows, 20)[0]       # the row to ask an expert about first

A row is worth asking about where the folds' models, each sure of itself, disagree: the mutual information between its label and the choice of the
model (BALD; Houlsby et al. 2011), for numbers the variance between the models. Where all models doubt alike the label is noise, and to know it
teaches nothing. Rows like one that is chosen already teach the same, so each is discounted by how near it lies to those (a Gaussian of the distance
between what the model's columns say of both, as wide as the median distance). What it does not do: weigh what a label costs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from ..core.model import CrossFitted
from ..core.rows import Rows

__all__ = ["Wanted", "wanted"]

LOOKED: Final = 20_000  # rows that are weighed, the first
SPREAD: Final = 10  # times as many rows as are asked for among which unlike ones are sought
LEAST: Final = 1e-12
OWN: Final = 0.3  # of plain uncertainty that counts besides: few folds' models share most of their rows, and agree more than they know


@dataclass(frozen=True)
class Wanted:
    """row: its number in the source, from 1. worth: bits that its label is expected to tell (of a number: the models' variance over its spread).

    prediction: the likeliest class, or the number; probability: of that class, None of a number.
    """

    row: int
    worth: float
    prediction: str | float
    probability: float | None

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


def wanted(model: CrossFitted, rows: Rows, n: int) -> list[Wanted]:
    """At most n rows, the most useful first, each unlike those before it."""
    rows = rows.take(np.arange(min(rows.n, LOOKED)))
    if rows.n == 0 or n < 1:
        return []
    each = np.stack([replace(model, folds=(fold,)).predict(rows) for fold in model.folds])
    mean = each.mean(axis=0)
    worth = _worth(each, mean)
    near = np.argsort(-worth, kind="stable")[: max(n * SPREAD, n)]
    where = _places(model, rows.take(near), each[:, near])
    numbers = rows["_row"].astype(int) if "_row" in rows else np.arange(rows.n) + 1
    made = []
    for k in _unlike(worth[near], where, n):
        i = int(near[k])
        best = int(mean[i].argmax()) if mean.ndim == 2 else 0
        said: str | float = model.goal.classes[best] if mean.ndim == 2 else float(mean[i])
        made.append(Wanted(int(numbers[i]), float(worth[i]), said, float(mean[i, best]) if mean.ndim == 2 else None))
    return made


def _worth(each: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(n,) mutual information in bits of predictions each (folds, n, k), or the variance of (folds, n) over that of the mean (n,)."""
    if each.ndim == 2:
        return each.var(axis=0) / max(float(mean.var()), LEAST)
    doubt = _entropy(mean)
    return np.maximum(doubt - _entropy(each).mean(axis=0), 0.0) + OWN * doubt


def _entropy(p: np.ndarray) -> np.ndarray:
    return -(p * np.log2(np.clip(p, LEAST, 1.0))).sum(axis=-1)


def _places(model: CrossFitted, rows: Rows, each: np.ndarray) -> np.ndarray:
    """(m, q) where rows lie: what each column adds to the prediction, beside what each fold says, so that one column alone has places too."""
    parts = model.contributions(rows)[0].reshape(rows.n, -1)
    return np.concatenate([parts, np.moveaxis(each, 0, 1).reshape(rows.n, -1)], axis=1)


def _unlike(worth: np.ndarray, where: np.ndarray, n: int) -> list[int]:
    """Greedy: the row of most worth after the discount for those chosen; places (m, q)."""
    squares = (where**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares - 2.0 * where @ where.T, 0.0)
    width = float(np.median(distance[distance > LEAST])) if (distance > LEAST).any() else 1.0
    left, chosen = worth.copy(), list[int]()
    while len(chosen) < min(n, len(worth)):
        k = int(np.argmax(np.where(np.isin(np.arange(len(left)), chosen), -np.inf, left)))
        chosen.append(k)
        left = left * (1.0 - np.exp(-distance[k] / width))
    return chosen
