"""Columns as parts: what shares levels or lies near is alike."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.rows import Rows
from apercu.train._profiles import aligned, profiled


def test_shared_levels_and_near_numbers_are_alike():
    table = Rows.of(
        {
            "item": [f"i{k}" for k in range(40)],
            "kind": ["red|sweet" if k % 2 else "blue|sour" for k in range(40)],
            "price": [float(k) for k in range(40)],
            "name": [f"name {k}" for k in range(40)],
        }
    )
    names, parts = profiled(table, "item")
    alike = (parts @ parts.T).toarray()
    assert np.allclose(np.diag(alike), 1.0) and names[:2] == ("i0", "i1")
    assert alike[0, 2] > alike[0, 1] and alike[0, 2] > alike[0, 38] > alike[0, 39]


def test_alignment_fills_with_nothing():
    names, parts = profiled(Rows.of({"item": ["a", "b", "c", "a"], "kind": ["x", "x", "y", "y"]}), "item")
    own = aligned(("z", "b"), (names, parts)).toarray()
    assert names == ("a", "b", "c") and not own[0].any() and np.allclose(own[1], parts[1].toarray())


@pytest.mark.parametrize("column", [["p", "q", "r", "s", "t", "u"], [1.0] * 6, [None] * 6])
def test_nothing_that_tells_rows_apart_is_said(column):
    with pytest.raises(WordsError, match="tells rows apart"):
        profiled(Rows.of({"item": list("abcdef"), "x": column}), "item")
