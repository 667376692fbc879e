"""Features of series: equal to a slow reading of the definition, and what is behind a series' end does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats import rocket


def series(n=12, channels=2, longest=60, seed=1):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(longest // 2, longest + 1, n)
    values = rng.normal(size=(n, channels, longest)).astype(np.float32)
    values *= (np.arange(longest) < lengths[:, None])[:, None, :]
    return values, lengths


def slowly(plan, values, length, row):
    """The numbers of every threshold that belongs to one row of `chosen`, by the definition."""
    dilation, triple = plan.dilations[row // 84], rocket.TRIPLES[row % 84]
    weights = np.full(9, -1.0)
    weights[triple] = 2.0
    own = values[[c for c in plan.chosen[row] if c >= 0], :length].sum(axis=0).astype(np.float64)
    edge = 4 * dilation
    padded = np.concatenate([np.zeros(edge), own, np.zeros(edge)])
    made = np.array([sum(w * padded[i + j * dilation] for j, w in enumerate(weights)) for i in range(length)])
    if (row // 84 + row % 84) % 2 == 1 and length > 2 * edge:
        made = made[edge : length - edge]
    told = []
    for bias in plan.biases[plan.reads == row].astype(np.float64):
        above = made > bias
        runs, best = 0, 0
        for up in above:
            runs = runs + 1 if up else 0
            best = max(best, runs)
        many = max(above.sum(), 1)
        told += [above.mean(), (made - bias)[above].sum() / many, best / len(made)]
    return told


def test_features_follow_the_definition():
    values, lengths = series()
    plan = rocket.planned(values, lengths, 500)
    found = rocket.transformed(plan, values, lengths)
    assert found.shape == (12, 3 * len(plan.biases)) and found.dtype == np.float32
    reads = np.repeat(plan.reads, 3)
    for row in (0, 5, 84, len(plan.chosen) - 1):
        for i in (0, 7):
            assert found[i, reads == row] == pytest.approx(slowly(plan, values[i], int(lengths[i]), row), abs=2e-4)


def test_fewer_pools_are_the_first_of_all():
    values, lengths = series(channels=1)
    plan = rocket.planned(values, lengths, 300)
    every = rocket.transformed(plan, values, lengths).reshape(12, -1, 3)
    assert np.allclose(rocket.transformed(plan, values, lengths, 1), every[:, :, 0])
    assert np.allclose(rocket.transformed(plan, values, lengths, 2).reshape(12, -1, 2), every[:, :, :2], atol=1e-5)


def test_groups_follow_the_definition():
    values, lengths = series(channels=1)
    plan = rocket.hydra(1, 60)
    found = rocket.pooled(plan, values, lengths).reshape(12, len(plan.dilations), rocket.GROUPS, 2, rocket.RIVALS)
    length, d, g = int(lengths[3]), 1, 4
    edge = 4 * plan.dilations[d]
    padded = np.concatenate([np.zeros(edge), values[3, 0, :length], np.zeros(edge)])
    made = np.array([[sum(w * padded[i + j * plan.dilations[d]] for j, w in enumerate(own)) for i in range(length)] for own in plan.weights[g]])
    best, worst = made.argmax(axis=0), made.argmin(axis=0)
    assert found[3, d, g, 0] == pytest.approx(np.sqrt(np.maximum(np.bincount(best, made.max(axis=0), 8), 0.0)), abs=1e-3)
    assert found[3, d, g, 1] == pytest.approx(np.sqrt(np.bincount(worst, minlength=8)))


def test_what_lies_behind_the_end_does_not_matter():
    values, lengths = series()
    plan, groups = rocket.planned(values, lengths, 300), rocket.hydra(2, 60)
    longer = np.pad(values, ((0, 0), (0, 0), (0, 25)))
    assert np.array_equal(rocket.transformed(plan, longer, lengths), rocket.transformed(plan, values, lengths))
    assert np.array_equal(rocket.pooled(groups, longer, lengths), rocket.pooled(groups, values, lengths))


def test_same_seed_same_kernels_and_another_others():
    values, lengths = series()
    one, same, other = (rocket.planned(values, lengths, 300, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.biases, same.biases) and not np.array_equal(one.biases, other.biases)


@pytest.mark.parametrize("length", [1, 2, 9])
def test_very_short_series_are_borne(length):
    values, lengths = np.ones((2, 1, length), dtype=np.float32), np.array([length, 1])
    plan = rocket.planned(values, lengths, 200)
    assert np.isfinite(rocket.transformed(plan, values, lengths)).all()
    assert np.isfinite(rocket.pooled(rocket.hydra(1, length), values, lengths)).all()
