"""Words that mean one thing in business, in both languages."""

from __future__ import annotations

import pytest

from apercu.discover._meant import meant


@pytest.mark.parametrize(
    ("one", "other"),
    [("spending", "amount"), ("agents", "assigned to"), ("坐席", "assigned"), ("费用", "cost"), ("地区", "region"), ("success rates", "goal met")],
)
def test_two_words_for_one_thing(one, other):
    assert meant(one) & meant(other)


@pytest.mark.parametrize(("one", "other"), [("zebra", "amount"), ("department", "location"), ("客户", "金额"), ("", "cost"), ("meter", "goal met")])
def test_words_for_different_things(one, other):
    assert not meant(one) & meant(other)
