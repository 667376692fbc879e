"""Scores of models with 95 % intervals, a baseline beside them, and the paired difference of the best two.

Metrics by task, the first of which ranks:
* binary: auc, average precision, log loss, brier, accuracy, balanced accuracy, f1, recall, precision, calibration error; positive is the
  wanted level, and decisions are taken at a probability of 0.5;
* multiclass: log loss, accuracy, balanced accuracy, macro f1, macro auc (one class against the others), brier; the likeliest class is decided;
* numeric: rmse, mae, r2.

The baseline says the mean, or the share of each class, of every row. What intervals do *not* hold: that another draw of training rows would
have given another model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..core.errors import EmptyTable
from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.score import Score
from ..core.split import Split
from ..stats import scores as metrics
from ..stats.bootstrap import interval, resampled

__all__ = ["BASELINE", "MEASURES", "compared", "scored"]

BASELINE = "baseline"
OUT = "out of fold"
THRESHOLD = 0.5
Measure = Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray]


class _Case(NamedTuple):
    """Known rows: truth (n,) (0/1 for binary), weights (n,) or None, blocks (n,) or None, and where they stand."""

    goal: Goal
    truth: np.ndarray
    weights: np.ndarray | None
    blocks: np.ndarray | None
    where: str
    resamples: int


def _decided(measure: Measure) -> Measure:
    def decide(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        made = (probability >= THRESHOLD).astype(np.float64) if probability.ndim == 1 else probability.argmax(axis=1).astype(np.float64)
        return measure(truth, made, weights)

    return decide


MEASURES: dict[str, dict[str, Measure]] = {
    "binary": {
        "auc": metrics.auc,
        "average precision": metrics.average_precision,
        "log loss": metrics.log_loss,
        "brier": metrics.brier,
        "accuracy": _decided(metrics.accuracy),
        "balanced accuracy": _decided(metrics.balanced_accuracy),
        "f1": _decided(metrics.f1),
        "recall": _decided(metrics.recall),
        "precision": _decided(metrics.precision),
        "calibration error": metrics.ece,
    },
    "multiclass": {
        "log loss": metrics.log_loss,
        "accuracy": _decided(metrics.accuracy),
        "balanced accuracy": _decided(metrics.balanced_accuracy),
        "macro f1": _decided(metrics.macro_f1),
        "macro auc": metrics.macro_auc,
        "brier": metrics.brier,
    },
    "numeric": {"rmse": metrics.rmse, "mae": metrics.mae, "r2": metrics.r2},
}


def compared(models: Sequence[CrossFitted], split: Split, resamples: int = 400) -> list[Score]:
    """Scores of every model and of the baseline out of fold, then the difference of the first two on the task's first metric."""
    goal = split.goal
    known = ~np.isnan(goal.coded(split.rows))
    rows = split.rows.take(known)
    case = _case(goal, rows, None if split.blocks is None else split.blocks[known], OUT, resamples)
    seen = {model.name: _shown(goal, model.out_of_fold[known]) for model in models}
    made = [score for name, prediction in seen.items() for score in _scores(name, prediction, case)]
    made += _scores(BASELINE, _dull(case), case)
    if len(models) > 1:
        best, second = models[0].name, models[1].name
        made.append(_difference((best, seen[best]), (second, seen[second]), case))
    return made


def scored(model: CrossFitted, rows: Rows, where: str, resamples: int = 400) -> list[Score]:
    """Scores of the mean of the folds' models on new rows."""
    known = ~np.isnan(model.goal.coded(rows))
    if not known.any():
        raise EmptyTable(f"no row of {where} has a value in {model.goal.target!r}, so nothing can be scored; expected values as in training.")
    rows = rows.take(known)
    case = _case(model.goal, rows, None, where, resamples)
    return [*_scores(model.name, _shown(model.goal, model.predict(rows)), case), *_scores(BASELINE, _dull(case), case)]


def _case(goal: Goal, rows: Rows, blocks: np.ndarray | None, where: str, resamples: int) -> _Case:
    truth = goal.measured(rows) if goal.task == "binary" else goal.coded(rows)
    weights = None
    if goal.weight is not None and goal.weight in rows:
        weights = np.clip(np.nan_to_num(rows[goal.weight].astype(np.float64)), 0.0, None)
    return _Case(goal, truth, weights if weights is not None and weights.sum() > 0 else None, blocks, where, resamples)


def _shown(goal: Goal, prediction: np.ndarray) -> np.ndarray:
    """(n,) probabilities of the wanted level, (n, k) of all classes, or numbers: what the task's measures take."""
    return prediction[:, goal.classes.index(goal.wanted)] if goal.task == "binary" else prediction


def _dull(case: _Case) -> np.ndarray:
    """What the baseline says: the mean of the truth, or the share of each class, of every row."""
    n = len(case.truth)
    if case.goal.task != "multiclass":
        return np.full(n, np.average(case.truth, weights=case.weights))
    shares = np.bincount(case.truth.astype(int), case.weights, minlength=len(case.goal.classes))
    return np.tile(shares / shares.sum(), (n, 1))


def _scores(name: str, prediction: np.ndarray, case: _Case) -> list[Score]:
    measures = MEASURES[case.goal.task]

    def all_of(weights: np.ndarray) -> np.ndarray:
        total = weights if case.weights is None else weights * case.weights
        return np.stack([np.asarray(measure(case.truth, prediction, total)) for measure in measures.values()], axis=-1)

    draws = resampled(all_of, len(case.truth), blocks=case.blocks, resamples=case.resamples)
    low, high = interval(draws)
    made = []
    for i, (metric, measure) in enumerate(measures.items()):
        value = float(measure(case.truth, prediction, case.weights))
        down, up = float(low[i]), float(high[i])
        if metric == "calibration error":  # resampling adds noise to every bin, which an absolute value turns into bias: the bias is taken off
            bias = float(np.nanmean(draws[:, i])) - value
            down, up = max(0.0, down - bias), max(0.0, up - bias)
        made.append(Score(name, metric, value, min(down, value), max(up, value), len(case.truth), case.where))
    return made


def _difference(best: tuple[str, np.ndarray], second: tuple[str, np.ndarray], case: _Case) -> Score:
    """Best less second on the same resamples; rows that are hard are hard for both, so this is far narrower than two intervals side by side."""
    metric, measure = next(iter(MEASURES[case.goal.task].items()))

    def apart(weights: np.ndarray | None) -> np.ndarray:
        total = case.weights if weights is None else (weights if case.weights is None else weights * case.weights)
        return measure(case.truth, best[1], total) - measure(case.truth, second[1], total)

    low, high = interval(resampled(apart, len(case.truth), blocks=case.blocks, resamples=case.resamples))
    return Score(f"{best[0]} − {second[0]}", f"{metric} difference", float(apart(None)), float(low), float(high), len(case.truth), case.where)
