"""The blend: weights go to the member that ranks what came later, not to noise."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._blend import Case, _climbed, judged, kept_out, standard
from apercu.train._interactions import Interactions
from apercu.train._members import fitted


def test_standard_heeds_what_is_free_only():
    scores, barred = np.array([[1.0, 2.0, 3.0, 100.0], [5.0, 5.0, 5.0, 5.0]]), np.array([[False] * 3 + [True], [False] * 4])
    made, mean, spread = standard(scores, barred)
    assert mean[0, 0] == 2.0 and spread[0, 0] == pytest.approx(np.sqrt(2 / 3)) and made[0, :3].mean() == pytest.approx(0)
    assert (made[1] == 0).all() and spread[1, 0] == 1.0


def test_weights_go_to_what_ranks():
    drawn = np.random.default_rng(0)
    hits = drawn.random((200, 60)) < 0.05
    hits[:, 0] = True
    good = hits + drawn.normal(size=hits.shape)
    also = hits + drawn.normal(size=hits.shape)
    scores = np.stack([drawn.normal(size=hits.shape), good, also], axis=-1).astype(np.float32)
    weights = _climbed(scores, hits, hits.sum(axis=1), np.ones(200))
    assert weights.sum() == pytest.approx(1) and weights[0] < 0.2 and weights[1] > 0.25 and weights[2] > 0.25


def test_what_was_known_is_not_wanted_again():
    rows = Rows.of({"a": ["x", "x", "x", "y", "y"], "b": ["p", "q", "r", "p", "q"], "t": [1.0, 2.0, 3.0, 1.0, 2.0]})
    taken = Interactions.of(rows, "a", "b", rating=None, time="t")
    case, able = kept_out(taken, np.array([True, True, False, True, False]), np.array([False, False, True, False, True]), None)
    assert able.tolist() == [0, 1] and case.wanted.tolist() == [[False, False, True], [False, True, False]]
    assert case.barred.tolist() == [[True, True, False], [True, False, False]]


def test_a_perfect_member_has_the_full_gain():
    rows = Rows.of({"a": ["x", "x", "y", "y", "z", "z", "z"], "b": ["p", "q", "p", "q", "p", "q", "r"]})
    taken = Interactions.of(rows, "a", "b", rating=None, time=None)
    view = taken.histories().of(np.array([0]))
    case = Case(view, np.array([[False, True, False]]), np.array([[True, False, False]]), None)
    assert judged(fitted("popular", {}, taken, None, None)(np.inf), case) == pytest.approx(1.0)
