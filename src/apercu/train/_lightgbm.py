"""What every booster that LightGBM grows here is told: to be the same again, how shallow trees are grown, and what is learned.

lgb.train({**STEADY, **SHALLOW, **objective(goal)}, data)
"""

from __future__ import annotations

from typing import Any, Final

from ..core.goal import Goal

__all__ = ["SHALLOW", "STEADY", "objective"]

STEADY: Final[dict[str, Any]] = {  # one seed and one thread: the same rows give the same trees
    "bagging_freq": 1, "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip
SHALLOW: Final[dict[str, Any]] = {
    "learning_rate": 0.05, "num_leaves": 8, "bagging_fraction": 0.8, "feature_fraction": 0.8, "lambda_l2": 5.0,
}  # fmt: skip


def objective(goal: Goal) -> dict[str, Any]:
    """The loss of a goal: log loss, or squared error.

    >>> objective(Goal("y", "multiclass", ("a", "b", "c")))
    {'objective': 'multiclass', 'num_class': 3}
    """
    if goal.task == "multiclass":
        return {"objective": "multiclass", "num_class": len(goal.classes)}
    return {"objective": "binary" if goal.task == "binary" else "regression"}
