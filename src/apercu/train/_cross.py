"""The loop over learners and folds: fits, out-of-fold predictions, calibration, the time limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ..core.errors import EmptyTable, UnknownName
from ..core.goal import Goal
from ..core.model import CrossFitted, Learner, Model
from ..core.progress import report
from ..core.rows import Rows
from ..core.split import Split
from . import Options, learners
from ._calibrate import calibrated
from ._columns import screened, typed, usable, weights_of

__all__ = ["fit_all"]

WATCHED = 0.15  # share of a fold's training rows that is held out for early stopping


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
    k: int
    screens: dict[int, tuple[str, ...]]


def fit_all(split: Split, options: Options) -> list[CrossFitted]:
    """Every learner that knows the task, cross-fitted, the lowest loss first.

    Each learner's first fold is fitted and timed; then the cheapest learner is finished, and the others as far as the time is expected to last.
    """
    table = _table(split, options)
    chosen = _chosen(split.goal, options.learners)
    clock = _Clock(options.minutes, len(chosen) * table.k)
    with threadpool_limits(1, "blas"):  # several threads on the small products of these fits spent three times the time waiting for each other
        first = [_first(learner, table, clock) for learner in chosen]
        started = sorted((f for f in first if f is not None), key=lambda f: f.seconds if clock.end is not None else 0.0)
        made: list[CrossFitted] = []
        for begun in started:
            if made and clock.past(begun.seconds * (table.k - 1)):
                continue
            models = [begun.model]
            for fold in range(1, table.k):
                models.append(_fitted(begun.learner, table, fold))
                clock.tick()
            made.append(_joined(begun.learner, models, table, calibrate=options.calibrate))
    clock.finish()
    return sorted(made, key=lambda m: float(np.nanmean(m.loss)))


class _Clock:
    """The time limit, and the report of how many of `total` fits are done."""

    def __init__(self, minutes: float | None, total: int) -> None:
        self.end = None if minutes is None else time.monotonic() + 60.0 * minutes
        self.done, self.total = 0, total
        report("train", 0, total)

    def past(self, seconds: float = 0.0) -> bool:
        """Whether work of so many seconds would end too late."""
        return self.end is not None and time.monotonic() + seconds > self.end

    def tick(self) -> None:
        """One fit more is done."""
        self.done += 1
        report("train", self.done, self.total)

    def finish(self) -> None:
        """All is done, skipped fits included."""
        report("train", self.total, self.total)


class _Begun(NamedTuple):
    """A learner whose first fold is fitted, and how long that took."""

    seconds: float
    learner: Learner
    model: Model


def _first(learner: Learner, table: _Table, clock: _Clock) -> _Begun | None:
    if clock.done and clock.past():
        return None
    begun = time.monotonic()
    model = _fitted(learner, table, 0)
    clock.tick()
    return _Begun(time.monotonic() - begun, learner, model)


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
    return _Table(rows, goal, names, target, split.folds, trained, _watched(split), int(options.columns), int(split.folds.max()) + 1, {})


def _watched(split: Split) -> np.ndarray:
    """(n,) bool: about WATCHED of the rows, by the hash of the row, or whole blocks where rows come in blocks. No order of rows changes it."""
    if split.blocks is None:
        key = split.rows["_key"].astype(np.int64)
        return (key // 1_021) % 100 < 100 * WATCHED
    names = np.unique(split.blocks)
    chosen = np.random.default_rng(split.seed).permutation(names)[: max(1, round(WATCHED * len(names)))]
    return np.isin(split.blocks, chosen)


def _chosen(goal: Goal, wanted: Sequence[str]) -> list[Learner]:
    found = learners()
    for name in wanted:
        if name not in found:
            raise UnknownName("model family", name, found)
    return [made() for name, made in found.items() if goal.task in made.tasks and (not wanted or name in wanted)]


def _fitted(learner: Learner, table: _Table, fold: int) -> Model:
    own = table.trained & (table.folds != fold)
    inner, watch = np.flatnonzero(own & ~table.watched), np.flatnonzero(own & table.watched)
    if len(inner) < len(watch) or len(inner) == 0:  # a few large blocks may all be watched
        inner, watch = np.concatenate([inner, watch]), watch[:0]
    if fold not in table.screens:  # every learner gets the same columns
        table.screens[fold] = screened(table.rows.take(inner), table.goal, table.columns, table.most)
    names = table.screens[fold]
    extra = (table.goal.target,) if table.goal.weight is None else (table.goal.target, table.goal.weight)
    rows = table.rows.only((*names, *extra))
    return learner.fit(rows.take(inner), table.goal, rows.take(watch))


def _joined(learner: Learner, models: list[Model], table: _Table, *, calibrate: bool) -> CrossFitted:
    """The folds' models as one, with what each says of the rows that it never saw."""
    numeric = table.goal.task == "numeric"
    out = np.full(len(table.target) if numeric else (len(table.target), len(table.goal.classes)), np.nan)
    for fold, model in enumerate(models):
        where = np.flatnonzero((table.folds == fold) & ~np.isnan(table.target))
        if len(where):
            out[where] = model.predict(table.rows.take(where))
    scale, shift = 1.0, 0.0
    weights = weights_of(table.rows, table.goal)
    if calibrate and not numeric:
        out, scale, shift = calibrated(table.target, out, table.folds, weights)
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
