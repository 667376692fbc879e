"""Groups and values that stand out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu import testing
from apercu.core.split import Verify
from apercu.discover.outlier import Outlier
from apercu.engine.duckdb import DuckDB


def held(columns, half="verify", blocks=None):
    search = testing._ready(testing._searched(columns, ""))
    verify = Verify(search.rows, search.schema, blocks, half)
    made = [(c, Outlier().verify(c, verify)) for c in Outlier().propose(search)]
    return [(c, e) for c, e in made if e.p * c.looks <= 0.05], verify


def shops(seed, n=6_000, k=30, scatter=0.2, odd=0.0):
    rng = np.random.default_rng(seed)
    shop = rng.integers(0, k, n)
    mean = rng.normal(0, scatter, k)
    mean[4] += odd
    return {"shop": np.array([f"s{i:02d}" for i in shop], dtype=object), "wait": 10 + mean[shop] + rng.normal(size=n)}


def asked(claim, verify):
    engine = DuckDB()
    data = engine.adopt({**{n: verify.rows[n] for n in verify.rows}, "_half": np.full(verify.rows.n, verify.half, dtype=object)})
    return [float(v) for v in engine.ask(data, Outlier().sql(claim, verify.half))[0][:4]]


def test_a_planted_group_is_found_every_time():
    found = 0
    for seed in range(12):
        made, _ = held(shops(seed, odd=1.5))
        found += any(c.where.say() == "shop is “s04”" and c.direction == "high" for c, _ in made)
    assert found == 12


def test_siblings_that_scatter_have_no_outlier():
    told = sum(bool([c for c, _ in held(shops(seed, scatter=0.6, k=15), half="all")[0] if c.told("kind") == "group"]) for seed in range(60))
    assert told <= 6


def test_a_low_group_is_low():
    ((claim, evidence),) = held(shops(3, odd=-2.0))[0]
    assert claim.direction == "low" and evidence.effect < 0 and evidence.p < 1e-5
    assert "beyond the scatter of the other 29 values of shop" in Outlier().say(claim, evidence, "en")


def test_a_few_values_hold_much_of_the_total():
    rng = np.random.default_rng(1)
    amount = rng.lognormal(5, 0.5, 3_000)
    amount[:9] *= 200
    made, verify = held({"amount": amount, "kind": rng.choice(["a", "b"], 3_000).astype(object)})
    ((claim, evidence),) = made
    assert claim.where.columns() == ("amount",) and claim.where.terms[0].op == ">" and claim.told("scale") == "log"
    assert evidence.extra["rows"] == 9 and evidence.extra["held"] > 0.2 and evidence.reach > 0.2
    assert asked(claim, verify) == pytest.approx([evidence.effect, evidence.value, evidence.base, 3_000])
    assert "in 9 rows" in Outlier().say(claim, evidence, "en") and "占 amount 总量" in Outlier().say(claim, evidence, "zh")
    assert json.dumps(Outlier().chart(claim, evidence, verify), allow_nan=False)


def test_values_far_below_the_rest():
    rng = np.random.default_rng(2)
    heat = rng.normal(20, 1, 2_000)
    heat[:6] = -40
    ((claim, evidence),) = held({"heat": heat})[0]
    assert (
        claim.direction == "low"
        and claim.where.terms[0].op == "<"
        and "the smallest being −40" in Outlier().say(claim, evidence, "en").replace("-", "−")
    )


@pytest.mark.parametrize("draw", ["normal", "lognormal", "random", "exponential"])
def test_usual_numbers_have_no_extremes(draw):
    told = sum(bool(held({"x": getattr(np.random.default_rng(seed), draw)(size=1_500)})[0]) for seed in range(40))
    assert told <= 4


def test_extremes_of_one_block_are_one():
    rng = np.random.default_rng(4)
    heat = rng.normal(20, 1, 2_000)
    heat[:6] = 90
    made, verify = held({"heat": heat})
    claim, alone = made[0]
    together = Outlier().verify(claim, Verify(verify.rows, verify.schema, np.arange(2_000) // 10))
    assert together.p > 1e6 * alone.p and together.low < alone.low
