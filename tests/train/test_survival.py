"""The door of survival: scores beside chance, medians, what is left, events by name, and what cannot be fitted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, UnusableTarget
from apercu.core.rows import Rows
from apercu.train import survival

from .test_hazard import followed


@pytest.fixture(scope="module")
def table():
    rows, time, event = followed()
    flags = np.where(event > 0, "Yes", "No").astype(object)
    flags[0] = None
    return rows.plus({"months": np.where(np.arange(rows.n) == 1, np.nan, time), "left": Rows.of({"left": flags}).coded("left")})


@pytest.fixture(scope="module")
def told(table):
    return survival.fit(table, "months", "left", ("x", "plan", "noise"))


def test_scores_are_better_than_chance(told):
    assert told.happened == "Yes" and set(told.scores) == {"cox", "stretches", "all alike"}
    best = min((told.scores["cox"], told.scores["stretches"]), key=lambda kept: kept.brier)
    assert best.brier < 0.9 * told.scores["all alike"].brier and best.concordance > 0.7


def test_median_left_is_that_of_exponential_times(told):
    rows = Rows.of({"x": [0.0, 0.0, 1.0], "plan": ["a", "b", "b"], "noise": [0.0] * 3})
    wanted = 12 * np.log(2) / np.array([1, 3, 6])
    assert told.left(rows) == pytest.approx(wanted, rel=0.35)
    assert told.left(rows, 2.0) == pytest.approx(wanted, rel=0.45, abs=0.4)  # nothing is forgotten: as much is left as at first
    assert (np.argsort(told.risk(rows)) == [0, 1, 2]).all()


def test_half_who_never_have_it_are_left_for_ever(table):
    event = np.where(np.arange(table.n) % 10 == 0, 1.0, 0.0)
    rare = survival.fit(table.plus({"left": event, "months": np.ones(table.n) + np.arange(table.n) % 7}), "months", "left", ("noise",))
    assert np.isinf(rare.left(table.take(np.arange(5)))).all()


def test_comes_back_equal(told, table, tmp_path):
    again = survival.Survival.load(tmp_path, json.loads(json.dumps(told.save(tmp_path), allow_nan=False)))
    assert np.array_equal(again.shares(table, [1, 9]), told.shares(table, [1, 9])) and again.scores == dict(told.scores)


def test_blocks_are_judged_together(table):
    rng = np.random.default_rng(1)
    block = rng.integers(0, 30, table.n)
    names = table.plus({"block": Rows.of({"b": [f"b{i}" for i in block]}).coded("b")})
    months = rng.exponential(1 + block % 5) + 0.01
    held = survival.fit(names.plus({"months": months, "left": np.ones(table.n)}), "months", "left", ("block",), folds=block % 5)
    assert held.scores["cox"].concordance < 0.6, "a block that is judged was not learned from"


def test_what_cannot_be_fitted_is_said(table):
    with pytest.raises(EmptyTable, match="at least 10 rows"):
        survival.fit(table.take(np.arange(12)), "months", "left", ("x",))
    with pytest.raises(UnusableTarget, match="none of them"):
        survival.fit(table, "months", "left", ("x",), happened="Maybe")
    with pytest.raises(UnusableTarget, match="must be a number"):
        survival.fit(table, "plan", "left", ("x",))


@pytest.mark.slow
def test_as_good_as_scikit_survival_on_gbsg2():
    datasets, linear = pytest.importorskip("sksurv.datasets"), pytest.importorskip("sksurv.linear_model")
    from sksurv.column import encode_categorical

    from apercu.stats.hazards import concordance

    columns, y = datasets.load_gbsg2()
    plain = {name: columns[name].astype(object if columns[name].dtype.kind == "O" else float).to_numpy() for name in columns}
    rows = Rows.of({**plain, "time": y["time"], "event": y["cens"].astype(float)})
    ours = survival.fit(rows, "time", "event", tuple(columns)).scores
    x, fold = encode_categorical(columns).to_numpy(float), np.random.default_rng(1).permutation(len(y)) % 5
    theirs = []
    for k in range(5):
        model = linear.CoxPHSurvivalAnalysis().fit(x[fold != k], y[fold != k])
        theirs.append(concordance(y["time"][fold == k], y["cens"][fold == k].astype(float), model.predict(x[fold == k])))
    assert max(ours["cox"].concordance, ours["stretches"].concordance) > np.mean(theirs)
