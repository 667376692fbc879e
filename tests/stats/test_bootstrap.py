"""The bootstrap holds the truth as often as it says, follows blocks, and is the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.bootstrap import interval, resampled


def means(x, **known):
    return resampled(lambda w: (w @ x) / w.sum(axis=-1), len(x), **known)


def test_width_is_the_standard_error():
    x = np.random.default_rng(1).normal(size=2_000)
    low, high = interval(means(x))
    assert (high - low) / 2 == pytest.approx(1.96 / np.sqrt(2_000), rel=0.15)


def test_covers_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    bounds = [interval(means(rng.exponential(size=300), resamples=200, seed=i)) for i in range(200)]
    assert 0.90 <= np.mean([low <= 1.0 <= high for low, high in bounds]) <= 0.985


def test_blocks_are_drawn_together():
    effect = np.random.default_rng(3).normal(size=60)
    blocks = np.repeat(np.arange(60), 30)
    x = effect[blocks]
    rows, whole = interval(means(x)), interval(means(x, blocks=blocks))
    assert whole[1] - whole[0] > 4 * (rows[1] - rows[0])  # sqrt(30) wider


def test_same_seed_same_draws_and_long_tables_fewer():
    x = np.arange(50.0)
    assert np.array_equal(means(x, seed=4), means(x, seed=4)) and not np.array_equal(means(x, seed=4), means(x, seed=5))
    assert len(means(x)) == 400 and len(means(np.zeros(300_000), resamples=400)) < 400


def test_few_units_never_leave_a_resample_empty():
    assert np.isfinite(means(np.array([1.0, 2.0]))).all()


def test_interval_of_what_no_draw_could_measure():
    low, high = interval(np.full((10, 2), np.nan))
    assert np.isnan(low).all() and np.isnan(high).all()
