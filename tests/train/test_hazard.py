"""The two survival models: a planted effect is found, curves fall, columns' parts sum, both come back equal."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.stats.hazards import concordance
from apercu.train._hazard import Cox, Stretches


def followed(n=1_500, seed=1):
    """Exponential times, three times as quick in plan b and twice as quick per unit of x; a third is censored."""
    rng = np.random.default_rng(seed)
    x, plan = rng.normal(size=n), rng.choice(["a", "b"], n)
    full = rng.exponential(12.0, n) / np.exp(np.log(2) * x + np.log(3) * (plan == "b"))
    gone = rng.exponential(20.0, n)
    rows = Rows.of({"x": np.where(rng.random(n) < 0.05, np.nan, x), "plan": plan.astype(object), "noise": rng.normal(size=n)})
    return rows, np.minimum(full, gone), (full <= gone).astype(float)


@pytest.fixture(scope="module", params=[Cox, Stretches])
def fitted(request):
    rows, time, event = followed()
    return request.param.fit(rows, time, event, ("x", "plan", "noise"))


def test_orders_rows_that_it_did_not_see(fitted):
    rows, time, event = followed(seed=2)
    assert concordance(time, event, fitted.risk(rows)) > 0.7


def test_curves_fall_from_one_and_are_the_planted_ones(fitted):
    when = np.linspace(0, 30, 31)
    told = fitted.shares(Rows.of({"x": [0.0, 0.0], "plan": ["a", "b"], "noise": [0.0, 0.0]}), when)
    assert (told[:, 0] == 1.0).all() and (np.diff(told, axis=1) <= 1e-12).all()
    assert told[:, 6] == pytest.approx(np.exp([-6 / 12, -3 * 6 / 12]), abs=0.12)


def test_comes_back_equal(fitted, tmp_path):
    rows, _, _ = followed(seed=2)
    again = type(fitted).load(tmp_path, json.loads(json.dumps(fitted.save(tmp_path), allow_nan=False)))
    when = np.array([1.0, 5.0, 50.0])
    assert np.array_equal(again.shares(rows, when), fitted.shares(rows, when)) and np.array_equal(again.risk(rows), fitted.risk(rows))


def test_strangers_and_no_rows_are_borne(fitted):
    strange = Rows.of({"x": [np.nan, 1e9], "plan": ["new", None], "noise": [0.0, np.nan]})
    assert np.isfinite(fitted.shares(strange, np.array([1.0, 1e9]))).all()
    assert fitted.shares(strange.take(np.arange(0)), np.array([1.0])).shape == (0, 1)


def test_parts_of_cox_sum_to_the_risk():
    rows, time, event = followed()
    model = Cox.fit(rows, time, event, ("x", "plan", "noise"))
    parts = model.contributions(rows)
    assert parts.sum(axis=1) == pytest.approx(model.risk(rows), abs=1e-9)
    assert np.std(parts[:, 2]) < 0.3 * np.std(parts[:, 1])


def test_few_rows_are_borne():
    rows, _, event = followed(12)
    event[:] = 1
    for kind in (Cox, Stretches):
        assert np.isfinite(kind.fit(rows, np.ones(12), event, ("x", "plan", "noise")).shares(rows, np.array([0.5, 1.0]))).all()
