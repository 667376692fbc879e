"""Planted truths are found, said exactly, and not padded; the intervals of what is reported hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.core.condition import Condition, Term

LIFT = Condition((Term("k0", "is", "a"),))
PAIR = Condition((Term("k1", "is", "a"), Term("k2", "is", "b")))


def planted(seed: int, effect: float, n: int = 8000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(columns, the expected measure of each row): one level and one pair, in ten columns of noise."""
    rng = np.random.default_rng(seed)
    columns: dict[str, np.ndarray] = {f"k{i}": rng.choice(list("abcde")[: 3 + i % 3], n).astype(object) for i in range(8)}
    columns |= {f"x{i}": rng.normal(size=n) for i in range(4)}
    expected = effect * ((columns["k0"] == "a") + 1.3 * ((columns["k1"] == "a") & (columns["k2"] == "b")))
    return {**columns, "m": expected + rng.normal(size=n)}, expected


@pytest.mark.slow
def test_recall_exactness_and_coverage(make_split):
    found, lines, padded, covered = 0, 0, 0, []
    for seed in range(40):
        columns, expected = planted(seed, 0.35)
        split = make_split(columns, "m")
        truth = dict(zip(columns["m"], expected, strict=True))
        mean = np.array([truth[m] for m in split.verify.rows["m"]])
        for finding in discover.run(split)[0]:
            inside = finding.claim.where.holds(split.verify.rows)
            outside = finding.claim.against[0].holds(split.verify.rows) if finding.claim.pattern == "driver" else ~inside
            covered.append(finding.evidence.low <= mean[inside].mean() - mean[outside].mean() <= finding.evidence.high)
            terms = set(finding.claim.where.terms)
            exact = terms in (set(LIFT.terms), set(PAIR.terms))
            lines, found, padded = lines + 1, found + exact, padded + (not exact and len(terms) > 1)
    assert found >= 0.95 * 80
    assert padded <= 0.05 * lines
    assert np.mean(covered) >= 0.93


def test_one_table_says_exactly_what_was_planted(make_split):
    columns, _ = planted(1, 0.5)
    told = {frozenset(f.claim.where.terms) for f in discover.run(make_split(columns, "m"))[0]}
    assert told == {frozenset(LIFT.terms), frozenset(PAIR.terms)}
