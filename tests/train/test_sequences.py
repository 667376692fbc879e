"""Columns of sequences as arrays: gaps, unequal lengths, missing series, long series."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Packed, Rows
from apercu.train import _sequences
from apercu.train._sequences import SUMMARIES, Channels, changes, filled, sequences_of, summaries


def rows_of(**columns):
    return Rows({name: Packed(_objects(cells), "list") for name, cells in columns.items()}, len(next(iter(columns.values()))))


def _objects(cells):
    made = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        made[i] = None if cell is None else np.asarray(cell, dtype=np.float64)
    return made


def test_gaps_are_interpolated():
    assert filled(np.array([np.nan, 1.0, np.nan, 3.0, np.inf])).tolist() == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert filled(np.array([np.nan])) is None and filled(None) is None and filled(np.zeros(0)) is None


def test_arrays_are_scaled_stretched_and_zero_behind_the_end():
    rows = rows_of(a=[[1, 2, 3], [5, 5], None], b=[[0.0, 2.0], [4.0], None])
    channels = Channels.fit(rows, ("a", "b"))
    values, lengths = channels.arrays(rows)
    assert lengths.tolist() == [3, 2, 1] and values.shape == (3, 2, 3)
    assert values[0, 0] == pytest.approx((np.array([1, 2, 3]) - channels.middle[0]) / channels.scale[0], abs=1e-6)
    assert values[0, 1] * channels.scale[1] + channels.middle[1] == pytest.approx([0, 1, 2], abs=1e-6)
    assert values[1, :, 2].tolist() == [0, 0] and not values[2].any()
    again = Channels.from_json(channels.to_json())
    assert again == channels and np.array_equal(again.arrays(rows)[0], values)
    assert channels.arrays(rows.take(np.arange(0)))[0].shape[:2] == (0, 2)


def test_long_series_are_averaged(monkeypatch):
    monkeypatch.setattr(_sequences, "LONGEST", 10)
    rows = rows_of(a=[np.arange(25.0), np.arange(4.0)])
    channels = Channels.fit(rows, ("a",))
    values, lengths = channels.arrays(rows)
    assert lengths.tolist() == [9, 2]
    assert values[0, 0, 0] * channels.scale[0] + channels.middle[0] == pytest.approx(1.0, abs=1e-5)


def test_changes_and_summaries():
    values = np.array([[[1.0, 3.0, 8.0, 0.0]], [[2.0, 0.0, 0.0, 0.0]]], dtype=np.float32)
    lengths = np.array([3, 1])
    made, shorter = changes(values, lengths)
    assert made[:, 0].tolist() == [[2.0, 5.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]] and shorter.tolist() == [2, 1]
    told = dict(zip(SUMMARIES, summaries(values, lengths)[0], strict=True))
    assert told["mean"] == 4 and told["highest"] == 8 and told["first"] == 1 and told["last"] == 8 and told["end"] == 8
    assert told["slope"] == pytest.approx(3 * 3.5)
    assert np.isfinite(summaries(values, lengths)).all()


def test_only_sequences_are_named():
    rows = Rows.of({"x": [1.0, 2.0], "s": [np.zeros(2), np.ones(3)], "t": [np.zeros(2), np.ones(3)]})
    assert sequences_of(rows, ("t", None)) == ("s",)
