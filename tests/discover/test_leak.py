"""Leaks: columns that give the target away by a level, a cut, or being missing; and strong features that do not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from apercu.discover.leak import Leak

from . import relations


def table(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    left = rng.random(n) < 0.25
    slip = left ^ (rng.random(n) < 0.004)
    moment = np.datetime64("2024-01-01") + rng.integers(0, 90, n).astype("timedelta64[D]")
    return {
        "churn": np.where(left, "yes", "no").astype(object),
        "reason": np.where(slip, relations.words(rng, n, ["price", "move"]), "none").astype(object),
        "refund": np.where(slip, rng.exponential(50, n) + 1, 0.0),
        "closed": np.where(slip, moment, np.datetime64("NaT")),
        "age": rng.normal(40 + 12 * left, 9, n),
        "plan": np.where(rng.random(n) < 0.3 + 0.5 * left, "month", "year").astype(object),
    }


def told(search):
    return {claim.told("column"): (claim, evidence) for claim, evidence in relations.held(Leak(), search)}


def test_levels_cuts_and_gaps_that_give_the_target_away():
    search = relations.searched(table(), target="churn")
    found = told(search)
    assert set(found) == {"reason", "refund", "closed"}
    assert found["closed"][0].where.say() == "closed is missing" and found["refund"][0].where.say() == "refund is above 0"
    assert all(abs(evidence.effect) > 0.95 and evidence.extra["sure"] > 0.98 for _, evidence in found.values())
    text = Leak().say(*found["refund"], "en")
    assert text.startswith("refund gives churn away by itself (AUC 0.99") and "it is still in use" in text
    assert "几乎就能判定 churn" in Leak().say(*found["refund"], "zh")
    assert all(relations.agrees(Leak(), c, e, search) for c, e in found.values())
    claim, evidence = found["reason"]
    assert json.dumps(Leak().chart(claim, evidence, relations.judged(search)), allow_nan=False)


def test_what_was_left_out_is_said_to_be():
    search = relations.searched(table(), target="churn")
    search = replace(search, schema=search.schema.changed("refund", role="leak"), cache={})
    claim, evidence = told(search)["refund"]
    assert "it was left out of the model" in Leak().say(claim, evidence, "en") and "已被排除" in Leak().say(claim, evidence, "zh")


def test_a_number_that_follows_a_numeric_target():
    rng = np.random.default_rng(1)
    price = rng.lognormal(3, 1, 1500)
    columns = {"total": price, "tax": 0.2 * price * rng.lognormal(0, 0.12, 1500), "weight": price + rng.lognormal(3, 1, 1500)}
    search = relations.searched(columns, target="total")
    found = told(search)
    assert set(found) == {"tax"} and "rank correlation 0.9" in Leak().say(*found["tax"], "en")
    assert relations.agrees(Leak(), *found["tax"], search)


def test_one_class_of_several():
    rng = np.random.default_rng(2)
    state = relations.words(rng, 1500, ["open", "done", "lost"])
    columns = {"state": state, "paid": np.where(state == "done", 1.0, 0.0), "x": rng.normal(size=1500)}
    claim, _ = told(relations.searched(columns, target="state"))["paid"]
    assert claim.level == "done"


def test_strong_features_and_names_of_rows_are_no_leak():
    rng = np.random.default_rng(3)
    y = np.where(rng.random(900) < 0.5, "a", "b").astype(object)
    columns = {"y": y, "strong": 2.0 * (y == "a") + rng.normal(size=900), "name": np.array([f"n{i // 2}" for i in range(900)], dtype=object)}
    assert not list(Leak().propose(relations.searched(columns, target="y")))


def test_what_no_longer_tells_on_unseen_rows_is_not_proved():
    search = relations.searched(table(), target="churn")
    claim, _ = told(search)["refund"]
    rng = np.random.default_rng(4)
    rows = search.rows.plus({"refund": rng.permutation(search.rows["refund"])})
    assert Leak().verify(claim, replace(relations.judged(search), rows=rows)).p == 1.0


def test_without_a_target_nothing_is_given_away():
    assert not list(Leak().propose(relations.searched(table())))
