"""Distillation: one small model that imitates the best one, for serving (Bucila, Caruana & Niculescu-Mizil 2006; Hinton et al. 2015).

A booster is fitted to the best model's out-of-fold predictions instead of the target: the number itself, or each row once per class with its
probability as the weight. Its own loss is measured against the true target, out of fold; the teacher of a row was fitted on rows of the student's
held-out fold, so that loss is a touch too good.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..core.model import CrossFitted, Member
from ..core.rows import Coded, Rows
from . import Options
from ._cross import Clock, Part, Table, crossed, joined
from .boosting import Boosting

__all__ = ["distilled"]

NAME: Final = "distilled"
WEIGHT: Final = "_weight"
LEAST: Final = 0.005  # probability from which a row stands for a class


def distilled(best: CrossFitted, table: Table, options: Options) -> CrossFitted:
    """The small model of the best one, named `distilled`, with its own loss."""
    goal = table.goal if table.goal.task == "numeric" else replace(table.goal, weight=WEIGHT)
    parts = tuple(_softened(part, table, best) for part in table.parts)
    models = crossed(Member(NAME, Boosting(), 0), table._replace(parts=parts, goal=goal), Clock(None, table.k), always=True)
    assert models is not None
    return joined(NAME, models, table, calibrate=options.calibrate)


def _softened(part: Part, table: Table, best: CrossFitted) -> Part:
    """The part with the teacher's word in place of the target."""
    return part._replace(inner=_taught(part.inner, part.inner_at, table, best), watch=_taught(part.watch, part.watch_at, table, best))


def _taught(rows: Rows, at: np.ndarray, table: Table, best: CrossFitted) -> Rows:
    said, target = best.out_of_fold[at], table.goal.target
    if said.ndim == 1:
        return rows.plus({target: said})
    weight = np.ones(rows.n) if table.weights is None else table.weights[at]
    row, level = np.nonzero(said >= LEAST)
    order = np.lexsort((level, row))
    row, level = row[order], level[order]
    names = tuple(sorted(table.goal.classes))
    place = np.array([names.index(name) for name in table.goal.classes], dtype=np.int32)
    return rows.take(row).plus({target: Coded(place[level], names), WEIGHT: said[row, level] * weight[row]})
