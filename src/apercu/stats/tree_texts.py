"""Readers that make `Trees` of what tree libraries write: LightGBM's model text, XGBoost's model JSON, and the arrays of a scikit-learn forest.

    trees = of_lightgbm(booster.model_to_string())

They read plain text and numbers, so nothing that is read can run code, and none of the libraries need be there. Raw scores only: what makes
probabilities of them is the caller's. What they do *not* read: linear leaves and other learners than trees (ValueError).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from .leaves import CATEGORICAL, DEFAULT_LEFT, MISSING_NAN, Nodes
from .trees import Trees

__all__ = ["of_arrays", "of_lightgbm", "of_xgboost"]

READ: Final = (  # what is read of a tree in LightGBM's text
    "num_leaves", "num_cat", "split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value", "leaf_count",
    "internal_count", "cat_boundaries", "cat_threshold", "is_linear",
)  # fmt: skip


def of_lightgbm(text: str) -> Trees:
    """Trees of what `Booster.model_to_string()` wrote. Raises ValueError for linear trees and for text of another kind."""
    head, *blocks = text.split("\nTree=")
    top = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    if "num_tree_per_iteration" not in top:
        raise ValueError("expected the text of a LightGBM model")
    k = int(top["num_tree_per_iteration"])
    built = [_lightgbm_tree(block.split("\n\n", 1)[0]) for block in blocks]
    nodes, roots = _together(built)
    if "average_output" in head.splitlines() and blocks:
        nodes = nodes._replace(value=nodes.value / (len(blocks) // k))
    return Trees.of(nodes, roots, np.arange(len(blocks)) % k, np.zeros(k), int(top["max_feature_idx"]) + 1)


def of_xgboost(text: str | bytes) -> Trees:
    """Trees of what `Booster.save_raw("json")` or a saved model's JSON holds. Raises ValueError for other boosters than trees."""
    learner = json.loads(text)["learner"]
    booster, head = learner["gradient_booster"], learner["learner_model_param"]
    weights: Sequence[float] | None = booster.get("weight_drop")
    model = booster.get("gbtree", booster).get("model")
    if model is None:
        raise ValueError(f"expected trees, got the booster {booster.get('name')!r}")
    k = max(1, int(head["num_class"]), int(head.get("num_target", "1")))
    if any(int(tree["tree_param"].get("size_leaf_vector", "1")) > 1 for tree in model["trees"]):
        raise ValueError("expected one number in a leaf, got vectors")
    built = [_xgboost_tree(tree, 1.0 if weights is None else weights[i]) for i, tree in enumerate(model["trees"])]
    nodes, roots = _together(built)
    base = np.resize(np.array([float(part) for part in str(head["base_score"]).strip("[]").split(",")]), k)
    if learner["objective"]["name"] in ("binary:logistic", "reg:logistic", "binary:logitraw"):
        base = np.log(base / (1.0 - base))
    elif learner["objective"]["name"] in ("count:poisson", "reg:gamma", "reg:tweedie"):
        base = np.log(base)
    base = base.astype(np.float32).astype(np.float64)
    return Trees.of(nodes, roots, np.array(model["tree_info"], dtype=np.int64), base, int(head["num_feature"]), single=True)


def of_arrays(trees: Sequence[Mapping[str, np.ndarray]], features: int) -> Trees:
    """Trees of arrays as scikit-learn's `tree_` names them, their values averaged: a forest.

    children_left, children_right, feature, threshold, weighted_n_node_samples (nodes,), value (nodes, k), and perhaps missing_go_to_left. A
    forest of k values is laid out once per value.
    """
    built, outputs = [], []
    for tree in trees:
        inner = tree["children_left"] >= 0
        value = np.asarray(tree["value"], dtype=np.float64).reshape(len(inner), -1) / len(trees)
        default = np.asarray(tree.get("missing_go_to_left", np.zeros(len(inner))), dtype=bool)
        kind = np.where(inner, MISSING_NAN + DEFAULT_LEFT * default, 0)
        threshold = np.where(inner, tree["threshold"], 0.0)
        links = tree["children_left"], np.where(inner, tree["children_right"], -1), np.where(inner, tree["feature"], 0)
        for output in range(value.shape[1]):
            built.append(_nodes(links, threshold, kind, np.where(inner, 0.0, value[:, output]), tree["weighted_n_node_samples"]))
            outputs.append(output)
    nodes, roots = _together(built)
    return Trees.of(nodes, roots, np.array(outputs, dtype=np.int64), np.zeros(max(outputs, default=0) + 1), features, single=True)


def _lightgbm_tree(block: str) -> Nodes:
    told = {name: value for name, _, value in (line.partition("=") for line in block.splitlines()) if name in READ}
    if told.get("is_linear", "0") != "0":
        raise ValueError("trees with linear leaves are not read")
    leaves = int(told["num_leaves"])
    value = _floats(told["leaf_value"])
    if leaves == 1:
        links = np.array([-1]), np.array([-1]), np.array([0])
        return _nodes(links, np.zeros(1), np.zeros(1), value, np.ones(1))
    inner = leaves - 1
    left, right = (_wholes(told[name]) for name in ("left_child", "right_child"))
    left, right = (np.where(child < 0, inner + ~child, child) for child in (left, right))  # leaves stand after the inner nodes
    written, threshold = _wholes(told["decision_type"]), _floats(told["threshold"])
    categorical = (written & CATEGORICAL) > 0
    kind = np.where(categorical, CATEGORICAL, written & ~1)  # LightGBM's bits are ours; missing in a set always goes right
    begin, size, words = np.zeros(inner, np.int32), np.zeros(inner, np.int32), np.zeros(0, np.uint32)
    if int(told["num_cat"]):
        bounds, words = _wholes(told["cat_boundaries"]), np.array(told["cat_threshold"].split(), dtype=np.uint32)
        place = threshold[categorical].astype(int)
        begin[categorical], size[categorical] = bounds[place], bounds[place + 1] - bounds[place]
    gone, nothing = np.full(leaves, -1), np.zeros(leaves)
    return Nodes(
        np.r_[left, gone].astype(np.int32), np.r_[right, gone].astype(np.int32), np.r_[_wholes(told["split_feature"]), nothing].astype(np.int32),
        np.r_[threshold, nothing], np.r_[kind, nothing].astype(np.uint8), np.r_[begin, nothing].astype(np.int32),
        np.r_[size, nothing].astype(np.int32), words, np.r_[np.zeros(inner), value],
        np.r_[_floats(told["internal_count"]), _floats(told["leaf_count"])],
    )  # fmt: skip


def _xgboost_tree(tree: Mapping[str, Any], weight: float) -> Nodes:
    left, right = (np.array(tree[name], dtype=np.int32) for name in ("left_children", "right_children"))
    inner = left >= 0
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    # x < c in single precision is x <= the number before c
    threshold = np.nextafter(condition, np.float32(-math.inf)).astype(np.float64)
    default = np.array(tree["default_left"], dtype=bool)
    categorical = np.array(tree.get("split_type", np.zeros(len(left))), dtype=int) == 1
    # in XGBoost a level of the set goes right: its children are exchanged here, and the default with them
    left, right = np.where(categorical, right, left), np.where(categorical, left, right)
    kind = np.where(categorical, CATEGORICAL + DEFAULT_LEFT * ~default, MISSING_NAN + DEFAULT_LEFT * default)
    nodes = _nodes(
        (left, right, np.array(tree["split_indices"])), np.where(inner, threshold, 0.0), np.where(inner, kind, 0),
        np.where(inner, 0.0, condition.astype(np.float64) * weight), np.array(tree["sum_hessian"]),
    )  # fmt: skip
    words: list[int] = []
    for node, begin, size in zip(*(tree.get(f"categories_{part}", ()) for part in ("nodes", "segments", "sizes")), strict=True):
        held = tree["categories"][begin : begin + size]
        nodes.begin[node], nodes.size[node] = len(words), max(held, default=0) // 32 + 1
        sets = [0] * int(nodes.size[node])
        for level in held:
            sets[level // 32] |= 1 << (level % 32)
        words += sets
    return nodes._replace(words=np.array(words, dtype=np.uint32))


def _nodes(links: tuple[np.ndarray, np.ndarray, np.ndarray], threshold: np.ndarray, kind: np.ndarray, value: np.ndarray, cover: np.ndarray) -> Nodes:
    """Nodes without sets of levels. links: left, right, feature."""
    left, right, feature = (np.asarray(link).astype(np.int32) for link in links)
    begin, size = np.zeros((2, len(left)), np.int32)
    cover, threshold = np.asarray(cover, dtype=np.float64), np.asarray(threshold, dtype=np.float64)
    return Nodes(left, right, feature, threshold, np.asarray(kind).astype(np.uint8), begin, size, np.zeros(0, np.uint32), value, cover)


def _together(built: Sequence[Nodes]) -> tuple[Nodes, np.ndarray]:
    """(the nodes of all trees one after another, (T,) their roots)."""
    if not built:
        return _nodes((np.zeros(0), np.zeros(0), np.zeros(0)), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)), np.zeros(0, np.int64)
    roots = np.concatenate([[0], np.cumsum([len(nodes.left) for nodes in built])[:-1]])
    sets = np.concatenate([[0], np.cumsum([len(nodes.words) for nodes in built])[:-1]])
    flat = Nodes(*(np.concatenate(columns) for columns in zip(*built, strict=True)))
    root, words = (np.repeat(first, [len(nodes.left) for nodes in built]) for first in (roots, sets))
    inner = flat.left >= 0
    left, right = (np.where(inner, child + root, -1).astype(np.int32) for child in (flat.left, flat.right))
    return flat._replace(left=left, right=right, begin=(flat.begin + words).astype(np.int32)), roots


def _floats(line: str) -> np.ndarray:
    return np.array(line.split(), dtype=np.float64)


def _wholes(line: str) -> np.ndarray:
    return np.array(line.split(), dtype=np.int64)
