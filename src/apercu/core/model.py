"""Learner and Model: what a model family must be, and what it becomes once fitted.

A Learner is one file in train/ with `name`, `tasks`, `words` and `fit`. A Model predicts from the same columns that it was fitted on,
explains each prediction as a sum over those columns, and writes itself into a folder without pickle. A family may have several ways of
fitting that are each worth a try, its members; predictions of several models are averaged in log-odds, so that their contributions, averaged
alike, still sum to the prediction exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

import numpy as np

from .goal import Goal
from .rows import Rows

__all__ = ["CrossFitted", "Learner", "Member", "Model", "averaged", "members_of"]

LEAST: Final = 1e-15  # probability below which log-odds end
NEAR: Final = 1e-6  # of log-odds: a chord so short is taken for the tangent, before rounding tells
STRANGER: Final = 50  # rank of a family that does not say which members it has


@runtime_checkable
class Model(Protocol):
    """A fitted model of n rows, d source columns, k classes."""

    @property
    def name(self) -> str:
        """The family's name, by which `Learner.load` is found."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that it predicts from."""
        ...

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities in the order of the goal's classes."""
        ...

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k') contributions, (k',) base): base + sum over d is the prediction's log-odds (k' = 1 if binary, else k) or number."""
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes arrays and texts into `folder` (which exists) and returns the JSON that `Learner.load` needs beside them."""
        ...


class Learner(Protocol):
    """A model family.

    A family that reads pictures or sequences says so by `media`, the storages that it reads ('bytes', 'list'): it is tried only where there are
    such columns, and the others never see them.

    A family that learns from more than rows says so by `asks`, the names of what `fit` is handed besides, by keyword: 'pool', the rows that lack a
    target (Rows without its column, or None), and 'together', (rows.n + watch.n,) int numbers of entities or stretches of time whose rows resemble
    one another, those of `rows` first, or None.

    A family may also have a classmethod `members(goal, rows) -> tuple[Member, ...]`: the ways of fitting it that are worth a try on such rows (none:
    it is tried only when it is asked for by name). A family without it is one member of its own, tried after the others. A classmethod
    `opened(goal, rows, pool)` gives further members where the family is tried and rows lack a target.
    """

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    words: ClassVar[Mapping[str, str]]

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> Model:
        """Fits on `rows`; `watch` are rows held out for early stopping. All randomness comes from the learner's own seed."""
        ...

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> Model:
        """Reads what `Model.save` wrote. Nothing that is read may run code."""
        ...


@dataclass(frozen=True)
class Member:
    """One way of fitting a family. Members are tried from the lowest rank on: those that usually gain most for their time stand first.

    cheap: whether it answers within a fraction of the others' time, so that it is the first under a time limit.
    """

    name: str
    learner: Learner
    rank: int
    cheap: bool = False


def members_of(family: type[Learner], goal: Goal, rows: Rows) -> tuple[Member, ...]:
    """The members of a family for the rows that are to be learned from; the family itself where it does not say."""
    told: Any = getattr(family, "members", None)
    return (Member(family.name, family(), STRANGER),) if told is None else tuple(told(goal, rows))


def averaged(predictions: Sequence[np.ndarray], weights: Sequence[float] | None = None) -> np.ndarray:
    """The weighted mean of (n,) numbers, or of (n, k) probabilities in log-odds. Weights that do not sum to one are brought to it.

    >>> averaged([np.array([[0.5, 0.5]]), np.array([[0.1, 0.9]])]).round(3)
    array([[0.25, 0.75]])
    """
    weight = np.ones(len(predictions)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = weight / weight.sum()
    if len(predictions) == 1:
        return predictions[0]
    if predictions[0].ndim == 1:
        return np.tensordot(weight, np.stack(predictions), 1)
    total = np.zeros_like(predictions[0])
    for share, prediction in zip(weight, predictions, strict=True):
        total += share * np.log(np.clip(prediction, LEAST, 1.0))
    raised = np.exp(total - total.max(axis=1, keepdims=True)) if len(total) else total
    return raised / raised.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class CrossFitted:
    """A model family fitted once per fold. Out-of-fold predictions stand for rows that a fold's model never saw; new rows get the mean.

    out_of_fold: (n,) or (n, k), NaN where the target is missing. loss: mean out-of-fold loss (log loss or squared error), one per fold.
    scale, shift, bend: calibration of log-odds z, fitted out of fold: scale * z + shift (Platt 1999), of two classes + bend * log(1 + exp z) (beta
    calibration, Kull et al. 2017), which rises with z as long as neither scale nor scale + bend is negative; 1, 0 and 0 for numbers.
    """

    name: str
    goal: Goal
    columns: tuple[str, ...]
    folds: tuple[Model, ...]
    out_of_fold: np.ndarray
    loss: np.ndarray
    scale: float = 1.0
    shift: float = 0.0
    bend: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) calibrated probabilities: the mean over the folds' models, of probabilities in log-odds."""
        return self.calibrated(averaged([model.predict(rows) for model in self.folds]))

    def everywhere(self, rows: Rows, folds: np.ndarray) -> np.ndarray:
        """(n,) or (n, k) out-of-fold predictions of rows (n, the first of those it was fitted on), those of unknown target too: each by the model of
        its own fold.
        """
        out = self.out_of_fold[: rows.n].copy()
        lacking = np.isnan(out if out.ndim == 1 else out[:, 0])
        for fold, model in enumerate(self.folds):
            here = np.flatnonzero(lacking & (folds == fold))
            if len(here):
                out[here] = self.calibrated(model.predict(self.seen(rows.take(here))))
        return out

    def calibrated(self, prediction: np.ndarray) -> np.ndarray:
        """The same predictions after calibration; numbers pass unchanged."""
        if self.goal.task == "numeric" or (self.scale == 1.0 and self.shift == 0.0 and self.bend == 0.0):
            return prediction
        logits = np.log(np.clip(prediction, 1e-9, 1.0))
        if self.goal.task == "binary":
            high = 1.0 / (1.0 + np.exp(-self.moved(logits[:, 1] - logits[:, 0])))
            return np.column_stack([1.0 - high, high])
        raised = np.exp(self.scale * (logits - logits.max(axis=1, keepdims=True)))
        return raised / raised.sum(axis=1, keepdims=True)

    def moved(self, odds: np.ndarray) -> np.ndarray:
        """(n,) log-odds of two classes after calibration."""
        return self.scale * odds + self.shift + (self.bend * np.logaddexp(0.0, odds) if self.bend else 0.0)

    def slope(self, parts: np.ndarray, base: np.ndarray) -> np.ndarray:
        """(n,) what contributions (n, d, k') from base (k',) or (n, k') are times after calibration, so that they still sum to its log-odds.

        The scale; where it bends, the slope of the chord from the base to the row (the rescale rule of Shrikumar et al. 2017), never negative:
        slope * parts.sum(1) = moved(base + parts.sum(1)) - moved(base).
        """
        start = np.broadcast_to(base[..., 0], len(parts))
        gap = parts[:, :, 0].sum(axis=1)
        if not self.bend:
            return np.full(len(parts), self.scale)
        near = np.abs(gap) < NEAR
        chord = (np.logaddexp(0.0, start + gap) - np.logaddexp(0.0, start)) / np.where(near, 1.0, gap)
        return self.scale + self.bend * np.where(near, 0.5 + 0.5 * np.tanh(start / 2), chord)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the mean of the folds' contributions over the columns, and their mean base; before calibration."""
        told = [self.contributions_of(fold, rows) for fold in range(len(self.folds))]
        return np.mean([parts for parts, _ in told], axis=0), np.mean([base for _, base in told], axis=0)

    def contributions_of(self, fold: int, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)) of one fold's model; a column that it did not choose contributes nothing there."""
        model = self.folds[fold]
        own, base = model.contributions(rows)
        parts = np.zeros((rows.n, len(self.columns), own.shape[2]))
        parts[:, [self.columns.index(name) for name in model.columns], :] = own
        return parts, base

    def seen(self, rows: Rows) -> Rows:
        """The columns that the model looks at, one per name in `columns`."""
        return rows.only(self.columns)
