"""Two columns that have nothing to do with each other: said only where that is proved."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu import testing
from apercu.core.split import Verify
from apercu.discover._apart import apart_chart, apart_query, apart_said, judged_apart, pairs
from apercu.discover._groups import grouped
from apercu.discover.equality import Equality
from apercu.engine.duckdb import DuckDB


def table(seed=0, n=800, k=4):
    rng = np.random.default_rng(seed)
    place, desk = rng.choice([f"place {i}" for i in range(k)], n), rng.choice(["north", "south", "west"], n)
    return {"desk": desk.astype(object), "place": place.astype(object), "size": rng.normal(5, 1, n)}


def made(columns):
    """(claims that two columns are apart, the rows that were searched)."""
    search = testing._ready(testing._searched(columns, ""))
    return [c for c in Equality().propose(search) if c.told("kind") == "apart"], search


def verified(columns):
    claims, search = made(columns)
    verify = Verify(search.rows, search.schema, half="all")
    return claims[0], Equality().verify(claims[0], verify), verify


def test_independent_columns_are_told_with_the_fewer_levels_as_groups():
    claim, e, _ = verified(table())
    assert claim.columns() == ("desk", "place") and claim.direction == "flat" and claim.measure.counts
    assert e.p * claim.looks < 0.01 and e.low == 0.0 < e.effect < e.high < 0.3 and e.n == 800 and 0 < e.reach < 0.4
    said = Equality().say(claim, e, "en")
    assert said.startswith("place is spread alike over every desk (“north”, “south” and “west”): the two go together by w = 0.")
    assert "(at most 0." in said and said.endswith("less than the 0.3 worth naming.")
    assert apart_said(claim, e, "zh").startswith("place 在各 desk 中的分布大致相同（“north”、“south”、“west”）：两者的关联强度 w 为 0.")


def test_the_query_counts_alike_also_where_values_are_missing():
    columns = table(1)
    columns["desk"][:37] = None
    columns["place"][700:] = None
    claim, e, verify = verified(columns)
    engine = DuckDB()
    data = engine.adopt({**{name: verify.rows[name] for name in verify.rows}, "_half": np.full(800, "all", dtype=object)})
    got = [float(v) for v in engine.ask(data, apart_query(claim, "all"))[0]]
    assert got == pytest.approx([e.effect, e.value, e.base, e.n], rel=1e-6) and e.n == 663


def test_columns_that_go_together_are_not_told():
    for seed in range(5):
        columns = table(seed, 1_200)
        rng = np.random.default_rng(seed)
        columns["place"] = np.where((columns["desk"] == "west") & (rng.random(1_200) < 0.5), "place 1", columns["place"]).astype(object)
        assert not made(columns)[0]


def test_dependent_rows_prove_less():
    claim, e, verify = verified(table(2))
    held, n = judged_apart(claim, Verify(verify.rows, verify.schema, np.arange(800) % 3, half="all"), 0.95)
    assert held.p == 1.0 and held.low <= held.size <= held.high <= np.sqrt(2) and n == e.n, "three blocks tell nothing of their scatter"
    free, _ = judged_apart(claim, Verify(verify.rows, verify.schema, np.arange(800), half="all"), 0.95)
    assert free.p == pytest.approx(e.p, rel=0.5)


def test_which_pairs_are_looked_at():
    columns = table(3, 400, 8) | {"many": np.resize([f"k{i:02}" for i in range(12)], 400).astype(object)}
    columns["rare"] = np.where(np.arange(400) < 4, "x", np.resize(["y", "z"], 400)).astype(object)
    found = [(one.name, other.name) for one, other, _ in pairs(grouped(made(columns)[1], 2, 30), 6)]
    assert found == [("desk", "place")]


def test_charts_stay_small_and_shares_add_up():
    columns = table(4, 1_900, 8)
    columns["desk"] = np.random.default_rng(5).choice([f"desk {i}" for i in range(8)], 1_900).astype(object)
    claim, e, verify = verified(columns)
    chart = apart_chart(claim, verify)
    cells = chart["data"]["values"]
    assert len(cells) == 56 and json.dumps(chart, allow_nan=False) and "“desk" not in Equality().say(claim, e, "en")
    small = verified(table(5))
    shares = apart_chart(small[0], small[2])["data"]["values"]
    assert sum(c["value"] for c in shares if c["group"] == "west") == pytest.approx(1.0) and sum(c["n"] for c in shares) == 800


def test_no_rows_claim_nothing():
    claim, _, verify = verified(table(6))
    for n in (0, 1, 30):
        e = Equality().verify(claim, Verify(verify.rows.take(np.arange(n)), verify.schema), 0.999999)
        assert e.p == 1.0 and e.n == n and e.low <= e.effect <= e.high and np.isfinite(e.high)


def test_a_bound_just_below_the_margin_is_not_rounded_up_to_it():
    claim, e, _ = verified(table(7))
    near = replace(e, high=0.2996)
    assert "(below 0.30 with 95%" in apart_said(claim, near, "en") and "置信下低于 0.30；" in apart_said(claim, near, "zh")
