"""The order in which findings are told, and what is known of them already.

Rank: a finding's reach (the share of its measure's variation that it spans on the rows that judged it), so that a large effect on a handful of
rows and a small one on half the table both give way to a large effect that reaches many; more where it answers the question; less for each
better finding that told of the same columns or by the same kind, so that a list without a target speaks of many things. Two findings that are
one seen from both ends (A by B, B by A) are told once. A finding is *known* when an expert's rule speaks of nearly the same rows and says
the same, *against* when the rule says the opposite; both are told, and marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ..core.finding import Claim, Evidence, Finding
from ..core.rows import Coded, Rows
from ..core.rule import Rule
from ..core.split import Split, Verify
from ..stats.association import cramers_v
from ..words import LANGUAGES
from ._about import About
from ._prove import Held

__all__ = ["ranked"]

SAME: Final = 0.5  # overlap (rows of both over rows of either) from which a rule and a finding speak of the same rows
AGAIN: Final = 0.6  # what is left of a finding's rank for each better one of the same columns
KIND_AGAIN: Final = 0.8  # for each better one of the same kind
ALIKE: Final = 0.85  # Cramer's V from which two columns are one
LEVELS: Final = 60  # levels of a column that may be another's alias
ROWS: Final = 5_000  # rows that aliases are looked for in
ASIDE: Final = 0.4  # of a finding that does not speak of the named target
SEEN_FROM: Final = ("segment", "driver", "link", "share", "duration")  # kinds in which A by B and B by A are one


def ranked(held: Held, split: Split, kinds: Mapping[str, Any], rules: Sequence[Rule], about: About, most: int) -> list[Finding]:
    """The findings with their sentences, queries and charts, at most `most`."""
    order = _order(held, about, split.goal.target, most) if split.goal else _spread(held, about, _aliases(split.rows), most)
    halves = {half: split.everyone if half == "all" else split.verify for half in {evidence.half for _, evidence, _ in order}}
    return [_told(rank, *h, halves[h[1].half], kinds[h[0].pattern], rules) for rank, h in enumerate(order, 1)]


def _order(held: Held, about: About, target: str, most: int) -> Held:
    """About a target: the best first."""
    return sorted(held, key=lambda h: (-_worth(h[0], h[1], target) * about.weight(h[0]), h[1].p, h[0].where.say()))[:most]


def _spread(held: Held, about: About, aliases: Mapping[str, str], most: int) -> Held:
    """Without a target: the best first, and each choice lowers what resembles it, so that the list speaks of many things."""
    left = sorted(held, key=lambda h: (-h[1].reach, h[1].p, h[0].where.say(), h[0].measure.name))
    worth = np.array([evidence.reach * about.weight(claim) for claim, evidence, _ in left])
    spoken = [frozenset(aliases.get(name, name) for name in claim.columns()) for claim, _, _ in left]
    told: list[int] = []
    open_ = np.ones(len(left), dtype=bool)
    while open_.any() and len(told) < most:
        best = int(np.argmax(np.where(open_, worth, -1.0)))
        open_[best] = False
        if any(spoken[best] == spoken[i] and _mirrored(left[best][0], left[i][0]) for i in told):
            continue
        told.append(best)
        for i in np.flatnonzero(open_):
            worth[i] *= KIND_AGAIN if left[i][0].pattern == left[best][0].pattern else 1.0
            worth[i] *= AGAIN if spoken[i] == spoken[best] else 1.0
    return [left[i] for i in told]


def _aliases(rows: Rows) -> dict[str, str]:
    """{column: the first column that parts the rows alike}, of columns of few levels: what is said by one is said by the other."""
    few = [name for name in rows if not name.startswith("_") and rows.storage(name) == "text" and 1 < len(rows.coded(name).levels) <= LEVELS]
    same: dict[str, str] = {}
    for i, name in enumerate(few):
        for other in few[:i]:
            if other not in same and _association(rows.coded(name), rows.coded(other)) >= ALIKE:
                same[name] = other
                break
    return same


def _association(a: Coded, b: Coded) -> float:
    """Cramer's V of two columns, on at most ROWS rows; missing is a level."""
    x, y, wide = a.codes[:ROWS] + 1, b.codes[:ROWS] + 1, len(b.levels) + 1
    return cramers_v(np.bincount(x * wide + y, minlength=(len(a.levels) + 1) * wide).reshape(-1, wide))


def _worth(claim: Claim, evidence: Evidence, target: str) -> float:
    return evidence.reach * (1.0 if claim.measure.name == target else ASIDE)


def _mirrored(claim: Claim, told: Claim) -> bool:
    """Whether two claims are one seen from both ends."""
    if any(c.pattern == "link" and c.where.terms for c in (claim, told)):  # that two columns go together in a group is no mean of one
        return False
    return claim.pattern in SEEN_FROM and told.pattern in SEEN_FROM and claim.measure.columns() != told.measure.columns()


def _told(rank: int, claim: Claim, evidence: Evidence, q: float, verify: Verify, kind: Any, rules: Sequence[Rule]) -> Finding:
    text = {lang: kind.say(claim, evidence, lang) for lang in LANGUAGES}
    sql, chart = kind.sql(claim, evidence.half), kind.chart(claim, evidence, verify)
    return Finding(claim, evidence, q, rank, text, sql, chart, claim.measure.scale, _novelty(claim, verify, rules))


def _novelty(claim: Claim, verify: Verify, rules: Sequence[Rule]) -> str:
    if verify.goal is None or not rules or not claim.where.terms:
        return "new"
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
    if goal is None or claim.direction not in ("high", "low") or rule.target != claim.measure.name:
        return None
    if rule.level != claim.level and (goal.task != "binary" or rule.level not in goal.classes):
        return None
    often = rule.stated is None or rule.stated >= float(goal.measured(verify.rows, rule.level).mean())
    return often == (rule.level == claim.level)
