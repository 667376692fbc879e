"""From scores to a probability: of pairs that scored alike and had been hidden, what share were facts of the graph?

A logistic model of what rules say, what the embedding says, how many answers are known already on either side, and how many answers the relation
usually has. It is fitted on pairs held out by a hash (facts or not), of the very kind that is predicted: among the best answers to questions that
the graph asks, not known to the learner. So the probability is that of *being stated in a graph like this one*: where a graph leaves true things
out, they count as false here and the number is too low; it says nothing about pairs that no question brings up. A small ridge (RIDGE) keeps
it sensible where hits are few; with fewer than LEAST of them the model is one rate for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Chance", "fitted_chance"]

RIDGE: Final = 1.0
LEAST: Final = 10
ROUNDS: Final = 50


@dataclass(frozen=True, eq=False)
class Chance:
    """weights (f + 1,), the constant first, of features that have mean and spread (f,) each; fitted on `pairs`, of which `hits` are facts."""

    weights: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    pairs: int
    hits: int

    def of(self, features: np.ndarray) -> np.ndarray:
        """(n,) probabilities of pairs with features (n, f)."""
        z = self.weights[0] + (features - self.mean) / self.spread @ self.weights[1:]
        return 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))


def fitted_chance(features: np.ndarray, truth: np.ndarray) -> Chance:
    """The logistic model of truth (n,) bool from features (n, f), by Newton's method."""
    n, f = features.shape
    hits = int(truth.sum())
    mean = features.mean(axis=0) if n else np.zeros(f)
    spread = np.where(features.std(axis=0) > 1e-9, features.std(axis=0), 1.0) if n else np.ones(f)
    weights = np.zeros(f + 1)
    rate = (hits + 0.5) / (n + 1.0)
    weights[0] = np.log(rate / (1.0 - rate))
    if hits >= LEAST and hits < n:
        x = np.column_stack([np.ones(n), (features - mean) / spread])
        press = RIDGE * np.r_[0.0, np.ones(f)]
        for _ in range(ROUNDS):
            p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0)))
            slope = x.T @ (truth - p) - press * weights
            curve = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(press + 1e-9)
            step = np.linalg.solve(curve, slope)
            weights = weights + step * min(1.0, 5.0 / max(1e-12, float(np.abs(step).max())))
            if np.abs(step).max() < 1e-8:
                break
    return Chance(weights, mean, spread, n, hits)
