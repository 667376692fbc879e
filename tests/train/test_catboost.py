"""The catboost learner, where its package is there: sums, keeps, is the same again; each of its members."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.scores import accuracy, r2

from . import families

pytest.importorskip("catboost")

from apercu.train.catboost import Catboost


@pytest.mark.parametrize("task", list(families.GOALS))
def test_members_learn_sum_and_come_back(task):
    rows, goal, later = families.made(task), families.GOALS[task], families.made(task, seed=2)
    inner, watch = rows.take(np.arange(340)), rows.take(np.arange(340, 400))
    for member in Catboost.members(goal, rows):
        model = member.learner.fit(inner, goal, watch)
        told, truth = model.predict(later), goal.coded(later)
        assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > (0.05 if task == "skewed" else 0.7), (
            member.name
        )
        assert families.sums(model, later, task) < 1e-5
        again = families.returned(Catboost, model)
        assert np.array_equal(again.predict(later), model.predict(later))
        assert np.allclose(again.contributions(later)[0], model.contributions(later)[0], atol=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_one_outcome_alone_is_survived(task):
    rows, goal = families.made(task), families.GOALS[task]
    truth = goal.coded(rows)
    same = rows.take(np.flatnonzero(truth == truth[0]))
    model = Catboost().fit(same, goal, same.take(np.arange(0)))
    told = model.predict(rows)
    assert np.isfinite(told).all() and np.isfinite(model.contributions(rows)[0]).all()
    assert (told == pytest.approx(truth[0], abs=1e-3)) if goal.task == "numeric" else (told.argmax(axis=1) == truth[0]).all()
