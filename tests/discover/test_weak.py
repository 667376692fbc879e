"""The second search, on all rows: it finds what a half is too small for, tells nothing twice, and noise does not outlive its permutations."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.discover._weak import affordable_weak


def table(seed: int, effect: float, n: int = 6_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = {f"k{i}": rng.choice(list("abcdef")[: 3 + i % 4], n).astype(object) for i in range(8)}
    return {**columns, "m": rng.normal(size=n) + effect * (columns["k1"] == "a")}


def found(make_split, weak: bool) -> int:
    options = discover.Options(weak=weak)
    return sum(any(f.claim.where.columns() == ("k1",) for f in discover.run(make_split(table(seed, 0.11), "m"), (), options)[0]) for seed in range(6))


def test_a_weak_effect_is_found_on_all_rows(make_split):
    assert found(make_split, True) > found(make_split, False)


def test_what_is_proved_is_not_told_again(make_split):
    findings, _ = discover.run(make_split(table(3, 0.6), "m"))
    assert [f.claim.where.columns() for f in findings] == [("k1",)]
    assert findings[0].evidence.half == "verify"


def test_noise_does_not_outlive_it(make_split):
    said = [f for seed in range(8) for f in discover.run(make_split(table(100 + seed, 0.0), "m"))[0]]
    assert len(said) <= 2, [f.say() for f in said]


def test_it_says_how_it_was_paid_for(make_split):
    for seed in range(6):
        findings, ledger = discover.run(make_split(table(seed, 0.11), "m"))
        for finding in (f for f in findings if f.evidence.half == "all"):
            assert "permutation" in finding.evidence.method and finding.evidence.level > 0.95
            assert finding.q <= ledger.q
            return
    pytest.fail("no weak effect was found on any table")


def test_large_tables_have_the_power_in_a_half(make_split):
    rng = np.random.default_rng(0)
    n = 150_000
    large = make_split({**{f"x{i}": rng.normal(size=n) for i in range(16)}, "m": rng.normal(size=n)}, "m")
    assert not affordable_weak(large) and affordable_weak(make_split(table(0, 0.0), "m"))
