"""The cycle of a series is read off it; what looks like nothing else in a series is the most unlike."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.subsequences import period, unlike


def beats(n=1_500, cycle=50, seed=0):
    generator = np.random.default_rng(seed)
    return 3 * np.sin(2 * np.pi * np.arange(n) / cycle) + 0.3 * generator.normal(size=n)


@pytest.mark.parametrize("cycle", [7, 24, 50, 168])
def test_the_cycle_is_read_off(cycle):
    assert period(beats(2_000, cycle)) % cycle in (0, 1, cycle - 1)


def test_no_cycle_where_there_is_none():
    assert period(np.arange(500.0)) == 0 and period(np.ones(500)) == 0 and period(np.zeros(0)) == 0 and period(np.array([1.0, 2.0])) == 0


@pytest.mark.parametrize("what", ["level", "shape", "still", "spike"])
def test_what_looks_like_nothing_else_is_the_most_unlike(what):
    x = beats()
    part = slice(700, 702) if what == "spike" else slice(700, 760)
    x[part] = {"level": x[part] + 6, "shape": 3 * np.sin(np.arange(60) * 0.6), "still": x[700], "spike": 15.0}[what] if what != "spike" else 15.0
    score = unlike(x)
    assert score.shape == x.shape and np.isfinite(score).all() and 640 <= int(score.argmax()) < 830
    assert np.median(score[part]) > np.quantile(score, 0.9)


def test_an_odd_thing_that_comes_twice_does_not_excuse_itself():
    x = beats()
    for start in (400, 1_000):
        x[start : start + 60] = 6.0
    score = unlike(x)
    assert np.median(score[410:450]) > np.quantile(score[:300], 0.99) and np.median(score[1_010:1_050]) > np.quantile(score[:300], 0.99)


def test_shift_and_scale_do_not_matter():
    x = beats()
    assert np.allclose(unlike(x), unlike(1e6 + 1e3 * x), rtol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 5, 63])
def test_short_and_constant_series_are_silent(n):
    assert not unlike(np.arange(float(n))).any() and unlike(np.arange(float(n))).shape == (n,)
    assert not unlike(np.ones(500)).any()


def test_long_windows_are_cut_to_the_series():
    x = np.random.default_rng(0).normal(size=100)
    assert np.isfinite(unlike(x, window=10_000)).all() and np.isfinite(unlike(x, window=1)).all()


def test_values_beyond_squares_are_scored():
    x = np.random.default_rng(0).normal(size=600)
    x[300] = 1e200
    score = unlike(x)
    assert np.isfinite(score).all() and score.max() > 0
