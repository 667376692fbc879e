"""Each detector puts rows apart first, clumps of odd rows do not hide each other, and joining keeps what two of several find."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.oddness import joined, mixture, nearest, normal_scores, spread
from apercu.stats.scores import auc


@pytest.mark.parametrize("detector", [nearest, spread])
def test_a_clump_of_odd_rows_does_not_hide_itself(detector):
    generator = np.random.default_rng(0)
    usual, clump = generator.normal(size=(2_000, 4)), 7.0 + 0.1 * generator.normal(size=(20, 4))
    x = np.concatenate([usual, clump])
    fit = np.concatenate([usual[:1_000], clump[:10]])
    odd = np.arange(len(x)) >= len(usual)
    assert auc(odd.astype(float), detector(fit, x)) > 0.95


def test_a_mixture_sees_rows_between_its_groups():
    generator = np.random.default_rng(1)
    groups = np.concatenate([generator.normal(-5, 1, (500, 2)), generator.normal(5, 1, (500, 2))])
    x = np.concatenate([groups, np.zeros((5, 2))])
    assert len(set(np.argsort(-mixture(groups, x))[:5]) & set(range(1_000, 1_005))) >= 3


def test_normal_scores_keep_order_and_lose_skew():
    x = np.exp(np.random.default_rng(2).normal(size=(500, 1)))
    made = normal_scores(x, x)
    assert np.array_equal(np.argsort(made[:, 0]), np.argsort(x[:, 0])) and abs(made.mean()) < 0.01 and abs(made.std() - 1) < 0.05


def test_joining_takes_the_two_highest_ranks():
    one, two, three = np.array([3.0, 1.0, 2.0]), np.array([30.0, 10.0, 20.0]), np.array([1.0, 2.0, 3.0])
    assert np.allclose(joined([one, two, three]), [0.75, 0.375, 0.625])


@pytest.mark.parametrize("x", [np.zeros((5, 2)), np.ones((1, 1)), np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])])
def test_flat_and_tiny_tables(x):
    for detector in (nearest, mixture, spread):
        assert np.isfinite(detector(x, x)).all()
