"""Drivers: a column that the target depends on as a whole, told by its two ends."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.core.condition import Condition, Term
from apercu.discover.driver import Driver


def drivers(split):
    return [f for f in discover.run(split)[0] if f.claim.pattern == "driver"]


def test_the_example_is_found(make_split):
    example = Driver.example()
    found = drivers(make_split(dict(example.columns), example.target))
    assert [f.claim.where.columns() for f in found] == [("age",)]
    assert found[0].claim.where.terms[0].op in (">", "<=") and "steadily" in found[0].say("en")


def test_a_category_of_several_levels_is_told_by_its_ends(make_split):
    rng = np.random.default_rng(2)
    n = 6000
    k = rng.choice(["a", "b", "c", "d", "e"], n).astype(object)
    mean = {"a": -1.0, "b": -0.5, "c": 0.0, "d": 0.5, "e": 1.0}
    m = np.array([mean[v] for v in k]) + rng.normal(size=n)
    found = drivers(make_split({"k": k, "m": m}, "m"))
    ends = {found[0].claim.where, found[0].claim.against[0]}
    assert ends == {Condition((Term("k", "is", "a"),)), Condition((Term("k", "is", "e"),))}
    assert abs(found[0].evidence.effect) == pytest.approx(2.0, abs=0.2)


def test_a_wave_is_not_said_to_rise(make_split):
    rng = np.random.default_rng(4)
    n = 6000
    x = rng.uniform(0, 1, n)
    m = np.sin(2 * np.pi * x) + rng.normal(size=n)
    found = drivers(make_split({"x": x, "m": m}, "m"))
    assert found and "steadily" not in found[0].say("en") and "稳步" not in found[0].say("zh")


def test_the_sql_gives_the_numbers_of_the_sentence(make_split):
    example = Driver.example()
    split = make_split(dict(example.columns), example.target)
    halves = np.array([{1: "search", 2: "verify", 3: "all"}[int(h)] for h in split.half], dtype=object)
    data = split.data.engine.attach(split.data.table, {"_half": halves})
    finding = drivers(split)[0]
    effect, value, base, n, rest = split.data.engine.ask(data, finding.sql)[0]
    assert (effect, value, base) == pytest.approx((finding.evidence.effect, finding.evidence.value, finding.evidence.base))
    assert (n, rest) == (finding.evidence.n, finding.evidence.extra["rest"])


def test_a_column_of_two_groups_is_left_to_segments(make_split):
    rng = np.random.default_rng(5)
    n = 4000
    k = rng.choice(["a", "b"], n).astype(object)
    split = make_split({"k": k, "m": rng.normal(size=n) + (k == "a")}, "m")
    assert not drivers(split) and discover.run(split)[0][0].claim.pattern == "segment"


def test_noise_proposes_little(make_split):
    rng = np.random.default_rng(6)
    columns = {f"x{i}": rng.normal(size=5000) for i in range(40)}
    split = make_split({**columns, "m": rng.normal(size=5000)}, "m")
    assert len(list(Driver().propose(split.search))) <= 2
