"""Learner and Model: what a model family must be, and what it becomes once fitted.

A Learner is one file in train/ with `name`, `tasks`, `words` and `fit`. A Model predicts from the same columns that it was fitted on,
explains each prediction as a sum over those columns, and writes itself into a folder without pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from .goal import Goal
from .rows import Rows

__all__ = ["CrossFitted", "Learner", "Model"]


@runtime_checkable
class Model(Protocol):
    """A fitted model of n rows, d source columns, k classes."""

    name: str
    columns: tuple[str, ...]

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
    """A model family."""

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
class CrossFitted:
    """A model family fitted once per fold. Out-of-fold predictions stand for rows that a fold's model never saw; new rows get the mean.

    out_of_fold: (n,) or (n, k), NaN where the target is missing. scale, shift: calibration of log-odds, fitted out of fold
    (Platt 1999); 1 and 0 for numbers. loss: mean out-of-fold loss (log loss or squared error), one per fold.
    """

    name: str
    goal: Goal
    columns: tuple[str, ...]
    folds: tuple[Model, ...]
    out_of_fold: np.ndarray
    loss: np.ndarray
    scale: float = 1.0
    shift: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) calibrated probabilities: the mean over the folds' models."""
        mean = np.mean([model.predict(rows) for model in self.folds], axis=0)
        return self.calibrated(mean)

    def calibrated(self, prediction: np.ndarray) -> np.ndarray:
        """The same predictions after calibration; numbers pass unchanged."""
        if self.goal.task == "numeric" or (self.scale == 1.0 and self.shift == 0.0):
            return prediction
        logits = np.log(np.clip(prediction, 1e-9, 1.0))
        if self.goal.task == "binary":
            odds = self.scale * (logits[:, 1] - logits[:, 0]) + self.shift
            high = 1.0 / (1.0 + np.exp(-odds))
            return np.column_stack([1.0 - high, high])
        raised = np.exp(self.scale * (logits - logits.max(axis=1, keepdims=True)))
        return raised / raised.sum(axis=1, keepdims=True)

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
