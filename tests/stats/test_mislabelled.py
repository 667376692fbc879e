"""Noise rates are found where the model knows its classes, told apart from ignorance where it does not, and chances of being wrong are right."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.mislabelled import posterior, transition


def world(rates, n=6_000, seed=0, steep=6.0):
    """(given, chance of each given label, whether the label is wrong): a target of len(rates) classes that x tells but for `steep`."""
    generator = np.random.default_rng(seed)
    k = len(rates)
    truth = generator.integers(0, k, n)
    score = generator.normal(size=(n, k)) + steep * np.eye(k)[truth]
    weight = np.exp(steep * (score - score.max(axis=1, keepdims=True)))
    true = weight / weight.sum(axis=1, keepdims=True)
    t = np.diag(1.0 - np.array(rates)) + (np.array(rates)[:, None] * (1 - np.eye(k)) / (k - 1))
    given = np.array([generator.choice(k, p=t[c]) for c in truth])
    return given, true @ t, given != truth


@pytest.mark.parametrize("rates", [(0.05, 0.05), (0.1, 0.0), (0.0, 0.15), (0.05, 0.1, 0.0), (0.08,) * 5])
def test_rates_are_found_in_both_directions(rates):
    given, probability, _ = world(rates)
    noise = transition(given, probability)
    assert noise.known.all()
    assert np.abs(noise.middle - rates).max() < 0.03
    assert np.all(noise.low <= noise.middle) and np.all(noise.middle <= noise.high)


def test_the_chance_of_being_wrong_is_calibrated():
    given, probability, wrong = world((0.1, 0.05, 0.1), steep=2.5)
    noise = transition(given, probability)
    chance = posterior(given, probability, noise.at(noise.middle))
    for low, high in ((0.0, 0.2), (0.5, 1.01), (0.9, 1.01)):
        inside = (chance >= low) & (chance < high)
        assert inside.sum() > 30 and abs(chance[inside].mean() - wrong[inside].mean()) < 0.12


def test_ignorance_is_not_taken_for_noise():
    """A target that is only hard to predict: its surest rows show ever fewer other labels, so no noise is claimed."""
    for seed in range(20):
        generator = np.random.default_rng(seed)
        high = 1 / (1 + np.exp(-generator.normal(-1.5, 1.5, 5_000)))
        given = (generator.random(5_000) < high).astype(int)
        noise = transition(given, np.column_stack([1 - high, high]))
        chance = posterior(given, np.column_stack([1 - high, high]), noise.at(np.where(noise.known, noise.middle, 0.0)))
        assert (chance > 0.5).sum() <= 5


def test_where_labels_go_is_learned():
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 4, 4_000)
    given = np.where(generator.random(4_000) < 0.15, (truth + 1) % 4, truth)
    true = np.full((4_000, 4), 1e-3)
    true[np.arange(4_000), truth] = 1 - 3e-3
    t = 0.85 * np.eye(4) + 0.15 * np.roll(np.eye(4), 1, axis=1)
    noise = transition(given, true @ t)
    assert np.all(np.argmax(noise.spread, axis=1) == (np.arange(4) + 1) % 4)
    chance = posterior(given, true @ t, noise.at(noise.middle))
    assert chance[given != truth].mean() > 0.8 and chance[given == truth].max() < 0.05


def test_wrong_labels_that_go_anywhere_are_spread_evenly_and_others_are_not():
    """Few rows of many classes: what hardly was counted is not believed where wrong labels go anywhere, and is where they go to one class each."""
    generator = np.random.default_rng(4)
    truth = generator.integers(0, 12, 2_400)
    other = generator.integers(1, 12, 2_400)
    for step, least, most in ((other, 0.0, 0.35), (np.ones(2_400, dtype=int), 0.8, 1.0)):
        given = np.where(generator.random(2_400) < 0.06, (truth + step) % 12, truth)
        true = np.full((2_400, 12), 1e-3)
        true[np.arange(2_400), truth] = 1 - 11e-3
        largest = transition(given, true).spread.max(axis=1)
        assert least <= largest.mean() <= most


def test_small_and_odd_input():
    few = transition(np.array([0, 1, 0]), np.full((3, 2), 0.5))
    assert not few.known.any() and np.all(few.high == 0)
    one = transition(np.zeros(50, dtype=int), np.column_stack([np.ones(50), np.zeros(50)]))
    assert one.high[0] == 0
    assert np.all(posterior(np.array([0, 1]), np.zeros((2, 2)), np.eye(2)) == 0)
