"""Equality: nothing worth naming, said only where that is proved."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu import testing
from apercu.core.split import Verify
from apercu.discover.equality import Equality
from apercu.engine.duckdb import DuckDB


def held(columns, half="all"):
    """(claims that hold, however many were looked at; the rows that judged)."""
    search = testing._ready(testing._searched(columns, ""))
    verify = Verify(search.rows, search.schema, half=half)
    made = [(c, Equality().verify(c, verify)) for c in Equality().propose(search)]
    return [(c, e) for c, e in made if e.p * c.looks <= 0.05], verify


def table(seed=0, n=900):
    rng = np.random.default_rng(seed)
    start = np.datetime64("2023-01-01", "us") + rng.integers(0, 365 * 86_400, n) * np.timedelta64(1, "s")
    desk = rng.choice(["a", "b", "c", "d"], n).astype(object)
    return {"desk": desk, "opened": start, "size": rng.normal(5, 1, n), "cost": rng.lognormal(2, 1.2, n)}


def test_every_kind_is_found_and_counts_alike_in_sql():
    seen, verify = {}, None
    for seed in range(3):
        made, verify = held(table(seed))
        seen |= {c.told("kind"): (c, e, verify) for c, e in made}
    assert set(seen) == {"groups", "mix", "drift", "rows", "pair", "volume"}
    engine = DuckDB()
    for claim, evidence, verify in seen.values():
        columns = {name: verify.rows[name] for name in verify.rows}
        data = engine.adopt({**columns, "_half": np.full(verify.rows.n, "all", dtype=object)})
        got = [float(v) for v in engine.ask(data, Equality().sql(claim, "all"))[0]]
        assert got == pytest.approx([evidence.effect, evidence.value, evidence.base, evidence.n], rel=1e-6, abs=1e-9), claim.told("kind")
        for lang, end in (("en", "."), ("zh", "。")):
            assert Equality().say(claim, evidence, lang).endswith(end)
        assert claim.direction == "flat" and claim.by and json.dumps(Equality().chart(claim, evidence, verify), allow_nan=False)


def test_what_depends_is_not_called_equal():
    columns = table(4, 2_500)
    columns["size"] = columns["size"] + 0.9 * (columns["desk"] == "a")
    columns["cost"] = columns["size"] * 2 + np.random.default_rng(5).normal(size=2_500)
    told = {(c.told("kind"), c.columns()) for c, _ in held(columns)[0]}
    assert ("groups", ("desk", "size")) not in told and not any(kind == "pair" for kind, _ in told)


def test_what_rises_is_not_called_steady():
    rng = np.random.default_rng(6)
    columns = table(6, 1_500)
    day = np.sqrt(rng.random(1_500)) * 365
    columns["opened"] = np.datetime64("2023-01-01", "us") + (day * 86_400).astype(int) * np.timedelta64(1, "s")
    columns["size"] = columns["size"] + day / 150
    kinds = {(c.told("kind"), c.measure.name) for c, _ in held(columns)[0]}
    assert ("rows", "rows") not in kinds and ("drift", "size") not in kinds and ("drift", "cost") in kinds


def test_a_shift_of_one_desk_is_not_called_the_same_mix():
    columns = table(7, 1_500)
    late = columns["opened"] > np.datetime64("2023-08-01")
    columns["desk"] = np.where(late & (np.random.default_rng(8).random(1_500) < 0.5), "a", columns["desk"]).astype(object)
    assert not any(c.told("kind") == "mix" for c, _ in held(columns)[0])


def test_within_a_level_time_is_looked_at_too():
    inside = [c for c, _ in held(table(9, 1_900))[0] if c.where.terms]
    assert inside and all(c.told("kind") in ("rows", "drift") and c.where.columns() == ("desk",) for c in inside)
    claim, evidence = next((c, e) for c, e in held(table(9, 1_900))[0] if c.where.terms)
    assert Equality().say(claim, evidence, "en").startswith("Where desk is")


def test_extremes_that_are_drawn_in_are_told():
    made, _ = held(table(10))
    claim, evidence = next((c, e) for c, e in made if c.measure.name == "cost")
    assert "(extremes drawn in)" in Equality().say(claim, evidence, "en") and "极端值已收拢" in Equality().say(claim, evidence, "zh")


def test_few_rows_claim_nothing():
    assert not held(table(11, 80))[0]


def test_right_at_the_margin_it_is_rarely_fooled():
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        desk = np.array(["a", "b", "c", "d"] * 200, dtype=object)
        shift = np.where(np.isin(desk, ["a", "b"]), 0.25, -0.25)  # six per cent of the variation
        made, _ = held({"desk": desk, "size": rng.normal(size=800) + shift})
        wrong += any(c.told("kind") == "groups" for c, _ in made)
    assert wrong <= 4


def test_claims_speak_of_many_things():
    rng = np.random.default_rng(12)
    columns = table(12, 1_900)
    columns |= {f"k{i}": rng.choice(["u", "v", "w"], 1_900).astype(object) for i in range(6)}
    columns |= {f"x{i}": rng.normal(size=1_900) for i in range(4)}
    made, _ = held(columns)
    assert len(made) >= 8, "in a small table each pays for the whole search, so all that are clear may be told"
    assert len({c.measure for c, _ in made}) >= 5 and len({c.told("kind") for c, _ in made}) >= 4
    assert all(0 < e.reach <= 0.4 for _, e in made)
