"""Rows that are one thing written twice are found; look-alikes that chance or the kind of column explains are not."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.audit.entities import doubles, find

FIRST = ("Johannes", "Margaret", "Katherine", "Fernando", "Elisabeth", "Theodore", "Valentina", "Christopher", "Rosalind", "Alexander")
LAST = ("Lindqvist", "Abernathy", "Castellano", "Nakamura", "Oyelaran", "Petrovich", "Vandermeer", "Whitfield", "Zimmermann", "Rodrigues")


def people(n, planted, seed=0):
    """(columns, the planted pairs of positions): people, some of them written twice with a letter changed."""
    generator = np.random.default_rng(seed)
    middle = ["".join(generator.choice(list("abcdefghijklmnop"), 7)).title() for _ in range(n)]
    name = np.array([f"{generator.choice(FIRST)} {m} {generator.choice(LAST)}" for m in middle], dtype=object)
    columns = {"name": name, "city": generator.choice([f"Town {c}" for c in "abcdefgh"], n).astype(object), "born": generator.integers(1940, 2005, n)}
    columns["plan"] = generator.choice(["gold", "silver"], n).astype(object)
    pairs = set()
    for k in range(planted):
        a, b = k, n - 1 - k
        for values in columns.values():
            values[b] = values[a]
        columns["name"][b] = name[a][:4] + "x" + name[a][5:]
        pairs.add((a, b))
    columns["born"] = columns["born"].astype(float)
    return columns, pairs


def test_doubles_are_found_with_what_differs():
    columns, pairs = people(3_000, 12)
    found = doubles(columns)
    assert {(d.first, d.second) for d in found} == pairs
    assert {d.columns for d in found} == {("name",)}


def test_where_chance_gives_many_of_the_pairs_nothing_is_told():
    columns, _ = people(3_000, 6)
    columns["name"] = np.array([name.split()[0] + " " + name.split()[1][:2] for name in columns["name"]], dtype=object)
    assert doubles(columns) == []


@pytest.mark.parametrize("seed", range(5))
def test_people_who_are_not_double_are_silent(seed):
    assert doubles(people(2_000, 0, seed)[0]) == []


def test_levels_that_are_near_by_nature_are_silent():
    generator = np.random.default_rng(0)
    kinds = [f"Type {c}" for c in "ABCDEFG"]
    columns = {name: generator.choice(kinds, 1_000).astype(object) for name in ("a", "b")}
    assert doubles({**columns, "size": generator.integers(0, 400, 1_000).astype(float)}) == []


def test_a_fault_names_the_pairs_and_its_mend_leaves_the_later_rows_out(make_split):
    columns, pairs = people(1_500, 8)
    split = make_split({**columns, "y": np.where(np.arange(1_500) % 2, "a", "b").astype(object)}, "y")
    assert find(split) == []  # the target differs
    y = np.array(["a", "b"], dtype=object)[(columns["born"] > 1970).astype(int)]
    (fault,) = find(make_split({**columns, "y": y}, "y"))
    assert fault.evidence["pairs"] == 8 and set(fault.change.rows) == {b + 1 for _, b in pairs}
    assert "rows 1 and 1,500" in fault.say("en") and "第 1 行与第 1,500 行" in fault.say("zh")


def test_odd_tables():
    assert doubles({}) == [] and doubles({"a": np.array(["x"], dtype=object)}) == []
    empty = np.full(200, None, dtype=object)
    assert doubles({"a": empty, "b": empty, "c": np.full(200, np.nan)}) == []
    same = np.full(200, "all the same", dtype=object)
    assert doubles({"a": same, "b": same, "c": np.zeros(200)}) == []


def test_one_pair_is_told_in_the_singular(make_split):
    columns, _ = people(100, 1)
    y = np.array(["a", "b"], dtype=object)[(columns["born"] > 1970).astype(int)]
    (fault,) = find(make_split({**columns, "y": y}, "y"))
    assert fault.say().startswith("1 pair of rows seems") and "less than 1" in fault.say() and "不到 1 对" in fault.say("zh")
