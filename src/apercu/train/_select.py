"""Selection of columns before training: those that a quick booster uses more than it uses any shuffled column, again and again.

    stable(rows, goal, names)      # ('income', 'age'): two of 200 columns were better than chance in significantly many of ROUNDS rounds

Boruta (Kursa & Rudnicki 2010) with boosted trees, on other rows in each round as in stability selection (Meinshausen & Bühlmann 2010). A round
puts a copy of every column beside the columns, the copy's rows in an order drawn anew, so that nothing but chance ties it to the target, and fits
a small booster to all of them. A column scores when its gain, summed over its features, is more than that of the best copy. Prose is not tested and
always kept; where no column is proved, all are kept, since the rows cannot say which of them matter. What is proved is not all that
helps, so columns are dropped only where that clearly lowers the loss: of a booster of the proved columns, or else of those that won at least once,
it must be lower than of all by more than SURE standard errors, on rows not fitted on (though selected on, which flatters the selection).

Null hypothesis, one per column: it beats the best copy in no more than half of the rounds, as the luckiest of as many noise columns would. The
test is binomial and one-sided; Benjamini and Hochberg's procedure at RATE chooses among the columns. What breaks it: rounds share rows, so that
they are not independent given the rows, and a table of noise alone may keep a lucky column; rows that depend on each other (entities, trends),
which shuffled copies do not, so that a column constant within an entity is kept too easily; columns that copy each other share their gain; signals
so weak, though many, that none beats the best of many copies, are not proved, nor in tables of more than WIDE features those that only work
together. It
is a filter for noise, then, not a finding. What it does *not* do: look at rows outside of the fold's training part, so scores stay honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from scipy.stats import binom

from ..core.goal import Goal
from ..core.rows import Rows
from ..stats.fdr import benjamini_hochberg
from ._columns import weights_of
from ._features import Features
from ._lightgbm import objective

__all__ = ["stable", "told"]

ROUNDS: Final = 20
RATE: Final = 0.05  # share of the kept columns that may be noise
LOOKED: Final = 20_000  # rows that are looked at
SHARE: Final = 0.8  # of them in a round: fewer would lose weak columns, all would make the rounds alike
WIDE: Final = 600  # features, copies included, that a booster is shown; of more, those with the strongest bins, columns and copies alike
BINS: Final = 8
LEAST: Final = 40  # rows below which nothing is dropped
TREES: Final = 30  # of a booster; of each class of several CLASS_TREES
CLASS_TREES: Final = 12
SURE: Final = 2.0  # standard errors by which the loss must fall for columns to be dropped
PARTS: Final = 5  # in which rows are told off to judge a selection
JUDGE: Final[dict[str, Any]] = {
    "num_leaves": 8, "learning_rate": 0.06, "min_data_in_leaf": 20, "max_bin": 63, "feature_fraction": 0.5, "lambda_l2": 5.0, "seed": 1,
    "verbosity": -1, "num_threads": 1, "deterministic": True, "force_col_wise": True,
}  # fmt: skip
QUICK: Final[dict[str, Any]] = {
    "num_leaves": 4, "learning_rate": 0.15, "min_data_in_leaf": 20, "max_bin": 31, "feature_fraction": 0.5, "verbosity": -1, "num_threads": 1,
    "deterministic": True, "force_col_wise": True,
}  # fmt: skip


def stable(rows: Rows, goal: Goal, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns that are worth learning from, in their order."""
    rows = rows.take(np.arange(min(rows.n, LOOKED)))
    if rows.n < LEAST or len(names) < 2:
        return tuple(names)
    features, matrix = Features.fit(rows, goal, names)
    sources = np.array([names.index(source) for source in features.codes.sources], dtype=np.int64)
    tested = np.unique(sources)
    target = goal.coded(rows)
    if len(tested) < 2 or np.ptp(target) == 0:
        return tuple(names)
    matrix, weight = matrix.astype(np.float32), weights_of(rows, goal)
    wins = _wins(matrix, sources, target, weight, goal)
    p = binom.sf(wins[tested] - 1, ROUNDS, 0.5)
    proved, likely = tested[benjamini_hochberg(p) <= RATE], tested[wins[tested] > 0]
    if not len(proved):
        return tuple(names)
    every = _losses(matrix, target, weight, goal)
    for kept in (proved, likely):
        less = every - _losses(matrix[:, np.isin(sources, kept)], target, weight, goal)
        if np.average(less, weights=weight) > SURE * less.std() / np.sqrt(len(less)):
            dropped = set(tested.tolist()) - set(kept.tolist())
            return tuple(name for i, name in enumerate(names) if i not in dropped)
    return tuple(names)


def told(kept: Sequence[int], of: int) -> str:
    """A few words about how many columns each fold keeps.

    >>> told([5, 7, 6], 200)
    '5 to 7 of 200 columns kept by selection'
    """
    low, high = min(kept), max(kept)
    return f"{low if low == high else f'{low} to {high}'} of {of} columns kept by selection"


def _wins(matrix: np.ndarray, sources: np.ndarray, target: np.ndarray, weight: np.ndarray | None, goal: Goal) -> np.ndarray:
    """(columns,) in how many rounds a column is better than every copy. matrix (n, features); sources (features,) the column of each."""
    generator = np.random.default_rng(11)
    n, width, columns = len(matrix), len(sources), int(sources.max()) + 1
    bins = _binned(matrix) if 2 * width > WIDE else np.zeros((n, 0), dtype=np.uint8)
    signal = target[:, None] if goal.task == "numeric" else np.eye(len(goal.classes))[target.astype(int)]
    wins = np.zeros(columns, dtype=np.int64)
    for round_ in range(ROUNDS):
        seen = np.sort(generator.permutation(n)[: round(SHARE * n)])
        own = np.tile(seen[:, None], (1, columns))
        mixed = generator.permuted(own, axis=0)  # the rows that each column's copy takes its values from
        place = np.hstack([own[:, sources], mixed[:, sources]])
        feature = np.tile(np.arange(width), 2)
        looked = np.arange(2 * width)
        if 2 * width > WIDE:
            strength = _strength(bins[place, feature], signal[seen])
            looked = np.sort(np.argsort(-strength, kind="stable")[:WIDE])
        gain = np.zeros(2 * width)
        gain[looked] = _gains(matrix[place[:, looked], feature[looked]], target[seen], None if weight is None else weight[seen], goal, round_)
        real, copies = (np.bincount(sources, part, minlength=columns) for part in np.split(gain, 2))
        wins += real > copies.max()
    return wins


def _binned(matrix: np.ndarray) -> np.ndarray:
    """(n, features) the quantile bin of each value, from 1; 0 where it is missing."""
    bins = np.zeros(matrix.shape, dtype=np.uint8)
    for column, own in zip(matrix.T, bins.T, strict=True):
        present = column[~np.isnan(column)]
        if len(present):
            cuts = np.unique(np.quantile(present, np.arange(1, BINS) / BINS))
            own[:] = np.where(np.isnan(column), 0, 1 + np.searchsorted(cuts, column, side="left"))
    return bins


def _strength(bins: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """(features,) how much of the variance of the signal (n, k) lies between the bins (n, features), beyond what as many bins find by chance."""
    signal = signal - signal.mean(axis=0)
    chance, found = float((signal**2).mean(axis=0).sum()), np.zeros(bins.shape[1])
    for value in range(BINS + 1):
        inside = (bins == value).astype(np.float32)
        size, total = inside.sum(axis=0), inside.T @ signal.astype(np.float32)
        found += np.where(size > 0, (total**2).sum(axis=1) / np.maximum(size, 1.0) - chance, 0.0)
    return found


def _gains(matrix: np.ndarray, target: np.ndarray, weight: np.ndarray | None, goal: Goal, seed: int) -> np.ndarray:
    """(features,) how much each lowers the loss of a quick booster; nothing where these rows have one outcome alone."""
    if np.ptp(target) == 0:
        return np.zeros(matrix.shape[1])
    settings = {**QUICK, **objective(goal), "seed": seed + 1}
    data = lgb.Dataset(matrix, target, weight=weight, params=settings, free_raw_data=True)
    booster = lgb.train(settings, data, CLASS_TREES if goal.task == "multiclass" else TREES)
    return np.asarray(booster.feature_importance("gain"), dtype=np.float64)


def _losses(matrix: np.ndarray, target: np.ndarray, weight: np.ndarray | None, goal: Goal) -> np.ndarray:
    """(n,) the loss of each row, squared or logarithmic, by a small booster of these features that did not see the row."""
    part = np.random.default_rng(12).permutation(len(target)) % PARTS
    each, settings = np.zeros(len(target)), {**JUDGE, **objective(goal)}
    for p in range(PARTS):
        own, others = part == p, part != p
        if np.ptp(target[others]) == 0:
            continue
        data = lgb.Dataset(matrix[others], target[others], weight=None if weight is None else weight[others], params=settings)
        booster = lgb.train(settings, data, 3 * (CLASS_TREES if goal.task == "multiclass" else TREES))
        said, truth = np.asarray(booster.predict(matrix[own], num_threads=1)), target[own]
        if goal.task == "numeric":
            each[own] = (said - truth) ** 2
            continue
        chance = np.where(truth == 1, said, 1.0 - said) if said.ndim == 1 else said[np.arange(len(truth)), truth.astype(int)]
        each[own] = -np.log(np.clip(chance, 1e-6, 1.0))
    return each
