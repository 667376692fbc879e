"""Columns that give the target away are left out; strong ones are not."""

from __future__ import annotations

import numpy as np

from apercu import clean, collect
from apercu.engine.duckdb import DuckDB

N = 4_000
GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=N)
Y = (X + GENERATOR.normal(size=N) > 1.2).astype(float)


def roles(columns, target="y", **options):
    data, _ = collect.run(columns, DuckDB(), collect.Options())
    data, notes = clean.run(data, target, clean.Options(**options))
    return {c.name: c.role for c in data.schema}, [n for n in notes if "leak" in n.say()]


def test_a_copy_under_other_words_and_its_missingness():
    closed = np.where(Y > 0, "2024", None)
    got, notes = roles(
        {
            "x": X,
            "y": Y,
            "copy": np.where(Y > 0, "gone", "here"),
            "score": Y * 10 + GENERATOR.normal(size=N) * 0.1,
            "closed": closed,
            "k": list("ab") * (N // 2),
        }
    )
    assert got == {
        "x": "feature",
        "y": "target",
        "copy": "leak",
        "score": "leak",
        "closed": "constant" if got["closed"] == "constant" else "leak",
        "k": "feature",
    }
    assert {n.column for n in notes} >= {"copy", "score"} and all("疑似泄漏" in n.say("zh") for n in notes)


def test_a_later_flag_that_never_meets_a_zero():
    later = np.where((Y > 0) | (GENERATOR.random(N) < 0.04), 1.0, 0.0)
    assert roles({"x": X, "y": Y, "later": later})[0]["later"] == "leak"


def test_parts_of_an_or():
    part = GENERATOR.integers(0, 3, N)
    flags = {f"part{k}": ((Y > 0) & (part == k)).astype(float) for k in range(3)}
    assert {roles({"x": X, "y": Y, **flags})[0][name] for name in flags} == {"leak"}
    assert roles({"x": X, "y": Y, "part0": flags["part0"]})[0]["part0"] == "feature"


def test_a_sum_and_a_nearly_equal_number():
    a, b = GENERATOR.integers(0, 300, N).astype(float), GENERATOR.integers(0, 90, N).astype(float)
    got, _ = roles({"a": a, "b": b, "c": X, "y": a + b})
    assert got == {"a": "leak", "b": "leak", "c": "feature", "y": "target"}
    assert roles({"a": a, "c": X, "y": a * 2 + X * 0.01})[0]["a"] == "leak"


def test_several_classes():
    kind = GENERATOR.choice(["p", "q", "r"], N)
    code = np.array([{"p": "1a", "q": "2a", "r": "3a"}[k] for k in kind])
    assert roles({"x": X, "code": code, "y": kind})[0]["code"] == "leak"


def test_the_user_may_take_it_back():
    assert roles({"x": X, "y": Y, "copy": 2 * Y + 1, "z": -X}, role=("copy=feature",))[0]["copy"] == "feature"
    assert roles({"x": X, "y": Y, "copy": 2 * Y + 1, "z": -X}, off=("leaks",))[0]["copy"] == "feature"


def test_strong_but_honest_features_stay():
    strong = Y * 3 + GENERATOR.normal(size=N)  # area under the curve .98
    names = [f"n{i % 1500}" for i in range(N)]
    got, notes = roles({"x": X, "y": Y, "strong": strong, "who": names})
    assert got["strong"] == "feature" and got["who"] == "feature" and notes == []
    assert roles({"x": X[:80], "y": Y[:80], "copy": Y[:80]})[0]["copy"] == "feature"  # too few rows to tell


def test_missing_or_not_tells_one_of_several_values():
    mood = GENERATOR.choice(["bad", "fair", "good"], N)
    why = np.where(mood == "bad", GENERATOR.choice(["late", "lost", "rude"], N), None)
    scarce = np.where((mood == "bad") & (GENERATOR.random(N) < 0.5), np.nan, X)
    got, notes = roles({"x": X, "mood": mood, "why": why, "scarce": scarce}, "mood")
    assert got == {"x": "feature", "mood": "target", "why": "leak", "scarce": "feature"}
    assert "missing" in notes[0].say() and "是否缺失" in notes[0].say("zh")
