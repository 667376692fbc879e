"""Gradient-boosted trees by LightGBM (Ke et al. 2017): interactions and steps that a linear model cannot say.

Small trees, a slow rate and strong shrinkage below LARGE rows, larger trees above; the settings were chosen by out-of-fold loss on telco
churn, german credit, titanic, ai4i2020 and california housing. It stops when the watched rows have not gained for STALE rounds. One fixed seed
and LightGBM's deterministic mode: the same rows give the same trees. Kept as LightGBM's own text, which is data and not code. Contributions are
exact TreeSHAP sums (Lundberg et al. 2020).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np

from ..core.goal import Goal
from ..core.rows import Rows
from ._columns import weights_of
from ._encode import Codes, Levels, Numbers, from_json
from ._target import Scale, skewed

__all__ = ["Boosting", "BoostingModel"]

LARGE = 20_000  # rows from which trees may be larger
LARGE_NUMBER = 3_000  # the same for a numeric target, each row of which says more
SHARED = 5_000_000  # cells from which several threads are worth their waiting for each other; below, they tripled the time on two cores
TRIED = 100  # features that one tree may choose among, in tables of more than that
ROUNDS = 1_000
STALE = 50  # rounds without a gain
FEW = 40  # watched rows below which the number of rounds is fixed
FIXED = 60  # that number
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.05,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class BoostingModel:
    """A booster over the features of `codes`."""

    name: str
    columns: tuple[str, ...]
    task: str
    codes: Codes
    booster: lgb.Booster
    scale: Scale

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        raw = _asked(self.booster, _matrix(self.codes, rows))
        if self.task == "numeric":
            return self.scale.back(raw)
        return np.column_stack([1.0 - raw, raw]) if self.task == "binary" else raw

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        matrix = _matrix(self.codes, rows)
        wide = self.booster.num_model_per_iteration()
        told = _asked(self.booster, matrix, pred_contrib=True).reshape(rows.n, wide, matrix.shape[1] + 1)
        parts = np.zeros((rows.n, len(self.columns), wide))
        for feature, source in enumerate(self.codes.sources):
            parts[:, self.columns.index(source), :] += told[:, :, feature]
        base = told[0, :, -1] if rows.n else np.zeros(wide)
        return self.scale.shared(parts, base) if self.task == "numeric" else (parts, base)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `boosting.txt` and returns the rest as JSON."""
        (folder / "boosting.txt").write_text(self.booster.model_to_string(), encoding="utf-8")
        codes = [part.to_json() for part in self.codes.parts]
        return {"columns": list(self.columns), "task": self.task, "codes": codes, "scale": self.scale.to_json()}


class Boosting:
    """The learner. Its randomness comes from one fixed seed."""

    name: ClassVar[str] = "boosting"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "boosted trees", "zh": "梯度提升树"}

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> BoostingModel:
        """Fits on `rows` until `watch` gains no more. Every column but the target and the weight is learned from."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        codes = Codes.fit(rows, columns)
        target, watched = goal.coded(rows), goal.coded(watch)
        pair = _matrix(codes, rows), _matrix(codes, watch)
        weights = weights_of(rows, goal), weights_of(watch, goal)
        best: tuple[float, Scale, lgb.Booster] | None = None
        for scale in (Scale(), Scale.of(target)) if goal.task == "numeric" and skewed(target) else (Scale(),):
            booster = _boosted(pair, (scale.forth(target), scale.forth(watched)), weights, codes, goal)
            if goal.task != "numeric" or not len(watched):
                best = (0.0, scale, booster)
                break
            scale = scale.smeared(target, _asked(booster, pair[0]), weights[0])  # noqa: PLW2901
            loss = float(np.average((watched - scale.back(_asked(booster, pair[1]))) ** 2, weights=weights[1]))
            if best is None or loss < best[0]:
                best = (loss, scale, booster)
        assert best is not None
        return BoostingModel(self.name, columns, goal.task, codes, best[2], best[1])

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> BoostingModel:
        """Reads what `BoostingModel.save` wrote."""
        booster = lgb.Booster(model_str=(folder / "boosting.txt").read_text(encoding="utf-8"))
        parts = tuple(part for tree in card["codes"] if isinstance(part := from_json(tree), Numbers | Levels))
        return BoostingModel(Boosting.name, tuple(card["columns"]), card["task"], Codes(parts), booster, Scale(**card["scale"]))


Pair = tuple[np.ndarray, np.ndarray]


def _matrix(codes: Codes, rows: Rows) -> np.ndarray:
    """(n, features); one of zeros where no column is fit for trees, which then say the same of every row."""
    matrix = codes.matrix(rows)
    return matrix if matrix.shape[1] else np.zeros((rows.n, 1))


def _boosted(pair: Pair, targets: Pair, weights: tuple[np.ndarray | None, np.ndarray | None], codes: Codes, goal: Goal) -> lgb.Booster:
    """Stops on the watched rows; below LARGE rows it is then grown once more, as far, on all of them."""
    settings, categories = _settings(pair[0].shape, goal), codes.categories
    train = lgb.Dataset(pair[0], targets[0], weight=weights[0], categorical_feature=categories, params={"verbosity": -1})
    if len(targets[1]) < FEW:
        return _fixed(lgb.train(settings, train, FIXED))
    watch = lgb.Dataset(pair[1], targets[1], weight=weights[1], reference=train, categorical_feature=categories)
    booster = lgb.train(settings, train, ROUNDS, valid_sets=[watch], callbacks=[lgb.early_stopping(STALE, verbose=False)])
    if len(targets[0]) >= LARGE:
        return _fixed(booster)
    weight = None if weights[0] is None or weights[1] is None else np.concatenate([weights[0], weights[1]])
    both = lgb.Dataset(np.vstack(pair), np.concatenate(targets), weight=weight, categorical_feature=categories, params={"verbosity": -1})
    return _fixed(lgb.train(settings, both, max(1, booster.best_iteration)))


def _fixed(booster: lgb.Booster) -> lgb.Booster:
    """The booster as its text will be loaded, so that what is used is what is kept, to the last digit."""
    best = booster.best_iteration if booster.best_iteration > 0 else None
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=best))


def _asked(booster: lgb.Booster, matrix: np.ndarray, *, pred_contrib: bool = False) -> np.ndarray:
    return np.asarray(booster.predict(matrix, pred_contrib=pred_contrib, num_threads=_threads(matrix.size)))


def _threads(cells: int) -> int:
    return (os.cpu_count() or 1) if cells >= SHARED else 1


def _settings(shape: tuple[int, ...], goal: Goal) -> dict[str, Any]:
    n, features = shape
    large = n >= (LARGE_NUMBER if goal.task == "numeric" else LARGE)
    small_trees = {"num_leaves": 8, "min_data_in_leaf": max(5, min(20, n // 40))}
    size = {"num_leaves": 31, "min_data_in_leaf": 40, "learning_rate": 0.1} if large else small_trees
    share = min(SETTINGS["feature_fraction"], max(0.05, TRIED / max(features, 1)))
    if goal.task == "multiclass":
        size["learning_rate"] = 0.1  # every round grows one tree per class
    task: dict[str, dict[str, Any]] = {
        "binary": {"objective": "binary"},
        "multiclass": {"objective": "multiclass", "num_class": len(goal.classes)},
        "numeric": {"objective": "regression"},
    }
    return {**SETTINGS, **size, **task[goal.task], "feature_fraction": share, "num_threads": _threads(n * features)}
