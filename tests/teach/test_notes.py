"""The notes and doubts of teaching read well in both languages, and only rules that the others contradict are doubted."""

from __future__ import annotations

import numpy as np

from apercu.core.rule import parse
from apercu.teach.few import voted
from apercu.teach.notes import doubts, gained, unverified

from .worlds import world

GOOD = ['when plan = "b" then left = "yes" [0.8]', 'when region = "north" then left = "yes" [0.8]', 'when noise > 0 then left = "yes" [0.7]']


def test_a_rule_against_all_others_is_doubted():
    split = world()
    rules = [parse(text) for text in [*GOOD, 'when plan = "b" and region = "north" then left = "no" [0.9]']]
    levels = np.array([split.goal.classes.index(rule.level) for rule in rules])
    (fault,) = doubts(rules, voted(rules, levels, split.rows), np.array([0.7, 0.3]), split, 20.0, 20)
    assert rules[3].text in fault.say()
    assert rules[3].text in fault.say("zh")
    assert fault.evidence["share"] < fault.evidence["usual"]
    assert fault.rows


def test_rules_that_agree_are_not_doubted():
    split = world()
    rules = [parse(text) for text in GOOD]
    levels = np.array([split.goal.classes.index(rule.level) for rule in rules])
    assert doubts(rules, voted(rules, levels, split.rows), np.array([0.7, 0.3]), split, 20.0, 20) == []
    assert doubts(rules[:1], voted(rules[:1], levels[:1], split.rows), np.array([0.7, 0.3]), split, 20.0, 20) == []


def test_what_was_gained_is_told():
    split = world(600)
    better, undecided, worse = (gained(split, 20, 3, losses, used) for losses, used in (((0.4, 0.2), True), ((0.2, 0.3), True), ((0.2, 0.4), False)))
    assert "is 0.2, and 0.4 without them." in better.say()
    assert "so few labels do not decide" in undecided.say()
    assert "not used" in worse.say()
    assert better.rows == 580
    for note in (better, undecided, worse, unverified(split, 3)):
        assert note.say("zh").endswith("。")
        assert note.say().endswith(".")
