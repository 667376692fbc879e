"""Contrasts of cell means: right numbers, Welch's test where there are two cells, level kept for skewed, rare and clustered rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apercu.stats.strata import LEAST, among, crossed, standardised
from apercu.stats.tests import welch


def test_two_cells_are_welch_s_test_up_to_skewness():
    rng = np.random.default_rng(1)
    x, member = rng.normal(size=900), np.arange(900) % 3 == 0
    got, plain = among(x, member.astype(int), np.array([-1.0, 1.0])), welch(x[member], x[~member])
    assert got.gap == pytest.approx(plain.gap)
    assert got.p == pytest.approx(plain.p, rel=0.05) and got.p >= plain.p - 1e-12
    assert got.low <= plain.low + 1e-9 and got.high >= plain.high - 1e-9


def test_the_interval_leaves_out_zero_exactly_where_p_is_small():
    rng = np.random.default_rng(2)
    for _ in range(200):
        x, cells = rng.lognormal(size=80), rng.integers(0, 2, 80)
        got = among(x + 0.3 * cells, cells, np.array([-1.0, 1.0]))
        assert (got.p < 0.05) == (not got.low <= 0.0 <= got.high)


def test_a_reversed_difference_is_seen_from_both_sides():
    rng = np.random.default_rng(3)
    s = rng.random(4000) < 0.5
    t = rng.random(4000) < np.where(s, 0.8, 0.2)
    x = rng.normal(size=4000) + 2.0 * s - 0.5 * t
    both = standardised(x, t, s.astype(int))
    assert both.adjusted.gap == pytest.approx(-0.5, abs=0.12) and both.adjusted.p < 1e-6
    assert both.whole.gap == pytest.approx(0.6 * 2.0 - 0.5, abs=0.15) and both.whole.p < 1e-6
    by_hand = sum(np.mean(s == k) * (x[t & (s == k)].mean() - x[~t & (s == k)].mean()) for k in (0, 1))
    assert both.adjusted.gap == pytest.approx(by_hand) and both.value - both.base == pytest.approx(by_hand)
    assert both.n == 4000 and (both.gaps < 0).all()


def test_strata_with_one_side_only_do_not_count():
    x = np.arange(60.0)
    strata, member = np.repeat([0, 1, -1], 20), np.arange(60) % 2 == 0
    member[:20] = True
    both = standardised(x, member, strata)
    assert both.n == 20 and np.isnan(both.gaps[0]) and not np.isnan(both.gaps[1])
    assert standardised(x, np.ones(60, dtype=bool), strata).adjusted.p == 1.0


def test_crossed_effects_and_their_contrast():
    rng = np.random.default_rng(4)
    a, b = rng.random(6000) < 0.4, rng.random(6000) < 0.5
    x = rng.normal(size=6000) + a * np.where(b, 1.0, -0.5)
    both, there, elsewhere = crossed(x, 2 * a + b)
    assert (there.gap, elsewhere.gap) == pytest.approx((1.0, -0.5), abs=0.12)
    assert both.gap == pytest.approx(there.gap - elsewhere.gap) and both.p < 1e-12


def test_few_rows_and_cells_without_spread_say_nothing():
    few = among(np.arange(2.0 * LEAST - 1), (np.arange(2 * LEAST - 1) < LEAST).astype(int), np.array([-1.0, 1.0]))
    assert few.p == 1.0 and math.isinf(few.low)
    flat = np.repeat([0.0, 1.0], 10)
    assert among(flat, flat.astype(int), np.array([-1.0, 1.0])).p == 1.0
    many = np.repeat([0.0, 1.0], 200)
    assert among(many, many.astype(int), np.array([-1.0, 1.0])).p == 0.0


def test_a_rare_level_that_one_cell_lacks_is_not_taken_for_certain():
    x, cells = np.zeros(400), np.repeat([0, 1], [380, 20])
    x[:8] = 1.0
    assert among(x, cells, np.array([-1.0, 1.0]), rate=True).p > 0.3


def test_rows_of_one_cluster_count_together():
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(40), 50)
    x, cells = rng.normal(size=40)[cluster] + 0.3 * rng.normal(size=2000), (cluster % 2).astype(int)
    loose, tied = (among(x, cells, np.array([-1.0, 1.0]), clusters=c) for c in (None, cluster))
    assert tied.p > loose.p and tied.high - tied.low > 2 * (loose.high - loose.low)
    assert among(x, cells, np.array([-1.0, 1.0]), clusters=cells).p == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["normal", "t3", "lognormal", "rate"])
def test_the_stratified_test_keeps_its_level(draw):
    rng = np.random.default_rng(6)
    made = {"normal": rng.normal, "t3": lambda size: rng.standard_t(3, size), "lognormal": lambda size: rng.lognormal(0, 1, size)}
    low = []
    for _ in range(3000):
        s = rng.integers(0, 4, 600)
        t = rng.random(600) < np.array([0.1, 0.3, 0.6, 0.05])[s]
        x = (rng.random(600) < 0.03).astype(float) if draw == "rate" else made[draw](size=600)
        low.append(standardised(x, t, s, rate=draw == "rate").adjusted.p)
    assert np.mean(np.array(low) <= 0.05) <= 0.065 and np.mean(np.array(low) <= 0.005) <= 0.01
