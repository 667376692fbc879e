"""A model of an earlier study, adapted to new rows: what it says, rescaled, and boosted trees for what it misses (transfer by offset).

    Adapted(before=study.model).fit(rows, goal, watch)

The earlier model's log-odds (or numbers) z are kept frozen; scale and shift are refitted by maximum likelihood with a ridge towards (1, 0), so that
few rows move them little; trees are then grown from that offset (LightGBM's init_score) until the watched rows gain no more, which may be not at
all. The prediction is scale * z + shift + trees, and so are its contributions, exactly. What it does not do: move the insides of the earlier model;
nets do that themselves, where they can begin from weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import lightgbm as lgb
import numpy as np

from ..core.errors import WordsError
from ..core.goal import Goal
from ..core.model import CrossFitted, Member, Model
from ..core.rows import MEDIA, Rows
from ._columns import plain, weights_of
from ._features import Features
from ._lightgbm import SHALLOW, STEADY, objective
from ._target import Scale, told
from .boosting import BoostingModel

__all__ = ["Adapted", "AdaptedModel"]

ROUNDS: Final = 1_000
STALE: Final = 40  # rounds without a gain
FEW: Final = 20  # watched rows below which no trees are grown
RIDGE: Final = 10.0  # rows that the earlier model's own scale and shift count as
STEPS: Final = 50
LEAST: Final = 1e-9


@dataclass(frozen=True)
class AdaptedModel:
    """before: the earlier model's folds; moved: (scale, shift (k',)); trees: what is added, or None."""

    name: str
    columns: tuple[str, ...]
    task: str
    before: tuple[Model, ...]
    scale: float
    shift: np.ndarray
    trees: BoostingModel | None

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        made = self.scale * _said(self.before, rows, self.task) + self.shift
        if self.trees is not None:
            made = made + self.trees.raw(self.trees.features.matrix(rows))
        return told(made, self.task, Scale())

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): those of the earlier model, rescaled, and of the trees."""
        parts = np.zeros((rows.n, len(self.columns), len(self.shift)))
        base = self.shift.copy()
        for model in self.before:
            own, start = model.contributions(rows)
            parts[:, [self.columns.index(name) for name in model.columns]] += own * (self.scale / len(self.before))
            base = base + start * (self.scale / len(self.before))
        if self.trees is not None:
            own, start = self.trees.contributions(rows)
            parts[:, [self.columns.index(name) for name in self.trees.columns]] += own
            base = base + start
        return parts, base

    def save(self, folder: Path) -> dict[str, Any]:
        """Each fold of the earlier model writes into a folder of its own, `0`, `1`, ...; the trees into `trees`."""
        cards = []
        for i, model in enumerate(self.before):
            (folder / str(i)).mkdir()
            cards.append({"learner": model.name, "card": model.save(folder / str(i))})
        trees = None
        if self.trees is not None:
            (folder / "trees").mkdir()
            trees = self.trees.save(folder / "trees")
        return {
            "columns": list(self.columns), "task": self.task, "before": cards, "scale": self.scale, "shift": self.shift.tolist(), "trees": trees,
        }  # fmt: skip


@dataclass(frozen=True)
class Adapted:
    """The learner; without an earlier model it has no members."""

    before: CrossFitted | None = None

    name: ClassVar[str] = "adapted"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "earlier model, adapted", "zh": "迁移的既有模型"}
    media: ClassVar[tuple[str, ...]] = MEDIA
    mixed: ClassVar[bool] = True  # it reads whatever the earlier model reads

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None by itself: a study to begin from must be named."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> AdaptedModel:
        """Scale and shift on all rows, trees while `watch` gains. Raises WordsError where no earlier model was given."""
        if self.before is None:
            raise WordsError("the model family 'adapted' begins from an earlier study: use `apercu adapt STUDY NEW`, or `study.adapt(new)`.")
        before = self.before.folds
        said, watched = (_said(before, part, goal.task) for part in (rows, watch))
        target, weight = goal.coded(rows), weights_of(rows, goal)
        scale, shift = _moved(said, target, np.ones(len(target)) if weight is None else weight, goal.task)
        trees = _grown((plain(rows), plain(watch)), (scale * said + shift, scale * watched + shift), goal) if watch.n >= FEW else None
        columns = dict.fromkeys(name for model in before for name in model.columns)
        names = tuple(columns | dict.fromkeys(() if trees is None else trees.columns))
        return AdaptedModel(self.name, names, goal.task, before, scale, shift, trees)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> AdaptedModel:
        """Reads what `AdaptedModel.save` wrote."""
        from . import learners
        from .boosting import Boosting

        known = learners()
        before = tuple(known[one["learner"]].load(folder / str(i), one["card"]) for i, one in enumerate(card["before"]))
        trees = None if card["trees"] is None else Boosting.load(folder / "trees", card["trees"])
        return AdaptedModel(Adapted.name, tuple(card["columns"]), card["task"], before, float(card["scale"]), np.array(card["shift"]), trees)


def _said(before: tuple[Model, ...], rows: Rows, task: str) -> np.ndarray:
    """(n, k') log-odds of two classes (k' = 1), centred logarithms of several, or numbers: the mean over the folds."""
    made = []
    for model in before:
        prediction = model.predict(rows)
        if task == "numeric":
            made.append(prediction[:, None])
            continue
        logs = np.log(np.clip(prediction, LEAST, 1.0))
        made.append(logs[:, 1:] - logs[:, :1] if task == "binary" else logs)
    return np.mean(made, axis=0)


def _moved(said: np.ndarray, target: np.ndarray, weight: np.ndarray, task: str) -> tuple[float, np.ndarray]:
    """(scale, shift (k',)) of least squared error or log loss, with RIDGE towards (1, 0), by Newton's method.

    The ridge counts like so many rows of the spread that there is, so a handful of rows leaves the earlier model nearly as it was.
    """
    k = said.shape[1]
    found = np.concatenate([[1.0], np.zeros(k)])
    centre = found.copy()
    spread = np.concatenate([[max(float(said.var()), 1e-12)], np.ones(k)])
    design = np.stack([np.column_stack([said[:, c], np.tile(np.eye(k)[c], (len(said), 1))]) for c in range(k)], axis=1)  # (n, k, 1 + k)
    unit = 1.0 if task != "numeric" else max(float(np.average((target - said[:, 0]) ** 2, weights=weight)), 1e-12)
    truth = target[:, None] if k == 1 else np.eye(k)[target.astype(int)]
    for _ in range(1 if task == "numeric" else STEPS):
        z = design @ found
        p, curve = _expected(z, task)
        slope = np.einsum("n,nk,nkp->p", weight, truth - p, design) / unit - RIDGE * spread * (found - centre)
        bend = np.einsum("n,nkl,nkp,nlq->pq", weight, curve, design, design) / unit + np.diag(RIDGE * spread)
        step = np.linalg.solve(bend, slope)
        found = found + np.clip(step, -1.0, 1.0) if task != "numeric" else found + step
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), found[1:]


def _expected(z: np.ndarray, task: str) -> tuple[np.ndarray, np.ndarray]:
    """((n, k) what z says of the truth, (n, k, k) how fast it changes)."""
    if task == "numeric":
        return z, np.ones((len(z), 1, 1))
    if z.shape[1] == 1:
        p = 1.0 / (1.0 + np.exp(-z))
        return p, (p * (1.0 - p))[:, :, None]
    raised = np.exp(z - z.max(axis=1, keepdims=True))
    p = raised / raised.sum(axis=1, keepdims=True)
    return p, p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]


def _grown(pair: tuple[Rows, Rows], start: tuple[np.ndarray, np.ndarray], goal: Goal) -> BoostingModel | None:
    """Trees from the offsets of both parts (n, k') on; None where the watched rows do not gain, or there is nothing for trees to read."""
    rows, watch = pair
    columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
    if not columns:
        return None
    features, matrix = Features.fit(rows, goal, columns, made=False, prose=True)
    if not matrix.shape[1]:
        return None
    settings = {**STEADY, **SHALLOW, **objective(goal), "boost_from_average": False, "min_data_in_leaf": max(3, min(20, rows.n // 40))}
    sets = []
    for part, own, offset in ((rows, matrix, start[0]), (watch, features.matrix(watch), start[1])):
        weight = weights_of(part, goal)
        reference = {"reference": sets[0]} if sets else {}
        sets.append(
            lgb.Dataset(
                own, goal.coded(part), weight=weight, init_score=offset.ravel(order="F"), categorical_feature=features.categories,
                params={"verbosity": -1}, **reference,
            )
        )  # fmt: skip
    scores: dict[str, Any] = {}
    calls = [lgb.early_stopping(STALE, verbose=False), lgb.record_evaluation(scores)]
    booster = lgb.train(settings, sets[0], ROUNDS, valid_sets=[sets[1]], callbacks=calls)
    curve = next(iter(next(iter(scores.values())).values()))
    if not min(curve) < _loss(start[1], goal.coded(watch), weights_of(watch, goal), goal.task):
        return None
    text = booster.model_to_string(num_iteration=booster.best_iteration if booster.best_iteration > 0 else None)
    return BoostingModel("boosting", columns, goal.task, features, text, Scale())


def _loss(z: np.ndarray, truth: np.ndarray, weight: np.ndarray | None, task: str) -> float:
    """As LightGBM counts it: mean squared error, or log loss."""
    if task == "numeric":
        return float(np.average((z[:, 0] - truth) ** 2, weights=weight))
    if z.shape[1] == 1:
        return float(np.average(np.logaddexp(0.0, np.where(truth == 1, -z[:, 0], z[:, 0])), weights=weight))
    high = z.max(axis=1)
    return float(np.average(high + np.log(np.exp(z - high[:, None]).sum(axis=1)) - z[np.arange(len(z)), truth.astype(int)], weights=weight))
