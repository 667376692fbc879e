"""Words and templates: where they stand, in scripts that part words and in those that do not, the same in SQL and in Python."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core._phrases import LONGEST, PhraseError, fits, mentions, slots_of
from apercu.core._regex import checked, for_sql, searched

CONNECTION = duckdb.connect()
words = st.sampled_from(("late", "too much", "贵", "太贵", "T-Mobile", "été", "4g", "u2", "a.b", "“x”", "цена", "c++", "LATE", "50%")) | st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=4
).filter(str.strip)
texts = st.lists(
    st.sampled_from(
        ("late", "LATE", "lately", " ", "too", "much", "\u3000", "贵", "太", "4G", "4", "u2", ". ", "。", "!", "\n", "3.50", "été", "t-mobile", "x")
    ),
    max_size=9,
).map("".join)


@settings(max_examples=70, deadline=None)
@given(st.lists(words, min_size=1, max_size=5), st.lists(texts, min_size=1, max_size=5))
def test_lists_agree_in_sql_and_find_their_own_words(listed, told):
    pattern = checked(mentions(listed))
    told = [*told, *listed]
    found = CONNECTION.execute("SELECT list_transform(?, lambda x: regexp_matches(x, ?))", [told, for_sql(pattern)]).fetchone()
    held = [searched(pattern)(text) for text in told]
    assert found is not None and held == found[0]
    assert all(held[-len(listed) :]) or any(not word.isprintable() for word in listed)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(words.filter(lambda w: not set(w) & set("{}|.…")), min_size=1, max_size=3), min_size=1, max_size=3), st.lists(texts, max_size=5)
)
def test_templates_agree_in_sql_and_with_their_parts(slots, told):
    pattern = checked(fits(" ... ".join("{" + "|".join(slot) + "}" for slot in slots)))
    found = CONNECTION.execute("SELECT list_transform(?, lambda x: regexp_matches(x, ?))", [told, for_sql(pattern)]).fetchone()
    held = [searched(pattern)(text) for text in told]
    assert found is not None and held == found[0]
    for text, whole in zip(told, held, strict=True):
        assert not whole or all(searched(mentions(slot))(text) for slot in slots)


@pytest.mark.parametrize(
    ("listed", "text", "found"),
    [
        (("late",), "lately", False), (("late",), "too LATE!", True), (("late",), "late2", True), (("late",), "plate", False),
        (("u2",), "u23", False), (("u2",), "the u2,", True), (("贵",), "太贵了", True), (("switch to",), "switch  to", True),
        (("switch to",), "switch\nto", True), (("T-Mobile",), "at t-mobile", True), (("été",), "l'ÉTÉ", True), (("c++",), "in C++11", True),
        (("цена",), "Ценами", False), (("50%",), "50% off", True), (("50%",), "150%", False),
    ],
)  # fmt: skip
def test_where_words_stand(listed, text, found):
    assert searched(mentions(listed))(text) is found


@pytest.mark.parametrize(
    ("template", "text", "found"),
    [
        ("{expensive|too much|贵} ... {price|bill|账单}", "Too much for this bill", True),
        ("{expensive|too much|贵} ... {price|bill|账单}", "too much 账单", True),
        ("{expensive|too much|贵} ... {price|bill|账单}", "太贵了，账单不对", True),
        ("{expensive|too much|贵} ... {price|bill|账单}", "太贵了。账单不对", False),
        ("{expensive|too much|贵} ... {price|bill|账单}", "too much! My bill", False),
        ("{expensive|too much|贵} ... {price|bill|账单}", "the bill is too much", False),
        ("{expensive} ... {bill}", "expensive, 3.50 on the bill", True),
        ("{expensive} ... {bill}", "expensive billing", False),
        ("{贵} ... {账单}", "贵账单", True),
        ("too {dear|high} ... bill", "TOO HIGH a bill", True),
        ("too {dear|high} ... bill", "high bill", False),
        ("a … b … c", "a x b x c", True),
        ("cancel", "I cancel.", True),
        ("{a} ... {b}", "a b", True),
        ("{a} ... {b}", "ab", False),
        ("{a1} ... {2b}", "a12b", False),
    ],
)
def test_templates_stay_within_a_sentence(template, text, found):
    assert searched(fits(template))(text) is found


def test_words_without_dots_between_them_are_phrases():
    assert slots_of("too {dear|high} ... bill") == [(False, ("too dear", "too high")), (True, ("bill",))]


@pytest.mark.parametrize(
    "template", ["", "...", "... a", "a ...", "{a", "a}", "{a|}", "{}", "a ... b ... c ... d ... e", "{" + "x" * (LONGEST + 1) + "}"]
)
def test_templates_that_say_nothing_are_refused(template):
    with pytest.raises(PhraseError) as caught:
        fits(template)
    assert 0 <= caught.value.place <= len(template) and caught.value.told


def test_a_word_that_is_none_is_refused():
    with pytest.raises(PhraseError):
        mentions(("a", " "))
