"""RFM segments hold every customer once, do not depend on the order of rows, and say their action in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.advise.segments import GROUPS, rfm
from apercu.core.errors import WordsError
from apercu.core.rows import Rows


def orders(n: int = 3_000) -> Rows:
    """Customer 0 buys most and was there last; customer 199 bought once, long ago."""
    rng = np.random.default_rng(0)
    who = np.minimum(rng.integers(0, 200, n), rng.integers(0, 200, n))
    day = np.datetime64("2024-01-01", "us") + ((200 - who) * rng.random(n) * 1.5).astype(int) * np.timedelta64(1, "D")
    return Rows.of({"who": np.array([f"c{i}" for i in who], dtype=object), "day": day, "paid": rng.gamma(2, 10, n)})


def test_each_customer_is_in_one_segment_and_the_best_are_champions():
    rows = orders()
    found = rfm(rows, "who", "day", "paid")
    everyone = [name for segment in found for name in segment.customers]
    assert sorted(everyone) == sorted(set(rows["who"])) and len(everyone) == len(set(everyone))
    assert found[0].name == "Champions" and "c0" in found[0].customers
    assert "c190" in next(s for s in found if s.name in ("Lost", "Hibernating")).customers or any("c190" in s.customers for s in found[-3:])
    assert sum(s.share for s in found) == pytest.approx(1.0) and sum(s.money for s in found) == pytest.approx(1.0)
    by_hand = rows["paid"][rows["who"] == "c0"].sum()
    assert found[0].amount > 0 and by_hand > found[-1].amount


def test_order_of_rows_and_gaps_change_nothing():
    rows = orders()
    turned = rows.take(np.random.default_rng(1).permutation(rows.n))
    assert {s.name: set(s.customers) for s in rfm(rows, "who", "day", "paid")} == {
        s.name: set(s.customers) for s in rfm(turned, "who", "day", "paid")
    }
    holes = rows["paid"].copy()
    holes[:50] = np.nan
    assert rfm(rows.plus({"paid": holes}), "who", "day", "paid")


def test_bounds_cover_every_pair_of_scores_once():
    for r in range(1, 6):
        for fm in range(1, 6):
            assert sum(a[0] <= r <= a[1] and b[0] <= fm <= b[1] for _, _, a, b, _ in GROUPS) == 1


def test_both_languages_and_numbers_as_names():
    rows = orders()
    found = rfm(rows.plus({"who": np.array([float(w[1:]) for w in rows["who"]])}), "who", "day", "paid")
    assert isinstance(found[0].customers[0], int)
    assert "Usual action" in found[0].say() and "常用做法" in found[0].say("zh") and found[0].to_json()["text"]["zh"] == found[0].say("zh")


def test_columns_that_do_not_fit_are_refused():
    rows = orders()
    for names in (("who", "paid", "paid"), ("who", "day", "who")):
        with pytest.raises(WordsError, match="must hold"):
            rfm(rows, *names)
    with pytest.raises(WordsError, match="customers are needed"):
        rfm(rows.take(np.arange(3)), "who", "day", "paid")
