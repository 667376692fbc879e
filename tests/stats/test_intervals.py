"""Intervals hold what they say they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.stats.intervals import newcombe, welch, welch_freedom, wilson


def test_newcombe_gives_the_published_example():
    """Newcombe (1998), table II, example (a): 56/70 against 48/80, method 10."""
    low, high = newcombe(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@given(n=st.integers(1, 500), m=st.integers(1, 500), a=st.floats(0, 1), b=st.floats(0, 1), level=st.floats(0.5, 0.9999))
def test_rate_intervals_hold_the_estimate_and_stay_in_range(n, m, a, b, level):
    k, j = round(a * n), round(b * m)
    low, high = wilson(k, n, level)
    assert 0 <= low <= k / n <= high <= 1
    gap_low, gap_high = newcombe(k, n, j, m, level)
    assert -1 - 1e-9 <= gap_low <= k / n - j / m + 1e-12 and k / n - j / m - 1e-12 <= gap_high <= 1 + 1e-9


def test_a_higher_level_gives_a_wider_interval():
    assert newcombe(30, 100, 20, 100, 0.99)[1] > newcombe(30, 100, 20, 100, 0.9)[1]
    assert welch(1.0, 0.04, 50, 0.99)[0] < welch(1.0, 0.04, 50, 0.9)[0]


def test_welch_agrees_with_a_library():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, 40), rng.normal(0, 3, 60)
    variance = a.var(ddof=1) / 40 + b.var(ddof=1) / 60
    found = welch(a.mean() - b.mean(), variance, welch_freedom(a.var(ddof=1), 40, b.var(ddof=1), 60))
    wanted = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert found == pytest.approx((wanted.low, wanted.high))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5])
def test_newcombe_covers_the_truth(rate):
    """20,000 draws of 60 against 400 rows: coverage of a 95% interval within what the draws can tell."""
    rng = np.random.default_rng(1)
    k, j = rng.binomial(60, rate, 20_000), rng.binomial(400, rate, 20_000)
    covered = np.mean([low <= 0 <= high for low, high in (newcombe(a, 60, b, 400) for a, b in zip(k, j, strict=True))])
    assert 0.94 <= covered <= 0.99
