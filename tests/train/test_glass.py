"""The glass box: keeps the promises of a learner, draws the planted curve within its band, purifies pairs, obeys directions."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import auc, r2
from apercu.testing import check_learner
from apercu.train.glass import Glass

from . import families

NUMBER = Goal("y", "numeric")


def test_keeps_the_promises_of_a_learner():
    check_learner(Glass())


@pytest.fixture(scope="module", params=list(families.GOALS))
def fitted(request):
    rows, goal = families.made(request.param), families.GOALS[request.param]
    return request.param, goal, Glass().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))


def test_contributions_sum(fitted):
    task, _, model = fitted
    assert families.sums(model, families.made(task, seed=2), task) < 1e-6


def test_comes_back_equal(fitted):
    task, _, model = fitted
    later = families.made(task, seed=2)
    again = families.returned(Glass, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


def planted(n=3_000, seed=1):
    """y = x^2 + level + 2 * (both above zero) + noise; z does nothing."""
    rng = np.random.default_rng(seed)
    x, z, u, v = rng.uniform(-2, 2, (4, n))
    plan = rng.choice(["a", "b", "c"], n)
    level = np.array([0.0, 1.0, -1.0])[np.searchsorted(["a", "b", "c"], plan)]
    y = x**2 + level + 2.0 * ((u > 0) & (v > 0)) + 0.3 * rng.normal(size=n)
    return Rows.of({"x": x, "z": z, "u": u, "v": v, "plan": plan.astype(object), "y": y})


@pytest.fixture(scope="module")
def drawn():
    rows = planted()
    return Glass().fit(rows.take(np.arange(2_500)), NUMBER, rows.take(np.arange(2_500, 3_000)))


def test_curves_are_the_planted_ones(drawn):
    later = planted(seed=2)
    assert r2(later["y"], drawn.predict(later)) > 0.9
    parts = dict(zip(drawn.columns, drawn.contributions(later)[0][:, :, 0].T, strict=True))
    assert np.corrcoef(parts["x"], later["x"] ** 2)[0, 1] > 0.97
    assert np.std(parts["z"]) < 0.1 < np.std(parts["x"])


def test_the_pair_is_found_and_holds_interaction_alone(drawn):
    assert ("u", "v") in {tuple(sorted(t.columns)) for t in drawn.tables}
    table = next(t for t in drawn.tables if set(t.columns) == {"u", "v"})
    rows = planted()
    codes = {c.bins.name: c.bins.codes(rows) for c in drawn.curves}
    one, two = (table.groups[i][codes[table.columns[i]]] for i in range(2))
    for side in (one, two):
        means = np.bincount(side, table.value[one, two]) / np.bincount(side)
        assert np.abs(means).max() < 1e-6
    assert np.ptp(table.value) > 0.6


def test_bands_hold_the_truth(drawn):
    curve = next(c for c in drawn.curves if c.bins.name == "x")
    rows = planted()
    code = curve.bins.codes(rows)
    truth = np.bincount(code, rows["x"] ** 2, minlength=curve.bins.size) / np.maximum(np.bincount(code, minlength=curve.bins.size), 1)
    used = curve.share > 0
    off = np.abs(curve.value[0] - (truth - np.average(truth[used], weights=curve.share[used])))[used]
    assert curve.error[0][used].min() > 0 and np.mean(off < 3 * curve.error[0][used] + 0.05) > 0.85


def test_a_direction_holds_and_is_kept_out_of_tables():
    rng = np.random.default_rng(3)
    n = 1_500
    x, w = rng.uniform(0, 1, (2, n))
    y = np.where(x + np.sin(12 * x) / 3 + 0.3 * rng.normal(size=n) > 0.6, "yes", "no").astype(object)
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    rows = Rows.of({"x": x, "w": w, "y": y})
    model = Glass({"x": 1}).fit(rows.take(np.arange(1_200)), goal, rows.take(np.arange(1_200, n)))
    told = model.contributions(Rows.of({"x": np.linspace(0, 1, 200), "w": np.full(200, 0.5)}))[0][:, 0, 0]
    assert (np.diff(told) >= -1e-9).all() and np.ptp(told) > 0.5
    free = Glass().fit(rows.take(np.arange(1_200)), goal, rows.take(np.arange(1_200, n)))
    assert (np.diff(free.contributions(Rows.of({"x": np.linspace(0, 1, 200), "w": np.full(200, 0.5)}))[0][:, 0, 0]) < -1e-3).any()


def test_what_was_never_missing_or_seen_adds_nothing(drawn):
    parts, _ = drawn.contributions(Rows.of({"x": [None], "z": [0.0], "u": [0.1], "v": [-0.1], "plan": ["new"]}))
    told = dict(zip(drawn.columns, parts[0, :, 0], strict=True))
    assert told["x"] == 0.0 and told["plan"] == 0.0


@pytest.mark.parametrize("n", [1, 3, 20])
def test_few_rows_and_one_class_are_borne(n):
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    rows = Rows.of({"x": np.arange(float(n)), "same": ["a"] * n, "y": ["yes"] * n})
    told = Glass().fit(rows, goal, rows.take(np.arange(0))).predict(rows)
    assert np.isfinite(told).all() and (told[:, 1] > 0.5).all()
    numbers = rows.plus({"y": np.arange(float(n))})
    assert np.isfinite(Glass().fit(numbers, NUMBER, numbers.take(np.arange(0))).predict(numbers)).all()


def test_weights_move_the_curve():
    rng = np.random.default_rng(4)
    plan = np.array(["a", "b"] * 300, dtype=object)
    y = np.where(rng.random(600) < 0.5, "yes", "no").astype(object)
    weight = np.where((plan == "a") & (y == "yes"), 9.0, 1.0)
    rows = Rows.of({"plan": plan, "w": weight, "y": y})
    goal = Goal("y", "binary", ("no", "yes"), "yes", weight="w")
    model = Glass().fit(rows.take(np.arange(500)), goal, rows.take(np.arange(500, 600)))
    told = model.predict(Rows.of({"plan": ["a", "b"]}))[:, 1]
    assert told[0] > 0.8 > 0.6 > told[1] and model.columns == ("plan",)


def test_interactions_need_a_table():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 2_000))
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    rows = Rows.of({"a": a, "b": b, "y": np.where(a * b + 0.3 * rng.normal(size=2_000) > 0, "yes", "no").astype(object)})
    model = Glass().fit(rows.take(np.arange(1_400)), goal, rows.take(np.arange(1_400, 1_700)))
    later = rows.take(np.arange(1_700, 2_000))
    assert len(model.tables) == 1 and auc(goal.coded(later), model.predict(later)[:, 1]) > 0.9
