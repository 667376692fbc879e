"""Disputes: two rules that speak of the same rows and say opposite things, and which of them the data support there.

    “when text contains “free” then label = “spam” [0.8]” and “when text contains “lol” then label = “ham” [0.9]” both speak of 41 rows ...

Two rules are opposed where they hold different levels to be likely, or one calls likely what the other calls rare. How many rows they share is
counted over all rows, labels or not. Which is right there is asked of the rows that judge: of those that bear the level of either, an exact binomial
test at 5 % (its interval in blocks where rows come in blocks) says which is met more often; where it cannot tell, the sentence says so. Null
hypothesis: both are met equally often. Soft rules may meet without being wrong, so only pairs that share many rows are told, the most first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from ..core.fault import Fault
from ..core.goal import Goal
from ..core.rows import Rows
from ..core.rule import Rule
from ..core.split import Split
from ..stats.exact import above
from ..stats.rates import rate
from ..words.numbers import count

__all__ = ["disputes", "side"]

MOST: Final = 5  # pairs told
SHARE: Final = 0.1  # of the rows of the rule that speaks of fewer, which both must speak of
LISTED: Final = 50  # rows that one fault lists at most
PROVEN: Final = 0.05


def disputes(rules: Sequence[Rule], split: Split, least: int) -> list[Fault]:
    """The pairs of opposed rules that share at least `least` rows, those that share most first."""
    goal = split.goal
    assert goal is not None
    if goal.task == "numeric" or not rules:
        return []
    kept = tuple({rule.text: rule for rule in rules}.values())
    speaks = np.column_stack([rule.when.holds(split.rows) for rule in kept])
    likely = [side(rule, goal, split.rows) for rule in kept]
    found: list[tuple[int, int, int]] = []
    for i, j in combinations(range(len(kept)), 2):
        shared = int((speaks[:, i] & speaks[:, j]).sum())
        fewer = min(int(speaks[:, i].sum()), int(speaks[:, j].sum()))
        if shared >= max(least, SHARE * fewer) and _opposed((kept[i], kept[j]), (likely[i], likely[j]), len(goal.classes)):
            found.append((shared, i, j))
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [_fault((kept[i], kept[j]), (likely[i], likely[j]), split, speaks[:, i] & speaks[:, j]) for _, i, j in found[:MOST]]


def side(rule: Rule, goal: Goal, rows: Rows) -> bool:
    """Whether a rule says that its level is at least as likely as among everyone; without labels, as among classes that are equally frequent."""
    truth = goal.measured(rows, rule.level)
    known = truth[~np.isnan(truth)]
    base = float(known.mean()) if len(known) else 1.0 / len(goal.classes)
    return rule.stated is None or rule.stated >= base


def _opposed(rules: tuple[Rule, Rule], likely: tuple[bool, bool], k: int) -> bool:
    """Whether at most one of two statements can be right: of one level different sides, of two levels both likely, of two classes both rare."""
    if rules[0].level == rules[1].level:
        return likely[0] != likely[1]
    return likely[0] == likely[1] and (likely[0] or k == 2)


def _fault(rules: tuple[Rule, Rule], likely: tuple[bool, bool], split: Split, both: np.ndarray) -> Fault:
    goal, judge = split.goal, split.verify
    assert goal is not None
    shared = rules[0].when.holds(judge.rows) & rules[1].when.holds(judge.rows)
    met = [(goal.measured(judge.rows, rule.level)[shared] == 1.0) == is_likely for rule, is_likely in zip(rules, likely, strict=True)]
    tells = met[0] != met[1]
    first = met[0][tells].astype(np.float64)
    wins, n = int(first.sum()), len(first)
    better = _better(first, None if judge.blocks is None else judge.blocks[shared][tells])
    names = (f"“{rules[0].text}”", f"“{rules[1].text}”")
    text = {lang: _text(names, (int(both.sum()), wins, n), better, lang) for lang in ("en", "zh")}
    mend = {lang: _mend(names, better, lang) for lang in ("en", "zh")}
    rows = split.rows["_row"][both][:LISTED]
    evidence = {"shared": float(both.sum()), "judged": float(n), "first": float(wins), "second": float(n - wins)}
    return Fault(f"rules:{rules[0].text}|{rules[1].text}", "rules", text, mend, evidence, rows=tuple(int(r) for r in rows))


def _better(first: np.ndarray, blocks: np.ndarray | None) -> int:
    """0 or 1, the rule that is met more often, or -1 where the rows cannot tell."""
    n, wins = len(first), int(first.sum())
    if n == 0:
        return -1
    chance = 2 * min(above(wins, n, 0.5), above(n - wins, n, 0.5))
    _, low, high = rate(first, blocks)
    if chance >= PROVEN or (blocks is not None and low <= 0.5 <= high):
        return -1
    return 0 if wins > n - wins else 1


def _text(names: tuple[str, str], counts: tuple[int, int, int], better: int, lang: str) -> str:
    shared, wins, n = (count(number) for number in counts)
    lost = count(counts[2] - counts[1])
    if lang == "zh":
        start = f"规则{names[0]}与规则{names[1]}都适用于同样的 {shared} 行，说法却相反。"
        if better < 0:
            return start + (
                f"其中用于评判且有标签的 {n} 行里，前者对 {wins} 行，后者对 {lost} 行，不足以判定谁对。"
                if counts[2]
                else "这些行没有可用于评判的标签。"
            )
        return start + f"数据支持{'前者' if better == 0 else '后者'}：用于评判的 {n} 行里，前者对 {wins} 行，后者对 {lost} 行。"
    start = f"The rules {names[0]} and {names[1]} both speak of the same {shared} rows and say opposite things. "
    if better < 0:
        few = f"Of {n} of these rows that judge, the first is right in {wins} and the second in {lost}, which decides nothing."
        return start + (few if counts[2] else "None of these rows has a label that could judge.")
    which = "first" if better == 0 else "second"
    return start + f"The data support the {which}: of {n} of these rows that judge, the first is right in {wins} and the second in {lost}."


def _mend(names: tuple[str, str], better: int, lang: str) -> str:
    if better < 0:
        return {
            "en": "Label some of the listed rows, or say in one of the rules where the other holds.",
            "zh": "请为所列的行补充标签，或在其中一条规则里写明另一条成立的情形。",
        }[lang]
    loser = names[1 - better]
    return {"en": f"Narrow {loser} so that it leaves these rows out, or correct it.", "zh": f"请收窄或更正规则{loser}，使其不再适用于这些行。"}[lang]
