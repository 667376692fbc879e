"""The ensemble: several members as one model, their predictions averaged by weight (of classes in log-odds), their contributions too.

    log-odds = 0.5 * boosting + 0.3 * linear + 0.2 * boosting features

Weights come from greedy selection with replacement (Caruana et al. 2004) on predictions of rows that the members never saw: add, again and again,
the member that lowers the loss of the mean most. A handful of weights from thousands of rows leaves the loss as honest as a member's own.
Because the mean is taken where contributions add up, base + contributions is still exactly the prediction. As a learner of its own it fits a
linear model and a booster and weighs them on the watched rows; `train.run` makes it of members that are cross-fitted anyhow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member, Model, averaged
from ..core.rows import Rows
from ._columns import weights_of
from ._shared import sharing

__all__ = ["Ensemble", "EnsembleModel", "blended", "selected"]

STEPS: Final = 40  # members added, some of them again and again
LOOKED: Final = 50_000  # rows that a selection looks at; more rows would not move a weight
GAIN: Final = 1e-9
LEAST: Final = 1e-15
FEW: Final = 40  # watched rows below which members count alike


@dataclass(frozen=True)
class EnsembleModel:
    """Members with weights that sum to one, all fitted on the same rows."""

    name: str
    columns: tuple[str, ...]
    task: str
    models: tuple[Model, ...]
    weights: tuple[float, ...]

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        with sharing():
            return averaged([model.predict(rows) for model in self.models], self.weights)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the weighted mean of what the members say."""
        with sharing():
            told = [model.contributions(rows) for model in self.models]
        wide = told[0][0].shape[2]
        parts, base = np.zeros((rows.n, len(self.columns), wide)), np.zeros(wide)
        place = {name: i for i, name in enumerate(self.columns)}
        for weight, model, (own, start) in zip(self.weights, self.models, told, strict=True):
            parts[:, [place[name] for name in model.columns]] += weight * own
            base = base + weight * start
        return parts, base

    def save(self, folder: Path) -> dict[str, Any]:
        """Each member writes into a folder of its own: `0`, `1`, ..."""
        cards = []
        for i, (model, weight) in enumerate(zip(self.models, self.weights, strict=True)):
            (folder / str(i)).mkdir()
            cards.append({"learner": model.name, "weight": weight, "card": model.save(folder / str(i))})
        return {"columns": list(self.columns), "task": self.task, "members": cards}


class Ensemble:
    """The learner, for the sake of `load`; its own `fit` weighs one member of each quick family on the watched rows."""

    name: ClassVar[str] = "ensemble"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "ensemble of models", "zh": "模型集成"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None: it is made of the others' members."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> EnsembleModel:
        """A linear model and a booster, weighed on `watch`."""
        from .boosting import Boosting
        from .linear import Linear

        with sharing():
            models = [Linear().fit(rows, goal, watch), Boosting().fit(rows, goal, watch)]
        weights = np.full(2, 0.5)
        if watch.n >= FEW:
            weights = selected([model.predict(watch) for model in models], goal.coded(watch), weights_of(watch, goal))
        return blended(models, weights, goal)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> EnsembleModel:
        """Reads what `EnsembleModel.save` wrote."""
        from . import learners

        known = learners()
        models = tuple(known[one["learner"]].load(folder / str(i), one["card"]) for i, one in enumerate(card["members"]))
        weights = tuple(float(one["weight"]) for one in card["members"])
        return EnsembleModel(Ensemble.name, tuple(card["columns"]), card["task"], models, weights)


def blended(models: Sequence[Model], weights: np.ndarray, goal: Goal) -> EnsembleModel:
    """The models that have a weight, as one."""
    kept = [i for i, weight in enumerate(weights) if weight > 0]
    columns = tuple(dict.fromkeys(name for i in kept for name in models[i].columns))
    return EnsembleModel(Ensemble.name, columns, goal.task, tuple(models[i] for i in kept), tuple(float(weights[i]) for i in kept))


def selected(predictions: Sequence[np.ndarray], truth: np.ndarray, weights: np.ndarray | None = None, steps: int = STEPS) -> np.ndarray:
    """(members,) weights that sum to one, by greedy selection with replacement; truth (n,) codes or numbers, none missing.

    predictions: (n,) or (n, k) of each member, of rows that it never saw. The best of all steps is kept, the earliest of equals.
    """
    look = slice(0, LOOKED)
    truth, weight = truth[look], None if weights is None else weights[look]
    scores = [p[look] if p.ndim == 1 else np.log(np.clip(p[look], LEAST, 1.0)) for p in predictions]
    count, total = np.zeros(len(scores)), np.zeros_like(scores[0])
    best, kept = np.inf, count
    for step in range(1, steps + 1):
        tried = [_loss((total + score) / step, truth, weight) for score in scores]
        i = int(np.argmin(tried))
        total, count[i] = total + scores[i], count[i] + 1
        if tried[i] < best - GAIN * abs(best if np.isfinite(best) else 1.0):
            best, kept = tried[i], count.copy()
    return kept / kept.sum()


def _loss(scores: np.ndarray, truth: np.ndarray, weight: np.ndarray | None) -> float:
    """Mean squared error of (n,) numbers, or log loss of (n, k) scores that are log-probabilities but for a constant."""
    if scores.ndim == 1:
        return float(np.average((truth - scores) ** 2, weights=weight))
    if scores.shape[1] == 2:
        odds = np.where(truth == 1, scores[:, 1] - scores[:, 0], scores[:, 0] - scores[:, 1])
        return float(np.average(np.logaddexp(0.0, -odds), weights=weight))
    high = scores.max(axis=1)
    each = high + np.log(np.exp(scores - high[:, None]).sum(axis=1)) - scores[np.arange(len(truth)), truth.astype(int)]
    return float(np.average(each, weights=weight))
