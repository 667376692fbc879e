"""An action says in both languages whom to address, and keeps its numbers in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from apercu.core.action import Action
from apercu.core.condition import Condition, Term

WHO = Condition((Term("plan", "is", "b"),))
ACTION = Action(WHO, {"en": "Call", "zh": "致电"}, 10, 50.0, 120.0, -5.0, 200.0, "money", (1, 3), {"en": "Call them.", "zh": "致电。"})


def test_words_and_json():
    assert (ACTION.say(), ACTION.say("zh")) == ("Call them.", "致电。")
    told = json.loads(json.dumps(ACTION.to_json()))
    assert (told["people"], told["cost"], told["gain"], told["gain_low"], told["gain_high"]) == (10, 50.0, 120.0, -5.0, 200.0)
    assert (told["because"], told["unit"], told["text"]["zh"]) == ([1, 3], "money", "致电。")
    assert Condition.from_json(told["who"]) == WHO


def test_the_trial_is_told_only_where_there_is_one():
    assert "trial" not in ACTION.to_json()
    proved = replace(ACTION, trial={"en": "Try it.", "zh": "试一试。"})
    assert proved.to_json()["trial"] == {"en": "Try it.", "zh": "试一试。"}
