"""Facts of a relation grow, are found by either side and by both, and only what came before a round is visible in it."""

from __future__ import annotations

import numpy as np

from apercu.reason._facts import Column, Facts


def test_a_column_grows():
    column = Column(np.int32)
    for start in range(0, 5_000, 500):
        column.extend(np.arange(start, start + 500))
    assert len(column) == 5_000 and np.array_equal(column.values, np.arange(5_000))


def test_facts_are_found_by_each_side_and_by_both():
    facts = Facts(4)
    left, right = np.array([3, 0, 0], np.int32), np.array([1, 1, 2], np.int32)
    facts.add(left, right, np.array([7, 8, 9]))
    assert facts.seen == 0 and facts.by(0)[1].tolist() == []
    facts.see()
    starts, order = facts.by(0)
    assert order[starts[0] : starts[1]].tolist() == [1, 2]
    starts, order = facts.by(1)
    assert order[starts[1] : starts[2]].tolist() == [0, 1]
    assert facts.row(np.array([0, 3, 1]), np.array([2, 2, 1])).tolist() == [2, -1, -1]
    assert facts.numbers.values.tolist() == [7, 8, 9]


def test_new_pairs_are_told_once():
    facts = Facts(4)
    facts.add(np.array([0]), np.array([1]), np.array([0]))
    facts.see()
    left, right = np.array([0, 2, 2]), np.array([1, 3, 3])
    new = facts.new(left, right)
    assert new.tolist() == [False, True, False]
    facts.add(left[new], right[new], np.array([1]))
    assert (len(facts), facts.seen) == (2, 1)
    facts.see()
    assert (facts.old, facts.seen) == (1, 2)
    assert facts.row(np.array([2]), np.array([3])).tolist() == [1]
