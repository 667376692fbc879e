"""The recurrent net: it learns what the simple forecasts miss, from nothing younger than the origin, the same digits each time."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.rows import Rows
from apercu.train import _rnn
from apercu.train._lags import Lags, Moments
from apercu.train._panel import Panel

H = 5


def panel(count=24, n=80):
    """Series that go up for seven steps and fall for three, which a mean of late values cannot tell."""
    rng = np.random.default_rng(0)
    t = np.arange(n)[None, :] + rng.integers(0, 10, count)[:, None]
    sold = (5 + 20 * rng.random(count))[:, None] * (1 + 0.1 * np.where(t % 10 < 7, t % 10, 2.3 * (10 - t % 10))) + rng.normal(0, 0.1, (count, n))
    columns = {"t": np.tile(np.arange(float(n)), count), "sold": sold.ravel(), "shop": np.repeat([f"s{i:02d}" for i in range(count)], n)}
    made = Panel.read(Rows.of(columns), "sold", "t", ("shop",), (), H)[0]
    return Panel(**{**made.__dict__, "seasons": ()})


def moments(of, series, known):
    """The mean of the last ten values is the simple forecast."""
    late = np.array([of.of(int(i))[max(k - 10, 0) : k].mean() for i, k in zip(series, known, strict=True)])
    return Moments(series, known, np.repeat(late[None, :, None], H, axis=2), np.ones((1, len(series))))


def grounds(of, cut):
    series, known = np.repeat(np.arange(of.count), 60), np.tile(np.arange(15, 75), of.count)
    return moments(of, series, known), moments(of, np.arange(of.count), of.sizes - cut)


def test_it_learns_what_simple_forecasts_miss():
    pytest.importorskip("torch")
    of = panel()
    learned, tasks = grounds(of, H)
    truth = of.values.reshape(of.count, -1)[:, -H:]
    made = _rnn.rnn(Lags(of), learned, tasks, H)
    assert np.abs(made - truth).mean() < 0.5 * np.abs(tasks.simple[0] - truth).mean()


def test_nothing_younger_than_the_cut_is_learned():
    pytest.importorskip("torch")
    of, other = panel(), panel()
    other.values.reshape(of.count, -1)[:, -2 * H :] *= 1.5
    one, same = (_rnn.rnn(Lags(each), *grounds(each, 2 * H), 2 * H) for each in (of, other))
    assert one == pytest.approx(same, rel=1e-3)  # sums run over all series, so that the last digits move


def test_few_windows_teach_nothing():
    pytest.importorskip("torch")
    of = panel(count=3)
    assert np.isnan(_rnn.rnn(Lags(of), *grounds(of, H), 40)).all()


def test_middling_panels_are_worth_a_try():
    assert _rnn.is_worth(panel(count=30)) and not _rnn.is_worth(panel(count=3)) and not _rnn.is_worth(panel(count=300))


def test_the_package_is_asked_for(monkeypatch):
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda name: None)
    of = panel()
    with pytest.raises(WordsError, match=r"apercu\[deep\]"):
        _rnn.rnn(Lags(of), *grounds(of, H), H)
