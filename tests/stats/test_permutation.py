"""The compiled permutation distribution against one written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtr

from apercu.stats.permutation import Tail, studentised


def plain(pooled: np.ndarray, n: int, rounds: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    out = []
    for _ in range(rounds):
        x = rng.permutation(pooled)
        a, b = x[:n], x[n:]
        out.append((a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))
    return np.array(out)


@pytest.mark.parametrize("n", [8, 70])
def test_the_same_distribution_as_a_plain_one(n):
    pooled = np.random.default_rng(1).lognormal(0, 1, 90)
    ours, theirs = studentised(pooled, n, 4000, 3), plain(pooled, n, 4000)
    for q in (0.05, 0.1, 0.9, 0.95):
        assert np.quantile(ours, q) == pytest.approx(np.quantile(theirs, q), rel=0.1)


def test_the_seed_decides():
    pooled = np.random.default_rng(1).normal(size=50)
    assert (studentised(pooled, 10, 50, 1) == studentised(pooled, 10, 50, 1)).all()
    assert (studentised(pooled, 10, 50, 1) != studentised(pooled, 10, 50, 2)).any()


def test_a_comparison_that_is_asked_again_is_the_same(monkeypatch):
    pooled = np.random.default_rng(1).normal(size=60)
    once = studentised(pooled, 10, 50, 1)
    assert (studentised(pooled, 10, 50, 1) == once).all() and (studentised(pooled, 50, 50, 1) == -once).all()
    monkeypatch.setattr("apercu.stats.permutation.REMEMBERED", 0)
    assert (studentised(pooled, 10, 50, 1) == once).all()


def test_every_row_is_drawn_as_often_as_another():
    flags = np.zeros(30)
    for place in range(30):  # how often a row is in the group: t is positive exactly then
        flags[:] = 0.0
        flags[place] = 1.0
        assert np.mean(studentised(flags, 6, 4000, place) > 0) == pytest.approx(0.2, abs=0.025)


def test_draws_are_counted_where_they_are_many():
    draws = np.random.default_rng(0).normal(size=9_999)
    tail = Tail.of(draws)
    assert tail.p(1.0) == (1 + np.count_nonzero(draws >= 1.0)) / 10_000
    assert tail.quantile(0.95) == np.quantile(draws, 0.95, method="higher")


@pytest.mark.parametrize(("freedom", "seen"), [(5, 12.0), (30, 6.0), (1e6, 5.5)])
def test_beyond_the_draws_the_tail_is_never_too_thin(freedom, seen):
    """Of t distributions: far out, the chance that is told is at least a third of the true one on average, and mostly above it."""
    rng = np.random.default_rng(1)
    truth = 2 * stdtr(freedom, -seen)
    told = np.array([Tail.of(np.abs(rng.standard_t(freedom, 9_999))).p(seen) for _ in range(40)])
    assert told.mean() >= 0.7 * truth and np.mean(told >= truth / 3) > 0.6
    assert told.max() <= 1.1e-3


def test_quantiles_and_chances_agree_beyond_the_draws():
    tail = Tail.of(np.abs(np.random.default_rng(2).normal(size=9_999)))
    assert tail.p(tail.quantile(1 - 1e-6)) == pytest.approx(1e-6, rel=0.01)
    assert tail.quantile(1 - 1e-6) > tail.quantile(1 - 1e-5) > tail.quantile(0.9995)
