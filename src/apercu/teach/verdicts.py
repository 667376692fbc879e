"""Verdicts: how often an expert's rule is right where it speaks, on the rows that judge, against what was stated and against everyone.

A rule that states less than the base rate ("then Churn = "Yes" [0.05]") says that the level is rare there, and is judged in that direction.
Intervals are Wilson's (1927) at 95 %, each rule for itself: an expert's rules are few and were not searched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..core.errors import RuleError, nearest
from ..core.goal import Goal
from ..core.rule import Rule, Verdict
from ..core.split import Split
from ..stats.intervals import wilson

__all__ = ["checked", "judged"]

LEVEL: Final = 0.95


def judged(rules: Sequence[Rule], split: Split, least: int) -> list[Verdict]:
    """A verdict on each rule. Raises RuleError for a rule that cannot be about this goal."""
    goal = split.goal
    for rule in rules:
        checked(rule, goal)
    verify = split.verify.rows
    found = []
    for rule in rules:
        truth = goal.measured(verify, rule.level)
        speaks = rule.when.holds(verify)
        n, base = int(np.count_nonzero(speaks)), float(truth.mean())
        hits = float(truth[speaks].sum())
        observed, (low, high) = (hits / n, wilson(hits, n, LEVEL)) if n else (0.0, (0.0, 1.0))
        verdict = _verdict(rule.stated, observed, (low, high), base) if n >= least else "silent"
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
    return "weaker" if low > base else "against"
