"""Groups of rows: found where they are, not where columns merely move together, and alike from run to run."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.kmeans import agreement, kmeans, nearest, principal, settled, shake


def standard(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def single(d):
    return [slice(i, i + 1) for i in range(d)]


def grouped(x):
    """The groups of columns that stand for themselves, as a pattern looks for them."""
    x = standard(x)
    axes = principal(x, single(x.shape[1]))
    coarse = np.array([np.diff(np.unique(c)).mean() if len(np.unique(c)) < 10 else 0.0 for c in x.T])
    return settled(x @ axes, shaken=shake(x, coarse) @ axes) if axes.shape[1] else None


def blobs(rng, n, centres):
    label = rng.integers(0, len(centres), n)
    return np.asarray(centres, dtype=float)[label] + rng.normal(size=(n, len(centres[0]))), label


def test_agreement_is_that_of_a_library():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
        assert agreement(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b))
    assert agreement(np.zeros(0, int), np.zeros(0, int)) == 0.0


def test_kmeans_finds_groups_far_apart():
    rng = np.random.default_rng(1)
    x, label = blobs(rng, 900, [[0, 0], [8, 0], [0, 8]])
    centres, left = kmeans(x, 3)
    assert agreement(nearest(x, centres), label) > 0.99 and left == pytest.approx(2.0, abs=0.3)


def test_the_number_of_groups_is_found_beside_columns_of_noise():
    rng = np.random.default_rng(2)
    x, label = blobs(rng, 1500, [[0, 0, 0, 0], [6, 6, 0, 0], [0, 0, 6, 6]])
    x = np.column_stack([x, rng.normal(size=(1500, 8))])
    found = grouped(x)
    assert found is not None and len(found.centres) == 3 and found.stability > 0.9
    z = standard(x)
    assert agreement(nearest(z @ principal(z, single(12)), found.centres), label) > 0.95


@pytest.mark.parametrize("name,k", [("load_iris", 3), ("load_wine", 3)])
def test_known_tables(name, k):
    table = getattr(pytest.importorskip("sklearn.datasets"), name)()
    order = np.random.default_rng(3).permutation(len(table.data))
    found = grouped(table.data[order])
    assert found is not None and len(found.centres) == k


@pytest.mark.parametrize("draw", ["normal", "uniform", "t3", "binary"])
@pytest.mark.parametrize("n", [200, 2000])
def test_columns_that_move_together_are_no_groups(draw, n):
    rng = np.random.default_rng(4)
    trait, own = rng.normal(size=(n, 1)), rng.normal(size=(n, 8))
    made = {
        "normal": trait + own,
        "uniform": rng.random((n, 1)) + 0.3 * rng.random((n, 8)),
        "t3": rng.standard_t(3, (n, 1)) + rng.standard_t(3, (n, 8)),
        "binary": (0.7 * trait + own > 0).astype(float),
    }
    assert grouped(made[draw]) is None


def test_independent_columns_have_no_axes_to_group_along():
    rng = np.random.default_rng(5)
    axes = [principal(standard(rng.normal(size=(n, 12))), single(12)).shape[1] for n in (100, 1000) for _ in range(5)]
    assert sum(axes) <= 1
    assert principal(np.empty((0, 3)), single(3)).shape == (3, 0)


def test_the_levels_of_one_category_are_dealt_together():
    rng = np.random.default_rng(6)
    level = rng.integers(0, 3, 2000)
    held = (level[:, None] == np.arange(3)) - 1 / 3
    x = np.column_stack([held * np.sqrt(3), standard(rng.normal(size=(2000, 2)))])
    assert principal(x, [slice(0, 3), slice(3, 4), slice(4, 5)]).shape[1] == 0


def test_few_or_equal_rows_are_survived():
    assert settled(np.zeros((10, 2))) is None
    assert settled(np.zeros((500, 2))) is None
