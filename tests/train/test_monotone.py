"""What an expert says of a column's direction is obeyed by every member and by their mean, and what cannot obey is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu import train
from apercu.core.dataset import Dataset
from apercu.core.errors import WordsError
from apercu.core.goal import Goal
from apercu.core.model import Member
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.train._monotone import able, directions, sloped
from apercu.train.boosting import Boosting
from apercu.train.forest import Forest


def table(task="binary", n=900, wanted="yes", classes=("no", "yes")):
    """The target rises with x up to a bend and falls beyond it, so that a free model breaks the direction; z is a column of levels."""
    rng = np.random.default_rng(3)
    x, w = rng.uniform(-2, 2, n), rng.normal(size=n)
    z = rng.choice(["a", "b", "c"], n).astype(object)
    raw = np.where(x < 0.7, 1.5 * x, 2.1 - 1.5 * x) + 0.8 * w + (z == "a")
    if task == "numeric":
        y = raw + 0.3 * rng.normal(size=n)
    else:
        cut = np.digitize(raw + rng.logistic(size=n), np.linspace(0.2, 1.5, len(classes) - 1))
        y = np.array(classes, dtype=object)[cut]
    engine = DuckDB()
    data = engine.adopt({"x": np.where(rng.random(n) < 0.05, np.nan, x), "w": w, "z": z, "y": y})
    kinds = {"x": "number", "w": "number", "z": "category", "y": "number" if task == "numeric" else "category"}
    schema = Schema(tuple(Column(c, k, "target" if c == "y" else "feature", "number" if k == "number" else "text") for c, k in kinds.items()))
    goal = Goal("y", task, () if task == "numeric" else classes, "" if task == "numeric" else wanted, monotone=(("x", 1),))
    return Split.make(Dataset(schema, engine, data, "bent", n), goal)


def worst(model, split):
    """The largest step against the direction of x, over real rows swept along it."""
    rows = split.rows.take(np.arange(0, split.rows.n, 10))
    told = [model.predict(rows.plus({"x": np.full(rows.n, v)})) for v in np.linspace(-2.2, 2.2, 45)]
    goal = split.goal
    told = [p if p.ndim == 1 else p[:, goal.classes.index(goal.wanted)] for p in told]
    return float((np.diff(np.stack(told), axis=0) * goal.monotone[0][1]).min())


@pytest.mark.parametrize(
    ("task", "wanted", "way"),
    [("binary", "no", -1), pytest.param("binary", "yes", 1, marks=pytest.mark.slow), pytest.param("numeric", "", 1, marks=pytest.mark.slow)],
)
def test_every_model_and_the_ensemble_obey(task, wanted, way):
    split = table(task, wanted=wanted)
    split = replace(split, goal=replace(split.goal, monotone=(("x", way),)))
    models = train.run(split, train.Options(members=4))
    assert {m.name.split()[0] for m in models} <= {"ensemble", "boosting", "glass", "linear", "xgboost"}
    for model in models:
        assert worst(model, split) >= -1e-9, model.name


@pytest.mark.parametrize("family", ["linear", "glass", pytest.param("boosting", marks=pytest.mark.slow)])
def test_a_free_model_breaks_the_direction_that_a_bound_one_keeps(family):
    split = table()
    free = replace(split, goal=replace(split.goal, monotone=()))
    options = train.Options(learners=(family,), members=1)
    assert worst(train.run(split, options)[0], split) >= -1e-9
    assert worst(train.run(free, options)[0], split) < -0.005


def test_directions_are_about_the_second_class():
    goal = Goal("y", "binary", ("no", "yes"), "no", monotone=(("x", 1),))
    assert directions(goal) == {"x": -1}
    assert directions(replace(goal, wanted="yes")) == {"x": 1}
    assert directions(Goal("y", "multiclass", ("a", "b", "c"), "a", monotone=(("x", 1),))) == {}


def test_members_that_cannot_obey_are_known():
    goal = table(n=100).goal
    assert able(Member("boosting", Boosting(), 1), goal)
    assert not able(Member("boosting features", Boosting(made=True), 1), goal)
    assert not able(Member("forest", Forest(), 1), goal)
    assert able(Member("forest", Forest(), 1), replace(goal, monotone=()))
    with pytest.raises(WordsError, match="cannot obey the direction that is said of x"):
        train.run(table(n=200), train.Options(learners=("forest",)))


def test_what_was_left_out_is_told():
    split = table()
    (note,) = train.obeyed(split)
    assert "y rises with x" in note.say()
    assert "forest" in note.say() or "mlp" in note.say()
    assert "随 x 上升" in note.say("zh")
    levels = replace(split, goal=replace(split.goal, monotone=(("z", -1),)))
    assert "cannot be obeyed" in train.obeyed(levels)[0].say()
    assert "无法遵守" in train.obeyed(levels)[0].say("zh")
    several = table("multiclass", classes=("a", "b", "c"), wanted="a")
    assert "several classes" in train.obeyed(several)[0].say()
    assert train.obeyed(replace(split, goal=replace(split.goal, monotone=()))) == []


def test_slopes_of_the_wrong_sign_become_nought():
    made = sloped(np.array([1.0, -3.0, 2.5]), 2, 1)
    assert np.allclose(np.cumsum(made), [1.0, 0.0, 0.5])
    assert np.allclose(np.cumsum(sloped(np.array([1.0, -3.0, 2.5]), 2, -1)), [0.0, -2.0, 0.0])
