"""Names of columns are made fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apercu.collect.loaded import RESERVED, fitted, renamed


@given(st.lists(st.text(max_size=6), max_size=8))
def test_names_are_unique_bare_and_never_ours(names):
    fit = fitted(names)
    folded = [name.casefold() for name in fit]
    assert len(set(folded)) == len(fit) == len(names)
    assert all(name and name == name.strip(" ") and name not in RESERVED for name in fit)
    assert fitted(fit) == fit


def test_what_changed_is_said_in_both_languages():
    before = ["a", "a", "", " b "]
    notes = renamed(before, fitted(before))
    assert [note.column for note in notes] == ["a_2", "column_3", ""]
    assert all(set(note.what) == {"en", "zh"} for note in notes)
