"""The wall: no row on both sides, no order of rows or columns that moves it, copies and blocks never torn apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from apercu.core.dataset import Dataset
from apercu.core.errors import EmptyTable
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.core.split import SMALL, Search, Split, Verify, _shuffled
from apercu.engine.duckdb import DuckDB

GOAL = Goal("y", "binary", ("no", "yes"), "yes")


def columns(n: int = 3_000, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.1, "yes", "no").astype(object)
    y[rng.random(n) < 0.02] = None
    times = np.datetime64("2020-01-01", "us") + np.sort(rng.integers(0, 500, n)).astype("timedelta64[D]")
    who = np.array([f"p{i}" for i in rng.integers(0, 300, n)], dtype=object)
    return {"x": rng.normal(size=n), "c": rng.choice(["a", "b"], n).astype(object), "who": who, "when": times, "y": y}


def split_of(table: dict[str, np.ndarray], goal: Goal = GOAL, seed: int = 0, **fields) -> Split:
    engine = DuckDB()
    kinds = {"f": ("number", "number"), "O": ("category", "text"), "M": ("time", "time")}
    schema = Schema(tuple(Column(name, kinds[c.dtype.kind][0], storage=kinds[c.dtype.kind][1]) for name, c in table.items()))
    return Split.make(Dataset(schema, engine, engine.adopt(table), "t", len(table["y"])), goal, seed, **fields)


def sides(split: Split) -> dict[int, tuple[int, int]]:
    """{row of the source: (half, fold)}."""
    return dict(zip(split.rows["_row"].astype(int).tolist(), zip(split.half.tolist(), split.folds.tolist(), strict=True), strict=True))


def test_halves_are_disjoint_and_hold_every_row_with_a_target():
    split = split_of(columns())
    search, verify = split.search, split.verify
    here, there = set(search.rows["_row"]), set(verify.rows["_row"])
    assert not here & there
    assert len(here | there) == sum(v is not None for v in columns()["y"])
    assert 0.45 < len(here) / 3_000 < 0.55
    assert (split.how, verify.half) == ("hash", "verify")
    assert isinstance(search, Search)
    assert isinstance(verify, Verify)
    assert not isinstance(search, Verify)


def test_the_order_of_rows_changes_nothing():
    table, order = columns(), np.random.default_rng(1).permutation(3_000)
    before, after = sides(split_of(table)), sides(split_of({name: c[order] for name, c in table.items()}))
    assert {i: before[old + 1] for i, old in enumerate(order.tolist(), 1)} == after


def test_the_order_of_columns_changes_nothing():
    table = columns()
    assert sides(split_of(table)) == sides(split_of(dict(reversed(table.items()))))


def test_the_same_seed_gives_the_same_wall_and_another_seed_another():
    table = columns()
    assert sides(split_of(table, seed=5)) == sides(split_of(table, seed=5))
    moved = [a[0] != b[0] for a, b in zip(sides(split_of(table, seed=5)).values(), sides(split_of(table, seed=6)).values(), strict=True)]
    assert 0.4 < np.mean(moved) < 0.6


def test_stray_copies_stay_on_one_side_and_in_one_fold():
    table = columns()
    table = {name: np.concatenate([c, c[:60], c[:60]]) for name, c in table.items()}
    told = sides(split_of(table))
    for i in range(60):
        assert told[i + 1] == told[i + 3_001] == told[i + 3_061]


@pytest.mark.parametrize("goal", [Goal("y", "binary", ("no", "yes"), "yes", group="who"), Goal("y", "binary", ("no", "yes"), "yes", group="number")])
def test_entities_stay_whole(goal):
    table = columns()
    table["number"] = np.array([float(name[1:]) for name in table["who"]])
    split = split_of(table, goal)
    assert split.how == "entity"
    for name in np.unique(split.rows[goal.group]):
        where = split.rows[goal.group] == name
        assert len(set(split.half[where])) == len(set(split.folds[where])) == len(set(split.blocks[where])) == 1
    assert abs(len(np.unique(split.rows["who"][split.half == 1])) - 150) <= 1
    assert np.array_equal(split.search.blocks, split.blocks[(split.half == 1) & ~np.isnan(GOAL.coded(split.rows))])


def test_blocks_of_time_stay_whole_and_alternate():
    split = split_of(columns(), Goal("y", "binary", ("no", "yes"), "yes", time="when"))
    assert split.how == "time"
    assert len(np.unique(split.blocks)) > 50
    when = split.rows["when"]
    ends = [(when[split.blocks == b].min(), when[split.blocks == b].max()) for b in np.unique(split.blocks)]
    assert all(a[1] < b[0] for a, b in pairwise(ends))
    for block in np.unique(split.blocks):
        where = split.blocks == block
        assert len(set(split.half[where])) == len(set(split.folds[where])) == 1
    assert 0.3 < np.mean(split.half == 1) < 0.7


@pytest.mark.parametrize("name", ["who", "when"])
def test_few_blocks_still_make_two_halves(name):
    table = columns()
    table["who"] = np.array(["p", "q", "r"], dtype=object)[np.arange(3_000) % 3]
    table["when"] = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[us]")[np.arange(3_000) % 3]
    goal = Goal("y", "binary", ("no", "yes"), "yes", **{"group" if name == "who" else "time": name})
    for seed in range(8):
        split = split_of(table, goal, seed)
        assert set(split.half) == {1, 2}


def test_a_group_or_clock_that_never_changes_tells_nothing_apart():
    table = columns()
    table["who"][:] = "p"
    table["when"][:] = np.datetime64("2020-01-01")
    for fields in ({"group": "who"}, {"time": "when"}):
        assert split_of(table, Goal("y", "binary", ("no", "yes"), "yes", **fields)).how == "hash"


def test_folds_are_stratified_and_independent_of_the_halves():
    split = split_of(columns(6_000))
    y = GOAL.measured(split.rows)
    assert sorted(set(split.folds)) == [0, 1, 2, 3, 4]
    rates = [np.nanmean(y[split.folds == f]) for f in range(5)]
    assert max(rates) - min(rates) < 0.005
    assert max(np.bincount(split.folds)) - min(np.bincount(split.folds)) <= 3
    for fold in range(5):
        assert 0.4 < np.mean(split.half[split.folds == fold] == 1) < 0.6


def test_small_tables_are_judged_by_permutations():
    split = split_of(columns(SMALL - 200))
    assert split.how == "permutation"
    assert set(split.half) == {3}
    assert split.verify.half == "all"
    assert split.search.rows.n == split.verify.rows.n == sum(v is not None for v in columns(SMALL - 200)["y"])
    assert len(set(split.folds)) == 8
    assert split_of(columns(SMALL - 200), small=100).how == "hash"


def test_too_few_rows_are_refused():
    with pytest.raises(EmptyTable, match="at least 20 rows with a value in 'y' are needed"):
        split_of(columns(15))


def test_no_rows_that_repeat_by_nature_pile_up_on_one_side():
    rng = np.random.default_rng(0)
    table = {"a": rng.choice(["x", "y"], 4_000).astype(object), "y": rng.choice(["no", "yes"], 4_000).astype(object)}
    split = split_of(table)
    for a in ("x", "y"):
        assert 0.45 < np.mean(split.half[split.rows["a"] == a] == 1) < 0.55


def test_permuted_targets_keep_everything_else():
    search = split_of(columns()).search
    shuffled = search.permuted(np.random.default_rng(0))
    assert np.array_equal(shuffled.rows["x"], search.rows["x"])
    (measure,) = search.measures
    assert not np.array_equal(shuffled.values(measure), search.values(measure))
    assert np.array_equal(np.sort(shuffled.values(measure)), np.sort(search.values(measure)))


def test_a_block_of_rows_is_dealt_one_block_whatever_their_sizes():
    rng = np.random.default_rng(0)
    blocks = rng.permutation(np.repeat(np.arange(30), rng.integers(1, 20, 30)))
    dealt = blocks[_shuffled(len(blocks), blocks, rng)]
    donors = [set(dealt[blocks == b].tolist()) for b in range(30)]
    assert all(len(donor) == 1 for donor in donors) and len(set.union(*donors)) == 30
