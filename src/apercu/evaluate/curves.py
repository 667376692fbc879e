"""Curves of the best model, out of fold: what a person looks at beside the scores.

kinds and their columns (lists of equal length, thinned to at most `points`):
* `roc`: false_positive_rate, true_positive_rate, threshold                              (binary)
* `precision-recall`: recall, precision, threshold                                       (binary)
* `lift`: share (of rows, the likeliest first), captured (share of the wanted), lift     (binary)
* `calibration`: predicted, observed, low, high, n, in tenths of the rows                (binary, and the likeliest class of several)
* `profit`: share (of rows acted upon, the likeliest first), profit, low, high, threshold   (binary, where the goal has a value)
* `thresholds`: purpose, threshold and what it brings, each with its interval, and a sentence (binary; see thresholds)
* `confusion`: actual, predicted, n, share (of the actual)                               (binary at 0.5, multiclass)
* `residuals`: predicted, actual, residual, of rows evenly spread over the predictions   (numeric)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.score import Curve
from ..core.split import Split
from ..stats import scores as metrics
from ..stats.intervals import wilson
from .paired import weights_of
from .thresholds import advised, profit, thresholds

__all__ = ["calibration", "confusion", "drawn", "lift", "precision_recall", "residuals", "roc"]

TENTHS = 10


def drawn(model: CrossFitted, split: Split, points: int = 100) -> list[Curve]:
    """The curves that the task has."""
    goal = model.goal
    coded = goal.coded(split.rows)
    known = ~np.isnan(coded)
    truth, prediction = coded[known], model.out_of_fold[known]
    if goal.task == "numeric":
        return [residuals(truth, prediction, points)]
    if goal.task == "multiclass":
        best = prediction.argmax(axis=1)
        return [confusion(goal, truth, best), calibration((truth == best).astype(float), prediction.max(axis=1))]
    place = goal.classes.index(goal.wanted)
    wanted, score = (truth == place).astype(np.float64), prediction[:, place]
    decided = np.where(score >= 0.5, place, 1 - place)
    shapes = [roc(wanted, score, points), precision_recall(wanted, score, points), lift(wanted, score, points)]
    shapes += [calibration(wanted, score), confusion(goal, truth, decided)]
    rows, blocks = split.rows.take(known), None if split.blocks is None else split.blocks[known]
    weights = weights_of(goal, rows)
    if goal.value is not None and 0.0 < wanted.mean() < 1.0:
        shapes.append(profit(goal, wanted, score, points, weights, blocks))
    advice = advised(goal, wanted, score, split.folds[known], weights, blocks)
    return [*shapes, thresholds(advice)] if advice else shapes


def roc(truth: np.ndarray, score: np.ndarray, points: int = 100) -> Curve:
    """False against true positive rate over all thresholds."""
    hits, taken, cuts = _swept(truth, score)
    false, true = (taken - hits) / max(truth.size - truth.sum(), 1), hits / max(truth.sum(), 1)
    keep = _thinned(len(cuts), points - 1)
    return _curve("roc", false_positive_rate=[0.0, *false[keep]], true_positive_rate=[0.0, *true[keep]], threshold=[1.0, *cuts[keep]])


def precision_recall(truth: np.ndarray, score: np.ndarray, points: int = 100) -> Curve:
    """Recall against precision over all thresholds."""
    hits, taken, cuts = _swept(truth, score)
    keep = _thinned(len(cuts), points)
    return _curve("precision-recall", recall=(hits / max(truth.sum(), 1))[keep], precision=(hits / taken)[keep], threshold=cuts[keep])


def lift(truth: np.ndarray, score: np.ndarray, points: int = 100) -> Curve:
    """Of the wanted rows, how many are among the likeliest share of all rows, and how many times as dense they are there."""
    hits, taken, _ = _swept(truth, score)
    share, captured = taken / len(truth), hits / max(truth.sum(), 1)
    keep = _thinned(len(share), points)
    return _curve("lift", share=share[keep], captured=captured[keep], lift=(captured / share)[keep])


def calibration(truth: np.ndarray, probability: np.ndarray) -> Curve:
    """Observed share, with its Wilson interval, against mean predicted probability in tenths of the rows."""
    order = np.argsort(probability, kind="stable")
    groups = [g for g in np.array_split(order, TENTHS) if len(g)]
    seen = [float(truth[g].mean()) for g in groups]
    said = [float(probability[g].mean()) for g in groups]
    bounds = [wilson(share * len(g), len(g)) for share, g in zip(seen, groups, strict=True)]
    low, high = [b[0] for b in bounds], [b[1] for b in bounds]
    return _curve("calibration", predicted=said, observed=seen, low=low, high=high, n=[len(g) for g in groups])


def confusion(goal: Goal, truth: np.ndarray, decision: np.ndarray) -> Curve:
    """Rows by actual and predicted level, and their share of the actual level's rows."""
    k = len(goal.classes)
    cells = metrics.confusion(truth, decision, k)
    share = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1.0)
    actual = [level for level in goal.classes for _ in range(k)]
    counts = [int(n) for n in cells.ravel()]
    return _curve("confusion", actual=actual, predicted=list(goal.classes) * k, n=counts, share=share.ravel())


def residuals(truth: np.ndarray, prediction: np.ndarray, points: int = 100) -> Curve:
    """Predicted, actual, and actual less predicted, of rows evenly spread over the order of predictions."""
    order = np.argsort(prediction, kind="stable")
    keep = order[_thinned(len(order), points)]
    return _curve("residuals", predicted=prediction[keep], actual=truth[keep], residual=(truth - prediction)[keep])


def _swept(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(hits, taken, threshold) at each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    y, s = truth[order], score[order]
    ends = np.flatnonzero(np.r_[s[1:] != s[:-1], True])
    return np.cumsum(y)[ends], (ends + 1).astype(np.float64), s[ends]


def _thinned(n: int, points: int) -> np.ndarray:
    """Positions of at most `points` of n, evenly spread, both ends kept."""
    return np.unique(np.linspace(0, n - 1, min(n, points)).round().astype(int))


def _curve(kind: str, **columns: Iterable[Any]) -> Curve:
    plain = {name: [v if isinstance(v, str | int) else float(v) for v in values] for name, values in columns.items()}
    return Curve(kind, plain)
