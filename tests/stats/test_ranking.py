"""Metrics of lists against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from apercu.stats.ranking import average_precision_at, best, filtered_ranks, hit_rate, ndcg, recall_at


@pytest.mark.parametrize("seed", range(5))
def test_ndcg_is_that_of_scikit_learn(seed):
    drawn = np.random.default_rng(seed)
    truth, scores = drawn.random((6, 15)) < 0.3, drawn.random((6, 15))
    truth[:, 0] = True
    hits = np.take_along_axis(truth, best(scores, 5), 1)
    assert ndcg(hits, truth.sum(axis=1)).mean() == pytest.approx(ndcg_score(truth, scores, k=5))


@pytest.mark.parametrize("k", [1, 3, 8, 20])
def test_best_is_a_stable_sort(k):
    scores = np.random.default_rng(k).integers(0, 5, (40, 8)).astype(float)
    scores[:, 2] = -np.inf
    assert (best(scores, k) == np.argsort(-scores, axis=1, kind="stable")[:, :k]).all()


def test_by_hand():
    hits, wanted = np.array([[True, False, True], [False, False, False]]), np.array([4, 1])
    assert recall_at(hits, wanted).tolist() == [0.5, 0.0]
    assert average_precision_at(hits, wanted).tolist() == pytest.approx([(1 + 2 / 3) / 3, 0.0])
    assert hit_rate(hits, wanted).tolist() == [1.0, 0.0]


def test_who_wants_nothing_has_no_value():
    hits, wanted = np.zeros((1, 3), dtype=bool), np.array([0])
    assert all(np.isnan(f(hits, wanted)).all() for f in (ndcg, recall_at, average_precision_at, hit_rate))


@pytest.mark.parametrize("seed", range(3))
def test_filtered_ranks_are_those_of_counting(seed):
    drawn = np.random.default_rng(seed)
    scores, wanted = drawn.integers(0, 4, (7, 12)).astype(np.float32), drawn.integers(0, 12, 7)
    known = drawn.random((7, 12)) < 0.3
    known[:4, :] |= np.arange(12) == wanted[:4, None]
    ranks = filtered_ranks(scores, wanted, np.nonzero(known))
    for i, w in enumerate(wanted):
        others = [scores[i, j] for j in range(12) if j != w and not known[i, j]]
        assert ranks[i] == 1 + sum(s > scores[i, w] for s in others) + sum(s == scores[i, w] for s in others) / 2


def test_a_constant_score_is_worth_a_guess():
    assert filtered_ranks(np.zeros((1, 9)), np.array([4]), (np.array([0, 0]), np.array([1, 4]))).tolist() == [4.5]
