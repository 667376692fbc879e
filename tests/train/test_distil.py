"""What the student is taught, and that its loss is honest."""

from __future__ import annotations

import numpy as np

from apercu import train
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train._distil import WEIGHT, _taught


def test_probabilities_become_weights():
    goal = Goal("y", "multiclass", ("b", "a", "c"), "a")
    rows = Rows.of({"x": [1.0, 2.0], "y": ["a", "b"]})
    told = _taught(rows, np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]]), np.array([1.0, 2.0]), "y", goal.classes)
    assert told["x"].tolist() == [1.0, 1.0, 2.0, 2.0, 2.0] and told["y"].tolist() == ["b", "a", "b", "a", "c"]
    assert told[WEIGHT].tolist() == [0.9, 0.1, 0.4, 0.6, 1.0] and goal.coded(told).tolist() == [0, 1, 0, 1, 2]


def test_numbers_become_the_target():
    rows = Rows.of({"x": [1.0, 2.0], "y": [5.0, 6.0]})
    assert _taught(rows, np.array([9.0, 7.0]), np.ones(2), "y", ())["y"].tolist() == [9.0, 7.0]


def test_the_loss_of_the_student_is_honest(make_split):
    """Out of fold it is about what it is on new rows, and no better than its teacher by luck that it could not have."""

    def table(seed):
        rng = np.random.default_rng(seed)
        a, c, d = rng.normal(size=(3, 500))
        y = np.where(rng.random(500) < 1 / (1 + np.exp(-a - 2 * np.sign(c * d))), "yes", "no").astype(object)
        return {"a": a, "c": c, "d": d, "y": y}

    split = make_split(table(1), "y")
    *_, student = train.run(split, train.Options(learners=("linear", "boosting"), members=2, distil=True))
    fresh = Rows.of(table(2))
    later = student.predict(fresh)[np.arange(500), split.goal.coded(fresh).astype(int)]
    assert student.name == "distilled" and student.loss.mean() > -np.log(later).mean() - 0.06
