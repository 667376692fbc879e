"""Differences of models: found where they are, silent where they are not, and never saying what the interval denies."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.evaluate.paired import Case, differences, weights_of
from apercu.stats.scores import auc, rmse

GOAL = Goal("y", "binary", ("no", "yes"), "yes")


def case(n=1_500, seed=0, folds=5, blocks=None):
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(float)
    return rng, Case(GOAL, truth, None, blocks, "out of fold", 200, rng.integers(0, folds, n) if folds else None)


def test_a_better_model_is_found():
    rng, known = case()
    seen = {"good": known.truth + rng.normal(size=1_500), "bad": rng.normal(size=1_500)}
    [score] = differences("auc", auc, seen, known)
    assert score.low > 0.1 and score.q < 0.01
    assert score.say().startswith("good beats bad by ") and "AUC" in score.say()
    assert score.say("zh").startswith("good 优于 bad：AUC 相差")


@pytest.mark.parametrize("folds", [0, 5])
def test_equal_models_are_rarely_told_apart(folds):
    told = 0
    for seed in range(60):
        rng, known = case(400, seed, folds)
        base = known.truth + rng.normal(size=400)
        [score] = differences("auc", auc, {"a": base + 0.7 * rng.normal(size=400), "b": base + 0.7 * rng.normal(size=400)}, known)
        told += score.q <= 0.05
        assert (score.q <= 0.05) == (score.low > 0 or score.high < 0) or abs(score.p - 0.05) < 0.03
    assert told <= 9  # 60 draws at 5 %: 9 or fewer in 998 of 1,000


def test_the_same_predictions_do_not_differ():
    rng, known = case()
    x = rng.normal(size=1_500)
    [score] = differences("auc", auc, {"a": x, "b": x.copy()}, known)
    assert (score.value, score.low, score.high, score.p, score.q) == (0.0, 0.0, 0.0, 1.0, 1.0)
    assert "cannot be told apart" in score.say() and "尚不能区分" in score.say("zh")


def test_folds_that_disagree_widen_the_interval():
    rng = np.random.default_rng(1)
    folds = np.repeat(np.arange(5), 200)
    truth = rng.normal(size=1_000)
    noise = rng.normal(size=1_000)
    good_in = np.array([1.5, 1.4, 1.6, 0.6, 0.7])[folds]  # better in three folds, worse in two
    seen = {"a": truth + noise, "b": truth + noise * good_in}
    goal = Goal("y", "numeric")
    with_folds = differences("rmse", rmse, seen, Case(goal, truth, None, None, "out of fold", 200, folds))[0]
    without = differences("rmse", rmse, seen, Case(goal, truth, None, None, "out of fold", 200))[0]
    assert without.high < 0 and with_folds.high > 0 and with_folds.p > 0.05 > without.p


def test_blocks_are_drawn_whole():
    blocks = np.repeat(np.arange(30), 50)
    rng, known = case(1_500, folds=0, blocks=blocks)
    shift = rng.normal(size=30)[blocks]
    seen = {"a": known.truth + shift, "b": known.truth + rng.normal(size=1_500)}
    wide = differences("auc", auc, seen, known)[0]
    narrow = differences("auc", auc, seen, known._replace(blocks=None))[0]
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_several_share_one_rate_and_a_lone_model_has_no_difference():
    rng, known = case()
    seen = {name: known.truth * k + rng.normal(size=1_500) for k, name in enumerate("dcba"[::-1])}
    made = differences("auc", auc, dict(reversed(seen.items())), known)
    assert [s.model for s in made] == ["d − c", "d − b", "d − a"] and all(s.q >= s.p - 1e-12 for s in made)
    assert differences("auc", auc, {"a": seen["a"]}, known) == []


def test_weights():
    goal = Goal("y", "numeric", weight="w")
    assert weights_of(goal, Rows.of({"w": [1.0, None, -2.0]})).tolist() == [1.0, 0.0, 0.0]
    assert weights_of(goal, Rows.of({"w": [0.0, 0.0]})) is None and weights_of(goal, Rows.of({"y": [1.0]})) is None
