"""Gradients of every model against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.reason import _factors
from apercu.reason._factors import MODELS, cubes, is_product, questions, scored, to_relation, traced, width


@pytest.mark.parametrize("model", MODELS)
def test_gradients_of_questions(model):
    drawn = np.random.default_rng(0)
    wide, narrow = width(model, 3)
    heads, relations, slope = drawn.normal(size=(4, wide)), drawn.normal(size=(4, narrow)), drawn.normal(size=(4, wide))
    of_heads, of_relations = traced(model, heads, relations, slope)
    for table, gradient in ((heads, of_heads), (relations, of_relations)):
        for i in np.ndindex(table.shape):
            was = table[i]
            ends = []
            for step in (1e-6, -1e-6):
                table[i] = was + step
                ends.append(float((questions(model, heads, relations) * slope).sum()))
            table[i] = was
            assert gradient[i] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_scores_are_products_or_distances(model):
    drawn = np.random.default_rng(1)
    wide, narrow = width(model, 3)
    heads, relations, entities = drawn.normal(size=(4, wide)), drawn.normal(size=(4, narrow)), drawn.normal(size=(6, wide))
    asked = questions(model, heads, relations)
    scores = scored(model, asked, entities)
    if is_product(model):
        assert np.allclose(scores, asked @ entities.T)
        assert np.allclose(to_relation(model, heads, entities[:4]) @ relations.T, questions_of(model, heads, relations, entities[:4]))
    else:
        distance = ((asked[:, None] - entities[None]) ** 2).sum(axis=2)
        assert np.allclose(scores - scores[:, :1], -(distance - distance[:, :1]))


def questions_of(model, heads, relations, tails):
    """(b, b) scores of every relation for each pair of head and tail."""
    return np.array([[(questions(model, h[None], r[None]) @ t)[0] for r in relations] for h, t in zip(heads, tails, strict=True)])


def test_complex_is_complex():
    a, b = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[0.5, 1.0, -1.0, 2.0]])
    product = (a[:, :2] + 1j * a[:, 2:]) * (b[:, :2] + 1j * b[:, 2:])
    assert np.allclose(questions("complex", a, b), np.concatenate([product.real, product.imag], 1))
    turned = questions("rotate", a, np.array([[np.pi / 2, 0.0]]))
    assert np.allclose(turned, [[-3.0, 2.0, 1.0, 4.0]])


def test_cubes_are_the_slope_of_the_penalty():
    rows = np.array([[3.0, 0.0, 4.0, 1.0]])
    assert cubes("complex", rows).tolist() == [[15.0, 0.0, 20.0, 1.0]]
    assert cubes("distmult", -rows).tolist() == [[-9.0, 0.0, -16.0, -1.0]]
    assert set(_factors.__all__) >= {"cubes"}
