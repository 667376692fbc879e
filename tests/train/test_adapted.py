"""An earlier model adapted: few rows move it little, many move it to the truth, sums are exact, it comes back from disk."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.core.errors import WordsError
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.stats.scores import auc
from apercu.train.adapted import Adapted
from apercu.train.boosting import Boosting
from apercu.train.linear import Linear

from . import families


@pytest.fixture(scope="module", params=["binary", "multiclass", "numeric"])
def before(request):
    task = request.param
    rows, goal = families.made(task, n=900), families.GOALS[task]
    models = tuple(Linear().fit(rows.take(own), goal, rows.take(own[:0])) for own in (np.arange(0, 450), np.arange(450, 900)))
    return task, goal, CrossFitted("linear", goal, models[0].columns, models, np.zeros(0), np.zeros(2))


def test_few_rows_leave_it_nearly_as_it_was(before):
    task, goal, model = before
    few = families.made(task, n=12, seed=5)
    made = Adapted(model).fit(few, goal, few.take(np.arange(0)))
    later = families.made(task, seed=6)
    assert made.trees is None and 0.6 < made.scale < 1.4
    plain, moved = model.predict(later), made.predict(later)
    assert np.corrcoef(plain.ravel(), moved.ravel())[0, 1] > 0.95


def test_contributions_sum_and_it_comes_back_equal(before):
    task, goal, model = before
    rows = families.made(task, n=500, seed=7)
    rows = rows.plus({"new": np.where(np.arange(rows.n) % 2, 1.0, -1.0)})
    made = Adapted(model).fit(rows.take(np.arange(400)), goal, rows.take(np.arange(400, 500)))
    assert families.sums(made, rows, task) < 1e-6
    again = families.returned(Adapted, made)
    assert np.array_equal(again.predict(rows), made.predict(rows))


def world(n, seed, effect):
    """An old world in which x tells, and a new one in which z tells besides."""
    rng = np.random.default_rng(seed)
    x, z, noise = rng.normal(size=(3, n))
    y = np.where(1.5 * x + effect * np.abs(z) + noise > effect * 0.8, "yes", "no").astype(object)
    return Rows.of({"x": x, "z": z, "y": y})


def test_trees_learn_what_has_changed():
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    old, new, later = world(3_000, 1, 0.0), world(800, 2, 3.0), world(2_000, 3, 3.0)
    first = Linear().fit(old, goal, old.take(np.arange(0)))
    model = CrossFitted("linear", goal, first.columns, (first,), np.zeros(0), np.zeros(1))
    made = Adapted(model).fit(new.take(np.arange(650)), goal, new.take(np.arange(650, 800)))
    truth = goal.coded(later)
    assert made.trees is not None and auc(truth, made.predict(later)[:, 1]) > auc(truth, first.predict(later)[:, 1]) + 0.1


def test_forty_rows_gain_from_an_earlier_world(make_split):
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    old, later = world(3_000, 1, 0.0), world(2_000, 4, 0.0)
    first = Boosting().fit(old.take(np.arange(2_500)), goal, old.take(np.arange(2_500, 3_000)))
    model = CrossFitted("boosting", goal, first.columns, (first,), np.zeros(0), np.zeros(1))
    few = world(40, 9, 0.0)
    split = make_split({name: few[name] for name in few}, "y")
    options = train.Options(learners=("boosting",), members=1)
    taught, *_, alone = train.run(split, options, model)
    assert alone.name == "alone" and np.array_equal(alone.out_of_fold, train.run(split, options)[0].out_of_fold)
    truth = goal.coded(later)
    assert auc(truth, taught.predict(later)[:, 1]) > auc(truth, alone.predict(later)[:, 1]) + 0.005
    assert taught.loss.mean() < alone.loss.mean()


def test_without_an_earlier_study_a_sentence_says_how(make_split):
    few = world(60, 9, 0.0)
    with pytest.raises(WordsError, match="apercu adapt"):
        train.run(make_split({name: few[name] for name in few}, "y"), train.Options(learners=("adapted",)))
