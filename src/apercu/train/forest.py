"""Extremely randomised trees (Geurts, Ernst & Wehenkel 2006) by scikit-learn: many deep trees, each with splits drawn by chance, averaged.

    log-odds = shift + scale * mean over trees of log((cases of the leaf + prior) / (others of the leaf + prior))

A forest usually averages probabilities, of which no log-odds are a sum. Here each leaf says log-odds instead, drawn towards the overall rate by as
much as PRIOR rows weigh; their mean, which is too timid, is stretched by a scale and a shift (of several classes a scale alone) fitted by Platt's
method on what each row hears from the trees whose bootstrap sample left it out. So the forest is a sum of trees in log-odds, and its contributions
are exact TreeSHAP values (Lundberg et al. 2020) of the prediction itself. A number is the mean of leaves under a line fitted in the same way. Rows
left out serve as the watched ones, which are therefore fitted on as well. What breaks the stretch: rows that depend on each other (entities), since a
row left out then has kin among the others and leaves sound surer than they are; calibration across folds, which keep entities together, mends that.
Kept as arrays; asked without scikit-learn. Levels are codes in the order of their frequency. What it does *not* do: stop early, made features.
Histograms (scikit-learn's HistGradientBoosting) have no family of their own, since LightGBM grows the same trees faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats.tree_texts import of_arrays
from ..stats.trees import Trees
from ._calibrate import fitted
from ._columns import weights_of
from ._features import Features
from ._target import Scale, skewed, told

__all__ = ["Forest", "ForestModel"]

TREES: Final = 200
LEAST: Final = 3  # rows of a leaf
LEAVES: Final = 4_000  # rows of a fit divided by this are the least of a leaf where that is more, so that a forest of many rows can be kept
DEEPEST: Final = 40  # questions of a path; contributions bear 64
PRIOR: Final = 1.0  # rows by which a leaf's shares are drawn towards the overall ones
MOST: Final = 100_000  # rows of a fit, the first
FEW: Final = 2_000  # rows below which it is one of the first: a mean of many unlike trees varies least, which is what few rows want
MANY: Final = 10_000  # rows above which it is tried only by name: boosters know better there, and trees this deep take long to explain
OUT: Final = 20  # rows that trees left out, below which nothing is stretched
LARGEST: Final = 1e30  # scikit-learn reads single precision, and sums columns in it


@dataclass(frozen=True)
class ForestModel:
    """m nodes of T trees, one after another, over `features`.

    arrays: sizes (T,) nodes of each tree; left, right, feature, threshold, missing, cover (m,), named so that left = -1 is a leaf, x <= threshold
    goes left, and a missing value too where `missing`; value (m, k') of the leaves in log-odds, or in the number's unit.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    features: Features
    arrays: Mapping[str, np.ndarray]
    scale: Scale

    @cached_property
    def trees(self) -> Trees:
        """The forest as flat trees."""
        ends = np.cumsum(self.arrays["sizes"])[:-1]
        each = {name: np.split(array, ends) for name, array in self.arrays.items() if name != "sizes"}
        names = {
            "children_left": "left", "children_right": "right", "feature": "feature", "threshold": "threshold", "value": "value",
            "weighted_n_node_samples": "cover", "missing_go_to_left": "missing",
        }  # fmt: skip
        trees = [{theirs: each[ours][t] for theirs, ours in names.items()} for t in range(len(self.arrays["sizes"]))]
        return of_arrays(trees, self.features.width)

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self.trees.predict(_single(self.features.matrix(rows))), self.task, self.scale)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        said, base = self.trees.contributions(_single(self.features.matrix(rows)))
        parts = self.features.summed(said, self.columns)
        return self.scale.shared(parts, base) if self.task == "numeric" else (parts, base)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `forest.npz` and returns the rest as JSON."""
        np.savez_compressed(folder / "forest.npz", allow_pickle=False, **self.arrays)
        return {"columns": list(self.columns), "task": self.task, "features": self.features.to_json(), "scale": self.scale.to_json()}


@dataclass(frozen=True)
class Forest:
    """The learner. One fixed seed, one thread: the same rows give the same forest. log: whether the logarithm of a number is fitted."""

    log: bool = False

    name: ClassVar[str] = "forest"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "forest of random trees", "zh": "随机森林"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """One: before other boosters where rows are few, behind all of them where they are not, none where they or the classes are many."""
        if rows.n > MANY or goal.task == "multiclass":
            return ()
        target = goal.coded(rows)
        log = goal.task == "numeric" and skewed(target[~np.isnan(target)])
        return (Member("forest", cls(log=log), 15 if rows.n < FEW else 44),)

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> ForestModel:
        """Grows the trees on both parts. Every column but the target and the weight is learned from."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        features, matrix = Features.fit(rows, goal, columns, prose=True)
        parts = (rows, watch)
        x = _single(np.vstack([matrix, features.matrix(watch)]))[:MOST].astype(np.float32)
        y = np.concatenate([goal.coded(part) for part in parts])[:MOST]
        weight = np.concatenate([np.ones(part.n) if (w := weights_of(part, goal)) is None else w for part in parts])[:MOST]
        counted = weight > 0
        x, y, weight = x[counted], y[counted], weight[counted]
        if goal.task != "numeric":
            return ForestModel(self.name, columns, goal.task, features, _classes(x, y, weight, len(goal.classes)), Scale())
        scale = Scale.of(y) if self.log and len(y) and y.min() >= 0 else Scale()
        arrays, said, heard = _number(x, scale.forth(y), weight)
        scale = scale.smeared(y[heard], said[heard], weight[heard]) if heard.sum() >= OUT else scale
        return ForestModel(self.name, columns, goal.task, features, arrays, scale)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> ForestModel:
        """Reads what `ForestModel.save` wrote."""
        with np.load(folder / "forest.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return ForestModel(Forest.name, tuple(card["columns"]), card["task"], Features.from_json(card["features"]), arrays, Scale(**card["scale"]))


def _number(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """(the arrays of a forest for numbers (n,) under the line that fits what is said of rows left out, (n,) what is said, (n,) bool: of which)."""
    middle = float(np.average(y, weights=weight))
    spread = float(np.sqrt(np.average((y - middle) ** 2, weights=weight))) or 1.0  # so that single precision loses nothing
    forest = ExtraTreesRegressor(TREES, min_samples_leaf=_least(len(y)), **_settings()).fit(x, (y - middle) / spread, weight)
    values = [np.nan_to_num(tree.tree_.value[:, 0, :]) for tree in forest.estimators_]
    said, heard = _left_out(forest, values, x)
    slope, shift = 1.0, 0.0
    if heard.sum() >= OUT and said[heard].std() > 0:
        centre = float(np.average(said[heard, 0], weights=weight[heard]))
        away, truth = said[heard, 0] - centre, (y[heard] - middle) / spread
        slope = float(np.clip(np.average(away * truth, weights=weight[heard]) / np.average(away**2, weights=weight[heard]), 0.5, 2.0))
        shift = float(np.average(truth, weights=weight[heard])) - slope * centre
    return _arrays(forest, [middle + spread * (slope * value + shift) for value in values]), middle + spread * (slope * said[:, 0] + shift), heard


def _classes(x: np.ndarray, y: np.ndarray, weight: np.ndarray, k: int) -> dict[str, np.ndarray]:
    """The arrays of a forest for classes (n,) of k, its log-odds stretched to fit rows left out."""
    prior = np.bincount(y.astype(int), weights=weight, minlength=k) + 1.0 / k
    prior = prior / prior.sum()
    forest = ExtraTreesClassifier(TREES, min_samples_leaf=_least(len(y)), **_settings()).fit(x, y, weight)
    values, known = [], forest.classes_.astype(int)
    for tree in forest.estimators_:
        cases = np.zeros((tree.tree_.node_count, k))
        rows = tree.tree_.weighted_n_node_samples[:, None]
        cases[:, known] = np.nan_to_num(tree.tree_.value[:, 0, :]) * rows
        values.append(np.log((cases + PRIOR * prior) / (rows + PRIOR)))
    said, heard = _left_out(forest, values, x)
    scale, shift = 1.0, 0.0
    if heard.sum() >= OUT and len(known) > 1:
        scale, shift = fitted(y[heard], np.exp(said[heard]), weight[heard])
    if k == 2:
        return _arrays(forest, [scale * (value[:, 1:] - value[:, :1]) + shift for value in values])
    return _arrays(forest, [scale * value for value in values])


def _settings() -> dict[str, Any]:
    return {"max_depth": DEEPEST, "bootstrap": True, "random_state": 1, "n_jobs": 1}


def _least(n: int) -> int:
    """Rows of a leaf."""
    return max(LEAST, n // LEAVES)


def _left_out(forest: ExtraTreesClassifier | ExtraTreesRegressor, values: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((n, k) the mean of what the trees that never saw a row say of it, (n,) bool: rows of which there is such a tree)."""
    total, count = np.zeros((len(x), values[0].shape[1])), np.zeros(len(x))
    for tree, value, drawn in zip(forest.estimators_, values, forest.estimators_samples_, strict=True):
        out = np.ones(len(x), dtype=bool)
        out[drawn] = False
        total[out] += value[tree.tree_.apply(x[out])]
        count += out
    return total / np.maximum(count, 1.0)[:, None], count > 0


def _arrays(forest: ExtraTreesClassifier | ExtraTreesRegressor, values: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The trees one after another; values: of each, (nodes, k')."""
    trees = [tree.tree_ for tree in forest.estimators_]
    written = np.concatenate([tree.threshold for tree in trees])
    threshold = np.clip(written, -LARGEST, LARGEST).astype(np.float32)
    threshold = np.where(threshold > written, np.nextafter(threshold, np.float32(-np.inf)), threshold)  # x in single precision is as before
    return {
        "sizes": np.array([tree.node_count for tree in trees], dtype=np.int32),
        "left": np.concatenate([tree.children_left for tree in trees]).astype(np.int32),
        "right": np.concatenate([tree.children_right for tree in trees]).astype(np.int32),
        "feature": np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        "threshold": threshold,
        "missing": np.concatenate([tree.missing_go_to_left for tree in trees]).astype(np.uint8),
        "cover": np.concatenate([tree.weighted_n_node_samples for tree in trees]).astype(np.float32),
        "value": np.concatenate(values).astype(np.float32),
    }


def _single(matrix: np.ndarray) -> np.ndarray:
    """(n, features) within single precision; missing stays so."""
    return np.clip(matrix, -LARGEST, LARGEST)
