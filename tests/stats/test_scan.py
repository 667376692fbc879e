"""The scan statistic is a z near the null, does not run away where little was expected, and sets a part apart from its box only where it differs."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.scan import surely, surely_apart


def test_it_is_the_score_test_near_the_null_and_has_its_sign():
    assert float(surely(1_030.0, 1_000.0, 1_000.0)) == pytest.approx(30 / np.sqrt(1_000), rel=0.01)
    assert float(surely(970.0, 1_000.0, 1_000.0)) == pytest.approx(-30 / np.sqrt(1_000), rel=0.01)
    assert float(surely(5.0, 5.0, 5.0)) == 0.0
    assert float(surely(0.0, 5.0, 5.0)) == pytest.approx(-np.sqrt(10.0))


def test_sums_of_chance_are_about_normal():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.02, 0.2, 400)
    weight = generator.uniform(0.2, 1.0, 400)
    wrong = (generator.random((4_000, 400)) < p) @ weight
    z = surely(wrong, np.full(4_000, weight @ p), np.full(4_000, weight**2 @ (p * (1 - p))))
    assert abs(z.mean()) < 0.1 and abs(z.std() - 1) < 0.07 and abs(np.mean(z > 1.645) - 0.05) < 0.015


def test_where_little_was_expected_it_does_not_run_away():
    score = (2.0 - 0.01) / np.sqrt(0.01)
    assert float(surely(2.0, 0.01, 0.01)) < 4.2 < score


def test_a_part_like_its_box_does_not_stand_apart():
    assert surely_apart((10.0, 5.0, 5.0), (40.0, 20.0, 20.0)) == pytest.approx(0.0, abs=1e-6)
    assert surely_apart((30.0, 5.0, 5.0), (40.0, 20.0, 20.0)) > 5
    assert surely_apart((0.0, 5.0, 5.0), (40.0, 20.0, 20.0)) < -3


def test_nothing_expected_says_nothing():
    assert surely_apart((1.0, 0.0, 0.0), (4.0, 2.0, 2.0)) == 0.0 and surely_apart((4.0, 2.0, 2.0), (4.0, 2.0, 2.0)) == 0.0
    assert np.isfinite(surely(np.zeros(2), np.zeros(2), np.zeros(2))).all()
