"""What a graph holds beyond its statements."""

from apercu.core.clause import parse_clause
from apercu.core.graph import Graph, Triple
from apercu.core.knowledge import Inferred, Knowledge, Predicted, Support
from apercu.deploy.codec import decoded, encoded

GRAPH = Graph.of([Triple("Ann", "works_for", "Acme"), Triple("Acme", "lies_in", "Oslo"), Triple("Bo", "works_for", "Acme")])
CLAUSE = parse_clause("works_for(X, Z) & lies_in(Z, Y) -> lives_in(X, Y) [0.6]")
FACT = Predicted("Ann", "lives_in", "Oslo", 0.6, (Support(CLAUSE, (0, 1)),))


def test_a_fact_replays_from_its_facts_alone() -> None:
    assert FACT.replays(GRAPH) and FACT.by == "rules"
    assert not Predicted("Bo", "lives_in", "Oslo", 0.6, (Support(CLAUSE, (0, 1)),)).replays(GRAPH)
    assert not Predicted("Ann", "lives_in", "Oslo", 0.6, (Support(CLAUSE, (0, 9)),)).replays(GRAPH)
    alone = Predicted("Ann", "lives_in", "Oslo", 0.6)
    assert not alone.replays(GRAPH) and alone.by == "embedding only"


def test_both_languages_tell_what_the_number_is() -> None:
    assert FACT.say() == f"lives_in(Ann, Oslo): 60.0% of such pairs were facts when hidden; by {CLAUSE.text}."
    assert FACT.say("zh").startswith("lives_in(Ann, Oslo)：被隐藏的同类事物对中有 60.0% 确为事实")
    assert "embedding only" in Predicted("a", "r", "b", 0.1).say()


def test_knowledge_is_kept_as_it_is() -> None:
    whole = Knowledge((CLAUSE,), 7, (Inferred("a", "r", "b", 0.5, {"en": "so", "zh": "故"}),), (CLAUSE,), (FACT,))
    assert decoded(encoded(whole)) == whole
    assert Predicted.from_json(FACT.to_json()) == FACT
    assert whole.to_json()["followed"] == 7
    assert [t[:3] for t in whole.likely().triples] == [("Ann", "lives_in", "Oslo")]
