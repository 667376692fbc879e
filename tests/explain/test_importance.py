"""Shuffling: what matters is dear, what does not is free, and copies are shuffled together."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.explain._sample import Sample
from apercu.explain.importance import alike, importances


@pytest.fixture(scope="module")
def sample(make_split):
    rng = np.random.default_rng(0)
    n = 900
    x, z, noise = rng.normal(size=(3, n))
    plan = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    renamed = np.array([{"a": "I", "b": "II", "c": "III"}[p] for p in plan], dtype=object)
    when = np.datetime64("2024-01-01", "us") + (x * 86_400_000_000).astype("timedelta64[us]")
    columns = {"x": x, "copy": np.exp(x), "when": when, "z": z, "noise": noise, "plan": plan, "renamed": renamed}
    split = make_split({**columns, "y": 2 * x + z + 1.5 * (plan == "b") + rng.normal(size=n)}, "y")
    return Sample.of(train.run(split, train.Options(learners=("boosting",), members=1))[0], split, 500)


def test_copies_are_found(sample):
    assert alike(sample, ("noise", "x", "z", "copy", "plan", "renamed", "when")) == (("noise",), ("x", "copy", "when"), ("z",), ("plan", "renamed"))
    assert alike(sample.first(10), ("x", "copy")) == (("x",), ("copy",))


def test_what_matters_is_dear(sample):
    told = importances(sample, alike(sample, ("x", "copy", "when", "z", "noise", "plan", "renamed")), repeats=2)
    assert [i.columns[0] for i in told] == ["x", "z", "plan", "noise"] or [i.columns[0] for i in told] == ["x", "plan", "z", "noise"]
    by = {i.columns[0]: i for i in told}
    assert by["x"].loss > 4 and by["x"].low > 0 and by["z"].low > 0 and by["noise"].low < 0.05 and by["noise"].loss < 0.1
    assert all(i.low <= i.loss <= i.high and 0.8 < i.base < 2.5 for i in told)
    alone = {i.columns: i for i in importances(sample, (("x",), ("copy",)), repeats=1)}
    assert max(i.loss for i in alone.values()) < by["x"].loss, "one of two copies hides what the other knows"
    assert importances(sample, (), repeats=1) == () and importances(sample, (("absent",),), repeats=1) == ()


def test_classes_are_judged_by_log_loss(make_split):
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, 500))
    y = np.array(["a", "b", "c"], dtype=object)[np.digitize(x + rng.normal(size=500) / 3, [-0.5, 0.5])]
    split = make_split({"x": x, "z": z, "y": y}, "y")
    sample = Sample.of(train.run(split, train.Options(learners=("linear",)))[0], split, 400)
    first, second = importances(sample, (("x",), ("z",)), repeats=1)
    assert first.columns == ("x",) and first.low > 0.3 and abs(second.loss) < 0.05
