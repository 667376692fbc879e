"""What the student is taught: the teacher's probabilities as weights, the teacher's numbers as the target."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train._distil import WEIGHT, _taught


def test_probabilities_become_weights():
    goal = Goal("y", "multiclass", ("b", "a", "c"), "a")
    rows = Rows.of({"x": [1.0, 2.0], "y": ["a", "b"]})
    best = SimpleNamespace(out_of_fold=np.array([[0.0, 1.0, 0.0], [0.9, 0.1, 0.0], [0.2, 0.3, 0.5]]))
    told = _taught(rows, np.array([1, 2]), SimpleNamespace(goal=goal, weights=None), best)
    assert told["x"].tolist() == [1.0, 1.0, 2.0, 2.0, 2.0] and told["y"].tolist() == ["b", "a", "b", "a", "c"]
    assert told[WEIGHT].tolist() == [0.9, 0.1, 0.2, 0.3, 0.5] and goal.coded(told).tolist() == [0, 1, 0, 1, 2]


def test_numbers_become_the_target():
    rows = Rows.of({"x": [1.0, 2.0], "y": [5.0, 6.0]})
    table = SimpleNamespace(goal=Goal("y", "numeric"), weights=None)
    assert _taught(rows, np.array([2, 0]), table, SimpleNamespace(out_of_fold=np.array([7.0, 8.0, 9.0])))["y"].tolist() == [9.0, 7.0]
