"""Verdicts: how often an expert's rule is right where it speaks, on the rows that judge, against what was stated and against everyone.

A rule that states less than the base rate ("then Churn = "Yes" [0.05]") says that the level is rare there, and is judged in that direction. The data
are against a rule that is right no more often than everyone, and against one that calls its level likely where it is proven to be the exception.
Intervals are Wilson's (1927) at 95 %, those of rates in blocks where rows come in blocks (stats/rates), each rule for itself: an expert's rules are
few and were not searched for. Where a rule speaks in too few rows for an interval, an exact test may still say that it cannot be as stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..core.errors import RuleError, nearest
from ..core.goal import Goal
from ..core.rule import Rule, Verdict
from ..core.split import Split
from ..stats.exact import above
from ..stats.rates import rate

__all__ = ["checked", "judged"]

LEVEL: Final = 0.95
FEW: Final = 0.01  # chance, under what was stated, of as many misses in too few rows, from which these rows speak against a rule


def judged(rules: Sequence[Rule], split: Split, least: int) -> list[Verdict]:
    """A verdict on each rule. Raises RuleError for a rule that cannot be about this goal."""
    goal = split.goal
    assert goal is not None
    for rule in rules:
        checked(rule, goal)
    judge = split.verify
    found = []
    for rule in rules:
        truth = goal.measured(judge.rows, rule.level)
        speaks = rule.when.holds(judge.rows)
        n, base = int(np.count_nonzero(speaks)), float(truth.mean()) if len(truth) else 0.0
        observed, low, high = rate(truth[speaks], None if judge.blocks is None else judge.blocks[speaks], LEVEL)
        verdict = _verdict(rule.stated, observed, (low, high), base)
        if n < least and not (judge.blocks is None and _impossible(rule.stated, truth[speaks], base) and verdict == "against"):
            verdict = "silent"
        found.append(Verdict(rule, observed, low, high, n, base, verdict))
    return found


def checked(rule: Rule, goal: Goal) -> None:
    """Raises RuleError unless the rule is about a level of the goal's target."""
    place = f"line {rule.line}: " if rule.line else ""
    if rule.target != goal.target:
        raise RuleError(f"{place}expected a rule about the target {goal.target!r}, got one about {rule.target!r}.")
    if goal.task == "numeric":
        raise RuleError(
            f"{place}rules speak of levels, and the target {goal.target!r} is a number; leave the rule out or choose a target with levels."
        )
    if rule.level not in goal.classes:
        close = nearest(rule.level, goal.classes)
        hint = f"; did you mean {close!r}?" if close else f"; its levels are {', '.join(goal.classes[:12])}."
        raise RuleError(f"{place}{goal.target!r} has no level {rule.level!r}{hint}")


def _verdict(stated: float | None, observed: float, interval: tuple[float, float], base: float) -> str:
    low, high = interval
    if stated is None:
        return "against" if observed <= base else "holds" if low > base else "weaker"
    if stated < base:  # the same question seen from the other side
        return _verdict(1 - stated, 1 - observed, (1 - high, 1 - low), 1 - base)
    if observed > base and high >= stated:
        return "holds"
    if stated > 0.5 > high:  # it calls likely what is proven to be the exception
        return "against"
    return "weaker" if low > base else "against"


def _impossible(stated: float | None, truth: np.ndarray, base: float) -> bool:
    """Whether so few hits (so many, of a rule that states less than the base rate) would hardly ever be seen if what was stated were so."""
    if stated is None:
        return False
    hits, n = int(truth.sum()), len(truth)
    return (above(hits, n, stated) if stated < base else above(n - hits, n, 1.0 - stated)) < FEW
