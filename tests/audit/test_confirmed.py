"""Log-odds move with what is confirmed, most where rows are alike, and stay where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.audit import _confirmed
from apercu.audit._confirmed import weighed

NONE = np.zeros(0, dtype=np.int64)


def table(n=300):
    x = np.random.default_rng(0).normal(size=(n, 3))
    return x, [np.abs(x).max(axis=1), (x**2).sum(axis=1)]


def test_nothing_confirmed_changes_nothing():
    before, after = weighed(*table(), NONE, NONE)
    assert np.array_equal(before, after)


@pytest.mark.parametrize("odd", [True, False])
def test_rows_near_a_confirmed_one_move_with_it(odd):
    x, detected = table()
    row = np.array([10])
    before, after = weighed(x, detected, row if odd else NONE, NONE if odd else row)
    moved = (after - before) * (1.0 if odd else -1.0)
    near = np.argsort(((x - x[10]) ** 2).sum(axis=1))
    assert moved[10] > 0 and moved[near[:20]].mean() > moved[near[-50:]].mean()


def test_more_confirmed_rows_than_are_learned_from(monkeypatch):
    monkeypatch.setattr(_confirmed, "CONFIRMED", 20)
    x, detected = table()
    before, after = weighed(x, detected, np.arange(5), np.arange(5, 200))
    assert np.isfinite(after).all() and (after - before)[:5].mean() > 0


@pytest.mark.parametrize("x", [np.zeros((5, 0)), np.ones((5, 2))])
def test_no_columns_and_constant_ones(x):
    assert np.isfinite(weighed(x, [np.arange(5.0)], np.array([4]), np.array([0]))[1]).all()
