"""A planted weak slice is told on unseen rows with its numbers; a model that keeps its promises has none, however hard its target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.audit.slices import excess, find, weak
from apercu.core.model import CrossFitted


def world(make_split, n=6_000, seed=0, *, spoiled=True, group=None):
    generator = np.random.default_rng(seed)
    x, k = generator.normal(size=n), generator.choice(["a", "b", "c", "d"], n)
    p = 1 / (1 + np.exp(-3 * x))
    there = (k == "b") & (x > 0)
    y = generator.random(n) < np.where(there & spoiled, 0.5, p)
    columns = {"x": x, "k": k.astype(object), "noise": generator.normal(size=n), "y": np.where(y, "yes", "no").astype(object)}
    if group is not None:
        columns["who"] = group
    split = make_split(columns, "y", group="who" if group is not None else None)
    p = p[split.rows["_row"].astype(int) - 1]
    return split, CrossFitted("true", split.goal, ("x",), (), np.column_stack([1 - p, p]), np.zeros(1))


def test_a_planted_slice_is_told_with_its_numbers(make_split):
    split, model = world(make_split)
    faults = find(split, model)
    first = faults[0]
    assert "k" in first.where.columns() and first.kind == "slice"
    inside = first.where.holds(split.rows)
    assert abs(first.evidence["error"] - np.mean((model.out_of_fold.argmax(1) != split.goal.coded(split.rows))[inside])) < 0.05
    assert first.evidence["low"] > 0 and first.evidence["gap"] > 0.1 and first.evidence["q"] <= 0.05
    assert "promise" in first.say("en") and "never saw" in first.say("en") and "出错" in first.say("zh")


def test_a_model_that_keeps_its_promises_has_no_weak_slice(make_split):
    assert sum(bool(weak(*world(make_split, 3_000, seed, spoiled=False))) for seed in range(20)) <= 2


def test_small_tables_are_halved_by_folds(make_split):
    split, model = world(make_split, 1_500, 1)
    assert split.how == "permutation" and find(split, model)


def test_rows_in_blocks_are_not_taken_for_independent(make_split):
    group = np.repeat(np.arange(30), 100).astype(float)
    split, model = world(make_split, 3_000, 2, spoiled=False, group=group)
    assert split.blocks is not None and not find(split, model)


def test_numbers(make_split):
    generator = np.random.default_rng(0)
    x, k = generator.normal(size=4_000), generator.choice(["a", "b", "c"], 4_000)
    y = x + np.where(k == "c", 4.0, 1.0) * generator.normal(size=4_000)
    split = make_split({"x": x, "k": k.astype(object), "y": y}, "y")
    (fault,) = find(split, CrossFitted("true", split.goal, ("x",), (), split.rows["x"], np.zeros(1)))
    assert fault.where.say() == "k is “c”" and fault.evidence["error"] > 2 and "average" in fault.say("en")


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_that_are_far_too_sure_in_a_slice_are_told(make_split, classes):
    """Most rows of the slice are still right, as promised of most; the whole slice is told, not its most surprising corner."""
    hits = 0
    for seed in range(5):
        generator = np.random.default_rng(seed)
        columns = {**{f"x{j}": generator.normal(size=6_000) for j in range(6)}, **{f"k{j}": generator.choice(list("abcd"), 6_000) for j in range(4)}}
        there = (columns["k1"] == "b") & (columns["x3"] > 0.2)
        odds = np.column_stack([np.zeros(6_000), 1.8 * columns["x0"] - 1.5 * columns["x1"], 1.2 * columns["x2"]])[:, :classes]
        true, sure = (np.exp(a * odds) / np.exp(a * odds).sum(axis=1, keepdims=True) for a in (1.0, 4.0))
        y = (generator.random((6_000, 1)) > np.cumsum(true, axis=1)).sum(axis=1).clip(max=classes - 1)
        told = np.where(there[:, None], sure, true)
        split = make_split(
            {n: x.astype(object) if x.dtype.kind == "U" else x for n, x in columns.items()} | {"y": np.array(list("uvw"), dtype=object)[y]}, "y"
        )
        place = split.rows["_row"].astype(int) - 1
        found = weak(split, CrossFitted("true", split.goal, (), (), told[place], np.zeros(1)))
        inside = [one.where.holds(split.rows) for one in found[:5]]
        hits += any((i & there[place]).sum() >= 0.5 * max(i.sum(), there.sum()) for i in inside)
    assert hits >= 4


def test_a_model_that_errs_alike_everywhere_has_no_weak_slice(make_split):
    """Too sure on all rows is a fault of calibration, not of a slice."""
    split, model = world(make_split, 4_000, 3, spoiled=False)
    odds = 2.0 * np.log(model.out_of_fold)
    sure = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    assert len(weak(split, replace(model, out_of_fold=sure))) <= 1


def test_excess_of_a_calibrated_model_is_nothing():
    generator = np.random.default_rng(0)
    p = generator.dirichlet([1, 1, 1], 20_000)
    truth = np.array([generator.choice(3, p=q) for q in p])
    seen = excess(truth, p)
    assert abs(seen.beyond.mean()) < 0.005 and abs(seen.beyond.var() / seen.variance.mean() - 1) < 0.05


def test_few_rows_say_nothing(make_split):
    split = make_split({"x": np.arange(40.0), "y": np.array(["a", "b"] * 20, dtype=object)}, "y")
    assert not find(split, CrossFitted("m", split.goal, ("x",), (), np.full((40, 2), 0.5), np.zeros(1)))


@pytest.mark.slow
def test_clean_models_are_silent_in_95_of_100_runs(make_split):
    assert sum(bool(weak(*world(make_split, 4_000, seed, spoiled=False))) for seed in range(200)) <= 16
