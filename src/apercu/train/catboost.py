"""Gradient-boosted symmetric trees by CatBoost (Prokhorenkova et al. 2018): levels are told by ordered statistics of the target.

The settings are the published tuned defaults of pytabkit ("Better by Default", Holzmüller, Grinsztajn & Steinwart 2024) with a shorter patience, and
a shallow, more regularised variant. It needs the extra `boost` (270 MB); without it, this family is not tried. Kept as CatBoost's own binary
model, which is data and not code. Contributions are its exact Shapley values of trees. Levels keep codes of their own up to TOP of them.
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
from ._columns import weights_of
from ._extra import brought
from ._features import Features
from ._target import Scale, skewed, told

__all__ = ["Catboost", "CatboostModel"]

TOP: Final = 1_000  # levels of a column that keep a code of their own
ROUNDS: Final = 3_000
MANY: Final = 10_000  # rows from which the ordered statistics of the shallow variant, which encodes few levels as they are, cost too much
STALE: Final = 60  # rounds without a gain
PATIENT: Final = 120  # the same of a number, which gains for longer by little
FEW: Final = 40  # watched rows below which the number of rounds is fixed
FIXED: Final = 60  # that number
ABSENT: Final = -15.0  # log-odds of a class that no training row has
NUMBER: Final[dict[str, Any]] = {
    "learning_rate": 0.09, "depth": 8, "l2_leaf_reg": 1e-5, "subsample": 0.9, "random_strength": 0.0, "one_hot_max_size": 20,
    "border_count": 128,
}  # fmt: skip
CLASSES: Final[dict[str, Any]] = {
    "learning_rate": 0.08, "depth": 7, "l2_leaf_reg": 1e-5, "subsample": 0.9, "random_strength": 0.8, "one_hot_max_size": 15,
    "leaf_estimation_iterations": 1,
}  # fmt: skip
SHALLOW: Final[dict[str, Any]] = {
    "learning_rate": 0.06, "depth": 5, "l2_leaf_reg": 6.0, "subsample": 0.8, "random_strength": 1.0, "one_hot_max_size": 4,
}  # fmt: skip


@dataclass(frozen=True)
class CatboostModel:
    """A booster over `features`; `binary` is CatBoost's model; levels: the classes that its training rows have."""

    name: str
    columns: tuple[str, ...]
    task: str
    features: Features
    binary: bytes
    scale: Scale
    wide: int
    seen: tuple[int, ...]
    constant: float = 0.0

    @property
    def rounds(self) -> int:
        """How many rounds it was grown."""
        return int(self.booster.tree_count_) if self.binary else FIXED

    @cached_property
    def booster(self) -> Any:
        """The booster as CatBoost's."""
        return brought("catboost").CatBoost().load_model(blob=self.binary)

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._raw(rows), self.task, self.scale)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number."""
        matrix = self.features.matrix(rows)
        if not rows.n or not self.binary:
            return np.zeros((rows.n, len(self.columns), self.wide)), self._spread(np.zeros((1, 0)))[0]
        flat = np.asarray(self.booster.get_feature_importance(_pool(matrix, self.features), type="ShapValues", thread_count=1))
        flat = flat[:, None, :] if flat.ndim == 2 else flat
        said = np.zeros((rows.n, matrix.shape[1], self.wide))
        base = self._spread(flat[:1, :, -1])[0]
        levelled = self.features.categories
        order = [*(i for i in range(matrix.shape[1]) if i not in levelled), *levelled]  # CatBoost has the numbers first
        for place, column in self._places(flat.shape[1]):
            said[:, order, place] = flat[:, column, :-1]
        parts = self.features.summed(said, self.columns)
        return self.scale.shared(parts, base) if self.task == "numeric" else (parts, base)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `catboost.cbm` and returns the rest as JSON."""
        (folder / "catboost.cbm").write_bytes(self.binary)
        card = {"columns": list(self.columns), "task": self.task, "features": self.features.to_json(), "scale": self.scale.to_json()}
        return {**card, "wide": self.wide, "seen": list(self.seen), "constant": self.constant}

    def _raw(self, rows: Rows) -> np.ndarray:
        """(n, k') log-odds, or numbers on the scale that was fitted."""
        if not rows.n or not self.binary:
            return self._spread(np.zeros((rows.n, 0)))
        raw = np.asarray(self.booster.predict(_pool(self.features.matrix(rows), self.features), prediction_type="RawFormulaVal", thread_count=1))
        return self._spread(raw[:, None] if raw.ndim == 1 else raw)

    def _places(self, got: int) -> list[tuple[int, int]]:
        """[(place among the scores, column of CatBoost's)]."""
        return [(0, 0)] if self.wide == 1 else [(place, column) for column, place in enumerate(self.seen)] if got > 1 else [(self.seen[-1], 0)]

    def _spread(self, raw: np.ndarray) -> np.ndarray:
        """(n, k'): CatBoost's scores at their classes; classes that no training row has are as good as impossible."""
        if self.task == "numeric":
            return raw if raw.shape[1] else np.full((len(raw), 1), self.constant)
        made = np.full((len(raw), self.wide), ABSENT)
        if len(self.seen) == 1:
            made[:] = (-ABSENT if self.seen[0] == 1 else ABSENT) if self.wide == 1 else np.where(np.arange(self.wide) == self.seen[0], 0.0, ABSENT)
            return made
        if raw.shape[1] == 1 and self.wide > 1:
            made[:, self.seen[0]] = 0.0
        for place, column in self._places(raw.shape[1]) if raw.shape[1] else ():
            made[:, place] = raw[:, column]
        return made


@dataclass(frozen=True)
class Catboost:
    """The learner. settings: CatBoost's, over the defaults; log: whether the logarithm of a number is fitted; made: with features made of pairs.

    pace: of learning; below one, more and smaller steps with another seed. rounds: grown where too few rows are watched to say.
    """

    settings: tuple[tuple[str, Any], ...] = ()
    log: bool = False
    made: bool = False
    pace: float = 1.0
    rounds: int = FIXED

    name: ClassVar[str] = "catboost"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "boosted symmetric trees", "zh": "对称提升树"}
    needs: ClassVar[tuple[str, str]] = ("catboost", "boost")

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Tuned and shallow for classes; for a number also on its logarithm, where it is skewed, and with made features."""
        target = goal.coded(rows)
        if goal.task != "numeric":
            shallow = Member("catboost shallow", cls(tuple(SHALLOW.items())), 18 if rows.n < MANY else 42)
            return (Member("catboost", cls(), 20), shallow)
        tail = skewed(target[~np.isnan(target)])
        return (
            Member("catboost", cls(), 18),
            *((Member("catboost log", cls(log=True), 17),) if tail else ()),
            Member("catboost features", cls(log=tail, made=True), 40),
        )

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> CatboostModel:
        """Boosts until `watch` gains no more. Every column but the target and the weight is learned from."""
        catboost = brought("catboost")
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        features, matrix = Features.fit(rows, goal, columns, made=self.made, prose=True, top=TOP)
        target, watched = goal.coded(rows), goal.coded(watch)
        wide = len(goal.classes) if goal.task == "multiclass" else 1
        seen = tuple(int(v) for v in np.unique(target)) if goal.task != "numeric" else (0, 1)
        if len(seen) < 2:
            return CatboostModel(self.name, columns, goal.task, features, b"", Scale(), wide, seen)
        if goal.task == "numeric" and np.ptp(target) == 0:  # CatBoost refuses it; a scale that gives the one value whatever is asked
            return CatboostModel(self.name, columns, goal.task, features, b"", Scale(), wide, seen, float(target[0]))
        scale = Scale.of(target) if self.log and goal.task == "numeric" and target.min() >= 0 else Scale()
        weights = weights_of(rows, goal)
        train = _pool(matrix, features, scale.forth(target), weights)
        booster = catboost.CatBoost(self._settings(goal, len(seen), (rows.n, watch.n)))
        told_of = np.isin(watched, seen) if goal.task != "numeric" else np.ones(watch.n, dtype=bool)
        held = None
        if watch.n >= FEW:
            weight = weights_of(watch, goal)
            held = _pool(features.matrix(watch)[told_of], features, scale.forth(watched)[told_of], None if weight is None else weight[told_of])
        booster.fit(train, eval_set=held)
        model = CatboostModel(self.name, columns, goal.task, features, booster._serialize_model(), scale, wide, seen)
        if not scale.log:
            return model
        scale = scale.smeared(target, model._raw(rows)[:, 0], weights)
        return CatboostModel(self.name, columns, goal.task, features, model.binary, scale, wide, seen)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> CatboostModel:
        """Reads what `CatboostModel.save` wrote."""
        binary, features = (folder / "catboost.cbm").read_bytes(), Features.from_json(card["features"])
        columns, seen, scale = tuple(card["columns"]), tuple(int(v) for v in card["seen"]), Scale(**card["scale"])
        return CatboostModel(Catboost.name, columns, card["task"], features, binary, scale, int(card["wide"]), seen, float(card["constant"]))

    def _settings(self, goal: Goal, classes: int, sizes: tuple[int, int]) -> dict[str, Any]:
        n, watched = sizes
        chosen = {**(NUMBER if goal.task == "numeric" else CLASSES), **dict(self.settings)}
        if goal.task == "multiclass":
            chosen |= {"learning_rate": max(0.1, chosen["learning_rate"])}
        chosen["learning_rate"] *= self.pace
        task = "RMSE" if goal.task == "numeric" else "Logloss" if classes == 2 else "MultiClass"
        stale = int((PATIENT if goal.task == "numeric" else STALE) / self.pace)
        stop = {"od_type": "Iter", "od_wait": stale, "use_best_model": True} if watched >= FEW else {}
        if n >= MANY:
            chosen.setdefault("max_ctr_complexity", 2)  # statistics of more than two columns at once take most of the time
        seed, rounds = 1 if self.pace == 1.0 else 2, int(ROUNDS / self.pace) if stop else self.rounds
        return {
            "loss_function": task, "iterations": rounds, "random_seed": seed, "thread_count": 1, "verbose": False,
            "allow_writing_files": False, "boosting_type": "Plain", "bootstrap_type": "Bernoulli", **stop, **chosen,
        }  # fmt: skip


def _pool(matrix: np.ndarray, features: Features, target: np.ndarray | None = None, weights: np.ndarray | None = None) -> Any:
    """The matrix as CatBoost wants it: numbers in single precision, codes as text."""
    catboost = brought("catboost")
    levelled = features.categories
    numbers = [i for i in range(matrix.shape[1]) if i not in levelled]
    names = [str(i) for i in (*numbers, *levelled)]
    words = np.array([b"-", *(str(i).encode() for i in range(int(np.nanmax(matrix[:, levelled], initial=0)) + 1))], dtype=object)
    texts = words[np.nan_to_num(matrix[:, levelled], nan=-1.0).astype(np.int64) + 1] if levelled else None
    data = catboost.FeaturesData(
        num_feature_data=np.ascontiguousarray(matrix[:, numbers], dtype=np.float32) if numbers else None,
        cat_feature_data=np.ascontiguousarray(texts) if texts is not None else None,
        num_feature_names=names[: len(numbers)],
        cat_feature_names=names[len(numbers) :] or None,
    )
    return catboost.Pool(data, label=target, weight=weights)
