"""Kinds are tried in order, answer with a reason, and have names in both languages."""

from __future__ import annotations

import pytest

from apercu.core.kinds import KINDS, Profile, guess


def profile(**fields) -> Profile:
    return Profile(**{"name": "x", "storage": "text", "rows": 1_000, "missing": 0, "distinct": 5, "top": (("a", 500), ("b", 300)), **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"storage": "time"}, "time"),
        ({"distinct": 2}, "flag"),
        ({"storage": "number", "distinct": 2}, "flag"),
        ({"storage": "number", "distinct": 300}, "number"),
        ({"storage": "number", "distinct": 6, "whole": True, "name": "region_code"}, "category"),
        ({"storage": "number", "distinct": 600, "whole": True, "name": "region_code"}, "number"),
        ({"distinct": 5}, "category"),
        ({"distinct": 900, "words": 2.0, "characters": 15.0}, "entity"),
        ({"distinct": 900, "words": 9.0, "characters": 60.0}, "text"),
        ({"distinct": 900, "words": 1.0, "characters": 30.0, "top": (("这家店的服务非常好", 2),)}, "text"),
        ({"distinct": 10, "rows": 12, "words": 9.0}, "category"),
    ],
)
def test_guesses(fields, kind):
    got, why = guess(profile(**fields))
    assert got == kind
    assert why


def test_a_table_of_nothing_is_still_a_category():
    assert guess(profile(rows=0, distinct=0, top=()))[0] == "category"
    assert profile(rows=10, missing=4).present == 6


def test_every_kind_is_named_in_both_languages_and_by_itself():
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.en
        assert kind.zh
        assert set(kind.storages) <= {"number", "text", "time", "bytes", "list"}
