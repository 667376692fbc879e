"""Links in time: the lag, gaps between periods, counts, and trends that make none."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.discover._lagged import following

from . import relations


def table(weeks=50, lag=1, seed=0, *, trend=0.0, linked=True):
    rng = np.random.default_rng(seed)
    level = rng.normal(size=weeks)
    week = np.sort(rng.integers(0, weeks, 40 * weeks))
    late = np.where(week >= lag, level[week - lag], 0.0) if linked else rng.normal(size=weeks)[week]
    when = np.datetime64("2023-05-01") + (7 * week + rng.integers(0, 7, len(week))).astype("timedelta64[D]")
    noise = rng.normal(size=(2, len(week)))
    return {"when": when, "a": 3 * level[week] + trend * week + noise[0], "b": 3 * late + trend * week + noise[1]}


@pytest.mark.parametrize("lag", [1, 4])
def test_the_lag_is_found(lag):
    found, looks = following(relations.searched(table(lag=lag)), 3.0, 5)
    assert (found[0].earlier.name, found[0].later.name, found[0].unit, found[0].lag) == ("a", "b", "week", lag)
    assert found[0].r > 0.7 and looks >= 12


def test_trends_make_no_link():
    said = [following(relations.searched(table(seed=s, trend=0.3, linked=False)), 3.5, 5)[0] for s in range(5)]
    assert sum(map(len, said)) == 0


def test_counts_lead_as_well():
    rng = np.random.default_rng(1)
    rows = rng.integers(5, 60, 60)
    week = np.repeat(np.arange(60), rows)
    wait = np.where(week > 0, rows[week - 1] / 6.0, 5.0) + rng.normal(size=len(week))
    when = np.datetime64("2023-05-01") + (7 * week + rng.integers(0, 7, len(week))).astype("timedelta64[D]")
    found, _ = following(relations.searched({"when": when, "wait": wait}), 3.0, 5)
    assert found and found[0].earlier.counts and found[0].later.name == "wait" and found[0].lag == 1


def test_too_few_periods_or_no_clock():
    assert following(relations.searched(table(weeks=15)), 3.0, 5)[0] == []
    columns = table()
    del columns["when"]
    assert following(relations.searched(columns), 3.0, 5) == ([], 0)
