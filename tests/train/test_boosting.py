"""The boosting learner: learns interactions, sums, keeps, is the same again."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2
from apercu.train.boosting import Boosting

from . import families


@pytest.fixture(scope="module", params=list(families.GOALS))
def fitted(request):
    rows, goal = families.made(request.param), families.GOALS[request.param]
    return request.param, goal, Boosting().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))


def test_learns(fitted):
    task, goal, model = fitted
    later = families.made(task, seed=2)
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > (0.3 if task == "skewed" else 0.7)
    assert model.columns == ("x", "plan", "when", "note")


def test_contributions_sum(fitted):
    task, _, model = fitted
    rows = families.made(task, seed=2)
    assert families.sums(model, rows, task) < 1e-6
    assert model.contributions(rows)[0][:, 3].any(), "the terms of prose are heard"


def test_comes_back_equal(fitted):
    task, _, model = fitted
    later = families.made(task, seed=2)
    again = families.returned(Boosting, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


def test_the_same_rows_give_the_same_model(fitted):
    task, goal, model = fitted
    rows = families.made(task)
    again = Boosting().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))
    assert again.booster.model_to_string() == model.booster.model_to_string()


def test_interactions():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 1_000))
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    rows = Rows.of({"a": a, "b": b, "y": np.where(a * b > 0, "yes", "no").astype(object)})
    model = Boosting().fit(rows.take(np.arange(800)), goal, rows.take(np.arange(800, 900)))
    later = rows.take(np.arange(900, 1_000))
    assert accuracy(goal.coded(later), model.predict(later).argmax(axis=1)) > 0.9


def test_prose_whose_terms_tell_nothing_says_the_mean():
    rows = Rows.of({"note": [f"this is review number {i + 100} of many" for i in range(100)], "y": np.arange(100.0)})
    told = Boosting().fit(rows, Goal("y", "numeric"), rows.take(np.arange(0))).predict(rows)
    assert np.ptp(told) == 0 and told[0] == pytest.approx(49.5, abs=0.5)


def test_new_levels_and_all_missing_are_survived(fitted):
    _, _, model = fitted
    later = Rows.of(
        {"x": np.array([np.nan, 1.0]), "plan": np.array(["new", None], dtype=object), "when": np.array(["NaT", "2030-01-01"], dtype="datetime64[us]"),
         "note": np.array([None, "words"], dtype=object)}
    )  # fmt: skip
    assert np.isfinite(model.predict(later)).all()
