"""Rows worth a label: those that teach, not those that are noise; unlike each other; better than rows drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.advise.labels import wanted
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows


class Says:
    """A model that says a column."""

    name, columns = "says", ("p",)

    def __init__(self, column):
        self.column = column

    def predict(self, rows):
        return np.column_stack([1 - rows[self.column], rows[self.column]])

    def contributions(self, rows):
        return np.zeros((rows.n, 1, 1)), np.zeros(1)


GOAL = Goal("y", "binary", ("no", "yes"), "yes")


def test_models_that_disagree_are_asked_about_and_noise_is_not():
    rows = Rows.of({"a": [0.5, 0.05, 0.99, 0.9], "b": [0.5, 0.95, 0.99, 0.8], "p": [0.0] * 4, "_row": [11, 12, 13, 14]})
    model = CrossFitted("says", GOAL, ("p",), (Says("a"), Says("b")), np.zeros((0, 2)), np.zeros(2))
    told = wanted(model, rows, 4)
    assert told[0].row == 12 and told[0].worth > 0.7 and {one.row for one in told} == {11, 12, 13, 14}
    worth = {one.row: one.worth for one in told}
    assert worth[11] < worth[12] / 2, "a coin that all models know as a coin"
    assert told[0].to_json()["prediction"] in ("no", "yes")


def test_copies_of_one_row_are_asked_about_once():
    p = [0.1] * 10 + [0.3]
    q = [0.9] * 10 + [0.7]
    rows = Rows.of({"a": p, "b": q, "p": [0.0] * 11})
    model = CrossFitted("says", GOAL, ("p",), (Says("a"), Says("b")), np.zeros((0, 2)), np.zeros(2))
    assert [one.row for one in wanted(model, rows, 2)] == [1, 11]
    assert wanted(model, rows.take(np.arange(0)), 3) == [] and wanted(model, rows, 0) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["load_digits", "load_breast_cancer"])
def test_chosen_labels_teach_more_than_random_ones(name, make_split):
    from sklearn import datasets

    x, y = getattr(datasets, name)(return_X_y=True)
    options, gains = train.Options(learners=("linear",), members=1), []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(x))
        known, pool, later = order[:80], order[80 : len(x) // 2], order[len(x) // 2 :]

        def table(places):
            return {**{f"x{j}": x[places, j].astype(float) for j in range(x.shape[1])}, "y": np.array([f"c{v}" for v in y[places]], dtype=object)}

        first = train.run(make_split(table(known), "y"), options)[0]
        chosen = np.array([one.row - 1 for one in wanted(first, Rows.of(table(pool)), 40)])
        right = []
        for places in (np.random.default_rng(seed).choice(len(pool), 40, replace=False), chosen):
            model = train.run(make_split(table(np.concatenate([known, pool[places]])), "y"), options)[0]
            rows = Rows.of(table(later))
            right.append(float(np.mean(model.predict(rows).argmax(axis=1) == model.goal.coded(rows))))
        gains.append(right[1] - right[0])
    assert np.mean(gains) > 0, gains
