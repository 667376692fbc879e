"""Forecasts: clear lines are carried on by one period and mostly hit, others are not."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import Condition, Term
from apercu.discover.forecast import Forecast

from . import halves

MONTH = 30.4375


def table(months, n=6_000, seed=0, steep=0.9):
    """Rows whose number rises evenly over `months`, and a price that rises in shop b alone."""
    rng = np.random.default_rng(seed)
    t = rng.random(3 * n)
    t = t[rng.random(3 * n) < 1 - steep + steep * t][:n]
    at = np.datetime64("2021-01-01", "us") + (t * months * MONTH * 1440).astype(np.int64).astype("timedelta64[m]")
    shop = rng.choice(["a", "b", "c"], len(t)).astype(object)
    return {"at": at, "shop": shop, "price": 20 + rng.gamma(4, 2, len(t)) + 15 * t * (shop == "b")}


def held(columns, p=0.005):
    return halves.held(Forecast(), columns, "", p)


def test_the_next_month_of_a_group_and_of_numbers_of_rows():
    found, split = held(table(18))
    by_measure = {(claim.measure.name, claim.where): (claim, e) for claim, e in found}
    price = by_measure["price", Condition((Term("shop", "is", "b"),))]
    assert price[0].direction == "up" and price[1].value == pytest.approx(43.4, abs=1.2)
    for claim, e in found:
        assert halves.asked(split, Forecast().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
        said = Forecast().say(claim, e, "en")
        assert "prediction interval" in said and "last 3 months" in said and "预测区间" in Forecast().say(claim, e, "zh")
        assert len(Forecast().chart(claim, e, split.verify)["data"]["values"]) <= 60


def test_the_interval_holds_what_comes():
    hit, told = 0, 0
    for seed in range(25):
        columns = table(19, 4_000, seed)
        cut = np.datetime64("2021-01-01", "us") + np.timedelta64(int(18 * MONTH * 1440), "m")
        past = {name: column[columns["at"] < cut] for name, column in columns.items()}
        found, _ = held(past, p=1.0)
        for claim, e in found:
            if claim.measure.name == "price" and claim.where.say() == "shop is “b”":
                told += 1
                hit += e.extra["low"] <= 28 + 15 * 18.5 / 19 <= e.extra["high"]
    assert told >= 10 and hit >= 0.8 * told


def test_noise_has_no_future():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        at = np.datetime64("2021-01-01", "us") + rng.integers(0, 600 * 1440, 3_000).astype("timedelta64[m]")
        assert not held({"at": at, "m": rng.normal(size=3_000)})[0]
