"""What is worth bringing before the rows that judge: how large a z must be, and what dependent rows leave of it."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from ..core.split import Search
from ..stats.tests import clustered

__all__ = ["as_z", "in_blocks", "keep", "root"]

FEWEST: Final = 5  # rows on either side


def keep(looks: int) -> float:
    """The least z of a claim of a family of so many looks: a little above what the strongest of so many noises reaches."""
    return math.sqrt(2 * math.log(max(looks, 2))) + 0.5


def as_z(tail: float) -> float:
    """The z that a one-sided p belongs to; at most 37."""
    return float(-ndtri(max(tail, 1e-300)))


def in_blocks(search: Search, x: np.ndarray, inside: np.ndarray) -> float:
    """The z of a difference of means of x (n,) inside (n,) bool and elsewhere, where rows come in blocks; without blocks, 37."""
    if search.blocks is None:
        return as_z(0.0)
    known = ~np.isnan(x)
    if min(int((inside & known).sum()), int((~inside & known).sum())) < FEWEST:
        return 0.0
    return as_z(clustered(x[known], inside[known], search.blocks[known]).tail)


def root(tree: dict[Any, Any], place: Any) -> Any:
    """The one that stands for all that are tied to `place`: a tree holds for each what it is tied to, itself at the root."""
    while tree[place] != place:
        place = tree[place]
    return place
