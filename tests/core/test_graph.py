"""A graph is its facts, in order, and knows its entities, relations and degrees."""

from __future__ import annotations

from apercu.core.graph import Graph, Triple

GRAPH = Graph((Triple("b", "r", "c"), Triple("a", "s", "b", weight=0.5), Triple("a", "s", "a")))


def test_entities_relations_and_degrees():
    assert GRAPH.entities() == ("a", "b", "c")
    assert GRAPH.relations() == ("r", "s")
    assert GRAPH.degrees() == {"a": 2, "b": 2, "c": 1}
    assert (len(GRAPH), bool(GRAPH), bool(Graph())) == (3, True, False)


def test_a_fact_has_a_source_and_a_weight():
    assert Triple("a", "r", "b") == ("a", "r", "b", "", 1.0)
    assert GRAPH.triples[1].weight == 0.5
