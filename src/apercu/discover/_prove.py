"""Proves claims: on the half that no search saw, or on all rows where the search itself is paid for.

Two halves: each claim is one hypothesis fixed before the verify half is opened, so Benjamini and Hochberg over their valid p-values holds
the false-discovery rate; the intervals of those held get the level 1 - q R / m (false coverage rate).

Kinds that are `everywhere` follow a clock, of which a half of its stretches knows no moment well: "instead" of the halves, or "besides" them, they
search and judge all rows, at WHOLE of the rate, and pay for all that they looked at as in small tables. What holds there is told where no other
claim that held explains it.

Small tables: no half to spare, so each claim pays for its whole search, in one of two ways, each at half the rate.
* Claims that count their `looks`: every kind has an equal part of the rate, whatever it found, and a claim's p is multiplied by all that its
  kind looked at (Bonferroni 1936), valid under any dependence.
* All others: the measures are permuted together and the whole search repeated (Westfall & Young 1993). A family is a pattern with a number
  of conditions; strengths are centred and scaled by their family's permutations, so that no family drowns another, and a claim's p is the
  share of permutations whose strongest claim of any family is as strong. It holds the chance of any false finding. Assumes rows, or
  blocks of rows, to be exchangeable under the null hypothesis; effects of one measure leave the null of another as it is.
In both, what has paid for its whole search is stepped up within its kind: the k-th is held at k times the rate (Benjamini & Hochberg 1995).
Intervals widen by the same distribution, or by the same count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from scipy.special import ndtr

from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.progress import steps
from ..core.split import Search, Split, Verify
from ..stats.fdr import benjamini_hochberg, benjamini_yekutieli, coverage_level, stepped_up
from ._choose import chosen

if TYPE_CHECKING:
    from . import Options

__all__ = ["Held", "Null", "proved"]

Held = list[tuple[Claim, Evidence, float]]
Family = tuple[str, int]
MISSED: Final = 0.05  # rate at which intervals may miss: sentences call them 95% intervals, however lax the rate of the findings
WIDEST: Final = 1 - 1e-9  # level of an interval beyond which its quantile says nothing more
SLACK: Final = 0.5  # standard errors by which exact tests, and those of few clusters, are wider than the z of a search
LOOK: Final = 10  # rounds after which it is asked whether any claim can still hold
HOPELESS: Final = 2.0  # times the rate's share of all rounds that reach every claim: none can hold any more
WHOLE: Final = 0.3  # of the rate that kinds have which search and judge on all rows
ENOUGH: Final = 50_000  # rows that such a search looks at
TIMED: Final = 0.02  # of the rate: what p of its own a claim must have besides where rows have a clock, whose stretches are not quite exchangeable
FLOOR: Final = 0.25  # least spread of a family's strongest claims that they are scaled by


def proved(claims: Sequence[Claim], split: Split, search: Search, kinds: Mapping[str, Any], options: Options) -> tuple[Held, int]:
    """((claim, evidence, q) of each claim that held, how many were tested)."""
    whole = {name: kind for name, kind in kinds.items() if hasattr(kind, "everywhere")}
    if whole and options.weak and split.how != "permutation" and search.clocks():
        unseen = replace(options, q=options.q * (1 - WHOLE), weak=False)
        halved = [claim for claim in claims if getattr(kinds[claim.pattern], "everywhere", "") != "instead"]
        held, tested = proved(halved, split, search, kinds, unseen)
        more, looked = _everywhere(split, search.measures, [claim for claim, _, _ in held], kinds, whole, options)
        return [*held, *more], tested + looked
    if not claims:
        return [], 0
    verify = split.verify
    if split.how == "permutation":
        counted, others = [c for c in claims if c.looks], [c for c in claims if not c.looks]
        rate = options.q / 2 if counted and others else options.q
        held = _by_count(counted, verify, kinds, rate, options.q)
        if others:
            null = Null.of(search, {c.pattern: kinds[c.pattern] for c in others}, options.rounds, split.seed, others, rate)
            held += null.held(others, verify, kinds, rate, options.q)
        return held, len(claims)
    tried = [kinds[claim.pattern].verify(claim, verify) for claim in claims]
    rates = benjamini_yekutieli if options.strict else benjamini_hochberg
    q = rates(np.array([evidence.p for evidence in tried]))
    held = [i for i in range(len(claims)) if q[i] <= options.q]
    harmonic = float(np.sum(1.0 / np.arange(1, len(claims) + 1))) if options.strict else 1.0
    level = coverage_level(len(held), len(claims), min(options.q, MISSED) / harmonic)
    return [(claims[i], kinds[claims[i].pattern].verify(claims[i], verify, level), float(q[i])) for i in held], len(claims)


def _everywhere(
    split: Split, measures: tuple[Measure, ...], told: Sequence[Claim], kinds: Mapping[str, Any], whole: Mapping[str, Any], options: Options
) -> tuple[Held, int]:
    """(what the kinds `whole` hold on all rows, at WHOLE of the rate, how many claims were judged); `told` explain what they explain."""
    every, judge = split.whole, split.everyone
    rows = every.rows if every.rows.n <= ENOUGH else every.rows.take(np.arange(ENOUGH))
    blocks = None if every.blocks is None or judge.timed else every.blocks[: rows.n]  # no stretch of the clock is missing
    search = replace(every, rows=rows, blocks=blocks, measures=measures, cache={})
    found = [claim for kind in whole.values() for claim in kind.propose(search)]
    held = _by_count(found, judge, whole, WHOLE * options.q, options.q)  # what falls here must not have explained what would have held
    kept = chosen([claim for claim, _, _ in held], search, kinds, options.claims, told=told)
    return [one for one in held if one[0] in kept], len(found)


def _by_count(claims: Sequence[Claim], verify: Verify, kinds: Mapping[str, Any], rate: float, whole: float) -> Held:
    """Claims whose p, times all hypotheses that their kind looked at, stays below the kind's part of the rate."""
    held: Held = []
    for kind in dict.fromkeys(claim.pattern for claim in claims):
        own = [claim for claim in claims if claim.pattern == kind]
        tried = [kinds[kind].verify(claim, verify).p for claim in own]
        paid = np.array([min(1.0, p * claim.looks * len(kinds)) for p, claim in zip(tried, own, strict=True)])
        q = stepped_up(paid) * whole / rate
        many = int(np.count_nonzero(q <= whole))
        for i in np.flatnonzero(q <= whole):
            level = min(1 - min(rate * many, MISSED) / max(own[i].looks * len(kinds), 1), WIDEST)
            held.append((own[i], replace(kinds[kind].verify(own[i], verify, level), p=tried[i]), float(q[i])))
    return held


class Null(NamedTuple):
    """The strongest claim of each family after each permutation of the measures: {family: (rounds,)}; 0 where nothing was proposed."""

    strengths: Mapping[Family, np.ndarray]
    rounds: int

    @staticmethod
    def of(search: Search, kinds: Mapping[str, Any], rounds: int, seed: int, claims: Sequence[Claim], rate: float) -> Null:
        """Repeats the search of the kinds `rounds` times on permuted measures; less often once none of the claims can hold at `rate` any more.

        Stopping takes claims away and brings none, so the rate holds (Besag & Clifford 1991); at HOPELESS times the rate it takes hardly any.
        """
        strongest: dict[Family, np.ndarray] = defaultdict(lambda: np.zeros(rounds))
        generator = np.random.default_rng(seed)
        for i in steps("discover", range(rounds)):
            noise = search.permuted(generator)
            for name, kind in kinds.items():
                for terms, strength in _peaks(kind, noise):
                    family = strongest[name, terms]
                    family[i] = max(family[i], strength)
            if (i + 1) % LOOK == 0:
                so_far = Null({family: s[: i + 1] for family, s in strongest.items()}, i + 1)
                if so_far.beaten(claims) > HOPELESS * rate * rounds:
                    return so_far
        return Null(dict(strongest), rounds)

    def beaten(self, claims: Sequence[Claim]) -> int:
        """How many permutations reach the claim that the fewest of them reach; all where there is no claim."""
        scales = {family: self._scale(family) for family in {*self.strengths, *map(_family, claims)}}
        strongest = self._strongest(scales)
        return min((self._reached(claim, scales, strongest) for claim in claims), default=self.rounds)

    @staticmethod
    def _reached(claim: Claim, scales: Mapping[Family, tuple[float, float]], strongest: np.ndarray) -> int:
        centre, spread = scales[_family(claim)]
        return int(np.count_nonzero(strongest >= (claim.strength - centre) / spread))

    def _scale(self, family: Family) -> tuple[float, float]:
        """Centre and spread of a family's strongest claims; a family that noise never proposes is judged as the strongest of the others are."""
        own = self.strengths.get(family)
        if own is None or not own.any():
            every = [s for s in self.strengths.values() if s.any()]
            own = np.max(every, axis=0) if every else np.zeros(self.rounds)
        return float(own.mean()), max(float(own.std()), FLOOR)

    def held(self, claims: Sequence[Claim], verify: Verify, kinds: Mapping[str, Any], rate: float, whole: float, before: int = 0) -> Held:
        """Claims that outlive the permutations at `rate`, `before` more holding elsewhere; their q is told on the scale of `whole`."""
        scales = {family: self._scale(family) for family in {*self.strengths, *map(_family, claims)}}
        strongest = self._strongest(scales)
        paid = np.array([(1 + self._reached(claim, scales, strongest)) / (1 + self.rounds) for claim in claims])
        q = stepped_up(paid, before) * whole / rate
        some = rate * max(1, before + int(np.count_nonzero(q <= whole)))
        critical = float(np.quantile(strongest, 1 - min(some, MISSED), method="higher"))
        held: Held = []
        for i in np.flatnonzero(q <= whole):
            claim, (centre, spread) = claims[i], scales[_family(claims[i])]
            level = min(max(float(2 * ndtr(centre + spread * critical - SLACK) - 1), 0.95), WIDEST)
            evidence = kinds[claim.pattern].verify(claim, verify, level)
            if (evidence.high if claim.direction in ("low", "down") else -evidence.low) < 0:  # what is told with 0 in its interval is no finding
                if evidence.p > rate * (TIMED if verify.timed else 1.0):
                    continue
                held.append((claim, replace(evidence, p=float(paid[i])), float(q[i])))
        return held

    def _strongest(self, scales: Mapping[Family, tuple[float, float]]) -> np.ndarray:
        """(rounds,) the scaled strength of the strongest claim of any family."""
        if not self.strengths:
            return np.full(self.rounds, -np.inf)
        return np.max([(s - scales[family][0]) / scales[family][1] for family, s in self.strengths.items()], axis=0)

    def threshold(self, family: Family, rate: float) -> float:
        """The strength that a claim of a family must have to outlive the permutations at `rate`."""
        scales = {each: self._scale(each) for each in {*self.strengths, family}}
        centre, spread = scales[family]
        return centre + spread * float(np.quantile(self._strongest(scales), 1 - rate, method="higher"))


def _family(claim: Claim) -> Family:
    return claim.pattern, len(claim.where.terms)


def _peaks(kind: Any, search: Search) -> list[tuple[int, float]]:
    """(number of conditions, strength) of the strongest claims; a kind may say so without making the claims."""
    if hasattr(kind, "peaks"):
        return list(kind.peaks(search).items())
    return [(len(claim.where.terms), claim.strength) for claim in kind.propose(search)]
