"""A neural net for tables (RealMLP, Holzmüller, Grinsztajn & Steinwart 2024): smooth where trees step, so that the two err differently.

Trained with torch (the extra `deep`), kept as plain arrays and asked with NumPy alone, so a study that has one opens where torch is not. The loop
and the published settings are in `_net`, what it reads in `_inputs`. Contributions are Shapley values against BACKGROUND fixed training rows, each
along a path of columns and back (Castro et al. 2009; antithetic as in Mitchell et al. 2022): estimates, whose sum with the base is the prediction
exactly. What it does not do: prose and pictures, more than MOST rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from . import _net
from ._columns import weights_of
from ._inputs import Inputs
from ._paths import along
from ._target import Scale, told

__all__ = ["Mlp", "MlpModel"]

MOST: Final = 100_000  # rows of a fit, the first
FEW: Final = 40  # watched rows below which they are learned from instead
BACKGROUND: Final = 8  # rows that contributions are told against
CELLS: Final = 4_000_000  # numbers in the inputs of one call of the net


@dataclass(frozen=True)
class MlpModel:
    """arrays of the net; background (b, D) inputs; middle, spread, low, high: of a number that is scaled back and kept within its range."""

    name: str
    columns: tuple[str, ...]
    task: str
    inputs: Inputs
    arrays: dict[str, np.ndarray]
    background: np.ndarray
    middle: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(self.inputs.matrix(rows)), self.task, Scale())

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns change from a background row's to this row's, on average over the rows."""
        base = self._asked(self.background)
        parts = np.zeros((rows.n, len(self.columns), base.shape[1]))
        place = np.array([self.columns.index(part.name) for part in self.inputs.parts], dtype=np.int64)
        parts[:, place[np.unique(self.inputs.sources)]] = along(self.inputs.matrix(rows), self.background, self.inputs.sources, self._asked)
        return parts, base.mean(axis=0)

    def _asked(self, x: np.ndarray) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several."""
        step = max(1, CELLS // max(256, x.shape[1]))
        pieces = [_net.answered(self.arrays, x[a : a + step], numeric=self.task == "numeric") for a in range(0, max(len(x), 1), step)]
        made = np.concatenate(pieces)
        if self.task == "numeric":
            return np.clip(self.middle + self.spread * made, self.low, self.high)
        return made[:, 1:] - made[:, :1] if self.task == "binary" else made

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `mlp.npz` and returns the rest as JSON."""
        np.savez_compressed(folder / "mlp.npz", allow_pickle=False, background=self.background, **self.arrays)
        numbers = {name: getattr(self, name) for name in ("middle", "spread", "low", "high")}
        return {"columns": list(self.columns), "task": self.task, "inputs": self.inputs.to_json(), **numbers}


class Mlp:
    """The learner. Its randomness comes from one fixed seed, and it trains on one thread, so that the same rows give the same net."""

    name: ClassVar[str] = "mlp"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "neural net", "zh": "神经网络"}
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None: at tens of seconds a fold it is fitted where it is asked for by name."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> MlpModel:
        """Trains on `rows` while `watch` looks on. Raises WordsError where torch is absent."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        rows = rows.take(np.arange(min(rows.n, MOST)))
        watch = watch.take(np.arange(min(watch.n, MOST // 5)))
        inputs = Inputs.fit(rows, columns)
        matrix = np.vstack([inputs.matrix(rows), inputs.matrix(watch)])
        truth = np.concatenate([goal.coded(rows), goal.coded(watch)])
        weights = np.concatenate([np.ones(part.n) if (w := weights_of(part, goal)) is None else w for part in (rows, watch)])
        background = matrix[np.random.default_rng(1).permutation(rows.n)[:BACKGROUND]]
        split, numeric = (rows.n if watch.n >= FEW else len(truth)), goal.task == "numeric"
        middle, spread, low, high = 0.0, 1.0, 0.0, 0.0
        if numeric:
            low, high = float(truth[:split].min()), float(truth[:split].max())
            middle = float(np.average(truth[:split], weights=weights[:split]))
            spread = float(np.sqrt(np.average((truth[:split] - middle) ** 2, weights=weights[:split]))) or 1.0
            truth = (truth - middle) / spread
        outputs = 1 if numeric else len(goal.classes)
        arrays = _net.trained(_net.Lesson(matrix, inputs.numbers, truth, weights, split, outputs, numeric))
        return MlpModel(self.name, columns, goal.task, inputs, arrays, background, middle, spread, low, high)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> MlpModel:
        """Reads what `MlpModel.save` wrote; torch is not needed."""
        with np.load(folder / "mlp.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        background = arrays.pop("background")
        numbers = {name: float(card[name]) for name in ("middle", "spread", "low", "high")}
        return MlpModel(Mlp.name, tuple(card["columns"]), card["task"], Inputs.from_json(card["inputs"]), arrays, background, **numbers)
