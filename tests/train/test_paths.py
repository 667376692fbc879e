"""Paths through columns: sums are exact, an additive function is taken apart exactly, idle columns get nothing."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train._paths import along

SOURCES = np.array([0, 0, 1, 3])  # the second column has no input


def test_an_additive_function_is_taken_apart():
    rng = np.random.default_rng(1)
    own, background = rng.normal(size=(20, 4)), rng.normal(size=(5, 4))
    weights = np.array([1.0, 2.0, 0.0, -1.0])
    parts = along(own, background, SOURCES, lambda x: (x @ weights)[:, None])
    away = own - background.mean(axis=0)
    expected = np.stack([away[:, :2] @ weights[:2], np.zeros(20), away[:, 3] * weights[3]], axis=1)
    assert parts.shape == (20, 3, 1) and parts[:, :, 0] == pytest.approx(expected)


def test_sums_are_exact_whatever_is_asked():
    rng = np.random.default_rng(2)
    own, background = rng.normal(size=(7, 4)), rng.normal(size=(3, 4))

    def asked(x):
        return np.column_stack([np.tanh(x[:, 0] * x[:, 3]), x.max(axis=1)])

    total = asked(background).mean(axis=0) + along(own, background, SOURCES, asked).sum(axis=1)
    assert total == pytest.approx(asked(own))
    assert along(own[:0], background, SOURCES, asked).shape == (0, 3, 2)
