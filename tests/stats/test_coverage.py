"""Intervals and sets hold the stated share of rows that nothing saw, wide where the model errs much."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.coverage import classes, ends


def numbers(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(what a model says, the truth): skewed errors that grow with what is said."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(1.0, 10.0, n)
    return said, said + said * (rng.exponential(0.5, n) - 0.5)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_the_stated_share_of_new_numbers_lies_inside(coverage):
    said, truth = numbers(4_000, 0)
    new, came = numbers(20_000, 1)
    low, high = ends(said, truth, new, coverage)
    inside = (low <= came) & (came <= high)
    assert inside.mean() == pytest.approx(coverage, abs=0.02)
    for part in (new < 4, new > 7):  # in groups of what is said as well
        assert inside[part].mean() == pytest.approx(coverage, abs=0.04)
    assert (high - low)[new > 9].mean() > 3 * (high - low)[new < 2].mean()
    assert ((high - new)[new > 9] > (new - low)[new > 9]).all() or coverage == 0.5  # the errors are skewed upwards


def test_the_prediction_lies_inside_and_amounts_stay_amounts():
    said, truth = numbers(500, 2)
    low, high = ends(said, np.abs(truth), said, 0.99)
    assert (low <= said).all() and (said <= high).all() and low.min() >= 0.0


def test_rows_without_a_truth_count_nothing_and_none_at_all_is_no_interval():
    said, truth = numbers(600, 3)
    gone = truth.copy()
    gone[::3] = np.nan
    kept = ~np.isnan(gone)
    assert np.array_equal(ends(said, gone, said, 0.9), ends(said[kept], truth[kept], said, 0.9))
    assert np.isinf(ends(said, np.full(600, np.nan), said[:2], 0.9)).all()
    assert ends(said, truth, said[:0], 0.9)[0].shape == (0,)


def test_rows_that_count_more_move_the_ends():
    said, truth = np.ones(200), np.concatenate([np.zeros(100), np.full(100, 9.0)])
    heavy = np.concatenate([np.full(100, 1.99), np.full(100, 0.01)])
    assert ends(said, truth, said, 0.8)[1][0] == 9.0 and ends(said, truth, said, 0.8, heavy)[1][0] == 1.0


def shares(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities of three classes, codes); the third class is rare."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (n, 3)) + np.array([1.0, 0.5, -2.0])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return p, (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, 2).astype(np.float64)


def test_each_class_lies_in_its_sets_as_often_as_stated():
    p, truth = shares(40_000, 0)
    new, came = shares(40_000, 1)
    inside = classes(p, truth, new, 0.9)
    for code in range(3):
        own = came == code
        assert 0.88 <= inside[own, code].mean() <= 0.92, code
    assert inside.any(axis=1).all() and 1.0 < inside.sum(axis=1).mean() < 3.0


def test_a_class_of_few_rows_is_never_left_out():
    p, truth = shares(300, 2)
    truth[truth == 2] = np.nan
    assert classes(p, truth, p, 0.9)[:, 2].all() and classes(p, truth, p[:0], 0.9).shape == (0, 3)
