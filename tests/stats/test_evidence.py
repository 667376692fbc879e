"""Scores of rules by hand, and the rules that are named for them."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.evidence import Weighed, evidence, firing
from apercu.stats.holdings import holdings, implied
from apercu.stats.paths import indexed

# 0 and 1 work for 2, which lies in 3; 0, 1 and 4 like 5, and 0 and 4 live in 3
FACTS = np.array([[0, 0, 2], [1, 0, 2], [2, 1, 3], [0, 2, 5], [1, 2, 5], [4, 2, 5], [0, 3, 3], [4, 3, 3]])
ENTITIES, RELATIONS, LIVES = 6, 4, 3


@pytest.fixture
def house():
    graph = indexed(FACTS, ENTITIES, RELATIONS)
    kept = holdings(graph, RELATIONS)
    items = implied(kept)
    bodies, weight = np.array([[0, 1]]), np.array([0.7], np.float32)  # works_for, lies_in -> lives_in
    bounds = np.zeros(2 * RELATIONS + 1, np.int64)
    bounds[LIVES + 1 :] = 1
    column = np.lexsort((-items.confidence, items.head))
    places = np.arange(len(kept.tail) + 1)
    rows = np.searchsorted(items.body, places), items.head, items.confidence
    rules = Weighed(bounds, bodies, weight, *rows, np.searchsorted(items.head[column], places), items.body[column], items.confidence[column])
    return graph, kept, rules, items


def test_path_and_item_rules_are_joined_as_asked(house):
    graph, kept, rules, items = house
    decay, power = np.array([1.0, 0.5, 1.0]), np.array([1.0, 1.0, 2.0])
    scores = evidence(graph, kept, rules, np.array([1]), np.array([LIVES]), decay, power)
    named = [(kept.relation[i], kept.tail[i]) for i in range(len(kept.tail))]
    own = {i for i, (r, t) in enumerate(named) if (r, t) in {(0, 2), (2, 5), (0, ENTITIES), (2, ENTITIES)}}
    said = [float(c) for b, h, c in zip(items.body, items.head, items.confidence, strict=True) if b in own and named[h] == (LIVES, 3)]
    inverse = [float(c) for b, h, c in zip(items.body, items.head, items.confidence, strict=True) if named[h] == (LIVES + RELATIONS, 1)]
    assert said and not inverse
    weights = sorted([0.7, *said], reverse=True)
    assert scores[0, 0, 3] == pytest.approx(sum(weights))
    assert scores[1, 0, 3] == pytest.approx(sum(w * 0.5**i for i, w in enumerate(weights)))
    assert scores[2, 0, 3] == pytest.approx(np.sqrt(sum(w * w for w in weights)))
    assert (scores[:, 0, [0, 2, 4]] == 0).all()


def test_items_of_the_answer_speak_too(house):
    graph, kept, rules, _ = house
    scores = evidence(graph, kept, rules, np.array([3]), np.array([LIVES + RELATIONS]), np.array([1.0]), np.array([1.0]))[0, 0]
    assert scores[1] > 0 and scores[5] == 0  # 1 likes what those who live in 3 like


def test_the_rules_that_fire_are_those_that_score(house):
    graph, kept, rules, _ = house
    for head, relation in ((1, LIVES), (3, LIVES + RELATIONS), (0, 0)):
        scores = evidence(graph, kept, rules, np.array([head]), np.array([relation]), np.array([1.0]), np.array([1.0]))[0, 0]
        for answer in range(ENTITIES):
            fired = firing(graph, kept, rules, (head, relation), answer)
            assert sum(f.weight for f in fired) == pytest.approx(float(scores[answer]), abs=1e-6)
    assert [f.source for f in firing(graph, kept, rules, (1, LIVES), 3, most=1)] == ["path"]
