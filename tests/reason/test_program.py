"""Clauses that need each other run together, those that others need first; what cannot be run is refused with the reason."""

from __future__ import annotations

import pytest

from apercu.core.clause import parse_clause
from apercu.core.errors import RuleError
from apercu.reason._program import strata


def order(*texts: str) -> list[list[int]]:
    return strata([parse_clause(text, line) for line, text in enumerate(texts, 1)])


def test_relations_that_need_each_other_form_a_stratum():
    assert order("c(X, Y) & not a(X, Y) -> d(X, Y)", "a(X, Y) & b(Y, Z) -> a(X, Z)", "a(X, Y) -> b(Y, X)", "e(X, Y) -> c(X, Y)") in (
        [[1, 2], [3], [0]],
        [[3], [1, 2], [0]],
    )
    assert order() == []


def test_a_clause_that_says_nothing_of_a_variable():
    with pytest.raises(RuleError, match=r"line 2: no plain statement .* says what Z may be"):
        order("a(X, Y) -> b(X, Y)", "a(X, Y) -> b(X, Z)")
    with pytest.raises(RuleError, match="what Z may be"):
        order("a(X, Y) & not b(Y, Z) -> c(X, Y)")


def test_a_circle_through_not_is_named():
    with pytest.raises(RuleError, match=r"line 1: .*: wins needs not loses needs beats needs wins"):
        order("move(X, Y) & not loses(X, Y) -> wins(X, Y)", "beats(X, Y) -> loses(X, Y)", "wins(X, Y) -> beats(X, Y)")
    with pytest.raises(RuleError, match="p needs not p"):
        order("q(X, Y) & not p(X, Y) -> p(X, Y)")


def test_a_thousand_relations_in_a_row():
    texts = [f"r{i}(X, Y) -> r{i + 1}(X, Y)" for i in range(2_000)]
    assert order(*reversed(texts)) == [[i] for i in reversed(range(2_000))]
