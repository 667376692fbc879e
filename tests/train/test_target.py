"""The scale of a number: there and back, means made right, shares that sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.train._target import Scale, skewed

TARGET = np.exp(np.random.default_rng(1).normal(6, 1, 500))


def test_skewed():
    assert skewed(TARGET) and not skewed(np.log(TARGET)) and not skewed(-TARGET) and not skewed(np.ones(5))


def test_there_and_back():
    scale = Scale.of(TARGET)
    assert scale.back(scale.forth(TARGET)) == pytest.approx(TARGET)
    assert Scale().back(TARGET) is TARGET and scale.back(np.array([1e9])) <= 1.5 * TARGET.max() * 1.001


def test_smearing_makes_the_mean_right():
    scale = Scale.of(TARGET)
    flat = np.full(500, np.log1p(TARGET).mean())
    assert scale.smeared(TARGET, flat, None).back(flat).mean() == pytest.approx(TARGET.mean())
    weights = np.arange(500.0)
    assert scale.smeared(TARGET, flat, weights).back(flat).mean() == pytest.approx(np.average(TARGET, weights=weights))


@given(st.lists(st.lists(st.floats(-3, 3), min_size=3, max_size=3), min_size=1, max_size=5), st.floats(0, 8))
@settings(max_examples=50, deadline=None)
def test_contributions_sum_in_the_unit(rows, base):
    scale = Scale(True, 1.3, 20.0)
    parts, origin = np.array(rows)[:, :, None], np.array([base])
    shared, start = scale.shared(parts, origin)
    assert start + shared.sum(axis=1)[:, 0] == pytest.approx(scale.back(origin + parts.sum(axis=1))[:, 0], rel=1e-6, abs=1e-6)
    plain, same = Scale().shared(parts, origin)
    assert plain is parts and same is origin
