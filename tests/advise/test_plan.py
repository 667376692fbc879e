"""The plan tells of each action why, whom, for how much, how to prove it and what to count next month, in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apercu.advise import run
from apercu.advise.plan import planned
from apercu.core.condition import EVERYONE

from .test_offers import B, finding, model_of, world


def test_a_plan_holds_what_a_decision_needs():
    split = world()
    found = replace(finding(split, B), text={"en": "Where plan is “b” more leave.", "zh": "plan 为“b”者更易流失。"})
    actions = run([found], split, model_of(split))
    en, zh = (planned(actions, [found], split.goal, lang) for lang in ("en", "zh"))
    segment = next(a for a in actions if a.because)
    for text in (en, zh):
        assert "\"plan\" = 'b'" in text and f"{segment.people:,}" in text and f"{segment.gain_low:,.0f}" in text and "--list" in text
    assert "Where plan is “b” more leave." in en and "更易流失" in zh
    assert "apercu monitor STUDY NEXT" in en and "apercu monitor STUDY NEXT" in zh
    assert "Measured next month" in en and "下月" in zh and segment.trial["en"] in en and segment.trial["zh"] in zh
    assert len(en.splitlines()) < 60  # one page


def test_nothing_to_do_is_said_and_units_are_told():
    split = world()
    assert "nothing is planned" in planned([], [], split.goal) and "不作计划" in planned([], [], None, "zh")
    action = run([finding(split, B)], split, None)[0]
    counted = replace(action, unit="outcomes", who=EVERYONE, trial={}, because=())
    assert "outcomes" in planned([counted], [], split.goal) and "`TRUE`" in planned([counted], [], split.goal)
    assert "How it would be proved" not in planned([counted], [], split.goal) and " spend" in planned([replace(counted, unit="spend")], [], None)
    assert np.isfinite(action.gain)
