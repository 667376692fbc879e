"""Copies of rows."""

from __future__ import annotations

from apercu import collect
from apercu.clean.duplicates import copies, without_copies
from apercu.engine.duckdb import DuckDB


def test_missing_values_are_equal_here():
    data, _ = collect.run({"a": [None, None, 1.0, 1.0, 2.0], "b": ["x", "x", None, None, "y"]}, DuckDB(), collect.Options())
    assert copies(data) == 2
    dropped, notes = without_copies(data, drop=True)
    assert dropped.n == 3 and notes[0].rows == 2 and without_copies(dropped, drop=False)[1] == []
