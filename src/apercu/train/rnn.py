"""Nets that read series moment by moment: LSTM, GRU and 1-D CNN, of which the one that held-out rows like best is kept.

    study = apercu.run("signals.parquet", "state", learners=("rnn",))     # by name only

Over the series that were measured, random kernels (`rocket`) are right more often and a hundred times quicker, so these are never tried unasked. Each
list column is a channel, numbers and categories stand beside what is read of them. Trained with torch (the extra `deep`, see `_recurrent`), kept as
plain arrays and asked with NumPy alone, so a study that has one opens where torch is not. Contributions are Shapley values against the mean series,
along a few paths of columns and back (Castro et al. 2009): estimates, whose sum with the base is the prediction exactly; what the length of a series
says is shared by its channels. What it does *not* do: series of more than LONGEST moments as they are (even stretches are averaged), prose, pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from . import _recurrent
from ._columns import weights_of
from ._inputs import Inputs
from ._sequences import Channels, sequences_of
from ._stacked import stacked
from ._target import Scale, told

__all__ = ["Rnn", "RnnModel"]

LONGEST: Final = 160  # moments of a series; longer ones are averaged in stretches
MOST: Final = 20_000  # rows of a fit, the first
FEW: Final = 20  # watched rows below which some of the others are watched instead
HELD: Final = 6  # then one row in so many
PATHS: Final = 2  # of columns, and back


@dataclass(frozen=True)
class RnnModel:
    """kind of net and its arrays; middle, spread, low, high: of a number that is scaled back and kept within its range."""

    name: str
    columns: tuple[str, ...]
    task: str
    kind: str
    channels: Channels
    inputs: Inputs
    arrays: dict[str, np.ndarray]
    middle: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(_read(self.channels, self.inputs, rows)), self.task, Scale())

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns change from the mean series to this row's, on average over the paths."""
        values, lengths, inputs = _read(self.channels, self.inputs, rows)
        sources, c = self.inputs.sources, len(self.channels.names)
        plain = np.zeros((1, *values.shape[1:2], self.channels.usual)), np.array([self.channels.usual]), np.zeros((1, inputs.shape[1]))
        base = self._asked(plain)[0]
        start = self._asked((np.zeros_like(values), lengths, np.zeros_like(inputs)))
        players = [self.columns.index(name) for name in (*self.channels.names, *(part.name for part in self.inputs.parts))]
        parts = np.zeros((rows.n, len(self.columns), len(base)))
        paths = np.random.default_rng(1).permuted(np.tile(np.arange(len(players)), (PATHS, 1)), axis=1)
        for path in paths if players else ():
            for way in (path, path[::-1]):
                series, beside, before = np.zeros_like(values), np.zeros_like(inputs), start
                for player in way:
                    if player < c:
                        series[:, player] = values[:, player]
                    else:
                        beside[:, sources == player - c] = inputs[:, sources == player - c]
                    now = self._asked((series, lengths, beside))
                    parts[:, players[player]] += (now - before) / (2 * PATHS)
                    before = now
        for name in self.channels.names:
            parts[:, self.columns.index(name)] += (start - base) / c
        return parts, base

    def _asked(self, given: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several."""
        made = _recurrent.answered(self.kind, self.arrays, given)
        if self.task == "numeric":
            return np.clip(self.middle + self.spread * made, self.low, self.high)
        return made[:, 1:] - made[:, :1] if self.task == "binary" else made

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `rnn.npz` and returns the rest as JSON."""
        np.savez_compressed(folder / "rnn.npz", allow_pickle=False, **self.arrays)
        numbers = {name: getattr(self, name) for name in ("middle", "spread", "low", "high")}
        kept = {"kind": self.kind, "channels": self.channels.to_json(), "inputs": self.inputs.to_json()}
        return {"columns": list(self.columns), "task": self.task, **kept, **numbers}


def _read(channels: Channels, inputs: Inputs, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(values (n, c, longest), lengths (n,), inputs (n, D)); without a channel, one of zeros."""
    values, lengths = channels.arrays(rows)
    return (values if channels.names else np.zeros((rows.n, 1, 1), dtype=np.float32)), lengths, inputs.matrix(rows)


@dataclass(frozen=True)
class Rnn:
    """The learner. kinds: nets that are tried. Its randomness comes from one fixed seed, and it trains on one thread."""

    name: ClassVar[str] = "rnn"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "recurrent net", "zh": "循环神经网络"}
    media: ClassVar[tuple[str, ...]] = ("list",)
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")

    kinds: tuple[str, ...] = _recurrent.KINDS

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None: it is fitted where it is asked for by name."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> RnnModel:
        """Trains each kind of net on `rows` while `watch` looks on. Raises WordsError where torch is absent."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        rows = rows.take(np.arange(min(rows.n, MOST)))
        names = sequences_of(rows, (goal.target, goal.weight))
        channels = _shortened(Channels.fit(rows, names))
        inputs = Inputs.fit(rows, [name for name in columns if name not in names and rows.storage(name) != "bytes"])
        seen = stacked(rows, watch)
        watched = np.arange(seen.n) >= rows.n if watch.n >= FEW else np.arange(seen.n) % HELD == HELD - 1
        truth = goal.coded(seen)
        weights = np.ones(seen.n) if (w := weights_of(seen, goal)) is None else w
        numeric = goal.task == "numeric"
        middle, spread, low, high = 0.0, 1.0, 0.0, 0.0
        if numeric:
            low, high = float(truth[~watched].min()), float(truth[~watched].max())
            middle, spread = float(truth[~watched].mean()), float(truth[~watched].std()) or 1.0
            truth = (truth - middle) / spread
        lesson = _recurrent.Lesson(*_read(channels, inputs, seen), truth, weights, watched, 1 if numeric else len(goal.classes), numeric)
        tried = [(*_recurrent.trained(kind, lesson), kind) for kind in self.kinds]
        arrays, _, kind = min(tried, key=lambda one: one[1])
        return RnnModel(self.name, columns, goal.task, kind, channels, inputs, arrays, middle, spread, low, high)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> RnnModel:
        """Reads what `RnnModel.save` wrote; torch is not needed."""
        with np.load(folder / "rnn.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        numbers = {name: float(card[name]) for name in ("middle", "spread", "low", "high")}
        channels, inputs = Channels.from_json(card["channels"]), Inputs.from_json(card["inputs"])
        return RnnModel(Rnn.name, tuple(card["columns"]), card["task"], card["kind"], channels, inputs, arrays, **numbers)


def _shortened(channels: Channels) -> Channels:
    """The same channels, averaged in stretches where series are usually longer than LONGEST."""
    times = -(-channels.usual // LONGEST)
    return replace(channels, step=channels.step * times, usual=-(-channels.usual // times))
