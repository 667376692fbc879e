"""Monitor: does it go as planned? The conditions of a study's actions and findings, counted anew on rows that came later.

    told = monitored(study.actions, study.findings, split, rows, (scored(model, split), scored(model, split, rows)), judge)
    told.actions[0].say()      # ... addresses 17.9% of the 2,000 new rows (358), 17.5% in the study; ... As planned.
    told.findings[0].verdict   # 'holds', 'changed', 'gone', 'unclear' or 'silent'

Of an action two figures are compared with the study's: the share of rows that it addresses, and, where the new rows know the target, the outcome
among them (the rate or mean; of an action by a treatment's effect, the difference of both arms). Tests, intervals and the band within which a
change is none to act upon: _figures. The study's outcome comes from rows that did not choose the condition: the half that judged, or predictions
out of fold. Of a finding the effect is measured by its own kind on the new rows (`judge`; null hypothesis: that kind's), and compared with what the
study said: z of the difference, whose error comes from both intervals, the study's being the one that is right after selection. Everything that may
have changed stands under one false-discovery rate (Benjamini & Hochberg 1995), and so do, by themselves, the findings that may hold.

What breaks it: rows that repeat the study's own; and an offer that was made moves the very rate that it was planned by, so a rate alone never says
that it failed (see experiment). In tables below 2,000 rows no half judged alone, and what was chosen for its rate falls a little by itself. What it
does not do: mend or train anew (see audit's drift for columns that changed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.special import ndtr

from ..core.action import Action
from ..core.finding import Claim, Evidence, Finding
from ..core.rows import Rows
from ..core.split import Split, Verify
from ..stats.fdr import benjamini_hochberg
from ._figures import Change, changed, entities, outcomes
from ._monitor_words import followed, summed, watched
from .offers import PREDICTED
from .uplift import EFFECT

__all__ = ["ActionCheck", "FindingCheck", "Monitoring", "monitored"]

Q: Final = 0.05
SURE: Final = 1.96  # half widths of an interval in standard errors; of those that pay for a selection more, which errs towards "unclear"
THOUSAND: Final = 1_000  # rows by which gains are told, since tables differ in size
Judge = Callable[[Claim, Verify], Evidence | None]  # measures a claim on rows; None where it has no such kind
Scores = tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class ActionCheck:
    """An action of rank (from 1) on the new rows: the share it addresses and the outcome among them (None: not known), each before and after.

    kind: what the outcome is, 'rate', 'mean', 'rate effect' or 'mean effect'. gain: (planned, now) net, per 1,000 rows, where the rate tells it.
    verdict: 'planned', 'revise' or 'unclear'.
    """

    rank: int
    what: Mapping[str, str]
    measured: str
    share: Change | None
    outcome: Change | None
    kind: str
    gain: tuple[float, float] | None
    unit: str
    verdict: str = "unclear"

    def say(self, lang: str = "en") -> str:
        """The check in sentences."""
        return followed(self, lang)

    def to_json(self) -> dict[str, Any]:
        """The fields, with both sentences."""
        return _plain({**asdict(self), "what": dict(self.what), "text": {lang: self.say(lang) for lang in ("en", "zh")}})


@dataclass(frozen=True)
class FindingCheck:
    """A finding on the new rows: its effect in the study and now, with its 95 % interval from n rows.

    verdict: 'holds' (shown again, no other size shown), 'changed' (shown again, of another size), 'gone' (another size, and not shown any more),
    'unclear' (neither shown), 'silent' (not measured; reason names the column that is absent, or is '').
    """

    rank: int
    finding: Mapping[str, str]
    unit: str
    before: float
    after: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    n: int = 0
    q: float = 1.0
    q_change: float = 1.0
    verdict: str = "silent"
    reason: str = ""

    def say(self, lang: str = "en") -> str:
        """The check in sentences."""
        return watched(self, lang)

    def to_json(self) -> dict[str, Any]:
        """The fields, with both sentences."""
        return _plain({**asdict(self), "finding": dict(self.finding), "text": {lang: self.say(lang) for lang in ("en", "zh")}})


@dataclass(frozen=True)
class Monitoring:
    """What was checked on n new rows."""

    n: int
    actions: tuple[ActionCheck, ...]
    findings: tuple[FindingCheck, ...]

    def say(self, lang: str = "en") -> str:
        """All checks in one line."""
        return summed(self, lang)

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"rows": self.n, "actions": [a.to_json() for a in self.actions], "findings": [f.to_json() for f in self.findings]}


def monitored(
    actions: Sequence[Action], findings: Sequence[Finding], split: Split, rows: Rows, scores: Scores = ({}, {}), judge: Judge | None = None
) -> Monitoring:
    """Every action that addresses somebody, and every finding, on new rows as the study's table has them (mended, with derived columns).

    scores: columns that apercu made, by name, of the study's rows (n,) and of the new ones (m,), as `addressees.scored` gives them. judge: measures a
    claim by its kind. An action or finding that cannot be measured on these rows says so; none of it is an error.
    """
    tables = split.rows.plus(dict(scores[0])), rows.plus(dict(scores[1]))
    checks = [_action(i, action, split, tables) for i, action in enumerate(actions, 1) if action.people]
    seen = [_finding(finding, split, rows, judge) for finding in findings]
    figures = [figure for check in checks for figure in (check.share, check.outcome) if figure is not None]
    rates = iter(_rates([*(figure.p for figure in figures), *(check.q_change for check in seen)]))
    checks = [_judged(check, rates) for check in checks]
    told = [_verdict(check, q, change) for check, q, change in zip(seen, _rates([check.q for check in seen]), rates, strict=True)]
    return Monitoring(rows.n, tuple(checks), tuple(told))


def _plain(tree: Any) -> Any:
    """The same without endless numbers, which JSON has not."""
    if isinstance(tree, dict):
        return {name: _plain(part) for name, part in tree.items()}
    return None if isinstance(tree, float) and not np.isfinite(tree) else tree


def _rates(p: Sequence[float]) -> list[float]:
    return benjamini_hochberg(np.array(p)).tolist() if p else []


def _action(rank: int, action: Action, split: Split, tables: tuple[Rows, Rows]) -> ActionCheck:
    """The check of an action, before rates and verdict."""
    (old, new), goal = tables, split.goal
    levels = [name.removeprefix(EFFECT) for name in action.who.columns() if name.startswith(EFFECT)]
    kind = ("mean" if goal.task == "numeric" else "rate") + (" effect" if levels else "")
    measured = goal.target + (f" “{goal.wanted}”" if goal.wanted else "")
    blank = ActionCheck(rank, action.what, measured, None, None, kind, None, action.unit)
    if any(name not in old or name not in new for name in action.who.columns()):
        return blank
    before, after = action.who.holds(old), action.who.holds(new)
    groups = entities(split, old, new)
    share = changed(after.astype(float), before.astype(float), None if groups is None else groups[::-1], rate=True)
    if share is None or goal.target not in new or (goal.treatment is not None and not action.who.terms):  # "all": it does not say of which treatment
        return replace(blank, share=share)
    unseen = np.ones(old.n, dtype=bool) if levels or PREDICTED in action.who.columns() else (split.half & 2) > 0
    level = levels[0] if levels else None
    (base, was), (place, now) = outcomes(split, old, before & unseen, level), outcomes(split, new, after, level)
    outcome = changed(now, was, None if groups is None else (groups[1][place], groups[0][base]), rate=kind == "rate")
    if outcome is None or kind != "rate":
        return replace(blank, share=share, outcome=outcome)
    worth, cost = (goal.success * goal.value, goal.cost) if goal.value is not None else (goal.success, 0.0)
    planned, brings = (THOUSAND * s * (r * worth - cost) for s, r in ((share.before, outcome.before), (share.after, outcome.after)))
    return replace(blank, share=share, outcome=outcome, gain=(planned, brings))


def _judged(check: ActionCheck, rates: Any) -> ActionCheck:
    """The check with its rates, taken from the iterator in the order of the figures, and its verdict."""
    share = None if check.share is None else replace(check.share, q=next(rates))
    outcome = None if check.outcome is None else replace(check.outcome, q=next(rates))
    known = [figure for figure in (share, outcome) if figure is not None]
    verdict = "revise" if any(f.far for f in known) else "planned" if len(known) == 2 and all(f.near for f in known) else "unclear"
    return replace(check, share=share, outcome=outcome, verdict=verdict)


def _finding(finding: Finding, split: Split, rows: Rows, judge: Judge | None) -> FindingCheck:
    """The check of a finding; `q` and `q_change` hold p until rates are known."""
    e, claim = finding.evidence, finding.claim
    blank = FindingCheck(finding.rank, finding.text, finding.unit, e.effect)
    absent = next((name for name in claim.columns() if name not in rows), "")
    if absent or judge is None or not rows.n:
        return replace(blank, reason=absent)
    if split.goal is not None and split.goal.target in rows and split.goal.target in claim.columns():
        rows = rows.take(~np.isnan(split.goal.coded(rows)))
    groups = entities(split, split.rows, rows)
    told = judge(claim, Verify(rows, split.data.schema, None if groups is None else groups[1], "verify", split.goal))
    if told is None:
        return blank
    if not told.n:
        return replace(blank, verdict="")  # nothing to measure it on; no figure is made of that
    errors = [max(x.effect - x.low, x.high - x.effect) / SURE for x in (e, told)]
    error = float(np.hypot(*errors))
    size = 0.0 < error < np.inf and not claim.measure.counts  # counts grow with the table
    change = float(2 * ndtr(-abs(told.effect - e.effect) / error)) if size else 1.0
    return replace(blank, after=told.effect, low=told.low, high=told.high, n=told.n, q=told.p, q_change=change, verdict="")


def _verdict(check: FindingCheck, q: float, q_change: float) -> FindingCheck:
    if check.verdict == "silent":
        return check
    held, moved = q <= Q, q_change <= Q
    verdict = ("changed" if held else "gone") if moved else ("holds" if held else "unclear")
    return replace(check, q=q, q_change=q_change, verdict=verdict)
