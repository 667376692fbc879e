"""The sums and bounds of growing boxes against ones written plainly."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.codes import Codes
from apercu.core.rows import Rows
from apercu.stats.beam import binned, contrast, held, optimistic
from apercu.stats.kernels import singles


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    columns = {"a": rng.choice(list("xyz"), 900).astype(object), "b": rng.normal(size=900), "c": rng.integers(0, 4, 900)}
    m = rng.gamma(2.0, size=900)
    return Codes.of(Rows.of(columns), ("a", "b", "c"), bins=5, least=20), m - m.mean()


def test_what_each_item_holds_of_some_rows(table):
    codes, m = table
    rows = np.flatnonzero(np.random.default_rng(1).random(900) < 0.3)
    count, total = held(codes.codes, m, rows, (codes.levels, codes.starts, codes.low, codes.high))
    for i in range(len(codes.terms)):
        inside = codes.holds(i)[rows]
        assert count[i] == inside.sum() and total[i] == pytest.approx(m[rows][inside].sum())


@pytest.mark.parametrize("rate", [False, True])
def test_z_is_that_of_the_search(table, rate):
    codes, m = table
    if rate:
        y = (m > 1).astype(float)
        m, scale = y - y.mean(), (float(y.std()), float(y.mean()))
    else:
        scale = (float(m.std()), -1.0)
    count, total = held(codes.codes, m, np.arange(900), (codes.levels, codes.starts, codes.low, codes.high))
    ours = contrast(count, total, 900.0, float(m.sum()), scale, 30)
    assert ours == pytest.approx(singles(codes.codes, m, scale, codes.starts, codes.low, codes.high, 30))


def test_too_few_rows_have_no_z():
    assert contrast(np.array([5.0, 50.0]), np.array([9.0, 9.0]), np.array([100.0, 55.0]), np.array([0.0, 0.0]), (1.0, -1.0), 10).tolist() == [0, 0]


@pytest.mark.parametrize("least", [1, 10, 40])
def test_no_part_of_a_box_goes_beyond_the_optimistic_estimate(table, least):
    _, m = table
    bins, sd = binned(m), float(m.std())
    rows = np.flatnonzero(np.random.default_rng(least).random(900) < 0.2)
    for ordered in (np.sort(m[rows]), np.sort(-m[rows])):
        k = np.arange(1, len(rows) + 1)
        best = (np.cumsum(ordered[::-1]) / np.sqrt(k))[least - 1 :].max() / sd
        assert best <= optimistic(bins, m, rows, sd, least) + 1e-9
    exact = max((np.cumsum(np.sort(s * m[rows])[::-1]) / np.sqrt(k))[least - 1 :].max() for s in (1, -1)) / sd
    assert optimistic(bins, m, rows, sd, least) < 1.1 * exact


def test_the_estimate_of_a_rate_is_the_formula():
    y = np.repeat([1.0, 0.0], [100, 900])
    m, rows = y - y.mean(), np.arange(60, 200)  # 40 hits
    assert optimistic(binned(m), m, rows, float(m.std()), 10) == pytest.approx(np.sqrt(40) * 0.9 / np.sqrt(0.09))
    assert optimistic(binned(m), m, rows[:5], float(m.std()), 10) == 0.0


def test_bins_of_few_values_are_the_values():
    bins = binned(np.array([0.0, 1.0, 1.0, 0.0, 0.0]))
    assert bins.of.tolist() == [0, 1, 1, 0, 0] and bins.lowest.tolist() == bins.highest.tolist() == [0.0, 1.0]
