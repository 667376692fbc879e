"""Ways of balancing two classes, each as a split that any learner can be fitted on: weights, fewer rows of the frequent class, made-up rare ones.

    weighted(split)      # each class weighs as much as the other
    thinned(split)       # as many rows of the frequent class as of the rare one, drawn at random in each fold; the others' target is unknown
    filled(split)        # as many rare rows as frequent ones, new ones between neighbours (SMOTE; Chawla et al. 2002)

The folds stay as they were, so that what is predicted out of fold can be compared row by row. A made-up row lies between two rare rows of *one* fold
and belongs to that fold: no fold's model learns from what was made of the rows that it predicts. Numbers lie between both rows, all else is that of
the one or the other by lot. `raised` says how many times the odds of the wanted class were raised, by which probabilities can be put right again
(Elkan 2001; Dal Pozzolo et al. 2015).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from ..core.rows import Coded, Packed, Rows
from ..core.split import Split

__all__ = ["WEIGHT", "filled", "raised", "thinned", "weighted"]

WEIGHT: Final = "_balance"  # the column of weights, where rows had none
NEAREST: Final = 5  # neighbours, as in SMOTE's paper
SEARCHED: Final = 5_000  # rare rows of a fold among which neighbours are sought: of more, a part is as dense as is needed
SEED: Final = 0


def weighted(split: Split) -> Split:
    """The split with each class weighing half of the whole, times the weights that rows have already."""
    truth, own = _truth(split), split.goal.weights(split.rows)
    weights = np.ones(split.rows.n) if own is None else own.copy()
    for value in (0.0, 1.0):
        inside = truth == value
        weights[inside] *= 0.5 * np.count_nonzero(~np.isnan(truth)) / weights[inside].sum()
    name = split.goal.weight or WEIGHT
    return replace(split, rows=split.rows.plus({name: weights}), goal=replace(split.goal, weight=name))


def thinned(split: Split) -> Split:
    """The split with the target of frequent rows unknown, but for as many in each fold as it has rare ones."""
    truth, generator = _truth(split), np.random.default_rng(SEED)
    gone = np.zeros(split.rows.n, dtype=bool)
    rare = _rare(truth)
    for fold in np.unique(split.folds):
        own = split.folds == fold
        often = np.flatnonzero(own & (truth == 1.0 - rare))
        more = len(often) - np.count_nonzero(own & (truth == rare))
        if more > 0:
            gone[generator.choice(often, more, replace=False)] = True
    column = split.rows.column(split.goal.target)
    hidden = Coded(np.where(gone, -1, column.codes).astype(np.int32), column.levels) if isinstance(column, Coded) else None
    return replace(split, rows=split.rows.plus({split.goal.target: np.where(gone, np.nan, column) if hidden is None else hidden}))


def filled(split: Split) -> Split:
    """The split with made-up rare rows after its own, as many in each fold as make both classes equal there."""
    truth, generator = _truth(split), np.random.default_rng(SEED)
    names = [c.name for c in split.data.schema.features() if c.kind in ("number", "money") and split.rows.storage(c.name) == "number"]
    numbers = np.column_stack([split.rows[name] for name in names]) if names else np.zeros((split.rows.n, 0))
    rare = _rare(truth)
    begun, ended, part = [], [], []
    for fold in np.unique(split.folds):
        own = split.folds == fold
        few = np.flatnonzero(own & (truth == rare))
        more = np.count_nonzero(own & (truth == 1.0 - rare)) - len(few)
        if more <= 0 or len(few) < 2:
            continue
        few = generator.permutation(few)[:SEARCHED]
        near = cKDTree(_scaled(numbers[few])).query(_scaled(numbers[few]), min(NEAREST + 1, len(few)))[1]
        first = generator.integers(len(few), size=more)
        begun.append(few[first])
        ended.append(few[near[first, generator.integers(1, near.shape[1], size=more)]])
        part.append(generator.random(more))
    if not begun:
        return split
    a, b, t = np.concatenate(begun), np.concatenate(ended), np.concatenate(part)
    made = {name: _between(split.rows.column(name), a, b, t, number=name in names) for name in split.rows}
    rows = Rows({name: _joined(split.rows.column(name), column) for name, column in made.items()}, split.rows.n + len(a))
    blocks = None if split.blocks is None else np.concatenate([split.blocks, split.blocks[a]])
    return replace(split, rows=rows, half=np.append(split.half, split.half[a]), folds=np.append(split.folds, split.folds[a]), blocks=blocks)


def raised(split: Split) -> float:
    """How many times class weights raise the odds of the wanted class: the rows of the other (by weight) over its own."""
    truth, own = _truth(split), split.goal.weights(split.rows)
    weights = np.ones(split.rows.n) if own is None else own
    return float(weights[truth == 0].sum() / weights[truth == 1].sum())


def _truth(split: Split) -> np.ndarray:
    return split.goal.measured(split.rows)


def _rare(truth: np.ndarray) -> float:
    return float(np.nanmean(truth) < 0.5)


def _scaled(x: np.ndarray) -> np.ndarray:
    """(m, d) numbers in standard deviations, missing and endless ones as the mean."""
    finite = np.where(np.isfinite(x), x, np.nan)
    held = np.isfinite(finite).sum(axis=0)
    mean = np.nansum(finite, axis=0) / np.maximum(held, 1)
    spread = np.sqrt(np.nansum((finite - mean) ** 2, axis=0) / np.maximum(held, 1))
    return np.nan_to_num((finite - mean) / np.where(spread > 0, spread, 1.0))


def _between(column: np.ndarray | Coded | Packed, a: np.ndarray, b: np.ndarray, t: np.ndarray, *, number: bool) -> np.ndarray | Coded | Packed:
    """A column of made-up rows: the part t (m,) of the way from rows a (m,) to rows b (m,); where it is no number, that of the nearer one."""
    place = np.where(t < 0.5, a, b)
    if isinstance(column, Coded):
        return Coded(column.codes[place], column.levels)
    if isinstance(column, Packed):
        return Packed(column.items[place], column.storage)
    if not number:
        return column[place]
    with np.errstate(invalid="ignore"):
        return (1.0 - t) * column[a] + t * column[b]


def _joined(column: np.ndarray | Coded | Packed, more: np.ndarray | Coded | Packed) -> np.ndarray | Coded | Packed:
    if isinstance(column, Coded) and isinstance(more, Coded):
        return Coded(np.concatenate([column.codes, more.codes]), column.levels)
    if isinstance(column, Packed) and isinstance(more, Packed):
        return Packed(np.concatenate([column.items, more.items]), column.storage)
    return np.concatenate([column, more])  # type: ignore[list-item]
