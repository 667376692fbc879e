"""Flat trees say what LightGBM says, score and attributions alike, whatever is missing, levelled, joined or asked row by row."""

from __future__ import annotations

import itertools
import math

import lightgbm as lgb
import numpy as np
import pytest

from apercu.stats import trees as flat
from apercu.stats.leaves import CATEGORICAL, DEFAULT_LEFT, MISSING_NAN, Nodes
from apercu.stats.tree_texts import of_lightgbm
from apercu.stats.trees import Trees, joined

TIGHT = 1e-9


def planted(n=1_500, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 8))
    x[:, 2], x[:, 5] = rng.integers(0, 5, n), rng.integers(-2, 70, n)
    x[:, 6] = np.where(rng.random(n) < 0.4, 0.0, x[:, 6])
    y = x[:, 0] * x[:, 1] + (x[:, 2] == 3) + (x[:, 5] % 7 > 3) + x[:, 3] + 0.5 * x[:, 6] + rng.normal(size=n) / 3
    for j in (0, 2, 5, 7):
        x[rng.random(n) < 0.15, j] = np.nan
    return x, y


def boosted(x, y, rounds=25, **settings):
    told = {"objective": "regression", "num_leaves": 15, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, **settings}
    return lgb.train(told, lgb.Dataset(x, y, categorical_feature=[2, 5], params={"verbosity": -1}), rounds)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"zero_as_missing": True},
        {"use_missing": False},
        {"num_leaves": 63, "min_data_in_leaf": 1, "max_cat_to_onehot": 1, "cat_smooth": 1, "min_data_per_group": 5},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
        {"boosting": "dart"},
        {"objective": "multiclass", "num_class": 3},
    ],
)
@pytest.mark.parametrize("rows", [3, 700])
def test_it_says_what_lightgbm_says(settings, rows):
    x, y = planted()
    booster = boosted(x, np.digitize(y, [0.0, 1.5]) if "num_class" in settings else y, **settings)
    trees, look = of_lightgbm(booster.model_to_string()), x[:rows]
    share = 25 if settings.get("boosting") == "rf" else 1  # a forest's raw scores and parts are sums there, and means here
    raw = booster.predict(look, raw_score=True).reshape(rows, -1) / share
    assert np.abs(trees.predict(look) - raw).max() < TIGHT
    parts, base = trees.contributions(look)
    theirs = booster.predict(look, pred_contrib=True).reshape(rows, raw.shape[1], 9).transpose(0, 2, 1) / share
    assert np.abs(parts - theirs[:, :8]).max() < TIGHT and np.abs(base - theirs[0, 8]).max() < TIGHT
    assert np.abs(parts.sum(axis=1) + base - raw).max() < TIGHT


def test_values_that_no_training_row_had():
    x, y = planted()
    booster = boosted(x, y)
    trees = of_lightgbm(booster.model_to_string())
    odd = x[:6].copy()
    odd[:, 2], odd[:, 5] = [-1, -0.5, 99, 2.9, np.nan, 1e9], [1e12, -7, 69, 64, 31, 32]
    odd[0, :2], odd[1, :2] = np.inf, -np.inf
    assert np.abs(trees.predict(odd)[:, 0] - booster.predict(odd)).max() < TIGHT


def test_parts_are_shapley_values():
    """By the definition: the mean over all orders of what knowing a feature adds to the path-dependent expectation."""
    x, y = planted(400)
    x = np.nan_to_num(x[:, [0, 1, 3]])
    booster = lgb.train({"objective": "regression", "num_leaves": 6, "verbosity": -1, "num_threads": 1}, lgb.Dataset(x, y), 2)
    trees = of_lightgbm(booster.model_to_string())
    nodes = trees.nodes

    def expected(node, row, known):
        if nodes.left[node] < 0:
            return nodes.value[node]
        left, right, feature = nodes.left[node], nodes.right[node], nodes.feature[node]
        if feature in known:
            return expected(left if row[feature] <= nodes.threshold[node] else right, row, known)
        return sum(nodes.cover[child] * expected(child, row, known) for child in (left, right)) / nodes.cover[node]

    for row in x[:3]:
        whole = np.zeros(3)
        for root in trees.roots:
            for size in range(3):
                for known in itertools.combinations(range(3), size):
                    weight = math.factorial(size) * math.factorial(2 - size) / 6
                    for i in set(range(3)) - set(known):
                        whole[i] += weight * (expected(root, row, {*known, i}) - expected(root, row, set(known)))
        assert trees.contributions(row[None])[0][0, :, 0] == pytest.approx(whole, abs=1e-12)


def test_few_rows_many_rows_and_threads_agree(monkeypatch):
    x, y = planted()
    trees = of_lightgbm(boosted(x, y, num_leaves=40).model_to_string())
    many = trees.contributions(x)[0]
    assert np.abs(np.concatenate([trees.contributions(x[i : i + 10])[0] for i in range(0, 100, 10)]) - many[:100]).max() < 1e-12
    monkeypatch.setattr(flat, "THREADED", 1)
    monkeypatch.setattr(flat.os, "cpu_count", lambda: 3)
    assert np.array_equal(trees.predict(x), trees.predict(x[: len(x)])) and np.abs(trees.contributions(x)[0] - many).max() == 0.0


def test_boosters_are_joined():
    x, y = planted()
    one, other = boosted(x, y), boosted(x, np.digitize(y, [0.0, 1.5]), objective="multiclass", num_class=3)
    apart = [of_lightgbm(b.model_to_string()) for b in (one, other)]
    both = joined(apart)
    beside = np.hstack([x[:30], x[:30]])
    assert both.features == 16 and np.allclose(both.predict(beside), np.hstack([t.predict(x[:30]) for t in apart]), atol=1e-12)
    for (parts, base), trees in zip(both.contributions_each(beside), apart, strict=True):
        assert np.allclose(parts, trees.contributions(x[:30])[0], atol=1e-12) and np.allclose(base, trees.contributions(x[:30])[1])
    with pytest.raises(ValueError, match="contributions_each"):
        both.contributions(beside)
    with pytest.raises(ValueError, match="expected 16 features"):
        both.predict(x[:30])


def chain(depth):
    """A tree that asks about one new feature after another."""
    m = 2 * depth + 1
    left, right = np.full(m, -1, np.int32), np.full(m, -1, np.int32)
    feature, threshold, value = np.zeros(m, np.int32), np.zeros(m), np.arange(m, dtype=np.float64)
    for i in range(depth):
        left[2 * i], right[2 * i], feature[2 * i] = 2 * i + 1, 2 * i + 2, i
    kind = np.where(left >= 0, MISSING_NAN | DEFAULT_LEFT, 0).astype(np.uint8)
    nothing = np.zeros(m, np.int32)
    nodes = Nodes(left, right, feature, threshold, kind, nothing, nothing, np.zeros(0, np.uint32), value, np.linspace(1000, 1, m))
    return Trees.of(nodes, np.zeros(1), np.zeros(1, np.int64), np.zeros(1), depth)


@pytest.mark.parametrize("rows", [4, 40])
def test_long_paths(rows):
    trees, x = chain(50), np.random.default_rng(0).normal(size=(rows, 50))
    x[0, :20] = np.nan
    parts, base = trees.contributions(x)
    assert trees.able and np.abs(parts[:, :, 0].sum(axis=1) + base - trees.predict(x)[:, 0]).max() < 1e-9
    long = chain(65)
    assert not long.able and np.isfinite(long.predict(np.zeros((2, 65)))).all()
    with pytest.raises(ValueError, match="64 distinct"):
        long.contributions(np.zeros((2, 65)))


def test_no_rows_no_trees_and_a_child_that_no_row_reached():
    x, y = planted(300)
    trees = of_lightgbm(boosted(x, y, rounds=2).model_to_string())
    assert trees.predict(x[:0]).shape == (0, 1) and trees.contributions(x[:0])[0].shape == (0, 8, 1)
    still = of_lightgbm(boosted(x[:, :8], np.zeros(300), rounds=2).model_to_string())
    assert np.abs(still.contributions(x)[0]).max() == 0.0
    tree = chain(3)
    tree.nodes.cover[:] = 0.0
    tree.nodes.kind[0] = CATEGORICAL
    parts, base = tree.contributions(np.ones((20, 3)))
    assert np.isfinite(parts).all() and parts.sum() / 20 + base[0] == pytest.approx(tree.predict(np.ones((1, 3)))[0, 0])
