"""Questions, what is known of them, and the hash that holds facts out."""

from __future__ import annotations

import numpy as np

from apercu.core.graph import Graph, Triple
from apercu.reason._questions import Known, both_ways, ranks_of, salted, salts_of, sampled

FACTS = np.array([[0, 0, 1], [0, 0, 2], [2, 1, 0], [0, 0, 1]])


def test_known_answers_in_both_directions():
    known = Known(FACTS, 2)
    rows, answers = known.of(np.array([0, 1, 2, 2]), np.array([0, 2, 1, 0]))
    assert list(zip(rows.tolist(), answers.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 0), (2, 0)]
    assert known.counts(np.array([0, 1, 2, 2]), np.array([0, 2, 1, 0])).tolist() == [2, 1, 1, 0]
    assert len(Known(FACTS[:0], 2).of(np.array([0]), np.array([0]))[0]) == 0


def test_a_scorer_that_knows_is_first_everywhere():
    asked = both_ways(FACTS[:3], 2)
    known = Known(FACTS, 2)

    def oracle(heads, relations):
        scores = np.zeros((len(heads), 3), np.float32)
        scores[known.of(heads, relations)] = 1.0
        return scores

    assert ranks_of(oracle, asked, known, 3).tolist() == [1.0] * 6
    assert len(ranks_of(oracle, asked[:0], known, 3)) == 0


def test_salts_follow_names_and_not_their_order():
    one = Graph.of([Triple("a", "r", "b"), Triple("c", "s", "a")])
    two = Graph.of([Triple("c", "s", "a"), Triple("a", "r", "b")])
    first, second = salts_of(one)[0], salts_of(two)[0]
    assert {n: int(first[i]) for n, i in one.entity_places.items()} == {n: int(second[i]) for n, i in two.entity_places.items()}
    assert len(set(first.tolist())) == 3 and salted(4, 2)[0].shape == (4,)


def test_a_sample_is_drawn_without_repetition():
    assert sorted(map(tuple, sampled(FACTS[:3], 9, 1).tolist())) == sorted(map(tuple, FACTS[:3].tolist()))
    assert len(sampled(FACTS, 2, 0)) == 2
