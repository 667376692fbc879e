"""Smoothing: a line is carried on, a season comes back, a level stays; the figures of the published method on AirPassengers."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats import smoothing

MONTHS = np.arange(120)


def one(model, y, m, steps, *more):
    return model(np.asarray(y, float), np.array([0]), np.array([len(y)]), m, steps, *(more or ((0,) if model is smoothing.theta else ())))[0]


@pytest.mark.parametrize("model", [smoothing.theta, smoothing.ets])
def test_a_season_comes_back(model):
    y = 100 + 20 * np.sin(2 * np.pi * MONTHS / 12)
    told = one(model, y, 12, 24)
    truth = 100 + 20 * np.sin(2 * np.pi * np.arange(120, 144) / 12)
    assert np.abs(told - truth).max() < 1.0


@pytest.mark.parametrize("model", [smoothing.theta, smoothing.ets])
def test_a_line_goes_on(model):
    told = one(model, 10 + 2.0 * MONTHS, 1, 5)
    assert told[0] == pytest.approx(250, rel=0.02) and (np.diff(told) > 0.5).all()


@pytest.mark.parametrize("model", [smoothing.theta, smoothing.ets])
@pytest.mark.parametrize("y", [[5.0], [5.0, 6.0], [5.0, 5.0, 5.0, 5.0, 5.0], [0.0] * 30])
def test_little_is_carried_on_as_it_was_last(model, y):
    assert one(model, y, 12, 3).tolist() == [y[-1]] * 3


def test_a_week_of_hours_is_taken_out_before_the_day():
    hours = np.arange(24 * 7 * 6)
    y = 50 + 10 * np.sin(2 * np.pi * hours / 24) + np.where(hours % 168 < 120, 8.0, -20.0)
    truth = (50 + 10 * np.sin(2 * np.pi * np.arange(len(y), len(y) + 168) / 24)) + np.where(np.arange(168) < 120, 8.0, -20.0)
    plain, weekly = (np.abs(one(smoothing.theta, y, 24, 168, longer) - truth).mean() for longer in (0, 168))
    assert weekly < 0.2 * plain


def test_series_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    y = rng.gamma(4, 3, 100)
    both = smoothing.theta(y, np.array([0, 40]), np.array([40, 100]), 4, 6, 0)
    assert np.array_equal(both[1], one(smoothing.theta, y[40:], 4, 6)) and np.array_equal(both[0], one(smoothing.theta, y[:40], 4, 6))


def test_noise_has_no_season_and_a_season_is_seen():
    rng = np.random.default_rng(1)
    noise = [smoothing.seasonal(rng.normal(size=96), 12) for _ in range(200)]
    assert np.mean(noise) < 0.2
    assert all(smoothing.seasonal(np.sin(2 * np.pi * MONTHS / 12) + 0.3 * rng.normal(size=120), 12) for _ in range(20))
    assert not smoothing.seasonal(np.arange(20.0), 12) and not smoothing.seasonal(np.ones(48), 12)


def test_the_profile_is_the_season():
    season = np.array([3.0, -1.0, -2.0, 0.0])
    assert smoothing.profile(np.tile(season, 10) + 7, 4, False) == pytest.approx(season)
    assert smoothing.profile(np.tile(1 + season / 10, 10) * 7, 4, True) == pytest.approx(1 + season / 10, abs=1e-9)


def test_what_is_chance_in_a_season_is_drawn_together():
    rng = np.random.default_rng(2)
    season = 2.0 * np.sin(2 * np.pi * np.arange(12) / 12)
    noisy = [np.tile(season, 5) + rng.normal(0, 4, 60) for _ in range(200)]
    drawn = np.array([smoothing.profile(y, 12, False) for y in noisy])
    plain = np.array([(y - y.mean()).reshape(5, 12).mean(axis=0) for y in noisy])
    assert np.abs(drawn).mean() < np.abs(plain).mean()
    assert ((drawn - season) ** 2).mean() < 0.8 * ((plain - season) ** 2).mean()
    clear = smoothing.profile(np.tile(20 * season, 5) + rng.normal(0, 4, 60), 12, False)
    assert clear == pytest.approx(20 * season, abs=8)
