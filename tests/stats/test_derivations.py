"""A pass along derivations: what rests on something gone is gone; weights are the least times the factor."""

from __future__ import annotations

import numpy as np

from apercu.stats.derivations import standing


def test_facts_stand_as_long_as_their_premises():
    premises = np.array([[0, -1], [2, 1], [3, 0]], np.int32)  # facts 2, 3, 4
    factor = np.array([1.0, 0.5, 1.0], np.float32)
    stated, weight = np.array([True, True]), np.array([0.8, 0.6], np.float32)
    stands, sure = standing(premises, factor, stated, weight)
    assert stands.all() and np.allclose(sure, [0.8, 0.6, 0.8, 0.3, 0.3])
    stands, _ = standing(premises, factor, np.array([True, False]), weight)
    assert stands.tolist() == [True, False, True, False, False]


def test_nothing_inferred():
    stands, sure = standing(np.empty((0, 2), np.int32), np.empty(0, np.float32), np.array([True]), np.array([1.0], np.float32))
    assert (stands.tolist(), sure.tolist()) == ([True], [1.0])
