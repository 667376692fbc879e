"""Which columns decide which: agreement of groups, equal columns, and what others imply."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.discover._determined import agreement, codes_of, decided, equals, groups_of

from . import relations


def test_agreement_of_rows_and_of_pairs():
    by, of = np.array([0, 0, 0, 1, 1, 2, -1]), np.array([5, 5, 4, 3, 3, 1, 5])
    share, base, agreed, chance, n = agreement(by, of)
    assert (share, base, n) == (0.8, 0.4, 5), "the group of one row and the missing row take no part"
    assert agreed == pytest.approx((1 + 1) / (3 + 1)) and chance == pytest.approx((1 + 1) / 10)
    assert agreement(np.zeros(0, dtype=int), np.zeros(0, dtype=int))[-1] == 0


def test_codes_keep_what_is_missing_apart():
    rows = Rows.of({"k": ["a", None, "b"], "x": [2.0, np.nan, 2.0], "t": np.array(["2024-01-02", "NaT", "2024-01-01"], dtype="datetime64[D]")})
    assert [codes_of(rows, name).tolist() for name in rows] == [[0, -1, 1], [0, -1, 0], [1, -1, 0]]
    assert groups_of([codes_of(rows, "k"), codes_of(rows, "x")]).tolist() == [0, -1, 1]


def test_equal_rows_of_text_numbers_and_moments():
    rows = Rows.of({"a": ["x", "y", None], "b": ["x", "z", "y"], "n": [1.0, np.nan, 3.0], "m": [1.0, 2.0, 4.0]})
    assert np.array_equal(equals(rows, "a", "b"), [1.0, 0.0, np.nan], equal_nan=True)
    assert np.array_equal(equals(rows, "n", "m"), [1.0, np.nan, 0.0], equal_nan=True)


def test_what_goes_by_way_of_a_third_is_left_out():
    rng = np.random.default_rng(0)
    city = rng.integers(0, 30, 900)
    name = lambda word, codes: np.array([f"{word}{c}" for c in codes], dtype=object)  # noqa: E731
    search = relations.searched({"city": name("c", city), "region": name("r", city % 6), "land": name("l", city % 6 % 2), "x": rng.normal(size=900)})
    found, looks = decided(search)
    assert {(d.by, d.of) for d in found} == {(("city",), "region"), (("region",), "land")}
    assert looks >= 6 and all(d.share == 1.0 and not d.mutual for d in found)
