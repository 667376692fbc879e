"""ARIMA: nothing younger than the origin is learned, and the package is asked for in one sentence where it is absent."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.rows import Rows
from apercu.train import _arima
from apercu.train._lags import Moments
from apercu.train._panel import Panel


def panel(count=2, n=60, unit="M"):
    when = (np.datetime64("2015-01", unit) + np.arange(n)).astype("datetime64[us]")
    sold = 10.0 + np.arange(count * n) % n
    columns = {"t": np.tile(when, count), "sold": sold, "shop": np.repeat([f"s{i}" for i in range(count)], n)}
    return Panel.read(Rows.of(columns), "sold", "t", ("shop",), (), 6)[0]


def tasks(of, cut):
    series = np.arange(of.count)
    return Moments(series, of.sizes - cut, np.zeros((1, of.count, of.horizon)), np.ones((1, of.count)))


class Walk:
    """A model that tells the last value on, and remembers what it was shown."""

    fitted: list = []  # noqa: RUF012 (one list for the test)

    def __init__(self, season_length, approximation):
        self.season = season_length

    def fit(self, y):
        if y[0] > 1e6:
            raise ValueError("no model able to be fitted")
        Walk.fitted.append((self.season, y.copy()))

    def forward(self, y, h):
        return {"mean": np.full(h, y[-1])}


@pytest.fixture
def walks(monkeypatch):
    Walk.fitted = []
    monkeypatch.setattr(_arima, "brought", lambda name: None)
    monkeypatch.setattr(_arima, "import_module", lambda name: SimpleNamespace(AutoARIMA=Walk))


def test_a_model_sees_nothing_younger_than_the_cut(walks):
    of = panel()
    made = _arima.arima(of, tasks(of, 6), 18, log=False)
    assert [(season, len(y), y[-1]) for season, y in Walk.fitted] == [(12, 42, 51.0)] * 2
    assert made == pytest.approx(np.full((2, 6), 63.0))
    assert _arima.arima(of, tasks(of, 6), 18, log=True) == pytest.approx(np.full((2, 6), 63.0))


def test_what_cannot_be_fitted_is_missing(walks):
    of = panel()
    assert np.isnan(_arima.arima(of, tasks(of, 50), 50, log=False)).all()
    of.values[:] = 2e6 + np.arange(len(of.values))
    assert np.isnan(_arima.arima(of, tasks(of, 6), 6, log=False)).all()
    of.values[:] = 5.0
    assert np.isnan(_arima.arima(of, tasks(of, 6), 6, log=True)).all()


def test_few_series_of_short_seasons_are_light():
    assert _arima.is_light(panel()) and not _arima.is_light(panel(count=6)) and not _arima.is_light(panel(n=100, unit="h"))


def test_the_package_is_asked_for(monkeypatch):
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda name: None)
    of = panel()
    with pytest.raises(WordsError, match=r"apercu\[series\]"):
        _arima.arima(of, tasks(of, 6), 6, log=False)


def test_a_season_with_a_trend_is_carried_on():
    pytest.importorskip("statsforecast")
    of = panel()
    t = np.arange(60)
    of.values[:] = np.tile(50 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12), 2) + np.random.default_rng(0).normal(0, 1, 120)
    made = _arima.arima(of, tasks(of, 6), 12, log=False)
    assert np.abs(made - of.values.reshape(2, 60)[:, 54:]).mean() < 3
