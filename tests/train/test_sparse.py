"""Sparse linear models: they learn, weigh rows, and bear one class, no rows and very many classes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from apercu.stats.scores import log_loss
from apercu.train._sparse import MANY, Choice, chosen, probabilities, solved


def lesson(k, n=600, seed=1):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n).astype(float)
    dense = (rng.random((n, 40)) < 0.1).astype(np.float32)
    for code in range(k):
        dense[y == code, code % 40] = rng.random(int((y == code).sum())) < 0.7
    return sparse.csr_matrix(dense), y


@pytest.mark.parametrize("k", [2, 3, 8])
def test_learns_and_is_calibrated(k):
    x, y = lesson(k)
    inner = np.arange(600) < 480
    choice = chosen(x, y, None, inner, "multiclass", k)
    w, b = solved(x, y, None, "multiclass", k, choice)
    assert w.shape == (40, 1 if k == 2 else k)
    fresh, truth = lesson(k, seed=2)
    told = probabilities(fresh @ w + b)
    loss = float(log_loss(truth, told))
    assert loss < 0.8 * np.log(k)
    for factor in (0.4, 2.5):  # neither flatter nor steeper log-odds are much better
        assert loss < float(log_loss(truth, probabilities(factor * (fresh @ w + b)))) + 0.02


def test_very_many_classes_are_quick_and_learned():
    k = MANY + 800
    rng = np.random.default_rng(1)
    y = np.repeat(np.arange(k), 4).astype(float)
    x = sparse.csr_matrix(
        (
            np.ones(2 * len(y), dtype=np.float32),
            (np.repeat(np.arange(len(y)), 2), np.column_stack([y, k + rng.integers(0, 50, len(y))]).astype(int).ravel()),
        )
    )
    w, b = solved(x, y, None, "multiclass", k, Choice(steep=1.0))
    assert (np.asarray(x @ w + b).argmax(axis=1) == y).mean() > 0.95


def test_numbers():
    rng = np.random.default_rng(1)
    x = sparse.random_array((500, 30), density=0.3, rng=rng, format="csr")
    y = np.asarray(x @ np.arange(30.0)) + 5
    inner = np.arange(500) < 400
    w, b = solved(x, y, None, "numeric", 1, chosen(x, y, None, inner, "numeric", 1))
    assert np.corrcoef(np.asarray(x @ w + b)[:, 0], y)[0, 1] > 0.95
    w, b = solved(x, np.full(500, 3.0), None, "numeric", 1, Choice())
    assert not w.any() and b == 3.0


def test_rows_without_weight_do_not_count():
    x, y = lesson(2)
    turned = np.concatenate([y, 1 - y])
    weights = np.concatenate([np.ones(600), np.zeros(600)])
    w, b = solved(sparse.vstack([x, x], format="csr"), turned, weights, "binary", 2, Choice())
    v, c = solved(x, y, None, "binary", 2, Choice())
    assert np.corrcoef(np.asarray(x @ w + b)[:, 0], np.asarray(x @ v + c)[:, 0])[0, 1] > 0.99


@pytest.mark.parametrize(("k", "only"), [(2, 0), (2, 1), (4, 2)])
def test_one_class_alone(k, only):
    x, _ = lesson(2)
    w, b = solved(x, np.full(600, float(only)), None, "multiclass", k, Choice())
    assert (probabilities(x @ w + b)[:, only] > 0.99).all()


def test_a_class_that_no_row_has_is_told_to_be_absent():
    x, y = lesson(3)
    w, b = solved(x, y, None, "multiclass", 4, Choice())
    assert probabilities(x @ w + b)[:, 3].max() < 0.01


def test_no_rows_and_no_columns():
    w, b = solved(sparse.csr_matrix((0, 3)), np.zeros(0), None, "binary", 2, Choice())
    assert w.shape == (3, 1) and b.shape == (1,)
    assert chosen(sparse.csr_matrix((0, 3)), np.zeros(0), None, np.zeros(0, dtype=bool), "binary", 2) == Choice()
