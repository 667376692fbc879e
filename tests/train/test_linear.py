"""The linear learner: learns, bends, sums, keeps."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2
from apercu.train.linear import Linear, probabilities

from . import families


@pytest.fixture(scope="module", params=list(families.GOALS))
def fitted(request):
    rows, goal = families.made(request.param), families.GOALS[request.param]
    return request.param, goal, Linear().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))


def test_learns(fitted):
    task, goal, model = fitted
    later = families.made(task, seed=2)
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > (0.6 if task == "skewed" else 0.7)
    assert model.columns == ("x", "plan", "when", "note") and model.scale.log == (task == "skewed")


def test_contributions_sum(fitted):
    task, _, model = fitted
    assert families.sums(model, families.made(task, seed=2), task) < 1e-6


def test_comes_back_equal(fitted):
    task, _, model = fitted
    later = families.made(task, seed=2)
    again = families.returned(Linear, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


def test_the_same_rows_give_the_same_model(fitted):
    task, goal, model = fitted
    rows = families.made(task)
    again = Linear().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))
    assert np.array_equal(again.coefficients, model.coefficients)


def test_it_bends():
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, 600)
    rows = Rows.of({"x": x, "y": np.abs(x) + 0.1 * rng.normal(size=600)})
    model = Linear().fit(rows.take(np.arange(500)), Goal("y", "numeric"), rows.take(np.arange(500, 600)))
    assert r2(rows["y"], model.predict(rows)) > 0.9


def test_classes_that_training_lacks_are_nearly_impossible():
    goal = Goal("y", "multiclass", ("a", "b", "c"), "a")
    rows = Rows.of({"x": np.arange(60.0), "y": ["a"] * 30 + ["c"] * 30})
    told = Linear().fit(rows, goal, rows.take(np.arange(0))).predict(rows)
    assert told[:, 1].max() < 1e-3 and told[0].argmax() == 0 and told[-1].argmax() == 2
    only = Linear().fit(rows.take(np.arange(30)), goal, rows.take(np.arange(0))).predict(rows)
    assert only[:, 0].min() > 0.99


def test_text_kept_in_other_levels_is_joined():
    goal = Goal("y", "numeric")
    one, two = Rows.of({"p": ["a", "b"] * 30, "y": [1.0, 2.0] * 30}), Rows.of({"p": ["b", "c"] * 10, "y": [2.0, 3.0] * 10})
    told = Linear().fit(one, goal, two).predict(Rows.of({"p": ["a", "b"]}))
    assert told[1] > told[0]


def test_probabilities():
    assert probabilities(np.array([[0.0], [np.log(3.0)]])) == pytest.approx(np.array([[0.5, 0.5], [0.25, 0.75]]))
    assert probabilities(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1.0, 0.0, 0.0]]
