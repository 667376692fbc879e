"""What the page shows of a graph."""

from apercu.core.clause import parse_clause
from apercu.core.graph import Graph, Triple
from apercu.core.knowledge import Inferred, Knowledge, Predicted, Support
from apercu.deploy.graphs import told_of

GRAPH = Graph.of([Triple("Acme", "owns", "Bolt"), Triple("Bolt", "owns", "Cog"), *(Triple(f"p{k}", "works_for", "Acme") for k in range(20))])
CLAUSE = parse_clause("owns(X, Y) -> controls(X, Y) [0.9]")
KNOWN = Knowledge(
    (CLAUSE,),
    40,
    (Inferred("Bolt", "controls", "p7", 0.9, {"en": "by a rule", "zh": "据规则"}),),
    (),
    (Predicted("Bolt", "owns", "p3", 0.25, (Support(CLAUSE, (0,)),)), Predicted("Cog", "owns", "p1", 0.1)),
)


def test_no_graph_no_section() -> None:
    assert told_of(Graph(), Knowledge()) is None


def test_what_is_new_is_listed_with_its_reason() -> None:
    shown = told_of(GRAPH, KNOWN)
    assert shown is not None
    assert shown["relations"] == [("works_for", "20"), ("owns", "2")]
    assert shown["followed"] == "40" and shown["inferred"][0]["why"]["zh"] == "据规则"
    assert [(f["fact"], f["sure"]) for f in shown["predicted"]] == [("owns(Bolt, p3)", "25.0%"), ("owns(Cog, p1)", "10.0%")]
    assert shown["predicted"][0]["by"] == CLAUSE.text and set(shown["predicted"][1]["by"]) == {"en", "zh"}


def test_pictures_are_of_what_is_new_and_show_it() -> None:
    shown = told_of(GRAPH, KNOWN)
    assert shown is not None
    first, second = shown["pictures"]
    assert first["whole"] == "Bolt" and second["whole"] == "Acme"
    assert {s["mark"] for s in first["spokes"]} == {"stated", "inferred", "predicted"}
    assert len(second["spokes"]) == 12 and second["more"] == 9


def test_without_knowledge_the_busiest_things_are_drawn() -> None:
    shown = told_of(GRAPH, Knowledge())
    assert shown is not None
    assert [p["whole"] for p in shown["pictures"]] == ["Acme", "Bolt"]
    assert shown["inferred"] == shown["predicted"] == [] and shown["followed"] == ""
