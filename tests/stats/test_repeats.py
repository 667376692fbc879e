"""Repeats: the moments of all permutations, a p that holds its size, and what chance would repeat."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.repeats import expected_share, pair_moments, repeated, shared


def test_the_moments_are_those_of_permutations():
    rng = np.random.default_rng(0)
    group, value = rng.integers(0, 12, 80), np.minimum(rng.geometric(0.1, 80), 15)
    drawn = [shared(group, rng.permutation(value)) for _ in range(4000)]
    mean, variance = pair_moments(group, value)
    assert mean == pytest.approx(np.mean(drawn), rel=0.02) and variance == pytest.approx(np.var(drawn), rel=0.12)


@pytest.mark.parametrize("values", [lambda rng: rng.integers(0, 150, 400), lambda rng: np.minimum(rng.geometric(0.3, 400), 9)])
def test_p_holds_its_size(values):
    rng = np.random.default_rng(1)
    p = np.array([repeated(rng.integers(0, 40, 400), values(rng), seed=i) for i in range(600)])
    assert np.mean(p <= 0.05) <= 0.06 and np.mean(p <= 0.01) <= 0.02


def test_copies_within_groups_are_found_in_all_rows_or_in_some():
    rng = np.random.default_rng(2)
    group = rng.integers(0, 40, 400)
    value = np.where(rng.random(400) < 0.3, 1000 + group, rng.integers(0, 900, 400))
    assert repeated(group, value) < 1e-6
    assert repeated(group, value, group < 20) < 1e-3
    assert repeated(group, np.arange(400)) == 1.0


def test_what_chance_would_repeat():
    rng = np.random.default_rng(3)
    shares, expected = [], []
    for _ in range(60):
        group, value = rng.integers(0, 50, 500), rng.integers(0, 100, 500)
        counts = np.unique(group * 1000 + value, return_inverse=True, return_counts=True)
        shares.append(np.mean(counts[2][counts[1]] > 1))
        expected.append(expected_share(group, value))
    assert np.mean(expected) == pytest.approx(np.mean(shares), rel=0.1)
    own = np.repeat(np.arange(10), 10)
    assert expected_share(own, own) == 0.0, "what one group repeats by itself is no chance"


def test_no_rows():
    none = np.zeros(0, dtype=int)
    assert repeated(none, none) == 1.0 and expected_share(none, none) == 0.0
