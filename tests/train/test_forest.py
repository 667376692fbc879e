"""The forest: keeps a learner's promises, its trees are scikit-learn's, its log-odds are calibrated, weights and odd rows are borne."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from apercu.core.goal import Goal
from apercu.core.model import members_of
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2
from apercu.testing import check_learner
from apercu.train import forest
from apercu.train.forest import Forest

from . import families


@pytest.fixture(autouse=True)
def fewer_trees(monkeypatch):
    monkeypatch.setattr(forest, "TREES", 60)


def test_keeps_the_promises_of_a_learner():
    check_learner(Forest())


@pytest.mark.parametrize("task", list(families.GOALS))
def test_learns_sums_and_comes_back(task):
    rows, goal, later = families.made(task), families.GOALS[task], families.made(task, seed=2)
    members = members_of(Forest, goal, rows)
    assert [member.learner.log for member in members] == ([] if task == "multiclass" else [task == "skewed"])
    learner = members[0].learner if members else Forest()
    model = learner.fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > (0.1 if task == "skewed" else 0.7)
    assert families.sums(model, later, task) < 1e-5
    again = families.returned(Forest, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])
    parts = np.abs(model.contributions(later)[0]).mean(axis=(0, 2))
    assert parts[model.columns.index("note")] > 0 and parts[model.columns.index("x")] > parts[model.columns.index("when")]


def test_flat_trees_say_what_scikit_learn_says():
    """Without the line, the arrays predict as the forest that they were taken from, missing values and ties at a threshold included."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 12, (300, 4)) / 3.0
    x[rng.random((300, 4)) < 0.1] = np.nan
    y = np.nan_to_num(x[:, 0]) + np.isnan(x[:, 1]) + rng.normal(size=300) * 0.1
    made = ExtraTreesRegressor(20, random_state=1, bootstrap=True, min_samples_leaf=2).fit(x.astype(np.float32), y)
    arrays = forest._arrays(made, [tree.tree_.value[:, 0, :] for tree in made.estimators_])
    rows = Rows.of({f"c{i}": x[:, i] for i in range(4)})
    model = Forest().fit(rows.plus({"y": y}), Goal("y", "numeric"), rows.plus({"y": y}).take(np.arange(0)))
    model = forest.ForestModel("forest", model.columns, "numeric", model.features, arrays, model.scale)
    assert model.predict(rows) == pytest.approx(made.predict(x.astype(np.float32)), abs=1e-5)


def test_log_odds_are_calibrated_though_leaves_are_timid():
    """A plain mean of leaves would say far too little of a target that is nearly certain."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3_000, 6))
    y = np.where(rng.random(3_000) < 1 / (1 + np.exp(-4 * x[:, 0])), "yes", "no").astype(object)
    rows = Rows.of({**{f"c{i}": x[:, i] for i in range(6)}, "y": y})
    model = Forest().fit(rows.take(np.arange(900)), families.GOALS["binary"], rows.take(np.arange(900, 1_000)))
    told, truth = model.predict(rows.take(np.arange(1_000, 3_000)))[:, 1], (y[1_000:] == "yes").astype(float)
    odds = np.log(told / (1 - told))
    slope = np.polyfit(odds, truth - told, 1)[0]
    assert abs(slope) < 0.02 and abs(told.mean() - truth.mean()) < 0.03 and told.max() > 0.95 > 0.05 > told.min()


def test_weights_count():
    rng = np.random.default_rng(5)
    x, odd = rng.normal(size=400), np.arange(400) % 2 == 1
    y = np.where(odd, 1.0, -1.0) * 3 * x + rng.normal(size=400)
    rows = Rows.of({"x": x, "w": np.where(odd, 1.0, 0.0), "y": y})
    model = Forest().fit(rows, Goal("y", "numeric", weight="w"), rows.take(np.arange(0)))
    low, high = model.predict(Rows.of({"x": [-1.0, 1.0]}))
    assert model.columns == ("x",) and high - low > 4


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
@pytest.mark.parametrize("n", [1, 2, 20])
def test_few_rows_and_one_outcome_are_borne(task, n):
    rows, goal = families.made(task, n=400), families.GOALS[task]
    truth = goal.coded(rows)
    same = rows.take(np.flatnonzero(truth == truth[0])[:n])
    model = Forest().fit(same, goal, same.take(np.arange(0)))
    told = model.predict(rows)
    assert np.isfinite(told).all() and np.isfinite(model.contributions(rows)[0]).all()
    assert (told == pytest.approx(truth[0], abs=1e-3)) if goal.task == "numeric" else (told.argmax(axis=1) == truth[0]).all()
    assert len(model.predict(rows.take(np.arange(0)))) == 0


def test_odd_columns_are_borne():
    rng = np.random.default_rng(6)
    y = rng.normal(size=60)
    rows = Rows.of({"gone": np.full(60, np.nan), "same": np.ones(60), "huge": np.where(y > 0, 1e300, -1e300), "y": y})
    model = Forest().fit(rows, Goal("y", "numeric"), rows.take(np.arange(0)))
    assert r2(y, model.predict(rows)) > 0.4 and np.isfinite(model.contributions(rows)[0]).all()
    none = Rows.of({"note": np.array([f"a long text about things number {i}" for i in range(60)], dtype=object), "y": y})
    assert np.ptp(Forest().fit(none, Goal("y", "numeric"), none.take(np.arange(0))).predict(none)) < 1.0


def test_it_stands_early_where_rows_are_few_and_nowhere_where_they_are_many():
    rows, goal = families.made("binary"), families.GOALS["binary"]

    def ranks(n):
        return [member.rank for member in members_of(Forest, goal, rows.take(np.zeros(n, dtype=int)))]

    assert ranks(forest.FEW - 1) == [15] and ranks(forest.FEW) == [44] and ranks(forest.MANY + 1) == []


def test_nothing_kept_is_an_object(tmp_path):
    rows, goal = families.made("multiclass"), families.GOALS["multiclass"]
    card = Forest().fit(rows, goal, rows.take(np.arange(0))).save(tmp_path)
    json.dumps(card, allow_nan=False)
    with np.load(tmp_path / "forest.npz", allow_pickle=False) as kept:
        assert all(kept[name].dtype != object for name in kept.files)
