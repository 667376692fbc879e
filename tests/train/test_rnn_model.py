"""Nets over series as a learner: each kind learns, NumPy answers as torch does, sums, opens without torch."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2
from apercu.testing import check_learner
from apercu.train import _recurrent
from apercu.train.rnn import Rnn

from . import families

pytest.importorskip("torch")

GOALS = families.GOALS


def made(task, n=120, seed=1):
    """Whether a series of unequal length rises or falls, and a category, tell the target."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(np.array(["p", "q"], dtype=object), n)
    slope = rng.uniform(-1, 1, n)
    lengths = rng.integers(8, 16, n)
    walk = [s * np.linspace(-2, 2, size) + 0.2 * rng.normal(size=size) for s, size in zip(slope, lengths, strict=True)]
    noise = [rng.normal(size=size) for size in lengths]
    z = slope + 0.3 * (plan == "q") - 0.15
    y = {
        "binary": np.where(z > 0, "yes", "no").astype(object),
        "multiclass": np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-0.4, 0.4])],
        "numeric": z,
    }[task]
    walk[3], noise[5] = None, None
    return Rows.of({"walk": walk, "noise": noise, "plan": plan, "y": y})


@pytest.fixture(scope="module", params=[("gru", "binary"), ("lstm", "multiclass"), ("cnn", "numeric")])
def fitted(request):
    kind, task = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_recurrent, "STEPS", (150, 150))
        rows = made(task)
        return task, GOALS[task], Rnn((kind,)).fit(rows.take(np.arange(96)), GOALS[task], rows.take(np.arange(96, 120)))


def test_learns(fitted):
    task, goal, model = fitted
    later = made(task, 200, seed=2)
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if task == "numeric" else accuracy(truth, told.argmax(axis=1))) > 0.7
    assert len(model.predict(later.take(np.arange(0)))) == 0, "no rows, no predictions"


def test_contributions_sum_and_name_the_channel(fitted):
    task, _, model = fitted
    rows = made(task, 40, seed=2)
    assert families.sums(model, rows, task) < 1e-6
    strength = dict(zip(model.columns, np.abs(model.contributions(rows)[0]).mean(axis=(0, 2)), strict=True))
    assert strength["walk"] > strength["noise"] and strength["plan"] > 0


def test_comes_back_equal_without_torch(fitted, monkeypatch):
    task, _, model = fitted
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    later = made(task, 30, seed=2)
    again = families.returned(Rnn, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


@pytest.mark.parametrize("n", [1, 7])
def test_few_rows_are_borne(monkeypatch, n):
    monkeypatch.setattr(_recurrent, "STEPS", (3, 3))
    rows = made("binary", 10).take(np.arange(n))
    assert np.isfinite(Rnn().fit(rows, GOALS["binary"], rows.take(np.arange(0))).predict(rows)).all()


def test_is_never_offered_and_says_what_it_lacks(monkeypatch):
    rows = made("binary", 10)
    assert Rnn.members(GOALS["binary"], rows) == ()
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    with pytest.raises(WordsError, match=r"apercu\[deep\]"):
        Rnn().fit(rows, GOALS["binary"], rows)


@pytest.mark.slow
def test_keeps_the_promises_of_a_learner():
    check_learner(Rnn(("gru",)))
