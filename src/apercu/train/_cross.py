"""The loop over learners and folds: fits, out-of-fold predictions, calibration, the time limit."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import EmptyTable, UnknownName
from ..core.goal import Goal
from ..core.model import CrossFitted, Learner, Model
from ..core.progress import report
from ..core.registry import parts
from ..core.rows import Rows
from ..core.split import Split
from ._calibrate import calibrated
from ._columns import screened, typed, usable, weights_of

if TYPE_CHECKING:
    from . import Options

__all__ = ["fit_all"]

WATCHED = 0.15  # share of a fold's training rows that is held out for early stopping
NEEDS = ("name", "tasks", "fit", "load")


class _Table(NamedTuple):
    """What every fit shares. rows: typed, with the columns, the target and the weight; target (n,); watched (n,) bool."""

    rows: Rows
    goal: Goal
    columns: tuple[str, ...]
    target: np.ndarray
    folds: np.ndarray
    trained: np.ndarray
    watched: np.ndarray
    most: int


def fit_all(split: Split, options: Options) -> list[CrossFitted]:
    """Every learner that knows the task, cross-fitted, the lowest loss first.

    Each learner's first fold is fitted and timed; then the cheapest learner is finished, and the others as far as the time is expected to last.
    """
    table = _table(split, options)
    learners = _learners(split.goal, options.learners)
    total = len(learners) * (int(split.folds.max()) + 1)
    report("train", 0, total)
    end = None if options.minutes is None else time.monotonic() + 60.0 * options.minutes
    started: list[tuple[float, Learner, Model]] = []
    for learner in learners:
        if started and end is not None and time.monotonic() >= end:
            continue
        begun = time.monotonic()
        first = _fitted(learner, table, 0)
        started.append((time.monotonic() - begun, learner, first))
        report("train", len(started), total)
    made: list[CrossFitted] = []
    done = len(started)
    for seconds, learner, first in sorted(started, key=lambda s: (s[0] if end is not None else 0.0)):
        rest = range(1, int(split.folds.max()) + 1)
        if made and end is not None and time.monotonic() + seconds * len(rest) > end:
            continue
        models = [first]
        for fold in rest:
            models.append(_fitted(learner, table, fold))
            done += 1
            report("train", done, total)
        made.append(_joined(learner, models, table, split, calibrate=options.calibrate))
    report("train", total, total)
    return sorted(made, key=lambda m: float(np.nanmean(m.loss)))


def _table(split: Split, options: Options) -> _Table:
    goal = split.goal
    columns = usable(split.data.schema, goal)
    if not columns:
        raise EmptyTable(
            f"at least one column besides the target {goal.target!r} is needed to learn from; every other is an id, a constant, a leak or left out. "
            "Say which to use with --role column=feature."
        )
    names = tuple(c.name for c in columns)
    extra = (goal.target,) if goal.weight is None else (goal.target, goal.weight)
    rows = typed(split.rows.only((*names, *extra)), columns)
    target = goal.coded(split.rows)
    trained = ~np.isnan(target) & (np.cumsum(~np.isnan(target)) <= options.rows)
    return _Table(rows, goal, names, target, split.folds, trained, _watched(split), int(options.columns))


def _watched(split: Split) -> np.ndarray:
    """(n,) bool: about WATCHED of the rows, by the hash of the row, or whole blocks where rows come in blocks. No order of rows changes it."""
    if split.blocks is None:
        key = split.rows["_key"].astype(np.int64)
        return (key // 1_021) % 100 < 100 * WATCHED
    names = np.unique(split.blocks)
    chosen = np.random.default_rng(split.seed).permutation(names)[: max(1, round(WATCHED * len(names)))]
    return np.isin(split.blocks, chosen)


def _learners(goal: Goal, wanted: Sequence[str]) -> list[Learner]:
    found: dict[str, Any] = parts(sys.modules[__package__ or ""], needs=NEEDS, group="apercu.learners")
    for name in wanted:
        if name not in found:
            raise UnknownName("model family", name, found)
    return [made() for name, made in found.items() if goal.task in made.tasks and (not wanted or name in wanted)]


def _fitted(learner: Learner, table: _Table, fold: int) -> Model:
    own = table.trained & (table.folds != fold)
    inner, watch = np.flatnonzero(own & ~table.watched), np.flatnonzero(own & table.watched)
    if len(inner) < len(watch) or len(inner) == 0:  # a few large blocks may all be watched
        inner, watch = np.concatenate([inner, watch]), watch[:0]
    names = screened(table.rows.take(inner), table.goal, table.columns, table.most)
    extra = tuple(name for name in table.rows if name not in table.columns)
    rows = table.rows.only((*names, *extra))
    return learner.fit(rows.take(inner), table.goal, rows.take(watch))


def _joined(learner: Learner, models: list[Model], table: _Table, split: Split, *, calibrate: bool) -> CrossFitted:
    """The folds' models as one, with what each says of the rows that it never saw."""
    k = len(table.goal.classes)
    numeric = table.goal.task == "numeric"
    out = np.full(len(table.target) if numeric else (len(table.target), k), np.nan)
    for fold, model in enumerate(models):
        where = np.flatnonzero((table.folds == fold) & ~np.isnan(table.target))
        if len(where):
            out[where] = model.predict(table.rows.take(where))
    scale, shift = 1.0, 0.0
    weights = weights_of(table.rows, table.goal)
    if calibrate and not numeric:
        out, scale, shift = calibrated(table.target, out, split.folds, weights)
    loss = _losses(table, out, weights, len(models))
    return CrossFitted(learner.name, table.goal, table.columns, tuple(models), out, loss, scale, shift)


def _losses(table: _Table, out: np.ndarray, weights: np.ndarray | None, k: int) -> np.ndarray:
    """(k,) mean out-of-fold loss of each fold: squared error, or log loss; NaN for a fold without a known target."""
    known = ~np.isnan(table.target)
    each = np.full(len(known), np.nan)
    if table.goal.task == "numeric":
        each[known] = (table.target[known] - out[known]) ** 2
    else:
        each[known] = -np.log(np.clip(out[known, table.target[known].astype(int)], 1e-15, 1.0))
    weight = np.ones(len(known)) if weights is None else weights
    losses = np.full(k, np.nan)
    for fold in range(k):
        where = known & (table.folds == fold)
        if weight[where].sum() > 0:
            losses[fold] = np.average(each[where], weights=weight[where])
    return losses
