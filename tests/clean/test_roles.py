"""Ids, groups, clocks and constants."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import clean, collect
from apercu.core.errors import WordsError
from apercu.engine.duckdb import DuckDB

N = 400


def role(values, name, **others):
    data, _ = collect.run({name: values, "x": np.random.default_rng(1).normal(size=len(values)), **others}, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    return data.schema.column(name).role


@pytest.mark.parametrize(
    "name, values, expected",
    [
        ("customerID", [f"c{i}" for i in range(N)], "id"),
        ("anything", [f"{i}-ab{i % 7}" for i in range(N)], "id"),
        ("row", list(range(1, N + 1)), "id"),
        ("whatever", list(range(N)), "id"),
        ("order_id", [i * 37 + 5 for i in range(N)], "id"),
        ("weight_g", [i * 37 + 5 for i in range(N)], "feature"),
        ("price", [i * 0.37 for i in range(N)], "feature"),
        ("year", [1900 + i for i in range(N)], "feature"),
        ("customer_id", [f"c{i % 100}" for i in range(N)], "group"),
        ("user_id", [i % 100 for i in range(N)], "group"),
        ("store_id", [i % 5 for i in range(N)], "feature"),
        ("paid", [f"v{i % 100}" for i in range(N)], "feature"),
        ("客户编号", [f"k{i % 90}" for i in range(N)], "group"),
        ("same", ["a"] * N, "constant"),
        ("day", list(np.datetime64("2024-01-01") + np.arange(N)), "time"),
        ("birth_date", list(np.datetime64("1950-01-01") + np.arange(N)), "feature"),
        ("month", list(np.datetime64("2024-01-01") + np.arange(N) % 3), "feature"),
    ],
)
def test_the_role_of_one_column(name, values, expected):
    assert role(values, name) == expected


def test_two_clocks_are_none():
    days = list(np.datetime64("2024-01-01") + np.arange(N))
    assert role(days, "opened", closed=days[::-1]) == "feature"


def test_one_group_only_and_persons_first():
    assert role([i % 100 for i in range(N)], "movie_id", user_id=[i % 80 for i in range(N)]) == "id"
    assert role([i % 80 for i in range(N)], "user_id", movie_id=[i % 100 for i in range(N)]) == "group"


def test_every_role_has_a_reason():
    data, _ = collect.run({"row": list(range(N)), "k": list("ab") * (N // 2)}, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    assert all(c.why for c in data.schema)


@pytest.mark.parametrize(
    ("name", "told", "says"),
    [
        ("g", "weight", "needs a column of numbers"),
        ("g", "value", "text"),
        ("x", "weight", "0 or more"),
        ("y", "weight", "is the target"),
        ("g", "target", "--target g"),
    ],
)
def test_a_role_that_the_values_cannot_play_is_refused(name, told, says):
    data, _ = collect.run({"g": ["a", "b"] * 50, "x": [float(i - 5) for i in range(100)], "y": [0, 1] * 50}, DuckDB(), collect.Options())
    with pytest.raises(WordsError, match=says):
        clean.run(data, "y", clean.Options(role=(f"{name}={told}",)))
