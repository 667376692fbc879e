"""Thresholds: those of theory where probabilities are true, honest about what choosing brings, and said in both languages."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from apercu.core.goal import Goal
from apercu.evaluate.thresholds import advised, profit, thresholds

RNG = np.random.default_rng(0)
N = 20_000
TRUE = RNG.beta(0.6, 3.0, N)
TRUTH = (RNG.random(N) < TRUE).astype(float)
FOLDS = RNG.integers(0, 5, N)
GOAL = Goal("y", "binary", ("no", "yes"), "yes", value=100.0, cost=6.0, success=0.3)


@pytest.fixture(scope="module")
def advice():
    return {a.purpose: a for a in advised(GOAL, TRUTH, TRUE, FOLDS)}


def test_profit_is_best_where_an_offer_begins_to_pay(advice):
    told = advice["profit"]
    assert told.low <= 6.0 / 30.0 <= told.high and told.low <= told.threshold <= told.high
    taken = TRUE >= 0.2
    exact = (30.0 * TRUTH - 6.0)[taken].sum()
    assert told.value == pytest.approx(exact, rel=0.05) and told.value_low < exact < told.value_high
    assert told.at_half == pytest.approx((30.0 * TRUTH - 6.0)[TRUE >= 0.5].sum())


def test_other_purposes_are_those_of_the_peer(advice):
    for purpose, peer in (("f1", f1_score), ("balanced accuracy", balanced_accuracy_score)):
        told = advice[purpose]
        best = max(peer(TRUTH, cut <= TRUE) for cut in np.linspace(0.02, 0.6, 59))
        assert peer(TRUTH, told.threshold <= TRUE) >= best - 0.004
        assert told.at_half == pytest.approx(peer(TRUTH, TRUE >= 0.5))
        assert told.value_low <= told.value <= told.value_high


def test_choosing_does_not_flatter_itself():
    """Where the score is noise, the chosen threshold brings nothing on rows that did not choose it."""
    balanced = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = (rng.random(300) < 0.3).astype(float)
        [told] = [
            a
            for a in advised(Goal("y", "binary", ("no", "yes"), "yes"), truth, rng.random(300), rng.integers(0, 5, 300))
            if a.purpose == "balanced accuracy"
        ]
        balanced.append(told.value)
    assert abs(np.mean(balanced) - 0.5) < 0.015


def test_profit_curve():
    columns = profit(GOAL, TRUTH, TRUE, 50).columns
    share, value = np.array(columns["share"]), np.array(columns["profit"])
    assert (np.diff(share) > 0).all() and share[0] == 0.0 and share[-1] == 1.0 and value[0] == 0.0
    assert value[-1] == pytest.approx((30.0 * TRUTH - 6.0).sum())
    assert all(low <= x <= high for low, x, high in zip(columns["low"], value, columns["high"], strict=True))
    best = int(np.argmax(value))
    assert columns["threshold"][best] == pytest.approx(0.2, abs=0.04)


def test_weights_count_rows_twice():
    twice = np.repeat(np.arange(400), 2)
    once = {a.purpose: a for a in advised(GOAL, TRUTH[:400], TRUE[:400], FOLDS[:400], weights=np.full(400, 2.0))}
    both = {a.purpose: a for a in advised(GOAL, TRUTH[:400][twice], TRUE[:400][twice], FOLDS[:400][twice])}
    for purpose, told in once.items():
        assert told.at_half == pytest.approx(both[purpose].at_half)


def test_nothing_is_advised_of_one_class_or_one_score():
    assert advised(GOAL, np.ones(10), TRUE[:10], FOLDS[:10]) == [] and advised(GOAL, TRUTH[:50], np.full(50, 0.5), FOLDS[:50]) == []


def test_words_and_table(advice):
    for told in advice.values():
        assert told.say().startswith("Decide “yes” from a probability of ") and told.say().endswith(" at 0.5.")
        assert told.say("zh").endswith("。") and "“yes”" in told.say("zh")
    curve = thresholds(list(advice.values()))
    assert curve.columns["purpose"] == ["profit", "f1", "balanced accuracy"] and {len(c) for c in curve.columns.values()} == {3}
