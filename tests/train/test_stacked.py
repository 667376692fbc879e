"""Two parts of a table, one below the other."""

from __future__ import annotations

import numpy as np

from apercu.core.rows import Rows
from apercu.train._stacked import stacked


def test_all_kinds_of_columns():
    rows = Rows.of({"x": [1.0, 2.0, 3.0], "plan": ["a", None, "b"], "s": [np.ones(2), None, np.zeros(1)]})
    both = stacked(rows.take(np.array([0, 1])), rows.take(np.array([2])))
    assert both["x"].tolist() == [1.0, 2.0, 3.0] and list(both["plan"]) == ["a", None, "b"]
    assert both.storage("s") == "list" and both.packed("s")[2].tolist() == [0.0]


def test_levels_that_differ():
    both = stacked(Rows.of({"plan": ["a"]}), Rows.of({"plan": ["z"]}))
    assert list(both["plan"]) == ["a", "z"] and both.coded("plan").levels == ("a", "z")
