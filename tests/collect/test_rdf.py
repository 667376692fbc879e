"""RDF becomes a graph whose names can be read; without its package one sentence says what to install."""

from __future__ import annotations

import sys

import pytest

from apercu.collect.rdf import short
from apercu.collect.triples import is_triples, read_graph
from apercu.core.errors import EmptyTable, UnreadableSource, WordsError

TURTLE = '@prefix e: <http://e.org/> .\ne:Acme e:owns e:Bolt ; e:name "Acme Ltd"@en .\n<http://other.org/Bolt> e:age 5 .\n_:x e:owns e:Acme .\n'


def test_addresses_are_shortened_where_they_stay_apart():
    told = short(["http://e.org/Acme", "http://e.org/x#Bolt", "http://a.org/Cog", "http://b.org/Cog", "urn:n"])
    assert told["http://e.org/Acme"] == "Acme" and told["http://e.org/x#Bolt"] == "Bolt"
    assert told["http://a.org/Cog"] == "http://a.org/Cog" and told["urn:n"] == "urn:n"


def test_without_the_package(tmp_path, monkeypatch):
    path = tmp_path / "a.ttl"
    path.write_text(TURTLE)
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    with pytest.raises(WordsError, match=r"apercu\[rdf\]"):
        read_graph(path)


def test_turtle_and_lines(tmp_path):
    pytest.importorskip("pyoxigraph")
    path = tmp_path / "a.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    graph, notes = read_graph(path)
    facts = [t[:3] for t in graph.triples]
    assert facts[:3] == [("Acme", "owns", "http://e.org/Bolt"), ("Acme", "name", "Acme Ltd"), ("http://other.org/Bolt", "age", "5")]
    assert facts[3][1:] == ("owns", "Acme") and facts[3][0].startswith("_:")
    assert notes[0].say().startswith("4 of the 6 addresses in a.ttl")
    assert is_triples(path) and [t.place for t in graph.triples] == [1, 2, 3, 4]
    (tmp_path / "b.nt").write_text("<http://e.org/a> <http://e.org/r> <http://e.org/b> .\n")
    assert [t[:3] for t in read_graph(tmp_path / "b.nt")[0].triples] == [("a", "r", "b")]
    (tmp_path / "c.jsonld").write_text(
        '{"@context": {"knows": {"@id": "http://e.org/knows", "@type": "@id"}}, "@id": "http://e.org/a", "knows": "http://e.org/b"}'
    )
    assert [t[:3] for t in read_graph(tmp_path / "c.jsonld")[0].triples] == [("a", "knows", "b")]


def test_damage(tmp_path):
    pytest.importorskip("pyoxigraph")
    (tmp_path / "a.ttl").write_text("<a> <b")
    with pytest.raises(UnreadableSource, match="as Turtle"):
        read_graph(tmp_path / "a.ttl")
    (tmp_path / "b.ttl").write_text("# nothing\n")
    with pytest.raises(EmptyTable):
        read_graph(tmp_path / "b.ttl")
