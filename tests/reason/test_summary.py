"""A graph is summed up in one note, repetitions apart."""

from __future__ import annotations

from apercu.core.clause import parse_clause
from apercu.core.graph import Graph, Triple
from apercu.reason.chain import Limits, chained
from apercu.reason.summary import followed, summed

GRAPH = Graph.of((Triple("a", "knows", "b", "x", 0.4), Triple("b", "knows", "c"), Triple("a", "knows", "b", "y", 0.9), Triple("c", "is", "c")))


def test_the_note_counts_facts_entities_relations_and_degrees():
    note = summed(GRAPH.distinct(), 1)
    assert (
        note.say("en")
        == "3 facts (1 repetition left out) about 3 entities in 2 relations: knows (2) and is (1). Facts per entity: 1.7; most about b (2)."
    )
    assert (
        note.say("zh") == "共 3 条事实（略去 1 条重复），涉及 3 个实体、2 种关系：knows (2) 且 is (1)。平均每个实体 1.7 条事实，最多的是 b（2 条）。"
    )
    assert (note.step, note.rows, note.id) == ("reason", 3, "graph")


def test_many_relations_are_cut_short():
    note = summed(Graph.of(tuple(Triple("a", f"r{i:02}", "b") for i in range(9))), 0)
    assert "r04 (1) and 4 more." in note.say("en")
    assert "另外 4 种" in note.say("zh")


def test_one_fact_is_singular():
    assert summed(Graph.of((Triple("a", "r", "a"),)), 0).say().startswith("1 fact about 1 entity in 1 relation: r (1).")


def test_what_follows_is_told_by_rule():
    clauses = [parse_clause("knows(X, Y) -> met(X, Y)"), parse_clause("met(X, Y) -> met(Y, X)")]
    note = followed(chained(GRAPH, clauses))[0]
    assert note.say() == "4 facts follow from the graph by 2 rules: knows(X, Y) -> met(X, Y) (2); met(X, Y) -> met(Y, X) (2)."
    assert note.say("zh") == "按 2 条规则，由图谱推出 4 条事实：knows(X, Y) -> met(X, Y) (2)；met(X, Y) -> met(Y, X) (2)。"
    assert (note.rows, note.id) == (4, "inferred")
    assert "stopped at its limit" in followed(chained(GRAPH, clauses, Limits(most=1)))[0].say()
    assert followed(chained(GRAPH, [parse_clause("likes(X, Y) -> met(X, Y)")]))[0].say() == "0 facts follow from the graph by 1 rule."
    assert followed(chained(GRAPH, [])) == []
