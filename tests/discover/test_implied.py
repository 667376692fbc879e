"""Clauses of a graph as findings."""

import numpy as np
import pytest

from apercu.core.clause import parse_clause
from apercu.core.graph import Graph, Triple
from apercu.core.trial import Trial
from apercu.discover._implied import implied
from apercu.engine.duckdb import DuckDB
from apercu.reason._questions import salts_of
from apercu.reason.trials import tried


def trial(text: str, value: float, n: int = 200, base: float = 0.02, p: float = 1e-9) -> Trial:
    return Trial(parse_clause(text), n, n // 2, value, base, 0.5, p)


def family(seed: int = 0) -> Graph:
    rng = np.random.default_rng(seed)
    facts = []
    for k in range(500):
        facts += [
            Triple(f"p{k}", "child", f"c{k}"),
            Triple(f"p{k}", "owns dog's", f"d{k}"),
            Triple(f"c{k}", "plays_with", f"d{k if rng.random() < 0.7 else 0}"),
        ]
    return Graph.of(facts)


def test_the_sql_of_a_finding_gives_its_numbers() -> None:
    graph = family()
    clauses = ["child(X, Y) & `owns dog's`(X, Z) & Y != Z -> plays_with(Y, Z)", "plays_with(X, Y) & not child(Y, X) -> `owns dog's`(X, Y)"]
    (finding,), ledger = implied(tried(graph, [parse_clause(text) for text in clauses], (0.3, salts_of(graph))), [], 0.3, 0.05, 10)
    names = zip(("head", "relation", "tail"), (graph.entities, graph.relations, graph.entities), graph.facts.T, strict=True)
    engine = DuckDB()
    table = engine.adopt({name: np.array([among[i] for i in codes], dtype=object) for name, among, codes in names})
    got = engine.ask(table, finding.sql)[0]
    e = finding.evidence
    assert [float(v) for v in got] == pytest.approx([e.effect, e.value, e.base, e.n])
    assert e.low > 0 and e.half == "verify" and ledger.tested == 1
    assert "plays_with(Y, Z): so it is stated of" in finding.say("en") and finding.say("zh").endswith("）。")


def test_what_is_rare_weak_or_by_chance_is_not_told() -> None:
    few = Trial(parse_clause("a(X, Y) -> b(X, Y)"), 9, 9, 1.0, 0.0, 0.5, 1e-9)
    weak = trial("a(X, Y) -> c(X, Y)", 0.05, n=20_000)
    chance = trial("a(X, Y) -> d(X, Y)", 0.3, p=0.2)
    wide = trial("a(X, Y) -> e(X, Y)", 0.3, n=22, base=0.2, p=0.01)
    findings, ledger = implied([few, weak, chance, wide], [], 0.3, 0.05, 10)
    assert findings == [] and (ledger.proposed, ledger.tested, ledger.held) == (4, 3, 0)


def test_a_longer_clause_that_asks_for_more_is_left_out_and_experts_are_named() -> None:
    trials = [trial("a(X, Y) & b(X, Y) -> c(X, Y)", 0.8), trial("a(X, Y) -> c(X, Y) [0.6]", 0.81), trial("d(X, Y) -> c(X, Y)", 0.5)]
    findings, _ = implied(trials, [parse_clause("a(X, Y) -> c(X, Y) [0.9]")], 0.3, 0.05, 10)
    assert [f.claim.told("clause") for f in findings] == ["a(X, Y) -> c(X, Y) [0.6]", "d(X, Y) -> c(X, Y)"]
    assert [f.novelty for f in findings] == ["known", "new"]
    assert [f.rank for f in findings] == [1, 2]


def test_nothing_tried_nothing_told() -> None:
    findings, ledger = implied([], [], 0.3, 0.05, 10)
    assert findings == [] and ledger.verify_opened == 0
