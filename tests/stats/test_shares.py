"""Shares of the same rows, shares shown to be close, and things that stand together within strata."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from apercu.stats.shares import close, paired, together
from apercu.stats.tests import fisher


def test_paired_is_the_sign_test_of_what_stands_alone():
    found = paired(30, 12, 5, 200)
    assert found.p == pytest.approx(stats.binomtest(30, 42, 0.5).pvalue)
    assert found.gap == pytest.approx(18 / 200) and found.low < found.gap < found.high


def test_paired_holds_its_level():
    rng = np.random.default_rng(0)
    first = rng.random((2000, 80)) < 0.2
    second = (rng.random((2000, 80)) < 0.1) & ~first
    covered = 0
    for a, b in zip(first, second, strict=True):
        found = paired(int((a & ~b).sum()), int((b & ~a).sum()), int((a & b).sum()), 80)
        covered += found.low <= 0.2 - 0.08 <= found.high
    assert 0.93 <= covered / 2000 <= 0.98


def test_nothing_is_said_of_nothing():
    assert paired(0, 0, 0, 0).p == 1.0 and paired(0, 0, 3, 10).p == 1.0
    assert close(0, 0, 3, 10, 0.2) == 1.0
    assert together(np.zeros(0, bool), np.zeros(0, bool), np.zeros(0, int)).p == 1.0
    assert together(np.zeros(9, bool), np.ones(9, bool), np.zeros(9, int)).p == 1.0


def test_close_is_valid_at_the_margin():
    rng = np.random.default_rng(1)
    a, b = rng.binomial(200, 0.5, 1500), rng.binomial(200, 0.7, 1500)
    assert np.mean([close(int(x), 200, int(y), 200, 0.2) <= 0.05 for x, y in zip(a, b, strict=True)]) <= 0.07
    assert close(100, 200, 101, 200, 0.2) < 1e-3


def test_one_stratum_is_fishers_test():
    a = np.repeat([True, True, False, False], [9, 6, 11, 40])
    b = np.repeat([True, False, True, False], [9, 6, 11, 40])
    found = together(a, b, np.zeros(len(a), dtype=int))
    assert found.p == pytest.approx(fisher(9, 15, 11, 51, side=1))
    assert found.odds == pytest.approx(9 * 40 / (6 * 11))


def test_strata_take_out_what_they_explain():
    rng = np.random.default_rng(2)
    p_values, crude = [], []
    for _ in range(300):
        strata = rng.integers(0, 4, 600)
        a, b = (rng.random(600) < 0.1 + 0.2 * strata for _ in range(2))
        p_values.append(together(a, b, strata).p)
        crude.append(together(a, b, np.zeros(600, dtype=int)).p)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.08 and np.mean(np.array(crude) <= 0.05) > 0.8


def test_odds_at_the_margin_are_not_beyond_it():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        a = rng.random(800) < 0.3
        low = 0.2
        high = 2 * low / (1 - low) / (1 + 2 * low / (1 - low))
        b = rng.random(800) < np.where(a, high, low)
        hits += together(a, b, np.zeros(800, dtype=int), odds=2.0).p <= 0.05
    assert hits / 300 <= 0.08


def test_many_rows_and_few_agree():
    rng = np.random.default_rng(4)
    n = 12_000
    strata, a = rng.integers(0, 3, n), rng.random(n) < 0.4
    b = rng.random(n) < np.where(a, 0.43, 0.4)
    many = together(a, b, strata)
    few = [together(a[i::6], b[i::6], strata[i::6]) for i in range(6)]
    assert many.p == pytest.approx(float(stats.norm.sf(many.z)), rel=1e-6)
    assert np.mean([f.odds for f in few]) == pytest.approx(many.odds, rel=0.1)


def test_clusters_that_repeat_themselves_prove_little():
    rng = np.random.default_rng(5)
    a, b = rng.random(30) < 0.5, rng.random(30) < 0.5
    b = np.where(rng.random(30) < 0.4, a, b)
    rows = np.repeat(np.arange(30), 40)
    plain = together(a[rows], b[rows], np.zeros(1200, dtype=int))
    honest = together(a[rows], b[rows], np.zeros(1200, dtype=int), rows)
    assert honest.p > plain.p and math.isfinite(honest.z)
