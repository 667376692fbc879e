"""Segments: what is planted is found and said exactly; what is idle is not added; the numbers are those of the SQL."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.core.condition import Condition, Term
from apercu.discover.segment import Segment


def table(n=6000, seed=0, effect=0.3):
    rng = np.random.default_rng(seed)
    columns = {f"k{i}": rng.choice([f"v{j}" for j in range(2 + i)], n).astype(object) for i in range(4)}
    columns["x"] = rng.normal(size=n)
    hit = (columns["k1"] == "v0") & (columns["k2"] == "v1")
    columns["y"] = np.where(rng.random(n) < 0.2 + effect * hit, "yes", "no").astype(object)
    columns["m"] = rng.normal(size=n) + 3 * effect * hit
    return columns


def without(columns, name):
    return {key: value for key, value in columns.items() if key != name}


PLANTED = Condition((Term("k1", "is", "v0"), Term("k2", "is", "v1")))


@pytest.mark.parametrize(("target", "other"), [("y", "m"), ("m", "y")])
def test_a_planted_pair_is_found_exactly_and_first(make_split, target, other):
    findings, ledger = discover.run(make_split(without(table(), other), target))
    assert findings[0].claim.where == PLANTED
    assert ledger.tested <= 40 and ledger.held == len(findings)
    assert {c for f in findings for c in f.claim.where.columns()} <= {"k1", "k2"}


def test_three_conditions_are_found(make_split):
    rng = np.random.default_rng(3)
    n = 8000
    columns = {f"k{i}": rng.choice(["a", "b"], n).astype(object) for i in range(5)}
    columns["m"] = rng.normal(size=n) + 1.0 * ((columns["k0"] == "a") & (columns["k1"] == "b") & (columns["k4"] == "a"))
    findings, _ = discover.run(make_split(columns, "m"))
    assert set(findings[0].claim.where.terms) == {Term("k0", "is", "a"), Term("k1", "is", "b"), Term("k4", "is", "a")}


def test_two_facts_that_add_up_are_told_as_two(make_split):
    rng = np.random.default_rng(5)
    n = 8000
    a, b = (rng.choice(["in", "out"], n, p=[0.2, 0.8]).astype(object) for _ in range(2))
    columns = {"a": a, "b": b, "m": rng.normal(size=n) + 0.8 * (a == "in") + 0.8 * (b == "in")}
    found = [f.claim.where for f in discover.run(make_split(columns, "m"))[0]]
    assert set(found) == {Condition((Term("a", "is", "in"),)), Condition((Term("b", "is", "in"),))}


def test_each_class_of_several_is_searched(make_split):
    rng = np.random.default_rng(6)
    n = 6000
    k = rng.choice(["a", "b", "c", "d"], n).astype(object)
    y = np.where((k == "a") & (rng.random(n) < 0.5), "red", rng.choice(["green", "blue"], n)).astype(object)
    findings, _ = discover.run(make_split({"k": k, "noise": rng.normal(size=n), "y": y}, "y"))
    assert (findings[0].claim.level, findings[0].claim.where) == ("red", Condition((Term("k", "is", "a"),)))


@pytest.mark.parametrize(("target", "other"), [("y", "m"), ("m", "y")])
def test_the_sql_gives_the_numbers_of_the_sentence(make_split, target, other):
    split = make_split(without(table(), other), target)
    engine = split.data.engine
    halves = np.array([{1: "search", 2: "verify", 3: "all"}[int(h)] for h in split.half], dtype=object)
    data = engine.attach(split.data.table, {"_half": halves})
    for finding in discover.run(split)[0]:
        effect, value, base, n, rest = engine.ask(data, finding.sql)[0]
        e = finding.evidence
        assert (effect, value, base) == pytest.approx((e.effect, e.value, e.base))
        assert (n, rest) == (e.n, e.extra["rest"])


def test_the_order_of_rows_and_columns_changes_nothing(make_split):
    columns = without(table(), "m")
    order = np.random.default_rng(1).permutation(6000)
    shuffled = {name: columns[name][order] for name in reversed(columns)}
    one, two = discover.run(make_split(columns, "y"))[0], discover.run(make_split(shuffled, "y"))[0]
    assert [(set(f.claim.where.terms), f.evidence.effect, f.q) for f in one] == [(set(f.claim.where.terms), f.evidence.effect, f.q) for f in two]


def test_both_languages_tell_the_same_numbers(make_split):
    finding = discover.run(make_split(without(table(), "m"), "y"))[0][0]
    value, n = f"{100 * finding.evidence.value:.1f}%", f"{finding.evidence.n:,}"
    for lang in ("en", "zh"):
        assert value in finding.say(lang) and n in finding.say(lang) and "k1" in finding.say(lang)
    assert finding.say("en") != finding.say("zh")


def test_a_small_table_is_judged_by_permutations(make_split):
    split = make_split(without(table(800, effect=0.5), "m"), "y")
    findings, _ = discover.run(split)
    assert split.how == "permutation"
    assert findings[0].evidence.half == "all" and "permutation" in findings[0].evidence.method
    assert findings[0].claim.where == PLANTED


def test_missing_values_one_level_and_few_rows_are_survived(make_split):
    columns = without(table(400), "m")
    columns["x"][::3] = np.nan
    columns["k0"][::2] = None
    columns["one"] = np.full(400, "same", dtype=object)
    columns["none"] = np.full(400, np.nan)
    discover.run(make_split(columns, "y"))


def test_the_example_is_found(make_split):
    example = Segment.example()
    findings, _ = discover.run(make_split(dict(example.columns), example.target))
    assert set(findings[0].claim.where.terms) == set(example.truth.terms)
