"""Bootstrap: how a statistic varies when rows (or whole blocks of rows) are drawn again.

A resample is a vector of weights, so one call of a weighted statistic serves many resamples at once:

>>> x = np.arange(100.0)
>>> draws = resampled(lambda w: (w @ x) / w.sum(axis=-1), 100)
>>> low, high = interval(draws)
>>> bool(low < 49.5 < high)
True

Weights are independent Poisson(1) counts, the limit of drawing n of n with replacement (Chamandy et al. 2012), exponential (the Bayesian
bootstrap of Rubin 1981) where there are fewer than 50 units, so that no resample is empty. What it does *not* do: account for a model that
would have been fitted otherwise; the rows vary, the predictions stand.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

__all__ = ["interval", "resampled"]

CELLS = 1_000_000  # numbers in one batch of weights: about 8 MB, which stays near the processor
FEW = 50


def resampled(
    statistic: Callable[[np.ndarray], np.ndarray], n: int, *, blocks: np.ndarray | None = None, resamples: int = 400, seed: int = 0
) -> np.ndarray:
    """(resamples, ...) values of a statistic that is called with weights (b, n) and answers (b, ...).

    blocks: (n,) which rows belong together and are drawn together. Fewer resamples are drawn of very long tables (at least 100).
    """
    generator = np.random.default_rng(seed)
    units, place = (n, None) if blocks is None else _units(blocks)
    count = max(min(resamples, 40 * CELLS // max(n, 1)), min(resamples, 100))
    step = max(1, CELLS // max(n, 1))
    found: list[np.ndarray] = []
    with threadpool_limits(1, "blas"):  # threads that wait for each other on such small products cost more than they save
        for start in range(0, count, step):
            shape = (min(step, count - start), units)
            drawn = generator.standard_exponential(shape) if units < FEW else generator.poisson(1.0, shape).astype(np.float64)
            found.append(np.asarray(statistic(drawn if place is None else drawn[:, place])))
    return np.concatenate(found)


def interval(draws: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """(low, high): the percentiles of the draws (first axis) that hold `level` of them; NaN draws are left out."""
    tail = 50.0 * (1.0 - level)
    with warnings.catch_warnings():  # a statistic that no draw could measure has the interval (NaN, NaN), without a word from NumPy
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = np.nanpercentile(draws, [tail, 100.0 - tail], axis=0)
    return low, high


def _units(blocks: np.ndarray) -> tuple[int, np.ndarray]:
    names, place = np.unique(blocks, return_inverse=True)
    return len(names), place
