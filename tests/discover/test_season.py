"""Seasons: what recurs is told, what happened once or drifts is not."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column, Part
from apercu.discover.season import Season

from . import halves

START = np.datetime64("2021-01-04", "us")  # a Monday


def drawn(weights, n, seed=0):
    """(n,) moments on days drawn by weights (days,), at any minute."""
    rng = np.random.default_rng(seed)
    day = rng.choice(len(weights), n, p=weights / weights.sum())
    return START + (day * 1440 + rng.integers(0, 1440, n)).astype("timedelta64[m]"), rng


def held(columns, target="", p=0.005):
    return halves.held(Season(), columns, target, p)


def test_weekends_have_more_rows_though_all_grows():
    day = np.arange(700)
    at, rng = drawn((1 + (day % 7 >= 5)) * (1 + day / 700), 8_000)
    found, split = held({"at": at, "k": rng.choice(["a", "b"], 8_000).astype(object)})
    claim, e = found[0]
    assert claim.where == Condition((Term(Part(Column("at"), "weekday"), ">", 5.0),)) and claim.direction == "high"
    assert 1.7 < e.value / e.base < 2.3 and e.extra["agree"] > 0.9
    assert halves.asked(split, Season().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    said = Season().say(claim, e, "en")
    assert "“Saturday” to “Sunday”" in said and "times as many" in said and "周" in Season().say(claim, e, "zh")
    assert len(Season().chart(claim, e, split.verify)["data"]["values"]) == 7


def test_a_month_must_come_again():
    day = np.arange(4 * 365)
    month = (START + day.astype("timedelta64[D]")).astype("datetime64[M]").astype(int) % 12
    at, rng = drawn(1.0 + 1.5 * (month == 6), 12_000)
    found, _ = held({"at": at, "k": rng.choice(["a", "b"], 12_000).astype(object)})
    assert found[0][0].where == Condition((Term(Part(Column("at"), "month"), "is", 7.0),))
    once = (month == 6) & (day < 365)
    at, rng = drawn(1.0 + 3.0 * once, 12_000)
    assert not held({"at": at, "k": rng.choice(["a", "b"], 12_000).astype(object)})[0]


def test_evenly_spread_rows_have_no_season():
    told = 0
    for seed in range(10):
        at, rng = drawn(np.ones(800), 3_000, seed)
        told += bool(held({"at": at, "m": rng.normal(size=3_000)})[0])
    assert told <= 1


def test_dates_have_no_hours():
    at, rng = drawn(np.ones(800), 3_000)
    found, _ = held({"at": at.astype("datetime64[D]").astype("datetime64[us]"), "m": rng.normal(size=3_000)})
    assert not [claim for claim, _ in found if "hour" in claim.where.say()]
