"""One Expression per column, one note per decision."""

from __future__ import annotations

from apercu import collect
from apercu.clean import Options
from apercu.clean.look import looked
from apercu.clean.mends import mends_of, summed
from apercu.core.expression import Column, NullWords, Number, Trim
from apercu.engine.duckdb import DuckDB


def test_mends_are_composed_in_order_and_can_be_left_out():
    data, _ = collect.run({"v": ["1", " ?", "2"] * 10, "plain": ["1", "2", "3"] * 10, "k": ["a", "b", "c"] * 10}, DuckDB(), collect.Options())
    looks = looked(data)
    mends = {mend.name: mend for mend in mends_of(data, looks, Options(), {})}
    assert mends["v"].expression == Number(NullWords(Trim(Column("v")), ("?",))) and set(mends) == {"v", "plain"}
    assert [note.id for note in mends["v"].notes] == ["trim", "missing", "types"] and mends["plain"].plain
    assert summed(list(mends.values()))[0].say().endswith("read as such: plain")
    without = {mend.name: mend for mend in mends_of(data, looks, Options(), {}, {("v", "missing"), ("", "types")})}
    assert set(without) == {"v"} and "NullWords" not in str(without["v"].expression)
