"""Curves: an additive truth is given back, a copy does not draw what it does not do, levels and days have curves too."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.core.model import CrossFitted
from apercu.explain._sample import Sample
from apercu.explain.curves import curves


class Formula:
    """A model that is a formula of columns x and z: y = x**2 + 3 z, whatever the data."""

    name, columns = "formula", ("x", "z")

    def predict(self, rows):
        return np.nan_to_num(rows["x"]) ** 2 + 3 * np.nan_to_num(rows["z"])

    def contributions(self, rows):
        return np.stack([np.nan_to_num(rows["x"]) ** 2, 3 * np.nan_to_num(rows["z"])], axis=1)[:, :, None], np.zeros(1)


@pytest.fixture(scope="module")
def formula(make_split):
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 900)
    z = x + rng.normal(size=900) / 50
    x[rng.random(900) < 0.1] = np.nan
    split = make_split({"x": x, "z": z, "flat": rng.normal(size=900), "y": np.nan_to_num(x) ** 2 + 3 * z}, "y")
    model = CrossFitted("formula", split.goal, ("x", "z"), (Formula(),) * 8, np.zeros(split.rows.n), np.zeros(8))
    return Sample.of(model, split, 900)


def test_a_formula_is_given_back_though_its_columns_go_together(formula):
    x, z = curves(formula, ("x", "z"))
    at = np.array(x.at)
    truth = at**2
    drawn = np.array(x.value)
    assert x.kind == "accumulated" and np.abs((drawn - drawn[0]) - (truth - truth[0])).max() < 1e-9
    assert np.allclose(np.diff(z.value) / np.diff(z.at), 3.0) and 3.0 < z.size < 4.0
    assert all(low <= v <= high for v, low, high in zip(x.value, x.low, x.high, strict=True))
    assert curves(formula, ("flat",))[0].size == 0.0 and curves(formula, ("nothing such",)) == ()


def test_levels_days_and_bands(make_split):
    rng = np.random.default_rng(1)
    n = 800
    plan, day = rng.choice(np.array(["a", "b", None], dtype=object), n), rng.integers(0, 300, n)
    when = np.datetime64("2024-01-01", "us") + day.astype("timedelta64[D]")
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-(2.0 * (plan == "b") + day / 100 - 2))), "yes", "no").astype(object)
    split = make_split({"plan": plan, "when": when, "noise": rng.normal(size=n), "one": np.array(["x"] * n, dtype=object), "y": y}, "y")
    sample = Sample.of(train.run(split, train.Options(learners=("linear",)))[0], split, 400)
    plan, when, noise = curves(sample, ("plan", "when", "noise", "one"))
    by = dict(zip(plan.at, plan.value, strict=True))
    assert plan.kind == "partial" and by["b"] - by["a"] > 0.25 and abs(np.dot(plan.value, [1, 1])) < 0.05
    assert when.at[0].startswith("2024-01") and when.value[-1] - when.value[0] > 0.2 and when.low[-1] > 0 > when.high[0]
    assert noise.size < 0.35 * when.size


def test_small_and_odd(make_split):
    n = 24
    split = make_split({"x": np.full(n, np.nan), "z": np.arange(n) % 2.0, "y": np.arange(n) * 1.0}, "y")
    model = CrossFitted("formula", split.goal, ("x", "z"), (Formula(),) * 8, np.zeros(n), np.zeros(8))
    [z] = curves(Sample.of(model, split, n), ("x", "z"))
    assert z.at == (0.0, 1.0) and np.allclose(np.diff(z.value), 3.0)
