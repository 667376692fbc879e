"""The default engine: what goes in comes out, whatever the names; common questions are asked by the shipped check."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import Condition, Term
from apercu.core.errors import UnreadableSource
from apercu.core.expression import Column, Ratio
from apercu.engine.duckdb import DuckDB

NASTY = 'select; drop table "x" --'


@pytest.fixture
def engine():
    return DuckDB()


@pytest.fixture
def table(engine):
    times = np.array(["2024-01-01", "NaT", "2024-03-01T12:00:00", "2024-01-01"], dtype="datetime64[us]")
    text = np.array(["a", None, "o'k", "a"], dtype=object)
    return engine.adopt({"n": np.array([1.0, np.nan, 3.5, 1.0]), NASTY: text, "时间": times})


def test_rows_come_back_as_they_went_in(engine, table):
    rows = engine.rows(table, ("n", NASTY, "时间"))
    assert rows.n == 4 and list(rows[NASTY]) == ["a", None, "o'k", "a"]
    assert np.array_equal(rows["n"], [1.0, np.nan, 3.5, 1.0], equal_nan=True)
    assert np.isnat(rows["时间"][1]) and rows["时间"][2] == np.datetime64("2024-03-01T12:00:00")


def test_selects_conditions_and_unique_rows(engine, table):
    made = engine.select(table, {"half": Ratio(Column("n"), Column("n"))}, Condition((Term(NASTY, "is", "o'k"),)))
    assert engine.rows(made, ("half",))["half"].tolist() == [1.0]
    everything = {name: Column(name) for name in engine.columns(table)}
    assert engine.count(engine.select(table, everything, unique=True)) == 3


def test_counts_levels_and_quantiles(engine, table):
    assert engine.count(table, Condition((Term("n", ">", 1),))) == 1
    assert engine.distinct(table, NASTY, 5) == [("a", 2), ("o'k", 1)]
    assert engine.quantiles(table, "n", (0.0, 1.0)) == [1.0, 3.5]


def test_the_key_does_not_depend_on_the_order_of_rows(engine):
    columns = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array(["x", "y", None], dtype=object)}
    one = engine.keyed(engine.adopt(columns), ("a", "b"))
    two = engine.keyed(engine.adopt({name: column[::-1] for name, column in columns.items()}), ("a", "b"))
    assert engine.rows(one, ("a", "_key"))["_key"].tolist() == engine.rows(two, ("a", "_key"))["_key"].tolist()
    assert engine.rows(one, ("a",))["a"].tolist() == engine.rows(two, ("a",))["a"].tolist()


def test_attached_columns_stand_in_the_order_of_the_rows(engine, table):
    made = engine.attach(table, {"_half": np.array(["s", "v", "s", "v"], dtype=object)})
    assert list(engine.rows(made, ("_half",))["_half"]) == ["s", "v", "s", "v"]


def test_a_join_keeps_left_rows_and_renames_what_both_have(engine):
    left = engine.adopt({"id": np.array([1.0, 2.0]), "v": np.array([10.0, 20.0])})
    right = engine.adopt({"key": np.array([2.0]), "v": np.array([5.0])})
    joined = engine.rows(engine.join(left, right, [("id", "key")]), ("id", "v", "v_2"))
    assert joined["v"].tolist() == [10.0, 20.0] and np.array_equal(joined["v_2"], [np.nan, 5.0], equal_nan=True)


def test_a_parquet_file_holds_what_was_written(engine, table, tmp_path):
    engine.write(table, tmp_path / "t.parquet")
    back = engine.read(tmp_path / "t.parquet", "parquet", {})
    assert engine.columns(back) == engine.columns(table) and engine.count(back) == 4


def test_a_file_that_is_none_is_refused(engine, tmp_path):
    (tmp_path / "no.parquet").write_bytes(b"\x00\x01garbage")
    with pytest.raises(UnreadableSource, match=r"no\.parquet"):
        engine.read(tmp_path / "no.parquet", "parquet", {})
