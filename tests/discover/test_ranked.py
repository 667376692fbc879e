"""Numbers side by side: which may be paired, their correlations with gaps, and the SQL of ranks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from apercu.discover._ranked import correlations, moments, numbers, rank_query, rank_table
from apercu.engine.duckdb import DuckDB

from . import relations


def table(n=400):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    y = np.where(rng.random(n) < 0.2, np.nan, np.round(x + rng.normal(size=n), 1))
    return {"x": x, "y": y, "flag": (x > 0).astype(float), "void": np.full(n, np.nan), "k": relations.words(rng, n, "ab")}


def test_numbers_that_may_be_paired():
    found = numbers(relations.searched(table(), target="x"))
    assert [m.name for m in found.measures] == ["x", "y"] and found.target == 0 and found.apart(0, 1)
    assert found.z[np.isnan(found.x)].tolist() == [0.0] * int(np.isnan(found.x).sum())


def test_correlations_over_the_rows_that_have_both():
    columns = table()
    r, n = rank_table(numbers(relations.searched(columns)))
    known = ~np.isnan(columns["y"])
    assert n[0, 1] == known.sum() and r[0, 1] == pytest.approx(stats.spearmanr(columns["x"][known], columns["y"][known]).statistic, abs=0.01)
    z, w = np.random.default_rng(1).normal(size=(300, 3)), np.ones((300, 3))
    whole, part = moments(z, w), moments(z[:100], w[:100])
    assert np.allclose(correlations(whole - part)[0], np.corrcoef(z[100:].T))
    assert correlations(moments(np.zeros((0, 2)), np.zeros((0, 2))))[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_sql_gives_rank_correlations():
    columns = {**table(), "_half": np.full(400, "verify", dtype=object)}
    known, hit = ~np.isnan(columns["y"]), columns["k"] == "a"
    inside, outside = (stats.spearmanr(columns["x"][known & side], columns["y"][known & side]).statistic for side in (hit, ~hit))
    engine = DuckDB()
    data = engine.adopt(columns)
    effect, value, base, n, rest = engine.ask(data, rank_query('"x"', '"y"', "verify", "\"k\" = 'a'"))[0]
    assert (value, base, effect) == pytest.approx((inside, outside, inside - outside))
    assert (n, rest) == ((known & hit).sum(), (known & ~hit).sum())
    assert engine.ask(data, rank_query('"x"', "1.0", "all"))[0][:3] == (0.0, 0.0, 0.0), "what does not vary has no correlation"
