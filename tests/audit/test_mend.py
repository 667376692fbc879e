"""Leaving wrong labels out is measured as a gain, leaving good ones out is none, not even those at which the model errs; the split stays."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.audit.mend import gained, without
from apercu.core.errors import WordsError
from apercu.core.model import CrossFitted


def line(split):
    return train.run(split, train.Options(learners=("linear",)))[0]


class Neighbour:
    """A model that takes every label at its word: that of the nearest row."""

    columns = ("x",)

    def __init__(self, x, truth):
        self.order = np.argsort(x)
        self.x, self.truth = x[self.order], truth[self.order]

    def predict(self, rows):
        place = np.clip(np.searchsorted(self.x, rows["x"]), 1, len(self.x) - 1)
        nearer = place - (rows["x"] - self.x[place - 1] < self.x[place] - rows["x"])
        return np.eye(2)[self.truth[nearer].astype(int)]


def neighbour(split):
    truth, x = split.goal.coded(split.rows), split.rows["x"]
    folds = range(int(split.folds.max()) + 1)
    known = ~np.isnan(truth)
    models = tuple(Neighbour(x[known & (split.folds != k)], truth[known & (split.folds != k)]) for k in folds)
    out = np.full((len(x), 2), np.nan)
    for k in folds:
        own = np.flatnonzero(known & (split.folds == k))
        out[own] = models[k].predict(split.rows.take(own))
    return CrossFitted("neighbour", split.goal, ("x",), models, out, np.zeros(len(models)))


def world(make_split, flips, seed=0, numeric=False, noise=0.3, rows=1_000):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=rows)
    wrong = generator.choice(rows, flips, replace=False)
    if numeric:
        y = 3 * x + generator.normal(size=rows)
        y[wrong] += 500.0
        return make_split({"x": x, "y": y}, "y"), wrong + 1
    yes = x + noise * generator.normal(size=rows) > 0
    yes[wrong] = ~yes[wrong]
    return make_split({"x": x, "y": np.where(yes, "yes", "no").astype(object)}, "y"), wrong + 1


@pytest.mark.parametrize("numeric", [False, True])
def test_leaving_wrong_rows_out_is_a_gain(make_split, numeric):
    split, wrong = world(make_split, 150, numeric=numeric)
    fit = line if numeric else neighbour
    gain = gained(split, fit(split), wrong.tolist(), fit)
    assert gain.low > 0 and gain.after < gain.before and gain.n == split.rows.n and gain.left == len(wrong)
    assert "before" in gain.say("en") and "no sure" not in gain.say("en") and "之前" in gain.say("zh")


def doubted(split, model, share=0.05):
    """The rows whose label the model finds least likely, as any search for wrong labels would list them."""
    out, truth = model.out_of_fold, split.goal.coded(split.rows).astype(int)
    return (np.argsort(out[np.arange(len(truth)), truth])[: int(share * len(truth))] + 1).tolist()


def test_leaving_the_rows_out_at_which_the_model_errs_is_no_gain_of_itself(make_split):
    split, _ = world(make_split, 0, noise=1.0)
    model = line(split)
    gain = gained(split, model, doubted(split, model), line)
    assert gain.low <= 0
    assert "no sure difference" in gain.say("en") or gain.high < 0


@pytest.mark.slow
def test_on_clean_labels_a_gain_is_said_no_more_often_than_its_interval_allows(make_split):
    said = 0
    for seed in range(60):
        split, _ = world(make_split, 0, seed, noise=1.0)
        model = line(split)
        said += gained(split, model, doubted(split, model), line).low > 0
    assert said <= 5, f"a gain on {said} of 60 clean tables"  # 1.5 are expected of a two-sided interval; more than 5 come about once in 500


def test_the_split_stays_but_for_the_target(make_split):
    split, wrong = world(make_split, 10)
    fewer = without(split, wrong.tolist())
    gone = np.isnan(split.goal.coded(fewer.rows))
    assert set(split.rows["_row"][gone].astype(int)) == set(wrong.tolist())
    assert np.array_equal(fewer.folds, split.folds) and not np.isnan(split.goal.coded(split.rows)).any()


def test_too_few_rows_left_is_said(make_split):
    split, _ = world(make_split, 0)
    with pytest.raises(WordsError, match="name fewer"):
        gained(split, line(split), list(range(1, 990)), line)
