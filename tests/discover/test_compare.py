"""The right test for the rows at hand."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Schema
from apercu.core.split import Verify
from apercu.discover._compare import compare, measured_sql
from apercu.engine.duckdb import DuckDB

RATE, NUMBER = Goal("y", "binary", ("0", "1"), "1"), Goal("m", "numeric")


def judged(goal, x, inside, blocks=None):
    return compare(Verify(Rows.of({"i": x}), goal, Schema(()), blocks), x, inside, ~inside)


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


@pytest.mark.parametrize("levels", [("inf", "ok"), ("nan", "ok"), ("01", "1"), ("1_0", "10"), ("a'b;--", "c")])
def test_levels_that_look_like_numbers_are_counted_as_what_they_are(levels):
    engine = DuckDB()
    table = engine.adopt({"y": np.array([*levels, levels[0], None], dtype=object)})
    for level, share in zip(levels, (2 / 3, 1 / 3), strict=True):
        query = f"SELECT avg({measured_sql(Goal('y', 'binary', levels, level), level)}) FROM data"
        assert engine.ask(table, query)[0][0] == pytest.approx(share)


def test_a_flag_of_numbers_is_counted_however_it_is_stored():
    engine = DuckDB()
    for stored in (np.array([1.0, 0.0, 1.0]), np.array([1, 0, 1])):
        found = engine.ask(engine.adopt({"y": stored}), f"SELECT avg({measured_sql(RATE, '1')}) FROM data")
        assert found[0][0] == pytest.approx(2 / 3)
