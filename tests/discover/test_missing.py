"""Missing values: under which condition, together with what, and nothing where they are missing anyhow."""

from __future__ import annotations

import json

import numpy as np

from apercu.discover.missing import Missing

from . import relations


def holes(column, where):
    return np.where(where, None, column) if column.dtype == object else np.where(where, np.nan, column)


def test_the_level_under_which_more_is_missing():
    rng = np.random.default_rng(0)
    k, x = relations.words(rng, 900, "abc"), rng.normal(size=900)
    columns = {"k": k, "x": holes(x, rng.random(900) < np.where(k == "b", 0.4, 0.03)), "z": rng.normal(size=900)}
    search = relations.searched(columns)
    ((claim, evidence),) = relations.held(Missing(), search)
    assert claim.where.say() == "k is “b”" and claim.direction == "high" and 0.3 < evidence.effect < 0.45
    assert Missing().say(claim, evidence, "en").startswith("x is missing in ") and "缺失的行占" in Missing().say(claim, evidence, "zh")
    assert relations.agrees(Missing(), claim, evidence, search)
    assert json.dumps(Missing().chart(claim, evidence, relations.judged(search)), allow_nan=False)


def test_the_range_of_a_number_and_a_second_condition():
    rng = np.random.default_rng(1)
    n = 4000
    age, k = rng.uniform(18, 80, n), relations.words(rng, n, "ab")
    gone = rng.random(n) < 0.02 + 0.3 * (age > 65) + 0.25 * (k == "a")
    found = relations.held(Missing(), relations.searched({"age": age, "k": k, "x": holes(rng.normal(size=n), gone)}))
    assert {claim.where.columns() for claim, _ in found} == {("age",), ("k",)}


def test_a_shadow_of_the_first_condition_is_not_told():
    rng = np.random.default_rng(2)
    n = 4000
    k = relations.words(rng, n, "abcd")
    near = np.where(rng.random(n) < 0.8, k, relations.words(rng, n, "abcd")).astype(object)
    gone = rng.random(n) < np.where(k == "b", 0.4, 0.05)
    found = relations.held(Missing(), relations.searched({"k": k, "near": near, "x": holes(rng.normal(size=n), gone)}))
    assert [claim.where.columns() for claim, _ in found] == [("k",)]


def test_columns_that_are_missing_together_are_told_once():
    rng = np.random.default_rng(3)
    gone = rng.random(800) < 0.2
    text, number = relations.words(rng, 800, "pqr"), rng.normal(size=800)
    day = np.where(gone, np.datetime64("NaT"), np.datetime64("2024-01-01") + rng.integers(0, 90, 800).astype("timedelta64[D]"))
    search = relations.searched({"text": holes(text, gone), "number": holes(number, gone), "day": day, "other": rng.normal(size=800)})
    (claim, evidence), *rest = relations.held(Missing(), search)
    assert not rest, [c.where.say() for c, _ in rest]
    assert set(claim.told("together")) == {"text", "number", "day"} and evidence.value == 1.0 and evidence.base == 0.0
    assert Missing().say(claim, evidence, "en").startswith("day, number and text are missing together.")
    assert "总是同时缺失" in Missing().say(claim, evidence, "zh")


def test_where_nothing_is_missing_less_is_said_as_less():
    rng = np.random.default_rng(4)
    k = relations.words(rng, 900, "abcde")
    columns = {"k": k, "x": holes(rng.normal(size=900), (k != "e") & (rng.random(900) < 0.5))}
    ((claim, evidence), *_) = relations.held(Missing(), relations.searched(columns))
    assert (claim.where.say(), claim.direction) == ("k is “e”", "low") and evidence.value == 0.0


def test_what_is_missing_by_chance_is_left_alone():
    said = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        columns = {f"x{i}": holes(rng.normal(size=700), rng.random(700) < 0.15) for i in range(6)}
        columns |= {f"k{i}": holes(relations.words(rng, 700, "abcd"), rng.random(700) < 0.1) for i in range(4)}
        said += len(relations.held(Missing(), relations.searched(columns)))
    assert said == 0


def test_rows_of_one_entity_are_not_counted_one_by_one():
    rng = np.random.default_rng(5)
    alone = proposed = 0
    for _ in range(5):
        entity = np.sort(rng.integers(0, 80, 2400))
        k = np.array(list("abc"), dtype=object)[rng.integers(0, 3, 80)][entity]
        columns = {"k": k, "x": holes(rng.normal(size=2400), rng.normal(size=80)[entity] > 0.8)}
        alone += len(list(Missing().propose(relations.searched(columns))))
        proposed += len(list(Missing().propose(relations.searched(columns, blocks=entity))))
    assert proposed <= 1 < alone, "taken one by one they would be told"


def test_a_column_is_not_explained_by_what_is_made_of_it():
    rng = np.random.default_rng(6)
    x = holes(rng.normal(size=600), rng.random(600) < 0.3)
    search = relations.searched({"x": x, "z": rng.normal(size=600)})
    assert not list(Missing().propose(search)), "x is missing where x is missing"
