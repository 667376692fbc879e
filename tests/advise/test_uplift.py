"""Verdicts on treatments: all, nobody, some or not established, each on trials whose truth is known, and said in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.advise import curves, run
from apercu.advise._uplift_words import REASONS, evidence, told
from apercu.advise.addressees import listed, scored
from apercu.advise.effects import linear
from apercu.advise.treat import treated
from apercu.advise.uplift import arms, drawn, effect_of, sign, studied
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.train import regression

BOUGHT = Goal("bought", "binary", ("0", "1"), "1", treatment="mail")


def trial(effect, goal: Goal = BOUGHT, n: int = 8_000, seed: int = 0, lot=0.5) -> Split:
    """effect(plan, age) is what the mail changes in the rate of `bought`."""
    rng = np.random.default_rng(seed)
    plan, age = rng.choice(["a", "b"], n).astype(object), rng.normal(50, 10, n)
    mailed = rng.random(n) < (lot(age) if callable(lot) else lot)
    rate = np.clip(0.2 + 0.1 * (age > 55) + mailed * effect(plan, age), 0, 1)
    columns = {
        "plan": plan,
        "age": age,
        "mail": np.where(mailed, "sent", "no mail").astype(object),
        "bought": (rng.random(n) < rate).astype(int).astype(str).astype(object),
    }
    if goal.task == "numeric":
        columns["bought"] = rng.normal(10, 3, n) + 10 * mailed * effect(plan, age)
    numbers = {name for name, values in columns.items() if values.dtype != object}
    schema = Schema(tuple(Column(c, "number" if c in numbers else "category", storage="number" if c in numbers else "text") for c in columns))
    engine = DuckDB()
    return Split.make(Dataset(schema.changed("bought", role="target"), engine, engine.adopt(columns), "w", n), goal)


def actions_of(split: Split) -> list:
    """What `advise.run` makes of the treatments."""
    return treated(split, studied(split))


def same(plan, age):
    return 0.08


def only_b(plan, age):
    return np.where(plan == "b", 0.15, -0.10)


def nothing(plan, age):
    return 0.0


def test_some_are_treated_where_the_effect_pays_for_some():
    split = trial(only_b)
    found = studied(split)[0]
    assert (found.level, found.control, found.verdict) == ("sent", "no mail", "some")
    inside = found.effects > found.threshold
    assert np.mean(inside == (split.rows["plan"] == "b")) > 0.95
    assert found.average.low < 0.025 < found.average.high and found.qini[0] > found.qini[1] > 0
    action = actions_of(split)[0]
    assert abs(action.people - 4_000) < 300 and action.unit == "outcomes"
    assert 0.10 * action.people < action.gain_low < action.gain < action.gain_high < 0.2 * action.people
    assert "It does more to some" in action.say() and "对部分对象效果更大" in action.say("zh")
    who = listed(action, split.rows, scored(None, split))
    assert len(who.rows) == action.people and who.header == ("row", "_effect sent")


def test_all_are_treated_where_it_does_the_same_to_all():
    split = trial(same)
    found = studied(split)[0]
    assert found.verdict == "all" and found.average.low < 0.08 < found.average.high
    action = actions_of(split)[0]
    assert action.people == split.rows.n and action.who.terms == () and action.trial == {}
    assert "No heterogeneity to act upon" in action.say() and "没有可据以行动的异质性" in action.say("zh") and "given by lot" in action.say()


def test_nobody_is_treated_where_it_costs_more_than_it_brings():
    split = trial(same, replace(BOUGHT, value=100.0, cost=50.0))
    action = actions_of(split)[0]
    assert studied(split)[0].verdict == "nobody" and action.people == 0 and action.gain == 0.0 and "nobody" in action.what["en"]


def test_what_is_not_established_is_not_decided_and_has_its_trial():
    split = trial(nothing, seed=3)
    action = actions_of(split)[0]
    assert studied(split)[0].verdict == "unclear" and action.people == 0
    assert "not established" in action.say() and "尚未证实" in action.say("zh") and "A trial would prove it" in action.trial["en"]


def test_treatment_that_was_not_by_lot_is_said():
    split = trial(same, lot=lambda age: np.where(age > 50, 0.8, 0.2))
    found = studied(split)[0]
    assert found.foretold is not None and found.foretold[0] == "age" and found.foretold[1] > 0.5
    assert found.average.low < 0.08 < found.average.high < found.plain.value + 0.05
    action = actions_of(split)[0]
    assert "not given by lot" in action.say() and "并非随机" in action.say("zh") and action.trial


def test_fewer_is_better_of_what_reads_like_a_loss():
    goal = Goal("churned", "binary", ("0", "1"), "1")
    assert sign(goal) == sign(replace(goal, value=-5.0)) == -1.0 and sign(BOUGHT) == 1.0
    assert sign(replace(BOUGHT, value=-5.0)) == -1.0
    split = trial(lambda plan, age: np.where(plan == "b", -0.15, 0.1), replace(BOUGHT, value=-100.0, cost=5.0))
    found = studied(split)[0]
    assert (
        found.verdict == "some" and "fewer is taken to be better" in evidence(found, split.goal, "en") and "below" in actions_of(split)[0].what["en"]
    )
    assert np.mean((-found.effects > found.threshold) == (split.rows["plan"] == "b")) > 0.95


def test_numbers_have_effects_too():
    split = trial(same, Goal("bought", "numeric", treatment="mail"))
    found = studied(split)[0]
    assert found.verdict == "all" and found.average.low < 0.8 < found.average.high
    action = run([], split, None)[0]
    assert action.unit == "bought" and "mean bought" in action.say()


def test_kept_learner_foretells_fresh_rows_and_further_regressions_are_tried():
    split = trial(only_b)
    calls = []

    def fit(rows, outcome):
        calls.append(rows.n)
        return linear(rows, outcome)

    found = studied(split, fit)[0]
    assert calls and np.corrcoef(effect_of(split, found, fit)(split.rows), found.effects)[0, 1] > 0.95


def test_the_curve_of_a_treatment_lies_over_lots_where_it_does_more_to_some():
    split = trial(only_b)
    found = studied(split)[0]
    curve = drawn(split, found)
    assert curve is not None and curve.kind == "qini" and set(curve.columns["treatment"]) == {"sent"}
    share, gained, low, high, lots = (np.array(curve.columns[name]) for name in ("share", "gained", "low", "high", "by lot"))
    assert share[0] == gained[0] == 0.0 and share[-1] == 1.0 and (low <= gained).all() and (gained <= high).all()
    assert gained[-1] == pytest.approx(1_000 * found.plain.value) and lots[-1] == gained[-1]
    assert low[np.searchsorted(share, 0.5)] > lots[np.searchsorted(share, 0.5)]  # those of plan b first
    assert curves([found, replace(found, reason="few")], split) == [curve]


def test_the_gain_of_a_loss_is_what_is_prevented():
    split = trial(lambda plan, age: np.where(plan == "b", -0.15, 0.0), replace(BOUGHT, value=-100.0, cost=5.0))
    curve = drawn(split, studied(split)[0])
    assert curve is not None and curve.columns["gained"][-1] > 50 and max(curve.columns["gained"]) > 70


@pytest.mark.parametrize("values", [["x"] * 400, [str(i) for i in range(400)], ["no", *["yes"] * 399]])
def test_treatments_that_cannot_be_studied_raise_nothing(values):
    split = trial(same, n=400)
    odd = replace(split, rows=split.rows.plus({"mail": split.rows.of({"mail": values}).column("mail")}))
    actions = actions_of(odd)
    assert all(a.people == 0 and "cannot be said" in a.say() for a in actions) and len(actions) == (values[0] == "no")
    assert arms(replace(odd, goal=replace(BOUGHT, treatment="nowhere"))) == ("", {})


def test_columns_that_follow_from_the_outcome_are_left_out_and_named():
    split = trial(same)
    y = split.goal.measured(split.rows)
    paid = np.where(y == 1, np.random.default_rng(0).gamma(2, 9, split.rows.n), 0.0)
    later = Column("paid", "number", storage="number")
    spoiled = replace(split, rows=split.rows.plus({"paid": paid}), data=split.data.with_schema(split.data.schema.plus((later,))))
    found = studied(spoiled)[0]
    assert found.left_out == ("paid",) and found.average.low < 0.08 < found.average.high
    assert "follow from the outcome: paid" in evidence(found, split.goal, "en") and "paid" in evidence(found, split.goal, "zh")
    assert studied(split)[0].left_out == ()


def test_every_reason_has_both_languages():
    split = trial(same, n=400)
    found = studied(split)[0]
    for reason, (en, zh) in REASONS.items():
        what, text = told(replace(found, reason=reason, verdict="unclear"), split.goal, 0, None)
        assert en in text["en"] and zh in text["zh"] and set(what) == {"en", "zh"}


@pytest.mark.slow
@pytest.mark.parametrize("fit", [None, regression], ids=["linear", "boosted too"])
def test_heterogeneity_is_said_of_hardly_any_trial_without_it(fit):
    said = sum(studied(trial(nothing if seed % 2 else same, n=1_500, seed=seed), fit)[0].ranking.p <= 0.05 for seed in range(200))
    assert said <= 0.05 * 200 + 6


@pytest.mark.slow
def test_trees_are_kept_where_the_effect_has_their_shape():
    split = trial(lambda plan, age: np.where((plan == "b") == (age > 50), 0.15, -0.03), n=12_000)
    linear_, boosted = studied(split)[0], studied(split, regression)[0]
    assert "trees" in boosted.learner and boosted.ranking.p <= 0.05 < linear_.ranking.p and boosted.qini[0] > linear_.qini[0] + 0.05
