"""Gradient-boosted trees by XGBoost (Chen & Guestrin 2016): deeper, depth-wise trees that err elsewhere than LightGBM's leaf-wise ones.

The settings are the published tuned defaults of pytabkit ("Better by Default", Holzmüller, Grinsztajn & Steinwart 2024) with a shorter patience.
It needs the extra `boost` (the package xgboost-cpu; the plain `xgboost` brings half a gigabyte for graphics cards); without it, this family is not
tried. Kept as XGBoost's own JSON. Levels are codes in the order of their frequency; contributions are exact TreeSHAP sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats.tree_texts import of_xgboost
from ..stats.trees import Trees
from ._columns import weights_of
from ._extra import brought
from ._features import Features
from ._monotone import constraints
from ._target import Scale, skewed, told

__all__ = ["Xgboost", "XgboostModel"]

ROUNDS: Final = 2_000
STALE: Final = 60  # rounds without a gain
FEW: Final = 40  # watched rows below which the number of rounds is fixed
FIXED: Final = 60  # that number
SMALL: Final = 3_000  # rows below which trees are shallower
NUMBER: Final[dict[str, Any]] = {"eta": 0.05, "max_depth": 9, "min_child_weight": 2.0, "subsample": 0.7, "colsample_bytree": 0.9, "lambda": 1.0}
CLASSES: Final[dict[str, Any]] = {"eta": 0.05, "max_depth": 6, "min_child_weight": 1.0, "subsample": 0.8, "colsample_bytree": 0.7, "lambda": 3.0}


@dataclass(frozen=True)
class XgboostModel:
    """A booster over `features`; `text` is XGBoost's JSON."""

    name: str
    columns: tuple[str, ...]
    task: str
    features: Features
    text: str
    scale: Scale

    @property
    def rounds(self) -> int:
        """How many rounds it was grown."""
        return len(self.trees.roots) // len(self.trees.base)

    @cached_property
    def trees(self) -> Trees:
        """The booster as flat arrays."""
        return of_xgboost(self.text)

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self.trees.predict(self.features.matrix(rows)), self.task, self.scale)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        said, base = self.trees.contributions(self.features.matrix(rows))
        parts = self.features.summed(said, self.columns)
        return self.scale.shared(parts, base) if self.task == "numeric" else (parts, base)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `xgboost.json` and returns the rest as JSON."""
        (folder / "xgboost.json").write_text(self.text, encoding="utf-8")
        return {"columns": list(self.columns), "task": self.task, "features": self.features.to_json(), "scale": self.scale.to_json()}


@dataclass(frozen=True)
class Xgboost:
    """The learner. settings: XGBoost's, over the defaults; log: whether the logarithm of a number is fitted; made: with features made of pairs.

    pace: of learning; below one, more and smaller steps with another seed. rounds: grown where too few rows are watched to say.
    """

    settings: tuple[tuple[str, Any], ...] = ()
    log: bool = False
    made: bool = False
    pace: float = 1.0
    rounds: int = FIXED

    name: ClassVar[str] = "xgboost"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "boosted deep trees", "zh": "深层提升树"}
    needs: ClassVar[tuple[str, str]] = ("xgboost", "boost")

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """One, and one more with made features; on the logarithm where a number is skewed."""
        target = goal.coded(rows)
        log = goal.task == "numeric" and skewed(target[~np.isnan(target)])
        return (Member("xgboost", cls(log=log), 22 if goal.task == "numeric" else 16), Member("xgboost features", cls(log=log, made=True), 26))

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> XgboostModel:
        """Boosts until `watch` gains no more. Every column but the target and the weight is learned from."""
        xgb = brought("xgboost")
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        features, matrix = Features.fit(rows, goal, columns, made=self.made, prose=True)
        target, watched = goal.coded(rows), goal.coded(watch)
        scale = Scale.of(target) if self.log and goal.task == "numeric" and len(target) and target.min() >= 0 else Scale()
        train = xgb.DMatrix(matrix, scale.forth(target), weight=weights_of(rows, goal))
        settings = self._settings(goal, rows.n)
        if ways := constraints(goal, rows, features.codes.sources, matrix.shape[1]):
            settings["monotone_constraints"] = tuple(ways)
        if goal.task == "binary" and np.ptp(target) == 0:  # the log-odds of one outcome alone, where XGBoost begins, have no end
            settings["base_score"] = 0.5
        if watch.n < FEW:
            booster = xgb.train(settings, train, self.rounds)
        else:
            held = xgb.DMatrix(features.matrix(watch), scale.forth(watched), weight=weights_of(watch, goal))
            booster = xgb.train(
                settings, train, int(ROUNDS / self.pace), evals=[(held, "watch")], early_stopping_rounds=int(STALE / self.pace), verbose_eval=False
            )
            booster = booster[: booster.best_iteration + 1]
        model = XgboostModel(self.name, columns, goal.task, features, booster.save_raw("json").decode("utf-8"), scale)
        if not scale.log:
            return model
        scale = scale.smeared(target, model.trees.predict(matrix)[:, 0], weights_of(rows, goal))
        return XgboostModel(self.name, columns, goal.task, features, model.text, scale)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> XgboostModel:
        """Reads what `XgboostModel.save` wrote; the package xgboost is not needed for that."""
        text = (folder / "xgboost.json").read_text(encoding="utf-8")
        return XgboostModel(Xgboost.name, tuple(card["columns"]), card["task"], Features.from_json(card["features"]), text, Scale(**card["scale"]))

    def _settings(self, goal: Goal, n: int) -> dict[str, Any]:
        chosen = {**(NUMBER if goal.task == "numeric" else CLASSES), **dict(self.settings)}
        if n < SMALL and not self.settings:
            chosen |= {"max_depth": 4, "min_child_weight": 3.0}
        if goal.task == "multiclass":
            chosen |= {"eta": max(0.1, chosen["eta"]), "num_class": len(goal.classes)}
        chosen["eta"] *= self.pace
        task = {"binary": "binary:logistic", "multiclass": "multi:softprob", "numeric": "reg:squarederror"}[goal.task]
        return {"tree_method": "hist", "nthread": 1, "seed": 1 if self.pace == 1.0 else 2, "verbosity": 0, "objective": task, **chosen}
