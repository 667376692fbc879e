"""Ridge by rows left out: equal to fitting without each row; probabilities that a few rows cannot make certain."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train import _left_out
from apercu.train._left_out import calibration, ridge


def lesson(n, wide, seed=1):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(n, wide)), rng.normal(size=(n, 3))
    y = x[:, :1] + 0.5 * z[:, :1] + 0.3 * rng.normal(size=(n, 1))
    return x, z, y


@pytest.mark.parametrize(("n", "wide"), [(30, 80), (90, 20)])
def test_left_out_is_what_a_fit_without_the_row_says(monkeypatch, n, wide):
    monkeypatch.setattr(_left_out, "PENALTIES", np.array([0.3]))
    monkeypatch.setattr(_left_out, "SHARES", (0.1,))
    x, z, y = lesson(n, wide)
    weights = np.random.default_rng(2).uniform(0.5, 2.0, n)
    fitted = ridge([x, z], y, weights)
    for row in (0, 7):
        others = np.arange(n) != row
        whole = np.hstack([x / np.sqrt(wide), z * np.sqrt(0.1 / 3)])
        mean, middle = np.average(whole[others], axis=0, weights=weights[others]), np.average(y[others], axis=0, weights=weights[others])
        own = (whole[others] - mean) * np.sqrt(weights[others])[:, None]
        w = np.linalg.solve(own.T @ own + 0.3 * np.eye(own.shape[1]), own.T @ ((y[others] - middle) * np.sqrt(weights[others])[:, None]))
        assert fitted.told[row] == pytest.approx(middle + (whole[row] - mean) @ w, abs=5e-3)


@pytest.mark.parametrize(("n", "wide"), [(30, 80), (90, 20)])
def test_a_group_left_out_is_what_a_fit_without_the_group_says(monkeypatch, n, wide):
    monkeypatch.setattr(_left_out, "PENALTIES", np.array([0.3]))
    x, _, y = lesson(n, wide)
    rng = np.random.default_rng(2)
    weights, together = rng.uniform(0.5, 2.0, n), rng.permutation(np.repeat(np.arange(n // 3), 3) * (np.arange(n) < n - 5))
    fitted = ridge([x], y, weights, together=together)
    scaled = x / np.sqrt(wide)
    for group in (0, together[7]):  # one of eight rows or more, one of three
        others = together != group
        mean, middle = np.average(scaled[others], axis=0, weights=weights[others]), np.average(y[others], axis=0, weights=weights[others])
        own = (scaled[others] - mean) * np.sqrt(weights[others])[:, None]
        w = np.linalg.solve(own.T @ own + 0.3 * np.eye(wide), own.T @ ((y[others] - middle) * np.sqrt(weights[others])[:, None]))
        assert fitted.told[~others] == pytest.approx(middle + (scaled[~others] - mean) @ w, abs=5e-3)


def test_a_group_of_alike_rows_says_nothing_of_the_next():
    rng = np.random.default_rng(3)
    together = np.repeat(np.arange(15), 12)
    x = rng.normal(size=(15, 60))[together] + 0.05 * rng.normal(size=(180, 60))  # what tells one entity from another
    y = rng.normal(size=(15, 1))[together] + 0.1 * rng.normal(size=(180, 1))
    alone, grouped = ridge([x], y, np.ones(180)), ridge([x], y, np.ones(180), together=together)
    later, truth = rng.normal(size=(400, 60)), rng.normal(size=(400, 1))
    errors = [float(np.mean((later @ fitted.coefficients[0] + fitted.intercept - truth) ** 2)) for fitted in (alone, grouped)]
    assert errors[1] < errors[0]
    assert alone.loss < 0.1 < 0.7 * errors[1] < grouped.loss  # and what it says of its own worth is honest
    one = ridge([x], y, np.ones(180), together=np.zeros(180, dtype=int))
    assert one.loss == alone.loss  # of one group nothing can be left out but rows


@pytest.mark.parametrize(("n", "wide"), [(40, 400), (200, 30)])
def test_learns_and_uses_the_small_block(n, wide):
    x, z, y = lesson(n, wide)
    fitted = ridge([x, z], y, np.ones(n))
    told = x @ fitted.coefficients[0] + z @ fitted.coefficients[1] + fitted.intercept
    assert np.abs(fitted.coefficients[1]).max() > 0
    assert np.corrcoef(told[:, 0], y[:, 0])[0, 1] > 0.7
    assert fitted.loss < y.var()


def test_calibration_finds_the_slope_and_the_shift():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(4_000, 1))
    truth = (rng.random(4_000) < 1 / (1 + np.exp(-(3 * scores[:, 0] + 1)))).astype(int)
    slope, shift = calibration(scores, truth, 2, np.ones(4_000))
    assert slope == pytest.approx(3.0, abs=0.3) and shift[0] == pytest.approx(1.0, abs=0.2)


def test_a_few_rows_all_told_apart_do_not_end_in_certainty():
    truth = np.repeat([0, 1, 2], 8)
    slope, shift = calibration(2.0 * np.eye(3)[truth] - 1.0, truth, 3, np.ones(24))
    raw = slope * np.array([1.0, -1.0, -1.0]) + shift
    assert 0.8 < np.exp(raw[0]) / np.exp(raw).sum() < 0.97


def test_one_class_is_borne():
    slope, shift = calibration(np.full((5, 1), -1.0), np.zeros(5, dtype=int), 2, np.ones(5))
    assert np.isfinite(slope) and slope * -1.0 + shift[0] < 0
