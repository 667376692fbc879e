"""Rows, sums and squares where two items meet: equal to those of the masks."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.tables import meeting


def test_every_two_items_of_different_columns_have_the_sums_of_their_rows():
    rng = np.random.default_rng(3)
    codes, m = rng.integers(0, 5, (4, 400)).astype(np.uint8), rng.normal(size=400)
    columns = np.array([0, 2, 3])
    low, high = np.array([0, 1, 2, 0, 0, 4]), np.array([0, 3, 4, 4, 2, 4])
    starts = np.array([0, 2, 4, 6])
    out = meeting(codes, m, columns, (np.array([5, 5, 5]), starts, low, high))
    held = [(codes[columns[k // 2]] >= low[k]) & (codes[columns[k // 2]] <= high[k]) for k in range(6)]
    for a in range(6):
        for b in range(6):
            rows = held[a] & held[b] if a == b or a // 2 != b // 2 else np.zeros(400, dtype=bool)
            assert out[:, a, b] == pytest.approx([rows.sum(), m[rows].sum(), (m[rows] ** 2).sum()], abs=1e-9)


def test_one_column_alone_has_its_items_with_themselves():
    codes = np.array([[0, 1, 1]], dtype=np.uint8)
    out = meeting(codes, np.array([1.0, 2.0, 3.0]), np.array([0]), (np.array([2]), np.array([0, 1]), np.array([1]), np.array([1])))
    assert out[:, 0, 0].tolist() == [2.0, 5.0, 13.0]
