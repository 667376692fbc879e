"""Words that differ by a letter or two are near; other numbers are other things."""

from __future__ import annotations

import pytest

from apercu.stats.letters import near


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("birmingham", "birminghxm", True), ("birmingham", "brminghm", True), ("cat", "cut", True), ("cat", "cats", True), ("cat", "dog", False),
        ("same", "same", False), ("room 12", "room 13", False), ("room 12", "rooms 12", True), ("", "a", True), ("", "", False),
        ("short", "shrtt", False),
    ],
)  # fmt: skip
def test_near(a, b, told):
    assert near(a, b) is told is near(b, a)
