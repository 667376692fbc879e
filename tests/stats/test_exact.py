"""Exact tails."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from apercu.stats.exact import above, choices, dealt


def test_the_binomial_tail():
    assert above(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert above(0, 10, 0.5) == 1.0 and above(11, 10, 0.5) == 0.0 and above(3, 10, 1.0) == 1.0 and above(1, 10, 0.0) == 0.0


def test_the_number_of_choices():
    assert math.exp(choices(5, 2)) == pytest.approx(10)


@pytest.mark.parametrize("size", [2, 5, 6])
def test_deals_are_counted_as_they_are_listed(size):
    scores = np.array([5, 3, 3, 9, 1, 7, 2, 2])
    member = np.arange(8) < size
    sums = [sum(scores[list(c)]) for c in combinations(range(8), size)]
    assert dealt(scores, member) == pytest.approx(np.mean(np.array(sums) >= scores[member].sum()))


def test_fractions_are_made_coarse_and_stay_near():
    rng = np.random.default_rng(0)
    x = rng.lognormal(size=30)
    member = np.arange(30) < 8
    x[member] *= 1.5
    draws = np.array([x[rng.permutation(30)[:8]].sum() for _ in range(20_000)])
    assert dealt(x, member) == pytest.approx(np.mean(draws >= x[member].sum()), abs=0.015)


def test_large_groups_are_near_normal():
    rng = np.random.default_rng(1)
    x = rng.poisson(5, 6_000)
    member = np.arange(6_000) < 2_000
    x[member] += rng.random(2_000) < 0.25
    assert 1e-9 < dealt(x, member) < 0.05


def test_nothing_to_deal():
    assert dealt(np.array([1, 2, 3]), np.zeros(3, dtype=bool)) == 1.0 and dealt(np.array([1, 2]), np.array([True, False])) == 1.0
    assert dealt(np.full(6_000, 3), np.arange(6_000) < 3_000) == 1.0


def test_p_is_as_often_small_as_it_says():
    rng = np.random.default_rng(2)
    p = [dealt(np.round(rng.lognormal(1.5, 1, 40)), np.arange(40) < 6) for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) <= 0.08
