"""Clocks: periods, positions and numbers of rows are the same in arrays and in SQL."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import EVERYONE, Condition, Term
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Search
from apercu.discover._clock import Clock, amounts, clock_of, counted, in_stretches, iso, lower, moment, per, points, visible
from apercu.engine.duckdb import DuckDB

ROWS = Measure("rows")


def moments(days, n=2_000, seed=0):
    rng = np.random.default_rng(seed)
    return np.datetime64("2022-03-05T06:00", "us") + (rng.random(n) * days * 1440).astype(np.int64).astype("timedelta64[m]")


def searched(when, blocks=None):
    schema = Schema((Column("at", "time", "feature", "time"), Column("k", "category", "feature", "text")))
    rng = np.random.default_rng(1)
    return Search(Rows.of({"at": when, "k": rng.choice(["a", "b"], len(when)).astype(object)}), schema, (ROWS,), blocks)


def asked(search, sql):
    table = DuckDB()
    data = table.adopt({name: search.rows[name] for name in search.rows})
    return table.ask(data, sql)


@pytest.mark.parametrize(("days", "unit"), [(2, "hour"), (60, "day"), (300, "week"), (1_500, "month"), (9_000, "quarter"), (30_000, "year")])
def test_the_unit_suits_the_span(days, unit):
    clock = clock_of(searched(moments(days)), Measure("m"))
    assert clock is not None and clock.unit == unit
    assert 8 <= clock.count <= 120


def test_a_short_table_and_one_without_moments_have_no_clock():
    assert clock_of(searched(moments(300, n=10)), ROWS) is None
    assert clock_of(searched(np.full(500, np.datetime64("2022-01-01", "us"))), ROWS) is None
    assert clock_of(searched(np.full(500, np.datetime64("NaT", "us"))), ROWS) is None


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "quarter", "year"])
def test_periods_positions_and_counts_are_those_of_sql(unit):
    search = searched(moments({"hour": 3, "day": 40, "week": 200, "month": 900, "quarter": 3_000, "year": 9_000}[unit]))
    when = search.rows["at"]
    clock = Clock("at", unit, str(when.min()), str(when.max()))
    told = asked(search, f"SELECT {clock.slot()}, {clock.sql()} FROM data")
    assert [row[0] for row in told] == clock.period(search.rows).tolist()
    assert [row[1] for row in told] == pytest.approx(clock.position(search.rows).tolist())
    where = Condition((Term("k", "is", "a"),))
    series = counted(clock, search.rows, where.holds(search.rows))
    assert sorted(asked(search, visible(clock, where, "all"))) == list(zip(series.number.tolist(), series.n.tolist(), strict=True))
    assert clock.starts(0) <= when.min() < clock.starts(1) and clock.starts(clock.count - 1) <= when.max() < clock.starts(clock.count)


def test_a_period_that_is_cut_off_is_left_out():
    when = np.array(["2022-01-20", "2022-02-01", "2022-03-15", "2022-04-30"], dtype="datetime64[us]")
    clock = Clock("at", "month", "2022-01-20", "2022-04-30")
    assert clock.whole == (1, 3)
    assert counted(clock, Rows.of({"at": when}), np.ones(4, dtype=bool)).n.tolist() == [1.0, 1.0, 1.0]


def test_halves_that_are_stretches_of_the_clock_count_inner_days_only():
    when = np.sort(moments(400, n=6_000))
    blocks = np.arange(6_000) // 100
    half = blocks % 2 == 0
    search = searched(when[half], blocks[half])
    clock = clock_of(search, ROWS)
    assert clock is not None and not clock.gaps and clock.unit in ("hour", "day")
    series = counted(clock, search.rows, np.ones(search.rows.n, dtype=bool))
    every = counted(Clock("at", clock.unit, clock.start, clock.end), Rows.of({"at": when}), np.ones(6_000, dtype=bool))
    whole = dict(zip(every.number.tolist(), every.n.tolist(), strict=True))
    assert len(series.n) and all(whole[i] == n for i, n in zip(series.number.tolist(), series.n.tolist(), strict=True))
    assert sorted(asked(search, visible(clock, EVERYONE, "all"))) == list(zip(series.number.tolist(), series.n.tolist(), strict=True))
    assert in_stretches(blocks, when) and not in_stretches(np.random.default_rng(0).permutation(blocks), when) and not in_stretches(None, when)


def test_moments_and_amounts_in_words():
    assert iso(np.datetime64("2022-03-05T00:00", "us")) == "2022-03-05" and iso(np.datetime64("2022-03-05T06:30", "us")) == "2022-03-05T06:30:00"
    assert moment("2022-03-05T06:30:00") == "2022-03-05 06:30" and lower("The mean") == "the mean"
    clock = Clock("at", "month", "2022-01-01", "2023-12-31")
    assert (amounts(41.23, "month", "en"), amounts(41.23, "month", "zh")) == ("41.23 a month", "每月 41.23")
    assert per(clock, 24.0)[1] == "month" and per(clock, 24.0)[0] == pytest.approx(1.0, abs=0.01)
    assert clock.label(1) == "2022-02" and clock.moments() == ("2022-01-01", "2023-12-31")


def test_a_chart_has_few_points():
    clock = Clock("at", "day", "2022-01-01", "2022-12-31")
    number = np.arange(365)
    made = points(number, number.astype(float), clock, "all", "segment")
    assert len(made) <= 30 and made[0]["x"] == "2022-01-01T00:00:00" and made[0]["value"] == pytest.approx(6.0)
    assert points(number[:0], number[:0].astype(float), clock, "all", "segment") == []
