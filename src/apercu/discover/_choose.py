"""Chooses, on the search half, claims that say different things.

Forward selection, for each measure by itself: the claim that explains most of what the chosen ones leave over is taken, then the measure's
residuals are formed anew. A *shadow* (a marginal that a found pair explains), a near-copy and a fragment of what was said explain nothing any
more and fall away. A claim of more groups pays for each with PENALTY, as in an information criterion, so a level that stands alone is told
as a segment and a column that varies as a whole as a driver. A conjunction is taken only where it explains more than its conditions do one
by one: two facts that merely add up are told as two. That the measure rises (or falls) with a column is one fact: it is told by its
strongest cut. Claims of kinds that do not divide the rows (see core/pattern), and counts, which vary over no rows, are taken by their strength.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from ..core.condition import Condition
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search
from ._about import About
from ._asked import answers, asked
from ._search import first

__all__ = ["chosen"]

ROWS: Final = 50_000  # searched rows that the choice looks at
PENALTY: Final = 6.0  # chi-square that each group beyond the first must bring: |z| of 2.45
DEEPER: Final = 2.0  # chi-square that each condition beyond the first must bring on top
WEAKEST: Final = 1e-3  # share of a column's length that must be new to count
EXPLAINED: Final = 1e-9  # share of the variance, below which what is left is rounding and not rows
LEAST: Final = 5  # claims that each measure may bring, however many measures there are
ASKED: Final = 0.15  # how much more a claim that answers the question may count among claims that explain nearly as much
FREE: Final = 12  # claims of a kind that does not divide the rows

NOTHING: Final = About()


def chosen(
    claims: Sequence[Claim],
    search: Search,
    kinds: Mapping[str, Any],
    most: int,
    *,
    told: Sequence[Claim] = (),
    penalty: float = PENALTY,
    about: About = NOTHING,
) -> list[Claim]:
    """At most `most` claims that divide the rows, in the order of choice, each measure getting its part; of other kinds the strongest.

    told: claims that are told already, and explain what they explain first. penalty: chi-square that each claim must bring. about: of two claims
    that explain nearly as much, the one that answers the question is taken.
    """
    groups: dict[Measure, list[Claim]] = defaultdict(list)
    free: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if hasattr(kinds[claim.pattern], "divide") and not claim.measure.counts:
            groups[claim.measure].append(claim)
        else:
            free[claim.pattern].append(claim)
    each = max(LEAST, most // max(len(groups), 1))
    turns = zip_longest(*(_Choice(measure, search, kinds, told, penalty).forward(own, each, about) for measure, own in groups.items()))
    picked = [
        claim for turn in turns for claim in sorted(filter(None, turn), key=lambda c: -c.strength)
    ]  # where they are too many, no measure goes without
    kept = most if search.repeated else FREE  # where all rows judge, each claim pays for the search, however many are brought
    strongest = [claim for own in free.values() for claim in sorted(own, key=lambda c: (-c.strength, c.where.say(), c.measure.name))[:kept]]
    named = [claim for claim in answers(claims, about) if claim not in picked]
    return strongest + picked[: max(most, len(groups))] + named + asked(search, about)


class _Choice:
    """What the claims chosen so far leave of one measure."""

    def __init__(self, measure: Measure, search: Search, kinds: Mapping[str, Any], told: Sequence[Claim], penalty: float) -> None:
        x = search.values(measure)[:ROWS]
        self.known = np.flatnonzero(~np.isnan(x))
        self.search, self.kinds, self.penalty = first(search, ROWS), kinds, penalty
        self.rows: Rows = self.search.rows if len(self.known) == self.search.rows.n else self.search.rows.take(self.known)
        self.residual = x[self.known] - x[self.known].mean() if len(self.known) else x[self.known]
        self.basis = np.full((len(self.residual), 1), 1 / np.sqrt(max(len(self.residual), 1)))
        self.variance = self.whole = float(self.residual.var()) if len(self.residual) else 0.0
        for claim in told:
            if claim.measure == measure and hasattr(kinds[claim.pattern], "divide"):
                self._explain(self._as_told(claim))

    def forward(self, claims: Sequence[Claim], most: int, about: About) -> list[Claim]:
        """The claims that explain most, one after the other."""
        if self.whole == 0.0:
            return []
        left = {claim: self._of(claim) for claim in claims}
        picked: list[Claim] = []
        for _ in range(most):
            if not left or self.variance <= EXPLAINED * self.whole:
                break
            gains = {claim: self._gain(parts, claim) for claim, parts in left.items()}
            best = max(gains, key=lambda c: (gains[c] * _asked(c, about), c.strength, c.where.say(), c.pattern))
            if gains[best] <= 0.0:
                break
            if len(best.where.terms) > 1 and left[best].dtype == np.uint8 and self._one_by_one(best) >= gains[best]:
                best = _simplest(best, gains)
            same = next((i for i, one in enumerate(picked) if _trend(one) is not None and _trend(one) == _trend(best)), None)
            if same is None:
                picked.append(best)
            elif best.strength > picked[same].strength:
                picked[same] = best
            self._explain(left.pop(best))
            left = {claim: parts for claim, parts in left.items() if gains[claim] > 0.0}
        return picked

    def _of(self, claim: Claim) -> np.ndarray:
        return np.asarray(self.kinds[claim.pattern].divide(claim, self.search))[self.known]

    def _as_told(self, claim: Claim) -> np.ndarray:
        """The groups of a claim of another search, whose codes are not those of this one: by its conditions."""
        if claim.told("items") is None and claim.told("groups") is None:
            return self._of(claim)
        terms = claim.told("groups")
        parts = np.zeros(self.rows.n, dtype=np.uint8)
        for place, condition in enumerate([Condition((term,)) for term in terms] if terms else [claim.where], 1):
            parts[condition.holds(self.rows)] = place
        return parts

    def _gain(self, parts: np.ndarray, claim: Claim) -> float:
        """The chi-square of the residuals between the groups (or along the values), less what the groups and conditions must pay."""
        if self.variance <= 0.0:
            return 0.0
        price = DEEPER * (len(claim.where.terms) - 1)
        if parts.dtype != np.uint8:
            along = parts - parts.mean()
            length = float(along @ along)
            return (float(along @ self.residual) ** 2 / length / self.variance if length > 0 else 0.0) - self.penalty - price
        counts = np.bincount(parts)
        sums = np.bincount(parts, self.residual)
        used = counts > 0
        between = float((sums[used] ** 2 / counts[used]).sum())
        return between / self.variance - self.penalty * (int(used.sum()) - 1) - price

    def _one_by_one(self, claim: Claim) -> float:
        """The gain of a conjunction's conditions, each as a claim of its own."""
        basis, left = self.basis, self.residual
        for term in claim.where.terms:
            basis, left = _explained(basis, left, term.holds(self.rows).astype(np.uint8))
        return float(self.residual @ self.residual - left @ left) / self.variance - self.penalty * len(claim.where.terms)

    def _explain(self, parts: np.ndarray) -> None:
        self.basis, self.residual = _explained(self.basis, self.residual, parts)
        self.variance = float(self.residual.var())


def _asked(claim: Claim, about: About) -> float:
    return 1.0 + min(ASKED, ASKED * (about.weight(claim) - 1.0))


def _trend(claim: Claim) -> tuple[str, bool] | None:
    """(column, whether the measure rises with it) of a claim about one column and a cut of it, or its steady course; None for other claims."""
    if claim.pattern not in ("segment", "driver") or len(claim.where.terms) != 1:
        return None
    (term,), shape = claim.where.terms, claim.told("shape")
    if shape == "varies" or (shape is None and term.op not in (">", "<=")):
        return None
    return claim.where.columns()[0], shape == "rises" if shape else (term.op == ">") == (claim.direction == "high")


def _simplest(claim: Claim, gains: Mapping[Claim, float]) -> Claim:
    """The best claim of one condition on a column of the conjunction; the conjunction itself where there is none."""
    columns = set(claim.where.columns())
    single = [c for c in gains if len(c.where.terms) == 1 and set(c.where.columns()) <= columns and gains[c] > 0.0]
    return max(single, key=lambda c: (gains[c], c.strength, c.where.say()), default=claim)


def _explained(basis: np.ndarray, residual: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The orthonormal columns and the residuals after one more claim (Gram and Schmidt, twice for accuracy)."""
    for column in _columns(parts):
        once = column - basis @ (basis.T @ column)
        own = once - basis @ (basis.T @ once)
        norm = float(np.linalg.norm(own))
        if norm > WEAKEST * float(np.linalg.norm(column)):
            own /= norm
            basis = np.column_stack([basis, own])
            residual = residual - own * float(own @ residual)
    return basis, residual


def _columns(parts: np.ndarray) -> Iterator[np.ndarray]:
    """The columns of numbers that a claim's groups, or values, are."""
    if parts.dtype != np.uint8:
        yield parts.astype(np.float64)
        return
    for group in np.unique(parts)[1:]:
        yield (parts == group).astype(np.float64)
