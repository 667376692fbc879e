"""The conformal quantile: how far an interval must reach so that the next row lies inside with a stated chance.

    wider = reach(scores, 0.9)

Of n exchangeable scores and one to come, the one to come is at most the ceil((n + 1) c)-th smallest with a chance of at least c (Vovk et al. 2005;
Romano, Patterson & Candès 2019). With weights the share is weighted, the row to come counting one. What it does not need: any distribution.
What breaks it: rows to come that differ from those that gave the scores.
"""

from __future__ import annotations

import numpy as np

__all__ = ["reach"]


def reach(scores: np.ndarray, coverage: float, weights: np.ndarray | None = None) -> float:
    """The least score s (n,) so that the share of scores up to it, the row to come counted above it, is at least `coverage`.

    Too few rows for that give the largest score; no row gives 0.
    """
    if not len(scores):
        return 0.0
    order = np.argsort(scores, kind="stable")
    weight = np.ones(len(scores)) if weights is None else weights[order]
    share = np.cumsum(weight) / (weight.sum() + 1.0)
    return float(scores[order][min(int(np.searchsorted(share, coverage - 1e-12, side="left")), len(scores) - 1)])
