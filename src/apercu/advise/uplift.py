"""Uplift: what a treatment did, whether it did more to some, and so whom to treat: all, nobody, or those for whom it pays.

    for found in studied(split, fit):        # one Uplift per treatment, against the level that reads like no treatment
        found.verdict                        # 'all', 'nobody', 'some' or 'unclear'
        found.average, found.ranking         # the effect with its interval; the test whether effects differ

Each row's effect is foretold by a learner fitted on the other folds (see effects). Of the learners the one of least doubly robust loss is kept, the
linear DR learner unless another is better by more than a standard error. Then, on rows that no learner saw (formulas, null hypotheses and what
breaks them: stats/uplift): the average effect, the test of the ranking, Qini, the uplift among the first 30 %, and what it is worth to treat those
whose effect pays rather than all or nobody. Where it is not shown at ALPHA that the better half gains more than a tenth over the average (p times
the learners and the treatments that were tried), the verdict is that there is no heterogeneity to act upon, and all or nobody is advised by the
average alone. Treatment by lot is not taken on trust: columns that foretell it are named, and then the words say on what the effect stands. What it
does not do: hidden reasons of treatment, treatments that change over time, doses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..core.goal import Goal
from ..core.rows import Rows
from ..core.score import Curve
from ..core.split import Split
from ..stats.bootstrap import interval
from ..stats.uplift import Estimate, curve, doubly_robust, mean_of, qini, ranking, uplift_at
from ._design import Design
from .effects import LEARNERS, Effect, Fit, chance, linear

__all__ = ["EFFECT", "Uplift", "arms", "drawn", "effect_of", "sign", "studied"]

EFFECT: Final = "_effect "  # begins the name of the column of a treatment's effects
ALPHA: Final = 0.05
MATTERS: Final = 0.1  # of the average effect, that the better half must gain more: less changes no decision
FEW: Final = 50  # rows of an arm, below which nothing is said
MOST: Final = 10  # treatments
NOTHING: Final = re.compile(r"(?i)^(0|0\.0|no|none|control|placebo|untreated|holdout|hold-out|baseline|false|off|f|n)\b|对照|^无|^未|^否|^不")
LOSS: Final = re.compile(
    r"(?i)churn|\bleft\b|leave|lapse|cancel|default|fraud|fail|complain|return(ed)?$|death|\bdead\b|died|fault|defect|attrition|delinq"
    r"|流失|违约|欺诈|故障|投诉|退|死亡"
)
# learners that are tried, and whether by the handed-in fit; each costs p a share, so T and DR of trees, behind S of trees wherever trees were better
# (benchmarks/uplift.py), are not
ENTRIES: Final = (("dr", False), ("x", False), ("t", False), ("s", True), ("x", True))
SURELY: Final = -21.0  # logarithm of one in a thousand million
DISTINCT: Final = 20  # numbers of a column that are taken for levels
FIRST: Final = 0.3  # share of the rows of which uplift is told
DRAWS: Final = 100  # resamples behind the interval of Qini
THOUSAND: Final = 1_000  # rows by which the curve tells gains, so that they read as whole outcomes


@dataclass(frozen=True)
class Uplift:
    """What is known of one treatment.

    n: rows of both arms; average, plain: its effect, doubly robust and as the difference of means; ranking: the test whether effects differ;
    qini: (value, low, high); first: uplift among the first 30 %; policy: gain a row of treating those whose effect pays, over the better of all
    and nobody; learner: who foretold. foretold: (column, standardised difference) where columns foretell treatment, else None. effects (N,): of each
    row of the table, by models that did not see it. scores (N,): doubly robust, NaN outside both arms. reason: why nothing can be said.
    left_out: columns known only afterwards.
    """

    treatment: str
    level: str
    control: str
    n: int
    average: Estimate
    plain: Estimate
    ranking: Estimate
    qini: tuple[float, float, float]
    first: Estimate
    policy: Estimate
    learner: str
    foretold: tuple[str, float] | None
    verdict: str
    threshold: float
    effects: np.ndarray
    scores: np.ndarray
    reason: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The name under which conditions know the effects."""
        return EFFECT + self.level


def sign(goal: Goal) -> float:
    """Whether more of the outcome is better (1) or worse (-1): by the value's sign, else by what the target's name reads like."""
    if goal.value is not None and goal.value < 0:
        return -1.0
    return -1.0 if LOSS.search(f"{goal.target} {goal.wanted if not goal.wanted.isdigit() else ''}") else 1.0


def arms(split: Split) -> tuple[str, dict[str, np.ndarray]]:
    """(the control's level, {level: (n,) bool of its rows}) of the goal's treatment, control included; at most MOST levels, else ('', {})."""
    name = split.goal.treatment
    if name is None or name not in split.rows or split.rows.storage(name) not in ("text", "number"):
        return "", {}
    rows = split.rows
    if rows.storage(name) == "number":
        values = np.unique(rows[name][np.isfinite(rows[name])])
        levels = {f"{v:g}": rows[name] == v for v in values[: MOST + 1]}
    else:
        column = rows.coded(name)
        levels = {level: column.codes == i for i, level in enumerate(column.levels[: MOST + 1]) if (column.codes == i).any()}
    if not 2 <= len(levels) <= MOST:
        return "", {}
    named = [level for level in levels if NOTHING.search(level)]
    return (named or sorted(levels, key=lambda level: -int(levels[level].sum())))[0], levels


def studied(split: Split, fit: Fit | None = None) -> list[Uplift]:
    """One Uplift per treatment beside the control, the largest trial first; [] where the goal has no treatment that can be studied."""
    control, levels = arms(split)
    outcome = split.goal.measured(split.rows, split.goal.wanted or None)
    names, after = _columns(split)
    others = [level for level in levels if level != control and names]
    found = [_studied(split, (level, control), (levels[level], levels[control]), outcome, (names, fit, len(others))) for level in others]
    return sorted((replace(one, left_out=after) for one in found), key=lambda one: -one.n)


def effect_of(split: Split, found: Uplift, fit: Fit | None = None) -> Effect:
    """The learner that was kept, fitted on every row of both arms, for rows that come later."""
    control, levels = arms(split)
    both = levels[found.level] | levels[control]
    outcome = split.goal.measured(split.rows, split.goal.wanted or None)
    known = both & ~np.isnan(outcome)
    names, _ = _columns(split)
    learner, tree = next(entry for entry in ENTRIES if _named(entry) == found.learner)
    told = LEARNERS[learner](
        fit if tree and fit else linear, split.rows.only(names).take(known), outcome[known], levels[found.level][known].astype(int)
    )
    return lambda rows: told(rows.only(names))


def drawn(split: Split, found: Uplift) -> Curve | None:
    """The Qini curve of what `studied` found: by the share of rows that is treated, those of the highest foretold effect first, what that gains per
    1,000 rows of the trial (towards the better), with `low` and `high`, and `by lot`: the same gain if lots were drawn. None where nothing is known.
    """
    if found.reason:
        return None
    _, levels = arms(split)
    inside = np.flatnonzero(~np.isnan(found.scores))
    treated = levels[found.level][inside].astype(int)
    y = split.goal.measured(split.rows, split.goal.wanted or None)[inside] * sign(split.goal)
    order = _within(found.effects[inside], split.folds[inside]) * sign(split.goal)
    share, *gains = curve(y, treated, order, blocks=None if split.blocks is None else split.blocks[inside])
    gained, low, high = ([THOUSAND * float(x) for x in column] for column in gains)
    lots = [gained[-1] * float(x) for x in share]
    level = [found.level] * len(share)
    return Curve("qini", {"share": share.tolist(), "gained": gained, "low": low, "high": high, "by lot": lots, "treatment": level})


def _studied(
    split: Split,
    names: tuple[str, str],
    members: tuple[np.ndarray, np.ndarray],
    outcome: np.ndarray,
    how: tuple[tuple[str, ...], Fit | None, int],
) -> Uplift:
    known = ~np.isnan(outcome)
    inside = np.flatnonzero((members[0] | members[1]) & known)
    treated, y, folds = members[0][inside].astype(int), outcome[inside], split.folds[inside]
    if min(int(treated.sum()), int((1 - treated).sum())) < FEW or np.ptp(y) == 0.0:
        return _nothing(split, names, len(inside), "few" if np.ptp(y) > 0 or not len(y) else "constant")
    columns, fit, treatments = how
    rows = split.rows.only(columns)
    near = rows.take(inside)
    score, foretold = _scores(near, y, treated, folds)
    learner, effects, tried = _best(rows, inside, (y, treated, folds, score), fit)
    own = effects[inside]
    blocks = None if split.blocks is None else split.blocks[inside]
    average, ranked = mean_of(score, blocks), ranking(score * sign(split.goal), own * sign(split.goal), folds, blocks, MATTERS)
    ranked = ranked._replace(p=min(1.0, ranked.p * tried * treatments))
    threshold = _threshold(split.goal)
    policy, verdict = _judged(split.goal, score, own, (average, ranked), blocks)
    whole = np.full(split.rows.n, np.nan)
    whole[inside] = score
    order = _within(own, folds) * sign(split.goal)
    one, other = y[treated == 1], y[treated == 0]
    spread = float(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
    gap = float(one.mean() - other.mean())
    plain = average._replace(value=gap, low=gap - 1.96 * spread, high=gap + 1.96 * spread, error=spread)
    curve = _qini(y * sign(split.goal), treated, order, blocks)
    first = uplift_at(y, treated, order, FIRST)
    return Uplift(
        split.goal.treatment or "", *names, len(inside), average, plain, ranked, curve, first, policy, learner,
        _balance(near, treated) if foretold else None, verdict, threshold, effects, whole,
    )  # fmt: skip


def _nothing(split: Split, names: tuple[str, str], n: int, reason: str) -> Uplift:
    none = Estimate(0.0, -np.inf, np.inf, np.inf, 1.0)
    gaps = np.full(split.rows.n, np.nan)
    return Uplift(
        split.goal.treatment or "", *names, n, none, none, none, (0.0, 0.0, 0.0), none, none, "", None, "unclear", 0.0, gaps, gaps, reason
    )  # fmt: skip


def _columns(split: Split) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the columns known of a row before: features, without treatment, target, and what is made of either; those known only afterwards)."""
    goal, rows = split.goal, split.rows
    own = [c for c in split.data.schema if c.role == "feature" and c.storage in ("number", "text") and c.name in rows]
    outcome = goal.measured(rows, goal.wanted or None)
    after = tuple(c.name for c in own if c.name not in (goal.target, goal.treatment) and not c.derived and _afterwards(rows, c.name, outcome))
    barred = {goal.target, goal.treatment, goal.weight, *after}
    for step in split.data.steps:  # and what is made of them
        barred |= {name for name, e in step.columns.items() if barred & set(e.columns())}
    return tuple(c.name for c in own if c.name not in barred), after


def _afterwards(rows: Rows, name: str, outcome: np.ndarray) -> bool:
    """Whether a level of a column, or all that is not its most frequent number, always has one outcome, as what follows from the outcome does.

    Chance would do that to n rows with the share of the outcome to the power n; it must be below SURELY.
    """
    known = np.flatnonzero(~np.isnan(outcome))
    values, share = np.unique(outcome[known], return_counts=True)
    if rows.storage(name) == "text":
        codes = rows.coded(name).codes[known]
    else:
        _, codes, sizes = np.unique(rows[name][known], return_inverse=True, return_counts=True)
        codes = codes if len(sizes) <= DISTINCT else (codes != sizes.argmax()).astype(int)
    place = np.searchsorted(values, outcome[known])
    for code in np.unique(codes[codes >= 0]):
        inside = place[codes == code]
        if (inside == inside[0]).all() and len(inside) * np.log(share[inside[0]] / len(known)) < SURELY:
            return len(values) > 1
    return False


def _scores(rows: Rows, y: np.ndarray, treated: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, bool]:
    """((n,) doubly robust scores, each from regressions on the other folds; whether the columns foretell treatment)."""
    score = np.zeros(rows.n)
    said = chance(rows, treated)(rows)
    foretold = bool(np.ptp(said) > 0)
    for fold in np.unique(folds):
        own = folds == fold
        other = ~own if not own.all() else own
        there, here = rows.take(other), rows.take(own)
        expected = np.column_stack([_fitted(there, y[other], treated[other] == arm)(here) for arm in (0, 1)])
        e = chance(there, treated[other])(here) if foretold else np.full(here.n, float(treated[other].mean()))
        score[own] = doubly_robust(y[own], treated[own], expected, e)
    return score, foretold


def _fitted(rows: Rows, y: np.ndarray, inside: np.ndarray) -> Effect:
    return linear(rows.take(inside), y[inside]) if inside.any() else lambda fresh: np.zeros(fresh.n)


def _best(rows: Rows, inside: np.ndarray, known: tuple[np.ndarray, ...], fit: Fit | None) -> tuple[str, np.ndarray, int]:
    """(the learner's name, (N,) effects of every row by models that did not see it, learners that were tried)."""
    y, treated, folds, score = known
    near = rows.take(inside)
    outside = np.setdiff1d(np.arange(rows.n), inside)
    told: dict[str, np.ndarray] = {}
    for entry in ENTRIES:
        learner, tree = entry
        if tree and fit is None:
            continue
        effects = np.zeros(rows.n)
        for fold in np.unique(folds):
            own = folds == fold
            other = ~own if not own.all() else own
            effect = LEARNERS[learner](fit if tree and fit else linear, near.take(other), y[other], treated[other])
            effects[inside[own]] = effect(near.take(own))
            if len(outside):
                effects[outside] += effect(rows.take(outside)) / len(np.unique(folds))
        told[_named(entry)] = effects
    chosen = _named(ENTRIES[0])
    loss = {name: (score - effects[inside]) ** 2 for name, effects in told.items()}
    for name, own_loss in loss.items():
        ahead = loss[chosen] - own_loss
        if ahead.mean() > ahead.std() / np.sqrt(len(ahead)):
            chosen = name
    return chosen, told[chosen], len(told)


def _named(entry: tuple[str, bool]) -> str:
    return f"{entry[0]} {'trees' if entry[1] else 'linear'}"


def _threshold(goal: Goal) -> float:
    """The effect (towards the better) from which on a treatment pays."""
    return goal.cost / abs(goal.value) if goal.value else 0.0


def _judged(goal: Goal, score: np.ndarray, effects: np.ndarray, told: tuple[Estimate, Estimate], blocks: np.ndarray | None) -> tuple[Estimate, str]:
    """(gain a row of treating those whose effect pays over the better of all and nobody, the verdict)."""
    _, ranked = told
    worth = abs(goal.value) if goal.value else 1.0
    gain = sign(goal) * score * worth - goal.cost * (goal.value is not None)
    inside = sign(goal) * effects > _threshold(goal)
    everyone = mean_of(gain, blocks)
    constant = gain if everyone.value > 0 else np.zeros(len(gain))
    policy = mean_of(inside * gain - constant, blocks)
    if ranked.p <= ALPHA and policy.low > 0:
        return policy, "some"
    return policy, "all" if everyone.low > 0 else "nobody" if everyone.high < 0 else "unclear"


def _within(effects: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """(n,) rank shares within each fold: effects of several models do not share one scale."""
    made = np.zeros(len(effects))
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        values, place = np.unique(effects[own], return_inverse=True)
        made[own] = place / max(len(values) - 1, 1)
    return made


def _qini(y: np.ndarray, treated: np.ndarray, order: np.ndarray, blocks: np.ndarray | None) -> tuple[float, float, float]:
    """Qini with the percentile interval of resampled rows, or blocks."""
    generator = np.random.default_rng(0)
    units, place = (np.arange(len(y)), np.arange(len(y))) if blocks is None else np.unique(blocks, return_inverse=True)
    draws = []
    for _ in range(DRAWS):
        times = generator.multinomial(len(units), np.full(len(units), 1 / len(units)))[place]
        rows = np.repeat(np.arange(len(y)), times)
        draws.append(qini(y[rows], treated[rows], order[rows]))
    value = qini(y, treated, order)
    low, high = (float(end) for end in interval(np.array(draws)))
    return value, min(low, value), max(high, value)


def _balance(rows: Rows, treated: np.ndarray) -> tuple[str, float]:
    """(the column whose means differ most between the arms, by how many standard deviations)."""
    worst: Mapping[str, float] = {}
    for name in rows:
        matrix = Design.of(rows, (name,)).matrix(rows)
        if matrix.shape[1]:
            apart = np.abs(matrix[treated == 1].mean(axis=0) - matrix[treated == 0].mean(axis=0)) / np.maximum(matrix.std(axis=0), 1e-9)
            worst = {**worst, name: float(apart.max())}
    name = max(worst, key=lambda key: worst[key])
    return name, worst[name]
