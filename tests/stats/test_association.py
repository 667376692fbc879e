"""Correlations: right numbers, p-values that hold their size under heavy tails, ties, clusters and wandering series."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from apercu.stats.association import correlation, correlation_gap, cramers_v, effective, lagged, ranks

SHAPES = {
    "normal": lambda rng, n: (rng.normal(size=n), rng.normal(size=n)),
    "heavy": lambda rng, n: (rng.standard_t(2.5, n), rng.lognormal(0, 2, n)),
    "ties": lambda rng, n: (rng.integers(0, 4, n).astype(float), rng.poisson(1.0, n).astype(float)),
    "spread": lambda rng, n: (x := rng.normal(size=n), x * rng.normal(size=n)),  # uncorrelated, but not independent
}


def test_ranks_are_those_of_scipy():
    x = np.array([3.0, 1.0, 1.0, 7.0, 3.0, 3.0])
    assert np.array_equal(ranks(x), stats.rankdata(x))


def test_the_numbers_are_those_of_scipy():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, 300).astype(float)
    y = x + rng.normal(0, 3, 300)
    assert correlation(x, y).gap == pytest.approx(stats.spearmanr(x, y).statistic)
    assert correlation(x, y, ranked=False).gap == pytest.approx(stats.pearsonr(x, y).statistic)
    member = np.arange(300) < 100
    gap = stats.spearmanr(x[member], y[member]).statistic - stats.spearmanr(x[~member], y[~member]).statistic
    assert correlation_gap(x, y, member).gap == pytest.approx(gap)


@pytest.mark.parametrize("shape", SHAPES)
def test_p_values_hold_their_size(shape):
    rng = np.random.default_rng(1)
    member = np.arange(240) < 60
    pairs = [SHAPES[shape](rng, 240) for _ in range(400)]
    one = np.mean([correlation(x, y).p <= 0.05 for x, y in pairs])
    two = np.mean([correlation_gap(x, y, member).p <= 0.05 for x, y in pairs])
    assert max(one, two) <= 0.08


def test_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(2)

    def drawn():
        x = rng.exponential(1.0, 400)
        made = correlation(x, 0.7 * x + rng.standard_t(4, 400))
        return made.gap, made.low, made.high

    r, low, high = np.array([drawn() for _ in range(400)]).T
    truth = float(r.mean())
    assert 0.91 <= np.mean((low <= truth) & (truth <= high)) <= 0.98


def test_rows_of_a_cluster_are_not_counted_as_independent():
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(20), 50)

    def tries(use):
        x, y = (rng.normal(size=20)[clusters] + rng.normal(size=1000) for _ in range(2))
        return correlation(x, y, clusters=use).p <= 0.05

    assert np.mean([tries(None) for _ in range(150)]) > 0.4
    assert np.mean([tries(clusters) for _ in range(150)]) <= 0.09
    member = clusters < 10
    alike = np.mean([correlation_gap(*(rng.normal(size=20)[clusters] + rng.normal(size=1000) for _ in range(2)), member, 0.95, clusters).p <= 0.05
                     for _ in range(150)])  # fmt: skip
    assert alike <= 0.09


def test_an_interval_holds_its_correlation_and_stays_inside():
    x = np.arange(60.0)
    for y in (x, -x, np.where(x > 3, x, -x), np.zeros(60)):
        made = correlation(x, y, 0.999999)
        assert -1 <= made.low <= made.gap <= made.high <= 1
        gap = correlation_gap(x, y, x < 30, 0.999999)
        assert -2 <= gap.low <= gap.gap <= gap.high <= 2


def test_few_rows_say_nothing():
    empty = np.zeros(0)
    assert correlation(empty, empty).p == correlation(np.arange(5.0), np.arange(5.0)).p == 1.0
    assert correlation_gap(np.arange(30.0), np.arange(30.0), np.arange(30) < 4).p == 1.0
    assert correlation(np.arange(30.0), np.arange(30.0), clusters=np.zeros(30, dtype=int)).p == 1.0
    assert lagged(np.arange(4.0), np.arange(4.0)).p == 1.0


def test_cramers_v_has_no_bias_and_knows_its_ends():
    rng = np.random.default_rng(4)
    noise = [cramers_v(np.histogram2d(rng.integers(0, 6, 200), rng.integers(0, 5, 200), bins=(6, 5))[0]) for _ in range(100)]
    assert np.mean(noise) < 0.06
    assert cramers_v(np.diag([50, 40, 30])) == pytest.approx(1.0, abs=0.01)
    assert cramers_v(np.array([[5, 0], [0, 0]])) == 0.0


@pytest.mark.parametrize("wandering", [False, True])
def test_series_without_a_common_course_are_not_linked(wandering):
    rng = np.random.default_rng(5)

    def tries():
        a, b = (rng.normal(size=61) for _ in range(2))
        a, b = (np.diff(np.cumsum(s)) if wandering else np.diff(s) for s in (a, b))
        return lagged(a[:-2], b[2:]).p <= 0.05

    assert np.mean([tries() for _ in range(200)]) <= 0.09


def test_a_series_that_follows_another_is_found_with_gaps_and_all():
    rng = np.random.default_rng(6)
    a = rng.normal(size=80)
    b = np.concatenate([np.zeros(3), a[:-3]]) + 0.4 * rng.normal(size=80)
    b[20:24] = np.nan
    made = lagged(np.diff(a)[:-3], np.diff(b)[3:])
    assert made.gap > 0.8 and made.p < 1e-6
    assert effective(np.diff(a), np.diff(b)) <= 79


def test_one_wild_period_makes_no_link():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=40), rng.normal(size=40)
    a[17], b[17] = 40.0, 40.0
    assert lagged(a, b).gap > 0.8 and lagged(a, b).p > 0.05
