"""Ridge and logistic regressions find known slopes, shrink noise, and never fail on odd columns."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.ridge import expected, logistic, ridge, share


def test_known_slopes_are_found():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 3))
    y = x @ [1.0, -2.0, 0.0] + 5.0 + 0.1 * rng.normal(size=3_000)
    assert ridge(x, y) == pytest.approx([1.0, -2.0, 0.0, 5.0], abs=0.02)
    odds = x @ [1.0, -1.0, 0.0] - 0.5
    told = logistic(x, (rng.random(3_000) < 1 / (1 + np.exp(-odds))).astype(float))
    assert told == pytest.approx([1.0, -1.0, 0.0, -0.5], abs=0.2)
    assert np.abs(share(x, told) - 1 / (1 + np.exp(-odds))).mean() < 0.02


def test_noise_is_shrunk_and_the_penalty_is_that_of_least_error_left_out():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(200, 50)), rng.normal(size=200)
    plain = np.linalg.lstsq(np.column_stack([x, np.ones(200)]), y, rcond=None)[0]
    assert np.abs(ridge(x, y)[:-1]).max() < 0.3 * np.abs(plain[:-1]).max()


def test_weights_are_repeats():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(300, 2)), rng.normal(size=300)
    once = ridge(x, y + x[:, 0], np.full(300, 2.0))
    assert once == pytest.approx(ridge(np.repeat(x, 2, axis=0), np.repeat(y + x[:, 0], 2)), abs=0.05)


@pytest.mark.parametrize("y", [np.zeros(30), np.ones(30)])
def test_odd_rows(y):
    x = np.column_stack([np.zeros(30), np.arange(30.0), np.arange(30.0)])
    assert np.isfinite(ridge(x, y)).all() and expected(x, ridge(x, y)) == pytest.approx(y, abs=1e-6)
    assert np.isfinite(logistic(x, y)).all() and np.abs(share(x, logistic(x, y)) - y).max() < 0.01
    assert ridge(np.zeros((5, 0)), np.arange(5.0)) == pytest.approx([2.0])


def test_separated_classes_stay_finite():
    x = np.linspace(-1, 1, 100)[:, None]
    told = logistic(x, (x[:, 0] > 0).astype(float))
    assert np.isfinite(told).all() and share(x, told)[-1] > 0.9
