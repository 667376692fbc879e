"""Monitoring counts the same conditions on new rows: as planned, to be revised or not to be told, and findings that hold, change or are gone."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu.advise import run
from apercu.advise.addressees import scored
from apercu.advise.monitor import monitored
from apercu.advise.uplift import studied
from apercu.core.condition import Condition, Term
from apercu.core.dataset import Dataset
from apercu.core.expression import Column as Of
from apercu.core.finding import Claim, Evidence, Finding
from apercu.core.goal import Goal
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split, Verify
from apercu.discover import Options, patterns
from apercu.discover import run as discovered
from apercu.engine.duckdb import DuckDB

from .test_uplift import trial

GOAL = Goal("left", "binary", ("no", "yes"), "yes", value=100.0, cost=5.0)
B = Condition((Term("plan", "is", "b"),))


def columns(n: int, seed: int, rate: float = 0.45, share: float = 0.3) -> dict[str, np.ndarray]:
    """Those of plan b, `share` of all, leave at `rate`, all others at 0.2."""
    rng = np.random.default_rng(seed)
    plan = np.where(rng.random(n) < share, "b", "a").astype(object)
    left = np.where(rng.random(n) < np.where(plan == "b", rate, 0.2), "yes", "no").astype(object)
    return {"plan": plan, "age": rng.normal(50, 9, n), "left": left}


def split_of(made: dict[str, np.ndarray], goal: Goal = GOAL) -> Split:
    kinds = [(name, "category" if values.dtype == object else "number") for name, values in made.items()]
    schema = Schema(tuple(Column(name, kind, storage="text" if kind == "category" else "number") for name, kind in kinds))
    engine = DuckDB()
    data = Dataset(schema.changed(goal.target, role="target"), engine, engine.adopt(made), "w", len(made[goal.target]))
    return Split.make(data, goal)


def judge(claim: Claim, verify: Verify) -> Evidence | None:
    kinds = patterns()
    return kinds[claim.pattern].verify(claim, verify) if claim.pattern in kinds else None


def study(goal: Goal = GOAL) -> tuple[Split, Finding, list]:
    """(rows, the finding that plan b leaves more often, the offers)."""
    split = split_of(columns(4_000, 0), goal)
    claim = Claim("segment", B, Measure("left", Of("left"), "yes"), "high", 9.0)
    told = {"en": "Where plan is “b” more leave.", "zh": "plan 为“b”者更易流失。"}
    evidence = patterns()["segment"].verify(claim, split.verify)
    finding = Finding(claim, evidence, 0.001, 1, told, "SELECT 1", {}, "share")
    return split, finding, run([finding], split, None)


@pytest.fixture(scope="module")
def made() -> tuple[Split, Finding, list]:
    return study()


def test_rows_as_before_are_as_planned_and_the_finding_holds(made):
    split, finding, actions = made
    told = monitored(actions, [finding], split, Rows.of(columns(3_000, 1)), judge=judge)
    (action,), (found,) = told.actions, told.findings
    assert (action.verdict, found.verdict, told.n) == ("planned", "holds", 3_000)
    assert action.share.after == pytest.approx(0.3, abs=0.03) and action.outcome.after == pytest.approx(0.45, abs=0.06)
    assert action.outcome.low < 0 < action.outcome.high and found.low < found.after < found.high and found.low < found.before < found.high
    planned, now = action.gain
    assert planned == pytest.approx(1_000 * action.share.before * (action.outcome.before * 30 - 5)) and now == pytest.approx(planned, rel=0.3)
    assert "As planned." in action.say() and "与计划相符" in action.say("zh") and "It still holds." in found.say() and "仍然成立" in found.say("zh")
    tree = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert tree["actions"][0]["text"]["en"] == action.say() and tree["findings"][0]["verdict"] == "holds"


def test_another_rate_or_number_is_to_be_revised(made):
    split, finding, actions = made
    rate = monitored(actions, [finding], split, Rows.of(columns(3_000, 2, rate=0.2)), judge=judge)
    assert (rate.actions[0].verdict, rate.findings[0].verdict) == ("revise", "gone")
    assert "another rate" in rate.actions[0].say() and "may be its effect" in rate.actions[0].say() and "可能正是其效果" in rate.actions[0].say("zh")
    assert "It is gone" in rate.findings[0].say() and "不复存在" in rate.findings[0].say("zh")
    few = monitored(actions, [finding], split, Rows.of(columns(3_000, 3, share=0.1)), judge=judge)
    assert few.actions[0].verdict == "revise" and "another number of addressees" in few.actions[0].say() and "may be" not in few.actions[0].say()
    more = monitored(actions, [finding], split, Rows.of(columns(3_000, 4, rate=0.8)), judge=judge)
    assert more.findings[0].verdict == "changed" and "another size" in more.findings[0].say() and "大小已变" in more.findings[0].say("zh")


@pytest.mark.parametrize("n", [0, 1, 5, 40])
def test_few_rows_cannot_tell(made, n):
    split, finding, actions = made
    told = monitored(actions, [finding], split, Rows.of(columns(n, 5)), judge=judge)
    assert told.actions[0].verdict == "unclear" and told.findings[0].verdict in ("unclear", "silent")
    assert "cannot be told" in told.actions[0].say() and "尚不能判断" in told.actions[0].say("zh") and told.findings[0].say("zh")
    json.dumps(told.to_json(), allow_nan=False)


def test_without_the_target_or_a_column_it_is_said(made):
    split, finding, actions = made
    rows = Rows.of(columns(3_000, 6))
    blind = monitored(actions, [finding], split, rows.only(("plan", "age")), judge=judge)
    assert blind.actions[0].verdict == "unclear" and blind.actions[0].share.near and "not known" in blind.actions[0].say()
    assert blind.findings[0].verdict == "silent" and "“left”" in blind.findings[0].say() and "“left”" in blind.findings[0].say("zh")
    gone = monitored(actions, [finding], split, rows.only(("age", "left")), judge=judge)
    assert "not measured" in gone.actions[0].say() and "未能检验" in gone.actions[0].say("zh") and gone.findings[0].reason == "plan"
    assert monitored(actions, [finding], split, rows).findings[0].verdict == "silent"
    strange = replace(finding, claim=replace(finding.claim, pattern="elsewhere"))
    assert monitored([], [strange], split, rows, judge=judge).findings[0].say().endswith("It was not measured on these rows.")
    unknown = rows.plus({"left": Rows.of({"left": [None] * 3_000}).column("left")})
    assert monitored(actions, [finding], split, unknown, judge=judge).actions[0].outcome is None


def test_rows_of_one_entity_count_less():
    goal = replace(GOAL, group="who")

    def world(seed: int, rate: float) -> dict[str, np.ndarray]:
        """200 people with 20 rows each, all of which have one outcome."""
        own = columns(200, seed, rate)
        return {
            **{name: np.repeat(values, 20) for name, values in own.items()},
            "who": np.repeat(np.array([f"p{seed}{i}" for i in range(200)], dtype=object), 20),
        }

    split = split_of(world(1, 0.45), goal)
    claim = Claim("segment", B, Measure("left", Of("left"), "yes"), "high", 9.0)
    finding = Finding(claim, patterns()["segment"].verify(claim, split.verify), 0.01, 1, {"en": "More.", "zh": "更多。"}, "", {}, "share")
    action = run([finding], split_of(columns(4_000, 0)), None)[0]
    free = monitored([action], [finding], replace(split, goal=GOAL, blocks=None), Rows.of(world(2, 0.35)), judge=judge)
    tied = monitored([action], [finding], split, Rows.of(world(2, 0.35)), judge=judge)
    assert tied.actions[0].outcome.p > free.actions[0].outcome.p
    assert tied.actions[0].outcome.high - tied.actions[0].outcome.low > 2 * (free.actions[0].outcome.high - free.actions[0].outcome.low)


def test_the_effect_of_a_treatment_is_followed_by_both_arms():

    def strong(plan, age):
        return np.where(plan == "b", 0.3, -0.1)

    split = trial(strong)
    effects = studied(split)
    actions = run([], split, None, effects=effects)
    for effect, verdict in ((strong, "planned"), (lambda plan, age: np.where(plan == "b", -0.1, 0.1), "revise")):
        rows = trial(effect, seed=7).rows
        told = monitored(actions, [], split, rows, (scored(None, split, effects=effects), scored(None, split, rows, effects=effects)))
        action = told.actions[0]
        assert (action.kind, action.verdict, action.gain) == ("rate effect", verdict, None)
        assert "What it does to the share of bought “1” among them is " in action.say() and "差值为" in action.say("zh")
    rows = trial(strong, seed=8).rows
    sent = rows.take(rows["mail"] == "sent")  # without a control arm nothing is known of the effect
    told = monitored(actions, [], split, sent, (scored(None, split, effects=effects), scored(None, split, sent, effects=effects)))
    assert told.actions[0].outcome is None and told.actions[0].verdict == "unclear"


def planted(n: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x: dict[str, np.ndarray] = {name: rng.normal(size=n) for name in ("a", "b", "c")}
    x["plan"] = rng.choice(list("pqrs"), n).astype(object)
    rate = 0.2 + 0.12 * (x["plan"] == "p") + 0.06 * (x["a"] > 0.8) + 0.05 * ((x["c"] > 1) & (x["b"] < 0))
    return {**x, "left": np.where(rng.random(n) < rate, "yes", "no").astype(object)}


@pytest.mark.slow
def test_hardly_a_change_is_said_where_nothing_changed():
    false, told, held = 0, 0, 0
    for seed in range(100):
        split = split_of(planted(4_000, seed))
        found, _ = discovered(split, (), Options())
        checks = monitored(run(found, split, None), found, split, Rows.of(planted(2_000, seed + 10_000)), judge=judge)
        verdicts = [check.verdict for check in (*checks.actions, *checks.findings)]
        false += bool({"revise", "changed", "gone"} & set(verdicts))
        told, held = told + len(checks.findings), held + verdicts.count("holds")
    assert false <= 100 * 0.05 + 3 * np.sqrt(100 * 0.05 * 0.95) and held > 0.5 * told
