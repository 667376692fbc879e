"""The order in which findings are told, and what is known of them already.

Rank: the share of the measure's variation that the finding's two groups span on the rows that judged it, so that a large effect on a
handful of rows and a small one on half the table both give way to a large effect that reaches many. A finding is *known* when an
expert's rule speaks of nearly the same rows and says the same, *against* when the rule says the opposite; both are told, and marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ..core.finding import Claim, Evidence, Finding
from ..core.rule import Rule
from ..core.split import Verify
from ..words import LANGUAGES

__all__ = ["ranked"]

SAME: Final = 0.5  # overlap (rows of both over rows of either) from which a rule and a finding speak of the same rows


def ranked(
    held: Sequence[tuple[Claim, Evidence, float]], verify: Verify, kinds: Mapping[str, Any], rules: Sequence[Rule], most: int
) -> list[Finding]:
    """The findings with their sentences, queries and charts, at most `most`."""
    order = sorted(held, key=lambda h: (-_reach(h[0], h[1], verify), h[1].p, h[0].where.say()))
    return [_told(rank, *h, verify, kinds[h[0].pattern], rules) for rank, h in enumerate(order[:most], 1)]


def _reach(claim: Claim, e: Evidence, verify: Verify) -> float:
    """Correlation between the measure and being in the one group rather than the other, weighted by the rows that both have."""
    x = verify.goal.measured(verify.rows, claim.level or None)
    rest = e.extra.get("rest", len(x) - e.n)
    sd = float(np.std(x))
    if sd == 0.0 or e.n + rest == 0:
        return 0.0
    return abs(e.effect) / sd * math.sqrt(e.n * rest) / (e.n + rest) * math.sqrt((e.n + rest) / len(x))


def _told(rank: int, claim: Claim, evidence: Evidence, q: float, verify: Verify, kind: Any, rules: Sequence[Rule]) -> Finding:
    goal = verify.goal
    text = {lang: kind.say(claim, evidence, goal, lang) for lang in LANGUAGES}
    sql, chart = kind.sql(claim, evidence.half, goal), kind.chart(claim, evidence, verify)
    return Finding(claim, evidence, q, rank, text, sql, chart, goal.unit, _novelty(claim, verify, rules))


def _novelty(claim: Claim, verify: Verify, rules: Sequence[Rule]) -> str:
    here = claim.where.holds(verify.rows)
    for rule in rules:
        high = _says_high(rule, claim, verify)
        if high is None:
            continue
        there = rule.when.holds(verify.rows)
        either = int((here | there).sum())
        if either and int((here & there).sum()) / either >= SAME:
            return "known" if high == (claim.direction == "high") else "against"
    return "new"


def _says_high(rule: Rule, claim: Claim, verify: Verify) -> bool | None:
    """Whether a rule says that the claim's level is frequent where it speaks; None where it speaks of something else.

    A stated probability below the base rate says that its level is rare; of two levels, what is said of one is the contrary of the other.
    """
    goal = verify.goal
    if rule.target != claim.measure or (rule.level != claim.level and (goal.task != "binary" or rule.level not in goal.classes)):
        return None
    often = rule.stated is None or rule.stated >= float(goal.measured(verify.rows, rule.level).mean())
    return often == (rule.level == claim.level)
