"""Supports name facts that the graph states, for every kind of rule."""

from __future__ import annotations

import numpy as np

from apercu.core.graph import Graph, Triple
from apercu.reason._clauses import Words, item_clause, path_clause
from apercu.reason._proved import proved
from apercu.reason._questions import salts_of
from apercu.reason._supports import Finder
from apercu.reason.mine import mine
from apercu.stats.paths import held_out


def house(selfish=False):
    """Children of brothers: cousin(X, Y) where a parent of one is a brother of a parent of the other; everybody of town 0 speaks one tongue."""
    facts = []
    for i in range(60):
        facts += [(f"a{i}", "parent", f"c{i}"), (f"b{i}", "parent", f"d{i}"), (f"a{i}", "brother", f"b{i}"), (f"c{i}", "cousin", f"d{i}")]
        facts += [(f"c{i}", "lives_in", f"town {i % 2}"), (f"c{i}", "speaks", "tongue" if i % 2 == 0 else "dialect")]
    facts += [("a0", "brother", "a0")] if selfish else []
    return Graph.of(Triple(*f) for f in facts)


def test_clauses_say_what_was_counted():
    for selfish in (False, True):
        graph = house(selfish)
        mined = mine(graph.facts, len(graph.entities), len(graph.relations))
        parent, brother, cousin = (graph.relation_places[n] for n in ("parent", "brother", "cousin"))
        r = len(graph.relations)
        own = [i for i in range(len(mined.paths.relation)) if mined.paths.relation[i] == cousin]
        path = next(i for i in own if mined.paths.bodies[i].tolist()[:3] == [parent + r, brother, parent])
        differ = ["X != W", *(["Z != W"] if selfish else []), "X != Y", "Z != Y"]
        wanted = " & ".join(["parent(Z, X)", "brother(Z, W)", "parent(W, Y)", *differ])
        clause = path_clause(Words(graph), mined, path)
        assert clause.text.startswith(wanted.split(" & X")[0]) and {a.text for a in clause.body} == set(wanted.split(" & "))
        assert (clause.right, clause.tried) == (60, 60)
        names = {item_clause(Words(graph), mined, int(b), int(h), (2, 3, 0.5)).text for b, h in zip(mined.items.body, mined.items.head, strict=True)}
        assert 'lives_in(X, "town 0") -> speaks(X, tongue) [0.5]' in names and "brother(X, Z) -> speaks(X, tongue) [0.5]" not in names


def test_supports_of_known_facts_replay():
    graph = house()
    mined = mine(graph.facts, len(graph.entities), len(graph.relations))
    finder = Finder(graph, mined)
    kinds = set()
    for h, r, t in graph.facts[::7].tolist():
        for asked in ((h, r, t), (t, r + len(graph.relations), h)):
            fact = finder.predicted((h, r, t), asked, 0.5)
            kinds |= {len(s.facts) for s in fact.supports}
            assert fact.replays(graph) or not fact.supports
    assert {1, 3} <= kinds


def test_what_holds_on_held_out_facts_is_proved_and_noise_is_not():
    graph = house()
    share = (0.3, salts_of(graph))
    away = held_out(graph.facts.astype(np.int64), *share)
    mined = mine(graph.facts[~away], len(graph.entities), len(graph.relations), share=share[0], salts=share[1])
    clauses = proved(mined, graph.facts[away], graph, share)
    assert any(c.head.relation == "speaks" and c.right >= 5 for c in clauses)
    assert all(0 < c.right <= c.tried for c in clauses)
    wrong = graph.facts[away].copy()
    wrong[:, 2] = np.random.default_rng(0).permutation(wrong[:, 2])
    assert len(proved(mined, wrong, graph, share)) <= 2
    assert proved(mined, graph.facts[:0], graph, share) == ()
