"""Intervals of rates, means and their differences, at any level.

* `wilson`    one rate (Wilson 1927): inverts the score test, holds its level even for few rows and rates near 0 or 1.
* `newcombe`  difference of two rates (Newcombe 1998, method 10): joins two Wilson intervals, so it never leaves -1..1.
* `welch`     difference of two means with unequal variances (Welch 1947); assumes means near normal, so many rows or light tails.

>>> tuple(round(x, 3) for x in newcombe(56, 70, 48, 80))
(0.052, 0.334)
"""

from __future__ import annotations

import math

from scipy.special import ndtri, stdtrit

__all__ = ["newcombe", "welch", "welch_freedom", "wilson"]


def wilson(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of a rate of `hits` among `n` > 0 rows."""
    z = float(ndtri(0.5 + level / 2))
    rate = hits / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))


def newcombe(hits: float, n: float, base_hits: float, base_n: float, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of the rate `hits / n` minus the rate `base_hits / base_n`; both n > 0."""
    a, b = hits / n, base_hits / base_n
    a_low, a_high = wilson(hits, n, level)
    b_low, b_high = wilson(base_hits, base_n, level)
    gap = a - b
    return gap - math.hypot(a - a_low, b_high - b), gap + math.hypot(a_high - a, b - b_low)


def welch(gap: float, variance: float, freedom: float, level: float = 0.95) -> tuple[float, float]:
    """(low, high) around a difference `gap` whose squared standard error is `variance`, by Student's t."""
    half = float(stdtrit(freedom, 0.5 + level / 2)) * math.sqrt(variance)
    return gap - half, gap + half


def welch_freedom(variance: float, n: float, base_variance: float, base_n: float) -> float:
    """Welch and Satterthwaite's degrees of freedom of two samples' variances; both n > 1."""
    a, b = variance / n, base_variance / base_n
    if a + b == 0.0:
        return n + base_n - 2
    return (a + b) ** 2 / (a * a / (n - 1) + b * b / (base_n - 1))
