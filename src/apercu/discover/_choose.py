"""Chooses, on the search half, claims that say different things.

Forward selection: the claim whose groups explain most of what the chosen ones leave over is taken, then the measure's residuals are
formed anew. A *shadow* (a marginal that a found pair explains), a near-copy and a fragment of what was said explain nothing any more and
fall away. A claim of more groups pays for each with PENALTY, as in an information criterion, so a level that stands alone is told as a
segment and a column that varies as a whole as a driver. A conjunction is taken only where it explains more than its conditions do one by
one: two facts that merely add up are told as two. That the measure rises (or falls) with a column is one fact: it is told by its strongest
cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from ..core.finding import Claim
from ..core.rows import Rows
from ..core.split import Search

__all__ = ["chosen"]

ROWS: Final = 50_000  # searched rows that the choice looks at
PENALTY: Final = 6.0  # chi-square that each group beyond the first must bring: |z| of 2.45
DEEPER: Final = 2.0  # chi-square that each condition beyond the first must bring on top
WEAKEST: Final = 1e-3  # share of a column's length that must be new to count
EXPLAINED: Final = 1e-9  # share of the variance, below which what is left is rounding and not rows


def chosen(claims: Sequence[Claim], search: Search, kinds: Mapping[str, Any], most: int) -> list[Claim]:
    """At most `most` claims, in the order of choice, each level of the goal getting its part; kinds without groups all stay."""
    free = [claim for claim in claims if not hasattr(kinds[claim.pattern], "divide")]
    levels = search.goal.levels()
    each = max(5, most // len(levels))
    turns = zip_longest(*(_forward([c for c in claims if c.level == level and c not in free], search, kinds, each) for level in levels))
    picked = [
        claim for turn in turns for claim in sorted(filter(None, turn), key=lambda c: -c.strength)
    ]  # where they are too many, no level goes without
    return sorted(free, key=lambda c: -c.strength)[:most] + picked[:most]


def _forward(claims: Sequence[Claim], search: Search, kinds: Mapping[str, Any], most: int) -> list[Claim]:
    if not claims:
        return []
    part = search.rows.take(np.arange(min(ROWS, search.rows.n)))
    measure = search.goal.measured(part, claims[0].level or None)
    residual = measure - measure.mean()
    basis = np.full((len(residual), 1), 1 / np.sqrt(len(residual)))
    open_claims = {claim: kinds[claim.pattern].divide(claim, search)[: part.n] for claim in claims}
    picked: list[Claim] = []
    whole = variance = float(residual.var())
    for _ in range(most):
        if not open_claims or variance <= EXPLAINED * whole:
            break
        gains = {claim: _gain(labels, residual, variance, claim) for claim, labels in open_claims.items()}
        best = max(gains, key=lambda c: (gains[c], c.strength, c.where.say()))
        if gains[best] <= 0.0:
            break
        if len(best.where.terms) > 1 and _one_by_one(best, part, basis, residual, variance) >= gains[best]:
            best = _simplest(best, gains)
        same = next((i for i, told in enumerate(picked) if _trend(told) is not None and _trend(told) == _trend(best)), None)
        if same is None:
            picked.append(best)
        elif best.strength > picked[same].strength:
            picked[same] = best
        basis, residual = _explained(basis, residual, open_claims.pop(best))
        variance = float(residual.var())
        open_claims = {claim: labels for claim, labels in open_claims.items() if gains[claim] > 0.0}
    return picked


def _trend(claim: Claim) -> tuple[str, bool] | None:
    """(column, whether the measure rises with it) of a claim about one column and a cut of it, or its steady course; None for other claims."""
    term, *more = claim.where.terms
    shape = dict(claim.detail).get("shape")
    if more or shape == "varies" or (shape is None and term.op not in (">", "<=")):
        return None
    return claim.where.columns()[0], shape == "rises" if shape else (term.op == ">") == (claim.direction == "high")


def _one_by_one(claim: Claim, rows: Rows, basis: np.ndarray, residual: np.ndarray, variance: float) -> float:
    """The gain of a conjunction's conditions, each as a claim of its own."""
    left = residual
    for term in claim.where.terms:
        basis, left = _explained(basis, left, term.holds(rows).astype(np.uint8))
    return float(residual @ residual - left @ left) / variance - PENALTY * len(claim.where.terms)


def _simplest(claim: Claim, gains: Mapping[Claim, float]) -> Claim:
    """The best claim of one condition on a column of the conjunction; the conjunction itself where there is none."""
    columns = set(claim.where.columns())
    single = [c for c in gains if len(c.where.terms) == 1 and set(c.where.columns()) <= columns and gains[c] > 0.0]
    return max(single, key=lambda c: (gains[c], c.strength, c.where.say()), default=claim)


def _gain(labels: np.ndarray, residual: np.ndarray, variance: float, claim: Claim) -> float:
    """The chi-square of the residuals between the groups, less what the groups and conditions must pay."""
    counts = np.bincount(labels)
    sums = np.bincount(labels, residual)
    used = counts > 0
    between = float((sums[used] ** 2 / counts[used]).sum())
    price = PENALTY * (int(used.sum()) - 1) + DEEPER * (len(claim.where.terms) - 1)
    return between / variance - price if variance > 0 else 0.0


def _explained(basis: np.ndarray, residual: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The orthonormal columns and the residuals after the groups of one more claim (Gram and Schmidt, twice for accuracy)."""
    for group in np.unique(labels)[1:]:
        column = (labels == group).astype(np.float64)
        length = np.sqrt(column.sum())
        for _ in range(2):
            column -= basis @ (basis.T @ column)
        norm = float(np.linalg.norm(column))
        if norm > WEAKEST * length:
            column /= norm
            basis = np.column_stack([basis, column])
            residual = residual - column * float(column @ residual)
    return basis, residual
