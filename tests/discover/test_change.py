"""Changes: the moment and the window are where they were planted; a slope is no step, and noise is neither."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from apercu.discover.change import Change
from apercu.testing import _ready, _split

from . import halves


def table(n=4_000, seed=0, days=600):
    rng = np.random.default_rng(seed)
    day = np.sort(rng.random(n) * days)
    at = np.datetime64("2022-01-01", "us") + (day * 1440).astype(np.int64).astype("timedelta64[m]")
    return {"at": at, "k": rng.choice(["a", "b", "c"], n).astype(object), "m": rng.normal(size=n)}, day, rng


def held(columns, target="m", p=0.005):
    return halves.held(Change(), columns, target, p)


@pytest.mark.parametrize("at", [150, 300, 470])
def test_the_moment_is_found(at):
    columns, day, _ = table(6_000, at + 1)
    found, split = held({**columns, "m": columns["m"] + 0.5 * (day >= at)})
    claim, e = found[0]
    cut = claim.where.terms[0]
    assert cut.op == ">=" and claim.direction == "up"
    assert abs((np.datetime64(str(cut.value)) - np.datetime64("2022-01-01")).astype("timedelta64[D]").astype(int) - at) <= 30
    assert halves.asked(split, Change().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert " on (by at), the mean of m is" in Change().say(claim, e, "en") and "此前" in Change().say(claim, e, "zh")


def test_a_window_is_told_as_a_window():
    columns, day, _ = table(5_000, 1)
    found, split = held({**columns, "m": columns["m"] + 1.0 * ((day >= 200) & (day < 260))})
    claim, e = found[0]
    term = claim.where.terms[0]
    assert term.op == "between" and claim.direction == "high" and 0.6 < e.effect < 1.3
    assert halves.asked(split, Change().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert Change().say(claim, e, "en").startswith("From 2022-0") and "其余时间" in Change().say(claim, e, "zh")


def test_a_level_in_a_window():
    columns, day, _ = table(8_000, 2)
    hit = (day >= 200) & (day < 300) & (columns["k"] == "b")
    found, split = held({**columns, "m": columns["m"] + 1.2 * hit})
    claim, e = next((claim, e) for claim, e in found if len(claim.where.terms) == 2)
    assert claim.where.columns() == ("k", "at") and 0.8 < e.effect < 1.6
    assert halves.asked(split, Change().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert Change().say(claim, e, "en").startswith("Where k is “b”, from") and Change().chart(claim, e, split.verify)["data"]["values"]


def test_a_slope_is_left_to_trends():
    for seed in range(5):
        columns, day, _ = table(4_000, seed)
        assert not held({**columns, "m": columns["m"] + 1.0 * day / 600})[0]


@pytest.mark.parametrize("noise", ["plain", "t3", "remembers"])
def test_noise_does_not_change(noise):
    told = 0
    for seed in range(12):
        columns, _, rng = table(2_500, seed)
        columns["m"] = {
            "plain": lambda c=columns: c["m"],
            "t3": lambda r=rng: r.standard_t(3, 2_500),
            "remembers": lambda r=rng: lfilter([1.0], [1.0, -0.5], r.normal(size=2_500)),
        }[noise]()
        told += bool(held(columns)[0])
    assert told <= 1


def test_more_rows_in_a_window_of_one_level():
    rng = np.random.default_rng(4)
    day = np.concatenate([rng.random(4_000) * 600, 300 + rng.random(800) * 40])
    kind = np.concatenate([rng.choice(["a", "b", "c"], 4_000), np.full(800, "b")]).astype(object)
    at = np.datetime64("2022-01-01", "us") + (day * 1440).astype(np.int64).astype("timedelta64[m]")
    found, split = held({"at": at, "kind": kind}, "")
    assert any(len(claim.where.terms) == 1 for claim, _ in found)
    claim, e = next((claim, e) for claim, e in found if len(claim.where.terms) == 2)
    assert claim.where.terms[0].value == "b" and claim.direction == "high" and e.value > 2 * e.base
    assert halves.asked(split, Change().sql(claim, "verify")) == pytest.approx((e.effect, e.value, e.base, e.n))
    assert "times as many" in Change().say(claim, e, "en") and "倍" in Change().say(claim, e, "zh")
    assert Change().chart(claim, e, split.verify)["data"]["values"]


def test_a_small_table_pays_for_few_looks():
    columns, day, _ = table(600, 3)
    search = _ready(_split({**columns, "m": columns["m"] + 3 * (day > 300)}, "m").whole)
    claims = list(Change().propose(search))
    assert claims and claims[0].looks < 100
