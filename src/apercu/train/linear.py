"""A regularised linear model of splines, levels and terms: logistic regression for classes, ridge regression for numbers.

Numbers may bend at quantiles, so main effects need not be straight; what it does *not* do is interactions, which are boosting's. The penalty is
chosen on the watched rows among a few values, then the model is fitted once more on all rows that it was given. Fitted with scikit-learn,
kept as an array of coefficients, and asked with NumPy alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats.scores import log_loss
from ._columns import weights_of
from ._encode import Design, Numbers
from ._monotone import directions, sloped
from ._stacked import stacked
from ._target import Scale, skewed

__all__ = ["Linear", "LinearModel", "probabilities"]

PENALTIES = (0.003, 0.02, 0.15, 1.0)  # C of the logistic regression, parts having variance one
RIDGES = (3e-2, 3e-3, 3e-4, 3e-5)  # alpha per row of the ridge regression
CELLS = 30_000_000  # numbers in the matrix of a fit (240 MB); rows beyond are left out, which so few coefficients do not miss
BATCH = 4_000_000  # numbers in the matrix of a prediction
DIRECT = 150  # coefficients up to which Newton's method is quicker than L-BFGS
ITERATIONS = 200
FEW = 40  # watched rows below which nothing is chosen on them
ABSENT = -15.0  # log-odds of a class that no training row has


@dataclass(frozen=True)
class LinearModel:
    """coefficients (D, k') of the parts less their `centre` (D,), intercept (k',); k' is 1 for two classes and for a number."""

    name: str
    columns: tuple[str, ...]
    task: str
    design: Design
    centre: np.ndarray
    coefficients: np.ndarray
    intercept: np.ndarray
    scale: Scale

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        raw = self._batched(rows, lambda x: x @ self.coefficients + self.intercept)
        return self.scale.back(raw[:, 0]) if self.task == "numeric" else probabilities(raw)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        parts = self._batched(rows, lambda x: self.design.summed(x[:, :, None] * self.coefficients[None, :, :]))
        return self.scale.shared(parts, self.intercept) if self.task == "numeric" else (parts, self.intercept)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `linear.npz` and returns the rest as JSON."""
        np.savez_compressed(folder / "linear.npz", centre=self.centre, coefficients=self.coefficients, intercept=self.intercept)
        return {"columns": list(self.columns), "task": self.task, "design": self.design.to_json(), "scale": self.scale.to_json()}

    def _batched(self, rows: Rows, answer: Any) -> np.ndarray:
        step = max(1, BATCH // (max(len(self.centre), 1) * self.coefficients.shape[1]))
        pieces = [rows] if rows.n <= step else [rows.take(np.arange(a, min(a + step, rows.n))) for a in range(0, rows.n, step)]
        return np.concatenate([answer(self.design.matrix(piece) - self.centre) for piece in pieces])


class Linear:
    """The learner. It has no randomness."""

    name: ClassVar[str] = "linear"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "linear model with bends", "zh": "带折点的线性模型"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Itself, first in line: it is quick, and nothing else errs as it does."""
        return (Member("linear", cls(), 5, cheap=True),)

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> LinearModel:
        """Chooses the penalty on `watch`, then fits on both. Every column but the target and the weight is learned from."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        design = Design.fit(rows, goal, columns)
        seen = stacked(rows, watch)
        most = max(1_000, CELLS // max(1, sum(part.width for part in design.parts)))
        seen = seen.take(np.arange(min(seen.n, most)))
        matrix = design.matrix(seen)
        centre = matrix.mean(axis=0)
        spread = matrix.std(axis=0)
        matrix -= centre
        matrix /= np.where(spread < 1e-12, 1.0, spread)
        target, weights = goal.coded(seen), weights_of(seen, goal)
        inner = np.arange(seen.n) < rows.n
        fit = _number if goal.task == "numeric" else _classes
        coefficients, intercept, scale = fit(matrix, target, weights, inner, max(len(goal.classes), 2))
        coefficients = np.where(spread < 1e-12, 0.0, 1.0 / np.maximum(spread, 1e-12))[:, None] * coefficients
        if ways := directions(goal):
            coefficients = _obedient(coefficients, design, ways)
        return LinearModel(self.name, columns, goal.task, design, centre, coefficients, intercept, scale)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> LinearModel:
        """Reads what `LinearModel.save` wrote."""
        with np.load(folder / "linear.npz", allow_pickle=False) as arrays:
            centre, coefficients, intercept = arrays["centre"], arrays["coefficients"], arrays["intercept"]
        design, scale = Design.from_json(card["design"]), Scale(**card["scale"])
        return LinearModel(Linear.name, tuple(card["columns"]), card["task"], design, centre, coefficients, intercept, scale)


def probabilities(raw: np.ndarray) -> np.ndarray:
    """(n, k) of raw log-odds (n, k'), k' being 1 for two classes."""
    logits = np.column_stack([np.zeros(len(raw)), raw]) if raw.shape[1] == 1 else raw
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _obedient(coefficients: np.ndarray, design: Design, ways: dict[str, int]) -> np.ndarray:
    """(D, 1) coefficients whose curves of the columns in `ways` only rise (1) or only fall (-1)."""
    made, at = coefficients.copy(), 0
    for part in design.parts:
        if isinstance(part, Numbers) and part.name in ways:
            own = slice(at, at + 1 + len(part.knots))
            made[own, 0] = sloped(made[own, 0], len(part.knots), ways[part.name])
        at += part.width
    return made


Fitted = tuple[np.ndarray, np.ndarray, Scale]


def _classes(x: np.ndarray, target: np.ndarray, weights: np.ndarray | None, inner: np.ndarray, k: int) -> Fitted:
    """Logistic regression: (coefficients (D, k'), intercept (k',), scale) for x (n, D) with the penalty that the other rows like best."""
    outer = ~inner
    own, other = (None, None) if weights is None else (weights[inner], weights[outer])
    wide = 1 if k == 2 else k
    solver = "newton-cholesky" if x.shape[1] * wide <= DIRECT else "lbfgs"
    model = LogisticRegression(solver=solver, max_iter=ITERATIONS, tol=1e-4, warm_start=True)
    chosen, start, least = PENALTIES[1], None, np.inf
    if outer.sum() >= FEW and len(np.unique(target[inner])) > 1:
        for penalty in PENALTIES:  # from stiff to loose, each starting where the last one arrived
            w, b = _logistic(model.set_params(C=penalty), x[inner], target[inner], own, k)
            loss = float(log_loss(target[outer], probabilities(x[outer] @ w + b), other))
            if loss >= least:
                break  # looser yet is worse yet
            chosen, start, least = penalty, (model.coef_, model.intercept_, model.classes_), loss
    if start is not None and len(np.unique(target)) == len(start[2]):
        model.coef_, model.intercept_, model.classes_ = start
    else:
        model = LogisticRegression(solver=solver, max_iter=ITERATIONS, tol=1e-4)
    return *_logistic(model.set_params(C=chosen), x, target, weights, k), Scale()


def _logistic(model: LogisticRegression, x: np.ndarray, target: np.ndarray, weights: np.ndarray | None, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(w (D, k'), b (k',)); classes that no row has get the log-odds ABSENT."""
    codes = np.unique(target).astype(int)
    wide = 1 if k == 2 else k
    w, b = np.zeros((x.shape[1], wide)), np.full(wide, ABSENT)
    if len(codes) == 1:
        b[:] = (-ABSENT if codes[0] == 1 else ABSENT) if wide == 1 else np.where(np.arange(k) == codes[0], 0.0, ABSENT)
        return w, b
    with warnings.catch_warnings():  # a fit that has nearly arrived is good enough
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, target.astype(int), sample_weight=weights)
    if wide == 1:
        return model.coef_.T, model.intercept_
    if len(codes) == 2:  # scikit-learn then gives the log-odds of the second class alone
        w[:, codes[1]], b[codes[1]], b[codes[0]] = model.coef_[0], model.intercept_[0], 0.0
        return w, b
    w[:, codes], b[codes] = model.coef_.T, model.intercept_
    return w, b


def _number(x: np.ndarray, target: np.ndarray, weights: np.ndarray | None, inner: np.ndarray, _: int) -> Fitted:
    """Ridge regression on the target or its logarithm, whichever predicts the other rows better."""
    outer = ~inner
    best: tuple[float, Scale, float] | None = None
    for scale in (Scale(), Scale.of(target)) if skewed(target) else (Scale(),):
        own, other = (None, None) if weights is None else (weights[inner], weights[outer])
        for ridge, (w, b) in zip(RIDGES, _ridges(x[inner], scale.forth(target[inner]), own, RIDGES), strict=True):
            fitted = scale.smeared(target[inner], x[inner] @ w + b, own)
            error = (target[outer] - fitted.back(x[outer] @ w + b)) ** 2 if outer.any() else np.zeros(1)
            loss = float(np.average(error, weights=other if outer.any() else None))
            if best is None or loss < best[0]:
                best = (loss, scale, ridge)
    assert best is not None
    [(w, b)] = _ridges(x, best[1].forth(target), weights, (best[2],))
    return w[:, None], np.array([b]), best[1].smeared(target, x @ w + b, weights)


def _ridges(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None, ridges: tuple[float, ...]) -> list[tuple[np.ndarray, float]]:
    """[(w (D,), b)] per ridge: least weighted squares of y on x with a penalty of `ridge` times the total weight."""
    weight = np.ones(len(y)) if weights is None else weights
    mean_x, mean_y = np.average(x, axis=0, weights=weight), float(np.average(y, weights=weight))
    centred = (x - mean_x) * np.sqrt(weight)[:, None]
    gram, moment = centred.T @ centred, centred.T @ ((y - mean_y) * np.sqrt(weight))
    found = []
    for ridge in ridges:
        w = np.linalg.solve(gram + ridge * weight.sum() * np.eye(len(gram)), moment)
        found.append((w, mean_y - float(mean_x @ w)))
    return found
