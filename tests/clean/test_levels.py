"""Writings of one level."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apercu.clean.levels import merges
from apercu.clean.look import Look


def look(values, distinct=None):
    n = sum(k for _, k in values)
    return Look("v", n, n, distinct or len(values))


def test_case_blanks_and_full_width_forms_are_one():
    values = [("Yes", 90), ("yes", 4), ("ＹＥＳ", 3), ("New  York", 5), ("new york", 6), ("No", 50)]
    assert merges(look(values), values) == (("New  York", "new york"), ("yes", "Yes"), ("ＹＥＳ", "Yes"))


def test_single_characters_and_names_are_left():
    assert merges(look([("a", 30), ("A", 30)]), [("a", 30), ("A", 30)]) == ()
    values = [(f"name {i}", 1) for i in range(20)] + [("NAME 3", 1)]
    assert merges(look(values), values) == ()


@given(st.lists(st.tuples(st.sampled_from(["ab", "AB", "Ab", "cd", "c d", "x"]), st.integers(1, 9)), min_size=1))
def test_a_merged_level_is_never_renamed_again(values):
    renamed = dict(merges(Look("v", 999, 999, 6), values))
    assert not set(renamed) & set(renamed.values())
