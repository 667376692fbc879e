"""The rows of two parts of one table, one below the other."""

from __future__ import annotations

import numpy as np

from ..core.rows import Coded, Packed, Rows, encoded

__all__ = ["stacked"]


def stacked(first: Rows, second: Rows) -> Rows:
    """The rows of both, in the columns of the first; text keeps its levels where both share them, which parts of one table do."""
    made: dict[str, np.ndarray | Coded | Packed] = {}
    for name in first:
        kind = first.storage(name)
        if kind == "text":
            left, right = first.coded(name), second.coded(name)
            same = left.levels is right.levels or left.levels == right.levels
            texts = None if same else np.concatenate([left.text(), right.text()])
            made[name] = Coded(np.concatenate([left.codes, right.codes]), left.levels) if texts is None else encoded(texts)
        elif kind in ("bytes", "list"):
            made[name] = Packed(np.concatenate([first.packed(name), second.packed(name)]), kind)
        else:
            made[name] = np.concatenate([first[name], second[name]])
    return Rows(made, first.n + second.n)
