"""p-values of the two-group tests: equal to known ones, and uniform or conservative when nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.stats.tests import clustered, equivalent, fisher, light_tails, permuted, welch, within


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 60), st.integers(1, 60))
def test_fisher_agrees_with_a_library(a, n, b, m):
    stats = pytest.importorskip("scipy.stats")
    a, b = min(a, n), min(b, m)
    assert fisher(a, n, b, m) == pytest.approx(stats.fisher_exact([[a, n - a], [b, m - b]])[1], abs=1e-9)


def test_fisher_of_hundreds_of_thousands_of_rows_is_finite_and_small():
    assert 0.0 <= fisher(30_000, 100_000, 80_000, 300_000) < 1e-50


def test_welch_agrees_with_a_library():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.3, 1, 50), rng.normal(0, 2, 80)
    assert welch(a, b).p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_the_permutation_test_agrees_with_welch_where_both_are_right():
    rng = np.random.default_rng(4)
    a, b = rng.normal(0.15, 1, 400), rng.normal(0, 1, 600)
    exact, normal = permuted(a, b), welch(a, b)
    assert exact.p == pytest.approx(normal.p, rel=0.35)
    assert (exact.low, exact.high) == pytest.approx((normal.low, normal.high), abs=0.02)


def test_the_same_rows_give_the_same_p():
    rng = np.random.default_rng(5)
    a, b = rng.standard_t(3, 60), rng.standard_t(3, 90)
    assert permuted(a, b, seed=9) == permuted(a, b, seed=9)


def test_light_tails_wants_rows_and_no_outliers():
    rng = np.random.default_rng(6)
    assert light_tails(rng.normal(size=1000))
    assert not light_tails(rng.normal(size=50))
    assert not light_tails(rng.lognormal(0, 2, 1000))


def test_one_cluster_says_nothing():
    x, member = np.arange(10.0), np.arange(10) < 5
    assert clustered(x, member, np.where(member, 0, 1)).p == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["normal", "t3", "lognormal"])
def test_the_permutation_test_keeps_its_level(draw):
    """1,500 draws of noise, 40 against 300 rows: p below .05 in no more than .065 of them."""
    rng = np.random.default_rng(7)
    make = {"normal": rng.standard_normal, "t3": lambda n: rng.standard_t(3, n), "lognormal": lambda n: rng.lognormal(0, 1, n)}[draw]
    hits = np.mean([permuted(make(40), make(300), rounds=999, seed=i).p < 0.05 for i in range(1500)])
    assert hits <= 0.065


@pytest.mark.slow
def test_the_clustered_test_keeps_its_level_where_rows_resemble_each_other():
    """1,000 draws: 40 clusters of 25 rows that share a shift, the group made of whole clusters. Plain Welch fails here."""
    rng = np.random.default_rng(8)
    hits, plain = [], []
    clusters = np.repeat(np.arange(40), 25)
    member = clusters < 15
    for _ in range(1000):
        x = rng.normal(size=40)[clusters] + rng.normal(size=1000)
        hits.append(clustered(x, member, clusters).p < 0.05)
        plain.append(welch(x[member], x[~member]).p < 0.05)
    assert np.mean(hits) <= 0.065
    assert np.mean(plain) > 0.3


def test_the_tail_of_counts_is_the_one_sided_exact_test_and_not_half_of_both_sides():
    stats = pytest.importorskip("scipy.stats")
    for table, side, name in (((8, 150, 30, 1850), 1, "greater"), ((0, 150, 30, 1850), -1, "less"), ((5, 9, 2, 9), 1, "greater")):
        a, n, b, m = table
        assert fisher(*table, side=side) == pytest.approx(stats.fisher_exact([[a, n - a], [b, m - b]], alternative=name)[1])
    assert fisher(8, 150, 30, 1850, side=1) > 0.9 * fisher(8, 150, 30, 1850), "a rare outcome has one tail only"


def test_the_tail_of_skewed_rows_keeps_its_level_on_the_heavy_side():
    rng = np.random.default_rng(10)
    found = [permuted(rng.lognormal(0, 1.5, 30), rng.lognormal(0, 1.5, 300), rounds=199, seed=i) for i in range(400)]
    assert np.mean([c.gap < 0 and c.tail <= 0.05 for c in found]) <= 0.08
    assert np.mean([c.gap < 0 and c.p / 2 <= 0.05 for c in found]) > 0.06, "half of both sides would not"


def test_two_clusters_in_a_group_are_a_t_test_of_their_means():
    """Many clusters outside without a difference among them: the group's variance is that of its two cluster means, one degree of freedom."""
    stats = pytest.importorskip("scipy.stats")
    clusters = np.repeat(np.arange(42), 10)
    x = np.zeros(420)
    x[:10], x[10:20] = 1.0, 2.0
    found = clustered(x, clusters < 2, clusters)
    assert found.p == pytest.approx(stats.ttest_1samp([1.0, 2.0], 0.0).pvalue)


def test_no_effect_needs_rows_and_a_margin():
    assert equivalent(0.01, 0.0004, 500, 0.1) < 0.001
    assert equivalent(0.01, 0.01, 20, 0.1) > 0.05, "too few rows cannot show that nothing is there"
    assert equivalent(0.2, 0.0004, 500, 0.1) > 0.99
    assert (equivalent(0.05, 0.0, 10, 0.1), equivalent(0.2, 0.0, 10, 0.1)) == (0.0, 1.0)


@pytest.mark.slow
def test_equivalence_keeps_its_level_at_the_margin():
    """4,000 draws in which the true difference is the margin itself: said to be none in no more than one of twenty."""
    rng = np.random.default_rng(9)
    wrong = []
    for _ in range(4000):
        a, b = rng.normal(0.3, 1, 120), rng.normal(0, 1, 150)
        wrong.append(equivalent(a.mean() - b.mean(), a.var(ddof=1) / 120 + b.var(ddof=1) / 150, 250, 0.3) < 0.05)
    assert np.mean(wrong) <= 0.06


def test_what_drifts_together_does_not_differ_within_a_stretch_of_time():
    rng = np.random.default_rng(0)
    stretch = np.repeat(np.arange(40), 100)
    drift = np.cumsum(rng.normal(size=40)) * 0.5
    member = rng.random(4000) < 1 / (1 + np.exp(-drift[stretch]))
    x = drift[stretch] + rng.normal(size=4000)
    assert clustered(x, member, stretch).p < 0.001 < 0.05 < within(x, member, stretch).p
    held = within(x + 0.5 * member, member, stretch)
    assert held.p < 1e-6 and held.low < 0.5 < held.high
    assert within(x, stretch < 20, stretch).p == 1.0, "no stretch holds both"
