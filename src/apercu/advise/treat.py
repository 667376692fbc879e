"""Treatments as actions: what uplift found, priced for the rows of the whole table, with the trial that would confirm it.

    gain = people x mean over the addressees of (effect x value - cost)

The effect is measured, not assumed, so the goal's `success` plays no part. All rows of the table may be addressed, those of other arms too. The
interval is that of the doubly robust mean over the addressees that were in the trial. Without a value gains are counted in outcomes, or in the unit
of a number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.action import Action
from ..core.condition import EVERYONE, Condition, Term
from ..core.split import Split
from ..stats.uplift import mean_of
from ._uplift_words import told
from .experiment import pace, proposed, proposed_of_mean
from .uplift import Uplift, sign

__all__ = ["treated"]


def treated(split: Split, effects: Sequence[Uplift]) -> list[Action]:
    """One action per treatment that was studied, those that pay first."""
    actions = [_action(split, found) for found in effects]
    return sorted(actions, key=lambda a: (a.gain_low <= 0, -a.gain))


def _action(split: Split, found: Uplift) -> Action:
    goal, side = split.goal, sign(split.goal)
    inside = np.zeros(split.rows.n, dtype=bool)
    who = EVERYONE
    if found.verdict == "some":
        cut = found.threshold * side
        who = Condition((Term(found.column, ">" if side > 0 else "<", float(cut)),))
        inside = side * found.effects > found.threshold
    elif found.verdict == "all":
        inside[:] = True
    people = int(inside.sum())
    worth, cost = (abs(goal.value), goal.cost) if goal.value is not None else (1.0, 0.0)
    seen = found.scores[inside & ~np.isnan(found.scores)]
    blocks = None if split.blocks is None else split.blocks[inside & ~np.isnan(found.scores)]
    each = mean_of(side * seen * worth - cost, blocks)
    gains = (people * each.value, people * each.low, people * each.high) if people and np.isfinite(each.low) else None
    what, text = told(found, goal, people, gains)
    unit = "money" if goal.value is not None else goal.target if goal.task == "numeric" else "outcomes"
    return Action(who, what, people, people * cost, *(gains or (0.0, 0.0, 0.0)), unit, (), text, _trial(split, found, people))


def _trial(split: Split, found: Uplift, people: int) -> dict[str, str]:
    """The trial that settles what is open: of the effect where it is not established or was not given by lot."""
    if found.reason or (found.verdict != "unclear" and found.foretold is None):
        return {}
    goal = split.goal
    y = goal.measured(split.rows, goal.wanted or None)
    known = y[~np.isnan(found.scores) & ~np.isnan(y)]
    count, daily = people or split.rows.n, pace(split, np.ones(split.rows.n, dtype=bool))
    change = found.average.value
    if goal.task == "numeric":
        trial = proposed_of_mean(float(known.std()), abs(change), goal, count, daily)
    else:
        trial = proposed(float(known.mean()), change, goal, count, daily, settles=found.average.low > 0 or found.average.high < 0)
    return {} if trial is None else trial.text()
