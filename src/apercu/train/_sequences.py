"""Columns of sequences as arrays: the list columns of a row are the channels of one series, of any length.

    channels = Channels.fit(rows, ("x", "y"))
    values, lengths = channels.arrays(rows)     # (n, 2, longest) float32, zero behind each row's own length; (n,) int

A missing value within a sequence is interpolated, at its ends the nearest stands in; a missing sequence is the channel's mean throughout. Channels
of one row that differ in length are stretched to the longest of them, since they tell of the same stretch of time. Each channel is moved and scaled
by mean and deviation of the training rows, so that levels stay comparable between rows. A series longer than LONGEST is averaged stretch by stretch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..core.rows import Rows

__all__ = ["Channels", "SUMMARIES", "changes", "filled", "sequences_of", "summaries"]

LONGEST: Final = 4_096  # moments of a series that are looked at
EDGE: Final = 1e6  # deviations beyond which a value is cut
SUMMARIES: Final = ("mean", "spread", "lowest", "highest", "first", "last", "slope", "end")  # of one channel; see `summaries`
END: Final = 5  # share of a series, one part in so many, that is its end


def sequences_of(rows: Rows, goal_names: Sequence[str | None]) -> tuple[str, ...]:
    """The list columns of the rows, but those named."""
    return tuple(name for name in rows if name not in goal_names and not name.startswith("_") and rows.storage(name) == "list")


def filled(sequence: np.ndarray | None) -> np.ndarray | None:
    """(length,) the sequence with gaps interpolated and ends carried on; None where it holds no number at all.

    >>> filled(np.array([np.nan, 1.0, np.nan, 3.0]))
    array([1., 1., 2., 3.])
    """
    if sequence is None or not len(sequence):
        return None
    known = np.isfinite(sequence)
    if known.all():
        return sequence
    if not known.any():
        return None
    places = np.arange(len(sequence))
    return np.interp(places, places[known], sequence[known])


@dataclass(frozen=True)
class Channels:
    """names (c,); middle, scale (c,) of the training rows' values; step: values that are averaged into one; usual: length that is usual (moments)."""

    names: tuple[str, ...]
    middle: tuple[float, ...]
    scale: tuple[float, ...]
    step: int
    usual: int

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Channels:
        """Means and deviations over all values of all rows."""
        middle, scale, longest, sizes = [], [], 1, np.ones(rows.n)
        for name in names:
            present = [s for s in map(filled, rows.packed(name)) if s is not None]
            every = np.concatenate(present) if present else np.zeros(1)
            middle.append(float(every.mean()))
            scale.append(float(every.std()) or 1.0)
            own = np.array([0 if s is None else len(s) for s in rows.packed(name)], dtype=np.int64)
            longest, sizes = max(longest, int(own.max(initial=0))), np.maximum(sizes, own)
        step = -(-longest // LONGEST)
        usual = int(np.quantile(sizes, 0.9)) if rows.n else 1
        return Channels(tuple(names), tuple(middle), tuple(scale), step, max(1, usual // step))

    def arrays(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, c, longest) float32 scaled values, zero behind each row's length; (n,) int lengths of at least one)."""
        series = [[filled(s) for s in rows.packed(name)] for name in self.names]
        lengths = np.ones(rows.n, dtype=np.int64)
        for own in series:
            lengths = np.maximum(lengths, [1 if s is None else -(-len(s) // self.step) for s in own]) if own else lengths
        values = np.zeros((rows.n, len(self.names), int(lengths.max(initial=1))), dtype=np.float32)
        for c, (own, middle, scale) in enumerate(zip(series, self.middle, self.scale, strict=True)):
            for row, sequence in enumerate(own):
                if sequence is not None:
                    fitted = _stretched(_thinned(sequence, self.step), int(lengths[row]))
                    values[row, c, : lengths[row]] = np.clip((fitted - middle) / scale, -EDGE, EDGE)
        return values, lengths

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {name: list(v) if isinstance(v := getattr(self, name), tuple) else v for name in self.__dataclass_fields__}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Channels:
        """Reads what `to_json` wrote."""
        return Channels(tuple(tree["names"]), tuple(tree["middle"]), tuple(tree["scale"]), int(tree["step"]), int(tree["usual"]))


def changes(values: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(values (n, c, longest), lengths (n,)) of the changes from each moment to the next; a series of one moment does not change."""
    shorter = np.maximum(lengths - 1, 1)
    made = np.zeros_like(values)
    made[:, :, :-1] = values[:, :, 1:] - values[:, :, :-1]
    made *= (np.arange(values.shape[2]) < (lengths - 1)[:, None])[:, None, :]
    return made, shorter


def summaries(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(n, c * 8): what each channel is about, in the order of SUMMARIES; the slope is over the whole, the end the mean of its last fifth."""
    n, c, longest = values.shape
    if not c:
        return np.zeros((n, 0))
    places = np.arange(longest)[None, None, :]
    real = places < lengths[:, None, None]
    many = lengths[:, None].astype(np.float64)
    mean = values.sum(axis=2, dtype=np.float64) / many
    spread = np.sqrt(np.maximum((values.astype(np.float64) ** 2).sum(axis=2) / many - mean**2, 0.0))
    lowest = np.where(real, values, np.inf).min(axis=2)
    highest = np.where(real, values, -np.inf).max(axis=2)
    last = np.take_along_axis(values, np.broadcast_to((lengths - 1)[:, None, None], (n, c, 1)), axis=2)[:, :, 0]
    time = np.where(real, (places - (lengths[:, None, None] - 1) / 2) / lengths[:, None, None], 0.0)
    slope = (values * time).sum(axis=2) / np.maximum((time**2).sum(axis=2), 1e-9)
    late = real & (places >= (lengths - np.maximum(lengths // END, 1))[:, None, None])
    end = (values * late).sum(axis=2) / late.sum(axis=2)
    return np.stack([mean, spread, lowest, highest, values[:, :, 0], last, slope, end], axis=2).reshape(n, c * len(SUMMARIES))


def _thinned(sequence: np.ndarray, step: int) -> np.ndarray:
    if step == 1:
        return sequence
    starts = np.arange(0, len(sequence), step)
    return np.add.reduceat(sequence, starts) / np.diff(starts, append=len(sequence))


def _stretched(sequence: np.ndarray, length: int) -> np.ndarray:
    if len(sequence) == length:
        return sequence
    return np.interp(np.linspace(0.0, len(sequence) - 1.0, length), np.arange(len(sequence)), sequence)
