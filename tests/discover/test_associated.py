"""Links before the rows that judge them: groups of a number, blocks, and few rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.split import Verify
from apercu.discover._associated import correlated, fifths
from apercu.discover.link import Link

from . import relations


def claim_of(columns, shape):
    return next(c for c in Link().propose(relations.searched(columns)) if c.told("shape") == shape)


def test_groups_part_all_rows():
    rng = np.random.default_rng(0)
    x = np.round(rng.exponential(5, 600), 1)
    columns = {"x": x, "y": x + rng.normal(size=600)}
    rows = relations.searched(columns).rows
    masks = [term.holds(rows) for term in fifths(claim_of(columns, "rank"))]
    assert len(masks) == 5 and np.array_equal(np.sum(masks, axis=0), np.ones(600)) and min(m.sum() for m in masks) > 60


def test_blocks_widen_and_few_rows_say_nothing():
    rng = np.random.default_rng(1)
    entity = np.sort(rng.integers(0, 40, 800))
    x = rng.normal(size=40)[entity] + 0.3 * rng.normal(size=800)
    columns = {"x": x, "y": x + rng.normal(size=800)}
    claim, search = claim_of(columns, "rank"), relations.searched(columns)
    one = correlated(claim, Verify(search.rows, search.schema), 0.95)
    blocked = correlated(claim, Verify(search.rows, search.schema, entity), 0.95)
    assert blocked.high - blocked.low > one.high - one.low and blocked.p >= one.p and blocked.effect == pytest.approx(one.effect)
    for n in (0, 3, 9):
        assert correlated(claim, Verify(search.rows.take(np.arange(n)), search.schema), 0.999999).p == 1.0
