"""The sample that all explanations look at, and questions put to the model about rows that were changed.

Rows are asked about in a *variant*: places in the sample with some columns replaced. All variants of one question are asked together, each row by
the model of its own fold, which never saw it; an ensemble without one model per fold answers as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.rows import MEDIA, Coded, Packed, Rows
from ..core.split import Split
from .reasons import wanted_part

__all__ = ["Sample", "Variant", "linked", "wanted"]

LEAST: Final = 1e-6  # a probability is never taken to be smaller, so that one sure answer does not make a mean of log-odds


class Variant(NamedTuple):
    """Rows of the sample at `places` with the columns of `columns`, each (len(places),), in place of their own."""

    places: np.ndarray
    columns: Mapping[str, np.ndarray | Coded | Packed]


@dataclass(frozen=True)
class Sample:
    """n rows with a known target. folds, blocks, truth (n,); parts (n, d): contributions to the wanted prediction, out of fold, by `names`."""

    model: CrossFitted
    split: Split
    where: np.ndarray

    @staticmethod
    def of(model: CrossFitted, split: Split, most: int) -> Sample:
        """The first rows with a known target (they are in the order of their hash, so they are a fair sample)."""
        return Sample(model, split, np.flatnonzero(~np.isnan(model.goal.coded(split.rows)))[:most])

    @property
    def goal(self) -> Goal:
        """The model's goal."""
        return self.model.goal

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of `parts`."""
        return self.model.columns

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.where)

    @property
    def unit(self) -> str:
        """The unit of predictions: 'share', or the target's own."""
        return "share" if self.goal.task != "numeric" else self.split.data.schema.column(self.goal.target).unit

    @cached_property
    def rows(self) -> Rows:
        """The rows, with all their columns."""
        return self.split.rows.take(self.where)

    @cached_property
    def seen(self) -> Rows:
        """What the model looks at, one column per name."""
        return self.model.seen(self.rows)

    @cached_property
    def folds(self) -> np.ndarray:
        """(n,) the fold of each row; all nought where the model has not one part per fold."""
        folds = self.split.folds[self.where].astype(np.int64)
        return folds if self.n and len(self.model.folds) > int(self.split.folds.max()) else np.zeros(self.n, np.int64)

    @property
    def blocks(self) -> np.ndarray | None:
        """(n,) which rows belong together, or None."""
        return None if self.split.blocks is None else self.split.blocks[self.where]

    @cached_property
    def truth(self) -> np.ndarray:
        """(n,) the number, or the place of the class."""
        return self.goal.coded(self.rows)

    @cached_property
    def weights(self) -> np.ndarray:
        """(n,) how much each row counts, one on average."""
        weights = self.goal.weights(self.rows)
        return np.ones(self.n) if weights is None else weights

    @cached_property
    def parts(self) -> np.ndarray:
        """(n, d) contributions towards the wanted prediction, each row's by the model of its own fold."""
        whole = len(self.model.folds) <= int(self.split.folds.max(initial=0))
        if whole or not self.n:
            return wanted_part(self.model, *self.model.contributions(self.rows))
        pieces = {int(fold): np.flatnonzero(self.folds == fold) for fold in np.unique(self.folds)}
        told = {fold: wanted_part(self.model, *self.model.contributions_of(fold, self.rows.take(where))) for fold, where in pieces.items()}
        found = np.zeros((self.n, next(iter(told.values())).shape[1]))
        for fold, where in pieces.items():
            found[where] = told[fold]
        return found

    @cached_property
    def predicted(self) -> np.ndarray:
        """(n,) what the model says of each row out of fold: the number, or the probability of the wanted class."""
        return wanted(self.goal, self.model.out_of_fold[self.where])

    def first(self, most: int) -> Sample:
        """The first rows alone."""
        return replace(self, where=self.where[:most])

    def asked(self, variants: Sequence[Variant]) -> list[np.ndarray]:
        """(m,) or (m, k) predictions of each variant's m rows."""
        index = np.concatenate([v.places for v in variants])
        changed = dict.fromkeys(name for v in variants for name in v.columns)
        edges = np.cumsum([0, *(len(v.places) for v in variants)])
        rows = self.rows.take(index)
        for name in changed:
            rows = rows.plus(
                {name: _patched(rows, name, [(slice(a, b), v.columns[name]) for v, a, b in _spans(variants, edges) if name in v.columns])}
            )
        return np.split(self._answered(rows, self.folds[index]), edges[1:-1])

    def _answered(self, rows: Rows, folds: np.ndarray) -> np.ndarray:
        if len(self.model.folds) <= int(self.split.folds.max(initial=0)):
            return self.model.predict(rows)
        found: np.ndarray | None = None
        for fold in np.unique(folds):
            own = np.flatnonzero(folds == fold)
            told = replace(self.model, folds=(self.model.folds[fold],)).predict(rows.take(own))
            found = np.empty((rows.n, *told.shape[1:])) if found is None else found
            found[own] = told
        return np.zeros(0) if found is None else found


def wanted(goal: Goal, prediction: np.ndarray) -> np.ndarray:
    """(m,) numbers, or the probabilities of the wanted class, of predictions (m,) or (m, k)."""
    return prediction if prediction.ndim == 1 else prediction[:, goal.classes.index(goal.wanted) if goal.wanted in goal.classes else 0]


def linked(goal: Goal, prediction: np.ndarray) -> np.ndarray:
    """(m,) numbers, or the log-odds of the wanted class."""
    p = wanted(goal, prediction)
    if goal.task == "numeric":
        return p
    p = np.clip(p, LEAST, 1.0 - LEAST)
    return np.log(p / (1.0 - p))


def _spans(variants: Sequence[Variant], edges: np.ndarray) -> list[tuple[Variant, int, int]]:
    return [(v, int(a), int(b)) for v, a, b in zip(variants, edges[:-1], edges[1:], strict=True)]


def _patched(rows: Rows, name: str, pieces: Sequence[tuple[slice, np.ndarray | Coded | Packed]]) -> np.ndarray | Coded | Packed:
    """A column with some stretches replaced; levels are those of the column itself."""
    if rows.storage(name) == "text":
        own = rows.coded(name)
        codes = own.codes.copy()
        for where, column in pieces:
            codes[where] = column.codes if isinstance(column, Coded) else column
        return Coded(codes, own.levels)
    array = rows[name].copy()
    for where, column in pieces:
        array[where] = column.items if isinstance(column, Packed) else column
    return Packed(array, rows.storage(name)) if rows.storage(name) in MEDIA else array
