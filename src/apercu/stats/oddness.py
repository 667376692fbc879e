"""How odd rows are beside rows that were fitted: by neighbours in small samples, by a Gaussian mixture, and by the spread of single columns.

    score = nearest(fit, rows)            # (n,) larger is odder; so are `mixture` and `spread`
    best = joined([a, b, c])              # (n,) 0..1: the mean of the two highest ranks

`nearest`: the distance to the nearest of a few sampled rows, averaged over samples (Sugiyama & Borgwardt 2013); samples so small hold hardly any of
a clump of odd rows, so that they cannot hide each other. `mixture`: minus the log-density of a mixture of normals on principal components.
`spread`: the root mean square of robust z over columns. `joined`: no detector is best everywhere (Han et al., ADBench 2022), and a row that two of
several find odd is odd enough: the mean of the two highest ranks lies between mean and maximum (Aggarwal & Sathe 2015). All take float64 without
NaN, standardised columns for the first two. What they do *not* do: say how many rows are odd (see `tails.chances`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import rankdata

__all__ = ["joined", "mixture", "nearest", "normal_scores", "spread"]

SAMPLES: Final = 20  # samples of `nearest`
SIZE: Final = 32  # rows of one
PARTS: Final = 8  # normals of a mixture
ROUNDS: Final = 20  # of fitting it
HELD: Final = 0.99  # of the variance, in the components that a mixture sees
COMPONENTS: Final = 10  # at most
FITTED: Final = 5_000  # rows that a mixture is fitted on at most
EVEN: Final = 0.05  # of a component's variance, added to that of each normal
NARROW: Final = 0.1  # robust deviation of a column beside its standard deviation, below which it is not trusted
CHUNK: Final = 20_000  # rows whose distances are held at once


def nearest(fit: np.ndarray, rows: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n,) mean distance of rows (n, d) to the nearest of SIZE rows of fit (m, d), over SAMPLES draws."""
    generator, total = np.random.default_rng(seed), np.zeros(len(rows))
    lengths = (rows**2).sum(axis=1)
    for _ in range(SAMPLES):
        drawn = fit[generator.choice(len(fit), min(SIZE, len(fit)), replace=False)]
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            squares = lengths[part, None] + (drawn**2).sum(axis=1) - 2.0 * rows[part] @ drawn.T
            total[part] += np.sqrt(np.maximum(squares.min(axis=1), 0.0))
    return total / SAMPLES


def mixture(fit: np.ndarray, rows: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n,) minus the log-density of rows (n, d) under a mixture of PARTS normals, fitted by expectation and maximisation on components of fit (m,
    d).
    """
    generator = np.random.default_rng(seed)
    fit = fit[generator.choice(len(fit), min(FITTED, len(fit)), replace=False)]
    middle = fit.mean(axis=0)
    _, size, turn = np.linalg.svd(fit - middle, full_matrices=False)
    power = np.cumsum(size**2)
    if not len(power) or power[-1] == 0.0:
        return np.zeros(len(rows))
    keep = min(int(np.searchsorted(power, HELD * power[-1])) + 1, COMPONENTS)
    turned = turn[:keep].T * (np.sqrt(len(fit)) / size[:keep])
    x = (fit - middle) @ turned
    parts = min(PARTS, max(1, len(x) // (5 * keep)))
    centres = x[generator.choice(len(x), parts, replace=False)]
    normals: _Normals = []
    share = np.eye(parts)[((x[:, None, :] - centres) ** 2).sum(axis=2).argmin(axis=1)]
    for _ in range(ROUNDS):
        normals = _normals(x, share)
        density = _densities(x, normals)
        share = np.exp(density - logsumexp(density, axis=1, keepdims=True))
    return -np.asarray(logsumexp(_densities((rows - middle) @ turned, normals), axis=1))


def spread(fit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(n,) root mean square over columns of (x - median) / (interquartile range / 1.349), of rows (n, d) by fit (m, d)."""
    low, middle, high = np.quantile(fit, [0.25, 0.5, 0.75], axis=0)
    wide = np.maximum((high - low) / 1.349, NARROW * fit.std(axis=0))
    return np.sqrt((((rows - middle) / np.where(wide > 0, wide, 1.0)) ** 2).mean(axis=1))


def normal_scores(fit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(n, d) each column of rows as the normal quantile of its place among fit (m, d): skew and tails are gone, order stays."""
    made = np.empty_like(rows)
    for j in range(fit.shape[1]):
        known = np.sort(fit[:, j])
        place = np.searchsorted(known, rows[:, j], side="left") + np.searchsorted(known, rows[:, j], side="right") + 1.0
        made[:, j] = ndtri(place / (2.0 * len(known) + 2.0))
    return made


def joined(scores: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) in 0..1: the mean of the two highest of each row's ranks by several scores (n,)."""
    ranks = np.stack([rankdata(score) / (len(score) + 1.0) for score in scores])
    return np.sort(ranks, axis=0)[-2:].mean(axis=0)


_Normals = list[tuple[np.ndarray, np.ndarray, float]]  # of each part: centre, what makes its rows round, log weight


def _normals(x: np.ndarray, share: np.ndarray) -> _Normals:
    """The normals, from (m, parts) shares. The inverse of each Cholesky factor is kept: dimensions are few, rows are many."""
    made = []
    d = x.shape[1]
    for own in share.T:
        weight = float(own.sum()) + 1e-9
        centre = own @ x / weight
        apart = x - centre
        cover = (apart * own[:, None]).T @ apart / weight + (EVEN + d / weight) * np.eye(d)
        made.append((centre, np.linalg.inv(np.linalg.cholesky(cover)), np.log(weight / len(x))))
    return made


def _densities(x: np.ndarray, normals: _Normals) -> np.ndarray:
    """(n, parts) log of weight times density."""
    told = []
    for centre, rounding, weight in normals:
        z = x @ rounding.T - rounding @ centre
        told.append(weight - 0.5 * (z**2).sum(axis=1) + np.log(np.diag(rounding)).sum())
    return np.stack(told, axis=1)
