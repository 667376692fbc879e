"""Grouping, matching and the growing set agree with what plain Python finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.stats.joins import KeySet, grouped, matched

keys = st.lists(st.integers(0, 6), max_size=30)


@settings(deadline=None)
@given(keys)
def test_rows_of_a_key_stand_together_in_order(told):
    starts, order = grouped(np.array(told, np.int32), 7)
    for key in range(7):
        assert order[starts[key] : starts[key + 1]].tolist() == [i for i, k in enumerate(told) if k == key]


@settings(deadline=None)
@given(keys, keys)
def test_pairs_with_equal_keys(left, right):
    rows, others = matched(np.array(left, np.int32), *grouped(np.array(right, np.int32), 7))
    assert list(zip(rows.tolist(), others.tolist(), strict=True)) == [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 40), max_size=40), max_size=5), st.lists(st.integers(0, 40)))
def test_a_set_numbers_what_is_new(rounds, sought):
    numbers: dict[int, int] = {}
    held = KeySet()
    for told in rounds:
        new = held.add(np.array(told, np.int64))
        for key, fresh in zip(told, new.tolist(), strict=True):
            assert fresh == (key not in numbers)
            numbers.setdefault(key, len(numbers))
    assert len(held) == len(numbers)
    assert held.find(np.array(sought, np.int64)).tolist() == [numbers.get(key, -1) for key in sought]


def test_a_set_grows_far():
    held = KeySet()
    told = np.random.default_rng(0).integers(0, 2**62, 100_000)
    assert held.add(told).all() and not held.add(told[::-1].copy()).any()
    assert np.array_equal(held.find(told), np.arange(100_000))
