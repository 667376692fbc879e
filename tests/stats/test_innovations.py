"""The news of a series is what neither its past nor its cycle lets expect."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from apercu.stats.innovations import innovations


def e(n=2_000, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def test_the_news_of_an_autoregression_are_its_shocks():
    shocks = e()
    news = innovations(lfilter([1], [1, -0.9], shocks))
    known = np.isfinite(news.e)
    assert known.sum() >= 1_990 and np.corrcoef(news.e[known], shocks[known])[0, 1] > 0.99
    assert news.z[known] @ news.z[known] > 0 and abs(np.median(np.abs(news.z[known])) - 1) < 0.05


def test_a_walk_is_expected_to_stay_and_a_line_to_go_on():
    shocks = e()
    news = innovations(np.cumsum(shocks) + 5.0 * np.arange(2_000))
    known = np.isfinite(news.e)
    assert np.corrcoef(news.e[known], shocks[known])[0, 1] > 0.98


def test_a_cycle_is_no_news():
    noise, clock = 0.5 * e(), np.arange(2_000)
    news = innovations(20 + 6 * np.abs(np.sin(np.pi * clock / 30)) + noise)
    known = np.isfinite(news.e)
    assert news.period == 30 and np.nanstd(news.e) < 0.6
    assert np.corrcoef(news.e[known], noise[known])[0, 1] > 0.95 and abs(np.corrcoef(news.level, np.cos(2 * np.pi * clock / 30))[0, 1]) < 0.2


def test_each_part_of_a_cycle_has_its_own_spread():
    clock = np.arange(4_000)
    wild = 1 + 0.9 * np.sin(2 * np.pi * clock / 50)
    news = innovations(5 * np.sin(2 * np.pi * clock / 50) + wild * e(4_000))
    loud, calm = wild > 1.6, wild < 0.4
    assert np.nanstd(news.e[loud]) > 3 * np.nanstd(news.e[calm]) and np.nanstd(news.z[loud]) < 2 * np.nanstd(news.z[calm])


def test_gross_errors_do_not_bend_the_rules():
    shocks = e()
    x = lfilter([1], [1, -0.8], shocks)
    bad = x.copy()
    places = np.random.default_rng(1).choice(np.arange(100, 2_000), 20, replace=False)
    bad[places] += 50.0
    news = innovations(bad)
    others = np.setdiff1d(np.arange(100, 2_000), (places[:, None] + np.arange(10)).ravel())
    assert np.abs(news.z[places]).min() > 20 and np.corrcoef(news.e[others], shocks[others])[0, 1] > 0.8


def test_steps_are_spread_and_missing_values_have_no_news():
    x = np.random.default_rng(0).poisson(3, 1_000).astype(float)
    x[100:110] = np.nan
    news = innovations(x)
    assert np.isnan(news.e[100:110]).all() and len(np.unique(news.z[np.isfinite(news.z)])) > 900
    assert innovations(x).e[500] == news.e[500]


@pytest.mark.parametrize(
    "x", [np.zeros(0), np.ones(1), np.arange(5.0), np.ones(300), np.full(300, np.nan), np.r_[np.full(290, np.nan), np.arange(10.0)]]
)
def test_what_cannot_be_told_is_unknown(x):
    news = innovations(x)
    assert np.isnan(news.e).all() and np.isnan(news.z).all() and news.e.shape == x.shape


def test_infinities_count_as_missing():
    x = e(300)
    x[[5, 50]] = np.inf, -np.inf
    news = innovations(x)
    assert np.isnan(news.e[50]) and np.isfinite(news.e[60:]).all()


def test_one_huge_value_does_not_break_the_rest():
    x = np.random.default_rng(0).normal(size=600)
    x[300] = 1e160
    news = innovations(x)
    assert np.nanargmax(np.abs(news.z)) == 300
    assert np.isfinite(news.z[320:]).all()
