"""Metrics of predictions as pure functions of arrays, weighted, and over many weightings at once.

Every function takes the truth, the prediction and, last, weights of shape (n,) or (b, n); with b weightings it answers with b values (else a
0-d array), which is how a bootstrap asks for all its resamples in one call. Weights need not sum to anything; None means that every row counts once.

>>> float(auc(np.array([0, 0, 1, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])))
0.75
>>> float(rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]), np.array([1.0, 0.0])))
0.0

Sources: area under the curve by ranks with ties at one half (Hanley & McNeil 1982), average precision as a step sum, calibration error over
equal-width bins (Naeini et al. 2015). What it does *not* do: intervals (see `bootstrap`), thresholds (the caller hands decisions in).
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "confusion",
    "ece",
    "f1",
    "log_loss",
    "macro_auc",
    "macro_f1",
    "mae",
    "mean",
    "precision",
    "r2",
    "recall",
    "rmse",
]

LEAST = 1e-15  # a probability is never taken to be smaller, so that one sure mistake does not cost infinitely much


def mean(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The weighted mean of x (n,): 0-d, or (b,) for weights (b, n)."""
    return np.asarray(np.mean(x) if weights is None else (weights @ x) / weights.sum(axis=-1))


def auc(truth: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The chance that a row of truth 1 scores above a row of truth 0, ties counting half; NaN where one of them is absent."""
    order = np.argsort(score, kind="stable")
    y, s = truth[order], score[order]
    w = np.ones(len(y)) if weights is None else weights[..., order]
    starts = np.flatnonzero(np.r_[True, s[1:] != s[:-1]])
    place = np.cumsum(np.r_[True, s[1:] != s[:-1]]) - 1
    negative = np.cumsum(w * (1.0 - y), axis=-1)
    before = np.concatenate([np.zeros((*negative.shape[:-1], 1)), negative], axis=-1)
    ends = np.r_[starts[1:], len(s)]
    middle = (0.5 * (before[..., starts] + before[..., ends]))[..., place]
    positive = w * y
    with np.errstate(invalid="ignore", divide="ignore"):
        return (positive * middle).sum(axis=-1) / (positive.sum(axis=-1) * negative[..., -1])


def average_precision(truth: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Precision averaged over the recall it is reached at, rows of equal score taken together; NaN without a row of truth 1."""
    order = np.argsort(-score, kind="stable")
    y, s = truth[order], score[order]
    w = np.ones(len(y)) if weights is None else weights[..., order]
    ends = np.flatnonzero(np.r_[s[1:] != s[:-1], True])
    hits, taken = np.cumsum(w * y, axis=-1)[..., ends], np.cumsum(w, axis=-1)[..., ends]
    gained = np.diff(hits, axis=-1, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        right = np.where(taken > 0, hits / taken, 0.0)
        return (gained * right).sum(axis=-1) / hits[..., -1]


def log_loss(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean negative logarithm of the probability of what happened; `probability` is (n,) of truth 1, or (n, k) with truth a code."""
    return mean(-np.log(np.clip(_of_truth(truth, probability), LEAST, 1.0)), weights)


def brier(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean squared distance of probabilities from what happened: one square a row (binary), or the sum over the k classes."""
    if probability.ndim == 1:
        return mean((probability - truth) ** 2, weights)
    happened = np.eye(probability.shape[1])[truth.astype(int)]
    return mean(((probability - happened) ** 2).sum(axis=1), weights)


def accuracy(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The share of decisions that are right."""
    return mean((truth == decision).astype(np.float64), weights)


def confusion(truth: np.ndarray, decision: np.ndarray, k: int, weights: np.ndarray | None = None) -> np.ndarray:
    """(..., k, k) weight of rows by truth (first) and decision (second), both codes 0..k-1."""
    cell = truth.astype(int) * k + decision.astype(int)
    if weights is None or weights.ndim == 1:
        return np.bincount(cell, weights, minlength=k * k).astype(np.float64).reshape(k, k)
    return np.stack([np.bincount(cell, w, minlength=k * k) for w in weights]).reshape(-1, k, k)


def recall(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The share of truth 1 that was decided 1; 0 where there is none."""
    return _share(truth * decision, truth, weights)


def precision(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The share of decision 1 that is truth 1; 0 where nothing was decided 1."""
    return _share(truth * decision, decision, weights)


def f1(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The harmonic mean of precision and recall."""
    return _share(2.0 * truth * decision, truth + decision, weights)


def balanced_accuracy(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean over the classes that occur of the share that was decided right; truth and decision are codes."""
    codes = np.unique(truth)
    return np.mean([_share(((truth == c) & (decision == c)).astype(float), (truth == c).astype(float), weights) for c in codes], axis=0)


def macro_f1(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean of F1 over the classes that occur in truth or decision, each class counting once."""
    codes = np.union1d(np.unique(truth), np.unique(decision))
    return np.mean([f1((truth == c).astype(float), (decision == c).astype(float), weights) for c in codes], axis=0)


def macro_auc(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean over the classes that occur of the area under the curve of one class against all others; probability is (n, k)."""
    codes = np.unique(truth).astype(int)
    return np.mean([auc((truth == c).astype(float), probability[:, c], weights) for c in codes], axis=0)


def rmse(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The root of the mean squared error, in the unit of the truth."""
    return np.sqrt(mean((truth - prediction) ** 2, weights))


def mae(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean absolute error, in the unit of the truth."""
    return mean(np.abs(truth - prediction), weights)


def r2(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The share of the variance of the truth that is explained; NaN where the truth does not vary."""
    centre = truth.mean()  # any constant near the mean keeps the difference of squares exact in floating point
    spread = mean((truth - centre) ** 2, weights) - np.square(mean(truth - centre, weights))
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1.0 - mean((truth - prediction) ** 2, weights) / spread


def ece(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None, *, bins: int = 10) -> np.ndarray:
    """The mean distance between predicted and observed share over equal-width bins of the probability (n,) of truth 1."""
    place = np.clip((probability * bins).astype(int), 0, bins - 1)
    gap = np.zeros((len(truth), bins))
    gap[np.arange(len(truth)), place] = probability - truth
    total = len(truth) if weights is None else weights.sum(axis=-1)
    summed = gap.sum(axis=0) if weights is None else weights @ gap
    return np.round(np.abs(summed).sum(axis=-1) / total, 12)  # a distance of nothing is 0, not the rounding of a sum


def _of_truth(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    if probability.ndim == 1:
        return np.where(truth == 1, probability, 1.0 - probability)
    return probability[np.arange(len(truth)), truth.astype(int)]


def _share(part: np.ndarray, whole: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    top, bottom = (part.sum(), whole.sum()) if weights is None else (weights @ part, weights @ whole)
    return np.divide(top, bottom, out=np.zeros_like(np.asarray(bottom, dtype=np.float64)), where=np.asarray(bottom) != 0)
