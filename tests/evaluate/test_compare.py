"""Scores with intervals that mean something, a baseline, the paired difference, new rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import evaluate, train
from apercu.core.errors import EmptyTable
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.evaluate.compare import BASELINE, MEASURES, _measures


def table(n=1_200, seed=1):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    y = rng.random(n) < 1 / (1 + np.exp(-1.5 * x))
    return {"x": x, "z": z, "y": np.where(y, "yes", "no").astype(object)}


@pytest.fixture(scope="module")
def trained(make_split):
    split = make_split(table(), "y")
    return split, train.run(split)


def test_every_model_has_every_metric(trained):
    split, models = trained
    scores, _ = evaluate.run(models, split)
    for name in (*(m.name for m in models), BASELINE):
        own = {s.metric: s for s in scores if s.model == name}
        assert set(own) == set(MEASURES["binary"])
        assert all(s.low <= s.value <= s.high and s.n == split.rows.n and s.where == "out of fold" for s in own.values())
    best = {s.metric: s.value for s in scores if s.model == models[0].name}
    dull = {s.metric: s.value for s in scores if s.model == BASELINE}
    assert best["auc"] > 0.75 and dull["auc"] == pytest.approx(0.5) and best["log loss"] < dull["log loss"]


def test_difference_is_paired(trained):
    split, models = trained
    scores, _ = evaluate.run(models, split)
    diff = next(s for s in scores if s.metric.endswith(" difference"))
    one, two = (next(s for s in scores if s.model == m.name and s.metric == "auc") for m in models[:2])
    assert diff.metric == "auc difference" and diff.value == pytest.approx(one.value - two.value)
    assert diff.model == f"{models[0].name} − {models[1].name}" and diff.low <= diff.value <= diff.high and 0 <= diff.p <= diff.q <= 1
    assert diff.high - diff.low < 0.6 * (one.high - one.low), "rows that are hard are hard for both"


def test_the_same_again(trained):
    split, models = trained
    assert evaluate.run(models, split)[0] == evaluate.run(models, split)[0]


def test_new_rows(trained):
    models = trained[1]
    later = evaluate.score(models[0], Rows.of(table(seed=9)))
    auc = next(s for s in later if s.metric == "auc" and s.model == models[0].name)
    assert auc.where == "test file" and 0.75 < auc.value < 0.9
    with pytest.raises(EmptyTable, match="no row of test file"):
        evaluate.score(models[0], Rows.of({**table(n=3), "y": ["?", None, "maybe"]}))


def test_test_files_are_compared_and_their_baseline_is_of_what_was_learned(trained):
    split, models = trained
    later = evaluate.tested(models, Rows.of(table(400, seed=9)), split)
    assert len({(s.model, s.metric) for s in later}) == len(later) and {s.where for s in later} == {"test file"}
    assert next(s for s in later if s.metric.endswith(" difference")).model == f"{models[0].name} − {models[1].name}"
    share, seen = np.mean(split.rows["y"] == "yes"), np.mean(table(400, seed=9)["y"] == "yes")
    brier = next(s for s in later if s.model == BASELINE and s.metric == "brier").value
    assert brier == pytest.approx(seen * (1 - share) ** 2 + (1 - seen) * share**2)


def test_groups_of_a_test_file_are_drawn_together(make_split):
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(40), 30)
    y = rng.normal(size=40)[group] * 3 + rng.normal(size=1_200)
    rows = {"g": np.array([f"g{i}" for i in group], dtype=object), "x": rng.normal(size=1_200), "y": y}
    widths = []
    for kind in ({"group": "g"}, {}):
        split = make_split(rows, "y", **kind)
        model = train.run(split, train.Options(learners=("linear",)))[0]
        score = evaluate.tested([model], Rows.of(rows), split)[0]
        widths.append(score.high - score.low)
    assert widths[0] > 2 * widths[1]


def test_some_measures_need_some_targets():
    rng = np.random.default_rng(0)
    four, three = Goal("y", "multiclass", tuple("abcd")), Goal("y", "multiclass", tuple("abc"))
    number = Goal("y", "numeric")
    assert "top 3 accuracy" in _measures(four, rng.integers(0, 4, 9)) and "top 3 accuracy" not in _measures(three, rng.integers(0, 3, 9))
    assert "mape" in _measures(number, np.array([1.0, 2.0])) and "mape" not in _measures(number, np.array([-1.0, 2.0]))


def test_wanted_turns_the_view(make_split):
    split = make_split(table(300), "y", wanted="no")
    scores, _ = evaluate.run(train.run(split, train.Options(learners=("linear",))), split)
    share = np.mean(split.rows["y"] == "no")
    assert next(s for s in scores if s.metric == "average precision" and s.model == BASELINE).value == pytest.approx(share)
    assert next(s for s in scores if s.metric == "auc").value > 0.7


def test_numbers_and_classes(make_split):
    rng = np.random.default_rng(3)
    x = rng.normal(size=300)
    split = make_split({"x": x, "y": 2 * x + rng.normal(size=300)}, "y")
    scores, _ = evaluate.run(train.run(split, train.Options(learners=("linear",))), split)
    assert next(s for s in scores if s.metric == "r2").value == pytest.approx(0.8, abs=0.06)
    kind = np.array(["a", "b", "c"], dtype=object)[np.digitize(x, [-0.5, 0.5])]
    split = make_split({"x": x, "y": kind}, "y")
    scores, curves = evaluate.run(train.run(split, train.Options(learners=("linear",))), split)
    assert {s.metric for s in scores} == set(MEASURES["multiclass"]) and next(s for s in scores if s.metric == "accuracy").value > 0.9
    assert {c.kind for c in curves} == {"confusion", "calibration"}


def test_blocks_widen_the_interval(make_split):
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(40), 30)
    y = rng.normal(size=40)[group] * 3 + rng.normal(size=1_200)
    columns = {"g": np.array([f"g{i}" for i in group], dtype=object), "x": rng.normal(size=1_200), "y": y}
    together, apart = make_split(columns, "y", group="g"), make_split(columns, "y")
    widths = []
    for split in (together, apart):
        flat = CrossFitted("flat", split.goal, ("x",), (), np.zeros(1_200), np.zeros(1))
        score = evaluate.run([flat], split)[0][0]
        widths.append(score.high - score.low)
    assert widths[0] > 2 * widths[1]
