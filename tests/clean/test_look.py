"""What stands in the columns."""

from __future__ import annotations

from apercu import collect
from apercu.clean import look
from apercu.engine.duckdb import DuckDB


def test_counts_in_the_engine_and_in_memory_agree(monkeypatch):
    columns = {"v": ["1", "02", " x", "2.5", None, "nan", "inf", "1e3"] * 5, "w": [f"name {i}" for i in range(40)], "n": [1.0, 2.0] * 20}
    data, _ = collect.run(columns, DuckDB(), collect.Options())
    one = look.looked(data)
    v = one["v"]
    assert (v.rows, v.present, v.numbers, v.padded, v.blanks, v.low, v.high, v.whole) == (40, 35, 20, 5, 5, 1.0, 1000.0, False)
    assert v.odd == ((" x", 5), ("inf", 5), ("nan", 5)) and one["n"].whole and one["n"].numbers == 40
    monkeypatch.setattr(look, "WIDE", 0)
    assert look.looked(data) == one


def test_values_beyond_the_looked_at_are_known_to_be_missing(monkeypatch):
    monkeypatch.setattr(look, "SEEN", 10)
    data, _ = collect.run({"w": [f" name {i}" for i in range(40)] + ["n/a"]}, DuckDB(), collect.Options())
    w = look.looked(data)["w"]
    assert not w.complete and w.blanks == 40 and look.counted(data, "w", ["n/a"]) == [("n/a", 1)]
