"""Columns that changed are told with the size of the change; rows drawn alike are silent; the expected loss of accuracy is near the true one."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.audit.drift import expected, find
from apercu.core.rows import Rows


class Known:
    """A cross-fitted model whose probabilities are true: of y by x."""

    def __init__(self, rows):
        self.out_of_fold = self.predict(rows)

    def predict(self, rows):
        p = 1 / (1 + np.exp(-4 * rows["x"]))
        return np.column_stack([1 - p, p])


def rows(n, seed, middle=1.5, share=0.5, gone=0.0):
    generator = np.random.default_rng(seed)
    x = generator.normal(middle, 1, n)
    plan = np.where(generator.random(n) < share, "monthly", "yearly").astype(object)
    z = np.where(generator.random(n) < gone, np.nan, generator.normal(size=n))
    return {"x": x, "plan": plan, "z": z, "y": np.where(generator.random(n) < 1 / (1 + np.exp(-4 * x)), "yes", "no").astype(object)}


@pytest.fixture
def study(make_split):
    split = make_split(rows(2_000, 0), "y")
    return split, Known(split.rows)


def test_what_changed_is_told_with_its_size(study):
    faults = find(*study, Rows.of(rows(1_000, 1, share=0.8, gone=0.3)))
    told = {f.id: f for f in faults}
    assert set(told) == {"drift:plan", "drift:z missing"}
    assert abs(told["drift:plan"].evidence["size"] - 0.3) < 0.06 and "“monthly”, from" in told["drift:plan"].say("en")
    assert "missing in 3" in told["drift:z missing"].say("en") and "漂移" in faults[0].say("zh")


def test_rows_drawn_alike_are_silent(study):
    assert sum(len(find(*study, Rows.of(rows(400, seed)))) for seed in range(2, 22)) == 0


def test_the_expected_loss_of_accuracy_is_near_the_true_one(study):
    new = rows(3_000, 1, middle=0.0)
    split, model = study
    before, change, low, high = expected(split, model, Rows.of(new))
    right = (model.predict(new).argmax(1) == (new["y"] == "yes")).mean()
    assert low < change < high < 0 and abs(before + change - right) < 0.03
    first = find(split, model, Rows.of(new))[0]
    assert first.id == "drift:accuracy" and "expected to be right" in first.say("en") and "预期准确率" in first.say("zh")


def test_few_rows_new_levels_and_absent_columns(study):
    split, model = study
    assert find(split, model, Rows.of(rows(10, 1))) == []
    new = rows(200, 1)
    new["plan"] = np.array(["weekly"] * 200, dtype=object)
    (fault,) = find(split, None, Rows.of({"plan": new["plan"]}))
    assert fault.evidence["size"] == pytest.approx(1.0)
    assert find(split, None, Rows.of({"other": np.arange(100.0)})) == []


def test_later_moments_and_derived_columns_are_no_drift(make_split):
    day = np.datetime64("2026-01-01") + np.arange(400)
    split = make_split({"day": day, "x": np.arange(400.0) % 7, "y": np.where(np.arange(400) % 2, "a", "b").astype(object)}, "y")
    assert find(split, None, Rows.of({"day": day + 400, "x": np.arange(400.0) % 7})) == []


def test_a_number_has_no_expected_accuracy(make_split):
    split = make_split({"x": np.arange(200.0), "y": np.arange(200.0)}, "y")
    assert expected(split, None, split.rows) is None
