"""Learners of effects find what a treatment does to whom; designs are numbers without gaps."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.advise._design import Design
from apercu.advise.effects import LEARNERS, TREATED, chance, dr, linear, s, t, x
from apercu.core.rows import Rows


def told(n: int = 4_000, lot: bool = True):
    """(rows, outcome, treated, effects): the treatment helps plan 'b' more."""
    rng = np.random.default_rng(0)
    plan, age = rng.choice(["a", "b"], n).astype(object), rng.normal(50, 10, n)
    treated = (rng.random(n) < (0.5 if lot else np.where(age > 50, 0.8, 0.2))).astype(int)
    effects = np.where(plan == "b", 2.0, 0.5)
    age[::50] = np.nan
    return Rows.of({"plan": plan, "age": age}), 0.1 * np.nan_to_num(age, nan=50) + treated * effects + rng.normal(size=n), treated, effects


@pytest.mark.parametrize("learner", [t, x, dr])
def test_each_learner_finds_the_effects(learner):
    rows, outcome, treated, effects = told()
    assert np.abs(learner(linear, rows, outcome, treated)(rows) - effects).mean() < 0.12


def test_the_s_learner_asks_its_regression_twice():
    rows, outcome, treated, effects = told()

    def by_plan(there: Rows, y: np.ndarray):
        cell = {(p, a): y[(there["plan"] == p) & (there[TREATED] == a)].mean() for p in "ab" for a in (0.0, 1.0)}
        return lambda fresh: np.array([cell[key] for key in zip(fresh["plan"], fresh[TREATED], strict=True)])

    assert np.abs(s(by_plan, rows, outcome, treated)(rows) - effects).mean() < 0.15
    assert np.ptp(s(linear, rows, outcome, treated)(rows)) < 1e-9  # a line cannot say for whom
    assert set(LEARNERS) == {"s", "t", "x", "dr"}


def test_effects_without_lots_are_found_where_columns_tell_the_treatment():
    rows, outcome, treated, effects = told(lot=False)
    for learner in (t, x, dr):
        assert np.abs(learner(linear, rows, outcome, treated)(rows) - effects).mean() < 0.2


def test_chances_differ_only_where_columns_foretell_treatment():
    rows, _, treated, _ = told()
    assert np.ptp(chance(rows, treated)(rows)) == 0.0
    rows, _, treated, _ = told(lot=False)
    assert np.ptp(chance(rows, treated)(rows)) > 0.4


def test_designs_know_gaps_rare_levels_and_constants():
    rows = Rows.of({"age": [1.0, None, 3.0] * 20, "same": [1.0] * 60, "plan": ["a", "b", None] * 20, "rare": ["x", *["y"] * 59]})
    design = Design.of(rows, tuple(rows))
    assert [name for name, *_ in design.numbers] == ["age"] and dict(design.levels) == {"plan": ("a", "b"), "rare": ("y",)}
    matrix = design.matrix(rows)
    assert matrix.shape == (60, 5) and np.isfinite(matrix).all()
    fresh = design.matrix(Rows.of({"age": [1e9], "plan": ["new"], "rare": ["x"], "same": [2.0]}))
    assert np.abs(fresh).max() < 2.0 and fresh[0, 2:].sum() == 0
    assert Design.of(rows, ("same",)).matrix(rows).shape == (60, 0)
