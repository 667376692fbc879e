"""Facts of sequences and pictures: both interpreters agree, words in both languages, they come back from JSON."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.expression import Column, from_json
from apercu.core.facts import COURSES, GROUPS, PICTURES, SEQUENCES, Alike, Fact
from apercu.core.rows import Rows
from apercu.engine.duckdb import DuckDB

ENGINE = DuckDB()
SEQUENCE = st.none() | st.lists(st.none() | st.floats(-1e6, 1e6), min_size=0, max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(SEQUENCE, min_size=1, max_size=6))
def test_sql_and_arrays_say_the_same(items):
    long = [[1.0] * 30, [2.0, None, 4.0, 8.0, 1.0]]  # so that they are taken for sequences
    rows = Rows.of({"a": [None if v is None else np.array([np.nan if x is None else x for x in v]) for v in [*long, *items]]})
    table = ENGINE.adopt({"a": rows.packed("a")})
    facts = {what: Fact(Column("a"), what) for what in SEQUENCES}
    told = ENGINE.rows(ENGINE.select(table, facts), tuple(facts))
    for what, fact in facts.items():
        np.testing.assert_allclose(told[what], fact.values(rows), rtol=1e-9, atol=1e-6, err_msg=what)


def test_a_pictures_fact_reads_its_own_column():
    fact = Fact(Column("photo"), "brightness")
    assert fact.to_sql() == '"photo_brightness"' and fact.columns() == ("photo",)
    assert fact.values({"photo_brightness": np.array([3.0])}).tolist() == [3.0]


@pytest.mark.parametrize("what", [*PICTURES, *SEQUENCES, *COURSES])
def test_words_and_json(what):
    fact = Fact(Column("x"), what)
    assert fact.say("en").endswith("of x") and fact.say("zh").startswith("x")
    assert from_json(fact.to_json()) == fact


def test_an_unknown_fact_is_refused():
    with pytest.raises(ValueError, match="expected one of the facts"):
        Fact(Column("x"), "beauty")


@pytest.mark.parametrize("form", GROUPS)
def test_groups_read_their_own_column_and_come_back(form):
    group = Alike(Column("x"), form, (0.0, 1.0), ((1.0,), (0.5,)), ((2.0,), (-2.0,)))
    assert from_json(group.to_json()) == group and group.to_sql() == f'"{group.kept}"' and group.columns() == ("x",)
    assert group.say("en").endswith("of x") and group.say("zh").startswith("x") and group.values({group.kept: "held"}) == "held"
    with pytest.raises(ValueError, match="expected one of the forms"):
        Alike(Column("x"), "song", (), (), ())
