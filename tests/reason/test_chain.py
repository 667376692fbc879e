"""What follows from a graph is what a plain evaluator finds; each new fact keeps a derivation that can be replayed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apercu.core.clause import Clause, parse_clause
from apercu.core.errors import RuleError, WordsError
from apercu.core.graph import Graph, Triple
from apercu.reason import _bindings
from apercu.reason.chain import Limits, chained
from apercu.reason.why import replays

from .programs import clauses, graphs, naive


def rules(*texts: str) -> list[Clause]:
    return [parse_clause(text, line) for line, text in enumerate(texts, 1)]


def told(closure) -> set[tuple[str, ...]]:
    return {t[:3] for t in closure.whole.triples}


CLOSURE = rules("owns(X, Y) -> controls(X, Y)", "controls(X, Y) & owns(Y, Z) -> controls(X, Z)")
OWNS = Graph.of(Triple(head, "owns", tail) for head, tail in ("ab", "bc", "cd", "da"))


def test_a_transitive_closure_through_a_circle():
    closure = chained(OWNS, CLOSURE)
    assert len(closure) == 16 and closure.complete
    assert closure.by_clause.tolist() == [4, 12]


@settings(max_examples=150, deadline=None)
@given(graphs(), st.lists(clauses(), max_size=5))
def test_the_closure_is_what_a_plain_evaluator_finds(graph, program):
    try:
        closure = chained(graph, program)
    except RuleError:  # a circle through `not`
        assume(False)
        return
    assert told(closure) == naive(graph, program)
    assert len(closure.whole) == len(told(closure))
    assert replays(closure).all()


@settings(max_examples=50, deadline=None)
@given(graphs(), st.lists(clauses(negation=False), max_size=4))
def test_joins_that_are_cut_into_parts_find_the_same(graph, program):
    whole = chained(graph, program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bindings, "CHUNK", 2)
        assert told(chained(graph, program)) == told(whole)


def test_confidence_is_the_clause_times_the_least_sure_premise():
    graph = Graph.of([Triple("a", "p", "b", weight=0.5), Triple("b", "p", "c", weight=0.8)])
    closure = chained(graph, rules("p(X, Y) & p(Y, Z) -> q(X, Z) [0.5]", "q(X, Y) -> r(Y, X)"))
    assert [(*t[:3], t.weight) for t in closure.whole.triples][2:] == [("a", "q", "c", 0.25), ("c", "r", "a", 0.25)]


def test_facts_below_the_least_confidence_are_not_inferred():
    chain = Graph.of(Triple(str(i), "p", str(i + 1)) for i in range(6))
    closure = chained(chain, rules("p(X, Y) & p(Y, Z) -> p(X, Z) [0.5]"), Limits(least=0.5))
    assert {t[:3] for t in closure.whole.triples} == {t[:3] for t in chain.triples} | {(str(i), "p", str(i + 2)) for i in range(5)}


def test_what_is_stated_is_not_inferred_again():
    graph = Graph.of([Triple("a", "p", "b"), Triple("a", "q", "b", weight=0.1)])
    closure = chained(graph, rules("p(X, Y) -> q(X, Y)"))
    assert len(closure) == 0 and closure.whole == graph


def test_constants_that_the_graph_does_not_know():
    closure = chained(OWNS, rules('owns(X, "b") -> is(X, owner)', 'owns(X, "nobody") -> is(X, odd)'))
    assert list(closure.whole.triples)[4:] == [Triple("a", "is", "owner", "owns(X, b) -> is(X, owner)")]


def test_nothing_follows_from_nothing():
    assert len(chained(Graph(), CLOSURE)) == 0
    assert len(chained(OWNS, [])) == 0


def test_limits_stop_and_say_so():
    closure = chained(OWNS, CLOSURE, Limits(most=5))
    assert (len(closure), closure.complete) == (5, False)
    many = Graph.of(Triple(str(i), "p", str(i)) for i in range(2_000))
    start = time.monotonic()
    late = chained(many, rules("p(X, X) & p(Y, Y) & p(Z, Z) & X != Y -> q(X, Z)"), Limits(minutes=0.001))
    assert not late.complete and time.monotonic() - start < 4.0
    with pytest.raises(WordsError, match="--most"):
        chained(OWNS, CLOSURE, Limits(most=-1))


def test_a_long_way_takes_a_round_for_each_step():
    n = 2_000
    graph = Graph.of([Triple(str(i), "next", str(i + 1)) for i in range(n)])
    closure = chained(graph, rules('next("0", Y) -> reached("0", Y)', "reached(X, Y) & next(Y, Z) -> reached(X, Z)"))
    assert len(closure) == n


def test_the_first_derivation_is_kept_and_comes_after_its_premises():
    closure = chained(OWNS, CLOSURE)
    numbers = np.arange(len(closure.known), len(closure.known) + len(closure))
    assert np.all(closure.premises < numbers[:, None])
    assert replays(closure).all()
    odd = closure.premises.copy()
    odd[-1, 0] = (odd[-1, 0] + 1) % 4
    from dataclasses import replace

    assert not replays(replace(closure, premises=odd)).all()


@pytest.mark.slow
def test_half_a_million_facts_within_two_seconds():
    generator = np.random.default_rng(0)
    firms = 100_000
    parent = np.array([generator.integers(i // 20 * 20, i) if i % 20 else i for i in range(firms)])
    child = np.flatnonzero(parent != np.arange(firms))
    people = np.stack([np.arange(firms, firms + 400_000), np.ones(400_000), generator.integers(0, firms, 400_000)], 1)
    facts = np.concatenate([np.stack([parent[child], np.zeros(len(child)), child], 1), people]).astype(np.int32)
    graph = Graph(tuple(f"e{i}" for i in range(firms + 400_000)), ("owns", "works_for"), facts=facts)
    program = [*CLOSURE, *rules("works_for(P, F) & controls(F, G) -> part_of(P, G)")]
    chained(OWNS, program)  # compiled
    start = time.process_time()
    closure = chained(graph, program)
    assert time.process_time() - start < 2.0
    assert closure.by_clause.min() > 90_000
