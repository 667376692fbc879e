"""Factors: planted groups come apart, parts sum to scores, and gradients arrive where the equations do."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from apercu.stats.factors import factors


def grouped(seed=0):
    """60 people of two tastes, 20 items, ten of each taste; each holds 5 of the own ten."""
    drawn = np.random.default_rng(seed)
    x = np.zeros((60, 20))
    for person in range(60):
        x[person, (person % 2) * 10 + drawn.permutation(10)[:5]] = 1.0
    return csr_matrix(x)


def test_planted_groups_come_apart():
    held = grouped()
    found = factors(held, width=4, ridge=1.0, heed=5.0)
    scores = found.placed(held) @ found.items.T
    own = np.array(
        [[scores[p, (p % 2) * 10 : (p % 2) * 10 + 10].mean(), scores[p, (1 - p % 2) * 10 : (1 - p % 2) * 10 + 10].mean()] for p in range(60)]
    )
    assert (own[:, 0] > own[:, 1] + 0.2).all()


def loss(held, people, items, ridge, heed):
    x = held.toarray()
    return ((1 + heed * x) * ((x > 0) - people @ items.T) ** 2).sum() + ridge * ((people**2).sum() + (items**2).sum())


def test_people_and_items_solve_their_equations():
    held = grouped()
    found = factors(held, width=4, ridge=1.0, heed=5.0, rounds=80)
    people, items = found.placed(held), found.items
    least = loss(held, people, items, 1.0, 5.0)
    drawn = np.random.default_rng(0)
    for _ in range(20):  # no step away from where they stand is better
        assert loss(held, people + 0.05 * drawn.normal(size=people.shape), items, 1.0, 5.0) > least
        assert loss(held, people, items + 0.05 * drawn.normal(size=items.shape), 1.0, 5.0) > least
    early = factors(held, width=4, ridge=1.0, heed=5.0, rounds=2)
    assert loss(held, early.placed(held), early.items, 1.0, 5.0) > least


def test_parts_sum_to_the_score():
    held = grouped()
    found = factors(held, width=4)
    weight = np.array([1.0, 0.5, 0.25])
    own = np.array([0, 3, 15])
    row = csr_matrix((weight, own, [0, 3]), shape=(1, 20))
    scores = found.placed(row) @ found.items.T
    for item in (1, 15):
        assert np.isclose(found.spoken(own, weight, item).sum(), scores[0, item])


def test_the_same_rows_give_the_same_factors_and_nothing_gives_zero():
    first, second = factors(grouped(), width=3), factors(grouped(), width=3)
    assert (first.items == second.items).all()
    assert (first.placed(csr_matrix((2, 20))) == 0).all()
