"""The reasons of one row sum to its prediction and are said in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu import explain, train
from apercu.core.explanation import Reason
from apercu.core.rows import Rows
from apercu.explain.reasons import sentence


@pytest.fixture(scope="module")
def model(make_split):
    rng = np.random.default_rng(1)
    plan = rng.choice(np.array(["a", "b", None], dtype=object), 500)
    x = rng.normal(size=500)
    split = make_split({"plan": plan, "x": x, "y": 2 * x + (plan == "b") + rng.normal(size=500)}, "y")
    return train.run(split, train.Options(learners=("linear",)))[0]


def test_they_sum_to_the_prediction(model):
    rows = Rows.of({"plan": ["b", None], "x": [1.5, -1.0]})
    _, base = model.contributions(rows)
    for index in (0, 1, -1):
        found = explain.row(model, rows, index)
        assert sum(r.contribution for r in found) + base[0] == pytest.approx(model.predict(rows)[index], abs=1e-9)
        assert [abs(r.contribution) for r in found] == sorted((abs(r.contribution) for r in found), reverse=True)
    assert {r.column: r.value for r in explain.row(model, rows, 1)} == {"plan": None, "x": -1.0}


@pytest.mark.parametrize(("wanted", "sign"), [("yes", 1.0), ("no", -1.0)])
def test_they_sum_to_the_calibrated_log_odds_where_these_bend(make_split, wanted, sign):
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 300))
    split = make_split({"x": x, "z": z, "y": np.where(x + z + rng.normal(size=300) > 0, "yes", "no").astype(object)}, "y")
    plain = train.run(split, train.Options(learners=("linear",)))[0]
    made = replace(plain, goal=replace(plain.goal, wanted=wanted), scale=1.2, shift=0.1, bend=-0.8)
    rows = Rows.of({"x": [1.5, -2.0, 0.0], "z": [0.5, -1.0, 0.1]})
    start = sign * made.moved(made.contributions(rows)[1])[0]
    p = made.predict(rows)[:, made.goal.classes.index(wanted)]
    for index in range(3):
        told = sum(r.contribution for r in explain.row(made, rows, index))
        assert told + start == pytest.approx(np.log(p[index] / (1 - p[index])), abs=1e-6)


def test_a_row_that_is_not_there(model):
    with pytest.raises(IndexError, match="from 0 to 0"):
        explain.row(model, Rows.of({"plan": ["b"], "x": [1.5]}), 3)


def test_sentences():
    parts = [Reason("tenure", 2.0, 0.9), Reason("Contract", None, -0.4)]
    assert sentence(parts) == "raised by tenure = 2 (+0.9); lowered by Contract = missing (−0.4)"
    assert sentence(parts, "zh") == "推高：tenure = 2（+0.9）；拉低：Contract = 缺失（−0.4）"
    assert sentence([]) and sentence([], "zh")


def test_rules_that_joined_are_reasons_too(make_split):
    from apercu.core.condition import Condition, Term
    from apercu.core.rule import Rule
    from apercu.teach.rules import Taught

    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    split = make_split({"x": x, "y": np.where(x + rng.normal(size=200) > 0, "yes", "no").astype(object)}, "y")
    plain = train.run(split, train.Options(learners=("linear",), calibrate=False))[0]
    rule = Rule(Condition((Term("x", ">", 1.0),)), "y", "yes")
    fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    taught = Taught(**{**fields, "columns": (*plain.columns, rule.text)}, rules=(rule,), weights=np.array([0.7]))
    found = {r.column: r for r in explain.row(taught, Rows.of({"x": [2.0]}), 0)}
    assert found[rule.text].contribution == pytest.approx(0.7) and found[rule.text].value == 1.0
    assert {e.column for e in explain.run(taught, split).effects} == {"x", rule.text}
