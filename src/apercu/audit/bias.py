"""Unequal treatment: gaps between the groups that must be treated alike, with intervals, a mend, and what the mend costs.

    sex “Female”: the model says “yes” for 9.1% of rows, for 26.3% of the others (gap -17.2 points, 95% interval -18.3 to -16.1) ...

For each level of a column in `goal.alike`, out of fold and beside all other rows: the rate of positive decisions (demographic parity), of the truly
positive that are found (equal opportunity; Hardt, Price & Srebro 2016) and of the truly negative that are wrongly told so, the error, and what
happened beyond what was predicted (calibration); of numbers, the mean residual and the mean error. Null hypothesis: no gap; intervals are
Newcombe's (rates) or Welch's (means), clustered where rows come in blocks; all gaps together are held to one false-discovery rate and to a least
size. The mend that is priced is a threshold per group that evens out the true-positive rate: chosen on one half of the folds, its price in accuracy
measured on the other, both ways. `reweighed` gives weights under which group and outcome are independent (Kamiran & Calders 2012), for a model that
is to be trained anew (see reweighing for what that brings).

What it does *not* say: what is just; several of these gaps cannot all vanish where base rates differ (Kleinberg, Mullainathan & Raghavan 2017). A
gap is a difference, not its cause.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.fault import Fault
from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from ..stats.fdr import benjamini_hochberg
from ..stats.intervals import newcombe
from ..stats.tests import clustered, fisher, welch
from ..words import phrases
from ..words.numbers import percent
from ..words.spacing import glue

__all__ = ["Gap", "find", "gaps", "groups_of", "priced", "reweighed"]

LEAST: Final = 30  # rows of a group
LEVELS: Final = 12  # of a column
BANDS: Final = 4  # of a number: quarters
POINTS: Final = 0.05  # least gap of a rate that is told
SHARE: Final = 0.1  # least gap of a number, in standard deviations of the target
SAID: Final = {
    "rate": ("the model says “{wanted}” for {a} of rows, for {b} of the others", "被预测为“{wanted}”的占 {a}，其余为 {b}"),
    "found": ("of the true “{wanted}” it finds {a}, of the others' {b}", "真实为“{wanted}”者中被识别出的占 {a}，其余为 {b}"),
    "false": ("of the rows that are not “{wanted}” it says so of {a}, of the others' {b}", "并非“{wanted}”却被如此预测的占 {a}，其余为 {b}"),
    "error": ("it errs in {a} of rows, in {b} of the others", "预测出错的占 {a}，其余为 {b}"),
    "calibration": ("what happened exceeds what was predicted by {a}, by {b} of the others", "实际高出预测 {a}，其余为 {b}"),
    "residual": ("the truth exceeds the prediction by {a}, by {b} of the others", "真实值平均高出预测 {a}，其余为 {b}"),
    "size": ("it errs by {a} on average, by {b} of the others", "平均误差为 {a}，其余为 {b}"),
}


class Gap(NamedTuple):
    """One gap of one group: which measure, the group's value and the others', their difference with its interval, p and q, and the group's rows."""

    where: Condition
    measure: str
    value: float
    base: float
    gap: float
    low: float
    high: float
    p: float
    q: float
    n: int


def find(split: Split, model: CrossFitted, q: float = 0.05) -> list[Fault]:
    """One Fault per group with a gap that is sure and large enough, the largest gap first."""
    found = [g for g in gaps(split, model) if g.q <= q and abs(g.gap) >= (POINTS if split.goal.task != "numeric" else SHARE * _spread(split))]
    wheres = list(dict.fromkeys(g.where for g in sorted(found, key=lambda g: -abs(g.gap))))
    made = []
    for where in wheres:
        own = sorted((g for g in found if g.where == where), key=lambda g: -abs(g.gap))
        price = priced(split, model, where.columns()[0]) if split.goal.task == "binary" else None
        made.append(_fault(where, own, split.goal, price))
    return made


def gaps(split: Split, model: CrossFitted) -> list[Gap]:
    """Every gap that was looked at, with its q over all of them. A target of several classes is judged as wanted or not."""
    rows, measures = split.rows, _measures(split, model)
    made = []
    for name in split.goal.alike:
        for where, inside in groups_of(rows, name):
            for measure, (x, counts) in measures.items():
                a, b = inside & ~np.isnan(x), ~inside & ~np.isnan(x)
                if min(a.sum(), b.sum()) >= LEAST:
                    made.append(_gap(where, measure, x, a, b, None if split.blocks is None else split.blocks, counts=counts))
    q = benjamini_hochberg(np.array([g.p for g in made])) if made else np.zeros(0)
    return [g._replace(q=float(value)) for g, value in zip(made, q, strict=True)]


def groups_of(rows: Rows, name: str) -> list[tuple[Condition, np.ndarray]]:
    """(condition, (n,) bool) of each group of a column: its levels, a number's quarters (its values where they are few)."""
    if name not in rows or rows.storage(name) not in ("text", "number"):
        return []
    if rows.storage(name) == "text":
        column = rows.coded(name)
        largest = np.argsort(-column.counts(), kind="stable")[:LEVELS]
        terms = [Term(name, "is", column.levels[i]) for i in sorted(largest)]
    else:
        x = rows[name][np.isfinite(rows[name])]
        values = np.unique(x)
        if len(values) < 2:
            return []
        cuts = np.unique(np.quantile(x, np.arange(1, BANDS) / BANDS, method="inverted_cdf")).tolist()
        ends = list(zip([None, *cuts], [*cuts, None], strict=True))
        few = [Term(name, "is", float(v)) for v in values]
        terms = few if len(values) <= BANDS else []
        if not terms:
            both = [Condition(tuple(t for t in (low and Term(name, ">", low), high and Term(name, "<=", high)) if t)) for low, high in ends]
            return [(where, where.holds(rows)) for where in both if where.terms]
    return [(Condition((term,)), term.holds(rows)) for term in terms]


def reweighed(split: Split, name: str) -> np.ndarray:
    """(n,) weights under which the groups of a column and the wanted outcome are independent; 1 where either is missing."""
    outcome = split.goal.measured(split.rows) if split.goal.task != "multiclass" else split.goal.measured(split.rows, split.goal.wanted)
    weights = np.ones(split.rows.n)
    known = ~np.isnan(outcome)
    for _, inside in groups_of(split.rows, name):
        for value in (0.0, 1.0):
            cell = inside & (outcome == value)
            if cell.any():
                weights[cell] = (inside & known).sum() * (outcome == value).sum() / (known.sum() * cell.sum())
    return weights


def priced(split: Split, model: CrossFitted, name: str) -> dict[str, float] | None:
    """The mend by thresholds: accuracy and largest gap of true-positive rates before and after, measured on folds that did not choose them."""
    goal, p = split.goal, model.out_of_fold[:, split.goal.classes.index(split.goal.wanted)]
    truth = goal.measured(split.rows)
    groups = [inside for _, inside in groups_of(split.rows, name)]
    known, side = ~np.isnan(truth) & ~np.isnan(p), split.folds % 2 == 0
    decided = np.where(p > 0.5, 1.0, 0.0)
    mended = decided.copy()
    for chosen, used in ((side, ~side), (~side, side)):
        hits = known & chosen & (truth == 1)
        if not hits.any():
            return None
        rate = float((p[hits] > 0.5).mean())
        for inside in groups:
            own = p[hits & inside]
            if len(own) >= LEAST:
                mended[used & inside] = p[used & inside] > np.quantile(own, 1.0 - rate)
    told = {}
    for word, decision in (("before", decided), ("after", mended)):
        rates = [float(decision[known & inside & (truth == 1)].mean()) for inside in groups if (known & inside & (truth == 1)).sum() >= LEAST]
        told[f"accuracy {word}"] = float((decision == truth)[known].mean())
        told[f"gap {word}"] = max(rates) - min(rates) if len(rates) > 1 else 0.0
    return told


def _measures(split: Split, model: CrossFitted) -> dict[str, tuple[np.ndarray, bool]]:
    """{measure: ((n,) values, NaN where it does not speak of a row; whether it is a rate)}."""
    goal, out = split.goal, model.out_of_fold
    if goal.task == "numeric":
        residual = goal.coded(split.rows) - out
        return {"residual": (residual, False), "size": (np.abs(residual), False)}
    place = goal.classes.index(goal.wanted)
    truth = goal.measured(split.rows, goal.wanted)
    known = ~np.isnan(truth) & ~np.isnan(out[:, 0])
    said = np.where(known, (out.argmax(axis=1) == place).astype(np.float64), np.nan)
    return {
        "rate": (said, True),
        "found": (np.where(truth == 1, said, np.nan), True),
        "false": (np.where(truth == 0, said, np.nan), True),
        "error": (np.where(known, (out.argmax(axis=1) != goal.coded(split.rows)).astype(np.float64), np.nan), True),
        "calibration": (np.where(known, truth - out[:, place], np.nan), False),
    }


def _gap(where: Condition, measure: str, x: np.ndarray, a: np.ndarray, b: np.ndarray, blocks: np.ndarray | None, *, counts: bool) -> Gap:
    value, base = float(x[a].mean()), float(x[b].mean())
    if counts:
        hits, others = int(x[a].sum()), int(x[b].sum())
        low, high = newcombe(hits, int(a.sum()), others, int(b.sum()))
        p = fisher(hits, int(a.sum()), others, int(b.sum()))
    else:
        told = welch(x[a], x[b])
        low, high, p = told.low, told.high, told.p
    if blocks is not None:
        both = a | b
        block = clustered(x[both], a[both], blocks[both])
        low, high, p = min(low, block.low), max(high, block.high), max(p, block.p)
    return Gap(where, measure, value, base, value - base, low, high, p, 1.0, int(a.sum()))


def _spread(split: Split) -> float:
    return float(np.nanstd(split.goal.coded(split.rows)))


def _fault(where: Condition, own: list[Gap], goal: Goal, price: dict[str, float] | None) -> Fault:
    parts = {"en": [], "zh": []}
    n = max(g.n for g in own)  # some measures speak of part of the group's rows
    for g in own:
        unit = "" if g.measure in ("residual", "size") else "share"
        for lang, said in zip(("en", "zh"), SAID[g.measure], strict=True):
            w = phrases(lang)
            told = said.format(wanted=goal.wanted, a=w.amount(g.value, unit), b=w.amount(g.base, unit))
            span = f"{w.difference(g.gap, unit)}, {w.interval(g.low, g.high, unit)}"
            parts[lang].append(f"{told} (gap {span})" if lang == "en" else f"{told}（相差 {span.replace(', ', '，')}）")
    text = {
        "en": f"Where {where.say('en')}, {'; '.join(parts['en'])}. Measured out of fold on {n:,} rows of the group; a gap is no proof of its cause.",
        "zh": f"{glue('当', where.say('zh'), '时')}，{'；'.join(parts['zh'])}。依据该组 {n:,} 行的折外预测；差距本身并不说明原因。",
    }
    mend = {
        "en": "Look whether the gap is justified; weights that make group and outcome independent, or leaving columns out, are tried by training "
        "anew.",
        "zh": "请先判断差距是否合理；可用使组别与结果相互独立的权重，或去掉某些列后重新训练。",
    }
    if price:
        before, after = (percent(price[f"accuracy {w}"]) for w in ("before", "after"))
        wide, narrow = (percent(price[f"gap {w}"]) for w in ("before", "after"))
        name = where.columns()[0]
        mend = {
            "en": f"{mend['en']} Thresholds for each {name} that even out how many of the true “{goal.wanted}” are found narrow that "
            f"gap from {wide} to {narrow}; accuracy goes from {before} to {after}.",
            "zh": f"{mend['zh']}{glue('若按', name)} 分组设定阈值以均衡识别率，差距由 {wide} 变为 {narrow}，准确率由 {before} 变为 {after}。",
        }
    evidence = {
        "n": float(n),
        **{key: value for g in own for key, value in ((g.measure, g.gap), (f"{g.measure} low", g.low), (f"{g.measure} high", g.high))},
    }
    return Fault(f"bias:{where.to_sql()}", "bias", text, mend, {**evidence, **(price or {})}, where=where)
