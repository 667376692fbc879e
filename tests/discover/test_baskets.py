"""Baskets in each of the shapes in which tables write them, and tables that hold none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from apercu import clean, collect
from apercu.core.split import Split
from apercu.discover._baskets import found, rebuilt
from apercu.engine.duckdb import DuckDB

GOODS = ("beer", "bread", "butter", "cheese", "eggs", "milk", "pasta", "rice", "soap", "tea")


def searched(frame):
    data, _ = collect.run(pd.DataFrame(frame), DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    return Split.make(data, None)


def purchases(n=600, seed=0):
    rng = np.random.default_rng(seed)
    return [sorted(rng.choice(GOODS, rng.integers(1, 6), replace=False)) for _ in range(n)]


def as_flags(bought):
    return {good: ["yes" if good in own else "no" for own in bought] for good in GOODS}


def as_columns(bought):
    return {f"c{j}": [own[j] if j < len(own) else None for own in bought] for j in range(5)}


def as_lists(bought):
    return {"goods": ["; ".join(own) for own in bought], "shop": ["north" if len(own) % 2 else "south" for own in bought]}


def as_rows(bought):
    return pd.DataFrame(
        [(f"o{i}", good, 1.5 * j) for i, own in enumerate(bought) for j, good in enumerate(own)], columns=["order_id", "goods", "price"]
    )


@pytest.mark.parametrize(
    ("write", "kind"), [(as_flags, "flags"), (as_columns, "columns"), (as_lists, "list"), (as_rows, "long")], ids=["flags", "columns", "list", "long"]
)
def test_every_shape_gives_the_same_baskets(write, kind):
    bought = purchases()
    split = searched(write(bought))
    (baskets,) = found(split.search)
    assert baskets.shape.kind == kind and set(baskets.names) == set(GOODS)
    counts = {good: int(baskets.holds(good).sum()) for good in GOODS}
    assert counts == {good: sum(good in own for own in bought) for good in GOODS}
    assert sorted(baskets.sizes.tolist()) == sorted(map(len, bought))
    again = rebuilt(split.search.rows, baskets.shape)
    assert np.array_equal(again.indices, baskets.indices)
    assert baskets.first(10).holds("milk").tolist() == baskets.holds("milk")[:10].tolist()
    if kind != "long":
        milk = baskets.shape.term("milk").holds(split.search.rows)
        assert np.array_equal(milk[baskets.rows], baskets.holds("milk"))
        assert np.array_equal(np.nan_to_num(baskets.shape.measure("milk").values(split.search.rows))[baskets.rows], milk[baskets.rows])


def test_plain_tables_hold_no_baskets():
    rng = np.random.default_rng(1)
    n = 600
    alike = {f"k{i}": rng.choice(list("abcdefgh"), n) for i in range(6)}
    assert not found(searched({**alike, "x": rng.normal(size=n)}).search)
    prose = {"note": [f"I came, I saw, item {rng.integers(1e6)}, and left" for _ in range(n)], "x": rng.normal(size=n)}
    assert not found(searched(prose).search)


def test_a_category_written_as_flags_is_no_basket():
    rng = np.random.default_rng(2)
    which = rng.integers(0, 9, 600)
    assert not found(searched({f"is_{k}": np.where(which == k, 1, 0) for k in range(9)}).search)


def test_answers_that_most_give_are_no_goods():
    rng = np.random.default_rng(3)
    assert not found(searched({f"q{k}": rng.choice(["yes", "no"], 600, p=[0.8, 0.2]) for k in range(10)}).search)


def test_no_rows():
    split = searched(as_flags(purchases()))
    (baskets,) = found(split.search)
    assert rebuilt(split.search.rows.take(np.zeros(0, dtype=int)), baskets.shape).holds("milk").shape == (0,)
