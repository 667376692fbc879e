"""Calibration of probabilities: a scale and a shift of log-odds (Platt 1999), a scale alone for several classes (Guo et al. 2017).

Of two classes the high end may need another scale than the low one, as boosted trees do that are too sure of the rarer class. Beta calibration (Kull,
Silva Filho & Flach 2017), logit q = a log p - b log(1 - p) + c, has one for each; in log-odds z it is scale * z + bend * log(1 + exp z) + shift
with scale = a and bend = b - a, and Platt's where a = b. It never turns an order round: a fit whose a or b falls below FLOOR is not used.

All are fitted on out-of-fold predictions, so they cost no rows, and judged by cross-fitting: each fold is calibrated by what was fitted on the
others. Platt's is kept only where that lowers the log loss; a bend only where it lowers it further, by MARGIN standard errors of what it saves. The
out-of-fold predictions that a study keeps are the cross-fitted ones. Assumes rows that are alike in every fold: where the share of a class differs
between folds by chance, that counts against calibration, which is then chosen too seldom rather than too often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ..stats.scores import log_loss

__all__ = ["bent", "calibrated", "fitted", "moved"]

STEPS: Final = 25
GRID: Final = np.exp(np.linspace(-1.2, 1.2, 49))  # scales of several classes' log-odds that are tried
LEAST: Final = 1e-9
FLOOR: Final = 0.05  # a scale is never smaller
WORTH: Final = 1e-5  # log loss that calibration must save
# Standard errors that a bend must save. On generated log-odds (800 to 36,000 rows, bends of -.6 to .3) the loss given away beside the better form was
# .28 nats a table with .5, .45 with 1 and .91 with 2; with .5 a bend was taken in 9 % of the tables that had none, without a margin in 14 %.
MARGIN: Final = 0.5

Moved = tuple[float, float] | tuple[float, float, float]


def calibrated(truth: np.ndarray, probability: np.ndarray, folds: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, float, float, float]:
    """(calibrated probabilities (n, k), scale, shift, bend); unchanged with 1, 0 and 0 where calibration saves nothing.

    truth (n,) codes, NaN where missing; probability (n, k) uncalibrated; folds (n,).
    """
    known = ~np.isnan(truth)
    weight = np.ones(len(truth)) if weights is None else weights
    if any(len(np.unique(truth[known & (folds != fold)])) < 2 for fold in np.unique(folds)):
        return probability, 1.0, 0.0, 0.0

    def crossed(fit: Callable[[np.ndarray, np.ndarray, np.ndarray], Moved]) -> tuple[np.ndarray, float]:
        made = probability.copy()
        for fold in np.unique(folds):
            others, own = known & (folds != fold), (folds == fold) & ~np.isnan(probability[:, 0])
            made[own] = moved(probability[own], *fit(truth[others], probability[others], weight[others]))
        return made, float(log_loss(truth[known], made[known], weight[known]))

    before = float(log_loss(truth[known], probability[known], weight[known]))
    plain, after = crossed(fitted)
    if probability.shape[1] == 2:
        curved, least = crossed(bent)
        if least < min(before, after) - WORTH and after - least > MARGIN * _error(truth[known], plain[known], curved[known], weight[known]):
            return curved, *bent(truth[known], probability[known], weight[known])
    if not after < before - WORTH:
        return probability, 1.0, 0.0, 0.0
    return plain, *fitted(truth[known], probability[known], weight[known]), 0.0


def fitted(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """(scale, shift) of the log-odds that make the log loss least."""
    logits = np.log(np.clip(probability, LEAST, 1.0))
    if probability.shape[1] > 2:
        losses = [float(log_loss(truth, moved(probability, scale, 0.0), weights)) for scale in GRID]
        return float(GRID[int(np.argmin(losses))]), 0.0
    odds = logits[:, 1] - logits[:, 0]
    scale, shift = _newton(np.column_stack([odds, np.ones_like(odds)]), np.array([1.0, 0.0]), truth, weights)
    return float(max(scale, FLOOR)), float(shift)


def bent(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """(scale, shift, bend) of the log-odds of two classes that make the log loss least; without a bend where it would turn an order round."""
    logits = np.log(np.clip(probability, LEAST, 1.0))
    odds = logits[:, 1] - logits[:, 0]
    high = np.logaddexp(0.0, odds)  # -log(1 - p); odds - high is log p
    low_end, high_end, shift = _newton(np.column_stack([odds - high, high, np.ones_like(odds)]), np.array([1.0, 1.0, 0.0]), truth, weights)
    if min(low_end, high_end) < FLOOR:
        return *fitted(truth, probability, weights), 0.0
    return float(low_end), float(shift), float(high_end - low_end)


def moved(probability: np.ndarray, scale: float, shift: float, bend: float = 0.0) -> np.ndarray:
    """(n, k) probabilities after scale and shift of their log-odds, and the bend of those of two classes."""
    logits = np.log(np.clip(probability, LEAST, 1.0))
    high = bend * np.logaddexp(0.0, logits[:, -1] - logits[:, 0]) if bend else 0.0
    logits *= scale
    logits[:, -1] += shift + high
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _newton(design: np.ndarray, start: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(q,) logistic regression by Newton's method; a touch of ridge towards `start`, no change, keeps perfect predictions finite."""
    found = start
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -40, 40)))
        slope = design.T @ (weights * (p - truth)) + (found - start)
        curve = (design * (weights * np.maximum(p * (1 - p), 1e-12))[:, None]).T @ design + np.eye(len(start))
        step = np.linalg.solve(curve, slope)
        found = found - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return found


def _error(truth: np.ndarray, plain: np.ndarray, curved: np.ndarray, weights: np.ndarray) -> float:
    """The standard error of the mean log loss that (n, 2) `curved` saves beside `plain`."""
    at = (np.arange(len(truth)), truth.astype(int))
    saved = np.log(np.clip(curved[at], LEAST, 1.0)) - np.log(np.clip(plain[at], LEAST, 1.0))
    total = weights.sum()
    return float(np.sqrt((weights**2 * (saved - weights @ saved / total) ** 2).sum()) / total)
