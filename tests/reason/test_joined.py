"""Joins of rules and embedding: what they are, and that the better part wins where it is better."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.reason._joined import EMBEDDING, JOINS, RULES, fitted, joined, logged
from apercu.reason._questions import Known


def test_ends_are_the_parts():
    a, b = np.random.default_rng(0).random((2, 3, 5)).astype(np.float32)
    assert joined(a, b, JOINS[RULES]) is a and joined(a, b, JOINS[EMBEDDING]) is b


def test_logged_is_the_logarithm_of_a_softmax():
    scores = np.array([[1000.0, 1001.0], [0.0, 0.0]])
    assert np.exp(logged(scores)).sum(axis=1) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("join", JOINS[2:])
def test_scale_and_origin_of_the_embedding_do_not_matter_to_sums(join):
    a, b = np.random.default_rng(1).random((2, 4, 6))
    if join[0] == "sum":
        assert np.allclose(joined(a, b, join), joined(a, 3.0 * b + 7.0, join), atol=1e-5)
    else:
        assert np.allclose(joined(a, b, join), joined(a, b + 7.0, join), atol=1e-5)


def test_each_relation_gets_the_part_that_serves_it():
    entities, n = 20, 400
    drawn = np.random.default_rng(2)
    valid = np.stack([drawn.integers(0, entities, n), np.arange(n) % 2, drawn.integers(0, entities, n)], 1)
    answer = {(h, r, i): t for i, (h, r, t) in enumerate(valid.tolist())}
    wanted = {(h, r): [t for (a, b, _), t in answer.items() if (a, b) == (h, r)] for h, r, _ in valid.tolist()}

    def scorer(good):
        def scores(heads, relations):
            out = np.random.default_rng(int(heads.sum()) + good).random((len(heads), entities)).astype(np.float32)
            for i, (h, r) in enumerate(zip(heads.tolist(), relations.tolist(), strict=True)):
                if r == good:
                    out[i, wanted[h, r]] += 2.0
            return out

        return scores

    chosen = fitted(scorer(0), scorer(1), valid, Known(valid, 2), 4)
    weights = [JOINS[i][1] for i in chosen[:2]]
    assert weights[0] <= 0.5 <= weights[1] and weights[0] < weights[1] + 0.5
    assert (fitted(scorer(0), scorer(1), valid[:0], Known(valid[:0], 2), 4) == RULES).all()
