"""Pairs: a planted interaction is found alone, an additive model has none."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.explain._sample import Sample
from apercu.explain.together import together


def sampled(make_split, learner, joint, seed=0):
    rng = np.random.default_rng(seed)
    n = 1_500
    a, b, c = rng.normal(size=(3, n))
    plan = rng.choice(np.array(["p", "q"], dtype=object), n)
    y = a + b + c + joint * a * np.where(plan == "q", 1.0, -1.0) + rng.normal(size=n) / 2
    split = make_split({"a": a, "b": b, "c": c, "plan": plan, "y": y}, "y")
    return Sample.of(train.run(split, train.Options(learners=(learner,), members=1))[0], split, 1_500)


def test_the_planted_pair_is_found(make_split):
    sample = sampled(make_split, "boosting", 1.5)
    found = together(sample, ("a", "b", "c", "plan"))
    assert set(found[0].columns) == {"a", "plan"} and 0.3 < found[0].share < 0.9 and found[0].size > 0.9
    assert all(pair.low <= pair.share <= pair.high <= 1.0 for pair in found)
    assert all(pair.share < 0.1 for pair in found[1:]), found


@pytest.mark.parametrize("seed", [0, 1])
def test_an_additive_truth_has_none(make_split, seed):
    assert together(sampled(make_split, "linear", 1.5, seed), ("a", "b", "c", "plan")) == ()
    assert all(pair.share < 0.05 for pair in together(sampled(make_split, "boosting", 0.0, seed), ("a", "b", "c", "plan")))


def test_few_rows_say_nothing(make_split):
    sample = sampled(make_split, "linear", 0.0).first(30)
    assert together(sample, ("a", "b")) == ()
