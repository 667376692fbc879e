"""Scores of lists: against means written out, and coverage counted."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._blend import Case, Plan
from apercu.train._interactions import Interactions
from apercu.train._members import fitted
from apercu.train._ranked import BLEND, measured


def test_scores_of_a_blend_and_its_members():
    drawn = np.random.default_rng(0)
    rows = Rows.of({"a": drawn.integers(0, 60, 900), "b": drawn.integers(0, 50, 900)})
    taken = Interactions.of(rows, "a", "b", rating=None, time=None)
    members = [fitted(f, s, taken, None, None)(np.inf) for f, s in (("popular", {}), ("ridge", {"ridge": 100.0}))]
    view = taken.histories()
    wanted = drawn.random(view.weights.shape) < 0.1
    wanted[:, 0] = True
    case = Case(view, wanted, np.zeros_like(wanted), None)
    scores = measured(members, Plan({}, {"popular": 1.0, "ridge": 0.0}, {}), case, "chance", 100)
    found = {(s.model, s.metric): s for s in scores}
    assert found[BLEND, "ndcg@10"].value == found["popular", "ndcg@10"].value
    assert found[f"{BLEND} − popular", "ndcg@10 difference"].value == 0.0
    assert found["popular", "coverage@10"].value == pytest.approx(10 / 50)
    assert all(s.low <= s.value + 1e-12 and s.value <= s.high + 1e-12 and s.n == 60 for s in scores)
