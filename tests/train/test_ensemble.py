"""Weights by greedy selection, and models that sum, keep and come back as one."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train._shared import sharing
from apercu.train.boosting import Boosting
from apercu.train.ensemble import Ensemble, blended, selected
from apercu.train.linear import Linear

from . import families


def test_two_that_err_apart_share_and_a_bad_one_gets_nothing():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=2_000)
    one, other, bad = truth + rng.normal(size=2_000), truth + rng.normal(size=2_000), rng.normal(size=2_000) * 5
    weights = selected([one, other, bad], truth)
    assert weights.sum() == pytest.approx(1.0) and weights[2] < 0.05 and abs(weights[0] - weights[1]) < 0.15


def test_the_best_alone_where_others_add_nothing():
    truth = np.random.default_rng(1).normal(size=500)
    assert selected([truth, truth + 1.0], truth).tolist() == [1.0, 0.0]


def test_weights_of_rows_count():
    truth, heavy = np.zeros(100), np.r_[np.full(50, 1.0), np.full(50, 1e-6)]
    first, second = np.r_[np.zeros(50), np.ones(50)], np.r_[np.ones(50), np.zeros(50)]
    assert selected([first, second], truth, heavy)[0] > 0.95
    assert selected([first, second], truth).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("k", [2, 3])
def test_the_loss_of_classes_is_that_of_averaged_log_odds(k):
    """Nothing beats what it found among all shares of two."""
    from apercu.core.model import averaged
    from apercu.stats.scores import log_loss

    rng = np.random.default_rng(2)
    truth = rng.integers(0, k, 600)
    told = []
    for _ in range(2):
        raw = np.exp(1.2 * np.eye(k)[truth] + rng.normal(size=(600, k)))
        told.append(raw / raw.sum(axis=1, keepdims=True))
    weights = selected(told, truth.astype(float))
    losses = [log_loss(truth.astype(float), averaged(told, [a, 1 - a])) for a in np.linspace(0.05, 0.95, 19)]
    assert log_loss(truth.astype(float), averaged(told, weights)) <= min(losses) + 2e-4


@pytest.mark.parametrize("task", list(families.GOALS))
def test_sums_and_comes_back(task):
    rows, goal, later = families.made(task), families.GOALS[task], families.made(task, seed=2)
    inner, watch = rows.take(np.arange(340)), rows.take(np.arange(340, 400))
    with sharing():
        models = [Linear().fit(inner, goal, watch), Boosting().fit(inner, goal, watch), Boosting(made=True).fit(inner, goal, watch)]
    model = blended(models, np.array([0.5, 0.0, 0.5]), goal)
    assert len(model.models) == 2 and families.sums(model, later, task) < 1e-6
    again = families.returned(Ensemble, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])
