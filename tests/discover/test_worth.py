"""What a z must be, and what dependent rows leave of it."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.discover._worth import as_z, in_blocks, keep, root

from . import relations


def test_more_looks_ask_for_more():
    assert keep(10) < keep(100) < keep(10_000) < 6
    rng = np.random.default_rng(0)
    assert np.mean([np.abs(rng.normal(size=500)).max() > keep(500) for _ in range(400)]) < 0.2


def test_a_tail_and_its_z():
    assert as_z(0.025) == pytest.approx(1.96, abs=0.001) and as_z(0.0) > 30


def test_blocks_leave_less():
    rng = np.random.default_rng(1)
    entity = np.sort(rng.integers(0, 30, 900))
    x, inside = rng.normal(size=30)[entity], (entity % 3 == 0)
    search = relations.searched({"x": x})
    assert in_blocks(search, x, inside) > 30
    blocked = relations.searched({"x": x}, blocks=entity)
    assert in_blocks(blocked, x, inside) < 4 and in_blocks(blocked, np.full(900, np.nan), inside) == 0.0


def test_who_stands_for_whom():
    assert root({"a": "a", "b": "a", "c": "b"}, "c") == "a"
