"""Coefficients along a clock: right numbers, and p-values that hold where rows, blocks and times depend on each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import binom, linregress

from apercu.stats.series import burst, interaction, judged, line, memory, poisson_tail, recurring, step, stretches


def remembering(k, rho, rng):
    return lfilter([1.0], [1.0, -rho], rng.normal(size=k + 200))[200:]


def test_a_line_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    t = rng.random(400)
    x = 3 + 2 * t + rng.normal(size=400)
    made, wanted = line(t, x), linregress(t, x)
    assert (made.base, made.value) == pytest.approx((wanted.intercept, wanted.intercept + wanted.slope))
    assert made.contrast.gap == pytest.approx(wanted.slope)
    assert made.contrast.low < wanted.slope < made.contrast.high and made.contrast.p < 1e-5


def test_a_wider_level_gives_a_wider_interval():
    rng = np.random.default_rng(1)
    t, x = rng.random(300), rng.normal(size=300)
    a, b = line(t, x).contrast, line(t, x, level=0.999).contrast
    assert b.low < a.low < a.high < b.high and a.p == b.p


def test_few_rows_and_one_moment_say_nothing():
    for n in range(12):
        assert line(np.arange(n) / 11, np.arange(n, dtype=float)).contrast.p == 1.0
    assert line(np.zeros(50), np.arange(50.0)).contrast.p == 1.0
    assert step(np.arange(50.0), np.arange(50.0), np.ones(50, dtype=bool)).p == 1.0
    assert interaction(np.arange(50.0), np.arange(50.0), np.zeros(50, dtype=bool)).p == 1.0
    assert judged(1.0, np.zeros(50), np.zeros(50), np.arange(50)).p == 1.0
    assert len(stretches(np.zeros(0))) == 0


def test_what_all_rows_share_is_no_interaction():
    rng = np.random.default_rng(2)
    n = 3_000
    t = rng.random(n)
    shared = np.sin(5 * t) * 4 + 3 * t
    member = rng.random(n) < 0.1 + 0.6 * t  # more of them later: their own line is another one
    x = shared + rng.normal(size=n)
    own, others = line(t[member], x[member]).contrast.gap, line(t[~member], x[~member]).contrast.gap
    assert abs(own - others) > 0.5 and interaction(t, x, member).p > 0.05
    steeper = interaction(t, x + 1.5 * member * t, member)
    assert steeper.p < 1e-4 and steeper.low < 1.5 < steeper.high


def test_rows_of_one_entity_count_once():
    rng = np.random.default_rng(3)
    entity = np.repeat(np.arange(40), 50)
    t, x = rng.random(40)[entity], rng.normal(size=40)[entity]
    bound = line(t, x, entity).contrast
    assert bound.high - bound.low > 3 * (2 * abs(linregress(t, x).stderr))


def test_a_memory_inflates_and_its_absence_does_not():
    rng = np.random.default_rng(4)
    ones = np.full(100, 0.01)
    plain = np.median([memory(rng.normal(size=100), ones, np.arange(100)) for _ in range(100)])
    long = np.median([memory(remembering(100, 0.8, rng), ones, np.arange(100)) for _ in range(100)])
    assert 1.0 <= plain < 1.5 and long > 4.0
    assert memory(np.ones(3), np.ones(3), np.arange(3)) == 1.0


@pytest.mark.parametrize("noise", ["normal", "t3", "lognormal", "remembers", "shocks"])
def test_noise_is_seldom_a_line_or_a_step(noise):
    rng = np.random.default_rng(5)
    low = np.zeros(3)
    rounds = 150
    for _ in range(rounds):
        t = np.sort(rng.random(600))
        x = {
            "normal": lambda: rng.normal(size=600),
            "t3": lambda: rng.standard_t(3, 600),
            "lognormal": lambda: rng.lognormal(0, 1.2, 600),
            "remembers": lambda: remembering(600, 0.5, rng),
            "shocks": lambda t=t: rng.normal(size=600) + remembering(50, 0.5, rng)[(t * 50).astype(int)],
        }[noise]()
        member = rng.random(600) < 0.2
        low += np.array([line(t, x).contrast.p, step(t, x, t > 0.6).p, interaction(t, x, member).p]) <= 0.05
    assert (low / rounds <= 0.10).all()


def test_a_burst_is_found_and_scatter_is_not():
    rng = np.random.default_rng(6)
    places = np.arange(52)
    member = (places >= 20) & (places < 24)
    found = burst(rng.poisson(np.where(member, 12.0, 2.0)).astype(float), member, places)
    assert found.p < 1e-4 and 8 < found.gap < 12
    calm = [burst(rng.negative_binomial(2, 0.2, 52).astype(float), member, places).p for _ in range(200)]
    assert np.mean(np.array(calm) <= 0.05) <= 0.10
    assert burst(np.zeros(52), member, places).p == 1.0 and burst(np.ones(4), np.arange(4) < 1, np.arange(4)).p == 1.0


def test_a_share_of_events_is_binomial():
    assert poisson_tail(9, 30, 0.1, more=True) == pytest.approx(binom.sf(8, 30, 0.1))
    assert poisson_tail(1, 30, 0.3, more=False) == pytest.approx(binom.cdf(1, 30, 0.3))
    assert poisson_tail(0, 30, 0.3, more=True) == 1.0 == poisson_tail(3, 0, 0.3, more=True)


def test_a_season_must_recur():
    rng = np.random.default_rng(7)
    day = np.arange(7 * 30)
    cycle, part = day // 7, day % 7
    y = rng.poisson(10, len(day)).astype(float) + 6 * (part >= 5) + 0.2 * cycle  # a trend besides
    found, cycles, agree = recurring(y, part >= 5, cycle, part)
    assert cycles == 30 and agree > 0.9 and found.p < 1e-8 and 4 < found.gap < 8
    month = np.arange(36)
    once = np.where(month == 11, 30.0, 0.0) + rng.normal(size=36)
    assert recurring(once, month % 12 == 11, month // 12, month % 12)[0].p > 0.05  # December of one year out of three
    thrice = np.where(month % 12 == 11, 10.0, 0.0) + rng.normal(size=36)
    assert recurring(thrice, month % 12 == 11, month // 12, month % 12)[0].p < 1e-4
    assert recurring(y[:7], part[:7] >= 5, cycle[:7], part[:7])[0].p == 1.0


def test_noise_has_no_season():
    rng = np.random.default_rng(8)
    month = np.arange(36)
    low = [recurring(rng.normal(size=36), month % 12 == 3, month // 12, month % 12)[0].p <= 0.05 for _ in range(300)]
    assert np.mean(low) <= 0.07
