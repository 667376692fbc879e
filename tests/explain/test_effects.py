"""Effects put the planted column first, have the planted shape, and count every row once."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import explain, train
from apercu.core.rows import Rows
from apercu.explain.effects import grouped


@pytest.fixture(scope="module", params=["linear", "boosting"])
def planted(request, make_split):
    rng = np.random.default_rng(1)
    n = 1_500
    plan = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    x, noise = rng.uniform(0, 10, n), rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(-(1.5 * (plan == "b") + 0.6 * (x - 5))))
    columns = {"noise": noise, "plan": plan, "x": np.where(rng.random(n) < 0.05, np.nan, x), "y": np.where(y, "yes", "no").astype(object)}
    split = make_split(columns, "y")
    return split, train.run(split, train.Options(learners=(request.param,), members=1))[0]


def test_order_and_shape(planted):
    split, model = planted
    told = explain.run(model, split)
    assert [e.column for e in told.effects] == ["x", "plan", "noise"] and told.unit == "log-odds" and told.n == 1_500
    assert all(e.low <= e.size <= e.high for e in told.effects)
    x, plan, noise = told.effects
    present = [v for g, v in zip(x.shape.groups, x.shape.value, strict=True) if g != "∅"]
    assert present[0] < -1 and present[-1] > 1 and x.shape.groups[-1] == "∅" and len(x.shape.groups) == 11
    assert sum(x.shape.n) == told.n
    by = dict(zip(plan.shape.groups, plan.shape.value, strict=True))
    assert by["b"] - max(by["a"], by["c"]) > 0.8
    assert noise.size < 0.25 * x.size


def test_wanted_no_turns_the_sign(planted):
    split, model = planted
    from dataclasses import replace

    turned = replace(model, goal=replace(model.goal, wanted="no"))
    one, other = (explain.run(m, split).effects[0] for m in (model, turned))
    assert np.allclose(one.shape.value, -np.array(other.shape.value))


def test_numbers_in_their_unit_and_several_classes(make_split):
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(2, 600))
    split = make_split({"x": x, "z": z, "y": 5 * x + rng.normal(size=600)}, "y")
    told = explain.run(train.run(split, train.Options(learners=("linear",)))[0], split)
    assert told.effects[0].column == "x" and told.effects[0].size == pytest.approx(5 * np.sqrt(2 / np.pi), rel=0.1)
    split = make_split({"x": x, "z": z, "y": np.array(["a", "b", "c"], dtype=object)[np.digitize(x, [-0.5, 0.5])]}, "y")
    told = explain.run(train.run(split, train.Options(learners=("linear",)))[0], split)
    assert told.level == split.goal.wanted and told.effects[0].column == "x"


def test_groups_need_no_language():
    rows = Rows.of(
        {
            "few": [1, 2, 2, None],
            "level": ["a", "a", None, "b"],
            "when": np.array(["2024-01-01", "2024-01-02", "NaT", "2024-03-01"], dtype="datetime64[us]"),
            "prose": ["four", "sixsix", None, "four"],
        }
    )
    assert grouped(rows, "few")[1] == ["1", "2", "∅"]
    assert grouped(rows, "level")[1] == ["a", "b", "∅"] and grouped(rows, "level")[0].tolist() == [0, 0, 2, 1]
    assert grouped(rows, "when")[1] == ["2024-01-01", "2024-01-02", "2024-03-01", "∅"]
    assert grouped(rows, "prose", prose=True)[1] == ["# 4", "# 6", "∅"]
    many = Rows.of({"x": np.arange(1000.0), "level": [f"l{i % 20}" for i in range(1000)]})
    places, words = grouped(many, "x")
    assert words[0] == "≤ 99" and words[-1] == "> 899" and np.bincount(places).tolist() == [100] * 10
    assert grouped(many, "level")[1][-1] == "…"
