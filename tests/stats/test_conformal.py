"""The conformal quantile holds its share on rows to come."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.conformal import reach


def test_by_hand():
    scores = np.arange(1.0, 10.0)  # nine scores: ceil(10 * 0.9) = the ninth
    assert reach(scores, 0.9) == 9.0 and reach(scores, 0.5) == 5.0 and reach(scores, 0.95) == 9.0
    assert reach(np.zeros(0), 0.9) == 0.0


def test_weights_count_as_copies():
    scores, times = np.array([3.0, 1.0, 2.0, 5.0]), np.array([2.0, 3.0, 1.0, 4.0])
    assert reach(scores, 0.6, times) == reach(np.repeat(scores, times.astype(int)), 0.6)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
def test_it_holds_on_the_next_row(coverage):
    rng = np.random.default_rng(1)
    drawn = rng.standard_t(3, size=(4_000, 31)) ** 2
    inside = np.mean([row[-1] <= reach(row[:-1], coverage) for row in drawn])
    assert coverage - 0.02 < inside < coverage + 1 / 31 + 0.02
