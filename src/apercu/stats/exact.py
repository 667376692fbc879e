"""Exact tails: of a count among n rows, and of what a group holds when its members are dealt at random.

* `above`   P of so many hits or more among n rows at a given rate (binomial): the test that a rate is at most that.
* `choices` in how many ways some of k things can be chosen, as a logarithm: what naming the highest of them on the same rows costs (union bound).
* `dealt`   P that a random group of the same size has as large a sum of whole numbers or larger: the permutation test, counted out instead of
            drawn, so that p goes as low as the rows allow. Null hypothesis: members and others are exchangeable.

>>> above(3, 3, 0.5), round(dealt(np.array([9, 8, 1, 2, 3]), np.array([True, True, False, False, False])), 3)
(0.125, 0.1)
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtrc, gammaln, ndtr

__all__ = ["above", "choices", "dealt"]

CELLS = 3e7  # steps of counting that one test may cost; beyond, groups are large and the sum is near normal
OVERHEAD = 200  # steps that a step of a loop costs
STEPS = 4_000  # largest sum that is counted out; larger numbers are first made coarser, which keeps the test exact


def above(hits: int, n: int, rate: float) -> float:
    """P(as many hits or more) of n independent rows with that rate."""
    if hits <= 0 or rate >= 1.0:
        return 1.0
    return float(bdtrc(hits - 1, n, max(rate, 0.0))) if hits <= n else 0.0


def choices(k: int, picked: int) -> float:
    """Logarithm of the number of ways to pick some of k."""
    return float(gammaln(k + 1) - gammaln(picked + 1) - gammaln(k - picked + 1))


def dealt(scores: np.ndarray, member: np.ndarray) -> float:
    """P of a sum over members as large or larger, when as many members are dealt among the scores (n,) >= 0; member (n,) bool."""
    n, size = len(scores), int(member.sum())
    if size in (0, n) or n < 3:
        return 1.0
    whole = _coarse(scores)
    total, seen = int(whole.sum()), int(whole[member].sum())
    few = min(size, n - size)  # the sum over members is as large as the sum over others is small
    if total == 0:
        return 1.0
    if float(n) * few * (total + OVERHEAD) > CELLS:
        return _normal(whole, size, seen)
    ways = np.zeros((few + 1, total + 1))
    ways[0, 0] = 1.0
    for i, score in enumerate(whole.tolist()):  # ways[j, s]: j members among the first i + 1 with the sum s
        ways[1:, score:] += ways[:-1, : total + 1 - score]
        if i % 32 == 31:
            ways /= ways.max()  # in proportion only; no overflow
    chances = ways[few] / ways[few].sum()
    return float(min(1.0, chances[seen:].sum() if few == size else chances[: total - seen + 1].sum()))


def _coarse(scores: np.ndarray) -> np.ndarray:
    """(n,) int64: the scores, above their least, in at most STEPS units altogether."""
    x = scores - scores.min()
    total = float(x.sum())
    whole = np.rint(x).astype(np.int64)
    if total <= STEPS and np.array_equal(whole, x):
        return whole
    return np.rint(x * (STEPS / total)).astype(np.int64) if total > 0 else whole


def _normal(whole: np.ndarray, size: int, seen: int) -> float:
    n = len(whole)
    expected, variance = size * whole.mean(), size * (n - size) / (n - 1) * whole.var()
    return float(ndtr(-(seen - 0.5 - expected) / math.sqrt(variance))) if variance > 0 else 1.0
