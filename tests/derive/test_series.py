"""What a sequence is about: plain columns, and shapes only where there are some."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.derive import series
from apercu.derive.series import FEATURES, brought, features_of


def test_plain_features():
    found = features_of([np.array([1.0, 3.0, 2.0, 6.0]), None, np.array([np.nan, 2.0, np.nan, 4.0]), np.array([5.0])])
    assert list(found) == list(FEATURES)
    assert found["mean"][0] == 3 and found["lowest"][0] == 1 and found["highest"][0] == 6 and found["last"][0] == 6
    assert found["slope"][0] == pytest.approx(1.4) and found["slope"][2] == pytest.approx(1.0)
    assert found["length"].tolist() == [4, 0, 4, 1] and np.isnan(found["mean"][1]) and np.isnan(found["slope"][3])
    assert found["spread"][0] == pytest.approx(np.std([1, 3, 2, 6])) and found["last"][2] == 4


def test_waves_are_counted_whatever_the_lengths(monkeypatch):
    rng = np.random.default_rng(1)
    waves = [np.sin(np.arange(n) * 2 * np.pi / 12 - np.pi / 2) + 0.05 * rng.normal(size=n) + 0.01 * np.arange(n) for n in (60, 120, 96)]
    found = features_of([waves[0], None, waves[1], rng.normal(size=3), waves[2]])
    assert found["period"][[0, 2, 4]].tolist() == [12, 12, 12] and found["peaks"][[0, 2, 4]].tolist() == [5, 10, 8]
    monkeypatch.setattr(series, "CELLS", 100)
    again = features_of([waves[0], None, waves[1], rng.normal(size=3), waves[2]])
    assert again["period"][[0, 2, 4]].tolist() == [12, 12, 12]


def test_what_never_changes_has_neither_peaks_nor_period():
    found = features_of([np.full(50, 3.0), np.arange(50.0), np.full(4, np.nan)])
    assert found["peaks"].tolist()[:2] == [0, 0] and np.isnan(found["period"]).all() and np.isnan(found["peaks"][2])
    assert features_of([])["mean"].shape == (0,)


def test_a_course_is_brought_to_one_length_and_spread():
    t = np.linspace(0, 1, 90)
    one, other = brought(np.sin(5 * t)), brought(7 + 3 * np.sin(5 * t[::3]))
    assert one.shape == (32,) and abs(one.mean()) < 1e-9 and one.std() == pytest.approx(1.0) and np.corrcoef(one, other)[0, 1] > 0.999
    assert brought(None) is None and brought(np.full(9, 2.0)) is None and brought(np.array([1.0, 2.0])) is None
