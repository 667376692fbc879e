"""Balancing is compared out of fold: where nothing is wrong with the rows, the threshold pays and the sentence says so."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu import evaluate, train
from apercu.core.errors import WordsError
from apercu.evaluate.imbalance import PLAIN, WAYS, balanced

OPTIONS = train.Options(learners=("linear",), members=1)


def world(make_split, n=3_000, seed=0, shift=3.2):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 3))
    yes = generator.random(n) < 1 / (1 + np.exp(shift - 1.2 * x.sum(axis=1)))
    return make_split({**{f"x{j}": x[:, j] for j in range(3)}, "y": np.where(yes, "yes", "no").astype(object)}, "y", wanted="yes")


def with_value(split, **known):
    from dataclasses import replace

    return replace(split, goal=replace(split.goal, **known))


def test_the_threshold_pays_and_balancing_does_not(make_split):
    split = with_value(world(make_split), value=100.0, cost=8.0, success=1.0)
    found = evaluate.balanced(split, lambda one: train.run(one, OPTIONS)[0])
    ways = {way.name: way for way in found.ways}
    assert list(ways) == list(WAYS) and found.threshold == pytest.approx(0.08)
    plain, weights = ways[PLAIN].values, ways["class weights"].values
    assert weights["calibration error"] > 5 * plain["calibration error"] and abs(weights["auc"] - plain["auc"]) < 0.01
    assert plain["profit at the cost threshold"] > 1.2 * plain["profit at 0.5"] and plain["f1 at the best threshold"] > plain["f1 at 0.5"]
    assert weights["profit at the cost threshold"] < plain["profit at the cost threshold"]
    put = ways["class weights, odds put right"].values
    assert put["calibration error"] < 0.02 and put["auc"] == pytest.approx(weights["auc"])
    assert not found.better("auc") and not found.better("profit at the best threshold")
    apart = ways["class weights"].apart["log loss"]
    assert apart.low <= apart.value <= apart.high < 0 and apart.q <= 0.05
    told = found.say("en")
    assert "surely better" in told and "not surely more" in told and "0.080" in told and "calibration error" in told
    assert "没有哪种平衡方法" in found.say("zh") and "并无明确优势" in found.say("zh")
    json.dumps(found.to_json())


def test_without_a_value_f1_is_told(make_split):
    found = balanced(world(make_split, 1_500), lambda one: train.run(one, OPTIONS)[0], 100)
    assert found.threshold is None and "F1" in found.say("en") and "profit at 0.5" not in found.ways[0].values and "F1" in found.say("zh")


def test_a_way_that_is_surely_better_is_said(make_split):
    """A fit that ignores its rows unless they are weighted."""
    from dataclasses import replace

    split = world(make_split, 2_000)
    good = train.run(split, OPTIONS)[0]
    poor = replace(
        good, out_of_fold=np.tile([[0.9, 0.1]], (split.rows.n, 1)) + 1e-3 * np.random.default_rng(0).normal(size=(split.rows.n, 1)) * [1, -1]
    )
    found = balanced(split, lambda one: good if one.goal.weight else replace(poor, out_of_fold=np.resize(poor.out_of_fold, (one.rows.n, 2))), 100)
    assert found.better("auc")[0].name.startswith("class weights") and "Class weights" in found.say("en")
    assert "排序明显更好" in found.say("zh") and "surely more" in found.say("en")


def test_what_cannot_be_balanced_is_refused(make_split):
    generator = np.random.default_rng(0)
    x = generator.normal(size=300)
    for target in (x + 1.0, np.where(np.arange(300) < 5, "yes", "no").astype(object), generator.choice(["a", "b", "c"], 300).astype(object)):
        split = make_split({"x": x, "y": target}, "y")
        with pytest.raises(WordsError, match="two classes"):
            balanced(split, lambda one: train.run(one, OPTIONS)[0])
