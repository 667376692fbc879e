"""Readers: a scikit-learn forest and an XGBoost model score as they do in their own library; what cannot be read is refused."""

from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import pytest

from apercu.stats.tree_texts import of_arrays, of_lightgbm, of_xgboost

ARRAYS = ("children_left", "children_right", "feature", "threshold", "value", "weighted_n_node_samples", "missing_go_to_left")


def planted(n=600):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 5)).astype(np.float32).astype(np.float64)
    x[rng.random(n) < 0.1, 0] = np.nan
    return x, np.nan_to_num(x[:, 0]) * 2 + x[:, 1] * x[:, 2] + rng.normal(size=n) / 5


def of(forest):
    return of_arrays([{name: getattr(tree.tree_, name) for name in ARRAYS} for tree in forest.estimators_], 5)


def test_a_forest_of_numbers_and_of_classes():
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    x, y = planted()
    forest = RandomForestRegressor(10, random_state=0).fit(x, y)
    trees = of(forest)
    assert np.abs(trees.predict(x)[:, 0] - forest.predict(x)).max() < 1e-9
    parts, base = trees.contributions(x[:200])
    assert np.abs(parts.sum(axis=1) + base - trees.predict(x[:200])).max() < 1e-9
    classes = RandomForestClassifier(8, max_depth=6, random_state=0).fit(x, np.digitize(y, [-1, 1]))
    assert np.abs(of(classes).predict(x) - classes.predict_proba(x)).max() < 1e-9
    assert of(classes).contributions(x[:20])[0].shape == (20, 5, 3)


def test_linear_leaves_and_strange_texts_are_refused():
    x, y = planted()
    linear = lgb.train({"linear_tree": True, "verbosity": -1, "num_threads": 1}, lgb.Dataset(np.nan_to_num(x), y, params={"linear_tree": True}), 2)
    with pytest.raises(ValueError, match="linear"):
        of_lightgbm(linear.model_to_string())
    with pytest.raises(ValueError, match="LightGBM"):
        of_lightgbm("nothing of the kind")
    head = {"num_class": "0", "num_feature": "1", "base_score": "5E-1"}
    booster = {"name": "gblinear", "model": None}
    with pytest.raises(ValueError, match="gblinear"):
        of_xgboost(json.dumps({"learner": {"gradient_booster": booster, "learner_model_param": head, "objective": {"name": "reg:squarederror"}}}))


def stump(**changed):
    """XGBoost's JSON of one split; children 1 and 2."""
    tree = {
        "left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [0, 0, 0], "split_conditions": [0.5, -1.0, 1.0],
        "default_left": [1, 0, 0], "sum_hessian": [10.0, 4.0, 6.0], "split_type": [0, 0, 0], "categories": [], "categories_nodes": [],
        "categories_segments": [], "categories_sizes": [], "tree_param": {"size_leaf_vector": "1"}, **changed,
    }  # fmt: skip
    head = {"num_class": "0", "num_feature": "1", "base_score": "[2.5E-1]"}
    booster = {"name": "gbtree", "model": {"trees": [tree], "tree_info": [0]}}
    return of_xgboost(json.dumps({"learner": {"gradient_booster": booster, "learner_model_param": head, "objective": {"name": "binary:logistic"}}}))


def test_xgboost_asks_for_less_and_sends_sets_right():
    base = np.log(0.25 / 0.75)
    assert stump().predict(np.array([[0.49], [0.5], [np.nan]])).ravel() - base == pytest.approx([-1.0, 1.0, -1.0], abs=1e-6)
    sets = stump(split_type=[1, 0, 0], categories=[1, 40], categories_nodes=[0], categories_segments=[0], categories_sizes=[2])
    told = sets.predict(np.array([[1.0], [40.0], [2.0], [99.0], [np.nan]])).ravel() - base
    assert told == pytest.approx([1.0, 1.0, -1.0, -1.0, -1.0], abs=1e-6)
    parts, start = stump().contributions(np.array([[0.0]]))
    assert start - base == pytest.approx([0.2], abs=1e-6) and parts.ravel() == pytest.approx([-1.2])


def test_it_says_what_xgboost_says():
    xgboost = pytest.importorskip("xgboost")
    x, y = planted()
    x[:, 3] = np.random.default_rng(1).integers(0, 40, len(x))
    table = xgboost.DMatrix(x, (y + (x[:, 3] % 3) > 1), feature_types=["q", "q", "q", "c", "q"], enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 5, "max_cat_to_onehot": 1, "nthread": 1}, table, 20)
    trees = of_xgboost(bytes(booster.save_raw("json")))
    assert np.abs(trees.predict(x)[:, 0] - booster.predict(table, output_margin=True)).max() < 1e-4
    parts, base = trees.contributions(x)
    theirs = booster.predict(table, pred_contribs=True)
    assert np.abs(parts[:, :, 0] - theirs[:, :5]).max() < 1e-4 and np.abs(base - theirs[:, 5]).max() < 1e-4
