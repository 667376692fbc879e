"""Scores and curves are records."""

from __future__ import annotations

from apercu.core.score import Curve, Score


def test_json():
    assert Score("linear", "auc", 0.8, 0.7, 0.9, 100).to_json()["where"] == "out of fold"
    assert Curve("roc", {"x": [0.0, 1.0]}).to_json() == {"kind": "roc", "columns": {"x": [0.0, 1.0]}}
