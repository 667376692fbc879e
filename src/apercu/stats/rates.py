"""The interval of one rate where rows come in blocks (the visits of one customer, the readings of one day), which resemble each other.

    rate(hits of rows, blocks) -> 0.31 (0.19 to 0.46), where a formula for independent rows would say 0.27 to 0.35

The spread of the rate is that of the blocks' sums (Taylor linearisation, as of a ratio: Kish 1965). What it is larger than that of as many
independent rows, the design effect, makes the rows count for so many fewer, and the interval is Wilson's (1927) of that effective number, widened
from the normal to Student's t of the blocks (Korn & Graubard 1998). Where all rows agree nothing can be seen of the spread, and every block counts
as one row. It assumes independent blocks; with fewer than some ten of them it is a guess, and a wide one.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from .intervals import wilson

__all__ = ["rate"]


def rate(hits: np.ndarray, blocks: np.ndarray | None, level: float = 0.95) -> tuple[float, float, float]:
    """(rate, low, high) of 0/1 hits (n,); blocks (n,) int tell which rows belong together, None: each for itself. (0, 0, 1) of no rows."""
    n = len(hits)
    if n == 0:
        return 0.0, 0.0, 1.0
    seen = float(hits.mean())
    if blocks is None:
        return seen, *wilson(float(hits.sum()), n, level)
    _, place = np.unique(blocks, return_inverse=True)
    sums = np.bincount(place, hits - seen)
    count = len(sums)
    if count < 2:
        return seen, 0.0, 1.0
    effective = float(count)
    if 0.0 < seen < 1.0:
        spread = count / (count - 1) * float((sums**2).sum()) / n**2
        effective = min(float(n), seen * (1.0 - seen) / max(spread, 1e-300))
    wider = float(ndtri(0.5 + level / 2) / stdtrit(count - 1, 0.5 + level / 2)) ** 2
    effective = max(1e-3, effective * wider)
    low, high = wilson(seen * effective, effective, level)
    return seen, low, high
