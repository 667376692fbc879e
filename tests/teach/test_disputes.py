"""Two rules that cannot both be right are named together, with the rows they share and the one that these support."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.core.rule import parse
from apercu.teach.disputes import disputes, side

from .worlds import world

YES = 'when plan = "b" then left = "yes" [0.7]'
NO = 'when region = "north" then left = "no" [0.9]'


@pytest.fixture(scope="module")
def split():
    return world()


def test_the_rule_that_the_data_support_is_named(split):
    (fault,) = disputes([parse(YES), parse(NO)], split, 20)
    both = (split.rows["plan"] == "b") & (split.rows["region"] == "north")
    assert fault.kind == "rules"
    assert fault.evidence["shared"] == both.sum()
    assert fault.evidence["first"] > 1.3 * fault.evidence["second"]
    assert fault.evidence["first"] + fault.evidence["second"] == fault.evidence["judged"]
    assert set(fault.rows) <= set(split.rows["_row"][both].astype(int))
    for lang, words in (("en", "The data support the first"), ("zh", "数据支持前者")):
        assert words in fault.say(lang)
        assert parse(YES).text in fault.say(lang)
        assert parse(NO).text in fault.say(lang)
        assert parse(NO).text in fault.mend[lang]
    (turned,) = disputes([parse(NO), parse(YES)], split, 20)
    assert "The data support the second" in turned.say()


@pytest.mark.parametrize(
    "other",
    [
        'when region = "north" then left = "yes" [0.9]',
        'when region = "north" then left = "no" [0.2]',
        'when plan = "a" then left = "no" [0.9]',
        'when plan = "b" and noise > 2.9 then left = "no" [0.9]',
    ],
)
def test_rules_that_agree_or_hardly_meet_are_no_dispute(split, other):
    assert disputes([parse(YES), parse(other)], split, 20) == []


def test_one_level_may_be_disputed_too(split):
    (fault,) = disputes([parse(YES), parse('when region = "north" then left = "yes" [0.05]')], split, 20)
    assert "The data support the first" in fault.say()


def test_rows_without_labels_decide_nothing(split):
    rows = split.rows.plus({"left": replace(split.rows.coded("left"), codes=np.full(split.rows.n, -1, dtype=np.int32))})
    (fault,) = disputes([parse(YES), parse(NO)], replace(split, rows=rows), 20)
    assert fault.evidence["judged"] == 0
    assert "None of these rows has a label" in fault.say()
    assert "没有可用于评判的标签" in fault.say("zh")


def test_one_block_decides_nothing(split):
    (fault,) = disputes([parse(YES), parse(NO)], replace(split, blocks=np.zeros(split.rows.n, dtype=np.int64)), 20)
    assert "which decides nothing" in fault.say()


def test_of_several_classes_two_rare_ones_may_both_be_so():
    split = world(classes=("home", "shop", "web"))
    rare = [parse('when plan = "b" then left = "web" [0.05]'), parse('when region = "north" then left = "shop" [0.05]')]
    assert disputes(rare, split, 20) == []
    likely = [parse('when plan = "b" then left = "web" [0.7]'), parse('when region = "north" then left = "shop" [0.7]')]
    assert len(disputes(likely, split, 20)) == 1
    assert side(likely[0], split.goal, split.rows)
    assert not side(rare[0], split.goal, split.rows)
