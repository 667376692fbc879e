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
    "coverage",
    "f1",
    "kappa",
    "lift_at",
    "log_loss",
    "macro_auc",
    "macro_f1",
    "mae",
    "mape",
    "mcc",
    "mean",
    "median_error",
    "pinball",
    "precision",
    "r2",
    "recall",
    "rmse",
    "smape",
    "top_k",
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


def mcc(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The correlation of truth and decision (Matthews 1975; of several classes Gorodkin 2004); codes 0..k-1; 0 where either does not vary."""
    cells = _cells(truth, decision, weights)
    total, right = cells.sum(axis=(-2, -1)), np.trace(cells, axis1=-2, axis2=-1)
    said, was = cells.sum(axis=-2), cells.sum(axis=-1)
    spread = (total**2 - (said**2).sum(axis=-1)) * (total**2 - (was**2).sum(axis=-1))
    return _over(right * total - (said * was).sum(axis=-1), np.sqrt(np.clip(spread, 0.0, None)))


def kappa(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Agreement beyond what the two frequencies give by chance (Cohen 1960), over the most there could be; 0 where there could be none."""
    cells = _cells(truth, decision, weights)
    total = cells.sum(axis=(-2, -1))
    by_chance = (cells.sum(axis=-2) * cells.sum(axis=-1)).sum(axis=-1)
    return _over(np.trace(cells, axis1=-2, axis2=-1) * total - by_chance, total**2 - by_chance)


def lift_at(truth: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None, *, share: float = 0.1) -> np.ndarray:
    """How many times as frequent truth 1 is among the `share` of rows of the highest scores as among all; equal scores are shared out evenly."""
    order = np.argsort(-score, kind="stable")
    y, s = truth[order], score[order]
    w = np.ones((1, len(y))) if weights is None else np.atleast_2d(weights)[:, order]
    ends = np.flatnonzero(np.r_[s[1:] != s[:-1], True])
    taken, hits = np.cumsum(w, axis=1), np.cumsum(w * y, axis=1)
    caught = np.array([
        np.interp(share * t[-1], np.r_[0.0, t[ends]], np.r_[0.0, h[ends]]) for t, h in zip(taken, hits, strict=True)
    ])  # fmt: skip
    found = _over(caught, share * hits[:, -1], np.nan)
    return found if weights is not None and weights.ndim == 2 else found[0]


def top_k(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None, *, places: int = 3) -> np.ndarray:
    """The share of rows whose class is among the `places` likeliest; probability is (n, k), and ties stand in the order of the classes."""
    own = probability[np.arange(len(truth)), truth.astype(int)][:, None]
    before = (probability > own).sum(axis=1) + ((probability == own) & (np.arange(probability.shape[1]) < truth[:, None])).sum(axis=1)
    return mean((before < places).astype(np.float64), weights)


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


def median_error(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The median absolute error: half of the rows (by weight) are nearer."""
    error = np.abs(truth - prediction)
    if weights is None:
        return np.asarray(np.median(error))
    order = np.argsort(error, kind="stable")
    reached = np.cumsum(weights[..., order], axis=-1)
    return error[order][np.argmax(reached >= 0.5 * reached[..., -1:], axis=-1)]


def mape(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean absolute error as a share of the truth; rows of truth 0 are left out, NaN where there is no other."""
    able = truth != 0
    share = np.abs(truth - prediction) / np.where(able, np.abs(truth), 1.0)
    return _mean_of(np.where(able, share, 0.0), able, weights)


def smape(truth: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The mean absolute error as a share of the mean size of truth and prediction, from 0 to 2 (Makridakis 1993); 0 where both are 0."""
    size = (np.abs(truth) + np.abs(prediction)) / 2.0
    return mean(np.divide(np.abs(truth - prediction), size, out=np.zeros(len(truth)), where=size > 0), weights)


def pinball(truth: np.ndarray, quantile: np.ndarray, weights: np.ndarray | None = None, *, level: float = 0.5) -> np.ndarray:
    """The mean loss of foretold quantiles of a level (Koenker & Bassett 1978); at 0.5 half the mean absolute error."""
    error = truth - quantile
    return mean(np.maximum(level * error, (level - 1.0) * error), weights)


def coverage(truth: np.ndarray, low: np.ndarray, high: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The share of rows whose truth lies in its interval, ends included."""
    return mean(((truth >= low) & (truth <= high)).astype(np.float64), weights)


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


def _cells(truth: np.ndarray, decision: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return confusion(truth, decision, int(max(truth.max(initial=0), decision.max(initial=0))) + 1, weights)


def _over(top: np.ndarray, bottom: np.ndarray, empty: float = 0.0) -> np.ndarray:
    bottom = np.asarray(bottom, dtype=np.float64)
    return np.divide(top, bottom, out=np.full_like(bottom, empty), where=bottom > 0)


def _mean_of(x: np.ndarray, able: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    top, bottom = (x.sum(), able.sum()) if weights is None else (weights @ x, weights @ able.astype(np.float64))
    return _over(np.asarray(top), np.asarray(bottom), np.nan)


def _share(part: np.ndarray, whole: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    top, bottom = (part.sum(), whole.sum()) if weights is None else (weights @ part, weights @ whole)
    return np.divide(top, bottom, out=np.zeros_like(np.asarray(bottom, dtype=np.float64)), where=np.asarray(bottom) != 0)
