"""Every verdict is said in both languages, and numbers stand in the sentences."""

from __future__ import annotations

import numpy as np

from apercu.advise._figures import Change
from apercu.advise._monitor_words import ACTIONS, COUNTED, FINDINGS, summed
from apercu.advise.monitor import ActionCheck, FindingCheck, Monitoring

FIGURE = Change(0.4, 0.2, -0.25, -0.15, 0.001, 500, near=False, q=0.001)


def test_every_verdict_of_an_action():
    for verdict, words in ACTIONS.items():
        check = ActionCheck(2, {"en": "Call them", "zh": "致电"}, "left “yes”", FIGURE, FIGURE, "rate", (120.0, -30.5), "money", verdict)
        en, zh = check.say(), check.say("zh")
        assert en.startswith(
            "2. Call them. It addresses 20.0% of the 500 new rows (100), 40.0% in the study (change −20.0, 95% interval −25.0 to −15.0"
        )
        assert "−30.50" in en and "−30.50" in zh and "20.0%" in zh and words["en"].split("{")[0] in en and words["zh"].split("{")[0] in zh
    assert (
        "another number of addressees and another rate" in ActionCheck(1, {"en": "", "zh": ""}, "y", FIGURE, FIGURE, "rate", None, "", "revise").say()
    )
    mean = ActionCheck(1, {"en": "A", "zh": "甲"}, "spend", FIGURE, Change(12.5, 13.25, -1, 2.5, 0.4, 90, near=False), "mean", None, "spend")
    assert "The mean of spend among them is 13.25 (90 rows), 12.5 in the study" in mean.say() and "均值为 13.25" in mean.say("zh")
    effect = ActionCheck(1, {"en": "A", "zh": "甲"}, "y", FIGURE, FIGURE, "rate effect", None, "outcomes", "revise")
    assert (
        "What it does to the share of y among them is +20.0 points" in effect.say()
        and "another effect" in effect.say()
        and "+20.0 个百分点" in effect.say("zh")
    )
    spent = ActionCheck(1, {"en": "A", "zh": "甲"}, "y", FIGURE, Change(-1.5, 2.25, -np.inf, np.inf, 1.0, 30, near=False), "mean effect", None, "y")
    assert "is +2.25 (30 rows), −1.5 in the study (change +3.75, 95% interval −∞ to ∞)" in spent.say()
    assert "2.4" in ActionCheck(1, {"en": "A", "zh": "甲"}, "y", FIGURE, FIGURE, "rate", (2.4, 3.1), "outcomes").say("zh")


def test_every_verdict_of_a_finding():
    for verdict, words in FINDINGS.items():
        check = FindingCheck(1, {"en": "More leave.", "zh": "更多流失。"}, "share", 0.1, 0.02, -0.01, 0.05, 90, 0.2, 0.01, verdict)
        assert check.say().startswith("More leave.") and words["en"].split("{")[0] in check.say() and words["zh"].split("{")[0] in check.say("zh")
        assert ("+2.0 points" in check.say()) == (verdict != "silent")
    endless = FindingCheck(1, {"en": "More.", "zh": "更多。"}, "share", 0.1, verdict="unclear")
    assert endless.say() == "More. Whether it still holds cannot be told from these rows."


def test_all_checks_in_one_line():
    actions = [ActionCheck(i, {"en": "A", "zh": "甲"}, "y", None, None, "rate", None, "", v) for i, v in enumerate(("planned", "planned", "revise"))]
    found = Monitoring(90, tuple(actions), (FindingCheck(1, {"en": "B", "zh": "乙"}, "share", 0.1, verdict="gone"),))
    assert summed(found, "en") == found.say() == "Actions: 2 as planned, 1 to be revised. Findings: 1 gone."
    assert found.say("zh") == "行动：2 项与计划相符，1 项须修订。发现：1 项不复存在。"
    assert Monitoring(90, (), ()).say() == ""
    assert {*ACTIONS, *FINDINGS} == set(COUNTED)
