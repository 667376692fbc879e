"""Effects of a treatment row by row: S, T, X and DR learners over any regression that is handed in.

    effect = LEARNERS["x"](linear, rows, outcome, treated)
    effect(fresh)                      # (m,) what the treatment is expected to change

* `s`   one regression with the treatment as a column; the effect is what changes when that column does.
* `t`   one regression per arm, and their difference.
* `x`   each arm's effects are imputed by the other arm's regression, regressed, and averaged by the chance of treatment (Künzel et al. 2019).
* `dr`  doubly robust scores from regressions on the other half of the rows, regressed (Kennedy 2023).

A regression is a callable fit(rows, outcome) -> predict(rows): `linear` is a ridge regression of this house; trees are handed in by whoever may
import them. What no learner knows: whether the effects differ at all; see uplift, which tests that on rows that the learner never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ..core.rows import Rows
from ..stats.ridge import expected, logistic, ridge, share
from ..stats.uplift import doubly_robust
from ._design import Design

__all__ = ["LEARNERS", "TREATED", "Effect", "Fit", "chance", "dr", "linear", "s", "t", "x"]

Effect = Callable[[Rows], np.ndarray]
Fit = Callable[[Rows, np.ndarray], Effect]  # (rows, outcome (n,)) -> predict

TREATED: Final = "treated"  # the column that the S learner adds
WORTH: Final = 0.001  # share of its entropy by which columns must foretell treatment, so that chances differ by row


def linear(rows: Rows, outcome: np.ndarray) -> Effect:
    """A ridge regression on all columns."""
    design = Design.of(rows, tuple(rows))
    slopes = ridge(design.matrix(rows), outcome)
    return lambda fresh: expected(design.matrix(fresh), slopes)


def s(fit: Fit, rows: Rows, outcome: np.ndarray, treated: np.ndarray) -> Effect:
    """One regression; the treatment is a column of it."""
    told = fit(rows.plus({TREATED: treated.astype(np.float64)}), outcome)

    def effect(fresh: Rows) -> np.ndarray:
        one, other = (told(fresh.plus({TREATED: np.full(fresh.n, arm)})) for arm in (1.0, 0.0))
        return one - other

    return effect


def t(fit: Fit, rows: Rows, outcome: np.ndarray, treated: np.ndarray) -> Effect:
    """The difference of two regressions."""
    one, other = (fit(rows.take(treated == arm), outcome[treated == arm]) for arm in (1, 0))
    return lambda fresh: one(fresh) - other(fresh)


def x(fit: Fit, rows: Rows, outcome: np.ndarray, treated: np.ndarray) -> Effect:
    """Effects imputed in each arm by the other's regression."""
    own, base = treated == 1, treated == 0
    one, other = fit(rows.take(own), outcome[own]), fit(rows.take(base), outcome[base])
    in_one = fit(rows.take(own), outcome[own] - other(rows.take(own)))
    in_other = fit(rows.take(base), one(rows.take(base)) - outcome[base])
    e = chance(rows, treated)

    def effect(fresh: Rows) -> np.ndarray:
        weight = e(fresh)
        return weight * in_other(fresh) + (1.0 - weight) * in_one(fresh)

    return effect


def dr(fit: Fit, rows: Rows, outcome: np.ndarray, treated: np.ndarray) -> Effect:
    """Doubly robust scores, each row's from regressions on the other half, regressed on the columns."""
    half = np.zeros(rows.n, dtype=bool)
    for arm in (0, 1):
        half[np.flatnonzero(treated == arm)[::2]] = True
    score = np.zeros(rows.n)
    for side in (half, ~half):
        there = rows.take(~side)
        arms = [fit(there.take(treated[~side] == arm), outcome[~side][treated[~side] == arm]) for arm in (0, 1)]
        here = rows.take(side)
        said = np.column_stack([arm(here) for arm in arms])
        score[side] = doubly_robust(outcome[side], treated[side], said, chance(there, treated[~side])(here))
    return fit(rows, score)


def chance(rows: Rows, treated: np.ndarray) -> Effect:
    """The chance of treatment: its share where the columns do not foretell it (as in a trial by lot), else a logistic regression.

    Whether they do is asked on rows that were left out: each half is foretold by the other.
    """
    design = Design.of(rows, tuple(rows))
    matrix, plain = design.matrix(rows), float(treated.mean())
    half = np.zeros(rows.n, dtype=bool)
    half[::2] = True
    said = np.full(rows.n, plain)
    for side in (half, ~half):
        if 0 < treated[~side].mean() < 1:
            said[side] = share(matrix[side], logistic(matrix[~side], treated[~side]))
    if _entropy(treated, said) > _entropy(treated, np.full(rows.n, plain)) * (1.0 - WORTH):
        return lambda fresh: np.full(fresh.n, plain)
    slopes = logistic(matrix, treated)
    return lambda fresh: share(design.matrix(fresh), slopes)


def _entropy(treated: np.ndarray, p: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(treated == 1, np.log(p), np.log(1 - p))))


LEARNERS: Final[Mapping[str, Callable[[Fit, Rows, np.ndarray, np.ndarray], Effect]]] = {"s": s, "t": t, "x": x, "dr": dr}
