"""Tests of equivalence: right at the margin they are rarely fooled, far inside it they speak."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.equivalence import alike, apart, even, steady, unrelated

MARGIN = 0.25
ETA = MARGIN**2 / (1 + MARGIN**2)


def share(p, level=0.05):
    return np.mean(np.array(p) <= level)


@pytest.mark.parametrize("k", [3, 5, 12])
@pytest.mark.parametrize("shape", ["one high", "in turn"])
def test_shares_at_the_margin_pass_no_oftener_than_said(k, shape):
    rng = np.random.default_rng(k)
    off = np.full(k, -1.0) if shape == "one high" else np.resize([1.0, -1.0], k // 2 * 2).tolist() + [0.0] * (k % 2)
    off = np.array(off)
    if shape == "one high":
        off[0] = k - 1
    rates = (1 + off * MARGIN / np.sqrt(np.mean(off**2))) / k
    p = [even(counts, MARGIN).p for counts in rng.multinomial(600, rates, 1_000)]
    assert share(p) <= 0.08 and share(p, 0.01) <= 0.025


def test_even_shares_pass():
    rng = np.random.default_rng(0)
    p = [even(counts, MARGIN).p for counts in rng.multinomial(600, np.full(5, 0.2), 200)]
    assert share(p) >= 0.95
    exact = even(np.full(5, 100), 0.3)
    assert exact.size == 0.0 and exact.low == 0.0 and 0.05 < exact.high < 0.2 and exact.p < 1e-9


def test_the_interval_of_w_covers():
    rng = np.random.default_rng(1)
    rates = np.array([0.26, 0.22, 0.2, 0.18, 0.14])
    w = np.sqrt(np.mean((5 * rates - 1) ** 2))
    made = [even(counts, MARGIN) for counts in rng.multinomial(800, rates, 500)]
    assert np.mean([e.low <= w <= e.high for e in made]) >= 0.93


def test_dependent_rows_count_for_fewer():
    counts = np.array([210, 205, 190, 195])
    assert even(counts, MARGIN, design_effect=4.0).p > 1e3 * even(counts, MARGIN).p
    assert even(counts, MARGIN, design_effect=np.inf).p == 1.0


@pytest.mark.parametrize("noise", ["normal", "exponential"])
def test_groups_at_the_margin_pass_no_oftener_than_said(noise):
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(5), 80)
    means = np.array([1, 1, -1, -1, 0]) * MARGIN / np.sqrt(0.8)
    draw = (lambda: rng.normal(size=400)) if noise == "normal" else (lambda: rng.exponential(size=400) - 1)
    p = [alike(means[groups] + draw(), groups, ETA).p for _ in range(600)]
    assert share(p) <= 0.085 and share([alike(draw(), groups, ETA).p for _ in range(100)]) >= 0.9


def test_eta_squared_is_the_share_between_groups():
    x, groups = np.array([0.0, 2.0, 4.0, 6.0] * 10), np.array([0, 0, 1, 1] * 10)
    seen = alike(x, groups, 0.9)
    assert seen.size == pytest.approx(0.8) and seen.low < 0.8 < seen.high


def test_groups_of_dependent_rows_are_judged_by_their_clusters():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(40), 15)
    groups = (np.arange(40) % 3)[clusters]
    plain, careful = [], []
    for _ in range(200):
        x = rng.normal(size=40)[clusters] * 0.7 + rng.normal(size=600) * 0.7 + np.array([0.3, 0.0, -0.3])[groups]
        plain.append(alike(x, groups, ETA).p)
        careful.append(alike(x, groups, ETA, clusters=clusters).p)
    assert share(careful) <= 0.07 < share(plain)


@pytest.mark.parametrize("n", [100, 500])
def test_correlations_at_the_margin_pass_no_oftener_than_said(n):
    rng = np.random.default_rng(n)
    p = []
    for _ in range(800):
        a = rng.normal(size=n)
        p.append(unrelated(a, MARGIN * a + np.sqrt(1 - MARGIN**2) * rng.normal(size=n), MARGIN).p)
    assert share(p) <= 0.07


def test_a_correlation_of_rows_in_clusters():
    rng = np.random.default_rng(5)
    clusters, plain, careful = np.arange(600) // 10, [], []
    for _ in range(200):
        a = np.sort(rng.random(600))
        b = MARGIN * (a - a.mean()) / a.std() + 0.7 * rng.normal(size=60)[clusters] + 0.67 * rng.normal(size=600)
        plain.append(unrelated(a, b, MARGIN).p)
        careful.append(unrelated(a, b, MARGIN, clusters=clusters).p)
    assert share(careful) <= 0.09 < share(plain)


def test_events_that_rise_are_not_steady():
    rng = np.random.default_rng(6)
    even_p = [steady(rng.random(500), 1 / 9).p for _ in range(100)]
    rising = [steady(np.sqrt(rng.random(500)), 1 / 9).p for _ in range(50)]
    doubling = []
    for _ in range(400):
        place = rng.random(1_500)
        doubling.append(steady(place[rng.random(1_500) < (1 + (2 * place - 1) * 2 / 3) * 0.6][:500], 1 / 9).p)
    assert share(even_p, 1e-3) >= 0.95 and min(rising) > 0.5 and share(doubling) <= 0.08


def test_bursts_widen_the_error_of_events():
    rng = np.random.default_rng(7)
    bursts = np.clip(rng.random(25)[rng.integers(0, 25, 500)] + 0.002 * rng.normal(size=500), 0, 1)
    single = steady(rng.random(500), 1 / 9)
    assert steady(bursts, 1 / 9).high - steady(bursts, 1 / 9).low > 2 * (single.high - single.low)


def test_what_cannot_be_tested_is_not_claimed():
    few, flat = np.arange(5.0), np.ones(100)
    assert even(np.array([1, 2]), MARGIN).p == 1.0 and even(np.array([100]), MARGIN).p == 1.0
    assert alike(few, np.array([0, 0, 1, 1, 1]), ETA).p == 1.0 and alike(flat, np.arange(100) % 2, ETA).p == 1.0
    assert alike(np.empty(0), np.empty(0, dtype=int), ETA).p == 1.0 and alike(few, np.zeros(5, dtype=int), ETA).p == 1.0
    assert unrelated(few, few, MARGIN).p == 1.0 and unrelated(flat, np.arange(100.0), MARGIN).p == 1.0
    assert unrelated(np.arange(100.0), np.arange(100.0), MARGIN).p == 1.0
    assert steady(few / 5, 0.1).p == 1.0 and steady(flat, 0.1).p == 1.0
    assert alike(np.random.default_rng(0).normal(size=100), np.arange(100) % 2, ETA, clusters=np.arange(100) % 3).p == 1.0


def two_columns(rng, shares, n):
    """Codes of n rows from a table of shares (r, c)."""
    cells = np.repeat(np.arange(shares.size), rng.multinomial(n, shares.ravel()))
    return cells // shares.shape[1], cells % shares.shape[1]


def at_margin(one, other, pattern, margin):
    """A table with these margins whose w is the margin."""
    off = pattern - (pattern @ other)[:, None]
    off = off - one @ off
    even_table = np.outer(one, other)
    return even_table * (1 + off * margin / np.sqrt((even_table * off**2).sum()))


@pytest.mark.parametrize("pattern", ["one cell", "every cell"])
@pytest.mark.parametrize("rates", [[0.2] * 5, [0.35, 0.25, 0.2, 0.1, 0.1]])
def test_columns_at_the_margin_pass_no_oftener_than_said(pattern, rates):
    rng = np.random.default_rng(8)
    deviations = rng.uniform(-1, 1, size=(5, 5)) if pattern == "every cell" else np.pad([[1.0]], (4, 0))
    shares = at_margin(np.array(rates), np.array(rates), deviations, 0.3)
    p = [apart(*two_columns(rng, shares, 500), 0.3).p for _ in range(800)]
    assert share(p) <= 0.06 and share(p, 0.01) <= 0.02


def test_independent_columns_pass_and_w_is_that_of_chi_square():
    rng = np.random.default_rng(9)
    p = [apart(rng.integers(0, 5, 500), rng.integers(0, 5, 500), 0.3).p for _ in range(200)]
    assert share(p) >= 0.97 and 1e-7 < np.median(p) < 1e-3
    seen = apart(np.repeat([0, 1], 50), np.repeat([0, 1, 0, 1], [40, 10, 10, 40]), 0.3)
    assert seen.size == pytest.approx(0.6) and seen.high > 0.6 and seen.p > 0.99


def test_columns_of_dependent_rows_are_judged_by_their_clusters():
    rng = np.random.default_rng(10)
    plain, careful = [], []
    shares = at_margin(np.full(3, 1 / 3), np.full(3, 1 / 3), rng.normal(size=(3, 3)), 0.3)
    clusters = np.repeat(np.arange(80), 10)
    for _ in range(400):
        a, b = two_columns(rng, shares, 80)
        own = rng.random(800) < 0.3
        order = rng.permutation(80)
        x, y = a[order][clusters], b[order][clusters]
        free = two_columns(rng, shares, 800)
        mixed = rng.permutation(800)
        x, y = np.where(own, free[0][mixed], x), np.where(own, free[1][mixed], y)
        plain.append(apart(x, y, 0.3).p)
        careful.append(apart(x, y, 0.3, clusters=clusters).p)
    assert share(careful) <= 0.06 < share(plain)


def test_columns_with_rare_levels_claim_nothing():
    a = np.r_[np.zeros(300, dtype=int), np.ones(9, dtype=int)]
    assert apart(a, np.arange(309) % 3 // 2, 0.3).p < 1.0
    assert apart(a, (np.arange(309) < 30).astype(int), 0.3).p == 1.0
    assert apart(a[:0], a[:0], 0.3).p == 1.0 and apart(a, a * 0, 0.3).p == 1.0
    assert apart(np.arange(100) % 2, np.arange(100) // 50, 0.3, clusters=np.arange(100) % 3).p == 1.0
