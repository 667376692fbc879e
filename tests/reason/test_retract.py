"""Taking a source back leaves exactly what the rest supports."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apercu.core.errors import RuleError, UnknownName
from apercu.core.graph import Graph, Triple
from apercu.reason.chain import chained
from apercu.reason.retract import without
from apercu.reason.why import replays

from .programs import clauses, graphs, naive
from .test_chain import CLOSURE, rules, told


@settings(max_examples=150, deadline=None)
@given(graphs(14), st.lists(clauses(), min_size=1, max_size=4))
def test_what_is_left_is_what_the_rest_implies(graph, program):
    try:
        closure = chained(graph, program)
    except RuleError:
        assume(False)
        return
    for number, source in enumerate(graph.sources if graph else ()):
        left = without(closure, source)
        assert told(left) == naive(graph.only(graph.source != number), program)
        assert len(left.whole) == len(told(left))
        assert replays(left).all()


def test_another_source_or_another_way_keeps_a_fact():
    graph = Graph.of([Triple("a", "owns", "b", "x"), Triple("a", "owns", "b", "y"), Triple("b", "owns", "c", "y"), Triple("a", "controls", "c", "x")])
    left = without(chained(graph, CLOSURE), "x")
    assert told(left) == {("a", "owns", "b"), ("b", "owns", "c"), ("a", "controls", "b"), ("b", "controls", "c"), ("a", "controls", "c")}
    assert told(without(left, "y")) == set()


def test_confidence_falls_with_the_surer_source():
    graph = Graph.of([Triple("a", "owns", "b", "sure"), Triple("a", "owns", "b", "rumour", 0.25)])
    left = without(chained(graph, CLOSURE), "sure")
    assert np.allclose(left.weight, 0.25)


def test_less_knowledge_may_imply_more():
    graph = Graph.of([Triple("a", "owns", "b", "x"), Triple("a", "sold", "b", "y")])
    program = rules("owns(X, Y) & not sold(X, Y) -> holds(X, Y)")
    assert ("a", "holds", "b") not in told(chained(graph, program))
    assert ("a", "holds", "b") in told(without(chained(graph, program), "y"))


def test_a_source_that_is_not_there():
    with pytest.raises(UnknownName, match="did you mean 'firms'"):
        without(chained(Graph.of([Triple("a", "owns", "b", "firms")]), CLOSURE), "firm")
