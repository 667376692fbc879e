"""Qini against a slow count by hand, doubly robust means against known effects, and how often the test of a ranking is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.uplift import CUT, curve, doubly_robust, gained, mean_of, qini, ranking, uplift_at


def trial(n: int, seed: int, slope: float = 0.0, effect: float = 0.05):
    """(outcome, treated, x, true effects) of a trial by lot with rates."""
    rng = np.random.default_rng(seed)
    x, treated = rng.normal(size=n), rng.integers(0, 2, n)
    each = effect + slope * x
    return (rng.random(n) < np.clip(0.2 + treated * each, 0, 1)).astype(float), treated, x, each


def by_hand(outcome, treated, score):
    """The curve, one cut after another."""
    points = [(0, 0.0)]
    for cut in np.unique(score)[::-1]:
        inside = score >= cut
        own, other = inside & (treated == 1), inside & (treated == 0)
        base = outcome[other].sum() * own.sum() / other.sum() if other.any() else 0.0
        points.append((int(inside.sum()), float(outcome[own].sum() - base)))
    return np.array(points).T


def test_the_curve_is_what_counting_by_hand_gives():
    outcome, treated, x, _ = trial(300, 0)
    for score in (x, np.round(x), np.zeros(300)):
        taken, gain = gained(outcome, treated, score)
        many, slow = by_hand(outcome, treated, score)
        assert np.array_equal(taken, many) and np.allclose(gain, slow)


def test_qini_is_the_area_over_lots_as_a_share_of_the_best():
    outcome, treated, x, _ = trial(400, 1, 0.1)
    best = outcome * treated - outcome * (1 - treated)
    assert qini(outcome, treated, best) == pytest.approx(1.0)
    assert qini(outcome, treated, np.zeros(400)) == pytest.approx(0.0)

    def area(score):
        many, gain = by_hand(outcome, treated, score)
        return np.trapezoid(gain, many) - 0.5 * many[-1] * gain[-1]

    assert qini(outcome, treated, x) == pytest.approx(area(x) / area(best))
    assert qini(outcome, treated, -x) < 0 < qini(outcome, treated, x)
    assert qini(np.zeros(10), np.arange(10) % 2, np.arange(10.0)) == 0.0


def test_the_drawn_curve_ends_at_the_difference_of_means_and_has_its_band():
    outcome, treated, x, _ = trial(3_000, 5, 0.1)
    share, gain, low, high = curve(outcome, treated, x, points=20)
    assert len(share) <= 20 and share[0] == gain[0] == 0.0 and share[-1] == 1.0
    assert gain[-1] == pytest.approx(outcome[treated == 1].mean() - outcome[treated == 0].mean())
    taken, all_gain = gained(outcome, treated, x)
    assert np.allclose(gain * treated.sum(), np.interp(share * 3_000, taken, all_gain))
    assert (low <= gain).all() and (gain <= high).all() and (high > low)[1:].all()
    for odd in (curve(outcome[:1], treated[:1], x[:1]), curve(np.ones(4), np.ones(4), np.zeros(4))):
        assert all(np.isfinite(part).all() for part in odd)


@pytest.mark.slow
def test_the_band_of_a_point_holds_it_in_95_of_100():
    inside = 0
    truth = 0.5 * (0.05 + 0.1 * np.sqrt(2 / np.pi))  # the upper half of x gains 0.05 + 0.1 E[x | x > 0] each
    for seed in range(300):
        outcome, treated, x, _ = trial(2_000, seed, 0.1)
        share, _, low, high = curve(outcome, treated, x, points=41)
        at = np.abs(share - 0.5).argmin()
        inside += low[at] <= truth <= high[at]
    assert inside >= 300 * 0.95 - 3 * np.sqrt(300 * 0.95 * 0.05) - 1


def test_uplift_among_the_first_is_a_difference_of_means():
    outcome, treated, x, _ = trial(5_000, 2, 0.1)
    found = uplift_at(outcome, treated, x, 0.2)
    first = np.argsort(-x)[:1_000]
    assert found.value == pytest.approx(outcome[first][treated[first] == 1].mean() - outcome[first][treated[first] == 0].mean())
    assert found.low < found.value < found.high and found.p < 0.01
    assert uplift_at(outcome[:3], np.ones(3), x[:3]).high == np.inf


def test_doubly_robust_means_hold_the_effect_when_either_part_is_right():
    rng = np.random.default_rng(3)
    x = rng.normal(size=40_000)
    e = 1 / (1 + np.exp(-x))
    treated = (rng.random(40_000) < e).astype(int)
    outcome = x + 0.5 * treated + rng.normal(size=40_000)  # those treated are also those of larger x
    naive = outcome[treated == 1].mean() - outcome[treated == 0].mean()
    right, wrong = np.column_stack([x, x + 0.5]), np.zeros((40_000, 2))
    by_expectation = mean_of(doubly_robust(outcome, treated, right, np.full(40_000, 0.5)))
    by_chance = mean_of(doubly_robust(outcome, treated, wrong, e))
    assert naive > 1.0
    for found in (by_expectation, by_chance):
        assert abs(found.value - 0.5) < 4 * found.error and found.low < found.value < found.high
    assert np.isfinite(doubly_robust(outcome, treated, wrong, np.zeros(40_000))).all() and CUT > 0
    assert mean_of(np.zeros(0)).high == np.inf


def test_blocks_widen_what_repeats():
    score = np.repeat(np.random.default_rng(4).normal(size=100), 20)
    alone, together = mean_of(score), mean_of(score, np.repeat(np.arange(100), 20))
    assert together.error > 3 * alone.error


def test_a_ranking_that_is_right_is_held_and_a_constant_one_is_not():
    outcome, treated, x, _ = trial(20_000, 5, 0.05)
    score, folds = doubly_robust(outcome, treated, np.full((20_000, 2), 0.2), np.full(20_000, 0.5)), np.arange(20_000) % 5
    assert ranking(score, x, folds).p < 1e-6 and ranking(score, x, folds, margin=0.1).p < 1e-4
    assert ranking(score, -x, folds).p > 0.99
    assert ranking(score, np.ones(20_000), folds).p == 1.0
    better = x > np.median(x)
    assert ranking(score, x, folds).value == pytest.approx(score[better].mean() - score.mean(), abs=0.01)


def test_a_difference_too_small_to_act_upon_is_none():
    rng = np.random.default_rng(6)
    x = rng.normal(size=200_000)
    score = 1.0 + 0.05 * x + rng.normal(size=200_000)  # effects differ, but the better half gains four per cent more
    folds = np.arange(200_000) % 5
    assert ranking(score, x, folds).p < 1e-6
    assert ranking(score, x, folds, margin=0.1).p > 0.5


@pytest.mark.slow
def test_false_rankings_are_as_rare_as_stated():
    wrong = 0
    for seed in range(2_000):
        outcome, treated, x, _ = trial(1_500, seed)
        score = doubly_robust(outcome, treated, np.full((1_500, 2), 0.2), np.full(1_500, 0.5))
        wrong += ranking(score, x, np.arange(1_500) % 5).p < 0.05
    assert wrong / 2_000 < 0.065
