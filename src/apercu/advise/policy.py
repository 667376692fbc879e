"""Policy: who gets which of several actions when money or capacity is limited.

    plan = allocated({"sms": gain_sms, "call": gain_call}, {"sms": 0.1, "call": 5.0}, budget=2_000, limits={"call": 300})
    plan.chosen                # (n,) the action of each row, '' for none
    plan.say("zh")

Each row gets at most one action; the sum of net gains is as large as possible under the budget and the limits of each action. It is the linear
programme of the multiple-choice knapsack, solved exactly by HiGHS (Huangfu & Hall 2018, in SciPy); its optimum leaves at most as many rows split
between actions as there are limits, and those get the best action that still fits. `bound` is the programme's own optimum, which no allocation
can exceed, so what rounding cost is known. Gains are expectations: where a treatment's effect is not shown to differ between rows, every
row has the average effect (`gains`). What it does not do: actions that add to each other's effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.errors import WordsError
from ..core.split import Split
from ..words.numbers import count, money
from .effects import Fit
from .uplift import ALPHA, sign, studied

__all__ = ["Allocation", "allocated", "gains"]


@dataclass(frozen=True)
class Allocation:
    """chosen (n,): the action of each row, '' for none; gain: net and expected, of all; cost: spent; bound: the most that any allocation gains."""

    chosen: np.ndarray
    gain: float
    cost: float
    bound: float
    people: Mapping[str, int]

    def say(self, lang: str = "en") -> str:
        """The allocation in a sentence."""
        each = [f"“{name}”" + (f" to {count(n)}" if lang == "en" else f" {count(n)} 个") for name, n in self.people.items()]
        if lang == "en":
            who = " and ".join(each) if len(each) < 3 else ", ".join(each)
            told = f"Give {who} cases" if any(self.people.values()) else "Give nothing to anybody"
            brings = f"{money(self.cost)} is spent and {money(self.gain)} expected net of it"
            return f"{told}: {brings}; no allocation within these limits brings over {money(self.bound)}."
        told = f"按 {'、'.join(each)} 分配" if any(self.people.values()) else "不对任何对象采取行动"
        return f"{told}：花费 {money(self.cost)}，扣除后预期净收益 {money(self.gain)}；在此限制下任何分配都不超过 {money(self.bound)}。"


def allocated(
    net: Mapping[str, np.ndarray],
    costs: Mapping[str, float],
    budget: float | None = None,
    limits: Mapping[str, int] | None = None,
    allowed: Mapping[str, np.ndarray] | None = None,
) -> Allocation:
    """The best allocation. net: by action, (n,) expected gain, its cost taken off; allowed: by action, (n,) bool of rows without a veto."""
    names, limits, allowed = list(net), limits or {}, allowed or {}
    if budget is not None and budget < 0:
        raise WordsError(f"a budget must be 0 or more; got {budget:g}.")
    table = np.column_stack([np.where(allowed.get(name, True), np.nan_to_num(net[name], nan=0.0), 0.0) for name in names])
    price = np.array([costs.get(name, 0.0) for name in names])
    room = np.array([float(limits.get(name, len(table))) for name in names])
    share, bound = _solved(table, price, budget, room)
    place = np.where((share > 1 - 1e-6).any(axis=1), share.argmax(axis=1), -1)
    spent = float(price[place[place >= 0]].sum())
    taken = np.bincount(place[place >= 0], minlength=len(names)).astype(float)
    split = np.flatnonzero((place < 0) & (share.max(axis=1) > 1e-6))
    for i in split[np.argsort(-table[split].max(axis=1), kind="stable")]:  # the few rows that the programme cut in pieces
        for j in np.argsort(-table[i], kind="stable"):
            if table[i, j] > 0 and taken[j] < room[j] and (budget is None or spent + price[j] <= budget + 1e-9):
                place[i], spent, taken[j] = j, spent + price[j], taken[j] + 1
                break
    gain = float(table[np.flatnonzero(place >= 0), place[place >= 0]].sum())
    chosen = np.array([*names, ""], dtype=object)[place]
    return Allocation(chosen, gain, spent, max(bound, gain), {name: int(taken[j]) for j, name in enumerate(names)})


def gains(split: Split, costs: Mapping[str, float] | None = None, fit: Fit | None = None) -> dict[str, np.ndarray]:
    """{treatment: (n,) net expected gain of giving it to each row}: effects, or the average where they are not shown to differ.

    Treatments that are not shown to do anything are left out. costs: by treatment, where they differ from the goal's.
    """
    goal, made = split.goal, {}
    worth = abs(goal.value) if goal.value is not None else 1.0
    for found in studied(split, fit):
        if found.reason or (found.ranking.p > ALPHA and found.average.low <= 0 <= found.average.high):
            continue
        effect = found.effects if found.ranking.p <= ALPHA else np.full(split.rows.n, found.average.value)
        made[found.level] = sign(goal) * effect * worth - (costs or {}).get(found.level, goal.cost)
    return made


def _solved(table: np.ndarray, price: np.ndarray, budget: float | None, room: np.ndarray) -> tuple[np.ndarray, float]:
    """((n, a) shares, the optimum) of the linear programme."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, vstack

    share = np.zeros(table.shape)
    rows, actions = np.nonzero(table > 0)
    if not len(rows):
        return share, 0.0
    best = table.max(axis=1)
    free = table.argmax(axis=1)
    wanted = np.bincount(free[best > 0], minlength=table.shape[1])
    if (budget is None or price[free[best > 0]].sum() <= budget) and (wanted <= room).all():  # nothing binds: each row its best
        share[np.flatnonzero(best > 0), free[best > 0]] = 1.0
        return share, float(best[best > 0].sum())
    m = np.arange(len(rows))
    _, own = np.unique(rows, return_inverse=True)
    parts = [csr_matrix((np.ones(len(rows)), (own, m))), csr_matrix((np.ones(len(rows)), (actions, m)), shape=(table.shape[1], len(rows)))]
    ends = [np.ones(own.max() + 1), room]
    if budget is not None:
        parts.append(csr_matrix(price[actions][None]))
        ends.append(np.array([budget]))
    found = linprog(-table[rows, actions], A_ub=vstack(parts).tocsr(), b_ub=np.concatenate(ends), bounds=(0, 1), method="highs-ds")
    share[rows, actions] = found.x
    return share, float(-found.fun)
