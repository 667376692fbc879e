"""The loss of each kind of goal."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.train._lightgbm import SHALLOW, STEADY, objective


@pytest.mark.parametrize(
    ("goal", "width"), [(Goal("y", "numeric"), 1), (Goal("y", "binary", ("a", "b"), "b"), 1), (Goal("y", "multiclass", ("a", "b", "c")), 3)]
)
def test_the_same_rows_give_the_same_trees_of_each_goal(goal, width):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(300, 2)), rng.integers(0, max(2, len(goal.classes)), 300).astype(float)
    grown = [lgb.train({**STEADY, **SHALLOW, **objective(goal)}, lgb.Dataset(x, y, params={"verbosity": -1}), 5) for _ in range(2)]
    assert grown[0].num_model_per_iteration() == width and grown[0].model_to_string() == grown[1].model_to_string()
