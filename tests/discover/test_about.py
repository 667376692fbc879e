"""A question names columns, levels, kinds of findings and stretches of time; what it does not name weighs nothing."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column as Of
from apercu.core.expression import Days
from apercu.core.finding import Claim
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.discover._about import About

ROWS = Rows.of(
    {
        "category": ["Hardware", "Software", "IT"],
        "opened_at": np.array(["2024-01-01", "2024-01-02", "2024-01-03"], dtype="datetime64[us]"),
        "closed_at": np.array(["2024-01-02", "2024-01-04", "2024-01-09"], dtype="datetime64[us]"),
        "assignedTo": ["Ann", "Bob", "Cy"],
        "金额": [1.0, 2.0, 3.0],
    }
)
SCHEMA = Schema(
    (
        Column("category", "category"),
        Column("opened_at", "time", storage="time"),
        Column("closed_at", "time", storage="time"),
        Column("assignedTo", "category"),
        Column("金额", "number", storage="number"),
    )
)
LASTS = Measure("days", Days(Of("opened_at"), Of("closed_at")), unit="days")


def weight(question: str, claim: Claim) -> float:
    return About.of(question, ROWS, SCHEMA).weight(claim)


HARDWARE = Claim("segment", Condition((Term("category", "is", "Hardware"),)), LASTS, "high", 3.0)
SOFTWARE = Claim("segment", Condition((Term("category", "is", "Software"),)), LASTS, "high", 3.0)
TREND = Claim("trend", Condition(), Measure("rows"), "up", 3.0, by=(Of("opened_at"),))


def test_no_question_weighs_nothing():
    assert weight("", HARDWARE) == weight("   ", TREND) == 1.0
    assert weight("what about zebras?", HARDWARE) == 1.0


def test_a_level_a_stretch_of_time_and_a_kind_are_heard():
    asked = "why do tickets take so long in Hardware?"
    assert weight(asked, HARDWARE) > weight(asked, SOFTWARE) > weight(asked, TREND)
    assert weight("are incidents increasing over time?", TREND) > weight("are incidents increasing over time?", SOFTWARE)


@pytest.mark.parametrize("asked", ["Which categories are slow?", "by category", "differences across the category column"])
def test_endings_do_not_matter(asked):
    assert weight(asked, HARDWARE) > 1.0


def test_names_are_read_in_their_parts_and_short_levels_as_they_are_written():
    about = About.of("assigned agents of it", ROWS, SCHEMA)
    assert about.of_columns(("assignedTo",)) > 0.0
    assert not about.levels, "'it' is no department"
    assert About.of("the IT department", ROWS, SCHEMA).levels == {"category": ("IT",)}


def test_chinese_is_heard_as_well():
    about = About.of("金额随时间的变化趋势如何？", ROWS, SCHEMA)
    assert about.of_columns(("金额",)) == 1.0 and "trend" in about.kinds
    assert About.of("处理时间为什么这么长", ROWS, SCHEMA).lasting


def test_other_words_for_a_column_are_heard_less():
    about = About.of("workload of agents", ROWS, SCHEMA)
    assert 0.0 < about.of_columns(("assignedTo",)) < 1.0
    assert About.of("坐席的工作量", ROWS, SCHEMA).of_columns(("assignedTo",)) > 0.0


def test_a_plain_word_of_the_question_is_no_level():
    rows = Rows.of({"priority": ["High", "Low", "High"]})
    schema = Schema((Column("priority", "category"),))
    assert not About.of("why are high costs so frequent?", rows, schema).levels
    assert About.of("why are High tickets so frequent?", rows, schema).levels == {"priority": ("High",)}


@pytest.mark.parametrize("asked", ["is there any difference?", "find the imbalance", "是否有差异"])
def test_a_question_to_which_none_is_an_answer(asked):
    about = About.of(asked, ROWS, SCHEMA)
    assert about.doubts and "equality" in about.kinds
    assert not About.of("which tickets are slow?", ROWS, SCHEMA).doubts


def test_measures_that_are_asked_for():
    assert About.of("how long does it take?", ROWS, SCHEMA).measures(LASTS)
    assert not About.of("Hardware", ROWS, SCHEMA).measures(LASTS)
    assert About.of("success rates", ROWS, SCHEMA).measures(Measure("state", Of("state"), "Completed"))
    assert not About.of("how many rows", ROWS, SCHEMA).measures(Measure("rows"))


def test_two_named_levels_weigh_more_than_one():
    rows = Rows.of({"team": ["Sales", "Legal"], "kind": ["Repair", "Advice"]})
    about = About.of("Repair in Sales", rows, Schema((Column("team", "category"), Column("kind", "category"))))
    one, two = (
        Condition(tuple(Term(*t) for t in terms)) for terms in ([("team", "is", "Sales")], [("kind", "is", "Repair"), ("team", "is", "Sales")])
    )
    weights = [about.weight(Claim("segment", where, LASTS, "high", 3.0)) for where in (one, two)]
    assert weights[1] > weights[0] > 1.0 and about.names(one) and about.speaks_of(two)
