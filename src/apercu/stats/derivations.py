"""One pass along derivations: which inferred facts still stand when some that were stated are gone, and how sure they are.

    standing(premises, factor, np.array([True, False]), np.array([1.0, 0.0]))

Facts have numbers, those that were stated first; the premises of an inferred one have smaller numbers than it has, so one pass in order is
enough. A fact stands when all its premises stand; its weight is its clause's factor times the least weight of its premises. What it does
*not* do: look for another derivation of what no longer stands.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["standing"]


@numba.njit(cache=True, nogil=True)
def standing(
    premises: np.ndarray, factor: np.ndarray, stated: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(stands (m + n,) bool, weights (m + n,) float32) of m stated facts and n inferred ones.

    premises (n, width) int32 numbers, -1 for none; factor (n,) float32 of each inferred fact; stated (m,) bool and weight (m,) float32 of
    the stated ones.
    """
    m, n = len(stated), len(premises)
    stands = np.empty(m + n, np.bool_)
    sure = np.empty(m + n, np.float32)
    stands[:m] = stated
    sure[:m] = weight
    for i in range(n):
        holds = True
        least = np.float32(np.inf)
        for j in range(premises.shape[1]):
            p = premises[i, j]
            if p >= 0:
                holds = holds and stands[p]
                least = min(least, sure[p])
        stands[m + i] = holds
        sure[m + i] = least * factor[i]
    return stands, sure
