"""The order in which findings are told, and what is known of them already.

Rank: a finding's reach (the share of its measure's variation that it spans on the rows that judged it), so that a large effect on a handful of
rows and a small one on half the table both give way to a large effect that reaches many; more where it answers the question; less for each
better finding that told of the same columns or by the same kind, so that a list without a target speaks of many things. Two findings that are
one seen from both ends (A by B, B by A) are told once. A finding is *known* when an expert's rule speaks of nearly the same rows and says
the same, *against* when the rule says the opposite; both are told, and marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

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
KIND_AGAIN: Final = 0.7  # for each better one of the same kind
ALIKE: Final = 0.85  # Cramer's V from which two columns are one
LEVELS: Final = 60  # levels of a column that may be another's alias
ROWS: Final = 5_000  # rows that aliases are looked for in
ASIDE: Final = 0.4  # of a finding that does not speak of the named target
GROUP_AGAIN: Final = 0.85  # for each better one of the same rows, or of what the same measure does not depend on
FLAT, DOUBTED = 1 / 3, 2 / 3  # largest part of the list that says that there is no difference: usually, and where the question asks whether
KEPT: Final = re.compile(r"(?i)(^|_)(sys|updated|modified|synced|loaded|created)(_|$)|更新|修改")  # columns that a machine keeps
MACHINE: Final = 0.6  # of a finding that speaks of one of them
ASIDES: Final = {"rule": 0.7, "missing": 0.7, "cluster": 0.7}  # what tells how a table is made rather than what goes on
NESTED: Final = 0.6  # part of the smaller group's rows that lie in the other, from which both are one
IDENTICAL: Final = 0.95  # overlap from which two groups are one by two names
REST: Final = 0.9  # part of all rows that two opposite groups hold together, from which one is the rest of the other
DECIDES: Final = ("decides", "mutual", "same", "twin")  # shapes of a rule by which one column tells the other
CONTRASTS: Final = ("segment", "driver", "duration", "outlier", "cluster")  # kinds that say that a measure is higher in a group
SEEN_FROM: Final = ("segment", "driver", "link", "share", "duration")  # kinds in which A by B and B by A are one


def ranked(held: Held, split: Split, kinds: Mapping[str, Any], rules: Sequence[Rule], about: About, most: int) -> list[Finding]:
    """The findings with their sentences, queries and charts, at most `most`."""
    order = _order(held, about, split.goal.target, most) if split.goal else _spread(held, about, split.rows, most)
    halves = {half: split.everyone if half == "all" else split.verify for half in {evidence.half for _, evidence, _ in order}}
    return [_told(rank, *h, halves[h[1].half], kinds[h[0].pattern], rules) for rank, h in enumerate(order, 1)]


def _order(held: Held, about: About, target: str, most: int) -> Held:
    """About a target: the best first."""
    return sorted(held, key=lambda h: (-_worth(h[0], h[1], target) * about.weight(h[0]), h[1].p, h[0].where.say()))[:most]


def _spread(held: Held, about: About, rows: Rows, most: int) -> Held:
    """Without a target: the best first, and each choice lowers what resembles it, so that the list speaks of many things, each once."""
    decided = {frozenset(claim.columns()) for claim, _, _ in held if claim.pattern == "rule" and claim.told("shape") in DECIDES}
    fresh = [
        h for h in held if h[0].pattern == "rule" or frozenset(h[0].columns()) not in decided
    ]  # of a column that another decides, each level goes with it
    left = sorted(fresh, key=lambda h: (-h[1].reach, h[1].p, h[0].where.say(), h[0].measure.name))
    aliases, some = _aliases(rows), rows.take(np.arange(0, rows.n, max(1, rows.n // ROWS)))
    groups = [_Group.of(h[0], some) for h in left]
    worth = np.array([evidence.reach * about.weight(claim) * _plain(claim, about) for claim, evidence, _ in left])
    spoken = [frozenset(aliases.get(name, name) for name in claim.columns()) for claim, _, _ in left]
    flat = [claim.direction == "flat" for claim, _, _ in left]
    spare = round(most * (DOUBTED if about.doubts else FLAT))
    told: list[int] = []
    open_ = np.ones(len(left), dtype=bool)
    while open_.any() and len(told) < most:
        best = int(np.argmax(np.where(open_, worth, -1.0)))
        open_[best] = False
        if (flat[best] and spare == 0) or any(
            _says_the_same(left[best][0], left[i][0], (spoken[best], spoken[i]), (groups[best], groups[i])) for i in told
        ):
            continue
        told.append(best)
        spare -= flat[best]
        for i in np.flatnonzero(open_):
            worth[i] *= _after(left[i][0], left[best][0], spoken[i] == spoken[best], about)
    return [left[i] for i in told]


def _plain(claim: Claim, about: About) -> float:
    """What is left of the worth of a claim that nobody asked for: about a column that a machine keeps up, or how the table is made."""
    kept = [name for name in claim.columns() if KEPT.search(name) and not about.of_columns((name,))]
    return (MACHINE if kept else 1.0) * (1.0 if claim.pattern in about.kinds else ASIDES.get(claim.pattern, 1.0))


def _after(claim: Claim, told: Claim, alike: bool, about: About) -> float:
    """What is left of a claim's worth after another was told. alike: whether both speak of the same columns.

    Of a group that the question names, much may be said.
    """
    left = KIND_AGAIN if claim.pattern == told.pattern else 1.0
    left *= AGAIN if alike else 1.0
    left *= GROUP_AGAIN if claim.where.terms and claim.where == told.where and not about.names(claim.where) else 1.0
    of = claim.measure.columns() == told.measure.columns() and not claim.measure.counts
    left *= GROUP_AGAIN if of and claim.direction == told.direction == "flat" else 1.0
    return left


def _says_the_same(claim: Claim, told: Claim, spoken: tuple[frozenset[str], frozenset[str]], groups: tuple[_Group, _Group]) -> bool:
    """Whether a claim says again what was told: from the other end, of nearly the same rows, or of those that are left over."""
    here, there = groups
    twice = _overlap(here.rows, there.rows) >= IDENTICAL and bool(claim.where.terms) and bool(told.where.terms)
    if twice and here.identity and there.identity:  # that a level of one column is a level of another, said of a third
        return True
    contrast = claim.pattern in CONTRASTS and told.pattern in CONTRASTS and claim.measure == told.measure
    if twice and contrast and claim.direction == told.direction:
        return True
    if spoken[0] != spoken[1]:
        return False
    if {claim.pattern, told.pattern} == {"link", "share"} or _mirrored(claim, told):
        return True
    if not contrast or set(claim.where.columns()) != set(told.where.columns()) or len(claim.where.terms) != len(told.where.terms):
        return False
    if claim.direction == told.direction:
        return bool((here.rows & there.rows).sum() >= NESTED * max(min(here.rows.sum(), there.rows.sum()), 1))
    return bool((here.rows | there.rows).mean() >= REST)


class _Group(NamedTuple):
    """Which of some rows (n,) bool a claim speaks of, and whether they are those of the level whose share it tells."""

    rows: np.ndarray
    identity: bool

    @staticmethod
    def of(claim: Claim, some: Rows) -> _Group:
        """The group of a claim."""
        rows = claim.where.holds(some)
        alike = bool(claim.measure.level) and _overlap(rows, claim.measure.values(some) == 1.0) >= IDENTICAL
        return _Group(rows, alike)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Rows of both over rows of either."""
    return float((one & other).sum()) / max(int((one | other).sum()), 1)


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
