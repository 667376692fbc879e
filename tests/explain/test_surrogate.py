"""Surrogates: the lines that were planted come back, fidelity is measured elsewhere, and a poor imitation says so."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.model import CrossFitted
from apercu.explain._sample import Sample
from apercu.explain.surrogate import surrogate


def sampled(make_split, columns, predicted):
    n = len(predicted)
    split = make_split({**columns, "_was": predicted, "y": predicted + np.random.default_rng(9).normal(size=n)}, "y")
    model = CrossFitted("given", split.goal, tuple(columns), (), split.rows["_was"], np.zeros(0))
    return Sample.of(model, split, n)


def test_planted_lines_come_back(make_split):
    rng = np.random.default_rng(0)
    n = 1_200
    x, plan = rng.uniform(0, 10, n), rng.choice(np.array(["a", "b", "c", None], dtype=object), n)
    when = np.datetime64("2024-01-01", "us") + rng.integers(0, 300, n).astype("timedelta64[D]")
    predicted = np.where(plan == "b", np.where(x <= 4, 5.0, 2.0), 0.0)
    sample = sampled(make_split, {"x": x, "plan": plan, "when": when}, predicted)
    tree = surrogate(sample, ("x", "plan", "when"))
    assert tree.branches[0].when.columns() == ("plan", "x") and tree.branches[0].value == pytest.approx(5.0, abs=0.4)
    assert tree.fidelity > 0.85 and tree.low <= tree.fidelity <= tree.high and tree.agreement > 0.85 and tree.n == 600
    assert all(branch.n == branch.when.holds(sample.rows).sum() for branch in tree.branches)
    late = surrogate(sampled(make_split, {"when": when}, (when > np.datetime64("2024-06-01")) * 1.0), ("when",))
    assert late.fidelity > 0.8 and late.branches[0].when.say()[:20] == "when is above “2024-06"[:20]


def test_noise_is_imitated_badly_and_a_constant_not_at_all(make_split):
    rng = np.random.default_rng(1)
    columns = {"x": rng.normal(size=600), "many": rng.choice(np.array([f"l{i}" for i in range(30)], dtype=object), 600)}
    noise = surrogate(sampled(make_split, columns, rng.normal(size=600)), ("x", "many"))
    assert noise.fidelity < 0.1
    assert surrogate(sampled(make_split, columns, np.zeros(600)), ("x", "many")) is None
    few = {name: column[:40] for name, column in columns.items()}
    assert surrogate(sampled(make_split, few, rng.normal(size=40)), ("x", "many")) is None


def test_one_level_of_many_is_parted(make_split):
    rng = np.random.default_rng(2)
    many = rng.choice(np.array([f"l{i}" for i in range(12)], dtype=object), 1_000)
    tree = surrogate(sampled(make_split, {"many": many}, (many == "l3") * 1.0), ("many",))
    assert [b.when.say() for b in tree.branches] == ["many is “l3”", "many is not “l3”"] and tree.fidelity == pytest.approx(1.0)
