"""Calibration of probabilities: a scale and a shift of log-odds (Platt 1999), a scale alone for several classes (Guo et al. 2017).

Fitted on out-of-fold predictions, so it costs no rows, and judged by cross-fitting: each fold is calibrated by what was fitted on the others.
It is kept only where that lowers the log loss. The out-of-fold predictions that a study keeps are the cross-fitted ones.
"""

from __future__ import annotations

import numpy as np

from ..stats.scores import log_loss

__all__ = ["calibrated", "fitted", "moved"]

STEPS = 25
GRID = np.exp(np.linspace(-1.2, 1.2, 49))  # scales of several classes' log-odds that are tried
LEAST = 1e-9
WORTH = 1e-5  # log loss that calibration must save


def calibrated(truth: np.ndarray, probability: np.ndarray, folds: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, float, float]:
    """(calibrated probabilities (n, k), scale, shift); unchanged with 1 and 0 where calibration saves nothing.

    truth (n,) codes, NaN where missing; probability (n, k) uncalibrated; folds (n,).
    """
    known = ~np.isnan(truth)
    weight = np.ones(len(truth)) if weights is None else weights
    made = probability.copy()
    for fold in np.unique(folds):
        others, own = known & (folds != fold), folds == fold
        if len(np.unique(truth[others])) < 2:
            return probability, 1.0, 0.0
        made[own] = moved(probability[own], *fitted(truth[others], probability[others], weight[others]))
    before, after = (float(log_loss(truth[known], p[known], weight[known])) for p in (probability, made))
    if not after < before - WORTH:
        return probability, 1.0, 0.0
    return made, *fitted(truth[known], probability[known], weight[known])


def fitted(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """(scale, shift) of the log-odds that make the log loss least."""
    logits = np.log(np.clip(probability, LEAST, 1.0))
    if probability.shape[1] > 2:
        losses = [float(log_loss(truth, moved(probability, scale, 0.0), weights)) for scale in GRID]
        return float(GRID[int(np.argmin(losses))]), 0.0
    return _platt(truth, logits[:, 1] - logits[:, 0], weights)


def moved(probability: np.ndarray, scale: float, shift: float) -> np.ndarray:
    """(n, k) probabilities after scale and shift of their log-odds."""
    logits = scale * np.log(np.clip(probability, LEAST, 1.0))
    logits[:, -1] += shift
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _platt(truth: np.ndarray, odds: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Logistic regression of one variable by Newton's method; a touch of ridge towards (1, 0) keeps perfect predictions finite."""
    design = np.column_stack([odds, np.ones_like(odds)])
    found = np.array([1.0, 0.0])
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -40, 40)))
        slope = design.T @ (weights * (p - truth)) + (found - [1.0, 0.0])
        curve = (design * (weights * np.maximum(p * (1 - p), 1e-12))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(max(found[0], 0.05)), float(found[1])
