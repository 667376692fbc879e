"""The mode obeys its stationarity, leaves what was thought where nothing was labelled, and approaches the labels with more of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from apercu.stats.gaussian_process import mode


def near(a, b):
    return 4.0 * np.exp(-((a[:, None] - b) ** 2))


@pytest.mark.parametrize("seed", range(5))
def test_at_the_mode_the_weights_are_what_the_labels_exceed_their_chances(seed):
    generator = np.random.default_rng(seed)
    at, mean = generator.normal(size=30), generator.normal(size=30)
    y, counts = (generator.random(30) < 0.3).astype(float), generator.uniform(0.1, 2.0, 30)
    weight = mode(near(at, at), mean, y, counts)
    odds = mean + near(at, at) @ weight
    assert np.allclose(weight, counts * (y - expit(odds)), atol=1e-3)


def test_a_label_moves_what_is_near_and_nothing_else():
    known, rows = np.array([0.0]), np.array([0.0, 0.1, 9.0])
    moved = near(rows, known) @ mode(near(known, known), np.array([-3.0]), np.ones(1))
    assert moved[0] > moved[1] > 1.0 and abs(moved[2]) < 1e-9
    assert (near(rows, known) @ mode(near(known, known), np.array([-3.0]), np.zeros(1)) <= 0.0).all()


def test_no_labels_and_one_place_with_both():
    assert mode(np.zeros((0, 0)), np.zeros(0), np.zeros(0)).shape == (0,)
    both = mode(np.full((2, 2), 100.0), np.zeros(2), np.array([0.0, 1.0]))
    assert np.isfinite(both).all() and abs(both.sum()) < 1e-6, "labels that disagree leave the opinion where it was"
    assert np.isfinite(mode(np.full((500, 500), 1e4), np.full(500, -30.0), np.ones(500))).all()
