"""Features of whole series: how often, how far and how long a series follows each of many small random patterns, quick enough for any table.

    kernels = planned(values, lengths, 3_000)            # of training series: (n, channels, length), and how much of each is real
    features = transformed(kernels, values, lengths)     # (n, D) float32; a linear model of these is a strong classifier of series

A pattern is one of the 84 kernels of MiniRocket (Dempster, Schmidt & Webb 2021): nine weights, three of 2 and six of -1, laid over a series with
gaps of up to an eighth of it. As in MultiRocket (Tan, Dempster, Bergmeir & Webb 2022) it is for series and for their changes, and several numbers are
read off for each of some thresholds (quantiles of what one training series gives): the share of moments above it, how far above on average, and the
longest stretch in a row. Beside them stand the counts of Hydra (Dempster, Schmidt & Webb 2023): in groups of eight random kernels, how often each
fits best, and how well, and how often each fits worst. Several channels are added up in random subsets. Everything is fixed by one seed. What it does
*not* do: learn the patterns, or say when they come (MultiRocket's mean moment is left out: it cost more than it told); levels are for the caller, as
kernels sum to zero.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

import numba
import numpy as np

__all__ = ["Hydra", "Rocket", "hydra", "planned", "pooled", "transformed"]

WIDE: Final = 9  # weights of a kernel
TRIPLES: Final = np.array(list(combinations(range(WIDE), 3)), dtype=np.int64)  # (84, 3) the places of the weights 2
DILATIONS: Final = 32  # most gaps that a kernel is laid out with
CHANNELS: Final = 9  # most channels that a kernel adds up
POOLS: Final = 3  # numbers read off for one threshold
GROUPS: Final = 32  # groups of Hydra, for the series and for its changes each
RIVALS: Final = 8  # kernels of a group
GOLDEN: Final = (np.sqrt(5.0) + 1.0) / 2.0
FAST: Final = {"reassoc", "nsz", "contract", "arcp"}  # sums may be taken in any order; NaN never gets this far


class Rocket(NamedTuple):
    """Kernels of one representation (series, or changes), dilation after dilation, 84 each.

    dilations (m,); counts (m,) thresholds a kernel; chosen (m * 84, CHANNELS) channels that are added up, -1 for none; biases: thresholds, in order.
    """

    dilations: np.ndarray
    counts: np.ndarray
    chosen: np.ndarray
    biases: np.ndarray

    @property
    def reads(self) -> np.ndarray:
        """(biases,) int: the row of `chosen` that each threshold belongs to."""
        return np.repeat(np.arange(len(self.chosen)), np.repeat(self.counts, len(TRIPLES)))


class Hydra(NamedTuple):
    """Random kernels in groups. dilations (m,); weights (GROUPS, RIVALS, WIDE) float32; chosen (m * GROUPS, CHANNELS) channels, -1 for none."""

    dilations: np.ndarray
    weights: np.ndarray
    chosen: np.ndarray

    @property
    def reads(self) -> np.ndarray:
        """(features,) int: the row of `chosen` that each count belongs to."""
        return np.repeat(np.arange(len(self.chosen)), 2 * RIVALS)


def planned(values: np.ndarray, lengths: np.ndarray, thresholds: int, seed: int = 1) -> Rocket:
    """Kernels for series like these training series. values (n, c, L) float32, zero behind each series' length; lengths (n,) >= 1.

    thresholds: about how many there are in all; each of 84 kernels gets its share of them, spread over gaps from 1 to an eighth of the usual length.
    """
    generator = np.random.default_rng(seed)
    each = max(1, thresholds // len(TRIPLES))
    dilations, counts = _dilations(int(np.quantile(lengths, 0.9)) if len(lengths) else 1, each)
    chosen = _subsets(generator, len(dilations) * len(TRIPLES), values.shape[1])
    rows = generator.integers(max(1, len(values)), size=len(chosen))
    sample = np.full((len(chosen), values.shape[2]), np.inf, dtype=np.float32)
    sizes = np.ones(len(chosen), dtype=np.int64)
    _sampled(values, lengths, (dilations, chosen), rows, sample, sizes)
    return Rocket(dilations, counts, chosen, _quantiles(np.sort(sample, axis=1), sizes, np.repeat(counts, len(TRIPLES))))


def hydra(channels: int, length: int, seed: int = 1) -> Hydra:
    """Groups of random kernels for series of so many channels and about such a length; nothing of them is learned."""
    generator = np.random.default_rng((seed, 2))
    steps = int(max(0.0, np.log2(max(1.0, (length - 1) / (WIDE - 1))))) + 1
    weights = generator.standard_normal((GROUPS, RIVALS, WIDE))
    weights -= weights.mean(axis=2, keepdims=True)
    weights /= np.abs(weights).sum(axis=2, keepdims=True)
    return Hydra(2 ** np.arange(steps), weights.astype(np.float32), _subsets(generator, steps * GROUPS, channels))


def transformed(plan: Rocket, values: np.ndarray, lengths: np.ndarray, pools: int = POOLS) -> np.ndarray:
    """(n, thresholds * pools) float32: share above, mean height above, longest stretch; threshold after threshold.

    pools: 1 for the share alone, 2 for the height as well, 3 for all.
    """
    out = np.zeros((len(values), len(plan.biases) * pools), dtype=np.float32)
    if len(plan.biases):
        _transformed(values, lengths, (plan.dilations, plan.counts, plan.chosen), plan.biases, pools, out)
    return out


def pooled(plan: Hydra, values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(n, m * GROUPS * 2 * RIVALS) float32: square roots of how well each kernel fits where it fits best, and of how often it fits worst; in order
    of dilation, group, and first the eight best, then the eight worst.
    """
    out = np.zeros((len(values), len(plan.chosen) * 2 * RIVALS), dtype=np.float32)
    _pooled(values, lengths, plan.dilations, plan.weights, plan.chosen, out)
    return np.sqrt(np.maximum(out, 0.0), out=out)


def _dilations(length: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """((m,) dilations, (m,) thresholds of each): gaps spaced evenly in logarithms, up to where a kernel spans the series."""
    most = min(each, DILATIONS)
    top = np.log2(max(1.0, (length - 1) / (WIDE - 1)))
    dilations, times = np.unique(np.logspace(0, top, most, base=2).astype(np.int64), return_counts=True)
    counts = (times * (each / most)).astype(np.int64)
    for i in range(each - int(counts.sum())):
        counts[i % len(counts)] += 1
    return dilations, counts


def _quantiles(ordered: np.ndarray, sizes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(sum of counts,) float32: so many quantiles of each row's first `sizes` numbers, at places that fill 0..1 evenly from row to row."""
    row = np.repeat(np.arange(len(counts)), counts)
    place = ((np.arange(1, len(row) + 1) * GOLDEN) % 1.0) * (sizes[row] - 1)
    below = place.astype(np.int64)
    above = np.minimum(below + 1, sizes[row] - 1)
    share = (place - below).astype(np.float32)
    return (1 - share) * ordered[row, below] + share * ordered[row, above]


def _subsets(generator: np.random.Generator, many: int, channels: int) -> np.ndarray:
    """(many, CHANNELS) int64: random subsets, small ones as likely as large ones on the scale of doublings; -1 fills up."""
    chosen = np.full((many, CHANNELS), -1, dtype=np.int64)
    sizes = (2 ** generator.uniform(0, np.log2(min(channels, CHANNELS) + 1), many)).astype(np.int64)
    for row, size in zip(chosen, sizes, strict=True):
        row[:size] = generator.permutation(channels)[:size] if channels > 1 else 0
    return chosen


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _summed(values: np.ndarray, length: int, chosen: np.ndarray, dilation: int, padded: np.ndarray) -> None:  # pragma: no cover - compiled
    """Adds up the chosen channels of one series into `padded`, behind four dilations of zeros and before as many."""
    edge = 4 * dilation
    padded[: length + 2 * edge] = 0.0
    for c in chosen:
        if c < 0:
            break
        own = values[c]
        for i in range(length):
            padded[edge + i] += own[i]


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _laid(padded: np.ndarray, length: int, dilation: int, whole: np.ndarray) -> None:  # pragma: no cover - compiled
    """whole[i] = minus the sum of all nine places: what every kernel of this dilation has in common."""
    whole[:length] = 0.0
    for j in range(9):
        at = j * dilation
        for i in range(length):
            whole[i] -= padded[at + i]


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _kernel(
    padded: np.ndarray, whole: np.ndarray, length: int, dilation: int, places: np.ndarray, out: np.ndarray
) -> None:  # pragma: no cover - compiled
    """out[i] = the kernel whose weights 2 stand at three places, at every moment of the series."""
    a, b, c = places[0] * dilation, places[1] * dilation, places[2] * dilation
    three = np.float32(3.0)
    for i in range(length):
        out[i] = whole[i] + three * (padded[a + i] + padded[b + i] + padded[c + i])


@numba.njit(cache=True, nogil=True)
def _span(length: int, dilation: int, parity: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """(first, behind last) moment that is read: every other kernel reads only where it lies wholly within the series, if there is such a place."""
    edge = 4 * dilation
    if parity == 1 and length > 2 * edge:
        return edge, length - edge
    return 0, length


@numba.njit(cache=True, nogil=True)
def _same(a: np.ndarray, b: np.ndarray) -> bool:  # pragma: no cover - compiled
    for i in range(len(a)):  # noqa: SIM110 (numba knows no generators)
        if a[i] != b[i]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _sampled(
    values: np.ndarray, lengths: np.ndarray, plan: tuple[np.ndarray, np.ndarray], rows: np.ndarray, sample: np.ndarray, sizes: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Sample (m * 84, longest): what each kernel gives on one training series; sizes (m * 84,) how many numbers these are."""
    dilations, chosen = plan
    longest = values.shape[2]
    padded = np.zeros(longest + 8 * dilations.max() + 1, dtype=np.float32)
    whole = np.zeros(longest, dtype=np.float32)
    made = np.zeros(longest, dtype=np.float32)
    for at in range(len(chosen)):
        dilation, row = dilations[at // 84], rows[at]
        length = int(lengths[row])
        _summed(values[row], length, chosen[at], dilation, padded)
        _laid(padded, length, dilation, whole)
        _kernel(padded, whole, length, dilation, TRIPLES[at % 84], made)
        first, last = _span(length, dilation, (at // 84 + at % 84) % 2)
        sizes[at] = last - first
        for i in range(first, last):
            sample[at, i - first] = made[i]


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _transformed(
    values: np.ndarray, lengths: np.ndarray, plan: tuple[np.ndarray, np.ndarray, np.ndarray], biases: np.ndarray, pools: int, out: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Fills out (n, thresholds * pools)."""
    dilations, counts, chosen = plan
    n, _, longest = values.shape
    padded = np.zeros(longest + 8 * dilations.max() + 1, dtype=np.float32)
    whole = np.zeros(longest, dtype=np.float32)
    made = np.zeros(longest, dtype=np.float32)
    for row in range(n):
        length = int(lengths[row])
        at = 0
        for d in range(len(dilations)):
            for k in range(84):
                mine = chosen[d * 84 + k]
                if k == 0 or not _same(mine, chosen[d * 84 + k - 1]):
                    _summed(values[row], length, mine, dilations[d], padded)
                    _laid(padded, length, dilations[d], whole)
                _kernel(padded, whole, length, dilations[d], TRIPLES[k], made)
                first, last = _span(length, dilations[d], (d + k) % 2)
                for _ in range(counts[d]):
                    _read(made[first:last], biases[at], pools, out[row, at * pools : (at + 1) * pools])
                    at += 1


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _read(made: np.ndarray, bias: float, pools: int, out: np.ndarray) -> None:  # pragma: no cover - compiled
    """The numbers of one threshold."""
    n = len(made)
    above = np.int32(0)
    if pools == 1:
        for i in range(n):
            above += made[i] > bias
        out[0] = above / n
        return
    height = np.float32(0.0)
    for i in range(n):
        far = made[i] - bias
        above += far > 0
        height += max(far, np.float32(0.0))
    out[0] = above / n
    out[1] = height / max(above, 1)
    if pools == 2:
        return
    run = np.int32(0)
    best = np.int32(0)
    for i in range(n):
        run = (run + np.int32(1)) * np.int32(made[i] > bias)
        best = max(best, run)
    out[2] = best / n


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _pooled(
    values: np.ndarray, lengths: np.ndarray, dilations: np.ndarray, weights: np.ndarray, chosen: np.ndarray, out: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Fills out (n, m * GROUPS * 2 * RIVALS) with sums of the best and counts of the worst."""
    n, _, longest = values.shape
    padded = np.zeros(longest + 8 * dilations.max() + 1, dtype=np.float32)
    made = np.zeros((8, longest), dtype=np.float32)
    groups = weights.shape[0]
    high = np.zeros(longest, dtype=np.float32)
    low = np.zeros(longest, dtype=np.float32)
    best = np.zeros(longest, dtype=np.int32)
    worst = np.zeros(longest, dtype=np.int32)
    for row in range(n):
        length = int(lengths[row])
        for d in range(len(dilations)):
            for g in range(groups):
                mine = chosen[d * groups + g]
                if g == 0 or not _same(mine, chosen[d * groups + g - 1]):
                    _summed(values[row], length, mine, dilations[d], padded)
                _matched(padded, length, dilations[d], weights[g], made)
                _rivals(made, length, (high, low, best, worst))
                at = (d * groups + g) * 16
                for i in range(length):
                    out[row, at + best[i]] += high[i]
                    out[row, at + 8 + worst[i]] += np.float32(1.0)


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _matched(padded: np.ndarray, length: int, dilation: int, weights: np.ndarray, made: np.ndarray) -> None:  # pragma: no cover - compiled
    """Made (8, L): what eight kernels give at every moment."""
    for k in range(8):
        own = made[k]
        own[:length] = 0.0
        for j in range(9):
            w, at = weights[k, j], j * dilation
            for i in range(length):
                own[i] += w * padded[at + i]


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def _rivals(made: np.ndarray, length: int, told: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]) -> None:  # pragma: no cover - compiled
    """Which of eight kernels fits best and worst at every moment."""
    high, low, best, worst = told
    for i in range(length):
        high[i] = made[0, i]
        low[i] = made[0, i]
        best[i] = 0
        worst[i] = 0
    for k in range(1, 8):
        own = made[k]
        for i in range(length):
            up = own[i] > high[i]
            high[i] = own[i] if up else high[i]
            best[i] = k if up else best[i]
            down = own[i] < low[i]
            low[i] = own[i] if down else low[i]
            worst[i] = k if down else worst[i]
