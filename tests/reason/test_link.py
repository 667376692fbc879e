"""Columns whose values are entities of the graph are found, with the share of rows that it covers."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.dataset import Dataset
from apercu.core.graph import Graph, Triple
from apercu.core.options import checked
from apercu.core.schema import Column, Schema
from apercu.engine.duckdb import DuckDB
from apercu.reason import Options, run
from apercu.reason import described as columns
from apercu.reason.link import described, linked


@pytest.fixture
def data():
    columns = {
        "company": np.array(["Acme", "Acme", "Bolt", "Cyan", None], dtype=object),
        "note": np.array(["Acme", "Bolt", "Oslo", "Acme", "Bolt"], dtype=object),
        "city": np.array(["Oslo", "Oslo", "Rome", "Rome", "Rome"], dtype=object),
        "size": np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
    }
    engine = DuckDB()
    kinds = {"company": "entity", "note": "text", "city": "category", "size": "number"}
    schema = Schema(tuple(Column(n, k, storage="number" if k == "number" else "text") for n, k in kinds.items()))
    return Dataset(schema, engine, engine.adopt(columns), "t", 5)


GRAPH = Graph.of((Triple("Acme", "in", "Oslo"), Triple("Bolt", "in", "Oslo"), Triple("1", "is", "one")))


def test_linked_columns_are_told_with_their_coverage(data):
    notes = linked(data, GRAPH, 0.5, 1_000)
    assert [(n.column, n.rows) for n in notes] == [("company", 3)]
    assert notes[0].say("en") == "company is linked to the graph: 2 of its 3 values are entities there, in 75.0% of its 4 rows; not “Cyan”."
    assert notes[0].say("zh") == "company 与图谱相连：3 个取值中有 2 个是图谱中的实体，覆盖 4 行中的 75.0%；不含 “Cyan”。"


def test_a_lower_share_links_more_best_known_first(data):
    assert [n.column for n in linked(data, GRAPH, 0.1, 1_000)] == ["company", "city"]
    assert linked(data, GRAPH, 0.9, 1_000) == []


def test_case_counts(data):
    assert linked(data, Graph.of((Triple("acme", "in", "OSLO"),)), 0.0, 1_000) == []


def test_run_carries_the_graph_and_says_so(data):
    thought = run(data, GRAPH.joined(GRAPH.only([0])))
    assert thought.graph == GRAPH
    assert [n.id for n in thought.notes] == ["graph", "link"]
    assert "1 repetition left out" in thought.notes[0].say()


def test_no_graph_no_note(data):
    thought = run(data, Graph())
    assert thought.graph == Graph() and thought.notes == [] and thought.knowledge.predicted == ()


def test_options_are_legal():
    checked(Options())


def test_a_real_graph(shared_data):
    lines = (shared_data / "kg" / "nations" / "train.txt").read_text().splitlines()
    graph = Graph.of(tuple(Triple(*line.split("\t")) for line in lines))
    land = np.array(["china", "usa", "uk", "poland", "france"], dtype=object)
    engine = DuckDB()
    data = Dataset(Schema((Column("land", "category"),)), engine, engine.adopt({"land": land}), "t", 5)
    thought = run(data, graph, Options(embed=0.0))
    assert len(thought.graph.entities) == 14
    assert thought.notes[1].column == "land"
    assert "not “france”" in thought.notes[1].say()
    assert all(fact.replays(thought.graph) for fact in thought.knowledge.predicted)


def test_the_graph_counts_for_what_columns_name():
    land = np.array(["a", "b", "c", "a", None], dtype=object)
    facts = [Triple("a", "trades", f"x{k}") for k in range(5)] + [Triple("b", "trades", "x1"), Triple("c", "lies_in", "west")]
    engine = DuckDB()
    data = Dataset(Schema((Column("land", "category"), Column("other", "category"))), engine, engine.adopt({"land": land, "other": land}), "t", 5)
    told = described(data, Graph.of(facts), 0.5, "other")
    assert {name.partition("_")[0] for name in told} == {"land"}
    trades = told["land_trades"]
    assert trades.values({"land": land}).tolist()[:4] == [5.0, 1.0, 0.0, 5.0] and np.isnan(trades.values({"land": land})[4])
    assert [row[0] for row in engine.ask(data.table, f"SELECT {trades.to_sql()} FROM data")] == [5.0, 1.0, 0.0, 5.0, None]
    assert described(data, Graph.of([Triple("nobody", "r", "else")]), 0.5) == {}


def test_places_in_an_embedding_become_columns():
    rng = np.random.default_rng(0)
    graph = Graph.of(Triple(f"f{k}", "deals_with", f"s{k % 2} {j}") for k in range(12) for j in rng.permutation(8)[:5])
    firm = np.array([f"f{k % 12}" for k in range(60)], dtype=object)
    engine = DuckDB()
    data = Dataset(Schema((Column("firm", "category"),)), engine, engine.adopt({"firm": firm}), "t", 60)
    told = columns(data, graph, Options(coordinates=True, embed=0.01))
    first = told["firm_place 1"].values({"firm": firm[:12]})
    assert np.isfinite(first).all()
    even, odd = first[::2], first[1::2]
    assert max(even.min(), odd.min()) > min(even.max(), odd.max())  # the two halves of the graph lie apart
    assert not any(name.startswith("firm_place") for name in columns(data, graph, Options()))
