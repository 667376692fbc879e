"""Within a block things are made once, outside always anew."""

from __future__ import annotations

from apercu.train._shared import shared, sharing


def test_made_once_within_and_anew_outside():
    made = []
    thing = object()

    def make():
        made.append(1)
        return len(made)

    assert shared("x", (thing,), make) == 1 and shared("x", (thing,), make) == 2
    with sharing():
        assert shared("x", (thing,), make) == 3 and shared("x", (thing,), make) == 3
        with sharing():
            assert shared("x", (thing,), make) == 3
        assert shared("x", (object(),), make) == 4 and shared("y", (thing,), make) == 5
    with sharing(keep=False):
        assert shared("x", (thing,), make) == 6 and shared("x", (thing,), make) == 7
