"""Grids: each unit is found, moments go to steps and back, and what keeps to no step is counted by the day."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train._grid import Grid, found


def spaced(start, n, step, unit):
    return (np.datetime64(start) + np.arange(n) * np.timedelta64(step, unit)).astype("datetime64[us]")


MONTHS = np.datetime64("2020-01") + np.arange(40)
CASES = {
    "half hours": (spaced("2024-01-01T00:15", 200, 30, "m"), ("minute", 30), (48,)),
    "hours": (spaced("2024-01-01T05", 400, 1, "h"), ("hour", 1), (24, 168)),
    "days": (spaced("2024-01-01", 800, 1, "D"), ("day", 1), (7, 365)),
    "weeks": (spaced("2024-01-03", 120, 7, "D"), ("week", 1), (52,)),
    "months": (MONTHS.astype("datetime64[us]"), ("month", 1), (12,)),
    "month ends": (MONTHS.astype("datetime64[D]").astype("datetime64[us]") - np.timedelta64(1, "D"), ("month", 1), (12,)),
    "quarters": ((np.datetime64("2010-01") + 3 * np.arange(40)).astype("datetime64[us]"), ("quarter", 3), (4,)),
    "years": ((np.datetime64("1980-01") + 12 * np.arange(40)).astype("datetime64[us]"), ("year", 12), ()),
    "years as numbers": (1980.0 + np.arange(40), ("number", 1), ()),
    "every fifth": (1952.0 + 5 * np.arange(12), ("number", 5), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_unit_is_found_and_goes_back(name):
    when, step, seasons = CASES[name]
    grid, kept = found(when, np.zeros(len(when), int))
    assert kept and (grid.unit, grid.every) == step
    places = grid.places(when)
    assert (np.diff(places) == 1).all()
    assert np.array_equal(grid.places(grid.moments(places)), places)
    assert grid.seasons(len(when)) == seasons
    assert 1 <= grid.ahead <= 60


def test_gaps_and_many_series_do_not_hide_the_step():
    when = spaced("2024-01-01", 300, 1, "D")
    rng = np.random.default_rng(0)
    kept = np.concatenate([np.sort(rng.choice(300, 250, replace=False)) for _ in range(5)])
    grid, regular = found(when[kept], np.repeat(np.arange(5), 250))
    assert regular and (grid.unit, grid.every) == ("day", 1)


def test_working_days_skip_the_weekend():
    days = spaced("2024-01-01", 200, 1, "D")
    open_days = days[np.is_busday(days.astype("datetime64[D]"))]
    grid, _ = found(open_days, np.zeros(len(open_days), int))
    assert grid.unit == "workday"
    friday = np.array(["2024-01-05"], "datetime64[us]")
    assert grid.moments(grid.places(friday) + 1) == np.datetime64("2024-01-08")


def test_sales_at_any_second_are_counted_by_the_day():
    rng = np.random.default_rng(0)
    when = np.datetime64("2024-01-01", "us") + rng.integers(0, 120 * 86_400, 2_000) * np.timedelta64(1, "s")
    assert found(when, np.zeros(2_000, int)) == (Grid("day"), False)


def test_one_moment_is_a_grid_too():
    assert found(np.array(["2024-01-01"], "datetime64[us]"), np.zeros(1, int))[0].unit == "day"
