"""What teaching tells of itself: what rows without a label were worth, and which rules the other rules doubt. In both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..core.dataset import Note
from ..core.fault import Fault
from ..core.rule import Rule
from ..core.split import Split
from ..stats.label_model import fitted
from ..words.numbers import count, percent, plain
from .disputes import side

__all__ = ["doubts", "gained", "unverified"]

SHARED: Final = 0.5  # share of its rows in which another rule must speak as well, for the others to judge a rule
LISTED: Final = 50  # rows that one fault lists at most


def gained(split: Split, labelled: int, rules: int, losses: tuple[float, float], used: bool) -> Note:
    """What rows without a label were worth. losses: cross-fitted log loss of the model without them, and with them."""
    rows = split.rows.n - labelled
    before, after = (plain(float(f"{loss:.3g}")) for loss in losses)
    n, k, of = count(rows), count(rules), count(labelled)
    if used:
        en = (
            f"{k} rules labelled {n} rows that have no label, and a model learned from these and the {of} labelled rows. Out of fold its log loss on "
            f"the labelled rows is {after}, and {before} without them" + (", which so few labels do not decide." if losses[1] >= losses[0] else ".")
        )
        zh = f"{k} 条规则为 {n} 行无标签数据作了标注，模型据此连同 {of} 行有标签数据一起学习。折外对数损失为 {after}，不用这些行则为 {before}"
        zh += "，标签太少，尚不足以判定优劣。" if losses[1] >= losses[0] else "。"
    else:
        en = (
            f"{k} rules labelled {n} rows that have no label, but a model that learned from these as well did not predict the {of} labelled rows "
            f"better out of fold (log loss {after}, and {before} without them), so it is not used."
        )
        zh = (
            f"{k} 条规则为 {n} 行无标签数据作了标注，但据此学习的模型在 {of} 行有标签数据上的折外表现并不更好"
            f"（对数损失 {after}，不用则为 {before}），因此未采用。"
        )
    goal = split.goal
    assert goal is not None
    return Note("teach", goal.target, {"en": en, "zh": zh}, rows)


def unverified(split: Split, rules: int) -> Note:
    """That no label stands behind a model."""
    goal, n, k = split.goal, count(split.rows.n), count(rules)
    assert goal is not None
    labels = int(np.count_nonzero(~np.isnan(goal.coded(split.rows))))
    few = {
        "en": f"Only {count(labels)} row{'s have' if labels > 1 else ' has'} a label in {goal.target}, too few to learn from or to judge by",
        "zh": f"{goal.target} 列只有 {count(labels)} 行有标签，不足以学习或检验",
    }
    none = {"en": f"No row has a label in {goal.target}", "zh": f"{goal.target} 列没有任何标签"}
    known = few if labels else none
    en = (
        f"{known['en']}. {k} rules labelled all {n} rows and a model learned from that: it says what the rules say, carried "
        "further, and nothing here verifies that they are right. Label some rows (`apercu ask` names those that help most) to find out."
    )
    zh = (
        f"{known['zh']}。{k} 条规则为全部 {n} 行作了标注，模型由此学得：它只是规则说法的延伸，规则是否正确未经任何数据验证。"
        "请标注若干行（`apercu ask` 会指出最有帮助的行）再作检验。"
    )
    return Note("teach", goal.target, {"en": en, "zh": zh}, split.rows.n)


def doubts(rules: Sequence[Rule], votes: np.ndarray, balance: np.ndarray, split: Split, trust: float, least: int) -> list[Fault]:
    """Rules that all other rules, joined by a label model, hold to be no better than chance where both speak; of rows without a label as well.

    votes (n, r); balance (k,): the classes' shares. It is a doubt and no verdict: the others may be wrong.
    """
    goal = split.goal
    assert goal is not None
    stated = np.array([np.nan if rule.stated is None else rule.stated for rule in rules])
    found = []
    for r, rule in enumerate(rules):
        others = np.arange(len(rules)) != r
        spoken = votes[:, r] >= 0
        shared = spoken & (votes[:, others] >= 0).any(axis=1)
        if not others.any() or shared.sum() < max(least, SHARED * spoken.sum()):
            continue
        level = goal.classes.index(rule.level)
        chances = fitted(votes[:, others], stated[others], balance, trust, trust).probabilities(votes[:, others])[:, level]
        said, usual = float(chances[shared].mean()), float(chances.mean())
        likely = side(rule, goal, split.rows)
        if (said <= usual) == likely:
            found.append(_doubt(rule, (said, usual), split, shared))
    return found


def _doubt(rule: Rule, rates: tuple[float, float], split: Split, shared: np.ndarray) -> Fault:
    n, said, usual = count(int(shared.sum())), percent(rates[0]), percent(rates[1])
    stated = "" if rule.stated is None else percent(rule.stated)
    text = {
        "en": f"The other rules doubt the rule “{rule.text}”: in {n} rows of which it and others speak, they hold {rule.level} to be right in "
        f"{said}, and in {usual} of all rows" + (f"; it states {stated}." if stated else "."),
        "zh": f"其他规则与规则“{rule.text}”相左：在它与其他规则都适用的 {n} 行里，其他规则认为为“{rule.level}”的只占 {said}，"
        f"全部行则为 {usual}" + (f"；该规则声称 {stated}。" if stated else "。"),
    }
    mend = {
        "en": "Label some of the listed rows: only labels can tell whether this rule or the others are wrong.",
        "zh": "请为所列的行补充标签：究竟是这条规则还是其他规则有误，只有标签能够判定。",
    }
    rows = tuple(int(r) for r in split.rows["_row"][shared][:LISTED])
    evidence = {"n": float(shared.sum()), "share": rates[0], "usual": rates[1]}
    return Fault(f"rule:{rule.text}", "rules", text, mend, evidence, rows=rows)
