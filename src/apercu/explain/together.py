"""Pairs of columns whose joint effect is more than the sum of each: Friedman's H squared, of pairs that contributions point at.

For a pair the partial dependence on both, less those on each, is what no sum of two curves can say; H squared is its share of the variance of the
first (Friedman & Popescu 2008). Here it is the share of its own variance and that of the sum: the two are orthogonal where points are many, and
chance correlations of few points cannot lift the share above one. Asking about every pair is dear, so contributions choose first: a column that acts
alone has the same part wherever its value is the same, and what is left of its part there must follow another column. An additive model leaves
nothing and is asked about nothing. Intervals are bootstraps over the points and over the rows that stand for all others. What it does *not* do:
effects of three columns at once.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from ..core.explanation import Jointly
from ..core.rows import MEDIA, Coded, Packed, taken
from ._sample import Sample, Variant, linked
from .effects import grouped

__all__ = ["together"]

COLUMNS: Final = 8  # that pairs are made of, the largest effects
PAIRS: Final = 4  # that are asked about
POINTS: Final = 60  # values of the pair, those of the first rows
OTHERS: Final = 24  # rows that stand for all others
RESAMPLES: Final = 200
WORTH: Final = 0.01  # share of the variance of its own contributions that a pair must promise to be asked about
SLIGHT: Final = 0.0005  # share of the variance of all contributions' sum below which a pair is not asked about
LEAST: Final = 0.01  # share of a pair's joint effect below which nothing is told
THIRDS: Final = 3


class _Cells(NamedTuple):
    """(points, others) predictions with one column, or two, set to those of the points."""

    of: dict[tuple[str, ...], np.ndarray]


def together(sample: Sample, names: tuple[str, ...], seed: int = 0) -> tuple[Jointly, ...]:
    """The pairs that hold, the largest spread first."""
    pairs = _promising(sample, tuple(name for name in names if name in sample.rows and sample.rows.storage(name) not in MEDIA)[:COLUMNS])
    points, others = np.arange(min(POINTS, sample.n)), np.arange(sample.n)[-OTHERS:]
    if not pairs or len(points) < 10 or len(others) < 10:
        return ()
    sets = [*dict.fromkeys((name,) for pair in pairs for name in pair), *pairs]
    index = np.tile(others, len(points))
    told = sample.asked([Variant(index, {name: _set(sample, name, points, len(others)) for name in names}) for names in sets])
    cells = _Cells({key: linked(sample.goal, t).reshape(len(points), len(others)) for key, t in zip(sets, told, strict=True)})
    found = [_measured(cells, pair, np.random.default_rng(seed)) for pair in pairs]
    return tuple(sorted((pair for pair in found if pair.low > LEAST), key=lambda pair: -pair.size))


def _promising(sample: Sample, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs in which what is left of one column's parts, its own value known, differs between thirds of the other."""
    total = float(sample.parts.sum(axis=1).var())
    if total <= 0.0 or sample.n < 60:
        return ()
    groups = {name: grouped(sample.seen, name, prose=_prose(sample, name))[0] for name in names}
    left = {name: _within(sample.parts[:, sample.names.index(name)], groups[name]) for name in names}
    own = {name: float(sample.parts[:, sample.names.index(name)].var()) for name in names}
    promise: dict[tuple[str, str], float] = {}
    for first, second in combinations(names, 2):
        joint = _coarse(groups[first]) * THIRDS + _coarse(groups[second])
        more = _between(left[first], joint) + _between(left[second], joint)
        if more >= max(SLIGHT * total, WORTH * (own[first] + own[second])):
            promise[first, second] = more
    return tuple(sorted(promise, key=promise.__getitem__, reverse=True)[:PAIRS])


def _measured(cells: _Cells, pair: tuple[str, str], generator: np.random.Generator) -> Jointly:
    first, second, both = cells.of[pair[:1]], cells.of[pair[1:]], cells.of[pair]
    m, b = both.shape

    def parts(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(r,) variances of what no sum says, and with it of the sum, over (r, m) and (r, b) weights."""
        mean = [others @ line.T / others.sum(axis=1, keepdims=True) for line in (both, first, second)]
        joint, one, other = (line - _mean(line, points) for line in mean)
        more = _mean((joint - one - other) ** 2, points)[:, 0]
        return more, more + _mean((one + other) ** 2, points)[:, 0]

    more, whole = parts(np.ones((1, m)), np.ones((1, b)))
    drawn = parts(generator.standard_exponential((RESAMPLES, m)), generator.standard_exponential((RESAMPLES, b)))
    share = float(more[0] / whole[0]) if whole[0] > 1e-12 else 0.0
    draws = drawn[0] / np.maximum(drawn[1], 1e-12)
    low, high = np.percentile(draws, [2.5, 97.5]) if whole[0] > 1e-12 else (0.0, 0.0)
    return Jointly(pair, share, float(min(low, share)), float(max(high, share)), float(np.sqrt(more[0])))


def _mean(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (x * weights).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)


def _set(sample: Sample, name: str, points: np.ndarray, times: int) -> np.ndarray | Coded | Packed:
    """The column's values at the points, each for all other rows."""
    return taken(sample.rows.column(name), np.repeat(points, times))


def _prose(sample: Sample, name: str) -> bool:
    return name in sample.split.data.schema and sample.split.data.schema.column(name).kind == "text"


def _within(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Returns x less the mean of its group."""
    n = np.bincount(groups)
    return x - (np.bincount(groups, x) / np.maximum(n, 1))[groups]


def _coarse(groups: np.ndarray) -> np.ndarray:
    """(n,) groups in THIRDS of about equal size, in their order."""
    n = np.bincount(groups)
    middle = (np.cumsum(n) - n / 2) / n.sum()
    return np.minimum((middle * THIRDS).astype(int), THIRDS - 1)[groups]


def _between(x: np.ndarray, cells: np.ndarray) -> float:
    """The variance of x between cells beyond what as many cells would take of noise; never below nought."""
    n = np.bincount(cells)
    used = n > 0
    between = float(((np.bincount(cells, x)[used] ** 2) / n[used]).sum()) / len(x)
    within = max(float((x**2).mean()) - between, 0.0)
    freedom = max(len(x) - int(used.sum()), 1)
    return max(0.0, between - within * int(used.sum() - 1) / freedom)
