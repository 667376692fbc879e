"""Gradient-boosted trees by LightGBM (Ke et al. 2017): interactions and steps that a linear model cannot say.

Its members differ in the size of the trees and in what they see: `boosting` with settings by the number of rows, the published tuned defaults
("Better by Default", Holzmüller, Grinsztajn & Steinwart 2024) where rows are many; `boosting log` on the logarithm of a skewed number; `boosting
features` with features made of pairs of columns; `boosting wide`, `boosting small` and `boosting extra` (extremely randomised splits) with other
trees. It stops when the watched rows have not gained for a while. One fixed seed, one thread and LightGBM's deterministic mode: the same rows give
the same trees. Kept as LightGBM's own text, which is data and not code. Contributions are exact TreeSHAP sums (Lundberg et al. 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import lightgbm as lgb
import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats.tree_texts import of_lightgbm
from ..stats.trees import Trees
from ._columns import weights_of
from ._features import Features
from ._lightgbm import SHALLOW, STEADY, objective
from ._monotone import constraints
from ._target import Scale, skewed, told

__all__ = ["Boosting", "BoostingModel"]

LARGE: Final = 20_000  # rows from which trees may be larger
LARGE_NUMBER: Final = 3_000  # the same for a numeric target, each row of which says more
TRIED: Final = 100  # features that one tree may choose among, in tables of more than that
ROUNDS: Final = 3_000
STALE: Final = 60  # rounds without a gain
PATIENT: Final = 100  # the same of a number, which gains for longer by little
SOONEST: Final = 15  # the same of many classes
SEVERAL: Final = 5  # classes up to which trees are grown in several ways
FEW: Final = 40  # watched rows below which the number of rounds is fixed
FIXED: Final = 60  # that number
BATCH: Final = 2_000  # rows from which LightGBM itself predicts quicker than flat trees
TUNED: Final[dict[str, Any]] = {  # of a number, by pytabkit
    "learning_rate": 0.05, "num_leaves": 100, "bagging_fraction": 0.7, "min_data_in_leaf": 3, "min_sum_hessian_in_leaf": 1e-7,
}  # fmt: skip
CLASSES: Final[dict[str, Any]] = {
    "learning_rate": 0.04, "num_leaves": 16, "bagging_fraction": 0.8, "feature_fraction": 0.5, "min_data_in_leaf": 40, "lambda_l2": 5.0,
}  # fmt: skip
PAIRED: Final[dict[str, Any]] = {
    "learning_rate": 0.05, "num_leaves": 64, "bagging_fraction": 0.8, "feature_fraction": 0.6, "min_data_in_leaf": 10,
}  # fmt: skip
WIDE: Final[dict[str, Any]] = {  # of classes, by pytabkit
    "learning_rate": 0.04, "num_leaves": 50, "bagging_fraction": 0.75, "min_data_in_leaf": 40, "min_sum_hessian_in_leaf": 1e-7,
}  # fmt: skip
SMALL: Final[dict[str, Any]] = {
    "learning_rate": 0.06, "num_leaves": 5, "bagging_fraction": 0.8, "feature_fraction": 0.5, "min_data_in_leaf": 40, "lambda_l2": 10.0,
}  # fmt: skip
EXTRA: Final[dict[str, Any]] = {
    "learning_rate": 0.06, "num_leaves": 24, "bagging_fraction": 0.9, "feature_fraction": 0.8, "min_data_in_leaf": 10, "lambda_l2": 2.0,
    "extra_trees": True,
}  # fmt: skip


@dataclass(frozen=True)
class BoostingModel:
    """A booster over `features`; `text` is LightGBM's."""

    name: str
    columns: tuple[str, ...]
    task: str
    features: Features
    text: str
    scale: Scale

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster as LightGBM's."""
        return lgb.Booster(model_str=self.text)

    @property
    def rounds(self) -> int:
        """How many rounds it was grown."""
        return self.booster.current_iteration()

    @cached_property
    def trees(self) -> Trees:
        """The booster as flat arrays."""
        return of_lightgbm(self.text)

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self.raw(self.features.matrix(rows)), self.task, self.scale)

    def raw(self, matrix: np.ndarray) -> np.ndarray:
        """(n, k') log-odds, or numbers on the scale that was fitted."""
        if len(matrix) < BATCH:
            return self.trees.predict(matrix)
        raw = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1))
        return raw[:, None] if raw.ndim == 1 else raw

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        matrix = self.features.matrix(rows)
        if self.trees.able:
            said, base = self.trees.contributions(matrix)
        else:
            wide = self.booster.num_model_per_iteration()
            flat = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1)).reshape(rows.n, wide, matrix.shape[1] + 1)
            said, base = flat[:, :, :-1].transpose(0, 2, 1), flat[0, :, -1] if rows.n else np.zeros(wide)
        parts = self.features.summed(said, self.columns)
        return self.scale.shared(parts, base) if self.task == "numeric" else (parts, base)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `boosting.txt` and returns the rest as JSON."""
        (folder / "boosting.txt").write_text(self.text, encoding="utf-8")
        return {"columns": list(self.columns), "task": self.task, "features": self.features.to_json(), "scale": self.scale.to_json()}


@dataclass(frozen=True)
class Boosting:
    """The learner. One fixed seed, so the same rows give the same model.

    settings: LightGBM's, over those that the number of rows suggests. log: whether the logarithm of a number is fitted; None: whichever of both
    predicts the watched rows better, where the target is skewed. made: with features made of pairs of columns. pace: of learning; below one,
    more and smaller steps with another seed. rounds: grown where too few rows are watched to say.
    """

    settings: tuple[tuple[str, Any], ...] = ()
    log: bool | None = None
    made: bool = False
    pace: float = 1.0
    rounds: int = FIXED

    name: ClassVar[str] = "boosting"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "boosted trees", "zh": "提升树"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """The ways of growing trees that are worth a try, by the task, the number of rows and the target's tail."""

        def member(name: str, rank: int, settings: Mapping[str, Any] | None = None, *, log: bool = False, made: bool = False) -> Member:
            return Member(name, cls(tuple((settings or {}).items()), log, made), rank)

        target = goal.coded(rows)
        if len(goal.classes) > SEVERAL:  # every round grows a tree for each class: small trees take far too many, and one way must do
            return (member("boosting", 10, WIDE),)
        if goal.task != "numeric":
            return (
                member("boosting", 10),
                *(() if goal.task == "multiclass" and rows.n < LARGE_NUMBER else (member("boosting features", 14, made=True),)),
                member("boosting wide", 30, WIDE),
                member("boosting extra", 34, EXTRA),
                member("boosting small", 38, SMALL),
            )
        tail = skewed(target[~np.isnan(target)])
        return (
            member("boosting", 10),
            member("boosting features", 14, PAIRED, made=True),
            *(
                (
                    member("boosting log", 12 if rows.n < LARGE_NUMBER else 32, log=True),
                    member("boosting features log", 16, PAIRED, log=True, made=True),
                )
                if tail
                else ()
            ),
            member("boosting extra", 36, {**EXTRA, "num_leaves": 64, "feature_fraction": 1.0}),
            member("boosting small", 38, SMALL),
        )

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> BoostingModel:
        """Boosts until `watch` gains no more. Every column but the target and the weight is learned from."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        features, matrix = Features.fit(rows, goal, columns, made=self.made, prose=True)
        pair = (matrix, features.matrix(watch))
        target, watched = goal.coded(rows), goal.coded(watch)
        weights = (weights_of(rows, goal), weights_of(watch, goal))
        settings = self._settings(matrix.shape, goal)
        if ways := constraints(goal, rows, features.codes.sources, matrix.shape[1]):
            settings["monotone_constraints"] = ways
        best: tuple[float, Scale, lgb.Booster] | None = None
        for scale in self._scales(goal, target, len(watched)):
            booster = _boosted(pair, (scale.forth(target), scale.forth(watched)), weights, (features.categories, self.pace, self.rounds), settings)
            scale = scale.smeared(target, np.asarray(booster.predict(matrix, num_threads=1)), weights[0]) if scale.log else scale  # noqa: PLW2901
            loss = 0.0
            if goal.task == "numeric" and len(watched):
                error = (watched - scale.back(np.asarray(booster.predict(pair[1], num_threads=1)))) ** 2
                loss = float(np.average(error, weights=weights[1]))
            if best is None or loss < best[0]:
                best = (loss, scale, booster)
        assert best is not None
        return BoostingModel(self.name, columns, goal.task, features, _text(best[2]), best[1])

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> BoostingModel:
        """Reads what `BoostingModel.save` wrote."""
        text = (folder / "boosting.txt").read_text(encoding="utf-8")
        return BoostingModel(Boosting.name, tuple(card["columns"]), card["task"], Features.from_json(card["features"]), text, Scale(**card["scale"]))

    def _scales(self, goal: Goal, target: np.ndarray, watched: int) -> tuple[Scale, ...]:
        if goal.task != "numeric" or not len(target) or target.min() < 0 or self.log is False:
            return (Scale(),)
        if self.log:
            return (Scale.of(target),)
        return (Scale.of(target), Scale()) if skewed(target) and watched else (Scale(),)

    def _settings(self, shape: tuple[int, ...], goal: Goal) -> dict[str, Any]:
        n, features = shape
        numeric = goal.task == "numeric"
        size = (TUNED if numeric else CLASSES) if n >= (LARGE_NUMBER if numeric else LARGE) else SHALLOW
        chosen = {**size, **dict(self.settings)} if "num_leaves" not in dict(self.settings) else dict(self.settings)
        if goal.task == "multiclass":
            chosen["learning_rate"] = max(0.1, chosen["learning_rate"])  # every round grows one tree per class
        chosen["learning_rate"] *= self.pace
        chosen["seed"] = 1 if self.pace == 1.0 else 2
        least = chosen.get("min_data_in_leaf", 20)
        chosen["min_data_in_leaf"] = max(3, min(least, max(5, n // 40)))
        chosen["feature_fraction"] = min(chosen.get("feature_fraction", 1.0), max(0.05, TRIED / max(features, 1)))
        return {**STEADY, **chosen, **objective(goal)}


Pair = tuple[np.ndarray, np.ndarray]


def _boosted(
    pair: Pair, targets: Pair, weights: tuple[np.ndarray | None, np.ndarray | None], how: tuple[list[int], float, int], settings: dict[str, Any]
) -> lgb.Booster:
    """Stops on the watched rows; below LARGE_NUMBER rows it is then grown once more, as far, on all of them."""
    categories, pace, rounds = how
    train = lgb.Dataset(pair[0], targets[0], weight=weights[0], categorical_feature=categories, params={"verbosity": -1})
    if len(targets[1]) < FEW:
        return lgb.train(settings, train, rounds)
    watch = lgb.Dataset(pair[1], targets[1], weight=weights[1], reference=train, categorical_feature=categories)
    patience = PATIENT if settings["objective"] == "regression" else STALE
    patience = max(SOONEST, 2 * patience // settings.get("num_class", 2))  # a round of many classes grows a tree for each
    stale = lgb.early_stopping(int(patience / pace), verbose=False)
    booster = lgb.train(settings, train, int(ROUNDS / pace), valid_sets=[watch], callbacks=[stale])
    if len(targets[0]) >= LARGE_NUMBER:
        return booster
    weight = None if weights[0] is None or weights[1] is None else np.concatenate([weights[0], weights[1]])
    both = lgb.Dataset(np.vstack(pair), np.concatenate(targets), weight=weight, categorical_feature=categories, params={"verbosity": -1})
    return lgb.train(settings, both, max(1, booster.best_iteration))


def _text(booster: lgb.Booster) -> str:
    """The booster as it is kept, with the rounds up to the best one."""
    return booster.model_to_string(num_iteration=booster.best_iteration if booster.best_iteration > 0 else None)
