"""Offers: to whom the goal's offer is worth its cost, by the findings' segments and by the model's probabilities.

    gain = people * (rate * success * value - cost)

people: rows of the whole table that are addressed. rate: share of them with the wanted outcome, measured on the half that judges (a
segment) or out of fold (the model). success: share of those on whom an offer works; it is assumed, and every sentence says so. The interval is
that of the rate: Wilson's, or one that respects blocks (clustered standard error, Liang & Zeger 1986) where rows come in blocks; value,
cost and success are taken as given. The rate is the segment's own and not its excess over other rows: whoever is addressed and
would have the outcome can be won, also those who would be as likely to have it elsewhere. The model's offer addresses everyone whose probability
exceeds cost / (success * value), where an offer begins to pay: with calibrated probabilities no other threshold is expected to bring more, and none
was chosen by looking at the gains (evaluate draws the profit at every other one). Offers overlap; their gains must not be added up.
What the rates do *not* say is what the offer changes: that is assumed (`success`), every sentence says so, and every offer comes with the trial
that would prove it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import ndtri

from ..core.action import Action
from ..core.condition import EVERYONE, Condition, Term
from ..core.finding import Finding
from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.split import Split
from ..stats.intervals import wilson
from .experiment import pace, proposed
from .sentences import Offer, what_of, written

__all__ = ["PREDICTED", "offered", "probabilities", "rate_of"]

PREDICTED: Final = "_predicted"  # the column of a saved study that holds the out-of-fold probability
LEVEL: Final = 0.95
LEAST: Final = 20  # rows; below, a rate says nothing
DIGITS: Final = 3  # of a threshold that is only a share of the rows


def offered(findings: Sequence[Finding], split: Split, model: CrossFitted | None, limit: int, share: float) -> list[Action]:
    """At most `limit` actions, best first; an offer that is expected to lose is not told."""
    truth = split.goal.measured(split.rows, split.goal.wanted)
    known = truth[~np.isnan(truth)]
    everyone = Offer(EVERYONE, len(truth), float(known.mean()), *wilson(float(known.sum()), len(known)), len(known), LEVEL, "all")
    made = {offer.who: offer for offer in _segments(findings, split)}
    if model is not None and (offer := _of_model(model, split, truth, share)) is not None:
        made[offer.who] = offer
    actions = [_priced(offer, everyone, split) for offer in made.values()]
    told = [action for action in actions if action.gain > 0]
    return sorted(told, key=lambda a: (a.gain_low <= 0, -a.gain, a.people))[:limit]


def probabilities(model: CrossFitted, split: Split) -> np.ndarray:
    """(n,) the probability of the wanted level: out of fold, and by all folds' models of rows whose target is missing."""
    p = model.out_of_fold[:, split.goal.classes.index(split.goal.wanted)].copy()
    open_ = np.isnan(p)
    if open_.any() and model.folds:
        p[open_] = model.predict(split.rows.take(open_))[:, split.goal.classes.index(split.goal.wanted)]
    return p


def rate_of(x: np.ndarray, blocks: np.ndarray | None, level: float) -> tuple[float, float, float]:
    """(rate, low, high) of outcomes x (n,), n > 0, each 0 or 1; rows of one block are not taken for independent."""
    rate = float(x.mean())
    low, high = wilson(float(x.sum()), len(x), level)
    if blocks is None:
        return rate, low, high
    _, place = np.unique(blocks, return_inverse=True)
    sums = np.bincount(place, x - rate)
    if len(sums) < 2:
        return rate, 0.0, 1.0
    half = float(ndtri(0.5 + level / 2)) * math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1)) / len(x)
    return rate, min(low, max(0.0, rate - half)), max(high, min(1.0, rate + half))


def _segments(findings: Sequence[Finding], split: Split) -> list[Offer]:
    """Offers to the segments in which the wanted outcome is more frequent."""
    goal, verify, made = split.goal, split.verify, []
    truth = goal.measured(verify.rows, goal.wanted)
    for finding in findings:
        claim = finding.claim
        if claim.pattern != "segment" or (claim.measure.name, claim.level, claim.direction) != (goal.target, goal.wanted, "high"):
            continue
        if goal.treatment in claim.where.columns():  # an offer to those who had the treatment already; what it did is told by uplift
            continue
        inside = claim.where.holds(verify.rows)
        n = int(np.count_nonzero(inside))
        if n >= LEAST:
            blocks = None if verify.blocks is None else verify.blocks[inside]
            level, people = finding.evidence.level, int(np.count_nonzero(claim.where.holds(split.rows)))
            made.append(Offer(claim.where, people, *rate_of(truth[inside], blocks, level), n, level, verify.half, (finding.rank,)))
    return made


def _of_model(model: CrossFitted, split: Split, truth: np.ndarray, share: float) -> Offer | None:
    """The offer to everyone whose out-of-fold probability is above the threshold, if they are enough, and the model knows enough, to say anything."""
    goal = split.goal
    p = probabilities(model, split)
    threshold = _threshold(goal) or _top(p[~np.isnan(p)], share)
    inside = (p > threshold) & ~np.isnan(truth)
    n = int(np.count_nonzero(inside))
    if n < LEAST:
        return None
    blocks = None if split.blocks is None else split.blocks[inside]
    rate, low, high = rate_of(truth[inside], blocks, LEVEL)
    if _threshold(goal) is None and low <= float(np.nanmean(truth)):
        return None  # those whom the model names are not provably other than everyone
    people = int(np.count_nonzero(p > threshold))
    return Offer(Condition((Term(PREDICTED, ">", threshold),)), people, rate, low, high, n, LEVEL, "out of fold", (), threshold)


def _threshold(goal: Goal) -> float | None:
    """The probability above which an offer pays; None where an offer costs nothing or no value is told."""
    worth = goal.success * (goal.value or 0.0)
    return goal.cost / worth if goal.cost > 0 and worth > 0 else None


def _top(p: np.ndarray, share: float) -> float:
    """The probability above which about a share of the rows lies; lower where it is the highest of all."""
    cut = round(float(np.quantile(p, 1 - share)), DIGITS)
    return cut if (p > cut).any() else float(p[p < p.max()].max(initial=0.0))


def _priced(offer: Offer, everyone: Offer, split: Split) -> Action:
    goal = split.goal
    value, cost = (1.0, 0.0) if goal.value is None else (goal.value, goal.cost)

    def gain(of: Offer, rate: float) -> float:
        return of.people * (rate * goal.success * value - cost)

    gains = gain(offer, offer.rate), gain(offer, offer.low), gain(offer, offer.high)
    text = written(offer, everyone, goal, (*gains, gain(everyone, everyone.rate)))
    unit = "outcomes" if goal.value is None else "money"
    own = offer.above is None
    daily = pace(split, offer.who.holds(split.rows)) if own else _whole(pace(split, np.ones(split.rows.n, dtype=bool)), offer.people / split.rows.n)
    trial = proposed(offer.rate, -goal.success * offer.rate, goal, offer.people, daily)
    told = {} if trial is None else trial.text()
    return Action(offer.who, what_of(offer, goal), offer.people, offer.people * cost, *gains, unit, offer.because, text, told)


def _whole(daily: float | None, share: float) -> float | None:
    return None if daily is None else daily * share
