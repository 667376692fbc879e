"""A graph is summed up in one note, repetitions apart."""

from __future__ import annotations

from apercu.core.graph import Graph, Triple
from apercu.reason.summary import merged, summed

GRAPH = Graph((Triple("a", "knows", "b", "x", 0.4), Triple("b", "knows", "c"), Triple("a", "knows", "b", "y", 0.9), Triple("c", "is", "c")))


def test_repetitions_merge_under_the_highest_weight_where_they_first_stood():
    whole = merged(GRAPH)
    assert [t[:3] for t in whole.triples] == [("a", "knows", "b"), ("b", "knows", "c"), ("c", "is", "c")]
    assert (whole.triples[0].weight, whole.triples[0].source) == (0.9, "y")
    assert merged(whole) is whole


def test_the_note_counts_facts_entities_relations_and_degrees():
    note = summed(merged(GRAPH), 1)
    assert (
        note.say("en")
        == "3 facts (1 repetition left out) about 3 entities in 2 relations: knows (2) and is (1). Facts per entity: 1.7; most about b (2)."
    )
    assert (
        note.say("zh") == "共 3 条事实（略去 1 条重复），涉及 3 个实体、2 种关系：knows (2) 且 is (1)。平均每个实体 1.7 条事实，最多的是 b（2 条）。"
    )
    assert (note.step, note.rows, note.id) == ("reason", 3, "graph")


def test_many_relations_are_cut_short():
    note = summed(Graph(tuple(Triple("a", f"r{i:02}", "b") for i in range(9))), 0)
    assert "r04 (1) and 4 more." in note.say("en")
    assert "另外 4 种" in note.say("zh")


def test_one_fact_is_singular():
    assert summed(Graph((Triple("a", "r", "a"),)), 0).say().startswith("1 fact about 1 entity in 1 relation: r (1).")
