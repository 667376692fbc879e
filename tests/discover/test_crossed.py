"""Categories that go together: the cell that says it best, each level once, and nothing of what one decides."""

from __future__ import annotations

import numpy as np

from apercu.discover._crossed import cells

from . import relations


def test_the_cell_that_says_it_best():
    rng = np.random.default_rng(0)
    one = relations.words(rng, 1500, "abcd")
    other = np.where((one == "b") & (rng.random(1500) < 0.6), "p", relations.words(rng, 1500, "pqrs")).astype(object)
    (cell,), looks = cells(relations.searched({"one": one, "other": other, "third": relations.words(rng, 1500, "xyz")}))
    assert {cell.one.value, cell.other.value} == {"b", "p"} and cell.gap > 0.3 and 0.2 < cell.v < 0.5
    assert looks == 4 * 4 + 2 * 4 * 3


def test_what_is_decided_is_a_rule_and_no_link():
    rng = np.random.default_rng(1)
    city = rng.integers(0, 12, 1500)
    columns = {"city": np.array([f"c{i}" for i in city], dtype=object), "region": np.array([f"r{i % 3}" for i in city], dtype=object)}
    assert cells(relations.searched(columns))[0] == []


def test_one_level_is_told_once():
    rng = np.random.default_rng(2)
    own = rng.random(900) < 0.2
    columns = {f"k{i}": np.where(own, "same", relations.words(rng, 900, "abcd")).astype(object) for i in range(4)}
    found, _ = cells(relations.searched(columns))
    assert len({(c.one.to_sql()) for c in found}) == len(found) <= 3


def test_noise_has_no_cells():
    rng = np.random.default_rng(3)
    assert cells(relations.searched({f"k{i}": relations.words(rng, 2000, "abcdefgh"[: 2 + i]) for i in range(7)}))[0] == []
