"""Would more rows help? The best family fitted on a part of the rows, scored on the same rows, out of fold; on request, for it costs further fits.

    curve, scores = learned(fit, model, split)      # fit(3_000) gives the same family cross-fitted on at most 3,000 rows
    scores[-1].say()                                # all rows beats half the rows by 0.006 AUC (95% interval ...)

If the whole beats the half, and by how much, is told as any difference of two models is (see paired), and so is that they cannot be told apart.
What it does *not* do: promise what rows that do not exist yet would bring; the curve is not drawn on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ..core.model import CrossFitted
from ..core.score import Curve, Score
from ..core.split import Split
from .compare import compared

__all__ = ["SHARES", "learned"]

SHARES: Final = (1 / 8, 1 / 4, 1 / 2)
LEAST: Final = 50  # rows; a fit on fewer says nothing


def learned(
    fit: Callable[[int], CrossFitted], model: CrossFitted, split: Split, *, shares: Sequence[float] = SHARES, resamples: int = 400
) -> tuple[Curve, list[Score]]:
    """(the curve: rows, value, low, high of the task's first metric; the scores of each part and the differences of the whole and each part).

    fit: the same family as `model` on at most so many rows. Shares that are less than LEAST rows are left out.
    """
    from dataclasses import replace

    assert split.goal is not None
    known = int((~np.isnan(split.goal.coded(split.rows))).sum())
    sizes = sorted({int(known * share) for share in shares if known * share >= LEAST}, reverse=True)
    parts = [replace(fit(size), name=f"{size:,} rows") for size in sizes]
    scores = compared([replace(model, name=f"{known:,} rows"), *parts], split, resamples)
    first = scores[0].metric
    told = {s.model: s for s in scores if s.metric == first}
    found = [told[f"{size:,} rows"] for size in [*reversed(sizes), known]]
    columns = {"rows": [*reversed(sizes), known], "value": [s.value for s in found], "low": [s.low for s in found], "high": [s.high for s in found]}
    mine = {s.model for s in found}
    return Curve("learning", columns), [s for s in scores if (s.model in mine and s.metric == first) or s.metric.endswith(" difference")]
