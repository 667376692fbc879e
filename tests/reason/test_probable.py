"""Probabilities: calibrated where the model is right, one rate where there is little to learn from."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.reason._probable import fitted_chance


def test_probabilities_are_calibrated_on_new_pairs():
    drawn = np.random.default_rng(0)
    x = drawn.normal(3.0, 5.0, (20_000, 2))
    truth = drawn.random(20_000) < 1 / (1 + np.exp(-(0.4 * x[:, 0] - 2.0)))
    chance = fitted_chance(x[:10_000], truth[:10_000])
    p = chance.of(x[10_000:])
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (p >= low) & (p < low + 0.2)
        assert np.mean(truth[10_000:][inside]) == pytest.approx(np.mean(p[inside]), abs=0.05)
    assert (chance.pairs, chance.hits) == (10_000, truth[:10_000].sum())


def test_few_hits_give_one_rate():
    x = np.random.default_rng(1).normal(size=(100, 3))
    truth = np.arange(100) < 4
    assert fitted_chance(x, truth).of(x) == pytest.approx(np.full(100, 4.5 / 101))


@pytest.mark.parametrize("truth", [np.zeros(0, bool), np.ones(30, bool), np.zeros(30, bool)])
def test_nothing_to_learn_from(truth):
    chance = fitted_chance(np.ones((len(truth), 2)), truth)
    assert ((chance.of(np.ones((3, 2))) > 0) & (chance.of(np.ones((3, 2))) < 1)).all()


def test_hits_that_are_parted_perfectly_stay_finite():
    x = np.linspace(-1, 1, 200)[:, None]
    p = fitted_chance(x, x[:, 0] > 0).of(x)
    assert np.isfinite(p).all() and p[0] < 0.05 < 0.95 < p[-1]
