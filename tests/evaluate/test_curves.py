"""Curves start and end where they must, are thin, and hold the numbers that they show."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.evaluate import curves
from apercu.stats import scores

RNG = np.random.default_rng(1)
TRUTH = (RNG.random(3_000) < 0.3).astype(float)
SCORE = np.clip(0.3 * TRUTH + 0.7 * RNG.random(3_000), 0, 1)


def test_roc_encloses_the_area():
    curve = curves.roc(TRUTH, SCORE)
    false, true = (np.array(curve.columns[name]) for name in ("false_positive_rate", "true_positive_rate"))
    assert (false[0], true[0], false[-1], true[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.trapezoid(true, false) == pytest.approx(float(scores.auc(TRUTH, SCORE)), abs=0.005)


@pytest.mark.parametrize("draw", [curves.roc, curves.precision_recall, curves.lift])
def test_thin_and_of_equal_length(draw):
    columns = draw(TRUTH, SCORE, 50).columns
    assert {len(v) for v in columns.values()} == {50}
    assert all(isinstance(v, float) for column in columns.values() for v in column)


def test_lift_ends_at_one():
    columns = curves.lift(TRUTH, SCORE).columns
    assert columns["share"][-1] == 1.0 and columns["captured"][-1] == 1.0 and columns["lift"][-1] == 1.0 and columns["lift"][0] > 2


def test_calibration_counts_every_row():
    columns = curves.calibration(TRUTH, SCORE).columns
    assert sum(columns["n"]) == 3_000 and len(columns["n"]) == 10
    assert all(low <= seen <= high for low, seen, high in zip(columns["low"], columns["observed"], columns["high"], strict=True))


def test_confusion_counts_by_level():
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    columns = curves.confusion(goal, np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 1, 1])).columns
    assert columns == {
        "actual": ["no", "no", "yes", "yes"],
        "predicted": ["no", "yes", "no", "yes"],
        "n": [1, 1, 0, 2],
        "share": [0.5, 0.5, 0.0, 1.0],
    }


def test_residuals():
    columns = curves.residuals(np.arange(500.0), np.arange(500.0) - 1.0, 60).columns
    assert len(columns["residual"]) == 60 and set(columns["residual"]) == {1.0}
