"""Planted wrong labels are found, first ones first; clean tables stay silent; words never say 'wrong'."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit, train
from apercu.audit.labels import doubtful, far_off, find, suspects
from apercu.core.model import CrossFitted


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
    (fault,) = [f for f in audit.run(split, train.run(split, train.Options(learners=("linear",)))[0]) if f.kind == "label"]
    assert fault.rows[:3] == (31, 21, 11) and fault.evidence["n"] <= 6 and fault.evidence["z"] > 30


def test_large_values_may_vary_more(make_split):
    """Errors grow with the prediction: turned small values are found, large ones that vary as large ones do are not."""
    generator = np.random.default_rng(3)
    size = generator.uniform(1, 100, 4_000)
    residual = 0.1 * size * generator.normal(size=4_000)
    small = np.flatnonzero(size < 20)[:40]
    residual[small] += 15.0
    where, z = far_off(residual, size, 5.0)
    assert np.isin(small, where).mean() > 0.95 and np.isin(where, small).mean() > 0.9 and np.abs(z[size > 50]).max() < 6
    plain = np.abs(residual) / (1.4826 * np.median(np.abs(residual)))
    assert (plain[small] > 5).mean() < 0.1, "one spread for all rows would miss them"


def test_where_no_wrong_label_is_among_the_surest_rows_nothing_is_promised(make_split):
    """Three wrong labels on rows that look like nothing much, none among the anchors: rows to look at, and no claim how many are wrong."""
    truth = np.random.default_rng(0).integers(0, 3, 3_000)
    given = truth.copy()
    given[:3] = (truth[:3] + 1) % 3
    split = make_split({"x": np.arange(3_000.0), "y": np.array(list("abc"), dtype=object)[given]}, "y")
    place = split.rows["_row"].astype(int) - 1
    high = np.where(place < 3, 0.95, np.where(place % 10 < 3, 0.7, 0.99))[:, None]  # above the mean of .9, not among the surest 60 %
    out = high * np.eye(3)[truth[place]] + (1.0 - high) / 2 * (1.0 - np.eye(3)[truth[place]])
    faults = find(split, CrossFitted("m", split.goal, ("x",), (), out, np.zeros(1)))
    assert {row for f in faults for row in f.rows} == {1, 2, 3}
    assert all("precision" not in f.evidence and f.evidence["precision_high"] == 1.0 for f in faults)


def test_small_hard_tables_of_two_classes_state_no_precision(make_split):
    """No label is wrong; so few rows cannot show that the model is nowhere quite sure, and no share of wrong ones may be claimed."""
    claimed = 0
    for seed in range(10):
        generator = np.random.default_rng(seed)
        score = generator.normal(size=(300, 3)).sum(axis=1)
        high = 1 / (1 + np.exp(-score))
        y = np.where(generator.random(300) < high, "b", "a").astype(object)
        split = make_split({"x": score, "y": y}, "y")
        p = high[split.rows["_row"].astype(int) - 1]
        out = np.column_stack([1 - p, p])
        claimed += any("precision" in f.evidence for f in find(split, CrossFitted("m", split.goal, ("x",), (), out, np.zeros(1))))
    assert claimed <= 1


def test_listed_rows_are_capped_but_counted(make_split):
    columns, _ = separable(("bad", "good"))
    split = make_split(columns, "label")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0], audit.Options(listed=5))
    assert all(len(f.rows) <= 5 for f in faults) and sum(f.evidence["n"] for f in faults) > 20


def test_a_class_of_few_rows_is_not_judged():
    truth = np.array([0] * 50 + [1] * 5)
    assert len(doubtful(truth, np.tile([0.1, 0.9], (55, 1)), 0)) == 0


def test_residuals_without_spread():
    where, z = far_off(np.zeros(10), np.arange(10.0), 5.0)
    assert len(where) == 0 and np.all(z == 0)


def test_the_stated_precision_is_near_the_true_one(make_split):
    columns, turned = separable(("x", "y", "z"), n=3_000, flips=200)
    split = make_split(columns, "label")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0], audit.Options(listed=1_000))
    rows = sum(f.evidence["n"] for f in faults)
    stated = sum(f.evidence["n"] * f.evidence["precision"] for f in faults) / rows
    assert abs(stated - np.mean([row in turned for f in faults for row in f.rows])) < 0.1
    assert all(f.evidence["precision_low"] <= f.evidence["precision"] <= f.evidence["precision_high"] for f in faults)
    assert "estimated" in faults[0].say("en") and "估计" in faults[0].say("zh")


def test_one_sided_noise_on_a_hard_target_cannot_be_told(make_split):
    generator = np.random.default_rng(4)
    x = generator.normal(size=(4_000, 3))
    yes = generator.random(4_000) < 1 / (1 + np.exp(2.0 - 1.2 * x.sum(axis=1)))
    missed = yes & (generator.random(4_000) < 0.5)
    columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": np.where(yes & ~missed, "yes", "no").astype(object)}
    split = make_split(columns, "y")
    faults = audit.run(split, train.run(split, train.Options(learners=("linear",)))[0])
    assert len(faults) == 1 and "cannot be told" in faults[0].say("en") and "无法判断" in faults[0].say("zh")
    assert "precision" not in faults[0].evidence and faults[0].rows


def test_both_directions_are_ranked_by_their_own_rate():
    """Noise from class 1 to class 0 only: rows given 0 come first, though rare class 1 has the lower probabilities."""
    generator = np.random.default_rng(5)
    truth = (generator.random(6_000) < 0.2).astype(int)
    high = 1 / (1 + np.exp(-(6.0 * truth - 3.0 + generator.normal(size=6_000))))
    turned = (truth == 1) & (generator.random(6_000) < 0.2)
    given = np.where(turned, 0, truth)
    probability = np.column_stack([1 - 0.8 * high, 0.8 * high])
    order = suspects(given, probability).order[: turned.sum()]
    assert turned[order].mean() > 0.8


def test_numbers_tell_how_many_are_merely_unusual(make_split):
    generator = np.random.default_rng(6)
    x = generator.normal(size=2_000)
    heavy = 2 * x + generator.standard_t(2.5, 2_000)
    split = make_split({"x": x, "y": heavy}, "y")
    (fault,) = [f for f in audit.run(split, train.run(split, train.Options(learners=("linear",)))[0]) if f.kind == "label"]
    assert fault.evidence.get("precision", 0.0) < 0.5, "a heavy tail is no error"
    light = 2 * x + generator.normal(size=2_000)
    light[:20] += 30.0
    split = make_split({"x": x, "y": light}, "y")
    (fault,) = [f for f in audit.run(split, train.run(split, train.Options(learners=("linear",)))[0]) if f.kind == "label"]
    assert fault.evidence["precision"] > 0.8


def test_odd_input_has_no_faults():
    for truth, k in ((np.zeros(0, dtype=int), 2), (np.zeros(30, dtype=int), 2), (np.array([0, 1, 2]), 3)):
        found = suspects(truth, np.full((len(truth), k), 1 / k))
        assert len(found.told) == 0 and len(found.order) == len(truth)
