"""Shares: what rows and totals are made of."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu import testing
from apercu.core.condition import EVERYONE
from apercu.core.split import Verify
from apercu.discover.share import Share
from apercu.engine.duckdb import DuckDB


def told(columns, *, half="all", blocks=None):
    """(claim, evidence) of what holds on all rows, each paying for the looks."""
    search = testing._ready(testing._searched(columns, ""))
    verify = Verify(search.rows, search.schema, blocks, half)
    made = [(c, Share().verify(c, verify)) for c in Share().propose(search)]
    return [(c, e) for c, e in made if e.p * c.looks <= 0.05], verify


def of(held, kind):
    return [(c, e) for c, e in held if c.told("kind") == kind]


def names(rng, n, p, word="l"):
    return rng.choice([f"{word}{i}" for i in range(len(p))], n, p=p).astype(object)


def asked(claim, evidence, verify):
    columns = {name: verify.rows[name] for name in verify.rows}
    engine = DuckDB()
    table = engine.adopt({**columns, "_half": np.full(verify.rows.n, verify.half, dtype=object)})
    return [float(v) for v in engine.ask(table, Share().sql(claim, evidence.half))[0][:4]]


def test_a_level_that_leads():
    rng = np.random.default_rng(0)
    held, verify = told({"desk": names(rng, 500, [0.62, 0.1, 0.1, 0.1, 0.08])})
    ((claim, evidence),) = of(held, "lead")
    assert claim.where.say() == "desk is “l0”" and claim.measure.counts and evidence.base == 0.2
    assert evidence.low < 0.42 < evidence.high and asked(claim, evidence, verify) == pytest.approx([evidence.effect, evidence.value, 0.2, 500])
    assert "In desk, “l0” makes up" in Share().say(claim, evidence, "en") and "若 5 个取值均分" in Share().say(claim, evidence, "zh")
    assert json.dumps(Share().chart(claim, evidence, verify), allow_nan=False)


def test_two_that_lead_together():
    rng = np.random.default_rng(1)
    held, _ = told({"desk": names(rng, 600, [0.36, 0.34, 0.1, 0.1, 0.1])})
    ((claim, evidence),) = of(held, "lead")
    assert claim.told("picked") == 2 and evidence.base == 0.4 and "“l0” and “l1” make up" in Share().say(claim, evidence, "en")


def test_a_long_tail():
    rng = np.random.default_rng(2)
    p = np.concatenate([np.full(5, 0.14), np.full(55, 0.3 / 55)])
    held, verify = told({"user": names(rng, 900, p)})
    ((claim, evidence),) = of(held, "lead")
    assert claim.told("picked") in (3, 4) and claim.told("of") == 60 and evidence.value >= 0.5
    assert (
        "of the 60 values of user hold" in Share().say(claim, evidence, "en") and len(Share().chart(claim, evidence, verify)["data"]["values"]) <= 60
    )


def test_an_even_composition_names_its_levels():
    rng = np.random.default_rng(3)
    held, verify = told({"desk": names(rng, 800, [0.25] * 4)})
    ((claim, evidence),) = of(held, "even")
    assert claim.direction == "flat" and claim.where == EVERYONE and claim.columns() == ("desk",)
    assert evidence.high <= 0.3 and asked(claim, evidence, verify)[:3] == pytest.approx([evidence.effect, evidence.value, 0.0])
    for lang in ("en", "zh"):
        assert all(f"“l{i}”" in Share().say(claim, evidence, lang) for i in range(4))
    assert not of(told({"desk": names(rng, 800, [0.4, 0.2, 0.2, 0.2])})[0], "even")


def test_even_within_a_large_group():
    rng = np.random.default_rng(4)
    n = 3_000
    desk = names(rng, n, [0.5, 0.5])
    place = np.where(desk == "l0", names(rng, n, [0.25] * 4, "p"), names(rng, n, [0.7, 0.1, 0.1, 0.1], "p")).astype(object)
    inside = [c for c, _ in of(told({"desk": desk, "place": place})[0], "even") if c.where != EVERYONE]
    assert [c.where.say() for c in inside] == ["desk is “l0”"]


def test_a_level_that_is_usual_in_one_group():
    rng = np.random.default_rng(5)
    n = 600
    desk = names(rng, n, [0.4, 0.3, 0.3])
    place = np.where(rng.random(n) < np.where(desk == "l0", 0.8, 0.25), "far", names(rng, n, [0.25] * 4, "p")).astype(object)
    held, verify = told({"desk": desk, "place": place})
    claim, evidence = of(held, "within")[0]
    assert {claim.where.say(), f"{claim.measure.name} is “{claim.level}”"} == {"desk is “l0”", "place is “far”"}
    assert asked(claim, evidence, verify) == pytest.approx([evidence.effect, evidence.value, evidence.base, evidence.n])
    assert "elsewhere" in Share().say(claim, evidence, "en") and len(Share().chart(claim, evidence, verify)["data"]["values"]) == 2


def test_two_records_of_one_thing_are_no_news():
    rng = np.random.default_rng(10)
    desk = names(rng, 600, [0.25] * 4)
    again = np.where(rng.random(600) < 0.8, desk, names(rng, 600, [0.25] * 4)).astype(object)
    assert not of(told({"desk": desk, "again": again})[0], "within")


def test_most_of_a_total():
    rng = np.random.default_rng(6)
    n = 800
    kind = names(rng, n, [0.25] * 4)
    amount = rng.lognormal(3, 0.8, n) * np.where(kind == "l2", 6, 1)
    held, verify = told({"kind": kind, "amount": amount, "age": amount})
    totals = [(c, e) for c, e in of(held, "lead") if not c.measure.counts]
    claim, evidence = totals[0]
    assert claim.where.say() == "kind is “l2”" and {c.measure.name for c, _ in totals} == {"amount"}
    assert asked(claim, evidence, verify) == pytest.approx([evidence.effect, evidence.value, 0.25, n])
    assert "the total of amount" in Share().say(claim, evidence, "en") and "amount 总量" in Share().say(claim, evidence, "zh")


def test_dependent_rows_prove_less():
    rng = np.random.default_rng(7)
    entity = np.repeat(np.arange(30), 20)
    desk = names(rng, 30, [0.45, 0.2, 0.2, 0.15])[entity]
    held, verify = told({"desk": desk})
    claim, alone = of(held, "lead")[0]
    careful = Share().verify(claim, replace(verify, blocks=entity))
    assert careful.p > 1e3 * alone.p and careful.high - careful.low > 1.5 * (alone.high - alone.low)


def test_even_levels_lead_nowhere():
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        held, _ = told({"a": names(rng, 400, [0.2] * 5), "b": names(rng, 400, [0.1] * 10), "c": names(rng, 400, [0.25] * 4)})
        wrong += any(c.told("kind") != "even" for c, _ in held)
    assert wrong <= 6


def test_totals_of_heavy_tails_are_judged_rightly():
    rng = np.random.default_rng(9)
    kind = np.array(["l0", "l1", "l2", "l3"] * 100, dtype=object)
    planted = testing._ready(testing._searched({"kind": kind, "amount": rng.lognormal(0, 1, 400) * np.where(kind == "l1", 4, 1)}, ""))
    claim = next(c for c in Share().propose(planted) if not c.measure.counts)
    p = []
    for seed in range(300):
        amount = np.random.default_rng(seed).lognormal(0, 1.5, 400)
        rows = testing.Rows.of({"kind": kind, "amount": amount})
        p.append(Share().verify(claim, Verify(rows, planted.schema)).p)
    assert np.mean(np.array(p) <= 0.05) <= 0.08


def test_two_levels_never_lead_and_names_do_not_matter():
    rng = np.random.default_rng(8)
    held, _ = told({"flag": names(rng, 500, [0.9, 0.1])})
    assert not held
