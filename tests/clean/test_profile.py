"""The profile's numbers are NumPy's."""

from __future__ import annotations

import json

import numpy as np

from apercu import clean, collect
from apercu.clean.profile import profile, profiles, ranks
from apercu.engine.duckdb import DuckDB

GENERATOR = np.random.default_rng(2)
X = np.where(GENERATOR.random(500) < 0.1, np.nan, GENERATOR.normal(size=500).round(2))


def data():
    made, _ = collect.run({"x": X, "z": -X, "k": list("aab") * 166 + ["b", "b"], "t": ["one two three"] * 500}, DuckDB(), collect.Options())
    return clean.run(made, None, clean.Options(off=("duplicates",)))[0]


def test_numbers():
    p = profiles(data())["x"]
    present = X[~np.isnan(X)]
    assert (p.rows, p.missing, p.distinct) == (500, 500 - len(present), len(np.unique(present)))
    assert np.allclose([p.low, p.high, p.mean, p.std], [present.min(), present.max(), present.mean(), present.std(ddof=1)])
    assert p.quantiles == tuple(np.quantile(present, [0.05, 0.25, 0.5, 0.75, 0.95], method="inverted_cdf"))
    assert profiles(data())["k"].top == (("a", 332), ("b", 168)) and profiles(data())["t"].words == 3


def test_both_ways_of_measuring_agree(monkeypatch):
    from apercu.clean import profile as module

    one = profiles(data())
    monkeypatch.setattr(module, "WIDE", 1)
    two = profiles(data())
    for name, p in one.items():
        for field in p.__dataclass_fields__:
            a, b = getattr(p, field), getattr(two[name], field)
            assert np.allclose(a, b) if isinstance(a, float) and isinstance(b, float) else a == b, (name, field)


def test_it_is_plain_json_and_knows_correlations():
    made = json.loads(json.dumps(profile(data()), allow_nan=False))
    assert made["correlations"] == [["z", "x", -1.0]] and made["columns"]["t"]["role"] == "constant" and made["rows"] == 500


def test_ranks():
    assert ranks(np.array([3.0, 1.0, np.nan, 3.0])).tolist()[:2] == [2.5, 1.0] and np.isnan(ranks(np.array([np.nan]))[0])
