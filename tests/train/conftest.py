"""Here the ensemble has all its members."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def all_members(few_members, monkeypatch):
    """The number of members as it is outside of tests."""
    from apercu.train import _portfolio

    for name, value in few_members.items():
        monkeypatch.setattr(_portfolio, name, value)
