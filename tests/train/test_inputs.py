"""Inputs of a net: scaled, clipped, missing told, kept."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._inputs import CLIP, Inputs


@pytest.fixture
def rows():
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(50, 10, 99), [1e9]])
    return Rows.of({"x": np.where(np.arange(100) < 25, np.nan, x), "p": rng.choice(["a", "b", "c"], 100).astype(object), "same": np.ones(100)})


def test_numbers_are_scaled_and_clipped(rows):
    inputs = Inputs.fit(rows, tuple(rows))
    matrix = inputs.matrix(rows)
    assert inputs.numbers.tolist()[0] == 0 and matrix.shape == (100, len(inputs.sources))
    assert np.abs(matrix[:, 0]).max() < CLIP and matrix[-1, 0] > CLIP - 0.01
    assert (matrix[:25, 0] == 0).all() and (matrix[:25, 1] == 1).all() and (matrix[25:, 1] == 0).all()
    low, high = np.quantile(matrix[25:, 0], (0.25, 0.75))
    assert 0.8 < high - low < 1.05


def test_what_does_not_vary_is_nothing(rows):
    inputs = Inputs.fit(rows, ("same",))
    assert (inputs.matrix(Rows.of({"same": [1.0, 7.0, None]})) == 0).all()
    assert Inputs(()).matrix(rows).shape == (100, 0)


def test_comes_back_equal(rows):
    inputs = Inputs.fit(rows, tuple(rows))
    again = Inputs.from_json(json.loads(json.dumps(inputs.to_json())))
    assert again == inputs and np.array_equal(again.matrix(rows), inputs.matrix(rows))
