"""Ridge and logistic regression in a few lines: linear expectations and chances of treatment, with the penalty chosen by leaving rows out.

    slopes = ridge(x, y)              # (d + 1,), the intercept last
    expected(x, slopes)

`ridge` (Hoerl & Kennard 1970) tries penalties on a grid and keeps the one of least leave-one-out error, which its hat matrix gives in one go (Allen
1974; PRESS). `logistic` is Newton's method with a small fixed penalty, so that separated classes stay finite. Columns should have like scales;
the intercept is not penalised. What it does not do: select columns.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["expected", "logistic", "ridge", "share"]

PENALTIES: Final = tuple(10.0 ** np.arange(-1, 5.01, 0.5))  # in rows
STEPS: Final = 30
SMALL: Final = 1.0  # rows' worth of penalty of the logistic regression


def ridge(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(d + 1,) slopes and intercept of y (n,) on x (n, d), at least one row."""
    w = np.ones(len(y)) if weights is None else weights
    total = max(float(w.sum()), 1e-12)
    middle, level = (w @ x) / total, float(w @ y) / total
    centred, left = x - middle, y - level
    values, vectors = np.linalg.eigh((centred * w[:, None]).T @ centred)
    turned = centred @ vectors
    along = turned.T @ (w * left)
    best, chosen = np.inf, np.zeros(x.shape[1])
    for penalty in PENALTIES:
        shrunk = 1.0 / (np.maximum(values, 0.0) + penalty)
        hat = w * (turned**2 @ shrunk) + w / total
        residual = left - turned @ (shrunk * along)
        loss = float(w @ (residual / np.maximum(1.0 - hat, 1e-6)) ** 2)
        if loss < best:
            best, chosen = loss, vectors @ (shrunk * along)
    return np.r_[chosen, level - float(middle @ chosen)]


def expected(x: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(n,) what the regression says of rows x (n, d)."""
    return x @ slopes[:-1] + slopes[-1]


def logistic(x: np.ndarray, y: np.ndarray, penalty: float = SMALL) -> np.ndarray:
    """(d + 1,) slopes and intercept of the log-odds of y (n,) 0/1 on x (n, d)."""
    design = np.column_stack([x, np.ones(len(y))])
    ridge_ = np.r_[np.full(x.shape[1], penalty), 1e-6]
    rate = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    slopes = np.r_[np.zeros(x.shape[1]), np.log(rate / (1 - rate))]
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ slopes, -30, 30)))
        slope = design.T @ (p - y) + ridge_ * slopes * np.r_[np.ones(x.shape[1]), 0.0]
        curve = (design * (p * (1 - p) + 1e-9)[:, None]).T @ design + np.diag(ridge_)
        step = np.linalg.solve(curve, slope)
        slopes = slopes - np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return slopes


def share(x: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(n,) probabilities that a logistic regression gives rows x (n, d)."""
    return 1.0 / (1.0 + np.exp(-np.clip(expected(x, slopes), -30, 30)))
