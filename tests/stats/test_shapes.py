"""Boosted shapes: the planted curve, level and pair come back; directions hold; pairs are ranked."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.shapes import LOGISTIC, NOMINAL, ORDERED, PAIRED, SOFTMAX, SQUARED, Settings, Terms, boosted, gains


def terms(*what):
    kind, high, wide, direction = np.array(what, dtype=np.int64).reshape(-1, 4).T
    return Terms(kind, high, wide, direction)


def test_a_curve_and_a_level_come_back():
    rng = np.random.default_rng(1)
    n = 4_000
    codes = np.stack([rng.integers(1, 11, n), rng.integers(1, 4, n)]).astype(np.uint16)
    curve, level = np.linspace(-1, 1, 11), np.array([0.0, 2.0, 0.0, -1.0])
    truth = curve[codes[0]] + level[codes[1]] + 0.1 * rng.normal(size=n)
    settings = Settings(SQUARED, 0.2, 1.0, 5.0, 300, 0)
    _, _, shapes = boosted(codes, terms((ORDERED, 1, 11, 0), (NOMINAL, 1, 4, 0)), truth, np.ones(n), n, np.zeros((n, 1)), settings)
    assert np.ptp(shapes[0, 0, 1:11] - curve[1:]) < 0.1
    assert np.ptp(shapes[1, 0, 1:4] - level[1:]) < 0.1


def test_watched_rows_stop_noise():
    rng = np.random.default_rng(2)
    n = 1_000
    codes = rng.integers(0, 40, (3, n)).astype(np.uint16)
    truth = (rng.random(n) < 0.4).astype(float)
    start = np.full((n, 1), np.log(0.4 / 0.6))
    settings = Settings(LOGISTIC, 0.2, 1.0, 5.0, 500, 10)
    used, loss, shapes = boosted(codes, terms(*[(ORDERED, 1, 40, 0)] * 3), truth, np.ones(n), 700, start, settings)
    assert used <= 5 and loss < 0.72 and np.abs(shapes).max() < 0.5


def test_several_classes_learn_their_bins():
    rng = np.random.default_rng(3)
    codes = rng.integers(1, 4, (1, 900)).astype(np.uint16)
    truth = (codes[0] - 1).astype(float)
    _, _, shapes = boosted(codes, terms((NOMINAL, 1, 4, 0)), truth, np.ones(900), 900, np.zeros((900, 3)), Settings(SOFTMAX, 0.3, 1.0, 5.0, 50, 0))
    assert (shapes[0][:, 1:4].argmax(axis=0) == [0, 1, 2]).all()


@pytest.mark.parametrize("direction", [1, -1])
def test_a_direction_holds(direction):
    rng = np.random.default_rng(4)
    n = 2_000
    codes = rng.integers(0, 30, (1, n)).astype(np.uint16)
    truth = np.sin(codes[0] / 4.0) + 0.3 * rng.normal(size=n)
    settings = Settings(SQUARED, 0.1, 1.0, 5.0, 200, 0)
    _, _, shapes = boosted(codes, terms((ORDERED, 1, 30, direction)), truth, np.ones(n), n, np.zeros((n, 1)), settings)
    assert (direction * np.diff(shapes[0, 0, 1:]) >= -1e-12).all() and np.ptp(shapes[0, 0, 1:]) > 0.2


def test_weights_count_as_copies():
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 8, (2, 300)).astype(np.uint16)
    truth, times = rng.normal(size=300), rng.integers(1, 4, 300)
    settings = Settings(SQUARED, 0.2, 1.0, 3.0, 30, 0)
    one = boosted(codes, terms(*[(ORDERED, 1, 8, 0)] * 2), truth, times.astype(float), 300, np.zeros((300, 1)), settings)[2]
    again = np.repeat(np.arange(300), times)
    n = len(again)
    two = boosted(codes[:, again], terms(*[(ORDERED, 1, 8, 0)] * 2), truth[again], np.ones(n), n, np.zeros((n, 1)), settings)[2]
    assert np.allclose(one, two, atol=1e-9)


def test_a_pair_is_found_and_learned():
    rng = np.random.default_rng(6)
    n = 3_000
    codes = rng.integers(0, 6, (4, n)).astype(np.uint8)
    truth = 1.0 * ((codes[1] >= 3) ^ (codes[2] >= 3)) - 0.5 + 0.5 * rng.normal(size=n)
    told = gains(codes, np.full(4, 6), truth - truth.mean(), np.ones(n), np.ones(n), 8.0)
    assert np.unravel_index(told.argmax(), told.shape) == (1, 2)
    pair = (codes[1].astype(np.uint16) * 6 + codes[2])[None, :]
    _, _, shapes = boosted(pair, terms((PAIRED, 6, 6, 0)), truth, np.ones(n), n, np.zeros((n, 1)), Settings(SQUARED, 0.3, 1.0, 5.0, 60, 0))
    table = shapes[0, 0].reshape(6, 6)
    assert table[0, 5] > 0.3 and table[5, 0] > 0.3 and table[0, 0] < -0.3 and table[5, 5] < -0.3


def test_gains_of_noise_are_small():
    rng = np.random.default_rng(7)
    codes = rng.integers(0, 6, (5, 2_000)).astype(np.uint8)
    told = gains(codes, np.full(5, 6), rng.normal(size=2_000), np.ones(2_000), np.ones(2_000), 8.0)
    assert told.max() < 2 * np.log(10 * 25) + 6


def test_no_terms_say_nothing():
    used, _, shapes = boosted(np.zeros((0, 5), np.uint16), terms(), np.zeros(5), np.ones(5), 5, np.zeros((5, 1)), Settings(SQUARED, 0.1, 1, 1, 3, 0))
    assert used == 3 and shapes.shape[0] == 0
