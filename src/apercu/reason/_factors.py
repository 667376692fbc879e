"""Factors: how an embedding scores a fact, and the gradients of that, by hand; every model is one product with the table of entities.

A question (h, r, ?) becomes one vector q, and the score of an answer t is a function of q . t alone:

    complex    q = h r as complex numbers, score Re(q conj(t))        Trouillon et al. 2016
    distmult   q = h r, number by number, score q . t                 Yang et al. 2015
    transe     q = h + r, score -|q - t|^2                            Bordes et al. 2013
    rotate     q = h turned by the angles r, score -|q - t|^2         Sun et al. 2019

so that scoring all e answers of b questions is a matrix product, and its gradient two more. Rows of complex numbers are kept as (real parts,
imaginary parts). Squares of distances instead of distances, and full softmax instead of sampled answers, are ours.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["MODELS", "cubes", "is_product", "questions", "scored", "to_relation", "traced", "width"]

MODELS: Final = ("complex", "distmult", "rotate", "transe")


def is_product(model: str) -> bool:
    """Whether a model scores by a product (and not by a distance)."""
    return model in ("complex", "distmult")


def width(model: str, rank: int) -> tuple[int, int]:
    """Numbers of an entity and of a relation."""
    return {"complex": (2 * rank, 2 * rank), "distmult": (rank, rank), "transe": (rank, rank), "rotate": (2 * rank, rank)}[model]


def questions(model: str, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
    """(b, w) vectors q of heads (b, w) and relations (b, v)."""
    if model == "complex":
        return _times(heads, relations)
    if model == "rotate":
        return _times(heads, np.concatenate([np.cos(relations), np.sin(relations)], 1))
    return heads * relations if model == "distmult" else heads + relations


def traced(model: str, heads: np.ndarray, relations: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients for heads and relations, of the gradient `slope` (b, w) for their questions."""
    if model == "complex":
        return _times_conjugate(slope, relations), _times_conjugate(slope, heads)
    if model == "distmult":
        return slope * relations, slope * heads
    if model == "transe":
        return slope, slope
    turn = np.concatenate([np.cos(relations), np.sin(relations)], 1)
    k = relations.shape[1]
    along = _times_conjugate(slope, _times(heads, turn))[:, k:]  # d q / d angle = i q
    return _times_conjugate(slope, turn), along


def scored(model: str, asked: np.ndarray, entities: np.ndarray) -> np.ndarray:
    """(b, e) scores of all entities (e, w) for questions (b, w); of distances without |q|^2, which is one number for all answers."""
    product = asked @ entities.T
    return product if is_product(model) else 2.0 * product - (entities**2).sum(axis=1)


def to_relation(model: str, heads: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """(b, w) vectors whose products with relations are the scores of facts, for the models that are products."""
    return _times_conjugate(tails, heads) if model == "complex" else heads * tails


def cubes(model: str, rows: np.ndarray) -> np.ndarray:
    """A third of the gradient of the sum of |x|^3 over the numbers x (complex ones by their modulus) of rows (n, w): |x| x."""
    if model in ("complex", "rotate"):
        real, imaginary = np.split(rows, 2, axis=1)
        size = np.sqrt(real * real + imaginary * imaginary)
        return np.concatenate([size * real, size * imaginary], 1)
    return np.abs(rows) * rows


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    k = a.shape[1] // 2
    return np.concatenate([a[:, :k] * b[:, :k] - a[:, k:] * b[:, k:], a[:, :k] * b[:, k:] + a[:, k:] * b[:, :k]], 1)


def _times_conjugate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    k = a.shape[1] // 2
    return np.concatenate([a[:, :k] * b[:, :k] + a[:, k:] * b[:, k:], a[:, k:] * b[:, :k] - a[:, :k] * b[:, k:]], 1)
