"""Frequent sets and rules against all subsets counted one by one."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from apercu.stats.itemsets import frequent, rules


def counted(held, least, longest):
    n, width = held.shape
    sizes = range(1, min(width, longest) + 1)
    found = {s: int(held[:, list(s)].all(axis=1).sum()) for s in chain.from_iterable(combinations(range(width), k) for k in sizes)}
    return {frozenset(s): c for s, c in found.items() if c >= max(1, least * n - 1e-9)}


matrices = st.tuples(st.integers(1, 25), st.integers(1, 7), st.floats(0.1, 0.9), st.integers(0, 10_000)).map(
    lambda t: np.random.default_rng(t[3]).random((t[0], t[1])) < t[2]
)


@settings(max_examples=60, deadline=None)
@given(matrices, st.sampled_from((0.01, 0.1, 0.2, 0.5, 1.0)), st.integers(1, 8))
def test_sets_are_those_of_counting(held, least, longest):
    for given_as in (held, csr_matrix(held)):
        sets = frequent(given_as, least, longest)
        found = {frozenset(sets.of(i)): int(sets.counts[i]) for i in range(len(sets.sizes))}
        assert found == counted(held, least, longest) and len(found) == len(sets.sizes)


@settings(max_examples=60, deadline=None)
@given(matrices, st.sampled_from((0.05, 0.2)), st.sampled_from((0.0, 0.2, 0.5, 1.0)))
def test_rules_are_all_partitions_that_are_sure_enough(held, least, sure):
    sets = frequent(held, least)
    found = rules(sets, sure)
    supports = {frozenset(sets.of(i)): sets.counts[i] / sets.n for i in range(len(sets.sizes))}
    wanted = {}
    for whole, support in supports.items():
        for k in range(1, len(whole)):
            for left in map(frozenset, combinations(sorted(whole), k)):
                if support / supports[left] >= sure - 1e-12:
                    wanted[left, whole - left] = (support, support / supports[left], support / supports[left] / supports[whole - left])
    made = {tuple(map(frozenset, found.sides(i))): (found.support[i], found.confidence[i], found.lift[i]) for i in range(len(found.of))}
    assert made.keys() == wanted.keys() and len(made) == len(found.of)
    assert all(made[r] == pytest.approx(wanted[r]) for r in made)


def test_the_least_is_exact():
    held = np.zeros((100, 1), dtype=bool)
    held[:7] = True
    assert len(frequent(held, 0.07).sizes) == 1 and len(frequent(held, 0.0701).sizes) == 0
    pair = np.array([[True, True]] * 3 + [[True, False]] * 27)
    assert len(rules(frequent(pair, 0.01), 0.1).of) == 2  # 3 of 30 is a tenth


def test_nothing_in_nothing_out():
    for held in (np.zeros((0, 3), dtype=bool), np.zeros((5, 3), dtype=bool), np.zeros((5, 0), dtype=bool)):
        sets = frequent(held, 0.1)
        assert len(sets.sizes) == 0 and len(rules(sets, 0.1).of) == 0


def test_each_set_follows_the_one_without_its_last_item():
    held = np.random.default_rng(0).random((300, 9)) < 0.4
    sets = frequent(held, 0.02)
    for i in range(len(sets.sizes)):
        if sets.sizes[i] > 1:
            above = next(j for j in range(i - 1, -1, -1) if sets.sizes[j] == sets.sizes[i] - 1)
            assert sets.of(above) == sets.of(i)[:-1]


def test_a_long_basket_costs_no_more_than_it_holds():
    held = np.zeros((50, 4000), dtype=bool)
    held[:, :12] = True
    sets = frequent(held, 0.5, 3)
    assert len(sets.sizes) == 12 + 66 + 220 and set(sets.counts.tolist()) == {50}
