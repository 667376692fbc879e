"""False-discovery rates.

`benjamini_hochberg` (1995) holds the rate under independence and positive dependence; `benjamini_yekutieli` (2001) under any.
Intervals of selected claims get the level 1 - q R / m (false coverage rate, Benjamini & Yekutieli 2005), R of m claims being held.

>>> [round(float(q), 3) for q in benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5]))]
[0.04, 0.053, 0.053, 0.5]
"""

from __future__ import annotations

import numpy as np

__all__ = ["benjamini_hochberg", "benjamini_yekutieli", "coverage_level", "stepped_up"]


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """(m,) q-values of (m,) p-values: the smallest rate at which each would be held."""
    m = len(p)
    order = np.argsort(p, kind="stable")
    stepped = np.asarray(p, dtype=np.float64)[order] * m / np.arange(1, m + 1)
    q = np.empty(m)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q


def benjamini_yekutieli(p: np.ndarray) -> np.ndarray:
    """(m,) q-values that hold under any dependence of the tests; larger by the harmonic sum of m."""
    return np.minimum(benjamini_hochberg(p) * np.sum(1.0 / np.arange(1, len(p) + 1)), 1.0)


def stepped_up(p: np.ndarray, before: int = 0) -> np.ndarray:
    """(m,) q-values of p (m,) that each pay for their whole search already, where `before` more of the same search hold.

    Benjamini and Hochberg ask of the k-th smallest p that m p <= k q; m p is what Bonferroni, or Westfall and Young, make of it.
    """
    order = np.argsort(p, kind="stable")
    q = np.empty(len(p))
    shares = np.asarray(p, dtype=np.float64)[order] / np.arange(before + 1, before + len(p) + 1)
    q[order] = np.minimum(np.minimum.accumulate(shares[::-1])[::-1], 1.0)
    return q


def coverage_level(held: int, tested: int, q: float) -> float:
    """The level at which intervals of `held` of `tested` claims must be built for a false coverage rate of q."""
    return 1.0 - q * held / tested
