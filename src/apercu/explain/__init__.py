"""Explain: a model becomes an Explanation: which columns move its predictions, by how much, and in what shape.

    explain.run(model, split).effects[0]       # the column that moves predictions most
    explain.row(model, rows, 0)                # the reasons behind one prediction, the strongest first

Contributions are exact sums (see core/model): for a linear model coefficient times distance from the mean, for trees TreeSHAP. They describe the
model, not the world: of two columns that tell the same, a model may use either.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.explanation import Explanation, Reason
from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.split import Split

__all__ = ["Options", "row", "run"]


@dataclass(frozen=True)
class Options:
    """How much is explained."""

    rows: int = option(2_000, "rows that effects are measured on at most, the first by hash", legal=(50, 1e7), unit="rows")
    columns: int = option(50, "columns that are told at most, the largest effects first", legal=(1, 10_000))
    resamples: int = option(200, "bootstrap resamples behind an effect's interval", legal=(50, 10_000))


def run(model: CrossFitted, split: Split, options: Options | None = None) -> Explanation:
    """The effects of a model, the largest first, measured out of fold."""
    from . import effects

    return effects.explained(model, split, options or Options())


def row(model: CrossFitted, rows: Rows, index: int) -> list[Reason]:
    """The columns' parts in the prediction of row `index` of `rows`, the strongest first. Raises IndexError for a row that is not there."""
    from . import reasons

    return reasons.reasons(model, rows, index)
