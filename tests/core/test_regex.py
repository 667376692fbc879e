"""Regular expressions: RE2 and Python agree on what is read; what could take for ever, or one of them lacks, is refused with a sentence."""

from __future__ import annotations

import re
import time

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core._regex import PatternError, checked, for_sql, searched

CONNECTION = duckdb.connect()

letters = st.sampled_from(("a", "b", "é", "É", "中", "s", "K", "1", "_", "-", " ", "\n", "\t", "ß", "ſ", ".", "]", "^", "&&", "~"))
pieces = st.sampled_from(
    [
        "a",
        "b",
        "é",
        "中",
        "k",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\D",
        r"\W",
        r"\S",
        "[a-c]",
        "[^a-c]",
        r"[\d_é-]",
        "[]x]",
        r"\.",
        r"\b",
        "^",
        "$",
        "1",
        "[&&~~||--]",
        r"[\]^]",
        r"\n",
        "@",
        r"\-",
        "[中-国]",
        "-",
    ]
)


@st.composite
def patterns(draw, depth=2):
    """Mostly legal patterns; some are refused."""
    if depth == 0:
        return draw(pieces)
    inner = patterns(depth - 1)
    made = draw(st.sampled_from(("row", "either", "group", "repeat", "leaf")))
    if made == "row":
        return "".join(draw(st.lists(inner, min_size=1, max_size=3)))
    if made == "either":
        return "(" + "|".join(draw(st.lists(inner, min_size=1, max_size=3))) + ")"
    if made == "repeat":
        return f"(?:{draw(inner)})" + draw(st.sampled_from(("*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?")))
    return draw(inner) if made == "leaf" else f"({draw(inner)})"


texts = st.lists(letters, max_size=8).map("".join)


@settings(max_examples=120, deadline=None)
@given(patterns(), st.booleans(), st.lists(texts, min_size=1, max_size=6))
def test_sql_and_python_find_the_same(pattern, fold, told):
    pattern = "(?i)" * fold + pattern
    try:
        pattern = checked(pattern)
    except PatternError:
        return
    found = CONNECTION.execute("SELECT list_transform(?, lambda x: regexp_matches(x, ?))", [told, for_sql(pattern)]).fetchone()
    assert found is not None
    assert [searched(pattern)(text) for text in told] == found[0]
    assert checked(pattern) == pattern


@settings(max_examples=120, deadline=None)
@given(patterns(), st.lists(texts, min_size=1, max_size=4))
def test_what_is_read_means_what_python_says_it_means(pattern, told):
    """ASCII classes and the very end of the text, as in RE2, are the only changes."""
    try:
        checked(pattern)
    except PatternError:
        return
    own = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern), re.ASCII)
    for text in told:
        if "\v" not in text:
            assert searched(pattern)(text) == (own.search(text) is not None), (pattern, text)


@given(st.text(st.sampled_from("ab()[]{}|*+?\\^$.-,1d")))
def test_any_text_is_read_or_refused_with_a_place(pattern):
    try:
        checked(pattern)
    except PatternError as error:
        assert 0 <= error.place <= len(pattern) and error.told


@pytest.mark.parametrize(
    ("pattern", "place", "told"),
    [
        ("(?=a)b", 0, "look-around is not read"),
        ("x(?<!a)b", 1, "look-around is not read"),
        ("(?P<n>a)", 0, "this form of bracket is not read"),
        (r"(a)\1", 3, "back references are not read"),
        (r"ab\q", 2, r"\q is not read"),
        (r"a\B", 1, r"\B is not read"),
        ("ab\\", 2, "nothing stands after the last backslash"),
        ("a**", 2, "a repeat of a repeat"),
        ("*a", 0, "nothing stands before * to be repeated"),
        ("a{3,2}", 0, "at most 200 times"),
        ("a{201}", 0, "at most 200 times"),
        ("(ab", 0, "this ( is not closed"),
        ("ab)", 2, "closes no bracket"),
        ("[ab", 0, "this [ is not closed"),
        ("[b-a]", 4, "not below its first"),
        ("[[:alpha:]]", 1, "[: :] is not read"),
        (r"[^\s\S]", 0, "no character is in this class"),
        ("(a*)*", 0, "may be empty"),
        ("\ud800", 0, "half a UTF-16 pair"),
        ("(" * 80 + "a" + ")" * 80, 60, "at most 60 brackets"),
    ],
)
def test_what_is_outside_the_subset_is_named(pattern, place, told):
    with pytest.raises(PatternError) as caught:
        checked(pattern)
    assert caught.value.place == place and told in caught.value.told


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|ab|b)*c", r"(\w+\s?)*x", "(a{1,30}){30}", "((ab)*)+", "a?" * 20 + "b", ".*a.*b.*c.*d", "(.|a)+x", r"(\d+|\w)+z"]
)
def test_what_could_take_for_ever_is_refused(pattern):
    with pytest.raises(PatternError, match=r"for ever|may be empty"):
        checked(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(\w+\s)*x\b", "ab " * 4_000),
        (r"(\d{1,3}\.){3}\d{1,3}", "1.2." * 5_000),
        (r"(?:foo|far|b)+c", "foofarb" * 300),
        (r"free.*(win|prize)", "free " * 2_000),
        (r"(?i)[A-Z]{5,}!+$", "ABCDE!" * 3_000 + "?"),
    ],
)
def test_what_is_read_ends_soon(pattern, text):
    begun = time.process_time()
    searched(checked(pattern))(text)
    assert time.process_time() - begun < 2.0


def test_a_list_of_words_is_a_tree_of_their_beginnings():
    assert for_sql("apple|apply|ape") == "ap(?:pl(?:e|y)|e)"
    assert for_sql("(?i)a1|A") == "[Aa](?:1|)"


def test_the_form_that_is_kept():
    assert checked('a\\"b"\n') == 'a"b"\\n'
    assert checked('\\\\"') == '\\\\"'


def test_letters_keep_their_case_unless_it_is_ignored():
    assert [searched("[A-Z]{3}É")(text) for text in ("WINÉ", "winé")] == [True, False]
    assert [searched("(?i)[A-Z]{3}É")(text) for text in ("WINÉ", "winé")] == [True, True]
