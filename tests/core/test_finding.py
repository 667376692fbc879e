"""Evidence refuses to exist unless unseen rows, or permutations of the whole search, gave it; a finding needs it and a q-value."""

from __future__ import annotations

import json

import pytest

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim, Evidence, Finding, Ledger
from apercu.core.measure import Measure

WHERE = Condition((Term("plan", "is", "b"), Term("age", ">", 3)))
CLAIM = Claim("segment", WHERE, Measure("left", Column("left"), "yes"), "high", 4.0, WHERE.parents())


def evidence(**fields) -> Evidence:
    base = {"effect": 0.2, "low": 0.1, "high": 0.3, "p": 0.001, "n": 50, "method": "fisher", "half": "verify", "value": 0.5, "base": 0.3}
    return Evidence(**{**base, **fields})


def finding(**fields) -> Finding:
    base = {"claim": CLAIM, "evidence": evidence(), "q": 0.01, "rank": 1, "text": {"en": "It is.", "zh": "是。"}, "sql": "SELECT 1", "chart": {}}
    return Finding(**{**base, **fields})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"half": "search"}, "the half that the search never saw"),
        ({"half": ""}, "the half that the search never saw"),
        ({"half": "all"}, "must pay for the whole search"),
        ({"low": 0.25}, "does not hold the effect"),
        ({"high": 0.15}, "does not hold the effect"),
        ({"low": float("nan")}, "does not hold the effect"),
        ({"p": 1.5}, "p must lie in 0..1"),
        ({"p": float("nan")}, "p must lie in 0..1"),
        ({"effect": float("inf"), "high": float("inf")}, "the effect be finite"),
    ],
)
def test_evidence_refuses(fields, told):
    with pytest.raises(ValueError, match=told):
        evidence(**fields)


@pytest.mark.parametrize("method", ["permutation of the whole search", "Welch t, 312 hypotheses counted"])
def test_evidence_from_all_rows_pays_for_its_search(method):
    assert evidence(half="all", method=method).half == "all"


def test_a_claim_has_one_of_the_known_directions():
    with pytest.raises(ValueError, match="expected one of the directions high, low"):
        Claim("segment", WHERE, CLAIM.measure, "sideways", 4.0)


def test_what_a_measure_moves_along_is_spoken_of():
    claim = Claim("trend", WHERE, CLAIM.measure, "up", 4.0, by=(Column("day"),), detail=(("cut", 3),))
    assert claim.columns() == ("plan", "age", "day", "left")
    assert (claim.told("cut"), claim.told("gone", 7)) == (3, 7)


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_finding_needs_a_q_value(q):
    with pytest.raises(ValueError, match=r"needs a q-value in 0\.\.1"):
        finding(q=q)


def test_a_finding_is_new_known_or_against():
    assert finding(novelty="against").novelty == "against"
    with pytest.raises(ValueError, match="expected one of new, known, against"):
        finding(novelty="odd")


def test_a_finding_cannot_be_made_without_evidence():
    with pytest.raises(TypeError):
        Finding(claim=CLAIM, q=0.01, rank=1, text={}, sql="", chart={})  # type: ignore[call-arg]


def test_columns_are_told_once_the_measure_last():
    assert CLAIM.columns() == ("plan", "age", "left")


def test_json_holds_condition_interval_and_proof():
    told = json.loads(json.dumps(finding().to_json()))
    for key, value in {
        "rank": 1,
        "pattern": "segment",
        "measure": "left",
        "level": "yes",
        "direction": "high",
        "low": 0.1,
        "q": 0.01,
        "half": "verify",
    }.items():
        assert told[key] == value
    assert told["columns"] == ["plan", "age", "left"]
    assert Condition.from_json(told["where"]) == WHERE
    assert [Condition.from_json(c) for c in told["against"]] == list(WHERE.parents())


def test_words():
    assert (finding().say("zh"), str(finding())) == ("是。", "It is.")


def test_the_ledger_counts():
    assert Ledger(9, 5, 2, 0.1, 1).to_json() == {"proposed": 9, "tested": 5, "held": 2, "q": 0.1, "verify_opened": 1}
