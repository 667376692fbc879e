"""Balanced splits are balanced in every fold, keep the folds of their own rows, and make up rows between rare rows of one fold only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.evaluate._balanced import WEIGHT, filled, raised, thinned, weighted


def world(make_split, n=1_200, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    yes = generator.random(n) < 0.1 + 0.1 * (x > 1)
    kind = generator.choice(["a", "b"], n).astype(object)
    return make_split({"x": x, "k": kind, "w": generator.uniform(0.5, 2, n), "y": np.where(yes, "yes", "no").astype(object)}, "y", wanted="yes")


def test_weights_make_classes_count_alike(make_split):
    split = world(make_split)
    made = weighted(split)
    w, y = made.goal.weights(made.rows), split.goal.measured(split.rows)
    assert made.goal.weight == WEIGHT and w[y == 1].sum() == pytest.approx(w[y == 0].sum())
    own = replace(split, goal=replace(split.goal, weight="w"))
    made = weighted(own)
    w = made.goal.weights(made.rows)
    assert made.goal.weight == "w" and w[y == 1].sum() == pytest.approx(w[y == 0].sum()) and len(np.unique(w[y == 1])) > 10
    assert raised(split) == pytest.approx((y == 0).sum() / (y == 1).sum())


def test_thinned_rows_are_as_many_as_the_rare_ones_in_every_fold(make_split):
    split = world(make_split)
    made = thinned(split)
    before, after = split.goal.measured(split.rows), made.goal.measured(made.rows)
    assert np.array_equal(before[~np.isnan(after)], after[~np.isnan(after)]) and np.nansum(after) == np.nansum(before)
    for fold in np.unique(made.folds):
        own = made.folds == fold
        assert np.sum(after[own] == 0) == np.sum(after[own] == 1)


def test_made_up_rows_lie_between_rare_rows_of_their_fold(make_split):
    split = world(make_split)
    made, n = filled(split), split.rows.n
    y = made.goal.measured(made.rows)
    assert (y[n:] == 1).all() and (y == 1).sum() == (y == 0).sum() and np.array_equal(made.folds[:n], split.folds)
    for fold in np.unique(split.folds):
        rare = split.rows["x"][(split.folds == fold) & (y[:n] == 1)]
        new = made.rows["x"][n:][made.folds[n:] == fold]
        assert len(new) and rare.min() <= new.min() and new.max() <= rare.max() and not np.isin(new, rare).all()
    assert set(made.rows["k"][n:]) == {"a", "b"} and np.array_equal(made.rows["x"][:n], split.rows["x"])


def test_missing_and_constant_columns(make_split):
    generator = np.random.default_rng(1)
    x = generator.normal(size=400)
    x[::3] = np.nan
    split = make_split({"x": x, "one": np.ones(400), "y": np.where(generator.random(400) < 0.2, "yes", "no").astype(object)}, "y")
    made = filled(split)
    assert made.rows.n > 400 and (made.rows["one"] == 1).all() and np.isnan(made.rows["x"][400:]).any()
