"""The lines along a clock that searched rows suggest."""

from __future__ import annotations

import numpy as np

from apercu.core.condition import EVERYONE, Condition, Term
from apercu.core.expression import Column
from apercu.core.measure import Measure
from apercu.discover._clock import clock_of
from apercu.discover._lines import lines_of
from apercu.testing import _searched

M, ROWS = Measure("m"), Measure("rows")


def table(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    t = rng.random(n)
    at = np.datetime64("2022-01-01", "us") + (t * 700 * 1440).astype(np.int64).astype("timedelta64[m]")
    columns = {"at": at, "k": rng.choice(["a", "b", "c"], n).astype(object), "x": rng.normal(size=n), "m": rng.normal(size=n)}
    return columns, t, rng


def found(columns, measure, target="m"):
    search = _searched(columns, target)
    measure = search.measures[0] if target else measure
    clock = clock_of(search, measure)
    assert clock is not None
    return lines_of(search, measure, clock)


def test_a_line_of_all_rows_is_one_line():
    columns, t, _ = table()
    lines, looks = found({**columns, "m": columns["m"] + t}, M)
    assert [line.where for line in lines] == [EVERYONE] and 0.6 < lines[0].change < 1.4 and 4 <= looks <= 20


def test_a_line_of_a_group_is_that_group_and_comes_with_its_strength():
    columns, t, _ = table()
    lines, _ = found({**columns, "m": columns["m"] - 1.5 * t * (columns["k"] == "b")}, M)
    best = max(lines, key=lambda line: line.strength)
    assert best.where == Condition((Term("k", "is", "b"),)) and best.change < -1.0


def test_noise_has_hardly_any():
    lines = [line for seed in range(20) for line in found(table(seed=seed)[0], M)[0]]
    assert len(lines) <= 2


def test_numbers_of_rows_rise_overall_or_by_level():
    columns, t, rng = table(4_000)
    kept = rng.random(4_000) < 0.2 + 0.8 * t
    lines, _ = found({name: column[kept] for name, column in columns.items()}, ROWS, "")
    assert [line.where for line in lines] == [EVERYONE] and lines[0].change > 0
    kept = (columns["k"] != "c") | (rng.random(4_000) < t)
    lines, _ = found({name: column[kept] for name, column in columns.items()}, ROWS, "")
    assert Condition((Term("k", "is", "c"),)) in [line.where for line in lines]


def test_an_empty_measure_has_none():
    columns, _, _ = table(300)
    search = _searched({**columns, "zero": np.zeros(300)}, "m")
    clock = clock_of(search, M)
    assert clock is not None and lines_of(search, Measure("zero", Column("zero")), clock)[0] == []
