"""Sums of two groups of rows: equal to what NumPy says of them, by cluster too."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.sides import sides


def test_means_and_central_moments_are_those_of_the_rows():
    rng = np.random.default_rng(1)
    x, group = rng.exponential(2.0, 3_000) + 1e6, rng.integers(0, 3, 3_000)
    x[rng.random(3_000) < 0.1] = np.nan
    both = sides(x, group == 0, group == 1)
    for side in (0, 1):
        own = x[(group == side) & ~np.isnan(x)]
        d = own - own.mean()
        assert both.n[side] == len(own)
        assert both.mean[side] == pytest.approx(own.mean(), rel=1e-14)
        assert (both.second[side], both.third[side], both.fourth[side]) == pytest.approx([(d**k).mean() for k in (2, 3, 4)], rel=1e-7)
        assert both.variances[side] == pytest.approx(own.var(ddof=1), rel=1e-7)
    assert both.counts.shape == (0, 2)


def test_clusters_hold_the_rows_of_both_groups_about_the_mean_of_all():
    rng = np.random.default_rng(2)
    x, member, cluster = rng.normal(5, 1, 500), rng.random(500) < 0.4, rng.integers(0, 7, 500)
    both = sides(x, member, ~member, cluster)
    assert both.counts[:, 0].tolist() == np.bincount(cluster[member], minlength=7).tolist()
    assert both.sums[:, 1] == pytest.approx(np.bincount(cluster[~member], x[~member] - x.mean(), 7))


def test_groups_without_rows_are_empty_and_nothing_is_divided_by_them():
    nobody = np.zeros(4, dtype=bool)
    both = sides(np.array([1.0, 2.0, np.nan, 4.0]), nobody, ~nobody)
    assert both.n == (0, 3)
    assert both.mean[0] == 0.0
    assert sides(np.zeros(0), nobody[:0], nobody[:0], np.zeros(0, dtype=np.int64)).n == (0, 0)
