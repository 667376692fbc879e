"""The null distribution of a studentised difference of means, by permuting which rows are in the group.

Statistic: t of Welch. Only the smaller group is drawn anew in each round; the other's sums follow from the totals. Compiled. Random places are
SplitMix64 (Steele, Lea & Flood 2014) scaled by multiplication (Lemire 2019), 14 times as fast as the generator of NumPy inside Numba; a place
among n is favoured by at most n / 2**32. A comparison that is asked for again, at another level, is not drawn again.

So many draws cannot tell one in a million from one in ten thousand. Beyond the last ten of them the tail is a generalised Pareto distribution
fitted to the largest (Knijnenburg et al. 2009, by probability-weighted moments: Hosking & Wallis 1987), never thinner than an exponential one,
which is thicker than the tail of a mean.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numba
import numpy as np

__all__ = ["Tail", "studentised"]

LARGEST: Final = 250  # draws that a tail is fitted to, at most a twentieth of them
COUNTED: Final = 10  # draws at least as extreme, from which on they are counted
REMEMBERED: Final = 1_000_000  # bytes of pooled rows, up to which a null distribution is remembered


def studentised(pooled: np.ndarray, n: int, rounds: int, seed: int) -> np.ndarray:
    """(rounds,) t of a random group of `n` of the pooled rows against the others; 1 < n < len(pooled) - 1."""
    small = min(n, len(pooled) - n)
    centred = np.ascontiguousarray(pooled - pooled.mean(), dtype=np.float64)
    if centred.nbytes <= REMEMBERED:
        drawn = _remembered(centred.tobytes(), small, rounds, seed)
    else:
        drawn = _studentised(centred, small, rounds, np.uint64(seed))
    return drawn if small == n else -drawn


class Tail(NamedTuple):
    """How often a statistic is exceeded: the sorted draws, and beyond them a generalised Pareto tail."""

    draws: np.ndarray
    start: float
    scale: float
    shape: float
    share: float

    @staticmethod
    def of(draws: np.ndarray) -> Tail:
        """The tail of (rounds,) draws; large ones are the extreme ones."""
        ordered = np.sort(draws)
        top = max(min(LARGEST, len(ordered) // 20), 1)
        start = float(ordered[-top - 1])
        over = ordered[-top:] - start
        mean = float(over.mean())
        weights = 1 - (np.arange(1, top + 1) - 0.35) / top
        second = float((weights * over).mean())
        shape = max(0.0, 2 - mean / (mean - 2 * second)) if mean > 2 * second else 0.0
        return Tail(ordered, start, mean * (1 - min(shape, 0.9)), min(shape, 0.9), top / len(ordered))

    def p(self, seen: float) -> float:
        """The chance of a draw of `seen` or more."""
        beyond = len(self.draws) - int(np.searchsorted(self.draws, seen, side="left"))
        counted = (1 + beyond) / (1 + len(self.draws))
        if beyond >= COUNTED or self.scale <= 0.0:
            return counted
        far = max(seen - self.start, 0.0) / self.scale
        return min(counted, self.share * (math.exp(-far) if self.shape == 0.0 else (1 + self.shape * far) ** (-1 / self.shape)))

    def quantile(self, level: float) -> float:
        """What a draw exceeds with the chance 1 - level."""
        chance = 1 - level
        if chance * len(self.draws) >= COUNTED or self.scale <= 0.0:
            return float(np.quantile(self.draws, level, method="higher"))
        thinner = self.share / max(chance, 1e-300)
        far = math.log(thinner) if self.shape == 0.0 else (thinner**self.shape - 1) / self.shape
        return max(self.start + self.scale * far, float(np.quantile(self.draws, 1 - COUNTED / len(self.draws))))


@lru_cache(maxsize=32)
def _remembered(centred: bytes, small: int, rounds: int, seed: int) -> np.ndarray:
    drawn = _studentised(np.frombuffer(centred), small, rounds, np.uint64(seed))
    drawn.setflags(write=False)
    return drawn


@numba.njit(cache=True, nogil=True)
def _studentised(pooled: np.ndarray, small: int, rounds: int, state: np.uint64) -> np.ndarray:  # pragma: no cover - compiled
    n = len(pooled)
    rest = n - small
    total, squares = 0.0, 0.0
    for i in range(n):
        total += pooled[i]
        squares += pooled[i] * pooled[i]
    x = pooled.copy()
    out = np.empty(rounds)
    for r in range(rounds):
        a, aa = 0.0, 0.0
        for i in range(small):  # the first steps of a Fisher-Yates shuffle draw a group without replacement
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            high = (z ^ (z >> np.uint64(31))) >> np.uint64(32)
            j = np.uint64(i) + ((high * np.uint64(n - i)) >> np.uint64(32))
            v = x[j]
            x[j] = x[i]
            x[i] = v
            a += v
            aa += v * v
        b, bb = total - a, squares - aa
        mean, other = a / small, b / rest
        variance = (aa - small * mean * mean) / (small - 1) / small + (bb - rest * other * other) / (rest - 1) / rest
        out[r] = (mean - other) / np.sqrt(variance) if variance > 0.0 else 0.0
    return out
