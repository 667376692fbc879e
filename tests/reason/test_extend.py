"""A planted graph is extended by what is true in it, and every reason replays."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.clause import Clause, parse_clause
from apercu.core.errors import UnknownName
from apercu.core.graph import Graph, Triple
from apercu.core.knowledge import Predicted, Support
from apercu.reason.extend import Settings, extend


def towns(seed=0, people=220):
    """(graph, facts left out of it): people live where their firm lies (nine of ten), and speak the tongue of the town."""
    drawn = np.random.default_rng(seed)
    facts = [(f"firm {i}", "lies_in", f"town {i % 5}") for i in range(20)]
    for p in range(people):
        firm = int(drawn.integers(20))
        home = firm % 5 if drawn.random() < 0.9 else int(drawn.integers(5))
        who = f"person {p}"
        facts += [(who, "works_for", f"firm {firm}"), (who, "lives_in", f"town {home}"), (who, "speaks", f"tongue {home % 3}")]
    away = {f for f in facts if f[1] == "lives_in" and drawn.random() < 0.15}
    return Graph.of(Triple(*f) for f in facts if f not in away), away


@pytest.fixture(scope="module")
def extended():
    graph, away = towns()
    return extend(graph, Settings(held=0.2)), away


def test_what_was_left_out_is_predicted_and_replays(extended):
    whole, away = extended
    found = whole.predicted(most=20)
    assert len(found) == 20 and all(f.replays(whole.graph) for f in found)
    assert sum((f.head, f.relation, f.tail) in away for f in found) >= 10
    chances = [f.probability for f in found]
    assert chances == sorted(chances, reverse=True) and 0 < chances[-1] <= chances[0] < 1
    stated = {t[:3] for t in whole.graph.triples}
    assert not stated & {(f.head, f.relation, f.tail) for f in found}


def test_probabilities_mean_what_they_say(extended):
    whole, away = extended
    found = [f for f in whole.predicted(most=2_000) if f.relation == "lives_in"]
    chances = np.array([f.probability for f in found])
    true = np.array([(f.head, f.relation, f.tail) in away for f in found])
    assert len(found) > 15 and chances.mean() == pytest.approx(true.mean(), abs=0.15)


def test_the_planted_clause_is_proved(extended):
    whole, _ = extended
    texts = {c.text.split(" [")[0]: c for c in whole.clauses}
    clause = texts["works_for(X, Z) & lies_in(Z, Y) & X != Y -> lives_in(X, Y)"]
    assert clause.source == "mined" and clause.right / clause.tried > 0.7 and 0.7 < (clause.stated or 0) < 1
    assert all(parse_clause(c.text).text == c.text for c in whole.clauses)


def test_answers_to_a_question(extended):
    whole, away = extended
    who, _, town = sorted(away)[0]
    answers = whole.answers(who, "lives_in", most=3)
    assert town in {a.name for a in answers} and not any(a.known for a in answers)
    back = whole.answers("town 0", "lies_in", most=30, backwards=True)
    assert {a.name for a in back if a.known} == {"firm 0", "firm 5", "firm 10", "firm 15"}
    with pytest.raises(UnknownName, match="did you mean 'lives_in'"):
        whole.answers(who, "live_in")


def test_supports_name_facts_of_the_graph_that_was_given():
    graph, _ = towns(2, 80)
    stated = list(graph.triples)
    told = [Triple("town 0", "lies_in", "firm 1", "rumour", 0.2), *stated[::3], *stated, *stated[::2]]
    whole = Graph.of(told)
    found = extend(whole, Settings(held=0.2)).predicted(most=10)
    assert found and all(f.replays(whole) for f in found)
    assert all(i != 0 for f in found for s in f.supports for i in s.facts)  # the rumour supports nothing


def test_noise_is_not_believed():
    drawn = np.random.default_rng(5)
    facts = {(f"a{drawn.integers(60)}", f"r{drawn.integers(3)}", f"a{drawn.integers(60)}") for _ in range(200)}
    whole = extend(Graph.of(Triple(*f) for f in sorted(facts)), Settings(held=0.2))
    assert len(whole.clauses) <= 2
    assert all(f.probability < 0.5 for f in whole.predicted(most=20))


def test_with_an_embedding():
    graph, _ = towns(1, 60)
    whole = extend(graph, Settings(minutes=0.01, rank=8, held=0.2))
    found = whole.predicted(most=30)
    assert whole.embedding is not None and all(f.replays(graph) == (f.by == "rules") for f in found)


@pytest.mark.parametrize("facts", [[], [("a", "r", "b")], [("a", "r", "a"), ("a", "s", "a")], [("a", "r", "b"), ("b", "r", "c"), ("a", "r", "c")]])
def test_tiny_graphs(facts):
    whole = extend(Graph.of(Triple(*f) for f in facts))
    assert isinstance(whole.predicted(most=5), tuple)


def test_replays_is_not_fooled():
    graph = Graph.of([Triple("a", "r", "b"), Triple("b", "s", "c"), Triple("b", "s", "a")])
    clause = parse_clause("r(X, Z) & s(Z, Y) & X != Y -> t(X, Y) [0.5]")
    assert Predicted("a", "t", "c", 0.5, (Support(clause, (0, 1)),)).replays(graph)
    for wrong in ((0, 2), (1, 0), (0,), (0, 9)):
        assert not Predicted("a", "t", "a" if wrong == (0, 2) else "c", 0.5, (Support(clause, wrong),)).replays(graph)
    assert not Predicted("a", "u", "c", 0.5, (Support(clause, (0, 1)),)).replays(graph)
    assert not Predicted("a", "t", "c", 0.5).replays(graph)


def test_json_and_sentences(extended):
    whole, _ = extended
    fact = whole.predicted(most=1)[0]
    assert Predicted.from_json(fact.to_json()) == fact
    assert fact.relation in fact.say() and "被隐藏的" in fact.say("zh")
    alone = Predicted("a", "r", "b", 0.25)
    assert alone.by == "embedding only" and "embedding only" in alone.say() and "嵌入" in alone.say("zh")
    assert isinstance(fact.supports[0].clause, Clause)
