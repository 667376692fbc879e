"""The right test for the rows at hand."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.core.schema import Schema
from apercu.core.split import Verify
from apercu.discover._compare import compare, compared, method_of, query, reach, seen
from apercu.engine.duckdb import DuckDB

RATE, NUMBER = Measure("m", Column("m"), "1"), Measure("m", Column("m"))


def judged(measure, x, inside, blocks=None):
    return compare(Verify(Rows.of({"m": x}), Schema(()), blocks), measure, inside, ~inside)


def test_counts_are_judged_exactly():
    x = np.array([1.0] * 6 + [0.0] * 94)
    assert judged(RATE, x, np.arange(100) < 6).method == "Fisher exact"


def test_heavy_tails_and_few_rows_are_judged_by_permutation_and_many_light_rows_by_welch():
    rng = np.random.default_rng(0)
    inside = np.arange(2000) < 500
    assert judged(NUMBER, rng.normal(size=2000), inside).method == "Welch t"
    assert judged(NUMBER, rng.lognormal(0, 2, 2000), inside).method == "permutation t"
    assert judged(NUMBER, rng.normal(size=2000), np.arange(2000) < 50).method == "permutation t"


def test_blocks_can_only_weaken_a_proof():
    rng = np.random.default_rng(1)
    blocks = np.repeat(np.arange(40), 50)
    x = rng.normal(size=40)[blocks] + rng.normal(size=2000)
    inside = blocks < 15
    alone, together = judged(NUMBER, x, inside), judged(NUMBER, x, inside, blocks)
    assert together.p >= alone.p and together.low <= alone.low and together.high >= alone.high
    assert "cluster" in together.method


def test_too_few_rows_say_nothing():
    assert judged(NUMBER, np.arange(20.0), np.arange(20) < 3).p == 1.0


def test_rows_without_the_measure_do_not_count():
    x = np.array([1.0, 2.0, np.nan] * 20)
    inside = np.arange(60) < 30
    verify = Verify(Rows.of({"m": x}), Schema(()))
    known = ~np.isnan(x)
    assert compare(verify, NUMBER, inside, ~inside).gap == pytest.approx(x[inside & known].mean() - x[~inside & known].mean())
    assert compared(x, inside, ~inside, verify).gap == compare(verify, NUMBER, inside, ~inside).gap


def test_the_proof_says_how_the_search_was_paid_for():
    unseen, every = Verify(Rows.of({"m": [1.0]}), Schema(())), Verify(Rows.of({"m": [1.0]}), Schema(()), half="all")
    assert method_of("Welch t", unseen, 9) == "Welch t"
    assert method_of("Welch t", every, 1234) == "Welch t, 1,234 hypotheses counted"
    assert "permutation" in method_of("Welch t", every)


def test_reach_is_a_correlation():
    x = np.concatenate([np.ones(500), np.zeros(500)])
    assert reach(1.0, x, 500, 500) == pytest.approx(1.0)
    assert reach(1.0, x, 0, 0) == reach(1.0, np.ones(3), 1, 2) == 0.0


def test_the_query_counts_what_the_comparison_does():
    engine = DuckDB()
    columns = {
        "k": np.array(["a", "b", None, "a"], dtype=object),
        "m": np.array([3.0, 1.0, 2.0, np.nan]),
        "_half": np.full(4, "verify", dtype=object),
    }
    asked = engine.ask(engine.adopt(columns), query(Claim("segment", Condition((Term("k", "is", "a"),)), NUMBER, "high", 1.0), "verify"))
    assert asked == [(1.5, 3.0, 1.5, 1, 2)]
    assert seen("all") == "TRUE"
