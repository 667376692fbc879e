"""What a graph says of the things of a column, by hand."""

from __future__ import annotations

import numpy as np

from apercu.core.graph import Graph, Triple
from apercu.reason.embed import Embedding
from apercu.reason.features import features

GRAPH = Graph.of(
    Triple(*f)
    for f in [("Ann", "knows", "Bob"), ("Bob", "knows", "Cid"), ("Cid", "knows", "Ann"), ("Dee", "knows", "Ann"), ("Dee", "knows", "Eve")]
    + [(who, "lives_in", place) for who, place in (("Ann", "Oslo"), ("Bob", "Oslo"), ("Cid", "Bonn"), ("Eve", "Oslo"))]
)
NAMES = ["Ann", "Bob", "Cid", "Dee", "Eve", "nobody"]


def test_counts_and_means_of_neighbours():
    found = features(GRAPH, NAMES, numbers={"age": {"Ann": 30.0, "Bob": 40.0, "Eve": 50.0}})
    assert found["facts"].values[:5].tolist() == [4, 3, 3, 2, 2] and np.isnan(found["facts"].values[5])
    assert found["knows"].values[:5].tolist() == [1, 1, 1, 2, 0]
    assert found["knows (back)"].values[:5].tolist() == [2, 1, 1, 0, 1]
    assert found["neighbours lives_in Oslo"].values[:5].tolist() == [1, 1, 2, 2, 0]
    assert np.allclose(found["age of neighbours"].values, [40, 30, 35, 40, np.nan, np.nan], equal_nan=True)
    assert all(set(f.words) == {"en", "zh"} and all(f.words.values()) for f in found.values())


def test_coordinates_do_not_depend_on_the_sign_of_the_axes():
    drawn = np.random.default_rng(0)
    rows = drawn.normal(size=(len(GRAPH.entities), 8)).astype(np.float32)
    one, two = (features(GRAPH, NAMES, embedding=Embedding("distmult", r, r[:2])) for r in (rows, rows))
    assert [n for n in one if n.startswith("place")] == ["place 1", "place 2", "place 3", "place 4"]
    assert all(np.array_equal(one[n].values, two[n].values, equal_nan=True) for n in one)
    assert np.isfinite(one["place 1"].values[:5]).all() and np.isnan(one["place 1"].values[5])


def test_strangers_and_nothing():
    assert features(GRAPH, ["x", "y"]) == {} and features(Graph(), NAMES) == {} and features(GRAPH, []) == {}
