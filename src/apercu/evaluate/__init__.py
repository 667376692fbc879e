"""Evaluate: a model becomes Scores with intervals, and the curves that a person looks at.

    scores, curves = evaluate.run(models, split)       # out of fold
    evaluate.tested(models, rows, split)               # on rows that came later
    evaluate.learned(fit, models[0], split)            # would more rows help? (on request: further fits)
    evaluate.balanced(split, fit)                      # would balancing a rare class pay? (on request: further fits)

Every score is measured on predictions of rows that the predicting model never saw. Intervals are bootstraps over rows, or over whole blocks
where rows come in blocks, with the predictions held fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.score import Curve, Score
from ..core.split import Split

if TYPE_CHECKING:
    from .imbalance import Balance

__all__ = ["Options", "balanced", "learned", "run", "score", "tested"]


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


def tested(models: Sequence[CrossFitted], rows: Rows, split: Split, options: Options | None = None) -> list[Score]:
    """Scores of every model and of the baseline on rows with a known target, such as a test file, and the differences of the best and the others.

    The baseline is that of the rows that were learned from. Raises EmptyTable where no row has a target.
    """
    from . import compare

    return compare.tested(models, rows, split, "test file", (options or Options()).resamples)


def learned(fit: Callable[[int], CrossFitted], model: CrossFitted, split: Split, options: Options | None = None) -> tuple[Curve, list[Score]]:
    """Would more rows help? The curve of a model's family over rows, and the differences of all rows and each part.

    fit: gives the same family cross-fitted on at most so many rows; it is asked three times, for an eighth, a quarter and a half of them.
    """
    from . import learning

    return learning.learned(fit, model, split, resamples=(options or Options()).resamples)


def balanced(split: Split, fit: Callable[[Split], CrossFitted], options: Options | None = None) -> Balance:
    """Would balancing a rare class pay? Class weights, under-sampling and SMOTE beside rows as they are, out of fold; see imbalance.

    fit: gives the same family cross-fitted on a split; it is asked four times. Raises WordsError where the target has not two classes.
    """
    from . import imbalance

    return imbalance.balanced(split, fit, (options or Options()).resamples)
