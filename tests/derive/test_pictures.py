"""What pictures show at a glance: known pictures give known facts, unreadable ones are counted."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.facts import PICTURES
from apercu.core.pictures import netpbm
from apercu.core.rows import Rows
from apercu.core.schema import Column
from apercu.derive.pictures import looked, propose, unreadable


def test_known_pictures_give_known_facts():
    black, half = np.zeros((4, 6), np.uint8), np.zeros((4, 6), np.uint8)
    half[:, 3:] = 255
    red = np.zeros((2, 2, 3), np.uint8)
    red[:, :, 0] = 255
    rows = Rows.of({"p": [netpbm(black), netpbm(half), netpbm(red), None, b"P5 broken"]})
    facts = looked(rows, ("p",))
    assert facts["p_width"][:3].tolist() == [6, 6, 2] and facts["p_height"][:3].tolist() == [4, 4, 2]
    assert facts["p_brightness"][:3] == pytest.approx([0, 50, 29.9]) and facts["p_contrast"][:3] == pytest.approx([0, 50, 0])
    assert facts["p_sharpness"][1] == pytest.approx(100 * (0 + 1 / 5) / 2) and facts["p_saturation"][:3].tolist() == [0, 0, 100]
    assert all(np.isnan(column[3:]).all() for column in facts.values())
    assert unreadable(rows, "p", facts).tolist() == [4]


def test_only_pictures_get_facts():
    made = propose((Column("p", "image", storage="bytes"), Column("x", "number", storage="number"), Column("s", "series", storage="list")))
    assert list(made) == [f"p_{what}" for what in PICTURES]


def test_a_picture_of_one_pixel_has_no_neighbours():
    assert looked(Rows.of({"p": [netpbm(np.full((1, 1), 9, np.uint8))]}), ("p",))["p_sharpness"].tolist() == [0.0]
