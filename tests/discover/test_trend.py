"""Trends: the group that rises is named, numbers are those of the SQL, and a measure that only remembers itself is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from apercu.core.condition import EVERYONE, Condition, Term
from apercu.core.split import Verify
from apercu.discover.trend import Trend
from apercu.testing import _ready, _split

from . import halves


def table(n=4_000, seed=0, days=700):
    rng = np.random.default_rng(seed)
    t = np.sort(rng.random(n))
    at = np.datetime64("2022-01-01", "us") + (t * days * 1440).astype(np.int64).astype("timedelta64[m]")
    return {"at": at, "k": rng.choice(["a", "b", "c", "d"], n).astype(object), "m": rng.normal(size=n)}, t, rng


def held(columns, target="m", p=0.005):
    return halves.held(Trend(), columns, target, p)


def test_a_trend_of_all_rows_is_told_once():
    columns, t, _ = table(seed=1)
    found, split = held({**columns, "m": columns["m"] + 0.8 * t})
    assert [claim.where for claim, _ in found] == [EVERYONE]
    claim, e = found[0]
    assert claim.direction == "up" and 0.5 < e.effect < 1.1 and e.low < 0.8 < e.high
    assert halves.asked(split, Trend().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert "rises along at" in Trend().say(claim, e, "en") and "a month" in Trend().say(claim, e, "en")
    assert "上升" in Trend().say(claim, e, "zh")


@pytest.mark.parametrize("seed", range(5))
def test_the_group_is_named(seed):
    columns, t, _ = table(6_000, seed)
    found, _ = held({**columns, "m": columns["m"] - 0.9 * t * (columns["k"] == "c")}, p=0.01)
    assert ("k is “c”", "down") in [(claim.where.say(), claim.direction) for claim, _ in found]


def test_rates_are_told_in_points():
    columns, t, rng = table(6_000)
    y = np.where(rng.random(6_000) < 0.2 + 0.3 * t, "yes", "no").astype(object)
    found, _ = held({"at": columns["at"], "k": columns["k"], "y": y}, "y")
    said = Trend().say(*found[0], "en")
    assert "The share of y “yes” rises" in said and "points in all" in said


@pytest.mark.parametrize("noise", ["plain", "lognormal", "remembers", "waves"])
def test_noise_is_no_trend(noise):
    told = 0
    for seed in range(12):
        columns, t, rng = table(2_500, seed)
        columns["m"] = {
            "plain": lambda c=columns: c["m"],
            "lognormal": lambda r=rng: r.lognormal(0, 1.2, 2_500),
            "remembers": lambda r=rng: lfilter([1.0], [1.0, -0.5], r.normal(size=2_500)),
            "waves": lambda c=columns, t=t: c["m"] + np.sin(40 * t),
        }[noise]()
        told += bool(held(columns)[0])
    assert told <= 1


def test_numbers_of_rows_and_of_a_level():
    columns, t, rng = table(9_000)
    kept = rng.random(9_000) < 0.25 + 0.75 * t
    found, split = held({name: columns[name][kept] for name in columns}, "")
    counts = [(claim, e) for claim, e in found if claim.measure.counts]
    claim, e = counts[0]
    assert claim.where == EVERYONE and claim.direction == "up" and e.value > 2 * e.base > 0
    assert halves.asked(split, Trend().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert "The number of rows" in Trend().say(claim, e, "en") and Trend().chart(claim, e, split.verify)["data"]["values"]


def test_the_share_of_a_level_is_proved_as_a_share():
    columns, t, rng = table(6_000)
    kept = (columns["k"] != "b") | (rng.random(6_000) < t)
    found, split = held({name: columns[name][kept] for name in columns}, "")
    claim, e = next((claim, e) for claim, e in found if claim.measure.counts and claim.where == Condition((Term("k", "is", "b"),)))
    assert claim.measure.scale == "share" and 0.1 < e.effect < 0.5 and e.extra["number_value"] > e.extra["number_base"]
    assert halves.asked(split, Trend().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert "The share of rows where k is “b” rises" in Trend().say(claim, e, "en") and "占比" in Trend().say(claim, e, "zh")
    assert Trend().chart(claim, e, split.verify)["data"]["values"]


def test_rows_of_one_entity_are_not_many():
    rng = np.random.default_rng(3)
    columns, t, _ = table(3_000)
    who = (t * 40).astype(int)  # each entity has its own time and its own level
    columns["m"] = rng.normal(size=40)[who] + 0.1 * rng.normal(size=3_000)
    split = _split(columns, "m")
    claims = list(Trend().propose(_ready(split.search)))
    order = np.searchsorted(np.sort(columns["at"]), split.verify.rows["at"])
    grouped = Verify(split.verify.rows, split.verify.schema, who[np.minimum(order, 2_999)], "verify", split.verify.goal)
    for claim in claims:
        assert Trend().verify(claim, grouped).p >= Trend().verify(claim, split.verify).p > 1e-4


def test_many_looks_are_counted_alike():
    columns, t, _ = table()
    claims = list(Trend().propose(_ready(_split({**columns, "m": columns["m"] + t}, "m").search)))
    assert claims and {claim.looks for claim in claims if not claim.where.terms} == {2}  # half of the chances for the line of all rows
    rising = columns["m"] + 2 * t * (columns["k"] == "b")
    claims = list(Trend().propose(_ready(_split({**columns, "m": rising}, "m").search)))
    assert {claim.looks for claim in claims if claim.where.terms} == {10}  # the other half for the line that is there anyway and four levels
