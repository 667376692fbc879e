"""SPARQL over a graph."""

from __future__ import annotations

import sys

import pytest

from apercu.collect.sparql import asked, is_sparql
from apercu.core.errors import WordsError
from apercu.core.graph import Graph, Triple

GRAPH = Graph.of(
    [Triple("Ann", "works_for", "Acme Ltd"), Triple("张伟", "works_for", "Acme Ltd"), Triple("Acme Ltd", "lies_in", "http://e.org/Oslo#1")]
)


def test_what_is_sparql() -> None:
    assert is_sparql("ASK { :a :b :c }") and is_sparql("prefix : <x:> select * {}") and not is_sparql("selects(?, b)")


def test_names_come_back_as_they_are() -> None:
    pytest.importorskip("pyoxigraph")
    names, rows = asked(GRAPH, "SELECT ?who ?where WHERE { ?who :works_for ?firm . ?firm :lies_in ?where } ORDER BY ?who")
    assert names == ("who", "where")
    assert sorted(rows) == [("Ann", "http://e.org/Oslo#1"), ("张伟", "http://e.org/Oslo#1")]
    assert asked(GRAPH, "ASK { :Ann :works_for :Acme%20Ltd }") == (("answer",), [("true",)])
    assert asked(GRAPH, "SELECT (count(?x) AS ?n) WHERE { ?x :works_for [] }")[1] == [("2",)]
    assert asked(GRAPH, "SELECT ?x ?y WHERE { ?x :lies_in [] OPTIONAL { ?x :nothing ?y } }")[1] == [("Acme Ltd", None)]


@pytest.mark.parametrize(
    "query", ["SELECT ?x WHERE {", "CONSTRUCT { ?a ?b ?c } WHERE { ?a ?b ?c }", "SELECT * { SERVICE <http://e.org> { ?a ?b ?c } }"]
)
def test_what_cannot_be_answered_is_said(query) -> None:
    pytest.importorskip("pyoxigraph")
    with pytest.raises(WordsError, match=r"cannot be read|SELECT or an ASK|nothing is fetched"):
        asked(GRAPH, query)


def test_without_the_package(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    with pytest.raises(WordsError, match=r"apercu\[rdf\]"):
        asked(GRAPH, "ASK { :a :b :c }")
