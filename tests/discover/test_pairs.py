"""The search for links between numbers: each pair once, by what says most of it."""

from __future__ import annotations

import numpy as np

from apercu.discover._pairs import Folded, Marginal, linked, marginals, segments

from . import relations


def test_pairs_leave_out_twins():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    found, pairs = linked(relations.searched({"x": x, "twin": 3 * x + 1, "y": rng.normal(size=500)}))
    assert [{found.measures[a].name, found.measures[b].name} for a, b in pairs] == [{"twin", "y"}, {"x", "y"}]


def test_straight_and_bent():
    rng = np.random.default_rng(1)
    x = rng.normal(size=1000)
    columns = {"x": x, "straight": x + rng.normal(size=1000), "bent": x**2 + rng.normal(size=1000), "noise": rng.normal(size=1000)}
    found, pairs = linked(relations.searched(columns))
    made = list(marginals(found, pairs, 4.0))
    named = {(type(link), frozenset(found.measures[k].name for k in (link.a, link.b))) for link in made}
    assert (Marginal, frozenset({"x", "straight"})) in named and (Folded, frozenset({"x", "bent"})) in named
    assert not any("noise" in names for _, names in named)


def test_the_segment_in_which_a_correlation_differs():
    rng = np.random.default_rng(2)
    k, x = relations.words(rng, 3000, "abcd"), rng.lognormal(0, 1, 3000)
    y = np.where(k == "c", -np.log(x), 0.0) + rng.normal(size=3000)
    search = relations.searched({"k": k, "x": x, "y": y, "l": relations.words(rng, 3000, "pq")})
    inside, looks = segments(search, *linked(search))
    assert [i.term.value for i in inside] == ["c"] and inside[0].inside < -0.5 < abs(inside[0].outside) + 0.1
    assert looks == 6, "one pair in each of four and two levels"


def test_few_rows_have_no_segments():
    rng = np.random.default_rng(3)
    search = relations.searched({"k": relations.words(rng, 80, "ab"), "x": rng.normal(size=80), "y": rng.normal(size=80)})
    assert segments(search, *linked(search))[0] == []
