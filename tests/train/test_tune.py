"""Draws stay in their spaces and repeat themselves, with optuna and without."""

from __future__ import annotations

import pytest

from apercu.train import _tune


@pytest.mark.parametrize("optuna", [True, False])
def test_draws_are_in_range_and_the_same_again(optuna, monkeypatch):
    if optuna:
        pytest.importorskip("optuna")
    else:
        monkeypatch.setattr(_tune, "find_spec", lambda name: None)

    def drawn():
        found = []
        for draw in _tune._draws("boosting", 5):
            settings, told = draw()
            told(1.0)
            found.append(settings)
        return found

    first = drawn()
    assert first == drawn() and len({str(s) for s in first}) == 5
    for settings in first:
        for name, (low, high, how) in _tune.SPACES["boosting"].items():
            assert low <= settings[name] <= high and (isinstance(settings[name], int) or "whole" not in how)
