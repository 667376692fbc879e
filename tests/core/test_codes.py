"""Items are ranges of codes, and each is exactly what its Term says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.codes import Codes, shortest
from apercu.core.expression import Column, Part
from apercu.core.rows import Rows

NUMBERS = st.one_of(
    st.lists(st.integers(-50, 50).map(float), min_size=40, max_size=200),
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=40, max_size=200),
    st.lists(st.sampled_from([0.0, 1.0, 2.5, float("nan")]), min_size=40, max_size=200),
)


@settings(max_examples=150, deadline=None)
@given(NUMBERS, st.sampled_from([5, 10]))
def test_every_item_is_what_its_term_says(values, bins):
    rows = Rows.of({"x": np.array(values)})
    codes = Codes.of(rows, ("x",), bins=bins, least=5)
    for item, term in enumerate(codes.terms):
        assert (codes.holds(item) == term.holds(rows)).all(), term


@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_the_groups_part_all_rows_that_have_a_value(values):
    rows = Rows.of({"x": np.array(values)})
    codes = Codes.of(rows, ("x",), bins=10, least=5)
    for groups in codes.groups:
        covered = sum(codes.holds(item).astype(int) for item in groups)
        assert (covered == ~np.isnan(np.array(values))).all()


def test_rare_levels_share_a_code_and_make_no_item():
    text = np.array(["a"] * 50 + ["b"] * 50 + list("cdefg") + [None] * 30, dtype=object)
    codes = Codes.of(Rows.of({"k": text}), ("k",), least=20)
    assert [term.say() for term in codes.terms] == ["k is “a”", "k is “b”", "k is missing"]


def test_a_constant_and_an_empty_column_are_left_out():
    rows = Rows.of({"one": np.ones(100), "none": np.full(100, np.nan), "two": np.arange(100) % 2})
    assert Codes.of(rows, ("one", "none", "two"), least=10).names == ("two",)


def test_only_keeps_items_with_their_columns():
    rng = np.random.default_rng(0)
    rows = Rows.of({"a": rng.choice(list("xy"), 200).astype(object), "b": rng.normal(size=200), "c": rng.choice(list("pq"), 200).astype(object)})
    codes = Codes.of(rows, ("a", "b", "c"), bins=5, least=10)
    part = codes.only([1, 2])
    assert part.names == ("b", "c")
    for item, term in enumerate(part.terms):
        assert (part.holds(item) == term.holds(rows)).all()
    assert [part.terms[i] for i in part.groups[0]] == [codes.terms[i] for i in codes.groups[1]]


@pytest.mark.parametrize(("low", "high", "wanted"), [(29.85, 30.2, 30.0), (1234.0, 1290.0, 1240.0), (-0.5, -0.41, -0.5), (7.0, 7.0, 7.0)])
def test_shortest_has_the_fewest_digits(low, high, wanted):
    assert shortest(low, high) == wanted


def test_a_derived_column_is_spoken_of_by_its_source():
    """A grader, a rule or another engine knows `when`, not a column that apercu made of it."""
    when = np.datetime64("2024-01-01", "us") + np.arange(400) * np.timedelta64(1, "D")
    weekday = Part(Column("when"), "weekday")
    rows = Rows.of({"when": when, "when_weekday": weekday.values({"when": when})})
    codes = Codes.of(rows, ("when_weekday",), least=20, derived={"when_weekday": weekday})
    assert {name for term in codes.terms for name in term.expression.columns()} == {"when"}
    for item, term in enumerate(codes.terms):
        assert (codes.holds(item) == term.holds(rows)).all()
    assert "weekday of when is “Monday” to “Friday”" in [term.say() for term in codes.terms]
    assert "when 的星期介于“星期六”与“星期日”之间" in [term.say("zh") for term in codes.terms]
