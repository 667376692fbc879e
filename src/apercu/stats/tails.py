"""How far the far tail of n sizes reaches, if it goes on as the near tail does.

    likely, least, most = beyond(np.abs(z), 5.0)      # how many of the sizes would lie beyond 5
    p = chances(scores)                               # (n,) the chance of a size at least so large

A generalised Pareto tail (Pickands 1975) through three quantiles of the sizes, such as those that 40 %, 20 % and 10 % exceed: its shape is
log2((q10 - q20) / (q20 - q40)), positive for heavy tails, zero for exponential ones, negative for bounded ones. The quantiles lie inside the bulk, so
a few per cent of gross errors hardly move them. The ends take the shape's standard error (Dekkers & de Haan 1989), the upper one from an exponential
tail on. Assumes independent sizes of one kind. What breaks it: more gross errors than the last share; a tail that grows heavier farther out than the
quantiles see (mixtures of wide and narrow rows).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

__all__ = ["beyond", "chances"]

LEVELS: Final = (0.4, 0.2, 0.1)  # shares that exceed the three quantiles
CAREFUL: Final = 0.674  # standard errors that the tail of a chance is taken heavier: the upper quartile of the shape
LEAST: Final = 100  # sizes below which nothing is said of a tail
BOUNDED: Final = -0.2  # no lighter tail is taken for likely: the normal's is about so
ENDS: Final = 1.645  # standard errors: a 90 % interval


def beyond(sizes: np.ndarray, point: float) -> tuple[float, float, float]:
    """(likely, least, most) number of the sizes (n,) >= 0 that a tail as the near one sends beyond `point`; (n, 0, n) of too few sizes."""
    n = len(sizes)
    if n < LEAST:
        return float(n), 0.0, float(n)
    far, middle, near = (float(np.quantile(sizes, 1.0 - level)) for level in reversed(LEVELS))
    if not far > middle > near:
        return float(n), 0.0, float(n)
    shape = math.log2((far - middle) / (middle - near))
    error = math.sqrt(_variance(max(shape, 0.0)) / (LEVELS[-1] * n))
    shapes = max(shape, BOUNDED), shape - ENDS * error, max(shape, 0.0) + ENDS * error
    likely, least, most = (n * LEVELS[-1] * _exceeded(point - far, far - middle, one) for one in shapes)
    return likely, least, most


def chances(scores: np.ndarray, levels: tuple[float, float, float] = (0.2, 0.1, 0.05)) -> np.ndarray:
    """(n,) the chance of a score at least as large: counted up to the last of the three quantiles, then by the fitted tail, its shape taken CAREFUL
    standard errors heavier than it looks and no lighter than exponential.

    levels: the shares that exceed the three quantiles, each half of the one before. Ones where too few scores, or too few different ones, tell of a
    tail.
    """
    n = len(scores)
    if n < LEAST:
        return np.ones(n)
    ranked = np.sort(scores)
    counted = (n - np.searchsorted(ranked, scores, side="left")) / n
    near, middle, far = (float(np.quantile(ranked, 1.0 - level)) for level in levels)
    if not far > middle > near:
        return np.ones(n)
    shape = math.log2((far - middle) / (middle - near))
    shape = max(shape, 0.0) + CAREFUL * math.sqrt(_variance(max(shape, 0.0)) / (levels[-1] * n))
    step = far - middle
    scale = step * shape / (2.0**shape - 1.0) * 2.0**shape
    with np.errstate(invalid="ignore"):
        fitted = levels[-1] * (1.0 + shape * np.maximum(scores - far, 0.0) / scale) ** (-1.0 / shape)
    return np.where(scores > far, np.minimum(fitted, 1.0), np.maximum(counted, levels[-1]))


def _exceeded(distance: float, step: float, shape: float) -> float:
    """The share of what exceeds the last quantile that lies a distance beyond it; step: between the last two quantiles, each exceeded by half."""
    if distance <= 0.0:
        return 1.0
    if abs(shape) < 1e-6:
        return 0.5 ** (distance / step)
    scale = step * shape / (2.0**shape - 1.0) * 2.0**shape  # of the excess over the last quantile
    inside = 1.0 + shape * distance / scale
    return inside ** (-1.0 / shape) if inside > 0.0 else 0.0


def _variance(shape: float) -> float:
    """Of Pickands' estimate, per size beyond the last quantile."""
    shape = shape if abs(shape) > 1e-3 else 1e-3
    return shape**2 * (2.0 ** (2.0 * shape + 1.0) + 1.0) / (2.0 * (2.0**shape - 1.0) * math.log(2.0)) ** 2
