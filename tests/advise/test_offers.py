"""Offers are priced by what the judging rows say, with the pessimistic end of the rate, and compared with an offer to everyone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.advise import Options, run
from apercu.advise.offers import offered, rate_of
from apercu.core.condition import Condition, Term
from apercu.core.dataset import Dataset
from apercu.core.expression import Column as Of
from apercu.core.finding import Claim, Evidence, Finding
from apercu.core.goal import Goal
from apercu.core.measure import Measure
from apercu.core.model import CrossFitted
from apercu.core.options import checked
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.intervals import wilson

PRICED = Goal("left", "binary", ("no", "yes"), "yes", value=300.0, cost=30.0, success=0.3)


def world(goal: Goal = PRICED, n: int = 5_000, group: np.ndarray | None = None) -> Split:
    """Plan 'b' leaves half of the time, all else one time in ten."""
    rng = np.random.default_rng(3)
    plan = rng.choice(["a", "b", "c"], n, p=[0.6, 0.2, 0.2]).astype(object)
    left = np.where(rng.random(n) < np.where(plan == "b", 0.5, 0.1), "yes", "no").astype(object)
    left[::97] = None
    columns = {"plan": plan, "x": rng.normal(size=n), "left": left}
    if group is not None:
        columns["group"] = group.astype(object)
    engine = DuckDB()
    schema = Schema(tuple(Column(c, "number" if c == "x" else "category", storage="number" if c == "x" else "text") for c in columns))
    return Split.make(Dataset(schema, engine, engine.adopt(columns), "w", n), goal)


def model_of(split: Split, classes: int = 2) -> CrossFitted:
    """A model that knows the truth's rates."""
    p = np.where(split.rows["plan"] == "b", 0.5, 0.1)
    out = np.column_stack([1 - p, p] if classes == 2 else [(1 - p) / 2, (1 - p) / 2, p])
    out[np.isnan(split.goal.coded(split.rows))] = np.nan
    return CrossFitted("known", split.goal, ("plan",), (), out, np.zeros(5))


def finding(split: Split, where: Condition, rank: int = 1, **fields) -> Finding:
    verify = split.verify
    x, inside = split.goal.measured(verify.rows), where.holds(verify.rows)
    value, base = float(x[inside].mean()), float(x[~inside].mean())
    claim = replace(Claim("segment", where, Measure("left", Of("left"), "yes"), "high", 1.0), **fields)
    method = "permutation" if verify.half == "all" else "fisher"
    evidence = Evidence(value - base, value - base - 0.1, value - base + 0.1, 1e-9, int(inside.sum()), method, verify.half, value, base, 0.98)
    return Finding(claim, evidence, 0.001, rank, {"en": "", "zh": ""}, "", {})


B = Condition((Term("plan", "is", "b"),))


@pytest.fixture(scope="module")
def split():
    return world()


def test_a_segment_is_priced_by_its_own_rate_on_the_judging_rows(split):
    found = finding(split, B, rank=4)
    action = run([found], split, None)[0]
    people = int(np.sum(split.rows["plan"] == "b"))
    rate, n = found.evidence.value, found.evidence.n
    low, high = wilson(round(rate * n), n, 0.98)
    assert (action.people, action.cost, action.unit, action.because) == (people, 30.0 * people, "money", (4,))
    assert action.gain == pytest.approx(people * (rate * 0.3 * 300 - 30))
    assert action.gain_low == pytest.approx(people * (low * 0.3 * 300 - 30))
    assert action.gain_high == pytest.approx(people * (high * 0.3 * 300 - 30))
    assert action.gain_low < action.gain < action.gain_high


def test_the_models_offer_addresses_whoever_pays(split):
    action = run([], split, model_of(split))[0]
    assert action.who == Condition((Term("_predicted", ">", 30 / 90),))
    p = model_of(split).out_of_fold[:, 1]
    assert action.people == np.sum(p > 1 / 3) == action.who.holds(split.rows.plus({"_predicted": p})).sum()
    rate = float(np.nanmean(split.goal.measured(split.rows)[p > 1 / 3]))
    assert action.gain == pytest.approx(action.people * (rate * 90 - 30))
    assert action.because == ()


def test_best_expected_gain_first_and_losses_are_not_told(split):
    small = Condition((Term("plan", "is", "b"), Term("x", ">", 1.0)))
    losing = Condition((Term("plan", "is", "a"),))
    told = run([finding(split, small, 1), finding(split, B, 2), finding(split, losing, 3)], split, None)
    assert [a.because for a in told] == [(2,), (1,)]
    assert all(a.gain > 0 for a in told)
    assert len(run([finding(split, small, 1), finding(split, B, 2)], split, None, Options(limit=1))) == 1
    assert run([finding(split, B)], split, None, Options(limit=0)) == []


def test_offers_whose_pessimistic_end_pays_come_first(split):
    rows = split.verify.rows
    risky = next(
        where
        for cut in np.linspace(2.6, 1.5, 60)
        for where in [Condition((Term("plan", "is", "b"), Term("x", ">", float(cut))))]
        if where.holds(rows).sum() >= 20
    )
    goal = replace(PRICED, cost=37.0)
    dear = world(goal)
    told = run([finding(dear, risky, 1), finding(dear, B, 2)], dear, None)
    ends = [a.gain_low > 0 for a in told]
    assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize("fields", [{"pattern": "driver"}, {"direction": "low"}, {"measure": Measure("left", Of("left"), "no")}])
def test_only_segments_with_more_of_the_wanted_outcome_are_addressed(split, fields):
    assert run([finding(split, B, **fields)], split, None) == []


def test_the_same_segment_is_offered_once(split):
    assert len(run([finding(split, B, 1), finding(split, B, 2)], split, None)) == 1


def test_sentences_say_people_assumption_cost_gain_and_everyone(split):
    action = run([finding(split, B)], split, None)[0]
    en, zh = action.say("en"), action.say("zh")
    for part in (f"{action.people:,}", "30.0%", "300", f"{action.gain:,.0f}", f"{action.gain_low:,.0f}", f"{action.cost:,.0f}", "5,000", "95%"):
        assert part in en, part
        assert part in zh, part
    assert "(assumed)" in en
    assert "假定" in zh
    assert "plan is “b”" in action.what["en"]
    truth = split.goal.measured(split.rows)
    everyone = 5_000 * (np.nanmean(truth) * 90 - 30)
    assert f"−{-everyone:,.0f}" in en
    assert "rows that the search never saw" in en


def test_without_a_value_outcomes_are_counted():
    split = world(replace(PRICED, value=None))
    by_segment, by_model = sorted(run([finding(split, B, 1)], split, model_of(split)), key=lambda a: not a.because)
    assert by_segment.unit == by_model.unit == "outcomes"
    assert (by_segment.cost, by_model.cost) == (0.0, 0.0)
    people = int(np.sum(split.rows["plan"] == "b"))
    assert by_segment.gain == pytest.approx(people * finding(split, B).evidence.value * 0.3)
    truth = split.goal.measured(split.rows)
    whole = round(5_000 * np.nanmean(truth))
    assert f"{round(people * finding(split, B).evidence.value):,} of the {whole:,} cases with left “yes”" in by_segment.say("en")
    assert "works on 30.0% of those (assumed)" in by_segment.say("en")
    assert "rows predicted out of fold" in by_model.say("en")


def test_an_offer_without_cost_goes_to_the_models_share():
    split = world(replace(PRICED, cost=0.0))
    noise = np.random.default_rng(0).random(5_000)
    p = 0.8 * noise + 0.2 * np.nan_to_num(split.goal.coded(split.rows))
    model = replace(model_of(split), out_of_fold=np.column_stack([1 - p, p]))
    for share in (0.2, 0.05):
        assert abs(run([], split, model, Options(share=share))[0].people - share * 5_000) < 15
    blind = replace(model, out_of_fold=np.column_stack([1 - noise, noise]))
    assert run([], split, blind) == [], "a model that knows nothing names nobody"


def test_an_offer_that_never_pays_is_not_made():
    split = world(replace(PRICED, cost=500.0))
    assert run([finding(split, B)], split, model_of(split)) == []


def test_several_classes():
    goal = Goal("left", "multiclass", ("maybe", "no", "yes"), "yes", value=300.0, cost=30.0)
    split = world(goal)
    told = run([finding(split, B)], split, model_of(split, 3))
    assert len(told) == 2
    assert told[0].gain_low > 0


def test_numbers_have_no_offers(split):
    assert run([], replace(split, goal=Goal("x", "numeric")), None) == []


def test_small_tables_say_how_they_were_judged():
    split = world(n=900)
    told = offered([finding(split, B)], split, None, 5, 0.2)
    assert "the whole search is paid for in the proof" in told[0].say("en")


def test_rows_of_one_block_are_not_independent():
    rng = np.random.default_rng(0)
    blocks = np.repeat(np.arange(40), 25)
    x = np.repeat((rng.random(40) < 0.4).astype(float), 25)
    alone, together = rate_of(x, None, 0.95), rate_of(x, blocks, 0.95)
    assert alone[0] == together[0] == x.mean()
    assert together[2] - together[1] > 3 * (alone[2] - alone[1])
    assert rate_of(x, np.zeros(len(x)), 0.95)[1:] == (0.0, 1.0)


def test_entities_widen_the_interval():
    group = np.array([f"g{i}" for i in np.random.default_rng(1).integers(0, 60, 5_000)])
    split = world(replace(PRICED, group="group"), group=group)
    assert split.how == "entity"
    action = run([finding(split, B)], split, None)[0]
    inside = B.holds(split.verify.rows)
    alone = wilson(split.goal.measured(split.verify.rows)[inside].sum(), int(inside.sum()), 0.98)
    assert action.gain_low <= action.people * (alone[0] * 90 - 30) + 1e-6


def test_options_are_legal():
    checked(Options())


def test_those_who_had_the_treatment_are_no_segment_to_offer_it_to(split):
    treated = replace(split, goal=replace(split.goal, treatment="plan"))
    assert offered([finding(split, B)], treated, None, 5, 0.2) == [] != offered([finding(split, B)], split, None, 5, 0.2)
