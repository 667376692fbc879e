"""Proves claims: on the half that no search saw, or, in small tables, against permutations of the whole search.

Two halves: each claim is one hypothesis fixed before the verify half is opened, so Benjamini and Hochberg over their valid p-values holds
the false-discovery rate; the intervals of those held get the level 1 - q R / m (false coverage rate).

Small tables: no half to spare. The target is permuted and the whole search repeated (Westfall & Young 1993); a claim's p is the share of
permutations whose strongest claim of the same family (pattern and number of conditions) is as strong. It holds the chance of any false
finding in a family, and the Bonferroni factor over families that of any at all. Intervals widen by the same distribution. Assumes rows,
or blocks of rows, to be exchangeable under the null hypothesis.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import ndtr

from ..core.finding import Claim, Evidence
from ..core.progress import steps
from ..core.split import Search, Split, Verify
from ..stats.fdr import benjamini_hochberg, benjamini_yekutieli, coverage_level

if TYPE_CHECKING:
    from . import Options

__all__ = ["proved"]

Held = list[tuple[Claim, Evidence, float]]
MISSED: Final = 0.05  # rate at which intervals may miss: sentences call them 95% intervals, however lax the rate of the findings
WIDEST: Final = 1 - 1e-9  # level of an interval beyond which its quantile says nothing more


def proved(claims: Sequence[Claim], split: Split, search: Search, kinds: Mapping[str, Any], options: Options) -> tuple[Held, int]:
    """((claim, evidence, q) of each claim that held, how many were tested)."""
    if not claims:
        return [], 0
    verify = split.verify
    if split.how == "permutation":
        return _by_permutations(claims, verify, search, kinds, options, split.seed), len(claims)
    tried = [kinds[claim.pattern].verify(claim, verify) for claim in claims]
    rates = benjamini_yekutieli if options.strict else benjamini_hochberg
    q = rates(np.array([evidence.p for evidence in tried]))
    held = [i for i in range(len(claims)) if q[i] <= options.q]
    harmonic = float(np.sum(1.0 / np.arange(1, len(claims) + 1))) if options.strict else 1.0
    level = coverage_level(len(held), len(claims), min(options.q, MISSED) / harmonic)
    return [(claims[i], kinds[claims[i].pattern].verify(claims[i], verify, level), float(q[i])) for i in held], len(claims)


def _family(claim: Claim) -> tuple[str, int]:
    return claim.pattern, len(claim.where.terms)


def _by_permutations(claims: Sequence[Claim], verify: Verify, search: Search, kinds: Mapping[str, Any], options: Options, seed: int) -> Held:
    null = _null_strengths(search, kinds, options.rounds, seed)
    families = set(null) | {_family(claim) for claim in claims}
    held: Held = []
    for claim in claims:
        strengths = null[_family(claim)]
        p = (1 + int(np.count_nonzero(strengths >= claim.strength))) / (1 + options.rounds)
        q = min(1.0, p * len(families))
        if q <= options.q:
            critical = float(np.quantile(strengths, 1 - min(options.q, MISSED) / len(families), method="higher"))
            level = min(max(float(2 * ndtr(critical) - 1), 0.95), WIDEST)
            evidence = kinds[claim.pattern].verify(claim, verify, level)
            if evidence.effect * (1 if claim.direction == "high" else -1) > 0:
                held.append((claim, replace(evidence, p=p), q))
    return held


def _null_strengths(search: Search, kinds: Mapping[str, Any], rounds: int, seed: int) -> dict[tuple[str, int], np.ndarray]:
    """{family: (rounds,) strength of the strongest claim after each permutation of the target}; 0 where nothing was proposed."""
    strongest: dict[tuple[str, int], np.ndarray] = defaultdict(lambda: np.zeros(rounds))
    generator = np.random.default_rng(seed)
    for i in steps("discover", range(rounds)):
        noise = search.permuted(generator)
        for kind in kinds.values():
            for claim in kind.propose(noise):
                family = strongest[_family(claim)]
                family[i] = max(family[i], claim.strength)
    return strongest
