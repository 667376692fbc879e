"""Scores and curves are records; a difference says who is better only where it is sure."""

from __future__ import annotations

import doctest

import pytest

from apercu.core import score as module
from apercu.core.score import LOWER, Curve, Score


def test_json():
    assert Score("linear", "auc", 0.8, 0.7, 0.9, 100).to_json()["where"] == "out of fold"
    assert "p" not in Score("linear", "auc", 0.8, 0.7, 0.9, 100).to_json()
    assert Score("a − b", "auc difference", 0.1, 0.0, 0.2, 100, p=0.03, q=0.06).to_json()["q"] == 0.06
    assert Curve("roc", {"x": [0.0, 1.0]}).to_json() == {"kind": "roc", "columns": {"x": [0.0, 1.0]}}


def test_the_examples_run():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("metric", ["auc", "rmse"])
@pytest.mark.parametrize("value", [0.2, -0.2])
def test_less_is_better_of_some(metric, value):
    told = Score("a", metric, 1.0, 0.9, 1.1, 10).say()
    assert told.endswith("(95% interval 0.900 to 1.100; 10 rows, out of fold).")
    low, high = sorted((value / 2, value * 2))
    sentence = Score("a − b", f"{metric} difference", value, low, high, 10, p=0.0, q=0.0).say()
    better = "a" if (value < 0) == (metric in LOWER) else "b"
    assert sentence.startswith(f"{better} beats ") and "interval 0.100 to 0.400, q < 0.001" in sentence


def test_an_unsure_difference_is_not_told_as_one():
    unsure = Score("a − b", "auc difference", 0.01, -0.01, 0.03, 10, p=0.3, q=0.3)
    assert unsure.say() == "a and b cannot be told apart: AUC differs by 0.010 (95% interval −0.010 to 0.030, q = 0.300; out of fold)."
    assert unsure.say("zh") == "a 与 b 尚不能区分：AUC 相差 0.010（95% 区间 −0.010 至 0.030，q = 0.300；折外）。"
    assert "beats" in Score("a − b", "auc difference", 0.01, 0.005, 0.03, 10).say()


def test_large_and_tiny_numbers():
    assert "12,346" in Score("a", "rmse", 12345.6, 12000.0, 13000.0, 5).say()
    assert "0.00012" in Score("a", "brier", 0.00012, 0.0001, 0.0002, 5).say()
