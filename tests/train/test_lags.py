"""Lags: what a booster learns is what was known; weights go to the simple member that was right."""

from __future__ import annotations

import numpy as np

from apercu.core.rows import Rows
from apercu.train._lags import Lags, moments_of, weighted
from apercu.train._panel import Panel


def panel_of(series, horizon=4):
    when = np.concatenate([np.datetime64("2015-01") + np.arange(len(y)) for y in series]).astype("datetime64[us]")
    key = np.repeat([f"s{i:02d}" for i in range(len(series))], [len(y) for y in series])
    return Panel.read(Rows.of({"month": when, "sold": np.concatenate(series), "key": key}), "sold", "month", ("key",), (), horizon)[0]


def learned(panel):
    series, known = moments_of(panel, 24)
    at = panel.starts[series][:, None] + known[:, None] + np.arange(panel.horizon) - 12
    return series, known, np.stack([panel.values[at], np.repeat(panel.values[panel.starts[series] + known - 1][:, None], panel.horizon, 1)])


RNG = np.random.default_rng(0)
SEASONAL = [100 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(90) / 12) + RNG.normal(0, 0.05, 90)) for _ in range(12)]


def test_weights_go_to_who_was_right():
    panel = panel_of(SEASONAL)
    told = learned(panel)
    weights = weighted(panel, told, told).weights
    assert np.allclose(weights.sum(0), 1) and weights[0].mean() > 0.9  # the season repeats; the last value misleads


def test_nothing_after_the_cut_is_learned():
    panel = panel_of(SEASONAL)
    told = learned(panel)
    moments = weighted(panel, told, told)
    spoiled = panel_of([np.concatenate([y[:-10], y[-10:] * 50]) for y in SEASONAL])
    clean, other = (Lags(p).fit(moments, 10).model_to_string() for p in (panel, spoiled))
    assert clean == other


def test_features_see_no_later_than_their_moment():
    panel, spoiled = panel_of(SEASONAL), panel_of([np.concatenate([y[:60], y[60:] * 3]) for y in SEASONAL])
    told = learned(panel)
    moments = weighted(panel, told, told)
    where = np.flatnonzero(moments.known == 60)
    booster = Lags(panel).fit(moments, 0)
    clean, other = (Lags(p).predict(booster, moments.at(where), (50,)) for p in (panel, spoiled))
    assert np.allclose(clean, other, rtol=1e-6)  # running sums over all series differ in their last digits


def test_the_logarithm_is_for_positive_values_alone():
    assert Lags(panel_of(SEASONAL)).log
    assert not Lags(panel_of([y - 100 for y in SEASONAL])).log


def test_too_few_rows_make_no_booster():
    panel = panel_of([SEASONAL[0][:40]])
    told = learned(panel)
    assert Lags(panel).fit(weighted(panel, told, told), 12) is None
