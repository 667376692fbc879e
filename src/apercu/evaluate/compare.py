"""Scores of models with 95 % intervals, a baseline beside them, and the paired differences of the best and the others.

Metrics by task, the first of which ranks:
* binary: auc, average precision, log loss, brier, accuracy, balanced accuracy, f1, recall, precision, mcc, kappa, lift at 10%, calibration
  error; positive is the wanted level, and decisions are taken at a probability of 0.5;
* multiclass: log loss, accuracy, balanced accuracy, macro f1, macro auc (one class against the others), mcc, kappa, brier, and top 3 accuracy
  where there are more than three classes; the likeliest class is decided;
* numeric: rmse, mae, r2, median error, and where the truth is of one sign, the mean error as a share of it (mape, smape).

The baseline says the mean, or the share of each class, of every row (on a test file: of the rows that were learned from). What the intervals of
scores do *not* hold: that another draw of training rows would have given another model; those of differences do (see paired).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.errors import EmptyTable
from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.score import Score
from ..core.split import Split
from ..stats import scores as metrics
from ..stats.bootstrap import interval, resampled
from .paired import Case, Measure, differences, weights_of

__all__ = ["BASELINE", "MEASURES", "compared", "scored", "tested"]

BASELINE = "baseline"
OUT = "out of fold"
THRESHOLD = 0.5
FEW = 3  # classes; of more, the share of rows whose class is among the three likeliest is told


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
        "mcc": _decided(metrics.mcc),
        "kappa": _decided(metrics.kappa),
        "lift at 10%": metrics.lift_at,
        "calibration error": metrics.ece,
    },
    "multiclass": {
        "log loss": metrics.log_loss,
        "accuracy": _decided(metrics.accuracy),
        "balanced accuracy": _decided(metrics.balanced_accuracy),
        "macro f1": _decided(metrics.macro_f1),
        "macro auc": metrics.macro_auc,
        "mcc": _decided(metrics.mcc),
        "kappa": _decided(metrics.kappa),
        "brier": metrics.brier,
    },
    "numeric": {"rmse": metrics.rmse, "mae": metrics.mae, "r2": metrics.r2, "median error": metrics.median_error},
}


def compared(models: Sequence[CrossFitted], split: Split, resamples: int = 400) -> list[Score]:
    """Scores of every model and of the baseline out of fold, then the differences of the first and the others on the task's first metric."""
    goal = split.goal
    assert goal is not None
    known = ~np.isnan(goal.coded(split.rows))
    rows = split.rows.take(known)
    case = _case(goal, rows, None if split.blocks is None else split.blocks[known], OUT, resamples)
    case = case._replace(folds=split.folds[known])
    seen = {model.name: _shown(goal, model.out_of_fold[known]) for model in models}
    made = [score for name, prediction in seen.items() for score in _scores(name, prediction, case)]
    made += _scores(BASELINE, _dull(case, case.truth, case.weights), case)
    return made + differences(*_first(goal), seen, case)


def scored(model: CrossFitted, rows: Rows, where: str, resamples: int = 400) -> list[Score]:
    """Scores of one model, and of the baseline, on new rows."""
    return tested([model], rows, None, where, resamples)


def tested(models: Sequence[CrossFitted], rows: Rows, split: Split | None, where: str, resamples: int = 400) -> list[Score]:
    """Scores on new rows of the mean of each model's folds and of the baseline, then the differences of the first model and the others.

    The baseline says what the rows of `split`, which were learned from, say on average; without a split, or a label in it, the new rows themselves.
    Rows of one group are drawn together. Raises EmptyTable where no row has a target.
    """
    goal = models[0].goal
    known = ~np.isnan(goal.coded(rows))
    if not known.any():
        raise EmptyTable(f"no row of {where} has a value in {goal.target!r}, so nothing can be scored; expected values as in training.")
    rows = rows.take(known)
    case = _case(goal, rows, _groups(goal, rows), where, resamples)
    labelled = None if split is None else split.rows.take(~np.isnan(goal.coded(split.rows)))
    learned = _case(goal, labelled, None, OUT, resamples) if labelled is not None and labelled.n else case
    seen = {model.name: _shown(goal, model.predict(rows)) for model in models}
    made = [score for name, prediction in seen.items() for score in _scores(name, prediction, case)]
    made += _scores(BASELINE, _dull(case, learned.truth, learned.weights), case)
    return made + differences(*_first(goal), seen, case)


def _first(goal: Goal) -> tuple[str, Measure]:
    return next(iter(MEASURES[goal.task].items()))


def _measures(goal: Goal, truth: np.ndarray) -> dict[str, Measure]:
    """The task's measures, and those that only some targets have."""
    measures = dict(MEASURES[goal.task])
    if goal.task == "multiclass" and len(goal.classes) > FEW:
        measures["top 3 accuracy"] = metrics.top_k
    if goal.task == "numeric" and ((truth > 0).all() or (truth < 0).all()):
        measures |= {"mape": metrics.mape, "smape": metrics.smape}
    return measures


def _case(goal: Goal, rows: Rows, blocks: np.ndarray | None, where: str, resamples: int) -> Case:
    truth = goal.measured(rows) if goal.task == "binary" else goal.coded(rows)
    return Case(goal, truth, weights_of(goal, rows), blocks, where, resamples)


def _groups(goal: Goal, rows: Rows) -> np.ndarray | None:
    """(n,) which rows of a new table belong to one group, if it says so; a row without a group stands for itself."""
    if goal.group is None or goal.group not in rows:
        return None
    text = rows.storage(goal.group) == "text"
    codes = rows.coded(goal.group).codes.astype(np.int64) if text else np.unique(rows[goal.group], return_inverse=True)[1].astype(np.int64)
    alone = codes < 0 if text else np.isnan(rows[goal.group]) if rows.storage(goal.group) == "number" else np.isnat(rows[goal.group])
    return np.where(alone, -1 - np.arange(rows.n), codes)


def _shown(goal: Goal, prediction: np.ndarray) -> np.ndarray:
    """(n,) probabilities of the wanted level, (n, k) of all classes, or numbers: what the task's measures take."""
    return prediction[:, goal.classes.index(goal.wanted)] if goal.task == "binary" else prediction


def _dull(case: Case, truth: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """What the baseline says of every row of the case: the mean of `truth`, or the share of each class in it."""
    n = len(case.truth)
    if case.goal.task != "multiclass":
        return np.full(n, np.average(truth, weights=weights))
    shares = np.bincount(truth.astype(int), weights, minlength=len(case.goal.classes))
    return np.tile(shares / shares.sum(), (n, 1))


def _scores(name: str, prediction: np.ndarray, case: Case) -> list[Score]:
    measures = _measures(case.goal, case.truth)

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
