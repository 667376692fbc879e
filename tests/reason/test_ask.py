"""Questions with gaps are answered from what is stated, inferred and predicted, apart; a misspelt name is met with the right one."""

from __future__ import annotations

import json

import pytest

from apercu.core.errors import RuleError, UnknownName, WordsError
from apercu.core.graph import Graph, Triple
from apercu.reason import is_question
from apercu.reason.ask import asked
from apercu.reason.chain import chained

from .test_chain import CLOSURE
from .test_why import GRAPH

PREDICTED = Graph.of([Triple("Zed", "controls", "Cog", weight=0.3), Triple("Acme", "controls", "Cog", weight=0.9)])


@pytest.fixture(scope="module")
def closure():
    return chained(GRAPH, CLOSURE)


def test_the_surest_first_and_each_kind_apart(closure):
    found = asked(closure, "controls(?, Cog)", PREDICTED)
    assert [(a.gaps["gap1"], a.kind, a.confidence) for a in found] == [
        ("Bolt", "inferred", 0.5),
        ("Acme", "inferred", 0.5),
        ("Zed", "predicted", 0.3),
    ]
    assert [a.say() for a in found[1:]] == ["Acme (inferred, 50.0% sure)", "Zed (predicted, 30.0% sure)"]
    assert [a.say("zh") for a in found[1:]] == ["Acme（推出，置信度 50.0%）", "Zed（预测，置信度 30.0%）"]
    assert found[0].why[0].sources() == ("firms.tsv", "news") and found[2].why == ()
    assert json.dumps([a.to_json() for a in found])


def test_several_statements_are_answered_together(closure):
    found = asked(closure, "works_for(Who, F) 且 controls(F, ?) & not owns(F, Cog)")
    assert [a.gaps for a in found] == [{"Who": "Ann", "F": "Acme", "gap1": "Bolt"}, {"Who": "Ann", "F": "Acme", "gap1": "Cog"}]
    assert asked(closure, "works_for(X, ?) & works_for(Y, ?) & X != Y")[0].gaps["X"] == "Ann"


def test_a_question_without_a_gap_is_a_test(closure):
    assert [a.say() for a in asked(closure, "controls(Acme, Bolt)")] == ["controls(Acme, Bolt) (inferred)"]
    assert [a.say() for a in asked(closure, "owns(Acme, Bolt)")] == ["owns(Acme, Bolt) (stated)"]
    assert asked(closure, "controls(Cog, Acme)") == []


def test_only_the_best_are_told(closure):
    assert [a.kind for a in asked(closure, "controls(?, ?)", most=2)] == ["inferred", "inferred"]


@pytest.mark.parametrize(
    "question, error, words",
    [
        ('works_for(?, "Acmee")', WordsError, "did you mean 'Acme'"),
        ("owes(?, ?)", UnknownName, "did you mean 'owns'"),
        ("not owns(X, Y)", RuleError, "not negated"),
        ("owns(X, Y) & not owns(Y, ?)", RuleError, "only beside"),
        ("owns(?, ", RuleError, "expected"),
    ],
)
def test_what_cannot_be_asked(closure, question, error, words):
    with pytest.raises(error, match=words):
        asked(closure, question)


def test_a_question_is_told_from_a_path():
    assert is_question('works_for(?, "Acme")') and is_question("a(X, Y) & b(Y, Z)")
    assert not is_question("data (1).csv") and not is_question("/tmp/churn.study")
