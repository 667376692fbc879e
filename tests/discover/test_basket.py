"""Baskets: what goes together in every shape of table, by more than the size of baskets makes it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from apercu import clean, collect
from apercu.core.split import Split
from apercu.discover._about import About
from apercu.discover._measures import measured
from apercu.discover.basket import Basket
from apercu.engine.duckdb import DuckDB

from .test_baskets import as_columns, as_flags, as_lists, as_rows

BASKET = Basket()


def behind_its_wall(source):
    data, _ = collect.run(source if isinstance(source, str) else pd.DataFrame(source), DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    return Split.make(data, None)


def told(split):
    return [(c, BASKET.verify(c, split.verify)) for c in BASKET.propose(measured(split.search, About()))]


def bought_together(n=5_000, seed=0, keen=4.0, link=True, rate=0.2):
    """Baskets of at most five goods: who takes pasta takes cheese."""
    rng = np.random.default_rng(seed)
    fond = rng.gamma(keen, 1 / keen, n)
    held = {
        good: rng.random(n) < np.minimum(rate * fond, 0.9) for good in ("beer", "bread", "butter", "eggs", "milk", "rice", "soap", "tea", "pasta")
    }
    held["cheese"] = rng.random(n) < (np.where(held["pasta"], 0.6, 0.12) if link else np.minimum(rate * fond, 0.9))
    bought = [[good for good in held if held[good][i]] for i in range(n)]
    return [own[-5:] for own in bought if own]


@pytest.mark.parametrize("write", [as_flags, as_columns, as_lists, as_rows], ids=["flags", "columns", "list", "long"])
def test_the_planted_pair_is_found_and_its_numbers_are_right(write):
    bought = bought_together()
    split = behind_its_wall(write(bought))
    found = told(split)
    claim, e = min(found, key=lambda pair: pair[1].p)
    assert {*claim.told("given"), claim.told("expected")} == {"pasta", "cheese"} and e.p < 1e-6
    assert e.extra["lift"] > 1.5 and e.low < e.effect < e.high and e.extra["odds"] > 3
    halves = np.array([{1: "search", 2: "verify"}[int(h)] for h in split.half], dtype=object)
    data = split.data.engine.attach(split.data.table, {"_half": halves})
    row = split.data.engine.ask(data, BASKET.sql(claim, "verify"))[0]
    assert [float(v) for v in row] == pytest.approx([e.effect, e.value, e.base, e.n, e.extra["rest"]])
    for lang in ("en", "zh"):
        sentence = BASKET.say(claim, e, lang)
        assert "“pasta”" in sentence and "“cheese”" in sentence
    assert len(BASKET.chart(claim, e, split.verify)["data"]["values"]) == 2


def test_large_baskets_alone_make_no_rule():
    held = 0
    for seed in range(8):
        found = told(behind_its_wall(as_flags(bought_together(3_000, seed, keen=2.0, link=False))))
        held += any(e.p * len(found) <= 0.05 for _, e in found)
    assert held <= 1


def test_three_goods_are_told_where_both_count():
    rng = np.random.default_rng(1)
    n = 8_000
    held = {good: rng.random(n) < 0.2 for good in ("beer", "bread", "butter", "eggs", "milk", "rice", "soap", "tea", "pasta")}
    held["cheese"] = rng.random(n) < np.where(held["pasta"] & held["milk"], 0.7, 0.1)
    split = behind_its_wall({good: np.where(own, "yes", "no") for good, own in held.items()})
    found = [(c, e) for c, e in told(split) if e.p < 1e-6]
    claim, e = next((c, e) for c, e in found if len(c.where.terms) == 2)
    assert set(claim.told("given")) == {"pasta", "milk"} and claim.told("expected") == "cheese" and e.value == pytest.approx(0.7, abs=0.1)
    idle = [c for c, _ in found if len(c.where.terms) == 2 and not {*c.told("given"), c.told("expected")} <= {"pasta", "milk", "cheese"}]
    assert not idle  # a pair with an idle third is not told


def test_the_groceries(shared_data):
    split = behind_its_wall(str(shared_data / "recommender" / "groceries" / "groceries.csv.gz"))
    found = {(c.told("given"), c.told("expected")): e for c, e in told(split)}
    sugar = found[("flour",), "sugar"]
    assert sugar.p < 1e-6 and sugar.extra["lift"] > 5
    assert sum(e.p < 0.01 for e in found.values()) >= 0.8 * len(found)


def test_few_rows_prove_nothing():
    split = behind_its_wall(as_flags(bought_together()))
    claim, _ = told(split)[0]
    from apercu.core.split import Verify

    for n in (0, 1, 3):
        assert BASKET.verify(claim, Verify(split.verify.rows.take(np.arange(n)), split.data.schema)).p == 1.0
