"""Forecasts, end to end: seasons and known columns are used, intervals hold, the past alone is learned from, little data do no harm."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.progress import listening
from apercu.core.rows import Rows
from apercu.train.series import Options, forecast


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No package that is not always there, so that the same members are tried everywhere."""
    monkeypatch.setattr("apercu.train.series.find_spec", lambda name: None)


def monthly(n, seed=0, trend=0.5):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    return 100 + trend * t + 25 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 4, n)


def months(n):
    return (np.datetime64("2012-01") + np.arange(n)).astype("datetime64[us]")


def table(count, n):
    columns = {"month": np.tile(months(n), count), "shop": np.repeat([f"s{i:02d}" for i in range(count)], n)}
    return {**columns, "sold": np.round(np.concatenate([monthly(n, i) * (i + 1) for i in range(count)]))}


def test_a_season_and_a_trend_are_carried_on():
    told = forecast({"month": months(96), "sold": np.round(monthly(96))}, "sold", "month", horizon=12)
    truth = monthly(108, trend=0.5) * 0 + 100 + 0.5 * np.arange(108) + 25 * np.sin(2 * np.pi * np.arange(108) / 12)
    path = told.series[0]
    assert np.abs(np.array(path.mean) - truth[96:]).mean() < 8
    assert path.times[0] == "2020-01-01" and len(path.past) == 96 and told.seasons == (12,)
    assert told.scores[0].mase < told.scores[-1].mase
    assert told.total.mean == path.mean and told.span.mean == pytest.approx(sum(path.mean))


def test_intervals_of_many_series_hold_what_they_say():
    n, h, count = 72, 8, 30
    whole = table(count, n)
    past = np.tile(np.arange(n) < n - h, count)
    told = forecast({name: column[past] for name, column in whole.items()}, "sold", "month", by="shop", horizon=h)
    truth = whole["sold"].reshape(count, n)[:, -h:]
    low, high, mean = (np.array([getattr(told.path(f"s{i:02d}"), side) for i in range(count)]) for side in ("low", "high", "mean"))
    assert 0.8 <= np.mean((truth >= low) & (truth <= high)) <= 0.99  # 240 numbers, eight of each series, that hang together
    assert told.total.mean == pytest.approx(mean.sum(axis=0))
    assert told.scores[0].coverage == pytest.approx(0.9, abs=0.05)
    assert told.span.low <= truth.sum() <= told.span.high


def test_a_known_column_is_used():
    rng = np.random.default_rng(0)
    day = (np.datetime64("2022-01-01") + np.arange(308)).astype("datetime64[us]")
    promotion = (rng.random(308) < 0.2).astype(float)
    sold = np.round(50 + 60 * promotion + rng.normal(0, 4, 308))
    hidden = np.where(np.arange(308) < 280, sold, np.nan)
    plain = forecast({"day": day[:280], "sold": sold[:280]}, "sold", "day", horizon=28)
    helped = forecast({"day": day, "sold": hidden, "promotion": promotion}, "sold", "day", known="promotion")
    lost = [np.abs(np.array(told.series[0].mean) - sold[280:]).mean() for told in (plain, helped)]
    assert helped.horizon == 28 and lost[1] < 0.4 * lost[0]


def test_the_same_rows_in_any_order_give_the_same_forecast():
    columns = table(6, 60)
    order = np.random.default_rng(3).permutation(360)
    one, other = (forecast({k: v[o] for k, v in columns.items()}, "sold", "month", by=("shop",), horizon=6) for o in (np.arange(360), order))
    assert one == other


def test_series_of_other_lengths_are_forecast_from_their_own_end():
    columns = table(3, 60)
    kept = np.ones(180, bool)
    kept[50:60] = False  # the first shop closed early
    kept[60:117] = False  # the second has three months
    told = forecast({k: v[kept] for k, v in columns.items()}, "sold", "month", by=("shop",), horizon=6)
    assert [p.times[0] for p in told.series] == ["2016-03-01", "2017-01-01", "2017-01-01"]
    assert all(np.isfinite(p.mean + p.low + p.high).all() for p in told.series)
    assert any("own end" in note.say() for note in told.notes)


@pytest.mark.parametrize("y", [[1.0, 2.0, 3.0, 4.0], [0.0] * 12, [5.0] * 40, [0, 0, 0, 9, 0, 0, 0, 0, 7, 0, 0, 0, 0, 3, 0, 0.0], list(-monthly(30))])
def test_little_or_dull_history_does_no_harm(y):
    told = forecast({"t": np.arange(float(len(y))), "sold": y}, "sold", "t")
    path = told.series[0]
    assert np.isfinite(path.mean + path.low + path.high).all()
    assert (np.array(path.low) <= np.array(path.mean) + 1e-9).all() and (np.array(path.mean) <= np.array(path.high) + 1e-9).all()
    assert min(y) < 0 or min(path.low) >= 0
    for lang in ("en", "zh"):
        assert "nan" not in told.say(lang) + told.how(lang)


def test_progress_is_told_and_ends():
    heard = []
    with listening(lambda step, done, total: heard.append((step, done / total))):
        forecast(Rows.of({"month": months(60), "sold": monthly(60)}), "sold", "month", horizon=6)
    shares = [share for _, share in heard]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1 and {step for step, _ in heard} == {"forecast"}


def test_a_coverage_that_cannot_be_is_refused():
    with pytest.raises(WordsError, match="coverage"):
        forecast({"t": np.arange(30.0), "sold": np.arange(30.0)}, "sold", "t", options=Options(coverage=1.5))


def line(quality):
    """A table of a line with noise, and a member that tells it but for its quality, wherever it is asked from."""
    y = 50.0 + 2.0 * np.arange(60) + np.random.default_rng(3).normal(0, 3, 60)

    def model(panel, tasks, cut, *, log):
        return 50.0 + 2.0 * (tasks.known[:, None] + np.arange(panel.horizon)) + quality

    return {"t": np.arange(60.0), "sold": y}, model


def with_arima(monkeypatch, quality, asked=()):
    columns, model = line(quality)
    monkeypatch.setattr("apercu.train.series.find_spec", lambda name: name == "statsforecast")
    monkeypatch.setattr("apercu.train.series.brought", lambda name: None)
    monkeypatch.setattr("apercu.train._arima.arima", model)
    return forecast(columns, "sold", "t", horizon=6, options=Options(members=asked))


def test_a_member_whose_package_is_there_is_tried_and_kept_where_it_is_good(monkeypatch):
    names = {score.name: score.weight for score in with_arima(monkeypatch, 0.0).scores}
    assert names["arima"] > 0.3
    assert "arima" not in {score.name for score in with_arima(monkeypatch, 30.0).scores}


def test_a_member_that_is_named_is_scored_even_where_it_is_bad(monkeypatch):
    names = {score.name: score for score in with_arima(monkeypatch, 30.0, asked=("arima",)).scores}
    assert names["arima"].weight == 0.0 and names["arima"].mase > names["theta"].mase
    told = with_arima(monkeypatch, np.nan, asked=("arima",))
    assert "arima" not in {score.name for score in told.scores} and "too short for it" in told.notes[-1].say()


def test_a_package_that_is_absent_is_missed_only_where_it_is_named(monkeypatch):
    for place in ("series", "_extra"):
        monkeypatch.setattr(f"apercu.train.{place}.find_spec", lambda name: None)
    columns, _ = line(0.0)
    assert {score.name for score in forecast(columns, "sold", "t", horizon=6).scores} & {"arima", "rnn"} == set()
    with pytest.raises(WordsError, match=r"apercu\[series\]"):
        forecast(columns, "sold", "t", options=Options(members=("arima",)))
    with pytest.raises(WordsError, match="arma"):
        forecast(columns, "sold", "t", options=Options(members=("arma",)))


@pytest.mark.slow
def test_many_past_forecasts_hold_what_they_say_on_real_walks():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(20):
        y = 200 + np.cumsum(rng.normal(0, 3, 160))
        told = forecast({"t": np.arange(150.0), "price": y[:150]}, "price", "t", horizon=10).series[0]
        held.append(np.mean((y[150:] >= told.low) & (y[150:] <= told.high)))
    assert np.mean(held) > 0.75
