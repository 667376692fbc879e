"""Profiles find planted groups, say what sets them apart and what follows; rows without groups get none."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.advise.profiles import profiled
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB


def world(apart: float, goal: bool = True, seed: int = 0) -> Split:
    """Two kinds of customer that differ in three numbers by `apart` standard deviations; one kind leaves twice as often."""
    rng = np.random.default_rng(seed)
    n = 3_000
    kind = rng.random(n) < 0.4
    columns = {name: rng.normal(size=n) + apart * kind for name in ("fee", "calls", "years")}
    columns["left"] = np.where(rng.random(n) < np.where(kind, 0.4, 0.2), "yes", "no").astype(object)
    engine = DuckDB()
    schema = Schema(tuple(Column(c, "category" if c == "left" else "number", storage="text" if c == "left" else "number") for c in columns))
    data = Dataset(schema.changed("left", role="target"), engine, engine.adopt(columns), "w", n)
    return Split.make(data, Goal("left", "binary", ("no", "yes"), "yes") if goal else None)


def test_planted_groups_are_found_with_what_follows():
    found = profiled(world(4.0))
    assert [round(p.share, 1) for p in found] == [0.6, 0.4] and sum(len(p.rows) for p in found) == 3_000
    small = found[1]
    assert {name for name, _ in small.apart} == {"fee", "calls", "years"} and all(x > 1 for _, x in small.apart)
    assert small.low > 0 > found[0].high and small.rate > 0.35
    assert "address this group first" in small.say() and "leave it for last" in found[0].say() and "优先面向该组" in small.say("zh")


def test_one_cloud_has_no_groups():
    assert profiled(world(0.0)) == []


def test_groups_that_differ_in_other_columns_are_parted_too():
    rng = np.random.default_rng(1)
    n = 3_000
    kind = rng.integers(0, 3, n)
    far = np.array([[5.0, 5.0, 0.0, 0.0], [-5.0, -5.0, 3.0, 3.0], [-5.0, -5.0, -3.0, -3.0]])[kind]
    columns = {f"x{j}": far[:, j] + rng.normal(size=n) for j in range(4)}
    columns["note"] = rng.choice([f"n{i}" for i in range(12)], n).astype(object)  # many levels weigh no more than a number
    schema = Schema(tuple(Column(c, "category" if c == "note" else "number", storage="text" if c == "note" else "number") for c in columns))
    engine = DuckDB()
    found = profiled(Split.make(Dataset(schema, engine, engine.adopt(columns), "w", n), None))
    assert len(found) == 3
    for group in found:
        assert np.bincount(kind[np.array(group.rows) - 1]).max() > 0.98 * len(group.rows)


@pytest.mark.parametrize("n", [20, 25])
def test_few_rows_or_columns_that_do_not_vary_have_no_groups(n):
    engine = DuckDB()
    schema = Schema((Column("x", "number", storage="number"), Column("same", "number", storage="number")))
    columns = {"x": np.arange(float(n)), "same": np.ones(n)}
    assert profiled(Split.make(Dataset(schema, engine, engine.adopt(columns), "w", n), None)) == []


def test_without_a_target_groups_are_only_told():
    for split in (world(4.0, goal=False),):
        found = profiled(split)
        assert (
            len(found) == 2
            and found[0].outcome == ""
            and "drawn by lot" in found[0].say()
            and "随机抽取" in found[0].say("zh")
            and "特征为" in found[0].say("zh")
        )
