"""The pieces of a rule's line: kinds, meanings, places, quotes and escapes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.core._tokens import escaped, is_plain, is_relation, stands, tokens
from apercu.core.errors import RuleError


def test_pieces_with_their_places():
    told = [(t.kind, t.value, t.column) for t in tokens('when `a b`>=-1.5e3 且 x 不为 "q\\"" # end', 1)]
    assert told == [
        ("key", "when", 1), ("name", "a b", 6), ("sign", ">=", 11), ("number", "-1.5e3", 13), ("key", "and", 20),
        ("word", "x", 22), ("sign", "!=", 24), ("text", 'q"', 27), ("end", "", 32),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("＝", "="),
        ("≤", "<="),
        ("（", "("),
        ("==", "="),
        ("<>", "!="),
        ("WHEN", "when"),
        ("属于", "in"),
        ("“a”", "a"),
        ("、", ","),
        ("：", ":"),
        ("～", "~"),
        ("→", "->"),
        ("？人", "人"),
    ],
)
def test_other_writings_mean_the_same(raw, value):
    assert tokens(raw, 1)[0].value == value


@given(st.text(st.characters(exclude_categories=("Cs",))), st.sampled_from('"`'))
def test_escaped_text_reads_back(text, quote):
    read = tokens(escaped(text, quote), 1)
    assert [t.value for t in read[:-1]] == [text]


@pytest.mark.parametrize(("line", "something"), [("", False), ("  \t", False), ("# x", False), ("   # x", False), (" x # y", True), ('"#"', True)])
def test_blanks_and_comments_are_nothing(line, something):
    assert stands(line) is something


@pytest.mark.parametrize(
    ("name", "plain"), [("tenure", True), ("年龄", True), ("_x1", True), ("1x", False), ("a b", False), ("When", False), ("则", False), ("", False)]
)
def test_which_names_need_backticks(name, plain):
    assert is_plain(name) is plain


@pytest.mark.parametrize(("text", "column"), [('x = "abc', 9), ("`abc", 5), ("x = “abc", 9), ('"a\\x"', 4)])
def test_open_quotes_and_unknown_escapes_are_refused(text, column):
    with pytest.raises(RuleError, match=f"line 7, column {column}: expected"):
        tokens(text, 7)


def test_a_hash_in_text_is_text():
    assert tokens('"#a" # b', 1)[0].value == "#a"


def test_long_digits_are_read_in_no_time():
    """A number that ends in a letter once took time with the cube of its length."""
    begun = time.process_time()
    tokens("x < " + "1" * 20_000 + "x", 1)
    assert time.process_time() - begun < 2.0


def test_what_follows_a_tilde_keeps_its_backslashes():
    assert [t.value for t in tokens(r'x ~ "\d\"" and y = "\n"', 1)][2::4] == [r"\d\"", "\n"]


def test_relations_stand_before_brackets():
    told = [(t.kind, t.value) for t in tokens("/a/b.c(X, ?y)->不 (属于(x", 1, relations=True)]
    assert told[:2] == [("name", "/a/b.c"), ("sign", "(")] and told[4] == ("variable", "y")
    assert told[6:] == [("sign", "->"), ("key", "not"), ("sign", "("), ("name", "属于"), ("sign", "("), ("word", "x"), ("end", "")]


@pytest.mark.parametrize(
    ("name", "bare"),
    [("P31", True), ("/a/b", True), ("is", True), ("not", False), ("且", False), ("a b", False), ("a->b", False), ("?x", False), ("", False)],
)
def test_which_relations_need_backticks(name, bare):
    assert is_relation(name) is bare
