"""False-discovery rates: known values, order, and the rate itself by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.stats.fdr import benjamini_hochberg, benjamini_yekutieli, coverage_level

P = st.lists(st.floats(0, 1), min_size=1, max_size=60).map(np.array)


@given(P)
def test_q_values_are_monotone_in_p_and_never_smaller(p):
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-15).all() and (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-15).all()
    assert (benjamini_yekutieli(p) >= q - 1e-15).all()


@given(P, st.randoms())
def test_the_order_of_tests_does_not_matter(p, random):
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)
    assert benjamini_hochberg(p[shuffled]) == pytest.approx(benjamini_hochberg(p)[shuffled])


def test_agrees_with_a_library():
    stats = pytest.importorskip("scipy.stats")
    p = np.random.default_rng(0).random(50) ** 2
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))
    assert benjamini_yekutieli(p) == pytest.approx(stats.false_discovery_control(p, method="by"))


def test_fewer_findings_ask_for_a_higher_level():
    assert coverage_level(1, 40, 0.05) == pytest.approx(0.99875)
    assert coverage_level(40, 40, 0.05) == pytest.approx(0.95)


def test_the_rate_is_held():
    """400 families of 35 true nulls and 5 effects: the mean share of false ones among the held stays at .05."""
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(400):
        p = np.concatenate([rng.random(35), rng.random(5) * 1e-4])
        held = benjamini_hochberg(p) <= 0.05
        shares.append(held[:35].sum() / max(held.sum(), 1))
    assert np.mean(shares) <= 0.06
