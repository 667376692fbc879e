"""Treatments as actions are priced by what was measured on their addressees, best first, with the trial where something is open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.advise import run
from apercu.advise.uplift import studied

from .test_uplift import BOUGHT, actions_of, nothing, only_b, same, trial

PRICED = replace(BOUGHT, value=100.0, cost=2.0)


def test_the_gain_is_the_doubly_robust_mean_over_the_addressees():
    split = trial(only_b, PRICED)
    found, action = studied(split)[0], actions_of(split)[0]
    inside = found.effects > 0.02
    assert action.people == inside.sum() and action.cost == 2.0 * action.people and action.unit == "money"
    assert action.gain == pytest.approx(action.people * (100 * found.scores[inside].mean() - 2))
    assert action.gain_low < 4_000 * (15 - 2) < action.gain_high
    assert list(np.flatnonzero(action.who.holds({found.column: found.effects}))) == list(np.flatnonzero(inside))


def test_several_treatments_stand_best_first_and_before_offers():
    split = trial(same, PRICED)
    mail = split.rows["mail"].copy()
    idle = np.flatnonzero(mail == "no mail")[::2]
    mail[idle] = "call"  # which does nothing
    both = replace(split, rows=split.rows.plus({"mail": split.rows.of({"mail": mail}).column("mail")}))
    actions = run([], both, None)
    assert next(a.what["en"].split("”")[0] for a in actions).endswith("“sent") and len(actions) == 2
    assert actions[0].gain_low > 0 == actions[1].people


def test_trials_are_proposed_only_where_something_is_open():
    assert actions_of(trial(same, PRICED))[0].trial == {}
    assert set(actions_of(trial(nothing, seed=3))[0].trial) == {"en", "zh"}
    assert actions_of(replace(trial(same), goal=replace(BOUGHT, treatment=None))) == []
