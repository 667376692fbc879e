"""Planted gaps are told with their size and priced mends; equal treatment is silent; weights make group and outcome independent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu import audit
from apercu.audit.bias import find, gaps, groups_of, priced, reweighed
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows


def world(make_split, shift=2.0, n=4_000, seed=0):
    generator = np.random.default_rng(seed)
    sex, x = generator.choice(["f", "m"], n), generator.normal(size=n)
    p = 1 / (1 + np.exp(-(2 * x + shift * (sex == "m") - shift / 2)))
    y = generator.random(n) < p
    split = make_split({"sex": sex.astype(object), "x": x, "y": np.where(y, "yes", "no").astype(object)}, "y")
    split = replace(split, goal=replace(split.goal, alike=("sex",)))
    p = p[split.rows["_row"].astype(int) - 1]
    return split, CrossFitted("true", split.goal, ("x",), (), np.column_stack([1 - p, p]), np.zeros(1))


def test_gaps_are_told_with_their_mend_and_its_price(make_split):
    split, model = world(make_split)
    faults = find(split, model)
    assert len(faults) == 2 and {f.kind for f in faults} == {"bias"}
    f = next(f for f in faults if f.where.say() == "sex is “f”")
    assert f.evidence["rate"] < -0.3 and f.evidence["rate low"] < f.evidence["rate"] < f.evidence["rate high"] < 0
    assert "calibration" not in f.evidence, "the model is calibrated in each group"
    assert f.evidence["gap after"] < 0.1 < f.evidence["gap before"] and f.evidence["accuracy after"] <= f.evidence["accuracy before"] + 0.01
    assert "cause" in f.say("en") and "差距" in f.say("zh") and "Thresholds for each sex" in f.mend["en"]


def test_equal_treatment_is_silent(make_split):
    assert sum(len(find(*world(make_split, 0.0, 2_000, seed))) for seed in range(10)) <= 1


def test_it_is_part_of_an_audit_only_where_a_goal_says_so(make_split):
    split, model = world(make_split)
    assert [f for f in audit.run(split, model) if f.kind == "bias"]
    assert not [f for f in audit.run(replace(split, goal=replace(split.goal, alike=())), model) if f.kind == "bias"]


def test_numbers(make_split):
    generator = np.random.default_rng(0)
    group, x = generator.choice(["a", "b"], 2_000), generator.normal(size=2_000)
    split = make_split({"g": group.astype(object), "x": x, "y": x + (group == "b")}, "y")
    split = replace(split, goal=replace(split.goal, alike=("g",)))
    found = find(split, CrossFitted("m", split.goal, ("x",), (), split.rows["x"], np.zeros(1)))
    assert {"residual", "size"} <= set(found[0].evidence) and "exceeds the prediction" in found[0].say("en")


def test_weights_make_group_and_outcome_independent(make_split):
    split, _ = world(make_split)
    weights, y = reweighed(split, "sex"), split.goal.measured(split.rows)
    rates = [np.average(y[inside], weights=weights[inside]) for _, inside in groups_of(split.rows, "sex")]
    assert rates[0] == pytest.approx(rates[1]) and weights.sum() == pytest.approx(split.rows.n)


def test_groups_of_numbers_and_odd_columns():
    rows = Rows.of({"age": np.arange(100.0), "one": np.ones(100), "flag": np.repeat([0.0, 1.0], 50)})
    assert [int(inside.sum()) for _, inside in groups_of(rows, "age")] == [25, 25, 25, 25]
    assert groups_of(rows, "one") == [] and groups_of(rows, "gone") == [] and len(groups_of(rows, "flag")) == 2


def test_few_rows(make_split):
    split, model = world(make_split, n=40)
    assert gaps(split, model) == []
    same, gone = priced(split, model, "sex"), priced(split, model, "gone")
    assert gone["accuracy after"] == gone["accuracy before"] == pytest.approx(same["accuracy before"]) and gone["gap after"] == 0.0
