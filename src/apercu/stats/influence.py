"""The error of an estimate that is a sum over rows, when rows of one cluster resemble each other.

An estimate whose error is, nearly, the sum of one influence per row has the variance of that sum; where rows come in clusters, influences are
summed within each first (Liang & Zeger 1986). `design` is how many times larger that makes a variance than independent rows would (Kish 1965;
Rao & Scott 1981 divide chi-squares by it), never taken below 1. Assumes independent clusters, about ten or more; fewer tell nothing.

>>> round(design([np.array([1.0, 1.0, -1.0, -1.0] * 20)], np.arange(80) // 2), 2)
2.05
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

__all__ = ["CLUSTERS", "design", "error"]

CLUSTERS = 10  # least clusters from which an error can be told


def error(influence: np.ndarray, clusters: np.ndarray | None = None) -> tuple[float, float]:
    """(standard error, degrees of freedom) of a sum of influences (n,), each of about mean 0; (inf, 1) of too few rows or clusters.

    clusters (n,) int >= 0, or None where rows are independent; the larger of both errors counts.
    """
    n = len(influence)
    if n < 2:
        return math.inf, 1.0
    plain = math.sqrt(float(influence @ influence) * n / (n - 1))
    if clusters is None:
        return plain, n - 1.0
    sums = _sums(influence, clusters)
    if len(sums) < CLUSTERS:
        return math.inf, 1.0
    whole = math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1))
    return max(plain, whole), len(sums) - 1.0


def design(influences: Iterable[np.ndarray], clusters: np.ndarray | None = None) -> float:
    """How many times the variance of independent rows an estimate has, at least 1; inf of too few clusters. Several influences (n,) are averaged."""
    if clusters is None:
        return 1.0
    plain, whole, many = 0.0, 0.0, 0
    for influence in influences:
        sums = _sums(influence, clusters)
        many = len(sums)
        plain += float(influence @ influence)
        whole += float(sums @ sums)
    if many < CLUSTERS:
        return math.inf
    return max(1.0, whole / plain * many / (many - 1)) if plain > 0 else 1.0


def _sums(influence: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(clusters that have rows,) their sums."""
    _, place = np.unique(clusters, return_inverse=True)
    return np.bincount(place, influence)
