"""The search for repeats: what may repeat, what the repeated rows agree in, and where they are dense."""

from __future__ import annotations

import numpy as np

from apercu.discover._repeating import again, labels, repeats

from . import relations


def table(seed=0, n=600):
    rng = np.random.default_rng(seed)
    who = np.array([f"p{i:02d}" for i in rng.integers(0, 40, n)], dtype=object)
    columns = {"who": who, "what": relations.words(rng, n, "abc"), "mood": relations.words(rng, n, "xy"), "sum": np.round(rng.lognormal(5, 1, n), 2)}
    some = rng.permutation(n)[:80]
    columns["what"][some], columns["sum"][some] = "b", 500.0 + np.unique(who, return_inverse=True)[1][some]
    return columns


def test_what_repeats_and_what_comes_along():
    (found,), looks = repeats(relations.searched(table()), 3)
    assert found.group == ("who", "what") and found.number == "sum" and found.z > 10
    assert looks >= 2 and {term.expression.columns()[0] for term, _ in found.dense} == {"who", "what"}
    assert {term.expression.columns()[0]: term.value for term, _ in found.dense}["what"] == "b"


def test_rows_that_meet_themselves_again():
    rows = relations.searched({"a": np.array(["x", "x", "y", None], dtype=object), "n": np.array([1.0, 1.0, 1.0, 1.0])}).rows
    known, by, of = labels(rows, ("a",), "n")
    assert known.tolist() == [0, 1, 2] and again(by, of).tolist() == [1.0, 1.0, 0.0]


def test_a_table_of_noise():
    columns = table()
    columns["sum"] = np.random.default_rng(1).normal(size=600)
    assert repeats(relations.searched(columns), 3)[0] == []
