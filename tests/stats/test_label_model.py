"""Rules that err independently are joined as Bayes would; copies count once; what is stated holds where rows say nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.label_model import fitted


def planted(n, right, speaks, k=2, seed=1, balance=None):
    """(votes, truth): rule j speaks in a share of the rows and is right with a chance; errors fall on the other classes alike."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(k, n, p=balance)
    votes = np.full((n, len(right)), -1)
    for j, (p, s) in enumerate(zip(right, speaks, strict=True)):
        said = np.where(rng.random(n) < p, truth, (truth + rng.integers(1, k, n)) % k)
        votes[:, j] = np.where(rng.random(n) < s, said, -1)
    return votes, truth


def test_it_agrees_with_bayes_where_statements_are_true():
    votes, truth = planted(20_000, [0.9, 0.7, 0.8], [1.0, 1.0, 1.0])
    told = fitted(votes, np.array([0.9, 0.7, 0.8]), np.ones(2)).probabilities(votes)[:, 1]
    odds = np.log(np.array([9.0, 7 / 3, 4.0])) @ np.where(votes == 1, 1.0, -1.0).T
    assert np.allclose(told, 1 / (1 + np.exp(-odds)), atol=0.04)
    for p in (0.2, 0.8):
        near = np.abs(told - p) < 0.1
        if near.sum() > 300:
            assert abs(truth[near].mean() - told[near].mean()) < 0.05


def test_a_wrong_statement_moves_to_what_the_others_show():
    votes, _ = planted(4_000, [0.9, 0.9, 0.9, 0.3], [0.9, 0.9, 0.9, 0.5])
    found = fitted(votes, np.array([0.9, 0.9, 0.9, 0.8]), np.ones(2)).accuracy(votes)
    assert found[3] < 0.45
    assert found[:3].min() > 0.85


def test_more_trust_keeps_nearer_to_the_statement():
    votes, _ = planted(300, [0.9, 0.9, 0.3], [0.9, 0.9, 0.2])
    stated = np.array([0.9, 0.9, 0.9])
    weak, strong = (fitted(votes, stated, np.ones(2), trust=trust).answers[2, :, 2] for trust in (1.0, 10_000.0))
    assert strong[1] / strong.sum() > weak[1] / weak.sum()
    assert strong[1] / strong.sum() == pytest.approx(0.9, abs=0.03)


def test_copies_count_once():
    votes, _ = planted(5_000, [0.8, 0.7], [0.6, 0.6])
    once = fitted(votes, np.array([0.8, 0.7]), np.ones(2))
    copied = np.column_stack([votes[:, :1]] * 4 + [votes[:, 1:]])
    many = fitted(copied, np.array([0.8] * 4 + [0.7]), np.ones(2))
    assert many.power[:4].sum() == pytest.approx(1.0, abs=0.15)
    assert many.power[4] > 0.9
    assert np.abs(many.probabilities(copied) - once.probabilities(votes)).max() < 0.06


@pytest.mark.parametrize("k", [2, 4])
def test_classes(k):
    votes, truth = planted(3_000, [0.85, 0.8, 0.75, 0.7], [0.7] * 4, k=k, seed=3)
    model = fitted(votes, np.full(4, np.nan), np.ones(k))
    told = model.probabilities(votes)
    assert told.shape == (3_000, k)
    assert np.allclose(told.sum(axis=1), 1.0)
    assert np.mean(told.argmax(axis=1) == truth) > 0.82  # the best that these votes allow is little more
    assert np.allclose(model.answers.sum(axis=2), 1.0)


def test_a_statement_below_the_share_speaks_against_a_class():
    rng = np.random.default_rng(4)
    votes = np.where(rng.random((2_000, 1)) < 0.3, 1, -1)
    told = fitted(votes, np.array([0.05]), np.array([0.6, 0.4])).probabilities(votes)[:, 1]
    assert told[votes[:, 0] == 1].mean() == pytest.approx(0.05, abs=0.03)
    assert told[votes[:, 0] < 0].mean() > 0.4


def test_silence_is_evidence():
    rng = np.random.default_rng(5)
    truth = rng.random(4_000) < 0.3
    votes = np.where((truth & (rng.random(4_000) < 0.9))[:, None], 1, -1)
    told = fitted(votes, np.array([0.98]), np.array([0.7, 0.3])).probabilities(votes)[:, 1]
    assert told[votes[:, 0] < 0].mean() < 0.12


def test_parts_add_up_and_silent_rules_say_nothing():
    votes, _ = planted(50, [0.8, 0.7, 0.9], [0.5, 0.5, 0.0])
    model = fitted(votes, np.array([0.8, 0.7, np.nan]), np.ones(2))
    assert np.allclose(model.parts(votes).sum(axis=1) + model.base, model.scores(votes))
    assert not model.parts(votes)[:, 2].any()
    assert np.isnan(model.accuracy(votes)[2])
    assert np.isfinite(model.scores(votes)).all()
    few = fitted(votes[:1], np.array([0.8, 0.7, np.nan]), np.ones(2), anchored=0.0)
    assert np.isfinite(few.probabilities(votes)).all()
