"""Metrics agree with scikit-learn, with and without weights, and answer for many weightings at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peer

from apercu.stats import scores


def binary(seed, n=200, ties=True):
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(float)
    truth[:2] = (0.0, 1.0)
    score = np.clip(0.3 * truth + 0.7 * rng.random(n), 0.01, 0.99)
    return truth, np.round(score, 1) if ties else score, rng.random(n) * 3


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=30, deadline=None)
def test_binary_metrics_equal_the_peer(seed, ties):
    truth, p, w = binary(seed, ties=ties)
    p = np.clip(p, 0.05, 0.95)
    made = (p >= 0.5).astype(float)
    for weights in (None, w):
        assert scores.auc(truth, p, weights) == pytest.approx(peer.roc_auc_score(truth, p, sample_weight=weights))
        assert scores.average_precision(truth, p, weights) == pytest.approx(peer.average_precision_score(truth, p, sample_weight=weights))
        assert scores.log_loss(truth, p, weights) == pytest.approx(peer.log_loss(truth, p, sample_weight=weights))
        assert scores.brier(truth, p, weights) == pytest.approx(peer.brier_score_loss(truth, p, sample_weight=weights))
        assert scores.accuracy(truth, made, weights) == pytest.approx(peer.accuracy_score(truth, made, sample_weight=weights))
        assert scores.balanced_accuracy(truth, made, weights) == pytest.approx(peer.balanced_accuracy_score(truth, made, sample_weight=weights))
        for ours, theirs in ((scores.f1, peer.f1_score), (scores.recall, peer.recall_score), (scores.precision, peer.precision_score)):
            assert ours(truth, made, weights) == pytest.approx(theirs(truth, made, sample_weight=weights, zero_division=0))
        assert scores.confusion(truth, made, 2, weights) == pytest.approx(peer.confusion_matrix(truth, made, sample_weight=weights))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_multiclass_metrics_equal_the_peer(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 150)
    truth[:4] = range(4)
    p = rng.dirichlet(np.ones(4), 150)
    made = p.argmax(axis=1)
    assert scores.log_loss(truth, p) == pytest.approx(peer.log_loss(truth, p))
    assert scores.macro_auc(truth, p) == pytest.approx(peer.roc_auc_score(truth, p, multi_class="ovr", average="macro"))
    assert scores.macro_f1(truth, made) == pytest.approx(peer.f1_score(truth, made, average="macro"))
    assert scores.confusion(truth, made, 4) == pytest.approx(peer.confusion_matrix(truth, made))
    assert scores.brier(truth, p) == pytest.approx(((p - np.eye(4)[truth]) ** 2).sum(axis=1).mean())


@given(st.integers(0, 10_000), st.floats(-1e6, 1e6))
@settings(max_examples=20, deadline=None)
def test_numeric_metrics_equal_the_peer(seed, offset):
    rng = np.random.default_rng(seed)
    truth, w = rng.normal(size=100) + offset, rng.random(100)
    told = truth + rng.normal(size=100)
    for weights in (None, w):
        assert scores.rmse(truth, told, weights) == pytest.approx(peer.root_mean_squared_error(truth, told, sample_weight=weights))
        assert scores.mae(truth, told, weights) == pytest.approx(peer.mean_absolute_error(truth, told, sample_weight=weights))
        assert scores.r2(truth, told, weights) == pytest.approx(peer.r2_score(truth, told, sample_weight=weights), abs=1e-6)


@pytest.mark.parametrize(
    "measure",
    [scores.auc, scores.average_precision, scores.log_loss, scores.brier, scores.ece, scores.r2, scores.rmse, scores.mae, scores.f1, scores.recall],
)
def test_many_weightings_at_once_equal_one_by_one(measure):
    truth, p, _ = binary(3)
    p = (p > 0.4).astype(float) if measure in (scores.f1, scores.recall) else p
    many = np.random.default_rng(1).poisson(1.0, (7, len(truth))).astype(float)
    assert measure(truth, p, many) == pytest.approx([float(measure(truth, p, w)) for w in many])


def test_ece_is_nought_for_calibrated_and_known_for_wrong():
    truth = np.array([0.0, 1.0] * 50)
    assert scores.ece(truth, np.full(100, 0.5)) == pytest.approx(0.0)
    assert scores.ece(truth, np.full(100, 0.9)) == pytest.approx(0.4)


def test_what_cannot_be_measured_is_nan_or_nought():
    ones = np.ones(5)
    assert np.isnan(scores.auc(ones, np.arange(5.0)))
    assert scores.precision(ones, np.zeros(5)) == 0.0
    assert np.isnan(scores.r2(ones, np.zeros(5))) or scores.r2(ones, np.zeros(5)) == -np.inf


def test_a_base_rate_is_calibrated_without_a_rest():
    truth = (np.arange(147) < 22).astype(float)
    assert scores.ece(truth, np.full(147, truth.mean())) == 0.0


@given(st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=20, deadline=None)
def test_agreement_equals_the_peer(seed, k):
    rng = np.random.default_rng(seed)
    truth, w = rng.integers(0, k, 80), rng.random(80)
    made = np.where(rng.random(80) < 0.4, truth, rng.integers(0, k, 80))
    for weights in (None, w):
        assert scores.mcc(truth, made, weights) == pytest.approx(peer.matthews_corrcoef(truth, made, sample_weight=weights))
        assert scores.kappa(truth, made, weights) == pytest.approx(peer.cohen_kappa_score(truth, made, sample_weight=weights))
    many = np.stack([w, np.ones(80)])
    assert scores.mcc(truth, made, many) == pytest.approx([float(scores.mcc(truth, made, w)), float(scores.mcc(truth, made))])
    p = rng.dirichlet(np.ones(k), 80)
    assert scores.top_k(truth, p, w, places=2) == pytest.approx(
        peer.top_k_accuracy_score(truth, p, k=2, sample_weight=w, labels=range(k)) if k > 2 else 1.0
    )


def test_agreement_of_what_does_not_vary_is_nothing():
    assert scores.mcc(np.zeros(4), np.zeros(4)) == 0 and scores.kappa(np.zeros(4), np.zeros(4)) == 0


def test_lift_counts_the_top():
    truth, score = np.array([1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), np.arange(10.0)[::-1]
    assert scores.lift_at(truth, score) == pytest.approx(5.0)
    assert scores.lift_at(truth, np.zeros(10)) == pytest.approx(1.0)  # ties are shared out
    weights = np.stack([np.ones(10), np.r_[2.0, np.ones(9)]])
    assert scores.lift_at(truth, score, weights) == pytest.approx([5.0, (1.1 / 1.1) / (3 / 11)])
    assert np.isnan(scores.lift_at(np.zeros(3), score[:3]))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_errors_equal_the_peer(seed):
    rng = np.random.default_rng(seed)
    truth, w = rng.normal(size=61) + 3, rng.integers(1, 4, 61).astype(float)
    told = truth + rng.normal(size=61)
    assert scores.mape(truth, told, w) == pytest.approx(peer.mean_absolute_percentage_error(truth, told, sample_weight=w))
    assert scores.median_error(truth, told) == pytest.approx(peer.median_absolute_error(truth, told))
    again = np.repeat(np.abs(truth - told), w.astype(int))
    assert np.percentile(again, 50, method="inverted_cdf") == pytest.approx(scores.median_error(truth, told, w))
    for level in (0.1, 0.5, 0.9):
        assert scores.pinball(truth, told, w, level=level) == pytest.approx(peer.mean_pinball_loss(truth, told, sample_weight=w, alpha=level))
    assert scores.coverage(truth, told - 1, told + 1) == pytest.approx((np.abs(truth - told) <= 1).mean())
    size = (np.abs(truth) + np.abs(told)) / 2
    assert scores.smape(truth, told, w) == pytest.approx(np.average(np.abs(truth - told) / size, weights=w))


def test_shares_of_nothing():
    zero = np.zeros(3)
    assert np.isnan(scores.mape(zero, zero)) and scores.smape(zero, zero) == 0
    assert scores.mape(np.array([0.0, 2.0]), np.array([5.0, 1.0])) == 0.5
