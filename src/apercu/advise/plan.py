"""The plan: one page for whoever decides, from the actions of a study: the finding, the action, for whom, its cost and gain, the check.

    Path("plan.md").write_text(planned(actions, findings, goal, "zh"))

Every action comes with the Condition that names its addressees as SQL: the same Condition is what is counted next month (see monitor), so that what
was promised and what came can be laid side by side. Expected and pessimistic gains stand next to each other, and what was assumed is said. What it
does not do: add gains up, since the same row may be addressed by several actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..core.action import Action
from ..core.finding import Finding
from ..core.goal import Goal
from ..words.numbers import count, money

__all__ = ["planned"]

MOST: Final = 5  # actions on the page
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"en": "Plan: {target}", "zh": "计划：{target}"},
    "none": {"en": "No action is expected to pay; nothing is planned.", "zh": "没有任何行动预期合算，因此不作计划。"},
    "table": {
        "en": "| | Action | Addressees | Cost | Expected gain | Pessimistic gain |",
        "zh": "| | 行动 | 对象数 | 成本 | 预期净收益 | 悲观净收益 |",
    },
    "why": {"en": "Found", "zh": "发现"},
    "who": {"en": "For whom (SQL)", "zh": "对象（SQL）"},
    "text": {"en": "What it costs and brings", "zh": "成本与收益"},
    "trial": {"en": "How it would be proved", "zh": "如何证实"},
    "next": {"en": "Measured next month", "zh": "下月如何衡量"},
    "overlap": {"en": "Addressees overlap: do not add the gains up.", "zh": "对象之间有重叠：收益不可相加。"},
    "unit": {"en": " outcomes", "zh": " 个结果"},
}
SCORES: Final[Mapping[str, str]] = {
    "en": "the list of `apercu advise STUDY --list {i}` (scores that the model made anew)",
    "zh": "`apercu advise STUDY --list {i}` 给出的名单（由模型重新评分）",
}
MONITOR: Final[Mapping[str, str]] = {
    "en": "`apercu monitor STUDY NEXT` counts the same condition on that table and says whether it goes as planned",
    "zh": "`apercu monitor STUDY NEXT` 以同一条件统计该表，并判断是否与计划相符",
}


def planned(actions: Sequence[Action], findings: Sequence[Finding], goal: Goal | None, lang: str = "en") -> str:
    """The plan as Markdown, in one language; at most five actions, in their order."""
    target = "" if goal is None else f"{goal.target}" + (f" “{goal.wanted}”" if goal.wanted else "")
    lines = [f"# {WORDS['title'][lang].format(target=target)}", ""]
    if not actions:
        return "\n".join([*lines, WORDS["none"][lang], ""])
    lines += [WORDS["table"][lang], "|---|---|--:|--:|--:|--:|"]
    for i, action in enumerate(actions[:MOST], 1):
        sums = (_sum(x, action, lang) for x in (action.cost, action.gain, action.gain_low))
        lines.append(f"| {i} | {action.what[lang].replace('|', chr(92) + '|')} | {count(action.people)} | {' | '.join(sums)} |")
    lines += ["", WORDS["overlap"][lang], ""]
    told = {finding.rank: finding for finding in findings}
    for i, action in enumerate(actions[:MOST], 1):
        lines += [f"## {i}. {action.what[lang]}", ""]
        lines += [f"- **{WORDS['why'][lang]}** ({rank}): {told[rank].say(lang)}" for rank in action.because if rank in told]
        lines.append(f"- **{WORDS['text'][lang]}**: {action.say(lang)}")
        made = any(name.startswith("_") for name in action.who.columns())
        lines.append(f"- **{WORDS['who'][lang]}**: " + (SCORES[lang].format(i=i) if made else f"`SELECT * FROM data WHERE {action.who.to_sql()}`"))
        if action.trial:
            lines.append(f"- **{WORDS['trial'][lang]}**: {action.trial[lang]}")
        lines += [f"- **{WORDS['next'][lang]}**: {_measured(action, goal, i, lang)}", ""]
    return "\n".join(lines)


def _measured(action: Action, goal: Goal | None, i: int, lang: str) -> str:
    """What to count next month, by the same Condition."""
    made = any(name.startswith("_") for name in action.who.columns())
    who = SCORES[lang].format(i=i) if made else f"`{action.who.to_sql()}`"
    target = "" if goal is None else goal.target
    low, gain = _sum(action.gain_low, action, lang), _sum(action.gain, action, lang)
    if lang == "en":
        return (
            f"among the rows of next month's table that satisfy {who}, compare {target} of those who got the action with those who, by lot, did not. "
            f"Expected {gain}; below {low} the plan is to be revised. {MONITOR[lang]}, planned: {count(action.people)}."
        )
    return (
        f"在下月表中满足 {who} 的行里，比较随机获得该行动者与未获得者的 {target}。预期 {gain}；"
        f"低于 {low} 则应修订计划。{MONITOR[lang]}（计划对象数：{count(action.people)}）。"
    )


def _sum(x: float, action: Action, lang: str) -> str:
    if action.unit == "money":
        return money(x)
    return f"{count(round(x))}" + (WORDS["unit"][lang] if action.unit == "outcomes" else f" {action.unit}")
