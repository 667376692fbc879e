"""A cross-fitted model is the mean of its folds, calibrated, and explains itself over the union of their columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from apercu.core.goal import Goal
from apercu.core.model import CrossFitted, Member, Model, averaged, members_of
from apercu.core.rows import Rows

ROWS = Rows.of({"a": [1.0, 2.0], "b": [0.0, 1.0]})


@dataclass
class Says:
    """Says p of the second class, whatever the row."""

    p: float
    columns: tuple[str, ...]
    name: str = "says"
    saved: dict = field(default_factory=dict)

    def predict(self, rows):
        return np.tile([1 - self.p, self.p], (rows.n, 1))

    def contributions(self, rows):
        return np.full((rows.n, len(self.columns), 1), self.p), np.array([1.0])

    def save(self, folder):
        return self.saved


def crossed(**fields) -> CrossFitted:
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    models = (Says(0.2, ("a",)), Says(0.4, ("a", "b")))
    return replace(CrossFitted("says", goal, ("a", "b"), models, np.zeros((2, 2)), np.zeros(2)), **fields)


def odds(p):
    return np.log(p / (1 - p))


def test_predictions_are_the_mean_of_the_folds_in_log_odds():
    assert isinstance(Says(0.5, ()), Model)
    assert np.allclose(odds(crossed().predict(ROWS)[:, 1]), (odds(0.2) + odds(0.4)) / 2)


def test_averages_are_weighted_and_whole():
    several = averaged([np.array([[0.2, 0.3, 0.5]]), np.array([[0.6, 0.3, 0.1]])], [3.0, 1.0])
    wanted = np.array([0.2, 0.3, 0.5]) ** 0.75 * np.array([0.6, 0.3, 0.1]) ** 0.25
    assert np.allclose(several, wanted / wanted.sum())
    assert averaged([np.array([1.0, 2.0]), np.array([3.0, 6.0])], [1, 3]).tolist() == [2.5, 5.0]
    assert averaged([np.zeros((0, 2))] * 2).shape == (0, 2) and np.isfinite(averaged([np.array([[0.0, 1.0]])] * 2)).all()


def test_members_are_the_family_itself_unless_it_says():
    goal = Goal("y", "numeric")

    class Plain:
        name = "plain"

    class Several:
        name = "several"

        @classmethod
        def members(cls, goal, rows):
            return tuple(Member(f"several {i}", cls(), i) for i in range(rows.n))

    assert [(m.name, type(m.learner)) for m in members_of(Plain, goal, ROWS)] == [("plain", Plain)]
    assert [m.name for m in members_of(Several, goal, ROWS)] == ["several 0", "several 1"]


def test_calibration_scales_and_shifts_log_odds():
    p = crossed(scale=2.0, shift=0.5).predict(ROWS)
    assert np.allclose(np.log(p[:, 1] / p[:, 0]), odds(0.2) + odds(0.4) + 0.5)
    assert np.allclose(p.sum(axis=1), 1.0)


def test_calibration_bends_log_odds_and_never_turns_them_round():
    model = crossed(scale=1.2, shift=0.1, bend=-0.9)
    z = np.linspace(-30.0, 30.0, 200)
    p = 1.0 / (1.0 + np.exp(-z[80:120]))
    assert np.allclose(odds(model.calibrated(np.column_stack([1 - p, p]))[:, 1]), 1.2 * z[80:120] - 0.9 * np.log1p(np.exp(z[80:120])) + 0.1)
    assert (np.diff(model.moved(z)) > 0).all() and np.isfinite(model.moved(np.array([-800.0, 800.0]))).all()


def test_parts_times_the_slope_sum_to_what_calibration_says():
    parts = np.array([[[0.4], [-2.0]], [[0.0], [0.0]], [[9.0], [3.0]], [[1e-9], [0.0]]])
    for bend in (0.0, -0.9, 2.5):
        model, base = crossed(scale=1.2, shift=0.1, bend=bend), np.array([-0.7])
        slope = model.slope(parts, base)
        gap = parts[:, :, 0].sum(axis=1)
        assert slope.shape == (4,) and (slope > 0).all()
        assert np.allclose(slope * gap, model.moved(base + gap) - model.moved(base), atol=1e-9)
        assert np.allclose(slope, model.slope(parts, np.full((4, 1), -0.7)))


def test_several_classes_are_sharpened_and_numbers_pass():
    goal = Goal("y", "multiclass", ("a", "b", "c"), "a")
    p = crossed(goal=goal, scale=2.0).calibrated(np.array([[0.5, 0.3, 0.2]]))
    assert np.allclose(p, np.array([[0.25, 0.09, 0.04]]) / 0.38)
    assert crossed(goal=Goal("y", "numeric"), scale=2.0).calibrated(np.array([3.0]))[0] == 3.0


def test_a_column_that_a_fold_did_not_choose_contributes_nothing_there():
    parts, base = crossed().contributions(ROWS)
    assert parts.shape == (2, 2, 1)
    assert np.allclose(parts[0, :, 0], [0.3, 0.2])
    assert base.tolist() == [1.0]


def test_each_fold_tells_its_own_part_over_all_columns():
    parts, _ = crossed().contributions_of(0, ROWS)
    assert np.allclose(parts[0, :, 0], [0.2, 0.0])
    assert list(crossed().seen(ROWS.plus({"c": np.zeros(2)}))) == ["a", "b"]
