"""The sentences of an offer hold their numbers in both languages."""

from __future__ import annotations

import pytest

from apercu.advise.sentences import Offer, what_of, written
from apercu.core.condition import EVERYONE, Condition, Term
from apercu.core.goal import Goal

ALL = Offer(EVERYONE, 7_043, 0.2654, 0.25, 0.28, 7_043, 0.95, "all")
SEGMENT = Offer(Condition((Term("tenure", "<=", 5),)), 1_066, 0.5451, 0.50, 0.59, 533, 0.95, "verify", (1,))
MODEL = Offer(Condition((Term("_predicted", ">", 0.25),)), 2_000, 0.5, 0.48, 0.52, 2_000, 0.95, "out of fold", (), 0.25)
MONEY = Goal("Churn", "binary", ("No", "Yes"), "Yes", value=300.0, cost=10.0)
BARE = Goal("Churn", "binary", ("No", "Yes"), "Yes")


def test_reach_in_english():
    said = written(SEGMENT, ALL, BARE, (174.3, 160.0, 189.0, 560.8))["en"]
    assert said == (
        "The 1,066 cases where tenure is at most 5 hold about 581 of the 1,869 cases with Churn “Yes”: 54.5% (95% interval 50.0% to 59.0%; "
        "533 rows that the search never saw). An offer that works on 30.0% of those (assumed) would change about 174 outcomes, 160 at the "
        "pessimistic end and 189 at the optimistic one; made to all 7,043 cases it would change 561. The rate is what was seen, not what an "
        "offer does; only a trial tells that."
    )


def test_money_in_chinese():
    said = written(SEGMENT, ALL, MONEY, (41_238.0, 36_000.0, 46_000.0, -97.25))["zh"]
    for part in ("1,066 个对象", "54.5%", "50.0% 至 59.0%", "假定优惠对其中 30.0% 有效", "10,660", "41,238", "36,000", "46,000", "−97.25", "7,043"):
        assert part in said


@pytest.mark.parametrize("goal", [MONEY, BARE])
@pytest.mark.parametrize("offer", [SEGMENT, MODEL])
def test_both_languages_say_assumption_and_addressees(goal, offer):
    said = written(offer, ALL, goal, (1.0, 0.5, 2.0, 3.0))
    assert set(said) == {"en", "zh"}
    for text in said.values():
        assert "30.0%" in text
        assert f"{offer.people:,}" in text
        assert "_predicted" not in text


def test_short_lines():
    assert what_of(SEGMENT, BARE) == {"en": "Make the offer where tenure is at most 5", "zh": "对 tenure 不超过 5 的对象提供优惠"}
    assert what_of(MODEL, BARE)["en"] == "Make the offer where the predicted probability of Churn “Yes” is above 25.0%"
