"""Whole series as rows, told by a linear model of ten thousand random features: the strongest known answer for its time (see stats/rocket).

    study = apercu.run("signals.parquet", "state")    # a list column a channel; numbers and categories beside them are learned from as well

Each list column is a channel; what it looks like (kernels of MultiRocket and Hydra, on the series and on its changes) and what it is about (mean,
spread, ends, slope) stand beside the other columns of the table, in one ridge regression whose penalty, and whose share of each of these, is chosen
by the error of rows left out (closed form), alone or with all that belong to the same entity; so there is no need of watched rows, which are learned
from. Probabilities come from the scores of rows
left out (Platt 1999). A kernel that adds up several channels gives each an equal part of what it contributes: contributions sum to the prediction
exactly. Over MANY rows there are fewer features. What it does *not* do: say when in a series something happened, or explain a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats import rocket as kernels
from ._columns import media_of, weights_of
from ._encode import Design
from ._left_out import Ridge, calibration, ridge
from ._sequences import SUMMARIES, Channels, changes, sequences_of, summaries
from ._stacked import stacked
from ._target import Scale, skewed, told

__all__ = ["Plan", "Rocket", "RocketModel"]

THRESHOLDS: Final = 3_000  # of each representation, three features each
THRESHOLDS_MANY: Final = 336  # the same where rows are many
MANY: Final = 2_000  # rows from which there are fewer features
MOST: Final = 30_000  # rows of a fit, the first
LEADING: Final = 2  # blocks of features of series: of thresholds, of groups
FLAT: Final = 1e-7  # deviation of a feature below which it does not vary
SLICE: Final = 2_048  # features that are scaled at once
CLIP: Final = 8.0  # deviations at which a feature is cut
CELLS: Final = 8_000_000  # features of one batch of rows


@dataclass(frozen=True)
class Plan:
    """What is read off series. channels; rockets: of the series and of its changes; hydras: the same, or none."""

    channels: Channels
    rockets: tuple[kernels.Rocket, ...]
    hydras: tuple[kernels.Hydra, ...]

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Plan:
        """Kernels for the list columns of these rows."""
        channels = Channels.fit(rows, names)
        if not names:
            return Plan(channels, (), ())
        series = channels.arrays(rows)
        thresholds = THRESHOLDS if rows.n <= MANY else THRESHOLDS_MANY
        rockets = tuple(kernels.planned(*own, thresholds, seed) for seed, own in enumerate((series, changes(*series)), 1))
        hydras = tuple(kernels.hydra(len(names), channels.usual, seed) for seed in (1, 2)) if rows.n <= MANY else ()
        return Plan(channels, rockets, hydras)

    def features(self, rows: Rows) -> list[np.ndarray]:
        """[(n, D) of thresholds on the series and on its changes, of groups on both, of summaries]."""
        values, lengths = self.channels.arrays(rows)
        both = ((values, lengths), changes(values, lengths))
        none = np.zeros((rows.n, 0), dtype=np.float32)
        far = [kernels.transformed(plan, *own) for plan, own in zip(self.rockets, both, strict=False)]
        best = [kernels.pooled(plan, *own) for plan, own in zip(self.hydras, both, strict=False)]
        return [np.hstack([none, *far]), np.hstack([none, *best]), summaries(values, lengths)]

    def reads(self) -> np.ndarray:
        """(D, c): the part of each feature that belongs to each channel."""
        parts = [np.repeat(plan.chosen[plan.reads], kernels.POOLS, axis=0) for plan in self.rockets]
        parts += [plan.chosen[plan.reads] for plan in self.hydras]
        chosen = np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.int64)
        shares = np.zeros((len(chosen), len(self.channels.names)))
        for column in chosen.T:
            used = np.flatnonzero(column >= 0)
            shares[used, column[used]] += 1.0
        return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1.0)

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        named = [(f"rocket_{i}", plan) for i, plan in enumerate(self.rockets)] + [(f"hydra_{i}", plan) for i, plan in enumerate(self.hydras)]
        return {f"{name}_{field}": array for name, plan in named for field, array in plan._asdict().items()}

    @staticmethod
    def of(channels: Channels, arrays: Mapping[str, np.ndarray]) -> Plan:
        """Of what `arrays` gave."""

        def read(kind: Any, name: str) -> tuple[Any, ...]:
            there = [i for i in range(2) if f"{name}_{i}_dilations" in arrays]
            return tuple(kind(*(arrays[f"{name}_{i}_{field}"] for field in kind._fields)) for i in there)

        return Plan(channels, read(kernels.Rocket, "rocket"), read(kernels.Hydra, "hydra"))


@dataclass(frozen=True)
class RocketModel:
    """centre, spread (D,) of all features: of kernels, then summaries, then the design; coefficients (D, k'), intercept (k',)."""

    name: str
    columns: tuple[str, ...]
    task: str
    plan: Plan
    design: Design
    centre: np.ndarray
    spread: np.ndarray
    coefficients: np.ndarray
    intercept: np.ndarray
    scale: Scale

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._batched(rows, self._raw), self.task, self.scale)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's part of the log-odds, or of the number; that of a kernel is shared by its channels."""
        wide = self.coefficients.shape[1]
        names = self.plan.channels.names
        reads = np.vstack([self.plan.reads(), np.repeat(np.eye(len(names)), len(SUMMARIES), axis=0)])
        seen, plain = len(reads), [part.name for part in self.design.parts]

        def parts_of(x: np.ndarray) -> np.ndarray:
            parts = np.zeros((len(x), len(self.columns), wide))
            for c, name in enumerate(names):
                parts[:, self.columns.index(name)] = x[:, :seen] @ (self.coefficients[:seen] * reads[:, c : c + 1])
            if plain:
                own = self.design.summed(x[:, seen:, None] * self.coefficients[None, seen:, :])
                parts[:, [self.columns.index(name) for name in plain]] = own
            return parts

        parts = self._batched(rows, parts_of)
        return self.scale.shared(parts, self.intercept) if self.task == "numeric" else (parts, self.intercept)

    def _raw(self, x: np.ndarray) -> np.ndarray:
        return x @ self.coefficients + self.intercept

    def _batched(self, rows: Rows, answer: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        step = max(1, CELLS // max(len(self.centre), 1))
        pieces = [rows.take(np.arange(a, min(a + step, rows.n))) for a in range(0, max(rows.n, 1), step)]
        return np.concatenate([answer(_scaled(np.hstack(_features(self.plan, self.design, piece)), self.centre, self.spread)) for piece in pieces])

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `rocket.npz` and returns the rest as JSON."""
        own = {name: getattr(self, name) for name in ("centre", "spread", "coefficients", "intercept")}
        np.savez_compressed(folder / "rocket.npz", allow_pickle=False, **own, **self.plan.arrays())
        kept = {"channels": self.plan.channels.to_json(), "design": self.design.to_json(), "scale": self.scale.to_json()}
        return {"columns": list(self.columns), "task": self.task, **kept}


def _features(plan: Plan, design: Design, rows: Rows) -> list[np.ndarray]:
    """[(n, D) of thresholds, of groups, of summaries, of the other columns]."""
    return [*plan.features(rows), design.matrix(rows) if design.parts else np.zeros((rows.n, 0))]


def _levelled(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(centre (D,), what deviations are multiplied by (D,)) of a block (n, D), which is scaled in place, a slice of it at a time."""
    centre, spread = np.zeros(block.shape[1]), np.zeros(block.shape[1])
    for a in range(0, block.shape[1], SLICE):
        own = block[:, a : a + SLICE].astype(np.float64)
        centre[a : a + SLICE], size = own.mean(axis=0), own.std(axis=0)
        spread[a : a + SLICE] = np.where(size < FLAT, 0.0, 1.0 / np.maximum(size, FLAT))
        block[:, a : a + SLICE] = _scaled(own, centre[a : a + SLICE], spread[a : a + SLICE])
    return centre, spread


def _scaled(x: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(n, D) float64, as many deviations from the centre; a feature that did not vary stays 0."""
    return np.clip((x - centre) * spread, -CLIP, CLIP).astype(np.float64)


class Rocket:
    """The learner. Its randomness comes from one fixed seed."""

    name: ClassVar[str] = "rocket"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "random kernels over series", "zh": "序列随机核"}
    media: ClassVar[tuple[str, ...]] = ("list",)
    asks: ClassVar[tuple[str, ...]] = ("together",)

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Itself, before all others, where there are sequences."""
        return (Member("rocket", cls(), 4, cheap=True),) if media_of(rows, cls.media) else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows, together: np.ndarray | None = None) -> RocketModel:
        """Fits on `rows` and `watch`, since penalties are chosen by rows left out; `together` (rows and watch,): with all rows of their number."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        seen = stacked(rows, watch)
        seen = seen.take(np.arange(min(seen.n, MOST)))
        names = sequences_of(seen, (goal.target, goal.weight))
        plan = Plan.fit(seen, names)
        design = Design.fit(seen, goal, [name for name in columns if name not in names and seen.storage(name) != "bytes"])
        blocks = _features(plan, design, seen)
        centre, spread = (np.concatenate(parts) for parts in zip(*map(_levelled, blocks), strict=True))
        weights = np.ones(seen.n) if (w := weights_of(seen, goal)) is None else w
        fit = _number if goal.task == "numeric" else _classes
        lesson = _Lesson(blocks, weights, max(2, len(goal.classes)), None if together is None else together[: seen.n])
        coefficients, intercept, scale = fit(lesson, goal.coded(seen))
        return RocketModel(self.name, columns, goal.task, plan, design, centre, spread, coefficients, intercept, scale)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> RocketModel:
        """Reads what `RocketModel.save` wrote."""
        with np.load(folder / "rocket.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        centre, spread, coefficients, intercept = (arrays.pop(name) for name in ("centre", "spread", "coefficients", "intercept"))
        plan, design = Plan.of(Channels.from_json(card["channels"]), arrays), Design.from_json(card["design"])
        return RocketModel(
            Rocket.name, tuple(card["columns"]), card["task"], plan, design, centre, spread, coefficients, intercept, Scale(**card["scale"])
        )


Fitted = tuple[np.ndarray, np.ndarray, Scale]


class _Lesson(NamedTuple):
    """blocks: (n, D) features each; weights (n,); classes; together (n,) int of rows that are left out at once, or None."""

    blocks: list[np.ndarray]
    weights: np.ndarray
    classes: int
    together: np.ndarray | None

    def ridge(self, outcomes: np.ndarray) -> Ridge:
        return ridge(self.blocks, outcomes, self.weights, LEADING, self.together)


def _classes(lesson: _Lesson, target: np.ndarray) -> Fitted:
    """(coefficients (D, k'), intercept (k',), no scale): scores of one against the rest, made log-odds."""
    truth, k = target.astype(np.int64), lesson.classes
    outcomes = np.where(truth[:, None] == np.arange(k)[None, :], 1.0, -1.0)
    fitted = lesson.ridge(outcomes[:, 1:] if k == 2 else outcomes)
    slope, shift = calibration(fitted.told, truth, k, lesson.weights)
    return slope * np.vstack(fitted.coefficients), slope * fitted.intercept + shift, Scale()


def _number(lesson: _Lesson, target: np.ndarray) -> Fitted:
    """Ridge regression on the target or its logarithm, whichever tells rows left out better."""
    weights = lesson.weights
    best: tuple[float, Fitted] | None = None
    for plain in (Scale(), Scale.of(target)) if skewed(target) else (Scale(),):
        aim = plain.forth(target)
        middle, size = float(np.average(aim, weights=weights)), float(aim.std()) or 1.0
        fitted = lesson.ridge(((aim - middle) / size)[:, None])
        raw = middle + size * fitted.told[:, 0]
        scale = plain.smeared(target, raw, weights)
        loss = float(np.average((scale.back(raw) - target) ** 2, weights=weights))
        if best is None or loss < best[0]:
            best = loss, (size * np.vstack(fitted.coefficients), middle + size * fitted.intercept, scale)
    assert best is not None
    return best[1]
