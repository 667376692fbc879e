"""A fact is unrolled to what was stated, in both languages; the tree stays short."""

from __future__ import annotations

import json

import pytest

from apercu.core.errors import WordsError
from apercu.core.graph import Graph, Triple
from apercu.reason.chain import chained
from apercu.reason.why import MOST, why

from .test_chain import CLOSURE, rules

GRAPH = Graph.of(
    [
        Triple("Acme", "owns", "Bolt", "firms.tsv", 1.0, 2),
        Triple("Bolt", "owns", "Cog", "firms.tsv", 0.5, 3),
        Triple("Bolt", "owns", "Cog", "news", 0.25),
        Triple("Ann", "works_for", "Acme"),
        Triple("Bo", "works_for", "Cog"),
    ]
)
KNOWS = rules("works_for(X, F) & works_for(Y, G) & controls(F, G) & not rival(Y, X) & X != Y -> knows(X, Y) [0.8]")


def test_the_tree_ends_at_sources_and_places():
    told = why(chained(GRAPH, CLOSURE), ("Acme", "controls", "Cog"))
    assert told.say() == (
        "controls(Acme, Cog): inferred, 50.0% sure, by controls(X, Y) & owns(Y, Z) -> controls(X, Z)\n"
        "├─ controls(Acme, Bolt): inferred by owns(X, Y) -> controls(X, Y)\n"
        "│  └─ owns(Acme, Bolt): stated in firms.tsv, line 2\n"
        "└─ owns(Bolt, Cog): stated in firms.tsv, line 3 and news (50.0% sure)"
    )
    assert told.say("zh") == (
        "controls(Acme, Cog)：推出，置信度 50.0%，依据 controls(X, Y) & owns(Y, Z) -> controls(X, Z)\n"
        "├─ controls(Acme, Bolt)：推出，依据 owns(X, Y) -> controls(X, Y)\n"
        "│  └─ owns(Acme, Bolt)：见于 firms.tsv 第 2 行\n"
        "└─ owns(Bolt, Cog)：见于 firms.tsv 第 3 行、news（置信度 50.0%）"
    )
    assert told.sources() == ("firms.tsv", "news")


def test_what_had_to_be_absent_is_told():
    told = why(chained(GRAPH, [*CLOSURE, *KNOWS]), ("Ann", "knows", "Bo"))
    assert told.say().splitlines()[-2:] == ["├─ rival(Bo, Ann): neither stated nor inferred", "└─ Ann ≠ Bo"]
    assert told.fact.weight == 0.4
    assert [other["relation"] for other in told.to_json()["premises"]] == ["works_for", "works_for", "controls"]


def test_json_is_plain():
    told = why(chained(GRAPH, CLOSURE), ("Acme", "controls", "Bolt")).to_json()
    assert json.loads(json.dumps(told)) == told
    assert told["premises"][0]["stated"] == [{"source": "firms.tsv", "place": 2, "weight": 1.0}]


def test_long_and_repeated_reasons_are_cut():
    n = 400
    chain = Graph.of([Triple(str(i), "owns", str(i + 1)) for i in range(n)])
    told = why(chained(chain, CLOSURE), ("0", "controls", str(n)))
    assert "left out here" in told.say() and len(told.say().splitlines()) < 2 * MOST
    twice = why(chained(GRAPH, [*CLOSURE, *rules("controls(X, Y) & controls(X, Y) -> holds(X, Y)")]), ("Acme", "holds", "Bolt"))
    assert twice.say("zh").endswith("controls(Acme, Bolt)：见上")


@pytest.mark.parametrize("fact", [("Cog", "controls", "Acme"), ("Nobody", "controls", "Acme"), ("Cog", "likes", "Acme")])
def test_what_is_not_known_has_no_reason(fact):
    with pytest.raises(WordsError, match="neither stated"):
        why(chained(GRAPH, CLOSURE), fact)
