"""Paths against plain enumeration on small random graphs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from apercu.stats.paths import counted, grounded, held_out, indexed, is_fact, joining, reached

ENTITIES, RELATIONS = 9, 3


def drawn(seed, facts=24):
    r = np.random.default_rng(seed)
    return np.unique(np.stack([r.integers(0, k, facts) for k in (ENTITIES, RELATIONS, ENTITIES)], 1), axis=0)


def walks(facts, x, length):
    """{(body, things)} of every path of a length from x, all things different."""
    both = [(h, r, t) for h, r, t in facts.tolist()] + [(t, r + RELATIONS, h) for h, r, t in facts.tolist()]
    found = [((), (x,))]
    for _ in range(length):
        found = [((*body, r), (*things, t)) for body, things in found for h, r, t in both if h == things[-1] and t not in things]
    return set(found)


def salts():
    r = np.random.default_rng(0)
    return tuple(r.integers(0, 2**63, k).astype(np.uint64) for k in (ENTITIES, RELATIONS))


@pytest.mark.parametrize("seed", range(4))
def test_bodies_that_join_are_those_of_enumeration(seed):
    facts = drawn(seed)
    graph = indexed(facts, ENTITIES, RELATIONS)
    for relation in range(RELATIONS):
        own = facts[facts[:, 1] == relation]
        own = own[own[:, 0] != own[:, 2]]
        bodies, times = joining(graph, (own[:, 0], own[:, 2]), relation, RELATIONS, longest=3, tries=10_000)
        truth = {}
        for x, _, y in own.tolist():
            for body in {b for k in (1, 2, 3) for b, things in walks(facts, x, k) if things[-1] == y} - {(relation,)}:
                truth[body] = truth.get(body, 0) + 1
        assert {tuple(b[b >= 0].tolist()): int(n) for b, n in zip(bodies, times, strict=True)} == truth


@pytest.mark.parametrize("longest", [4, 5])
def test_longer_bodies_are_true_ones(longest):
    facts = drawn(7, 18)
    graph = indexed(facts, ENTITIES, RELATIONS)
    own = facts[facts[:, 0] != facts[:, 2]]
    bodies, _ = joining(graph, (own[:, 0], own[:, 2]), -1, RELATIONS, longest=longest, tries=2_000)
    whole = [tuple(b.tolist()) for b in bodies if (b >= 0).all()]
    assert whole
    for body in whole:
        assert any(b == body and things[-1] == y for x, _, y in own.tolist() for b, things in walks(facts, x, longest))


@pytest.mark.parametrize("seed", range(4))
def test_ends_counts_and_groundings_are_those_of_enumeration(seed):
    facts = drawn(seed)
    graph = indexed(facts, ENTITIES, RELATIONS)
    stated = {tuple(f) for f in facts.tolist()}
    bodies = np.array([[0, 4, -1], [1, 2, 0], [5, -1, -1], [3, 1, 4]])
    for body in bodies:
        plain = tuple(body[body >= 0].tolist())
        joined = [(x, things) for x in range(ENTITIES) for b, things in walks(facts, x, len(plain)) if b == plain]
        for x in range(ENTITIES):
            ends = sorted({things[-1] for start, things in joined if start == x})
            assert reached(graph, body, x).tolist() == ends
            for y in range(ENTITIES):
                things = grounded(graph, body, x, y).tolist()
                assert bool(things) == (y in ends)
                for step, (a, b) in zip(plain, pairwise(things), strict=False):
                    assert ((a, step, b) if step < RELATIONS else (b, step - RELATIONS, a)) in stated
        pairs = {(x, things[-1]) for x, things in joined}
        everybody = np.arange(2 * RELATIONS + 1) * ENTITIES, np.tile(np.arange(ENTITIES), 2 * RELATIONS)
        none = indexed(np.zeros((0, 3), int), ENTITIES, RELATIONS)
        counts = counted(graph, none, body[None], np.array([2]), everybody, share=(0.0, salts()))
        assert (counts.tried[0], counts.right[0]) == (len(pairs), sum((x, 2, y) in stated for x, y in pairs))


def test_pairs_that_are_held_out_are_counted_apart():
    facts = drawn(3, 60)
    hidden = held_out(facts, 0.4, salts())
    assert 0 < hidden.sum() < len(facts)
    graph, truth = indexed(facts[~hidden], ENTITIES, RELATIONS), indexed(facts[hidden], ENTITIES, RELATIONS)
    body = np.array([[0, 1]])
    everybody = np.arange(2 * RELATIONS + 1) * ENTITIES, np.tile(np.arange(ENTITIES), 2 * RELATIONS)
    counts = counted(graph, truth, body, np.array([2]), everybody, share=(0.4, salts()))
    pairs = np.array([(x, 2, y) for x in range(ENTITIES) for y in reached(graph, body[0], x)])
    away = held_out(pairs, 0.4, salts())
    assert (counts.asked[0], counts.tried[0]) == (away.sum(), (~away).sum())
    assert counts.held[0] == sum(is_fact(*truth[:3], *p) for p in pairs[away].tolist())
    assert counts.trials[0] == len({x for x, _, _ in pairs[away].tolist()})


def test_both_directions_of_a_pair_are_held_out_together():
    facts = drawn(5, 200)
    backwards = np.stack([facts[:, 2], facts[:, 1] + RELATIONS, facts[:, 0]], 1)
    assert (held_out(facts, 0.3, salts()) == held_out(backwards, 0.3, salts())).all()


def test_the_share_held_out_is_as_asked():
    r = np.random.default_rng(1)
    things, kinds = r.integers(0, 2**63, 3_000).astype(np.uint64), r.integers(0, 2**63, 5).astype(np.uint64)
    facts = np.stack([r.integers(0, 3_000, 20_000), r.integers(0, 5, 20_000), r.integers(0, 3_000, 20_000)], 1)
    assert np.mean(held_out(facts, 0.1, (things, kinds))) == pytest.approx(0.1, abs=0.01)


def test_a_graph_without_facts():
    graph = indexed(np.zeros((0, 3), int), 3, 1)
    assert reached(graph, np.array([0]), 1).tolist() == [] and grounded(graph, np.array([0]), 1, 2).tolist() == []
    bodies, times = joining(graph, (np.array([0]), np.array([1])), 0, 1)
    assert len(bodies) == len(times) == 0
