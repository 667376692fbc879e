"""Columns as numbers for distances, and rules for groups."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.codes import Codes
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Search
from apercu.discover._encoded import encode, encoding, grain, parts, random_order, rule


def encoded(columns):
    """(what is kept, the numbers) of columns of numbers and text."""
    rows = Rows.of(columns)
    kinds = {"number": "number", "text": "category", "time": "time"}
    schema = Schema(tuple(Column(name, kinds[rows.storage(name)], storage=rows.storage(name)) for name in rows))
    kept = encoding(Search(rows, schema), rows)
    return kept, encode(rows, kept)


def test_numbers_are_standardised_and_skewed_ones_logged():
    rng = np.random.default_rng(0)
    kept, x = encoded({"plain": rng.normal(50, 7, 4000), "skewed": rng.lognormal(3, 1, 4000)})
    assert [c.how for c in kept] == ["number", "log"]
    assert x.mean(axis=0) == pytest.approx([0, 0], abs=0.02) and x.std(axis=0) == pytest.approx([1, 1], abs=0.03)
    assert np.abs(x).max() <= 3.0


def test_each_level_weighs_as_a_number_does_and_what_is_missing_lies_in_the_middle():
    rng = np.random.default_rng(1)
    k = rng.choice(["a", "b", "c", None], 3000, p=[0.5, 0.2, 0.1, 0.2])
    kept, x = encoded({"k": k.astype(object), "x": np.where(rng.random(3000) < 0.1, np.nan, rng.normal(size=3000))})
    assert parts(kept) == [slice(0, 3), slice(3, 4)]
    assert (x[k == None, :3] == 0).all() and np.isfinite(x).all()  # noqa: E711


def test_names_times_constants_and_twins_are_left_out():
    rng = np.random.default_rng(2)
    x = rng.normal(size=500)
    many = np.array([f"n{i}" for i in range(500)], dtype=object)
    times = np.datetime64("2024-01-01", "us") + np.arange(500).astype("timedelta64[D]")
    kept, _ = encoded({"x": x, "y": 3 * x + 1, "many": many, "same": np.ones(500), "when": times, "empty": np.full(500, np.nan)})
    assert [c.name for c in kept] == ["x"]
    assert encode(Rows.of({"x": x}), ()).shape == (500, 0)


def test_unseen_levels_and_rows_are_encoded_as_the_searched_ones_were():
    kept, _ = encoded({"k": np.array(["a", "b"] * 20, dtype=object), "x": np.arange(40.0)})
    fresh = encode(Rows.of({"k": ["new", "a", None], "x": [0.0, 1e9, np.nan]}), kept)
    assert fresh.shape == (3, 3) and (fresh[0, :2] == 0).all() and fresh[1, 2] == 3.0 and fresh[2, 2] == 0.0


def test_the_order_depends_on_what_rows_hold():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 4))
    turned = rng.permutation(200)
    assert np.allclose(x[random_order(x)], x[turned][random_order(x[turned])])
    assert abs(np.corrcoef(x[random_order(x)][:, 0], np.arange(200))[0, 1]) < 0.3


def test_coarse_columns_have_a_grain():
    x = np.column_stack([np.repeat([0.0, 2.0, 4.0], 20), np.linspace(0, 1, 60), np.zeros(60)])
    assert grain(x).tolist() == [2.0, 0.0, 0.0]


def test_a_group_is_described_by_as_few_conditions_as_it_needs():
    rng = np.random.default_rng(4)
    n = 3000
    columns = {"a": rng.uniform(0, 100, n), "b": rng.uniform(0, 100, n), "k": rng.choice(["p", "q", "r"], n).astype(object)}
    codes, every = Codes.of(Rows.of(columns), tuple(columns), bins=10, least=30), np.ones(3, dtype=bool)
    one = rule(codes, every, columns["a"] > 70)
    two = rule(codes, every, (columns["a"] > 70) & (columns["k"] == "p"))
    assert one is not None and one.columns() == ("a",)
    assert two is not None and set(two.columns()) == {"a", "k"}
    assert rule(codes, every, rng.random(n) < 0.3) is None
    assert rule(codes, np.zeros(3, dtype=bool), columns["a"] > 70) is None
    assert rule(codes, every, np.zeros(n, dtype=bool)) is None
