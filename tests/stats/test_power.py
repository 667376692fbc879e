"""Sizes of trials agree with published figures and with simulated trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from apercu.stats.power import MOST, means, power_of, rates, seen, two_looks


def test_published_sizes():
    assert rates(0.20, -0.05) == 906  # Fleiss, Levin & Paik's formula, as textbooks and calculators give it
    assert rates(0.10, 0.02) == pytest.approx(3_841, abs=2)
    assert means(1.0, 0.5) == 63
    assert rates(0.3, 0.0) == means(1.0, 0.0) == MOST


def test_size_power_and_least_difference_agree():
    for base, change in ((0.2, -0.05), (0.02, 0.01), (0.6, -0.2)):
        n = rates(base, change)
        assert power_of(base, change, n) == pytest.approx(0.8, abs=0.002)
        assert power_of(base, change, n / 2) < 0.6
    assert seen(0.1, rates(0.1, 0.03)) == pytest.approx(0.03, rel=0.01)
    assert seen(0.1, 1) == seen(0.5, 2) == 1.0
    assert 0 < seen(0.0, 500) < 0.1 and 0 < seen(1.0, 500) < 0.1


def test_a_rate_cannot_leave_its_range():
    assert rates(0.05, -0.5) == rates(0.05, -0.05)
    assert rates(1e-12, 1e-9) == MOST or rates(1e-12, 1e-9) > 10**9


def test_simulated_trials_hold_power_and_error():
    rng = np.random.default_rng(0)
    n, rounds = rates(0.2, -0.05), 4_000

    def shown(one: float, other: float) -> float:
        a, b = rng.binomial(n, one, rounds) / n, rng.binomial(n, other, rounds) / n
        error = np.sqrt((a + b) / 2 * (1 - (a + b) / 2) * 2 / n)
        return float((np.abs(a - b) / error > 1.96).mean())

    assert shown(0.2, 0.15) == pytest.approx(0.8, abs=0.025)
    assert shown(0.2, 0.2) == pytest.approx(0.05, abs=0.012)


def test_two_looks_are_obrien_and_flemings_and_hold_their_level():
    half, end = two_looks()
    assert half == pytest.approx(0.0052, abs=0.0002) and end == pytest.approx(0.0480, abs=0.0003)
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 400_000))
    last = (first + second) / np.sqrt(2)
    wrong = (2 * ndtr(-np.abs(first)) < half) | (2 * ndtr(-np.abs(last)) < end)
    assert wrong.mean() == pytest.approx(0.05, abs=0.002)


def test_more_than_a_margin_needs_more_rows_and_holds_its_power():
    assert rates(0.12, 0.06, over=0.05) > 10 * rates(0.12, 0.06) and rates(0.12, 0.05, over=0.05) == 10**12
    n = rates(0.12, 0.08, over=0.04)
    rng = np.random.default_rng(0)
    one, other = rng.binomial(n, 0.20, 4_000) / n, rng.binomial(n, 0.12, 4_000) / n
    error = np.sqrt(one * (1 - one) / n + other * (1 - other) / n)
    assert np.mean((one - other - 0.04) / error > 1.96) == pytest.approx(0.8, abs=0.03)
    assert abs(rates(0.2, -0.05, over=1e-9) - rates(0.2, -0.05)) < 10
