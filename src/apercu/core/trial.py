"""Trial: what facts that no search saw say of a clause."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .clause import Clause

__all__ = ["Trial"]


@dataclass(frozen=True)
class Trial:
    """On n pairs of things to which a clause's body leads, its head is stated of the share `value`, and would be of `base` by chance.

    alone: how many of the pairs are independent (different things on both sides); covered: share of the head relation's unseen facts to which the
    body leads; p: of the null hypothesis that the body says nothing of the head.
    """

    clause: Clause
    n: int
    alone: int
    value: float
    base: float
    covered: float
    p: float

    @property
    def reach(self) -> float:
        """0..1: the mean, by its factors, of how often the clause is right and how much of the relation it tells; nearly their correlation."""
        return math.sqrt(max(0.0, self.value - self.base) * self.covered)
