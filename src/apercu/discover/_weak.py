"""Weak effects: a second search, on all rows, of segments of one to three conditions, paid for by permutations of that search.

A half of the rows is too little to search for an effect of .15 standard deviations and the other too little to prove it. On all rows the
search is repeated under permutations of the target (Westfall & Young 1993); what outlives them at its SHARE of the rate is united with what the two
halves proved at the rest, so both together hold the rate. Claims that the proved ones explain are not told again; a refinement of what is told
(a cell of a column that a proved claim speaks of) needs unseen rows, for on all rows the curvature of a rate passes for one. Measured, on tables of
10,000 rows: recall at effect .15 rises from .33 to .53 without a false line more (docs/design.md).

What it does not do: look at tables so large that a half has the power, or at triples none of whose pairs is remarkable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ..core.finding import Claim
from ..core.split import Split
from ._choose import chosen
from ._prove import Held, Null
from ._search import searched

if TYPE_CHECKING:
    from . import Options

__all__ = ["SHARE", "affordable_weak", "weak"]

SHARE: Final = 0.6  # of the rate that this search has; the other is that of the two halves
ROUNDS: Final = 99  # permutations: what at most two of them reach holds at a rate of 3 / 100 = .6 x .05
VISITS: Final = 1e9  # row visits that all permutations together may cost, a second or two of one core
KIND: Final = "segment"
LAXEST: Final = 0.25  # rate beyond which nothing is looked at, however much is told
LEFT: Final = 0.75  # share of the threshold that must be left of a claim once what is told is explained


def affordable_weak(split: Split) -> bool:
    """Whether the table has a target, two halves, and few enough rows and columns to be searched again and again."""
    if split.goal is None or split.how == "permutation":
        return False
    columns = sum(1 for c in split.data.schema.features())
    return split.rows.n * math.comb(columns, 2) * ROUNDS * len(split.goal.levels()) <= VISITS


def weak(split: Split, told: Sequence[Claim], kinds: Mapping[str, Any], options: Options) -> tuple[Held, int]:
    """((claim, evidence, q) of each further segment, how many were tested)."""
    kind = {KIND: kinds[KIND]}
    search = replace(split.whole.deepest(min(options.depth, 3)), repeated=True)
    searched(search)  # coded once; every permutation shares it
    rate = SHARE * options.q
    before = sum(claim.pattern == KIND for claim in told)  # what the halves proved lets more hold beside it, at the same share of false ones
    lax = min(rate * (1 + before), LAXEST)
    spoken = {name for claim in told for name in claim.where.columns()}
    found = [claim for claim in kinds[KIND].propose(search) if not set(claim.where.columns()) & spoken]
    null = Null.of(search, kind, ROUNDS, split.seed, found, lax)
    thresholds = {terms: null.threshold((KIND, terms), lax) for terms in range(1, search.depth + 1)}
    strong = [claim for claim in found if claim.strength >= thresholds[len(claim.where.terms)]]
    least = (LEFT * min(null.threshold((KIND, terms), rate) for terms in thresholds)) ** 2  # what is told must explain it, however lax the rate
    claims = chosen(strong, search, kinds, options.claims, told=told, penalty=least)
    return null.held(claims, split.everyone, kinds, rate, options.q, before), len(claims)
