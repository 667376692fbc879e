"""Calibration mends what is miscalibrated, leaves alone what is not, and agrees with what CrossFitted does to new rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.stats.scores import log_loss
from apercu.train._calibrate import calibrated, fitted, moved


def drawn(k=2, n=4_000, seed=1):
    """Truth, right probabilities, folds."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k)) * 1.5
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1).astype(float)
    return np.minimum(truth, k - 1), p, rng.integers(0, 5, n)


@pytest.mark.parametrize("k", [2, 4])
def test_overconfidence_is_mended(k):
    truth, p, folds = drawn(k)
    sure = moved(p, 2.0, 0.0)
    made, scale, _ = calibrated(truth, sure, folds, None)
    assert scale == pytest.approx(0.5, abs=0.06)
    assert log_loss(truth, made) < log_loss(truth, sure) and np.abs(made - p).mean() < 0.02


def test_a_shift_is_found():
    truth, p, _ = drawn()
    scale, shift = fitted(truth, moved(p, 1.0, 0.8), np.ones(len(truth)))
    assert scale == pytest.approx(1.0, abs=0.08) and shift == pytest.approx(-0.8, abs=0.12)


def test_what_is_right_stays():
    truth, p, folds = drawn(n=500)
    made, scale, shift = calibrated(truth, p, folds, None)
    assert log_loss(truth, made) <= log_loss(truth, p)
    assert abs(scale - 1) < 0.2 and abs(shift) < 0.2


def test_missing_truth_and_one_class_are_survived():
    truth, p, folds = drawn(n=200)
    truth[:20] = np.nan
    made, _, _ = calibrated(truth, moved(p, 3.0, 0.0), folds, np.ones(200))
    assert np.isfinite(made).all() and made.sum(axis=1) == pytest.approx(np.ones(200))
    same, scale, shift = calibrated(np.zeros(200), p, folds, None)
    assert same is p and (scale, shift) == (1.0, 0.0)


@pytest.mark.parametrize("k", [2, 3])
def test_the_same_as_on_new_rows(k):
    _, p, _ = drawn(k, n=50)
    goal = Goal("y", "binary" if k == 2 else "multiclass", tuple("abc"[:k]), "a")
    shift = 0.4 if k == 2 else 0.0
    model = CrossFitted("m", goal, (), (), p, np.zeros(1), 0.7, shift)
    assert model.calibrated(p) == pytest.approx(moved(p, 0.7, shift))
