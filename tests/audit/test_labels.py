"""Planted wrong labels are found, first ones first; clean tables stay silent; words never say 'wrong'."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit, train
from apercu.audit.labels import doubtful, far_off


def separable(classes, n=1_500, flips=60, seed=1):
    """Blobs with `flips` labels turned to another class; (columns, set of turned rows, from 1)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(classes), n)
    x = rng.normal(size=(n, 2)) + 4.0 * np.array([[0, 0], [1, 1], [1, -1]])[truth]
    given, turned = truth.copy(), rng.choice(n, flips, replace=False)
    given[turned] = (given[turned] + 1) % len(classes)
    return {"a": x[:, 0], "b": x[:, 1], "label": np.array(classes, dtype=object)[given]}, set((turned + 1).tolist())


@pytest.mark.parametrize("classes", [("bad", "good"), ("x", "y", "z")])
def test_flipped_labels_are_found(make_split, classes):
    columns, turned = separable(classes)
    split = make_split(columns, "label")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0])
    assert {f.kind for f in faults} == {"label"} and len(faults) == len(classes)
    listed = [row for fault in faults for row in fault.rows]
    assert np.mean([row in turned for row in listed]) > 0.8, "precision of what is listed"
    assert len(turned & set(listed)) > 0.8 * len(turned), "recall"
    for fault in faults:
        assert fault.evidence["n"] >= len(fault.rows) and 0 < fault.evidence["probability"] < fault.evidence["threshold"]
        assert "second look" in fault.say("en") and "复核" in fault.say("zh") and "wrong" not in fault.say("en")


def test_clean_labels_stay_nearly_silent(make_split):
    columns, _ = separable(("bad", "good"), flips=0)
    split = make_split(columns, "label")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0])
    assert sum(f.evidence["n"] for f in faults) < 0.02 * split.rows.n


def test_a_rare_label_is_not_doubted_for_being_rare(make_split):
    rng = np.random.default_rng(3)
    x = rng.normal(size=4_000)
    y = np.where(rng.random(4_000) < 0.1 + 0.03 * np.clip(x, -2, 2), "visits", "stays").astype(object)
    split = make_split({"x": x, "y": y}, "y")
    assert not audit.run(split, train.run(split, train.Options(learners=("linear",)))[0])


def test_far_numbers_are_found(make_split):
    rng = np.random.default_rng(2)
    x = rng.normal(size=800)
    y = 3 * x + rng.normal(size=800)
    y[[10, 20, 30]] += (40.0, -50.0, 60.0)
    split = make_split({"x": x, "y": y}, "y")
    (fault,) = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0])
    assert fault.rows[:3] == (31, 21, 11) and fault.evidence["n"] <= 6 and fault.evidence["z"] > 30


def test_listed_rows_are_capped_but_counted(make_split):
    columns, _ = separable(("bad", "good"))
    split = make_split(columns, "label")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0], audit.Options(listed=5))
    assert all(len(f.rows) <= 5 for f in faults) and sum(f.evidence["n"] for f in faults) > 20


def test_a_class_of_few_rows_is_not_judged():
    truth = np.array([0] * 50 + [1] * 5)
    assert len(doubtful(truth, np.tile([0.1, 0.9], (55, 1)), 0)) == 0


def test_residuals_without_spread():
    where, z = far_off(np.zeros(10), 5.0)
    assert len(where) == 0 and np.all(z == 0)
