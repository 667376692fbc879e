"""Allocations keep their limits, reach the programme's bound but for a row or two, and equal what trying everything finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from apercu.advise.policy import allocated, gains
from apercu.core.errors import WordsError

from .test_uplift import BOUGHT, nothing, only_b, same, trial


def test_the_best_of_all_allocations_is_found():
    rng = np.random.default_rng(0)
    for _ in range(20):
        net = {"sms": rng.normal(1, 2, 6), "call": rng.normal(2, 3, 6)}
        costs = {"sms": 1.0, "call": 2.0}
        table = np.column_stack([net["sms"], net["call"], np.zeros(6)])
        price = np.array([1.0, 2.0, 0.0])
        best = max(
            sum(table[i, j] for i, j in enumerate(way)) for way in product(range(3), repeat=6) if sum(price[list(way)]) <= 5 and way.count(1) <= 1
        )
        plan = allocated(net, costs, 5.0, {"call": 1})
        assert plan.cost <= 5 and plan.people["call"] <= 1
        assert plan.gain <= best + 1e-9 <= plan.bound + 2e-9
        assert plan.gain >= best - 4.0


def test_limits_that_do_not_bind_give_each_row_its_best():
    net = {"a": np.array([1.0, -1.0, 3.0, np.nan]), "b": np.array([2.0, -2.0, 1.0, np.nan])}
    plan = allocated(net, {})
    assert list(plan.chosen) == ["b", "", "a", ""] and plan.gain == plan.bound == 5.0 and plan.people == {"a": 1, "b": 1}
    assert "“a” to 1 and “b” to 1 cases" in plan.say() and "分配" in plan.say("zh")
    vetoed = allocated(net, {}, allowed={"b": np.array([False, True, True, True])})
    assert list(vetoed.chosen) == ["a", "", "a", ""]


def test_a_tight_budget_loses_hardly_anything_to_rounding():
    rng = np.random.default_rng(1)
    net = {"sms": rng.gamma(2, 1, 5_000), "call": rng.gamma(3, 2, 5_000)}
    plan = allocated(net, {"sms": 0.5, "call": 3.0}, 2_000.0)
    assert plan.cost <= 2_000 and plan.gain > 0.999 * plan.bound
    assert plan.people == {name: int(np.sum(plan.chosen == name)) for name in net}
    greedy = np.sort(net["call"])[::-1][: int(2_000 / 3)].sum()
    assert plan.gain > greedy


def test_nothing_to_gain_and_words_that_are_off():
    plan = allocated({"a": -np.ones(3)}, {"a": 1.0}, 10.0)
    assert plan.gain == plan.cost == 0.0 and "nothing to anybody" in plan.say() and "不对任何对象" in plan.say("zh")
    assert allocated({"a": np.ones(3)}, {"a": 1.0}, 0.0).people == {"a": 0}
    with pytest.raises(WordsError, match="budget"):
        allocated({"a": np.ones(3)}, {}, -1.0)


def test_gains_are_averages_unless_effects_are_shown_to_differ():
    assert np.ptp(gains(trial(same))["sent"]) == 0.0
    split = trial(only_b, replace(BOUGHT, value=100.0, cost=2.0))
    net = gains(split, {"sent": 5.0})["sent"]
    assert np.mean((net > 0) == (split.rows["plan"] == "b")) > 0.95
    assert gains(trial(nothing, seed=3)) == {}
