"""Bins: where the edges lie, what is missing, rare or new, and the conditions that they are told as."""

from __future__ import annotations

import json

import numpy as np

from apercu.core.rows import Rows
from apercu.train._bins import Bins


def test_edges_are_round_and_part_the_values():
    rows = Rows.of({"x": [1.0, 2.0, 2.0, 7.3, 7.4, 40.0, None]})
    bins = Bins.fit(rows, "x")
    assert bins.edges == (1.0, 2.0, 7.3, 10.0) and bins.size == 6
    assert bins.codes(rows).tolist() == [1, 2, 2, 3, 4, 5, 0]
    assert bins.codes(Rows.of({"x": [-9.0, 1e9, float("inf")]})).tolist()[:2] == [1, 5]


def test_many_values_become_bins_of_about_equally_many_rows():
    x = np.random.default_rng(1).lognormal(size=5_000)
    bins = Bins.fit(Rows.of({"x": x}), "x", most=20)
    held = np.bincount(bins.codes(Rows.of({"x": x})), minlength=bins.size)
    assert held[0] == 0 and len(bins.edges) == 19 and held[1:-1].min() > 200 and held.max() < 300


def test_levels_that_are_rare_or_new_share_a_bin():
    rows = Rows.of({"p": ["a"] * 6 + ["b"] * 5 + ["c"] + [None]})
    bins = Bins.fit(rows, "p")
    assert bins.levels == ("a", "b")
    assert bins.codes(Rows.of({"p": ["b", "c", "new", None]})).tolist() == [2, 3, 3, 0]


def test_conditions_hold_where_the_codes_are():
    rng = np.random.default_rng(2)
    when = (np.datetime64("2024-01-01") + rng.integers(0, 300, 200).astype("timedelta64[D]")).astype("datetime64[us]")
    rows = Rows.of({"x": rng.integers(0, 30, 200).astype(float), "p": rng.choice(["a", "b", "c"], 200).astype(object), "when": when})
    for name in ("x", "when"):
        bins = Bins.fit(rows, name, most=8)
        codes = bins.codes(rows)
        for k in range(2, bins.size):
            low, high = bins.term(1, k), bins.term(k, bins.size)
            assert np.array_equal(low.holds(rows), codes < k) and np.array_equal(high.holds(rows), codes >= k)
        assert bins.term(2, 3) is None and bins.term(1, bins.size) is None
    levels = Bins.fit(rows, "p")
    assert np.array_equal(levels.term(2, 3).holds(rows), levels.codes(rows) == 2)
    assert levels.term(1, 3).value == ("a", "b") and levels.term(4, 5) is None


def test_comes_back_equal_and_bears_nothing():
    rows = Rows.of({"x": [1.0, 2.5, None], "p": ["a"] * 3})
    for name in rows:
        bins = Bins.fit(rows, name)
        assert Bins.from_json(json.loads(json.dumps(bins.to_json()))) == bins
    empty = Bins.fit(Rows.of({"x": np.full(3, np.nan)}), "x")
    assert empty.size == 2 and empty.codes(Rows.of({"x": [1.0, None]})).tolist() == [1, 0]
