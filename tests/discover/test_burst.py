"""Windows with more rows than other times."""

from __future__ import annotations

import numpy as np

from apercu.core.condition import Condition, Term
from apercu.core.rows import Rows
from apercu.core.schema import Schema
from apercu.core.split import Verify
from apercu.discover._burst import judge_window, rarer, windows, within
from apercu.discover._clock import Clock

CLOCK = Clock("at", "week", "2023-01-02", "2023-12-31T23:00:00")


def rows(extra, n=400, seed=0):
    rng = np.random.default_rng(seed)
    day = np.concatenate([rng.random(n) * 364, 182 + rng.random(extra) * 28])
    kind = np.concatenate([rng.choice(["a", "b"], n), np.full(extra, "b")]).astype(object)
    return Rows.of({"at": np.datetime64("2023-01-02", "us") + (day * 86_400).astype("timedelta64[s]"), "kind": kind})


def test_a_window_is_found_where_it_is():
    table = rows(120)
    for small in (True, False):
        best, looks = windows(CLOCK, table, np.ones(table.n, dtype=bool), small=small)
        assert best is not None and best.more and 22 <= best.first <= 27 and 27 <= best.last <= 33
        assert looks <= (45 if small else 900)


def test_noise_and_few_rows_have_none():
    told = 0
    for seed in range(30):
        table = rows(0, seed=seed)
        told += windows(CLOCK, table, np.ones(table.n, dtype=bool), small=False)[0] is not None
    assert told <= 3
    assert windows(CLOCK, rows(0, n=10), np.ones(10, dtype=bool), small=False) == (None, 0)


def test_the_condition_of_a_window_holds_its_periods():
    table = rows(120)
    period = CLOCK.period(table)
    for first, last in ((26, 29), (0, 3), (40, 51)):
        term = within(CLOCK, first, last)
        assert np.array_equal(term.holds(table), (period >= first) & (period <= last))
        assert term.op == {26: "between", 0: "<", 40: ">="}[first]


def test_it_is_judged_by_rate_and_by_share():
    table = rows(120)
    verify = Verify(table, Schema(()), None, "verify")
    level = Term("kind", "is", "b")
    where = Condition((level, within(CLOCK, 26, 29)))
    contrast, share, n, value, base = judge_window(CLOCK, where, (26, 29), verify, 0.95)
    assert contrast.p < 1e-4 and share is not None and share.tail < 1e-6 and share.gap > 0.2
    assert n == int(where.holds(table).sum()) and value > 5 * base and rarer(where) == Condition((level,))
    alone = judge_window(CLOCK, Condition((within(CLOCK, 26, 29),)), (26, 29), verify, 0.95)
    assert alone[1] is None and alone[2] > n
