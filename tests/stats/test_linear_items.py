"""The ridge between items: both shapes are one solution, which is that of the equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from apercu.stats.linear_items import ItemRidge


def drawn(people, items, seed=0):
    return csr_matrix((np.random.default_rng(seed).random((people, items)) < 0.3) * 1.0)


def exact(held, ridge):
    p = np.linalg.inv(held.T @ held + ridge * np.eye(held.shape[1]))
    b = -p / np.diag(p)
    np.fill_diagonal(b, 0.0)
    return b


@pytest.mark.parametrize(("people", "items"), [(30, 10), (10, 30)])
def test_scores_are_those_of_the_inverse(people, items):
    held = drawn(people, items)
    found, wanted = ItemRidge.of(held, 5.0), exact(held.toarray(), 5.0)
    new = drawn(7, items, seed=1)
    assert (found.weights is None) == (people < items)
    assert np.allclose(found.scores(new), new @ wanted)
    own = np.array([2, 5, 7])
    for item in (5, 9):
        assert np.allclose(found.between(own, item), wanted[own, item])


def test_each_column_is_the_best_of_its_kind():
    held = drawn(40, 8).toarray()
    found = ItemRidge.of(csr_matrix(held), 3.0).weights

    def loss(b):
        return ((held - held @ b) ** 2).sum() + 3.0 * (b**2).sum()

    drawn_ = np.random.default_rng(0)
    for _ in range(20):
        moved = found + 0.01 * drawn_.normal(size=found.shape) * (1 - np.eye(8))
        assert loss(moved) > loss(found)


def test_chosen_items_alone_have_weights():
    held = drawn(10, 30)
    part = ItemRidge.of(held, 5.0, np.array([3, 8, 20]))
    assert np.allclose(part.scores(held)[:, [3, 8, 20]], held.toarray()[:, [3, 8, 20]] @ exact(held.toarray()[:, [3, 8, 20]], 5.0))
    assert part.scores(held)[:, 0].any() == np.False_
    assert part.between(np.array([0, 3]), 8)[0] == 0 and part.between(np.array([3]), 0)[0] == 0
