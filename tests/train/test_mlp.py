"""The neural net as a learner: promises, sums, opens without torch."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.stats.scores import accuracy, r2
from apercu.testing import check_learner
from apercu.train import _net
from apercu.train.mlp import Mlp

from . import families

pytest.importorskip("torch")


@pytest.fixture(scope="module", params=["binary", "multiclass", "numeric"])
def fitted(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_net, "EPOCHS", 24)
        rows, goal = families.made(request.param), families.GOALS[request.param]
        return request.param, goal, Mlp().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))


def test_learns(fitted):
    task, goal, model = fitted
    later = families.made(task, seed=2)
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > 0.7


def test_contributions_sum_and_prose_adds_nothing(fitted):
    task, _, model = fitted
    rows = families.made(task, n=60, seed=2)
    assert families.sums(model, rows, task) < 1e-6
    parts = np.abs(model.contributions(rows)[0]).mean(axis=(0, 2))
    assert parts[model.columns.index("note")] == 0 and parts[model.columns.index("x")] > parts[model.columns.index("when")]


def test_comes_back_equal_without_torch(fitted, monkeypatch):
    task, _, model = fitted
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    later = families.made(task, n=60, seed=2)
    again = families.returned(Mlp, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


@pytest.mark.parametrize("n", [1, 20])
def test_few_rows_and_one_class_are_borne(monkeypatch, n):
    monkeypatch.setattr(_net, "EPOCHS", 3)
    monkeypatch.setattr(_net, "LEAST_EPOCHS", 2)
    rows = families.made("binary", n=n)
    rows = rows.plus({"y": families.made("binary", n=n).take(np.zeros(n, dtype=int)).coded("y")})
    told = Mlp().fit(rows, Goal("y", "binary", ("no", "yes"), "yes"), rows.take(np.arange(0))).predict(rows)
    assert np.isfinite(told).all()


@pytest.mark.slow
def test_keeps_the_promises_of_a_learner():
    check_learner(Mlp())
