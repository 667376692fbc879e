"""Items with two sides: the own other side is found among unseen ones, in both directions; noise is not."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, UnknownName
from apercu.core.pictures import netpbm
from apercu.core.rows import Rows
from apercu.train.retrieval import paired

COLOURS = {"red": (200, 30, 30), "green": (30, 190, 40), "blue": (30, 40, 200), "grey": (120, 120, 120)}
SIDES = {"left": slice(0, 6), "right": slice(6, 12)}


def shop(n=240, seed=1):
    """Pictures of a coloured bar on one side, and words that say which."""
    rng = np.random.default_rng(seed)
    colour, side = rng.choice(list(COLOURS), n), rng.choice(list(SIDES), n)
    pixels = rng.integers(0, 40, (n, 12, 12, 3)).astype(np.uint8)
    for one, c, s in zip(pixels, colour, side, strict=True):
        one[:, SIDES[s]] += np.array(COLOURS[c], np.uint8)
    words = [f"a {c} bar on the {s} of number {rng.integers(99)}" for c, s in zip(colour, side, strict=True)]
    return Rows.of({"photo": [netpbm(one) for one in pixels], "words": words, "noise": rng.normal(size=n)}), colour, side


def test_words_find_pictures_and_pictures_words():
    rows, colour, side = shop()
    found = paired(rows, "words", "photo")
    for back in (False, True):
        near = found.nearest(rows.take(np.arange(60)), 3, back=back)
        right = (colour[near] == colour[:60, None]) & (side[near] == side[:60, None])
        assert right.mean() > 0.9, back
    assert found.n == 240 and found.recall[5][1] > 3 * 5 / found.among, "eight kinds: five of one kind's six"
    asked = found.nearest(Rows.of({"words": ["a blue bar on the right of number 5"], "photo": [None]}), 4)[0]
    assert set(colour[asked]) == {"blue"} and set(side[asked]) == {"right"}


def test_noise_finds_nothing():
    rows, _, _ = shop()
    assert paired(rows, "noise", "photo").recall[5][0] < 3 * 5 / 48


def test_sequences_and_rows():
    rng = np.random.default_rng(2)
    speed, level = rng.uniform(1, 6, 200), rng.normal(size=200) * 3
    pulse = [np.sin(np.linspace(0, s * 6, 50)) + v + rng.normal(0, 0.05, 50) for s, v in zip(speed, level, strict=True)]
    rows = Rows.of({"pulse": [*pulse, None], "speed": [*speed, 1.0], "level": [*level, np.nan]})
    found = paired(rows, ("speed", "level"), "pulse")
    assert found.recall[10][0] > 0.6 and not found.held[200].any()


def test_too_few_and_unknown():
    rows, _, _ = shop(30)
    with pytest.raises(EmptyTable, match="at least 40"):
        paired(rows, "words", "photo")
    with pytest.raises(UnknownName):
        paired(rows, "wrods", "photo")
