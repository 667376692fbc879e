"""The choice: shadows, near-copies and fragments of what is said fall away on the search half."""

from __future__ import annotations

import numpy as np

from apercu import discover
from apercu.core.condition import Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim
from apercu.core.measure import Measure
from apercu.discover._choose import _trend, chosen


def test_shadows_of_a_pair_are_not_chosen(make_split):
    rng = np.random.default_rng(0)
    n = 10_000
    a, b, c = (rng.choice(["u", "v", "w"], n).astype(object) for _ in range(3))
    columns = {"a": a, "b": b, "c": c, "m": rng.normal(size=n) + 1.0 * ((a == "u") & (b == "v"))}
    search = make_split(columns, "m").search
    kinds = {name: discover.patterns()[name] for name in ("segment", "driver")}
    proposed = [claim for kind in kinds.values() for claim in kind.propose(search)]
    assert sum(len(claim.where.terms) == 1 for claim in proposed) >= 2  # both marginals look strong by themselves
    picked = chosen(proposed, search, kinds, 40)
    assert picked[0].where.columns() == ("a", "b")
    assert len(picked) <= 2  # a residual of chance may be brought before the unseen rows, where it fails


def test_near_copies_of_a_cut_are_said_once(make_split):
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 100, 8000)
    columns = {"x": x, "m": rng.normal(size=8000) + 1.0 * (x > 70)}
    search = make_split(columns, "m").search
    kinds = {name: discover.patterns()[name] for name in ("segment", "driver")}
    proposed = [claim for kind in kinds.values() for claim in kind.propose(search)]
    assert len(proposed) > 10
    assert len(chosen(proposed, search, kinds, 40)) == 1


def test_no_more_than_asked_for(make_split):
    rng = np.random.default_rng(2)
    columns = {f"k{i}": rng.choice(["u", "v"], 6000).astype(object) for i in range(12)}
    columns["m"] = rng.normal(size=6000) + sum((columns[f"k{i}"] == "u") * 0.5 for i in range(12))
    search = make_split(columns, "m").search
    kinds = {name: discover.patterns()[name] for name in ("segment", "driver")}
    proposed = [claim for kind in kinds.values() for claim in kind.propose(search)]
    assert len(chosen(proposed, search, kinds, 7)) == 7


def picked_of(columns, target, make_split):
    search = make_split(columns, target).search
    kinds = {name: discover.patterns()[name] for name in ("segment", "driver")}
    return chosen([claim for kind in kinds.values() for claim in kind.propose(search)], search, kinds, 40)


def test_what_is_explained_to_the_last_row_leaves_nothing_to_tell(make_split):
    rng = np.random.default_rng(3)
    x = rng.choice(["u", "v", "w"], 6000).astype(object)
    y = np.where(x == "u", "yes", "no").astype(object)
    picked = picked_of({"x": x, "z": rng.normal(size=6000) + 3.0 * (x == "u"), "y": y}, "y", make_split)
    assert [claim.where.columns() for claim in picked] == [("x",)]


def test_a_course_is_one_fact_however_many_cuts_it_has(make_split):
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 10, 20_000)
    (claim,) = picked_of({"x": x, "m": np.exp(x / 3) + rng.normal(size=20_000)}, "m", make_split)
    assert claim.where.columns() == ("x",)


def test_opposite_ends_are_one_course_only_where_they_differ_in_opposite_ways():
    def claim(op, direction, *more):
        return Claim("segment", Condition((Term("x", op, 5.0), *more)), Measure("m", Column("m")), direction, 1.0)

    assert _trend(claim(">", "high")) == _trend(claim("<=", "low")) == ("x", True)
    assert _trend(claim("<=", "high")) == ("x", False), "a low end that is high too is a fact of its own"
    assert _trend(claim("is", "high")) is None and _trend(claim(">", "high", Term("y", ">", 1.0))) is None


def test_no_level_goes_without_where_levels_are_many(make_split):
    rng = np.random.default_rng(9)
    n = 12_000
    level = rng.integers(0, 12, n)
    columns = {f"k{i:02d}": np.where((level == i) ^ (rng.random(n) < 0.2), "u", "v").astype(object) for i in range(12)}
    columns["y"] = np.array([f"l{i:02d}" for i in level], dtype=object)
    search = make_split(columns, "y").search
    kinds = {name: discover.patterns()[name] for name in ("segment", "driver")}
    picked = chosen([claim for kind in kinds.values() for claim in kind.propose(search)], search, kinds, 24)
    assert len(picked) == 24 and {claim.level for claim in picked} == {f"l{i:02d}" for i in range(12)}
