"""All rows ordered anew once a person has confirmed some of them as odd, or as usual.

    before, after = weighed(x, detected, odd, usual)      # (n,) log-odds of being odd

Before, a row is as odd as the detectors together find it. What is confirmed moves rows that are like the confirmed ones: near them, on the same side
of the columns, or found odd by the same detectors (three kernels of a Gaussian process whose mean is the detectors' order; see
stats/gaussian_process). So few confirmed rows move little, the order of the detectors stands wherever nothing like a row was confirmed, and many of
them teach as labels do. One per cent of labels brings more than any choice of detectors (Han et al., ADBench, NeurIPS 2022). Where odd rows are
confirmed and no usual ones, a sample of all other rows stands for these, each counting little, as some of it is odd.

Assumes that odd rows come in kinds, which is what one row can tell of others. What breaks it: odd rows each of its own kind, of which nothing is
learned; confirmations that are wrong. The log-odds order rows; they are not calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from ..stats.gaussian_process import mode
from ..stats.oddness import joined, normal_scores

__all__ = ["weighed"]

BEFORE: Final = -3.0  # log-odds that a row is odd, of the middle one: a twentieth, and more than a twentieth are not looked for (see tails)
SLOPE: Final = 1.0  # log-odds a normal quantile of the detectors' order: what an area under the curve of .76 means, about that of one detector
# Standard deviations of log-odds, chosen on generated tables (benchmarks/anomalies.py) and on classes made rare in tables that the benchmark does not
# read; half or twice of each changes the area under the curve by hardly a hundredth.
NEAR: Final = 2.0  # of rows like one another
SIDE: Final = 1.0  # along a column, divided among the columns
TRUST: Final = 0.25  # in one detector more than in another: with more, a few usual rows at the head of the list turn the whole order round
SHIFT: Final = 0.1  # of all rows together
OTHERS: Final = 500  # rows that stand for usual ones where none is confirmed
COUNTED: Final = 0.1  # what each of them counts
CONFIRMED: Final = 2_000  # confirmed rows that are learned from, the odd ones first
SCALED: Final = 500  # rows that the scale of distances is taken from
CHUNK: Final = 20_000  # rows weighed at once


def weighed(x: np.ndarray, detected: Sequence[np.ndarray], odd: np.ndarray, usual: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """((n,) log-odds of being odd before, (n,) the same after rows were confirmed).

    x: (n, d) columns, may be none; detected: (n,) scores of at least one detector, larger is odder; odd, usual: (k,) int positions of
    confirmed rows, each once.
    """
    n, generator = len(x), np.random.default_rng(seed)
    before = BEFORE + SLOPE * _normal(joined(detected))
    known, y, counts = _labels(n, odd, usual, generator)
    if not len(known):
        return before, before
    place, by = normal_scores(x, x), np.stack([_normal(score) for score in detected], axis=1)
    scale = _scale(place[generator.choice(n, min(n, SCALED), replace=False)])

    def kernel(rows: np.ndarray) -> np.ndarray:
        a, b = place[rows], place[known]
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2.0 * a @ b.T
        made = SHIFT**2 + TRUST**2 * by[rows] @ by[known].T + SIDE**2 * a @ b.T / max(x.shape[1], 1)
        return made + NEAR**2 * np.exp(-np.maximum(squares, 0.0) / scale)

    weight = mode(kernel(known), before[known], y, counts)
    parts = np.array_split(np.arange(n), max(1, -(-n // CHUNK)))
    return before, before + np.concatenate([kernel(part) @ weight for part in parts])


def _labels(n: int, odd: np.ndarray, usual: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(positions, 1 for odd and 0 for usual, what each counts) of the rows that are learned from."""
    one, none = odd[:CONFIRMED], usual
    if len(one) + len(none) > CONFIRMED:
        none = generator.choice(none, CONFIRMED - len(one), replace=False)
    others = np.zeros(0, dtype=np.int64)
    if len(one) and not len(none):
        rest = np.setdiff1d(np.arange(n), one)
        others = generator.choice(rest, min(OTHERS, len(rest)), replace=False)
    known = np.concatenate([one, none, others])
    y = np.concatenate([np.ones(len(one)), np.zeros(len(none) + len(others))])
    return known, y, np.concatenate([np.ones(len(one) + len(none)), np.full(len(others), COUNTED)])


def _normal(score: np.ndarray) -> np.ndarray:
    """(n,) the normal quantile of each score's place."""
    return np.asarray(ndtri(rankdata(score) / (len(score) + 1.0)))


def _scale(place: np.ndarray) -> float:
    """The median squared distance of two rows."""
    if not place.size:
        return 1.0
    squares = (place**2).sum(axis=1)[:, None] + (place**2).sum(axis=1) - 2.0 * place @ place.T
    apart = squares[np.triu_indices(len(place), 1)]
    return float(np.median(apart[apart > 1e-9])) if (apart > 1e-9).any() else 1.0
