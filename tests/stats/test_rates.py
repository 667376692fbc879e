"""A rate's interval knows that rows of one block say the same."""

from __future__ import annotations

import numpy as np

from apercu.stats.intervals import wilson
from apercu.stats.rates import rate


def test_without_blocks_it_is_wilsons():
    hits = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    assert rate(hits, None) == (0.6, *wilson(3, 5))


def test_rows_that_repeat_their_block_count_once():
    rng = np.random.default_rng(1)
    own = (rng.random(60) < 0.4).astype(float)
    blocks, hits = np.repeat(np.arange(60), 25), np.repeat(own, 25)
    seen, low, high = rate(hits, blocks)
    plain = wilson(own.sum(), 60)
    assert seen == own.mean()
    assert low <= plain[0] + 1e-3
    assert high >= plain[1] - 1e-3
    assert high - low < 1.15 * (plain[1] - plain[0])


def test_blocks_that_mean_nothing_cost_little():
    rng = np.random.default_rng(2)
    hits = (rng.random(2_000) < 0.3).astype(float)
    _, low, high = rate(hits, rng.integers(0, 100, 2_000))
    plain = wilson(hits.sum(), 2_000)
    assert high - low < 1.3 * (plain[1] - plain[0])


def test_it_covers_the_truth_in_blocks():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(300):
        chance = rng.beta(2, 3, 40)
        blocks = np.repeat(np.arange(40), 20)
        _, low, high = rate((rng.random(800) < chance[blocks]).astype(float), blocks)
        covered += low <= 0.4 <= high
    assert covered >= 0.92 * 300


def test_ends():
    assert rate(np.zeros(0), None) == (0.0, 0.0, 1.0)
    assert rate(np.ones(9), np.zeros(9)) == (1.0, 0.0, 1.0)
    seen, low, high = rate(np.ones(40), np.repeat(np.arange(8), 5))
    assert seen == 1.0
    assert low < wilson(40, 40)[0]
    assert high == 1.0
