"""Grown boxes have the scores of the full kernel; what the kernel finds strongest is grown as well."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.codes import Codes
from apercu.core.rows import Rows
from apercu.stats.growth import grown, pair_sums
from apercu.stats.kernels import boxes


def table(seed: int, rate: bool, n: int = 4_000):
    rng = np.random.default_rng(seed)
    columns = {f"k{i}": rng.choice(list("abcde")[: 3 + i % 3], n) for i in range(5)} | {f"x{i}": rng.normal(size=n) for i in range(3)}
    m = rng.normal(size=n) + 0.9 * ((columns["k0"] == "a") & (columns["k3"] == "b") & (columns["x1"] > 0.5))
    m = (m > 0.8).astype(float) if rate else m
    codes = Codes.of(Rows.of(columns), tuple(columns), bins=5, least=30)
    scale = (float(m.std()), float(m.mean()) if rate else -1.0)
    return codes, np.ascontiguousarray(m - m.mean()), scale


def found(codes: Codes, m: np.ndarray, scale: tuple[float, float], seeds: int | None) -> dict[tuple[int, ...], float]:
    items = (codes.levels, codes.starts, codes.low, codes.high)
    room = np.zeros((4_000, 4))
    if seeds is None:
        pairs = np.array([(i, j) for i in range(len(codes.names)) for j in range(i + 1, len(codes.names))], dtype=np.int64)
        used = boxes(codes.codes, m, scale, items, pairs, (30, 2.5, 2.5, 3), room)
    else:
        used = grown(codes.codes, m, scale, items, (30, 2.5, 2.5, seeds), room)
    return {tuple(int(i) for i in row[:3] if i >= 0): float(row[3]) for row in room[:used]}


@pytest.mark.parametrize("rate", [False, True])
def test_scores_are_those_of_the_full_kernel(rate):
    codes, m, scale = table(0, rate)
    whole, some = found(codes, m, scale, None), found(codes, m, scale, 4)
    assert set(some) <= set(whole)
    assert all(some[box] == pytest.approx(whole[box], rel=1e-4) for box in some)
    assert {box for box in whole if len(box) == 2} == {box for box in some if len(box) == 2}, "every pair is looked at"
    strongest = max((box for box in whole if len(box) == 3), key=lambda box: abs(whole[box]))
    assert strongest in some


def test_no_seeds_no_triples():
    codes, m, scale = table(1, False)
    assert all(len(box) == 2 for box in found(codes, m, scale, 0))


def test_sums_of_pairs_are_those_of_the_rows():
    codes, m, _ = table(2, False)
    count, total = pair_sums(codes.codes, m, (codes.levels, codes.starts, codes.low, codes.high))
    for a, b in ((0, int(codes.starts[3])), (int(codes.starts[2]), int(codes.starts[6]))):
        both = codes.holds(a) & codes.holds(b)
        assert count[a, b] == both.sum() and total[a, b] == pytest.approx(m[both].sum())
        assert count[a, a] == codes.holds(a).sum() and total[b, b] == pytest.approx(m[codes.holds(b)].sum())
