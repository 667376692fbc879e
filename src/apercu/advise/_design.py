"""Columns as numbers for linear learners: numbers clipped and scaled, levels as 0/1, gaps with a column of their own.

    design = Design.of(rows, ("age", "plan"))     # what is learned of the columns: scales, levels, means
    design.matrix(rows)                           # (n, d)

Levels of fewer than FEW rows share one column, and so do levels that were never seen; moments and media are left out.
What it does not do: interactions, texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.rows import Rows

__all__ = ["Design"]

FEW: Final = 20  # rows of a level
LEVELS: Final = 30  # of one column, the most frequent
ENDS: Final = (0.005, 0.995)  # quantiles beyond which numbers are cut


@dataclass(frozen=True)
class Design:
    """numbers: (name, low, high, mean, deviation, has gaps) each; levels: (name, levels with a column of their own)."""

    numbers: tuple[tuple[str, float, float, float, float, bool], ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]

    @staticmethod
    def of(rows: Rows, names: Sequence[str]) -> Design:
        """What the columns of these rows are like."""
        numbers, levels = [], []
        for name in names:
            if rows.storage(name) == "number":
                x = rows[name]
                known = x[np.isfinite(x)]
                if not len(known) or known.min() == known.max():
                    continue
                low, high = np.quantile(known, ENDS)
                low, high = (low, high) if low < high else (known.min(), known.max())
                cut = np.clip(known, low, high)
                numbers.append((name, float(low), float(high), float(cut.mean()), float(cut.std()) or 1.0, bool(len(known) < len(x))))
            elif rows.storage(name) == "text":
                column = rows.coded(name)
                counts = column.counts()
                often = [i for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] >= FEW]
                if often:
                    levels.append((name, tuple(column.levels[i] for i in often)))
        return Design(tuple(numbers), tuple(levels))

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, d) float64 without gaps."""
        made: list[np.ndarray] = []
        for name, low, high, mean, deviation, gaps in self.numbers:
            x = rows[name]
            gone = ~np.isfinite(x)
            made.append((np.clip(np.where(gone, mean, x), low, high) - mean) / deviation)
            if gaps:
                made.append(gone.astype(np.float64))
        for name, kept in self.levels:
            column = rows.coded(name)
            place = {level: i for i, level in enumerate(kept)}
            codes = np.array([*(place.get(level, -1) for level in column.levels), -1])[column.codes]
            made += [(codes == i).astype(np.float64) for i in range(len(kept))]
        return np.column_stack(made) if made else np.zeros((rows.n, 0))
