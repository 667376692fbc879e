"""The compiled permutation distribution against one written plainly."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.permutation import studentised


def plain(pooled: np.ndarray, n: int, rounds: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    out = []
    for _ in range(rounds):
        x = rng.permutation(pooled)
        a, b = x[:n], x[n:]
        out.append((a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))
    return np.array(out)


@pytest.mark.parametrize("n", [8, 70])
def test_the_same_distribution_as_a_plain_one(n):
    pooled = np.random.default_rng(1).lognormal(0, 1, 90)
    ours, theirs = studentised(pooled, n, 4000, 3), plain(pooled, n, 4000)
    for q in (0.05, 0.1, 0.9, 0.95):
        assert np.quantile(ours, q) == pytest.approx(np.quantile(theirs, q), rel=0.1)


def test_the_seed_decides():
    pooled = np.random.default_rng(1).normal(size=50)
    assert (studentised(pooled, 10, 50, 1) == studentised(pooled, 10, 50, 1)).all()
    assert (studentised(pooled, 10, 50, 1) != studentised(pooled, 10, 50, 2)).any()
