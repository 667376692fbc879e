"""What every model family must do: learn, sum to the prediction, come back equal from disk, know every task, and live with one outcome."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2

__all__ = ["GOALS", "made", "members_learn", "one_outcome_is_survived", "returned", "sums"]

GOALS = {
    "binary": Goal("y", "binary", ("no", "yes"), "yes"),
    "multiclass": Goal("y", "multiclass", ("a", "b", "c"), "a"),
    "numeric": Goal("y", "numeric"),
    "skewed": Goal("y", "numeric"),
}


def made(task, n=400, seed=1):
    """Rows with a number, levels, a moment, prose and gaps; the target follows x and plan."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    plan = rng.choice(np.array(["p", "q", "r", None], dtype=object), n)
    z = 2 * x + 2 * (plan == "q") + rng.normal(size=n) * 0.5
    y = {
        "binary": np.where(z > 0.5, "yes", "no").astype(object),
        "multiclass": np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-1.0, 1.5])],
        "numeric": z,
        "skewed": np.exp(z + 5),
    }[task]
    words = np.array([f"this is {'fine' if v > 0 else 'poor'} work number {i}" for i, v in enumerate(x)], dtype=object)
    when = (np.datetime64("2024-01-01") + rng.integers(0, 300, n).astype("timedelta64[D]")).astype("datetime64[us]")
    return Rows.of({"x": np.where(rng.random(n) < 0.1, np.nan, x), "plan": plan, "when": when, "note": words, "y": y})


def sums(model, rows, task):
    """The largest distance between base + contributions and the prediction's log-odds (or number)."""
    parts, base = model.contributions(rows)
    total = base + parts.sum(axis=1)
    told = model.predict(rows)
    if task == "binary":
        told = np.log(told[:, 1] / told[:, 0])[:, None]
    elif task == "multiclass":
        total, told = total - total.mean(axis=1, keepdims=True), np.log(told) - np.log(told).mean(axis=1, keepdims=True)
    else:
        told = told[:, None]
    assert parts.shape == (rows.n, len(model.columns), total.shape[1])
    return float(np.max(np.abs(total - told) / np.maximum(np.abs(told), 1.0)))


def returned(learner, model):
    """The model after a trip through a folder and JSON."""
    with tempfile.TemporaryDirectory() as folder:
        card = json.loads(json.dumps(model.save(Path(folder))))
        return learner.load(Path(folder), card)


def members_learn(family, task):
    """Each member of a family learns the task, sums to its prediction, and says the same after a trip to disk."""
    rows, goal, later = made(task), GOALS[task], made(task, seed=2)
    inner, watch, truth = rows.take(np.arange(340)), rows.take(np.arange(340, 400)), goal.coded(later)
    members = family.members(goal, rows)
    assert members, "a family whose package is there brings a member"
    for member in members:
        model = member.learner.fit(inner, goal, watch)
        told = model.predict(later)
        score = r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))
        assert score > (0.05 if task == "skewed" else 0.7), member.name
        assert sums(model, later, task) < 1e-5
        again = returned(family, model)
        assert np.array_equal(again.predict(later), told)
        assert np.allclose(again.contributions(later)[0], model.contributions(later)[0], atol=1e-12)


def one_outcome_is_survived(family, task):
    """Where all rows have one outcome, that outcome is told of every row."""
    rows, goal = made(task), GOALS[task]
    truth = goal.coded(rows)
    same = rows.take(np.flatnonzero(truth == truth[0]))
    model = family().fit(same, goal, same.take(np.arange(0)))
    told = model.predict(rows)
    assert np.isfinite(told).all() and np.isfinite(model.contributions(rows)[0]).all()
    assert (told == pytest.approx(truth[0], abs=1e-3)) if goal.task == "numeric" else (told.argmax(axis=1) == truth[0]).all()
