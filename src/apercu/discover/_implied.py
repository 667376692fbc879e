"""What follows from what in a graph, as findings: clauses that hold on pairs of things between which no search has seen a fact.

    If wife(X, Y), then husband(Y, X): this is stated of 92% of the pairs, against 0.4% by chance, that is +91.6 points (95% interval ...).

Each clause comes with its trial (the unseen pairs to which it leads, how often its head is stated of them, and how often that would be so by chance:
`core.trial`); here they pass one false-discovery rate (Benjamini & Hochberg 1995) and get their sentences and SQL. Clauses of one graph depend on
each other, mostly positively, which the rate allows; `strict` holds it under any dependence. The interval is Wilson's (1927) of the share, for as
many pairs as are independent, less the chance, which is taken as known. Of clauses with one head, one that asks for all that another asks for, and
more, is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..core.clause import DIFFERS, Clause, Term, Variable
from ..core.condition import Condition
from ..core.condition import Term as Compared
from ..core.expression import Column, literal
from ..core.finding import Claim, Evidence, Finding, Ledger
from ..core.measure import Measure
from ..core.trial import Trial
from ..stats.fdr import benjamini_hochberg, benjamini_yekutieli, coverage_level
from ..stats.intervals import wilson
from ..stats.paths import PARTS
from ..words import LANGUAGES, phrases
from ..words.numbers import count
from ._chart import bar_chart

__all__ = ["implied"]

NAME: Final = "implication"
LEAST: Final = 10  # independent pairs, below which a clause says nothing of things to come
GAP: Final = 0.05  # least share above chance that is worth a sentence
MISSED: Final = 0.05  # rate at which intervals may miss
EACH: Final = 3  # findings with one head
MARK: Final = "('0x' || md5({})[1:13])::BIGINT"
UNSEEN: Final = f"(2 * {MARK.format('x')} + {MARK.format('y')} + {MARK}) % {PARTS} < "  # as pairs of a relation were kept from the search


def implied(
    trials: Sequence[Trial], known: Sequence[Clause], share: float, q: float, most: int, *, strict: bool = False
) -> tuple[list[Finding], Ledger]:
    """(findings, the one first that tells most of its relation; how much was looked at). known: the clauses of experts; share: of pairs unseen."""
    able = [trial for trial in trials if trial.alone >= LEAST and trial.value > trial.base]
    if not able:
        return [], Ledger(len(trials), 0, 0, q)
    rates = (benjamini_yekutieli if strict else benjamini_hochberg)(np.array([trial.p for trial in able]))
    held = [(trial, float(rate)) for trial, rate in zip(able, rates, strict=True) if rate <= q]
    level = coverage_level(len(held), len(able), min(q, MISSED))
    experts = {_bare(clause) for clause in known}
    told = _plain([one for one in held if one[0].value - one[0].base >= GAP and _ends(one[0], level)[0] > 0])
    findings = [_finding(rank, trial, rate, level, share, known=_bare(trial.clause) in experts) for rank, (trial, rate) in enumerate(told[:most], 1)]
    return findings, Ledger(len(trials), len(able), len(told), q, verify_opened=1)


def _plain(held: Sequence[tuple[Trial, float]]) -> list[tuple[Trial, float]]:
    """The clauses by their reach, without those that ask for more than one that is told; few of each head."""
    told: list[tuple[Trial, float]] = []
    for trial, rate in sorted(held, key=lambda one: (-one[0].reach, len(one[0].clause.body), one[0].clause.text)):
        same = [other.clause for other, _ in told if other.clause.head.relation == trial.clause.head.relation]
        asked = {(atom.relation, atom.negated) for atom in trial.clause.body}
        if len(same) < EACH and not any({(atom.relation, atom.negated) for atom in other.body} <= asked for other in same):
            told.append((trial, rate))
    return told


def _ends(trial: Trial, level: float) -> tuple[float, float]:
    """The interval of the share above chance."""
    low, high = wilson(trial.value * trial.alone, trial.alone, level)
    return low - trial.base, high - trial.base


def _bare(clause: Clause) -> str:
    """The clause without its probability."""
    return Clause(clause.body, clause.head).text


def _finding(rank: int, trial: Trial, q: float, level: float, share: float, *, known: bool) -> Finding:
    clause = trial.clause
    relations = tuple(dict.fromkeys(atom.relation for atom in clause.body if atom.relation != DIFFERS))
    where = Condition((Compared("relation", "in", relations),))
    measure = Measure("relation", Column("relation"), clause.head.relation)
    claim = Claim(NAME, where, measure, "high", trial.value - trial.base, by=(Column("head"), Column("tail")), detail=(("clause", clause.text),))
    low, high = _ends(trial, level)
    effect, shares = trial.value - trial.base, {"pairs": float(trial.n), "alone": float(trial.alone), "covered": trial.covered}
    method = "exact binomial, one pair of each thing"
    evidence = Evidence(effect, low, high, trial.p, trial.n, method, "verify", trial.value, trial.base, level, trial.reach, shares)
    text = {lang: _say(clause, evidence, lang) for lang in LANGUAGES}
    return Finding(claim, evidence, q, rank, text, _sql(clause, share), _chart(claim, evidence), "share", "known" if known else "new")


def _say(clause: Clause, e: Evidence, lang: str) -> str:
    w = phrases(lang)
    value, base, gap = w.amount(e.value, "share"), w.amount(e.base, "share"), w.difference(e.effect, "share")
    span, n = w.interval(e.low, e.high, "share"), count(e.n)
    bare = _worded(clause, lang)
    if lang == "zh":
        return f"{bare.rstrip('。')}：在搜索从未见过的 {n} 对事物中，有 {value} 如此，随机水平为 {base}，相差 {gap}（{span}）。"
    return f"{bare.rstrip('.')}: so it is stated of {value} of {n} pairs that the search never saw, against {base} by chance: {gap} ({span})."


def _worded(clause: Clause, lang: str) -> str:
    """The clause in words; that all things on a mined path differ is said at its end."""
    plain = tuple(atom for atom in clause.body if atom.relation != DIFFERS)
    if clause.source != "mined" or len(plain) == len(clause.body):
        return Clause(clause.body, clause.head).say(lang)
    things = [v.text for v in sorted({v for atom in plain for v in atom.variables()}, key=lambda v: v.name)]
    bare = Clause(plain, clause.head).say(lang)
    if lang == "zh":
        return f"{bare.rstrip('。')}（{'、'.join(things)} 各不相同）。"
    return f"{bare.rstrip('.')} ({phrases(lang).both(things)} being different things)."


def _chart(claim: Claim, e: Evidence) -> dict[str, Any]:
    text = " & ".join(part for part in str(claim.told("clause")).split(" -> ")[0].split(" & ") if f" {DIFFERS} " not in part)
    bars = [{"group": text, "value": e.value, "n": e.n, "role": "segment"}, {"group": "≈", "value": e.base, "n": e.n, "role": "wider"}]
    return bar_chart(bars, claim)


def _sql(clause: Clause, share: float) -> str:
    """Effect, value, base and n from the facts, whose columns are head, relation and tail."""
    plain = [atom for atom in clause.body if not atom.negated and atom.relation != DIFFERS]
    names: dict[Variable, str] = {}
    asked: list[str] = []

    def named(term: Term) -> str:
        return names[term] if isinstance(term, Variable) else literal(term)

    for i, atom in enumerate(plain):
        asked.append(f"f{i}.relation = {literal(atom.relation)}")
        for term, column in ((atom.left, f"f{i}.head"), (atom.right, f"f{i}.tail")):
            if isinstance(term, Variable) and term not in names:
                names[term] = column
            else:
                asked.append(f"{column} = {named(term)}")
    for atom in clause.body:
        left, right = (named(term) for term in (atom.left, atom.right))
        if atom.relation == DIFFERS:
            asked.append(f"{left} <> {right}")
        elif atom.negated:
            asked.append(f"NOT EXISTS (SELECT 1 FROM f WHERE head = {left} AND relation = {literal(atom.relation)} AND tail = {right})")
    of = f"(SELECT head, tail FROM f WHERE relation = {literal(clause.head.relation)})"
    often = "SELECT {0}, count(*) / (SELECT count(DISTINCT {1}) FROM r) AS share FROM r GROUP BY {0}"
    return (
        "SELECT value - base AS effect, value, base, n FROM (\n"
        "  WITH f AS (SELECT DISTINCT head, relation, tail FROM data),\n"
        f"       r AS {of},\n"
        f"       p AS (SELECT DISTINCT {named(clause.head.left)} AS x, {named(clause.head.right)} AS y\n"
        f"             FROM {', '.join(f'f AS f{i}' for i in range(len(plain)))}\n"
        f"             WHERE {' AND '.join(asked)}),\n"
        f"       t AS ({often.format('tail', 'head')}),\n"
        f"       h AS ({often.format('head', 'tail')})\n"
        "  SELECT avg((r.head IS NOT NULL)::INT) AS value, avg(greatest(coalesce(t.share, 0), coalesce(h.share, 0))) AS base, count(*) AS n\n"
        "  FROM p LEFT JOIN r ON r.head = x AND r.tail = y LEFT JOIN t ON t.tail = y LEFT JOIN h ON h.head = x\n"
        f"  WHERE x <> y AND {UNSEEN.format(literal(clause.head.relation))}{round(share * PARTS)})"
    )
