"""Clauses tried on pairs of things between which no search has seen a fact."""

import numpy as np
import pytest

from apercu.core.clause import parse_clause
from apercu.core.graph import Graph, Triple
from apercu.core.trial import Trial
from apercu.reason._questions import salts_of
from apercu.reason.trials import tried
from apercu.stats.paths import held_out


def couples(n: int = 400, kept: float = 1.0, seed: int = 0) -> Graph:
    """n couples, married both ways in the share `kept`, each with friends by chance."""
    rng = np.random.default_rng(seed)
    facts = []
    for k in range(n):
        facts.append(Triple(f"a{k}", "wife", f"b{k}"))
        facts += [Triple(f"b{k}", "husband", f"a{k}")] * (rng.random() < kept)
        facts += [Triple(f"a{k}", "friend", f"b{rng.integers(n)}") for _ in range(2)]
    return Graph.of(facts)


def on(graph: Graph, *texts: str, share: float = 0.3) -> list[Trial]:
    """The trials of clauses on a share of pairs."""
    return tried(graph, [parse_clause(text) for text in texts], (share, salts_of(graph)))


def test_what_holds_is_measured_beside_chance() -> None:
    graph = couples(kept=0.8)
    (trial,) = on(graph, "wife(X, Y) -> husband(Y, X)")
    wives = graph.facts[graph.facts[:, 1] == graph.relation_places["wife"]].astype(np.int64)
    husbands = np.stack([wives[:, 2], np.full(len(wives), graph.relation_places["husband"]), wives[:, 0]], 1)
    assert trial.n == trial.alone == int(held_out(husbands, 0.3, salts_of(graph)).sum()) > 80
    assert trial.value == pytest.approx(0.8, abs=0.12)
    assert trial.base < 0.01 and trial.covered == 1.0 and trial.p < 1e-50
    assert trial.reach == pytest.approx(np.sqrt(trial.value - trial.base))


def test_popular_things_are_no_discovery() -> None:
    facts = [Triple(f"p{k}", "lives_in", "Rome" if k % 10 else "Oslo") for k in range(500)]
    facts += [Triple(f"p{k}", "works_in", "Rome") for k in range(500)]
    facts += [Triple(f"q{k}", "works_in", f"c{k % 4}") for k in range(20)]
    facts += [Triple(f"q{k}", "lives_in", f"c{k % 4}") for k in range(0, 20, 7)]
    (trial,) = on(Graph.of(facts), "works_in(X, Y) -> lives_in(X, Y)")
    assert trial.value == pytest.approx(trial.base, abs=0.05)
    assert trial.p > 0.05 and trial.alone > 100


def test_of_many_to_few_each_of_the_many_counts() -> None:
    facts = [Triple(f"p{k}", "works_in", f"c{k % 5}") for k in range(300)]
    facts += [Triple(f"p{k}", "lives_in", f"c{k % 5 if k % 10 else 0}") for k in range(300)]
    (trial,) = on(Graph.of(facts), "works_in(X, Y) -> lives_in(X, Y)")
    assert trial.alone > 60 and trial.value > 0.8 and trial.base < 0.3 and trial.p < 1e-20
    few = Graph.of([fact for fact in facts if fact.tail in ("c0", "c1")])
    assert on(few, "works_in(X, Y) -> lives_in(X, Y)") == []


def test_pairs_of_one_thing_count_once() -> None:
    facts = [Triple("hub", "knows", f"p{k}") for k in range(300)] + [Triple("hub", "likes", f"p{k}") for k in range(300)]
    facts += [Triple(f"q{k}", "likes", f"r{k}") for k in range(300)]
    (trial,) = on(Graph.of(facts), "knows(X, Y) -> likes(X, Y)")
    assert trial.n > 50 and trial.alone == 1
    assert trial.p > 0.001
    assert on(Graph.of(facts[:-300]), "knows(X, Y) -> likes(X, Y)") == []


def test_constants_negation_and_difference_are_asked() -> None:
    texts = ["friend(X, Z) & wife(Y, Z) & X != Y -> friend(Y, Z)", "wife(X, Y) & not husband(Y, X) -> friend(X, Y)"]
    friends, alone = on(couples(kept=0.5), *texts)
    assert friends.p > 0.01 and alone.p > 0.01
    assert 0 < alone.n < friends.n
    (never,) = on(couples(), "wife(X, Y) & friend(X, Z) & Y != Z -> wife(X, Z)")
    assert never.value == 0.0 and never.p == 1.0


def test_what_cannot_be_tried_has_no_trial() -> None:
    graph = couples()
    clauses = ["wife(X, Y) -> loves(X, Y)", 'wife(X, "nobody") -> friend(X, "nobody")', "wife(X, Y) -> wife(X, Z)"]
    assert on(graph, *clauses) == []
    assert on(Graph(), "a(X, Y) -> b(X, Y)") == []


@pytest.mark.slow
def test_where_people_live_by_chance_is_rarely_told_by_where_they_work() -> None:
    low = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        towns = rng.zipf(1.7, (400, 2)) % 8
        facts = [Triple(f"p{k}", "works_in", f"c{towns[k, 0]}") for k in range(400)] + [
            Triple(f"p{k}", "lives_in", f"c{towns[k, 1]}") for k in range(400)
        ]
        for trial in on(Graph.of(facts), "works_in(X, Y) -> lives_in(X, Y)"):
            low += trial.p <= 0.05
    assert low <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)


@pytest.mark.slow
def test_clauses_of_noise_are_rarely_held() -> None:
    low = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        popular = rng.zipf(1.6, (3_000, 2)) % 200
        graph = Graph.of(Triple(f"e{h}", f"r{k % 3}", f"e{t}") for k, (h, t) in enumerate(popular) if h != t)
        (trial,) = on(graph, "r0(X, Y) -> r1(X, Y)")
        low += trial.p <= 0.05
    assert low <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)
