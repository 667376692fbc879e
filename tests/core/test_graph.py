"""A graph is its statements, in order, whatever numbers its names have; it counts, chooses, merges and joins them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.graph import Graph, Triple
from apercu.core.rows import encoded

TRIPLES = (Triple("b", "r", "c"), Triple("a", "s", "b", weight=0.5), Triple("a", "s", "a", "map", 0.25, 7))
GRAPH = Graph.of(TRIPLES)
names = st.sampled_from("abcd")
origins = st.tuples(st.sampled_from(["", "x", "y"]), st.sampled_from([0.25, 0.9, 1.0]), st.integers(0, 2**31 - 1))
statements = st.lists(st.builds(lambda h, r, t, o: Triple(h, r, t, *o), names, st.sampled_from("rs"), names, origins))


def test_names_stand_once_and_facts_are_their_places():
    assert (GRAPH.entities, GRAPH.relations, GRAPH.sources) == (("b", "c", "a"), ("r", "s"), ("", "map"))
    assert GRAPH.facts.tolist() == [[0, 0, 1], [2, 1, 0], [2, 1, 2]]
    assert (GRAPH.facts.dtype, GRAPH.weight.dtype, GRAPH.place.tolist()) == (np.int32, np.float32, [0, 0, 7])
    assert (len(GRAPH), bool(GRAPH), bool(Graph())) == (3, True, False)
    assert (GRAPH.entity_places["a"], GRAPH.relation_places["s"]) == (2, 1)


def test_words_come_back_as_they_went_in():
    assert tuple(GRAPH.triples) == TRIPLES
    assert GRAPH.triple(2) == TRIPLES[2]
    assert next(Graph.of([Triple("a", "r", "b", weight=0.9)]).triples).weight == 0.9


def test_a_fact_has_a_source_a_weight_and_a_place():
    assert Triple("a", "r", "b") == ("a", "r", "b", "", 1.0, 0)


def test_columns_left_out_are_the_usual_ones_and_odd_ones_are_refused():
    graph = Graph(("a", "b"), ("r",), facts=np.array([[0, 0, 1], [1, 0, 1]]))
    assert list(graph.triples) == [Triple("a", "r", "b"), Triple("b", "r", "b")]
    with pytest.raises(ValueError, match="2 facts"):
        Graph(("a", "b"), ("r",), facts=graph.facts, weight=np.ones(3))


def test_nothing_can_be_written_to_it():
    own = np.array([[0, 0, 0]], np.int32)
    graph = Graph(("a",), ("r",), facts=own)
    with pytest.raises(ValueError, match="read-only"):
        graph.facts[0, 0] = 1
    own[0, 0] = 0  # the array that was handed over stays its owner's


def test_entities_count_the_facts_that_speak_of_them():
    assert dict(zip(GRAPH.entities, GRAPH.degrees().tolist(), strict=True)) == {"a": 2, "b": 2, "c": 1}


def test_equality_is_of_what_is_stated_not_of_its_numbers():
    again = Graph(("a", "b", "c", "unused"), ("s", "r"), ("map", ""), np.array([[1, 1, 2], [0, 0, 1], [0, 0, 0]]), GRAPH.weight, [1, 1, 0], [0, 0, 7])
    assert again == GRAPH and hash(again) == hash(GRAPH)
    assert GRAPH.only([1, 0, 2]) != GRAPH
    assert Graph.of((*TRIPLES[:2], TRIPLES[2]._replace(source="other"))) != GRAPH
    assert Graph.of((*TRIPLES[:2], TRIPLES[2]._replace(tail="z"))) != GRAPH
    assert GRAPH != 3


def test_coded_columns():
    columns = [encoded(np.array(list(text), dtype=object)) for text in ("baa", "rss", "cba")]
    graph = Graph.coded(*columns, encoded(np.array(["", "", "map"], dtype=object)), weight=np.array([1, 0.5, 0.25]), place=np.array([0, 0, 7]))
    assert graph == GRAPH


@settings(deadline=None)
@given(statements)
def test_distinct_keeps_the_heaviest_of_each_fact_where_it_first_stood(triples):
    best: dict[tuple, Triple] = {}
    by_source: dict[tuple, Triple] = {}
    for t in triples:
        for kept, key in ((best, t[:3]), (by_source, t[:4])):
            if key not in kept or t.weight > kept[key].weight:
                kept[key] = t
    graph = Graph.of(triples)
    assert tuple(graph.distinct().triples) == tuple(best.values())
    assert tuple(graph.distinct(by_source=True).triples) == tuple(by_source.values())


@settings(deadline=None)
@given(statements, statements)
def test_joined_graphs_state_both(left, right):
    assert tuple(Graph.of(left).joined(Graph.of(right)).triples) == (*left, *right)


def test_keys_do_not_overflow():
    facts = np.array([[2**30, 0, 5], [2**30, 0, 5], [5, 0, 2**30]], np.int32)
    wide = Graph(_Many(2**31 - 1), _Many(2**10), facts=facts)
    first, again, other = wide.keys().tolist()
    assert first == again != other


def test_a_million_facts_are_arrays():
    generator = np.random.default_rng(0)
    facts = np.stack([generator.integers(0, 1_000, 1_000_000), generator.integers(0, 3, 1_000_000), generator.integers(0, 1_000, 1_000_000)], 1)
    tracemalloc.start()
    graph = Graph(tuple(map(str, range(1_000))), ("r", "s", "t"), facts=facts.astype(np.int32))
    assert tracemalloc.get_traced_memory()[0] < 40e6
    tracemalloc.stop()
    assert len(graph) == 1_000_000


class _Many(tuple):
    """Names that are never read, as many as one likes."""

    def __new__(cls, n):
        made = super().__new__(cls)
        made.n = n
        return made

    def __len__(self):
        return self.n
