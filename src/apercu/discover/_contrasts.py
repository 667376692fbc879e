"""Contrasts: the two-sided questions that a column may be asked, fixed before any outcome is looked at, so that they can be counted.

A category of few levels: each level against all others (of two levels one). A number: the cut nearest to its middle. What it does not do:
choose cuts or windows by what they show; that is `segment`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.codes import Codes
from ..core.condition import Term

__all__ = ["contrasts", "rest"]

LEVELS: Final = 10  # most levels of a category that are set against the others


def contrasts(codes: Codes, usable: np.ndarray) -> list[int]:
    """The items of the usable columns (d,) bool that are compared with the rest of their column."""
    return [item for j in np.flatnonzero(usable) for item in _of(codes, int(j))]


def _of(codes: Codes, j: int) -> list[int]:
    """The items of a column that are compared: each level, one of two; of a number the cut nearest to the middle."""
    items = range(int(codes.starts[j]), int(codes.starts[j + 1]))
    present = codes.codes[j] < codes.levels[j] - 1
    if codes.ordered[j]:
        upper = [i for i in items if codes.low[i] > 0 and codes.high[i] == codes.levels[j] - 2]
        shares = {i: np.count_nonzero(codes.holds(i)) / max(np.count_nonzero(present), 1) for i in upper}
        return sorted(upper, key=lambda i: (abs(shares[i] - 0.5), i))[:1]
    levels = [i for i in items if codes.terms[i].op == "is"]
    if len(levels) > LEVELS:
        return []
    halves = len(levels) == 2 and not (present & ~codes.holds(levels[0]) & ~codes.holds(levels[1])).any()
    return levels[:1] if halves else levels


def rest(codes: Codes, item: int) -> Term:
    """What is compared with an item: the other level of two, the other side of a cut, every other level."""
    term, j = codes.terms[item], codes.column_of(item)
    if term.op == ">":
        return Term(term.expression, "<=", term.value)
    present = codes.codes[j] < codes.levels[j] - 1
    others = [i for i in range(int(codes.starts[j]), int(codes.starts[j + 1])) if i != item and codes.terms[i].op == "is"]
    alone = len(others) == 1 and not (present & ~codes.holds(item) & ~codes.holds(others[0])).any()
    return codes.terms[others[0]] if alone else Term(term.expression, "is not", term.value)
