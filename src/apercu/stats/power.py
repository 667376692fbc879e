"""How many rows a trial needs: the size of its arms for a stated chance to see a stated difference, and when it may be stopped.

    rates(0.20, 0.05)        # rows of each arm to see 20 % become 15 % (or 25 %, whichever needs more) in four trials of five
    seen(0.20, 900)          # the least difference that arms of 900 rows show
    two_looks(0.95)          # p at half time and at the end that together hold 5 %

Null hypothesis: both arms have the same rate (mean). Rates by the normal approximation with pooled variance under the null (Fleiss, Levin & Paik
2003, 4.14), means by the two-sample z test; two-sided. Two looks at equal halves are O'Brien and Fleming's (1979): early stopping asks for
much, and the last look costs hardly anything. Assumptions: rows are assigned by lot, one by one, and do not influence each other. What breaks
them: arms assigned by groups (multiply by the design effect, stats/influence), looking more often than planned, rates so small that fewer
than five outcomes are expected in an arm.

>>> rates(0.20, -0.05)
906
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

__all__ = ["LEVEL", "POWER", "means", "power_of", "rates", "seen", "two_looks"]

LEVEL: Final = 0.95
POWER: Final = 0.8
MOST: Final = 10**12  # rows; more than that are said as that
STEPS: Final = 401  # of the integral over the first look


def rates(base: float, change: float, power: float = POWER, level: float = LEVEL, over: float = 0.0) -> int:
    """Rows of each arm, at least 2, so that a rate of `base` that becomes base + change is seen; no change needs MOST.

    over: the size that the change must be shown to exceed (or, where it is smaller, to fall short of), by the unpooled variance, since the null
    hypothesis is then no equality (Chow, Shao & Wang 2008, 4.2.3).
    """
    other = min(max(base + change, 0.0), 1.0)
    gap = abs(abs(other - base) - over)
    if gap == 0.0:
        return MOST
    if over > 0.0:
        z = float(ndtri(0.5 + level / 2)) + float(ndtri(power))
        return _whole((z / gap) ** 2 * (base * (1 - base) + other * (1 - other)))
    middle = (base + other) / 2
    under = float(ndtri(0.5 + level / 2)) * math.sqrt(2 * middle * (1 - middle))
    beyond = float(ndtri(power)) * math.sqrt(base * (1 - base) + other * (1 - other))
    return _whole(((under + beyond) / gap) ** 2)


def means(deviation: float, change: float, power: float = POWER, level: float = LEVEL) -> int:
    """Rows of each arm so that a mean that moves by `change` is seen, where rows vary by `deviation`."""
    if change == 0.0:
        return MOST
    z = float(ndtri(0.5 + level / 2)) + float(ndtri(power))
    return _whole(2 * (z * deviation / change) ** 2)


def power_of(base: float, change: float, n: float, level: float = LEVEL) -> float:
    """The chance that arms of n rows each show it."""
    other = min(max(base + change, 0.0), 1.0)
    middle = (base + other) / 2
    error = math.sqrt(max(base * (1 - base) + other * (1 - other), 1e-300) / n)
    null = float(ndtri(0.5 + level / 2)) * math.sqrt(2 * middle * (1 - middle) / n)
    return float(ndtr((abs(other - base) - null) / error))


def seen(base: float, n: float, power: float = POWER, level: float = LEVEL) -> float:
    """The least fall (or, of a small rate, rise) of a rate that arms of n rows each show; 1 where they show none."""
    room = max(base, 1.0 - base)
    side = -1.0 if base >= 0.5 else 1.0
    if n < 2 or power_of(base, side * room, n, level) < power:
        return 1.0

    def over(gap: float) -> float:
        return power_of(base, side * gap, n, level) - power

    return _root(over, 1e-9, room)


@cache
def two_looks(level: float = LEVEL) -> tuple[float, float]:
    """(p at half time below which a trial may stop, p at the end below which it has shown something)."""

    def kept(bound: float) -> float:
        """The chance under the null that neither look is beyond its bound."""
        first = np.linspace(-bound * math.sqrt(2), bound * math.sqrt(2), STEPS)
        shift, spread = first * math.sqrt(0.5), math.sqrt(0.5)  # of the last look, given the first
        inside = ndtr((bound - shift) / spread) - ndtr((-bound - shift) / spread)
        return float(np.trapezoid(inside * np.exp(-first * first / 2) / math.sqrt(2 * math.pi), first))

    def over(bound: float) -> float:
        return kept(bound) - level

    bound = _root(over, 1.0, 6.0)
    return float(2 * ndtr(-bound * math.sqrt(2))), float(2 * ndtr(-bound))


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that changes its sign between both ends is 0."""
    found: Any = brentq(of, low, high)
    return float(found)


def _whole(n: float) -> int:
    return MOST if not n < MOST else max(2, math.ceil(n - 1e-9))
