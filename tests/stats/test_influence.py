"""Errors of sums whose rows come in clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apercu.stats.influence import design, error


def test_independent_rows_have_the_usual_error():
    x = np.random.default_rng(0).normal(size=400)
    off, freedom = error((x - x.mean()) / 400)
    assert off == pytest.approx(x.std(ddof=1) / 20, rel=1e-3) and freedom == 399


def test_copies_of_a_row_count_once():
    x = np.random.default_rng(1).normal(size=100)
    one, _ = error((x - x.mean()) / 100)
    influence = np.repeat(x - x.mean(), 4) / 400
    four, freedom = error(influence, np.repeat(np.arange(100), 4))
    assert four == pytest.approx(one, rel=1e-6) and freedom == 99
    assert design([influence], np.repeat(np.arange(100), 4)) == pytest.approx(4.0, rel=0.02)


def test_the_larger_error_counts():
    apart = np.tile([1.0, -1.0], 200)  # within each cluster the influences cancel
    assert error(apart, np.repeat(np.arange(200), 2))[0] == pytest.approx(math.sqrt(400), rel=0.01)
    assert design([apart], np.repeat(np.arange(200), 2)) == 1.0 and design([apart]) == 1.0


def test_few_rows_or_clusters_tell_nothing():
    assert error(np.ones(1)) == (math.inf, 1.0)
    assert error(np.ones(60), np.arange(60) % 5)[0] == math.inf and design([np.ones(60)], np.arange(60) % 5) == math.inf
    assert design([np.zeros(60)], np.arange(60)) == 1.0
