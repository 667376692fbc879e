"""Weights narrow the gap that they aim at, its interval says so, and the price in accuracy stands beside it."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace

import numpy as np
import pytest

from apercu import train
from apercu.audit.reweighing import retrained
from apercu.core.errors import WordsError

OPTIONS = train.Options(learners=("linear",), members=1)


def fit(split):
    return train.run(split, OPTIONS)[0]


def world(make_split, n=2_500, *, shift=2.0, seed=0, group=None):
    generator = np.random.default_rng(seed)
    sex, x = generator.choice(["f", "m"], n), generator.normal(size=n)
    y = generator.random(n) < 1 / (1 + np.exp(-(2 * x + shift * (sex == "m") - shift / 2)))
    columns = {"sex": sex.astype(object), "x": x, "y": np.where(y, "yes", "no").astype(object)}
    return make_split({**columns, **({} if group is None else {"who": group})}, "y", group=None if group is None else "who", wanted="yes")


def test_the_gap_narrows_and_accuracy_pays(make_split):
    split = world(make_split)
    told = retrained(split, fit(split), "sex", fit)
    assert told.rate.after < 0.7 * told.rate.before and told.rate.low <= told.rate.after - told.rate.before <= told.rate.high < 0
    assert told.accuracy.after <= told.accuracy.before + 0.005 and told.accuracy.low <= told.accuracy.high and told.n == 2_500
    assert "95% interval" in told.say("en") and "accuracy goes from" in told.say("en") and "not surely" not in told.say("en")
    assert "重新训练" in told.say("zh") and "准确率" in told.say("zh")


def test_where_nothing_is_unequal_nothing_surely_changes(make_split):
    split = world(make_split, 1_500, shift=0.0, seed=3)
    told = retrained(split, fit(split), "sex", fit)
    assert told.rate.low <= 0 <= told.rate.high and "not surely changed" in told.say("en") and "没有明确变化" in told.say("zh")


def test_own_weights_count_and_blocks_widen(make_split):
    group = np.repeat(np.arange(25), 100).astype(float)
    split = world(make_split, group=group)
    plain = retrained(replace(split, blocks=None), fit(split), "sex", fit)
    split = replace(split, rows=split.rows.plus({"w": np.linspace(0.5, 1.5, 2_500)}), goal=replace(split.goal, weight="w"))
    seen = []

    def weighed(one):
        seen.append(one)
        return fit(one)

    told = retrained(split, fit(split), "sex", weighed)
    assert seen[0].goal.weight == "w" and len(np.unique(seen[0].rows["w"])) > 2_000
    assert told.accuracy.before != plain.accuracy.before and told.rate.low < told.rate.high


def test_compas(make_split, shared_data):
    with gzip.open(shared_data / "fairness" / "compas" / "compas-scores-two-years.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))[:4_000]
    columns = {name: np.array([float(row[name]) for row in rows]) for name in ("age", "priors_count", "juv_fel_count", "juv_misd_count")}
    columns |= {name: np.array([row[name] for row in rows], dtype=object) for name in ("sex", "race", "c_charge_degree")}
    columns["y"] = np.array([("no", "yes")[int(row["two_year_recid"])] for row in rows], dtype=object)
    split = make_split(columns, "y", wanted="yes")
    told = retrained(split, fit(split), "sex", fit)
    assert told.rate.high < 0 and told.found is not None and told.found.after < told.found.before
    assert abs(told.accuracy.after - told.accuracy.before) < 0.03


def test_what_cannot_be_reweighed_is_refused(make_split):
    split = world(make_split, 200)
    for name in ("gone", "x"):
        few = replace(split, rows=split.rows.plus({"x": np.ones(200)}))
        with pytest.raises(WordsError, match="two groups"):
            retrained(few, fit(split), name, fit)
    number = make_split({"sex": np.resize(np.array(["f", "m"], dtype=object), 200), "y": np.arange(200.0)}, "y")
    with pytest.raises(WordsError, match="classes"):
        retrained(number, fit(number), "sex", fit)
