"""The compiled search against one written plainly from the definition of z*."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from apercu.core.codes import Codes
from apercu.core.rows import Rows
from apercu.stats.kernels import boxes, singles


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 1500
    columns = {
        "a": rng.choice(list("xyz"), n).astype(object),
        "b": rng.normal(size=n),
        "c": rng.choice(list("pq"), n).astype(object),
        "d": rng.integers(0, 4, n),
    }
    m = rng.normal(size=n) + 0.8 * ((columns["a"] == "x") & (columns["b"] > 0.5))
    return Codes.of(Rows.of(columns), ("a", "b", "c", "d"), bins=5, least=20), m - m.mean()


def z_star(codes: Codes, m: np.ndarray, items: tuple[int, ...], least: int) -> float:
    masks = [codes.holds(i) for i in items]
    inside = np.logical_and.reduce(masks)
    if inside.sum() < least:
        return 0.0
    found = []
    for skip in range(len(items)):
        others = [mask for k, mask in enumerate(masks) if k != skip]
        rest = (np.logical_and.reduce(others) if others else np.ones(len(m), bool)) & ~inside
        if rest.sum() < least:
            return 0.0
        found.append((m[inside].mean() - m[rest].mean()) / (m.std() * np.sqrt(1 / inside.sum() + 1 / rest.sum())))
    return min(found, key=abs) if len({np.sign(z) for z in found}) == 1 else 0.0


def all_boxes(codes: Codes, sizes: tuple[int, ...]) -> list[tuple[int, ...]]:
    spans = [range(codes.starts[j], codes.starts[j + 1]) for j in range(len(codes.names))]
    return [tuple(map(int, box)) for k in sizes for columns in combinations(spans, k) for box in product(*columns)]


def test_singles_are_the_z_of_each_item(table):
    codes, m = table
    found = singles(codes.codes, m, (float(m.std()), -1.0), codes.starts, codes.low, codes.high, 30)
    assert found == pytest.approx([z_star(codes, m, (i,), 30) for i in range(len(codes.terms))])


@pytest.mark.parametrize(("depth", "sizes"), [(2, (2,)), (3, (2, 3))])
def test_boxes_are_all_boxes_above_the_threshold(table, depth, sizes):
    codes, m = table
    pairs = np.array(list(combinations(range(len(codes.names)), 2)))
    items = (codes.levels, codes.starts, codes.low, codes.high)
    found = np.zeros((5000, 4))
    used = boxes(codes.codes, m, (float(m.std()), -1.0), items, pairs, (30, 1.5, 1.5, depth), found)
    ours = {tuple(int(i) for i in row[:3] if i >= 0): row[3] for row in found[:used]}
    plain = {box: z for box in all_boxes(codes, sizes) if abs(z := z_star(codes, m, box, 30)) >= 1.5}
    assert ours.keys() == plain.keys() and len(plain) > 10
    assert [ours[box] for box in plain] == pytest.approx(list(plain.values()))


def test_a_full_list_keeps_the_strongest(table):
    codes, m = table
    pairs = np.array(list(combinations(range(len(codes.names)), 2)))
    items = (codes.levels, codes.starts, codes.low, codes.high)
    many, few = np.zeros((5000, 4)), np.zeros((5, 4))
    used = boxes(codes.codes, m, (float(m.std()), -1.0), items, pairs, (30, 0.5, 0.5, 3), many)
    assert boxes(codes.codes, m, (float(m.std()), -1.0), items, pairs, (30, 0.5, 0.5, 3), few) == 5
    assert sorted(abs(few[:, 3])) == pytest.approx(sorted(abs(many[:used, 3]))[-5:])


def test_a_rate_has_the_spread_of_its_parent(table):
    codes, _ = table
    y = (np.random.default_rng(1).random(codes.codes.shape[1]) < 0.1).astype(float)
    found = singles(codes.codes, y - y.mean(), (float(y.std()), float(y.mean())), codes.starts, codes.low, codes.high, 30)
    inside = codes.holds(0)
    error = np.sqrt(y.mean() * (1 - y.mean()) * (1 / inside.sum() + 1 / (~inside).sum()))
    assert found[0] == pytest.approx((y[inside].mean() - y[~inside].mean()) / error)


def test_sums_of_far_values_are_not_lost_by_packing(table):
    codes, m = table
    m = m.copy()
    m[7] += 1e5
    m -= m.mean()
    items = (codes.levels, codes.starts, codes.low, codes.high)
    pairs = np.array(list(combinations(range(len(codes.names)), 2)))
    found = np.zeros((5000, 4))
    used = boxes(codes.codes, m, (float(m.std()), -1.0), items, pairs, (30, 0.8, 0.8, 3), found)
    for row in found[:used:7]:
        assert row[3] == pytest.approx(z_star(codes, m, tuple(int(i) for i in row[:3] if i >= 0), 30), rel=1e-6)
