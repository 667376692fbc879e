"""Evaluate: a model becomes Scores with intervals, and the curves that a person looks at.

    scores, curves = evaluate.run(models, split)       # out of fold
    evaluate.score(models[0], rows)                    # on rows that came later

Every score is measured on predictions of rows that the predicting model never saw. Intervals are bootstraps over rows, or over whole blocks
where rows come in blocks, with the predictions held fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.score import Curve, Score
from ..core.split import Split

__all__ = ["Options", "run", "score"]


@dataclass(frozen=True)
class Options:
    """How precisely scores are measured."""

    resamples: int = option(400, "bootstrap resamples behind every interval", legal=(50, 10_000))
    points: int = option(100, "points of a curve at most", legal=(10, 10_000))


def run(models: Sequence[CrossFitted], split: Split, options: Options | None = None) -> tuple[list[Score], list[Curve]]:
    """(scores of every model and of the baseline, the best against the second; curves of the best). `models` are best first."""
    from . import compare, curves

    options = options or Options()
    return compare.compared(models, split, options.resamples), curves.drawn(models[0], split, options.points)


def score(model: CrossFitted, rows: Rows, where: str = "test file", options: Options | None = None) -> list[Score]:
    """Scores of a model on rows with a known target, such as a test file. Raises EmptyTable where no row has one."""
    from . import compare

    return compare.scored(model, rows, where, (options or Options()).resamples)
