"""Each rule is judged on the rows that judge, in the direction that it states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.core.errors import RuleError
from apercu.core.goal import Goal
from apercu.core.rule import parse
from apercu.stats.intervals import wilson
from apercu.teach.verdicts import checked, judged

from .worlds import world

WHERE = 'when plan = "b" and region = "north" then left = "yes"'


@pytest.fixture(scope="module")
def split():
    return world()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"{WHERE} [0.6]", "holds"),
        (f"{WHERE} [0.3]", "holds"),
        (f"{WHERE} [0.9]", "weaker"),
        (f"{WHERE} [0.05]", "against"),
        (WHERE, "holds"),
        ('when plan = "a" then left = "yes" [0.2]', "holds"),
        ('when plan = "a" then left = "yes" [0.02]', "weaker"),
        ('when plan = "a" then left = "yes" [0.5]', "against"),
        ('when plan = "a" then left = "yes"', "against"),
        ('when plan = "a" then left = "no" [0.8]', "holds"),
        ('when noise > 0 then left = "yes" [0.5]', "against"),
        ('when noise > 3.2 then left = "yes" [0.5]', "silent"),
        ('when noise > 99 then left = "yes"', "silent"),
        ('when plan in ("b", "c") then left = "yes" [0.8]', "against"),
        ('when plan in ("a", "c") then left = "no" [0.2]', "against"),
    ],
)
def test_verdicts(split, text, verdict):
    assert judged([parse(text)], split, 20)[0].verdict == verdict


def test_numbers_come_from_the_judging_half_alone(split):
    told = judged([parse(f"{WHERE} [0.6]")], split, 20)[0]
    verify = split.verify.rows
    assert verify.n < split.rows.n
    speaks = told.rule.when.holds(verify)
    hits = np.array([v == "yes" for v in verify["left"]])
    assert told.n == speaks.sum()
    assert told.observed == hits[speaks].mean()
    assert told.base == hits.mean()
    assert (told.low, told.high) == wilson(hits[speaks].sum(), told.n)
    assert told.low < told.observed < told.high


def test_in_a_small_table_all_rows_judge():
    small = world(600)
    assert small.how == "permutation"
    assert judged([parse(f"{WHERE} [0.6]")], small, 20)[0].n == sum(
        v is not None for v in small.rows.take(parse(WHERE).when.holds(small.rows))["left"]
    )


@pytest.mark.parametrize(
    ("text", "goal", "told"),
    [
        (
            'when plan = "a" then gone = "yes"',
            Goal("left", "binary", ("no", "yes"), "yes"),
            "expected a rule about the target 'left', got one about 'gone'",
        ),
        ('when plan = "a" then left = "Yes"', Goal("left", "binary", ("no", "yes"), "yes"), "'left' has no level 'Yes'; did you mean 'yes'?"),
        ('when plan = "a" then left = "maybe so"', Goal("left", "binary", ("no", "yes"), "yes"), "its levels are no, yes"),
        ('when plan = "a" then left = 5', Goal("left", "numeric"), "the target 'left' is a number"),
    ],
)
def test_rules_about_something_else_are_refused(text, goal, told):
    with pytest.raises(RuleError) as caught:
        checked(parse(text), goal)
    assert told in str(caught.value)


def test_a_few_rows_may_show_that_a_statement_is_impossible():
    split = world(300, seed=2)
    rare = [row for row in range(split.rows.n) if split.rows["left"][row] == "no"][:9]
    rows = split.rows.plus({"mark": np.isin(np.arange(split.rows.n), rare).astype(float)})
    told = judged([parse('when mark = 1 then left = "yes" [0.9]'), parse('when mark = 1 then left = "no" [0.9]')], replace(split, rows=rows), 20)
    assert [v.verdict for v in told] == ["against", "silent"]
    assert told[0].n == 9


def test_rows_of_one_block_widen_the_interval():
    split = world()
    blocks = np.arange(split.rows.n) // 300
    rule = parse(f"{WHERE} [0.6]")
    plain, wide = judged([rule], split, 20)[0], judged([rule], replace(split, blocks=blocks), 20)[0]
    assert wide.observed == plain.observed
    assert (wide.low, wide.high) != (plain.low, plain.high)
