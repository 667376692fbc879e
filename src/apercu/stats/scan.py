"""Scan statistic: how surely more is counted in a box than was expected there, and more than in the rest of a larger box.

    surely(wrong, expected, variance)          # of whole boxes: 3.1 is about what a z of 3.1 is
    surely_apart((w, e, v), (W, E, V))         # a part of a box beside the box's other rows

Null hypothesis: what is counted in a box has the mean that was expected, or, of a part of a box, the same multiple of it as in the box's other rows.
The statistic is the signed root of a Poisson deviance (Kulldorff 1997), W ln(W / E) - (W - E), divided by the promised variance over the mean where
counts are weighted (quasi-likelihood; Wedderburn 1974). Beside a score test, (W - E) / sqrt(V), which it equals near the null, it does not run away
where little was expected: two wrong rows of two that were promised to be right are a score of twenty and a deviance of four. So boxes may be ranked
by it although *all* of them break the promise, and the best of them is the whole weak region, not its most surprising corner.

Assumes independent rows. What it does *not* do: tell how large it becomes by chance in the best of many boxes; proof on other rows does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["surely", "surely_apart"]

TINY: Final = 1e-12


def surely(counted: np.ndarray | float, expected: np.ndarray | float, variance: np.ndarray | float) -> np.ndarray:
    """(...) signed root of the deviance of non-negative sums `counted` from `expected` with the `variance` that was promised, all (...)."""
    w, e, v = (np.maximum(np.asarray(x, dtype=np.float64), TINY) for x in (counted, expected, variance))
    deviance = 2.0 * (_gain(w, e) - (w - e)) * e / v
    return np.sign(w - e) * np.sqrt(np.maximum(deviance, 0.0))


def surely_apart(part: tuple[float, float, float], whole: tuple[float, float, float]) -> float:
    """The same of a part beside the rest of the whole, each (counted, expected, variance); 0 where the rest, or the part, expects nothing."""
    own, rest = part, tuple(a - b for a, b in zip(whole, part, strict=True))
    if min(own[1], rest[1]) <= TINY:
        return 0.0
    deviance = 2.0 * float(_gain(own[0], own[1]) + _gain(rest[0], rest[1]) - _gain(whole[0], whole[1])) * whole[1] / max(whole[2], TINY)
    return float(np.sign(own[0] / own[1] - rest[0] / rest[1]) * np.sqrt(max(deviance, 0.0)))


def _gain(counted: np.ndarray | float, expected: np.ndarray | float) -> np.ndarray:
    w = np.maximum(counted, TINY)
    return w * np.log(w / np.maximum(expected, TINY))
