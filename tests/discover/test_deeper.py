"""Four conditions, and three in a wide table, are found by growing the best boxes; idle conditions and noise are not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from apercu import discover
from apercu.core.codes import Codes
from apercu.core.condition import Condition, Term
from apercu.core.rows import Rows
from apercu.discover._deeper import ALIKE, deeper, strongest
from apercu.discover._search import Scaled, allowed, best_boxes, item_scores, scaled, searched
from apercu.discover.segment import Segment


@pytest.fixture
def segments(monkeypatch):
    """Segments alone are searched."""
    monkeypatch.setattr(discover, "patterns", lambda: {"segment": Segment()})


def planted(n, columns, terms, effect, seed, *, rate=False):
    rng = np.random.default_rng(seed)
    made = {f"k{i:03d}": rng.choice(["a", "b", "c"], n, p=[0.4, 0.3, 0.3]).astype(object) for i in range(columns - 4)}
    made |= {f"x{i:03d}": rng.normal(size=n) for i in range(4)}
    truth = Condition(tuple(Term(name, "is", "a") for name in sorted(rng.choice([c for c in made if c[0] == "k"], terms, replace=False))))
    hit = truth.holds(Rows.of(made)) if terms else np.zeros(n, bool)
    made["m"] = (rng.random(n) < 0.2 + effect * hit).astype(float) if rate else rng.normal(size=n) + effect * hit
    return made, truth


def searched_boxes(split, depth, keep=(3.3, 3.8, 4.3, 4.8)):
    search = split.search
    codes, ready, usable = searched(search), scaled(search, search.measures[0]), allowed(search, search.measures[0])
    return codes, best_boxes(codes, ready, item_scores(codes, ready, usable), depth, keep, usable)


@pytest.mark.parametrize("rate", [False, True])
def test_four_conditions_are_found(make_split, segments, rate):
    columns, truth = planted(20_000, 20, 4, 0.4 if rate else 0.9, 1, rate=rate)
    split = make_split(columns, "m")
    findings, _ = discover.run(split, (), discover.Options(depth=4, weak=False))
    assert findings[0].claim.where == truth


@pytest.mark.parametrize("width", [70, 150])
def test_three_conditions_of_a_wide_table_are_found(make_split, width):
    columns, truth = planted(12_000, width, 3, 0.7, 2)
    codes, found = searched_boxes(make_split(columns, "m"), 3)
    assert codes.condition(found[0][0]) == truth


def test_an_idle_condition_is_not_added(make_split):
    columns, truth = planted(12_000, 12, 2, 0.8, 3)
    codes, found = searched_boxes(make_split(columns, "m"), 5)
    assert codes.condition(found[0][0]) == truth
    assert max((abs(z) for items, z in found if len(items) > 3), default=0.0) < 5.5


@pytest.mark.parametrize("width", [20, 90])
def test_noise_yields_little_and_nothing_is_said(make_split, segments, width):
    columns, _ = planted(8_000, width, 0, 0.0, 4)
    split = make_split(columns, "m")
    _, found = searched_boxes(split, 5)
    assert sum(len(items) > 3 for items, _ in found) <= 12
    assert discover.run(split, (), discover.Options(depth=5, weak=False))[0] == []


def test_z_is_that_of_the_nearest_parent():
    rng = np.random.default_rng(5)
    n = 4000
    rows = Rows.of({f"k{i}": rng.choice(["a", "b"], n).astype(object) for i in range(5)})
    codes = Codes.of(rows, tuple(rows), least=20)
    ready = Scaled(rng.normal(size=n) + 1.5 * np.logical_and.reduce([rows[f"k{i}"] == "a" for i in range(4)]), number=True)
    usable = np.ones(5, dtype=bool)
    grown = deeper(codes, ready, item_scores(codes, ready, usable), [], range(2, 5), usable, 30)
    assert {len(items) for items, _ in grown} == {2, 3, 4}
    for items, z in grown:
        masks = [codes.holds(i) for i in items]
        inside = np.logical_and.reduce(masks)
        every = []
        for skip in range(len(items)):
            rest = np.logical_and.reduce([m for k, m in enumerate(masks) if k != skip]) & ~inside
            every.append((ready.x[inside].mean() - ready.x[rest].mean()) / (ready.sd * np.sqrt(1 / inside.sum() + 1 / rest.sum())))
        assert z == pytest.approx(min(every, key=abs)) and len({np.sign(e) for e in every}) == 1
    best = max(grown, key=lambda box: abs(box[1]))
    assert set(codes.condition(best[0]).terms) == {Term(f"k{i}", "is", "a") for i in range(4)}


def test_columns_that_may_not_be_spoken_of_are_left_out():
    rng = np.random.default_rng(6)
    rows = Rows.of({name: rng.choice(["a", "b"], 3000).astype(object) for name in "pqrs"})
    codes = Codes.of(rows, tuple("pqrs"), least=20)
    ready = Scaled(rng.normal(size=3000) + 1.0 * ((rows["p"] == "a") & (rows["q"] == "a") & (rows["r"] == "a")), number=True)
    usable = np.array([True, True, False, True])
    grown = deeper(codes, ready, item_scores(codes, ready, usable), [], range(2, 4), usable, 30)
    assert grown and all("r" not in codes.condition(items).columns() for items, _ in grown)


def test_one_pair_of_columns_does_not_crowd_out_the_others():
    rng = np.random.default_rng(7)
    rows = Rows.of({name: rng.normal(size=2000) for name in "abc"})
    codes = Codes.of(rows, tuple("abc"), least=20)
    spans = [range(int(codes.starts[j]), int(codes.starts[j + 1])) for j in range(3)]
    pairs = [((i, j), 9.0) for i, j in product(spans[0], spans[1])] + [((spans[0][0], spans[2][0]), 3.0)]
    kept = strongest(pairs, codes)
    assert len(kept) == ALIKE + 1 and kept[-1][0] == (spans[0][0], spans[2][0])


def test_nothing_to_grow_is_nothing():
    codes = Codes.of(Rows.of({"k": ["a", "b"] * 100}), ("k",), least=20)
    flat = Scaled(np.ones(200), number=True)
    usable = np.ones(1, dtype=bool)
    assert deeper(codes, flat, np.zeros(2), [], range(2, 4), usable, 30) == []
    assert deeper(codes, Scaled(np.arange(200.0), number=True), np.zeros(2), [], range(2, 6), usable, 30) == []
