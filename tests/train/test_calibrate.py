"""Calibration mends what is miscalibrated, leaves alone what is not, and agrees with what CrossFitted does to new rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.stats.scores import log_loss
from apercu.train._calibrate import MARGIN, bent, calibrated, fitted, moved


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
    made, scale, _, _ = calibrated(truth, sure, folds, None)
    assert scale == pytest.approx(0.5, abs=0.06)
    assert log_loss(truth, made) < log_loss(truth, sure) and np.abs(made - p).mean() < 0.02


def test_a_shift_is_found():
    truth, p, _ = drawn()
    scale, shift = fitted(truth, moved(p, 1.0, 0.8), np.ones(len(truth)))
    assert scale == pytest.approx(1.0, abs=0.08) and shift == pytest.approx(-0.8, abs=0.12)


def test_what_is_right_stays():
    truth, p, folds = drawn(n=500)
    made, scale, shift, bend = calibrated(truth, p, folds, None)
    assert log_loss(truth, made) <= log_loss(truth, p)
    assert abs(scale - 1) < 0.2 and abs(shift) < 0.2 and bend == 0.0


def test_missing_truth_and_one_class_are_survived():
    truth, p, folds = drawn(n=200)
    truth[:20] = np.nan
    made, *_ = calibrated(truth, moved(p, 3.0, 0.0), folds, np.ones(200))
    assert np.isfinite(made).all() and made.sum(axis=1) == pytest.approx(np.ones(200))
    same, *moves = calibrated(np.zeros(200), p, folds, None)
    assert same is p and moves == [1.0, 0.0, 0.0]


def curved(n, seed, bend, scale=1.1, centre=-1.0):
    """Truth drawn from bent log-odds, the two probabilities that were said, those that are true, folds."""
    rng = np.random.default_rng(seed)
    said = 1.0 / (1.0 + np.exp(-rng.normal(centre, 1.5, n)))
    true = moved(np.column_stack([1.0 - said, said]), scale, 0.1, bend)
    return (rng.random(n) < true[:, 1]).astype(float), np.column_stack([1.0 - said, said]), true, rng.integers(0, 5, n)


def test_a_bend_is_found_where_there_is_one():
    truth, said, true, folds = curved(20_000, 1, -0.6)
    scale, shift, bend = bent(truth, said, np.ones(len(truth)))
    assert (scale, shift, bend) == pytest.approx((1.1, 0.1, -0.6), abs=0.15)
    made, *moves = calibrated(truth, said, folds, None)
    assert moves == [scale, shift, bend]
    straight = moved(said, *fitted(truth, said, np.ones(len(truth))))
    assert np.abs(made - true).mean() < np.abs(straight - true).mean() / 2
    assert log_loss(truth, made) < log_loss(truth, straight)


def test_the_other_class_asked_for_is_the_same_calibration():
    truth, said, _, _ = curved(5_000, 2, -0.6)
    there = moved(said, *bent(truth, said, np.ones(len(truth))))
    back = moved(said[:, ::-1].copy(), *bent(1.0 - truth, said[:, ::-1].copy(), np.ones(len(truth))))
    assert back[:, ::-1] == pytest.approx(there, abs=1e-6)


def test_a_bend_never_turns_an_order_round():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p = rng.random(60)
        said, truth = np.column_stack([1.0 - p, p]), (rng.random(60) < 0.2 + 0.6 * (np.abs(p - 0.5) > 0.3)).astype(float)
        scale, _, bend = bent(truth, said, np.ones(60))
        assert scale > 0.0 and scale + bend > 0.0
    line = np.linspace(1e-6, 1.0 - 1e-6, 500)
    assert (np.diff(moved(np.column_stack([1.0 - line, line]), 0.05, 0.3, 1.9)[:, 1]) > 0).all()


def test_no_bend_for_a_gain_that_may_be_chance(monkeypatch):
    """A margin that no gain passes leaves what was there before: the choice hangs on it."""
    truth, said, _, folds = curved(20_000, 1, -0.6)
    monkeypatch.setattr("apercu.train._calibrate.MARGIN", 1e9)
    _, scale, shift, bend = calibrated(truth, said, folds, None)
    assert bend == 0.0 and (scale, shift) == fitted(truth, said, np.ones(len(truth))) and MARGIN > 0.0


def test_weights_count_as_rows_do():
    truth, said, _, _ = curved(3_000, 3, -0.6)
    twice = np.repeat(np.arange(3_000), 1 + np.arange(3_000) % 2)
    assert bent(truth, said, 1.0 + np.arange(3_000) % 2) == pytest.approx(bent(truth[twice], said[twice], np.ones(len(twice))), abs=1e-6)


def test_sure_and_wrong_predictions_stay_finite():
    truth, p = np.repeat([0.0, 1.0], 50), np.repeat([[1.0, 0.0], [0.0, 1.0]], 50, axis=0)
    for said in (p, p[:, ::-1].copy(), np.full((100, 2), 0.5)):
        made, *moves = calibrated(truth, said, np.arange(100) % 5, None)
        assert np.isfinite(made).all() and np.isfinite(moves).all()


@pytest.mark.slow
def test_the_margin_keeps_chance_out():
    """Where Platt's form is right a bend is taken in at most a sixth of tables; where it is bent, in most."""

    def taken(bend: float) -> float:
        tables = [curved(6_000, seed, bend) for seed in range(60)]
        return float(np.mean([calibrated(truth, said, folds, None)[3] != 0.0 for truth, said, _, folds in tables]))

    assert taken(0.0) <= 1 / 6 and taken(-0.6) >= 0.7


@pytest.mark.parametrize("k", [2, 3])
def test_the_same_as_on_new_rows(k):
    _, p, _ = drawn(k, n=50)
    goal = Goal("y", "binary" if k == 2 else "multiclass", tuple("abc"[:k]), "a")
    shift, bend = (0.4, -0.3) if k == 2 else (0.0, 0.0)
    model = CrossFitted("m", goal, (), (), p, np.zeros(1), 0.7, shift, bend)
    assert model.calibrated(p) == pytest.approx(moved(p, 0.7, shift, bend))
