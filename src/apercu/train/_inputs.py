"""Columns as a neural net wants them: numbers robustly scaled and softly clipped, levels as columns of 0 and 1 (Holzmüller et al. 2024).

A number is moved by its median and scaled by its quartiles (by half of its range where these meet), then x / sqrt(1 + (x / 3)^2) keeps outliers
within -3..3 without making them equal; what is missing is the median, with a column that says so where that is frequent. Prose is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..core.rows import Rows
from ._columns import numbers_of
from ._encode import MISSED, Levels, from_json, is_prose

__all__ = ["Inputs", "Scaled"]

CLIP: Final = 3.0


@dataclass(frozen=True)
class Scaled:
    """A number: (x - middle) * factor, softly clipped; and whether it is missing."""

    name: str
    middle: float
    factor: float
    gone: bool

    @staticmethod
    def fit(rows: Rows, name: str) -> Scaled:
        """Median and quartiles of the present values."""
        x = numbers_of(rows, name)
        present = x[~np.isnan(x)]
        if not len(present):
            return Scaled(name, 0.0, 0.0, gone=False)
        low, middle, high = np.quantile(present, (0.25, 0.5, 0.75))
        spread = high - low if high > low else 0.5 * (present.max() - present.min())
        return Scaled(name, float(middle), float(1.0 / spread) if spread > 0 else 0.0, len(x) - len(present) >= MISSED)

    @property
    def width(self) -> int:
        """How many inputs the column becomes."""
        return 1 + self.gone

    def parts(self, rows: Rows) -> np.ndarray:
        """(n, width)."""
        x = numbers_of(rows, self.name)
        gone = np.isnan(x)
        z = np.clip(np.where(gone, 0.0, (x - self.middle) * self.factor), -1e9, 1e9)
        z = z / np.sqrt(1.0 + (z / CLIP) ** 2)
        return np.column_stack([z, gone.astype(np.float64)]) if self.gone else z[:, None]


@dataclass(frozen=True)
class Inputs:
    """The inputs of d columns side by side."""

    parts: tuple[Scaled | Levels, ...]

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Inputs:
        """One part per column that is no prose."""
        kept = [name for name in names if not is_prose(rows, name)]
        return Inputs(tuple(Levels.fit(rows, n) if rows.storage(n) == "text" else Scaled.fit(rows, n) for n in kept))

    @property
    def numbers(self) -> np.ndarray:
        """(numbers,) the places of the inputs that are scaled numbers."""
        starts = np.cumsum([0, *(part.width for part in self.parts)])
        return np.array([s for s, part in zip(starts, self.parts, strict=False) if isinstance(part, Scaled)], dtype=np.int64)

    @property
    def sources(self) -> np.ndarray:
        """(D,) the part that each input belongs to."""
        return np.repeat(np.arange(len(self.parts)), [part.width for part in self.parts])

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, D) float64."""
        return np.hstack([part.parts(rows) for part in self.parts]) if self.parts else np.zeros((rows.n, 0))

    def to_json(self) -> list[dict[str, Any]]:
        """The parts."""
        return [part.to_json() if isinstance(part, Levels) else {"part": "scaled", **part.__dict__} for part in self.parts]

    @staticmethod
    def from_json(trees: Sequence[Mapping[str, Any]]) -> Inputs:
        """Reads what `to_json` wrote."""
        parts: list[Scaled | Levels] = []
        for tree in trees:
            fields: dict[str, Any] = {name: value for name, value in tree.items() if name != "part"}
            if tree["part"] == "scaled":
                parts.append(Scaled(**fields))
            elif isinstance(part := from_json(dict(tree)), Levels):
                parts.append(part)
        return Inputs(tuple(parts))
