"""How sure a prediction is: from where to where a number will lie, or which classes it may be, with a stated share of new rows inside.

    low, high = ends(out_of_fold, truth, predicted, 0.9)      # about 90 rows in 100 lie between
    inside = classes(out_of_fold, truth, predicted, 0.9)      # (m, k): of each class's rows, about 90 in 100 have it in their set

Both are split-conformal, calibrated on the out-of-fold predictions that a study keeps, so they cost no fit and no rows. Numbers: rows are grouped
by what is predicted (Mondrian conformal regression, Boström & Johansson 2020), and either end is the quantile of what its group leaves over, so
intervals are wide where the model errs much and need not lie evenly about the prediction. Classes: a class is in the set unless its probability is
lower than that of all but a few rows of that class (class-conditional conformal prediction, Vovk 2012), so rare classes are covered as well as
common ones; where every class is left out, the likeliest is taken. The likeliest need not be in the set of a row that looks least of all like its
rows: where most are “no”, a row of which “no” is merely likely is told as “yes”. The assumption is that new rows come as those of the table did.
What it does not promise: the share within every part of the table, or under drift; and new rows are predicted by the mean of the folds' models,
which errs a little less than one of them does, so rather more rows lie inside than stated.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .conformal import reach

__all__ = ["classes", "ends"]

GROUP: Final = 200  # rows of a group at least, so that either end of a 95% interval stands on five rows or more
GROUPS: Final = 10


def ends(
    out_of_fold: np.ndarray, truth: np.ndarray, predicted: np.ndarray, coverage: float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """((m,) low, (m,) high) around `predicted` (m,), from predictions (n,) and truths (n,) of rows that are known; NaN is left out.

    Either end is missed by half of what is not covered. No end lies below 0 where no truth does. Without known rows the ends are infinite.
    """
    known = np.flatnonzero(~np.isnan(truth) & ~np.isnan(out_of_fold))
    if not len(known):
        return np.full(len(predicted), -np.inf), np.full(len(predicted), np.inf)
    said, left = out_of_fold[known], truth[known] - out_of_fold[known]
    weight = None if weights is None else weights[known]
    parts = max(1, min(GROUPS, len(known) // GROUP))
    cuts = np.unique(np.quantile(said, np.arange(1, parts) / parts))
    own, new = np.searchsorted(cuts, said), np.searchsorted(cuts, predicted)
    side = 0.5 + coverage / 2
    reaches = np.zeros((2, len(cuts) + 1))
    for group in range(len(cuts) + 1):
        inside = own == group
        given = None if weight is None else weight[inside]
        reaches[:, group] = reach(-left[inside], side, given), reach(left[inside], side, given)
    reaches = np.maximum(reaches, 0.0)  # the prediction itself is always inside
    floor = 0.0 if truth[known].min() >= 0 else -np.inf
    return np.maximum(predicted - reaches[0, new], floor), np.maximum(predicted + reaches[1, new], floor)


def classes(out_of_fold: np.ndarray, truth: np.ndarray, predicted: np.ndarray, coverage: float, weights: np.ndarray | None = None) -> np.ndarray:
    """(m, k) bool: the classes that each row of `predicted` (m, k) may be, from probabilities (n, k) and codes (n,) of rows that are known.

    A class with too few rows to leave any out is in every set.
    """
    known = ~np.isnan(truth) & ~np.isnan(out_of_fold).any(axis=1)
    inside = np.zeros(predicted.shape, dtype=bool)
    for code in range(predicted.shape[1]):
        own = known & (truth == code)
        if np.count_nonzero(own) < coverage / (1.0 - coverage):
            inside[:, code] = True
            continue
        given = None if weights is None else weights[own]
        inside[:, code] = 1.0 - predicted[:, code] <= reach(1.0 - out_of_fold[own, code], coverage, given)
    empty = np.flatnonzero(~inside.any(axis=1))
    inside[empty, predicted[empty].argmax(axis=1)] = True
    return inside
