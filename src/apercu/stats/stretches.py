"""Which stretches of a series do what the rest of it does not: one spike, a spread, or a level that is not its own.

    looks = scanned(innovations(x))             # Looks: kind, start, stop, p of every window that is looked at
    odd = told([looks], rate=0.05)              # list[Stretch], the surest first

Null hypothesis, of all windows together: what is averaged in a window is drawn as in any other window of its length.
* `spike`: a single one; its chance is counted, or carried on by a fitted tail, beside all others and beside those near it (see `tails.chances`):
  the larger counts.
* `spread`: their sizes, as normal scores of their ranks, averaged over windows of 8, 16, 32, ... points, half a window apart. Ranks make heavy tails
  harmless.
* `level`: the series without its cycle, likewise.
Averages that scatter more than independent ones would (wild times that follow each other, the levels of a walk) are divided by that scatter, taken
from quantiles above and below their median, and judged by Student's t with as many degrees of freedom as a quarter of the windows. Where there are
LEAST of them, the fitted tail of such averages must not reach as far either: always for levels, for spreads where they have a MEMORY. Windows of
which there are fewer than WINDOWS are not looked at.

The three kinds have equal parts of the rate (weighted Benjamini & Hochberg; Genovese, Roeder & Wasserman 2006). Held windows that overlap or touch
are one stretch, and the step-up counts stretches, not windows (Siegmund, Zhang & Yakir 2011): a single loud one does not open the door to others.
What breaks it: a cycle that beats irregularly (jittered pulses: up to one series of ten tells something) or is longer than the series lets see; more
odd stretches than a seventh of it, which then are the usual.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.ndimage import median_filter
from scipy.special import ndtri, stdtr
from scipy.stats import rankdata

from .innovations import ORDER, Innovations
from .tails import chances

__all__ = ["KINDS", "Looks", "Stretch", "scanned", "told"]

KINDS: Final = ("spike", "spread", "level")
LEAST: Final = 100  # news, below which nothing is looked at: a tail needs as many
SHORTEST: Final = 8  # points of the shortest window
WINDOWS: Final = 32  # of a length, from which it is known how far they scatter
NEAR: Final = 101  # news around one, that say how large they are at that time
NEARER: Final = (0.2, 0.1, 0.05)  # shares that exceed the three quantiles a tail is fitted through,
FAR: Final = (0.08, 0.04, 0.02)  # and where there are MANY: t of 3 degrees of freedom had one in 12 % of series with the first, in 6 % with these
MANY: Final = 2_000
CALM: Final = 0.2  # of the usual size, below which no time is taken to be
QUARTER, SEVENTH = float(ndtri(0.75)), float(ndtri(0.85))
MEMORY: Final = 1.15  # times the scatter of independent scores, from which the tail is fitted as well
BEYOND: Final = 1e9  # degrees of freedom of a normal
MOST: Final = 3_000  # windows that one series hands on to the step-up, the surest
REACH: Final = 32  # points around a short window among which its ends are sought
GRID: Final = 256  # ends that are tried, about
TOLD: Final = 200  # stretches at most, for which the step-up is followed


class Looks(NamedTuple):
    """Windows start <= i < stop of one series (n,), with p (k,), kind (k,) int into KINDS; how many of each kind were looked at, (3,); and the scores
    of which windows are averages, (3, n), 0 where nothing is known.
    """

    kind: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    p: np.ndarray
    looked: np.ndarray
    scores: np.ndarray


class Stretch(NamedTuple):
    """An odd stretch of series number `series`: what of it is oddest, where, the smallest p of its windows, and its rate."""

    series: int
    kind: str
    start: int
    stop: int
    p: float
    q: float


def scanned(news: Innovations) -> Looks:
    """All windows of one series, the MOST surest of them listed."""
    known = np.flatnonzero(np.isfinite(news.z))
    z = news.z[known]
    if len(z) < LEAST or not z.std() > 0:
        none = np.zeros(0, dtype=int)
        return Looks(none, none, none, np.zeros(0), np.zeros(len(KINDS), dtype=int), np.zeros((len(KINDS), len(news.z))))
    z = z - np.median(z)
    size = np.abs(z)
    scores = _scores(size)
    single = np.arange(len(z))
    level = _scores(news.level[known])
    parts = [(single, single + 1, _spikes(size)), _windows(scores, MEMORY), _windows(level)]
    kind = np.repeat(np.arange(len(KINDS)), [len(part[0]) for part in parts])
    start, stop, p = (np.concatenate([part[i] for part in parts]) for i in range(3))
    some = np.argsort(p, kind="stable")[:MOST]
    looked = np.bincount(kind, minlength=len(KINDS))
    whole = np.zeros((len(KINDS), len(news.z)))
    whole[1, known], whole[2, known] = scores, level
    return Looks(kind[some], known[start[some]], known[stop[some] - 1] + 1, p[some], looked, whole)


def told(series: list[Looks], rate: float = 0.05) -> list[Stretch]:
    """The odd stretches of several series at a false-discovery rate, the surest first; its window of smallest p gives the kind of one."""
    if not series:
        return []
    looked = np.sum([looks.looked for looks in series], axis=0)
    cost = np.concatenate([len(KINDS) * looked[looks.kind] * looks.p for looks in series])  # m p, which the step-up divides by the stretches
    number = np.repeat(np.arange(len(series)), [len(looks.p) for looks in series])
    window = [one for looks in series for one in zip(looks.start, looks.stop, looks.kind, looks.p, strict=True)]
    order = np.argsort(cost, kind="stable")
    order = order[cost[order] <= rate * TOLD]
    found: dict[int, list[_Window]] = {}
    rates = np.empty(len(order))
    for j, index in enumerate(order):
        own = found.setdefault(int(number[index]), [])
        own[:] = _joined(own, window[index])
        rates[j] = cost[index] / sum(map(len, found.values()))
    held = np.flatnonzero(rates <= rate)
    if not len(held):
        return []
    found.clear()
    for index in order[: held[-1] + 1]:
        own = found.setdefault(int(number[index]), [])
        own[:] = _joined(own, window[index])
    least = np.minimum.accumulate(rates[held[-1] :: -1])[::-1]  # the smallest rate at which each window is held
    paid = cost[order[: held[-1] + 1]]
    odd: list[Stretch] = []
    for i, own in found.items():
        taken = np.zeros(series[i].scores.shape[1], dtype=bool)
        for first, last, kind, p in sorted(own, key=lambda w: w[3]):
            start, stop = _ends(series[i].scores[kind], first, last) if kind else (first, last)
            if not taken[start:stop].any():  # else it is part of a surer one
                q = least[min(np.searchsorted(paid, len(KINDS) * looked[kind] * p), len(least) - 1)]
                odd.append(Stretch(i, KINDS[kind], int(start), int(stop), float(p), float(q)))
            taken[start : stop if kind else stop + ORDER] = True  # what a gross value leaves in the next expectations is no news
    return sorted(odd, key=lambda s: (s.q, s.p, s.series, s.start))


def _ends(scores: np.ndarray, start: int, stop: int) -> tuple[int, int]:
    """Where a stretch truly begins and ends, as far as can be seen: where the sum of its scores (n,), over the root of its length, is largest
    (Olshen et al. 2004), among ends no farther off than its own length, or REACH.
    """
    reach = max(stop - start, REACH)
    low, high = max(start - reach, 0), min(stop + reach, len(scores))
    edges = np.unique(np.append(np.arange(low, high, max(1, (high - low) // GRID)), high))
    total = np.concatenate([[0.0], np.cumsum(scores[low:high])])[edges - low]
    length = edges[None, :] - edges[:, None]
    side = np.sign(scores[start:stop].sum())
    t = side * (total[None, :] - total[:, None]) / np.sqrt(np.maximum(length, 1))
    t[(length <= 0) | (edges[:, None] >= stop) | (edges[None, :] <= start)] = -np.inf
    first, last = np.unravel_index(np.argmax(t), t.shape)
    return int(edges[first]), int(edges[last])


_Window = tuple[int, int, int, float]  # start, stop, place of the kind in KINDS, p


def _joined(own: list[_Window], new: _Window) -> list[_Window]:
    """The stretches with one more window, of no smaller p than all before: what holds a stretch whole says nothing new of it."""
    met = [s for s in own if s[0] <= new[1] and new[0] <= s[1]]
    if any(new[0] <= s[0] and s[1] <= new[1] for s in met):
        return own
    first = min([*met, new], key=lambda s: s[3])
    whole = (min(s[0] for s in [*met, new]), max(s[1] for s in [*met, new]), first[2], first[3])
    return [*(s for s in own if s not in met), whole]


def _spikes(size: np.ndarray) -> np.ndarray:
    """(n,) p of single sizes, beside all and beside those near."""
    levels = FAR if len(size) >= MANY else NEARER
    near = median_filter(size, size=min(NEAR, len(size) // 2 * 2 - 1), mode="nearest")
    return np.maximum(chances(size, levels), chances(size / np.maximum(near, CALM * float(np.median(size)) + 1e-300), levels))


def _scores(x: np.ndarray) -> np.ndarray:
    """(n,) normal scores of the ranks of x, of deviation 1."""
    made = ndtri((rankdata(x) - 0.5) / len(x))
    wide = made.std()
    return made / wide if wide > 0 else made


def _windows(scores: np.ndarray, memory: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(start, stop, p) of windows of all lengths: how far their mean score lies from usual.

    memory: times the scatter of independent scores, above which the fitted tail counts as well.
    """
    n, total, length = len(scores), np.concatenate([[0.0], np.cumsum(scores)]), SHORTEST
    made = []
    while 2 * n // length >= WINDOWS:
        start = np.arange(0, n - length + 1, length // 2)
        t = (total[start + length] - total[start]) / np.sqrt(length)
        low, quarter, middle, three, high = np.quantile(t, [0.15, 0.25, 0.5, 0.75, 0.85])
        above = max(1.0, (three - middle) / QUARTER, (high - middle) / SEVENTH)
        below = max(1.0, (middle - quarter) / QUARTER, (middle - low) / SEVENTH)
        t = (t - middle) / np.where(t > middle, above, below)
        freedom = max(len(start) / 4.0, 3.0) if max(above, below) > 1.0 else BEYOND
        p = 2.0 * stdtr(freedom, -np.abs(t))
        if max(above, below) > memory and len(start) >= LEAST:
            p = np.maximum(p, 2.0 * np.where(t > 0, chances(t), chances(-t)))
        made.append((start, start + length, np.minimum(p, 1.0)))
        length *= 2
    if not made:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)
    start, stop, p = (np.concatenate(part) for part in zip(*made, strict=True))
    return start, stop, p
