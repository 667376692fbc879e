"""Lines and jumps are told from walks of any size, and still seen in plain noise."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.wandering import abruptness, granted, jump, steadiness


def series(seed, walk, n=2_400):
    """(t, x): a walk over 240 moments, `walk` deviations of the rows wide, and noise."""
    rng = np.random.default_rng(seed)
    t = np.sort(rng.random(n))
    way = np.cumsum(rng.normal(size=240))
    return t, walk * ((way - way.mean()) / way.std())[np.minimum((t * 240).astype(int), 239)] + rng.normal(size=n)


def best_cut(t, x):
    cuts = np.linspace(0.05, 0.95, 91)
    late = [t >= cut for cut in cuts]
    return float(cuts[int(np.argmax([abs(x[m].mean() - x[~m].mean()) * (m.mean() * (1 - m.mean())) ** 0.5 for m in late]))])


@pytest.mark.parametrize("walk", [0.3, 1.0, 5.0])
def test_a_walk_seldom_has_a_line_or_a_jump(walk):
    lines, jumps = 0, 0
    for seed in range(60):
        t, x = series(seed, walk)
        lines += steadiness(t, x) >= 1
        jumps += abruptness(t, x, best_cut(t, x)) >= 1
    assert lines <= 11 and jumps <= 11


def test_lines_and_jumps_in_plain_noise_are_seen():
    lines, jumps = 0, 0
    for seed in range(30):
        t, x = series(seed, 0.0, 5_000)
        lines += steadiness(t, x + 0.5 * t) >= 1
        jumps += abruptness(t, x + 0.5 * (t >= 0.4), 0.4) >= 1
    assert lines >= 25 and jumps >= 25


def test_a_jump_is_the_difference_of_means_and_a_slope_beside_it_no_memory():
    t, x = series(1, 0.0, 4_000)
    x = x + 0.5 * t - 0.6 * (t >= 0.5)
    late = t >= 0.5
    seen = jump(t, x, late)
    assert seen.gap == pytest.approx(x[late].mean() - x[~late].mean())
    assert seen.low < seen.gap < seen.high and seen.p < 1e-6


def test_small_and_odd_inputs():
    assert steadiness(np.zeros(0), np.zeros(0)) == 0.0 and abruptness(np.zeros(3), np.ones(3), 0.5) == 0.0
    t = np.linspace(0, 1, 40)
    assert jump(t, t, t > 2).p == 1.0
    assert steadiness(t, np.ones(40)) >= 0.0 and abruptness(t, np.ones(40), 0.5) >= 0.0
    assert granted(jump(t, t, t > 0.5), 0.5).p == 1.0
