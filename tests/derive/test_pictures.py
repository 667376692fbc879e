"""What pictures show at a glance: known pictures give known facts; those that look alike have like looks."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.facts import PICTURES
from apercu.derive.pictures import looks, shown


def facts(pixels):
    return dict(zip(PICTURES, shown(pixels), strict=True))


def test_known_pictures_give_known_facts():
    black, half, red = np.zeros((4, 6, 1), np.uint8), np.zeros((4, 6, 1), np.uint8), np.zeros((2, 2, 3), np.uint8)
    half[:, 3:], red[:, :, 0] = 255, 255
    assert facts(black) == dict.fromkeys(PICTURES, 0.0) | {"width": 6.0, "height": 4.0}
    assert facts(half)["brightness"] == 50 and facts(half)["contrast"] == 50 and facts(half)["sharpness"] == pytest.approx(10.0)
    assert facts(red)["brightness"] == 29.9 and facts(red)["saturation"] == 100 and facts(red)["sharpness"] == 0
    assert facts(np.full((1, 1, 1), 9, np.uint8))["sharpness"] == 0.0


def test_large_pictures_are_looked_at_coarsely_but_keep_their_size():
    large = np.tile(np.arange(0, 250, 10, dtype=np.uint8), (900, 80))[:, :, None]
    told = facts(large)
    assert (told["width"], told["height"]) == (2_000.0, 900.0) and told["brightness"] == pytest.approx(100 * 120 / 255, abs=0.5)


def test_looks_ignore_brightness_and_size():
    ramp = np.tile(np.arange(0, 160, 5, dtype=np.uint8), (32, 1))[:, :, None]
    assert looks(ramp) @ looks(ramp // 2 + 60) == pytest.approx(1.0, abs=0.01)
    assert looks(ramp) @ looks(np.repeat(np.repeat(ramp, 2, axis=0), 2, axis=1)) == pytest.approx(1.0, abs=0.01)
    assert looks(ramp) @ looks(ramp[:, ::-1]) == pytest.approx(-1.0, abs=0.01)
    assert looks(np.full((20, 20, 3), 7, np.uint8)) is None and looks(ramp[:4]) is None
