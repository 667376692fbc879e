"""Known directions: what an expert says of a column ("churn falls with tenure") is obeyed by every model that is tried.

    Goal(..., monotone=(("tenure", -1),))     # no prediction of churn may rise where tenure alone rises

Boosted trees obey by constraints on their splits (LightGBM, XGBoost), the glass box by curves that may only rise or fall, the linear model by slopes
of one sign, models of texts since they read no number; members with features made of two columns, and all other families, cannot and are not tried.
A mean of such models in log-odds obeys as well, and so does its calibration. What cannot be obeyed is said: a column of levels has no direction, and
neither has a class of several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from ..core.dataset import Note
from ..core.goal import Goal
from ..core.model import Member, members_of
from ..core.rows import Rows
from ..core.split import Split
from ._columns import usable

__all__ = ["able", "constraints", "directions", "sloped", "told"]

OBEYING: Final = ("boosting", "fused", "glass", "linear", "text", "xgboost")
SAID: Final = {1: {"en": "rises with", "zh": "上升"}, -1: {"en": "falls with", "zh": "下降"}}


def directions(goal: Goal) -> dict[str, int]:
    """{column: 1 or -1}: how the log-odds of the second class, or the number, move with it. None for several classes."""
    if goal.task == "multiclass":
        return {}
    turned = goal.task == "binary" and goal.wanted == goal.classes[0]
    return {name: -way if turned else way for name, way in goal.monotone}


def able(member: Member, goal: Goal) -> bool:
    """Whether a member obeys the directions of a goal; any does where there are none. Outsiders' families say so by `obeys = True`."""
    if not directions(goal):
        return True
    learner: Any = member.learner
    return (learner.name in OBEYING or bool(getattr(learner, "obeys", False))) and not getattr(learner, "made", False)


def constraints(goal: Goal, rows: Rows, sources: Sequence[str], width: int) -> list[int] | None:
    """(width,) the direction of each feature of trees, the first of which stand for the columns `sources`; None where none has any."""
    ways = directions(goal)
    found = [ways.get(name, 0) if name in rows and rows.storage(name) != "text" else 0 for name in sources]
    return [*found, *[0] * (width - len(found))] if any(found) else None


def sloped(coefficients: np.ndarray, knots: int, way: int) -> np.ndarray:
    """(1 + knots,) coefficients of a number and its hinges whose slope between any two knots has the sign of `way` or is nought.

    The slopes are the running sums of the coefficients; those of the wrong sign become nought.
    """
    slopes = np.cumsum(coefficients[: 1 + knots])
    slopes = np.maximum(slopes * way, 0.0) * way
    return np.diff(slopes, prepend=0.0)


def told(split: Split, families: Mapping[str, type[Any]]) -> list[Note]:
    """What of the goal's directions is obeyed, and which of the families that might have been tried were left out for them."""
    goal = split.goal
    if goal is None or not goal.monotone:
        return []
    numbers = {column.name for column in usable(split.data.schema, goal) if column.storage != "text" and column.name in split.rows}
    left = sorted(name for name, family in families.items() if _lost(family, goal, split.rows))
    notes = []
    for name, way in goal.monotone:
        sign = SAID[way]
        if goal.task == "multiclass" or name not in numbers:
            why = (
                ("it has several classes", "它有多个类别")
                if goal.task == "multiclass"
                else ("it is no number that is learned from", "它不是用于学习的数值列")
            )
            en = f"that {goal.target} {sign['en']} {name} cannot be obeyed: {why[0]}"
            zh = f"“{goal.target} 随 {name} {sign['zh']}”无法遵守：{why[1]}"
        else:
            en = f"every model obeys that {goal.target} {sign['en']} {name}; not tried, since they cannot: {', '.join(left)}, and made features"
            zh = f"所有模型都遵守“{goal.target} 随 {name} {sign['zh']}”；无法遵守而未尝试的有：{'、'.join(left)}，以及组合特征"
        notes.append(Note("train", name, {"en": en, "zh": zh}))
    return notes


def _lost(family: type[Any], goal: Goal, rows: Rows) -> bool:
    """Whether a family would have been tried on such rows, were it not for the directions."""
    needs = getattr(family, "needs", None)
    if goal.task not in family.tasks or getattr(family, "media", ()) or (needs is not None and find_spec(needs[0]) is None):
        return False
    members = members_of(family, goal, rows.take(np.flatnonzero(~np.isnan(goal.coded(rows)))))
    return bool(members) and not any(able(member, goal) for member in members)
