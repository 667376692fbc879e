"""Neighbours against cosines and counts written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from apercu.stats.neighbours import alike, following


def drawn(seed, people=30, items=12, share=0.3):
    return csr_matrix((np.random.default_rng(seed).random((people, items)) < share).astype(float))


@pytest.mark.parametrize("seed", range(4))
def test_alike_is_the_shrunk_cosine(seed):
    held = drawn(seed)
    x = held.toarray()
    heed = 1.0 / np.log2(2.0 + x.sum(axis=1))
    gram, both = (x.T * heed) @ x, x.T @ x
    norm = np.sqrt(np.diag(gram))
    wanted = gram / np.outer(norm, norm) * both / (both + 10.0)
    np.fill_diagonal(wanted, 0.0)
    assert np.allclose(alike(held, 12, 10.0).toarray(), wanted)


def test_only_the_strongest_are_kept():
    full, few = alike(drawn(1), 12).toarray(), alike(drawn(1), 3).toarray()
    assert ((few > 0).sum(axis=0) <= 3).all()
    for column in range(12):
        assert np.allclose(np.sort(few[:, column])[-3:], np.sort(full[:, column])[-3:])


def test_following_counts_steps_in_order():
    # two people: 0 then 1 then 2; and 0 then 2. ages count the later events
    held = csr_matrix(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    ages = np.array([2.0, 1.0, 0.0, 1.0, 0.0])
    found = following(held, ages, span=2, shrink=0.0).toarray()
    assert found[0].tolist() == pytest.approx([0.0, 1.0 / 2.5, 1.5 / 2.5])  # after 0: 1 at once, 2 at the second step and 2 at once
    assert found[1].tolist() == [0.0, 0.0, 1.0]
    assert found[2].tolist() == [0.0, 0.0, 0.0]


def test_one_moment_has_no_order():
    assert following(csr_matrix(np.ones((2, 3))), np.zeros(6)).nnz == 0


def test_an_item_that_nobody_holds_has_no_neighbour():
    held = csr_matrix((np.ones(4), ([0, 0, 1, 1], [0, 1, 0, 1])), shape=(2, 3))
    assert alike(held).toarray()[2].tolist() == [0.0, 0.0, 0.0]
    assert alike(csr_matrix((2, 3))).nnz == 0
