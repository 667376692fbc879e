"""Sentences of offers: whom to address, why, what it brings and costs, and what was assumed, as a manager would write it.

They say "cases", because a row may be a customer, a machine or a claim. An interval is called a 95% one where it holds 95% after the selection
of the finding, however wide that made it. A rate is what was seen, which is no effect of an offer; each text says that too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..core.condition import Condition
from ..core.goal import Goal
from ..words import phrases
from ..words.numbers import count, money, percent
from ..words.spacing import glue

__all__ = ["Offer", "what_of", "written"]

SEEN: Final[Mapping[str, str]] = {
    "en": "The rate is what was seen, not what an offer does; only a trial tells that.",
    "zh": "该比例只是观察所得，并非优惠的效果；效果须经试验才能得知。",
}


@dataclass(frozen=True)
class Offer:
    """Who is addressed, how many of the whole table, and the rate of the outcome among them with its interval at `level`, from n rows.

    half: where the rate was measured: 'verify', 'all' (permutations judge a small table) or 'out of fold'. because: ranks of the findings
    behind it. above: the probability above which the model addresses; None for a segment.
    """

    who: Condition
    people: int
    rate: float
    low: float
    high: float
    n: int
    level: float
    half: str
    because: tuple[int, ...] = ()
    above: float | None = None


def what_of(offer: Offer, goal: Goal) -> dict[str, str]:
    """The action as a short line in each language."""
    if offer.above is None:
        return {"en": f"Make the offer where {offer.who.say('en')}", "zh": glue("对", offer.who.say("zh"), "的对象提供优惠")}
    p, level = percent(offer.above), f"{goal.target} “{goal.wanted}”"
    return {
        "en": f"Make the offer where the predicted probability of {level} is above {p}",
        "zh": glue("对预测", f"{goal.target}“{goal.wanted}”", f"概率高于 {p} 的对象提供优惠"),
    }


def written(offer: Offer, everyone: Offer, goal: Goal, gains: tuple[float, float, float, float]) -> dict[str, str]:
    """The offer as whole sentences in each language; gains are expected, pessimistic, optimistic, and expected of an offer to everyone."""
    counted = goal.value is None
    return {
        "en": (_reach_en if counted else _money_en)(offer, everyone, goal, gains),
        "zh": (_reach_zh if counted else _money_zh)(offer, everyone, goal, gains),
    }


def _money_en(offer: Offer, everyone: Offer, goal: Goal, gains: tuple[float, float, float, float]) -> str:
    gain, low, high, all_gain = map(money, gains)
    worth, cost, spent = money(goal.value or 0.0), money(goal.cost), money(goal.cost * offer.people)
    return (
        f"Make the offer to the {count(offer.people)} cases {_who_en(offer, goal)}: {goal.target} is “{goal.wanted}” in {_rate_en(offer)}. "
        f"If it works on {percent(goal.success)} of those (assumed), at {worth} for each and {cost} per offer, "
        f"it brings {gain} net of its cost of {spent}; {low} at the pessimistic end, {high} at the optimistic one. "
        f"The same offer to all {count(everyone.people)} cases would bring {all_gain}. {SEEN['en']}"
    )


def _money_zh(offer: Offer, everyone: Offer, goal: Goal, gains: tuple[float, float, float, float]) -> str:
    gain, low, high, all_gain = map(money, gains)
    worth, cost, spent = money(goal.value or 0.0), money(goal.cost), money(goal.cost * offer.people)
    return (
        f"{glue('向', _who_zh(offer, goal), '的')} {count(offer.people)} 个对象提供优惠："
        f"{glue('其中', goal.target, f'为“{goal.wanted}”的占')} {_rate_zh(offer)}。"
        f"假定优惠对其中 {percent(goal.success)} 有效，每个价值 {worth}、每份优惠成本 {cost}，"
        f"则扣除成本 {spent} 后预期净收益 {gain}；悲观估计 {low}，乐观估计 {high}。"
        f"若向全部 {count(everyone.people)} 个对象提供，预期净收益为 {all_gain}。{SEEN['zh']}"
    )


def _reach_en(offer: Offer, everyone: Offer, goal: Goal, gains: tuple[float, float, float, float]) -> str:
    gain, low, high, all_gain = (count(round(g)) for g in gains)
    held, whole = count(round(offer.people * offer.rate)), count(round(everyone.people * everyone.rate))
    return (
        f"The {count(offer.people)} cases {_who_en(offer, goal)} hold about {held} of the {whole} cases with "
        f"{goal.target} “{goal.wanted}”: {_rate_en(offer)}. "
        f"An offer that works on {percent(goal.success)} of those (assumed) would change about {gain} outcomes, {low} at the pessimistic end and "
        f"{high} at the optimistic one; made to all {count(everyone.people)} cases it would change {all_gain}. "
        f"{SEEN['en']}"
    )


def _reach_zh(offer: Offer, everyone: Offer, goal: Goal, gains: tuple[float, float, float, float]) -> str:
    gain, low, high, all_gain = (count(round(g)) for g in gains)
    held, whole = count(round(offer.people * offer.rate)), count(round(everyone.people * everyone.rate))
    return (
        f"{glue(_who_zh(offer, goal), '的')} {count(offer.people)} 个对象，"
        f"{glue(f'约占全部 {whole} 个', goal.target, f'为“{goal.wanted}”者')}中的 {held} 个："
        f"比例为 {_rate_zh(offer)}。"
        f"假定优惠对其中 {percent(goal.success)} 有效，预计可改变约 {gain} 个结果；悲观估计 {low} 个，乐观估计 {high} 个；"
        f"若向全部 {count(everyone.people)} 个对象提供，预计可改变 {all_gain} 个。{SEEN['zh']}"
    )


def _who_en(offer: Offer, goal: Goal) -> str:
    if offer.above is None:
        return f"where {offer.who.say('en')}"
    return f"whose predicted probability of {goal.target} “{goal.wanted}” is above {percent(offer.above)}"


def _who_zh(offer: Offer, goal: Goal) -> str:
    if offer.above is None:
        return offer.who.say("zh")
    return glue("预测", goal.target, f"为“{goal.wanted}”的概率高于 {percent(offer.above)}")


def _rate_en(offer: Offer) -> str:
    seen = f"{count(offer.n)} rows predicted out of fold" if offer.half == "out of fold" else phrases("en").proof(count(offer.n), offer.half)
    return f"{percent(offer.rate)} (95% interval {percent(offer.low)} to {percent(offer.high)}; {seen})"


def _rate_zh(offer: Offer) -> str:
    seen = f"{count(offer.n)} 行折外预测" if offer.half == "out of fold" else phrases("zh").proof(count(offer.n), offer.half)
    return f"{percent(offer.rate)}（95% 区间 {percent(offer.low)} 至 {percent(offer.high)}；{seen}）"
