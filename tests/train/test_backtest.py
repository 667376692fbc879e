"""Backtests: origins lie in the past, weights find the good, widths hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train._backtest import Trial, half_widths, scales, spread, weighed
from apercu.train._grid import Grid
from apercu.train._panel import Panel


def panel_of(sizes, horizon=6, seasons=(12,)):
    ends = np.cumsum(sizes)
    values = np.random.default_rng(0).gamma(5, 2, int(ends[-1]))
    keys = tuple((str(i),) for i in range(len(sizes)))
    return Panel(keys, values, ends - sizes, ends, np.zeros(len(sizes), int), Grid("month"), horizon, {}, seasons, True)


@pytest.mark.parametrize("sizes", [[144], [60] * 30, [40, 200, 90], [9]])
def test_origins_leave_a_horizon_after_and_history_before(sizes):
    panel = panel_of(np.array(sizes))
    trial = Trial.of(panel)
    if len(trial.cuts):
        assert trial.cuts.min() == 6 and (np.diff(trial.cuts) > 0).all() and trial.valid.any(1).all()
        left = panel.sizes[None, :] - trial.cuts[:, None]
        assert (left[trial.valid] >= 3).all()
        assert 1 <= trial.independent <= len(trial.cuts)


def test_many_series_need_few_origins():
    assert len(Trial.of(panel_of(np.full(500, 100))).cuts) == 4
    assert len(Trial.of(panel_of(np.array([300]))).cuts) == 24


def test_weights_find_the_good_member_and_share_among_equals():
    rng = np.random.default_rng(0)
    good, poor = rng.normal(size=(200, 6)), 3 * rng.normal(size=(200, 6))
    assert weighed(np.stack([good, poor])).tolist() == [1.0, 0.0]
    twins = weighed(np.stack([good, rng.normal(size=(200, 6))]))
    assert twins.sum() == pytest.approx(1) and abs(twins[0] - 0.5) < 0.15
    assert weighed(np.full((3, 5, 6), np.nan)).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_widths_cover_what_they_say(coverage):
    rng = np.random.default_rng(0)
    grow = np.sqrt(np.arange(1, 9))
    held = []
    for _ in range(200):
        past, new = (rng.standard_t(4, (n, 8)) * grow for n in (60, 20))
        held.append(np.mean(np.abs(new) <= half_widths(past, coverage, 60)))
    assert np.mean(held) == pytest.approx(coverage, abs=0.02)


def test_few_errors_make_wider_intervals():
    rng = np.random.default_rng(0)
    held = [abs(rng.normal()) <= spread(rng.normal(size=4), 0.9, 4.0) for _ in range(4_000)]
    assert np.mean(held) == pytest.approx(0.9, abs=0.03)
    assert spread(np.array([np.nan]), 0.9, 1.0) == 0.0


def test_scales_are_never_nought():
    panel = panel_of(np.array([50, 50]))
    flat = Panel(
        panel.keys, np.concatenate([panel.of(0), np.zeros(50)]), *(getattr(panel, n) for n in ("starts", "ends", "first", "grid")), 6, {}, (12,), True
    )
    assert (scales(flat) > 0).all()
