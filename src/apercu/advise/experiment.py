"""Experiment: the trial that would prove an action, because what was seen together need not be cause and effect.

    trial = proposed(rate=0.378, change=-0.113, people=1494, pays=0.033)
    trial.arm                  # rows of each of the two arms
    trial.say("zh")

Half of the addressees, chosen by lot, get the offer and half do not; what is compared is the share of the outcome. The arms are as large as is
needed to see the change that the action assumes (power 80 %, error 5 %, two-sided; formulas, null hypothesis and assumptions: stats/power). It
may be looked at twice, at half and at the end (O'Brien & Fleming 1979); whoever looks more often will see differences that are not there. Where
the table has too few cases the trial says which difference they would show. What it does not do: trials in which one case influences another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.goal import Goal
from ..core.split import Split
from ..stats.power import MOST, POWER, means, rates, seen, two_looks
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["Trial", "pace", "proposed", "proposed_of_mean"]

DAY: Final = np.timedelta64(1, "D")
LARGEST: Final = 10_000_000  # rows of an arm, beyond which a trial is none that anybody makes
INFLATED: Final = 1.01  # what the look at half time costs in rows (O'Brien & Fleming, two looks)


@dataclass(frozen=True)
class Trial:
    """A trial of two equal arms.

    arm: rows of each; base, change: the rate without the action and how it is assumed to move (of a number: its spread in base); measured: the
    outcome in words; people: cases there are; least: the difference that all of them would show; pays: the difference from which on the action
    pays; days: how long until enough cases have come, None where no clock says so. settles: whether the arms are so large that they tell a change
    that pays from one that does not, and not only a change from none.
    """

    arm: int
    base: float
    change: float
    measured: str
    people: int
    least: float
    pays: float
    days: float | None = None
    number: bool = False
    settles: bool = False

    def say(self, lang: str = "en") -> str:
        """The trial in sentences."""
        return _en(self) if lang == "en" else _zh(self)

    def text(self) -> dict[str, str]:
        """Both languages."""
        return {"en": self.say("en"), "zh": self.say("zh")}


def proposed(rate: float, change: float, goal: Goal, people: int, daily: float | None = None, *, settles: bool = False) -> Trial | None:
    """The trial of an action that is assumed to move a rate by `change`, among `people` cases of which `daily` come a day; None without a change.

    settles: ask for arms that tell whether the change pays; not done where it hardly differs from what pays, since then no trial could.
    """
    if change == 0.0 or people < 1:
        return None
    pays = goal.cost / abs(goal.value) if goal.value else 0.0
    larger = math.ceil(rates(rate, change, over=pays) * INFLATED)
    settles = settles and pays > 0 and larger <= LARGEST
    arm = larger if settles else min(MOST, math.ceil(rates(rate, change) * INFLATED))
    days = 2 * arm / daily if daily else None
    return Trial(arm, rate, change, f"{goal.target} “{goal.wanted}”", people, seen(rate, people / 2), pays, days, settles=settles)


def proposed_of_mean(deviation: float, change: float, goal: Goal, people: int, daily: float | None = None) -> Trial | None:
    """The same of a number that varies by `deviation`."""
    if change == 0.0 or deviation == 0.0 or people < 1:
        return None
    arm = min(MOST, math.ceil(means(deviation, change) * INFLATED))
    least = change * math.sqrt(2 * arm / people) if people else math.inf
    worth = abs(goal.value) if goal.value else 1.0
    return Trial(arm, deviation, change, goal.target, people, abs(least), goal.cost / worth, 2 * arm / daily if daily else None, number=True)


def pace(split: Split, inside: np.ndarray) -> float | None:
    """Cases a day of the rows `inside` (n,) by the table's clock; None where it has none."""
    clocks = [c.name for c in split.data.schema.with_role("time") if c.name in split.rows and c.storage == "time"]
    if not clocks:
        return None
    moments = split.rows[clocks[0]]
    known = moments[~np.isnat(moments)]
    span = float((known.max() - known.min()) / DAY) if len(known) else 0.0
    return float(np.count_nonzero(inside)) / span if span >= 1.0 and inside.any() else None


def _digits(t: Trial, x: float) -> str:
    return plain(float(f"{x:.3g}")) if t.number else f"{100 * x:.1f}"


def _size(t: Trial) -> bool:
    return 2 * t.arm <= t.people


def _en(t: Trial) -> str:
    half, end = two_looks()
    what = f"mean {t.measured}" if t.number else f"the share of {t.measured}"
    moves = f"moves by {_digits(t, t.change)}" if t.number else f"goes from {percent(t.base)} to {percent(min(max(t.base + t.change, 0.0), 1.0))}"
    unit = "" if t.number else " points"
    shows = (
        f"that this is {'more' if abs(t.change) > t.pays else 'less'} than the {_digits(t, t.pays)}{unit} from which on it pays"
        if t.settles
        else "it"
    )
    said = (
        f"A trial would prove it: draw two groups of {count(t.arm)} such cases by lot, make the offer to one of them only, and compare {what}. If it "
        f"{moves}, they show {shows} in {percent(POWER)} of such trials, with a false alarm in 5.0%. Look twice: stop at half if p < {half:.3f}, "
        f"judge at the end by p < {end:.3f}."
    )
    if t.days is not None:
        said += f" At the pace of this table that takes about {count(max(1, round(t.days)))} days."
    if not _size(t):
        least = f"a difference of {_digits(t, t.least)}{unit} or more" if t.number or t.least < 1 else "no difference at all"
        enough = "too few to settle it" if t.settles else f"all of them together would show {least}"
        said += f" There are only {count(t.people)} such cases{', ' if t.settles else '; '}{enough}."
    if t.pays > 0 and not t.settles:
        said += f" The offer pays from a difference of {_digits(t, t.pays)}{unit} on."
    return said


def _zh(t: Trial) -> str:
    half, end = two_looks()
    what = glue(t.measured, "的均值" if t.number else "的占比")
    after = percent(min(max(t.base + t.change, 0.0), 1.0))
    moves = f"若其变动 {_digits(t, t.change)}" if t.number else f"若由 {percent(t.base)} 变为 {after}"
    unit = "" if t.number else " 个百分点"
    shows = f"其{'高于' if abs(t.change) > t.pays else '低于'}合算所需的 {_digits(t, t.pays)}{unit}" if t.settles else ""
    said = (
        f"可用试验证实：从这类对象中随机抽取两组，每组 {count(t.arm)} 个，只对其中一组提供优惠，再{glue('比较', what)}。{moves}，"
        f"这样的试验有 {percent(POWER)} 能看出{shows or '来'}，误报率为 5.0%。"
        f"只看两次：中期 p < {half:.3f} 方可提前停止，结束时以 p < {end:.3f} 为准。"
    )
    if t.days is not None:
        said += f"按本表的速度约需 {count(max(1, round(t.days)))} 天。"
    if not _size(t):
        able = t.number or t.least < 1
        least = f"全部用上也只能看出 {_digits(t, t.least)}{unit}以上的差异" if able else "任何差异都看不出"
        said += f"这类对象仅有 {count(t.people)} 个，{'不足以定论' if t.settles else least}。"
    if t.pays > 0 and not t.settles:
        said += f"差异达到 {_digits(t, t.pays)}{unit}，优惠才合算。"
    return said
