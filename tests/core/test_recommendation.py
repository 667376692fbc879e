"""Recommendations in words and JSON."""

from __future__ import annotations

import json

import pytest

from apercu.core.recommendation import NOTES, SOURCES, Because, Recommendation


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_and_note_is_said(lang, note):
    told = Recommendation("茶", 1.0, tuple(Because(kind, "咖啡", 0.25) for kind in SOURCES), note).say(lang)
    assert told.count("25.0%") == len(SOURCES) and "咖啡" in told and told.endswith("." if lang == "en" else "。")
    assert NOTES[note][lang] in told and "{" not in told


def test_without_reasons():
    assert Recommendation("tea", 1.0).say() == "“tea” is offered."
    assert Recommendation("tea", 1.0).say("zh") == "“tea”：推荐。"


def test_one_reason_and_a_brace_in_a_name():
    assert Recommendation("a", 1.0, (Because("item", "{name}", 1.0),)).say() == "“a”: 100.0% of what speaks for it comes from “{name}”."


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_reason_of_next_to_nothing_is_not_told(lang):
    most, some, none = Because("item", "b", 0.9985), Because("popular", "", 0.001), Because("item", "c", 0.0005)
    assert Recommendation("a", 1.0, (most, some, none)).say(lang) == Recommendation("a", 1.0, (most, some)).say(lang)
    assert "0.1%" in Recommendation("a", 1.0, (most, some)).say(lang) and "“c”" not in Recommendation("a", 1.0, (none,)).say(lang)
    assert [b["share"] for b in Recommendation("a", 1.0, (most, none)).to_json()["reasons"]] == [0.9985, 0.0005]


def test_json_round_trip():
    one = Recommendation("a", 1.5, (Because("item", "b", 0.6), Because("popular", "", 0.4)), "new")
    assert Recommendation.from_json(json.loads(json.dumps(one.to_json()))) == one
