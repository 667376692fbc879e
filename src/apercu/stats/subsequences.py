"""How unlike the rest of its series each stretch of it is, by the distance to its nearest likenesses, and how long a cycle of the series is.

    length = period(x)          # 24 for hours of a day; 0 where no cycle is seen
    score = unlike(x)           # (n,) larger is odder

A subsequence is odd where hardly any other looks like it (discords, Keogh et al. 2005; the matrix profile, Yeh et al. 2016). Its distance is the
Euclidean one to the NEAREST-th nearest of at most FITTED other subsequences that do not overlap it, of the values as they are: shifted to mean 0 and
scaled to deviation 1, as the matrix profile does, a wrong level or a wrong spread could not be seen. The fifth instead of the nearest, so that an odd
thing which comes twice does not excuse itself. Windows of half a cycle, one and two see short and long things; each counts by the level that a tenth
of its own distances exceed. A point has the mean of the windows that cover it.

`period` is the lag of the highest local maximum of the autocorrelation, and the window is one, within USUAL, as in TSB-AD (Liu & Paparrizos, NeurIPS
2024). Nothing is assumed of distributions. What it does *not* do: say how many stretches are odd (see `stretches`); the far ends of a walk that
never returns are the farthest from all else, odd or not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import argrelextrema
from scipy.spatial.distance import cdist

__all__ = ["period", "unlike"]

LAGS: Final = (3, 400)  # a cycle is longer than the first and no longer than the second, as in TSB-AD
USUAL: Final = (6, 303)  # points of a window that a cycle gives, as in TSB-AD
WINDOW: Final = 125  # points, where no cycle or none within USUAL is seen, as in TSB-AD
SHORTEST: Final = 8  # points of a window
NEAREST: Final = 5
FITTED: Final = 2_000  # subsequences that each is compared with at most
STEPS: Final = 8  # windows that begin within the length of one
WINDOWS: Final = 5_000  # of one length, about; a longer series is stepped through faster
PARTS: Final = 32  # means that a longer window is told by
FAR: Final = 0.9  # the quantile of its distances that makes a length comparable with another
CHUNK: Final = 5_000  # windows whose distances are held at once
LARGEST: Final = 1e100  # of values: beyond it squares overflow


def period(x: np.ndarray) -> int:
    """The length in points of the strongest cycle of x (n,), finite; 0 where none is seen."""
    n = len(x)
    longest = min(LAGS[1], n // 4)
    if longest <= LAGS[0]:
        return 0
    y = x - x.mean()
    spectrum = np.fft.rfft(y, 1 << (2 * n - 1).bit_length())
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: longest + 1]
    if not likeness[0] > 1e-18 * max(float(x @ x), 1e-300):
        return 0
    peaks = argrelextrema(likeness, np.greater)[0]
    peaks = peaks[(peaks > LAGS[0]) & (likeness[peaks] > 0.0)]
    return int(peaks[np.argmax(likeness[peaks])]) if len(peaks) else 0


def unlike(x: np.ndarray, window: int | None = None, seed: int = 0) -> np.ndarray:
    """(n,) how unlike all others the subsequences are that cover each point of x (n,), finite; zeros of a series too short or constant.

    window: their length, 3 and more; without one, a cycle, or WINDOW where none is seen.
    """
    x = np.clip(np.asarray(x, dtype=np.float64), -LARGEST, LARGEST)
    n = len(x)
    wide = x.std() if n else 0.0
    if n < 8 * SHORTEST or not wide > 0:
        return np.zeros(n)
    scaled = (x - x.mean()) / wide
    cycle = period(x)
    middle = max(2 * SHORTEST, window or (cycle if USUAL[0] <= cycle <= USUAL[1] else WINDOW))
    lengths = {min(max(length, SHORTEST), n // 8) for length in (middle // 2, middle, 2 * middle)}
    total = np.zeros(n)
    for length in sorted(lengths):
        score = _scored(scaled, length, np.random.default_rng(seed))
        level = float(np.quantile(score, FAR))
        total += score / level if level > 0 else score
    return total / len(lengths)


def _scored(x: np.ndarray, length: int, generator: np.random.Generator) -> np.ndarray:
    """(n,) the mean distance of the windows of one length that cover each point."""
    n = len(x)
    step = min(length, max(1, length // STEPS, n // WINDOWS))
    starts = np.append(np.arange(0, n - length, step), n - length)
    windows = _told(sliding_window_view(x, length)[starts])
    some = np.sort(generator.choice(len(starts), min(FITTED, len(starts)), replace=False))
    near = min(NEAREST, len(some)) - 1
    distance = np.empty(len(starts))
    for begin in range(0, len(starts), CHUNK):
        part = slice(begin, begin + CHUNK)
        apart = cdist(windows[part], windows[some])
        apart[np.abs(starts[part, None] - starts[some]) < length] = np.inf
        distance[part] = np.partition(apart, near, axis=1)[:, near]
    distance[~np.isfinite(distance)] = 0.0
    edges = np.zeros((2, n + 1))
    for row, weight in enumerate((distance, 1.0)):
        np.add.at(edges[row], starts, weight)
        np.add.at(edges[row], starts + length, -np.asarray(weight))
    summed, covered = np.cumsum(edges, axis=1)[:, :n]
    return np.maximum(summed, 0.0) / covered


def _told(windows: np.ndarray) -> np.ndarray:
    """Windows (k, length) by at most PARTS means each, scaled so that distances stay those of root mean squares."""
    length = windows.shape[1]
    if length > PARTS:
        edges = np.linspace(0, length, PARTS + 1).astype(int)
        windows = np.add.reduceat(windows, edges[:-1], axis=1) / np.diff(edges)
    return windows / np.sqrt(windows.shape[1])
