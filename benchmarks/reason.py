"""Inference over 0.8 million facts: CPU seconds of ours, with the first derivation of every inferred fact kept, beside DuckDB and nemo in one run.

    python benchmarks/reason.py            # the closure; python benchmarks/reason.py read: how quickly a file of 10 million facts is read

Five rules, one of them a transitive closure, over made-up groups of firms: who controls whom, to which firms a person belongs, and where they work.
DuckDB answers with recursive SQL and keeps no derivations; nemo (extra instrument: pip install --target DIR nemo-python, PYTHONPATH=DIR, or it is
left out) is timed with reading its CSV files, and on reasoning alone by its own clock. All three must infer the same number of facts of each
relation. The bar: at most BAR CPU seconds from the second run on; the first one loads compiled code besides.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from apercu.collect.triples import read_graph
from apercu.core.clause import parse_clause
from apercu.core.graph import Graph
from apercu.reason.chain import Closure, chained
from apercu.reason.retract import without
from apercu.reason.why import replays

BAR = 1.0
ROUNDS = 3
FIRMS, GROUP, PEOPLE, PLACES, REGIONS = 100_000, 24, 600_000, 2_000, 100
KNOWN = ("owns", "works_for", "located_in", "region")
NEW = ("controls", "part_of", "based", "works_in")
RULES = """owns(X, Y) -> controls(X, Y)
controls(X, Y) & owns(Y, Z) -> controls(X, Z)
works_for(P, F) & controls(G, F) -> part_of(P, G)
works_for(P, F) & located_in(F, C) -> based(P, C)
based(P, C) & region(C, R) -> works_in(P, R)"""
SQL = """CREATE TABLE controls AS WITH RECURSIVE c(h, t) AS (SELECT h, t FROM owns UNION SELECT c.h, o.t FROM c JOIN owns o ON c.t = o.h)
SELECT * FROM c;
CREATE TABLE part_of AS SELECT DISTINCT w.h, c.h AS t FROM works_for w JOIN controls c ON w.t = c.t;
CREATE TABLE based AS SELECT DISTINCT w.h, l.t FROM works_for w JOIN located_in l ON w.t = l.h;
CREATE TABLE works_in AS SELECT DISTINCT b.h, r.t FROM based b JOIN region r ON b.t = r.h"""


def world(seed: int = 0) -> dict[str, np.ndarray]:
    """{relation: (m, 2) heads and tails}; firms, people, places and regions are numbered on from each other."""
    rng = np.random.default_rng(seed)
    firms = np.arange(FIRMS)
    first = firms // GROUP * GROUP
    child = firms[firms > first]
    parent = rng.integers(np.maximum(first[child], child - 8), child)
    person, place = FIRMS + np.arange(PEOPLE), FIRMS + PEOPLE + np.arange(PLACES)
    regions = FIRMS + PEOPLE + PLACES + rng.integers(0, REGIONS, PLACES)
    pairs = {
        "owns": (parent, child),
        "works_for": (person, rng.integers(0, FIRMS, PEOPLE)),
        "located_in": (firms, place[rng.integers(0, PLACES, FIRMS)]),
        "region": (place, regions),
    }
    return {name: np.stack(pair, 1) for name, pair in pairs.items()}


def graph_of(facts: dict[str, np.ndarray]) -> Graph:
    """The same as a Graph of two sources: a hundredth of the owners are hearsay."""
    coded = np.concatenate([np.insert(pairs, 1, i, axis=1) for i, pairs in enumerate(facts.values())]).astype(np.int32)
    source = (np.arange(len(coded)) % 100 == 0) & (coded[:, 1] == 0)
    size = FIRMS + PEOPLE + PLACES + REGIONS
    return Graph(tuple(f"e{i}" for i in range(size)), tuple(facts), ("register", "hearsay"), coded, source=source.astype(np.int32))


def ours(graph: Graph) -> tuple[list[float], Closure]:
    """(CPU seconds of each run, the closure)."""
    rules = [parse_clause(line) for line in RULES.splitlines()]
    took = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        closure = chained(graph, rules)
        took.append(time.process_time() - start)
    return took, closure


def duckdb(facts: dict[str, np.ndarray]) -> tuple[float, list[int]]:
    """(least CPU seconds of a run, facts of each new relation); tables are loaded before."""
    import duckdb as engine

    least = float("inf")
    for _ in range(ROUNDS):
        connection = engine.connect()
        for name, pairs in facts.items():
            connection.register("given", {"h": pairs[:, 0].astype(np.int32), "t": pairs[:, 1].astype(np.int32)})
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        start = time.process_time()
        connection.execute(SQL)
        least = min(least, time.process_time() - start)
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in NEW]
    return least, counts


def nemo(facts: dict[str, np.ndarray]) -> tuple[float, list[int]] | None:
    """(CPU seconds with reading, facts of each new relation), or None where nemo is not installed."""
    try:
        import nmo_python
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, pairs in facts.items():
            np.savetxt(f"{folder}/{name}.csv", pairs, fmt="%d", delimiter=",")
        given = "".join(f'@import {name} :- csv{{resource="{folder}/{name}.csv", format=(int,int)}} .\n' for name in facts)
        program = given + "".join(f"{_datalog(line)}\n" for line in RULES.splitlines())
        start = time.process_time()
        engine = nmo_python.NemoEngine(nmo_python.load_string(program))
        engine.reason()
        took = time.process_time() - start
        return took, [sum(1 for _ in engine.result(name)) for name in NEW]


def _datalog(line: str) -> str:
    """`a(X, Y) & b(Y, Z) -> c(X, Z)` as `c(?X, ?Z) :- a(?X, ?Y), b(?Y, ?Z) .`"""
    body, head = line.split(" -> ")
    marked = f"{head} :- {body.replace(' & ', ', ')} ."
    return "".join(f"?{c}" if c.isupper() else c for c in marked)


def read() -> None:
    """How quickly ten million facts are read from a TSV file."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facts.tsv"
        with path.open("w") as file:
            for _ in range(20):
                heads, kinds, tails = (rng.integers(0, k, 500_000).tolist() for k in (1_000_000, 200, 1_000_000))
                file.write("".join(f"entity_{h}\trelation_{r}\tentity_{t}\n" for h, r, t in zip(heads, kinds, tails, strict=True)))
        size = path.stat().st_size / 1e6
        start = time.process_time()
        graph, _ = read_graph(path)
        took = time.process_time() - start
    print(f"read {len(graph):,} facts, {size:.0f} MB: {took:.1f} CPU s, {size / took:.0f} MB a CPU s")


def main() -> None:
    """Prints the table."""
    facts = world()
    graph = graph_of(facts)
    took, closure = ours(graph)
    counts = [int(np.count_nonzero(closure.facts[:, 1] == closure.known.relation_places[name])) for name in NEW]
    print(f"{len(graph):,} facts, {len(closure):,} inferred: {dict(zip(NEW, counts, strict=True))}")
    print(f"ours, with derivations    first {took[0]:.2f}, then {min(took[1:]):.2f} CPU s   (bar {BAR:.1f})")
    start = time.process_time()
    right = bool(replays(closure).all())
    print(f"  every derivation replays: {right}   ({time.process_time() - start:.2f} CPU s)")
    start = time.process_time()
    left = without(closure, "hearsay")
    print(f"  without a source of {int(graph.source.sum()):,} facts: {len(closure) - len(left):,} fall   ({time.process_time() - start:.2f} CPU s)")
    least, same = duckdb(facts)
    print(f"DuckDB, no derivations    {least:.2f} CPU s   same facts: {same == counts}")
    peer = nemo(facts)
    print(
        "nemo                      not installed"
        if peer is None
        else f"nemo, with reading CSV    {peer[0]:.2f} CPU s   same facts: {peer[1] == counts}"
    )
    if min(took[1:]) > BAR or not right or same != counts:
        sys.exit("the bar is missed")


if __name__ == "__main__":
    read() if sys.argv[1:] == ["read"] else main()
