"""Figures are laid beside each other with intervals of the right width, near only where that is shown, and never below a handful of rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.advise._figures import BAND, LEAST, changed
from apercu.stats.intervals import newcombe


def rates(n: int, rate: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(n) < rate).astype(float)


def test_a_rate_has_newcombes_interval_and_is_near_only_where_rows_show_it():
    now, was = rates(3_000, 0.4, 0), rates(3_000, 0.4, 1)
    told = changed(now, was, rate=True)
    assert told is not None and (told.low, told.high) == newcombe(now.sum(), 3_000, was.sum(), 3_000) and told.near and not told.far
    few = changed(now[:50], was, rate=True)
    assert few is not None and not few.near and few.high - few.low > told.high - told.low
    assert changed(now[: LEAST - 1], was, rate=True) is None and changed(now, was[:0], rate=True) is None


def test_far_needs_a_rate_and_a_fifth():
    sure = changed(rates(50_000, 0.43, 0), rates(50_000, 0.40, 1), rate=True)
    assert sure is not None and sure.p < 1e-6 and not sure.far
    halved = changed(rates(2_000, 0.2, 0), rates(2_000, 0.4, 1), rate=True)
    assert halved is not None and not halved.far  # q is 1 until it was counted among its like
    assert type(halved)(**{**vars(halved), "q": 0.01}).far


def test_means_and_constants():
    generator = np.random.default_rng(0)
    told = changed(generator.normal(-10, 2, 500), generator.normal(-10, 2, 500), rate=False)
    assert told is not None and told.near  # of a negative mean the band lies on both sides too
    same = changed(np.ones(30), np.ones(30), rate=False)
    assert same is not None and same.p == 1.0 and same.near
    entities = (np.arange(500) // 50, 100 + np.arange(500) // 50)
    tied = changed(np.repeat(generator.normal(size=10), 50), np.repeat(generator.normal(size=10), 50), entities, rate=False)
    free = changed(np.repeat(np.arange(10.0), 50), np.repeat(np.arange(10.0), 50), rate=False)
    assert tied is not None and free is not None and tied.high - tied.low > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_near_is_hardly_ever_said_at_the_edge_of_the_band(rate):
    said = {
        edge: sum(bool(c := changed(rates(2_000, rate * edge, 2 * s), rates(60_000, rate, 2 * s + 1), rate=True)) and c.near for s in range(400))
        for edge in BAND
    }
    assert max(said.values()) <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)
