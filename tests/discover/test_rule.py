"""Rules: one column decides another, with exceptions counted; columns that hold the same; and no rule in groups of two rows."""

from __future__ import annotations

import json

import numpy as np

from apercu.discover.rule import Rule

from . import relations


def told(search):
    return {(tuple(n for e in c.by for n in e.columns()), c.measure.name): (c, e) for c, e in relations.held(Rule(), search)}


def table(n=600, seed=0, wrong=0.0):
    rng = np.random.default_rng(seed)
    user = rng.integers(0, 50, n)
    department = np.where(rng.random(n) < wrong, rng.integers(0, 6, n), user % 6)
    name = lambda word, codes: np.array([f"{word}{c}" for c in codes], dtype=object)  # noqa: E731
    return {"user": name("u", user), "department": name("d", department), "amount": rng.normal(size=n), "kind": relations.words(rng, n, "xyz")}


def test_every_user_has_one_department():
    search = relations.searched(table())
    found = told(search)
    assert set(found) == {(("user",), "department")}
    claim, evidence = found[("user",), "department"]
    assert evidence.value == 1.0 and 0.1 < evidence.base < 0.3 and evidence.extra["broken"] == 0
    assert Rule().say(claim, evidence, "en").startswith("Every user has one department: 100.0% of rows")
    assert "没有一行不符" in Rule().say(claim, evidence, "zh")
    assert relations.agrees(Rule(), claim, evidence, search)
    assert json.dumps(Rule().chart(claim, evidence, relations.judged(search)), allow_nan=False)


def test_exceptions_are_counted_and_shown():
    search = relations.searched(table(n=2000, wrong=0.015, seed=1))
    claim, evidence = told(search)[("user",), "department"]
    text = Rule().say(claim, evidence, "en")
    assert (
        text.startswith("Nearly every user has one department") and f"{int(evidence.extra['broken'])} rows break the rule: where user is “u" in text
    )
    assert "行不符，例如" in Rule().say(claim, evidence, "zh")
    assert relations.agrees(Rule(), claim, evidence, search)


def test_columns_that_hold_the_same_of_every_storage():
    rng = np.random.default_rng(2)
    one, x = relations.words(rng, 500, "abcde"), rng.normal(size=500)
    day = np.datetime64("2024-01-01") + rng.integers(0, 400, 500).astype("timedelta64[D]")
    other = one.copy()
    other[:4] = "zz"
    search = relations.searched({"one": one, "other": other, "x": x, "x again": x.copy(), "day": day, "day again": day.copy()})
    found = told(search)
    assert set(found) == {(("one",), "other"), (("x",), "x again"), (("day",), "day again")}
    claim, evidence = found[("one",), "other"]
    assert "hold the same in 99.2% of rows" in Rule().say(claim, evidence, "en") and "4 rows break the rule" in Rule().say(claim, evidence, "en")
    assert all(relations.agrees(Rule(), c, e, search) for c, e in found.values())


def test_numbers_that_order_the_rows_alike():
    rng = np.random.default_rng(3)
    euro = rng.lognormal(3, 1, 800)
    search = relations.searched({"euro": euro, "pound": 0.85 * euro + 0.01 * rng.normal(size=800), "z": rng.normal(size=800)})
    claim, evidence = told(search)[("euro",), "pound"]
    assert claim.told("shape") == "twin" and evidence.value > 0.99
    assert "order the rows nearly alike" in Rule().say(claim, evidence, "en") and "完全一致" in Rule().say(claim, evidence, "zh")
    assert relations.agrees(Rule(), claim, evidence, search)


def test_two_columns_together_decide_a_third():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 5, 1500), rng.integers(0, 4, 1500)
    c = (3 * a + 2 * b + a * b) % 7
    name = lambda word, codes: np.array([f"{word}{v}" for v in codes], dtype=object)  # noqa: E731
    search = relations.searched({"a": name("a", a), "b": name("b", b), "c": name("c", c)})
    claim, evidence = told(search)[("a", "b"), "c"]
    assert "Every pair of a and b has one c" in Rule().say(claim, evidence, "en")
    assert relations.agrees(Rule(), claim, evidence, search)


def test_columns_of_awkward_names_are_counted_alike():
    rng = np.random.default_rng(8)
    v = rng.integers(0, 30, 700)
    name = lambda codes: np.array([f"{c}" for c in codes], dtype=object)  # noqa: E731
    search = relations.searched({"v": name(v), "g0": name(v % 5), "k": name(v % 5), 'n "x"': rng.normal(size=700)})
    found = relations.held(Rule(), search)
    assert found and all(relations.agrees(Rule(), claim, evidence, search) for claim, evidence in found)


def test_columns_that_decide_each_other_are_told_once_and_chains_by_their_links():
    rng = np.random.default_rng(5)
    city = rng.integers(0, 40, 1000)
    name = lambda word, codes: np.array([f"{word}{v}" for v in codes], dtype=object)  # noqa: E731
    region = city % 8
    columns = {"city": name("c", city), "code": name("k", 99 - city), "region": name("r", region), "land": name("l", region % 3)}
    found = told(relations.searched(columns))
    assert set(found) == {(("city",), "code"), (("city",), "region"), (("region",), "land")}
    assert "and every code one city" in Rule().say(*found[("city",), "code"], "en")


def test_small_groups_and_unrelated_columns_are_no_rule():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = 600
        pair = np.array([f"p{i}" for i in rng.integers(0, 290, n)], dtype=object)
        columns = {"pair": pair, "mostly": np.where(rng.random(n) < 0.97, "a", "b").astype(object)}
        columns |= {f"k{i}": relations.words(rng, n, "abcdef"[: 2 + i]) for i in range(5)}
        columns |= {f"x{i}": np.round(rng.normal(size=n)) for i in range(3)}
        assert not list(Rule().propose(relations.searched(columns)))


def test_a_rule_that_unseen_rows_break_is_not_told():
    search = relations.searched(table())
    (claim, _), *_ = relations.held(Rule(), search)
    broken = relations.judged(relations.searched(table(wrong=0.3, seed=7)))
    assert Rule().verify(claim, broken).p == 1.0
