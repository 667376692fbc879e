"""Rules before the rows that judge them: exact chances, blocks, and groups that are the blocks themselves."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.split import Verify
from apercu.discover._judged import kept, same
from apercu.discover.rule import Rule

from . import relations


def columns(n=800, seed=0):
    rng = np.random.default_rng(seed)
    user = rng.integers(0, 80, n)
    name = lambda word, codes: np.array([f"{word}{c}" for c in codes], dtype=object)  # noqa: E731
    return {"user": name("u", user), "team": name("t", user % 5), "again": name("u", user)}, user


def test_the_chance_of_holding_the_same():
    made, _ = columns()
    search = relations.searched({k: made[k] for k in ("user", "again")})
    claim = next(iter(Rule().propose(search)))
    contrast, value, base, n = same(claim, relations.judged(search), 0.95)
    counts = np.unique(made["user"], return_counts=True)[1]
    assert (value, n) == (1.0, 800) and base == pytest.approx((counts**2).sum() / 800**2) and contrast.p < 1e-12


def test_blocks_that_are_the_groups_prove_and_blocks_within_them_pair_their_first_rows():
    made, user = columns()
    search = relations.searched({k: made[k] for k in ("user", "team")})
    claim = next(iter(Rule().propose(search)))
    free = kept(claim, relations.judged(search), 0.95)
    own = kept(claim, Verify(search.rows, search.schema, user), 0.95)
    assert free[0].p < 1e-12 and own[0].p < 1e-12, "a user's own department is what the rule is about"
    few = kept(claim, Verify(search.rows, search.schema, user // 40), 0.95)
    assert few[0].p > free[0].p, "rows of two large blocks are nearly two rows"


def test_no_rows():
    made, _ = columns()
    search = relations.searched({k: made[k] for k in ("user", "team")})
    claim = next(iter(Rule().propose(search)))
    assert kept(claim, Verify(search.rows.take(np.arange(2)), search.schema), 0.95)[0].p == 1.0
