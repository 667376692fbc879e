"""Survival numbers against published ones and against formulas done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.hazards import (
    breslow,
    brier,
    brier_rows,
    concordance,
    concordances,
    cox,
    kaplan_meier,
    partial_likelihood,
    share_at,
    survivors,
)

# Freireich et al. 1963, weeks of remission of 21 + 21 leukaemia patients: 6-MP (censored with 0) and placebo
MP = ((6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35), (1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0))
PLACEBO = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


@pytest.fixture
def leukaemia():
    time = np.array([*MP[0], *PLACEBO], dtype=float)
    event = np.array([*MP[1], *[1] * 21], dtype=float)
    return np.repeat([0.0, 1.0], 21)[:, None], time, event


def test_kaplan_meier_as_published():
    times, share = kaplan_meier(np.array(MP[0], dtype=float), np.array(MP[1], dtype=float))
    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert share == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert share_at(times, share, np.array([5.0, 6.0, 100.0])) == pytest.approx([1.0, 0.857, 0.448], abs=5e-4)
    assert share_at(times, share, np.array([6.0]), before=True) == 1.0


def test_the_band_as_published():
    """R survival, survfit with conf.type = "log-log", of the 6-MP group."""
    band = survivors(np.array(MP[0], dtype=float), np.array(MP[1], dtype=float))
    assert band.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert band.low == pytest.approx([0.620, 0.563, 0.503, 0.432, 0.368, 0.268, 0.188], abs=6e-4)
    assert band.high == pytest.approx([0.952, 0.923, 0.889, 0.849, 0.805, 0.747, 0.680], abs=6e-4)
    gone = survivors(np.arange(1.0, 4.0), np.ones(3), level=0.5)
    assert (gone.share[-1], gone.low[-1], gone.high[-1]) == (0.0, 0.0, 0.0) and (gone.low <= gone.share).all() and (gone.share <= gone.high).all()
    assert len(survivors(np.arange(3.0), np.zeros(3)).times) == 0 == len(survivors(np.zeros(0), np.zeros(0)).times)


def test_nineteen_of_twenty_bands_hold_the_truth():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        full, seen = rng.exponential(size=80), rng.uniform(0.0, 3.0, 80)
        band = survivors(np.minimum(full, seen), (full <= seen).astype(float))
        at = np.searchsorted(band.times, 0.7, side="right") - 1
        held += band.low[at] <= np.exp(-0.7) <= band.high[at]
    assert 0.92 <= held / 400 <= 0.98


def test_cox_as_published(leukaemia):
    found, value = cox(*leukaemia)
    assert found[0] == pytest.approx(1.572, abs=1e-3) and value == pytest.approx(-85.008, abs=2e-3)  # Efron; R survival, coxph
    assert partial_likelihood(*leukaemia, found) == pytest.approx(value, abs=1e-9)
    assert partial_likelihood(*leukaemia, found) > partial_likelihood(*leukaemia, found + 0.1)


def test_weights_without_ties_count_as_in_the_formula():
    rng = np.random.default_rng(1)
    x, time, weights = rng.normal(size=(60, 2)), rng.exponential(size=60), rng.uniform(0.5, 2, 60)
    event = (rng.random(60) < 0.7).astype(float)
    found, value = cox(x, time, event, weights=weights)

    def likelihood(b):
        risk = weights * np.exp(x @ b)
        return sum(weights[i] * (x[i] @ b - np.log(risk[time >= time[i]].sum())) for i in range(60) if event[i])

    assert value == pytest.approx(likelihood(found), abs=1e-6)
    assert max(likelihood(found + d) for d in 0.05 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])) < value


def test_a_ridge_keeps_a_telling_column_finite():
    x = np.array([[1.0]] * 20 + [[0.0]] * 20)
    found, _ = cox(x, np.concatenate([np.arange(1.0, 21), np.arange(30.0, 50)]), np.repeat([1.0, 0.0], 20), ridge=1.0)
    assert 1.0 < found[0] < 20.0
    constant = cox(np.ones((10, 2)), np.arange(10.0), np.ones(10))[0]
    assert np.allclose(constant, 0.0)


def test_breslow_without_columns_is_nelson_aalen(leukaemia):
    _, time, event = leukaemia
    times, hazard = breslow(time, event, np.ones(len(time)))
    assert hazard[0] == pytest.approx(2 / 42) and hazard[1] == pytest.approx(2 / 42 + 2 / 40)
    assert (np.diff(hazard) > 0).all() and len(times) == len(np.unique(time[event > 0]))


def test_concordance_equals_the_pairs_counted():
    rng = np.random.default_rng(2)
    for _ in range(20):
        time, event = rng.integers(1, 9, 40).astype(float), (rng.random(40) < 0.6).astype(float)
        risk = rng.integers(0, 6, 40).astype(float)
        good = pairs = 0.0
        for i in range(40):
            for j in range(40):
                if event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j])):
                    pairs += 1
                    good += 1.0 if risk[i] > risk[j] else 0.5 * (risk[i] == risk[j])
        assert concordance(time, event, risk) == pytest.approx(good / pairs)
    assert np.isnan(concordance(np.arange(3.0), np.zeros(3), np.arange(3.0)))


def test_a_row_drawn_twice_counts_as_two():
    rng = np.random.default_rng(6)
    time, event, risk = rng.integers(1, 9, 60).astype(float), (rng.random(60) < 0.6).astype(float), rng.integers(0, 6, 60).astype(float)
    draws = [rng.integers(0, 60, 60) for _ in range(10)]
    made = concordances(time, event, risk, np.stack([np.bincount(d, minlength=60) for d in draws]))
    assert made.tolist() == [concordance(time[d], event[d], risk[d]) for d in draws]
    assert np.isnan(concordances(time, event, risk, np.zeros((1, 60)))[0])


def test_the_rows_parts_have_the_mean_of_the_score():
    rng = np.random.default_rng(7)
    time, event = rng.exponential(size=300), (rng.random(300) < 0.7).astype(float)
    for when in (np.array([0.2, 0.5, 0.6, 1.1]), np.array([0.4]), np.array([0.4, 0.4])):
        told = (time, event, rng.random((300, len(when))), when, (time, event))
        assert brier_rows(*told).mean() == pytest.approx(brier(*told)[1])
        assert brier_rows(*told).shape == (300,)


def test_brier_without_censoring_is_the_plain_one():
    rng = np.random.default_rng(3)
    time, when = rng.exponential(size=200), np.array([0.3, 0.7, 1.5])
    shares = rng.random((200, 3))
    score, mean = brier(time, np.ones(200), shares, when, (time, np.ones(200)))
    plain = ((time[:, None] > when) - shares) ** 2
    assert score == pytest.approx(plain.mean(axis=0))
    assert mean == pytest.approx(np.trapezoid(plain.mean(axis=0), when) / 1.2)


def test_brier_weighs_censoring_out():
    rng = np.random.default_rng(4)
    full, gone = rng.exponential(size=20_000), rng.exponential(1.5, size=20_000)
    time, event = np.minimum(full, gone), (full <= gone).astype(float)
    when = np.array([0.5, 1.0])
    shares = np.tile(np.exp(-when), (20_000, 1))
    score, _ = brier(time, event, shares, when, (time, event))
    assert score == pytest.approx(np.exp(-when) * (1 - np.exp(-when)), abs=0.01)
