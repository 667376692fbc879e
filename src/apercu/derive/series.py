"""What a sequence is about, in numbers that can be read: mean, spread, ends, trend, peaks, period, length; and its shape alone.

    features_of(rows.packed("heart rate"))       # {"mean": (n,), "spread": (n,), ..., "period": (n,), "length": (n,)}
    brought(sequence)                            # (32,) the same course in so many points, of mean 0 and spread 1

So a finding can say "where the slope of the heart rate is above 0.3". A peak is a moment higher than those around it that stands out by half of the
series' spread; the main period is that of the strongest autocorrelation, missing where that is weak. What it does not do: features that nobody can
picture (these are the learner's), or looking at the target.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

__all__ = ["FEATURES", "brought", "features_of"]

FEATURES: Final = ("mean", "spread", "lowest", "highest", "last", "slope", "peaks", "period", "length")
PROMINENT: Final = 0.5  # of the spread, by which a peak stands out
PERIODIC: Final = 0.3  # autocorrelation from which a series has a period
NEARLY: Final = 0.9  # of the strongest autocorrelation, which an earlier lag may have
POINTS: Final = 32  # to which a series is brought for its shape
LONGEST: Final = 4_096  # moments of which a period is looked for
CELLS: Final = 2_000_000  # numbers of the series that are looked at together


def features_of(sequences: Iterable[np.ndarray | None]) -> dict[str, np.ndarray]:
    """{feature: (n,) float64} of list cells; all missing but the length (0) where there is no number.

    >>> found = features_of([np.array([1.0, 2.0, 3.0]), None])
    >>> found["slope"], found["length"]
    (array([ 1., nan]), array([3., 0.]))
    """
    cells = list(sequences)
    told = np.full((len(cells), len(FEATURES)), np.nan)
    told[:, -1] = 0.0
    known = [i for i, cell in enumerate(cells) if cell is not None and np.isfinite(cell).any()]
    known.sort(key=lambda i: len(_cell(cells, i)))  # series of like lengths side by side, so that little is padded
    begin = 0
    while begin < len(known):
        end, longest = begin, len(_cell(cells, known[begin]))
        while end < len(known) and (end - begin) * len(_cell(cells, known[end])) <= CELLS:
            longest, end = len(_cell(cells, known[end])), end + 1
        some = known[begin:end]
        told[some] = _features([_cell(cells, i) for i in some], longest)
        begin = end
    return {name: told[:, i] for i, name in enumerate(FEATURES)}


def _cell(cells: list[np.ndarray | None], i: int) -> np.ndarray:
    cell = cells[i]
    assert cell is not None
    return cell


def _features(cells: list[np.ndarray], longest: int) -> np.ndarray:
    """(n, FEATURES) of series that each hold a number, the longest of which has so many moments."""
    lengths = np.array([len(cell) for cell in cells])
    values = np.full((len(cells), longest), np.nan)
    for row, cell in zip(values, cells, strict=True):
        row[: len(cell)] = cell
    known = np.isfinite(values)
    many = known.sum(axis=1)
    places = np.arange(longest)
    zero = np.where(known, values, 0.0)
    mean = zero.sum(axis=1) / many
    spread = np.sqrt((np.where(known, values - mean[:, None], 0.0) ** 2).sum(axis=1) / many)
    low, high = np.where(known, values, np.inf).min(axis=1), np.where(known, values, -np.inf).max(axis=1)
    last = values[np.arange(len(cells)), longest - 1 - known[:, ::-1].argmax(axis=1)]
    moved = np.where(known, places - ((known * places).sum(axis=1) / many)[:, None], 0.0)
    square = (moved**2).sum(axis=1)
    slope = np.divide((moved * zero).sum(axis=1), square, out=np.full(len(cells), np.nan), where=square > 0)
    changes = (spread > 1e-12 * np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)))) & (lengths > 2)
    for i in np.flatnonzero(many < lengths):
        own = np.flatnonzero(known[i])
        zero[i, : lengths[i]] = np.interp(places[: lengths[i]], own, values[i, own])
    peaks, period = np.zeros(len(cells)), np.full(len(cells), np.nan)
    if changes.any():
        peaks[changes] = _peaks(zero[changes], lengths[changes], PROMINENT * spread[changes])
        period[changes] = _periods(zero[changes, :LONGEST], np.minimum(lengths[changes], LONGEST))
    return np.column_stack([mean, spread, low, high, last, slope, peaks, period, lengths])


def _peaks(values: np.ndarray, lengths: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """(n,) how many times a series turns down after a rise of at least `rise` (n,), by as much. values (n, longest), all series walked at once."""
    found = np.zeros(len(values))
    low, high = values[:, 0].copy(), values[:, 0].copy()
    rising = np.ones(len(values), dtype=bool)
    for i in range(1, values.shape[1]):
        value, there = values[:, i], i < lengths
        high = np.where(rising, np.maximum(high, value), high)
        turned = there & rising & (high - value >= rise) & (high - low >= rise)
        fallen = there & rising & ~turned & (value < low)  # before any rise that counts
        low = np.where(fallen | turned, value, np.where(rising, low, np.minimum(low, value)))
        high = np.where(fallen, value, high)
        again = there & ~rising & (value - low >= rise)
        high = np.where(again, value, high)
        rising = (rising & ~turned) | again
        found += turned
    return found


def _periods(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(n,) the first lag of nearly the strongest autocorrelation, once this has fallen below zero, of each series less its trend."""
    longest = values.shape[1]
    places = np.arange(longest)
    there = places < lengths[:, None]
    moved = np.where(there, places - (lengths[:, None] - 1) / 2, 0.0)
    flat = values - (np.where(there, values, 0.0).sum(axis=1) / lengths)[:, None]
    flat = np.where(there, flat - moved * ((moved * flat).sum(axis=1) / (moved**2).sum(axis=1))[:, None], 0.0)
    power = np.abs(np.fft.rfft(flat, 2 * longest, axis=1)) ** 2
    own = np.fft.irfft(power, axis=1)[:, : longest // 2 + 1]
    lags = np.arange(own.shape[1])
    able = (lags <= lengths[:, None] // 2) & (own[:, :1] > 1e-12 * np.abs(values).max(axis=1, keepdims=True) ** 2)
    own = np.where(able, own / np.where(able, own[:, :1], 1.0) * lengths[:, None] / np.maximum(lengths[:, None] - lags, 1), 0.0)
    after = np.where(np.cumsum(own < 0, axis=1) > 0, own, -1.0)
    best = after.max(axis=1)
    tops = after >= NEARLY * best[:, None]  # twice the period is a period as well: the first of those that are nearly the best
    first = tops.argmax(axis=1)
    width = np.where((tops.cumsum(axis=1) == lags - first[:, None] + 1) & tops, after, -1.0)  # its stretch alone
    return np.where(best >= PERIODIC, width.argmax(axis=1).astype(np.float64), np.nan)


def brought(sequence: np.ndarray | None) -> np.ndarray | None:
    """(POINTS,) of mean 0 and spread 1; None where there is nothing to see."""
    if sequence is None:
        return None
    known = np.flatnonzero(np.isfinite(sequence))
    if len(known) < 3:
        return None
    points = np.interp(np.linspace(0.0, len(sequence) - 1.0, POINTS), known, sequence[known])
    spread = points.std()
    return (points - points.mean()) / spread if spread > 1e-12 * max(1.0, float(np.abs(points).max())) else None
