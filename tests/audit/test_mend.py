"""Leaving wrong labels out is measured as a gain, leaving good ones out is none; the split stays as it was but for the target."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.audit.mend import gained, without
from apercu.core.errors import WordsError


def fit(split):
    return train.run(split, train.Options(learners=("linear",)))[0]


def world(make_split, flips, seed=0, numeric=False):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=1_000)
    wrong = generator.choice(1_000, flips, replace=False)
    if numeric:
        y = 3 * x + generator.normal(size=1_000)
        y[wrong] += 500.0
        return make_split({"x": x, "y": y}, "y"), wrong + 1
    yes = x + 0.3 * generator.normal(size=1_000) > 0
    yes[wrong] = ~yes[wrong]
    return make_split({"x": x, "y": np.where(yes, "yes", "no").astype(object)}, "y"), wrong + 1


@pytest.mark.parametrize("numeric", [False, True])
def test_leaving_wrong_rows_out_is_a_gain(make_split, numeric):
    split, wrong = world(make_split, 150, numeric=numeric)
    gain = gained(split, fit(split), wrong.tolist(), fit)
    assert gain.low > 0 and gain.after < gain.before and gain.n == 850 and gain.left == 150
    assert "falls by" in gain.say("en") and "surely" not in gain.say("en") and "下降" in gain.say("zh")


def test_leaving_good_rows_out_is_none(make_split):
    split, _ = world(make_split, 0)
    gain = gained(split, fit(split), list(range(1, 51)), fit)
    assert gain.low <= 0.002 and abs(gain.fall) < 0.02


def test_the_split_stays_but_for_the_target(make_split):
    split, wrong = world(make_split, 10)
    fewer = without(split, wrong.tolist())
    gone = np.isnan(split.goal.coded(fewer.rows))
    assert set(split.rows["_row"][gone].astype(int)) == set(wrong.tolist())
    assert np.array_equal(fewer.folds, split.folds) and not np.isnan(split.goal.coded(split.rows)).any()


def test_too_few_rows_left_is_said(make_split):
    split, _ = world(make_split, 0)
    with pytest.raises(WordsError, match="name fewer"):
        gained(split, fit(split), list(range(1, 990)), fit)
