"""Clauses: what is written is read back, in both languages; what cannot be read says where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.clause import DIFFERS, Atom, Clause, Variable, parse_atom, parse_clause
from apercu.core.errors import RuleError

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ("acme", "Acme", "X", "1990", "not", "且", 'a"b', "#", "a b", "\n")
)
names = st.sampled_from(("X", "Y", "Z1", "x", "人", "When", "not", "_a"))
relations = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6) | st.sampled_from(
    ("P31", "/people/person/nationality", "is", "属于", "not", "when", "a->b", "a&b", "a b", "`", "?x", "then", "x!=y", "-")
)
things = names.map(Variable) | texts
plain = st.builds(Atom, relations.filter(lambda r: r != DIFFERS), things, things)
atoms = (
    plain
    | st.builds(Atom, relations.filter(lambda r: r != DIFFERS), things, things, st.just(True))
    | st.builds(Atom, st.just(DIFFERS), things, things)
)
clauses = st.builds(Clause, st.lists(atoms, min_size=1, max_size=3).map(tuple), plain, st.none() | st.floats(0, 1))


@settings(max_examples=200, deadline=None)
@given(clauses)
def test_text_and_parse_are_each_others_inverse(clause):
    again = parse_clause(clause.text)
    assert again == clause and again.text == clause.text
    assert Clause.from_json(json.loads(json.dumps(clause.to_json()))) == clause
    for atom in clause.body:
        assert parse_atom(atom.text) == atom


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab(XY),&->!= "?not[0.5]`且则'), max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        parse_clause(text, 4)
    except RuleError as error:
        assert str(error).startswith("line 4, column ") and error.line == 4


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("subsidiary(X,Y)&subsidiary(Y,Z)->subsidiary(X,Z)[1]", "subsidiary(X, Y) & subsidiary(Y, Z) -> subsidiary(X, Z) [1]"),
        ("a(X, Y) and not b(Y, acme) and X<>Y then c(X, 1990) [.8]", 'a(X, Y) & not b(Y, acme) & X != Y -> c(X, "1990") [0.8]'),
        ("子公司（X，Y） 且 不 制裁(Y, “北京”) 且 X≠Y 则 属于(X, ?人)【0.6】", "子公司(X, Y) & not 制裁(Y, 北京) & X != Y -> 属于(X, ?人) [0.6]"),
        ("/people/person/nat.(X, Y) → `my rel`(Y, X)", "/people/person/nat.(X, Y) -> `my rel`(Y, X)"),
        ("X!=Y & a(X,Y)->b(X,Y)", "X != Y & a(X, Y) -> b(X, Y)"),
    ],
)
def test_forms_that_are_read(text, canonical):
    assert parse_clause(text).text == canonical


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a(X) -> b(X, Y)", "column 4: expected ',', got ')'; a relation joins two things: relation(X, Y)."),
        ("a(X, Y) b(X, Y)", "column 9: expected '&' or '->', got 'b'."),
        ("a(X, Y)", "column 8: expected '&' or '->', got the end of the line."),
        ("a(X, Y) & -> b(X, Y)", "column 11: expected a relation before its brackets"),
        ("a(X, Y) -> X != Y", "column 12: expected what follows from the body"),
        ("a(X, Y) -> not b(X, Y)", "column 12: expected what follows from the body"),
        ("a(X, Y) -> b(X, Y) [2]", "expected a probability between 0 and 1, got '2'"),
        ("a(X, Y) -> b(X, Y) & c(X, Y)", "column 20: expected the end of the line, or a probability"),
        ("a(X, ) -> b(X, Y)", "column 6: expected a variable such as X, or an entity such as \"Acme\", got ')'."),
        ('a(X, "Y) -> b(X, Y)', "that closes column 6"),
    ],
)
def test_errors_say_place_and_expectation(text, told):
    with pytest.raises(RuleError) as caught:
        parse_clause(text)
    assert told in str(caught.value)


def test_what_a_clause_knows_of_itself():
    clause = parse_clause("a(X, Y) & not b(Y, W) & V != X -> c(X, Z) [1]", 7)
    assert clause.unbound == (Variable("W"), Variable("V"), Variable("Z"))
    assert (clause.certain, clause.line, clause.source) == (True, 7, "expert")
    assert not parse_clause("a(X, Y) -> b(X, Y) [0.9]").certain and parse_clause("a(X, Y) -> b(X, Y)").certain
    assert clause == parse_clause(clause.text, 99)
    assert parse_clause("a(X, X) -> b(X, X)").body[0].variables() == (Variable("X"),)


def test_clauses_in_words():
    clause = parse_clause("a(X, Y) & not b(Y, Z) & X != Z -> c(X, Z)")
    assert clause.say() == "If a(X, Y) and not b(Y, Z) and X is not Z, then c(X, Z)."
    assert clause.say("zh") == "若 a(X, Y) 且 并非 b(Y, Z) 且 X 与 Z 不同，则 c(X, Z)。"


def test_clauses_without_sense_cannot_exist():
    atom = Atom("a", "x", "y")
    for made in (lambda: Clause((), atom), lambda: Clause((atom,), Atom("a", "x", "y", True)), lambda: Clause((atom,), Atom(DIFFERS, "x", "y"))):
        with pytest.raises(ValueError, match="needs a body"):
            made()
    with pytest.raises(ValueError, match=r"0\.\.1"):
        Clause((atom,), atom, 1.5)
    with pytest.raises(ValueError, match="expected a relation"):
        Atom(DIFFERS, "x", "y", True)
    with pytest.raises(ValueError, match="plain word"):
        Variable("a b")
