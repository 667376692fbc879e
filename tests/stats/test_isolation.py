"""Rows that lie apart are left alone soonest; small and odd input is answered."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.isolation import isolated


@pytest.mark.parametrize("slant", [1, 2])
def test_rows_apart_score_highest(slant):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1_000, 4))
    x[:5] += 8.0
    score = isolated(x, x, slant=slant)
    assert set(np.argsort(-score)[:5]) == set(range(5))
    assert 0.3 < np.median(score) < 0.6 and score.max() <= 1.0


def test_it_agrees_with_the_forest_of_scikit_learn():
    from sklearn.ensemble import IsolationForest

    x = np.random.default_rng(1).standard_t(3, (1_500, 5))
    peer = -IsolationForest(random_state=0).fit(x).score_samples(x)
    assert np.corrcoef(peer, isolated(x, x))[0, 1] > 0.95


def test_same_seed_same_scores_and_constant_columns():
    x = np.random.default_rng(2).normal(size=(300, 3))
    x[:, 1] = 4.0
    assert np.array_equal(isolated(x, x, seed=3), isolated(x, x, seed=3)) and not np.array_equal(isolated(x, x, seed=3), isolated(x, x, seed=4))


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 0), (2, 1)])
def test_tiny_tables(shape):
    x = np.zeros(shape)
    assert isolated(x, x).shape == (shape[0],) and np.isfinite(isolated(x, x)).all()
