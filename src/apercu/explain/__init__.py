"""Explain: a model becomes an Explanation: which columns move its predictions, by how much, in what shape, and together with what.

    explain.run(model, split).effects[0]       # the column that moves predictions most
    explain.row(model, rows, 0)                # the reasons behind one prediction, the strongest first
    explain.nearest(model, split, rows, 0)     # the rows of the table that the model treats most like it

Contributions are exact sums (see core/model): for a linear model coefficient times distance from the mean, for trees TreeSHAP. They describe the
model, not the world: of two columns that tell the same, a model may use either. So other methods, which ask the model about changed rows, stand
beside them (curves, shuffling, pairs), with a small tree that imitates it and rows that are typical; where the methods disagree, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.explanation import Explanation, Highlight, Reason
from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.split import Split

if TYPE_CHECKING:
    from .cases import Case

__all__ = ["Options", "highlight", "nearest", "row", "run"]


@dataclass(frozen=True)
class Options:
    """How much is explained."""

    rows: int = option(2_000, "rows that effects are measured on at most, the first by hash", legal=(50, 1e7), unit="rows")
    columns: int = option(50, "columns that are told at most, the largest effects first", legal=(1, 10_000))
    resamples: int = option(200, "bootstrap resamples behind an effect's interval", legal=(50, 10_000))
    asked: int = option(400, "rows that the model is asked about with changed values; 0: none", legal=(0, 1e6), unit="rows")
    curves: int = option(8, "columns whose curve is drawn, the largest effects first", legal=(0, 10_000))
    shuffled: int = option(20, "columns that are shuffled, the largest effects first", legal=(0, 10_000))
    repeats: int = option(1, "times that each column is shuffled", legal=(1, 1_000))


def run(model: CrossFitted, split: Split, options: Options | None = None) -> Explanation:
    """The explanation of a model, measured out of fold, the largest effects first."""
    from . import _whole

    return _whole.explained(model, split, options or Options())


def row(model: CrossFitted, rows: Rows, index: int) -> list[Reason]:
    """The columns' parts in the prediction of row `index` of `rows`, the strongest first. Raises IndexError for a row that is not there."""
    from . import reasons

    return reasons.reasons(model, rows, index)


def highlight(model: CrossFitted, rows: Rows, index: int, column: str) -> Highlight | None:
    """Which parts of a picture, text or sequence the prediction of row `index` comes from; None of an empty cell. Raises IndexError, UnknownName."""
    from . import highlights

    return highlights.highlighted(model, rows, index, column)


def nearest(model: CrossFitted, split: Split, rows: Rows, index: int, most: int = 5) -> list[Case]:
    """The rows of the table that the model treats most like row `index` of `rows`, the nearest first. Raises IndexError as `row` does."""
    from . import cases

    return cases.nearest(model, split, rows, index, most)
