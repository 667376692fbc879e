"""The whole explanation holds together for every task, for tiny and odd tables, survives saving, and stays cheap."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apercu import explain, train
from apercu.deploy.codec import decoded, encoded
from apercu.explain._whole import agreements


def columns(n, seed=0):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    x[rng.random(n) < 0.1] = np.nan
    plan = rng.choice(np.array(["a", "b", "c", None], dtype=object), n)
    when = np.datetime64("2024-01-01", "us") + rng.integers(0, 300, n).astype("timedelta64[D]")
    score = np.nan_to_num(x) * 2 + (plan == "b") + z + rng.normal(size=n) / 2
    return {"x": x, "z": z, "plan": plan, "when": when, "one": np.ones(n)}, score


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_every_task(make_split, task):
    given, score = columns(700)
    y = score if task == "numeric" else np.array(["l", "m", "h"], dtype=object)[np.digitize(score, [0.0] if task == "binary" else [-1.0, 1.0])]
    split = make_split({**given, "y": y}, "y")
    told = explain.run(train.run(split, train.Options(learners=("boosting",), members=1))[0], split)
    assert told.effects[0].column == "x" and told.importances[0].columns == ("x",) and told.importances[0].low > 0
    assert {"x", "z", "plan"} <= {c.column for c in told.curves} and told.surrogate.fidelity > 0.4 and len(told.prototypes) >= 4
    texts = [told.text, told.surrogate.text, *(p.text for part in ("effects", "together", "importances", "prototypes") for p in getattr(told, part))]
    assert all(text["en"].endswith(".") and text["zh"].endswith("。") for text in texts)
    assert told.agreements and decoded(encoded(told)) == told and told.parts_json()["surrogate"]["branches"]


@pytest.mark.parametrize("n", [20, 45])
def test_tiny_tables(make_split, n):
    given, score = columns(n)
    split = make_split({**given, "y": np.where(score > np.median(score), "yes", "no").astype(object)}, "y")
    told = explain.run(train.run(split, train.Options(learners=("linear",)))[0], split)
    assert told.n == n and told.effects and decoded(encoded(told)) == told


def test_blocks_weights_and_nothing_asked(make_split):
    given, score = columns(400)
    split = make_split({**given, "who": np.array([f"p{i % 60}" for i in range(400)], dtype=object), "y": score}, "y", group="who")
    model = train.run(split, train.Options(learners=("linear",)))[0]
    told = explain.run(model, split)
    assert told.curves and told.surrogate is not None
    bare = explain.run(model, split, explain.Options(asked=0))
    assert bare.curves == () and bare.importances == () and bare.together == () and bare.effects[0].size == told.effects[0].size


def test_methods_that_disagree_are_heard():
    from apercu.core.explanation import Effect, Importance, Shape

    shape = Shape((), (), (), (), ())
    effects = tuple(Effect(name, 5.0 - i, 0.0, 9.0, shape) for i, name in enumerate("abcde"))
    turned = tuple(Importance((name,), float(i), 0.0, 9.0, 1.0) for i, name in enumerate("abcde"))
    [found] = agreements(effects, turned, ())
    assert found.correlation == pytest.approx(-1.0) and found.n == 5
    assert agreements(effects[:3], turned[:3], ()) == ()


@pytest.mark.slow
def test_it_is_cheap(make_split):
    given, score = columns(4_000)
    split = make_split({**given, "y": np.where(score > 0, "yes", "no").astype(object)}, "y")
    model = train.run(split, train.Options(learners=("boosting",), members=1))[0]
    explain.run(model, split)
    begun = time.process_time()
    explain.run(model, split)
    assert time.process_time() - begun < 2.0
