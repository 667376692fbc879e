"""A few labels against a prior opinion: the mode of a Gaussian-process classifier whose mean is what was thought before.

    weight = mode(kernel, mean, y)                  # kernel (m, m) of the labelled rows, mean (m,) their prior log-odds, y (m,) 0 or 1
    after = mean_of_rows + kernel_of_rows @ weight  # (n,) log-odds of any rows; kernel_of_rows (n, m)

The log-odds of a row are a Gaussian process: their mean is the prior opinion, their covariance the kernel. The mode of what the labels leave of it is
found by Newton's steps (Rasmussen & Williams 2006, algorithm 3.1), each halved until the posterior density grows. Without labels, and far from all
of them, the prior opinion stands. Assumes that rows which the kernel holds alike tend to have one label; what breaks it: a kernel that does not fit.
What it does *not* do: choose the kernel, or say how sure it is; beyond a few thousand labels (time grows with their cube).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

__all__ = ["mode"]

STEPS: Final = 50
ENOUGH: Final = 1e-8  # growth of the log density, below which the mode is reached
SHORTEST: Final = 1e-3  # of a Newton step
FLAT: Final = 1e-9  # curvature at least, where a label is certain


def mode(kernel: np.ndarray, mean: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(m,) weights of the kernel's rows: the log-odds at the mode are mean + kernel @ weights.

    kernel: (m, m) covariance of the labelled rows' log-odds, positive semidefinite; mean: (m,) prior log-odds; y: (m,) 0 or 1; weights: (m,) what a
    label counts, 1 if not given.
    """
    count = np.ones(len(y)) if weights is None else weights
    found, odds = np.zeros(len(y)), np.asarray(mean, dtype=np.float64)
    best = _density(found, odds, mean, y, count)
    for _ in range(STEPS):
        chance = expit(odds)
        curve = np.maximum(count * chance * (1.0 - chance), FLAT)
        root = np.sqrt(curve)
        slope = curve * (odds - mean) + count * (y - chance)
        factor = cho_factor(np.eye(len(y)) + root[:, None] * kernel * root, lower=True)
        aim = slope - root * cho_solve(factor, root * (kernel @ slope))
        step, tried, at, grown = 1.0, found, odds, -np.inf
        while grown < best and step > SHORTEST:
            tried = found + step * (aim - found)
            at = mean + kernel @ tried
            grown = _density(tried, at, mean, y, count)
            step /= 2.0
        if grown < best:
            break
        found, odds, gain, best = tried, at, grown - best, grown
        if gain < ENOUGH:
            break
    return found


def _density(found: np.ndarray, odds: np.ndarray, mean: np.ndarray, y: np.ndarray, count: np.ndarray) -> float:
    """The log of the posterior density, but for a constant."""
    return float(-0.5 * found @ (odds - mean) - count @ np.logaddexp(0.0, np.where(y > 0, -odds, odds)))
