"""The far tail of normal, exponential-like and heavy sizes is foretold from the near one; gross errors do not move it."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.tails import beyond


@pytest.mark.parametrize(
    ("draw", "point"), [(lambda g, n: g.standard_t(3, n), 6.0), (lambda g, n: g.laplace(size=n), 5.0), (lambda g, n: g.normal(size=n), 3.5)]
)
def test_the_far_tail_lies_between_the_ends(draw, point):
    inside = 0  # of 40; the ends are 90 % ones for the shape, and counts vary besides
    for seed in range(40):
        sizes = np.abs(draw(np.random.default_rng(seed), 5_000))
        likely, least, most = beyond(sizes, point)
        assert least <= likely <= most
        seen = np.count_nonzero(sizes > point)
        inside += least - 2 * np.sqrt(seen) <= seen <= most + 2 * np.sqrt(seen) + 1
    assert inside >= 32


def test_gross_errors_hardly_move_it():
    generator = np.random.default_rng(1)
    sizes = np.abs(generator.normal(size=5_000))
    spoiled = sizes.copy()
    spoiled[:50] += 20.0
    assert beyond(spoiled, 6.0)[2] < 10 and beyond(sizes, 6.0)[2] < 10


@pytest.mark.parametrize("sizes", [np.zeros(0), np.ones(5), np.zeros(500), np.repeat([0.0, 1.0], 300)])
def test_where_nothing_can_be_said_all_may_be_usual(sizes):
    assert beyond(sizes, 5.0) == (len(sizes), 0.0, len(sizes))


def test_a_point_inside_the_bulk():
    assert beyond(np.abs(np.random.default_rng(0).normal(size=1_000)), 0.5)[0] > 0
