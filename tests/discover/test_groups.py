"""Columns as groups of rows."""

from __future__ import annotations

import numpy as np

from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Search, Verify
from apercu.discover._groups import by_entity, coded_levels, grouped, level_is, same_levels, whole_in_time


def search(columns, kinds=None, **more):
    rows = Rows.of(columns)
    stored = {name: (kinds or {}).get(name, "category") for name in rows}
    return Search(rows, Schema(tuple(Column(n, k, storage=rows.storage(n)) for n, k in stored.items())), **more)


def test_columns_of_few_levels_shorter_names_first():
    made = grouped(search({"longer": ["a", "b", "c", "a"] * 5, "k": ["x", "x", "y", None] * 5, "n": [1, 2, 2, 1] * 5, "one": ["z"] * 20}), 2, 5)
    assert [g.name for g in made] == ["k", "n", "longer"]
    assert made[0].levels == ("x", "y") and list(made[0].counts) == [10, 5] and list(made[0].codes[:4]) == [0, 0, 1, -1]
    assert made[1].levels == (1.0, 2.0) and made[2].order()[0] == 0
    assert [g.name for g in grouped(search({"k": ["x", "y"] * 9}), 3, 5)] == []


def test_of_two_columns_that_say_the_same_one_is_kept():
    k = np.random.default_rng(0).integers(0, 4, 400)
    columns = {"group": [f"g{i}" for i in k], "category": [f"c{i}" for i in k], "half": [f"h{i // 2}" for i in k]}
    made = grouped(search(columns), 2, 9)
    assert [g.name for g in made] == ["half", "group"]
    assert same_levels(made[1], made[0]) and not same_levels(made[0], made[1])


def test_numbers_moments_and_sparse_columns_are_no_groups():
    t = np.array(["2020-01-01", "2020-01-02"] * 10, dtype="datetime64[us]")
    sparse = [None] * 15 + ["a", "b"] * 2 + ["a"]
    assert grouped(search({"x": [1.0, 2.0] * 10, "t": t, "s": sparse}, {"x": "number", "t": "time"}), 2, 9) == []
    assert grouped(search({"s": []}), 2, 9) == []


def test_levels_are_found_again_on_other_rows():
    rows = Rows.of({"k": ["b", None, "z", "a"], "n": [2, 1, None, 7]})
    assert list(coded_levels(rows, "k", ("a", "b"))) == [1, -1, -1, 0]
    assert list(coded_levels(rows, "n", (1.0, 2.0))) == [1, 0, -1, -1]
    assert level_is("k", "a", "b").holds(rows).tolist() == [True, False, False, True] and level_is("k", "z").say() == "k is “z”"


def test_stretches_of_time_are_whole_or_not():
    rows = Rows.of({"k": ["a", "b"] * 3})
    schema = Schema((Column("k", "category"),))
    assert whole_in_time(Verify(rows, schema)) and not by_entity(Verify(rows, schema))
    assert whole_in_time(Verify(rows, schema, np.array([0, 1, 2, 0, 1, 2])))
    assert not whole_in_time(Verify(rows, schema, np.array([0, 2, 2, 0, 0, 2])))
    entities = Schema((Column("k", "category", role="group"),))
    assert whole_in_time(Verify(rows, entities, np.array([0, 2, 2, 0, 0, 2]))) and by_entity(Verify(rows, entities, np.zeros(6, dtype=int)))
