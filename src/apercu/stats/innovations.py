"""What a series does that its own past and its cycle do not let expect.

    news = innovations(x)
    news.e          # (n,) x minus what was expected of it, in units of x; NaN where nothing could be expected
    news.z          # (n,) the same beside how far x usually is from it at that place of the cycle

The cycle is the median of each of its places, taken out only where the medians of every other cycle foretell the cycles between better than one
median for all. What is left is foretold by its last ORDER values and those a cycle ago: an autoregression fitted by Huber's weights (Huber 1964;
Martin & Yohai 1986), in which gross errors count little. A walk is expected to stay where it is, a line to go on. Values that come in steps (counts,
rounded numbers) are spread evenly over their step first, by a fixed seed, since ties have no ranks.

Assumes that the rules stay the same: a cycle that changes its shape, or rules that change in the middle, leave news that are not news. Missing values
are bridged by straight lines and have no news. What it does *not* do: forecast beyond the next point.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from .subsequences import period

__all__ = ["ORDER", "Innovations", "innovations"]

ORDER: Final = 8  # last values that foretell the next
CYCLES: Final = 8  # cycles from which one is known
ROUNDS: Final = 6  # of weighing
HUBER: Final = 1.345  # robust deviations from which a residual counts less: 95 % efficient for normal ones (Huber 1964)
PLACES: Final = 24  # parts of a cycle, each with a spread of its own
NARROW: Final = 0.2  # of the usual spread: no part of a cycle is taken for quieter
ROBUST: Final = 1.4826
FURTHEST: Final = 1e9  # robust deviations: beyond it squares overflow, and odd it is anyway


class Innovations(NamedTuple):
    """e, z (n,): the news in units of x and in usual ones; level (n,): x without its cycle, as a robust z; period: of the cycle, 0 for none."""

    e: np.ndarray
    z: np.ndarray
    level: np.ndarray
    period: int


def innovations(x: np.ndarray) -> Innovations:
    """The news in a series x (n,), NaN where missing; all NaN where it is constant or holds fewer than two dozen values."""
    x = np.asarray(x, dtype=np.float64)
    nothing = np.full(len(x), np.nan)
    known = np.isfinite(x)
    if known.sum() < 3 * ORDER:
        return Innovations(nothing, nothing, nothing, 0)
    y = np.interp(np.arange(len(x)), np.flatnonzero(known), x[known])
    wide = ROBUST * float(np.median(np.abs(y - np.median(y)))) or float(y.std())
    if not 0.0 < wide < np.inf:
        return Innovations(nothing, nothing, nothing, 0)
    y = np.clip(_spread(y - np.median(y)) / wide, -FURTHEST, FURTHEST)
    y, cycle = _without_cycle(y)
    e = _foretold(y, cycle)
    e[~known] = np.nan
    z = e / _usual(e, cycle)
    return Innovations(e * wide, z, np.where(known, y, np.nan), cycle)


def _spread(x: np.ndarray) -> np.ndarray:
    """Values that come in steps spread evenly over their steps; others as they are."""
    values = np.unique(x)
    if len(values) < 3 or len(values) > len(x) / 2:
        return x
    step = float(np.quantile(np.diff(values), 0.1))  # the smallest steps, but for stray ones
    return x + np.random.default_rng(0).uniform(-step / 2, step / 2, len(x))


def _without_cycle(y: np.ndarray) -> tuple[np.ndarray, int]:
    """(y without the medians of its cycle, the cycle's length); (y, 0) where no cycle foretells anything."""
    n, length = len(y), period(y)
    if not length or n < CYCLES * length:
        return y, 0
    place, turn = np.arange(n) % length, np.arange(n) // length % 2
    told = np.zeros(n)
    for side in (0, 1):
        told[turn != side] = _medians(y[turn == side], place[turn == side], length)[place[turn != side]]
    if np.abs(y - told).mean() >= np.abs(y - np.median(y)).mean():
        return y, 0
    return y - _medians(y, place, length)[place], length


def _medians(y: np.ndarray, place: np.ndarray, length: int) -> np.ndarray:
    """(length,) the median of y at each place of the cycle; 0 where none stands."""
    order = np.argsort(place, kind="stable")
    parts = np.split(y[order], np.cumsum(np.bincount(place, minlength=length))[:-1])
    return np.array([float(np.median(part)) if len(part) else 0.0 for part in parts])


def _foretold(y: np.ndarray, cycle: int) -> np.ndarray:
    """(n,) y minus what a robust autoregression lets expect; NaN at the beginning."""
    n = len(y)
    lags = [*range(1, min(ORDER, n // 20) + 1), *(lag for lag in (cycle - 1, cycle, cycle + 1) if cycle and lag > ORDER)] or [1]
    first = max(lags)
    past = np.stack([*(y[first - lag : n - lag] for lag in lags), np.ones(n - first)], axis=1)
    now, weight = y[first:], np.ones(n - first)
    e = now
    for _ in range(ROUNDS):
        weighed = past * weight[:, None]
        e = now - past @ np.linalg.lstsq(weighed.T @ past + 1e-9 * np.eye(past.shape[1]), weighed.T @ now, rcond=None)[0]
        usual = ROBUST * float(np.median(np.abs(e)))
        if usual <= 1e-9:
            break
        weight = np.minimum(1.0, HUBER * usual / np.maximum(np.abs(e), 1e-12))
    return np.concatenate([np.full(first, np.nan), e])


def _usual(e: np.ndarray, cycle: int) -> np.ndarray:
    """(n,) the median size of e at the same part of the cycle."""
    size = np.abs(e)
    whole = float(np.nanmedian(size)) if np.isfinite(size).any() else 0.0
    if whole <= 0.0:
        return np.ones(len(e))
    parts = min(cycle, PLACES)
    if parts < 2:
        return np.full(len(e), whole)
    part, known = np.arange(len(e)) % cycle * parts // cycle, np.isfinite(e)
    return np.maximum(_medians(size[known], part[known], parts), NARROW * whole)[part]
