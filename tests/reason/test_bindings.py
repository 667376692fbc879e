"""The ways to fill a body: joins, look-ups, products, absences; each knows the rows that it rests on."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.clause import Variable, parse_clause
from apercu.reason._bindings import Table, bindings, ordered
from apercu.reason._facts import Facts

X, Y, Z = (Variable(name) for name in "XYZ")
PLACES = {"zero": 0, "two": 2}


def relation(*pairs: tuple[int, int]) -> Facts:
    facts = Facts(5)
    facts.add(*np.array(pairs or np.empty((0, 2)), np.int32).reshape(-1, 2).T, np.arange(len(pairs)))
    facts.see()
    return facts


SCENE = {"p": relation((0, 1), (1, 2), (2, 2), (3, 0)), "q": relation((2, 4), (1, 4), (0, 3)), "none": relation()}


def ways(text: str, *variables: Variable, **how) -> list[tuple[int, ...]]:
    tables = list(bindings(parse_clause(f"{text} -> h(zero, zero)"), SCENE, PLACES, **how))
    return sorted(way for table in tables for way in zip(*(table.column(v).tolist() for v in variables), strict=True))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("p(X, Y)", [(0, 1), (1, 2), (2, 2), (3, 0)]),
        ("p(X, Y) & q(Y, Z)", [(0, 1), (1, 2), (2, 2), (3, 0)]),
        ("p(X, Y) & q(X, Z)", [(0, 1), (1, 2), (2, 2)]),
        ("p(X, Y) & p(Y, X)", [(2, 2)]),
        ("p(X, Y) & X != Y", [(0, 1), (1, 2), (3, 0)]),
        ("p(X, Y) & not q(X, Z) & q(Y, Z)", [(0, 1), (3, 0)]),
        ("p(X, two) & p(zero, Y)", [(1, 1), (2, 1)]),
        ("p(X, X) & q(Y, Z)", [(2, 0), (2, 1), (2, 2)]),
        ("p(X, Y) & p(zero, zero)", []),
        ("p(X, Y) & none(Y, Z)", []),
    ],
)
def test_ways(text, expected):
    assert ways(text, X, Y) == expected


def test_only_rows_in_range_count():
    assert ways("p(X, Y) & p(Y, Z)", X, Y, Z, first=0, ranges={0: (0, 1)}) == [(0, 1, 2)]
    assert ways("p(X, Y) & p(Y, Z)", X, Y, Z, first=1, ranges={1: (1, 2), 0: (0, 1)}) == [(0, 1, 2)]
    assert ways("p(X, two) & p(two, Z)", X, first=0, ranges={0: (1, 2)}) == [(1,)]
    assert ways("p(X, X)", X, first=0, ranges={0: (0, 3)}) == [(2,)]


def test_variables_that_are_filled_already():
    assert ways("p(X, Y) & q(Y, Z)", X, Y, start=Table(2, {X: np.array([0, 3], np.int32)})) == [(0, 1), (3, 0)]


def test_each_way_knows_its_rows():
    for table in bindings(parse_clause("p(X, Y) & q(Y, Z) -> h(X, Z)"), SCENE, PLACES):
        every = np.arange(table.n)
        assert np.array_equal(SCENE["p"].side(1)[table.rows(0, every)], table.column(Y))
        assert np.array_equal(SCENE["q"].side(0)[table.rows(1, every)], table.column(Y))
        assert table.n == 4


def test_the_most_bound_atom_comes_first_and_not_comes_last():
    clause = parse_clause("not q(X, Z) & p(X, Y) & q(Y, Z) & X != Y -> h(X, Z)")
    assert ordered(clause, SCENE) == [2, 1, 0, 3]
    assert ordered(clause, SCENE, first=1)[0] == 1
